"""What the build says about itself: margins and residuals, trade by partner, loads of the posts, distances. Markdown lines."""

from pathlib import Path

import numpy as np

from experiments.border_posts import post_id
from experiments.build_south_caucasus.build import Built
from experiments.build_south_caucasus.graph import Route, build
from experiments.build_south_caucasus.tables_io import number, read
from experiments.build_south_caucasus.trade import WAYS, Trade
from experiments.build_south_caucasus.traffic import MEAN_LANE_FACTOR, seasonal_wait_h

START, END = "<!-- built tables: start -->", "<!-- built tables: end -->"
LEVELS = (1.0, 1.27, 1.53)
OPENINGS = {
    "today": (),
    "+ Gyumri-Kars": ("R32", "R33", "R34"),
    "+ Ijevan": ("R46", "R47", "R48"),
    "+ Yeraskh and Meghri": ("R37", "R38", "R40", "R41", "R42", "R43"),
    "+ Margara": ("H19",),
    "+ Meghri and Kars-Dilucu": ("R38", "R40", "R41", "R42", "R43", "R49", "R50"),
}
CHECKS = (
    ("YER", "MER", "rail", "today", 2005),
    ("YER", "MER", "rail", "+ Gyumri-Kars", 1640),
    ("YER", "IST", "rail", "today", 2415),
    ("YER", "IST", "rail", "+ Gyumri-Kars", 2050),
    ("YER", "MOW", "rail", "today", 3432),
    ("YER", "MOW", "rail", "+ Ijevan", 3179),
    ("YER", "MOW", "rail", "+ Yeraskh and Meghri", 3194),
    ("YER", "BAK", "rail", "today", 943),
    ("YER", "BAK", "rail", "+ Ijevan", 690),
    ("YER", "TEH", "rail", "+ Yeraskh and Meghri", 1075),
    ("YER", "POA", "rail", "today", 676),
    ("BAK", "KAR", "rail", "today", 860),
    ("BAK", "KAR", "rail", "+ Meghri and Kars-Dilucu", 867),
    ("NAK", "BAK", "rail", "+ Yeraskh and Meghri", 553),
    ("YER", "IST", "road", "today", 1814),
    ("YER", "IST", "road", "+ Margara", 1574),
    ("YER", "MER", "road", "today", 1494),
    ("YER", "MER", "road", "+ Margara", 1254),
    ("YER", "MOW", "road", "today", 2268),
    ("YER", "TEH", "road", "today", 1237),
    ("YER", "TEH", "road", "+ Margara", 1024),
)


def route(built: Built, ends: tuple[str, str], mode: str, opening: str) -> Route | None:
    """Cheapest route of general cargo between the modes' own nodes, terminals of the ends left out."""
    opened = set(OPENINGS[opening])
    tables = built.tables

    def usable(link: dict[str, str]) -> bool:
        return link["mode"] == mode and (link["status"] == "open" or link["link_id"] in opened)

    graph = build(tables.links, tables.posts, tables.terminals, tables.rates, "general", usable)
    layers = {node: _layer(graph.states, node, mode) for node in ends}
    return graph.route(f"{ends[0]}/{layers[ends[0]]}", f"{ends[1]}/{layers[ends[1]]}")


def _layer(states: list[str], node: str, mode: str) -> str:
    if mode != "rail":
        return mode
    return next(layer for layer in ("rail1520", "rail1435") if f"{node}/{layer}" in states)


def report(built: Built) -> list[str]:
    """All tables as Markdown lines."""
    lines = [f"Truck traffic of the posts: {built.level:g} times that of 2021.", ""]
    for side in (built.imports, built.exports):
        lines += _margins(side) + _partners(side)
    return lines + _posts(built) + _levels() + _routes(built)


def _table(title: str, head: list[str], rows: list[list[str]]) -> list[str]:
    bars = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return [f"### {title}", "", *bars, ""]


def _margins(side: Trade) -> list[str]:
    sign = {row["margin"]: row for row in read("margins.csv") if row["side"] == side.side}
    rows = []
    for row, way in enumerate(WAYS):
        wanted = sign.get(way)
        before, after = float(side.seed_kt[:, :, row].sum()), side.way_kt(way)
        target = number(wanted["kt"]) if wanted else None
        rows.append(
            [
                way,
                f"{before:.0f}",
                f"{after:.1f}",
                f"{target:.1f}" if target is not None else "free",
                f"{after - target:+.2e}" if target is not None else "",
            ]
        )
    for name, left in side.fit.residuals.items():
        if name != "ways":
            rows.append([name, "", "", f"{left.size} groups", f"{np.abs(left).max():.2e} at most"])
    total = float(side.kt.sum())
    rows.append(["all", f"{side.seed_kt.sum():.0f}", f"{total:.0f}", "", ""])
    implied = float((side.kt.sum(axis=2) * side.unit_value_usd_t).sum() / 1000.0)
    wanted_value = float(side.value_musd.sum())
    rows.append(["value, million USD", f"{wanted_value:.0f}", f"{implied:.0f}", "", f"{implied - wanted_value:+.0f}"])
    title = f"{side.side.capitalize()}s: margins, kt ({side.fit.sweeps} sweeps)"
    return _table(title, ["margin", "seed", "balanced", "known", "residual"], rows)


