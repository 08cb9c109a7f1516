"""A scenario: a case, the policies chosen, the values set, a horizon and a seed; and the numbers that follow from them."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real

from abm.corridor.assumptions import domain
from abm.corridor.calendar_days import event_days
from abm.corridor.hand_rules import day_problems, step_problems
from abm.corridor.steps import Step
from abm.corridor.tables import Action, Assumption, Case, Shape, Status
from abm.errors import InputError, Problem, input_error, nearest
from abm.randomness import Z_95, Process, address, inverse_normal
from abm.units import DAYS_PER_YEAR

MAX_YEARS = 30
#: Who acts beside the shippers, and can be told to stand still.
CAST = ("carriers", "posts", "incidents", "authorities")
#: When policies come into force.
DATES = ("given", "scheduled", "negotiated")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What one world is run with.

    ``policies`` are identifiers of the case's policies; ``values`` override assumptions by name; ``years`` runs from the opening
    day; ``draw`` takes every assumption that is not set, and every number with a range, from its distribution: one draw per
    (seed, name). ``dates``: ``given`` (policies start when their rows say: the effect given opening), ``scheduled`` (dates are
    drawn from openings.csv and projects.csv, never included) or ``negotiated`` (exploratory: authorities agree, or do not; what
    opens links under consent needs a row of openings.csv). ``replay_from``: an ISO date of history that becomes the opening day:
    the events of events.csv happen instead of drawn incidents. ``still``: those of the cast (:data:`CAST`) who do not act.
    ``days``: policy -> (first day, day before which it ends), counted from the opening day, for policies that are to keep other
    days than their rows say, whatever ``dates`` is; None: as it would be without. Of policies not chosen nothing is kept.
    ``steps``: changes that no policy of the case makes (``policy_id`` is :data:`abm.corridor.steps.BY_HAND`), under the rules of
    rows of policies.csv; no authority withholds them.
    Raises InputError with all problems at once.
    """

    case: Case
    policies: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    years: int = 5
    seed: int = 1
    draw: bool = False
    dates: str = "given"
    replay_from: str = ""
    still: tuple[str, ...] = ()
    days: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        chosen: object = self.policies
        policies = (chosen,) if isinstance(chosen, str) else tuple(self.policies)
        object.__setattr__(self, "policies", policies)
        object.__setattr__(self, "values", dict(self.values))
        object.__setattr__(self, "steps", tuple(self.steps))
        problems = [*_policy_problems(self.case, policies), *_value_problems(self.case, self.values)]
        problems += _by_hand_problems(self)
        object.__setattr__(self, "days", {name: span for name, span in self.days.items() if name in policies})
        if not _is_whole(self.years) or not 1 <= self.years <= MAX_YEARS:
            problems.append(Problem("years", f"must be a whole number from 1 to {MAX_YEARS}", value=repr(self.years)))
        if not _is_whole(self.seed) or not 0 <= self.seed < 2**63:
            problems.append(Problem("seed", "must be a whole number from 0 to 2^63 - 1", value=repr(self.seed)))
        actors: object = self.still
        still = (actors,) if isinstance(actors, str) else tuple(self.still)
        object.__setattr__(self, "still", still)
        problems += _cast_problems(self.dates, still)
        if self.dates == "negotiated":
            talked = tuple(name for name in policies if _typed_day(self.days.get(name)) is None)
            problems += _talk_problems(self.case, talked, still)
        if self.replay_from:
            has_years = all(problem.place != "years" for problem in problems)
            problems += _replay_problems(self.case, self.replay_from, still, self.years if has_years else MAX_YEARS)
        if problems:
            raise InputError(problems)
        whole = {name: (_whole(first), _whole(end)) for name, (first, end) in self.days.items()}
        object.__setattr__(self, "days", whole)

    def acts(self, actor: str) -> bool:
        """Whether these of the cast act."""
        return actor not in self.still

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by its fields, and so checked again where it arrives."""
        return Scenario, (
            self.case, self.policies, self.values, self.years, self.seed, self.draw, self.dates, self.replay_from, self.still,
            self.days, self.steps,
        )  # fmt: skip


def _cast_problems(dates: str, still: tuple[str, ...]) -> list[Problem]:
    problems = []
    if dates not in DATES:
        rule = f"is not one of {', '.join(DATES)}"
        problems.append(Problem("dates", rule, value=repr(dates), suggestion=nearest(dates, DATES)))
    for actor in still:
        if actor not in CAST:
            rule = f"is not one of {', '.join(CAST)}"
            problems.append(Problem("still", rule, value=repr(actor), suggestion=nearest(actor, CAST)))
    return problems


def _talk_problems(case: Case, policies: tuple[str, ...], still: tuple[str, ...]) -> list[Problem]:
    """Without somebody who talks, and dates to fit the talks to, a policy would silently open on its written day."""
    problems = []
    if "authorities" in still:
        problems.append(Problem("still", "must not name them while dates are negotiated", value=repr("authorities")))
    held, asked = {row.link_id for row in case.consents}, {row.policy_id for row in case.openings}
    held -= {link.link_id for link in case.links if link.status is Status.OPEN}  # to open these changes nothing
    opening = {row.policy_id for row in case.policies if row.action is Action.OPEN_LINK and row.target in held}
    rule = "opens links under consent but has no row in openings.csv, so that its dates cannot be negotiated"
    return problems + [
        Problem("policy", rule, value=repr(name)) for name in policies if name in opening and name not in asked
    ]


def _replay_problems(case: Case, replay_from: str, still: tuple[str, ...], years: int) -> list[Problem]:
    """A replay in which nothing can happen would look like a calm history."""
    problems = []
    if "incidents" in still:
        problems.append(Problem("still", "must not name them while history is replayed", value=repr("incidents")))
    try:
        origin = dt.date.fromisoformat(replay_from)
    except ValueError:
        return [*problems, Problem("replay", "must be a date such as 2021-07-01", value=repr(replay_from))]
    first, last = -case.info.warmup_days, years * DAYS_PER_YEAR
    days = [((dt.date.fromisoformat(row.start) - origin).days, event_days(row)) for row in case.events]
    if not any(start < last and start + length > first for start, length in days):
        rule = f"leaves no event of events.csv within {-first:g} days of warm-up and {last:g} days after"
        problems.append(Problem("replay", rule, value=repr(replay_from)))
    return problems


def _by_hand_problems(scenario: Scenario) -> list[Problem]:
    """What is wrong with typed days and with steps by hand."""
    told = set(scenario.policies) - {step.policy_id for step in scenario.case.policies}  # elsewhere
    days = {name: span for name, span in scenario.days.items() if name not in told}
    problems = list(day_problems(scenario.case, days, scenario.dates))
    if scenario.steps:
        problems += step_problems(
            scenario.case, ((f"step {n}", step) for n, step in enumerate(scenario.steps, start=1))
        )
    return problems


def _whole(day: int | None) -> int | None:
    """A day as Python's own integer, whatever kind of whole number it was."""
    return None if day is None else int(day)


