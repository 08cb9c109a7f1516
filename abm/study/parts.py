"""Parquet parts of a sweep: about a hundred runs each, in two files that are complete or absent.

``outcomes-00001.parquet`` has a row a run, with all that the journal knows of it; ``series-00001.parquet`` has a row for each run
and month. Both have columns named as in the catalogue. Columns are split byte by byte and packed with zstd, so any Parquet
reader may ask for a few of them.
"""

import os
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from abm.corridor.replacing import replacing
from abm.network.arcs import Floats
from abm.study.journal import DONE, Entry, Part, Waiting, is_whole, keeping, quoted, seal

PARTS = "parts"
OUTCOMES, SERIES = "outcomes", "series"
#: What DuckDB may take, however large the sweep, and how many parts it reads at once.
_MEMORY, _PARTS_AT_ONCE = "256MB", 25
_CHUNK = 1 << 20
#: Fields of a run in its part; what follows are outcomes.
_RUN_FIELDS = tuple(name for name in Entry._fields if name not in ("status", "error", "part", "place"))
_TAKEN = (*_RUN_FIELDS, "seal", "run", "month")


def part_path(folder: Path, kind: str, number: int) -> Path:
    """Where a file of a part stands."""
    return folder / PARTS / f"{kind}-{number:05d}.parquet"


