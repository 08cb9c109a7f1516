"""A question as a scenario file: TOML that ``caravan run`` plays, and that can be written, sent and edited by hand.

Top keys ``case`` (a packaged name, or a folder seen from the file), ``years``, ``seed``, ``dates``, ``replay``, ``still``; a
table ``[values]`` of assumptions; a ``[[policy]]`` for each policy (``name``, ``start``, ``end``, ``worlds``) and a ``[[step]]``
for each change by hand (``action``, ``target``, ``value``, ``start``, ``end``, ``worlds``). Days are dates, or numbers of days
after the opening day; ``worlds`` is ``measure`` (the world with the measure alone, as it is when left out) or ``both``.
"""

import datetime as dt
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from abm.corridor.calendar_days import day_of
from abm.corridor.catalogue import packaged
from abm.corridor.hand_rules import step_problems, unknown_action
from abm.corridor.load import load
from abm.corridor.parse import read_text
from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.rows import Action
from abm.corridor.tables import Case
from abm.corridor.wording import as_written
from abm.errors import InputError, Problem, input_error, nearest

#: In which worlds a policy or step is: only the one with the measure, or the one without it, too.
MEASURE, BOTH = "measure", "both"
_WORLDS = (MEASURE, BOTH)
_TOP_KEYS = ("case", "years", "seed", "dates", "replay", "still", "values", "policy", "step")
_POLICY_KEYS = ("name", "start", "end", "worlds")
_STEP_KEYS = ("action", "target", "value", "start", "end", "worlds")
#: Names that TOML takes without quotes.
_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: Characters that TOML wants escaped and JSON does not.
_DELETE = "\x7f"
#: No scenario needs a longer file, and no number in it is larger: what is larger was not meant.
MAX_CHARACTERS = 1_000_000
_LARGEST = 1e300


# ------------------------------------------------------------------------------------------------------------------- reading
def read_question(path: str | Path) -> Question:
    """The question that a scenario file asks, checked. Raises InputError with all problems: of the file, of its case, and of what
    the file says about the case."""
    file = Path(path).expanduser()
    text, problems = read_text(file, str(path))
    if text is None:
        raise InputError(problems)

    def find(name: str) -> Case:
        return load(_place_of(name, file))

    return _question(text, str(path), find)


def case_of(path: str | Path) -> str:
    """Where the case of a scenario file that can be read is: a packaged name or a folder."""
    file = Path(path).expanduser()
    return str(_place_of(str(tomllib.loads(file.read_text(encoding="utf-8"))["case"]), file))


def _place_of(name: str, file: Path) -> str | Path:
    """A packaged case, else a folder beside the file, else what ``name`` says as it stands."""
    beside = file.absolute().parent / name
    return beside if name.strip() and name not in packaged() and beside.is_dir() else name


def parse_question(text: str, *, place: str, case: Case | None = None, called: str = "") -> Question:
    """The question of a text; ``place`` names it in messages. Raises InputError with all problems.

    With ``case`` given, the text's ``case`` must be its name, or what it is ``called`` (or a path that ends in one of them), and
    nothing is read from disk; else it is a packaged name or a folder.
    """
    given = case

    def find(name: str) -> Case:
        if given is None:
            return load(name)
        if Path(name).name not in (given.info.name, called or given.info.name):
            rule = f"is another case than {given.info.name!r}, which is open"
            raise input_error(place, rule, field="case", value=as_written(name))
        return given

    return _question(text, place, find)


