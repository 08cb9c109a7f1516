"""Trade response: identities, hand examples, closed forms."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from abm.rules.demand import (
    LARGEST_LOG_INDEX,
    TradeParameters,
    adjust,
    friction,
    price_index,
    supply_price_ratio,
    target_tonnes,
    trend,
)
from abm.units import DAYS_PER_YEAR
from tests.small_worlds import PLAIN_TRADE

ONE = np.ones(1)
MARKET = np.zeros(2, dtype=np.int32)


def index(price: list[float], weight: list[float], now: list[float], base: list[float], sigma: float = 4.0) -> float:
    p, w, n, b = (np.array(row) for row in (price, weight, now, base))
    return float(price_index(p, w, n, b, MARKET[: len(price)], sigma, 1)[0])


def test_friction_raised_to_sigma_is_potential_over_actual_trade() -> None:
    potential, base = np.array([400.0, 50.0, 1e6]), np.array([100.0, 50.0, 1.0])
    for sigma in (1.5, 4.0, 6.0):
        np.testing.assert_allclose((1.0 + friction(potential, base, sigma)) ** sigma, potential / base)


def test_a_pair_at_or_above_its_potential_and_one_that_never_traded_have_no_friction() -> None:
    assert friction(np.array([100.0, 10.0, 30.0]), np.array([100.0, 20.0, 0.0]), 4.0).tolist() == [0.0, 0.0, 0.0]


def test_the_index_of_two_suppliers_by_hand() -> None:
    # sigma 2: PI = 1 / (0.2 + 0.5 / 2 + 0.3 / 1); the market's other fifth keeps its price
    assert index([2.0, 1.0], [0.5, 0.3], [1.0, 1.0], [1.0, 1.0], sigma=2.0) == pytest.approx(1.0 / 0.75)


def test_a_new_variety_lowers_the_index_as_its_share_at_potential_says() -> None:
    # Feenstra: PI = (1 + s_pot)**(1 / (1 - sigma)); with half of it let in (1 + s_pot / 2)**(1 / (1 - sigma))
    assert index([1.0, 1.0], [1.0, 0.25], [1.0, 1.0], [1.0, 0.0]) == pytest.approx(1.25 ** (-1.0 / 3.0))
    assert index([1.0, 1.0], [1.0, 0.25], [1.0, 0.5], [1.0, 0.0]) == pytest.approx(1.125 ** (-1.0 / 3.0))


def test_a_ban_raises_the_index_as_the_share_of_the_banned_says() -> None:
    assert index([1.0, 1.0], [0.3, 0.2], [0.0, 1.0], [1.0, 1.0]) == pytest.approx(0.7 ** (-1.0 / 3.0))


def test_a_market_without_weights_keeps_its_index() -> None:
    assert index([3.0], [0.0], [1.0], [1.0]) == 1.0


def test_a_market_that_loses_its_last_supplier_keeps_a_finite_index() -> None:
    assert index([1.0], [1.0], [0.0], [1.0]) == pytest.approx(math.exp(LARGEST_LOG_INDEX))


def test_the_target_is_the_base_at_base_prices_and_falls_with_sigma() -> None:
    q = target_tonnes(np.array([100.0, 100.0]), np.array([1.0, 1.1]), np.ones(2), 0.0, PLAIN_TRADE)
    np.testing.assert_allclose(q, [100.0, 100.0 * 1.1**-4.0])


def test_a_whole_market_that_grows_dearer_shrinks_by_eta() -> None:
    q = target_tonnes(np.array([100.0]), np.array([1.1]), np.array([1.1]), 0.0, PLAIN_TRADE)
    assert q[0] == pytest.approx(100.0 * 1.1**-PLAIN_TRADE.eta)


def test_supply_price_follows_the_closed_form() -> None:
    ratio = supply_price_ratio(
        np.array([110.0, 110.0, 5.0]), np.array([100.0, 100.0, 0.0]), np.array([1.0, 0.5, 1.0]), 5.0
    )
    np.testing.assert_allclose(ratio, [1.1**0.2, 1.05**0.2, 1.0])


def test_an_exporter_that_sells_nothing_any_more_is_cheap_but_not_negative() -> None:
    assert supply_price_ratio(np.zeros(2), np.ones(2), np.array([1.0, 0.4]), 5.0).tolist() == [0.0, 0.6**0.2]


def test_a_day_of_adjustment_is_exact_against_the_differential_equation() -> None:
    tau, target, start = 1.5, 130.0, 100.0
    solved = solve_ivp(
        lambda _, q: (target - q) / tau, (0.0, 2.0), [start], rtol=1e-10, atol=1e-9, t_eval=[0.5, 2.0]
    ).y[0]
    q, found = np.array([start]), []
    for day in range(1, int(2.0 * DAYS_PER_YEAR) + 1):
        q = adjust(q, np.array([target]), np.array([tau]))
        if day in (182, 730):
            found.append(float(q[0]))
    closed = [target + (start - target) * math.exp(-days / DAYS_PER_YEAR / tau) for days in (182, 730)]
    np.testing.assert_allclose(found, closed, rtol=1e-12)
    assert found[1] == pytest.approx(solved[1], rel=1e-9)


def test_a_very_short_adjustment_time_reaches_the_target_and_never_passes_it() -> None:
    assert adjust(np.array([10.0]), np.array([20.0]), np.array([1e-6]))[0] == 20.0


def test_growth_compounds_by_the_year() -> None:
    parameters = TradeParameters(4.0, 1.0, 5.0, 1.5, 0.35, 4.0, 0.03, 90.0)
    assert trend(2.0, parameters) == pytest.approx(1.03**2)
    assert target_tonnes(ONE, ONE, ONE, 2.0, parameters)[0] == pytest.approx(1.03**2)


@pytest.mark.parametrize(
    ("name", "value"),
    [("sigma", 1.0), ("sigma", math.nan), ("eta", 0.0), ("eps", -1.0), ("tau_cost_years", 0.0), ("tau_new_years", 0.0),
     ("tau_reconnect_years", 0.0), ("price_memory_days", 0.0), ("trend_growth_per_year", -1.0)],
)  # fmt: skip
def test_a_parameter_outside_its_domain_is_refused_by_name(name: str, value: float) -> None:
    values: dict[str, Any] = {field: getattr(PLAIN_TRADE, field) for field in TradeParameters.__slots__}
    with pytest.raises(ValueError, match=name):
        TradeParameters(**{**values, name: value})
