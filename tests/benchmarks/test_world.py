"""Cost of one world of each corridor: warm-up and five years of days, after imports and compilation.

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

import pytest

from abm import carriage, governance, phases, post_watch, security
from abm import model as model_module
from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.model import CorridorModel
from abm.network.movement import EventMovement
from abm.network.options import blueprint
from abm.units import DAYS_PER_YEAR
from tests.small_worlds import toy

YEARS = 5
#: Targets on a quiet core, and how many times slower a busy machine may be before the benchmark fails.
TARGET_S, TARGET_EVENT_NS, TARGET_MB = 3.0, 120.0, 600.0
SLACK = 5.0
#: Where the model finds what it calls each day, in the order of the day: the cast, then the phases of trade and movement.
CAST = (
    (model_module, "apply_calendar"), (security, "play_incidents"), (governance, "decide"), (post_watch, "review_posts"),
    (carriage, "review_fleets"), (model_module, "keep_accounts"),
)  # fmt: skip
PHASES = tuple(
    (phases, name)
    for name in ("weigh_routes", "adjust_trade", "dispatch", "move", "learn", "snapshot", "mark_reference")
)
#: Parts of a phase that the cast adds to it.
PARTS = ((phases, "run_day"), (phases, "close_day"), (phases, "hold_back"))

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


@pytest.mark.parametrize("name", ["south-caucasus", "russia-pakistan"])
def test_a_world_of_five_years_costs_a_few_seconds_of_cpu(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    warm_kernels()
    case = load(name)
    clock = Clock()
    structure = clock.watch("choice sets (once per case)", lambda: blueprint(case))
    begin: Callable[[], CorridorModel] = clock.watch(
        "start", lambda: CorridorModel(Scenario(case, years=YEARS), register=False, collect=False)
    )
    structure()
    model = begin()
    for module, part in (*CAST, *PHASES, *PARTS):
        monkeypatch.setattr(module, part, clock.watch(part, getattr(module, part)))
    monkeypatch.setattr(EventMovement, "_play", clock.watch("the loader", EventMovement._play))
    start = time.process_time()
    model.warm_up()
    warm_up_s = time.process_time() - start
    model.run_for(YEARS * int(DAYS_PER_YEAR))
    whole_s = time.process_time() - start
    days = case.info.warmup_days + YEARS * int(DAYS_PER_YEAR)
    events = model.state.movement.n_events
    event_ns = 1e9 * clock.seconds["the loader"] / events
    _print_table(name, clock, whole_s, warm_up_s, days, events)
    assert len(model.shippers) > 500
    assert events > 1_000_000
    assert whole_s < SLACK * TARGET_S
    assert event_ns < SLACK * TARGET_EVENT_NS


def _print_table(name: str, clock: Clock, whole_s: float, warm_up_s: float, days: int, events: int) -> None:
    named = sum(clock.seconds.get(part, 0.0) for _, part in (*CAST, *PHASES))
    rows = [(part, clock.seconds[part]) for part in ("choice sets (once per case)", "start")]
    rows += [("warm-up and five years", whole_s), ("  of it warm-up", warm_up_s)]
    rows += [(f"  {part}", clock.seconds.get(part, 0.0)) for _, part in (*CAST, *PHASES)]
    rows += [("  all else", whole_s - named)]
    rows += [(f"    within: {part}", clock.seconds.get(part, 0.0)) for _, part in PARTS]
    rows += [("    within: the loader", clock.seconds["the loader"])]
    print(f"\n{f'{name}, CPU':32s} {'s':>7s} {'us a day':>9s} {'share':>6s}")
    for part, seconds in rows:
        print(f"{part:32s} {seconds:7.2f} {1e6 * seconds / days:9.0f} {seconds / whole_s:6.0%}")
    event_ns = 1e9 * clock.seconds["the loader"] / events
    print(f"{events / days:,.0f} events a day, {event_ns:.0f} ns each; load {os.getloadavg()[0]:.1f}")


def test_a_world_of_five_years_stays_below_its_memory() -> None:
    done = subprocess.run([sys.executable, "-c", _PEAK, str(YEARS)], capture_output=True, text=True, check=True)
    per_mb = 1024.0**2 if sys.platform == "darwin" else 1024.0
    peak_mb = float(done.stdout) / per_mb
    print(f"\npeak memory of a process with one world: {peak_mb:.0f} MB")
    assert 50.0 < peak_mb < TARGET_MB
