"""Load functions: limits, slope and integral against differences, refusals."""

import numpy as np
import pytest

from abm.network.load_functions import LoadFunctions

LOAD = LoadFunctions(
    free_time=np.array([10.0, 0.0, 5.0, 5.0, 3.0, 7.0]),
    alpha=np.array([0.15, 0.15, 0.15, 0.2, 0.15, 0.15]),
    beta=np.array([4.0, 4.0, 0.0, 1.0, 4.0, 0.5]),
    capacity=np.array([100.0, 100.0, 100.0, 50.0, np.inf, 100.0]),
)


def test_time_without_load_is_free_time_except_for_the_constant_of_a_power_of_zero() -> None:
    assert LOAD.time(np.zeros(6)).tolist() == pytest.approx([10.0, 0.0, 5.75, 5.0, 3.0, 7.0])


def test_time_at_capacity_is_one_plus_alpha_times_free_time() -> None:
    assert LOAD.time(np.full(6, 100.0)).tolist() == pytest.approx([11.5, 0.0, 5.75, 7.0, 3.0, 8.05])


def test_slope_and_integral_agree_with_differences() -> None:
    flow, step = np.full(6, 80.0), 1e-4
    up, down = flow + step, flow - step
    np.testing.assert_allclose(LOAD.slope(flow), (LOAD.time(up) - LOAD.time(down)) / (2 * step), atol=1e-7)
    np.testing.assert_allclose((LOAD.integral(up) - LOAD.integral(down)) / (2 * step), LOAD.time(flow), rtol=1e-7)


def test_the_slope_without_load_is_that_of_a_straight_line_or_nothing_or_infinite() -> None:
    assert LOAD.slope(np.zeros(6)).tolist() == pytest.approx([0.0, 0.0, 0.0, 0.02, 0.0, np.inf])


def test_marginal_time_is_the_derivative_of_time_spent() -> None:
    flow, step = np.full(6, 80.0), 1e-4
    spent = [(flow + s) * LOAD.time(flow + s) for s in (step, -step)]
    np.testing.assert_allclose(LOAD.marginal().time(flow), (spent[0] - spent[1]) / (2 * step), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("field", ["free_time", "alpha", "beta", "capacity"])
@pytest.mark.parametrize("value", [-1.0, np.nan])
def test_faulty_values_are_refused_by_field(field: str, value: float) -> None:
    columns = {name: np.ones(2) for name in ("free_time", "alpha", "beta", "capacity")}
    columns[field] = np.array([1.0, value])
    with pytest.raises(ValueError, match=f"{field} must be at least 0"):
        LoadFunctions(**columns)


def test_a_capacity_of_zero_and_a_column_too_short_are_refused() -> None:
    one = np.ones(2)
    with pytest.raises(ValueError, match="capacity must be > 0"):
        LoadFunctions(one, one, one, np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="beta must have one entry per arc"):
        LoadFunctions(one, one, np.ones(3), one)
