"""The sources that the tables of the case name, taken over from the list of all sources read."""

import csv
from pathlib import Path

from abm.corridor.tables import TABLES
from experiments.build_south_caucasus.tables_io import CASE, INPUTS, read, write


def used(folder: Path = CASE) -> set[str]:
    """Identifiers that the case's tables and inputs cite."""
    found: set[str] = set()
    tables = [folder / name for name in TABLES if name != "sources.csv" and (folder / name).exists()]
    for path in tables + sorted(INPUTS.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                cell = row.get("source") or row.get("source_id") or ""
                found |= {part.strip() for part in cell.split(";") if part.strip()}
    return found


def write_sources(out: Path) -> None:
    """Write ``sources.csv`` with the cited rows. Raises ValueError for a citation without a source."""
    rows = {row["source_id"]: row for row in read("all_sources.csv")}
    cited = used(out)
    unknown = sorted(cited - set(rows))
    if unknown:
        raise ValueError(f"cited but not in all_sources.csv: {', '.join(unknown)}")
    write(out, "sources.csv", [row for name, row in rows.items() if name in cited])
