"""Where a world starts: beliefs near rest, from a stochastic equilibrium with approximate waits.

Without it shippers would begin with announced times, crowd the posts that look fastest, and take weeks of warm-up to sort it out.
The waits are only a first guess (a stationary queue below a load of 0.95, a month's backlog above); the warm-up does the rest.
"""

import numpy as np

from abm.corridor.scenario import CAST, Scenario
from abm.network.arcs import Floats, Ints
from abm.network.options import arc_is_open
from abm.network.stochastic import RouteSets, stochastic_equilibrium
from abm.rules.choice import NestedChoice, Traits
from abm.state import WorldState, median_vot, new_world
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY

#: Load up to which a stationary queue is a fair guess.
_STEADY_LOAD = 0.95
#: A queue that grows is looked at after so many days.
_BACKLOG_DAYS = 30.0
#: Vehicles that the guess counts as when the first real ones are published.
_WEIGHT_VEHICLES = 20.0
_TOLERANCE, _MOST_ITERATIONS = 1e-3, 200


_FOUND: dict[str, Floats] = {}


def start_near_rest(state: WorldState) -> WorldState:
    """Publish approximate waits of the static equilibrium on the network as it is; beliefs take them over on the first day.

    Changes ``state`` in place and returns it. The equilibrium of the case's central values serves every world, whatever it draws:
    so the start depends on the case alone, and is found once per process.
    """
    case = state.plan.case
    digest = case.digest
    if digest not in _FOUND:
        _FOUND[digest] = equilibrium_flow(new_world(Scenario(case, still=CAST)))
    wait = waits_at_flow(state, _FOUND[digest])
    published = state.published
    mean = published.announced_h + wait
    published.vehicles = np.where(wait > 0.0, _WEIGHT_VEHICLES, 0.0)
    published.hours = published.vehicles * mean
    published.hours_squared = published.vehicles * (mean**2 + published.announced_variance_h2 + wait**2)
    return state


def equilibrium_flow(state: WorldState) -> Floats:
    """Tonnes a day over each arc when routes are chosen at the waits that they cause."""
    plan, table, arcs = state.plan, state.table, state.network.arcs
    is_open = arc_is_open(state.network, state.link_is_open)
    options = plan.options_of_group
    width = plan.widest
    nest, delta = np.full((len(options), width), -1, dtype=np.int64), np.zeros((len(options), width))
    for group, members in enumerate(options):
        nest[group, : len(members)] = plan.options.nest[list(members)]
    known = table.option >= 0
    penalty = np.zeros(len(plan.options))
    penalty[table.option[known]] = table.delta[known]
    for group, members in enumerate(options):
        delta[group, : len(members)] = penalty[list(members)]
    traits = Traits(nest=nest, delta=delta, path_size=np.ones(nest.shape), commonality=np.zeros(nest.shape))
    classes = np.array([column for _, _, column in plan.demands])
    sets = RouteSets(
        [[plan.routes.path(int(plan.options.route[o])) for o in members] for members in options],
        len(arcs),
        classes,
        traits,
    )
    amount = np.bincount(table.group, weights=table.base_t, minlength=len(options)) / DAYS_PER_YEAR
    vot = median_vot(table, arcs.price_usd_t.shape[1])

    def arc_cost(flow: Floats) -> Floats:
        hours = state.published.announced_h + waits_at_flow(state, flow)
        cost = (
            state.numbers.price_usd_t
            + arcs.hour_usd_t * (hours - state.numbers.free_time_h)[:, None]
            + vot * hours[:, None]
        )
        cost[~is_open] = np.inf
        return np.asarray(cost)

    rule = NestedChoice(state.values["kappa"], state.values["lam"])
    return stochastic_equilibrium(amount, sets, arc_cost, rule, _TOLERANCE, _MOST_ITERATIONS).flow


def waits_at_flow(state: WorldState, flow_t_per_day: Floats) -> Floats:
    """Approximate hours in line at each arc: M/G/c by its single fast server below the steady load, a backlog above."""
    arcs, facilities = state.network.arcs, state.network.facilities
    gated = np.flatnonzero(arcs.facility >= 0)
    facility = arcs.facility[gated]
    n = len(facilities)
    vehicles = np.bincount(facility, weights=flow_t_per_day[gated] / _typical_payload_t(state, gated), minlength=n)
    vehicles += _background_per_day(state)
    tonnes = np.bincount(facility, weights=flow_t_per_day[gated], minlength=n)
    slot_h = np.divide(facilities.service_h, facilities.servers)
    load = vehicles * slot_h / HOURS_PER_DAY
    departs = np.isfinite(facilities.headway_h) & (facilities.headway_h > 0.0)
    load[departs] = tonnes[departs] * facilities.headway_h[departs] / (facilities.places_t[departs] * HOURS_PER_DAY)
    slot_h = np.where(departs, facilities.headway_h, slot_h)
    steady = np.minimum(load, _STEADY_LOAD)
    queue = steady / (1.0 - steady) * slot_h * (1.0 + facilities.cv**2) / 2.0
    backlog = np.maximum(load - _STEADY_LOAD, 0.0) * _BACKLOG_DAYS * HOURS_PER_DAY / 2.0
    wait = np.zeros(len(arcs))
    wait[gated] = np.where(np.isfinite(queue), queue, 0.0)[facility] + backlog[facility]
    return wait


def _typical_payload_t(state: WorldState, arcs: Ints) -> Floats:
    """Median tonnes in one vehicle over the classes that an arc carries; 1 where it carries none."""
    carried = np.isfinite(state.numbers.price_usd_t[arcs])
    payload = np.where(carried, state.network.arcs.payload_t[arcs], np.nan)
    payload[~carried.any(axis=1)] = 1.0
    return np.asarray(np.nanmedian(payload, axis=1))


def _background_per_day(state: WorldState) -> Floats:
    """Background vehicles a day at each facility, in loaded ones, mean over the year."""
    background, routes = state.background, state.movement.routes
    per_day = background.per_day.mean(axis=1) * background.lane_factor
    facility = np.array(
        [state.network.arcs.facility[routes.path(int(route))[0]] for route in background.route], dtype=np.int64
    )
    return np.asarray(np.bincount(facility, weights=per_day, minlength=len(state.network.facilities)), dtype=np.float64)
