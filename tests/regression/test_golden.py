"""Results of the toy case as they were: a change that moves them must say so in the changelog.

Results are the same bit for bit on one type of CPU with one lock file; elsewhere the last digits may differ, so six are compared.
To take new results as right, say so in ``CHANGELOG.md`` and run ``python -m tests.regression.test_golden --write``.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.study.compare import Comparison, compare

GOLDEN = Path(__file__).parent / "golden_toy.json"
HOW = (
    "results moved: if that is meant, say in CHANGELOG.md what moved and why, then run "
    "`python -m tests.regression.test_golden --write`"
)
#: Tables that are kept: the columns that name a row, and those that are compared.
KEPT = {
    "growth": (
        ("arm", "denominator", "name", "unit", "window_years"),
        ("without", "with", "gain_mean", "gain_error", "level_mean", "per_year_mean"),
    ),
    "split": (("arm", "seat", "part", "year"), ("mean", "error")),
    "times": (("arm", "name", "what"), ("without", "with", "mean", "error")),
    "waits": (("arm", "post"), ("vehicles_per_day", "wait_h_mean", "hours_mean")),
}
_DIGITS = 10


def played() -> Comparison:
    """Two seeds, two years, central values: about a second."""
    return compare("toy", ["reopen"], seeds=2, years=2, central=True, workers=1)


def numbers_of(result: Comparison) -> dict[str, dict[str, list[float | None]]]:
    """table -> row (its names) -> numbers, null for nan."""
    found: dict[str, dict[str, list[float | None]]] = {}
    for table, (names, columns) in KEPT.items():
        frame: pd.DataFrame = result.tables[table]
        rows = {}
        for record in frame.to_dict("records"):
            values = [float(record[column]) for column in columns]
            rows[" | ".join(str(record[name]) for name in names)] = [
                float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None for value in values
            ]
        found[table] = rows
    return found


@pytest.fixture(scope="module")
def now() -> dict[str, dict[str, list[float | None]]]:
    return numbers_of(played())


@pytest.mark.parametrize("table", KEPT)
def test_the_toy_case_gives_what_it_gave(now: dict[str, dict[str, list[float | None]]], table: str) -> None:
    kept = json.loads(GOLDEN.read_text("utf-8"))[table]
    assert list(now[table]) == list(kept), HOW
    columns = KEPT[table][1]
    moved = [
        f"{name}: {column} was {was}, is {value}"
        for name, values in now[table].items()
        for column, value, was in zip(columns, values, kept[name], strict=True)
        if not _same(value, was)
    ]
    assert not moved, "\n".join([HOW, *moved])


def _same(value: float | None, was: float | None) -> bool:
    if value is None or was is None:
        return value is was
    return bool(np.isclose(value, was, rtol=1e-6, atol=1e-9))


def test_one_per_mille_more_or_a_number_lost_would_be_seen() -> None:
    assert _same(1.0, 1.0 + 1e-8)
    assert not _same(1.0, 1.001)
    assert not _same(None, 1.0)
    assert not _same(0.0, 1e-6)


def test_the_kept_results_say_something() -> None:
    kept = json.loads(GOLDEN.read_text("utf-8"))
    gain = kept["growth"]["prior | D2 | XA-XB | t | 2"][4]
    assert gain is not None
    assert 0.0 < kept["growth"]["transport | D2 | XA-XB | t | 2"][4] < gain


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("python -m tests.regression.test_golden --write: takes the present results as right")
    GOLDEN.write_text(json.dumps(numbers_of(played()), indent=1) + "\n", encoding="utf-8")
