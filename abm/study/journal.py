"""The journal of a sweep: one row a run, in SQLite, so that a run is kept the moment it ends and kept once.

Outcomes and series of a run stand in its row until they stand in a Parquet part (:mod:`abm.study.parts`). Every row carries a
seal, a hash of all its small fields, and a digest of its numbers: a byte that rots is seen, and the row is not believed.
"""

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np

from abm.errors import CaravanError
from abm.network.arcs import Floats
from abm.study.records import Failure, Record, Result, RunId

DONE, FAILED = "done", "failed"
JOURNAL = "journal.sqlite"
#: Milliseconds that a writer waits for a reader who is in the way.
_PATIENCE_MS = 60_000
#: SQLite's codes for a disk that is full, fails, or may not be written; further bits say more.
_DISK_CODES = frozenset({
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM
})  # fmt: skip
_PRIMARY = 0xFF
_SEAL_BYTES, _DIGEST_BYTES = 8, 16

_TABLES = """
CREATE TABLE IF NOT EXISTS runs(
    number INTEGER PRIMARY KEY, key TEXT UNIQUE, point INTEGER, replication INTEGER, arm TEXT, seed INTEGER,
    status TEXT, error TEXT, attempts INTEGER, cpu_s REAL, wall_s REAL, finished TEXT, digest TEXT,
    part INTEGER, place INTEGER, seal TEXT, outcomes BLOB, series BLOB);
CREATE INDEX IF NOT EXISTS waiting ON runs(number) WHERE outcomes IS NOT NULL;
CREATE TABLE IF NOT EXISTS parts(
    number INTEGER PRIMARY KEY, n_runs INTEGER, outcomes_bytes INTEGER, outcomes_sum TEXT, series_bytes INTEGER, series_sum TEXT);
CREATE TABLE IF NOT EXISTS asked(
    point INTEGER, replication INTEGER, arm TEXT, seed INTEGER, key TEXT, PRIMARY KEY(point, replication, arm)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS manifest(name TEXT PRIMARY KEY, content TEXT);
"""


class Entry(NamedTuple):
    """The small fields of a run. part: number of the part that holds its numbers, and place: its row there; None before."""

    key: str
    point: int
    replication: int
    arm: str
    seed: int
    status: str
    error: str
    attempts: int
    cpu_s: float
    wall_s: float
    finished: str
    digest: str
    part: int | None = None
    place: int | None = None

    @property
    def run(self) -> RunId:
        """Which run it is."""
        return RunId(self.key, self.point, self.replication, self.arm, self.seed)


class Waiting(NamedTuple):
    """A run whose numbers stand in the journal, as little-endian float64."""

    entry: Entry
    outcomes: bytes
    series: bytes


class Part(NamedTuple):
    """A part that stands: its two files by size and checksum."""

    number: int
    n_runs: int
    outcomes_bytes: int
    outcomes_sum: str
    series_bytes: int
    series_sum: str


_FIELDS = ", ".join(Entry._fields)
_COLUMNS = (*Entry._fields, "seal", "outcomes", "series")
#: A run that is done stays as it is.
_PUT = (
    f"INSERT INTO runs({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) ON CONFLICT(key) DO UPDATE SET "
    f"{', '.join(f'{name} = excluded.{name}' for name in _COLUMNS)} WHERE status != '{DONE}'"
)


@contextmanager
def keeping(folder: Path) -> Iterator[None]:
    """Turns a full or failing disk into one CaravanError that says what is to be done."""
    try:
        yield
    except (sqlite3.OperationalError, duckdb.Error, OSError) as error:
        if isinstance(error, sqlite3.Error) and error.sqlite_errorcode & _PRIMARY not in _DISK_CODES:
            raise
        raise CaravanError(
            f"{folder}: results could not be written ({_reason(error)}); every run recorded before is kept: "
            "make room and start the sweep again"
        ) from error


