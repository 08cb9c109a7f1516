"""Levels of users and exporters: hand examples, and the integrals that they stand for."""

import numpy as np
import pytest
from scipy.integrate import quad

from abm.rules.demand import supply_price_ratio
from abm.rules.welfare import exporters_level, forgone, other_buyers_level, users_level


def one(value: float) -> np.ndarray:
    return np.array([value])


def test_a_price_taker_that_pays_ten_per_cent_less_gains_by_hand() -> None:
    # A = 1000 * 0.9**-3 = 1371.74; gain (1371.74 - 1000) / 3 = 123.9: 100 on what it bought, 23.9 on what it buys more.
    spending = one(1000.0 * 0.9**-3)
    assert users_level(spending, one(1000.0), one(0.0), 4.0, 1.0)[0] == pytest.approx(123.914, abs=1e-3)


def test_a_price_takers_gain_is_the_integral_under_its_demand() -> None:
    sigma, spent, low = 3.2, 700.0, 0.8
    integral, _ = quad(lambda p: spent * p**-sigma, low, 1.0)
    level = users_level(one(spent * low ** (1.0 - sigma)), one(spent), one(0.0), sigma, 0.7)
    assert level[0] == pytest.approx(integral)


@pytest.mark.parametrize("eta", [0.5, 1.0, 1.8])
def test_a_covered_markets_gain_is_the_integral_of_demand_for_the_market_over_its_index(eta: float) -> None:
    sigma, spent = 4.0, 900.0
    index = 0.85  # the one supplier is the market
    integral, _ = quad(lambda p: spent * p**-eta, index, 1.0)
    level = users_level(one(spent * index ** (1.0 - sigma)), one(spent), one(1.0), sigma, eta)
    assert level[0] == pytest.approx(integral)


def test_the_gain_between_two_worlds_is_the_spending_of_the_first_times_the_change_of_its_index() -> None:
    """E (1 - (PI_1/PI_0)**(1-eta)) / (1-eta), E being what world 0 spends: MODEL.md section 9."""
    sigma, eta, covered, base = 4.0, 0.6, 0.4, 500.0
    spendings = one(650.0), one(800.0)
    first, second = (users_level(a, one(base), one(covered), sigma, eta)[0] for a in spendings)
    index = [(1.0 - covered + covered * a[0] / base) ** (1.0 / (1.0 - sigma)) for a in spendings]
    spent_in_first = base / covered * index[0] ** (1.0 - eta)
    gain = spent_in_first * (1.0 - (index[1] / index[0]) ** (1.0 - eta)) / (1.0 - eta)
    assert second - first == pytest.approx(gain)


def test_a_small_covered_share_comes_to_the_price_taker() -> None:
    levels = [users_level(one(1300.0), one(1000.0), one(c), 4.0, 1.4)[0] for c in (1e-7, 0.0)]
    assert levels[0] == pytest.approx(levels[1], rel=1e-5)


def test_an_elasticity_near_one_comes_to_the_logarithm() -> None:
    near, at = (users_level(one(1300.0), one(1000.0), one(0.5), 4.0, eta)[0] for eta in (1.0 + 1e-5, 1.0))
    assert near == pytest.approx(at, rel=1e-4)


def test_new_varieties_alone_are_worth_what_they_would_sell_over_sigma_minus_one() -> None:
    assert users_level(one(90.0), one(0.0), one(0.8), 4.0, 1.0)[0] == pytest.approx(30.0)


def test_base_prices_are_worth_nothing_and_a_small_saving_is_worth_itself() -> None:
    spent, covered = np.array([1000.0, 1000.0]), np.array([0.0, 0.6])
    assert users_level(spent, spent, covered, 4.0, 1.3).tolist() == [0.0, 0.0]
    saved = users_level(spent * (1.0 - 1e-6) ** -3.0, spent, covered, 4.0, 1.3)
    np.testing.assert_allclose(saved, 1000.0 * 1e-6, rtol=1e-5)


def test_what_is_forgone_is_the_triangle_between_demand_and_price() -> None:
    sigma, target, price = 4.0, 50.0, 20.0
    for traded in (10.0, 50.0, 70.0):
        triangle, _ = quad(lambda q: price * (q / target) ** (-1.0 / sigma) - price, traded, target)
        assert forgone(one(price * target), one(traded / target), sigma)[0] == pytest.approx(triangle)


def test_a_new_relation_that_does_not_trade_yet_gains_nothing() -> None:
    sigma, wanted = 4.0, 1200.0  # spending at today's price: worth wanted / 3 to users once it is traded
    gain = users_level(one(wanted), one(0.0), one(0.0), sigma, 1.0)
    assert (gain - forgone(one(wanted), one(0.0), sigma))[0] == pytest.approx(0.0)


def test_exporters_gain_the_integral_of_their_supply() -> None:
    eps, sales = 5.0, 300.0
    integral, _ = quad(lambda p: sales / 0.6 * p**eps, 1.0, 1.12)
    assert exporters_level(one(sales), one(1.12), one(0.6), eps)[0] == pytest.approx(integral)
    assert exporters_level(one(sales), one(1.0), one(0.0), eps)[0] == 0.0


def test_a_rise_of_price_moves_money_from_all_buyers_to_the_exporter() -> None:
    """For a small rise, exporters gain what the case's buyers and the others pay more: a transfer."""
    sales, covered, eps = one(300.0), one(0.6), 5.0
    ratio = supply_price_ratio(one(1.0 + 1e-6), one(1.0), covered, eps)
    gained = exporters_level(sales, ratio, covered, eps)[0]
    by_others = other_buyers_level(sales, ratio, covered)[0]
    by_the_case = -300.0 * (ratio[0] - 1.0)
    assert gained + by_others + by_the_case == pytest.approx(0.0, abs=1e-5 * gained)
    assert by_others < 0.0 < gained
