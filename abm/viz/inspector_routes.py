"""What each route of a shipper costs, part by part, as the model itself weighs it."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from abm.agents.shipper import ShipperTable
from abm.detours import open_arcs
from abm.model import CorridorModel
from abm.network.arcs import ArcKind, Bools, Floats, Ints
from abm.network.build import MODES
from abm.phases import Offer, levels_of_options, offered
from abm.rules.belief import BeliefParameters, believe_published
from abm.rules.choice import choose_nested
from abm.rules.cost import LARGEST_RELIEF, generalised_costs
from abm.state import WorldState
from abm.study.names import crossing_name
from abm.viz.inspector_names import Names
from abm.viz.words import capital


@dataclass(frozen=True, slots=True)
class Parts:
    """What a tonne costs on a route, USD/t. freight and fees (tolls are fees), handling, standing (vehicles beyond free time):
    money. duty: on that money. time: believed hours times the value of time. spread: of the hours. fear: of losing the goods."""

    freight: float
    fees: float
    handling: float
    standing: float
    duty: float
    time: float
    spread: float
    fear: float

    @property
    def money(self) -> float:
        """Freight, fees, handling and standing vehicles."""
        return self.freight + self.fees + self.handling + self.standing

    @property
    def total(self) -> float:
        """The generalised cost."""
        return self.money + self.duty + self.time + self.spread + self.fear


@dataclass(frozen=True, slots=True)
class RouteWeight:
    """One route of a shipper. ``column``: in its table; ``arcs``; ``hours`` believed, ``spread_h`` of them, ``wait_h`` of them
    before a closure; ``cost``: as the model sums it up, USD/t; ``penalty``: log of the factor by which its modes are disliked;
    ``nest``: same for routes over the same border posts and ports; ``probability`` that the next lot takes it."""

    column: int
    title: str
    arcs: Ints
    hours: float
    spread_h: float
    wait_h: float
    parts: Parts
    cost: float
    penalty: float
    nest: int
    probability: float

    @property
    def disliked(self) -> float:
        """What the dislike of its modes is worth, USD/t; negative where they are liked."""
        return self.cost * (float(np.exp(self.penalty)) - 1.0)

    @property
    def weighed(self) -> float:
        """Generalised cost times the dislike of its modes, USD/t: what routes are compared by."""
        return self.cost + self.disliked


def routes_of(model: CorridorModel, names: Names, row: int) -> tuple[RouteWeight, ...]:
    """The routes of a shipper, the likeliest first, as its next lots weigh them: what is published by tonight has been read.

    Routes over a young closure are among them, with the hours that goods expect to stand before it. Changes nothing. Policies,
    incidents and posts of the coming morning are not in it.
    """
    state, table = model.state, model.state.table
    is_open = open_arcs(state)
    hours_h, open_price, open_sd, open_risk = levels_of_options(state, is_open)
    is_shut = state.link_was_open & ~state.link_is_open
    days_shut = np.where(is_shut, state.days_shut + 1.0, 0.0)
    offer = offered(state, is_open, days_shut, Offer(open_price, open_sd, open_risk))
    price, sd, risk = offer.price, offer.sd, offer.risk
    columns = np.flatnonzero((table.option[row] >= 0) & (table.nest[row] >= 0))
    columns = columns[np.isfinite(price[table.option[row, columns]])]
    if not columns.size:
        return ()
    option = table.option[row, columns]
    belief_h = _believed(state, model.belief, row, columns, hours_h[option], open_price[option])
    wait_h = np.zeros(columns.size) if offer.wait_h is None else offer.wait_h[option]
    belief_h = belief_h + wait_h
    cost, probability = _weighed(table, row, columns, belief_h, price[option], sd[option], risk[option])
    order = np.argsort(-probability, kind="stable")
    arcs = [np.array(state.movement.routes.path(int(state.options.route[o])), dtype=np.int64) for o in option]
    titles = route_titles(state, names, arcs)
    waits = [", to wait before a closure" if hours > 0.0 else "" for hours in wait_h]
    return tuple(
        RouteWeight(
            column=int(columns[k]), title=titles[k] + waits[k], arcs=arcs[k], hours=float(belief_h[k]),
            spread_h=float(sd[option[k]]), wait_h=float(wait_h[k]),
            parts=_parts(
                state, row, arcs[k], float(belief_h[k]), float(sd[option[k]]), float(risk[option[k]]), float(price[option[k]])
            ),
            cost=float(cost[k]), penalty=float(table.delta[row, columns[k]]), nest=int(table.nest[row, columns[k]]),
            probability=float(probability[k]),
        )
        for k in order
    )  # fmt: skip


def _believed(
    state: WorldState, parameters: BeliefParameters, row: int, columns: Ints, published_h: Floats, price: Floats
) -> Floats:
    """Believed hours once what is published tonight has been read (K,); nothing is published of what is shut (price inf)."""
    table, n = state.table, columns.size
    belief_h = table.belief_h[row : row + 1, columns].copy()
    since_use = table.days_since_use[row : row + 1, columns].copy()
    half_life = parameters.revert_half_life_days
    believe_published(
        belief_h, np.arange(n, dtype=np.int32)[None, :], since_use, published_h, price,
        _is_told(state, table.option[row, columns]), parameters.information_rate, 1.0 - 0.5 ** (1.0 / half_life), half_life,
    )  # fmt: skip
    return np.asarray(belief_h[0])


def _is_told(state: WorldState, option: np.ndarray) -> Bools:
    """Options all of whose posts publish."""
    routes = state.movement.routes
    told = [state.published.is_told[list(routes.path(int(state.options.route[o])))].all() for o in option]
    return np.array(told, dtype=np.bool_)


def _weighed(
    table: ShipperTable, row: int, columns: Ints, belief_h: Floats, price: Floats, sd: Floats, risk: Floats
) -> tuple[Floats, Floats]:
    """Generalised cost and probability of these routes (K,), by the model's own rules."""
    one, n = slice(row, row + 1), columns.size
    cost, probability, composite = np.empty((1, n)), np.empty((1, n)), np.empty(1)
    generalised_costs(
        np.arange(n, dtype=np.int32)[None, :], belief_h[None, :], price, sd, risk, table.duty[one], table.vot[one],
        table.vor[one], table.fob_usd_t[one], cost,
    )  # fmt: skip
    delta, nest = np.ascontiguousarray(table.delta[one, columns]), np.ascontiguousarray(table.nest[one, columns])
    choose_nested(cost, delta, nest, table.kappa[one], table.lam[one], probability, composite)
    return cost[0], probability[0]


