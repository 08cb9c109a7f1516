"""What a world says of the targets of its case: tonnes and shares over a cut, waits at borders, adjustment after a dated event.

Targets of the same traffic and calm share a warm-up, those that share policies too a world. A target's window is in months of
the 365-day year that begins on the opening day; months below 0 are those of the warm-up, which no policy disturbs: the base year.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from abm.corridor.actor_rows import listed
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case, Target, TargetMetric
from abm.model import CorridorModel
from abm.network.arcs import Bools, Floats
from abm.network.build import MODES
from abm.observers import MONTH_ENDS, Snapshot
from abm.relations import relations
from abm.state import WorldState
from abm.units import DAYS_PER_YEAR
from abm.worlds import crossings

_MONTHS = 12
_SUMS = ("shipped_t", "passed_vehicles", "wait_vehicle_h")


def measure_targets(case: Case, values: Mapping[str, float], seed: int, targets: Sequence[Target] = ()) -> Floats:
    """What the world of ``seed`` with ``values`` says of each target (default: all of the case), in the targets' units; nan
    where nothing moved.

    Shape (n_targets,). All assumptions but ``values`` stay at their central values. Worlds of one seed share every draw they have
    in common, so the difference that a value makes is hardly blurred by chance.
    """
    asked = targets or case.targets
    found = np.full(len(asked), np.nan)
    for setting in dict.fromkeys((row.traffic, row.is_calm) for row in asked):
        traffic, is_calm = setting
        still = ("incidents",) if is_calm else ()
        scenario = Scenario(with_traffic(case, traffic), values=values, seed=seed, still=still)
        root = CorridorModel(scenario, register=False, collect=False)
        root.warm_up()
        rows = [n for n, row in enumerate(asked) if (row.traffic, row.is_calm) == setting]
        for policies in dict.fromkeys(asked[n].policies for n in rows):
            own = [n for n in rows if asked[n].policies == policies]
            world = _played(root, policies, max(asked[n].to_month for n in own))
            found[own] = [_measured(world.state, asked[n]) for n in own]
    return found


def with_traffic(case: Case, factor: float) -> Case:
    """The case with all flows and all background traffic times ``factor``; capacity stays."""
    if factor == 1.0:
        return case
    return replace(
        case,
        flows=tuple(row.model_copy(update={"tonnes": factor * row.tonnes}) for row in case.flows),
        background=tuple(
            row.model_copy(update={"vehicles_per_day": factor * row.vehicles_per_day}) for row in case.background
        ),
        digest=f"{case.digest}-traffic-{factor!r}",
    )


def _played(root: CorridorModel, policies: str, to_month: int) -> CorridorModel:
    """The world with these policies, played to the end of the windows; the warmed-up one itself when they lie before."""
    if to_month <= 0:
        return root
    world = root.fork(replace(root.inputs, policies=tuple(listed(policies))))
    while world.day <= last_day(to_month):
        world.step()
    return world


def last_day(month: int) -> int:
    """The day before month ``month`` begins, counted from the opening day: -1 for 0, 364 for 12."""
    years, months = divmod(month, _MONTHS)
    return int(DAYS_PER_YEAR) * years + (int(MONTH_ENDS[months - 1]) if months else 0) - 1


@dataclass(frozen=True)
class _Window:
    """What happened in a window of ``days``: shipped_t (n, K), passed_vehicles and wait_vehicle_h by arc."""

    days: int
    shipped_t: Floats
    passed_vehicles: Floats
    wait_vehicle_h: Floats


def _window(state: WorldState, target: Target) -> _Window:
    shots = {shot.day: shot for shot in state.ledger.snapshots}
    first, last = last_day(target.from_month), last_day(target.to_month)
    before: Snapshot | None = shots.get(first)  # None: the warm-up begins there
    after = shots[last]
    sums = {name: getattr(after, name) - (getattr(before, name) if before is not None else 0.0) for name in _SUMS}
    return _Window(last - first, **sums)


def _measured(state: WorldState, target: Target) -> float:
    window = _window(state, target)
    if target.metric.is_of_posts:
        return _hours(state, target, window)
    goods = _goods(state, target.goods)
    sent = window.shipped_t * goods[:, None]
    over = float((sent * _passes(state, target.of, target.mode)).sum())
    yearly = DAYS_PER_YEAR / window.days
    if target.metric is TargetMetric.TONNES:
        return over * yearly
    if target.metric is TargetMetric.RATIO:
        base = float(state.table.base_t[goods].sum())
        return over * yearly / base if base > 0.0 else np.nan
    among = _passes(state, target.among, None)
    over = float((sent * _passes(state, target.of, target.mode) * among).sum())
    total = float((sent * among).sum())
    return over / total if total > 0.0 else np.nan


def _goods(state: WorldState, goods: str) -> Bools:
    """Shippers of these goods."""
    if not goods:
        return np.ones(len(state.table), dtype=np.bool_)
    return relations(state, goods)


def _passes(state: WorldState, links: str, mode: str | None) -> Bools:
    """Which columns (n, K) of the shippers pass any of the links (none named: all do), and are mostly of the mode."""
    if links:
        found = crossings(state, {"": listed(links)})[""]
    else:
        found = np.ones_like(state.table.option, dtype=np.bool_)
    if mode is not None:
        main = np.append(state.options.mode_share.argmax(axis=1), -1)[state.table.option]
        found = found & (main == MODES.index(mode))
    return found


def _hours(state: WorldState, target: Target, window: _Window) -> float:
    """Mean hours by vehicles: in line, and with papers and one vehicle's service where these are asked for."""
    network = state.network
    posts = [network.post_ids.index(name) for name in listed(target.of)]
    at = np.flatnonzero(np.isin(network.arcs.post, posts))
    vehicles, waited = window.passed_vehicles[at], float(window.wait_vehicle_h[at].sum())
    total = float(vehicles.sum())
    if total == 0.0:
        return np.nan
    quiet = network.arcs.dwell_h[at] + network.facilities.service_h[network.arcs.facility[at]]
    extra = float(vehicles @ quiet) if target.metric is TargetMetric.HOURS else 0.0
    return (waited + extra) / total
