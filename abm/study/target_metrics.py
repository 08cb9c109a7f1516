"""What the running sums of a world say of one target in its window; :class:`abm.corridor.tables.TargetMetric` says what each is.

A window runs from the morning of its first day to the morning of the day before which it ends. Vehicles are those of rates.csv,
also where a line counts tonnes (a link with a capacity, a gate at which one boards): tonnes are told in vehicles by the goods
that were sent that way.
"""

from collections.abc import Callable, Sequence

import numpy as np

from abm.calendar import is_in_force
from abm.corridor.actor_rows import listed
from abm.corridor.steps import Step
from abm.corridor.tables import Action, Target, TargetMetric
from abm.corridor.target_rules import HALF_LIFE_MEAN_DAYS
from abm.model import CorridorModel
from abm.network.arcs import ArcKind, Bools, Floats, Ints
from abm.network.build import CLASSES, MODES
from abm.observers import Snapshot
from abm.phases import REFERENCE_DAYS
from abm.relations import relations
from abm.state import WorldState
from abm.units import DAYS_PER_YEAR, YEAR_DAYS

_WEEK = 7
#: A share that changes by less does not change: lots make as much of themselves.
LEAST_CHANGE = 0.01


def days_needed(target: Target, warmup_days: int) -> frozenset[int]:
    """Days at whose end the sums must stand, those before the warm-up left out: nothing has happened then."""
    first, end = target.window
    mornings = {first, end}
    match target.metric:
        case TargetMetric.GROWTH:
            mornings |= {first - YEAR_DAYS, end - YEAR_DAYS}
        case TargetMetric.PASSED | TargetMetric.HOURS_CHANGE:
            mornings |= {-base_days(warmup_days), 0}
        case TargetMetric.CLEAR_DAYS:
            mornings |= set(range(first, end))
        case TargetMetric.HALF_DAYS:
            mornings |= {first - HALF_LIFE_MEAN_DAYS, end - HALF_LIFE_MEAN_DAYS, *range(first, end, _WEEK)}
    return frozenset(morning - 1 for morning in mornings if morning > -warmup_days)


def base_days(warmup_days: int) -> int:
    """Days at the end of the warm-up that stand for the base year."""
    return min(REFERENCE_DAYS, warmup_days)


def measured(world: CorridorModel, target: Target) -> float:
    """What a world, played to the end of the window, says of a target, in the target's unit; nan where nothing moved."""
    return _MEASURES[target.metric](_Sums(world), target)


# ---------------------------------------------------------------------------------------------------------------- sums
class _Sums:
    """The snapshots of a world by day, and differences between them."""

    def __init__(self, world: CorridorModel) -> None:
        self.state, self.calendar = world.state, world.calendar
        ledger = world.state.ledger
        self._shots = {shot.day: shot for shot in (*ledger.snapshots, *ledger.asked)}

    def at(self, morning: int) -> Snapshot | None:
        """How the sums stand on the morning of a day; None on the first day of the warm-up."""
        return None if morning == -self.state.warmup_days else self._shots[morning - 1]

    def between(self, name: str, first: int, end: int) -> Floats:
        """What has been added to a sum from the morning of ``first`` to that of ``end``."""
        before, after = self.at(first), self.at(end)
        if after is None:
            raise ValueError("a window ends after it begins")
        return np.asarray(getattr(after, name) - (getattr(before, name) if before is not None else 0.0))

    def queue(self, morning: int) -> Floats:
        """Who stands in line, by facility, as the loader counts them."""
        shot = self.at(morning)
        return np.zeros(len(self.state.network.facilities)) if shot is None else shot.queue_vehicles


# ---------------------------------------------------------------------------------------------------------------- goods
def goods_of(state: WorldState, goods: str) -> Bools:
    """Shippers of these goods (none named: all)."""
    if not goods:
        return np.ones(len(state.table), dtype=np.bool_)
    return relations(state, goods)


