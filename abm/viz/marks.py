"""What happened when: policies that came or ended, incidents that began. A bounded list for the charts and the timeline."""

from collections import deque
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from abm.corridor.policies import policy_titles
from abm.corridor.question import HandStep
from abm.corridor.steps import BY_HAND, Step
from abm.corridor.tables import Case
from abm.model import CorridorModel
from abm.network.arcs import Floats
from abm.viz.levers import step_words

POLICY, INCIDENT = "policy", "incident"
#: World of a mark: row of the pair, or both.
BOTH = 2
#: Marks of each kind that are kept, the newest ones.
_MOST_POLICIES, _MOST_INCIDENTS = 100, 300


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened on a day (counted from the opening day): ``kind`` is "policy" or "incident"; ``world`` is 0 without
    the measure, 1 with it, 2 for both."""

    day: int
    kind: str
    title: str
    world: int


class Marks:
    """Watches two worlds, day by day, for what comes and goes."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._titles = policy_titles(case)
        rows = [row.title for row in case.hazards] + [row.title for row in case.regimes]
        self._sources = (*rows, *(row.title for row in case.events))
        self._policies: deque[Mark] = deque(maxlen=_MOST_POLICIES)
        self._incidents: deque[Mark] = deque(maxlen=_MOST_INCIDENTS)
        self._in_force: list[tuple[Step, ...]] = [(), ()]
        self._starts: list[Floats] = [np.zeros(0), np.zeros(0)]

    def begin(self, worlds: tuple[CorridorModel, CorridorModel]) -> None:
        """Take what stands as known: only what comes from now on is marked."""
        self._in_force = [world.state.in_force for world in worlds]
        self._starts = [world.state.security.starts.copy() for world in worlds]

    def look(self, day: int, worlds: tuple[CorridorModel, CorridorModel]) -> None:
        """Mark what came, ended or began on ``day``, which has just been played."""
        for title, world in _joined([self._changes(row, model) for row, model in enumerate(worlds)]):
            self._policies.append(Mark(day, POLICY, title, world))
        for title, world in _joined([self._outbreaks(row, model) for row, model in enumerate(worlds)]):
            self._incidents.append(Mark(day, INCIDENT, title, world))

    def listed(self) -> list[Mark]:
        """All marks that are kept, by day."""
        return sorted(chain(self._policies, self._incidents), key=lambda mark: mark.day)

    def _changes(self, row: int, model: CorridorModel) -> list[str]:
        before, now = self._in_force[row], model.state.in_force
        if now is before or now == before:
            return []
        self._in_force[row] = now
        names_before, names_now = _policies_of(before), _policies_of(now)
        came = [f"{self._titles.get(name, name)}: begins" for name in names_now if name not in names_before]
        ended = [f"{self._titles.get(name, name)}: ends" for name in names_before if name not in names_now]
        hands_before, hands_now = _by_hand(before), _by_hand(now)
        came += [f"{self._words(step)}: begins" for key, step in hands_now.items() if key not in hands_before]
        ended += [f"{self._words(step)}: ends" for key, step in hands_before.items() if key not in hands_now]
        return came + ended

    def _words(self, step: Step) -> str:
        hand = HandStep(step.action, step.target, step.start_day, step.end_day, step.number)
        return step_words(self._case, hand)

    def _outbreaks(self, row: int, model: CorridorModel) -> list[str]:
        starts = model.state.security.starts
        began = np.flatnonzero(starts > self._starts[row])
        if began.size:
            self._starts[row] = starts.copy()
        return [self._sources[source] for source in began.tolist()]


def _policies_of(steps: tuple[Step, ...]) -> list[str]:
    """Policies of the case that act, in the order of their steps."""
    return list(dict.fromkeys(step.policy_id for step in steps if step.policy_id != BY_HAND))


def _by_hand(steps: tuple[Step, ...]) -> dict[Step, Step]:
    """Steps made by hand; to set another end to one that goes on is not a new one."""
    return {replace(step, end_day=None): step for step in steps if step.policy_id == BY_HAND}


def _joined(of_worlds: list[list[str]]) -> list[tuple[str, int]]:
    """(title, world): what happened in both worlds is told once."""
    without, measure = of_worlds
    both = [(title, BOTH) for title in without if title in measure]
    alone = [(title, 0) for title in without if title not in measure]
    return both + alone + [(title, 1) for title in measure if title not in without]
