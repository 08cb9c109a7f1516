"""The model as Mesa users meet it, the start and end of the warm-up, and what happens when links shut."""

import math
from dataclasses import replace
from functools import cache
from typing import Any

import mesa
import numpy as np
import pytest

from abm import phases
from abm.agents.markets import generalised_freight
from abm.agents.shipper import Shipper
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, Status
from abm.detours import expected_wait_h, open_arcs, refresh_routes
from abm.model import CorridorModel
from abm.network.arcs import ArcKind
from abm.state import announced_times, new_world
from abm.worlds import PRIOR, TRANSPORT, WITHOUT, arms_of, play, play_arms
from tests.small_worlds import edited, flow, step, toy


def short() -> Case:
    return edited(toy(), warmup_days=10)


def model_of(case: Case, *policies: str, **options: Any) -> CorridorModel:
    return CorridorModel(Scenario(case, policies), **options)


# ------------------------------------------------------------------------------------------------------ an ordinary Mesa model
def test_without_arguments_it_is_an_ordinary_mesa_model_of_the_toy_case() -> None:
    model = CorridorModel()
    assert isinstance(model, mesa.Model)
    assert model.inputs.case.info.name == "toy"
    assert model.day == -toy().info.warmup_days
    model.step()  # the first step plays the warm-up before its own day
    assert model.day == 1
    assert model.state.movement.now_h == 24.0 * (toy().info.warmup_days + 1)


def test_every_shipper_is_an_agent_of_the_model() -> None:
    model = model_of(short())
    assert [agent.name for agent in model.agents_by_type[Shipper]] == list(model.shippers.names)


def test_agents_can_be_selected_shuffled_and_summed_up() -> None:
    model = model_of(short())
    model.step()
    grain = model.agents_by_type[Shipper].select(lambda agent: agent.name.startswith("f01#"))
    assert len(grain) == 4
    total = model.agents_by_type[Shipper].agg("quantity_t", sum)
    assert total == pytest.approx(float(model.shippers.quantity_t.sum()))
    visited: list[int] = []
    model.agents_by_type[Shipper].shuffle_do(lambda agent: visited.append(agent.row))
    assert sorted(visited) == list(range(len(model.shippers)))
    assert visited != sorted(visited)
    assert [len(row) for row in model.agents_by_type[Shipper].get("belief_h")] == [
        model.shippers.option.shape[1]
    ] * len(model.shippers)


def test_what_is_written_to_an_agent_stands_in_the_table_and_the_other_way_round() -> None:
    model = model_of(short())
    agent = list(model.agents_by_type[Shipper])[3]
    agent.quantity_t = 1234.5
    assert model.shippers.quantity_t[3] == 1234.5
    agent.belief_h[0] = 99.0
    assert model.shippers.belief_h[3, 0] == 99.0
    model.shippers.stock_t[3], model.shippers.composite[3] = 7.0, 55.0
    assert (agent.stock_t, agent.cost_usd_t, agent.base_t) == (7.0, 55.0, float(model.shippers.base_t[3]))
    assert agent.probability.shape == agent.belief_h.shape
    for bad in (-1.0, math.nan):
        with pytest.raises(ValueError, match="quantity_t"):
            agent.quantity_t = bad


def test_a_shipper_that_is_removed_ships_nothing_more_and_moves_nobody_elses_row() -> None:
    model = model_of(short())
    model.run_for(5)
    before = model.shippers.dispatched.copy()
    (gone,) = model.agents_by_type[Shipper].select(lambda agent: agent.row == 0)
    gone.remove()
    model.run_for(20)
    assert len(model.agents_by_type[Shipper]) == len(model.shippers) - 1
    assert model.shippers.dispatched[0] == before[0]
    assert (model.shippers.dispatched[1:4] > before[1:4]).all()
    assert [agent.row for agent in model.agents_by_type[Shipper]] == list(range(1, len(model.shippers)))
    assert model.shippers.quantity_t[0] == 0.0


def test_the_data_collector_has_a_row_a_step() -> None:
    model = model_of(short())
    model.run_for(12)
    assert model.datacollector is not None
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == 12
    assert frame["day"].tolist() == [float(day) for day in range(1, 13)]
    shipped = frame["shipped_t"].to_numpy()
    assert (np.diff(shipped) > 0.0).all()
    assert frame["queued_t"].iloc[-1] + frame["in_transit_t"].iloc[-1] + frame["delivered_t"].iloc[-1] == pytest.approx(
        shipped[-1]
    )


