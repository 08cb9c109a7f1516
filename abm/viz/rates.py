"""Running means of what moves: differences of a world's running sums, remembered from frame to frame."""

import math

import numpy as np

from abm.network.arcs import ArcKind, Floats
from abm.observers import Snapshot
from abm.state import WorldState, announced_times
from abm.units import HOURS_PER_DAY
from abm.viz.movers import ArcPlaces

#: Days over which flows, and hours on links and in line, are averaged: a day so many days back counts 1/e as much as today.
FLOW_DAYS, TIME_DAYS = 28.0, 14.0
#: Vehicles a day below which nothing is said of hours: nobody has passed for long.
LEAST_VEHICLES_A_DAY = 0.02
#: Days of the past that the first look goes back over at least, if the world remembers them; else as many as it remembers.
_FIRST_DAYS = 28

_Sums = tuple[Floats, Floats, Floats, Floats]


class Rates:
    """Means a day by arc of one world: tonnes and vehicles that entered, vehicle-hours waited and in all.

    A jump of n days counts with the weight of n days. The first look takes the mean over the latest month or so.
    """

    def __init__(self, state: WorldState, places: ArcPlaces) -> None:
        arcs, n_links, n_posts = state.network.arcs, len(state.network.link_ids), len(state.network.post_ids)
        self._places = places
        self._line = np.flatnonzero(arcs.kind == ArcKind.LINEHAUL)
        self._link = arcs.link[self._line].astype(np.int64)
        self._at_post = np.flatnonzero(arcs.post >= 0)
        self._post = arcs.post[self._at_post].astype(np.int64)
        self._n_links, self._n_posts = n_links, n_posts
        service_h = state.network.facilities.service_h
        self._at_rest_h = announced_times(state.network, np.zeros(len(arcs)), arcs.dwell_h, service_h)[0]
        self._sums, self._hour = _past(state)
        self._flow = np.zeros(len(arcs))
        self._times = np.zeros((3, len(arcs)))
        self._is_first = True
        self.look(state)

    def look(self, state: WorldState) -> None:
        """Take in what has happened since the last look."""
        self._free_h = self._at_rest_h + state.numbers.free_time_h
        days = (state.movement.now_h - self._hour) / HOURS_PER_DAY
        if days <= 0.0:
            return
        sums = _sums_of(state)
        daily = [(now - then) / days for now, then in zip(sums, self._sums, strict=True)]
        flow_keep = 0.0 if self._is_first else math.exp(-days / FLOW_DAYS)
        time_keep = 0.0 if self._is_first else math.exp(-days / TIME_DAYS)
        self._flow = flow_keep * self._flow + (1.0 - flow_keep) * daily[0]
        self._times = time_keep * self._times + (1.0 - time_keep) * np.array(daily[1:])
        self._sums, self._hour, self._is_first = sums, state.movement.now_h, False

    def flow_t_day(self) -> Floats:
        """Tonnes a day over each link (n_links,), both directions together."""
        return np.bincount(self._link, self._flow[self._line], self._n_links)

    def wait_h(self) -> Floats:
        """Hours in line at each post (n_posts,), a mean over the vehicles that passed; NaN where none have of late."""
        passed, waited, _ = self._times
        return _ratio(
            np.bincount(self._post, waited[self._at_post], self._n_posts),
            np.bincount(self._post, passed[self._at_post], self._n_posts),
        )

    def delay(self) -> Floats:
        """Hours on each link (n_links,) with its posts, over those when nobody is in the way; NaN where nobody passed of late.

        A mean over vehicles and directions. Nobody in the way: movement at today's speed, papers and service of the base year,
        half a headway.
        """
        passed, _, spent = self._times
        line, places = self._line, self._places
        mean_h = _ratio(spent, passed)
        mean_h = np.where(np.isnan(mean_h), self._free_h, mean_h)
        taken, free = mean_h[line].copy(), self._free_h[line].copy()
        for post_arc in (places.exit_arc[line], places.entry_arc[line]):
            taken += np.where(post_arc >= 0, mean_h[post_arc], 0.0)
            free += np.where(post_arc >= 0, self._free_h[post_arc], 0.0)
        vehicles = np.where(passed[line] >= LEAST_VEHICLES_A_DAY, passed[line], 0.0)
        taken_all, free_all = (np.bincount(self._link, vehicles * hours, self._n_links) for hours in (taken, free))
        delay = np.full(self._n_links, np.nan)
        np.divide(taken_all, free_all, out=delay, where=free_all > 0.0)
        return delay


def _ratio(total: Floats, vehicles: Floats) -> Floats:
    mean = np.full(total.size, np.nan)
    np.divide(total, vehicles, out=mean, where=vehicles >= LEAST_VEHICLES_A_DAY)
    return mean


def _sums_of(state: WorldState | Snapshot) -> _Sums:
    moved = state.movement if isinstance(state, WorldState) else state
    return moved.entered_t, moved.passed_vehicles, moved.wait_vehicle_h, moved.time_vehicle_h


def _past(state: WorldState) -> tuple[_Sums, float]:
    """Running sums as they stood some time ago, and the hour of that time.

    They are those of the latest snapshot that is old enough, else of the oldest; without any, of the beginning of all.
    """
    past = [(state.day - (shot.day + 1), shot) for shot in reversed(state.ledger.snapshots) if shot.day + 1 < state.day]
    for days, shot in past:
        if days >= _FIRST_DAYS or shot is past[-1][1]:
            return _sums_of(shot), state.movement.now_h - HOURS_PER_DAY * days
    nothing = np.zeros(len(state.network.arcs))
    return (nothing, nothing, nothing, nothing), 0.0
