"""How big a case is to simulate, and what its lots do to waiting times."""

from collections import Counter
from dataclasses import dataclass

from abm.corridor.folder import Reading
from abm.corridor.tables import Background, Commodity, Flow, Link, Mode, Node, PolicyStep, Post, Rate, Status
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY


@dataclass(frozen=True, slots=True)
class Size:
    """Counts of one case. ``lot_bias_h``: greatest extra wait of the last vehicle of a lot at an open road post, at
    ``lot_bias_post`` for ``lot_bias_commodity``: (n - 1) service times over the servers, which single vehicles would not have.
    """

    n_nodes: int
    n_links: dict[str, int]
    n_posts: int
    n_flows: int
    n_shippers: int
    n_policies: int
    tonnes_per_year: float
    consignments_per_day: float
    background_vehicles_per_day: float
    lot_bias_h: float
    lot_bias_post: str
    lot_bias_commodity: str


def measure(reading: Reading) -> Size:
    """Counts from the rows that hold."""
    lots = {row.commodity_id: row.lot_t for _, row in reading.located(Commodity)}
    flows = [flow for _, flow in reading.located(Flow)]
    links = [link for _, link in reading.located(Link)]
    bias, post, commodity = _lot_bias(reading, {flow.commodity for flow in flows})
    return Size(
        n_nodes=sum(1 for _ in reading.located(Node)),
        n_links=dict(Counter(link.status.value for link in links)),
        n_posts=sum(1 for _ in reading.located(Post)),
        n_flows=len(flows),
        n_shippers=sum(flow.n_shippers for flow in flows),
        n_policies=len({step.policy_id for _, step in reading.located(PolicyStep)}),
        tonnes_per_year=sum(flow.tonnes for flow in flows),
        consignments_per_day=sum(
            flow.tonnes / DAYS_PER_YEAR / lots[flow.commodity] for flow in flows if flow.commodity in lots
        ),
        background_vehicles_per_day=_background(reading),
        lot_bias_h=bias,
        lot_bias_post=post,
        lot_bias_commodity=commodity,
    )


def _background(reading: Reading) -> float:
    """Vehicles a day over all posts: rows of single months count for a twelfth."""
    rows = [row for _, row in reading.located(Background)]
    return sum(row.vehicles_per_day / (12 if row.month else 1) for row in rows)


def _lot_bias(reading: Reading, carried: set[str]) -> tuple[float, str, str]:
    """(hours, post, commodity) of the greatest lot bias at a road post that is open."""
    roads = {link.link_id for _, link in reading.located(Link) if link.mode is Mode.ROAD and link.status is Status.OPEN}
    payloads = {rate.cargo_class: rate.payload_t for _, rate in reading.located(Rate) if rate.mode is Mode.ROAD}
    found = (0.0, "", "")
    for _, post in reading.located(Post):
        if post.link_id not in roads:
            continue
        for _, commodity in reading.located(Commodity):
            if commodity.cargo_class in payloads and commodity.commodity_id in carried:
                extra = max(0.0, commodity.lot_t / payloads[commodity.cargo_class] - 1.0)
                bias = extra * HOURS_PER_DAY / post.capacity_vehicles_per_day
                found = max(found, (bias, post.post_id, commodity.commodity_id))
    return found