def _reason(error: Exception) -> str:
    """What ails the disk: DuckDB wraps the number of the system's error in JSON."""
    number = re.search(r'"errno":"(\d+)"', str(error))
    return (
        os.strerror(int(number.group(1))) if number else getattr(error, "strerror", None) or str(error).splitlines()[0]
    ).lower()


def digest_of(outcomes: bytes, series: bytes) -> str:
    """Digest of a run's numbers: equal exactly when two runs are equal bit for bit."""
    return blake2b(outcomes + series, digest_size=_DIGEST_BYTES, salt=len(outcomes).to_bytes(8, "little")).hexdigest()


def numbers(values: Floats) -> bytes:
    """Little-endian float64 in C order; what is not a number is the one NaN of numpy, which a Parquet part can give back."""
    plain = np.ascontiguousarray(values, dtype="<f8")
    missing = np.isnan(plain)
    return (np.where(missing, np.nan, plain) if missing.any() else plain).tobytes()


class Journal:
    """The open journal of a sweep; one process writes it."""

    def __init__(self, folder: Path) -> None:
        """Opens or makes it. Raises CaravanError on a full disk, sqlite3.DatabaseError when what stands there is no journal."""
        self.folder = folder
        self._named: tuple[tuple[int, str], ...] = ()
        with keeping(folder):
            self.connection = sqlite3.connect(folder / JOURNAL)
            self.connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self.connection.executescript(_TABLES)

    def close(self) -> None:
        """Ends it; the write-ahead log goes into the file."""
        self.connection.close()

    # -- writing ---------------------------------------------------------------------------------------------------------------

    def add(self, results: Sequence[Result]) -> None:
        """Keeps the runs, all or none. A run that is done stays as it is; one that failed gives way to a later result.

        Raises CaravanError when the disk is full, and when a run that is done comes again with other numbers.
        """
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        with keeping(self.folder), self.connection:
            for result in results:
                waiting = _as_waiting(result, finished)
                if not self.put(waiting) and isinstance(result, Record):
                    self._check_same(waiting.entry)
            self._ask((result.run for result in results), "OR IGNORE")

    def put(self, waiting: Waiting) -> bool:
        """Writes a row inside the open transaction, unless the run is done already; True when it did."""
        entry, outcomes, series = waiting
        blobs = (outcomes, series) if entry.status == DONE else (None, None)
        if self.connection.execute(_PUT, (*entry, seal(entry), *blobs)).rowcount != 1:
            return False
        if entry.status == DONE and self._named:
            self._put_named([(entry.key, *(_value(outcomes, place) for place, _ in self._named))])
        return True

    def ask(self, runs: Iterable[RunId]) -> None:
        """The runs that the sweep is made of, instead of those asked for before; two of them may share a key."""
        with keeping(self.folder), self.connection:
            self.connection.execute("DELETE FROM asked")
            self._ask(runs, "OR REPLACE")

    def mark(self, part: Part, entries: Sequence[Entry]) -> None:
        """In one transaction: the part stands, its runs are found there, and their numbers leave the journal."""
        placed = [entry._replace(part=part.number, place=place) for place, entry in enumerate(entries)]
        rows = [(entry.part, entry.place, seal(entry), entry.key) for entry in placed]
        with keeping(self.folder), self.connection:
            self.connection.execute(f"INSERT INTO parts VALUES ({', '.join('?' * len(part))})", part)
            self.connection.executemany(
                "UPDATE runs SET part = ?, place = ?, seal = ?, outcomes = NULL, series = NULL WHERE key = ?", rows
            )

    def restore(self, found: Sequence[Waiting]) -> None:
        """Takes in rows of a damaged journal."""
        with keeping(self.folder), self.connection:
            for waiting in found:
                self.put(waiting)
            self._ask((waiting.entry.run for waiting in found), "OR IGNORE")

    def adopt(self, part: Part, found: Sequence[Waiting]) -> None:
        """Takes in a part whose runs the journal has lost."""
        self.restore(found)
        self.mark(part, [waiting.entry for waiting in found])

    def forget_part(self, number: int) -> list[str]:
        """A part is lost: it and its runs leave the journal. Keys of the runs."""
        with keeping(self.folder), self.connection:
            keys = [key for (key,) in self.connection.execute("SELECT key FROM runs WHERE part = ?", (number,))]
            self.connection.execute("DELETE FROM runs WHERE part = ?", (number,))
            self.connection.execute("DELETE FROM parts WHERE number = ?", (number,))
        return keys

    def keep_manifest(self, text: str) -> None:
        """A second copy of the manifest, should the file be damaged."""
        with keeping(self.folder), self.connection:
            self.connection.execute("INSERT OR REPLACE INTO manifest VALUES ('sweep', ?)", (text,))

    def name_columns(self, named: Sequence[tuple[int, str]], columns: Sequence[str]) -> bool:
        """Table ``named``, with a column for each of these outcomes (place in the catalogue, name), for quick looks.

        ``columns``: names that SQL can tell apart. False when the table had other columns or other runs: it is empty now.
        """
        self._named = tuple(named)
        wanted = ["key", *columns]
        there = [row[1] for row in self.connection.execute("PRAGMA table_info(named)")]
        if there == wanted and not self._strangers():
            return True
        with keeping(self.folder), self.connection:
            self.connection.execute("DROP TABLE IF EXISTS named")
            kinds = ["key TEXT PRIMARY KEY", *(f"{quoted(name)} REAL" for name in columns)]
            self.connection.execute(f"CREATE TABLE named({', '.join(kinds)})")
        return False

    def put_named(self, rows: Iterable[Sequence[str | float | None]]) -> None:
        """Fills table ``named``: key and values of each run."""
        with keeping(self.folder), self.connection:
            self._put_named(rows)

    # -- reading ---------------------------------------------------------------------------------------------------------------

    def keys(self, status: str) -> set[str]:
        """Keys of the runs of a status."""
        return {key for (key,) in self.connection.execute("SELECT key FROM runs WHERE status = ?", (status,))}

    def placed_keys(self) -> set[str]:
        """Keys of the runs whose numbers stand in parts."""
        return {key for (key,) in self.connection.execute("SELECT key FROM runs WHERE part NOT NULL")}

    def placed_in_order(self) -> list[str]:
        """The same, in the order of the parts and of their rows."""
        return [
            key for (key,) in self.connection.execute("SELECT key FROM runs WHERE part NOT NULL ORDER BY part, place")
        ]

    def manifest(self) -> str | None:
        """The copy of the manifest, if there is one."""
        row = self.connection.execute("SELECT content FROM manifest").fetchone()
        return None if row is None else str(row[0])

    def n_waiting(self) -> int:
        """How many runs wait for a part."""
        return int(self.connection.execute("SELECT count(*) FROM runs WHERE outcomes IS NOT NULL").fetchone()[0])

    def waiting(self, most: int) -> list[Waiting]:
        """Runs that wait for a part, the oldest first."""
        return waiting_runs(self.connection, most)

    def parts(self) -> list[Part]:
        """The parts that stand, by number."""
        return parts_of(self.connection)

    def faults(self) -> list[str]:
        """What is wrong with the file, the rows and the numbers that wait; empty for a sound journal."""
        try:
            told = [str(line) for (line,) in self.connection.execute("PRAGMA quick_check")]
            if told != ["ok"]:
                return told
            rows = self.connection.execute(f"SELECT {_FIELDS}, seal FROM runs")
            broken = [str(row[0]) for row in rows if seal(Entry(*row[:-1])) != row[-1]]
            broken += [one.entry.key for one in self.waiting(-1) if not is_whole(one)]
            self.connection.execute("SELECT count(key), sum(seed) FROM asked").fetchone()
            found = dict(self.connection.execute("SELECT part, count(*) FROM runs WHERE part NOT NULL GROUP BY part"))
            if found != {part.number: part.n_runs for part in self.parts()}:
                broken.append("runs and parts do not agree")
        except (sqlite3.Error, TypeError, ValueError) as error:
            return [str(error)]
        return broken

    # -- within ----------------------------------------------------------------------------------------------------------------

    def _ask(self, runs: Iterable[RunId], conflict: str) -> None:
        self.connection.executemany(
            f"INSERT {conflict} INTO asked VALUES (?, ?, ?, ?, ?)",
            ((run.point, run.replication, run.arm, run.seed, run.key) for run in runs),
        )

    def _check_same(self, entry: Entry) -> None:
        (before,) = self.connection.execute("SELECT digest FROM runs WHERE key = ?", (entry.key,)).fetchone()
        if before != entry.digest:
            raise CaravanError(
                f"run {entry.key} (point {entry.point}, replication {entry.replication}, arm {entry.arm}) was played twice "
                "with different numbers: workers must have the same processor type and the same versions of libraries"
            )

    def _strangers(self) -> bool:
        """Whether table ``named`` and the runs that are done differ: a part has been lost or taken back."""
        done = f"SELECT key FROM runs WHERE status = '{DONE}'"
        queries = (f"{done} EXCEPT SELECT key FROM named", f"SELECT key FROM named EXCEPT {done}")
        return any(self.connection.execute(query).fetchone() is not None for query in queries)

    def _put_named(self, rows: Iterable[Sequence[str | float | None]]) -> None:
        marks = ", ".join("?" * (len(self._named) + 1))
        self.connection.executemany(f"INSERT OR REPLACE INTO named VALUES ({marks})", rows)


