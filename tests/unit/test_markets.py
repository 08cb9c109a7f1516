"""Markets, suppliers and frictions: what the tables say of them, and one day of response by hand."""

import math

import numpy as np
import pytest

from abm.agents.markets import (
    BROKEN_DAYS,
    build_markets,
    covered_share,
    delivered_price,
    freight_usd_t,
    respond,
    speed_years,
)
from abm.agents.population import build_shippers
from abm.corridor.tables import FlowKind, Market, Side
from abm.network.options import blueprint
from abm.rules.demand import TradeParameters
from abm.units import HOURS_PER_DAY
from tests.small_worlds import PLAIN_TRADE, edited, flow, markets_of, table_of, toy

DAY = 1.0 - math.exp(-1.0 / (365.0 * 1.5))


def market_row(country: str, commodity: str, side: Side, share: float) -> Market:
    return Market(country=country, commodity=commodity, side=side, covered_share=share, source="invented", grade="C")


def test_the_row_of_a_commodity_wins_over_the_star_and_the_unlisted_is_a_price_taker() -> None:
    rows = (
        market_row("XA", "*", Side.IMPORT, 0.2),
        market_row("XA", "ore", Side.IMPORT, 0.7),
        market_row("XB", "ore", Side.EXPORT, 0.9),
    )
    shares = covered_share(edited(toy(), markets=rows), ("XA/ore", "XA/fuel", "XB/ore"), Side.IMPORT)
    assert shares.tolist() == [0.7, 0.2, 0.0]


def test_weights_are_value_shares_times_the_covered_share_and_a_new_relation_has_that_of_its_potential() -> None:
    flows = (
        flow("a", "CRN", "ARD", "goods", 300.0), flow("b", "BEK", "ARD", "goods", 100.0, unit_value_usd_t=9000.0),
        flow("c", "CPO", "ARD", "goods", 0.0, potential_tonnes=50.0),
        flow("d", "BAY", "ARD", "goods", 1000.0, kind=FlowKind.EXOGENOUS), flow("e", "BAY", "CRN", "fuel", 70.0),
    )  # fmt: skip
    case = edited(
        toy(),
        flows=flows,
        markets=(market_row("XA", "goods", Side.IMPORT, 0.5), market_row("XC", "goods", Side.EXPORT, 0.4)),
    )
    table, names = build_shippers(blueprint(case), {a.name: a.value for a in case.assumptions}, 1)
    markets = build_markets(case, table, names, 4.0)
    # values 300 * 4500, 100 * 9000, 50 * 4500 of a market of 2.25 million
    np.testing.assert_allclose(markets.weight, [0.3, 0.2, 0.05, 0.0, 0.0])
    assert names.supplies == ("XC/goods", "XB/goods", "XB/fuel")
    assert markets.sold_0.tolist() == [300.0, 100.0, 70.0]
    assert markets.covered_supply.tolist() == [0.4, 0.0, 0.0]


def test_the_toy_knows_the_friction_of_its_closed_border() -> None:
    case = toy()
    table, names = build_shippers(blueprint(case), {a.name: a.value for a in case.assumptions}, 1)
    markets = build_markets(case, table, names, 4.0)
    first = table.names.index("f04#1")
    assert markets.friction[first] == pytest.approx(4.0**0.25 - 1.0)
    assert markets.friction[table.names.index("f08#1")] == 0.0
    assert names.pairs[table.pair[first]] == "XA-XB"
    assert set(np.flatnonzero(markets.friction)) == {
        row for row, name in enumerate(table.names) if name.split("#")[0] in ("f04", "f06")
    }


def test_a_day_without_a_route_costs_as_long_a_wait_as_it_has_lasted() -> None:
    table = table_of(2, composite=[np.inf, 12.0], vot=[0.5, 0.5], days_blocked=[3.0, 7.0])
    assert freight_usd_t(table).tolist() == [10.0 + 0.5 * HOURS_PER_DAY * 4.0, 12.0]
    assert table.days_blocked.tolist() == [4.0, 0.0]


def test_the_delivered_price_has_duty_on_goods_and_what_is_left_of_the_friction() -> None:
    table = table_of(1, duty=[0.2])
    markets = markets_of(table)
    markets.friction[:], markets.lifted[:], markets.fob_ratio[:] = 0.5, 0.4, 1.1
    expected = (90.0 * 1.1 * 1.2 + 10.0) * (1.0 + 0.6 * 0.5) / 1.5
    assert delivered_price(table, markets, np.array([10.0]))[0] == pytest.approx(expected)


