"""Wills against closed forms, thresholds with hysteresis, and levels that reproduce the probability they are fitted to."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from abm.rules.negotiation import (
    STEP_DAYS,
    WillParameters,
    agrees,
    fitted_level,
    means_of,
    next_wills,
    passage_probability,
)

PARAMETERS = WillParameters(memory_days=730.0, gap=1.0, dwell_days=180.0, gain_weight=10.0, incident_weight=0.5)


def test_a_step_by_hand() -> None:
    # Half of the distance to the mean is kept; the noise fills up to a variance of 1: 1 + (3 - 1) / 2 + sqrt(0.75) * 2.
    moved = next_wills(np.array([3.0]), np.array([1.0]), 0.5, np.array([2.0]))
    assert moved[0] == pytest.approx(2.0 + math.sqrt(3.0))


def test_persistence_is_that_of_an_ornstein_uhlenbeck_process() -> None:
    assert PARAMETERS.persistence == pytest.approx(math.exp(-STEP_DAYS / 730.0))


@given(st.floats(0.05, 0.99), st.integers(1, 60), st.floats(-3.0, 3.0), st.floats(-3.0, 3.0))
def test_mean_and_variance_after_k_steps_are_the_closed_form(a: float, k: int, start: float, mean: float) -> None:
    """From w: mean m + (w - m) a^k, variance 1 - a^(2k), by the linear recursion of the rule itself."""
    zero, one = np.zeros(1), np.ones(1)
    level, unit = np.array([start]), np.sqrt(1.0 - a**2)
    variance = 0.0
    for _ in range(k):
        level = next_wills(level, np.array([mean]), a, zero)
        noise = next_wills(zero, zero, a, one)[0]
        variance = a**2 * variance + noise**2
    assert noise == pytest.approx(unit)
    assert level[0] == pytest.approx(mean + (start - mean) * a**k, abs=1e-9)
    assert variance == pytest.approx(1.0 - a ** (2 * k))


def test_gains_raise_and_incidents_lower_the_means() -> None:
    means = means_of(-1.0, np.array([0.05, 0.0]), 0.5, PARAMETERS)
    assert means.tolist() == pytest.approx([-1.0 + 0.5 - 0.25, -1.0 - 0.25])


def switches(path: list[float]) -> list[float]:
    """The wills at which a policy changed its state, looked at once a year, so that no dwell stands in the way."""
    is_agreed, found = False, []
    for will in path:
        now = agrees(is_agreed, will, 365.0, PARAMETERS)
        found += [will] if now != is_agreed else []
        is_agreed = now
    return found


def test_raising_and_lowering_a_driver_switch_at_different_points() -> None:
    up = [round(-2.0 + 0.1 * k, 10) for k in range(31)]
    assert switches(up + up[::-1]) == [0.0, -1.1]


def test_without_a_gap_there_is_no_hysteresis() -> None:
    narrow = WillParameters(730.0, 0.0, 0.0, 0.0, 0.0)
    assert not agrees(True, -0.01, 0.0, narrow)
    assert agrees(False, 0.0, 0.0, narrow)


@given(st.floats(-5.0, 5.0), st.booleans(), st.floats(0.0, 179.9))
def test_nothing_changes_before_the_shortest_stay(will: float, is_agreed: bool, days: float) -> None:
    assert agrees(is_agreed, will, days, PARAMETERS) is is_agreed


@pytest.mark.parametrize("n_authorities", [1, 2, 3])
def test_one_look_is_the_closed_form(n_authorities: int) -> None:
    for level in (-1.5, 0.0, 0.7):
        expected = float(ndtr(level)) ** n_authorities
        assert passage_probability(level, n_authorities, 1, 0.9) == pytest.approx(expected, abs=1e-9)


def test_independent_looks_are_the_closed_form() -> None:
    """With no memory, n looks of k authorities: 1 - (1 - p^k)^n."""
    for k in (1, 2):
        p = float(ndtr(-0.8)) ** k
        assert passage_probability(-0.8, k, 12, 1e-9) == pytest.approx(1.0 - (1.0 - p) ** 12, abs=2e-3)


def test_two_looks_are_the_bivariate_normal() -> None:
    """Sheppard's theorem: both below 0 with correlation a has probability 1/4 + asin(a) / (2 pi)."""
    a = 0.9
    assert passage_probability(0.0, 1, 2, a) == pytest.approx(0.75 - math.asin(a) / (2.0 * math.pi), abs=2e-3)


def test_more_authorities_agree_less_often_and_more_time_helps() -> None:
    by_number = [passage_probability(-0.5, n, 60, 0.96) for n in (1, 2, 3)]
    assert by_number == sorted(by_number, reverse=True)
    by_looks = [passage_probability(-0.5, 2, n, 0.96) for n in (0, 1, 30, 120)]
    assert by_looks == sorted(by_looks)
    assert by_looks[0] == 0.0


@pytest.mark.parametrize(("probability", "n_authorities"), [(0.65, 1), (0.3, 1), (0.65, 2), (0.8, 3)])
def test_a_fitted_level_reproduces_its_probability(probability: float, n_authorities: int) -> None:
    level = fitted_level(probability, n_authorities, 40, 0.96)
    assert passage_probability(level, n_authorities, 40, 0.96) == pytest.approx(probability, abs=2e-3)


def test_what_cannot_be_fitted_stays_at_the_end_of_the_range() -> None:
    assert fitted_level(0.5, 1, 0, 0.96) == fitted_level(0.0, 1, 40, 0.96) == -6.0
    assert fitted_level(1.0, 1, 40, 0.96) == 6.0


@pytest.mark.parametrize("column", ["memory_days", "gap", "dwell_days", "gain_weight", "incident_weight"])
def test_parameters_outside_their_domain_are_refused(column: str) -> None:
    values = dict.fromkeys(("memory_days", "gap", "dwell_days", "gain_weight", "incident_weight"), 1.0)
    with pytest.raises(ValueError, match=column):
        WillParameters(**values | {column: -1.0})
