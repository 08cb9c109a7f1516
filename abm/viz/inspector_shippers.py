"""The card of a shipper: what it trades, how much in both worlds, its routes with what they cost, and why the first is chosen."""

import numpy as np

from abm.corridor.tables import Case, FlowKind
from abm.model import CorridorModel
from abm.network.arcs import ArcKind, Floats, Ints
from abm.state import WorldState
from abm.viz.inspector_names import Names, source_words
from abm.viz.inspector_parts import (
    Card,
    Cell,
    Fact,
    Table,
    both,
    case_of,
    chart,
    common,
    plain,
    same_or_both,
    since_words,
    states_of,
)
from abm.viz.inspector_routes import RouteWeight, routes_of
from abm.viz.inspector_why import why_first
from abm.viz.twin import TwinModel
from abm.viz.words import change, number, percent, sentence, whole

#: A post that less of the goods passes is not listed.
_LEAST_SHARE = 0.005
_MOST_POSTS = 16
_BASE_INDEX = 100.0
#: How the tables of routes are read.
_READ_ROUTES = (
    "Next lot: probability that it goes this way. Hours: as the shipper believes. From Money on all is in USD/t. Money: freight, "
    "tolls, fees, handling, and vehicles that stand. Duty: on that money. Time: hours x value of time. Irregular: spread of the "
    "hours. Risk: of losing the goods, below 0 after a long calm. Cost is their sum; Mode, how its modes are liked, comes on top."
)


def shipper_card(twin: TwinModel, names: Names, name: str) -> Card:
    """One firm of one flow."""
    case, row = case_of(twin), names.rows["shipper"][name]
    states = states_of(twin)
    table = states[0].table
    flow = case.flows[table.flow[row]]
    routes = [routes_of(model, names, row) for model in twin.worlds]
    why = [
        why_first(of_world, float(model.state.table.vot[row]))
        for of_world, model in zip(routes, twin.worlds, strict=True)
    ]
    troubles = [_troubles(model, row, of_world) for of_world, model in zip(routes, twin.worlds, strict=True)]
    role = "does not respond to cost: transit of others" if flow.kind is FlowKind.EXOGENOUS else "responds to cost"
    return Card(
        kind="shipper", id=name, title=names.title("shipper", name), subtitle=f"Shipper {name}; its trade {role}",
        words=(*same_or_both((troubles[0], troubles[1])), *_why(why, routes)),
        facts=tuple(_facts(states, row)),
        charts=(chart(twin, "shipper", row, "t_year", "Trade", "t a year"),),
        tables=(
            _routes(routes[0], "Its routes without the measure", ""),
            _routes(routes[1], "Its routes with the measure", _READ_ROUTES),
            _posts(names, case, states, routes), _way(names, case, states[1], row, routes[1]), _ends(names, case, row, states[0]),
        ),
        notes=(
            "Costs are those that its next lots weigh: hours as the shipper believes them tonight, prices of today.",
            source_words(case, flow.source, flow.grade, flow.note),
        ),
    )  # fmt: skip


def _why(why: list[str], routes: list[tuple[RouteWeight, ...]]) -> tuple[str, ...]:
    """One story for each world, or one for both where the same two routes come first."""
    first = [tuple(route.title for route in of_world[:2]) for of_world in routes]
    if first[0] == first[1] and routes[0]:
        return (
            f"{why[1]} Without the measure the same two come first, with {percent(routes[0][0].probability)} for the first.",
        )
    return same_or_both((why[0], why[1]))


def _facts(states: tuple[WorldState, WorldState], row: int) -> list[Fact]:
    tables = [state.table for state in states]
    table = tables[0]
    base = float(table.base_t[row])
    now = [float(one.quantity_t[row]) for one in tables]
    case = states[0].plan.case
    facts = [
        common("Trade in the base year", whole(base), "t"),
        both("Trade now", [whole(tonnes) for tonnes in now], "t a year"),
    ]
    if base > 0.0:
        facts.append(both("Change on the base year", [change(tonnes, base) for tonnes in now]))
    else:
        facts.append(common("It could trade without friction", whole(float(table.potential_t[row])), "t a year"))
    facts += [
        common("Value of its goods at the origin", whole(float(table.fob_usd_t[row])), "USD/t"),
        common("Value of its time", number(float(table.vot[row])), "USD a tonne and hour"),
        both("Duty", [percent(float(one.duty[row]), 1) for one in tables], "of value and freight"),
        both("Cost of transport, all routes together", [number(float(one.composite[row])) for one in tables], "USD/t"),
        both(
            "Delivered price",
            [_price_index(one.price_mean[row], one.price_0[row]) for one in tables],
            "base year = 100",
        ),
        both("Goods that wait for a full lot", [whole(float(one.stock_t[row])) for one in tables], "t"),
        both(f"Sales lost {since_words(case)}", [whole(float(one.lost_sales_t[row])) for one in tables], "t"),
    ]
    held = [float(state.security.held_t[row]) for state in states]
    if any(held):
        facts.append(both("Held back by an incident", [whole(tonnes) for tonnes in held], "t"))
    return facts


