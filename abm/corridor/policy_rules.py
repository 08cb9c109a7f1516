"""Rules for the rows of policies.csv: action, target, number and days fit each other."""

import datetime as dt
import math
from collections.abc import Iterator, Mapping

from abm.corridor.assumptions import domain
from abm.corridor.calendar_days import day_of
from abm.corridor.folder import Reading
from abm.corridor.references import countries, unknown
from abm.corridor.steps import BY_HAND
from abm.corridor.tables import Action, Assumption, Commodity, Hazard, Link, PolicyStep, Post, Regime, Terminal
from abm.corridor.wording import as_written
from abm.errors import Problem, nearest

#: What each action may act on: kinds of names, or a triple or pair.
_TARGETS: Mapping[Action, tuple[str, ...]] = {
    Action.OPEN_LINK: ("link",),
    Action.CLOSE_LINK: ("link",),
    Action.SCALE_CAPACITY: ("link", "post", "terminal"),
    Action.SCALE_DWELL: ("post", "terminal"),
    Action.SCALE_SPEED: ("link",),
    Action.SCALE_RATE: ("link",),
    Action.SET_TOLL: ("link",),
    Action.SET_TARIFF: ("triple",),
    Action.BAN: ("triple",),
    Action.LIFT_FRICTION: ("pair",),
    Action.ADD_DWELL: ("post", "terminal"),
    Action.SET_FEE: ("post",),
    Action.QUOTA: ("triple",),
    Action.SET_OVERSIGHT: ("hazard", "region", "everything"),
    Action.SET_TENSION: ("hazard", "region", "everything"),
    Action.SET_HAZARD: ("hazard", "regime"),
    Action.SET_ASSUMPTION: ("assumption",),
}

#: Assumptions that a step may set. Trade answers today's prices with these elasticities every day, from the same base year, so
#: that a new value acts at once; every other assumption has made something of the world before the day of the step.
LIVE_ASSUMPTIONS = ("sigma", "eta", "eps")

#: Actions with a number of their own -> (lowest, highest, whether the lowest itself is left out).
_NUMBERS: Mapping[Action, tuple[float, float, bool]] = {
    Action.SCALE_CAPACITY: (0.0, 1000.0, True),
    Action.SCALE_DWELL: (0.0, 1000.0, False),
    Action.SCALE_SPEED: (0.1, 10.0, False),
    Action.SCALE_RATE: (0.0, 1000.0, True),
    Action.SET_TOLL: (0.0, 10_000.0, False),
    Action.SET_TARIFF: (0.0, 5.0, False),
    Action.LIFT_FRICTION: (0.0, 1.0, False),
    Action.BAN: (0.0, 1.0, False),
    Action.ADD_DWELL: (0.0, 8760.0, False),
    Action.SET_FEE: (0.0, 100_000.0, False),
    Action.QUOTA: (0.0, 1e12, False),
    Action.SET_OVERSIGHT: (0.0, 1.0, False),
    Action.SET_TENSION: (0.0, 100.0, False),
    Action.SET_HAZARD: (0.0, 1000.0, False),
}

#: Last day a step may name, counted from the opening day: a hundred years.
LAST_DAY = 36_500


def policy_problems(reading: Reading) -> Iterator[Problem]:
    """Titles, days, targets and numbers of every policy step."""
    titles: dict[str, str] = {}
    seen: set[tuple[str, ...]] = set()
    for place, step in reading.located(PolicyStep):
        deed = (step.policy_id, step.action.value, step.target, step.start, step.end)
        if deed in seen:
            yield Problem(place, "stands in an earlier row of this policy", "target", as_written(step.target))
        seen.add(deed)
        title = titles.setdefault(step.policy_id, step.title)
        if step.title != title:
            rule = f"must be the title of the first row of {step.policy_id}: {title!r}"
            yield Problem(place, rule, "title", as_written(step.title))
        if step.policy_id == BY_HAND:
            rule = "is what steps that no policy makes are called: give the policy another name"
            yield Problem(place, rule, "policy_id", as_written(step.policy_id))
        yield from row_problems(place, step, reading)


def row_problems(place: str, step: PolicyStep, reading: Reading) -> Iterator[Problem]:
    """Days, target and number of one step, whoever makes it."""
    yield from _days(place, step, reading)
    yield from _target(place, step, reading)
    yield from _number(place, step, reading)


