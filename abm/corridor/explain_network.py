"""The network of a case in words: kilometres, borders, what is shut and what opens it, where goods change vehicle."""

from collections import defaultdict
from collections.abc import Iterator

from abm.corridor.borders import crossing, layer_of
from abm.corridor.prose import Block, Grid, Points, Section, counted, listed
from abm.corridor.tables import Action, Case, Direction, Layer, Link, Post, Status

STATUS_WORDS = {
    Status.OPEN: "open",
    Status.CLOSED: "closed",
    Status.PLANNED: "planned",
    Status.UNDER_CONSTRUCTION: "under construction",
}


def network_section(case: Case) -> Section:
    """Kilometres by mode and status, borders, shut links, breaks of gauge, scheduled services."""
    countries = sorted({node.country for node in case.nodes})
    lead = (
        f"{counted(len(case.nodes), 'place')} in {counted(len(countries), 'country', 'countries')} "
        f"({', '.join(countries)}), joined by {counted(len(case.links), 'link')}. "
        "Kilometres by mode and status (number of links):"
    )
    blocks: list[Block] = [lead, _kilometres(case)]
    borders = _borders(case)
    if borders.rows:
        blocks += [
            "Land borders. Dwell is papers, parking and inspection of both sides without any queue; capacity is "
            "the smaller of the two sides, vehicles a day each way (<>: the same both ways). Queues come on top.",
            borders,
            *_staffing(case),
        ]
    blocks += _points("Links that are shut in the base year, and what opens them:", _shut(case))
    blocks += _points("Breaks of gauge:", _gauge_breaks(case))
    blocks += _points("Scheduled services:", _services(case))
    return Section("Network", tuple(blocks))


def link_name(case: Case, link: Link) -> str:
    """'Asko - Bekra (rail 1435)'."""
    names = {node.node_id: node.name for node in case.nodes}
    return f"{names[link.from_node_id]} - {names[link.to_node_id]} ({_mode_text(link)})"


def _points(lead: str, items: tuple[str, ...]) -> list[Block]:
    return [lead, Points(items)] if items else []


def _mode_text(link: Link) -> str:
    return f"{link.mode.value} {link.gauge_mm}" if link.gauge_mm else link.mode.value


def _kilometres(case: Case) -> Grid:
    cells: dict[tuple[str, Status], list[float]] = defaultdict(list)
    for link in case.links:
        cells[_mode_text(link), link.status].append(link.length_km)
    shown = [status for status in Status if any(key[1] is status for key in cells)]
    rows = tuple(
        (mode, *(f"{sum(km):,.0f} km ({len(km)})" if (km := cells.get((mode, status))) else "-" for status in shown))
        for mode in sorted({key[0] for key in cells})
    )
    return Grid(("mode", *(STATUS_WORDS[s] for s in shown)), rows, frozenset(range(1, len(shown) + 1)))


def crossings(case: Case) -> Iterator[tuple[Link, tuple[str, str], list[Post]]]:
    """Every link that crosses a land border, the two countries in its direction, and its posts."""
    country_of = {node.node_id: node.country for node in case.nodes}
    posts: dict[str, list[Post]] = defaultdict(list)
    for post in case.posts:
        posts[post.link_id].append(post)
    for link in case.links:
        pair = crossing(link, country_of)
        if pair is not None:
            yield link, pair, posts[link.link_id]


def sides(posts: list[Post], leaves: str, enters: str) -> list[Post]:
    """The posts of one direction: out of one country and into the other."""
    way = ((leaves, Direction.OUTBOUND), (enters, Direction.INBOUND))
    return [post for post in posts if (post.country, post.direction) in way]


def _borders(case: Case) -> Grid:
    rows = []
    for link, pair, posts in crossings(case):
        there, back = (_one_way(sides(posts, *way)) for way in (pair, pair[::-1]))
        name, status = link_name(case, link), STATUS_WORDS[link.status]
        if there == back:
            rows.append((name, f"{pair[0]} <> {pair[1]}", status, *there))
        else:
            rows.append((name, f"{pair[0]} > {pair[1]}", status, *there))
            rows.append(("", f"{pair[1]} > {pair[0]}", "", *back))
    columns = ("border", "way", "status", "dwell, h", "range, h", "vehicles/day", "fees, USD")
    return Grid(columns, tuple(rows), frozenset({3, 4, 5, 6}), wraps=0)


