"""Warnings: what does not stop a run but a careful user would look at."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from abm.corridor.carrier_rules import carrier_doubts
from abm.corridor.coherence import range_columns
from abm.corridor.folder import Reading
from abm.corridor.prose import first_of
from abm.corridor.size import Size, measure
from abm.corridor.tables import (
    TABLES,
    Action,
    Background,
    Commodity,
    Flow,
    Link,
    Mode,
    Node,
    PolicyStep,
    Post,
    Sourced,
    Status,
    Terminal,
)
from abm.errors import Problem

#: More consignments a day than this make a case slow.
BUSY_PER_DAY = 2_000.0
#: Longest extra wait that lots may cause, hours.
LONG_LOT_BIAS_H = 4.0
_SHOWN = 4


def doubts(reading: Reading) -> Iterator[Problem]:
    """Everything doubtful that concerns single tables, many rows in one line."""
    yield from _no_ranges(reading)
    yield from _never_full(reading)
    yield from _flows(reading)
    yield from _nodes(reading)
    yield from _policies(reading)
    yield from _nothing_to_scale(reading)
    yield from _overload(reading)
    yield from carrier_doubts(reading)
    yield from _size(measure(reading))


def _listed(names: Iterable[str]) -> str:
    return first_of(list(names), _SHOWN)


def _no_ranges(reading: Reading) -> Iterator[Problem]:
    """Numbers from memory that are treated as certain."""
    for file, (_, kind, keys, _) in TABLES.items():
        if not issubclass(kind, Sourced):
            continue
        for column, low, high in range_columns(kind):
            bare = [
                "/".join(str(getattr(row, key)) for key in keys)
                for _, row in reading.located(kind)
                if row.grade == "C" and getattr(row, column) and getattr(row, low) is None
            ]
            if bare:
                rule = f"have grade C and no {low} and {high}: {_listed(bare)}"
                yield Problem(file, rule, column, f"{len(bare)} rows")


def _never_full(reading: Reading) -> Iterator[Problem]:
    bare = [
        link.link_id
        for _, link in reading.located(Link)
        if link.mode is Mode.RAIL and link.capacity_t_per_day is None and link.headway_h is None
    ]
    if bare:
        rule = f"have neither capacity_t_per_day nor headway_h and are never full: {_listed(bare)}"
        yield Problem("links.csv", rule, "capacity_t_per_day", f"{len(bare)} rail links")


def _flows(reading: Reading) -> Iterator[Problem]:
    lots = {row.commodity_id: row.lot_t for _, row in reading.located(Commodity)}
    flows = [flow for _, flow in reading.located(Flow)]
    same = Counter((flow.origin, flow.destination, flow.commodity, flow.kind) for flow in flows)
    twice = ["/".join(key[:3]) for key, count in same.items() if count > 1]
    if twice:
        yield Problem("flows.csv", f"stand in several rows: {_listed(twice)}", "origin/destination/commodity")
    small = [f.flow_id for f in flows if 0 < f.tonnes < f.n_shippers * lots.get(f.commodity, 0.0)]
    if small:
        rule = f"leave each shipper less than one lot a year: {_listed(small)}"
        yield Problem("flows.csv", rule, "n_shippers", f"{len(small)} flows")
    commodities = set(lots) - {flow.commodity for flow in flows}
    if flows and commodities:
        yield Problem("commodities.csv", f"are in no flow: {_listed(sorted(commodities))}", "commodity_id")


def _nodes(reading: Reading) -> Iterator[Problem]:
    used = {node for _, link in reading.located(Link) for node in (link.from_node_id, link.to_node_id)}
    for place, node in reading.located(Node):
        if used and node.node_id not in used:
            yield Problem(place, "is on no link", "node_id", repr(node.node_id))


def _policies(reading: Reading) -> Iterator[Problem]:
    """Friction lifted where there is none."""
    country = {node.node_id: node.country for _, node in reading.located(Node)}
    pairs: dict[frozenset[str], bool] = defaultdict(bool)
    for _, flow in reading.located(Flow):
        ends = frozenset((country.get(flow.origin, ""), country.get(flow.destination, "")))
        pairs[ends] |= flow.potential_tonnes is not None
    for place, step in reading.located(PolicyStep):
        if step.action is Action.LIFT_FRICTION and not pairs[frozenset(step.target.split("-"))]:
            rule = "has no flow with potential_tonnes: there is no friction to lift"
            yield Problem(place, rule, "target", repr(step.target))


def _nothing_to_scale(reading: Reading) -> Iterator[Problem]:
    """Capacity scaled where there is none."""
    bare = {
        link.link_id: "link"
        for _, link in reading.located(Link)
        if (link.capacity_t_per_day is None if link.headway_h is None else link.places_t is None)
    } | {row.terminal_id: "terminal" for _, row in reading.located(Terminal) if row.capacity_t_per_day is None}
    for place, step in reading.located(PolicyStep):
        if step.action is Action.SCALE_CAPACITY and step.target in bare:
            what = bare[step.target]
            more = " (posts on it are scaled by their own names)" if what == "link" else ""
            yield Problem(place, f"is a {what} without a capacity: nothing changes{more}", "target", repr(step.target))


def _overload(reading: Reading) -> Iterator[Problem]:
    """Posts that other traffic alone fills."""
    month_load: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for _, row in reading.located(Background):
        for month in range(1, 13) if row.month == 0 else (row.month,):
            month_load[row.post_id][month] += row.vehicles_per_day * row.lane_factor
    for place, post in reading.located(Post):
        busiest = max(month_load[post.post_id].values(), default=0.0)
        if busiest >= post.capacity_vehicles_per_day:
            rule = f"is not more than the background traffic of the busiest month ({busiest:g} a day): the queue never ends"
            yield Problem(place, rule, "capacity_vehicles_per_day", f"{post.capacity_vehicles_per_day:g}")


def _size(size: Size) -> Iterator[Problem]:
    if size.consignments_per_day > BUSY_PER_DAY:
        rule = f"make {size.consignments_per_day:,.0f} consignments a day: larger lots run faster"
        yield Problem("commodities.csv", rule, "lot_t")
    if size.lot_bias_h > LONG_LOT_BIAS_H:
        where = f"{size.lot_bias_commodity} at {size.lot_bias_post}"
        rule = f"add up to {size.lot_bias_h:.1f} h to waits ({where}): smaller lots are truer"
        yield Problem("commodities.csv", rule, "lot_t")
    if not size.n_links.get(Status.OPEN.value):
        yield Problem("links.csv", "is open on no link: nothing can move in the base year", "status")
