"""The whole build in order: network, borders, flows, traffic of others, sources."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from abm.corridor.tables import TABLES
from experiments.build_russia_pakistan.network import background, links, nodes, posts, terminals
from experiments.build_russia_pakistan.sources import write_sources
from experiments.build_russia_pakistan.tables_io import CASE, INPUTS, Row, number, read, write
from experiments.build_russia_pakistan.trade import flows

#: Tables that the build writes; all others of the case are written by hand.
BUILT = (
    "nodes.csv", "links.csv", "borders.csv", "terminals.csv", "commodities.csv", "flows.csv", "background.csv", "sources.csv"
)  # fmt: skip


@dataclass(frozen=True)
class Built:
    """The tables that were written, by file."""

    tables: dict[str, list[Row]]


def measured(name: str, key: str, column: str) -> dict[str, float]:
    """A column that ``measure`` has written to the inputs, by key; nothing before the first time."""
    if not (INPUTS / name).exists():
        return {}
    return {row[key]: number(row[column]) for row in read(name)}


def build_case(out: Path = CASE) -> Built:
    """Write nodes, links, borders, terminals, commodities, flows, background and sources to ``out``."""
    noded, linked = nodes(), links()
    country = {row["node_id"]: row["country"] for row in noded}
    tables = {
        "nodes.csv": noded,
        "links.csv": linked,
        "borders.csv": posts(linked, country),
        "terminals.csv": terminals(),
        "commodities.csv": read("commodities.csv"),
        "flows.csv": flows(measured("potential.csv", "flow_id", "times")),
        "background.csv": background(linked, country, measured("modelled.csv", "post_id", "vehicles_per_day")),
    }
    _copy_by_hand(out)
    for name, rows in tables.items():
        write(out, name, rows)
    write_sources(out)
    return Built(tables)


def _copy_by_hand(out: Path) -> None:
    """Tables that are written by hand, so that another folder becomes a whole case."""
    out.mkdir(parents=True, exist_ok=True)
    by_hand = [name for name in TABLES if name not in BUILT and (CASE / name).exists()]
    for name in (*by_hand, "case.toml"):
        if not (out / name).exists():
            shutil.copyfile(CASE / name, out / name)
