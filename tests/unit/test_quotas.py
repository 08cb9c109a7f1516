"""Quotas: what leaves within a year, what waits, what is lost, and that the new year begins anew."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.calendar import apply_calendar
from abm.corridor.policies import resolve
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, PolicyStep
from abm.model import CorridorModel
from abm.quotas import begin_year, held_back, is_used_up, use_quotas
from abm.relations import relations
from abm.state import WorldState, new_world
from tests.small_worlds import edited, step, toy

FRUIT = "XC/XA/fruit"


def world(*rows: PolicyStep) -> WorldState:
    """The opening day of toy with these steps in force, every shipper with a route and nothing in stock."""
    scenario = Scenario(
        edited(toy(), warmup_days=0, policies=rows), tuple(dict.fromkeys(row.policy_id for row in rows))
    )
    state = new_world(scenario)
    apply_calendar(state, resolve(scenario))
    state.table.composite[:] = 10.0
    state.table.stock_t[:] = 0.0
    return state


def quota(limit: float, target: str = FRUIT) -> PolicyStep:
    return step("q", Action.QUOTA, target, 0, None, f"{limit:g}")


def test_what_is_left_is_shared_in_proportion_and_rounded_up_to_lots() -> None:
    state = world(quota(100.0))
    table, rows = state.table, np.flatnonzero(relations(state, FRUIT))
    table.lot_t[rows] = 20.0
    table.stock_t[rows[0]], table.stock_t[rows[1]] = 130.0, 65.0  # six lots and three are full
    # 100 t of 180: 66.7 t and 33.3 t, so four lots and two; two lots and one wait.
    held = held_back(state)
    assert held[rows[:2]].tolist() == [40.0, 20.0]
    assert not np.delete(held, rows[:2]).any()


def test_a_quota_that_is_not_reached_holds_nothing_back() -> None:
    state = world(quota(1e9))
    state.table.stock_t[:] = 1000.0
    assert not held_back(state).any()
    assert not is_used_up(state).any()


def test_the_stricter_of_two_quotas_holds() -> None:
    state = world(quota(1e9, "XC/XA/*"), quota(0.0))
    rows = relations(state, FRUIT)
    state.table.stock_t[rows] = 1000.0
    assert (held_back(state)[rows] > 900.0).all()
    assert is_used_up(state).tolist() == rows.tolist()


def test_what_is_used_is_forgotten_on_the_first_of_january() -> None:
    state = world(quota(100.0))
    use_quotas(state, np.where(relations(state, FRUIT), 30.0, 5.0))
    only = state.authorities.quotas[0]
    assert only.used_t == pytest.approx(30.0 * relations(state, FRUIT).sum())
    state.day = 364
    begin_year(state)
    assert only.used_t > 0.0
    state.day = 365
    begin_year(state)
    assert only.used_t == 0.0


def test_a_copy_of_the_world_uses_its_own_quota() -> None:
    state = world(quota(100.0))
    other = state.copy()
    use_quotas(other, np.ones(len(state.table)))
    assert state.authorities.quotas[0].used_t == 0.0


def test_another_policy_that_begins_leaves_what_is_used() -> None:
    rows = (
        quota(100.0),
        step("r", Action.SET_TOLL, "road-ard-crn", 1, None, "1"),
        step("s", Action.QUOTA, FRUIT, 1, None, "9"),
    )
    scenario = Scenario(edited(toy(), warmup_days=0, policies=rows), ("q", "r", "s"))
    state = new_world(scenario)
    apply_calendar(state, resolve(scenario))
    use_quotas(state, np.ones(len(state.table)))
    state.day = 1
    apply_calendar(state, resolve(scenario))
    assert [quota.used_t > 0.0 for quota in state.authorities.quotas] == [True, False]


@settings(max_examples=6, deadline=None)
@given(st.floats(0.0, 20_000.0))
def test_a_year_never_exceeds_its_quota_by_more_than_a_lot_a_shipper(limit: float) -> None:
    case = edited(toy(), warmup_days=0, policies=(quota(limit),))
    model = CorridorModel(Scenario(case, ("q",), years=2), register=False, collect=False)
    rows = relations(model.state, FRUIT)
    for _ in range(2):
        before = model.state.ledger.shipped_t.sum(axis=1)
        for _ in range(365):
            model.step()
        sent = (model.state.ledger.shipped_t.sum(axis=1) - before)[rows]
        assert sent.sum() <= limit + model.state.table.lot_t[rows].sum()
        assert sent.sum() >= min(limit, 20_000.0) - model.state.table.lot_t[rows].sum()
    kept = model.state.values["backlog_days"] * model.state.table.base_t[rows] / 365.0 + model.state.table.lot_t[rows]
    assert (model.state.table.stock_t[rows] <= kept + 1e-6).all()
    assert model.state.table.lost_sales_t[rows].sum() > 0.0
