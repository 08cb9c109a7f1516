"""What histories teach: shared assumptions fitted to one half of them, and judged by the other.

The half whose targets have the use ``fit`` moves the values within their ranges (:func:`abm.study.calibrate.calibrate_together`);
the half that is held back never does. Both halves are scored with the values that stood and with those that were found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from abm.corridor.tables import Case, Use
from abm.errors import InputError, Problem
from abm.study.calibrate import Calibration, calibrate_together, question_together
from abm.study.hindcast import Hindcast, event_targets, question, scored


@dataclass(frozen=True)
class Fitted:
    """calibration: what the fit half says of the assumptions; before, after: all histories with the values that stood, and with
    those found."""

    calibration: Calibration
    before: Hindcast
    after: Hindcast


def fitted_question(
    cases: Sequence[Case], fit: Sequence[str], *, seeds: int, evaluations: int, workers: int | None
) -> tuple[Case, ...]:
    """The histories that are fitted to. Raises InputError with everything that is wrong with what is asked."""
    question(cases, {}, seeds=seeds, workers=workers)
    half = tuple(case for case in cases if event_targets(case)[0].use is Use.FIT)
    problems = [] if half else [Problem("history", "must be one of the half that is fitted to: a target's use is fit")]
    try:
        question_together(half or cases, fit, seeds=seeds, evaluations=evaluations, workers=workers)
    except InputError as error:
        problems += [problem for problem in error.problems if half or problem.place == "fit"]
    if problems:
        raise InputError(problems)
    return half


def hindcast_fitted(
    cases: Sequence[Case],
    *,
    fit: Sequence[str] = (),
    seeds: int = 3,
    evaluations: int = 60,
    first_seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Fitted:
    """Fit the assumptions ``fit`` (default: :data:`abm.study.calibrate.BEHAVIOUR`) to the half of ``cases`` that may be fitted
    to, and score all of them before and after.

    ``evaluations``: sets of values that the search tries at most, but one step is always taken. ``progress`` is told of each set
    of values that is tried. Raises InputError with all problems at once.
    """
    half = fitted_question(cases, fit, seeds=seeds, evaluations=evaluations, workers=workers)
    drawn = tuple(range(first_seed, first_seed + seeds))
    found = calibrate_together(
        half, fit=fit, seeds=seeds, evaluations=evaluations, first_seed=first_seed, workers=workers, progress=progress
    )
    every = tuple(cases)
    before = scored(every, [{} for _ in every], drawn, workers)
    after = scored(every, [found.found_of(case) for case in every], drawn, workers)
    return Fitted(found, before, after)
