"""What histories teach: shared assumptions fitted to one half of them, and judged by the other.

The half whose targets have the use ``fit`` moves the values within their ranges (:func:`abm.study.calibrate.calibrate_together`);
the half that is held back never does. Both halves are scored with the values that stood and with those that were found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from abm.corridor.tables import Assumption, Case, Use
from abm.errors import InputError, Problem
from abm.study.calibrate import Calibration, calibrate_together, question_together
from abm.study.hindcast import Hindcast, event_targets, question, scored

#: Sets of values that are tried at most unless a user says otherwise.
EVALUATIONS = 60


@dataclass(frozen=True)
class Fitted:
    """calibration: what the fit half says of the assumptions; before, after: all histories with the values that stood, and with
    those found."""

    calibration: Calibration
    before: Hindcast
    after: Hindcast


def fitted_question(
    cases: Sequence[Case], fit: Sequence[str], *, seeds: int, evaluations: int, workers: int | None
) -> tuple[Assumption, ...]:
    """The assumptions to be fitted. Raises InputError with everything that is wrong with what is asked."""
    problems: list[Problem] = []
    rows: tuple[Assumption, ...] = ()
    try:
        question(cases, {}, seeds=seeds, workers=workers)
    except InputError as error:
        problems += error.problems
    half = fitted_half(cases)
    if not half:
        problems.append(Problem("history", "must be one of the half that is fitted to: a target's use is fit"))
    try:
        rows = question_together(half or cases, fit, seeds=seeds, evaluations=evaluations, workers=workers)
    except (
        InputError
    ) as error:  # what has been told above is not told again: seeds, workers, and that there is nothing to fit to
        told = {problem.place for problem in problems} | (set() if half else {"targets.csv"})
        problems += [problem for problem in error.problems if problem.place not in told]
    if problems:
        raise InputError(problems)
    return rows


def fitted_half(cases: Sequence[Case]) -> tuple[Case, ...]:
    """The histories that may be fitted to."""
    return tuple(case for case in cases if any(row.use is Use.FIT for row in event_targets(case)))


def fit_half(
    cases: Sequence[Case],
    *,
    fit: Sequence[str] = (),
    seeds: int = 3,
    evaluations: int = EVALUATIONS,
    first_seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Fit the assumptions ``fit`` (default: :data:`abm.study.calibrate.BEHAVIOUR`) to the half that may be fitted to.

    ``evaluations``: sets of values that the search tries at most, but one step is always taken. ``progress`` is told of each set
    that is tried. Raises InputError with all problems at once.
    """
    fitted_question(cases, fit, seeds=seeds, evaluations=evaluations, workers=workers)
    return calibrate_together(
        fitted_half(cases), fit=fit, seeds=seeds, evaluations=evaluations, first_seed=first_seed, workers=workers,
        progress=progress,
    )  # fmt: skip


def scored_twice(
    cases: Sequence[Case],
    found: Calibration,
    *,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Fitted:
    """Score all histories with the values that stood and with those found, in the seeds of the calibration.

    ``progress`` is told of each pair of worlds that is played.
    """
    every = tuple(cases)
    before = scored(every, [{} for _ in every], found.seeds, workers, progress)
    after = scored(every, [found.found_of(case) for case in every], found.seeds, workers, progress)
    return Fitted(found, before, after)
