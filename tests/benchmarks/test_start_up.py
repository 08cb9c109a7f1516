"""How long one waits for the first answer: import, ``caravan --help``, the first day with and without compiled kernels.

Run by hand on a quiet machine: ``pytest tests/benchmarks/test_start_up.py -s``. Wall seconds of fresh processes.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
REPEATS = 5
#: Target of the import, and how many times slower a busy machine may be before the benchmark fails.
TARGET_IMPORT_S, SLACK = 0.5, 3.0
_FIRST_DAY = "import abm; model = abm.CorridorModel(); model.step(); print(model.day)"


def seconds(*arguments: str, cache: Path | None = None) -> tuple[float, str]:
    """Wall seconds of a fresh Python with these arguments, and what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    if cache is not None:
        environment["CARAVAN_CACHE_DIR"] = str(cache)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True, env=environment, cwd=REPOSITORY
    )
    return time.perf_counter() - start, done.stdout


def median_seconds(*arguments: str) -> float:
    seconds(*arguments)  # files of the package come into the page cache
    return statistics.median(seconds(*arguments)[0] for _ in range(REPEATS))


def test_importing_the_package_is_quick() -> None:
    bare, imported = median_seconds("-c", "pass"), median_seconds("-c", "import abm")
    print(f"\nimport abm: {imported:.3f} s, of it the interpreter {bare:.3f} s; load {os.getloadavg()[0]:.1f}")
    assert imported < SLACK * TARGET_IMPORT_S


@pytest.mark.parametrize(
    ("what", "most_s"), [("CorridorModel", 15.0), ("Scenario", 15.0), ("load", 5.0), ("compare", 20.0)]
)
def test_reading_a_public_name_loads_what_it_needs_and_no_more(what: str, most_s: float) -> None:
    taken = median_seconds("-c", f"import abm; abm.{what}")
    print(f"\nabm.{what}: {taken:.2f} s")
    assert taken < most_s


def test_the_help_of_the_command_comes_at_once() -> None:
    taken = median_seconds("-m", "abm", "--help")
    print(f"\ncaravan --help: {taken:.2f} s")
    assert "compare" in seconds("-m", "abm", "--help")[1]
    assert taken < SLACK * 1.0


def test_the_first_day_is_compiled_once(tmp_path: Path) -> None:
    cold, printed = seconds("-c", _FIRST_DAY, cache=tmp_path)
    warm = statistics.median(seconds("-c", _FIRST_DAY, cache=tmp_path)[0] for _ in range(REPEATS))
    print(f"\nfirst day of the toy case (with its warm-up): empty cache {cold:.1f} s, warm cache {warm:.1f} s")
    assert printed.strip() == "1"
    assert warm < 0.5 * cold
    assert cold < 180.0
