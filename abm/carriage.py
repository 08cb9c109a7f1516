"""Carriers act: prices by the week, fleets by the month; capacity follows cycle times, and is enforced once, at boarding.

The base year is a fixed point: at its loads, cycle times and profits nothing moves. Where no service runs over an arc the rate of
the table stands: a competitive fringe carries at cost.
"""

import numpy as np

from abm.agents.carrier import BaseYear, Circuits, Fleets
from abm.corridor.scenario import CAST, Scenario
from abm.network.arcs import Bools, Floats
from abm.observers import is_month_end
from abm.phases import REFERENCE_DAYS
from abm.renewal import renew_prices, renew_service
from abm.rules.deployment import (
    DeploymentParameters,
    growth_factor,
    hired,
    redeploy,
    running_cost_per_km,
    target_shares,
)
from abm.rules.pricing import (
    PricingParameters,
    capacity_t_per_day,
    flow_shares,
    mean_markup,
    offer_weight,
    reprice,
    through_tonnes,
    vehicles_needed,
)
from abm.start import equilibrium_flow
from abm.state import WorldState, new_world
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY

#: Prices are set, and capacities counted anew, once a week; fleets are reviewed every fourth time.
PRICING_DAYS = 7
REVIEW_DAYS = 28
#: In the warm-up a fleet is sized, for the time being, once so many days of traffic have been seen.
SIZING_DAYS = 56
#: A service keeps at least one vehicle (or what it began with, if that was part of one).
FEWEST_VEHICLES = 1.0
#: A hired fleet that was as good as empty in the base year is taken to aim at its stated load instead.
IDLE_LOAD = 0.01
#: Weight of a route that nobody takes in the mix of cargo of its arcs: it counts only where nothing else passes.
UNUSED_ROUTE = 1e-9


# -------------------------------------------------------------------------------------------------------------- the day
def review_fleets(state: WorldState) -> None:
    """Carriers look at the loads since they last did: capacity every week and whenever a link opens or shuts, prices every week,
    fleets every fourth. Does nothing on other days, or where a case has no services."""
    fleets = state.fleets
    if not len(fleets):
        return
    is_week = state.day % PRICING_DAYS == 0
    if not (is_week or state.has_changed or is_month_end(state.day)):
        return
    _book(state)
    if state.day < 0:
        _observe_base_year(state)
    elif is_week and fleets.booked_day > 0:
        _set_prices(state)
        if state.day % REVIEW_DAYS == 0:
            _deploy(state)
    if is_week or state.has_changed:
        _supply(state)


def mark_base_year(state: WorldState) -> None:
    """The base year's loads, profits and margins become the carriers' reference; fleets that no table gives are sized by them."""
    fleets = state.fleets
    if not len(fleets):
        return
    _book(state)
    _supply(state)
    flow_t, cycle_h = _mean_of_base_year(state)
    _size(state, flow_t, cycle_h)
    _supply(state)
    own = np.where(fleets.is_new | fleets.is_elastic, 0.0, fleets.vehicles)
    fleets.parked = state.values["spare_fleet_share"] * fleets.by_carrier(own)
    fleets.base = _base_year(state, flow_t, cycle_h)
    fleets.at_pricing = fleets.at_review = fleets.totals()


# -------------------------------------------------------------------------------------------------------------- books
def _shares(fleets: Fleets, capacity_t: Floats, parameters: PricingParameters, n_arcs: int) -> Floats:
    """Share of its arc's flow that each segment carries. Fleets without a known size share alike, and all with those that run."""
    weight = np.where(np.isfinite(capacity_t), capacity_t, 1.0)[:, None]
    weight = offer_weight(weight, fleets.markup, parameters).reshape(-1)
    return flow_shares(weight[fleets.circuits.side], fleets.circuits.arc, n_arcs)


