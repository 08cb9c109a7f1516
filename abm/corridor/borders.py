"""Border posts and terminals: four posts to a crossing, gauges only on rails, and a terminal where goods change layer."""

from collections import defaultdict
from collections.abc import Iterator

from abm.corridor.folder import Reading
from abm.corridor.tables import Direction, Flow, Law, Layer, Link, Mode, Node, Post, Terminal
from abm.corridor.wording import as_written
from abm.errors import Problem


def border_problems(reading: Reading) -> Iterator[Problem]:
    """Posts, opening hours, service laws, terminals and breaks of gauge."""
    yield from _posts(reading)
    yield from _hours_and_laws(reading)
    yield from _terminals(reading)
    yield from _gauge_breaks(reading)


def layer_of(link: Link) -> Layer:
    """Layer on which a link's vehicles stand at a node."""
    return Layer(f"rail{link.gauge_mm}") if link.mode is Mode.RAIL else Layer(link.mode.value)


def crossing(link: Link, country_of: dict[str, str]) -> tuple[str, str] | None:
    """The two countries of a road or rail link that crosses a border, else None."""
    ends = country_of.get(link.from_node_id), country_of.get(link.to_node_id)
    if link.mode is Mode.SEA or ends[0] is None or ends[1] is None or ends[0] == ends[1]:
        return None
    return ends[0], ends[1]


def country_of_node(reading: Reading) -> dict[str, str]:
    """Node -> country."""
    return {node.node_id: node.country for _, node in reading.located(Node)}


def _posts(reading: Reading) -> Iterator[Problem]:
    country_of = country_of_node(reading)
    posts: dict[str, dict[tuple[str, Direction], str]] = defaultdict(dict)
    links = {link.link_id: link for _, link in reading.located(Link)}
    for place, post in reading.located(Post):
        link = links.get(post.link_id)
        if link is None or link.from_node_id not in country_of or link.to_node_id not in country_of:
            continue
        pair = crossing(link, country_of)
        if pair is None:
            yield Problem(place, "crosses no land border: it has no post", "link_id", as_written(post.link_id))
        elif post.country not in pair:
            rule = f"must be {pair[0]} or {pair[1]}, the countries of {post.link_id}"
            yield Problem(place, rule, "country", as_written(post.country))
        else:
            side = post.country, post.direction
            earlier = posts[post.link_id].setdefault(side, place)
            if earlier != place:
                value = as_written(f"{post.link_id}/{post.country}/{post.direction.value}")
                yield Problem(place, f"stands already at {earlier}", "link_id/country/direction", value)
    if any(problem.place.startswith("borders.csv") for problem in reading.problems):
        return  # a post that is missing may be one that could not be read
    for place, link in reading.located(Link):
        pair = crossing(link, country_of)
        if pair is not None:
            wanted = [(country, direction) for country in pair for direction in Direction]
            missing = [f"{c} {d.value}" for c, d in wanted if (c, d) not in posts[link.link_id]]
            if missing:
                rule = f"crosses the border {pair[0]}-{pair[1]}: borders.csv has no post for {', '.join(missing)}"
                yield Problem(place, rule, "link_id", as_written(link.link_id))


def _hours_and_laws(reading: Reading) -> Iterator[Problem]:
    windows = [(place, post.opens_h, post.closes_h) for place, post in reading.located(Post)]
    windows += [(place, terminal.opens_h, terminal.closes_h) for place, terminal in reading.located(Terminal)]
    for place, opens, closes in windows:
        if opens >= closes:
            yield Problem(place, f"must be > opens_h {opens:g}", "closes_h", f"{closes:g}")
    for place, post in reading.located(Post):
        cv, value = post.service_cv, f"{post.service_cv:g}"
        is_written = "service_cv" in post.model_fields_set
        if post.service_law is Law.EXPONENTIAL and cv != 1:
            yield Problem(place, "must be 1 for exponential service (gamma takes any)", "service_cv", value)
        if post.service_law is Law.CONSTANT and cv != 0 and is_written:
            yield Problem(place, "must be 0 or empty for constant service", "service_cv", value)
        if post.service_law is Law.HYPEREXPONENTIAL and cv <= 1:
            yield Problem(place, "must be > 1 for hyperexponential service", "service_cv", value)
        if post.service_law in (Law.GAMMA, Law.LOGNORMAL) and cv == 0:
            yield Problem(place, f"must be > 0 for {post.service_law.value} service", "service_cv", value)


def _terminals(reading: Reading) -> Iterator[Problem]:
    layers: dict[str, set[Layer]] = defaultdict(set)
    for _, link in reading.located(Link):
        layers[link.from_node_id].add(layer_of(link) if _has_layer(link) else Layer.ZONE)
        layers[link.to_node_id].add(layer_of(link) if _has_layer(link) else Layer.ZONE)
    zones: set[str] = set()
    for place, terminal in reading.located(Terminal):
        ends = (terminal.from_layer, terminal.to_layer)
        if Layer.ZONE in ends:
            zones.add(terminal.node_id)
        if ends[0] is ends[1]:
            yield Problem(place, "must differ from from_layer", "to_layer", as_written(ends[1].value))
        for column, layer in zip(("from_layer", "to_layer"), ends, strict=True):
            if layer is not Layer.ZONE and layer not in layers[terminal.node_id]:
                rule = f"is on no link at {terminal.node_id}"
                yield Problem(place, rule, column, as_written(layer.value))
    if any(problem.place.startswith("terminals.csv") for problem in reading.problems):
        return
    for place, flow in reading.located(Flow):
        for column in ("origin", "destination"):
            node = getattr(flow, column)
            if node in reading.keys(Node) and node not in zones:
                rule = "has no terminal that joins its zone to a mode: nothing can start or end there"
                yield Problem(place, rule, column, as_written(node))


def _has_layer(link: Link) -> bool:
    return link.mode is not Mode.RAIL or f"rail{link.gauge_mm}" in {layer.value for layer in Layer}


def _gauge_breaks(reading: Reading) -> Iterator[Problem]:
    """Nodes where rails of two gauges meet and no chain of terminals joins them."""
    if any(problem.place.startswith("terminals.csv") for problem in reading.problems):
        return
    rails: dict[str, dict[Layer, tuple[str, str]]] = defaultdict(dict)
    for place, link in reading.located(Link):
        if link.mode is Mode.RAIL and _has_layer(link):
            for node in (link.from_node_id, link.to_node_id):
                rails[node].setdefault(layer_of(link), (place, link.link_id))
    joins: dict[str, list[tuple[Layer, Layer]]] = defaultdict(list)
    for _, terminal in reading.located(Terminal):
        if Layer.ZONE not in (terminal.from_layer, terminal.to_layer):
            joins[terminal.node_id].append((terminal.from_layer, terminal.to_layer))
    for node, gauges in rails.items():
        first, *others = gauges
        reached = _joined(first, joins[node])
        for layer in others:
            if layer not in reached:
                place, link_id = gauges[layer]
                rule = f"meets {first.value} at {node}, and no terminal there joins {layer.value} to {first.value}"
                yield Problem(place, rule, "gauge_mm", as_written(link_id))


def _joined(start: Layer, pairs: list[tuple[Layer, Layer]]) -> set[Layer]:
    """Layers that can be reached from one layer through terminals of a node."""
    reached = {start}
    for _ in pairs:
        for first, second in pairs:
            if first in reached or second in reached:
                reached |= {first, second}
    return reached
