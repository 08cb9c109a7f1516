"""Accounts of two made worlds by hand: signs, sums, transfers, CO2e."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.corridor.tables import CargoClass
from abm.study.accounts import (
    CLIMATE,
    REST,
    account_order,
    gains,
    main_holders,
    service_profits,
    world_total,
)
from abm.study.emissions import ALL_MODES, co2e_of_world, co2e_t, co2e_table, factors_g_tkm
from abm.worlds import TRANSPORT, WITHOUT
from tests.made_accounts import EMISSIONS, case_with, line, world
from tests.small_worlds import edited, toy, toy_with_cast

CASE = case_with(line())
SCENARIO = Scenario(CASE, ("reopen-rail",), years=2, values={"carbon_price_usd_t": 50.0})


def test_each_account_is_the_difference_of_the_two_worlds_by_hand() -> None:
    base = world(users={"XA": 10e6}, duty={"XB": 4e6}, charges={"XC": 2e6}, tkm={"road": 1e9})
    run = world(
        users={"XA": 13e6, "XB": -1e6}, transit={"XC": 5e5}, exporters={"XA": 2e6}, other_buyers={"XA": -6e5},
        duty={"XB": 3e6}, charges={"XC": 1.5e6}, tkm={"road": 0.5e9, "rail": 0.5e9},
    )  # fmt: skip
    found = gains(SCENARIO, base, run)
    expected = {
        ("XA", "users"): 3e6, ("XB", "users"): -1e6, ("XC", "transit"): 5e5, ("XA", "exporters"): 2e6,
        (REST, "users"): -6e5, ("XB", "duty"): -1e6, ("XC", "charges"): -5e5,
        (CLIMATE, CLIMATE): 0.5e9 * (60 - 15) * 1e-6 * 50.0,
    }  # fmt: skip
    for key, usd in found.items():
        np.testing.assert_allclose(usd, [expected.get(key, 0.0)] * 2, err_msg=str(key))
    assert set(expected) <= set(found)
    np.testing.assert_allclose(world_total(found), sum(expected.values()))


def test_a_transfer_vanishes_in_the_sum() -> None:
    """A toll that users pay and a country takes; a rise of price that users and others pay and exporters earn."""
    base = world()
    run = world(
        users={"XA": -3e6 - 1e6}, charges={"XC": 3e6}, exporters={"XB": 1.5e6}, other_buyers={"XB": -0.5e6}
    )  # fmt: skip
    assert world_total(gains(SCENARIO, base, run)) == pytest.approx(0.0)


def test_a_world_compared_with_itself_gains_nothing() -> None:
    one = world(users={"XA": 7e6}, tkm={"sea": 3e8})
    assert not world_total(gains(SCENARIO, one, one)).any()


def test_profit_of_services_goes_to_the_country_of_their_carrier() -> None:
    case = edited(toy_with_cast(), emissions=EMISSIONS)
    assert case.services
    n = len(case.services)
    first = next(c.country for c in case.carriers if c.carrier_id == case.services[0].carrier_id)
    base, run = world(), world()
    money = np.zeros((2, n))
    money[:, 0] = 5e6
    base = replace(base, sums={**base.sums, "service_revenue_usd": 0 * money, "service_cost_usd": 0 * money})
    run = replace(run, sums={**run.sums, "service_revenue_usd": money, "service_cost_usd": 0.6 * money})
    found = gains(Scenario(case, years=2), base, run)
    np.testing.assert_allclose(found[first, "operators"], 2e6)
    both_ways = {**run.sums, "service_revenue_usd": np.stack([money, money], axis=2) / 2.0}
    both_ways["service_cost_usd"] = np.stack([0.6 * money, 0.0 * money], axis=2)
    flat = {**base.sums, "service_revenue_usd": np.zeros((2, n, 2)), "service_cost_usd": np.zeros((2, n, 2))}
    profits = service_profits(replace(base, sums=flat), replace(run, sums=both_ways))
    assert profits is not None
    np.testing.assert_allclose(profits[:, 0], 2e6)


def test_factors_stand_by_mode_and_class_and_are_drawn_at_one_quantile_of_a_mode() -> None:
    case = edited(
        toy(),
        emissions=tuple(
            EMISSIONS[0].model_copy(update={"cargo_class": c, "g_co2e_low_tkm": 30.0, "g_co2e_high_tkm": 90.0})
            for c in (CargoClass.BULK, CargoClass.TANK)
        ),
    )
    central, drawn = (factors_g_tkm(Scenario(case, seed=4, draw=draw)) for draw in (False, True))
    assert central[0, :2].tolist() == [60.0, 60.0]
    assert drawn[0, 0] == drawn[0, 1] != 60.0
    assert 30.0 <= drawn[0, 0] <= 90.0
    assert not central[1:].any()


def test_a_case_has_the_shared_factors_and_its_own_rows_win() -> None:
    shared = {(row.mode.value, row.cargo_class.value): row.g_co2e_tkm for row in load("toy").emissions}
    assert len(shared) == 15
    assert shared["road", "bulk"] > shared["rail", "bulk"] > 0.0


def test_tonnes_of_co2e_by_hand_in_both_tables() -> None:
    base, run = world(tkm={"road": 1e9}), world(tkm={"road": 2e8, "rail": 8e8})
    assert co2e_t(SCENARIO, base)[0].tolist() == [60_000.0, 0.0, 0.0]
    table = co2e_table(SCENARIO, (1, 2), [{WITHOUT: base, TRANSPORT: run}] * 2).set_index("mode")
    assert table.loc["road", "mean"] == -48_000.0
    assert table.loc["rail", "with"] == 12_000.0
    assert table.loc[ALL_MODES, "mean"] == -36_000.0
    assert table.loc[ALL_MODES, "error"] == 0.0
    one = co2e_of_world(SCENARIO, run)
    assert one[(one["mode"] == "rail") & (one["year"] == 2)]["co2e_t"].item() == 12_000.0


def test_worlds_without_accounts_have_empty_tables_of_co2e() -> None:
    bare = replace(world(), sums={})
    assert co2e_table(SCENARIO, (1,), [{WITHOUT: bare, TRANSPORT: bare}]).empty
    assert co2e_of_world(SCENARIO, bare).empty


def test_holders_are_told_countries_first_and_small_ones_together() -> None:
    table = pd.DataFrame({"holder": [CLIMATE, "XB", "XA", REST, "XC"], "pv_mean": [0.1, 100.0, -80.0, 0.0, 1.0]})
    assert account_order(table["holder"]) == ["XA", "XB", "XC", REST, CLIMATE]
    assert main_holders(table) == (["XA", "XB", REST, CLIMATE], ["XC"])
