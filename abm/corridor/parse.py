"""One CSV file into rows: every cell is checked by the row class, and every fault is kept with its place.

What is refused: encodings other than UTF-8, NUL bytes, files or cells over a stated size, broken quoting, columns that are
missing, unknown or named twice, rows with more or fewer cells than the header, and cells that break the rule of their column.
An empty cell takes the default of its column.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from abm.corridor.tables import Row
from abm.corridor.wording import as_written, cell_rule
from abm.errors import Problem, nearest

MAX_BYTES = 64 * 2**20
MAX_ROWS = 500_000
MAX_CELL_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table as read: the rows that hold, the place of each, and every key written, in a good row or a bad one."""

    file: str
    rows: tuple[Row, ...] = ()
    places: tuple[str, ...] = ()
    keys: frozenset[str] = field(default_factory=frozenset)


def read_text(path: Path, place: str) -> tuple[str | None, list[Problem]]:
    """Text of a UTF-8 file (byte order mark accepted), or None and why it cannot be read."""
    try:
        if not path.is_file():
            return None, [Problem(place, "is missing" if not path.exists() else "is not a file")]
        size = path.stat().st_size
        if size > MAX_BYTES:
            return None, [Problem(place, f"must not be larger than {MAX_BYTES:,} bytes", value=f"{size:,} bytes")]
        content = path.read_bytes()
    except OSError as error:
        return None, [Problem(place, f"cannot be read: {error.strerror or error}")]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, [Problem(place, "is UTF-16; save it as UTF-8")]
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        return None, [Problem(f"{place}:{line}", "holds a NUL byte; save it as plain UTF-8 text")]
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        byte = f"byte 0x{content[error.start]:02x}"
        return None, [Problem(f"{place}:{line}", "is not UTF-8; save the file as UTF-8", value=byte)]


def parse_table(path: Path, place: str, model: type[Row], key: str | None) -> tuple[Sheet, list[Problem]]:
    """Rows of one CSV file and everything that is wrong with it. ``key`` is the column whose values others refer to."""
    text, problems = read_text(path, place)
    if text is None:
        return Sheet(place), problems
    try:
        lines = _records(text)
        first = next(lines, None)
        if first is None:
            return Sheet(place), [Problem(place, f"is empty; it needs a header: {','.join(model.model_fields)}")]
        header, faults = _header(first[1], place, model)
        problems += faults
        rows = _Rows(place, model, header, key)
        for number, (line, cells) in enumerate(lines, start=1):
            if number > MAX_ROWS:
                problems.append(Problem(place, f"must not have more than {MAX_ROWS:,} rows"))
                break
            rows.add(line, cells)
    except csv.Error as error:
        problems.append(Problem(place, f"is not a well-formed CSV file: {error}"))
        return Sheet(place), problems
    return Sheet(place, tuple(rows.rows), tuple(rows.places), frozenset(rows.keys)), problems + rows.problems


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which the record starts, cells) of every record that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    for cells in reader:
        if cells:
            yield line, [cell.strip() for cell in cells]
        line = reader.line_num + 1


def _header(cells: list[str], place: str, model: type[Row]) -> tuple[list[str], list[Problem]]:
    """Column names as written, and what is wrong with them."""
    where = f"{place}:1"
    if len(cells) == 1 and (";" in cells[0] or "\t" in cells[0]):
        return cells, [Problem(where, "has no commas; separate the columns by commas", value=as_written(cells[0]))]
    problems = []
    known = model.model_fields
    seen: set[str] = set()
    missing = [name for name, info in known.items() if info.is_required() and name not in cells]
    for name in cells:
        if not name:
            problems.append(Problem(where, "has a column without a name"))
        elif name not in known:
            unused = [other for other in known if other not in cells]
            problems.append(Problem(where, "is not a column of this table", name, suggestion=nearest(name, unused)))
        elif name in seen:
            problems.append(Problem(where, "is named twice", name))
        seen.add(name)
    problems += [Problem(where, "is missing", name) for name in missing]
    return cells, problems


class _Rows:
    """Collects the rows of one table, their places, their keys and their faults."""

    def __init__(self, place: str, model: type[Row], header: list[str], key: str | None) -> None:
        self.rows: list[Row] = []
        self.places: list[str] = []
        self.keys: set[str] = set()
        self.problems: list[Problem] = []
        self._place = place
        self._model = model
        self._header = header
        self._key = key
        known = model.model_fields
        self._absent = {name for name, info in known.items() if info.is_required() and name not in header}
        self._readable = [name if name in known and header.count(name) == 1 else "" for name in header]
        self._is_table = any(self._readable)

    def add(self, line: int, cells: list[str]) -> None:
        if not self._is_table:
            return
        place = f"{self._place}:{line}"
        if not any(cells):
            self.problems.append(Problem(place, "has only empty cells; delete the row"))
            return
        values = {name: cell for name, cell in zip(self._readable, cells, strict=False) if name and cell}
        if self._key is not None and self._key in values:
            self.keys.add(values[self._key])
        if len(cells) != len(self._header):
            rule = f"has {len(cells)} cells where the header names {len(self._header)} columns"
            self.problems.append(Problem(place, f"{rule} (a comma inside a text needs quotation marks)"))
            return
        row, faults = parse_row(place, self._model, values, self._absent)
        self.problems += faults
        if row is not None:
            self.rows.append(row)
            self.places.append(place)


def parse_row(
    place: str, model: type[Row], values: dict[str, str], absent: set[str]
) -> tuple[Row | None, list[Problem]]:
    """One row, or every cell of it that breaks the rule of its column; ``absent`` columns were reported with the header."""
    problems = [
        Problem(place, f"is longer than {MAX_CELL_CHARACTERS:,} characters", name, as_written(cell))
        for name, cell in values.items()
        if len(cell) > MAX_CELL_CHARACTERS
    ]
    underscored = [name for name in _number_columns(model) if "_" in values.get(name, "")]
    problems += [Problem(place, "must be a number", name, as_written(values[name])) for name in underscored]
    row = None
    try:
        row = model.model_validate(values)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            name = str(fault["loc"][0]) if fault["loc"] else ""
            if name in absent:
                continue
            rule, suggestion = cell_rule(fault, model, name)
            problems.append(Problem(place, rule, name, as_written(values.get(name, "")), suggestion))
    return (None if problems else row), problems


@lru_cache(maxsize=64)
def _number_columns(model: type[Row]) -> tuple[str, ...]:
    """Columns whose cells must be numbers: Python would read 1_000 as a thousand, a user's other tools would not."""
    kinds = ("float", "int")
    return tuple(name for name, info in model.model_fields.items() if any(k in str(info.annotation) for k in kinds))
