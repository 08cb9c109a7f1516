"""What a sweep finds in its folder when it goes on: sound files are kept, torn ones set aside and their runs played again.

Nothing that was written is thrown away: a damaged file stays beside the others under the name ``....damaged``.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import duckdb

from abm.study.journal import FAILED, JOURNAL, Entry, Journal, Waiting, is_whole, keeping, seal
from abm.study.parts import OUTCOMES, PARTS, SERIES, fault_of, part_path, read_runs

_PART_NAME = re.compile(rf"(?:{OUTCOMES}|{SERIES})-(\d+)\.parquet")
#: After so many rows in a row that cannot be read, a damaged journal is taken to have ended.
_UNREADABLE_ROWS = 1_000


def open_sound(folder: Path, outcomes: Sequence[str], series: Sequence[str], tell: Callable[[str], None]) -> Journal:
    """The journal of the folder, made if need be, after everything in it and in the parts has been checked.

    ``outcomes`` and ``series``: the catalogue. ``tell`` hears of each file that was damaged. Raises CaravanError on a full disk.
    """
    with keeping(folder):
        (folder / PARTS).mkdir(exist_ok=True)
        for unfinished in (folder / PARTS).glob(".*"):
            unfinished.unlink()
    journal = _sound_journal(folder, tell)
    try:
        for part in journal.parts():
            fault = fault_of(folder, part)
            if fault:
                journal.forget_part(part.number)
                _set_aside_part(folder, part.number)
                tell(f"{fault}: set aside, its {part.n_runs} runs will be played again")
        _take_back(folder, journal, outcomes, series, tell)
    except BaseException:
        journal.close()
        raise
    return journal


def next_number(folder: Path, journal: Journal) -> int:
    """A number that no part has, nor had."""
    return max([0, *(part.number for part in journal.parts()), *_numbers(folder, damaged=True)]) + 1


def _sound_journal(folder: Path, tell: Callable[[str], None]) -> Journal:
    path = folder / JOURNAL
    try:
        journal = Journal(folder)
    except sqlite3.DatabaseError as error:
        faults = [str(error)]
    else:
        faults = journal.faults()
        if not faults:
            return journal
        journal.close()
    found = _rescued(path)
    with keeping(folder):
        for file in (path, path.with_name(f"{JOURNAL}-wal")):
            _set_aside(file)
        path.with_name(f"{JOURNAL}-shm").unlink(missing_ok=True)
    journal = Journal(folder)
    journal.restore(found)
    tell(f"{path} was damaged ({faults[0]}): set aside, and written anew from {len(found)} sound rows and the parts")
    return journal


def _rescued(path: Path) -> list[Waiting]:
    """Rows of a damaged journal whose seal and numbers hold; those whose numbers stand in parts come back with these."""
    found: list[Waiting] = []
    query = f"SELECT {', '.join(Entry._fields)}, seal, outcomes, series FROM runs WHERE rowid = ?"
    unreadable = 0
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        for rowid in count(1):
            row = None
            with suppress(sqlite3.Error, ValueError, TypeError):
                row = connection.execute(query, (rowid,)).fetchone()
            unreadable = unreadable + 1 if row is None else 0
            if unreadable == _UNREADABLE_ROWS:
                break
            if row is not None:
                found += _believed(row)
    return found


def _believed(row: Sequence[object]) -> list[Waiting]:
    *fields, sealed, outcomes, series = row
    with suppress(TypeError, ValueError):
        entry = Entry(*fields)  # type: ignore[arg-type]
        waiting = Waiting(entry, outcomes or b"", series or b"")  # type: ignore[arg-type]
        if seal(entry) == sealed and (entry.status == FAILED or (entry.part is None and is_whole(waiting))):
            return [waiting]
    return []


def _take_back(
    folder: Path, journal: Journal, outcomes: Sequence[str], series: Sequence[str], tell: Callable[[str], None]
) -> None:
    """Parts that the journal does not know: taken in when they are sound and hold no run that stands elsewhere."""
    known = {part.number for part in journal.parts()}
    placed = journal.placed_keys()
    taken = []
    for number in sorted(_numbers(folder) - known):
        try:
            part, runs = read_runs(folder, number, outcomes, series)
        except (duckdb.Error, OSError, ValueError) as error:
            _set_aside_part(folder, number)
            tell(f"{part_path(folder, OUTCOMES, number)} or its series are damaged ({_brief(error)}): set aside")
            continue
        keys = {run.entry.key for run in runs}
        if keys & placed:
            _set_aside_part(folder, number)
            tell(f"{part_path(folder, OUTCOMES, number)} holds runs that another part holds: set aside")
            continue
        journal.adopt(part, runs)
        placed |= keys
        taken.append(len(runs))
    if taken:
        tell(f"{folder}: {sum(taken)} runs of {len(taken)} parts that the journal did not know were taken back")


def _numbers(folder: Path, *, damaged: bool = False) -> set[int]:
    names: Iterable[str] = (path.name for path in (folder / PARTS).iterdir())
    names = (name.removesuffix(".damaged") if damaged else name for name in names)
    return {int(found.group(1)) for name in names if (found := _PART_NAME.fullmatch(name))}


def _set_aside_part(folder: Path, number: int) -> None:
    with keeping(folder):
        for kind in (OUTCOMES, SERIES):
            _set_aside(part_path(folder, kind, number))


def _set_aside(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.replace(path.with_name(f"{path.name}.damaged"))


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0]
