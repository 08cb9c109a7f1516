"""Rules for what a scenario says by hand: the days of its policies, and steps that no policy of its case makes."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from numbers import Integral, Real

from abm.corridor.calendar_days import first_day
from abm.corridor.folder import Reading, reading_of
from abm.corridor.policy_rules import LAST_DAY, row_problems
from abm.corridor.steps import BY_HAND, Step
from abm.corridor.tables import Action, Case, Link, PolicyStep, Status
from abm.corridor.wording import as_written
from abm.errors import Problem, nearest

#: What stands for the source of a row that is made by hand.
_SOURCE = "-"


def openable_links(case: Case) -> tuple[str, ...]:
    """Links that a step by hand may open: those open today, or opened by some policy of the case; in the order of the table.

    Routes over any other link are in no shipper's choice set, so that to open it would change nothing.
    """
    opened = {row.target for row in case.policies if row.action is Action.OPEN_LINK}
    return tuple(link.link_id for link in case.links if link.status is Status.OPEN or link.link_id in opened)


# ------------------------------------------------------------------------------------------------------------ days of policies
def day_problems(case: Case, days: Mapping[str, object], dates: str) -> Iterator[Problem]:
    """Days typed for policies: (first day, day before which it ends), each a whole number or None."""
    known = list(dict.fromkeys(row.policy_id for row in case.policies))
    for name, span in days.items():
        if name not in known:
            rule = f"is not one of {', '.join(known) or '(this case has none)'}"
            yield Problem("days", rule, value=repr(name), suggestion=nearest(str(name), known))
        elif not isinstance(span, tuple) or len(span) != 2:
            rule = "must be a first day and the day before which the policy ends, each a whole number or None"
            yield Problem(f"policy {name}", rule, "days", as_written(span))
        else:
            yield from _span_problems(f"policy {name}", case, name, span, dates)


def _span_problems(place: str, case: Case, name: str, span: tuple[object, ...], dates: str) -> Iterator[Problem]:
    wrong = [*_day_problems(place, "start", span[0]), *_day_problems(place, "end", span[1])]
    yield from wrong
    start, end = span
    if start is None and dates == "given" and not wrong:
        start = first_day(case, name)
    if isinstance(start, int) and isinstance(end, int) and not wrong and end <= start:
        yield Problem(place, f"must be after start, which is day {start}", "end", str(end))


def _day_problems(place: str, field: str, day: object) -> Iterator[Problem]:
    if day is None:
        return
    if not _is_whole(day) or not 0 <= day <= LAST_DAY:  # type: ignore[operator]
        rule = f"must be a whole number of days from 0 (the opening day) to {LAST_DAY:,}"
        yield Problem(place, rule, field, as_written(day))


def _is_whole(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)


# ------------------------------------------------------------------------------------------------------------ steps by hand
def step_problems(case: Case, placed: Iterable[tuple[str, object]]) -> Iterator[Problem]:
    """Steps by hand, each with its place: the same rules as for rows of policies.csv, and two more.

    A link must be one that shippers can know, and of quotas on the same goods one stands at a time.
    """
    reading = reading_of(case)
    whole: list[tuple[str, Step]] = []
    for place, step in placed:
        wrong = list(_form_problems(place, step))
        yield from wrong
        if isinstance(step, Step) and not wrong:
            yield from _rule_problems(place, step, case, reading)
            whole.append((place, step))
    yield from _quota_problems(whole)


def _form_problems(place: str, step: object) -> Iterator[Problem]:
    """Fields of the wrong kind."""
    if not isinstance(step, Step):
        yield Problem(place, "must be a Step", value=as_written(step))
        return
    kinds: Mapping[str, object] = {name: getattr(step, name) for name in Step.__slots__}
    if step.policy_id != BY_HAND:
        yield Problem(place, f"must be {BY_HAND!r}", "policy_id", as_written(step.policy_id))
    if not isinstance(kinds["action"], Action):
        yield unknown_action(place, str(kinds["action"]))
    if not isinstance(kinds["target"], str):
        yield Problem(place, "must be a text", "target", as_written(kinds["target"]))
    if kinds["start_day"] is None:
        yield Problem(place, "must be a day", "start")
    yield from _day_problems(place, "start", kinds["start_day"])
    yield from _day_problems(place, "end", kinds["end_day"])
    number = kinds["number"]
    if number is not None and (isinstance(number, bool) or not isinstance(number, Real)):
        yield Problem(place, "must be a number", "value", as_written(number))


def unknown_action(place: str, written: str) -> Problem:
    """An action that nobody knows, with the nearest that is known."""
    known = [action.value for action in Action]
    return Problem(place, f"is not one of {', '.join(known)}", "action", as_written(written), nearest(written, known))


def _rule_problems(place: str, step: Step, case: Case, reading: Reading) -> Iterator[Problem]:
    yield from row_problems(place, _row(step), reading)
    if step.action is not Action.OPEN_LINK or step.target not in reading.keys(Link):
        return
    known = openable_links(case)
    if step.target not in known:
        rule = "is not open today and no policy of this case opens it: shippers know no route over it"
        yield Problem(place, rule, "target", as_written(step.target))


def _row(step: Step) -> PolicyStep:
    """The step as a row of policies.csv; unchecked, so that nothing in it is tidied up before it is looked at."""
    return PolicyStep.model_construct(
        policy_id=step.policy_id, title="", start=str(step.start_day), end="" if step.end_day is None else str(step.end_day),
        action=step.action, target=step.target, value="" if step.number is None else repr(float(step.number)),
        source=_SOURCE, grade="C",
    )  # fmt: skip


def _quota_problems(placed: list[tuple[str, Step]]) -> Iterator[Problem]:
    """What is used of a quota is remembered by its goods, so two at a time could not be told apart."""
    quotas = sorted(
        ((step.target, step.start_day, place, step) for place, step in placed if step.action is Action.QUOTA),
        key=lambda found: found[:2],
    )
    for (target, _, earlier, before), (other, start, place, _) in pairwise(quotas):
        if target == other and (before.end_day is None or start < before.end_day):
            rule = f"begins before the quota of {earlier} on the same goods has ended"
            yield Problem(place, rule, "start", str(start))