def option_passes(state: WorldState, links: Sequence[str], mode: str | None = None) -> Bools:
    """Which options pass any of the links (none named: all do) and are mostly of the mode; one more, False, for no option."""
    options, routes, arcs = state.options, state.movement.routes, state.network.arcs
    found = np.ones(len(options), dtype=np.bool_)
    if links:
        on_link = np.isin(arcs.link, [state.network.link_ids.index(link) for link in links])
        found = np.array([on_link[list(routes.path(int(route)))].any() for route in options.route], dtype=np.bool_)
    if mode is not None:
        found &= options.mode_share.argmax(axis=1) == MODES.index(mode)
    return np.append(found, False)


def share_of(sent: Floats, of: Bools, among: Bools) -> float:
    """Part of what is sent by way of ``among`` that goes by way of ``of``, too; nan if nothing is."""
    over = float((sent * of * among).sum())
    total = float((sent * among).sum())
    return over / total if total > 0.0 else np.nan


def _passes(state: WorldState, target: Target) -> tuple[Bools, Bools]:
    """Columns (n, K) by way of ``of`` and of the mode, and those by way of ``among``. (Without links all columns count: what is
    sent has a route.)"""
    option = state.table.option
    every = np.ones_like(option, dtype=np.bool_)
    of = every if not (target.of or target.mode) else option_passes(state, listed(target.of), target.mode)[option]
    return of, option_passes(state, listed(target.among))[option] if target.among else every


def _sent(sums: _Sums, target: Target, first: int, end: int) -> float:
    """Tonnes of the goods sent by way of ``of`` and by the mode."""
    sent = sums.between("shipped_t", first, end) * goods_of(sums.state, target.goods)[:, None]
    return float((sent * _passes(sums.state, target)[0]).sum())


def _yearly(target: Target) -> float:
    first, end = target.window
    return DAYS_PER_YEAR / (end - first)


def _base_t(sums: _Sums, target: Target) -> float:
    return float(sums.state.table.base_t[goods_of(sums.state, target.goods)].sum())


def _tonnes(sums: _Sums, target: Target) -> float:
    return _sent(sums, target, *target.window) * _yearly(target)


def _ratio(sums: _Sums, target: Target) -> float:
    base = _base_t(sums, target)
    return _tonnes(sums, target) / base if base > 0.0 else np.nan


def _arrived(sums: _Sums, target: Target) -> float:
    arrived = float(sums.between("delivered_t", *target.window)[goods_of(sums.state, target.goods)].sum())
    base = _base_t(sums, target)
    return arrived * _yearly(target) / base if base > 0.0 else np.nan


def _growth(sums: _Sums, target: Target) -> float:
    first, end = target.window
    before = _sent(sums, target, first - YEAR_DAYS, end - YEAR_DAYS)
    return _sent(sums, target, first, end) / before - 1.0 if before > 0.0 else np.nan


def _share(sums: _Sums, target: Target) -> float:
    return _share_between(sums, target, *target.window)


def _share_between(sums: _Sums, target: Target, first: int, end: int) -> float:
    sent = sums.between("shipped_t", first, end) * goods_of(sums.state, target.goods)[:, None]
    return share_of(sent, *_passes(sums.state, target))


def _half_days(sums: _Sums, target: Target) -> float:
    first, end = target.window
    before = _share_between(sums, target, first - HALF_LIFE_MEAN_DAYS, first)
    after = _share_between(sums, target, end - HALF_LIFE_MEAN_DAYS, end)
    weeks = [_share_between(sums, target, day, day + _WEEK) for day in range(first, end - _WEEK + 1, _WEEK)]
    return half_life(before, weeks, after, end - first)


def half_life(before: float, weeks: Sequence[float], after: float, days: int) -> float:
    """Days until a weekly share has come half of the way from ``before`` to ``after``; ``days`` if it never does or changes by
    less than :data:`LEAST_CHANGE`, nan if a mean is.

    A week's share is that of its middle, ``before`` that of day 0, and between them it moves straight. Weeks without any goods
    (nan) are passed over.
    """
    if not np.isfinite(before + after):
        return np.nan
    half, rise = (before + after) / 2.0, after - before
    then, share = 0.0, before
    for number, weekly in enumerate(weeks):
        middle = _WEEK * (number + 0.5)
        if not np.isfinite(weekly):
            continue
        if abs(rise) >= LEAST_CHANGE and (weekly - half) * rise >= 0.0:
            return then + (middle - then) * (half - share) / (weekly - share)
        then, share = middle, weekly
    return float(days)


