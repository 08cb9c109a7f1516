"""What holds for any prices: cheaper is never worse, gains add up along any path, nothing forgone is negative."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from abm.rules.welfare import exporters_level, forgone, other_buyers_level, users_level

ratios = st.floats(0.3, 3.0)
shares = st.sampled_from([0.0, 0.05, 0.4, 1.0])
sigmas = st.floats(1.5, 8.0)
etas = st.one_of(st.floats(0.2, 3.0), st.just(1.0))


def _level(price: float, covered: float, sigma: float, eta: float) -> float:
    base = np.array([100.0])
    return float(users_level(base * price ** (1.0 - sigma), base, np.array([covered]), sigma, eta)[0])


@given(ratios, ratios, shares, sigmas, etas)
def test_users_never_lose_from_a_lower_price(a: float, b: float, covered: float, sigma: float, eta: float) -> None:
    low, high = sorted((a, b))
    assert _level(low, covered, sigma, eta) >= _level(high, covered, sigma, eta) - 1e-9


@given(ratios, shares, sigmas, etas)
def test_users_gain_at_least_the_saving_on_what_they_buy(
    price: float, covered: float, sigma: float, eta: float
) -> None:
    """Revealed preference, at base quantities: -100 (p - 1); a rise costs at most that."""
    assert _level(price, covered, sigma, eta) >= -100.0 * (price - 1.0) - 1e-9


@given(st.floats(0.0, 3.0), sigmas)
def test_nothing_forgone_is_negative(fulfilled: float, sigma: float) -> None:
    assert forgone(np.array([10.0]), np.array([fulfilled]), sigma)[0] >= -1e-12


@given(ratios, st.floats(0.05, 1.0), st.floats(1.0, 20.0))
def test_exporters_gain_at_least_what_all_buyers_would_pay_more_for_the_old_quantities(
    ratio: float, covered: float, eps: float
) -> None:
    sales, price, share = (np.array([number]) for number in (100.0, ratio, covered))
    buyers = -100.0 * (ratio - 1.0) + other_buyers_level(sales, price, share)[0]
    assert exporters_level(sales, price, share, eps)[0] + buyers >= -1e-9 * abs(buyers)