def test_agents_and_series_can_be_left_out_and_change_no_result() -> None:
    bare, full = model_of(short(), register=False, collect=False), model_of(short())
    assert len(bare.agents) == 0
    assert bare.datacollector is None
    for model in (bare, full):
        model.run_for(15)
    np.testing.assert_array_equal(bare.state.movement.entered_t, full.state.movement.entered_t)


# ------------------------------------------------------------------------------------------------------ warm-up and reference
def test_the_warm_up_rests_at_base_demand_and_its_costs_become_the_reference() -> None:
    model = model_of(edited(toy(), warmup_days=30), register=False, collect=False)
    sums = np.zeros((2, len(model.shippers)))
    for _ in range(30):
        model._play_day()
        sums += model.shippers.composite, model.shippers.mean_cost
        np.testing.assert_array_equal(model.shippers.quantity_t, model.shippers.base_t)
    phases.mark_reference(model.state)
    known = ~model.shippers.is_new
    np.testing.assert_allclose(model.shippers.composite_0[known], sums[0, known] / 30.0)
    np.testing.assert_allclose(model.shippers.mean_cost_0[known], sums[1, known] / 30.0)
    table = model.shippers
    np.testing.assert_array_equal(table.price_0, table.fob_usd_t * (1.0 + table.duty) + table.mean_cost_0)
    np.testing.assert_array_equal(table.price_mean, table.price_0)


def test_what_did_not_trade_or_had_no_route_is_referred_to_the_network_with_everything_open() -> None:
    """A village behind the closed road: no route in the warm-up, and prices as if the road were open."""
    island = flow("f98", "BEK", "ASK", "goods", 500.0)
    links = tuple(
        link.model_copy(update={"status": Status.CLOSED}) if link.link_id in ("road-ard-ask", "rail-ard-ask") else link
        for link in toy().links
    )
    depot = toy().terminals[0].model_copy(update={"terminal_id": "ask-depot", "node_id": "ASK"})
    case = edited(short(), flows=(*toy().flows, island), links=links, terminals=(*toy().terminals, depot))
    model = model_of(case, register=False, collect=False)
    model.warm_up()
    kept = {
        name: getattr(model.shippers, name).copy()
        for name in ("belief_h", "cost", "probability", "composite", "mean_cost")
    }
    phases.mark_reference(model.state)
    table = model.shippers
    row = table.names.index("f98#1")
    assert math.isinf(table.composite[row])
    assert math.isfinite(table.composite_0[row])
    fruit = table.names.index("f08#1")
    assert table.composite_0[fruit] < 0.9 * table.composite[fruit]  # over the closed border it is nearer
    for name, array in kept.items():
        np.testing.assert_array_equal(getattr(table, name), array)
    model.run_for(40)
    assert table.dispatched[row] == 0
    assert table.lost_sales_t[row] > 0.0
    assert table.days_blocked[row] == 40.0
    assert table.stock_t[row] <= max(30.0 * 500.0 / 365.0, table.lot_t[row]) + 1e-9


def test_a_case_without_a_warm_up_can_be_played() -> None:
    scenario = Scenario(edited(toy(), warmup_days=0), years=1)
    model = CorridorModel(scenario, register=False, collect=False)
    run = play(model, {})
    assert run.shipped_t.shape[0] == 1
    assert run.shipped_t.sum() == pytest.approx(model.state.ledger.shipped_t.sum())
    table = model.shippers
    relative = table.composite / table.composite_0
    # relations with a route in the base year refer to the network as it is, not as planned
    assert np.median(relative[~table.is_new]) == pytest.approx(1.0, abs=0.1)


def test_playing_on_plays_only_what_is_left_of_the_years() -> None:
    model = CorridorModel(Scenario(short(), years=1), register=False, collect=False)
    model.run_for(100)
    play(model, {})
    assert model.day == 365


def test_growth_is_the_trend_and_nothing_else_without_policies() -> None:
    model = CorridorModel(
        Scenario(edited(toy(), warmup_days=200), values={"trend_growth": 0.0}), register=False, collect=False
    )
    model.warm_up()
    model.run_for(365)
    ratio = model.shippers.quantity_t.sum() / model.shippers.base_t.sum()
    assert ratio == pytest.approx(1.0, abs=0.002)


