"""Loaded vehicles that the flows send over each post, and the background that fills the post up to its count."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from experiments.border_posts import post_id
from experiments.build_south_caucasus.graph import Graph, build
from experiments.build_south_caucasus.tables_io import number, read, sources, text

Row = dict[str, str]

DAYS = 365.0
EMPTY_SHARE = 0.3
EMPTY_LANE_FACTOR = 0.4
#: Lane time of an average vehicle of a count, relative to a loaded one.
MEAN_LANE_FACTOR = 1.0 - EMPTY_SHARE * (1.0 - EMPTY_LANE_FACTOR)


@dataclass(frozen=True)
class Tables:
    """The network tables of the case while it is built."""

    nodes: list[Row]
    links: list[Row]
    posts: list[Row]
    terminals: list[Row]
    rates: list[Row]
    commodities: list[Row]

    @property
    def country(self) -> dict[str, str]:
        """Node -> country."""
        return {row["node_id"]: row["country"] for row in self.nodes}


class Assigner:
    """Cheapest route of each cargo class when a way is prescribed: by road (or sea), or by rail (or sea), around some links."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.graphs: dict[tuple[str, str], Graph] = {}
        self.cargo = {row["commodity_id"]: row["cargo_class"] for row in tables.commodities}
        self.payload = {(row["mode"], row["cargo_class"]): number(row["payload_t"]) for row in tables.rates}
        self.mode_of_post = {row["post_id"]: self._mode(row["link_id"]) for row in tables.posts}

    def _mode(self, link_id: str) -> str:
        return next(row["mode"] for row in self.tables.links if row["link_id"] == link_id)

    def graph(self, cargo_class: str, way: str) -> Graph:
        """Graph of a class along a way: georgia-rail, georgia-road, iran-road, road or rail."""
        key = (cargo_class, way)
        if key not in self.graphs:
            shut = {"iran-road": ("sadakhlo", "bavra"), "georgia-road": ("agarak",)}.get(way, ())
            closed = {row["link_id"] for row in read("bcps.csv") if row["bcp_id"] in shut}
            country = self.tables.country

            def usable(link: Row) -> bool:
                border = country[link["from_node_id"]] != country[link["to_node_id"]]
                wrong = (link["mode"] == "road" and border) if way.endswith("rail") else link["mode"] == "rail"
                return link["status"] == "open" and link["link_id"] not in closed and not wrong

            tables = self.tables
            self.graphs[key] = build(tables.links, tables.posts, tables.terminals, tables.rates, cargo_class, usable)
        return self.graphs[key]

    def vehicles(self, flow: Row, shares: dict[str, float]) -> dict[str, float]:
        """Loaded vehicles a day over each post if ``shares`` of the tonnes take each way; a way without a route is left out.

        Raises ValueError when no way has a route.
        """
        cargo = self.cargo[flow["commodity"]]
        ends = f"{flow['origin']}/zone:out", f"{flow['destination']}/zone:in"
        routes = {way: self.graph(cargo, way).route(*ends) for way, share in shares.items() if share > 0.0}
        passed = {way: route.posts for way, route in routes.items() if route is not None}
        total = sum(shares[way] for way in passed)
        if routes and total <= 0.0:
            raise ValueError(f"no route for flow {flow['flow_id']}")
        found: dict[str, float] = {}
        for way, posts in passed.items():
            for post in posts:
                trucks = number(flow["tonnes"]) / DAYS / self.payload[(self.mode_of_post[post], cargo)]
                found[post] = found.get(post, 0.0) + trucks * shares[way] / total
        return found


def modelled(assigner: Assigner, flows: Iterable[Row], ways: Iterable[str]) -> dict[str, float]:
    """Loaded vehicles a day over each post from all flows, by the ways of the build (not by the model's choice)."""
    names = list(ways)
    found: dict[str, float] = {}
    for flow in flows:
        shares = {way: number(flow.get(f"way_{way}", "")) for way in names}
        for post, load in assigner.vehicles(flow, shares).items():
            found[post] = found.get(post, 0.0) + load
    return found


#: Posts of these countries are what the case is about: their background moves in small lots, that of far posts in large ones.
NEAR = ("am", "ge", "az")
NEAR_LOT, FAR_LOT = 6, 40
#: Wagons come by the train: half of one, but no more than the post handles in an hour, so that a small station is not taken up by
#: one lot for most of the day. A far post that handles more than ``FAR_LOT`` in an hour gets an hour's vehicles in a lot.
TRAIN_LOT = 25
HOURS = 24.0


def background(loads: dict[str, float], level: float, countries: dict[str, tuple[str, str]]) -> list[Row]:
    """Rows of ``background.csv``: count x level x season, less the modelled vehicles; raises ValueError when negative."""
    season = {int(row["month"]): number(row["trucks_per_day_share"]) for row in read("season.csv")}
    made: list[Row] = []
    wrong: list[str] = []
    for bcp in read("bcps.csv"):
        if not bcp["count_2021"]:
            continue
        count = number(bcp["count_2021"]) * (level if bcp["season"] == "1" else 1.0)
        months = season if bcp["season"] == "1" else {0: 1.0}
        for country in countries[bcp["bcp_id"]]:
            for direction in ("outbound", "inbound"):
                post = post_id(bcp["bcp_id"], country, direction)
                for month, share in months.items():
                    left = count * share - loads.get(post, 0.0)
                    if left < 0.0:
                        wrong.append(
                            f"{post} month {month}: count {count * share:.0f}, modelled {loads.get(post, 0.0):.0f}"
                        )
                    made += _rows(bcp, post, month, left, count * share)
    if wrong:
        raise ValueError("negative residual: more vehicles modelled than counted at " + "; ".join(wrong))
    return made


def _rows(bcp: Row, post: str, month: int, left: float, count: float) -> list[Row]:
    empty = min(left, EMPTY_SHARE * count)
    common = {"post_id": post, "month": str(month), "source": sources(f"{bcp['source']};DER"), "grade": "C"}
    common["lot_vehicles"] = text(_lot(bcp, post))
    parts = (
        (left - empty, 1.0, "loaded vehicles that no flow explains: count less modelled"),
        (empty, EMPTY_LANE_FACTOR, "empty returns"),
    )
    return [
        common | {"vehicles_per_day": text(vehicles, 1), "lane_factor": text(factor), "note": note}
        for vehicles, factor, note in parts
        if vehicles > 0.05
    ]


def _lot(bcp: Row, post: str) -> float:
    """Vehicles of the background that move as one."""
    an_hour = math.floor(number(bcp["capacity_per_day"]) / HOURS)
    if post.split(".")[1] not in NEAR:
        return max(FAR_LOT, an_hour)
    return max(NEAR_LOT, min(TRAIN_LOT, an_hour)) if bcp["kind"] == "rail" else NEAR_LOT


def seasonal_wait_h(load: float, cycles: int = 6) -> float:
    """Mean wait of a queue that only the season fills, hours: fluid queue at mean load ``load``, steady yearly cycle.

    ``Q' = demand(month) - capacity`` while Q > 0; the wait of an arrival is Q / capacity. Random arrivals and closures add to it.
    """
    share = [number(row["trucks_per_day_share"]) for row in read("season.csv")]
    mean = float(np.mean(share))
    days = np.repeat(np.array(share) / mean, 30)
    queue, waits, weights = 0.0, [], []
    for cycle in range(cycles):
        for demand in days * load:
            queue = max(queue + demand - 1.0, 0.0)
            if cycle == cycles - 1:
                waits.append(queue * 24.0)
                weights.append(demand)
    return float(np.average(waits, weights=weights))
