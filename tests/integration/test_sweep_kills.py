"""Kill -9 at any moment, of a sweep, its nursery or its workers: nothing is lost, and nothing is there twice."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from abm.study.plan_file import read_plan
from abm.study.results import Results, open_results
from abm.study.task import n_runs
from tests.made_experiments import STILL, made_experiment

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc")


def equal_bit_for_bit(one: Results, other: Results) -> None:
    for table in (Results.outcomes, _all_series):
        pd.testing.assert_frame_equal(table(one), table(other), check_exact=True)


def _all_series(results: Results) -> pd.DataFrame:
    tables = [pd.DataFrame(results.series(name)[1]).add_prefix(f"{name} ") for name in results.series_names]
    return pd.concat(tables, axis=1)


def kill_and_go_on(folder: Path, seed: int, n_kills: int) -> None:
    experiment = made_experiment(folder, STILL, ("points = 4", "points = 8"))
    words = ["-m", "tests.killed_sweeps", experiment, folder, seed, n_kills]
    done = subprocess.run([sys.executable, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert sum(told["victims"].values()) == n_kills
    assert told["left"] == []
    whole = open_results(folder / "whole")
    wanted = n_runs(read_plan(experiment))
    for number in range(1, told["rounds"] + 1):
        found = open_results(folder / f"round-{number}")
        runs = found.runs()
        assert len(runs) == runs["key"].nunique() == wanted
        assert set(runs["status"]) == {"done"}
        assert list(runs["key"]) == list(whole.runs()["key"])
        equal_bit_for_bit(found, whole)
        assert not list(found.folder.glob("**/*.damaged"))


def test_after_twenty_kills_every_run_is_there_once_and_equal_bit_for_bit(tmp_path: Path) -> None:
    kill_and_go_on(tmp_path, seed=1, n_kills=20)


@pytest.mark.nightly
def test_after_a_hundred_kills_every_run_is_there_once_and_equal_bit_for_bit(tmp_path: Path) -> None:
    kill_and_go_on(tmp_path, seed=2, n_kills=100)