def _parts(
    state: WorldState, row: int, path: Ints, belief_h: float, sd_h: float, risk: float, price_usd_t: float
) -> Parts:
    """Parts of a route's cost; what its money holds beyond what is published is vehicles that stand before a closure."""
    table, arcs = state.table, state.network.arcs
    column = int(table.cargo_class[row])
    price = state.numbers.price_usd_t[path, column]
    is_yard = np.isin(arcs.kind[path], (ArcKind.TRANSFER, ArcKind.CONNECTOR))
    fees = np.where(is_yard, 0.0, state.layers.charge_usd_t[path, column])
    extra_h = np.maximum(state.published.mean_h()[path] - state.numbers.free_time_h[path], 0.0)
    standing = float((arcs.hour_usd_t[path, column] * extra_h).sum())
    handling = float(price[is_yard].sum())
    freight = float((price - fees)[~is_yard].sum())
    standing = max(standing, price_usd_t - freight - float(fees.sum()) - handling)
    money = freight + float(fees.sum()) + handling + standing
    duty, time, spread = money * table.duty[row], table.vot[row] * belief_h, table.vor[row] * sd_h
    fear = max(risk * table.fob_usd_t[row], -LARGEST_RELIEF * (money + duty + time + spread)) if risk != 0.0 else 0.0
    return Parts(freight, float(fees.sum()), handling, standing, float(duty), float(time), float(spread), float(fear))


# ----------------------------------------------------------------------------------------------------------- names of routes
def route_titles(state: WorldState, names: Names, paths: list[Ints]) -> list[str]:
    """What to call each of these routes: modes and where they change, crossings; a place on the way where two would be alike."""
    titles = [_title(state, names, path) for path in paths]
    times = Counter(titles)
    places = [_places(state, names, path) for path in paths]
    told = []
    for k, title in enumerate(titles):
        others = {place for j, other in enumerate(titles) if j != k and other == title for place in places[j]}
        own = [place for place in places[k] if place not in others]
        told.append(f"{title}, via {own[len(own) // 2]}" if times[title] > 1 and own else title)
    again = Counter(told)
    return [f"{title} ({k + 1})" if again[title] > 1 else title for k, title in enumerate(told)]


def _title(state: WorldState, names: Names, path: Ints) -> str:
    """'Rail to one port, sea to another, road; over a border post'."""
    arcs, case = state.network.arcs, state.plan.case
    line = path[arcs.kind[path] == ArcKind.LINEHAUL]
    legs: list[tuple[str, str]] = []
    for arc in line:
        mode = MODES[int(arcs.mode[arc])].value
        end = names.title("node", case.nodes[int(state.network.node_of_state[arcs.to_state[arc]])].node_id)
        if legs and legs[-1][0] == mode:
            legs.pop()
        legs.append((mode, end))
    told = [f"{mode} to {end}" for mode, end in legs[:-1]] + [mode for mode, _ in legs[-1:]]
    crossings = [crossing_name(case.posts[int(post)]) for post in arcs.post[path] if post >= 0]
    over = f" over {', '.join(dict.fromkeys(crossings))}" if crossings else ""
    return capital(", ".join(told)) + over if told else "Within the place"


def _places(state: WorldState, names: Names, path: Ints) -> list[str]:
    """Places between the ends, in their order."""
    arcs, case = state.network.arcs, state.plan.case
    line = path[arcs.kind[path] == ArcKind.LINEHAUL]
    nodes = state.network.node_of_state[arcs.to_state[line[:-1]]]
    return [names.title("node", case.nodes[int(node)].node_id) for node in nodes]
