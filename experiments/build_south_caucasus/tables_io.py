"""Read the inputs and write the tables of the case, each row checked against its class."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from abm.corridor.tables import TABLES

CASE = Path(__file__).resolve().parents[2] / "abm" / "cases" / "south_caucasus"
INPUTS = CASE / "inputs"


def read(name: str, folder: Path = INPUTS) -> list[dict[str, str]]:
    """Rows of one CSV file as texts, stripped."""
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        return [{key: (text or "").strip() for key, text in row.items()} for row in csv.DictReader(stream)]


def number(text: str, default: float = 0.0) -> float:
    """A cell as a number; empty is the default."""
    return float(text) if text else default


def text(value: float | None, digits: int = 6) -> str:
    """A number as short as it can be written; None is an empty cell."""
    if value is None:
        return ""
    short = f"{value:.{digits}f}"
    return short.rstrip("0").rstrip(".") if "." in short else short


def sources(cell: str) -> str:
    """Source identifiers in one spelling: ``S42;DER``."""
    return ";".join(part.strip() for part in cell.split(";") if part.strip())


def write(folder: Path, name: str, rows: Iterable[Mapping[str, str]]) -> None:
    """Write one table of the case. Raises pydantic's ValidationError for a row that its class refuses."""
    _, model, _, _ = TABLES[name]
    listed = list(rows)
    for row in listed:
        model.model_validate({key: cell for key, cell in row.items() if cell != ""})
    used = {key for row in listed for key, cell in row.items() if cell != ""}
    own = [key for key in model.model_fields if key not in ("source", "grade", "note")]
    last = [key for key in ("source", "grade", "note") if key in model.model_fields]
    columns = [key for key in own if key in used or model.model_fields[key].is_required()] + last
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows({key: row.get(key, "") for key in columns} for row in listed)
