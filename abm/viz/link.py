"""A question as the query of an address: what a colleague opens, sees the same pair of worlds.

    with=POLICY~FIRST~END~WORLDS   a policy; empty days are those of its rows; WORLDS is "both", or empty for the measure's alone
    do=ACTION~TARGET~FIRST~END~NUMBER~WORLDS   a change made by hand
    set=NAME~VALUE   seed=N   years=N   dates=HOW   still=WHO   replay=DATE

Days count from the opening day. Nothing in a query names a file: a case is chosen among those that are served.
"""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.tables import Action
from abm.errors import InputError, Problem, nearest

_APART = "~"
_BOTH = "both"
#: What a query may say of a question, and of the page itself.
NAMES = ("with", "do", "set", "seed", "years", "dates", "still", "replay")
PAGE_NAMES = ("case",)
#: A query longer than this was not made here.
LONGEST = 20_000


def query_of(question: Question) -> str:
    """The query that :func:`question_of` turns into this question again."""
    pairs = [("seed", str(question.seed)), ("years", str(question.years))]
    pairs += [
        ("with", _joined(one.policy_id, one.start_day, one.end_day, _worlds(one.in_both))) for one in question.policies
    ]
    pairs += [
        ("do", _joined(str(one.action), one.target, one.start_day, one.end_day, one.number, _worlds(one.in_both)))
        for one in question.steps
    ]
    pairs += [("set", _joined(name, value)) for name, value in question.values.items()]
    pairs += [("still", who) for who in question.still]
    pairs += [("dates", question.dates)] if question.dates != "given" else []
    pairs += [("replay", question.replay_from)] if question.replay_from else []
    return urlencode(pairs, safe="~*/:,")


def question_of(query: str, question: Question) -> Question:
    """The question with what the query says in the place of its own; an empty query leaves it as it is.

    Raises InputError with all problems: unknown names, parts that are no numbers, and whatever the question itself refuses.
    """
    if len(query) > LONGEST:
        raise InputError([Problem("address", f"must not be longer than {LONGEST} characters", value=str(len(query)))])
    problems: list[Problem] = []
    said: dict[str, list[str]] = {}
    for name, text in parse_qsl(query.lstrip("?")):
        if name in NAMES:
            said.setdefault(name, []).append(text)
        elif name not in PAGE_NAMES:
            problems.append(
                Problem("address", "says nothing that is known", value=repr(name), suggestion=nearest(name, NAMES))
            )
    if not said and not problems:
        return question
    reader = _Reader(problems)
    changes: dict[str, object] = {  # a query tells the whole of what is done, not additions to it
        "policies": tuple(filter(None, (reader.chosen(text) for text in said.get("with", [])))),
        "steps": tuple(filter(None, (reader.step(text) for text in said.get("do", [])))),
        "values": dict(filter(None, (reader.value(text) for text in said.get("set", [])))),
        "still": tuple(said.get("still", ())),
        "dates": said.get("dates", ["given"])[-1],
        "replay_from": said.get("replay", [""])[-1],
    }
    for name in ("seed", "years"):
        if name in said:
            changes[name] = reader.whole(f"address, {name}", said[name][-1])
    if problems:
        raise InputError(problems)
    return replace(question, **changes)  # type: ignore[arg-type]


def opened_question(question: Question, query: str) -> tuple[Question, tuple[str, ...]]:
    """The question that an address asks, and what is wrong with it in words (then the question is as it was)."""
    try:
        asked = question_of(query, question)
        asked.measure()
        asked.without()
    except InputError as error:
        return question, tuple(str(problem) for problem in error.problems)
    return asked, ()


class _Reader:
    """Reads parts of a query, and notes what is wrong with them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def whole(self, place: str, text: str) -> int | None:
        """``text`` as a whole number; None, and a problem, if it is none."""
        try:
            return int(text)
        except ValueError:
            self.problems.append(Problem(place, "must be a whole number", value=repr(text)))
            return None

    def number(self, place: str, text: str) -> float | None:
        """``text`` as a number; None, and a problem, if it is none."""
        try:
            return float(text)
        except ValueError:
            self.problems.append(Problem(place, "must be a number", value=repr(text)))
            return None

    def parts(self, place: str, text: str, n: int) -> list[str] | None:
        """The ``n`` parts of ``text``; those left out at the end are empty."""
        found = text.split(_APART)
        if len(found) > n:
            self.problems.append(Problem(place, f"must have at most {n} parts between {_APART}", value=repr(text)))
            return None
        return found + [""] * (n - len(found))

    def in_both(self, place: str, text: str) -> bool:
        """Whether both worlds are meant."""
        if text not in ("", _BOTH):
            self.problems.append(Problem(place, f"must name {_BOTH} or nothing as its worlds", value=repr(text)))
        return text == _BOTH

    def day(self, place: str, text: str) -> int | None:
        """A day, or None where none is said."""
        return self.whole(place, text) if text else None

    def chosen(self, text: str) -> Chosen | None:
        """A policy with its days."""
        place = "address, with"
        parts = self.parts(place, text, 4)
        if parts is None:
            return None
        name, first, end, worlds = parts
        return Chosen(name, self.day(place, first), self.day(place, end), self.in_both(place, worlds))

    def step(self, text: str) -> HandStep | None:
        """A change made by hand."""
        place = "address, do"
        parts = self.parts(place, text, 6)
        if parts is None:
            return None
        action, target, first, end, number, worlds = parts
        actions = [str(one) for one in Action]
        if action not in actions:
            rule = "must begin with an action"
            self.problems.append(Problem(place, rule, value=repr(action), suggestion=nearest(action, actions)))
            return None
        start = self.whole(place, first)
        value = self.number(place, number) if number else None
        end_day, in_both = self.day(place, end), self.in_both(place, worlds)
        return None if start is None else HandStep(Action(action), target, start, end_day, value, in_both)

    def value(self, text: str) -> tuple[str, float] | None:
        """An assumption with its value."""
        parts = self.parts("address, set", text, 2)
        if parts is None:
            return None
        number = self.number("address, set", parts[1])
        return None if number is None else (parts[0], number)


def _worlds(in_both: bool) -> str:
    return _BOTH if in_both else ""


def _joined(*parts: object) -> str:
    texts = ["" if part is None else repr(part) if isinstance(part, float) else str(part) for part in parts]
    while texts and not texts[-1]:
        texts.pop()
    return _APART.join(texts)
