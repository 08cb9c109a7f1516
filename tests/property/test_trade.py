"""Trade, whatever the parameters: the base year stays, and dearer never means more.

Without congestion (published times stay as announced) and in markets where every exporter takes its price and every importer its
index, each relation answers its own costs alone; there, dearer must lower and cheaper must raise each relation by itself.
"""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.agents.markets import respond
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, PolicyStep, Status
from abm.network.arcs import Floats
from abm.rules.demand import TradeParameters
from tests.small_worlds import edited, flow, markets_of, play_calmly, step, table_of, toy

YEAR = 365
CLOSED = tuple(link.link_id for link in toy().links if link.status is not Status.OPEN)
OPEN = tuple(link.link_id for link in toy().links if link.status is Status.OPEN)
POSTS = tuple(post.post_id for post in toy().posts)

parameters = st.builds(
    TradeParameters,
    sigma=st.floats(1.001, 20.0), eta=st.floats(0.01, 5.0), eps=st.floats(0.1, 50.0), tau_cost_years=st.floats(0.01, 10.0),
    tau_reconnect_years=st.floats(0.01, 10.0), tau_new_years=st.floats(0.01, 10.0), trend_growth_per_year=st.just(0.0),
    price_memory_days=st.floats(1.0, 1000.0),
)  # fmt: skip
shares = st.floats(0.0, 1.0)


@given(parameters, shares, shares, st.lists(st.floats(0.1, 1e6), min_size=4, max_size=4), st.floats(0.0, 100.0))
def test_the_base_year_is_a_fixed_point_whatever_the_parameters(
    trade: TradeParameters, covered: float, covered_supply: float, base: list[float], b: float
) -> None:
    table = table_of(
        4, base_t=base, quantity_t=base, market=[0, 0, 1, 1], supply=[0, 1, 0, 1], is_exogenous=[0, 0, 0, 1]
    )
    markets = markets_of(table, covered=covered, covered_supply=covered_supply)
    markets.friction[:] = b
    for _ in range(8):
        respond(table, markets, trade, 3.0)
    np.testing.assert_allclose(table.quantity_t, base, rtol=1e-9)
    np.testing.assert_allclose(table.price_mean, table.price_0, rtol=1e-12)
    np.testing.assert_allclose(markets.fob_ratio, 1.0, rtol=1e-9)


@given(st.floats(-0.05, 0.08), shares, shares)
@settings(max_examples=20)
def test_growth_alone_raises_no_price_and_ends_at_the_trend(g: float, covered: float, covered_supply: float) -> None:
    """Trade lags behind a growing target by its adjustment time, and then grows by g a year."""
    trade = TradeParameters(4.0, 1.0, 5.0, 0.05, 0.05, 0.05, g, 90.0)
    table = table_of(2, supply=[0, 1])
    markets = markets_of(table, covered=covered, covered_supply=covered_supply)
    quantity = []
    for day in range(400):
        respond(table, markets, trade, day / YEAR)
        quantity.append(table.quantity_t.copy())
    assert quantity[-1] / quantity[-31] == pytest.approx((1.0 + g) ** (30.0 / YEAR), abs=2e-4)
    np.testing.assert_allclose(markets.fob_ratio, 1.0, atol=0.003)


# ------------------------------------------------------------------------------------------------------ dearer and cheaper
def relation_of_its_own(
    cost_ratio: float, days: int, trade: TradeParameters, covered: float = 0.0, covered_supply: float = 0.0
) -> float:
    """Quantity over base after ``days`` of a delivered cost ``cost_ratio`` times the base's, before the seller's answer."""
    table = table_of(1)
    markets = markets_of(table, covered=covered, covered_supply=covered_supply)
    table.mean_cost_0 += 100.0 * (cost_ratio - 1.0)  # fob 90 and freight 10 make 100
    for _ in range(days):
        respond(table, markets, trade, 0.0)
    return float(table.quantity_t[0] / table.base_t[0])


@given(parameters, st.floats(0.92, 3.0), st.floats(1.0, 1.5))
@settings(max_examples=50)
def test_the_dearer_the_less(trade: TradeParameters, ratio: float, further: float) -> None:
    assert relation_of_its_own(ratio * further, 30, trade) <= relation_of_its_own(ratio, 30, trade) * (1.0 + 1e-12)