def _days(place: str, step: PolicyStep, reading: Reading) -> Iterator[Problem]:
    if reading.info is None:
        return
    try:
        opening = dt.date.fromisoformat(reading.info.start)
    except ValueError:
        return
    days: dict[str, int] = {"start": 0}
    for column, text in (("start", step.start), ("end", step.end)):
        try:
            day = day_of(text, opening)
        except ValueError:
            rule = "must be a date such as 2025-01-31, a whole number of days after the opening day, or empty"
            yield Problem(place, rule, column, as_written(text))
            return
        if day is None:
            continue
        days[column] = day
        if not 0 <= day <= LAST_DAY:
            rule = f"must not be before the opening day {opening} nor {LAST_DAY:,} days after it"
            yield Problem(place, rule, column, as_written(text))
    if "end" in days and days["end"] <= days["start"]:
        yield Problem(place, "must be after start", "end", as_written(step.end))


def _target(place: str, step: PolicyStep, reading: Reading) -> Iterator[Problem]:
    kinds = _TARGETS[step.action]
    if kinds == ("triple",):
        yield from triple_problems(place, "target", step.target, reading)
        return
    if kinds == ("pair",):
        yield from _pair(place, step.target, reading)
        return
    tables = {
        "link": reading.keys(Link), "post": reading.keys(Post), "terminal": reading.keys(Terminal),
        "hazard": reading.keys(Hazard), "regime": reading.keys(Regime), "everything": frozenset({"*"}),
        "assumption": frozenset(LIVE_ASSUMPTIONS),
        "region": frozenset(row.region for _, row in reading.located(Hazard)),
    }  # fmt: skip
    holders = [kind for kind in kinds if step.target in tables[kind]]
    if len(holders) > 1 and not {"hazard", "region"} >= set(holders):
        rule = f"names a {' and a '.join(holders)}: give them different names"
        yield Problem(place, rule, "target", as_written(step.target))
    elif not holders:
        known = set[str]().union(*(tables[kind] for kind in kinds))
        what = f"one of {', '.join(LIVE_ASSUMPTIONS)}" if kinds == ("assumption",) else f"a {' or '.join(kinds)}"
        rule = f"must be {what} for {step.action.value}"
        yield Problem(place, rule, "target", as_written(step.target), nearest(step.target, known))


def triple_problems(
    place: str, column: str, target: str, reading: Reading, any_destination: bool = False
) -> Iterator[Problem]:
    """What is wrong with a DESTINATION/ORIGIN/COMMODITY; ``any_destination``: the destination may be ``*``, too."""
    parts = target.split("/")
    if len(parts) != 3:
        rule = "must be DESTINATION/ORIGIN/COMMODITY with * for all origins or commodities, such as XA/XB/*"
        yield Problem(place, rule, column, as_written(target))
        return
    destination, origin, commodity = parts
    known = countries(reading)
    if not (any_destination and destination == "*"):
        yield from unknown(place, column, destination, "the country of any node", known)
    if origin != "*":
        yield from unknown(place, column, origin, "the country of any node", known)
    if commodity != "*":
        yield from unknown(place, column, commodity, "a commodity", reading.keys(Commodity))


def _pair(place: str, target: str, reading: Reading) -> Iterator[Problem]:
    parts = target.split("-")
    if len(parts) != 2 or parts[0] == parts[1]:
        yield Problem(place, "must be a pair of two countries, such as XA-XB", "target", as_written(target))
        return
    for code in parts:
        yield from unknown(place, "target", code, "the country of any node", countries(reading))


def _number(place: str, step: PolicyStep, reading: Reading) -> Iterator[Problem]:
    limits = _NUMBERS.get(step.action)
    if limits is None and step.action is not Action.SET_ASSUMPTION:
        if step.value:
            yield Problem(place, f"must be empty for {step.action.value}", "value", as_written(step.value))
        return
    if not step.value and step.action is Action.BAN:
        return  # a ban without a share left bans all
    if not step.value:
        yield Problem(place, f"must be a number or an assumption for {step.action.value}", "value")
        return
    rows = {row.name: row for _, row in reading.located(Assumption)}
    if step.value in rows:
        row = rows[step.value]
        numbers = (row.value, row.low, row.high)
    elif step.value in reading.keys(Assumption):
        return
    else:
        try:
            numbers = (float(step.value),) * 3
        except ValueError:
            yield Problem(
                place,
                "is neither a number nor an assumption",
                "value",
                as_written(step.value),
                nearest(step.value, rows),
            )
            return
    if limits is None:
        rules = (domain(step.target).rule(number) for number in numbers)
        if rule := next(filter(None, rules), ""):
            yield Problem(place, f"{rule} for {step.target}", "value", as_written(step.value))
        return
    low, high, is_open = limits
    if not all(math.isfinite(n) and low <= n <= high and not (is_open and n == low) for n in numbers):
        rule = f"must be {'>' if is_open else '>='} {low:g} and <= {high:g} for {step.action.value}"
        if step.value in rows:
            rule += f", over its whole range {numbers[1]:g} to {numbers[2]:g}"
        yield Problem(place, rule, "value", as_written(step.value))