# ------------------------------------------------------------------------------------------------------ when links shut
@cache
def shut_for_a_while() -> CorridorModel:
    """All ways between the north and the coast but one are shut from day 10 to 30."""
    rows = (step("p", Action.CLOSE_LINK, "road-ard-crn", 10, 30),)
    case = edited(toy(), warmup_days=40, policies=rows)
    model = model_of(case, "p", register=False, collect=False)
    model.run_for(9)
    return model


def test_traffic_leaves_a_road_that_shuts_and_comes_back_when_it_opens() -> None:
    model = shut_for_a_while().fork(shut_for_a_while().inputs)
    road = [a for a, name in enumerate(model.state.network.arcs.names) if name.startswith("road-ard-crn:")]
    rail = [a for a, name in enumerate(model.state.network.arcs.names) if name.startswith("rail-ard-crn:")]
    seen = []
    for days in (5, 15, 30):
        before = model.state.movement.entered_t
        model.run_for(days)
        seen.append([(model.state.movement.entered_t - before)[list(rows)].sum() / days for rows in (road, rail)])
    before_h, shut, after = seen
    assert shut[0] < 0.3 * before_h[0]
    assert shut[1] > before_h[1]
    assert after[0] > 0.8 * before_h[0]


def test_drivers_wait_before_a_shut_road_at_first_and_turn_when_the_closure_lasts() -> None:
    model = shut_for_a_while().fork(shut_for_a_while().inputs)
    network, movement = model.state.network, model.state.movement
    posts = [network.post_facility[f"p-road-ard-crn-{side}-out"] for side in ("xa", "xc")]
    waiting = []
    for _ in range(15):
        model.step()
        waiting.append(float(movement.queue_t[posts].sum()))
    assert model.state.days_shut.max() == 14.0
    assert waiting[2] > 1000.0
    assert waiting[3] < 0.6 * waiting[2]  # who has another way has waited long enough
    # what has no other way still comes: its makers send what they make, and the line grows by that a day and by nothing else
    table = model.shippers
    stranded = table.quantity_t[table.awaits].sum() / 365.0
    assert stranded > 100.0
    assert np.diff(waiting[5:]).mean() == pytest.approx(stranded, rel=0.1)
    model.run_for(10)
    assert model.state.days_shut.max() == 0.0


def village_behind_a_road() -> CorridorModel:
    """One relation, 10 t a day, over a road that shuts for good on day 10; seven days of goods may be held back."""
    rows = (step("p", Action.CLOSE_LINK, "road-ard-ask", 10),)
    depot = toy().terminals[0].model_copy(update={"terminal_id": "ask-depot", "node_id": "ASK"})
    links = tuple(link for link in toy().links if link.link_id != "rail-ard-ask")
    village = flow("f98", "BEK", "ASK", "goods", 3650.0)
    case = edited(
        toy(), warmup_days=20, policies=rows, links=links, flows=(village,), terminals=(*toy().terminals, depot)
    )
    return CorridorModel(Scenario(case, ("p",), {"backlog_days": 7.0}), register=False, collect=False)


def test_goods_are_sent_towards_a_closure_until_it_is_as_old_as_what_may_be_held_back() -> None:
    """A road alone between two places, shut for good: its goods come to the gate for ``backlog_days``, then stay in stock."""
    model = village_behind_a_road()
    model.warm_up()
    model.run_for(10)
    before, table = int(model.shippers.dispatched.sum()), model.shippers
    model.run_for(7)
    assert table.awaits.all()
    assert int(table.dispatched.sum()) - before == pytest.approx(7 * 10.0 / table.lot_t[0], abs=len(table))
    sent = int(table.dispatched.sum())
    model.run_for(20)
    assert not table.awaits.any()
    assert int(table.dispatched.sum()) == sent
    assert table.days_blocked.tolist() == [27.0] * len(table)
    assert (table.stock_t <= table.lot_t).all()  # what stands before the closure is all that may be held back
    assert table.lost_sales_t.sum() == pytest.approx(20 * 10.0, abs=table.lot_t.sum())


def test_two_closures_on_one_way_run_side_by_side() -> None:
    rows = tuple(step("p", Action.CLOSE_LINK, name, 2) for name in ("road-ard-crn", "rail-ard-crn", "road-crn-cpo"))
    model = model_of(edited(toy(), warmup_days=20, policies=rows), "p", register=False, collect=False)
    model.run_for(6)
    state = model.state
    is_open = open_arcs(state)
    offer = phases.offered(state, is_open, state.days_shut, phases.Offer(*phases.levels_of_options(state, is_open)[1:]))
    assert offer.wait_h is not None
    assert state.days_shut.max() == 4.0
    assert set(offer.wait_h.tolist()) == {0.0, 96.0}
    longest = [
        sum(
            state.network.link_ids[link] in {row.target for row in rows}
            for link in set(state.network.arcs.link[list(path)])
            if link >= 0
        )
        for path in (state.movement.routes.path(int(route)) for route in state.options.route)
    ]
    assert max(longest) == 2  # some ways have two of the closures on them


