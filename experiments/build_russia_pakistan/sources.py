"""The sources that the tables of the case name, taken over from the list of all sources read."""

import csv
from pathlib import Path

from abm.corridor.tables import TABLES
from experiments.build_russia_pakistan.tables_io import INPUTS, read, write


def cited(folder: Path) -> set[str]:
    """Identifiers that the tables of a folder cite."""
    found: set[str] = set()
    for path in [folder / name for name in TABLES if name != "sources.csv" and (folder / name).exists()]:
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                found |= {part.strip() for part in (row.get("source") or "").split(";") if part.strip()}
    return found


def write_sources(out: Path) -> None:
    """Write ``sources.csv``: every source of the tables of facts, cited by a table of the case or by its inputs. Raises
    ValueError for a citation without a source."""
    listed = read("all_sources.csv", INPUTS)
    unknown = sorted(cited(out) - {row["source_id"] for row in listed})
    if unknown:
        raise ValueError(f"cited but not in all_sources.csv: {', '.join(unknown)}")
    write(out, "sources.csv", [{key: cell for key, cell in row.items() if key != "note"} for row in listed])
