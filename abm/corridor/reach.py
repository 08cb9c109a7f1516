"""Can every flow reach its destination, and are links as long as the map says they must be?"""

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator

from abm.corridor.borders import layer_of
from abm.corridor.folder import Reading
from abm.corridor.tables import CargoClass, Commodity, Flow, Layer, Link, Mode, Node, Rate, Status, Terminal
from abm.corridor.wording import as_written
from abm.errors import Problem

EARTH_RADIUS_KM = 6371.0
#: Length over great circle that a road, railway or sea route usually has.
CIRCUITY = (1.05, 2.2)
#: Below this distance coordinates are too coarse to judge a length.
_NEAR_KM = 5.0

State = tuple[str, Layer]


def great_circle_km(first: Node, second: Node) -> float:
    """Distance on the sphere between two nodes (haversine)."""
    lat_1, lat_2 = math.radians(first.y_coord), math.radians(second.y_coord)
    d_lat, d_lon = lat_2 - lat_1, math.radians(second.x_coord - first.x_coord)
    h = math.sin(d_lat / 2) ** 2 + math.cos(lat_1) * math.cos(lat_2) * math.sin(d_lon / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def length_warnings(reading: Reading) -> Iterator[Problem]:
    """Links whose length does not fit the distance between their nodes."""
    nodes = {node.node_id: node for _, node in reading.located(Node)}
    for place, link in reading.located(Link):
        if link.from_node_id not in nodes or link.to_node_id not in nodes:
            continue
        straight = great_circle_km(nodes[link.from_node_id], nodes[link.to_node_id])
        if straight < _NEAR_KM:
            continue
        ratio = link.length_km / straight
        longest = math.inf if link.mode is Mode.SEA else CIRCUITY[1]  # ships go round continents
        if not CIRCUITY[0] <= ratio <= longest:
            rule = f"is {ratio:.2f} times the {straight:.0f} km of the great circle (usual: {CIRCUITY[0]} to {CIRCUITY[1]})"
            yield Problem(place, rule, "length_km", f"{link.length_km:g}")


def reach_problems(reading: Reading) -> Iterator[Problem]:
    """Flows that cannot reach their destination even with every link open."""
    for place, flow, cargo in _cut_off(reading, only_open=False):
        modes = sorted({rate.mode.value for _, rate in reading.located(Rate) if rate.cargo_class is cargo})
        rule = (
            f"cannot be reached from {flow.origin} by {cargo.value} cargo ({', '.join(modes) or 'no mode carries it'}), "
            "even with every planned link open"
        )
        yield Problem(place, rule, "destination", as_written(flow.destination))


def reach_warnings(reading: Reading) -> Iterator[Problem]:
    """Flows with tonnes in the base year but no route on the links that are open."""
    for place, flow, cargo in _cut_off(reading, only_open=True):
        if flow.tonnes > 0:
            rule = f"cannot be reached from {flow.origin} by {cargo.value} cargo on the links open now: it cannot have tonnes"
            yield Problem(place, rule, "destination", as_written(flow.destination))


def _cut_off(reading: Reading, *, only_open: bool) -> Iterator[tuple[str, Flow, CargoClass]]:
    cargo_of = {row.commodity_id: row.cargo_class for _, row in reading.located(Commodity)}
    links = [link for _, link in reading.located(Link) if not only_open or link.status is Status.OPEN]
    graphs = {cargo: _Graph(reading, links, cargo) for cargo in set(cargo_of.values())}
    for place, flow in reading.located(Flow):
        cargo = cargo_of.get(flow.commodity)
        if cargo is not None and flow.destination not in graphs[cargo].reached(flow.origin):
            yield place, flow, cargo


class _Graph:
    """States (node, layer) that one cargo class can stand in, and which zones each zone reaches without crossing a third."""

    def __init__(self, reading: Reading, links: Iterable[Link], cargo: CargoClass) -> None:
        modes = {rate.mode for _, rate in reading.located(Rate) if rate.cargo_class is cargo}
        layers = {layer for layer in Layer if layer is Layer.ZONE or _mode(layer) in modes}
        self._next: dict[State, list[State]] = defaultdict(list)
        self._reached: dict[str, set[str]] = {}
        for link in links:
            if link.mode in modes:
                here, there = (link.from_node_id, layer_of(link)), (link.to_node_id, layer_of(link))
                self._next[here].append(there)
                if not link.directed:
                    self._next[there].append(here)
        for _, terminal in reading.located(Terminal):
            if terminal.from_layer in layers and terminal.to_layer in layers:
                here, there = (terminal.node_id, terminal.from_layer), (terminal.node_id, terminal.to_layer)
                self._next[here].append(there)
                self._next[there].append(here)

    def reached(self, origin: str) -> set[str]:
        """Nodes whose zone can be reached from the zone of ``origin``."""
        if origin not in self._reached:
            start = (origin, Layer.ZONE)
            seen, queue = {start}, deque([start])
            while queue:
                state = queue.popleft()
                if state[1] is Layer.ZONE and state != start:
                    continue  # nothing passes through a zone
                for following in self._next.get(state, ()):
                    if following not in seen:
                        seen.add(following)
                        queue.append(following)
            self._reached[origin] = {node for node, layer in seen if layer is Layer.ZONE}
        return self._reached[origin]


def _mode(layer: Layer) -> Mode:
    return Mode.RAIL if layer.value.startswith(Mode.RAIL.value) else Mode(layer.value)
