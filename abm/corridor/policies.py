"""What policies do and when: their rows as dated steps, relative to the opening day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from abm.corridor.calendar_days import day_of
from abm.corridor.openings import first_day, start_day
from abm.corridor.scenario import Scenario, assumption_values
from abm.corridor.steps import Step as Step
from abm.corridor.tables import Action, Case, PolicyStep
from abm.errors import InputError, Problem, input_error

#: Share that a ban lets through unless it says more.
_NOTHING_THROUGH = 0.0


def opening_day(case: Case) -> dt.date:
    """Day 0 of the calendar of a case."""
    return dt.date.fromisoformat(case.info.start)


def resolve(scenario: Scenario) -> tuple[Step, ...]:
    """Dated steps of the scenario's policies, ordered by day and then as written. Raises InputError for an unusable row.

    With scheduled dates a policy moves as a whole, its first step to the day drawn for it; a policy that never comes has no step.
    Days typed by hand hold with any dates: the policy moves as a whole to its first day, and nothing of it is left on the day
    before which it ends. Steps by hand come after those of policies that begin on the same day.
    """
    if scenario.dates != "scheduled":
        return as_written(scenario)
    return _dated(scenario, {name: start_day(scenario, name) for name in scenario.policies})


def as_written(scenario: Scenario) -> tuple[Step, ...]:
    """The same on the days that the rows of the policies, or those who typed other days, say, whatever becomes of them."""
    return _dated(scenario, {name: first for name, (first, _) in scenario.days.items() if first is not None})


def _dated(scenario: Scenario, first_days: Mapping[str, int | None]) -> tuple[Step, ...]:
    """All steps, with policies moved to these first days (None: it never comes); a policy that is not named stays."""
    later = {name: None if day is None else day - first_day(scenario.case, name) for name, day in first_days.items()}
    steps = []
    for step in _rows(scenario):
        days = later.get(step.policy_id, 0)
        _, end_day = scenario.days.get(step.policy_id, (None, None))
        if days is not None:
            steps += _cut(_moved(step, days), end_day)
    return tuple(sorted([*steps, *map(_by_hand, scenario.steps)], key=lambda step: step.start_day))


def _rows(scenario: Scenario) -> list[Step]:
    """Rows of the chosen policies as steps on the days that they say, ordered by day and then as written."""
    numbers = assumption_values(scenario)
    steps, problems = [], []
    for row in scenario.case.policies:
        if row.policy_id not in scenario.policies:
            continue
        try:
            steps.append(_step(row, opening_day(scenario.case), numbers))
        except InputError as error:
            problems += list(error.problems)
    if problems:
        raise InputError(problems)
    return sorted(steps, key=lambda step: step.start_day)


def _cut(step: Step, end_day: int | None) -> list[Step]:
    """What is left of a step when its policy ends before a day."""
    if end_day is None or (step.end_day is not None and step.end_day <= end_day):
        return [step]
    return [replace(step, end_day=end_day)] if step.start_day < end_day else []


def _by_hand(step: Step) -> Step:
    """A step as the model reads it: a ban without a share lets nothing through."""
    is_whole = step.number is None and step.action is Action.BAN
    number = _NOTHING_THROUGH if is_whole else step.number
    return replace(step, number=None if number is None else float(number))


def _moved(step: Step, days: int) -> Step:
    end_day = None if step.end_day is None else step.end_day + days
    return replace(step, start_day=step.start_day + days, end_day=end_day)


def policy_titles(case: Case) -> dict[str, str]:
    """Policy -> title, in the order of the table."""
    titles: dict[str, str] = {}
    for row in case.policies:
        titles.setdefault(row.policy_id, row.title)
    return titles


def _step(row: PolicyStep, start: dt.date, numbers: Mapping[str, float]) -> Step:
    place = f"policy {row.policy_id!r}"
    try:
        first, last = day_of(row.start, start), day_of(row.end, start)
    except ValueError as error:
        raise InputError([Problem(place, f"has a start or end that is not a day: {error}")]) from error
    number = numbers.get(row.value) if row.value else None
    if row.value and number is None:
        try:
            number = float(row.value)
        except ValueError:
            raise input_error(place, "must be a number or an assumption", field="value", value=row.value) from None
    if number is None and row.action is Action.BAN:
        number = _NOTHING_THROUGH
    return Step(row.policy_id, row.action, row.target, first or 0, last, number)
