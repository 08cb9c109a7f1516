"""The desk: edits that are taken as a whole or refused, and that never touch what has happened."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.corridor.hand_rules import openable_links
from abm.corridor.policies import resolve
from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.steps import Step
from abm.corridor.tables import Action, Status
from abm.errors import InputError
from abm.viz.desk import Desk
from tests.small_worlds import toy_with_cast
from tests.viz.made_twins import MEASURE, PLACEBO, question

LATER = "reopen-rail"  # from day 180
SHORT = "close-road"  # from day 59 to day 90
POLICIES = (MEASURE, PLACEBO, LATER, SHORT, "cut-tariff", "ban-fruit", "faster-border", "guarded-border", "quota-fruit")
ROAD = HandStep(Action.CLOSE_LINK, "road-ard-crn", 0)


def desk(*policies: str, **others: Any) -> Desk:
    return Desk(question(*policies, **others))


def only(one: Desk) -> Chosen:
    (chosen,) = one.question.policies
    return chosen


def first_day(one: Desk, policy_id: str) -> int:
    return min(step.start_day for step in resolve(one.question.measure()) if step.policy_id == policy_id)


# ------------------------------------------------------------------------------------------------------------ choosing
def test_a_policy_starts_as_its_rows_say_or_today_if_that_has_passed() -> None:
    one = desk()
    one.choose(LATER, today=100)
    assert only(one) == Chosen(LATER)
    late = desk()
    late.choose(LATER, today=200)
    assert first_day(late, LATER) == 200
    typed = desk()
    typed.choose(LATER, 300, today=200)
    assert first_day(typed, LATER) == 300
    past = desk()
    past.choose(LATER, 20, today=200)
    assert first_day(past, LATER) == 200


def test_a_policy_can_be_chosen_for_both_worlds() -> None:
    one = desk()
    one.choose(PLACEBO, in_both=True)
    assert one.question.without().policies == (PLACEBO,)


def test_to_choose_what_is_chosen_moves_it_until_it_has_begun() -> None:
    one = desk(LATER)
    one.choose(LATER, 250, today=10)
    assert only(one).start_day == 250
    one.choose(LATER, 400, today=300)
    assert only(one).start_day == 250


def test_what_was_dropped_today_can_go_on_and_what_has_ended_cannot() -> None:
    one = desk(MEASURE)
    one.drop(MEASURE, today=50)
    assert only(one).end_day == 50
    one.choose(MEASURE, today=50)
    assert only(one).end_day is None
    one.drop(MEASURE, today=50)
    with pytest.raises(InputError, match="cannot begin again"):
        one.choose(MEASURE, today=51)
    assert only(one).end_day == 50


# ------------------------------------------------------------------------------------------------------------ dropping, moving
def test_a_policy_that_has_not_begun_is_taken_out_and_one_that_has_is_ended() -> None:
    one = desk(MEASURE, LATER)
    one.drop(LATER, today=100)
    one.drop(MEASURE, today=100)
    assert one.question.policies == (Chosen(MEASURE, end_day=100),)
    one.drop(MEASURE, today=120)  # it has ended already
    one.drop(PLACEBO, today=120)  # nobody chose it
    assert only(one).end_day == 100


def test_on_the_opening_day_nothing_has_begun() -> None:
    one = desk(MEASURE)
    one.move(MEASURE, 30)
    assert only(one).start_day == 30
    one.drop(MEASURE)
    assert one.question.policies == ()


def test_a_policy_moves_until_it_has_begun() -> None:
    one = desk(LATER)
    one.move(LATER, 60, today=50)
    assert first_day(one, LATER) == 60
    one.move(LATER, 10, today=50)
    assert first_day(one, LATER) == 50
    one.move(LATER, None, today=50)
    assert only(one) == Chosen(LATER)
    with pytest.raises(InputError, match="has begun"):
        one.move(LATER, 300, today=200)
    with pytest.raises(InputError, match="is not chosen"):
        one.move(PLACEBO, 300, today=200)


# ------------------------------------------------------------------------------------------------------------ by hand
def test_a_change_by_hand_starts_today_at_the_earliest() -> None:
    one = desk()
    one.put(ROAD, today=40)
    assert one.question.steps == (replace(ROAD, start_day=40),)
    one.put(replace(ROAD, start_day=70, end_day=75), today=40)
    assert [step.start_day for step in one.question.steps] == [40, 70]
    with pytest.raises(InputError, match="must end after day 80"):
        one.put(replace(ROAD, start_day=70, end_day=75), today=80)
    assert len(one.question.steps) == 2


def test_a_change_that_has_begun_is_ended_and_another_is_taken_out() -> None:
    one = desk()
    one.put(ROAD, today=10)
    one.put(replace(ROAD, start_day=50), today=10)
    one.take_back(1, today=20)
    one.take_back(0, today=20)
    assert one.question.steps == (replace(ROAD, start_day=10, end_day=20),)
    one.take_back(0, today=30)
    assert one.question.steps[0].end_day == 20


# ------------------------------------------------------------------------------------------------------------ refusals
def test_what_cannot_be_is_refused_and_leaves_the_question_as_it_was() -> None:
    one = desk(MEASURE)
    before = one.question
    with pytest.raises(InputError):
        one.choose("no-such-policy")
    with pytest.raises(InputError):
        one.put(replace(ROAD, target="no-such-link"))
    with pytest.raises(InputError):
        one.reset_to(replace(before, years=0))
    assert one.question is before


def test_a_question_can_be_gone_back_to() -> None:
    one = desk(MEASURE)
    first = one.question
    one.put(ROAD, today=0)
    one.choose(LATER)
    one.reset_to(first)
    assert one.question is first


def test_links_that_can_be_opened_are_open_or_opened_by_some_policy() -> None:
    case = toy_with_cast()
    names = openable_links(case)
    assert "rail-ask-bek" in names
    for link in case.links:
        opens = any(row.action is Action.OPEN_LINK and row.target == link.link_id for row in case.policies)
        assert (link.link_id in names) == (link.status is Status.OPEN or opens)


# ------------------------------------------------------------------------------------------------------------ the past
def past(asked: Question, day: int) -> list[list[Step]]:
    """What acts in each world on each day before ``day``, whenever it is to end."""
    found = []
    for scenario in (asked.without(), asked.measure()):
        steps = resolve(scenario)
        for played in range(day):
            on = [
                step for step in steps if step.start_day <= played and (step.end_day is None or played < step.end_day)
            ]
            found.append([replace(step, end_day=None) for step in on])
    return found


EDITS = st.lists(
    st.tuples(
        st.integers(0, 45),  # days until the next edit
        st.sampled_from(("choose", "choose in both", "drop", "move", "put", "put in both", "take back")),
        st.sampled_from(POLICIES),
        st.none() | st.integers(-20, 400),
    ),
    min_size=1,
    max_size=12,
)


def edit(one: Desk, kind: str, policy_id: str, day: int | None, today: int) -> None:
    if kind.startswith("choose"):
        one.choose(policy_id, day, today=today, in_both=kind.endswith("both"))
    elif kind == "drop":
        one.drop(policy_id, today=today)
    elif kind == "move":
        one.move(policy_id, day, today=today)
    elif kind.startswith("put"):
        end = None if day is None else today + abs(day) + 1
        one.put(replace(ROAD, start_day=max(day or 0, 0), end_day=end, in_both=kind.endswith("both")), today=today)
    elif one.question.steps:
        one.take_back(len(policy_id) % len(one.question.steps), today=today)


@settings(max_examples=150)
@given(edits=EDITS, dates=st.sampled_from(("given", "scheduled")))
def test_no_edit_changes_what_has_happened(edits: list[tuple[int, str, str, int | None]], dates: str) -> None:
    one = desk(MEASURE, SHORT, dates=dates)
    today = 0
    for days, kind, policy_id, day in edits:
        today += days
        before = past(one.question, today)
        asked = one.question
        try:
            edit(one, kind, policy_id, day, today)
        except InputError:
            assert one.question is asked
        assert past(one.question, today) == before
