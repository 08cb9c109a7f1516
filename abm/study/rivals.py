"""Two naive rivals of a world, by which it is judged whether its mechanisms are worth their trouble.

*No change*: what the world says without the event. *Next cheapest* (:mod:`abm.rules.naive`): on the first day of each change that
the event makes, goods answer at once and wholly to published costs, their tonnes stay those of the base year (what is banned, and
what has no way, is not sent), and who has no other way waits before the first place that is shut. It starts from the shares of
the warm-up's last year; costs are those published on the opening day, and what the event announces (prices, dwell, service) comes
on top. It knows no beliefs, no lots, no seasons, no quotas and no growth. Lines are counted at each link or post from the opening
day on; what usually stands there, and the usual hours, are those of the world without the event.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from abm.calendar import apply_calendar
from abm.corridor.actor_rows import listed
from abm.corridor.steps import Step
from abm.corridor.tables import Target, TargetMetric
from abm.corridor.target_rules import HALF_LIFE_MEAN_DAYS
from abm.detours import open_arcs, refresh_routes
from abm.model import CorridorModel
from abm.network.arcs import Bools, Floats, Ints
from abm.network.build import open_hours
from abm.phases import levels_of_options
from abm.rules.cost import generalised_costs
from abm.rules.naive import fluid_line, fluid_wait_days, moved_shares
from abm.state import WorldState
from abm.study.target_metrics import (
    LEAST_CHANGE,
    arcs_at,
    base_days,
    days_to_clear,
    goods_of,
    hours_of_base,
    option_passes,
    payloads,
    quiet_hours,
    vehicles_per_unit,
)
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY, YEAR_DAYS


@dataclass(frozen=True, eq=False)
class Stretch:
    """Days from ``first`` on in which nothing changes. option (n, K + 1): the routes, the way round that was found for those
    without any last; tonnes, waiting (n, K + 1): tonnes a year that go by each, and that wait to; link_is_open; posted
    (n_facilities,): units a day that each facility serves while its link is open, inf without a limit."""

    first: int
    option: Ints
    tonnes: Floats
    waiting: Floats
    link_is_open: Bools
    posted: Floats


@dataclass(frozen=True, eq=False)
class Place:
    """Where vehicles are counted and may be held up: a facility (-1: none) and the arcs that lead through it."""

    facility: int
    arcs: Ints


@dataclass(frozen=True, eq=False)
class Fluid:
    """A place from day ``begin`` on: vehicles that come and that pass on each day, and how many stand there each morning."""

    begin: int
    arrivals: Floats
    passed: Floats
    standing: Floats


def no_change(target: Target, measured: float) -> float:
    """What a rival says who expects no change; ``measured``: what the world without the event says. Of what does not change no
    half is ever made: the whole window passes; and what never moved without the event does not grow either."""
    first, end = target.window
    if target.metric is TargetMetric.HALF_DAYS:
        return float(end - first)
    return 0.0 if target.metric.is_change and np.isnan(measured) else measured


def next_cheapest(root: CorridorModel, targets: Sequence[Target], usual: Sequence[float]) -> Floats:
    """What the next-cheapest rival says of targets that share one event, from their world at the opening day.

    ``usual``: what the world without the event says of each. Where traffic is another the event is its growth, which this rival
    lets pass as usual where vehicles are counted. ``root`` is left as it is.
    """
    rival = _Rival(root, targets[0].policies)
    return np.array(
        [
            as_usual if target.metric.is_of_vehicles and target.traffic != 1.0 else rival.says(target, as_usual)
            for target, as_usual in zip(targets, usual, strict=True)
        ]
    )


# ---------------------------------------------------------------------------------------------------------------- stretches
def stretches(root: CorridorModel, policies: str) -> tuple[WorldState, tuple[Step, ...], list[Stretch]]:
    """The state in which the event has been followed to its last change, its steps, and what holds from each change on. The first
    stretch is the base year (``first`` is the day on which the warm-up begins)."""
    world = root.fork(replace(root.inputs, policies=tuple(listed(policies))))
    state = world.state
    share = _base_shares(state)
    before, option = _costs(state), state.table.option.astype(np.int64)
    base_t = state.table.base_t[:, None]
    share, before = _widened(share, 0.0), _widened(before, np.inf)
    found = [_stretch(state, -state.warmup_days, _widened(option, -1), base_t * share, 0.0 * share)]
    for day in _turns(world):
        announced = state.published.announced_h.copy()
        state.day = day
        apply_calendar(state, world.calendar)
        _shift_published(state, state.published.announced_h - announced)
        refresh_routes(state)
        round_it = np.where(state.table.nest[:, -1:] >= 0, state.table.option[:, -1:], -1).astype(np.int64)
        routes = np.hstack([option, round_it])
        after = _cost_of(state, routes)
        tonnes = base_t * state.table.allowed[:, None]
        has_way = np.isfinite(after).any(axis=1, keepdims=True)
        waiting = np.where(has_way, 0.0, tonnes * share)
        found.append(_stretch(state, day, routes, tonnes * moved_shares(share, before, after), waiting))
    return state, world.calendar, found


def _widened[Kind: (Floats, Ints)](columns: Kind, rest: float) -> Kind:
    """With one more column, for the way round."""
    return np.hstack([columns, np.full((len(columns), 1), rest, dtype=columns.dtype)])


def _turns(world: CorridorModel) -> list[int]:
    """The opening day, and the later days on which a step of the event begins or ends."""
    days = {day for step in world.calendar for day in (step.start_day, step.end_day) if day is not None}
    return sorted({0} | {day for day in days if day > 0})


def _base_shares(state: WorldState) -> Floats:
    """Shares of each shipper's routes (n, K) in what it sent in the warm-up's last year; 0 for who sent nothing."""
    first = -base_days(state.warmup_days)
    shots = {shot.day: shot.shipped_t for shot in state.ledger.snapshots}
    sent = state.ledger.shipped_t - (0.0 if first == -state.warmup_days else shots[first - 1])
    total = sent.sum(axis=1, keepdims=True)
    return np.divide(sent, total, out=np.zeros_like(sent), where=total > 0.0)


def _costs(state: WorldState) -> Floats:
    """Published generalised cost of each shipper's routes today, USD/t (n, K), inf for a shut one or one at rest."""
    cost = _cost_of(state, state.table.option.astype(np.int64))
    return np.where(state.table.nest >= 0, cost, np.inf)


