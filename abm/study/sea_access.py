"""How far each country is from a port and from world markets, and through whom the way leads.

Ways are the cheapest in generalised cost (freight and fees, vehicle hours, the class's median value of time) on the network at
rest, from the places where a country's trade starts or ends, weighted by its tonnes there. A **port** is a node of that type from
which open water leads to a far market: a harbour on an inland sea is none, as long as some sea of the case does lead to one. A
**market** is a far zone of another country. Countries that the case knows only as far zones have no places, and no rows.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from abm.corridor.tables import CargoClass, Case, Layer, Mode, Node
from abm.network.arcs import Floats, Ints
from abm.network.build import CLASSES
from abm.network.paths import PathFinder
from abm.study.at_rest import StaticWorld
from abm.study.seats import Seats
from abm.units import HOURS_PER_DAY

#: Goods of which access is told: what liner shipping carries, boxed or not.
ACCESS_CLASSES = (CargoClass.CONTAINER, CargoClass.GENERAL)
PORT, MARKET = "port", "market"
#: Node types of nodes.csv with a meaning here.
_PORT_NODE, _ZONE_NODE = "port", "zone"


@dataclass(frozen=True)
class _Way:
    """From one place: where to, tonnes behind it, hours, USD/t, countries on the way."""

    node: int
    tonnes: float
    hours: float
    usd_t: float
    through: tuple[str, ...]


def sea_access(world: StaticWorld, seats: Seats) -> pd.DataFrame:
    """A row per (country, cargo_class, kind, to). to: a node; for the nearest port the one that serves most tonnes. to_country;
    serves_share: tonnes of the country's places for which it is that port, or from which the market can be reached; days, usd_t:
    tonne-weighted means over the places; through: other countries on the way from the largest place, separated by ``;``."""
    case = world.scenario.case
    places = _places(case, seats)
    ports = _open_ports(case)
    rows = []
    for country, weights in places.items():
        markets = [i for i, node in enumerate(case.nodes) if node.node_type == _ZONE_NODE and node.country != country]
        for cargo in ACCESS_CLASSES:
            search = _Search(world, CLASSES.index(cargo))
            to_port, to_market = search.ways(weights, ports, markets, country)
            for kind, ways in ((PORT, to_port), *((MARKET, ways) for ways in to_market.values())):
                if ways:
                    rows.append(
                        {"country": country, "cargo_class": cargo.value, "kind": kind}
                        | _summed(case.nodes, ways, sum(weights.values()))
                    )
    return pd.DataFrame(rows)


def _summed(nodes: Sequence[Node], ways: Sequence[_Way], tonnes: float) -> dict[str, object]:
    weight = np.array([way.tonnes for way in ways])
    served: dict[int, float] = defaultdict(float)
    for way in ways:
        served[way.node] += way.tonnes
    most = max(served, key=lambda node: served[node])
    largest = max((way for way in ways if way.node == most), key=lambda way: way.tonnes)
    return {
        "to": nodes[most].node_id, "to_country": nodes[most].country, "serves_share": served[most] / tonnes,
        "days": float(weight @ [way.hours for way in ways]) / weight.sum() / HOURS_PER_DAY,
        "usd_t": float(weight @ [way.usd_t for way in ways]) / weight.sum(), "through": ";".join(largest.through),
    }  # fmt: skip


def _places(case: Case, seats: Seats) -> dict[str, dict[int, float]]:
    """Country -> node (row) -> tonnes a year of its foreign trade that start or end there; without far-zone-only countries."""
    number = {node.node_id: row for row, node in enumerate(case.nodes)}
    at: dict[str, dict[int, float]] = {country: defaultdict(float) for country in seats.countries}
    for flow in case.flows:
        ends = number[flow.origin], number[flow.destination]
        countries = [case.nodes[end].country for end in ends]
        if countries[0] != countries[1] and flow.tonnes > 0.0:
            for end, country in zip(ends, countries, strict=True):
                at[country][end] += flow.tonnes
    near = {node.country for node in case.nodes if node.node_type != _ZONE_NODE}
    return {country: weights for country, weights in at.items() if country in near and weights}


def _open_ports(case: Case) -> list[int]:
    """Ports (rows of nodes) from which open sea links lead to a far zone; all ports on any sea if none leads to one."""
    number = {node.node_id: row for row, node in enumerate(case.nodes)}
    sea = list(range(len(case.nodes)))

    def root(node: int) -> int:
        while sea[node] != node:
            node = sea[node]
        return node

    on_sea: set[int] = set()
    for link in case.links:
        if link.mode is Mode.SEA and link.status == "open":
            ends = number[link.from_node_id], number[link.to_node_id]
            on_sea.update(ends)
            sea[root(ends[0])] = root(ends[1])
    ports = [row for row in sorted(on_sea) if case.nodes[row].node_type == _PORT_NODE]
    oceans = {root(row) for row in on_sea if case.nodes[row].node_type == _ZONE_NODE}
    return [row for row in ports if root(row) in oceans] or ports


class _Search:
    """Cheapest ways of one cargo class on the network at rest."""

    def __init__(self, world: StaticWorld, column: int) -> None:
        state, arcs = world.state, world.state.network.arcs
        self._world, self._nodes = world, world.scenario.case.nodes
        self._finder = PathFinder(arcs.from_state, arcs.to_state, state.network.n_states)
        self.hours: Floats = state.published.announced_h + world.base.wait_h
        beyond = np.maximum(self.hours - state.numbers.free_time_h, 0.0)
        money = state.numbers.price_usd_t[:, column] + arcs.hour_usd_t[:, column] * beyond
        self.money: Floats = np.where(world.is_open, money, np.inf)
        self.cost: Floats = self.money + state.typical_vot[column] * self.hours

    def ways(
        self, weights: dict[int, float], ports: Sequence[int], markets: Sequence[int], country: str
    ) -> tuple[list[_Way], dict[int, list[_Way]]]:
        """From each place that has one: the way to its nearest port, and the ways to every market."""
        state_of = self._world.state.network.state_of
        at_port = self._states(ports, Layer.SEA.value, "")
        at_market = self._states(markets, Layer.ZONE.value, "in")
        to_port: list[_Way] = []
        to_market: dict[int, list[_Way]] = {node: [] for node in at_market}
        for place, tonnes in weights.items():
            origin = state_of.get((self._nodes[place].node_id, Layer.ZONE.value, "out"))
            if origin is None:
                continue
            distance, before = self._finder.distances(self.cost, [origin])
            nearest = min(at_port, key=lambda node: (float(distance[0, at_port[node]]), node), default=None)
            if nearest is not None:
                to_port += self._way(nearest, at_port[nearest], origin, before[0], tonnes, country)
            for node, state in at_market.items():
                to_market[node] += self._way(node, state, origin, before[0], tonnes, country)
        return to_port, to_market

    def _states(self, nodes: Sequence[int], layer: str, side: str) -> dict[int, int]:
        state_of = self._world.state.network.state_of
        found = {node: state_of.get((self._nodes[node].node_id, layer, side)) for node in nodes}
        return {node: state for node, state in found.items() if state is not None}

    def _way(self, node: int, state: int, origin: int, before: Ints, tonnes: float, country: str) -> Iterator[_Way]:
        path = self._finder.trace(before, origin, state)
        if path:
            arcs = list(path)
            passed = dict.fromkeys(self._world.state.network.arcs.country[arc] for arc in arcs)
            through = tuple(name for name in passed if name not in ("", country, self._nodes[node].country))
            yield _Way(node, tonnes, float(self.hours[arcs].sum()), float(self.money[arcs].sum()), through)
