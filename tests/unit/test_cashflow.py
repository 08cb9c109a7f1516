"""Present values and internal rates against textbooks, and when flows fall."""

import math

import numpy as np
import pytest

from abm.study.cashflow import internal_rate, placed, present_value, sign_changes, spread_evenly, together


def test_the_first_flow_is_not_discounted() -> None:
    assert present_value(0.1, np.array([-100.0, 110.0])) == pytest.approx(0.0)
    assert present_value(0.5, np.array([7.0])) == 7.0


def test_net_present_value_of_a_textbook_project() -> None:
    """Brealey, Myers and Allen, Principles of Corporate Finance: -370,000 today and 420,000 in a year at 5 % are worth 30,000."""
    assert present_value(0.05, np.array([-370_000.0, 420_000.0])) == pytest.approx(30_000.0)


def test_internal_rate_of_a_textbook_project() -> None:
    """Brealey, Myers and Allen, chapter on other investment criteria: -4,000, 2,000, 4,000 have 28.08 %."""
    assert internal_rate(np.array([-4000.0, 2000.0, 4000.0])) == pytest.approx(0.2808, abs=5e-5)


def test_internal_rate_of_numpy_financials_own_example() -> None:
    flows = np.array([-250_000.0, 100_000.0, 150_000.0, 200_000.0, 250_000.0, 300_000.0])
    assert internal_rate(flows) == pytest.approx(0.5672303344358536)


def test_an_annuity_has_the_value_of_its_closed_form() -> None:
    rate, years = 0.06, 30
    annuity = (1.0 - 1.06**-years) / rate
    assert present_value(rate, np.append(0.0, np.ones(years))) == pytest.approx(annuity)


def test_flows_that_change_sign_twice_have_no_internal_rate() -> None:
    """Brealey, Myers and Allen: a mine with clean-up, -60, 12 x 9, -15 (million), has two rates, so none is told."""
    assert sign_changes(np.array([-60.0, *[12.0] * 9, -15.0])) == 2
    assert math.isnan(internal_rate(np.array([-60.0, *[12.0] * 9, -15.0])))


@pytest.mark.parametrize("flows", [[-1.0, -2.0], [1.0, 2.0], [0.0, 0.0]])
def test_flows_of_one_sign_have_no_internal_rate(flows: list[float]) -> None:
    assert math.isnan(internal_rate(np.array(flows)))


def test_a_zero_is_no_change_of_sign() -> None:
    assert sign_changes(np.array([-1.0, 0.0, 0.0, 2.0, 0.0])) == 1


def test_the_internal_rate_of_a_long_project_is_where_its_value_is_zero() -> None:
    flows = np.array([-30.0, -50.0, -20.0, *np.linspace(4.0, 14.0, 30)])
    rate = internal_rate(flows)
    assert 0.0 < rate < 0.2
    assert present_value(rate, flows) == pytest.approx(0.0, abs=1e-6)


def test_capital_is_spent_at_an_even_pace() -> None:
    np.testing.assert_allclose(spread_evenly(100.0, 2.5), [40.0, 40.0, 20.0])
    np.testing.assert_allclose(spread_evenly(100.0, 2.0), [50.0, 50.0])
    np.testing.assert_allclose(spread_evenly(100.0, 0.0), [100.0])


def test_a_year_that_straddles_two_is_split() -> None:
    np.testing.assert_allclose(placed(np.array([10.0, 20.0]), 1.25), [0.0, 7.5, 17.5, 5.0])
    np.testing.assert_allclose(placed(np.array([10.0]), 2.0), [0.0, 0.0, 10.0, 0.0])


def test_placing_moves_money_and_loses_none() -> None:
    yearly = np.array([3.0, 1.0, 4.0])
    for start in (0.0, 0.1, 3.99):
        assert placed(yearly, start).sum() == pytest.approx(yearly.sum())


def test_flows_of_different_lengths_add_up() -> None:
    np.testing.assert_allclose(together(np.array([1.0]), np.array([1.0, 2.0, 3.0])), [2.0, 2.0, 3.0])