def _cost_of(state: WorldState, option: Ints) -> Floats:
    """Cost as a choice sees it, with the mode penalties; the last column is that of the fallback, whose penalty it has."""
    table = state.table
    delta = np.hstack([table.delta, table.delta[:, -1:]])[:, : option.shape[1]]
    hours, price, sd, _ = levels_of_options(state, open_arcs(state))
    cost = np.empty(option.shape)
    generalised_costs(
        option.astype(np.int32), np.where(option >= 0, hours[option], 0.0), price, sd, np.zeros(len(state.options)), table.duty,
        table.vot, table.vor, table.fob_usd_t, cost,
    )  # fmt: skip
    return np.asarray(cost * np.exp(delta))


def _shift_published(state: WorldState, later_h: Floats) -> None:
    """Published times as if all who passed lately, and all who stand in a line that is counted, took so much longer."""
    published = state.published
    published.hours_squared += later_h * (2.0 * published.hours + later_h * published.vehicles)
    published.hours += later_h * published.vehicles
    published.standing_h = np.where(published.standing_h > 0.0, published.standing_h + later_h, 0.0)


def _stretch(state: WorldState, first: int, option: Ints, tonnes: Floats, waiting: Floats) -> Stretch:
    return Stretch(first, option, tonnes, waiting, state.link_is_open.copy(), _posted(state))


def _posted(state: WorldState) -> Floats:
    """Units a day that each facility serves as policies have it, whether or not its link is open."""
    f, layers = state.network.facilities, state.layers
    hours = np.array([open_hours(*window) for window in zip(f.opens_h, f.closes_h, strict=True)])
    service_h = layers.gate_h / layers.capacity_policy
    served = np.divide(hours * f.servers, service_h, out=np.full(service_h.size, np.inf), where=service_h > 0.0)
    departs = (f.headway_h > 0.0) & np.isfinite(f.headway_h)
    places = f.places_t * layers.capacity_policy
    return np.where(departs, HOURS_PER_DAY / np.where(departs, f.headway_h, 1.0) * places, served)


