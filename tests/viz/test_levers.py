"""Levers make changes that the model takes, and a lever moved twice acts once."""

import pytest

from abm.corridor.load import load
from abm.corridor.question import Question
from abm.corridor.tables import Action, Case
from abm.viz.desk import Desk
from abm.viz.levers import EVERYWHERE, Lever, change, lay, levers_of, step_words


def _lever(case: Case, key: str) -> Lever:
    return next(lever for lever in levers_of(case) if lever.key == key)


@pytest.mark.parametrize("name", ["toy", "south-caucasus"])
def test_every_target_of_every_lever_is_one_that_a_world_takes(name: str) -> None:
    case = load(name)
    keys = [lever.key for lever in levers_of(case)]
    assert keys == ["link", "capacity", "tariff", "oversight", "incidents", "elasticity"]
    for lever in levers_of(case):
        steps = []
        for target in lever.targets:
            slider = lever.slider(target)
            numbers = (0.0, 1.0) if slider is None else (slider.low, slider.high)
            steps += [change(lever, target, number, 5, in_both=False) for number in numbers]
        question = Question(case, steps=tuple(steps))
        assert len(question.measure().steps) == len(steps)  # refused ones would raise


def test_a_percentage_becomes_a_share() -> None:
    lever = _lever(load("toy"), "tariff")
    step = change(lever, next(iter(lever.targets)), 25.0, 3, in_both=False)
    assert step.action is Action.SET_TARIFF
    assert step.number == pytest.approx(0.25)


def test_a_lever_moved_twice_acts_once() -> None:
    case = load("toy")
    desk, lever = Desk(Question(case)), _lever(case, "capacity")
    post = next(iter(lever.targets))
    lay(desk, lever, change(lever, post, 2.0, 10, in_both=False), 10)
    lay(desk, lever, change(lever, post, 3.0, 20, in_both=False), 20)
    in_force = [step.number for step in desk.question.steps if step.start_day <= 30 and step.end_day is None]
    assert in_force == [3.0]
    assert [(step.start_day, step.end_day) for step in desk.question.steps] == [(10, 20), (20, None)]


def test_a_lever_back_at_rest_does_nothing() -> None:
    case = load("toy")
    desk, lever = Desk(Question(case)), _lever(case, "incidents")
    lay(desk, lever, change(lever, EVERYWHERE, 2.0, 10, in_both=True), 10)
    lay(desk, lever, change(lever, EVERYWHERE, 1.0, 10, in_both=True), 10)
    assert desk.question.steps == ()


def test_opening_ends_a_closure_made_by_hand() -> None:
    case = load("toy")
    desk, lever = Desk(Question(case)), _lever(case, "link")
    link = next(iter(lever.targets))
    lay(desk, lever, change(lever, link, 0.0, 4, in_both=False), 4)
    lay(desk, lever, change(lever, link, 1.0, 9, in_both=False), 9)
    assert [(str(step.action), step.start_day, step.end_day) for step in desk.question.steps] == [
        ("close_link", 4, 9),
        ("open_link", 9, None),
    ]


def test_changes_are_told_in_words() -> None:
    case = load("toy")
    words = [
        step_words(case, change(lever, next(iter(lever.targets)), 1.0, 0, in_both=False)) for lever in levers_of(case)
    ]
    assert words[0].startswith("Open ")
    assert all(word and "_" not in word.split(" (")[0] for word in words)
    assert "% of value" in words[2]