def _carried(fleets: Fleets, flow_t: Floats, share: Floats) -> Floats:
    """Tonnes on each segment; cargo keeps its service to the end of the circuit."""
    return through_tonnes(flow_t, share, fleets.circuits.side, fleets.circuits.arc, 2 * len(fleets), flow_t.size)


def _book(state: WorldState) -> None:
    """Add up what was carried, offered, earned and spent since the last time, at the capacities and prices that stood."""
    fleets, days = state.fleets, state.day - state.fleets.booked_day
    entered_t = state.movement.entered_t
    moved_t, fleets.booked_t, fleets.booked_day = entered_t - fleets.booked_t, entered_t, state.day
    if days == 0:
        return
    fleets.seen_h += fleets.cycle_h * days
    fleets.seen_days += days
    if fleets.base is None:
        return
    circuits = fleets.circuits
    tonnes = _carried(fleets, moved_t, fleets.share)
    fleets.carried_tkm += fleets.by_side(tonnes * circuits.km)
    fleets.offered_tkm += fleets.capacity_t[:, None] * fleets.circuits.way_km * days
    rate = fleets.base.rate_usd_t * state.layers.rate_policy[circuits.arc] * fleets.markup.reshape(-1)[circuits.side]
    fleets.revenue_usd += fleets.by_side(tonnes * rate).sum(axis=1)
    # Hired vehicles of a circuit that is shut are sent home, and cost nothing.
    is_paid = np.where(fleets.is_elastic, fleets.runs, fleets.has_joined)
    fleets.vehicle_days += np.where(is_paid, fleets.vehicles, 0.0) * days
    standing = np.where(is_paid, _standing_usd(fleets, fleets.cycle_h), 0.0)
    fleets.cost_usd += (standing + fleets.base.km_usd * _km_per_day(fleets, fleets.cycle_h)) * days


def _standing_usd(fleets: Fleets, cycle_h: Floats) -> Floats:
    """Cost a day of owning and manning the vehicles of each service, but for the hours that shippers pay for apart: those that
    a vehicle stands beyond its free time (:mod:`abm.rules.cost`)."""
    return np.asarray(fleets.day_usd * fleets.vehicles * (1.0 - fleets.standing_h / np.maximum(cycle_h, 1.0)))


def _km_per_day(fleets: Fleets, cycle_h: Floats) -> Floats:
    """Vehicle-kilometres a day of each service; none where it does not run."""
    km = fleets.vehicles * HOURS_PER_DAY / np.maximum(cycle_h, 1.0) * fleets.circuits.way_km.sum(axis=1)
    return np.where(fleets.runs, km, 0.0)


def _pricing(state: WorldState) -> PricingParameters:
    v = state.values
    return PricingParameters(v["carrier_choice"], v["price_response"], v["price_decay"], v["price_floor_share"])


def _deployment(state: WorldState) -> DeploymentParameters:
    v = state.values
    return DeploymentParameters(v["redeploy_share"], v["deploy_response"], v["fleet_growth"], v["elastic_share"])


# -------------------------------------------------------------------------------------------------------------- capacity
def _supply(state: WorldState) -> None:
    """Cycle times as published, what runs, what that offers; who carries what on a shared arc and what it costs there; and the
    gates at which vehicles are short."""
    fleets, circuits = state.fleets, state.fleets.circuits
    arcs = state.network.arcs
    # Vehicles do not wait for themselves: where cargo boards, its wait is no part of the circuit.
    hours = np.where(circuits.is_boarded, state.numbers.free_time_h * state.layers.slowness, state.published.mean_h())
    passed_h = np.bincount(circuits.stop_service, weights=hours[circuits.stop_arc], minlength=len(fleets))
    fleets.cycle_h = passed_h + fleets.turnaround_h
    beyond_h = np.maximum(hours - state.numbers.free_time_h, 0.0)
    fleets.standing_h = np.bincount(circuits.stop_service, weights=beyond_h[circuits.stop_arc], minlength=len(fleets))
    n_shut = np.bincount(circuits.link_service, weights=~state.link_is_open[circuits.link], minlength=len(fleets))
    fleets.runs = n_shut == 0.0
    fleets.has_joined |= fleets.runs
    capacity_t = capacity_t_per_day(fleets.vehicles, fleets.payload_t, fleets.cycle_h)
    fleets.capacity_t = np.where(fleets.runs, np.where(np.isnan(capacity_t), np.inf, capacity_t), 0.0)
    fleets.share = _shares(fleets, fleets.capacity_t, _pricing(state), len(arcs))
    _set_gates(state)
    _write_markup(state)