def _price_index(now: float, base: float) -> str:
    return number(_BASE_INDEX * now / base, 1) if base > 0.0 else number(float("nan"))


def _troubles(model: CorridorModel, row: int, routes: tuple[RouteWeight, ...]) -> str:
    """Bans, closures and other reasons why goods do not leave."""
    state, table = model.state, model.state.table
    told = []
    if not table.is_active[row]:
        told.append("It has left the model")
    if not routes:
        told.append("No route is open: its goods wait, and are lost once its store is full")
    elif all(route.wait_h > 0.0 for route in routes):
        told.append("Every route is shut: goods are still sent, to wait before the closure until it opens or grows old")
    if table.allowed[row] < 1.0:
        share = percent(float(table.allowed[row]))
        told.append(
            "A ban stops its trade" if table.allowed[row] <= 0.0 else f"A ban lets {share} of its trade through"
        )
    if state.security.let_through is not None and state.security.let_through[row] < 1.0:
        told.append(f"An incident holds its goods back: {percent(float(state.security.let_through[row]))} may leave")
    told += [
        f"A quota of {whole(quota.limit_t)} t a year holds; {whole(quota.used_t)} t of it are used this year"
        for quota in state.authorities.quotas
        if quota.rows[row]
    ]
    if table.is_new[row] and table.quantity_t[row] <= 0.0:
        told.append("It did not trade in the base year, and does not yet")
    return " ".join(sentence(text) for text in told)


def _routes(routes: tuple[RouteWeight, ...], title: str, note: str) -> Table:
    """Each open route with what it costs, USD/t; the parts of a row sum to its total."""
    columns = (
        "Route", "Next lot", "Hours", "Money", "Duty", "Time", "Irregular", "Risk", "Cost", "Mode",
    )  # fmt: skip
    rows = [
        plain(
            route.title, percent(route.probability), number(route.hours, 1),
            *(number(part, 1) for part in (
                route.parts.money, route.parts.duty, route.parts.time, route.parts.spread, route.parts.fear, route.cost,
                route.disliked,
            )),
        )
        for route in routes
    ]  # fmt: skip
    return Table(title, columns, tuple(rows), rights=9, empty="No route is open.", note=note)


def _share_by_post(state: WorldState, routes: tuple[RouteWeight, ...]) -> Floats:
    """Share of the next goods that passes each post (n_posts,)."""
    arcs, share = state.network.arcs, np.zeros(len(state.network.post_ids))
    for route in routes:
        posts = arcs.post[route.arcs]
        share[np.unique(posts[posts >= 0])] += route.probability
    return share


def _posts(
    names: Names, case: Case, states: tuple[WorldState, WorldState], routes: list[tuple[RouteWeight, ...]]
) -> Table:
    """Border posts on its routes, the most used first."""
    shares = [_share_by_post(state, of_world) for state, of_world in zip(states, routes, strict=True)]
    largest = np.maximum(*shares)
    order = [int(row) for row in np.argsort(-largest, kind="stable") if largest[row] >= _LEAST_SHARE][:_MOST_POSTS]
    hours = [state.published.mean_h() for state in states]
    rows = []
    for row in order:
        name = case.posts[row].post_id
        arc = states[0].posts.traits.arc[row]
        rows.append(
            (
                Cell(names.title("post", name), "post", name),
                *(Cell(percent(float(share[row]))) for share in shares),
                *(Cell(number(float(published[arc]))) for published in hours),
            )
        )
    columns = ("Border post", "Of its goods, without", "With", "Published h, without", "With")
    return Table("Border posts on its way", columns, tuple(rows), rights=4, empty="Its goods cross no border post.")


def _way(names: Names, case: Case, state: WorldState, row: int, routes: tuple[RouteWeight, ...]) -> Table:
    """The likeliest route with the measure, link by link."""
    path: Ints = routes[0].arcs if routes else np.zeros(0, dtype=np.int64)
    arcs, column = state.network.arcs, int(state.table.cargo_class[row])
    published = state.published.mean_h()
    rows = [
        (
            Cell(names.title("link", name := case.links[int(arcs.link[arc])].link_id), "link", name),
            Cell(number(float(arcs.length_km[arc]), 0)),
            Cell(number(float(published[arc]), 1)),
            Cell(number(float(state.numbers.price_usd_t[arc, column]), 1)),
        )
        for arc in path[arcs.kind[path] == ArcKind.LINEHAUL]
    ]
    columns = ("Link", "km", "h", "USD/t")
    return Table("The likeliest route with the measure", columns, tuple(rows), rights=3, empty="No route is open.")


def _ends(names: Names, case: Case, row: int, state: WorldState) -> Table:
    """Where its goods come from and go to."""
    flow = case.flows[state.table.flow[row]]
    rows = tuple(
        (Cell(label), Cell(names.title("node", node), "node", node))
        for label, node in (("From", flow.origin), ("To", flow.destination))
    )
    return Table("Its places", ("End", "Place"), rows)
