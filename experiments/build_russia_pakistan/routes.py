"""Kilometres, days and USD/t of the twelve routes of ``routes_check.csv`` on the network as built, for boxes.

Days hold line-haul, the posts of each border, changes of gauge or mode, and the dwell of the ports; USD/t hold the freight of the
links alone, as in the independent table (no handling, no fees).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from experiments.build_russia_pakistan.tables_io import Row, number, read

HOURS = 24.0
CARGO = "container"


@dataclass(frozen=True)
class Check:
    """One route as the network has it, beside the independent table's central value and range."""

    route: str
    km: float
    km_table: float
    days: float
    days_table: tuple[float, float, float]
    usd_t: float
    usd_table: tuple[float, float, float]

    @property
    def agrees(self) -> bool:
        """Kilometres to 2 %, days and USD/t within the table's range."""
        days, usd = self.days_table, self.usd_table
        near = abs(self.km / self.km_table - 1.0) <= 0.02
        return near and days[1] <= self.days <= days[2] and usd[1] <= self.usd_t <= usd[2]


def check_routes(tables: Mapping[str, list[Row]], rates: list[Row]) -> list[Check]:
    """All routes of the table. Raises ValueError where the links of a route do not join."""
    return [_check(row, tables, rates) for row in read("routes_check.csv")]


def _check(row: Row, tables: Mapping[str, list[Row]], rates: list[Row]) -> Check:
    links = {link["link_id"]: link for link in tables["links.csv"]}
    factor = {rate["mode"]: number(rate["rate_factor"]) for rate in rates if rate["cargo_class"] == CARGO}
    ways = list(_ways([links[name] for name in row["links"].split("|")]))
    km = sum(number(link["length_km"]) for link, _, _ in ways)
    usd = sum(number(link["length_km"]) * number(link["rate_usd_tkm"]) * factor[link["mode"]] for link, _, _ in ways)
    hours = sum(number(link["length_km"]) / number(link["free_speed_kmh"]) for link, _, _ in ways)
    hours += _border_hours(ways, tables) + _transfer_hours(ways, tables, set(row["dwell_nodes"].split("|")))
    return Check(
        row["route"], km, number(row["km"]), hours / HOURS,
        (number(row["days"]), number(row["days_low"]), number(row["days_high"])),
        usd, (number(row["usd_per_t"]), number(row["usd_low"]), number(row["usd_high"])),
    )  # fmt: skip


def _ways(chain: list[Row]) -> Iterator[tuple[Row, str, str]]:
    """(link, start, end) in the order of travel."""
    ends = [{link["from_node_id"], link["to_node_id"]} for link in chain]
    here = (ends[0] - ends[1]).pop() if len(ends) > 1 else chain[0]["from_node_id"]
    for link, pair in zip(chain, ends, strict=True):
        if here not in pair:
            raise ValueError(f"{link['link_id']} does not start at {here}")
        there = (pair - {here}).pop()
        yield link, here, there
        here = there


def _border_hours(ways: list[tuple[Row, str, str]], tables: Mapping[str, list[Row]]) -> float:
    country = {node["node_id"]: node["country"] for node in tables["nodes.csv"]}
    dwell = {
        (post["link_id"], post["country"], post["direction"]): number(post["dwell_h"]) for post in tables["borders.csv"]
    }
    return sum(
        dwell.get((link["link_id"], country[start], "outbound"), 0.0)
        + dwell.get((link["link_id"], country[end], "inbound"), 0.0)
        for link, start, end in ways
        if country[start] != country[end]
    )


def _layer(link: Row) -> str:
    return f"rail{link['gauge_mm']}" if link["mode"] == "rail" else link["mode"]


def _transfer_hours(ways: list[tuple[Row, str, str]], tables: Mapping[str, list[Row]], ports: set[str]) -> float:
    """Changes of mode and gauge on the way, and the port at the end where the table counts it."""
    dwell = {
        (row["node_id"], frozenset((row["from_layer"], row["to_layer"]))): number(row["dwell_h"])
        for row in tables["terminals.csv"]
    }
    total = 0.0
    for (link, _, node), (following, _, _) in pairwise(ways):
        layers = frozenset((_layer(link), _layer(following)))
        if len(layers) > 1:
            total += dwell[node, layers]
    end = ways[-1][2]
    if end in ports:
        at_end = [
            hours for (node, layers), hours in dwell.items() if node == end and "sea" in layers and "zone" not in layers
        ]
        total += max(at_end)
    return total