def seal(entry: Entry) -> str:
    """Hash of the small fields of a row."""
    return blake2b(repr(tuple(entry)).encode("utf-8"), digest_size=_SEAL_BYTES).hexdigest()


def is_whole(waiting: Waiting) -> bool:
    """Whether the numbers are those that were written."""
    return digest_of(waiting.outcomes, waiting.series) == waiting.entry.digest


def waiting_runs(connection: sqlite3.Connection, most: int = -1) -> list[Waiting]:
    """Runs whose numbers stand in the journal, the oldest first; at most so many, or all."""
    rows = connection.execute(
        f"SELECT {_FIELDS}, outcomes, series FROM runs WHERE outcomes IS NOT NULL ORDER BY number LIMIT ?", (most,)
    )
    return [Waiting(Entry(*row[:-2]), row[-2], row[-1]) for row in rows]


def parts_of(connection: sqlite3.Connection) -> list[Part]:
    """The parts that stand, by number."""
    return [Part(*row) for row in connection.execute("SELECT * FROM parts ORDER BY number")]


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """The journal as it stands at this moment, for those who only read; a sweep may go on writing meanwhile.

    Raises CaravanError when it is missing or damaged.
    """
    path = folder / JOURNAL
    # Without a log nobody writes, and a folder that may not be written cannot hold the files that a log needs.
    log = path.with_name(f"{JOURNAL}-wal").exists()
    address = f"{path.absolute().as_uri()}?{'mode=ro' if log else 'mode=ro&immutable=1'}"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        raise CaravanError(
            f"{path}: cannot be read ({error}); start the sweep again on this folder to mend it"
        ) from error


def _as_waiting(result: Result, finished: str) -> Waiting:
    run = result.run
    which = (run.key, run.point, run.replication, run.arm, run.seed)
    if isinstance(result, Failure):
        return Waiting(Entry(*which, FAILED, result.error, result.attempts, 0.0, 0.0, finished, ""), b"", b"")
    outcomes, series = numbers(result.outcomes), numbers(result.series)
    digest = digest_of(outcomes, series)
    return Waiting(
        Entry(*which, DONE, "", 1, float(result.cpu_s), float(result.wall_s), finished, digest), outcomes, series
    )


def quoted(name: str) -> str:
    """A column's name within SQL."""
    return '"' + name.replace('"', '""') + '"'


def _value(outcomes: bytes, place: int) -> float | None:
    value = float(np.frombuffer(outcomes, "<f8", 1, 8 * place)[0])
    return None if np.isnan(value) else value
