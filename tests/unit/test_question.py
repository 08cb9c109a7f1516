"""Questions: which worlds they mean, what is refused, and how typed days and steps by hand become dated steps."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abm.calendar import first_difference
from abm.corridor.check import check
from abm.corridor.explain import explain
from abm.corridor.hand_rules import openable_links
from abm.corridor.keywords import scenario_of
from abm.corridor.openings import start_day
from abm.corridor.policies import Step, as_written, resolve
from abm.corridor.question import BY_HAND, Chosen, HandStep, Question
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action
from abm.errors import InputError
from abm.governance import negotiable
from abm.model import CorridorModel
from abm.study.provenance import provenance
from tests.small_worlds import edited, step, toy, toy_with_cast

SHUT = HandStep(Action.CLOSE_LINK, "road-ard-crn", 10)


def asked(*policies: Chosen, steps: tuple[HandStep, ...] = (), **fields: Any) -> Question:
    return Question(toy(), policies, steps, **fields)


def days(scenario: Scenario, policy: str) -> list[tuple[int, int | None]]:
    return [(one.start_day, one.end_day) for one in resolve(scenario) if one.policy_id == policy]


def faults(question: Question) -> list[str]:
    with pytest.raises(InputError) as caught:
        question.measure()
    return [str(problem) for problem in caught.value.problems]


# ------------------------------------------------------------------------------------------------------------ which worlds
def test_the_paired_world_holds_what_is_in_both_and_nothing_else() -> None:
    both = HandStep(Action.SET_TARIFF, "XA/XB/*", 5, None, 0.1, in_both=True)
    question = asked(
        Chosen("reopen"), Chosen("ban-fruit", in_both=True), steps=(SHUT, both), values={"sigma": 5.0}, seed=7
    )
    measure, without = question.measure(), question.without()
    assert measure.policies == ("reopen", "ban-fruit")
    assert without.policies == ("ban-fruit",)
    assert measure.steps == (SHUT.step, both.step)
    assert without.steps == (both.step,)
    assert replace(measure, policies=(), steps=()) == replace(without, policies=(), steps=())
    assert (measure.values, measure.seed) == ({"sigma": 5.0}, 7)


def test_a_question_without_typed_days_and_steps_is_the_scenario_of_its_policies() -> None:
    question = asked(Chosen("reopen"), years=3, still=("carriers",))
    assert question.measure() == Scenario(toy(), ("reopen",), years=3, still=("carriers",))
    assert question.without() == Scenario(toy(), years=3, still=("carriers",))


# ------------------------------------------------------------------------------------------------------------ typed days
def test_a_policy_moves_as_a_whole_to_its_typed_day() -> None:
    rows = (
        step("plan", Action.OPEN_LINK, "road-ask-bek", 30), step("plan", Action.SET_TOLL, "road-ard-crn", 50, 60, "3"),
        step("plan", Action.BAN, "XC/XA/fruit", 40, 200),
    )  # fmt: skip
    question = Question(edited(toy(), policies=rows), (Chosen("plan", 100),))
    assert days(question.measure(), "plan") == [(100, None), (110, 270), (120, 130)]
    assert days(replace(question, policies=(Chosen("plan"),)).measure(), "plan") == [(30, None), (40, 200), (50, 60)]


def test_nothing_of_a_policy_is_left_from_its_end_on() -> None:
    rows = (
        step("plan", Action.OPEN_LINK, "road-ask-bek", 30), step("plan", Action.SET_TOLL, "road-ard-crn", 50, 60, "3"),
        step("plan", Action.BAN, "XC/XA/fruit", 40, 200), step("plan", Action.SCALE_RATE, "road-ard-crn", 80, None, "2"),
    )  # fmt: skip
    case = edited(toy(), policies=rows)
    cut = Question(case, (Chosen("plan", None, 80),)).measure()
    assert days(cut, "plan") == [(30, 80), (40, 80), (50, 60)]
    moved = Question(case, (Chosen("plan", 0, 20),)).measure()
    assert days(moved, "plan") == [(0, 20), (10, 20)]


def test_steps_by_hand_come_after_policies_of_the_same_day_and_a_bare_ban_lets_nothing_through() -> None:
    question = asked(
        Chosen("reopen", 10), steps=(SHUT, HandStep(Action.BAN, "XC/XA/*", 10), replace(SHUT, start_day=2))
    )
    steps = resolve(question.measure())
    assert [one.policy_id for one in steps] == [BY_HAND, "reopen", "reopen", "reopen", BY_HAND, BY_HAND]
    assert steps[-1] == Step(BY_HAND, Action.BAN, "XC/XA/*", 10, None, 0.0)
    assert as_written(question.measure()) == steps


def test_a_typed_day_holds_whatever_dates_are() -> None:
    case = toy_with_cast()
    free, typed = Chosen("reopen"), Chosen("reopen", 77)
    for dates in ("given", "scheduled", "negotiated"):
        scenario = Question(case, (typed,), dates=dates).measure()
        assert start_day(scenario, "reopen") == 77
        assert {one.start_day for one in resolve(scenario)} == {77}
        assert negotiable(scenario) == ()
    assert negotiable(Question(case, (free,), dates="negotiated").measure()) == ("reopen",)
    only_end = Question(case, (replace(free, end_day=900),), dates="negotiated").measure()
    assert negotiable(only_end) == ("reopen",)
    assert {one.end_day for one in resolve(only_end)} == {900}
    drawn = Question(case, (free, Chosen("ban-fruit", 12)), dates="scheduled").measure()
    assert start_day(drawn, "reopen") == start_day(Question(case, (free,), dates="scheduled").measure(), "reopen")
    assert days(drawn, "ban-fruit") == [(12, 192)]


def test_a_policy_that_could_not_be_negotiated_can_still_be_given_a_day() -> None:
    case = edited(toy_with_cast(), openings=())
    assert faults(Question(case, (Chosen("reopen"),), dates="negotiated"))
    assert Question(case, (Chosen("reopen", 5),), dates="negotiated").measure().days == {"reopen": (5, None)}


def test_days_of_policies_that_are_not_chosen_are_left_aside() -> None:
    scenario = Scenario(toy(), ("reopen",), days={"reopen": (3, None), "ban-fruit": (4, None)})
    assert scenario.days == {"reopen": (3, None)}
    assert replace(scenario, policies=()).days == {}


# ------------------------------------------------------------------------------------------------------------ what is refused
def test_all_problems_are_told_at_once_with_the_nearest_names() -> None:
    told = faults(
        asked(
            Chosen("reopn", 3), Chosen("reopen", 9, 9), Chosen("ban-fruit", -1, True),
            steps=(
                HandStep("open_lnk", "road-ask-bek", 1), HandStep(Action.CLOSE_LINK, "road-ard-crm", 40_000, 3.5),  # type: ignore[arg-type]
                HandStep(Action.SCALE_CAPACITY, "p-road-ard-crn-xc-in", 5, 5, 0.0), HandStep(Action.SET_TARIFF, "XA/XB/*", 5),
                HandStep(Action.CLOSE_LINK, "road-ard-crn", 5, None, 2.0),
            ),
            years=31, values={"sigm": 2.0},
        )
    )  # fmt: skip
    known = ", ".join(action.value for action in Action)
    assert told == [
        told[0],
        "value: 'sigm' is not an assumption of this case; did you mean 'sigma'?",
        "policy reopen column end: 9 must be after start, which is day 9",
        "policy ban-fruit column start: -1 must be a whole number of days from 0 (the opening day) to 36,500",
        "policy ban-fruit column end: True must be a whole number of days from 0 (the opening day) to 36,500",
        f"step 1 column action: 'open_lnk' is not one of {known}; did you mean 'open_link'?",
        "step 2 column start: 40000 must be a whole number of days from 0 (the opening day) to 36,500",
        "step 2 column end: 3.5 must be a whole number of days from 0 (the opening day) to 36,500",
        "step 3 column end: 5 must be after start",
        "step 3 column value: 0.0 must be > 0 and <= 1000 for scale_capacity",
        "step 4 column value: must be a number or an assumption for set_tariff",
        "step 5 column value: 2.0 must be empty for close_link",
        "years: 31 must be a whole number from 1 to 30",
    ]
    assert "did you mean 'reopen'?" in told[0]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (HandStep(Action.SET_ASSUMPTION, "kappa", 1, None, 2.0), "'kappa' must be one of sigma, eta, eps for set_assumption"),
        (HandStep(Action.SET_ASSUMPTION, "sigma", 1, None, 1.0), "value: 1.0 must be > 1 for sigma"),
        (HandStep(Action.SET_ASSUMPTION, "eta", 1, None, 0.0), "value: 0.0 must be > 0 for eta"),
        (HandStep(Action.SET_ASSUMPTION, "eps", 1), "must be a number or an assumption for set_assumption"),
        (HandStep(Action.SET_ASSUMPTION, "eps", 1, None, float("nan")), "must be a finite number for eps"),
        (HandStep(Action.SET_TARIFF, "XA/XB", 1, None, 0.1), "must be DESTINATION/ORIGIN/COMMODITY"),
        (HandStep(Action.SET_TARIFF, "XA/XB/*", 1, None, float("inf")), "must be >= 0 and <= 5 for set_tariff"),
        (HandStep(Action.CLOSE_LINK, " road-ard-crn", 1), "must be a link for close_link; did you mean 'road-ard-crn'?"),
        (HandStep(Action.CLOSE_LINK, 3, 1), "must be a text"),  # type: ignore[arg-type]
        (HandStep(Action.CLOSE_LINK, "road-ard-crn", None), "column start: must be a day"),  # type: ignore[arg-type]
        (HandStep(Action.SCALE_RATE, "road-ard-crn", 1, None, True), "value: True must be a number"),
    ],
)  # fmt: skip
def test_steps_by_hand_keep_the_rules_of_policies(bad: HandStep, rule: str) -> None:
    (told,) = faults(asked(steps=(SHUT, bad)))
    assert told.startswith("step 2 column ")
    assert rule in told


def test_only_links_that_shippers_may_know_can_be_opened() -> None:
    shut = tuple(row for row in toy().policies if row.action is not Action.OPEN_LINK or row.target != "road-ask-bek")
    case = edited(toy(), policies=shut)
    assert set(openable_links(toy())) - set(openable_links(case)) == {"road-ask-bek"}
    opened = HandStep(Action.OPEN_LINK, "road-ask-bek", 1)
    assert Question(toy(), steps=(opened,)).measure().steps == (opened.step,)
    (told,) = faults(Question(case, steps=(opened,)))
    assert "no policy of this case opens it" in told


def test_quotas_on_the_same_goods_follow_each_other() -> None:
    first = HandStep(Action.QUOTA, "XC/XA/fruit", 10, 30, 100.0)
    for start, is_bad in ((29, True), (30, False), (9, True)):
        question = asked(steps=(first, HandStep(Action.QUOTA, "XC/XA/fruit", start, None, 50.0)))
        if is_bad:
            assert "on the same goods" in faults(question)[0]
        else:
            assert question.measure().steps
    assert asked(steps=(first, replace(first, target="XC/XA/grain"))).measure().steps


def test_a_scenario_takes_steps_by_hand_alone() -> None:
    named = Step("reopen", Action.CLOSE_LINK, "road-ard-crn", 1, None, None)
    for bad in (named, SHUT):
        with pytest.raises(InputError, match="step 1"):
            Scenario(toy(), steps=(bad,))  # type: ignore[arg-type]


def test_typed_days_that_are_no_pair_are_refused() -> None:
    for bad in (3, (1, 2, 3), "ab"):
        with pytest.raises(InputError, match="must be a first day"):
            Scenario(toy(), ("reopen",), days={"reopen": bad})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="did you mean 'reopen'"):
        Scenario(toy(), ("reopen",), days={"reopn": (1, None)})


def test_no_policy_may_have_the_name_of_steps_by_hand() -> None:
    case = edited(toy(), targets=(), policies=(step(BY_HAND, Action.CLOSE_LINK, "road-ard-crn", 0),))
    (problem,) = check(case).problems
    assert problem.field == "policy_id"


# ------------------------------------------------------------------------------------------------------------ carried along
def test_typed_days_and_steps_travel_with_the_scenario() -> None:
    scenario = asked(Chosen("reopen", np.int64(4)), steps=(SHUT,)).measure()  # type: ignore[arg-type]
    assert pickle.loads(pickle.dumps(scenario)) == scenario  # noqa: S301
    keywords = {"case": toy(), "policies": ("reopen",), "days": {"reopen": (4, None)}, "steps": (SHUT.step,)}
    assert scenario_of(None, keywords) == scenario
    told = provenance(scenario, [1])
    assert told["days"] == {"reopen": [4, None]}
    assert told["steps"] == [
        {"policy_id": BY_HAND, "action": "close_link", "target": "road-ard-crn", "start_day": 10, "end_day": None, "number": None}
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ set_assumption
def test_an_assumption_set_by_a_policy_holds_from_its_day_to_its_end_and_the_later_one_wins() -> None:
    rows = (
        step("rich", Action.SET_ASSUMPTION, "sigma", 2, 6, "9"), step("rich", Action.SET_ASSUMPTION, "sigma", 4, 5, "3"),
        step("rich", Action.SET_ASSUMPTION, "eps", 3, None, "eta"),
    )  # fmt: skip
    case = edited(toy(), warmup_days=0, targets=(), policies=rows)
    assert not check(case).problems
    model = CorridorModel(Scenario(case, ("rich",)), register=False, collect=False)
    own, eta = model.trade, model.state.values["eta"]
    seen = []
    for _ in range(8):
        model.step()
        seen.append((model.trade.sigma, model.trade.eps))
    assert seen == [
        (own.sigma, own.eps), (own.sigma, own.eps), (9.0, own.eps), (9.0, eta), (3.0, eta), (9.0, eta), (own.sigma, eta),
        (own.sigma, eta),
    ]  # fmt: skip
    assert "Sets to 9 the assumption sigma" in " ".join(explain(case).split())


def test_a_higher_elasticity_lets_cheaper_trade_grow_more_from_its_day_on() -> None:
    case = edited(toy(), warmup_days=30)
    cheaper = HandStep(Action.SET_TARIFF, "XA/XB/*", 0, None, 0.0)

    def quantity(*steps: HandStep, days: int) -> float:
        model = CorridorModel(Question(case, steps=(cheaper, *steps)).measure(), register=False, collect=False)
        model.run_for(days)
        return float(model.state.table.quantity_t[model.state.table.duty == 0.0].sum())

    change = HandStep(Action.SET_ASSUMPTION, "sigma", 20, None, 15.0)
    assert quantity(change, days=20) == quantity(days=20)
    assert quantity(change, days=90) > quantity(days=90)


# ------------------------------------------------------------------------------------------------------------ another calendar
def test_calendars_differ_on_the_first_past_day_that_has_other_steps() -> None:
    one = (Step("a", Action.SET_TOLL, "x", 5, 10, 1.0), Step("b", Action.SET_TOLL, "y", 7, None, 1.0))
    later_end = (replace(one[0], end_day=12), one[1])
    for day, first in ((10, None), (11, 10), (30, 10)):
        assert first_difference(one, later_end, day) == first
        assert first_difference(later_end, one, day) == first
    assert first_difference(one, (one[1], one[0]), 30) == 7
    assert first_difference(one, (replace(one[0], number=2.0), one[1]), 5) is None
    assert first_difference(one, (replace(one[0], number=2.0), one[1]), 6) == 5
