"""The additive emulator on functions that it can and cannot follow."""

import math

import numpy as np
import pytest

from abm.study.emulator import Emulator, fitted
from abm.study.plan import Factor
from tests.made_sweeps import ETA, PHI, SIGMA, made_points

FACTORS = (PHI, SIGMA, ETA)


def of(y: np.ndarray, factors: tuple[Factor, ...] = FACTORS) -> Emulator:
    return fitted(made_points(y.size, factors).to_numpy(), y, factors)


def quadratic(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """``1 + 2 phi - (sigma - 3)**2`` and its points."""
    x = made_points(n).to_numpy()
    return x, 1.0 + 2.0 * x[:, 0] - (x[:, 1] - 3.0) ** 2


def test_additive_curves_up_to_the_second_degree_are_found() -> None:
    x, y = quadratic()
    emulator = of(y)
    assert emulator.r2 == pytest.approx(1.0, abs=1e-5)
    phi, sigma = 2.0 * x[:, 0].mean(), ((x[:, 1] - 3.0) ** 2).mean()
    for value in (2.0, 3.0, 5.5):
        assert emulator.effect(1, value) == pytest.approx(1.0 + phi - (value - 3.0) ** 2, abs=0.02)
    for value in (0.0, 0.5, 0.8, 2.0):
        assert emulator.effect(0, value) == pytest.approx(1.0 + 2.0 * value - sigma, abs=0.02)


def test_outside_its_range_a_curve_goes_on_straight() -> None:
    """At sigma = 6 the slope is -6."""
    emulator = of(quadratic()[1])
    assert emulator.effect(1, 8.0) - emulator.effect(1, 6.0) == pytest.approx(-12.0, abs=0.1)


@pytest.mark.parametrize("j", [0, 1])
@pytest.mark.parametrize("outcome", [-20.0, -3.0, 0.0, 0.5])
def test_the_value_for_an_outcome_has_that_effect(j: int, outcome: float) -> None:
    emulator = of(quadratic()[1])
    value = emulator.value_for(j, outcome)
    assert math.isfinite(value)
    assert emulator.effect(j, value) == pytest.approx(outcome, abs=1e-6)


def test_what_lies_above_the_top_of_a_curve_has_no_value() -> None:
    """Sigma makes at most 1 + mean(2 phi), at 3; both ends of its range lead down."""
    assert math.isnan(of(quadratic()[1]).value_for(1, 5.0))


def test_of_two_values_the_one_nearer_the_middle_of_the_range_is_taken() -> None:
    """-(sigma - 3)**2 is -0.64 at 2.2 and 3.8; the middle is 4."""
    emulator = of(quadratic()[1])
    assert emulator.value_for(1, emulator.effect(1, 3.8)) == pytest.approx(3.8, abs=0.01)


def test_noise_is_not_followed() -> None:
    """With 60 coefficients on 100 rows, least squares would fit noise to 60 per cent; unseen rows tell."""
    factors = tuple(Factor(f"x{j}", None, 0.5, 0.0, 1.0) for j in range(30))
    emulator = of(np.random.default_rng(1).normal(size=100), factors)
    assert emulator.r2 < 0.1
    assert not emulator.is_good


def test_out_of_sample_r2_is_the_part_that_is_not_noise() -> None:
    """Variance 4 by phi and sigma, 1 by noise: 0.8 at best, of 1,000 rows."""
    x = made_points(1000).to_numpy()
    signal = x[:, 0] / 0.8 + x[:, 1] / 4.0
    y = 2.0 * (signal - signal.mean()) / signal.std() + np.random.default_rng(2).normal(size=1000)
    assert of(y).r2 == pytest.approx(0.8, abs=0.03)


def test_too_few_rows_or_no_variance_fit_nothing() -> None:
    assert math.isnan(of(np.arange(20.0)).r2)
    assert not of(np.arange(20.0)).is_good
    flat = of(np.ones(100))
    assert math.isnan(flat.r2)
    assert flat.effect(0, 0.7) == pytest.approx(1.0)
