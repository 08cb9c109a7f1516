"""``open_results``: the tables of a sweep, finished or still running.

Nothing is read before it is asked for, and no more than the columns asked for; parts are checked against their checksums before
the first number is taken from them.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd

from abm.errors import CaravanError, InputError, Problem, input_error, nearest
from abm.network.arcs import Floats, Ints
from abm.study.journal import DONE, FAILED, Part, Waiting, parts_of, reading, waiting_runs
from abm.study.parts import column_names, fault_of, read_outcomes, read_series
from abm.study.plan import WITHOUT, Plan
from abm.study.records import Record, RunId
from abm.study.snapshot import MANIFEST, NAMED, OUTCOMES, SERIES, is_manifest, plan_of

#: Columns of :meth:`Results.runs`.
_RUN_COLUMNS = (
    "key", "point", "replication", "arm", "seed", "status", "error", "attempts", "cpu_s", "wall_s", "finished",
)  # fmt: skip
_WHICH = ("point", "replication", "arm", "seed")
#: Ranges that are told unless others are asked for.
PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Outcomes that are summarised at a time, so that memory does not grow with their number.
_COLUMNS_AT_ONCE = 256


class _Kept(NamedTuple):
    """Done runs at one moment, and where their numbers are: ``rows`` (n_runs,) counts through the parts, then what waits."""

    runs: pd.DataFrame
    rows: Ints
    parts: tuple[Part, ...]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True)
class Results:
    """A sweep's folder, for those who read it. A table shows the runs that are done when it is asked for."""

    folder: Path
    manifest: dict[str, Any]
    _checked: set[int] = field(default_factory=set, repr=False, compare=False)

    @cached_property
    def plan(self) -> Plan:
        """The plan, with its case as it was when the sweep began."""
        return plan_of(self.manifest)

    @cached_property
    def points(self) -> pd.DataFrame:
        """Points of the design: index ``point``, one column a factor, in the factor's own unit."""
        columns = self.manifest["factors"]
        points = self.manifest["points"]
        values = np.asarray(points, dtype=np.float64).reshape(len(points), len(columns))
        return pd.DataFrame(values, columns=columns).rename_axis("point")

    @property
    def names(self) -> tuple[str, ...]:
        """Every outcome that a run has, ``metric:of:year``."""
        return tuple(self.manifest[OUTCOMES])

    @property
    def named(self) -> tuple[str, ...]:
        """The outcomes that the plan puts first."""
        return tuple(self.manifest[NAMED])

    @property
    def series_names(self) -> tuple[str, ...]:
        """Every monthly series that a run has, ``metric:of``."""
        return tuple(self.manifest[SERIES])

    @property
    def base_year(self) -> dict[str, float]:
        """``trade_usd:OF`` and the like -> value in the base year of the case."""
        return dict(self.manifest["base_year"])

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms of the runs that were asked for, in the plan's order; that without a measure first."""
        with reading(self.folder) as journal:
            found = [arm for (arm,) in journal.execute("SELECT DISTINCT arm FROM asked ORDER BY arm")]
        order = [WITHOUT, *self.manifest.get("asked", {}).get("arms", {})]
        return tuple(sorted(found, key=lambda arm: order.index(arm) if arm in order else len(order)))

    def counts(self) -> dict[str, int]:
        """How many runs are ``done``, ``failed`` and ``open``, of those that the sweep is made of."""
        with reading(self.folder) as journal:
            query = "SELECT coalesce(status, 'open'), count(*) FROM asked LEFT JOIN runs USING(key) GROUP BY 1"
            found: dict[str, int] = dict(journal.execute(query).fetchall())
        return {status: found.get(status, 0) for status in (DONE, FAILED, "open")}

    def runs(self) -> pd.DataFrame:
        """One row a run that is done or has failed, by point, replication, arm: key, point, replication, arm, seed, status
        (done, failed), error, attempts, cpu_s, wall_s, finished (UTC). Runs that two arms share are told for each."""
        fields = ", ".join(
            name if name == "key" else f"{'a' if name in _WHICH else 'r'}.{name}" for name in _RUN_COLUMNS
        )
        with reading(self.folder) as journal:
            rows = journal.execute(
                f"SELECT {fields} FROM asked a JOIN runs r USING(key) ORDER BY a.point, a.replication, a.arm"
            ).fetchall()
        return pd.DataFrame(rows, columns=list(_RUN_COLUMNS))

    def outcomes(self, names: Sequence[str] | None = None, arms: Sequence[str] | None = None) -> pd.DataFrame:
        """One row a run that is done, by point, replication, arm: these four with seed, then one column an outcome (all unless
        named); NaN where a run has none. Raises InputError for unknown names, CaravanError when a file is damaged."""
        wanted = self._known("outcome", names, self.names)
        kept = self._kept(arms)
        return pd.concat([kept.runs, pd.DataFrame(self._values(kept, wanted), columns=list(wanted))], axis=1)

    def series(self, name: str, arms: Sequence[str] | None = None) -> tuple[pd.DataFrame, Floats]:
        """One monthly series of the runs that are done: (which run each row is, values (n_runs, months))."""
        self._known("series", [name], self.series_names)
        kept = self._kept(arms)
        place = self.series_names.index(name)
        self._check(kept.parts)
        with _told():
            placed = read_series(self.folder, kept.parts, [column_names(self.series_names)[place]])[:, :, 0]
        width = len(self.series_names)
        fresh = [np.frombuffer(one.series, "<f8").reshape(-1, width)[:, place] for one in kept.waiting]
        pieces = [values for values in (placed, np.array(fresh)) if len(values)]
        return kept.runs, np.concatenate(pieces)[kept.rows] if pieces else np.empty((0, 0))

    def fan(
        self, series: str, arms: Sequence[str] | None = None, probabilities: Sequence[float] = PROBABILITIES
    ) -> pd.DataFrame:
        """Quantiles over runs of a monthly series: arm, month (from 1), one column each: p5, p25, p50, ... in its own unit."""
        which, values = self.series(series, arms)
        frames = []
        for arm in self._known("arm", arms, self.arms):
            mine = values[(which["arm"] == arm).to_numpy()]
            if len(mine):
                table = pd.DataFrame(_quantiles(mine, probabilities), columns=_columns(probabilities))
                table.insert(0, "month", np.arange(1, len(table) + 1))
                table.insert(0, "arm", arm)
                frames.append(table)
        return (
            pd.concat(frames, ignore_index=True)
            if frames
            else pd.DataFrame(columns=["arm", "month", *_columns(probabilities)])
        )

    def quantiles(
        self,
        names: Sequence[str] | None = None,
        arms: Sequence[str] | None = None,
        probabilities: Sequence[float] = PROBABILITIES,
    ) -> pd.DataFrame:
        """Outcomes over runs: arm, outcome, n (runs with a number), mean, and one column a quantile: p5, p25, p50, ..."""
        wanted, kept = self._known("outcome", names, self.names), self._kept(arms)
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(wanted), _COLUMNS_AT_ONCE):
            some = wanted[start : start + _COLUMNS_AT_ONCE]
            values = self._values(kept, some)
            for arm in self._known("arm", arms, self.arms):
                mine = values[(kept.runs["arm"] == arm).to_numpy()]
                for name, column in zip(some, mine.T, strict=True):
                    there = column[~np.isnan(column)]
                    mean = float(there.mean()) if len(there) else np.nan
                    rows.append((arm, name, len(there), mean, *_quantiles(there[:, None], probabilities)[0]))
        table = pd.DataFrame(rows, columns=["arm", "outcome", "n", "mean", *_columns(probabilities)])
        order = {name: place for place, name in enumerate(wanted)}
        return table.sort_values("outcome", key=lambda names: names.map(order), kind="stable", ignore_index=True)

    def record(self, key: str) -> Record:
        """What one run left, bit for bit. Raises InputError when no run that is done has this key."""
        with reading(self.folder) as journal:
            row = journal.execute(
                "SELECT point, replication, arm, seed, cpu_s, wall_s, part, place FROM runs WHERE key = ? AND status = ?",
                (key, DONE),
            ).fetchone()
            parts = {part.number: part for part in parts_of(journal)}
            waiting = [one for one in waiting_runs(journal) if one.entry.key == key]
        if row is None:
            raise input_error(str(self.folder), "has no finished run of this key", value=key)
        run, (cpu_s, wall_s, number, place) = RunId(key, *row[:4]), row[4:]
        if waiting:
            values = np.frombuffer(waiting[0].outcomes, "<f8")
            series = np.frombuffer(waiting[0].series, "<f8").reshape(-1, len(self.series_names))
            return Record(run, values, series, cpu_s, wall_s)
        part = [parts[number]]
        self._check(part)
        with _told():
            values = read_outcomes(self.folder, part, column_names(self.names))[place]
            monthly = read_series(self.folder, part, column_names(self.series_names))[place]
        return Record(run, values, monthly, cpu_s, wall_s)

    def _kept(self, arms: Sequence[str] | None) -> _Kept:
        wanted = self._known("arm", arms, self.arms)
        with reading(self.folder) as journal:
            found = journal.execute(
                "SELECT a.point, a.replication, a.arm, a.seed, key, r.part, r.place FROM asked a JOIN runs r USING(key) "
                "WHERE r.status = ? ORDER BY a.point, a.replication, a.arm",
                (DONE,),
            ).fetchall()
            parts, waiting = tuple(parts_of(journal)), tuple(waiting_runs(journal))
        found = [row for row in found if row[2] in wanted]
        starts = dict(
            zip((part.number for part in parts), np.cumsum([0, *(part.n_runs for part in parts)]), strict=False)
        )
        n_placed = sum(part.n_runs for part in parts)
        queue = {one.entry.key: n_placed + place for place, one in enumerate(waiting)}
        rows = [queue[key] if part is None else starts[part] + place for *_, key, part, place in found]
        frame = pd.DataFrame([row[:4] for row in found], columns=list(_WHICH))
        return _Kept(frame, np.array(rows, dtype=np.int64), parts, waiting)

    def _values(self, kept: _Kept, names: Sequence[str]) -> Floats:
        """(n_runs, n_names) of outcomes."""
        place_of = {name: place for place, name in enumerate(self.names)}
        places = [place_of[name] for name in names]
        columns = column_names(self.names)
        self._check(kept.parts)
        with _told():
            placed = read_outcomes(self.folder, kept.parts, [columns[place] for place in places])
        fresh = [np.frombuffer(one.outcomes, "<f8")[places] for one in kept.waiting]
        return np.concatenate([placed, np.array(fresh).reshape(len(fresh), len(places))])[kept.rows]

    def _check(self, parts: Sequence[Part]) -> None:
        """Once for each part: raises CaravanError when it is not as it was written."""
        for part in parts:
            if part.number not in self._checked:
                fault = fault_of(self.folder, part)
                if fault:
                    raise CaravanError(f"{fault}; sweep again into this folder to play its {part.n_runs} runs again")
                self._checked.add(part.number)

    def _known(self, what: str, names: Sequence[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
        """The names, or all that are known. Raises InputError with every name that is not."""
        problems = [
            Problem(str(self.folder), f"is no {what} of this sweep", value=repr(name), suggestion=nearest(name, known))
            for name in names or ()
            if name not in known
        ]
        if problems:
            raise InputError(problems)
        return known if names is None else tuple(names)


def open_results(folder: Path | str) -> Results:
    """The results of a sweep, by its folder; it may still be running.

    Raises InputError when the folder holds no sweep, CaravanError when its manifest is damaged.
    """
    target = Path(folder)
    path = target / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise input_error(str(folder), f"holds no results of a sweep ({MANIFEST})") from error
    except OSError as error:
        raise input_error(str(path), f"cannot be read ({(error.strerror or str(error)).lower()})") from error
    except ValueError:
        content = None
    if not is_manifest(content):
        raise CaravanError(f"{path} is damaged, or none of a sweep: sweep again into this folder to mend it")
    return Results(target, content)


def _quantiles(values: Floats, probabilities: Sequence[float]) -> Floats:
    """(n_columns, n_probabilities): linear between order statistics, of the numbers in each column; NaN where there are none."""
    found = np.full((values.shape[1], len(probabilities)), np.nan)
    for place, column in enumerate(values.T):
        there = column[~np.isnan(column)]
        if len(there):
            found[place] = np.quantile(there, probabilities)
    return found


def _columns(probabilities: Sequence[float]) -> list[str]:
    return [f"p{100.0 * probability:g}" for probability in probabilities]


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise CaravanError(f"results cannot be read ({str(error).splitlines()[0]})") from error
