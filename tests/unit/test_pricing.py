"""Capacity of circuits, shares of a flow, prices by direction: hand examples, closed forms, an independent integrator."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from abm.rules.pricing import (
    PricingParameters,
    capacity_t_per_day,
    flow_shares,
    mean_markup,
    offer_weight,
    reprice,
    vehicles_needed,
)

PLAIN = PricingParameters(carrier_choice=3.0, response_per_year=1.0, decay_per_year=0.5, floor_share=0.4)
FREE, REGULATED = np.array([False]), np.array([True])
WEEK = 7.0 / 365.0


def priced(markup: float, load: float, load_0: float, years: float, parameters: PricingParameters = PLAIN) -> float:
    return float(reprice(np.array([markup]), np.array([load]), np.array([load_0]), FREE, years, parameters)[0])


def test_ten_wagons_of_fifty_tonnes_that_take_five_days_offer_a_hundred_tonnes_a_day() -> None:
    one = np.array([10.0]), np.array([50.0]), np.array([120.0])
    assert capacity_t_per_day(*one).tolist() == [100.0]
    assert vehicles_needed(np.array([70.0]), np.array([0.7]), one[1], one[2]).tolist() == pytest.approx([10.0])


@given(st.floats(0.1, 1e4), st.floats(0.1, 5e3), st.floats(1.0, 1e4), st.floats(1.0, 1e3))
def test_a_slower_circuit_always_offers_less_and_tonnes_times_hours_stay(
    vehicles: float, payload: float, cycle_h: float, slower_h: float
) -> None:
    fast, slow = (
        float(capacity_t_per_day(np.array([vehicles]), np.array([payload]), np.array([hours]))[0])
        for hours in (cycle_h, cycle_h + slower_h)
    )
    assert slow < fast
    assert slow * (cycle_h + slower_h) == pytest.approx(fast * cycle_h)


def test_a_shared_flow_splits_by_capacity_at_one_price_and_leaves_the_dearer_service() -> None:
    capacity, group = np.array([100.0, 300.0, 50.0]), np.array([0, 0, 1])
    even = flow_shares(offer_weight(capacity, np.ones(3), PLAIN), group, 2)
    assert even.tolist() == [0.25, 0.75, 1.0]
    dearer = flow_shares(offer_weight(capacity, np.array([2.0, 1.0, 1.0]), PLAIN), group, 2)
    assert dearer[0] / dearer[1] == pytest.approx(100.0 * 2.0**-3 / 300.0)


def test_without_anybody_there_is_no_share_and_the_rate_of_the_table_stands() -> None:
    share = flow_shares(np.zeros(2), np.array([0, 0]), 2)
    assert share.tolist() == [0.0, 0.0]
    assert mean_markup(share, np.array([2.0, 3.0]), np.array([0, 0]), 2).tolist() == [1.0, 1.0]


def test_the_price_of_an_arc_is_the_flow_weighted_mean_and_exactly_the_rate_where_all_charge_it() -> None:
    share, group = np.array([0.25, 0.75]), np.array([0, 0])
    assert mean_markup(share, np.array([1.4, 1.0]), group, 1)[0] == pytest.approx(1.1)
    assert mean_markup(np.array([0.1, 0.9]), np.ones(2), group, 1)[0] == 1.0


def test_at_the_base_years_load_the_price_stays_exactly_one() -> None:
    assert priced(1.0, 0.63, 0.63, WEEK) == 1.0


def test_prices_follow_the_differential_equation_whatever_the_step() -> None:
    """Against an independent integrator, with a load that jumps after half a year."""

    def slope(t: float, log_m: np.ndarray) -> np.ndarray:
        return np.asarray(PLAIN.response_per_year * ((0.9 if t < 0.5 else 0.3) - 0.6) - PLAIN.decay_per_year * log_m)

    truth = solve_ivp(slope, (0.0, 1.0), [0.0], rtol=1e-9, atol=1e-12, max_step=0.01).y[0, -1]
    for steps in (2, 52, 364):
        markup = 1.0
        for step in range(steps):
            markup = priced(markup, 0.9 if (step + 0.5) / steps < 0.5 else 0.3, 0.6, 1.0 / steps)
        assert math.log(markup) == pytest.approx(truth, rel=1e-4)


def test_a_load_that_stays_higher_ends_at_the_stated_price() -> None:
    markup = 1.0
    for _ in range(52 * 40):
        markup = priced(markup, 0.7, 0.6, WEEK)
    assert markup == pytest.approx(math.exp(1.0 / 0.5 * 0.1))


def test_the_emptier_direction_gets_cheaper_down_to_what_handling_costs() -> None:
    both = np.array([[1.0, 1.0]])
    for _ in range(52 * 10):
        both = reprice(both, np.array([[0.9, 0.0]]), np.full((1, 2), 0.6), np.array([[False, False]]), WEEK, PLAIN)
    assert both[0, 0] > 1.0 > both[0, 1]
    assert both[0, 1] == pytest.approx(0.4)
    assert priced(float(both[0, 1]), 0.0, 1.0, 50.0) == pytest.approx(0.4)


def test_a_regulated_carrier_never_answers() -> None:
    assert reprice(np.ones(1), np.array([5.0]), np.array([0.1]), REGULATED, 10.0, PLAIN).tolist() == [1.0]


def test_a_market_of_one_service_settles_where_price_and_load_agree() -> None:
    """Demand of elasticity 2 that would fill 0.9 at the rate: the load between 0.6 and 0.9 at which log m = 2 (load - 0.6)."""
    markup, load = 1.0, 0.9
    for _ in range(52 * 60):
        load = 0.9 * markup**-2.0
        markup = priced(markup, load, 0.6, WEEK)
    assert math.log(markup) == pytest.approx(2.0 * (load - 0.6), rel=1e-6)
    assert 0.6 < load < 0.75


@given(st.floats(0.4, 3.0), st.floats(0.0, 2.0), st.floats(0.0, 1.0), st.floats(0.001, 2.0), st.floats(0.01, 1.0))
def test_a_higher_load_never_makes_it_cheaper_and_the_floor_holds(
    markup: float, load: float, load_0: float, years: float, more: float
) -> None:
    assert priced(markup, load + more, load_0, years) >= priced(markup, load, load_0, years) >= 0.4 * (1.0 - 1e-12)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("carrier_choice", -1.0), ("response_per_year", -0.1), ("decay_per_year", 0.0), ("floor_share", 0.0),
        ("floor_share", 1.1), ("carrier_choice", math.nan),
    ],
)  # fmt: skip
def test_parameters_outside_their_domain_are_refused_by_name(field: str, value: float) -> None:
    good = {"carrier_choice": 3.0, "response_per_year": 1.0, "decay_per_year": 0.5, "floor_share": 0.4}
    with pytest.raises(ValueError, match=field):
        PricingParameters(**{**good, field: value})