def test_a_closure_never_grows_cheaper_with_age() -> None:
    model = village_behind_a_road()
    model.run_for(10)
    paid = []
    for _ in range(20):
        model.step()
        paid.append(generalised_freight(model.shippers))
    assert (np.diff(paid, axis=0) > 0.0).all()


def test_a_young_closure_costs_the_wait_that_is_to_be_expected() -> None:
    """Two days after it shut, a road is worth its usual cost and two days more."""
    model = shut_for_a_while().fork(shut_for_a_while().inputs)
    model.run_for(3)
    state, arcs = model.state, model.state.network.arcs
    assert state.days_shut.max() == 2.0
    wait_h = expected_wait_h(state, open_arcs(state), state.days_shut)
    road = np.array([name.startswith("road-ard-crn:") for name in arcs.names])
    line = road & (arcs.kind == ArcKind.LINEHAUL)
    posts = np.isin(arcs.link, arcs.link[line])
    assert (wait_h[posts] == 48.0).all()
    assert np.isnan(wait_h[~posts]).all()
    over = np.array([line[list(state.movement.routes.path(int(route)))].any() for route in state.options.route])
    price = phases.weigh_routes(state, model.belief)
    closed = phases.levels_of_options(state, open_arcs(state))[1]
    usual = phases.levels_of_options(state, np.ones(len(arcs), dtype=np.bool_))[1]
    over &= np.isfinite(price)  # some have another border on their way, which has never been open
    assert over.sum() > 5
    assert np.isinf(closed[over]).all()
    hour = arcs.hour_usd_t[np.flatnonzero(line)[0]][state.options.cargo_class[over]]
    np.testing.assert_allclose(price[over], usual[over] + 3 * 24.0 * hour)


def test_a_fallback_serves_whoever_has_no_other_way_and_rests_when_one_opens() -> None:
    state = new_world(Scenario(edited(toy(), warmup_days=0)))
    table, spare = state.table, state.table.option.shape[1] - 1
    row = table.names.index("f03#1")
    own = table.option[row, :spare][table.option[row, :spare] >= 0]
    keep = table.option[row].copy()
    # as if its choice set held only what is shut today
    shut_links = {state.network.link_ids.index(name) for name in ("road-ask-bek", "rail-ask-bek")}
    over_shut = [
        o
        for o in own
        if shut_links & set(state.network.arcs.link[list(state.plan.routes.path(int(state.options.route[o])))])
    ]
    table.option[row, :] = -1
    if over_shut:
        table.option[row, 0] = over_shut[0]
    state.has_changed = True
    refresh_routes(state)
    fallback = int(table.option[row, spare])
    assert fallback >= 0
    assert table.nest[row, spare] >= 0
    arcs = list(state.movement.routes.path(int(state.options.route[fallback])))
    assert table.belief_h[row, spare] == pytest.approx(state.published.mean_h()[arcs].sum())
    others = table.option[:, spare].copy()
    others[row] = -1
    assert (others == -1).all()
    table.option[row, :spare] = keep[:spare]
    state.has_changed = True
    refresh_routes(state)
    assert table.nest[row, spare] == -1
    published, price, sd, risk = phases.levels_of_options(state, np.ones(len(state.network.arcs), dtype=np.bool_))
    phases._choose(state, table.belief_h, price, sd, risk)
    assert table.probability[row, spare] == 0.0
    assert table.probability[row].sum() == pytest.approx(1.0)
    assert published.size == len(state.options)


