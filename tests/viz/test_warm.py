"""One warm-up serves every visitor, and what a visitor plays stays with the visitor."""

import threading
from dataclasses import replace

import pytest

from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action
from abm.model import CorridorModel
from abm.viz import warm
from abm.viz.desk import Desk
from abm.viz.twin import TwinModel
from abm.viz.warm import MOST_WORLDS, warm_key, warm_pair, warm_world
from tests.small_worlds import edited, step, toy, toy_with_cast
from tests.viz.made_twins import MEASURE, PLACEBO, assert_same_world, question, straight

DAYS = 20


class Told:
    """What a progress was told."""

    def __init__(self) -> None:
        self.all: list[tuple[int, int]] = []

    def __call__(self, done: int, of: int) -> None:
        self.all.append((done, of))


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test begins without a warmed world."""
    monkeypatch.setattr(warm, "_WARM", type(warm._WARM)())


def fresh(scenario: Scenario) -> CorridorModel:
    return CorridorModel(scenario, register=False, collect=False)


def test_a_warmed_world_is_the_world_that_a_run_begins_with() -> None:
    scenario = question(MEASURE, "guarded-border", seed=7).measure()
    world = warm_world(scenario)
    assert world.day == 0
    world.state.ledger.snapshots.clear()
    assert_same_world(straight(world, DAYS), straight(fresh(scenario), DAYS))


def test_a_warm_up_is_played_once_and_told_day_by_day() -> None:
    told, again = Told(), Told()
    warm_world(question(seed=3).measure(), told)
    days = toy_with_cast().info.warmup_days
    assert told.all == [(day, days) for day in range(1, days + 1)]
    warm_world(question(MEASURE, seed=3).measure(), again)
    assert again.all == []


def test_what_one_copy_plays_leaves_the_others_alone() -> None:
    scenario = question(MEASURE).measure()
    first, second = warm_world(scenario), warm_world(scenario)
    straight(first, DAYS)
    assert second.day == 0
    assert_same_world(straight(second, DAYS), first)
    assert_same_world(straight(warm_world(scenario), DAYS), first)


def test_worlds_share_a_warm_up_unless_something_makes_it_another_one() -> None:
    base = question()
    same = [question(MEASURE), question(PLACEBO, steps=(HandStep(Action.CLOSE_LINK, "road-ard-crn", 0),))]
    other = [
        replace(base, seed=2),
        replace(base, values={"sigma": 3.0}),
        replace(base, years=6),
        replace(base, still=("posts",)),
    ]
    key = warm_key(base.measure())
    assert {warm_key(one.measure()) for one in same} == {key}
    assert len({key, *(warm_key(one.measure()) for one in other)}) == 1 + len(other)


def test_only_so_many_worlds_are_kept_and_the_one_not_asked_for_longest_goes() -> None:
    case = edited(toy(), warmup_days=2)

    def n_played(seed: int) -> int:
        told = Told()
        warm_world(question(case=case, seed=seed).measure(), told)
        return len(told.all)

    assert [n_played(seed) for seed in range(MOST_WORLDS)] == [2] * MOST_WORLDS
    assert n_played(0) == 0  # asked for anew, so that the next to go is seed 1
    assert n_played(MOST_WORLDS) == 2
    assert n_played(0) == 0
    assert n_played(1) == 2


def test_two_who_ask_at_once_share_one_warm_up() -> None:
    told = [Told(), Told()]
    worlds: list[CorridorModel] = []
    both = threading.Barrier(2)

    def ask(number: int) -> None:
        both.wait()
        worlds.append(warm_world(question(seed=11).measure(), told[number]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(one.all) for one in told) == [0, toy_with_cast().info.warmup_days]
    assert_same_world(straight(worlds[0], DAYS), straight(worlds[1], DAYS))


def test_a_warm_up_that_was_given_up_is_played_by_the_next_who_asks() -> None:
    class GoneError(Exception):
        pass

    def leave(done: int, of: int) -> None:
        raise GoneError

    scenario = question(seed=12).measure()
    with pytest.raises(GoneError):
        warm_world(scenario, leave)
    told = Told()
    assert warm_world(scenario, told).day == 0
    assert len(told.all) == toy_with_cast().info.warmup_days


# ------------------------------------------------------------------------------------------------------------ before the opening
def early_question() -> Question:
    """A policy that has slowed a post for a month when the corridor opens, and goes on."""
    case = toy_with_cast()
    row = step("slow", Action.SCALE_CAPACITY, "p-road-ard-crn-xc-in", -30, value="0.5")
    return Question(edited(case, policies=(*case.policies, row), warmup_days=60), (Chosen("slow"), Chosen(MEASURE)))


def test_a_policy_of_before_the_opening_day_acts_in_the_warm_up_of_its_world_alone() -> None:
    asked, told = early_question(), Told()
    without, measure = warm_pair(asked, told)
    assert told.all == [(day, 120) for day in range(1, 121)]
    assert_same_world(straight(measure, DAYS), straight(fresh(asked.measure()), DAYS))
    assert_same_world(straight(without, DAYS), straight(fresh(asked.without()), DAYS))
    assert measure.state.in_force != without.state.in_force


def test_a_lever_that_changes_the_warm_up_is_taken_before_the_first_day_alone() -> None:
    asked = early_question()
    model = TwinModel(Desk(replace(asked, policies=(Chosen(MEASURE),))))
    model.prepare()
    model.adopt(asked)
    assert not model.is_ready
    for _ in range(DAYS):
        model.step()
    assert_same_world(model.worlds[1], straight(fresh(asked.measure()), DAYS))