def _set_gates(state: WorldState) -> None:
    """A gate lets pass what all services that run over it can carry, or the track if that is less; the track alone where a hired
    fleet runs, or none."""
    fleets, circuits, layers = state.fleets, state.fleets.circuits, state.layers
    if not circuits.board_arc.size:
        return
    facilities, arcs = state.network.facilities, state.network.arcs
    gate = arcs.facility[circuits.board_arc]
    limit_t = np.where(fleets.is_elastic & fleets.runs, np.inf, fleets.capacity_t)
    on_arc_t = _over_arcs(circuits, limit_t, len(arcs))
    # Where no circuit is whole, the vehicles that there are still run on what is left of it.
    there_t = np.where(fleets.has_joined & ~fleets.is_elastic, fleets.vehicles, 0.0) * fleets.payload_t
    there_t = np.nan_to_num(there_t * HOURS_PER_DAY / np.maximum(fleets.cycle_h, 1.0), nan=np.inf)
    on_arc_t = np.where(on_arc_t > 0.0, on_arc_t, _over_arcs(circuits, there_t, len(arcs)))
    on_arc_t = np.where(on_arc_t > 0.0, on_arc_t, np.inf)
    gate_h, places_share = layers.gate_h.copy(), layers.places_share.copy()
    departs = facilities.headway_h[gate] > 0.0
    timed = gate[departs]
    share = on_arc_t[departs] * facilities.headway_h[timed] / (HOURS_PER_DAY * facilities.places_t[timed])
    places_share[timed] = np.minimum(share, 1.0)
    served = gate[~departs]
    gate_h[served] = np.maximum(HOURS_PER_DAY / on_arc_t[~departs], facilities.service_h[served])
    if not (np.array_equal(gate_h, layers.gate_h) and np.array_equal(places_share, layers.places_share)):
        layers.gate_h, layers.places_share = gate_h, places_share
        renew_service(state)