def test_a_new_option_is_trusted_at_its_announced_time_and_up_to_half_as_much_again() -> None:
    rows = (step("p", Action.OPEN_LINK, "road-ask-bek", 2),)
    model = model_of(edited(toy(), warmup_days=5, policies=rows), "p", register=False, collect=False)
    model.run_for(2)
    state, table = model.state, model.shippers
    was_open = state.option_was_open.copy()
    mean_h, _ = announced_times(
        state.network, state.numbers.free_time_h, state.numbers.dwell_h, state.numbers.service_h
    )
    model.step()
    newly = state.option_was_open[: was_open.size] & ~was_open
    assert newly.any()
    ratios = []
    for row, column in zip(*np.nonzero((table.option >= 0) & newly[table.option]), strict=True):
        arcs = list(state.movement.routes.path(int(state.options.route[table.option[row, column]])))
        if table.days_since_use[row, column] > 1e5:
            ratios.append(table.belief_h[row, column] / mean_h[arcs].sum())
    assert len(ratios) > 20
    assert min(ratios) > 0.8  # other posts on the way publish their own times
    assert 1.1 < float(np.median(ratios)) < 1.6
    assert len(set(np.round(ratios, 6))) > len(ratios) / 2


def test_background_waits_before_a_shut_post_up_to_the_backlog_and_nobody_comes_in_over_a_shut_link() -> None:
    rows = (step("p", Action.CLOSE_LINK, "road-ard-crn", 0),)
    case = edited(toy(), warmup_days=5, policies=rows, flows=(flow("one", "CRN", "CPO", "goods", 3000.0),))
    model = CorridorModel(Scenario(case, ("p",), values={"backlog_days": 10.0}), register=False, collect=False)
    model.run_for(3)
    network, movement = model.state.network, model.state.movement
    out, into = (network.post_facility[f"p-road-ard-crn-xa-{way}"] for way in ("out", "in"))
    entered_in = movement.passed_vehicles[network.arcs.facility == into].sum()
    model.run_for(60)
    daily = 14.0 + 0.4 * 20.0
    assert 10.0 * daily <= movement.queue_vehicles[out] <= 11.0 * daily + 10.0
    assert (
        movement.passed_vehicles[network.arcs.facility == into].sum() - entered_in <= 10.0
    )  # who was in line finishes


def test_background_of_a_month_wins_over_that_of_every_month_in_any_order() -> None:
    row = toy().background[0]
    special = row.model_copy(update={"month": 5, "vehicles_per_day": 99.0})
    for rows in ((special, row), (row, special)):
        state = new_world(Scenario(edited(toy(), background=rows)))
        assert state.background.per_day.tolist() == [[14.0] * 4 + [99.0] + [14.0] * 7]


def test_a_month_of_background_is_sent_in_that_month() -> None:
    rows = tuple(toy().background[0].model_copy(update={"month": m, "vehicles_per_day": 10.0 * m}) for m in (1, 2))
    model = model_of(edited(toy(), warmup_days=0, background=rows), register=False, collect=False)
    facility = model.state.network.post_facility[rows[0].post_id]
    arc = int(np.flatnonzero(model.state.network.arcs.facility == facility)[0])
    cargo_t = model.state.movement.entered_t[arc]
    seen = []
    for days in (31, 28, 31):
        sent = model.state.background.sent.sum()
        model.run_for(days)
        seen.append(5.0 * (model.state.background.sent.sum() - sent) / days)
    assert cargo_t == 0.0
    np.testing.assert_allclose(seen, [10.0, 20.0, 0.0], atol=0.3)


# ------------------------------------------------------------------------------------------------------ the arms of a comparison
def test_transport_alone_lifts_no_friction_even_if_the_table_holds_a_number() -> None:
    rows = (step("p", Action.OPEN_LINK, "road-ask-bek", 0), step("p", Action.LIFT_FRICTION, "XA-XB", 0, None, "0.8"))
    case = edited(toy(), warmup_days=20, policies=rows)
    arms = arms_of(Scenario(case, ("p",), years=1))
    assert list(arms) == [WITHOUT, TRANSPORT, PRIOR]
    runs = play_arms(arms)
    new = [row for row, name in enumerate(new_world(Scenario(case)).table.names) if name.startswith("f08#")]
    sent = {name: run.shipped_t[:, new].sum() for name, run in runs.items()}
    assert sent[WITHOUT] == sent[TRANSPORT] == 0.0
    assert sent[PRIOR] > 0.0


def test_arms_share_the_past_and_a_measure_without_friction_has_no_prior() -> None:
    scenario = Scenario(edited(toy(), warmup_days=20), ("close-road",), years=1)
    arms = arms_of(scenario)
    assert list(arms) == [WITHOUT, TRANSPORT]
    runs = play_arms(arms)
    alone = play(CorridorModel(replace(scenario, policies=()), register=False, collect=False), {})
    np.testing.assert_array_equal(runs[WITHOUT].shipped_t, alone.shipped_t)
    assert runs[TRANSPORT].shipped_t.sum() != alone.shipped_t.sum()