def database() -> duckdb.DuckDBPyConnection:
    """A DuckDB of one thread (processes fork) and bounded memory, that loads nothing from elsewhere and leaves no files."""
    return duckdb.connect(
        ":memory:",
        config={
            "threads": 1,
            "memory_limit": _MEMORY,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )


def column_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names as columns. SQL takes no notice of capitals: of two names that differ in these alone, the second is numbered."""
    taken = {name.casefold() for name in _TAKEN}
    columns = []
    for name in names:
        column, number = name, 1
        while column.casefold() in taken:
            number += 1
            column = f"{name} ({number})"
        taken.add(column.casefold())
        columns.append(column)
    return tuple(columns)


def checksum(path: Path) -> str:
    """blake2b of a file, read a piece at a time."""
    found = blake2b(digest_size=16)
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            found.update(piece)
    return found.hexdigest()


def write_part(
    folder: Path, number: int, runs: Sequence[Waiting], outcomes: Sequence[str], series: Sequence[str]
) -> Part:
    """Writes both files in full under other names, then gives them their own.

    Raises CaravanError on a full disk; nothing is left then. ``outcomes`` and ``series``: names of the catalogue.
    """
    tables = {OUTCOMES: _outcome_table(runs, outcomes), SERIES: _series_table(runs, series)}
    with keeping(folder):
        (folder / PARTS).mkdir(exist_ok=True)
        with replacing(*(part_path(folder, kind, number) for kind in tables)) as halves:
            with database() as query:
                for half, table in zip(halves, tables.values(), strict=True):
                    _write(query, table, half)
            sizes = [(half.stat().st_size, checksum(half)) for half in halves]
        _sync(folder / PARTS)
    return Part(number, len(runs), *sizes[0], *sizes[1])


def fault_of(folder: Path, part: Part) -> str:
    """Why the part cannot be believed, by its sizes and checksums; empty when it is as it was written."""
    expected = {OUTCOMES: (part.outcomes_bytes, part.outcomes_sum), SERIES: (part.series_bytes, part.series_sum)}
    for kind, (size, written) in expected.items():
        path = part_path(folder, kind, part.number)
        try:
            there = path.stat().st_size
            if there != size:
                return f"{path} has {there:,} bytes instead of {size:,}"
            if checksum(path) != written:
                return f"{path} is not as it was written"
        except OSError as error:
            return f"{path} cannot be read ({(error.strerror or str(error)).lower()})"
    return ""


def read_outcomes(folder: Path, parts: Sequence[Part], columns: Sequence[str]) -> Floats:
    """(runs, columns) of outcomes, by part and row. ``columns``: as :func:`column_names` gives them."""
    found = np.empty((sum(part.n_runs for part in parts), len(columns)))
    start = 0
    for rows, values in _batches(folder, OUTCOMES, parts, columns):
        found[start : start + rows] = values
        start += rows
    return found


def read_series(folder: Path, parts: Sequence[Part], columns: Sequence[str]) -> Floats:
    """(runs, months, columns) of series, by part and row."""
    n_runs = sum(part.n_runs for part in parts)
    pieces = [values for _, values in _batches(folder, SERIES, parts, columns)]
    return np.concatenate(pieces).reshape(n_runs, -1, len(columns)) if pieces else np.empty((n_runs, 0, len(columns)))


def read_runs(folder: Path, number: int, outcomes: Sequence[str], series: Sequence[str]) -> tuple[Part, list[Waiting]]:
    """A part that the journal does not vouch for, as the journal would hold its runs: they vouch for themselves.

    Raises duckdb.Error, OSError or ValueError when it is unsound.
    """
    paths = {kind: part_path(folder, kind, number) for kind in (OUTCOMES, SERIES)}
    with database() as query:
        fields = ", ".join((*_RUN_FIELDS, "seal"))
        rows = query.execute(f"SELECT {fields} FROM read_parquet(?)", [str(paths[OUTCOMES])]).fetchall()
        part = Part(
            number, len(rows), paths[OUTCOMES].stat().st_size, checksum(paths[OUTCOMES]),
            paths[SERIES].stat().st_size, checksum(paths[SERIES]),
        )  # fmt: skip
    values = read_outcomes(folder, [part], column_names(outcomes))
    monthly_values = read_series(folder, [part], column_names(series))
    runs = []
    for row, mine, monthly in zip(rows, values, monthly_values, strict=True):
        entry = Entry(**dict(zip(_RUN_FIELDS, row[:-1], strict=True)), status=DONE, error="")
        runs.append(Waiting(entry, mine.tobytes(), np.ascontiguousarray(monthly).tobytes()))
        if seal(entry) != row[-1] or not is_whole(runs[-1]):
            raise ValueError(f"run {entry.key} is not as it was written")
    return part, runs


def _batches(folder: Path, kind: str, parts: Sequence[Part], columns: Sequence[str]) -> Iterator[tuple[int, Floats]]:
    """(rows, values (rows, columns)) of a few parts at a time."""
    if not columns:
        return
    names = ", ".join(quoted(name) for name in columns)
    with database() as query:
        for start in range(0, len(parts), _PARTS_AT_ONCE):
            files = [str(part_path(folder, kind, part.number)) for part in parts[start : start + _PARTS_AT_ONCE]]
            found = query.execute(f"SELECT {names} FROM read_parquet(?)", [files]).fetchnumpy()
            values = np.column_stack([np.ma.filled(found[name], np.nan) for name in columns])
            yield len(values), values


def _outcome_table(runs: Sequence[Waiting], names: Sequence[str]) -> pd.DataFrame:
    entries = pd.DataFrame([run.entry for run in runs], columns=list(Entry._fields))[list(_RUN_FIELDS)]
    entries["seal"] = [seal(run.entry) for run in runs]
    values = np.vstack([np.frombuffer(run.outcomes, "<f8") for run in runs])
    return pd.concat([entries, pd.DataFrame(values, columns=list(column_names(names)))], axis=1)


def _series_table(runs: Sequence[Waiting], names: Sequence[str]) -> pd.DataFrame:
    """Rows by run and month, both told: ``run`` is the row in the file of outcomes, from 0; months count from 1."""
    values = np.vstack([np.frombuffer(run.series, "<f8").reshape(-1, max(len(names), 1)) for run in runs])
    months = len(values) // len(runs)
    table = pd.DataFrame(values[:, : len(names)], columns=list(column_names(names)))
    table.insert(0, "key", np.repeat([run.entry.key for run in runs], months))
    table.insert(1, "run", np.repeat(np.arange(len(runs), dtype=np.int32), months))
    table.insert(2, "month", np.tile(np.arange(1, months + 1, dtype=np.int32), len(runs)))
    return table


def _write(query: duckdb.DuckDBPyConnection, table: pd.DataFrame, path: Path) -> None:
    query.register("content", table)
    target = str(path).replace("'", "''")
    query.execute(f"COPY content TO '{target}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)")
    _sync(path)


def _sync(path: Path) -> None:
    """Waits until the file, or the folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
