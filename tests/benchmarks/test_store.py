"""What keeping 10,000 runs costs: a run added, a finished sweep resumed, a fan read; and the memory of the one who does it.

Run by hand on a quiet machine: ``pytest tests/benchmarks/test_store.py -s``. Each size in a process of its own; runs of 500
outcomes and 60 monthly series, made up.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
N_RUNS, N_NAMES, N_SERIES = 10_000, 500, 60
#: Targets, and how many times slower a busy machine may be before the benchmark fails.
ADD_MS, RESUME_S, PARENT_MB, SLACK = 2.0, 2.0, 500.0, 3.0

_WRITE = """
import json, resource, sys, time
from pathlib import Path
import numpy as np
from abm.study.records import Record, RunId
from abm.study.store import Store
from tests.made_runs import ARMS, manifest
folder, n_runs, n_names, n_series, months = Path(sys.argv[1]), *map(int, sys.argv[2:])
names = [f"trade_usd:C{place}:1" for place in range(n_names)]
content = manifest(outcomes=names, named=names[:4], series=[f"trade_t:C{place}" for place in range(n_series)], months=months,
                   points=[[float(point), 0.5] for point in range(n_runs)])
rng = np.random.default_rng(1)
outcomes, series = rng.lognormal(10.0, 1.0, n_names), np.cumsum(rng.normal(size=(months, n_series)), axis=0)
took, cpu = 0.0, 0.0
with Store.create(folder, content) as store:
    for number in range(n_runs):
        run = RunId(f"{number:032x}", number // 3, 0, ARMS[number % 3], number // 3)
        noise = rng.normal(1.0, 0.1, n_names), rng.normal(1.0, 0.1, (months, n_series))
        record = Record(run, outcomes * noise[0], series * noise[1], 1.0, 1.0)
        began = time.perf_counter(), time.process_time()
        store.add([record])
        took, cpu = took + time.perf_counter() - began[0], cpu + time.process_time() - began[1]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
print(json.dumps({"add_ms": 1e3 * took / n_runs, "add_cpu_ms": 1e3 * cpu / n_runs, "peak_mb": peak}))
"""

_RESUME = """
import json, resource, sys, time
from pathlib import Path
from abm.study.snapshot import MANIFEST
from abm.study.store import Store
content = json.loads((Path(sys.argv[1]) / MANIFEST).read_text())
began, cpu = time.perf_counter(), time.process_time()
store = Store.create(Path(sys.argv[1]), content)
n_runs = len(store.done_keys())
took = time.perf_counter() - began, time.process_time() - cpu
store.close()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
print(json.dumps({"resume_s": took[0], "resume_cpu_s": took[1], "n_runs": n_runs, "peak_mb": peak}))
"""

_READ = """
import json, resource, sys, time
from abm.study.results import open_results
results = open_results(sys.argv[1])
took = {}
for name, act in {
    "first_outcomes_s": lambda: results.outcomes(results.named),
    "outcomes_s": lambda: results.outcomes(results.named),
    "first_fan_s": lambda: results.fan(results.series_names[0]),
    "fan_s": lambda: results.fan(results.series_names[1]),
    "quantiles_s": lambda: results.quantiles(),
}.items():
    began = time.perf_counter()
    act()
    took[name] = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
print(json.dumps({**took, "peak_mb": peak}))
"""


def measured(code: str, folder: Path, *sizes: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), *map(str, sizes)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("months", [1, 12, 60])
def test_ten_thousand_runs_are_kept_resumed_and_read_within_bounds(tmp_path: Path, months: int) -> None:
    written = measured(_WRITE, tmp_path, N_RUNS, N_NAMES, N_SERIES, months)
    size_mb = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) / 2**20
    resumed, read = measured(_RESUME, tmp_path), measured(_READ, tmp_path)
    print(f"\n{N_RUNS:,} runs x {N_SERIES} series x {months} months, {size_mb:,.0f} MB; load {os.getloadavg()[0]:.1f}")
    for what, values in {"written": written, "resumed": resumed, "read": read}.items():
        print(f"  {what}: " + ", ".join(f"{name} {value:.3g}" for name, value in values.items()))
    assert resumed["n_runs"] == N_RUNS
    assert written["add_ms"] < SLACK * ADD_MS
    assert resumed["resume_s"] < SLACK * RESUME_S
    assert max(one["peak_mb"] for one in (written, resumed, read)) < PARENT_MB
