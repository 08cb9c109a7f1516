"""Everybody acts at once: conserved tonnes, shared draws, exact repeats, and nobody left behind when told to stand still."""

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest

from abm.corridor.actor_rows import listed
from abm.corridor.scenario import CAST, Scenario
from abm.model import CorridorModel
from abm.worlds import WorldRun, play, play_arms
from tests.small_worlds import edited, toy, toy_with_cast

YEARS = 2


def world(*policies: str, seed: int = 3, **options: object) -> WorldRun:
    """One world of toy with everybody in it."""
    scenario = Scenario(toy_with_cast(), policies, years=YEARS, seed=seed)
    return play(CorridorModel(replace(scenario, **options), register=False, collect=False), {})  # type: ignore[arg-type]


@cache
def paired(*policies: str) -> tuple[WorldRun, WorldRun]:
    """The same world without and with policies, forked from one state."""
    scenario = Scenario(toy_with_cast(), policies, years=YEARS, seed=3)
    runs = play_arms({"without": replace(scenario, policies=()), "with": scenario})
    return runs["without"], runs["with"]


def assert_same(first: WorldRun, second: WorldRun) -> None:
    for field in fields(WorldRun):
        a, b = getattr(first, field.name), getattr(second, field.name)
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b, err_msg=field.name)
    for name in first.sums:
        np.testing.assert_array_equal(first.sums[name], second.sums[name], err_msg=name)
    for name in first.levels:
        np.testing.assert_array_equal(first.levels[name], second.levels[name], err_msg=name)


def test_toy_has_everybody() -> None:
    case = toy_with_cast()
    assert case.carriers
    assert case.services
    assert case.hazards
    assert case.regimes
    assert case.events
    assert case.authorities
    assert case.consents
    assert case.openings
    assert case.projects
    assert any(post.overtime_share > 0.0 for post in case.posts)


def test_something_happens_in_toy_that_a_test_can_see() -> None:
    run = world()
    assert run.sums["incidents"].sum() > 0.0
    assert run.sums["overtime_days"].sum() > 0.0


def test_a_policy_that_changes_nothing_changes_nothing_whoever_acts() -> None:
    assert_same(*paired("placebo"))


def test_one_seed_is_one_world() -> None:
    assert_same(world(), world())


def test_two_seeds_are_two_worlds() -> None:
    assert not np.array_equal(world().shipped_t, world(seed=4).shipped_t)


def test_a_fork_of_a_world_goes_on_as_the_world_itself_does() -> None:
    model = CorridorModel(Scenario(toy_with_cast(), years=YEARS, seed=3), register=False, collect=False)
    model.warm_up()
    twin = model.fork(model.inputs)
    assert_same(play(model, {}), play(twin, {}))


def test_incidents_that_a_measure_does_not_touch_are_the_same_in_both_worlds() -> None:
    """What is shut anyway is struck by nothing: hazards of the links that open are the only ones that differ."""
    without, with_ = paired("reopen")
    opened = {step.target for step in toy_with_cast().policies if step.policy_id == "reopen"}
    is_apart = [not opened & set(listed(row.targets)) for row in toy_with_cast().hazards]
    assert 0 < sum(is_apart) < len(is_apart)
    np.testing.assert_array_equal(without.sums["incidents"][:, is_apart], with_.sums["incidents"][:, is_apart])
    assert not np.array_equal(without.shipped_t, with_.shipped_t)


def test_tonnes_are_conserved_whoever_acts() -> None:
    model = CorridorModel(Scenario(toy_with_cast(), ("reopen",), years=YEARS, seed=3), register=False, collect=False)
    model.warm_up()
    for _ in range(24):
        model.run_for(15)
        movement = model.state.movement
        held = movement.delivered_t + movement.in_transit_t + movement.queued_t + movement.lost_t
        assert held == pytest.approx(movement.dispatched_t, rel=1e-12)


@pytest.mark.parametrize("actor", CAST)
def test_whoever_stands_still_leaves_no_trace_in_the_accounts(actor: str) -> None:
    run = world(still=(actor,))
    owned = {
        "incidents": ("incidents", "incident_days", "shut_days"),
        "posts": ("overtime_days",),
    }.get(actor, ())
    for name in owned:
        assert run.sums[name].sum() == 0.0


def test_with_everybody_still_the_world_is_that_of_shippers_alone() -> None:
    """Not bit for bit: a link that somebody may shut has a gate, at which hours are added up in another order."""
    still = world(still=CAST)
    bare = play(CorridorModel(Scenario(toy(), years=YEARS, seed=3), register=False, collect=False), {})
    assert still.shipped_t.sum() == pytest.approx(bare.shipped_t.sum(), rel=1e-3)
    assert still.delivered_t_h.sum() == pytest.approx(bare.delivered_t_h.sum(), rel=5e-3)


def test_everybody_is_an_agent_of_the_model() -> None:
    model = CorridorModel(Scenario(toy_with_cast()))
    kinds = {type(agent).__name__ for agent in model.agents}
    assert kinds == {"Shipper", "Carrier", "BorderPost", "Authority"}


def test_a_case_with_empty_tables_is_as_it_was_without_them() -> None:
    nobody = edited(toy(), emissions=toy_with_cast().emissions)
    run = play(CorridorModel(Scenario(nobody, years=1, seed=3), register=False, collect=False), {})
    bare = play(CorridorModel(Scenario(toy(), years=1, seed=3), register=False, collect=False), {})
    np.testing.assert_array_equal(run.shipped_t, bare.shipped_t)