def _typed_day(span: object) -> object:
    """The first day of a pair of typed days, if it is one; what else is wrong with it is told elsewhere."""
    return span[0] if isinstance(span, tuple) and span else None


def _is_whole(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)


def _policy_problems(case: Case, policies: tuple[str, ...]) -> list[Problem]:
    known = list(dict.fromkeys(step.policy_id for step in case.policies))
    listed = ", ".join(known) or "(this case has none)"
    problems = [
        Problem("policy", f"is not one of {listed}", value=repr(name), suggestion=nearest(str(name), known))
        for name in policies
        if name not in known
    ]
    twice = [name for name in dict.fromkeys(policies) if policies.count(name) > 1]
    return problems + [Problem("policy", "is chosen twice", value=repr(name)) for name in twice]


def _value_problems(case: Case, values: Mapping[str, float]) -> list[Problem]:
    known = [assumption.name for assumption in case.assumptions]
    problems = []
    given: Mapping[str, object] = values
    for name, value in given.items():
        if name not in known:
            rule = "is not an assumption of this case"
            problems.append(Problem("value", rule, value=repr(name), suggestion=nearest(str(name), known)))
        elif isinstance(value, bool) or not isinstance(value, Real):
            problems.append(Problem(f"value {name}", "must be a number", value=repr(value)))
        elif rule := domain(name).rule(float(value)):
            problems.append(Problem(f"value {name}", rule, value=f"{float(value):g}"))
    return problems


def assumption_values(scenario: Scenario) -> dict[str, float]:
    """Name -> value of every assumption: as set, else drawn when the scenario draws, else the case's central value."""
    found = {}
    for row in scenario.case.assumptions:
        if row.name in scenario.values:
            found[row.name] = float(scenario.values[row.name])
        elif scenario.draw:
            found[row.name] = _drawn(row, scenario.seed)
        else:
            found[row.name] = row.value
    return found


def _drawn(row: Assumption, seed: int) -> float:
    u = address(seed, Process.ASSUMPTION, row.name)
    return quantile(row.shape, row.value, row.low, row.high, u)


def ranged(
    scenario: Scenario, table: str, key: str, column: str, value: float, low: float | None, high: float | None
) -> float:
    """One number of a table: its value, or a triangular draw between ``low`` and ``high`` when the scenario draws.

    The draw belongs to (seed, table, key, column): no other row or column moves it. Without a range the value stands.
    """
    if not scenario.draw or low is None or high is None:
        return value
    u = address(scenario.seed, Process.ASSUMPTION, table, key, column)
    return quantile(Shape.TRIANGULAR, value, low, high, u)


def quantile(shape: Shape, value: float, low: float, high: float, u: float) -> float:
    """Inverse distribution function at ``u`` in (0, 1), always within [low, high].

    fixed: ``value``. uniform: between low and high. triangular: mode ``value``. lognormal: median ``value`` with low and high as
    the 5 and 95 % points, each half with its own spread, ``value * exp(s z)``, truncated there. Raises InputError unless
    low <= value <= high (and low > 0 for lognormal).
    """
    if not low <= value <= high:
        raise input_error("range", "must hold low <= value <= high", value=f"{low:g}, {value:g}, {high:g}")
    if shape is Shape.FIXED or low == high:
        return value
    if shape is Shape.UNIFORM:
        drawn = low + u * (high - low)
    elif shape is Shape.TRIANGULAR:
        drawn = _triangular(value, low, high, u)
    else:
        drawn = _lognormal(value, low, high, u)
    return min(max(drawn, low), high)


def _triangular(value: float, low: float, high: float, u: float) -> float:
    width = high - low
    split = (value - low) / width
    if u < split:
        return low + math.sqrt(u * width * (value - low))
    return high - math.sqrt((1.0 - u) * width * (high - value))


def _lognormal(value: float, low: float, high: float, u: float) -> float:
    if low <= 0.0:
        raise input_error("range", "must have low > 0 for a lognormal shape", value=f"{low:g}")
    z = float(inverse_normal(0.05 + 0.9 * u))
    spread = math.log(value / low) if z < 0.0 else math.log(high / value)
    return value * math.exp(spread / Z_95 * z)
