"""Made-up runs and manifests, for tests of what keeps and shows them."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from abm.network.arcs import Floats
from abm.study.plan import WITHOUT
from abm.study.records import Failure, Record, RunId
from abm.study.results import Results, open_results
from abm.study.store import Store

#: Capitals alone tell two of them apart.
NAMES = ("trade_usd:XA:1", "trade_usd:XA:2", "days:XA:2", "link_t:road:2", "link_t:Road:2")
SERIES = ("trade_t:XA", "queue_vehicles:post")
MONTHS = 24
ARMS = (WITHOUT, "both", "rail")


def manifest(**changes: Any) -> dict[str, Any]:
    """As :func:`abm.study.manifest.sweep_manifest` makes them, of a plan with 50 points in two factors."""
    content: dict[str, Any] = {
        "outcomes": list(NAMES),
        "series": list(SERIES),
        "named": ["trade_usd:XA:2"],
        "identity": {"model": "1", "plan.toml": {"years": 2}, "links.csv": {"R1": {"length_km": 12.5}}},
        "asked": {
            "title": "A made-up sweep", "question": "What if?", "years": 2, "design": {"kind": "lhs"},
            "arms": {"both": {}, "rail": {}},
        },
        "case": {"name": "made-up"},
        "factors": ["sigma", "eta"],
        "points": [[2.0 + point / 10.0, 0.5] for point in range(50)],
        "base_year": {"trade_usd:XA": 5.0},
    }  # fmt: skip
    return {**content, **changes}


def run_id(number: int) -> RunId:
    """The run of a number: points one after another, in each all arms, all with one seed."""
    point, arm = divmod(number, len(ARMS))
    return RunId(f"{number:032x}", point, 0, ARMS[arm], 100 + point)


def record(number: int, months: int = MONTHS, n_names: int = len(NAMES), n_series: int = len(SERIES)) -> Record:
    """Numbers of all kinds, the same for the same run: missing ones, both zeros, the smallest and the largest."""
    rng = np.random.default_rng(number)
    outcomes = rng.lognormal(10.0, 3.0, n_names)
    outcomes[number % n_names] = (np.nan, 0.0, -0.0, 5e-324, np.finfo(float).max)[number % 5]
    series = np.cumsum(rng.normal(size=(months, n_series)), axis=0)
    if n_series:
        series[number % months, 0] = np.nan
    return Record(run_id(number), outcomes, series, 0.25 + number, 0.5 + number)


def failure(number: int, attempts: int = 1) -> Failure:
    return Failure(run_id(number), f"ValueError: no route in run {number}", attempts)


def filled(folder: Path, numbers: Sequence[int], failed: Sequence[int] = (), asked: int = 0) -> Results:
    """A sweep that was ended well: these runs are done, and those failed; the first ``asked`` were asked for."""
    with Store.create(folder, manifest()) as store:
        store.ask(run_id(number) for number in range(asked))
        store.add([*(record(number) for number in numbers), *(failure(number) for number in failed)])
    return open_results(folder)


def same(found: Floats, expected: Floats) -> bool:
    """Equal bit for bit, where all that is not a number is one."""
    missing = np.isnan(found)
    bits, expected_bits = (np.ascontiguousarray(values).view(np.int64) for values in (found, expected))
    return np.array_equal(missing, np.isnan(expected)) and np.array_equal(bits[~missing], expected_bits[~missing])


def holds(folder: Path, numbers: Sequence[int]) -> bool:
    """Whether the folder holds exactly these runs, each as it was made."""
    results = open_results(folder)
    runs = results.runs()
    keys = runs.loc[runs["status"] == "done", "key"].to_list()
    records = {made(number).run.key: made(number) for number in numbers}
    if sorted(keys) != sorted(records):
        return False
    if not keys:
        return True
    outcomes = results.outcomes().iloc[:, 4:].to_numpy()
    series = [results.series(name)[1] for name in results.series_names]
    return same(outcomes, np.array([records[key].outcomes for key in keys])) and all(
        same(values, np.array([records[key].series[:, place] for key in keys])) for place, values in enumerate(series)
    )


made = cache(record)