@dataclass
class _Table:
    """A table of the file: its keys are taken one by one, and everything that is wrong with them is noted."""

    place: str
    content: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list)

    def note(self, key: str, rule: str, value: object = "", suggestion: str = "") -> None:
        """Something is wrong with a key."""
        self.problems.append(Problem(self.place, rule, key, as_written(value), suggestion))

    def expect(self, known: tuple[str, ...]) -> None:
        """No other keys than these."""
        for key in self.content:
            if key not in known:
                free = [name for name in known if name not in self.content]
                self.note(key, "is not a key that is known here", suggestion=nearest(key, free))

    def text(self, key: str, otherwise: str | None = None) -> str | None:
        """A text; without another one to take its place it must be there."""
        found = self.content.get(key, otherwise)
        if found is None:
            self.note(key, "must be given")
        elif not isinstance(found, str):
            self.note(key, "must be a text in quotes", found)
        return found if isinstance(found, str) else None

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        """One of some words; the first when the key is left out."""
        found = self.text(key, known[0])
        if found is not None and found not in known:
            self.note(key, f"is not one of {', '.join(known)}", found, nearest(found, known))
        return found if found in known else known[0]

    def number(self, key: str, otherwise: Any, kind: type[int] | type[float], rule: str) -> Any:
        """The value of a key, as it is written."""
        found = self.content.get(key, otherwise)
        if key not in self.content:
            return otherwise
        if isinstance(found, bool) or not isinstance(found, (int, kind)) or abs(found) > _LARGEST:
            self.note(key, rule, found)
            return otherwise
        return found

    def date(self, key: str) -> str:
        """An ISO date as text, empty when the key is left out."""
        found = self.content.get(key, "")
        if isinstance(found, dt.date) and not isinstance(found, dt.datetime):
            return found.isoformat()
        if not isinstance(found, str):
            self.note(key, "must be a date such as 2021-07-01", found)
            return ""
        return found

    def day(self, key: str, opening: dt.date) -> int | None:
        """A day counted from the opening day; None when the key is left out."""
        found = self.content.get(key)
        if found is None or (isinstance(found, int) and not isinstance(found, bool)):
            return found
        is_date = isinstance(found, dt.date) and not isinstance(found, dt.datetime)
        day = None
        if is_date or isinstance(found, str):
            with suppress(ValueError):
                day = day_of(str(found), opening)
        if day is None:
            self.note(key, "must be a date such as 2025-01-31, or a whole number of days after the opening day", found)
        return day

    def tables(self, key: str) -> list["_Table"]:
        """The ``[[key]]`` tables, placed and numbered."""
        found = self.content.get(key, [])
        if not isinstance(found, list) or any(not isinstance(one, dict) for one in found):
            self.note(key, f"must be [[{key}]] tables")
            return []
        return [_Table(f"{self.place} {key} {n}", one, self.problems) for n, one in enumerate(found, start=1)]


def _question(text: str, place: str, find: Callable[[str], Case]) -> Question:
    top = _Table(place, _content(text, place))
    top.expect(_TOP_KEYS)
    name, case = top.text("case"), None
    if name is not None:
        try:
            case = find(name)
        except InputError as error:
            top.problems += error.problems
    opening = dt.date.fromisoformat(case.info.start) if case is not None else dt.date.min
    policies = [_chosen(table, opening) for table in top.tables("policy")]
    steps = [(table.place, _step(table, opening)) for table in top.tables("step")]
    plain = _plain_fields(top)
    if case is None:
        raise InputError(top.problems)
    whole = [(where, step) for where, step in steps if step is not None]
    asked = Question(case=case, policies=tuple(one for one in policies if one is not None), **plain)
    try:
        asked.measure()
    except InputError as error:
        top.problems += [replace(problem, place=f"{place} {problem.place}") for problem in error.problems]
    top.problems += step_problems(case, [(where, step.step) for where, step in whole])
    if top.problems:
        raise InputError(dict.fromkeys(top.problems))
    return replace(asked, steps=tuple(step for _, step in whole))


def _content(text: str, place: str) -> dict[str, Any]:
    if len(text) > MAX_CHARACTERS:
        raise input_error(place, f"must not be longer than {MAX_CHARACTERS:,} characters", value=f"{len(text):,}")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        where = f"{place}:{line.group(1)}" if line else place
        raise input_error(where, f"is not well-formed TOML: {error}") from error