def test_one_per_cent_cheaper_for_good_means_about_one_per_cent_more_after_a_year_and_two_in_the_end() -> None:
    """An exporter with half of its market (s = 0.5, the rest keeps its price), all of whose sales are in the case (eps 5).

    In the end, in logs, ``q = (sigma - (sigma - eta) * s) * (0.01 - 0.9 * q / eps)``, 0.9 being the share of the goods in the
    delivered price. (Where it is small, s = 0, it gains 1.5 % in the first year and 2.4 % in the end.)
    """
    trade = TradeParameters(4.0, 1.0, 5.0, 1.5, 0.35, 4.0, 0.0, 90.0)
    after_a_year, in_the_end = (
        relation_of_its_own(0.99, years * YEAR, trade, covered=0.5, covered_supply=1.0) - 1.0 for years in (1, 20)
    )
    assert 0.005 <= after_a_year <= 0.012
    assert 0.015 <= in_the_end <= 0.025
    assert in_the_end == pytest.approx(2.5 * 0.01005 / (1.0 + 2.5 * 0.9 / 5.0), rel=0.02)


def test_a_small_exporter_follows_the_closed_form_in_the_end() -> None:
    trade = TradeParameters(4.0, 1.0, 5.0, 1.5, 0.35, 4.0, 0.0, 90.0)
    in_the_end = relation_of_its_own(0.99, 20 * YEAR, trade, covered_supply=1.0) - 1.0
    assert in_the_end == pytest.approx(4.0 * 0.01005 / (1.0 + 4.0 * 0.9 / 5.0), rel=0.02)


def test_rivals_lose_what_a_cheaper_one_gains_when_the_market_does_not_grow() -> None:
    """eta 0 but for a hair, all suppliers in the case: the market's volume index stays."""
    trade = TradeParameters(4.0, 1e-9, 1e9, 0.01, 0.01, 0.01, 0.0, 1.0)
    table = table_of(2)
    table.mean_cost_0[0] -= 1.0
    markets = markets_of(table, covered=1.0)
    for _ in range(200):
        respond(table, markets, trade, 0.0)
    index = ((0.99**-3.0 + 1.0) / 2.0) ** (-1.0 / 3.0)
    np.testing.assert_allclose(table.quantity_t, 1000.0 * np.array([0.99**-4.0, 1.0]) * index**4.0, rtol=1e-6)
    assert table.quantity_t[1] < 1000.0


# ------------------------------------------------------------------------------------------------------ on a network
def price_taking(policies: tuple[PolicyStep, ...]) -> Case:
    return edited(toy(), warmup_days=0, markets=(), background=(), policies=policies)


@cache
def policies_of_every_kind() -> tuple[PolicyStep, ...]:
    """One policy for everything that may change: the same case, so the same routes, for all of them."""
    rows = [step(f"shut-{link}", Action.CLOSE_LINK, link, 1) for link in OPEN]
    rows += [step(f"open-{link}", Action.OPEN_LINK, link, 1) for link in CLOSED]
    rows += [step(f"wait-{post}", Action.SCALE_DWELL, post, 1, None, "3") for post in POSTS]
    rows += [step(f"toll-{link}", Action.SET_TOLL, link, 1, None, "20") for link in OPEN]
    rows += [
        step(f"duty-{number}", Action.SET_TARIFF, target, 1, None, "0.9")
        for number, target in enumerate(("XA/XB/*", "XB/*/*", "XC/XA/goods"))
    ]
    return tuple(rows)


@cache
def trade_under(policy: str, optimism: float = 1.0) -> Floats:
    """Quantities after 200 calm days, by shipper."""
    case = price_taking(policies_of_every_kind())
    values = {"trend_growth": 0.0, "optimism_high": optimism}
    state, quantity = play_calmly(Scenario(case, (policy,) if policy else (), values=values), 200)
    assert (state.published.vehicles == 0.0).all()
    return np.asarray(quantity[-1])


def test_without_a_policy_calm_days_leave_trade_alone() -> None:
    np.testing.assert_allclose(
        trade_under(""), [f for s in toy().flows for f in [s.tonnes / s.n_shippers] * s.n_shippers]
    )


