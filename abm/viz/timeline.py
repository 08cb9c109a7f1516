"""What the timeline of the explorer shows: policies and changes by hand over the horizon, and where today stands among them."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from abm.corridor.calendar_days import day_of
from abm.corridor.openings import first_day
from abm.corridor.policies import opening_day, policy_titles, resolve
from abm.corridor.question import BY_HAND, Question
from abm.corridor.steps import Step
from abm.viz.charts import incident_marks
from abm.viz.desk import Desk
from abm.viz.levers import step_words
from abm.viz.twin import TwinModel

NOT_CHOSEN, TO_COME, IN_FORCE, ENDED = "not chosen", "to come", "in force", "ended"
STATES = (NOT_CHOSEN, TO_COME, IN_FORCE, ENDED)

type Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """What a row is, whatever day it is: start_day None: it never comes; end_day None: it stays for good."""

    row_id: str
    title: str
    start_day: int | None
    end_day: int | None
    is_chosen: bool = True
    is_hand: bool = False
    in_both: bool = False


#: Questions whose rows are remembered: one for each visitor, and the one before.
_MOST_QUESTIONS = 16
_KNOWN: dict[int, tuple[Question, tuple[Span, ...]]] = {}
_LOCK = threading.Lock()


def hand_id(index: int) -> str:
    """Identifier of the row of the question's change number ``index``; no policy has one like it."""
    return f"{BY_HAND}:{index}"


def hand_index(row_id: str) -> int | None:
    """Which of the question's changes a row stands for; None for the row of a policy."""
    name, _, number = row_id.partition(":")
    return int(number) if name == BY_HAND and number.isdecimal() else None


def state_of(start_day: int | None, end_day: int | None, today: int) -> str:
    """``to come``, ``in force`` or ``ended`` on the morning of ``today``: what begins today has not begun yet.

    ``start_day`` None: it never comes; ``end_day`` None: it stays for good, else it ends before that day.
    """
    if end_day is not None and (end_day <= today or (start_day is not None and end_day <= start_day)):
        return ENDED
    return TO_COME if start_day is None or start_day >= today else IN_FORCE


def timeline_spec(twin: TwinModel, desk: Desk) -> dict[str, Any]:
    """Rows of the desk's question and marks of what happened, as the browser gets them.

    Keys: horizon_days, start_date (ISO date of day 0), today (the day that is played next), incidents (as in
    :func:`abm.viz.charts.chart_data`), rows: [{id, title, start_day, end_day, state (one of STATES), is_hand, movable, in_both}],
    those that are chosen first. A row that is not chosen has the days that its policy would have; start_day None: it never comes.
    """
    question, today = desk.question, twin.day
    with twin.lock:
        marks = twin.series.marks()
    return {
        "horizon_days": twin.horizon_days,
        "start_date": question.case.info.start,
        "today": today,
        "rows": rows_of(question, today),
        "incidents": incident_marks(marks),
    }


def rows_of(question: Question, today: int) -> list[Row]:
    """One row for every policy of the case and every change by hand: chosen policies, changes, then what is not chosen."""
    return [_on(row, today) for row in _spans_of(question)]


def _on(span: Span, today: int) -> Row:
    state = state_of(span.start_day, span.end_day, today) if span.is_chosen else NOT_CHOSEN
    movable = state == TO_COME and not span.is_hand and span.start_day is not None
    return {
        "id": span.row_id, "title": span.title, "start_day": span.start_day, "end_day": span.end_day, "state": state,
        "is_hand": span.is_hand, "movable": movable, "in_both": span.in_both,
    }  # fmt: skip


def _spans_of(question: Question) -> tuple[Span, ...]:
    """The rows of a question without today, made once: a question is asked for every day that is drawn."""
    with _LOCK:
        known, spans = _KNOWN.get(id(question), (None, ()))
        if known is not question:
            spans = (*_chosen_spans(question), *_hand_spans(question), *_free_spans(question))
            while len(_KNOWN) >= _MOST_QUESTIONS:
                del _KNOWN[next(iter(_KNOWN))]
            _KNOWN[id(question)] = question, spans
        return spans


def _chosen_spans(question: Question) -> Iterator[Span]:
    titles = policy_titles(question.case)
    steps: dict[str, list[Step]] = {}
    for step in resolve(question.measure()):
        steps.setdefault(step.policy_id, []).append(step)
    for chosen in question.policies:
        own = steps.get(chosen.policy_id, [])
        start = min((step.start_day for step in own), default=None)
        end = _last_end([step.end_day for step in own]) if own else chosen.end_day
        yield Span(chosen.policy_id, titles[chosen.policy_id], start, end, in_both=chosen.in_both)


def _hand_spans(question: Question) -> Iterator[Span]:
    for index, step in enumerate(question.steps):
        words = step_words(question.case, step)
        yield Span(hand_id(index), words, step.start_day, step.end_day, is_hand=True, in_both=step.in_both)


def _free_spans(question: Question) -> Iterator[Span]:
    case, taken = question.case, {chosen.policy_id for chosen in question.policies}
    for policy, title in policy_titles(case).items():
        if policy not in taken:
            ends = [day_of(row.end, opening_day(case)) for row in case.policies if row.policy_id == policy]
            yield Span(policy, title, first_day(case, policy), _last_end(ends), is_chosen=False)


def _last_end(ends: list[int | None]) -> int | None:
    """The day before which all have ended; None as soon as one stays for good."""
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None
