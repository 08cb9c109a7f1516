"""The whole model: conservation, closures, the same past and draws, and the same decisions as plain agents."""

import hashlib
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm import phases
from abm.agents.shipper import Lots, ShipperTable, send_lots
from abm.calendar import apply_calendar
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case
from abm.model import CorridorModel
from abm.state import WorldState
from tests.reference.plain_agents import PlainTrade
from tests.small_worlds import edited, step, toy

LINKS = tuple(link.link_id for link in toy().links)


def model_of(scenario: Scenario) -> CorridorModel:
    return CorridorModel(scenario, register=False, collect=False)


def numbers_of(state: WorldState) -> dict[str, np.ndarray]:
    """Every number of a world that could differ, by name."""
    movement, ledger = state.movement, state.ledger
    found = {f.name: np.asarray(getattr(state.table, f.name)) for f in fields(ShipperTable) if f.name != "names"}
    for name in (
        "entered_t",
        "passed_vehicles",
        "wait_vehicle_h",
        "time_vehicle_h",
        "queue_vehicles",
        "lost_t",
        "in_transit_t",
    ):
        found[f"movement.{name}"] = np.asarray(getattr(movement, name))
    for name in ("shipped_t", "money_usd", "delivered_t", "delivered_t_h"):
        found[f"ledger.{name}"] = getattr(ledger, name)
    return found | {"fob_ratio": state.markets.fob_ratio, "published": state.published.mean_h()}


def assert_same(one: WorldState, other: WorldState) -> None:
    """Bit for bit."""
    second = numbers_of(other)
    different = [name for name, array in numbers_of(one).items() if not np.array_equal(array, second[name])]
    assert different == []


def fingerprint(state: WorldState) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(numbers_of(state).items()):
        digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


# ------------------------------------------------------------------------------------------------------ movement in the model
closures = st.lists(
    st.tuples(
        st.sampled_from(LINKS),
        st.sampled_from([Action.CLOSE_LINK, Action.OPEN_LINK]),
        st.integers(0, 25),
        st.integers(1, 20),
    ),
    min_size=1,
    max_size=6,
)


def case_with(rows: list[tuple[str, Action, int, int]]) -> Case:
    policies = tuple(
        step(f"p{n}", action, link, start, start + days) for n, (link, action, start, days) in enumerate(rows)
    )
    return edited(toy(), warmup_days=20, policies=policies)


@given(closures)
@settings(max_examples=12)
def test_tonnes_are_conserved_and_no_tonne_enters_what_is_closed(rows: list[tuple[str, Action, int, int]]) -> None:
    case = case_with(rows)
    model = model_of(Scenario(case, tuple(f"p{n}" for n in range(len(rows)))))
    model.warm_up()
    movement, network = model.state.movement, model.state.network
    arcs = network.arcs
    stock_0, made = model.shippers.stock_t + model.shippers.lost_sales_t, np.zeros(len(model.shippers))
    shipped_0 = model.state.ledger.shipped_t.sum(axis=1)
    for _ in range(40):
        before = movement.entered_t
        model.step()
        made += model.shippers.quantity_t / 365.0
        under_way = movement.in_transit_t + movement.queued_t
        assert movement.dispatched_t == pytest.approx(movement.delivered_t + under_way + movement.lost_t, abs=1e-6)
        shut = np.flatnonzero(~model.state.link_is_open)
        gates = {gate for link in shut for gate in network.link_facilities.get(network.link_ids[link], ())}
        is_shut = np.isin(arcs.facility, list(gates))
        assert not (movement.entered_t - before)[is_shut].any()
    shipped = model.state.ledger.shipped_t.sum(axis=1) - shipped_0
    kept = model.shippers.stock_t + model.shippers.lost_sales_t
    np.testing.assert_allclose(stock_0 + made, kept + shipped, atol=1e-6)


def test_every_closable_link_has_a_gate_before_it() -> None:
    """Else the test above would look at nothing: whoever enters a line-haul has passed a gate of its link."""
    network = model_of(Scenario(case_with([(link, Action.CLOSE_LINK, 0, 1) for link in LINKS]))).state.network
    assert set(network.link_facilities) == set(LINKS)