@pytest.mark.parametrize(
    "policy", [row.policy_id for row in policies_of_every_kind() if row.action is not Action.OPEN_LINK]
)
def test_a_closed_link_a_longer_wait_a_toll_or_a_tariff_raises_no_trade(policy: str) -> None:
    assert (trade_under(policy) <= trade_under("") * (1.0 + 1e-9)).all()


@pytest.mark.parametrize("kind", ["shut", "wait", "toll", "duty"])
def test_each_kind_of_hindrance_lowers_some_trade(kind: str) -> None:
    """Else the test above would be about nothing."""
    names = [row.policy_id for row in policies_of_every_kind() if row.policy_id.startswith(kind)]
    lowest = min(
        float((trade_under(name) / np.maximum(trade_under(""), 1e-9))[trade_under("") > 0.0].min()) for name in names
    )
    assert lowest < 0.99


@pytest.mark.parametrize("link", CLOSED)
@pytest.mark.parametrize("optimism", [1.0, 2.0])
def test_opening_a_link_lowers_no_trade(link: str, optimism: float) -> None:
    opened, base = trade_under(f"open-{link}", optimism), trade_under("", optimism)
    assert (opened >= base * (1.0 - 1e-9)).all()
    assert (opened > base * 1.001).any()


@given(st.floats(0.0, 1.5), st.floats(0.0, 1.0))
@settings(max_examples=10)
def test_a_higher_tariff_never_raises_the_trade_it_falls_on(duty: float, more: float) -> None:
    rows = (
        step("low", Action.SET_TARIFF, "XA/XC/goods", 0, None, str(duty)),
        step("high", Action.SET_TARIFF, "XA/XC/goods", 0, None, str(duty + more)),
    )
    case = edited(
        toy(), warmup_days=0, policies=rows
    )  # with its markets: rivals may gain, the one that is taxed may not
    touched = np.array([f.flow_id == "f03" for f in case.flows for _ in range(f.n_shippers)])
    low, high = (play_calmly(Scenario(case, (name,)), 60)[1][-1][touched] for name in ("low", "high"))
    assert (high <= low * (1.0 + 1e-9)).all()


def test_a_relation_without_any_route_loses_trade_and_loses_more_the_longer_it_lasts() -> None:
    policies = tuple(step("siege", Action.CLOSE_LINK, link, 10) for link in ("road-ard-crn", "rail-ard-crn"))
    state, quantity = play_calmly(Scenario(price_taking(policies), ("siege",), values={"trend_growth": 0.0}), 200)
    cut_off = state.table.days_blocked > 0.0
    assert cut_off.any()
    assert not cut_off.all()
    falling = quantity[20:, cut_off & (state.table.base_t > 0.0) & ~state.table.is_exogenous]
    assert (np.diff(falling, axis=0) < 0.0).all()
    assert state.table.was_broken[cut_off & ~state.table.is_new].all()
    assert not state.table.was_broken[state.table.is_new].any()


def test_a_new_relation_grows_at_its_own_slow_speed_even_after_years_without_a_route() -> None:
    """It has nothing to reconnect: a year after the opening it has made 1 - exp(-1/4) of its way, not 1 - exp(-1/0.35)."""
    flows = (*toy().flows, flow("f99", "ASK", "BAY", "goods", 0.0, potential_tonnes=10_000.0))
    links = tuple(
        link.model_copy(update={"status": Status.CLOSED}) if link.link_id in ("road-ard-ask", "rail-ard-ask") else link
        for link in toy().links
    )
    rows = (
        step("open", Action.OPEN_LINK, "road-ard-ask", 100),
        step("open", Action.LIFT_FRICTION, "XA-XB", 0, None, "1"),
    )
    terminals = (*toy().terminals, toy().terminals[0].model_copy(update={"terminal_id": "ask-depot", "node_id": "ASK"}))
    case = edited(
        toy(), warmup_days=0, flows=flows, links=links, terminals=terminals, policies=rows, markets=(), background=()
    )
    values = {"trend_growth": 0.0, "optimism_high": 1.0}
    state, quantity = play_calmly(Scenario(case, ("open",), values=values), 100 + YEAR)
    new = state.table.names.index("f99#1")
    assert quantity[99, new] < quantity[-1, new]
    # the target rises to its height as the long price mean forgets the months without a route
    reached = quantity[-1, new] / 10_000.0
    assert 0.12 < reached < 1.0 - math.exp(-(1.0 + 100.0 / YEAR) / 4.0)