# ---------------------------------------------------------------------------------------------------------------- vehicles
def arcs_at(state: WorldState, names: Sequence[str]) -> Ints:
    """Arcs, both ways, of the line-haul of links and of posts."""
    network, arcs = state.network, state.network.arcs
    links = [network.link_ids.index(name) for name in names if name in network.link_ids]
    posts = [network.post_ids.index(name) for name in names if name not in network.link_ids]
    return np.flatnonzero(((arcs.kind == ArcKind.LINEHAUL) & np.isin(arcs.link, links)) | np.isin(arcs.post, posts))


def facilities_at(state: WorldState, names: Sequence[str]) -> tuple[Ints, Ints]:
    """Facilities of these links and posts, and an arc of each."""
    rows = arcs_at(state, names)
    facility, first = np.unique(state.network.arcs.facility[rows], return_index=True)
    return facility[facility >= 0].astype(np.int64), rows[first[facility >= 0]]


def payloads(state: WorldState) -> Floats:
    """Tonnes in one vehicle (n_modes, n_classes); nan where a class is not carried."""
    found = np.full((len(MODES), len(CLASSES)), np.nan)
    for rate in state.plan.case.rates:
        found[MODES.index(rate.mode), CLASSES.index(rate.cargo_class)] = rate.payload_t
    return found


def vehicles_per_unit(state: WorldState, rows: Ints) -> Floats:
    """Vehicles in one unit of what the loader counts on each of these arcs: 1, or less where it counts tonnes.

    Where classes of unlike payload pass: by the tonnes of each that were sent over the arc's link so far (alike if none were).
    """
    arcs, payload = state.network.arcs, payloads(state)
    found = np.ones(rows.size)
    for place, arc in enumerate(rows.tolist()):
        counted, real = arcs.payload_t[arc], payload[arcs.mode[arc]]
        carried = np.isfinite(real)
        if np.array_equal(counted[carried], real[carried]):
            continue
        tonnes = _tonnes_by_class(state, state.network.link_ids[arcs.link[arc]])
        weight = np.where(carried, tonnes if tonnes @ carried > 0.0 else 1.0, 0.0)
        found[place] = float((weight[carried] / real[carried]).sum() / (weight[carried] / counted[carried]).sum())
    return found


def _tonnes_by_class(state: WorldState, link: str) -> Floats:
    passes = option_passes(state, (link,))[state.table.option]
    tonnes = (state.ledger.shipped_t * passes).sum(axis=1)
    return np.bincount(state.table.cargo_class, weights=tonnes, minlength=len(CLASSES))


def _vehicles(sums: _Sums, names: Sequence[str], first: int, end: int) -> float:
    rows = arcs_at(sums.state, names)
    return float(sums.between("passed_vehicles", first, end)[rows] @ vehicles_per_unit(sums.state, rows))


def _passed(sums: _Sums, target: Target) -> float:
    (first, end), names = target.window, listed(target.of)
    days = base_days(sums.state.warmup_days)
    base = _vehicles(sums, names, -days, 0) / days
    return _vehicles(sums, names, first, end) / (end - first) / base if base > 0.0 else np.nan


def _passed_share(sums: _Sums, target: Target) -> float:
    total = _vehicles(sums, listed(target.among), *target.window)
    return _vehicles(sums, listed(target.of), *target.window) / total if total > 0.0 else np.nan


def _line(sums: _Sums, target: Target, morning: int) -> float:
    facility, arc = facilities_at(sums.state, listed(target.of))
    return float(sums.queue(morning)[facility] @ vehicles_per_unit(sums.state, arc))


def _queue(sums: _Sums, target: Target) -> float:
    return _line(sums, target, target.window[1])


