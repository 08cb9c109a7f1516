"""The phases of a day, in the order in which :meth:`abm.model.CorridorModel.step` calls them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from abm.agents.authority import Authorities
from abm.agents.background import address_lots, count_lots
from abm.agents.border_post import Posts
from abm.agents.carrier import Fleets
from abm.agents.markets import has_open_way, respond
from abm.agents.shipper import Lots, send_lots
from abm.detours import expected_wait_h, open_arcs, refresh_routes, trust_new_options
from abm.incidents import Security
from abm.network.arcs import ArcKind, Bools, Floats
from abm.network.consignments import Deliveries, Orders
from abm.observers import MONTH_ENDS, Accounting, Snapshot
from abm.post_watch import close_day
from abm.quotas import held_back, is_used_up, use_quotas
from abm.rules.belief import BeliefParameters, believe_delivered, believe_published
from abm.rules.choice import choose_nested, mean_costs
from abm.rules.cost import generalised_costs, option_levels
from abm.rules.demand import TradeParameters
from abm.security import hold_back, run_day
from abm.state import WorldState
from abm.units import DAYS_PER_YEAR

#: Days at the end of the warm-up over which the base year's costs are averaged (all of it, if it is shorter).
REFERENCE_DAYS = 365


def weigh_routes(state: WorldState, parameters: BeliefParameters) -> Floats:
    """Shippers read what is published, weigh their routes; returns the money each option costs today, USD/t.

    Ways over a young closure count among them, with the wait before it that is to be expected.
    """
    refresh_routes(state)
    is_open = open_arcs(state)
    published_h, price, sd, risk = levels_of_options(state, is_open)
    trust_new_options(state, price, published_h)
    table = state.table
    believe_published(
        table.belief_h, table.option, table.days_since_use, published_h, price, _options_told(state),
        parameters.information_rate,
        1.0 - 0.5 ** (1.0 / parameters.revert_half_life_days), parameters.revert_half_life_days,
    )  # fmt: skip
    offer = offered(state, is_open, state.days_shut, Offer(price, sd, risk))
    if offer.wait_h is None:
        _choose(state, table.belief_h, offer.price, offer.sd, offer.risk)
        table.awaits[:] = False
    else:
        _choose(state, table.belief_h + offer.wait_h[table.option], offer.price, offer.sd, offer.risk)
        has_way = np.isfinite(np.append(price, np.inf)[table.option]).any(axis=1)
        table.awaits[:] = np.isfinite(table.composite) & ~has_way
    table.awaiting_t[has_open_way(table)] = 0.0
    return offer.price


@dataclass(frozen=True, eq=False)
class Offer:
    """What every option costs on a day: money (USD/t, inf: none), spread (h), risk. wait_h: hours to stand before closures beyond
    the published times; None if nobody is sent to wait today."""

    price: Floats
    sd: Floats
    risk: Floats
    wait_h: Floats | None = None


def offered(state: WorldState, is_open: Bools, days_shut: Floats, of_open: Offer) -> Offer:
    """What shippers choose among with these arcs open and these links shut for so many days: open ways (``of_open``), and ways
    over young closures at their usual cost with the wait to be expected, vehicles standing too.

    Closures on one way run side by side: its wait is the longest of them.
    """
    wait_h = expected_wait_h(state, is_open, days_shut)
    waits = np.isfinite(wait_h)
    if not waits.any():
        return of_open
    _, price, sd, risk = levels_of_options(state, is_open | waits)
    hours = np.where(waits, wait_h, 0.0)
    standing = np.column_stack([_longest(state, hours * usd) for usd in state.network.arcs.hour_usd_t.T])
    options = state.options
    price = price + standing[options.route, options.cargo_class]
    return Offer(price, sd, risk, _longest(state, hours)[options.route])


def _longest(state: WorldState, of_arcs: Floats) -> Floats:
    """Largest of a number of each arc over the arcs of every route."""
    routes = state.movement.routes
    n = len(routes)
    return np.asarray(np.maximum.reduceat(of_arcs[routes.arcs[: routes.starts[n]]], routes.starts[:n]))


def levels_of_options(state: WorldState, is_open: Bools) -> tuple[Floats, Floats, Floats, Floats]:
    """Published time (h), money (USD/t), spread (h) and risk of every option.

    Risk: believed probability of losing the goods, beyond its long-run mean. A link counts on its line-haul.
    """
    options, arcs, routes = state.options, state.network.arcs, state.movement.routes
    price, hours, sd, risk = (np.empty(len(options)) for _ in range(4))
    is_line = arcs.kind == ArcKind.LINEHAUL
    risk_of_arcs = np.where(is_line, state.security.risk_over_mean[np.where(is_line, arcs.link, 0)], 0.0)
    option_levels(
        options.route, options.cargo_class, routes.starts, routes.arcs, state.numbers.price_usd_t, arcs.hour_usd_t,
        state.numbers.free_time_h, state.published.mean_h(), state.published.variance_h2(), risk_of_arcs, is_open,
        price, hours, sd, risk,
    )  # fmt: skip
    return hours, price, sd, risk


def _options_told(state: WorldState) -> Bools:
    """Options all of whose posts publish."""
    is_told, routes = state.published.is_told, state.movement.routes
    if is_told.all():
        return np.ones(len(state.options), dtype=np.bool_)
    silent = np.append(0, np.cumsum(~is_told[routes.arcs]))
    return np.asarray(silent[routes.starts[1:]] == silent[routes.starts[:-1]])[state.options.route]


def _choose(state: WorldState, belief_h: Floats, price: Floats, sd: Floats, risk: Floats) -> None:
    table = state.table
    generalised_costs(
        table.option, belief_h, price, sd, risk, table.duty, table.vot, table.vor, table.fob_usd_t, table.cost
    )  # fmt: skip
    choose_nested(table.cost, table.delta, table.nest, table.kappa, table.lam, table.probability, table.composite)
    mean_costs(table.cost, table.probability, table.mean_cost)


def observe_base_year(state: WorldState) -> None:
    """During the last year of the warm-up: sum up what trade cost, on days with an open route."""
    table, sums = state.table, state.reference
    has_route = has_open_way(table)
    sums.composite += np.where(has_route, table.composite, 0.0)
    sums.mean_cost += np.where(has_route, table.mean_cost, 0.0)
    sums.days += has_route


def mark_reference(state: WorldState) -> None:
    """End of the warm-up: the base year's costs become the reference against which every relative price is taken.

    A relation that does not exist in the base year, or had no route all year, is referred to the network with everything open, at
    published times. Without a warm-up, published times stand for the base year, too.
    """
    table, sums = state.table, state.reference
    days = np.maximum(sums.days, 1.0)
    table.composite_0, table.mean_cost_0 = sums.composite / days, sums.mean_cost / days
    is_known = (sums.days > 0.0) & ~table.is_new
    if state.warmup_days == 0:
        composite, mean_cost = published_costs(state, open_arcs(state))
        is_known = np.isfinite(composite) & ~table.is_new
        table.composite_0, table.mean_cost_0 = composite, mean_cost
    if not is_known.all():
        composite, mean_cost = published_costs(state, np.ones(len(state.network.arcs), dtype=np.bool_))
        table.composite_0 = np.where(is_known, table.composite_0, composite)
        table.mean_cost_0 = np.where(is_known, table.mean_cost_0, mean_cost)
    table.price_0 = table.fob_usd_t * (1.0 + table.duty) + table.mean_cost_0
    table.price_mean = table.price_0.copy()


def published_costs(state: WorldState, is_open: Bools) -> tuple[Floats, Floats]:
    """Composite and mean cost (USD/t) of shippers who believe what is published, with these arcs open; changes nothing."""
    table = state.table
    hours, price, sd, _ = levels_of_options(state, is_open)
    belief_h = np.where(table.option >= 0, hours[table.option], 0.0)
    cost, probability, composite = np.empty_like(table.cost), np.empty_like(table.cost), np.empty(len(table))
    calm = np.zeros(len(state.options))
    generalised_costs(
        table.option, belief_h, price, sd, calm, table.duty, table.vot, table.vor, table.fob_usd_t, cost
    )  # fmt: skip
    choose_nested(cost, table.delta, table.nest, table.kappa, table.lam, probability, composite)
    mean_cost = np.empty(len(table))
    mean_costs(cost, probability, mean_cost)
    return composite, mean_cost


def adjust_trade(state: WorldState, parameters: TradeParameters) -> None:
    """Quantities move towards what delivered prices call for; before the opening day they rest at the base year."""
    if state.day >= 0:
        respond(state.table, state.markets, parameters, state.day / DAYS_PER_YEAR)
    elif state.day >= -REFERENCE_DAYS:
        observe_base_year(state)


def dispatch(state: WorldState, price: Floats, month: int) -> None:
    """Goods made today join the stock; full lots leave, and background vehicles with them. Without a route, or with
    a quota used up, stock is capped and the rest is lost sales."""
    table, values = state.table, state.values
    table.stock_t += table.quantity_t / DAYS_PER_YEAR
    hold_back(state)
    blocked = ~np.isfinite(table.composite)
    if state.authorities.quotas:
        blocked |= is_used_up(state)
    if blocked.any():
        # What has been sent to wait before a closure is a part of what may be held back.
        limit = values["backlog_days"] * table.base_t / DAYS_PER_YEAR - table.awaiting_t
        limit = np.maximum(limit, table.lot_t)
        excess = np.where(blocked, np.maximum(table.stock_t - limit, 0.0), 0.0)
        table.stock_t -= excess
        table.lost_sales_t += excess
    lots = _send_within_quotas(state) if state.authorities.quotas else send_lots(table, state.movement.seed, state.hour)
    waiting = lots.shipper[table.awaits[lots.shipper]]
    np.add.at(table.awaiting_t, waiting, table.lot_t[waiting])
    option = table.option[lots.shipper, lots.column]
    state.movement.dispatch(_orders(state, lots, state.options.route[option]))
    state.movement.dispatch(_background(state, month))
    state.ledger.dispatched(lots.shipper, lots.column, table.lot_t[lots.shipper], price[option])


def _send_within_quotas(state: WorldState) -> Lots:
    """Full lots that quotas hold back stay in stock."""
    table = state.table
    held_t = held_back(state)
    table.stock_t -= held_t
    lots = send_lots(table, state.movement.seed, state.hour)
    table.stock_t += held_t
    use_quotas(state, np.bincount(lots.shipper, weights=table.lot_t[lots.shipper], minlength=len(table)))
    return lots


def _orders(state: WorldState, lots: Lots, route: np.ndarray) -> Orders:
    table, n = state.table, lots.shipper.size
    return Orders(
        shipper=lots.shipper, key=lots.key, time_h=lots.time_h, tonnes=table.lot_t[lots.shipper], vehicles=np.zeros(n),
        cargo_class=table.cargo_class[lots.shipper], priority=np.zeros(n, dtype=np.int8), route=route,
    )  # fmt: skip


def _background(state: WorldState, month: int) -> Orders:
    """Vehicles that no flow explains arrive at the posts at addressed hours of the day, in lots."""
    streams = state.background
    full = np.empty(len(streams.sent), dtype=np.int64)
    n = count_lots(_stays_away(state, month), streams.per_day[:, month], streams.lot, streams.stock, full)
    orders = Orders(
        shipper=np.full(n, -1, dtype=np.int32), key=np.empty(n, dtype=np.uint64), time_h=np.empty(n), tonnes=np.zeros(n),
        vehicles=np.empty(n), cargo_class=np.zeros(n, dtype=np.int8), priority=np.zeros(n, dtype=np.int8),
        route=np.empty(n, dtype=np.int32),
    )  # fmt: skip
    address_lots(
        np.uint64(state.movement.seed), state.hour, full, streams.key, streams.lot * streams.lane_factor, streams.route,
        streams.sent, orders.key, orders.time_h, orders.vehicles, orders.route,
    )  # fmt: skip
    return orders


def _stays_away(state: WorldState, month: int) -> Bools:
    """Background streams that do not come today: nobody comes in over a closed link, and before a shut post the line grows to
    ``backlog_days`` of the background traffic and no longer."""
    streams, network, routes = state.background, state.network, state.movement.routes
    arc = routes.arcs[routes.starts[streams.route]]
    facility = network.arcs.facility[arc]
    is_shut = ~state.link_is_open[network.arcs.link[arc]]
    if not is_shut.any():
        return np.asarray(is_shut)
    gates = [number for numbers in network.link_facilities.values() for number in numbers]
    per_day = np.bincount(
        facility, weights=streams.per_day[:, month] * streams.lane_factor, minlength=len(network.facilities)
    )
    is_long = state.movement.queue_vehicles >= state.values["backlog_days"] * per_day
    return np.asarray(is_shut & (~np.isin(facility, gates) | is_long[facility]))


def move(state: WorldState) -> Deliveries:
    """The loader plays the day's events in time order; what passed each post is published tonight, and its line is measured."""
    movement = state.movement
    before = movement.passed_vehicles.copy(), movement.time_vehicle_h.copy(), movement.time_sq_vehicle_h2.copy()
    deliveries = run_day(state)
    after = movement.passed_vehicles, movement.time_vehicle_h, movement.time_sq_vehicle_h2
    vehicles, hours, hours_squared = (now - then for now, then in zip(after, before, strict=True))
    state.published.update(vehicles, hours, hours_squared)
    close_day(state, vehicles)
    return deliveries


