"""Fitting assumptions to what was measured, within their ranges and no further than the targets ask.

A name is moved in units of its own range: ``u`` is -1 at its low end, 0 at the value that stands and 1 at its high end (by
logarithms where its shape is lognormal). What is made small is

    sum over targets of ((measured - value) / sd)**2  +  sum over names of (1.645 u)**2

with sd a 1.645th of the distance from a target's value to its low (below) or high end (above): ranges are 5 and 95 % points, so
this is the mode of the posterior, and a name that no target moves stays where it is. Every evaluation is the mean over the same
seeds, so chance is common to all of them. The optimiser is scipy's bounded trust-region least squares: it uses that the sum is
one of squares, which few and costly evaluations need; its differences are taken over a stretch of the range instead of an
infinitesimal step, because what consignments leave of chance is rough on small scales.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Assumption, Case, Shape, Target, Use
from abm.errors import InputError, Problem, nearest
from abm.network.arcs import Floats
from abm.network.options import blueprint
from abm.randomness import Z_95
from abm.study.calibration_tables import Told, fit_table, misses, sensitivity_table, value_table
from abm.study.compare import MAX_SEEDS
from abm.study.provenance import provenance
from abm.study.runner import n_cores, run_seeds
from abm.study.targets import measure_targets

#: Differences are taken over this part of the distance to an end of the range; each new search direction halves it, as slopes of
#: long chords mislead where steps are small, down to what chance still lets be seen.
_STRETCH, _LEAST_STRETCH = 0.25, 0.06
#: The optimiser counts the start as its first trial, so that with fewer it would not take a step.
_LEAST_TRIALS = 2
#: A calibrated value is written with so many significant digits: more than targets can tell.
_DIGITS = 4
#: Assumptions that are fitted unless others are named, as far as a case has them with a range; and all delta_<mode>_<class>.
FITTED = ("kappa", "lam", "learning_rate", "information_rate", "rate_scale_road", "rate_scale_rail", "rate_scale_sea")
_PENALTY = "delta_"
#: Assumptions about how people behave, which are the same everywhere: fitted to several cases together unless others are named.
#: (Freight rates and penalties of modes belong to one corridor.)
BEHAVIOUR = ("kappa", "lam", "learning_rate", "information_rate", "sigma", "tau_cost_years")

type Measure = Callable[[Mapping[str, float], int], Floats]


@dataclass(frozen=True)
class Calibration:
    """What a calibration found.

    fit: target_id (behind its case, where several are fitted together), title, use, unit, value, low, high, and before and after:
    measured (mean over seeds), error (its Monte Carlo standard error), miss (standard deviations of the target from its value),
    is_inside. values: name, before, after, low, high, unit, doubt_left (posterior over prior standard deviation, to first order),
    is_identified, at_end (of its range). sensitivity: target_id, name, miss_per_range: change of the target's miss from the value
    to the high end of the name's range, at the values found. ``sum_before``, ``sum_after``: what was made small.
    ``evaluations``: sets of values tried. ``rows``: the assumptions that were fitted.
    """

    cases: tuple[Case, ...]
    seeds: tuple[int, ...]
    fit: pd.DataFrame
    values: pd.DataFrame
    sensitivity: pd.DataFrame
    sum_before: float
    sum_after: float
    evaluations: int
    rows: tuple[Assumption, ...] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """The case that was fitted, the first of several."""
        return self.cases[0]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, as they are written to disk."""
        return {"fit": self.fit, "values": self.values, "sensitivity": self.sensitivity}

    @property
    def found(self) -> dict[str, float]:
        """Name -> calibrated value."""
        return {str(name): float(value) for name, value in zip(self.values["name"], self.values["after"], strict=True)}

    def found_of(self, case: Case) -> dict[str, float]:
        """The calibrated values that a case takes, which need not be one of those that were fitted: none where its own row of an
        assumption is another than the one that was."""
        return _shared(case, self.rows, self.found)


