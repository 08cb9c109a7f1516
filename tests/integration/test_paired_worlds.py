"""Paired worlds: the same to the last bit however the seeds are shared out, and a clean end when they are stopped."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.corridor.scenario import Scenario
from abm.study.compare import compare, one_seed
from abm.study.files import json_text
from abm.worlds import PRIOR, TRANSPORT, WITHOUT, WorldRun
from tests.small_worlds import edited, toy

ROOT = Path(__file__).parents[2]
CASE = edited(toy(), warmup_days=90)


def arrays(run: WorldRun) -> Iterator[tuple[str, np.ndarray]]:
    for name, value in vars(run).items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", part) for key, part in sorted(value.items()))
        elif isinstance(value, tuple):
            yield from ((f"{name}.{i}", part) for i, part in enumerate(value))
        else:
            yield name, value


def digest(worlds: dict[str, WorldRun]) -> str:
    """A hash of every bit of every array of all arms."""
    found = hashlib.sha256()
    for arm, run in worlds.items():
        for name, value in arrays(run):
            found.update(f"{arm}.{name}.{value.dtype}.{value.shape}".encode())
            found.update(np.ascontiguousarray(value).tobytes())
    return found.hexdigest()


def scenario(policy: str = "reopen") -> Scenario:
    return Scenario(CASE, (policy,), years=1, draw=True)


_ALONE = """
from abm.study.compare import one_seed
from tests.integration.test_paired_worlds import digest, scenario
print(digest(one_seed(scenario(), 2)))
"""


def test_a_seed_is_the_same_whatever_ran_before_it_and_in_any_process() -> None:
    """In this process after another seed and another measure; in a new one alone."""
    one_seed(scenario("close-road"), 1)
    one_seed(scenario(), 5)
    here = digest(one_seed(scenario(), 2))
    alone = subprocess.run(
        [sys.executable, "-c", _ALONE], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    assert alone.stdout.strip() == here
    assert digest(one_seed(scenario(), 3)) != here


def test_the_number_of_processes_changes_no_bit_of_any_table() -> None:
    first, second = (compare(CASE, ["reopen"], seeds=3, years=1, workers=workers) for workers in (1, 2))
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, second.tables[name], check_exact=True)
    assert json_text(first.provenance) == json_text(second.provenance)


def test_a_comparison_of_seeds_is_made_of_its_seeds() -> None:
    """Seeds 2 and 3 by themselves give the same worlds as the last two of three."""
    three = compare(CASE, ["reopen"], seeds=3, years=1, workers=1)
    two = compare(CASE, ["reopen"], seeds=2, first_seed=2, years=1, workers=1)
    assert two.seeds == (2, 3)
    later = three.series[three.series["seed"] > 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(later, two.series, check_exact=True)
    pd.testing.assert_frame_equal(three.draws.iloc[1:].reset_index(drop=True), two.draws, check_exact=True)


def test_a_placebo_changes_no_bit_of_any_world_and_no_row_of_any_table() -> None:
    worlds = one_seed(scenario("placebo"), 1)
    assert list(worlds) == [WITHOUT, TRANSPORT]
    without, with_ = (dict(arrays(run)) for run in worlds.values())
    assert without.keys() == with_.keys()
    for name, value in without.items():
        np.testing.assert_array_equal(with_[name], value, err_msg=name)
    result = compare(CASE, ["placebo"], seeds=2, years=1, workers=1)
    numbers = ["gain_mean", "gain_p5", "gain_p95", "gain_error", "level_mean", "per_year_mean"]
    assert np.nan_to_num(result.growth[numbers].to_numpy(dtype=np.float64)).any() is np.False_
    assert (result.split["mean"] == 0.0).all()
    assert (result.times["mean"] == 0.0).all()
    assert (result.places["days_change"].dropna() == 0.0).all()
    assert (result.places["usd_t_change"].dropna() == 0.0).all()


def test_friction_is_lifted_in_the_prior_arm_only() -> None:
    worlds = one_seed(Scenario(CASE, ("reopen",), {"phi_xa_xb": 0.8}, years=1), 1)
    assert list(worlds) == [WITHOUT, TRANSPORT, PRIOR]
    sent = {arm: run.shipped_t.sum() for arm, run in worlds.items()}
    assert sent[PRIOR] > sent[TRANSPORT]
    nothing = one_seed(Scenario(CASE, ("reopen",), {"phi_xa_xb": 0.0}, years=1), 1)
    assert digest({"x": nothing[PRIOR]}) == digest({"x": nothing[TRANSPORT]})


def _children(pid: int) -> list[int]:
    """Processes whose parent is ``pid``."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
        except OSError:  # it has just ended
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(status.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("to_all", [True, False], ids=["Ctrl-C in a terminal", "a signal to the command alone"])
def test_an_interrupt_ends_a_comparison_with_its_workers_and_without_a_traceback(tmp_path: Path, to_all: bool) -> None:
    words = ["-m", "abm", "compare", "toy", "--with", "reopen", "--seeds", "5000", "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, *words, "--out", str(tmp_path / "out")], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120.0
        workers: list[int] = []
        while len(workers) < 2 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
            workers = [pid for nursery in _children(process.pid) for pid in _children(nursery)]
        assert len(workers) == 2
        time.sleep(0.5)
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    finally:  # a failure of this test leaves nothing running either
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.returncode == 1
    assert (out, errors.split()) == ("", ["stopped"])
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert list((tmp_path / "out").iterdir()) == []
