"""Where vehicles go: against a logit worked out apart, conserved, anchored, and without memory of the way."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from abm.rules.deployment import (
    LARGEST_STEP,
    DeploymentParameters,
    growth_factor,
    hired,
    redeploy,
    running_cost_per_km,
    target_shares,
)

PLAIN = DeploymentParameters(redeploy_share=0.1, response=2.0, growth_per_year=0.5, elastic_share=1.0)
ANCHOR = np.array([100.0, 40.0, 10.0, 30.0, 3.0])
OWNER = np.array([0, 0, 0, 1, 1])
ALL_OPEN = np.ones(5, dtype=np.bool_)


def shares(gain: list[float], is_open: np.ndarray = ALL_OPEN, response: float = 2.0) -> np.ndarray:
    parameters = DeploymentParameters(0.1, response, 0.5, 1.0)
    return target_shares(ANCHOR, np.array(gain), is_open, OWNER, 2, parameters)


def test_shares_are_those_of_a_logit_by_owner() -> None:
    gain = np.array([0.3, -0.1, 0.0, 0.5, 0.0])
    found = shares(gain.tolist())
    for rows in (slice(0, 3), slice(3, 5)):
        np.testing.assert_allclose(found[rows], softmax(np.log(ANCHOR[rows]) + 2.0 * gain[rows]))


def test_at_the_base_years_profits_every_vehicle_stays_where_it_is() -> None:
    share = shares([0.0] * 5)
    np.testing.assert_allclose(redeploy(ANCHOR, share, OWNER, 2, PLAIN), ANCHOR, rtol=1e-14)


def test_one_review_closes_the_stated_part_of_the_gap() -> None:
    share = shares([math.log(2.0) / 2.0, 0.0, 0.0, 0.0, 0.0])
    assert share[0] == pytest.approx(200.0 / 250.0)
    after = redeploy(ANCHOR, share, OWNER, 2, PLAIN)
    assert after[0] == pytest.approx(100.0 + 0.1 * (0.8 * 150.0 - 100.0))
    np.testing.assert_array_equal(after[3:], ANCHOR[3:])


def test_vehicles_come_back_by_the_same_profits_whatever_the_way_they_went() -> None:
    """No hysteresis: after a year of other profits, the base year's profits bring the base year's fleet back."""
    vehicles = ANCHOR.copy()
    for gain in ([0.9, -0.5, 0.0, -1.0, 0.0], [0.0] * 5):
        for _ in range(400):
            vehicles = redeploy(vehicles, shares(gain), OWNER, 2, PLAIN)
        if any(gain):
            assert abs(vehicles[0] - ANCHOR[0]) > 20.0
    np.testing.assert_allclose(vehicles, ANCHOR, rtol=1e-9)


def test_a_place_that_is_shut_loses_its_vehicles_to_the_others() -> None:
    is_open = np.array([False, True, True, True, True])
    share = shares([0.0] * 5, is_open)
    np.testing.assert_allclose(share, [0.0, 0.8, 0.2, 30.0 / 33.0, 3.0 / 33.0])


def test_where_nothing_is_open_vehicles_stay() -> None:
    share = shares([0.0] * 5, np.array([False, False, False, True, True]))
    np.testing.assert_array_equal(redeploy(ANCHOR, share, OWNER, 2, PLAIN)[:3], ANCHOR[:3])


gains = st.lists(st.floats(-30.0, 30.0), min_size=5, max_size=5)


@given(gains, st.floats(0.0, 5.0), st.lists(st.booleans(), min_size=5, max_size=5))
def test_no_vehicle_is_made_or_lost(gain: list[float], response: float, is_open: list[bool]) -> None:
    share = shares(gain, np.array(is_open), response)
    after = redeploy(ANCHOR, share, OWNER, 2, PLAIN)
    assert (after >= 0.0).all()
    np.testing.assert_allclose(np.bincount(OWNER, weights=after), np.bincount(OWNER, weights=ANCHOR), rtol=1e-12)


@given(st.lists(st.floats(-3.0, 3.0), min_size=5, max_size=5), st.floats(-3.0, 3.0))
def test_a_profit_that_rises_everywhere_moves_nobody(gain: list[float], more: float) -> None:
    np.testing.assert_allclose(shares(gain), shares([value + more for value in gain]), rtol=1e-9)


@given(st.lists(st.floats(-3.0, 3.0), min_size=5, max_size=5), st.floats(0.01, 3.0))
def test_who_earns_more_gets_more(gain: list[float], more: float) -> None:
    better = [gain[0] + more, *gain[1:]]
    assert shares(better)[0] > shares(gain)[0]
    assert (shares(better)[1:3] < shares(gain)[1:3]).all()


def test_a_fleet_grows_by_its_margin_within_bounds() -> None:
    one = np.array([1.0])
    assert growth_factor(one * 0.08, one * 0.08, 1.0, PLAIN)[0] == 1.0
    assert growth_factor(one * 0.18, one * 0.08, 1.0, PLAIN)[0] == pytest.approx(math.exp(0.05))
    assert growth_factor(one * -9.0, one * 0.08, 1.0, PLAIN)[0] == pytest.approx(math.exp(-0.5))
    thrice = growth_factor(one * 0.18, one * 0.08, 1.0 / 3.0, PLAIN) ** 3
    assert thrice[0] == pytest.approx(math.exp(0.05))


def test_a_hired_fleet_meets_its_load_factor_after_one_review_and_stays_there() -> None:
    vehicles, tonnes, load_0 = np.array([100.0]), 91.0, np.array([0.7])
    for _ in range(3):
        vehicles = hired(vehicles, tonnes / vehicles, load_0, PLAIN)
        assert tonnes / vehicles[0] == pytest.approx(0.7)


def test_a_hired_fleet_at_most_doubles_and_stays_where_nothing_is_aimed_at() -> None:
    two = hired(np.array([10.0, 10.0]), np.array([7.0, 0.3]), np.array([0.7, 0.0]), PLAIN)
    assert two.tolist() == [10.0 * LARGEST_STEP, 10.0]


def test_running_costs_leave_the_stated_margin_or_nothing() -> None:
    cost = running_cost_per_km(np.array([1000.0, 100.0]), np.array([300.0, 200.0]), np.array([500.0, 50.0]), 0.1)
    assert cost.tolist() == [pytest.approx((900.0 - 300.0) / 500.0), 0.0]


@pytest.mark.parametrize(
    ("field", "value"),
    [("redeploy_share", 1.1), ("elastic_share", -0.1), ("response", -1.0), ("growth_per_year", math.nan)],
)
def test_parameters_outside_their_domain_are_refused_by_name(field: str, value: float) -> None:
    good = {"redeploy_share": 0.1, "response": 2.0, "growth_per_year": 0.5, "elastic_share": 1.0}
    with pytest.raises(ValueError, match=field):
        DeploymentParameters(**{**good, field: value})
