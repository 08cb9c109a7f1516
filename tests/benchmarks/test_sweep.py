"""What a sweep costs beside its worlds: ``pytest tests/benchmarks/test_sweep.py -s`` on a quiet machine.

Efficiency of two workers against one with real worlds; overhead a run, memory of the parent, time to find a sweep complete with
10,000 runs that cost nothing, but leave as much as those of the toy case.
"""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from abm.study.plan_file import read_plan
from abm.study.runner import n_cores
from abm.study.sweep import sweep
from tests.made_experiments import STILL, made_experiment

ROOT = Path(__file__).parents[2]
EFFICIENCY, OVERHEAD_MS, PARENT_MB, RESUME_S = 0.9, 5.0, 500.0, 2.0
N_RUNS = 10_000
#: Times of a busy machine are easily twice those of a quiet one.
SLACK = 2.0

_MANY_RUNS = """
import functools, resource, sys, time
import numpy as np
from abm.study import sweep as module
from abm.study.outcomes import catalogue_of
from abm.study.plan_file import read_plan
from abm.study.records import Record

def nothing(plan, task):
    kept, rng = catalogue_of(plan), np.random.default_rng(task.seed)
    return [
        Record(run, rng.random(len(kept.names)), rng.random((kept.months, len(kept.series_names))), 0.0, 0.0)
        for run in task.runs
    ]

module.play_task = nothing
begun = time.perf_counter()
results = module.sweep(read_plan(sys.argv[1]), sys.argv[2], workers=2)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0, time.perf_counter() - begun, results.counts()["done"])
"""


@pytest.mark.skipif(n_cores() < 2, reason="needs two cores")
def test_two_workers_are_nearly_twice_as_fast_as_one(tmp_path: Path) -> None:
    plan = read_plan(made_experiment(tmp_path, ("years = 1", "years = 3"), ("points = 4", "points = 12")))
    seconds = {}
    sweep(plan, tmp_path / "warm", workers=1, points=1)  # kernels are compiled, files are in memory
    for workers in (1, 2):
        begun = time.perf_counter()
        sweep(plan, tmp_path / str(workers), workers=workers)
        seconds[workers] = time.perf_counter() - begun
    efficiency = seconds[1] / (2.0 * seconds[2])
    print(f"\n{seconds[1]:.1f} s with one worker, {seconds[2]:.1f} s with two: efficiency {efficiency:.2f}")
    assert efficiency >= EFFICIENCY


def test_ten_thousand_runs_cost_little_time_and_memory_and_are_found_complete_at_once(tmp_path: Path) -> None:
    experiment = made_experiment(tmp_path, STILL, ("points = 4", f"points = {N_RUNS // 2 - 1}"))
    memory_mb, seconds, done = _many_runs(experiment, tmp_path / "sweep")
    assert done == N_RUNS
    overhead_ms = 1000.0 * seconds / N_RUNS
    print(f"\n{N_RUNS} runs: {overhead_ms:.2f} ms a run, parent {memory_mb:.0f} MB, ", end="")
    memory_again_mb, again_s, _ = _many_runs(experiment, tmp_path / "sweep")
    print(f"found complete in {again_s:.2f} s")
    assert overhead_ms < OVERHEAD_MS * SLACK
    assert max(memory_mb, memory_again_mb) < PARENT_MB
    assert again_s < RESUME_S * SLACK


def _many_runs(experiment: Path, out: Path) -> tuple[float, float, int]:
    """(peak memory of the parent in MB, seconds without imports, runs that are done)."""
    words = [sys.executable, "-c", _MANY_RUNS, str(experiment), str(out)]
    told = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1]), int(told[2])