def _clear_days(sums: _Sums, target: Target) -> float:
    first, end = target.window
    passed = [_vehicles(sums, listed(target.of), first, day) for day in range(first + 1, end + 1)]
    return days_to_clear(_line(sums, target, first), passed)


def days_to_clear(line: float, passed: Sequence[float]) -> float:
    """Days until as many have passed as stand in line; ``passed``: how many have by the end of each day, evenly within it.
    The number of days if so many never pass."""
    before = 0.0
    for day, now in enumerate(passed):
        if now >= line:
            return day + ((line - before) / (now - before) if line > before else 0.0)
        before = now
    return float(len(passed))


# ---------------------------------------------------------------------------------------------------------------- hours
def _hours(sums: _Sums, target: Target) -> float:
    return _hours_between(sums, target, *target.window)


def _hours_change(sums: _Sums, target: Target) -> float:
    usual = _hours_between(sums, target, -base_days(sums.state.warmup_days), 0)
    return _hours_between(sums, target, *target.window) / usual - 1.0 if usual > 0.0 else np.nan


def hours_of_base(world: CorridorModel, target: Target) -> float:
    """Mean hours at the posts of a target in the days that stand for the base year; nan if nobody passed."""
    return _hours_between(_Sums(world), target, -base_days(world.state.warmup_days), 0)


def _hours_between(sums: _Sums, target: Target, first: int, end: int) -> float:
    """Mean hours by vehicles: in line, and with papers and one vehicle's service where these are asked for."""
    at = arcs_at(sums.state, listed(target.of))
    vehicles = sums.between("passed_vehicles", first, end)[at]
    waited = float(sums.between("wait_vehicle_h", first, end)[at].sum())
    total = float(vehicles.sum())
    if total == 0.0:
        return np.nan
    is_whole = target.metric is not TargetMetric.WAIT_H
    extra = float(vehicles @ quiet_hours(sums.state, at, sums.calendar, first, end)) if is_whole else 0.0
    return (waited + extra) / total


def quiet_hours(state: WorldState, at: Ints, calendar: Sequence[Step], first: int, end: int) -> Floats:
    """Papers and the service of one vehicle at these posts' arcs, hours: mean over the days of what policies make of them."""
    network = state.network
    hours = np.empty(at.size)
    for place, arc in enumerate(at.tolist()):
        post = network.post_ids[network.arcs.post[arc]]
        dwell_h, service_h = network.arcs.dwell_h[arc], network.facilities.service_h[network.arcs.facility[arc]]
        own = [step for step in calendar if step.target == post and step.action in _ON_HOURS]
        if not own:
            hours[place] = dwell_h + service_h
            continue
        total = 0.0
        for day in range(first, end):
            today = [step for step in own if is_in_force(step, day)]
            total += dwell_h * _scale(today, Action.SCALE_DWELL) + service_h / _scale(today, Action.SCALE_CAPACITY)
            total += sum(step.number or 0.0 for step in today if step.action is Action.ADD_DWELL)
        hours[place] = total / (end - first)
    return hours


_ON_HOURS = frozenset({Action.SCALE_DWELL, Action.ADD_DWELL, Action.SCALE_CAPACITY})


def _scale(steps: Sequence[Step], action: Action) -> float:
    return float(np.prod([step.number for step in steps if step.action is action]))


_MEASURES: dict[TargetMetric, Callable[[_Sums, Target], float]] = {
    TargetMetric.TONNES: _tonnes,
    TargetMetric.SHARE: _share,
    TargetMetric.RATIO: _ratio,
    TargetMetric.ARRIVED: _arrived,
    TargetMetric.GROWTH: _growth,
    TargetMetric.PASSED: _passed,
    TargetMetric.PASSED_SHARE: _passed_share,
    TargetMetric.QUEUE: _queue,
    TargetMetric.CLEAR_DAYS: _clear_days,
    TargetMetric.HALF_DAYS: _half_days,
    TargetMetric.WAIT_H: _hours,
    TargetMetric.HOURS: _hours,
    TargetMetric.HOURS_CHANGE: _hours_change,
}
