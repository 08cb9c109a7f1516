"""What policies do and when: their rows as dated steps, relative to the opening day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from abm.corridor.calendar_days import day_of
from abm.corridor.openings import first_day, start_day
from abm.corridor.scenario import Scenario, assumption_values
from abm.corridor.tables import Action, Case, PolicyStep
from abm.errors import InputError, Problem, input_error


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a chosen policy. Days count from the opening day (0); ``end_day`` None means for good.

    ``target``: link, post or terminal; ``DESTINATION/ORIGIN/COMMODITY`` for tariff, ban and quota; a pair of countries for
    friction; a hazard, its region or ``*`` for oversight and tension; a hazard or regime for its rate. ``number``: scale, toll in
    USD/t, fee in USD a vehicle, hours of added dwell, tariff share, friction share, tonnes a calendar year of a quota, level of
    oversight (1: all), factor of a tension or a rate, or the share that a ban still lets through (0 unless the case says more);
    None for opening and closing.
    """

    policy_id: str
    action: Action
    target: str
    start_day: int
    end_day: int | None
    number: float | None

    @property
    def parts(self) -> tuple[str, ...]:
        """The target split into its names: one, a pair, or a triple with ``*`` for all."""
        if self.action is Action.LIFT_FRICTION:
            return tuple(self.target.split("-"))
        return tuple(self.target.split("/"))


def opening_day(case: Case) -> dt.date:
    """Day 0 of the calendar of a case."""
    return dt.date.fromisoformat(case.info.start)


def resolve(scenario: Scenario) -> tuple[Step, ...]:
    """Dated steps of the scenario's policies, ordered by day and then as written. Raises InputError for an unusable row.

    With scheduled dates a policy moves as a whole, its first step to the day drawn for it; a policy that never comes has no step.
    """
    steps = as_written(scenario)
    if scenario.dates != "scheduled":
        return steps
    later: dict[str, int] = {}
    for name in scenario.policies:
        day = start_day(scenario, name)
        if day is not None:
            later[name] = day - first_day(scenario.case, name)
    moved = (_moved(step, later[step.policy_id]) for step in steps if step.policy_id in later)
    return tuple(sorted(moved, key=lambda step: step.start_day))


def as_written(scenario: Scenario) -> tuple[Step, ...]:
    """The same on the days that the rows of the policies say, whatever becomes of them."""
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
    return tuple(sorted(steps, key=lambda step: step.start_day))


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
        number = 0.0
    return Step(row.policy_id, row.action, row.target, first or 0, last, number)