def _staffing(case: Case) -> list[str]:
    """What posts do by themselves: overtime, inspection on alert, publishing."""
    told = []
    overtime = [post for post in case.posts if post.overtime_share > 0.0]
    if overtime:
        share = _span([100.0 * post.overtime_share for post in overtime])
        told.append(
            f"At {counted(len(overtime), 'post')} {share} % of the capacity is manned only on overtime, worked from the morning "
            f"on which the line takes {_span([post.overtime_line_h for post in overtime])} h at the regular rate."
        )
    alert = [post for post in case.posts if post.alert_dwell_share > 0.0]
    if alert:
        share = _span([100.0 * post.alert_dwell_share for post in alert])
        told.append(f"On alert, inspection adds {share} % to the dwell at {counted(len(alert), 'post')}.")
    limited = [post for post in case.posts if post.queue_max is not None]
    if limited:
        told.append(
            f"{counted(len(limited), 'post')} {'has' if len(limited) == 1 else 'have'} places in line for "
            f"{_span([float(post.queue_max or 0) for post in limited])} consignments: who finds none goes round if that is "
            "cheaper, else waits outside."
        )
    silent = sum(not post.publishes for post in case.posts)
    if silent:
        told.append(f"{counted(silent, 'post')} publish no times: only who passes knows how long it takes there.")
    return [" ".join(told)] if told else []


def _span(values: list[float]) -> str:
    """``10`` or ``8-12``."""
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def dwell_range(sides: list[Post]) -> str:
    """``2.0-6.5`` hours of both sides together; a dash where no range is given."""
    low = sum(post.dwell_low_h if post.dwell_low_h is not None else post.dwell_h for post in sides)
    high = sum(post.dwell_high_h if post.dwell_high_h is not None else post.dwell_h for post in sides)
    return f"{low:.1f}-{high:.1f}" if high > low else "-"


def _one_way(sides: list[Post]) -> tuple[str, str, str, str]:
    """Dwell, range, capacity and fees of one direction."""
    if not sides:
        return "-", "-", "-", "-"
    return (
        f"{sum(post.dwell_h for post in sides):.1f}",
        dwell_range(sides),
        f"{min(post.capacity_vehicles_per_day for post in sides):,.0f}",
        f"{sum(post.fee_usd_per_vehicle for post in sides):,.0f}",
    )


def shut_links(case: Case) -> list[tuple[Link, list[str]]]:
    """Links that are not open in the base year, each with the policies that open it."""
    openers: dict[str, list[str]] = defaultdict(list)
    for step in case.policies:
        if step.action is Action.OPEN_LINK and step.policy_id not in openers[step.target]:
            openers[step.target].append(step.policy_id)
    return [(link, openers[link.link_id]) for link in case.links if link.status is not Status.OPEN]


def _shut(case: Case) -> tuple[str, ...]:
    return tuple(
        f"{link_name(case, link)}, {link.length_km:,.0f} km, {STATUS_WORDS[link.status]}: "
        + (f"opened by {listed(openers)}" if openers else "no policy of this case opens it")
        for link, openers in shut_links(case)
    )


def _gauge_breaks(case: Case) -> tuple[str, ...]:
    names = {node.node_id: node.name for node in case.nodes}
    rails = {layer_of(link) for link in case.links if link.gauge_mm}
    return tuple(
        f"{names[t.node_id]}: {t.from_layer.value.removeprefix('rail')} / {t.to_layer.value.removeprefix('rail')} mm, "
        f"{t.dwell_h:g} h and {t.handling_usd_t:g} USD/t to change wagons"
        for t in case.terminals
        if t.from_layer is not Layer.ZONE and {t.from_layer, t.to_layer} <= rails
    )


def _services(case: Case) -> tuple[str, ...]:
    found = []
    for link in case.links:
        if link.headway_h is None:
            continue
        parts = [f"a departure every {link.headway_h:g} h"]
        if link.places_t is not None:
            parts.append(f"of up to {link.places_t:,.0f} t")
        if link.minimum_load_t:
            wait = f" unless someone has waited {link.longest_wait_h:g} h" if link.longest_wait_h else ""
            parts.append(f"skipped below {link.minimum_load_t:,.0f} t{wait}")
        found.append(f"{link_name(case, link)}: {', '.join(parts)}")
    return tuple(found)
