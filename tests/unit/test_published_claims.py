"""Published claims of a case: what a user may get wrong in claims.csv, and the words for what is right."""

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

from abm.corridor.catalogue import packaged_cases
from abm.corridor.check import check
from abm.corridor.explain import explain
from abm.corridor.load import load
from abm.corridor.tables import Case, Claim, ClaimMetric
from abm.errors import InputError
from tests.small_worlds import edited, toy

SOUND: dict[str, Any] = {
    "claim_id": "boom", "title": "Trade booms", "metric": ClaimMetric.TRADE_GROWTH, "low_share": 0.1, "high_share": 0.2,
    "source": "invented", "grade": "C",
}  # fmt: skip


def with_claims(*rows: Claim) -> Case:
    return edited(toy(), claims=rows)


def claim(**columns: Any) -> Claim:
    return Claim(**{**SOUND, **columns})


def test_claims_are_optional_and_part_of_a_case() -> None:
    assert not check(with_claims()).problems
    assert not check(with_claims(claim())).problems
    assert with_claims(claim()).claims == (claim(),)


def test_no_world_and_no_sweep_changes_because_somebody_claims_something() -> None:
    assert with_claims(claim()).digest == with_claims().digest == with_claims(claim(high_share=0.3)).digest


def test_the_packaged_claims() -> None:
    found = {row.claim_id: row for row in load("south-caucasus").claims}
    assert {name: (row.metric.value, row.low_share, row.high_share, row.source) for name, row in found.items()} == {
        "trade-20-25": ("trade_growth_per_year", 0.20, 0.25, "S153"),
        "time-30": ("transit_time_change", -0.30, 0.0, "S153"),
    }
    assert {row.metric for row in load("toy").claims} == set(ClaimMetric)


def test_bad_claims_are_told_together() -> None:
    (upside_down,) = check(with_claims(claim(low_share=0.3))).problems
    assert (upside_down.field, upside_down.rule) == ("low_share", "must not be above high_share")
    unknown, twice = check(with_claims(claim(source="nobody"), claim())).problems
    assert {unknown.field, twice.field} == {"source", "claim_id"}


def test_a_file_of_claims_is_checked_cell_by_cell(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(packaged_cases()["toy"], tmp_path / "case"))
    rows = [
        ("a", "", "trade_growth_per_year", "0.1", "0.2", "invented", "C"),
        ("b", "B", "trade_growth", "0.1", "0.2", "invented", "C"),
        ("c", "C", "transit_time_change", "-1.5", "nan", "invented", "D"),
    ]
    with (folder / "claims.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("claim_id", "title", "metric", "low_share", "high_share", "source", "grade"), *rows]
        )
    with pytest.raises(InputError) as caught:
        load(folder)
    told = {(problem.place, problem.field): problem for problem in caught.value.problems}
    assert set(told) == {
        ("claims.csv:2", "title"), ("claims.csv:3", "metric"), ("claims.csv:4", "low_share"),
        ("claims.csv:4", "high_share"), ("claims.csv:4", "grade"),
    }  # fmt: skip
    assert told["claims.csv:3", "metric"].suggestion == "trade_growth_per_year"


def test_claims_in_words() -> None:
    slower = claim(claim_id="slow", title="Slower", metric=ClaimMetric.TRANSIT_TIME, low_share=0.1, high_share=0.1)
    case = with_claims(claim(note="by whom is not known"), slower)
    words = " ".join(explain(case).split())
    assert "- boom: Trade booms: trade of XA grows by 10% to 20% a year. Grade C; by whom is not known." in words
    assert "- slow: Slower: the time from door to door changes by 10%. Grade C." in words
    assert "Published claims" not in explain(with_claims())
