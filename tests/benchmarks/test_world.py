"""Cost of one world of ``south-caucasus``: warm-up and five years of days, after imports and compilation.

Run by hand on a quiet machine: ``pytest tests/benchmarks/test_world.py -s``. It prints CPU seconds, nanoseconds an event, the
split of the day by phase, and the peak memory of a fresh process. Only generous ceilings are asserted: a shared core is
easily two times slower than a quiet one.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from abm import model as model_module
from abm import phases
from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.model import CorridorModel
from abm.network.options import blueprint
from abm.units import DAYS_PER_YEAR
from tests.small_worlds import toy

YEARS = 5
#: Targets on a quiet core, and how many times slower a busy machine may be before the benchmark fails.
TARGET_S, TARGET_EVENT_NS, TARGET_MB = 3.0, 120.0, 600.0
SLACK = 5.0
PHASES = ("weigh_routes", "adjust_trade", "dispatch", "move", "learn", "snapshot", "mark_reference")

_PEAK = """
import resource, sys
from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.model import CorridorModel
from abm.worlds import cuts_of, play
case = load("south-caucasus")
play(CorridorModel(Scenario(case, years=int(sys.argv[1])), register=False, collect=False), cuts_of(case))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class Clock:
    """CPU seconds and calls by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def watch[**P, T](self, name: str, action: Callable[P, T]) -> Callable[P, T]:
        @wraps(action)
        def timed(*args: P.args, **kwargs: P.kwargs) -> T:
            start = time.process_time()
            try:
                return action(*args, **kwargs)
            finally:
                self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start

        return timed


def warm_kernels() -> None:
    """A short run of the toy case compiles, or loads, every kernel that a world needs."""
    model = CorridorModel(Scenario(toy()), register=False, collect=False)
    model.step()
    phases.snapshot(model.state)


def test_a_world_of_five_years_costs_a_few_seconds_of_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    warm_kernels()
    case = load("south-caucasus")
    clock = Clock()
    structure = clock.watch("choice sets (once per case)", lambda: blueprint(case))
    begin: Callable[[], CorridorModel] = clock.watch(
        "start", lambda: CorridorModel(Scenario(case, years=YEARS), register=False, collect=False)
    )
    structure()
    model = begin()
    for name in PHASES:
        monkeypatch.setattr(phases, name, clock.watch(name, getattr(phases, name)))
    calendar: Any = model_module
    monkeypatch.setattr(calendar, "apply_calendar", clock.watch("apply_calendar", calendar.apply_calendar))
    start = time.process_time()
    model.warm_up()
    warm_up_s = time.process_time() - start
    model.run_for(YEARS * int(DAYS_PER_YEAR))
    whole_s = time.process_time() - start
    days = case.info.warmup_days + YEARS * int(DAYS_PER_YEAR)
    events = model.state.movement.n_events
    event_ns = 1e9 * clock.seconds["move"] / events
    _print_table(clock, whole_s, warm_up_s, days, events)
    assert len(model.shippers) > 500
    assert events > 1_000_000
    assert whole_s < SLACK * TARGET_S
    assert event_ns < SLACK * TARGET_EVENT_NS


def _print_table(clock: Clock, whole_s: float, warm_up_s: float, days: int, events: int) -> None:
    named = sum(clock.seconds.get(name, 0.0) for name in (*PHASES, "apply_calendar"))
    rows = [(name, clock.seconds[name]) for name in ("choice sets (once per case)", "start")]
    rows += [("warm-up and five years", whole_s), ("  of it warm-up", warm_up_s)]
    rows += [(f"  {name}", clock.seconds.get(name, 0.0)) for name in ("apply_calendar", *PHASES)]
    rows += [("  all else", whole_s - named)]
    print(f"\n{'south-caucasus, CPU':32s} {'s':>7s} {'us a day':>9s} {'share':>6s}")
    for name, seconds in rows:
        print(f"{name:32s} {seconds:7.2f} {1e6 * seconds / days:9.0f} {seconds / whole_s:6.0%}")
    print(
        f"{events / days:,.0f} events a day, {1e9 * clock.seconds['move'] / events:.0f} ns each; load {os.getloadavg()[0]:.1f}"
    )


def test_a_world_of_five_years_stays_below_its_memory() -> None:
    done = subprocess.run([sys.executable, "-c", _PEAK, str(YEARS)], capture_output=True, text=True, check=True)
    per_mb = 1024.0**2 if sys.platform == "darwin" else 1024.0
    peak_mb = float(done.stdout) / per_mb
    print(f"\npeak memory of a process with one world: {peak_mb:.0f} MB")
    assert 50.0 < peak_mb < TARGET_MB
