"""A question survives its way through an address; an address that says nonsense is refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.corridor.load import load
from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.tables import Action
from abm.errors import InputError
from abm.viz.link import LONGEST, opened_question, query_of, question_of

TOY = load("toy")
DAYS = st.integers(0, 3000)
POLICIES = ("reopen", "reopen-rail", "cut-tariff", "faster-border")
STEPS = st.builds(
    HandStep,
    st.sampled_from([Action.CLOSE_LINK, Action.OPEN_LINK]),
    st.sampled_from([link.link_id for link in TOY.links]),
    DAYS,
    st.none() | st.integers(3001, 5000),
    st.none(),
    st.booleans(),
) | st.builds(
    HandStep,
    st.just(Action.SET_TARIFF),
    st.sampled_from(["XA/XB/*", "XC/XA/fruit"]),
    DAYS,
    st.none(),
    st.floats(0.0, 2.0),
    st.booleans(),
)
QUESTIONS = st.builds(
    lambda policies, days, steps, values, years, seed, still: Question(
        TOY, tuple(Chosen(name, day, None, both) for (name, both), day in zip(policies.items(), days, strict=False)),
        tuple(steps), values, years, seed, still=tuple(still),
    ),
    st.dictionaries(st.sampled_from(POLICIES), st.booleans()),
    st.lists(st.none() | DAYS, min_size=len(POLICIES), max_size=len(POLICIES)),
    st.lists(STEPS, max_size=4),
    st.dictionaries(st.sampled_from(["sigma", "kappa"]), st.floats(1.5, 9.0)),
    st.integers(1, 30),
    st.integers(0, 2**63 - 1),
    st.sets(st.sampled_from(["carriers", "posts"])),
)  # fmt: skip


@given(QUESTIONS)
def test_there_and_back(question: Question) -> None:
    assert question_of(query_of(question), Question(TOY)) == question


def test_an_address_without_a_question_leaves_the_one_that_is_served() -> None:
    question = Question(TOY, (Chosen("reopen"),), seed=7)
    assert question_of("", question) is question
    assert question_of("?case=toy", question) is question


def test_an_address_is_readable() -> None:
    question = Question(TOY, (Chosen("reopen", 30),), (HandStep(Action.CLOSE_LINK, "road-ard-crn", 100, 130),), seed=3)
    assert query_of(question) == "seed=3&years=5&with=reopen~30&do=close_link~road-ard-crn~100~130"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("sed=3", "seed"),
        ("seed=many", "whole number"),
        ("with=reopen~soon", "whole number"),
        ("with=reopen~1~2~both~more", "at most 4 parts"),
        ("do=close_lnk~road-ard-crn~3", "close_link"),
        ("do=close_link~road-ard-crn~3~~~all", "both"),
        ("set=sigma~much", "number"),
        ("x" * (LONGEST + 1), "longer"),
    ],
)
def test_nonsense_is_told(query: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        question_of(query, Question(TOY))
    assert told in str(caught.value)


@pytest.mark.parametrize("query", ["with=no-such-policy", "seed=-1", "do=close_link~no-such-link~3", "years=99"])
def test_what_no_world_can_be_made_of_leaves_the_question_and_is_told(query: str) -> None:
    question = Question(TOY, (Chosen("reopen"),))
    asked, trouble = opened_question(question, query)
    assert asked is question
    assert trouble
