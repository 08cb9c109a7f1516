"""A sweep's folder, for the one process that writes it.

``sweep.json`` says what the sweep is (:mod:`abm.study.manifest`); ``journal.sqlite`` (:mod:`abm.study.journal`) keeps every run
the moment it ends; the numbers of about a hundred runs at a time move on into ``parts/`` (:mod:`abm.study.parts`).
:func:`abm.study.results.open_results` reads it, meanwhile too.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from abm.errors import CaravanError, InputError, Problem
from abm.study.files import json_text, prepare_folder, write_files
from abm.study.identity import differences
from abm.study.journal import DONE, FAILED, JOURNAL, Journal, keeping, quoted
from abm.study.lock import Lock
from abm.study.mending import next_number, open_sound
from abm.study.parts import column_names, read_outcomes, write_part
from abm.study.records import Record, Result, RunId
from abm.study.snapshot import IDENTITY, MANIFEST, NAMED, OUTCOMES, SERIES, is_manifest

#: Runs of a part: a compromise between the number of files and what a query reads at once.
RUNS_OF_A_PART = 100


class Store:
    """An open sweep. Use it in a ``with`` block: a clean end moves everything into parts, any other leaves it in the journal."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any], journal: Journal, lock: Lock) -> None:
        self.folder, self.manifest = folder, manifest
        self._journal, self._lock = journal, lock
        self._outcomes, self._series = tuple(manifest[OUTCOMES]), tuple(manifest[SERIES])
        self._number = next_number(folder, journal)
        self._n_waiting = journal.n_waiting()

    @classmethod
    def create(cls, folder: Path | str, manifest: Mapping[str, Any], tell: Callable[[str], None] | None = None) -> Self:
        """Makes the folder, or goes on with the sweep that it holds, after checking every file in it.

        ``manifest``: as :func:`abm.study.manifest.sweep_manifest` makes it. The store needs ``outcomes`` and ``series`` (names
        of the catalogue), ``named`` (outcomes to look at), ``identity`` (what must not differ when a sweep goes on). ``tell``
        hears of files that were damaged; their runs are missing from :meth:`done_keys`. Raises InputError when the folder holds
        another sweep or cannot be written, CaravanError when another process is writing it or the disk is full.
        """
        target = prepare_folder(folder)
        text = json_text(manifest)
        plain: dict[str, Any] = json.loads(text)
        lock = Lock(target)
        try:
            told = tell or _nobody
            known = _known_manifest(target, told)
            if known is not None:
                _check_same_sweep(target, json.loads(known), plain)
            journal = open_sound(target, plain[OUTCOMES], plain[SERIES], told)
            if _read(target / MANIFEST) != text.encode("utf-8"):
                write_files(target, {MANIFEST: text})
            store = cls(target, plain, journal, lock)
            store._name_columns(plain[NAMED])
            journal.keep_manifest(text)
        except BaseException:
            lock.release()
            raise
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self.close()

    def ask(self, runs: Iterable[RunId]) -> None:
        """Tells which runs the sweep is made of, in place of those told before. Runs that are the same share a key and are kept
        once; results show them wherever they were asked for, under the arms' present names."""
        self._journal.ask(runs)

    def add(self, results: Iterable[Result]) -> None:
        """Keeps finished and failed runs: all of these, or none. Not before it returns are they safe from a kill.

        Raises CaravanError when the disk is full (what was kept stays), when a record does not fit the catalogue, and when a run
        comes again with other numbers.
        """
        news = list(results)
        for result in news:
            if isinstance(result, Record):
                self._check_shape(result)
        self._journal.add(news)
        self._n_waiting = self._n_waiting + len(news)
        if self._n_waiting >= RUNS_OF_A_PART:
            self._n_waiting = self._journal.n_waiting()
            if self._n_waiting >= RUNS_OF_A_PART:
                self._move(RUNS_OF_A_PART)

    def done_keys(self) -> set[str]:
        """Keys of the runs that are done."""
        return self._journal.keys(DONE)

    def failed_keys(self) -> set[str]:
        """Keys of the runs that failed. A later result takes a failure's place."""
        return self._journal.keys(FAILED)

    def named(self, name: str) -> dict[str, float]:
        """One of the manifest's ``named`` outcomes by key, of all runs that are done; NaN where there is nothing."""
        column = dict(zip(self.manifest[NAMED], column_names(self.manifest[NAMED]), strict=True))[name]
        rows = self._journal.connection.execute(f"SELECT key, {quoted(column)} FROM named")
        return {key: np.nan if value is None else value for key, value in rows}

    def flush(self) -> None:
        """Moves all numbers from the journal into parts. Raises CaravanError when the disk is full: they stay in the journal."""
        self._n_waiting = self._journal.n_waiting()
        while self._n_waiting:
            self._move(min(RUNS_OF_A_PART, self._n_waiting))

    def close(self) -> None:
        """Ends the writing; runs that wait for a part stay in the journal."""
        self._journal.close()
        self._lock.release()

    def _move(self, n_runs: int) -> None:
        runs = self._journal.waiting(n_runs)
        part = write_part(self.folder, self._number, runs, self._outcomes, self._series)
        self._number += 1
        self._journal.mark(part, [run.entry for run in runs])
        self._n_waiting -= len(runs)

    def _check_shape(self, record: Record) -> None:
        wanted = (len(self._outcomes),), len(self._series)
        if record.outcomes.shape != wanted[0] or record.series.ndim != 2 or record.series.shape[1] != wanted[1]:
            raise CaravanError(
                f"run {record.run.key} has outcomes {record.outcomes.shape} and series {record.series.shape} instead of "
                f"{wanted[0]} and (months, {wanted[1]})"
            )

    def _name_columns(self, names: Sequence[str]) -> None:
        """Brings table ``named`` of the journal in line with the plan."""
        places = [self._outcomes.index(name) for name in names]
        if self._journal.name_columns(list(zip(places, names, strict=True)), column_names(names)):
            return
        keys = self._journal.placed_in_order()
        columns = column_names(self._outcomes)
        values = read_outcomes(self.folder, self._journal.parts(), [columns[place] for place in places])
        waiting = self._journal.waiting(-1)
        fresh = [np.frombuffer(run.outcomes, "<f8")[places] for run in waiting]
        rows = [
            *zip(keys, values, strict=True),
            *((run.entry.key, mine) for run, mine in zip(waiting, fresh, strict=True)),
        ]
        self._journal.put_named([(key, *(None if np.isnan(x) else float(x) for x in mine)) for key, mine in rows])


def _known_manifest(folder: Path, tell: Callable[[str], None]) -> str | None:
    """The manifest of the sweep in the folder: the file or, should it be lost or damaged, the journal's copy."""
    content = _read(folder / MANIFEST)
    if content is not None:
        try:
            text = content.decode("utf-8")
            if is_manifest(json.loads(text)):
                return text
        except ValueError:
            pass
        tell(f"{folder / MANIFEST} is damaged: written anew")
    return _journal_copy(folder)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _journal_copy(folder: Path) -> str | None:
    if not (folder / JOURNAL).exists():
        return None
    try:
        with keeping(folder):
            journal = Journal(folder)
        try:
            return journal.manifest()
        finally:
            journal.close()
    except sqlite3.Error:
        return None


def _check_same_sweep(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    changes = differences(before.get(IDENTITY, {}), now[IDENTITY])
    for name in (OUTCOMES, SERIES):
        if not changes and before.get(name) != now[name]:
            changes.append(f"the catalogue of {name} is another one")
    if changes:
        rule = "holds another sweep: give another folder, or take back what changed"
        raise InputError([Problem(str(folder), rule), *(Problem(str(folder), change) for change in changes)])


def _nobody(message: str) -> None:
    """Hears nothing."""
