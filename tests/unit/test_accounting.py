"""Accounts kept while a world runs: first-order gains, duty, charges and tonne-kilometres against sums by hand."""

from dataclasses import replace

import numpy as np
import pytest

from abm import phases
from abm.accounting import STEP_DAYS, keep_accounts
from abm.corridor.scenario import Scenario
from abm.network.build import CLASSES, MODES
from abm.observers import account_countries
from abm.state import WorldState, new_world
from abm.worlds import TRANSPORT, WITHOUT, arms_of, play_arms
from tests.small_worlds import edited, parameters_of, toy

COUNTRIES = account_countries(toy())


def at_rest() -> tuple[WorldState, np.ndarray]:
    """Toy on its opening day: base quantities at base costs."""
    state = new_world(Scenario(edited(toy(), warmup_days=0)))
    belief, _ = parameters_of(state)
    phases.mark_reference(state)
    price = phases.weigh_routes(state, belief)
    state.table.composite_0, state.table.mean_cost_0 = state.table.composite.copy(), state.table.mean_cost.copy()
    state.table.price_0 = state.table.fob_usd_t * (1.0 + state.table.duty) + state.table.mean_cost_0
    state.table.price_mean = state.table.price_0.copy()
    return state, price


def yearly(state: WorldState, price: np.ndarray) -> dict[str, np.ndarray]:
    """What one look adds, a year's worth."""
    _, trade = parameters_of(state)
    before = {name: values.copy() for name, values in state.accounting.sums().items()}
    keep_accounts(state, price, trade)
    return {
        name.removeprefix("account_"): (values - before[name]) * 365.0 / STEP_DAYS
        for name, values in state.accounting.sums().items()
    }


def test_base_prices_and_quantities_are_the_zero_of_users_and_exporters() -> None:
    found = yearly(*at_rest())
    for name in ("users", "exporters", "other_buyers"):
        np.testing.assert_allclose(found[name], 0.0, atol=1e-6)


def test_a_small_saving_of_all_costs_is_worth_tonnes_times_the_saving() -> None:
    state, price = at_rest()
    table = state.table
    saving = 1e-5 * table.mean_cost_0
    table.price_mean = table.price_0 - saving
    found = yearly(state, price)
    trades = ~table.is_exogenous
    for number, country in enumerate(COUNTRIES):
        goes_there = np.array([state.names.markets[m].startswith(f"{country}/") for m in table.market])
        expected = (table.base_t * saving)[trades & goes_there].sum()
        assert found["users"][number] == pytest.approx(expected, rel=2e-3)
    carried = (table.base_t * table.mean_cost_0)[table.is_exogenous].sum()
    assert found["transit"].sum() == pytest.approx(-carried)


def test_duty_is_paid_on_goods_and_freight_at_the_country_of_arrival() -> None:
    state, price = at_rest()
    found, table = yearly(state, price), state.table
    freight = (table.probability * np.where(table.probability > 0.0, price[table.option], 0.0)).sum(axis=1)
    paid = np.where(table.is_exogenous, 0.0, table.base_t * table.duty * (table.fob_usd_t + freight))
    market = [state.names.markets[m].split("/")[0] for m in table.market]
    for number, country in enumerate(COUNTRIES):
        expected = sum(usd for usd, where in zip(paid, market, strict=True) if where == country)
        assert found["duty"][number] == pytest.approx(expected)


def test_charges_and_kilometres_are_those_of_every_route_by_hand() -> None:
    state, price = at_rest()
    found, table, arcs = yearly(state, price), state.table, state.network.arcs
    charges, tkm = dict.fromkeys(COUNTRIES, 0.0), np.zeros((len(MODES), len(CLASSES)))
    for i in range(len(table)):
        for k in range(table.option.shape[1]):
            tonnes = table.probability[i, k] * table.quantity_t[i]
            if not tonnes > 0.0:
                continue
            for arc in state.movement.routes.path(int(state.options.route[table.option[i, k]])):
                charges[arcs.country[arc]] += tonnes * arcs.charge_usd_t[arc, table.cargo_class[i]]
                tkm[arcs.mode[arc], table.cargo_class[i]] += tonnes * arcs.length_km[arc]
    np.testing.assert_allclose(found["charges"], list(charges.values()))
    np.testing.assert_allclose(found["tkm"], tkm)


def test_a_fee_that_changes_is_seen_the_next_time() -> None:
    state, price = at_rest()
    before = yearly(state, price)["charges"].sum()
    state.layers.charge_usd_t[:] = 2.0 * state.layers.charge_usd_t
    assert yearly(state, price)["charges"].sum() == pytest.approx(2.0 * before)


def test_nothing_is_counted_before_the_opening_day_nor_between_two_looks() -> None:
    state, price = at_rest()
    for day in (-STEP_DAYS, 1, STEP_DAYS - 1):
        state.day = day
        assert all(not values.any() for values in yearly(state, price).values())


def test_a_copy_counts_apart() -> None:
    state, price = at_rest()
    twin = state.copy()
    yearly(state, price)
    assert not twin.accounting.sums()["account_duty"].any()


def test_a_measure_that_changes_nothing_changes_no_account() -> None:
    scenario = Scenario(edited(toy(), warmup_days=60), ("placebo",), years=1)
    runs = play_arms(arms_of(replace(scenario, seed=3)))
    for name, values in runs[WITHOUT].sums.items():
        np.testing.assert_array_equal(runs[TRANSPORT].sums[name], values)


def test_expected_tonne_kilometres_are_those_of_what_was_sent() -> None:
    """Lots against expected tonnes: within 3 % over a year of toy."""
    case = edited(toy(), warmup_days=120)
    run = play_arms({WITHOUT: Scenario(case, years=1)})[WITHOUT]
    state = new_world(Scenario(case))
    routes, arcs = state.movement.routes, state.network.arcs
    km = np.array([arcs.length_km[list(routes.path(int(route)))].sum() for route in state.options.route])
    is_own = run.option < km.size  # fallbacks were not taken in this quiet year
    sent = (run.shipped_t[0] * np.where(is_own & (run.option >= 0), km[np.minimum(run.option, km.size - 1)], 0.0)).sum()
    assert run.sums["account_tkm"][0].sum() == pytest.approx(sent, rel=0.03)