def calibrate(
    case: Case | str,
    *,
    fit: Sequence[str] = (),
    seeds: int = 2,
    evaluations: int = 60,
    first_seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Fit the assumptions ``fit`` (default: :data:`FITTED` and mode penalties) to the targets of ``case`` whose use is ``fit``.

    ``evaluations``: sets of values that the search tries at most, but one step is always taken; each plays ``seeds`` worlds, and
    so do the sets before and after it.
    ``progress`` is told how many sets are newly done. Nothing is written: :func:`abm.study.calibrated.write_values` does that.
    Raises InputError with all problems at once: a name without a range or unknown, no target to fit.
    """
    loaded = load(case) if isinstance(case, str) else case
    rows = question(loaded, fit, seeds=seeds, evaluations=evaluations, workers=workers)
    drawn = tuple(range(first_seed, first_seed + seeds))
    search = _Search((loaded,), rows, drawn, workers or n_cores(), progress)
    return _fitted(search, (loaded.targets,), evaluations)


def calibrate_together(
    cases: Sequence[Case],
    *,
    fit: Sequence[str] = (),
    seeds: int = 2,
    evaluations: int = 60,
    first_seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Fit assumptions that all ``cases`` share (default: :data:`BEHAVIOUR`) to the targets of all of them whose use is ``fit``.

    A case whose own row of an assumption differs from that of most keeps its own value. Otherwise as :func:`calibrate`.
    """
    rows = question_together(cases, fit, seeds=seeds, evaluations=evaluations, workers=workers)
    drawn = tuple(range(first_seed, first_seed + seeds))
    search = _Search(tuple(cases), rows, drawn, workers or n_cores(), progress)
    return _fitted(search, search.targets, evaluations)


def most_sets(n_names: int, evaluations: int) -> int:
    """Sets of values that a calibration of so many names plays at most, those before and after the search among them."""
    return _trials(n_names, evaluations) * (1 + n_names) + 2 + (1 + n_names)


def _trials(n_names: int, evaluations: int) -> int:
    """Trials of the optimiser, each of which takes a set of values and one more for each slope."""
    return max(_LEAST_TRIALS, evaluations // (1 + n_names))


def _fitted(search: "_Search", judged: Sequence[tuple[Target, ...]], evaluations: int) -> Calibration:
    """The search, and what it found; ``judged``: the targets of each case that are told before and after."""
    rows = search.rows
    start = np.zeros(len(rows))
    before = search.measured(start, judged)
    trials = _trials(len(rows), evaluations)
    found = least_squares(search.residuals, start, jac=search.next_slopes, bounds=search.bounds, max_nfev=trials)
    u = search.rounded(found.x)
    after = search.measured(u, judged)
    slopes = search.slopes(u)
    settings = [provenance(Scenario(case, values=search.values_of(case, u)), search.seeds) for case in search.cases]
    told, fitted = Told.of(search.cases, judged), Told.of(search.cases, search.targets)
    return Calibration(
        cases=search.cases, seeds=search.seeds, fit=fit_table(told, before, after),
        values=value_table(rows, u, search.values(u), slopes), sensitivity=sensitivity_table(fitted, rows, slopes),
        sum_before=_total(fitted, told, start, before), sum_after=_total(fitted, told, u, after),
        evaluations=search.evaluations, rows=rows,
        provenance=settings[0] if len(settings) == 1 else {"histories": settings},
    )  # fmt: skip


def question(
    case: Case, fit: Sequence[str], *, seeds: int, evaluations: int, workers: int | None
) -> tuple[Assumption, ...]:
    """The assumptions to be fitted. Raises InputError with everything that is wrong with what is asked."""
    rows = {row.name: row for row in case.assumptions}
    names = tuple(fit) or tuple(name for name in rows if name in FITTED or name.startswith(_PENALTY))
    return _asked(rows, names, (case,), seeds=seeds, evaluations=evaluations, workers=workers)


def question_together(
    cases: Sequence[Case], fit: Sequence[str], *, seeds: int, evaluations: int, workers: int | None
) -> tuple[Assumption, ...]:
    """The rows of the assumptions that are fitted to several cases: those that most of them have. Raises InputError likewise."""
    held = [{row.name: row for row in case.assumptions} for case in cases]
    common = set(held[0]).intersection(*held) if held else set()
    rows = {name: _most_common([of[name] for of in held]) for name in sorted(common)}
    names = tuple(fit) or tuple(name for name in BEHAVIOUR if name in rows)
    return _asked(rows, names, cases, seeds=seeds, evaluations=evaluations, workers=workers)


def _most_common(rows: Sequence[Assumption]) -> Assumption:
    return max(rows, key=rows.count)


def _asked(
    rows: Mapping[str, Assumption], names: tuple[str, ...], cases: Sequence[Case], *, seeds: int, evaluations: int,
    workers: int | None,
) -> tuple[Assumption, ...]:  # fmt: skip
    problems = []
    if not 1 <= seeds <= MAX_SEEDS:
        problems.append(Problem("seeds", f"must be a whole number from 1 to {MAX_SEEDS}", value=str(seeds)))
    if evaluations < 1:
        problems.append(Problem("evaluations", "must be at least 1", value=str(evaluations)))
    if workers is not None and workers < 1:
        problems.append(Problem("workers", "must be at least 1", value=str(workers)))
    if not any(target.use is Use.FIT for case in cases for target in case.targets):
        problems.append(Problem("targets.csv", "holds no target to fit to: a row whose use is fit"))
    for name in dict.fromkeys(names):
        if name not in rows:
            rule = (
                "is not an assumption of this case" if len(cases) == 1 else "is not an assumption of all of these cases"
            )
            problems.append(Problem("fit", rule, value=repr(name), suggestion=nearest(name, rows)))
        elif not rows[name].low < rows[name].high:
            problems.append(Problem("fit", "has no range to be fitted within", value=repr(name)))
        elif names.count(name) > 1:
            problems.append(Problem("fit", "is named twice", value=repr(name)))
    if problems:
        raise InputError(problems)
    return tuple(rows[name] for name in names)


def value_at(row: Assumption, u: float) -> float:
    """The value ``u`` of the way from the one that stands (0) to the high (1) or the low end (-1) of its range."""
    end = row.high if u > 0.0 else row.low
    if row.shape is Shape.LOGNORMAL:
        return float(row.value * (end / row.value) ** abs(u))
    return float(row.value + (end - row.value) * abs(u))


def place_of(row: Assumption, value: float) -> float:
    """Where a value lies: the inverse of :func:`value_at`; 0 where the range has no room on its side."""
    end = row.high if value > row.value else row.low
    if end == row.value:
        return 0.0
    if row.shape is Shape.LOGNORMAL:
        part = np.log(value / row.value) / np.log(end / row.value)
    else:
        part = (value - row.value) / (end - row.value)
    return float(np.copysign(part, value - row.value))


def _shared(case: Case, rows: Sequence[Assumption], values: Mapping[str, float]) -> dict[str, float]:
    """Those of the values whose assumptions a case has in the very same row: what it says otherwise itself stays."""
    own = {row.name: row for row in case.assumptions}
    return {row.name: values[row.name] for row in rows if own.get(row.name) == row}


class _Search:
    """Evaluates places ``u`` (n_names,) of the range in all cases; remembers what it has measured."""

    def __init__(
        self,
        cases: tuple[Case, ...],
        rows: tuple[Assumption, ...],
        seeds: tuple[int, ...],
        workers: int,
        progress: Callable[[int], None] | None,
    ) -> None:
        self.cases, self.rows, self.seeds, self.workers = cases, rows, seeds, workers
        self.targets = tuple(tuple(row for row in case.targets if row.use is Use.FIT) for case in cases)
        self.progress = progress
        self.evaluations = 0
        self._known: dict[bytes, Floats] = {}
        self._stretch = _STRETCH
        for case in cases:
            blueprint(case)  # found once, before processes are forked

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """-1 and 1, or 0 where the value that stands is an end of its range."""
        lower = np.array([-1.0 if row.low < row.value else 0.0 for row in self.rows])
        return lower, np.array([1.0 if row.high > row.value else 0.0 for row in self.rows])

    def values(self, u: Floats) -> dict[str, float]:
        return {row.name: value_at(row, float(part)) for row, part in zip(self.rows, u, strict=True)}

    def values_of(self, case: Case, u: Floats) -> dict[str, float]:
        """The values that a case takes."""
        return _shared(case, self.rows, self.values(u))

    def rounded(self, u: Floats) -> Floats:
        """The place of the values as they will be written."""
        written = (float(f"{value:.{_DIGITS}g}") for value in self.values(u).values())
        held = (min(max(value, row.low), row.high) for row, value in zip(self.rows, written, strict=True))
        return np.array([place_of(row, value) for row, value in zip(self.rows, held, strict=True)])

    def measured(self, u: Floats, targets: Sequence[tuple[Target, ...]]) -> Floats:
        """What each seed measures of the targets of each case, one after the other: (n_seeds, n_targets)."""
        return self._play([u], targets)[0]

    def residuals(self, u: Floats) -> Floats:
        """Misses of the targets, then of the names: (n_targets + n_names,)."""
        return np.concatenate((self._misses([u])[0], Z_95 * u))

    def next_slopes(self, u: Floats) -> Floats:
        """Slopes for the next search direction, over half the stretch of those before."""
        slopes = self.slopes(u, self._stretch)
        self._stretch = max(self._stretch / 2.0, _LEAST_STRETCH)
        return slopes

    def slopes(self, u: Floats, stretch: float = _STRETCH) -> Floats:
        """Derivatives of the residuals by differences over a stretch of each range: (n_targets + n_names, n_names)."""
        lower, upper = self.bounds
        # Towards the middle, so that the stretch stays within the range.
        steps = np.where(u > 0.0, -stretch, stretch)
        steps = np.where((u + steps < lower) | (u + steps > upper), -steps, steps)
        moved = [u + step * unit for step, unit in zip(steps, np.eye(u.size), strict=True)]
        here, *there = self._misses([u, *moved])
        columns = [(at - here) / step for at, step in zip(there, steps, strict=True)]
        return np.vstack((np.array(columns).T, Z_95 * np.eye(u.size)))

    def _misses(self, places: Sequence[Floats]) -> list[Floats]:
        """Misses at each place by the mean over seeds, played side by side where they are not known yet."""
        new = [u for u in places if u.tobytes() not in self._known]
        if new:
            fitted = [row for targets in self.targets for row in targets]
            for u, by_seed in zip(new, self._play(new, self.targets), strict=True):
                self._known[u.tobytes()] = misses(fitted, by_seed.mean(axis=0))
        return [self._known[u.tobytes()] for u in places]

    def _play(self, places: Sequence[Floats], targets: Sequence[tuple[Target, ...]]) -> list[Floats]:
        values = [[self.values_of(case, u) for case in self.cases] for u in places]
        task = partial(_one, self.cases, values, self.seeds, tuple(targets))
        n_worlds = len(self.seeds) * len(self.cases)
        done = run_seeds(task, range(len(places) * n_worlds), self.workers)
        self.evaluations += len(places)
        if self.progress is not None:
            self.progress(len(places))
        of_place = (done[first : first + n_worlds] for first in range(0, len(done), n_worlds))
        return [
            np.hstack([np.array(worlds[n :: len(self.cases)]) for n in range(len(self.cases))]) for worlds in of_place
        ]


def _one(
    cases: tuple[Case, ...], values: Sequence[Sequence[dict[str, float]]], seeds: tuple[int, ...],
    targets: tuple[tuple[Target, ...], ...], task: int,
) -> Floats:  # fmt: skip
    """Task ``task``: cases one after the other, for each seed, at each place."""
    rest, number = divmod(task, len(cases))
    place, seed = divmod(rest, len(seeds))
    if not targets[number]:
        return np.empty(0)
    return measure_targets(cases[number], values[place][number], seeds[seed], targets[number])


def _total(fitted: Told, told: Told, u: Floats, measured: Floats) -> float:
    """The sum that was made small; ``measured``: of the targets that are told."""
    rows = [n for n, row in enumerate(told.targets) if row.use is Use.FIT]
    own = misses(fitted.targets, measured.mean(axis=0)[rows])
    return float(own @ own + Z_95**2 * (u @ u))
