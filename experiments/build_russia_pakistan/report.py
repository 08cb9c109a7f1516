"""What the build says about itself: trade by pair, load of the borders, routes against an independent table. Markdown lines."""

from collections import defaultdict
from pathlib import Path

from experiments.build_russia_pakistan.build import Built, measured
from experiments.build_russia_pakistan.routes import check_routes
from experiments.build_russia_pakistan.tables_io import CASE, Row, number, read

START, END = "<!-- built tables: start -->", "<!-- built tables: end -->"


def report(built: Built) -> list[str]:
    """All tables as Markdown lines."""
    return _pairs(built) + _posts(built) + _routes(built)


def _table(title: str, head: list[str], rows: list[list[str]]) -> list[str]:
    bars = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return [f"### {title}", "", *bars, ""]


def _pairs(built: Built) -> list[str]:
    country = {row["node_id"]: row["country"] for row in built.tables["nodes.csv"]}
    total: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * 5)
    for pair in read("trade.csv"):
        cells = total[pair["from_country"], pair["to_country"]]
        for column, name in enumerate(("low_kt", "kt", "high_kt")):
            cells[column] += number(pair[name])
    for flow in built.tables["flows.csv"]:
        cells = total[country[flow["origin"]], country[flow["destination"]]]
        cells[3] += number(flow["tonnes"]) / 1000.0
        cells[4] += number(flow["potential_tonnes"]) / 1000.0
    rows = [
        [
            f"{a}-{b}",
            f"{cells[1]:.0f}",
            f"{cells[0]:.0f}-{cells[2]:.0f}",
            f"{cells[3]:.0f}",
            f"{cells[4]:.0f}" if cells[4] else "",
        ]
        for (a, b), cells in total.items()
    ]
    head = [
        "from-to",
        "2024-25, kt",
        "sum of the ranges",
        "base state (border shut), kt",
        "potential of what it holds down, kt",
    ]
    return _table("Trade by pair of countries", head, rows)


def _posts(built: Built) -> list[str]:
    loads = measured("modelled.csv", "post_id", "vehicles_per_day")
    others: dict[str, float] = defaultdict(float)
    for row in built.tables["background.csv"]:
        others[row["post_id"]] += number(row["vehicles_per_day"])
    rows = []
    for post in built.tables["borders.csv"]:
        modelled, capacity = loads.get(post["post_id"], 0.0), number(post["capacity_vehicles_per_day"])
        if post["direction"] == "outbound" and modelled + others[post["post_id"]] > 0.0:
            load = (modelled + others[post["post_id"]]) / capacity
            rows.append(
                [post["post_id"], f"{modelled:.0f}", f"{others[post['post_id']]:.0f}", f"{capacity:.0f}", f"{load:.2f}"]
            )
    head = ["post", "loaded vehicles of this case a day", "others", "capacity", "mean load"]
    return _table("Posts in the base state, one direction (lorries or wagons a day)", head, rows)


def _span(values: tuple[float, float, float], digits: int) -> str:
    return f"{values[0]:.{digits}f} ({values[1]:.{digits}f}-{values[2]:.{digits}f})"


def _routes(built: Built) -> list[str]:
    rows: list[list[str]] = []
    rates: list[Row] = read("rates.csv", CASE)
    for one in check_routes(built.tables, rates):
        cells = [f"{one.km:.0f}", f"{one.km_table:.0f}", f"{one.days:.1f}", _span(one.days_table, 1)]
        rows.append([one.route, *cells, f"{one.usd_t:.0f}", _span(one.usd_table, 0)])
    head = ["route", "km", "km, table", "days", "days, table", "USD/t", "USD/t, table"]
    title = "Routes against an independent table (boxes; borders open; freight of the links alone)"
    return _table(title, head, rows)


def write_into(readme: Path, lines: list[str]) -> None:
    """Replace what stands between the two marks of the README. Raises ValueError when a mark is missing."""
    told = readme.read_text(encoding="utf-8")
    if START not in told or END not in told:
        raise ValueError(f"{readme} lacks the marks {START} and {END}")
    before, after = told.split(START)[0], told.split(END)[1]
    readme.write_text(f"{before}{START}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")
