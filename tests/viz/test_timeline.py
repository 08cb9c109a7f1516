"""The timeline of the explorer: every policy has one row, and every row one state on every day."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.corridor.policies import policy_titles
from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.tables import Action
from abm.viz.desk import Desk
from abm.viz.timeline import (
    ENDED,
    IN_FORCE,
    NOT_CHOSEN,
    STATES,
    TO_COME,
    Row,
    hand_id,
    hand_index,
    rows_of,
    state_of,
    timeline_spec,
)
from abm.viz.timeline_widget import TimelineWidget
from tests.viz.made_twins import MEASURE, question, twin

DAYS = st.integers(-50, 2000)


def _rows(asked: Question, today: int) -> dict[str, Row]:
    return {row["id"]: row for row in rows_of(asked, today)}


# --------------------------------------------------------------------------------------------------------------- the states
@given(DAYS, st.none() | st.integers(1, 900), DAYS)
def test_a_span_is_in_exactly_one_state(start: int, length: int | None, today: int) -> None:
    end = None if length is None else start + length
    has_begun = start < today  # today's day has not been played
    is_over = end is not None and end <= today
    held = {TO_COME: not has_begun, IN_FORCE: has_begun and not is_over, ENDED: has_begun and is_over}
    assert [state for state, holds in held.items() if holds] == [state_of(start, end, today)]


@given(st.none() | DAYS, st.none() | DAYS, st.integers(0, 2000), st.integers(0, 500))
def test_states_follow_each_other_and_never_turn_back(
    start: int | None, end: int | None, today: int, later: int
) -> None:
    order = [TO_COME, IN_FORCE, ENDED]
    assert order.index(state_of(start, end, today)) <= order.index(state_of(start, end, today + later))


@pytest.mark.parametrize(
    ("start", "end", "state"),
    [(None, None, TO_COME), (None, 3, ENDED), (10, 10, ENDED), (5, None, TO_COME), (4, 6, IN_FORCE)],
)
def test_states_at_the_edges_of_day_five(start: int | None, end: int | None, state: str) -> None:
    assert state_of(start, end, 5) == state


# ----------------------------------------------------------------------------------------------------------------- the rows
def test_every_policy_has_one_row_and_what_is_chosen_comes_first() -> None:
    asked = question("cut-tariff", MEASURE)
    link = asked.case.links[0].link_id
    asked = replace(asked, steps=(HandStep(Action.CLOSE_LINK, link, 12),))
    rows = rows_of(asked, 0)
    assert [row["id"] for row in rows[:3]] == ["cut-tariff", MEASURE, hand_id(0)]
    titles = policy_titles(asked.case)
    assert sorted(row["id"] for row in rows if not row["is_hand"]) == sorted(titles)
    assert all(row["title"] == titles[row["id"]] for row in rows if not row["is_hand"])
    assert {row["state"] for row in rows[3:]} == {NOT_CHOSEN}
    assert {row["state"] for row in rows} <= set(STATES)


def test_days_are_those_written_or_those_chosen() -> None:
    rows = _rows(question("cut-tariff", "ban-fruit"), 0)
    assert (rows["cut-tariff"]["start_day"], rows["cut-tariff"]["end_day"]) == (365, None)
    assert (rows["ban-fruit"]["start_day"], rows["ban-fruit"]["end_day"]) == (90, 270)
    assert (rows["close-road"]["start_day"], rows["close-road"]["end_day"]) == (59, 90)
    moved = replace(question(), policies=(Chosen("ban-fruit", 200), Chosen("cut-tariff", None, 400, in_both=True)))
    rows = _rows(moved, 0)
    assert (rows["ban-fruit"]["start_day"], rows["ban-fruit"]["end_day"]) == (200, 380)
    assert (rows["cut-tariff"]["start_day"], rows["cut-tariff"]["end_day"]) == (365, 400)
    assert rows["cut-tariff"]["in_both"]


@pytest.mark.parametrize(
    ("today", "state"), [(0, TO_COME), (90, TO_COME), (91, IN_FORCE), (269, IN_FORCE), (270, ENDED)]
)
def test_only_what_has_not_begun_can_be_moved(today: int, state: str) -> None:
    row = _rows(question("ban-fruit"), today)["ban-fruit"]
    assert row["state"] == state
    assert row["movable"] == (state == TO_COME)


def test_a_desk_that_drops_and_puts_shows_it() -> None:
    desk = Desk(question(MEASURE, "cut-tariff"))
    desk.drop(MEASURE, today=30)
    desk.drop("cut-tariff", today=30)
    desk.put(HandStep(Action.CLOSE_LINK, desk.question.case.links[0].link_id, 30), today=30)
    rows = _rows(desk.question, 30)
    assert (rows[MEASURE]["state"], rows[MEASURE]["end_day"]) == (ENDED, 30)
    assert rows["cut-tariff"]["state"] == NOT_CHOSEN
    by_hand = rows[hand_id(0)]
    assert by_hand["title"].startswith("Close ")
    assert (by_hand["start_day"], by_hand["end_day"], by_hand["state"], by_hand["movable"]) == (
        30,
        None,
        TO_COME,
        False,
    )


def test_a_policy_that_never_comes_has_no_first_day_and_cannot_be_dragged() -> None:
    asked = question(MEASURE, dates="scheduled")
    starts = [_rows(replace(asked, seed=seed), 0)[MEASURE] for seed in range(60)]
    never = [row for row in starts if row["start_day"] is None]
    assert never, "in some of many worlds it never comes"
    assert all(row["state"] == TO_COME and not row["movable"] for row in never)


@given(st.integers(0, 500))
def test_rows_of_changes_by_hand_are_known_by_their_number(index: int) -> None:
    assert hand_index(hand_id(index)) == index


@pytest.mark.parametrize("name", ["reopen", "by-hand", "by-hand:", "by-hand:x", "other:3"])
def test_other_rows_stand_for_no_change_by_hand(name: str) -> None:
    assert hand_index(name) is None


# ----------------------------------------------------------------------------------------------------------------- as it is sent
def test_the_spec_is_plain_and_follows_the_days() -> None:
    model = twin(MEASURE)
    before = timeline_spec(model, model.desk)
    assert before["today"] == 0
    assert before["start_date"] == model.question.case.info.start
    assert before["horizon_days"] == model.horizon_days
    assert before["rows"][0]["state"] == TO_COME
    model.step()
    after = timeline_spec(model, model.desk)
    assert after["today"] == 1
    assert after["rows"][0]["state"] == IN_FORCE
    assert json.loads(json.dumps(after)) == after
    assert set(after["incidents"]) == {"titles", "day", "title", "world"}


def test_a_changed_question_has_its_own_rows() -> None:
    desk = Desk(question(MEASURE))
    asked = desk.question
    first = _rows(asked, 0)
    desk.move(MEASURE, 100, today=0)
    assert _rows(desk.question, 0)[MEASURE]["start_day"] == 100
    desk.reset_to(asked)
    assert _rows(desk.question, 0) == first


def test_the_widget_starts_empty() -> None:
    widget = TimelineWidget()
    try:
        assert widget.event == {}
        assert "export default" in widget._esm
    finally:
        widget.close()
