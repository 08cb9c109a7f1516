"""Rows of another program's CSV file: cells as texts by column, columns that nobody knows left alone."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from abm.corridor.parse import MAX_ROWS, read_text
from abm.corridor.wording import as_written
from abm.errors import Problem

#: (place such as ``link.csv:7``, cell by column); empty cells are left out.
PlacedRow = tuple[str, dict[str, str]]


def read_rows(
    path: Path, required: Iterable[str], problems: list[Problem], *, empty: frozenset[str] = frozenset()
) -> list[PlacedRow]:
    """Rows of one file; what is wrong with it is added to ``problems``.

    ``required``: columns that must be there. ``empty``: words, in lower case, that mean an empty cell.
    """
    text, faults = read_text(path, path.name)
    problems += faults
    if text is None:
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
            rule = "has no commas; separate the columns by commas"
            problems.append(Problem(f"{path.name}:1", rule, value=as_written(header[0])))
            return []
        missing = [name for name in required if name not in header]
        problems += [Problem(f"{path.name}:1", "is missing", name) for name in missing]
        twice = {name for name in header if name and header.count(name) > 1}
        problems += [Problem(f"{path.name}:1", "is named twice", name) for name in sorted(twice)]
        return [] if missing or twice else _rows(reader, path.name, header, empty, problems)
    except csv.Error as error:
        problems.append(Problem(f"{path.name}:{reader.line_num}", f"is not a well-formed CSV file: {error}"))
        return []


def _rows(
    reader: Iterable[list[str]], file: str, header: list[str], empty: frozenset[str], problems: list[Problem]
) -> list[PlacedRow]:
    found: list[PlacedRow] = []
    for cells in reader:
        place = f"{file}:{reader.line_num}"  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in cells):
            continue
        if len(found) == MAX_ROWS:
            problems.append(Problem(file, f"must not have more than {MAX_ROWS:,} rows"))
            break
        if len(cells) != len(header):
            rule = f"has {len(cells)} cells where the header names {len(header)} columns"
            rule += " (a comma inside a text needs quotation marks)"
            problems.append(Problem(place, rule, value=as_written(",".join(cells))))
            continue
        stripped = ((name, cell.strip()) for name, cell in zip(header, cells, strict=True))
        found.append((place, {name: cell for name, cell in stripped if cell and cell.lower() not in empty}))
    return found