def _over_arcs(circuits: Circuits, capacity_t: Floats, n_arcs: int) -> Floats:
    """Capacity of all services that run over each boarding arc together."""
    of_arc = np.bincount(circuits.arc, weights=capacity_t[circuits.side // 2], minlength=n_arcs)
    return np.asarray(of_arc[circuits.board_arc])


# -------------------------------------------------------------------------------------------------------------- prices
def _set_prices(state: WorldState) -> None:
    """Prices follow the loads since they were last set."""
    fleets, parameters = state.fleets, _pricing(state)
    if fleets.base is None or fleets.at_pricing is None:
        return
    load = _load(fleets, fleets.at_pricing, fleets.base.load)
    years = PRICING_DAYS / DAYS_PER_YEAR
    is_regulated = np.broadcast_to(fleets.is_regulated[:, None], load.shape)
    fleets.markup = reprice(fleets.markup, load, fleets.base.load, is_regulated, years, parameters)
    fleets.at_pricing = fleets.totals()


def _write_markup(state: WorldState) -> None:
    """Shippers pay the flow-weighted mean of the services on an arc."""
    fleets, circuits = state.fleets, state.fleets.circuits
    of_segment = fleets.markup.reshape(-1)[circuits.side]
    markup = mean_markup(fleets.share, of_segment, circuits.arc, len(state.network.arcs))
    if not np.array_equal(markup, state.layers.markup):
        state.layers.markup = markup
        renew_prices(state)


def _load(fleets: Fleets, since: dict[str, Floats], otherwise: Floats) -> Floats:
    """Load factor by direction since ``since``, (n, 2); ``otherwise`` where nothing was offered."""
    offered = fleets.offered_tkm - since["offered_tkm"]
    return np.divide(fleets.carried_tkm - since["carried_tkm"], offered, out=otherwise.copy(), where=offered > 0.0)


# -------------------------------------------------------------------------------------------------------------- fleets
def _deploy(state: WorldState) -> None:
    """Vehicles go where they earn, fleets grow with their margin, and hired ones follow their load."""
    fleets, parameters = state.fleets, _deployment(state)
    base, since = fleets.base, fleets.at_review
    if base is None or since is None:
        return
    now = fleets.totals()
    revenue, cost, days = (now[name] - since[name] for name in ("revenue_usd", "cost_usd", "vehicle_days"))
    profit = np.divide(revenue - cost, days, out=base.profit_usd.copy(), where=days > 0.0)
    moves = fleets.has_joined & ~fleets.is_elastic
    vehicles = _moved(state, profit, moves, parameters)
    if state.values["fleet_migration"] > 0.0:
        vehicles = _migrated(state, vehicles, profit, parameters)
    load = _load(fleets, since, base.load).max(axis=1)
    aim = base.load.max(axis=1)
    aim = np.where(aim > IDLE_LOAD, aim, fleets.load_share)
    vehicles = np.where(fleets.is_elastic & fleets.runs, hired(vehicles, load, aim, parameters), vehicles)
    fewest = np.minimum(FEWEST_VEHICLES, base.vehicles)
    fleets.vehicles = np.where(fleets.has_joined, np.maximum(vehicles, fewest), fleets.vehicles)
    factor = _growth(fleets, base, revenue, cost, moves, parameters)
    fleets.vehicles = np.where(moves, fleets.vehicles * factor[fleets.owner], fleets.vehicles)
    fleets.parked = fleets.parked * factor
    fleets.at_review = now


def _moved(state: WorldState, profit: Floats, moves: Bools, parameters: DeploymentParameters) -> Floats:
    """Vehicles of each service after the carriers have sent theirs where they earn; parking is one more place of each carrier."""
    fleets, base = state.fleets, state.fleets.base
    if base is None:
        return fleets.vehicles
    n = len(fleets.carrier_ids)
    owner = np.concatenate([fleets.owner[moves], np.arange(n)])
    anchor = np.concatenate([base.vehicles[moves], base.parked])
    gain = np.concatenate([(profit - base.profit_usd)[moves] / base.scale_usd[fleets.owner[moves]], np.zeros(n)])
    is_open = np.concatenate([fleets.runs[moves], np.ones(n, dtype=np.bool_)])
    share = target_shares(anchor, gain, is_open, owner, n, parameters)
    placed = redeploy(np.concatenate([fleets.vehicles[moves], fleets.parked]), share, owner, n, parameters)
    vehicles = fleets.vehicles.copy()
    vehicles[moves], fleets.parked = placed[: placed.size - n], placed[placed.size - n :]
    return vehicles


def _migrated(state: WorldState, vehicles: Floats, profit: Floats, parameters: DeploymentParameters) -> Floats:
    """Hired fleets, too, move between their carrier's services, by the part of the gap that the assumption says."""
    fleets, base = state.fleets, state.fleets.base
    if base is None:
        return vehicles
    moves = fleets.has_joined & fleets.is_elastic
    owner, n = fleets.owner[moves], len(fleets.carrier_ids)
    gain = (profit - base.profit_usd)[moves] / base.scale_usd[owner]
    share = target_shares(base.vehicles[moves], gain, fleets.runs[moves], owner, n, parameters)
    placed = redeploy(vehicles[moves], share, owner, n, parameters)
    migrated = vehicles.copy()
    migrated[moves] += state.values["fleet_migration"] * (placed - vehicles[moves])
    return migrated


def _growth(
    fleets: Fleets, base: BaseYear, revenue: Floats, cost: Floats, moves: Bools, parameters: DeploymentParameters
) -> Floats:
    """Factor on each carrier's fleet since the last review; 1 for who hires, or took nothing."""
    revenue_usd, cost_usd = (fleets.by_carrier(np.where(moves, usd, 0.0)) for usd in (revenue, cost))
    margin = np.divide(revenue_usd - cost_usd, revenue_usd, out=base.margin.copy(), where=revenue_usd > 0.0)
    return growth_factor(margin, base.margin, REVIEW_DAYS / DAYS_PER_YEAR, parameters)


# -------------------------------------------------------------------------------------------------------------- the base year
def _observe_base_year(state: WorldState) -> None:
    """Begin to count when the base year begins; size fleets for the time being, so that waits at gates are in its costs."""
    fleets = state.fleets
    begins = -REFERENCE_DAYS
    if state.day <= begins and state.day + PRICING_DAYS > begins:
        fleets.seen_t, fleets.seen_h, fleets.seen_days = fleets.booked_t, np.zeros(len(fleets)), 0
    if state.day % REVIEW_DAYS == 0 and fleets.seen_days >= SIZING_DAYS:
        _size(state, *_mean_of_base_year(state))


def _mean_of_base_year(state: WorldState) -> tuple[Floats, Floats]:
    """Tonnes a day over each arc, and hours of each circuit, as seen so far; at rest for a case without a warm-up."""
    fleets = state.fleets
    if fleets.seen_days:
        return (fleets.booked_t - fleets.seen_t) / fleets.seen_days, fleets.seen_h / fleets.seen_days
    return equilibrium_flow(new_world(Scenario(state.plan.case, still=CAST))), fleets.cycle_h


def _size(state: WorldState, flow_t: Floats, cycle_h: Floats) -> None:
    """Vehicles of services whose number is not given: what carries the base year at the stated load in the fuller direction.

    Services share an arc's flow alike, as far as their other arcs allow. Where the services over a gate would together have less
    than its flow asks for, those that
    board there get the rest.
    """
    fleets, circuits = state.fleets, state.fleets.circuits
    sized = ~fleets.is_given
    at_base = ~fleets.is_new
    n_arcs = flow_t.size
    even = flow_shares(at_base[circuits.side // 2].astype(np.float64), circuits.arc, n_arcs)
    need_t = (fleets.by_side(_carried(fleets, flow_t, even) * circuits.km) / circuits.way_km).max(axis=1)
    vehicles = vehicles_needed(need_t, fleets.load_share, fleets.payload_t, cycle_h)
    vehicles = np.where(sized, np.maximum(vehicles, FEWEST_VEHICLES), fleets.vehicles)
    capacity_t = np.where(at_base, capacity_t_per_day(vehicles, fleets.payload_t, cycle_h), 0.0)
    on_arc_t = np.bincount(circuits.arc, weights=capacity_t[circuits.side // 2], minlength=n_arcs)
    boards = sized[circuits.board_service]
    service, arc = circuits.board_service[boards], circuits.board_arc[boards]
    here_t = np.bincount(arc, weights=capacity_t[service], minlength=n_arcs)[arc]
    short_t = flow_t[arc] / fleets.load_share[service] - on_arc_t[arc]
    factor = np.ones(len(fleets))
    np.maximum.at(factor, service, 1.0 + np.maximum(short_t, 0.0) / here_t)
    fleets.vehicles = vehicles * factor


def _base_year(state: WorldState, flow_t: Floats, cycle_h: Floats) -> BaseYear:
    """Loads, profits and costs of the base year, a day, from mean flows. A service that is not open yet aims at its stated load;
    it costs what its carrier's others cost a kilometre, and is measured by their profit."""
    fleets, circuits = state.fleets, state.fleets.circuits
    at_base = ~fleets.is_new
    rate_usd_t = _freight_usd_t(state)[circuits.arc]
    capacity_t = np.where(at_base, capacity_t_per_day(fleets.vehicles, fleets.payload_t, cycle_h), 0.0)
    tonnes = _carried(fleets, flow_t, _shares(fleets, capacity_t, _pricing(state), flow_t.size))
    aimed = np.repeat(fleets.load_share[:, None], 2, axis=1)
    offered = capacity_t[:, None] * circuits.way_km
    load = np.divide(fleets.by_side(tonnes * circuits.km), offered, out=aimed, where=offered > 0.0)
    earned = fleets.by_side(tonnes * rate_usd_t).sum(axis=1)
    planned_t = capacity_t_per_day(fleets.vehicles, fleets.payload_t, cycle_h) * fleets.load_share
    planned = fleets.by_side(planned_t[circuits.side // 2] * rate_usd_t).sum(axis=1)
    standing = _standing_usd(fleets, cycle_h)
    km = fleets.vehicles * HOURS_PER_DAY / cycle_h * fleets.circuits.way_km.sum(axis=1)
    margin_share = state.values["carrier_margin"]
    km_usd = running_cost_per_km(np.where(at_base, earned, planned), standing, km, margin_share)
    profit = earned - standing - km_usd * km
    totals = {"km": km, "cost": km_usd * km, "vehicles": fleets.vehicles, "earned": earned, "profit": profit}
    by = {name: fleets.by_carrier(np.where(at_base, values, 0.0)) for name, values in totals.items()}
    has_others = (by["km"] > 0.0)[fleets.owner]
    km_usd = np.where(at_base | ~has_others, km_usd, _ratio(by["cost"], by["km"])[fleets.owner])
    daily = _ratio(by["profit"], by["vehicles"])[fleets.owner]
    scale_usd = np.where(by["earned"] > 0.0, _ratio(by["earned"], by["vehicles"]), np.inf)
    return BaseYear(
        vehicles=fleets.vehicles.copy(), load=load, profit_usd=np.where(at_base, profit / fleets.vehicles, daily),
        km_usd=km_usd, parked=fleets.parked.copy(), scale_usd=scale_usd, margin=_ratio(by["profit"], by["earned"]),
        rate_usd_t=rate_usd_t,
    )  # fmt: skip


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0.0)


def _freight_usd_t(state: WorldState) -> Floats:
    """Freight of a tonne on each arc, tolls and fees left out, for the mix of cargo that passes it in the base year (n_arcs,).

    Where nothing passes, for the mix that could; where nothing could, the mean of what its mode admits.
    """
    arcs, table, options, routes = state.network.arcs, state.table, state.options, state.movement.routes
    rows, columns = np.nonzero(table.option >= 0)
    tonnes = np.maximum(table.base_t, table.potential_t)[rows] * UNUSED_ROUTE
    tonnes += table.base_t[rows] * table.probability[rows, columns]
    of_option = np.bincount(table.option[rows, columns], weights=tonnes, minlength=len(options))
    mix = np.zeros(arcs.price_usd_t.shape)
    for option in np.flatnonzero(of_option):
        mix[list(routes.path(int(options.route[option]))), options.cargo_class[option]] += of_option[option]
    freight = arcs.price_usd_t - arcs.charge_usd_t
    admits = np.isfinite(freight)
    mix = np.where(admits, mix, 0.0)
    mix = np.where(mix.sum(axis=1, keepdims=True) > 0.0, mix, admits.astype(np.float64))
    return np.asarray(np.where(admits, freight, 0.0) * mix).sum(axis=1) / np.maximum(mix.sum(axis=1), UNUSED_ROUTE**2)