def test_prices_are_long_means_and_quantities_take_one_day_of_their_way() -> None:
    table = table_of(1, mean_cost_0=[20.0])
    respond(table, markets_of(table), PLAIN_TRADE, 0.0)
    mean = 100.0 + 10.0 * (1.0 - math.exp(-2.0 / 90.0))
    assert table.price_mean[0] == pytest.approx(mean)
    assert table.quantity_t[0] == pytest.approx(1000.0 * (1.0 + ((mean / 100.0) ** -4.0 - 1.0) * DAY))


def test_exogenous_flows_neither_grow_nor_answer_prices() -> None:
    table = table_of(1, mean_cost_0=[50.0], is_exogenous=[True])
    growing = TradeParameters(4.0, 1.0, 5.0, 1.5, 0.35, 4.0, 0.05, 90.0)
    for day in range(50):
        respond(table, markets_of(table), growing, day / 365.0)
    assert table.quantity_t[0] == 1000.0


def test_a_new_relation_trades_only_the_share_of_its_potential_that_is_lifted() -> None:
    table = table_of(1, base_t=[0.0], quantity_t=[0.0], potential_t=[600.0], is_new=[True])
    markets = markets_of(table_of(1))
    fast = TradeParameters(4.0, 1.0, 5.0, 1.5, 0.35, 1e-4, 0.0, 90.0)
    for phi in (0.0, 0.25):
        markets.lifted[:] = phi
        respond(table, markets, fast, 0.0)
        assert table.quantity_t[0] == pytest.approx(600.0 * phi)


def test_three_speeds_for_costs_for_what_reconnects_and_for_what_is_new() -> None:
    table = table_of(4, is_new=[False, False, True, False], was_broken=[False, True, False, False])
    markets = markets_of(table)
    markets.friction[3], markets.lifted[:] = 0.3, 0.5
    assert speed_years(table, markets, PLAIN_TRADE).tolist() == [1.5, 0.35, 4.0, 4.0]


def test_a_relation_is_broken_after_a_month_without_a_route_until_it_is_back() -> None:
    table = table_of(2, composite=[np.inf, np.inf], is_new=[False, True])
    markets = markets_of(table)
    for _ in range(int(BROKEN_DAYS)):
        respond(table, markets, PLAIN_TRADE, 0.0)
    assert not table.was_broken.any()
    for _ in range(60):
        respond(table, markets, PLAIN_TRADE, 0.0)
    assert table.was_broken.tolist() == [True, False]
    table.composite[:] = 10.0
    table.quantity_t[0] = 600.0
    for _ in range(2 * 365):
        respond(table, markets, PLAIN_TRADE, 0.0)
    assert not table.was_broken.any()
    assert table.quantity_t[0] == pytest.approx(1000.0, rel=0.02)


def test_rivals_gain_from_a_ban_as_the_index_says() -> None:
    table = table_of(2, allowed=[0.0, 1.0])
    markets = markets_of(table, covered=0.6)
    respond(table, markets, PLAIN_TRADE, 0.0)
    index = 0.7 ** (-1.0 / 3.0)
    assert table.quantity_t[1] == pytest.approx(1000.0 * (1.0 + (index**3.0 - 1.0) * DAY))


def test_a_shipper_who_has_left_ships_nothing_and_its_rivals_gain() -> None:
    table = table_of(2, is_active=[False, True], quantity_t=[0.0, 1000.0])
    respond(table, markets_of(table, covered=0.6), PLAIN_TRADE, 0.0)
    assert table.quantity_t[0] == 0.0
    assert table.quantity_t[1] > 1000.0


def test_an_exporter_bids_against_itself_and_growth_of_all_trade_is_no_bid() -> None:
    table = table_of(1, quantity_t=[1100.0])
    markets = markets_of(table, covered_supply=1.0)
    still = TradeParameters(4.0, 1.0, 5.0, 1e9, 1e9, 1e9, 0.1, 90.0)
    respond(table, markets, still, 0.0)
    assert markets.fob_ratio[0] == pytest.approx(1.1**0.2)
    respond(table, markets, still, 1.0)
    assert markets.fob_ratio[0] == pytest.approx(1.0)


def test_a_copy_may_be_lifted_and_repriced_apart() -> None:
    markets = markets_of(table_of(1))
    twin = markets.copy()
    twin.lifted[:], twin.fob_ratio[:] = 0.5, 1.3
    assert markets.lifted.tolist() == [0.0]
    assert markets.fob_ratio.tolist() == [1.0]