def _plain_fields(top: _Table) -> dict[str, Any]:
    """Everything but the case, policies and steps; what is wrong has its default, so that the rest can be looked at."""
    usual: dict[str, Any] = {name: one.default for name, one in Question.__dataclass_fields__.items()}
    values = top.content.get("values", {})
    if not isinstance(values, dict):
        top.note("values", "must be a [values] table of names and numbers", values)
        values = {}
    named = _Table(f"{top.place} values", values, top.problems)
    values = {name: named.number(name, None, float, "must be a number") for name in values}
    values = {name: value for name, value in values.items() if value is not None}
    still = top.content.get("still", [])
    if not isinstance(still, list) or any(not isinstance(one, str) for one in still):
        top.note("still", "must be a list of texts", still)
        still = []
    dates = top.text("dates", usual["dates"])
    return {
        "values": values,
        "years": top.number("years", usual["years"], int, "must be a whole number"),
        "seed": top.number("seed", usual["seed"], int, "must be a whole number"),
        "dates": usual["dates"] if dates is None else dates,
        "replay_from": top.date("replay"),
        "still": tuple(still),
    }


def _chosen(table: _Table, opening: dt.date) -> Chosen | None:
    table.expect(_POLICY_KEYS)
    name, start, end = table.text("name"), table.day("start", opening), table.day("end", opening)
    is_both = table.choice("worlds", _WORLDS) == BOTH
    return None if name is None else Chosen(name, start, end, is_both)


def _step(table: _Table, opening: dt.date) -> HandStep | None:
    before = len(table.problems)
    table.expect(_STEP_KEYS)
    action, target = table.text("action"), table.text("target")
    if action is not None and action not in [known.value for known in Action]:
        table.problems.append(unknown_action(table.place, action))
    number = table.number("value", None, float, "must be a number")
    start, end = table.day("start", opening), table.day("end", opening)
    if "start" not in table.content:
        table.note("start", "must be given")
    is_both = table.choice("worlds", _WORLDS) == BOTH
    if len(table.problems) > before or action is None or target is None or start is None:
        return None
    return HandStep(Action(action), target, start, end, number, is_both)


# ------------------------------------------------------------------------------------------------------------------- writing
def question_text(question: Question, case: str = "") -> str:
    """The question as a scenario file; :func:`parse_question` gives the same question back.

    Days are written as dates. ``case``: what the file calls the case, when it is not its name (a folder seen from where the file
    will lie).
    """
    lines = [
        _line("case", case or question.case.info.name),
        _line("years", question.years),
        _line("seed", question.seed),
        _line("dates", question.dates),
    ]
    if question.replay_from:
        lines.append(_line("replay", question.replay_from))
    if question.still:
        lines.append(f"still = [{', '.join(_text(one) for one in question.still)}]")
    if question.values:
        lines += ["", "[values]", *(_line(name, value) for name, value in question.values.items())]
    opening = dt.date.fromisoformat(question.case.info.start)
    for chosen in question.policies:
        named = {"name": chosen.policy_id}
        lines += ["", "[[policy]]", *_lines(named, chosen.start_day, chosen.end_day, chosen.in_both, opening)]
    for step in question.steps:
        change = {"action": step.action.value, "target": step.target, "value": step.number}
        lines += ["", "[[step]]", *_lines(change, step.start_day, step.end_day, step.in_both, opening)]
    return "\n".join(lines) + "\n"


def _lines(
    first: Mapping[str, object], start_day: int | None, end_day: int | None, in_both: bool, opening: dt.date
) -> list[str]:
    """Keys of one table; what is None is left out."""
    days = {"start": _date(start_day, opening), "end": _date(end_day, opening)}
    content = {**first, **days, "worlds": BOTH if in_both else None}
    return [_line(key, value) for key, value in content.items() if value is not None]


def _date(day: int | None, opening: dt.date) -> dt.date | int | None:
    """A day as a date; a day beyond the calendar as its number."""
    if day is None:
        return None
    try:
        return opening + dt.timedelta(days=day)
    except OverflowError:
        return day


def _line(key: str, value: object) -> str:
    name = key if _BARE.fullmatch(key) else _text(key)
    if isinstance(value, str):
        return f"{name} = {_text(value)}"
    if isinstance(value, dt.date):
        return f"{name} = {value.isoformat()}"
    return f"{name} = {value!r}" if isinstance(value, int) else f"{name} = {float(value)!r}"  # type: ignore[arg-type]


def _text(value: str) -> str:
    """A text in quotes: TOML escapes as JSON does, and one character more."""
    return json.dumps(value, ensure_ascii=False).replace(_DELETE, "\\u007f")