# ---------------------------------------------------------------------------------------------------------------- what it says
class _Rival:
    """The next-cheapest rival under one event."""

    def __init__(self, root: CorridorModel, policies: str) -> None:
        self.root = root
        self.state, self.calendar, self.stretches = stretches(root, policies)
        self._says: dict[TargetMetric, Callable[[Target, float], float]] = {
            TargetMetric.TONNES: lambda target, _: self._tonnes(target, *target.window),
            TargetMetric.SHARE: lambda target, _: self._share(target, *target.window),
            TargetMetric.RATIO: self._ratio, TargetMetric.ARRIVED: self._ratio, TargetMetric.GROWTH: self._growth,
            TargetMetric.HALF_DAYS: self._half_days, TargetMetric.PASSED: self._passed,
            TargetMetric.PASSED_SHARE: self._passed_share, TargetMetric.QUEUE: self._queue,
            TargetMetric.CLEAR_DAYS: self._clear_days, TargetMetric.WAIT_H: self._hours, TargetMetric.HOURS: self._hours,
            TargetMetric.HOURS_CHANGE: self._hours_change,
        }  # fmt: skip

    def says(self, target: Target, usual: float) -> float:
        """Its figure for a target; ``usual``: that of the world without the event."""
        return self._says[target.metric](target, usual)

    def _days_in(self, first: int, end: int) -> list[tuple[int, Stretch]]:
        """How many of the days from ``first`` to ``end`` lie in which stretch; days before the warm-up are as the base year."""
        ends = [*(one.first for one in self.stretches[1:]), end]
        begins = [min(first, self.stretches[0].first), *ends[:-1]]
        days = [min(stop, end) - max(start, first) for start, stop in zip(begins, ends, strict=True)]
        return [(n, one) for n, one in zip(days, self.stretches, strict=True) if n > 0]

    # ------------------------------------------------------------------ goods
    def _sum(self, target: Target, first: int, end: int, links: tuple[str, ...], mode: str | None) -> float:
        """Tonnes of the goods that any of the links is passed with, and mostly of the mode."""
        passes, goods = option_passes(self.state, links, mode), goods_of(self.state, target.goods)[:, None]
        parts = (days * (one.tonnes * goods * passes[one.option]).sum() for days, one in self._days_in(first, end))
        return float(sum(parts)) / DAYS_PER_YEAR

    def _tonnes(self, target: Target, first: int, end: int) -> float:
        sent = self._sum(target, first, end, listed(target.of), target.mode)
        return sent * DAYS_PER_YEAR / (end - first)

    def _ratio(self, target: Target, _: float) -> float:
        base = float(self.state.table.base_t[goods_of(self.state, target.goods)].sum())
        return self._tonnes(target, *target.window) / base if base > 0.0 else np.nan

    def _growth(self, target: Target, _: float) -> float:
        first, end = target.window
        before, now = self._tonnes(target, first - YEAR_DAYS, end - YEAR_DAYS), self._tonnes(target, first, end)
        if before == now:  # nothing is sent, now or then, for one
            return 0.0
        return now / before - 1.0 if before > 0.0 else np.nan

    def _share(self, target: Target, first: int, end: int) -> float:
        of = option_passes(self.state, listed(target.of), target.mode)
        among = option_passes(self.state, listed(target.among))
        goods = goods_of(self.state, target.goods)[:, None]
        over = total = 0.0
        for days, one in self._days_in(first, end):
            sent = days * one.tonnes * goods * among[one.option]
            over, total = over + float((sent * of[one.option]).sum()), total + float(sent.sum())
        return over / total if total > 0.0 else np.nan

    def _half_days(self, target: Target, _: float) -> float:
        """All at once: on the first day of the window on which the share is at least half of the way."""
        first, end = target.window
        before = self._share(target, first - HALF_LIFE_MEAN_DAYS, first)
        rise = self._share(target, end - HALF_LIFE_MEAN_DAYS, end) - before
        if not np.isfinite(rise):
            return np.nan
        turns = [0, *(one.first - first for one in self.stretches if first < one.first < end)]
        if abs(rise) >= LEAST_CHANGE:
            for day in turns:
                if (self._share(target, first + day, first + day + 1) - before) / rise >= 1.0 / 2.0:
                    return float(day)
        return float(end - first)

    # ------------------------------------------------------------------ vehicles
    def _places(self, names: Sequence[str]) -> list[Place]:
        """Arcs of links and posts that share a facility, and those without any."""
        rows = arcs_at(self.state, names)
        facility = self.state.network.arcs.facility[rows]
        held = [Place(int(number), rows[facility == number]) for number in np.unique(facility[facility >= 0])]
        return [*held, *(Place(-1, np.array([arc])) for arc in rows[facility < 0])]

    def _fluid(self, place: Place, first: int, end: int) -> Fluid:
        """What happens at a place from day ``first`` (or the opening day, if that is earlier) to day ``end``."""
        begin = min(first, 0)
        arrivals, capacity = np.zeros(end - begin), np.full(end - begin, np.inf)
        day = 0
        for days, one in self._days_in(begin, end):
            arrivals[day : day + days] = self._arrivals(place, one)
            if one is not self.stretches[0]:  # what usually stands there is no news
                capacity[day : day + days] = self._capacity(place, one)
            day += days
        standing, passed = fluid_line(arrivals, capacity)
        return Fluid(begin, arrivals, passed, standing)

    def _arrivals(self, place: Place, one: Stretch) -> float:
        """Vehicles a day that come to a place: who goes that way, who waits before it, and background."""
        state, arcs = self.state, self.state.network.arcs
        per_t, payload = np.zeros(len(state.options) + 1), payloads(state)
        shut = self._shut(one)
        waits = np.zeros(per_t.size)
        for number, (route, column) in enumerate(zip(state.options.route, state.options.cargo_class, strict=True)):
            path = state.movement.routes.path(int(route))
            per_t[number] = sum(1.0 / payload[arcs.mode[arc], column] for arc in path if arc in place.arcs)
            first_shut = next((arc for arc in path if arcs.facility[arc] in shut), -1)
            if first_shut in place.arcs:
                waits[number] = 1.0 / payload[arcs.mode[first_shut], column]
        goods = float((one.tonnes * per_t[one.option]).sum() + (one.waiting * waits[one.option]).sum()) / DAYS_PER_YEAR
        streams, routes = state.background, state.movement.routes
        seen = np.isin(routes.arcs[routes.starts[streams.route]], place.arcs)
        return goods + float((streams.per_day.mean(axis=1) * streams.lane_factor)[seen].sum())

    def _shut(self, one: Stretch) -> frozenset[int]:
        """Facilities that hold back the traffic of links that are shut."""
        network = self.state.network
        links = (link for link, is_open in zip(network.link_ids, one.link_is_open, strict=True) if not is_open)
        return frozenset(number for link in links for number in network.link_facilities.get(link, ()))

    def _capacity(self, place: Place, one: Stretch) -> float:
        """Vehicles a day that a place lets through."""
        if place.facility < 0:
            return np.inf
        if place.facility in self._shut(one):
            return 0.0
        return float(one.posted[place.facility] * vehicles_per_unit(self.state, place.arcs[:1])[0])

    def _fluids(self, names: str, first: int, end: int) -> list[Fluid]:
        return [self._fluid(place, first, end) for place in self._places(listed(names))]

    def _passing(self, names: str, first: int, end: int) -> float:
        """Vehicles that pass links or posts in these days."""
        return sum(
            float(fluid.passed[first - fluid.begin : end - fluid.begin].sum())
            for fluid in self._fluids(names, first, end)
        )

    def _passed(self, target: Target, _: float) -> float:
        first, end = target.window
        base = sum(self._arrivals(place, self.stretches[0]) for place in self._places(listed(target.of)))
        return self._passing(target.of, first, end) / (end - first) / base if base > 0.0 else np.nan

    def _passed_share(self, target: Target, _: float) -> float:
        total = self._passing(target.among, *target.window)
        return self._passing(target.of, *target.window) / total if total > 0.0 else np.nan

    def _queue(self, target: Target, usual: float) -> float:
        return usual + sum(float(fluid.standing[-1]) for fluid in self._fluids(target.of, *target.window))

    def _clear_days(self, target: Target, _: float) -> float:
        first, end = target.window
        fluids = self._fluids(target.of, first, end)
        stood = sum(float(fluid.standing[first - fluid.begin]) for fluid in fluids)
        passed = sum((fluid.passed[first - fluid.begin :] for fluid in fluids), np.zeros(end - first))
        return days_to_clear(stood, np.cumsum(passed).tolist())

    # ------------------------------------------------------------------ hours
    def _more_hours(self, target: Target) -> float:
        """Hours that those who pass in the window spend beyond the usual: in the fluid's line, and by what policies lengthen."""
        first, end = target.window
        fluids = self._fluids(target.of, first, end)
        passed = sum(float(fluid.passed[first - fluid.begin : end - fluid.begin].sum()) for fluid in fluids)
        waited = sum(
            fluid_wait_days(fluid.arrivals, fluid.passed, first - fluid.begin, end - fluid.begin) for fluid in fluids
        )
        in_line_h = HOURS_PER_DAY * waited / passed if passed > 0.0 else 0.0
        if target.metric is TargetMetric.WAIT_H:
            return in_line_h
        at = arcs_at(self.state, listed(target.of))
        quiet = quiet_hours(self.state, at, self.calendar, first, end) - quiet_hours(self.state, at, (), first, end)
        return in_line_h + float(quiet.mean())

    def _hours(self, target: Target, usual: float) -> float:
        return usual + self._more_hours(target)

    def _hours_change(self, target: Target, usual: float) -> float:
        base_h = hours_of_base(self.root, target)
        return usual + self._more_hours(target) / base_h if base_h > 0.0 else np.nan