def learn(state: WorldState, deliveries: Deliveries, parameters: BeliefParameters) -> None:
    """Deliveries update beliefs and the ledger."""
    hours = deliveries.delivered_h - deliveries.dispatched_h
    table = state.table
    believe_delivered(
        table.belief_h, state.options.route, table.option, table.days_since_use, deliveries.shipper, deliveries.route, hours,
        parameters.learning_rate,
    )  # fmt: skip
    state.ledger.delivered(state.day, deliveries.shipper, deliveries.tonnes, hours)


def snapshot(state: WorldState) -> Snapshot:
    """All running sums as they stand at the end of the day."""
    ledger, movement = state.ledger, state.movement
    return Snapshot(
        day=state.day, shipped_t=ledger.shipped_t.copy(), money_usd=ledger.money_usd.copy(),
        delivered_t=ledger.delivered_t.copy(), delivered_t_h=ledger.delivered_t_h.copy(),
        lost_sales_t=state.table.lost_sales_t.copy(), entered_t=movement.entered_t.copy(),
        passed_vehicles=movement.passed_vehicles.copy(), wait_vehicle_h=movement.wait_vehicle_h.copy(),
        time_vehicle_h=movement.time_vehicle_h.copy(), queue_vehicles=movement.queue_vehicles.copy(),
        sums=_joined(actor.sums() for actor in cast(state)), levels=_joined(actor.levels() for actor in cast(state)),
    )  # fmt: skip


def cast(state: WorldState) -> tuple[Security, Posts, Fleets, Authorities, Accounting]:
    """Those who act beside the shippers, and the accounts kept of them all."""
    return state.security, state.posts, state.fleets, state.authorities, state.accounting


def _joined(parts: Iterable[Mapping[str, Floats]]) -> dict[str, Floats]:
    return {name: values for part in parts for name, values in part.items()}


def month_of(day_of_year: int) -> int:
    """Month, 0-11, of a day counted from 1 January in a calendar of 365-day years (which leap years run ahead of)."""
    return int(np.searchsorted(MONTH_ENDS, day_of_year % 365, side="right"))
