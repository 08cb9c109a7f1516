"""The whole build in order: network, trade, exogenous and potential flows, traffic at the posts, tables."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from abm.corridor.tables import TABLES
from experiments.border_posts import posts, sides
from experiments.build_south_caucasus.network import links, nodes, terminals
from experiments.build_south_caucasus.sources import write_sources
from experiments.build_south_caucasus.tables_io import CASE, INPUTS, number, read, sources, text, write
from experiments.build_south_caucasus.trade import WAYS, Trade, flows, shippers, trade
from experiments.build_south_caucasus.traffic import MEAN_LANE_FACTOR, Assigner, Tables, background, modelled

Row = dict[str, str]

#: Truck traffic of the base year at the posts, times that of 2021: half-way between 2021 (1) and 2023 (1.53).
TRAFFIC_LEVEL = 1.27
MODES = ("road", "rail")
#: Tables that the build writes; all others of the case are written by hand.
BUILT = (
    "nodes.csv", "links.csv", "borders.csv", "terminals.csv", "commodities.csv", "flows.csv", "background.csv", "sources.csv"
)  # fmt: skip


@dataclass(frozen=True)
class Built:
    """Everything a report needs."""

    tables: Tables
    isolated: list[str]
    imports: Trade
    exports: Trade
    flows: list[Row]
    loads: dict[str, float]
    background: list[Row]
    level: float


def exogenous() -> list[Row]:
    """Flows of others that share the borders."""
    made = []
    for row in read("exogenous.csv"):
        tonnes = number(row["kt"]) * 1000.0
        made.append(
            {
                "flow_id": f"tr-{row['mode']}-{row['commodity']}-{row['origin']}-{row['destination']}",
                "origin": row["origin"],
                "destination": row["destination"],
                "commodity": row["commodity"],
                "kind": "exogenous",
                "tonnes": text(tonnes, 0),
                "n_shippers": str(min(shippers(tonnes), 3)),
                "source": sources(row["source"]),
                "grade": row["grade"],
                "note": f"{row['low_kt']}-{row['high_kt']} kt; {row['note']}".strip("; "),
                f"way_{row['mode']}": "1",
            }
        )
    return made


def potential() -> list[Row]:
    """Relations that are absent today: 0 tonnes, and what gravity predicts without friction."""
    return [
        {
            "flow_id": f"po-{row['commodity']}-{row['origin']}-{row['destination']}",
            "origin": row["origin"],
            "destination": row["destination"],
            "commodity": row["commodity"],
            "kind": "trade",
            "tonnes": row["tonnes"],
            "unit_value_usd_t": row["unit_value_usd_t"],
            "potential_tonnes": row["potential_tonnes"],
            "n_shippers": str(min(shippers(number(row["potential_tonnes"])), 3)),
            "source": sources(row["source"]),
            "grade": row["grade"],
            "note": row["note"] or "absent in the base year",
        }
        for row in read("potential.csv")
    ]


def with_potential(listed: list[Row], country: Mapping[str, str]) -> list[Row]:
    """Existing imports from estranged pairs get the potential that their pair's total implies (``pair_potential.csv``)."""
    factor = {(row["origin_country"], row["destination_country"]): row for row in read("pair_potential.csv")}
    for flow in listed:
        row = factor.get((country[flow["origin"]], country[flow["destination"]]))
        if row and number(flow["tonnes"]) > 0:
            flow["potential_tonnes"] = text(number(flow["tonnes"]) * number(row["times"]), 0)
            flow["source"] = sources(f"{flow['source']};{row['source']}")
    return listed


def measured() -> dict[str, float]:
    """Loaded vehicles a day over each post as the running model last sent them (``measure``), or nothing."""
    if not (INPUTS / "modelled.csv").exists():
        return {}
    return {row["post_id"]: number(row["vehicles_per_day"]) for row in read("modelled.csv")}


def build_case(level: float, out: Path) -> Built:
    """Write nodes, links, borders, terminals, commodities, flows, background and sources to ``out``."""
    linked = links()
    noded, isolated = nodes(linked)
    country = {row["node_id"]: row["country"] for row in noded}
    goods = [{key: cell for key, cell in row.items() if key != "rail_propensity"} for row in read("commodities.csv")]
    crossings = read("bcps.csv")
    posted = posts(crossings, linked, country)
    for post in posted:
        post["capacity_vehicles_per_day"] = text(number(post["capacity_vehicles_per_day"]) * MEAN_LANE_FACTOR, 1)
    tables = Tables(noded, linked, posted, terminals(), read("rates.csv", CASE), goods)
    imports, exports = trade("import"), trade("export")
    listed = with_potential(flows(imports), country) + flows(exports) + potential() + exogenous()
    loads = modelled(Assigner(tables), listed, (*WAYS, *MODES)) | measured()
    rest = background(loads, level, sides(crossings, linked, country))
    _copy_by_hand(out)
    for name, rows in (
        ("nodes.csv", noded),
        ("links.csv", linked),
        ("borders.csv", posted),
        ("terminals.csv", tables.terminals),
        ("commodities.csv", goods),
        ("flows.csv", [{key: cell for key, cell in row.items() if not key.startswith("way_")} for row in listed]),
        ("background.csv", rest),
    ):
        write(out, name, rows)
    write_sources(out)
    return Built(tables, isolated, imports, exports, listed, loads, rest, level)


def _copy_by_hand(out: Path) -> None:
    """Tables that are written by hand, so that another folder becomes a whole case."""
    out.mkdir(parents=True, exist_ok=True)
    by_hand = [name for name in TABLES if name not in BUILT and (CASE / name).exists()]
    for name in (*by_hand, "case.toml"):
        if not (out / name).exists():
            shutil.copyfile(CASE / name, out / name)
