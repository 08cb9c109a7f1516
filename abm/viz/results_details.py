"""What takes seconds to work out on the results page, once for all visitors: importance of factors, boxes, maps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import pandas as pd

from abm.errors import CaravanError
from abm.network.arcs import Floats
from abm.study.believe import believed
from abm.study.claims import ends_of
from abm.study.discovery import ends_of as box_ends
from abm.study.findings import Condition, Drivers
from abm.study.plan import Plan
from abm.study.sensitivity import indices
from abm.study.tornado import tornado
from abm.viz.results_map import map_svg
from abm.viz.results_topics import Topic

type IsWanted = Callable[[], bool]


@dataclass(frozen=True)
class Belief:
    """What one would have to believe for a topic's claim; None without a claim, a pair of worlds or a factor."""

    condition: Condition | None


def by_point(points: pd.DataFrame, values: pd.DataFrame) -> Floats:
    """Mean over the replications of each point of the design, (points,); nan where there is none. values: point, value."""
    means = values.groupby("point")["value"].mean().reindex(points.index)
    return np.asarray(means, dtype=np.float64)


def swings(plan: Plan, points: pd.DataFrame, y: Floats, topic: Topic) -> Drivers:
    """What the figure y (points,) is where a factor is low and where it is high, without importance, which takes seconds."""
    mean = float(np.nanmean(y)) if np.isfinite(y).any() else np.nan
    if not points.shape[1]:
        return Drivers(topic.target, pd.DataFrame(), pd.DataFrame(), mean, "the plan varies no factor")
    return Drivers(topic.target, pd.DataFrame(), tornado(plan.design, points, y), mean)


@dataclass(frozen=True)
class _Sheets:
    """Tables that everything is worked out of, see :class:`abm.viz.results_reading.Reading`."""

    plan: Plan
    points: pd.DataFrame
    outcomes: pd.DataFrame
    base_year: Mapping[str, float]
    flows: pd.DataFrame


class Details:
    """Works out one thing of a kind at a time, keeps it, and leaves out what nobody waits for any more; from any thread.

    What is asked for with ``is_wanted`` is None if it is not wanted any more when its turn comes.
    """

    def __init__(
        self,
        plan: Plan,
        points: pd.DataFrame,
        outcomes: pd.DataFrame,
        base_year: Mapping[str, float],
        flows: pd.DataFrame,
    ) -> None:
        self._sheets = _Sheets(plan, points, outcomes, base_year, flows)
        self._drivers: _Kept[Drivers] = _Kept()
        self._beliefs: _Kept[Belief] = _Kept()
        self._maps: _Kept[str] = _Kept()

    def known_drivers(self, topic: Topic) -> Drivers | None:
        """Drivers with their importance, if they are there already."""
        return self._drivers.known(topic.id)

    def known_belief(self, topic: Topic) -> Belief | None:
        """The belief of a topic if it is there already."""
        return self._beliefs.known(topic.id)

    def known_map(self, topic: Topic) -> str | None:
        """The map of a topic's arm if it is there already."""
        return self._maps.known(topic.arm.name)

    def drivers(self, topic: Topic, values: pd.DataFrame, is_wanted: IsWanted) -> Drivers | None:
        """What drives a topic's figure, with the importance of every factor; values: the figure by pair of worlds."""
        return self._drivers.take(topic.id, is_wanted, lambda: _important(self._sheets, topic, values))

    def belief(self, topic: Topic, values: pd.DataFrame, is_wanted: IsWanted) -> Belief | None:
        """What one would have to believe for a topic's claim; values: its figure by pair of worlds."""
        return self._beliefs.take(topic.id, is_wanted, lambda: _belief(self._sheets, topic, values))

    def map(self, topic: Topic, values: pd.DataFrame, is_wanted: IsWanted) -> str | None:
        """Map of what a topic's arm changes, as an SVG element; empty where no flow is known. It takes no ``values``."""
        del values
        plan, flows, arm = self._sheets.plan, self._sheets.flows, topic.arm
        return self._maps.take(arm.name, is_wanted, lambda: map_svg(plan, flows, arm))


class _Kept[T]:
    """Things by name, each made once, one after the other."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._things: dict[str, T] = {}

    def known(self, name: str) -> T | None:
        return self._things.get(name)

    def take(self, name: str, is_wanted: IsWanted, make: Callable[[], T]) -> T | None:
        with self._lock:
            if name not in self._things and is_wanted():
                self._things[name] = make()
            return self._things.get(name)


def _important(sheets: _Sheets, topic: Topic, values: pd.DataFrame) -> Drivers:
    y = by_point(sheets.points, values)
    drivers = swings(sheets.plan, sheets.points, y, topic)
    if drivers.why_not:
        return drivers
    try:
        return replace(drivers, indices=indices(sheets.plan.design, sheets.points, y))
    except CaravanError as error:
        return replace(drivers, why_not=str(error))


def _belief(sheets: _Sheets, topic: Topic, values: pd.DataFrame) -> Belief:
    one = topic.judgement
    if one is None or not one.range.worlds or not sheets.points.shape[1]:
        return Belief(None)
    y, ends = by_point(sheets.points, values), ends_of(one.claim)
    far = ends.far if ends.is_band else np.inf
    boxes = box_ends(sheets.points, y, ends.near, far, at_least=ends.sign > 0)
    belief = believed(sheets.plan, sheets.points, sheets.outcomes, one, sheets.base_year)
    return Belief(Condition(one, belief, boxes, y))
