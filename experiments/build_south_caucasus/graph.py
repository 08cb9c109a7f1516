"""Least-cost routes on the case's tables, for shares of traffic and for checking distances; the model has its own router."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from experiments.build_south_caucasus.tables_io import number

Row = dict[str, str]


@dataclass(frozen=True)
class Edge:
    """One way of a link or terminal: cost in USD/t, hours, km, and the posts passed in order."""

    tail: str
    head: str
    usd_t: float
    hours: float
    km: float
    name: str
    posts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """A least-cost route: names of links and terminals, posts passed, and totals."""

    names: tuple[str, ...]
    posts: tuple[str, ...]
    km: float
    hours: float
    usd_t: float


@dataclass
class Graph:
    """States ``node/layer`` and edges for one cargo class; ``usd_hour`` turns an hour of a tonne into money."""

    edges: list[Edge]
    usd_hour: float = 0.5
    _best: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.states = sorted({state for edge in self.edges for state in (edge.tail, edge.head)})
        self.index = {state: row for row, state in enumerate(self.states)}
        cheapest: dict[tuple[int, int], Edge] = {}
        for edge in self.edges:
            pair = (self.index[edge.tail], self.index[edge.head])
            if pair not in cheapest or self.cost(edge) < self.cost(cheapest[pair]):
                cheapest[pair] = edge
        self.chosen = cheapest
        rows, columns = zip(*cheapest, strict=True)
        costs = [self.cost(edge) for edge in cheapest.values()]
        self.matrix = csr_array((costs, (rows, columns)), shape=(len(self.states), len(self.states)))

    def cost(self, edge: Edge) -> float:
        """Money and time of one edge, USD/t."""
        return edge.usd_t + edge.hours * self.usd_hour + 1e-9

    def route(self, origin: str, destination: str) -> Route | None:
        """Cheapest route between two states, or None."""
        if origin not in self.index or destination not in self.index:
            return None
        if origin not in self._best:
            self._best[origin] = dijkstra(self.matrix, indices=self.index[origin], return_predecessors=True)
        distance, before = self._best[origin]
        here = self.index[destination]
        if not np.isfinite(distance[here]):
            return None
        path: list[Edge] = []
        while here != self.index[origin]:
            path.append(self.chosen[(int(before[here]), here)])
            here = int(before[here])
        path.reverse()
        return Route(
            tuple(edge.name for edge in path),
            tuple(post for edge in path for post in edge.posts),
            sum(edge.km for edge in path),
            sum(edge.hours for edge in path),
            sum(edge.usd_t for edge in path),
        )


def layer_of(link: Row) -> str:
    """Layer on which a link runs."""
    return f"rail{link['gauge_mm']}" if link["mode"] == "rail" else link["mode"]


def build(
    links: Iterable[Row],
    posts: Iterable[Row],
    terminals: Iterable[Row],
    rates: Iterable[Row],
    cargo_class: str,
    is_open: Callable[[Row], bool],
) -> Graph:
    """Graph of one cargo class; links for which ``is_open`` is false are left out."""
    factor = {row["mode"]: row for row in rates if row["cargo_class"] == cargo_class}
    at_link: dict[str, dict[tuple[str, str], Row]] = {}
    for post in posts:
        at_link.setdefault(post["link_id"], {})[(post["country"], post["direction"])] = post
    edges: list[Edge] = []
    for link in links:
        if is_open(link) and link["mode"] in factor:
            edges += _ways(link, factor[link["mode"]], at_link.get(link["link_id"], {}))
    for terminal in terminals:
        ends = [f"{terminal['node_id']}/{terminal[side]}" for side in ("from_layer", "to_layer")]
        for tail, head in (ends, ends[::-1]):
            usd, hours = number(terminal["handling_usd_t"]), number(terminal["dwell_h"])
            edges.append(Edge(_side(tail, "out"), _side(head, "in"), usd, hours, 0.0, terminal["terminal_id"]))
    return Graph(edges)


def _side(state: str, side: str) -> str:
    """A zone is left from one state and reached at another, so that nothing passes through it."""
    return f"{state}:{side}" if state.endswith("/zone") else state


def _ways(link: Row, rate: Row, at_link: dict[tuple[str, str], Row]) -> list[Edge]:
    km, layer = number(link["length_km"]), layer_of(link)
    wait = number(link.get("headway_h", "")) / 2.0
    hours = km / number(link["free_speed_kmh"]) + wait
    usd = km * number(link["rate_usd_tkm"]) * number(rate["rate_factor"]) + number(link.get("toll_usd_t", ""))
    ends = (link["from_node_id"], link["to_node_id"])
    made = []
    for (tail, head), way in ((ends, 0), (ends[::-1], 1)):
        passed = _passed(at_link, way)
        held = sum(number(post["dwell_h"]) for post in passed)
        fees = sum(number(post["fee_usd_per_vehicle"]) for post in passed) / number(rate["payload_t"])
        names = tuple(post["post_id"] for post in passed)
        made.append(Edge(f"{tail}/{layer}", f"{head}/{layer}", usd + fees, hours + held, km, link["link_id"], names))
    return made


def _passed(at_link: dict[tuple[str, str], Row], way: int) -> list[Row]:
    """The post of the country that is left and of the one that is entered; ``bcps.csv`` lists the forward way first."""
    listed = list(at_link.values())
    return listed[2 * way : 2 * way + 2]
