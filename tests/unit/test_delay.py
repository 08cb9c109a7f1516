"""Delays: a hand example, the edges, and the closed form of the mean."""

import math

import pytest
from scipy import stats

from abm.randomness import Process, address
from abm.rules.delay import (
    DELAY_SPREAD,
    MOST_DELAYS,
    DelayParameters,
    delay_days,
    expected_delay_days,
    finished_day,
    number_of_delays,
)


def test_two_delays_at_their_medians_last_twice_the_median() -> None:
    # Poisson(0.5 * 4 = 2): F(1) = 3 e^-2 = 0.406, F(2) = 0.677; u = 0.5 is the second. At u = 0.5 a length is its median.
    assert delay_days(DelayParameters(0.5, 90.0), 4.0, lambda _: 0.5) == pytest.approx(180.0)


def test_a_length_one_standard_deviation_up_is_the_median_times_e_to_the_spread() -> None:
    draws = {"number": 0.6, "1": stats.norm.cdf(1.0)}
    assert number_of_delays(1.0, 0.6) == 1
    assert delay_days(DelayParameters(1.0, 100.0, 0.7), 1.0, lambda key: draws[key]) == pytest.approx(
        100 * math.exp(0.7)
    )


@pytest.mark.parametrize("expected", [0.0, 0.1, 1.0, 7.5, 60.0])
@pytest.mark.parametrize("u", [1e-12, 0.1, 0.5, 0.9, 0.9999])
def test_the_number_of_delays_is_the_poisson_quantile(expected: float, u: float) -> None:
    assert number_of_delays(expected, u) == max(0, int(stats.poisson.ppf(u, expected)))


def test_the_number_of_delays_ends_even_where_the_sum_never_reaches_u() -> None:
    assert number_of_delays(1000.0, 0.5) == MOST_DELAYS  # e^-1000 is 0 in a double


def test_a_cause_that_never_strikes_delays_nothing() -> None:
    assert delay_days(DelayParameters(0.0, 100.0), 10.0, lambda _: 0.999) == 0.0


def test_each_delay_has_its_own_address_so_a_longer_build_keeps_those_it_had() -> None:
    def uniform(key: str) -> float:
        return address(7, Process.PROJECT, "line", "land", key)

    short, long = (delay_days(DelayParameters(1.0, 50.0), years, uniform) for years in (2.0, 20.0))
    assert 0.0 < short < long
    firsts = number_of_delays(2.0, uniform("number"))
    again = sum(50.0 * math.exp(DELAY_SPREAD * stats.norm.ppf(uniform(str(k)))) for k in range(1, firsts + 1))
    assert short == pytest.approx(again)


def test_the_mean_is_rate_times_years_times_the_lognormal_mean() -> None:
    mean_length = stats.lognorm.mean(s=DELAY_SPREAD, scale=120.0)
    assert expected_delay_days(DelayParameters(0.3, 120.0), 5.0) == pytest.approx(1.5 * mean_length)


def test_five_and_ninety_five_per_cent_of_a_length_are_a_third_and_three_times_the_median() -> None:
    ends = [float(stats.lognorm.ppf(share, s=DELAY_SPREAD, scale=90.0)) for share in (0.05, 0.95)]
    assert ends == pytest.approx([30.0, 270.0])


def test_works_are_finished_on_the_first_whole_day() -> None:
    assert finished_day(-10.0, 1.0, 0.0) == 355
    assert finished_day(0.0, 0.5, 0.25) == 183  # 182.5 + 0.25


@pytest.mark.parametrize("wrong", [{"rate_per_year": -0.1}, {"median_days": 0.0}, {"spread": math.nan}])
def test_parameters_outside_their_domain_are_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        DelayParameters(**{"rate_per_year": 0.1, "median_days": 10.0, **wrong})
