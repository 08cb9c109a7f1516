"""Worlds that are warmed up once and shared: every visitor, and every Reset, leaves from a copy."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace

from abm.corridor.policies import resolve
from abm.corridor.question import Question
from abm.corridor.scenario import Scenario
from abm.model import CorridorModel

#: (days played, of so many).
Progress = Callable[[int, int], None]
#: Warmed worlds that are kept; the one that was asked for longest ago goes first.
MOST_WORLDS = 3
#: Month-end snapshots of a world that are kept: the map and the inspector average over what has passed since the older one.
KEPT_SNAPSHOTS = 2


class _Warming(CorridorModel):
    """A world that tells how far its warm-up is."""

    def __init__(self, scenario: Scenario, progress: Progress | None) -> None:
        super().__init__(scenario, register=False, collect=False)
        self.progress = progress

    def _play_day(self) -> None:
        super()._play_day()
        if self.progress is not None:
            days = self.state.warmup_days
            self.progress(days + self.state.day, days)


@dataclass
class _Place:
    """One world of the cache, or the wait for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    world: CorridorModel | None = None


_WARM: OrderedDict[Hashable, _Place] = OrderedDict()
_LOCK = threading.Lock()


def early_scenario(scenario: Scenario) -> Scenario:
    """The same world with nothing but the policies that act before the opening day: all that its warm-up depends on."""
    early = {step.policy_id for step in resolve(scenario) if step.start_day < 0}
    return replace(
        scenario,
        policies=tuple(name for name in scenario.policies if name in early),
        days={name: days for name, days in scenario.days.items() if name in early},
        steps=tuple(step for step in scenario.steps if step.start_day < 0),
    )


def warm_key(scenario: Scenario) -> Hashable:
    """Worlds with one key have one warm-up."""
    early = tuple(step for step in resolve(scenario) if step.start_day < 0)
    values = tuple(sorted(scenario.values.items()))
    return (
        scenario.case.digest, scenario.seed, values, scenario.years, scenario.still, scenario.replay_from, scenario.dates, early
    )  # fmt: skip


def warm_world(scenario: Scenario, progress: Progress | None = None) -> CorridorModel:
    """A world on the morning of its opening day, warmed up now or kept from before: an own copy that can be played on.

    ``progress`` is told of every day of a warm-up that is played. Who asks for a world that somebody else warms up waits for it.
    """
    key = warm_key(scenario)
    with _LOCK:
        place = _WARM.setdefault(key, _Place())
        _WARM.move_to_end(key)
        while len(_WARM) > MOST_WORLDS:
            _WARM.popitem(last=False)
    with place.lock:
        if place.world is None:
            world = _Warming(early_scenario(scenario), progress)
            world.warm_up()
            del world.state.ledger.snapshots[:-KEPT_SNAPSHOTS]
            world.progress = None  # whoever asked is not kept with the world
            place.world = world
        return place.world.fork(scenario)


def warm_pair(question: Question, progress: Progress | None = None) -> tuple[CorridorModel, CorridorModel]:
    """The question's two worlds on the morning of the opening day: without the measure, and with it. Raises InputError.

    They share one warm-up, unless a policy of the measure acts before the opening day.
    """
    without, measure = question.without(), question.measure()
    if progress is None or warm_key(without) == warm_key(measure):
        return warm_world(without, progress), warm_world(measure, progress)

    def first(done: int, of: int) -> None:
        progress(done, 2 * of)

    def second(done: int, of: int) -> None:
        progress(of + done, 2 * of)

    return warm_world(without, first), warm_world(measure, second)