def _partners(side: Trade) -> list[str]:
    rows = []
    for row, partner in enumerate(side.partners):
        kt = side.kt[row]
        if kt.sum() <= 0.0:
            continue
        implied = float((kt.sum(axis=1) * side.unit_value_usd_t[row]).sum() / 1000.0)
        ways = [f"{kt[:, way].sum():.0f}" for way in range(len(WAYS))]
        rows.append([partner, f"{side.value_musd[row].sum():.0f}", f"{implied:.0f}", f"{kt.sum():.0f}", *ways])
    head = ["partner", "value, million USD", "value of the flows", "kt", *WAYS]
    lines = _table(f"{side.side.capitalize()}s by partner", head, rows)
    goods = []
    for column, commodity in enumerate(side.commodities):
        kt = side.kt[:, column, :]
        if kt.sum() > 0.0:
            mean = float((kt.sum(axis=1) * side.unit_value_usd_t[:, column]).sum() / kt.sum())
            goods.append([commodity, f"{kt.sum():.0f}", f"{kt[:, 0].sum():.0f}", f"{mean:.0f}"])
    return lines + _table(
        f"{side.side.capitalize()}s by commodity", ["commodity", "kt", "of it by rail", "USD/t"], goods
    )


def _posts(built: Built) -> list[str]:
    extra: dict[str, float] = {}
    for row in built.background:
        share = 1.0 if row["month"] == "0" else 1.0 / 12.0
        load = number(row["vehicles_per_day"]) * number(row["lane_factor"]) * share
        extra[row["post_id"]] = extra.get(row["post_id"], 0.0) + load
    rows = []
    for bcp in read("bcps.csv"):
        ends = dict.fromkeys(post["country"] for post in built.tables.posts if post["bcp_id"] == bcp["bcp_id"])
        for country in ends:
            post = post_id(bcp["bcp_id"], country, "outbound")
            modelled = built.loads.get(post, 0.0)
            capacity = number(bcp["capacity_per_day"]) * MEAN_LANE_FACTOR
            if not bcp["count_2021"] and modelled <= 0.0:
                continue
            count = f"{number(bcp['count_2021']):.0f}" if bcp["count_2021"] else ""
            load = (modelled + extra.get(post, 0.0)) / capacity
            rows.append(
                [post, count, f"{modelled:.0f}", f"{extra.get(post, 0.0):.0f}", f"{capacity:.0f}", f"{load:.2f}"]
            )
    head = ["post", "counted a day", "modelled loaded", "background, in loaded trucks", "capacity", "mean load"]
    return _table("Posts, one direction (trucks or wagons a day)", head, rows)


def _levels() -> list[str]:
    rows = []
    for bcp in read("bcps.csv"):
        if bcp["calibrated"] != "1":
            continue
        ratio = number(bcp["count_2021"]) / number(bcp["capacity_per_day"])
        cells = [f"{ratio * level:.2f} / {seasonal_wait_h(ratio * level):.1f} h" for level in LEVELS]
        rows.append([bcp["bcp_id"], *cells])
    head = ["crossing", "traffic of 2021", "base year (1.27)", "2023 (1.53)"]
    return _table(
        "Calibrated posts: mean load and mean wait that the season alone makes if nobody goes elsewhere", head, rows
    )


def _routes(built: Built) -> list[str]:
    rows = []
    for origin, destination, mode, opening, published in CHECKS:
        found = route(built, (origin, destination), mode, opening)
        if found is None:
            raise ValueError(f"no {mode} route {origin}-{destination} {opening}")
        difference = f"{(found.km / published - 1.0) * 100:+.1f} %"
        days = f"{found.hours / 24:.1f}"
        rows.append(
            [
                f"{origin}-{destination}",
                mode,
                opening,
                f"{found.km:.0f}",
                str(published),
                difference,
                days,
                f"{found.usd_t:.0f}",
            ]
        )
    head = ["from-to", "mode", "network", "km", "km, independent table", "difference", "days", "USD/t"]
    return _table(
        "Distances against an independent route table (general cargo, terminals of the ends left out)", head, rows
    )


def write_into(readme: Path, lines: list[str]) -> None:
    """Replace what stands between the two marks of the README. Raises ValueError when a mark is missing."""
    text = readme.read_text(encoding="utf-8")
    if START not in text or END not in text:
        raise ValueError(f"{readme} lacks the marks {START} and {END}")
    before, after = text.split(START)[0], text.split(END)[1]
    readme.write_text(f"{before}{START}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")