# ------------------------------------------------------------------------------------------------------ same seed, same result
RUN = """
from tests.property.test_worlds import fingerprint, model_of, toy
from tests.small_worlds import edited
from abm.corridor.scenario import Scenario
model = model_of(Scenario(edited(toy(), warmup_days=40), ("reopen",), seed=5, draw=True))
model.run_for(60)
print(fingerprint(model.state))
"""


def test_the_same_seed_gives_the_same_world_bit_for_bit_in_another_process() -> None:
    here = model_of(Scenario(edited(toy(), warmup_days=40), ("reopen",), seed=5, draw=True))
    here.run_for(60)
    other = model_of(Scenario(edited(toy(), warmup_days=40), ("reopen",), seed=6, draw=True))
    other.run_for(60)
    root = Path(__file__).resolve().parents[2]
    there = subprocess.run([sys.executable, "-c", RUN], cwd=root, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == fingerprint(here.state)
    assert fingerprint(other.state) != fingerprint(here.state)


def test_a_placebo_changes_nothing_exactly() -> None:
    placebo = (
        step("placebo", Action.OPEN_LINK, "road-ard-crn", 3),
        step("placebo", Action.SCALE_DWELL, "p-rail-ard-crn-xa-out", 3, 9, "1"),
        step("placebo", Action.SCALE_RATE, "road-crn-cpo", 4, 8, "1"),
        step("placebo", Action.SCALE_SPEED, "road-crn-cpo", 4, 8, "1"),
        step("placebo", Action.SET_TOLL, "road-ard-crn", 2, 7, "0.5"),
        step("placebo", Action.SCALE_CAPACITY, "rail-ask-bek", 3, None, "1"),
        step("placebo", Action.BAN, "XC/XA/fruit", 5, 9, "1"),
    )  # fmt: skip
    case = edited(toy(), warmup_days=30, policies=placebo)
    without, with_ = model_of(Scenario(case)), model_of(Scenario(case, ("placebo",)))
    without.run_for(80)
    with_.run_for(80)
    assert_same(without.state, with_.state)


def test_a_fork_goes_on_as_the_world_itself_would() -> None:
    scenario = Scenario(edited(toy(), warmup_days=30), ("close-road",))
    model = model_of(scenario)
    model.run_for(70)  # the road is shut: queues, detours, fallbacks
    twin = model.fork(scenario)
    model.run_for(40)
    assert twin.day == 70
    twin.run_for(40)
    assert_same(model.state, twin.state)


def test_worlds_that_fork_do_not_touch_each_other() -> None:
    case = edited(toy(), warmup_days=30)
    root = model_of(Scenario(case))
    root.warm_up()
    before = fingerprint(root.state)
    arms = [root.fork(Scenario(case, policies)) for policies in ((), ("reopen", "ban-fruit", "faster-border"))]
    for arm in arms:
        arm.run_for(100)
    assert fingerprint(root.state) == before
    alone = model_of(Scenario(case))
    alone.run_for(100)
    assert_same(alone.state, arms[0].state)
    assert fingerprint(arms[1].state) != fingerprint(arms[0].state)


def test_a_fork_refuses_another_case_or_seed() -> None:
    model = model_of(Scenario(edited(toy(), warmup_days=5)))
    for other in (Scenario(toy()), Scenario(edited(toy(), warmup_days=5), seed=2)):
        with pytest.raises(ValueError, match="case and the seed"):
            model.fork(other)


# ------------------------------------------------------------------------------------------------------ the plain twin
EVENTS = (
    step("all", Action.OPEN_LINK, "road-ask-bek", 5), step("all", Action.LIFT_FRICTION, "XA-XB", 5, None, "0.4"),
    step("all", Action.BAN, "XC/XA/fruit", 10, 60), step("all", Action.BAN, "XA/XC/grain", 20, 90, "0.3"),
    step("all", Action.SET_TARIFF, "XA/XB/*", 30, 80, "0.4"), step("all", Action.CLOSE_LINK, "road-cpo-bay", 40, 100),
    step("all", Action.SET_TOLL, "road-ard-crn", 50, None, "9"), step("all", Action.CLOSE_LINK, "rail-crn-cpo", 55, 60),
    step("all", Action.SCALE_SPEED, "road-ard-crn", 60, 90, "1.6"),
    step("all", Action.SCALE_SPEED, "rail-ard-crn", 70, None, "0.7"),
)  # fmt: skip


def play_beside_the_twin(
    case: Case, days: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[CorridorModel, PlainTrade, int]:
    """Both decide every day from the same news; whatever they decide must agree."""
    model = model_of(Scenario(case, ("all",), values={"trend_growth": 0.03}))
    model.warm_up()
    state, sent = model.state, []
    phases.mark_reference(state)
    twin = PlainTrade(state, model.belief, model.trade)

    def listen(*arguments: Any) -> Lots:
        sent.append(send_lots(*arguments))
        return sent[-1]

    monkeypatch.setattr(phases, "send_lots", listen)
    n_lots = 0
    for _ in range(days):
        apply_calendar(state, model.calendar)
        price = phases.weigh_routes(state, model.belief)
        phases.adjust_trade(state, model.trade)
        phases.dispatch(state, price, model.month)
        twin.see_policies(state)
        twin.weigh_routes(state)
        twin.adjust_trade(state.day)
        compare_lots(sent[-1], twin, state.hour)
        compare_shippers(state.table, twin)
        n_lots += sent[-1].shipper.size
        deliveries = phases.move(state)
        phases.learn(state, deliveries, model.belief)
        twin.learn(deliveries)
        state.day += 1
    return model, twin, n_lots


def compare_lots(lots: Lots, twin: PlainTrade, hour: float) -> None:
    plain = twin.dispatch(hour)
    assert [lot.shipper for lot in plain] == lots.shipper.tolist()
    assert [lot.number for lot in plain] == lots.number.tolist()
    assert [lot.key for lot in plain] == lots.key.tolist()
    assert [lot.time_h for lot in plain] == lots.time_h.tolist()
    assert [lot.column for lot in plain] == lots.column.tolist()


def compare_shippers(table: ShipperTable, twin: PlainTrade) -> None:
    for name in (
        "quantity_t",
        "stock_t",
        "lost_sales_t",
        "awaiting_t",
        "composite",
        "mean_cost",
        "price_mean",
        "days_blocked",
        "dispatched",
    ):
        plain = [getattr(firm, name) for firm in twin.firms]
        np.testing.assert_allclose(getattr(table, name), plain, rtol=1e-9, atol=1e-9, err_msg=name)
    assert table.was_broken.tolist() == [firm.was_broken for firm in twin.firms]
    for name in ("belief_h", "probability", "days_since_use"):
        found = getattr(table, name)
        for firm in twin.firms:
            plain = [getattr(route, name) for route in firm.routes]
            columns = [route.column for route in firm.routes]
            np.testing.assert_allclose(found[firm.row, columns], plain, rtol=1e-9, atol=1e-12, err_msg=name)


def test_decisions_agree_with_plain_agents_shipper_for_shipper(monkeypatch: pytest.MonkeyPatch) -> None:
    case = edited(toy(), warmup_days=20, policies=EVENTS)
    model, twin, n_lots = play_beside_the_twin(case, 130, monkeypatch)
    assert n_lots > 10_000
    assert model.shippers.was_broken.any()
    assert any((not firm.is_new and firm.allowed < 1.0) or firm.was_broken for firm in twin.firms)
    assert len(twin.agents) == len(model.shippers)


@pytest.mark.parametrize("factor", [1.0, 1.0001])
def test_the_twin_notices_one_shipper_who_decides_otherwise(factor: float) -> None:
    """The comparison itself: one value of time, changed by a ten-thousandth, must show."""
    scenario = Scenario(edited(toy(), warmup_days=5))
    model = model_of(scenario)
    model.warm_up()
    phases.mark_reference(model.state)
    twin = PlainTrade(model.state, model.belief, model.trade)
    model.shippers.vot[7] *= factor
    phases.weigh_routes(model.state, model.belief)
    phases.adjust_trade(model.state, model.trade)
    twin.weigh_routes(model.state)
    twin.adjust_trade(0)
    if factor == 1.0:
        compare_shippers(model.shippers, twin)
    else:
        with pytest.raises(AssertionError, match=r"Mismatched elements: 1 / \d+"):
            compare_shippers(model.shippers, twin)


def test_a_seed_moves_the_draws_and_not_the_case() -> None:
    case = edited(toy(), warmup_days=5)
    one, two = (model_of(replace(Scenario(case), seed=seed)) for seed in (1, 2))
    assert not np.array_equal(one.shippers.vot, two.shippers.vot)
    assert np.array_equal(one.shippers.base_t, two.shippers.base_t)
