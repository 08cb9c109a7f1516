"""Incidents against theory: Hawkes counts and families, renewal of regimes, the mean of fear.

Each figure is drawn with fixed seeds; bounds are four standard errors of theory (a sound rule fails by chance once in 16,000),
and the size of the fault that such a bound would still find is told beside it.
"""

import math

import numpy as np
import pytest
from scipy import stats

from abm.randomness import name_key
from abm.rules.hazard import (
    DURATION,
    HOUR,
    HazardParameters,
    arrivals,
    background_per_day,
    day_key,
    draw,
    family,
    lognormal_days,
    mean_days,
    stationary_risk,
)

N, ECHO_DAYS = 0.4, 8.0
RATE = 36.5


def process(seed: int, days: int, branching: float = N, rate: float = RATE) -> np.ndarray:
    """Moments (days) of all incidents of one hazard, background and echoes, of which the past is thrown away."""
    p = HazardParameters(rate, branching, ECHO_DAYS, 1.0, 1.0, 1.0)
    mu = background_per_day(p, 1.0, 0.0, 0.0)
    moments = []
    for day in range(-300, days):
        for key in arrivals(np.uint64(seed), day_key(name_key("h"), day), mu).tolist():
            hour = draw(np.uint64(seed), np.uint64(key), HOUR)
            moments += [moment for _, moment in family(seed, np.uint64(key), day + hour, branching, ECHO_DAYS)]
    found = np.array(moments)
    return np.sort(found[(found >= 0.0) & (found < days)])


def test_the_long_run_rate_is_the_rate_of_the_table_echoes_included() -> None:
    """30 seeds of 4,000 days: 12,000 incidents; the bound is 6 %: finds a rate without its (1 - n), off by 67 %."""
    counts = [process(seed, 4000).size for seed in range(30)]
    expected = RATE / 365.0 * 4000
    error = math.sqrt(expected / (1.0 - N) ** 2 / 30)
    assert abs(np.mean(counts) - expected) < 4.0 * error


def test_families_have_one_over_one_less_n_members() -> None:
    """Borel's law: mean 1/(1-n), variance n/(1-n)^3, shares exp(-nk)(nk)^(k-1)/k!; 20,000 families, bound 3 %."""
    sizes = np.array([len(family(2, day_key(name_key("h"), day), 0.0, N, ECHO_DAYS)) for day in range(20_000)])
    error = math.sqrt(N / (1.0 - N) ** 3 / sizes.size)
    assert abs(sizes.mean() - 1.0 / (1.0 - N)) < 4.0 * error
    sizes_told = np.arange(1, 7)
    borel = [math.exp(-N * k) * (N * k) ** (k - 1) / math.factorial(k) for k in sizes_told]
    observed = np.array([*[(sizes == k).sum() for k in sizes_told], (sizes > 6).sum()])
    assert stats.chisquare(observed, sizes.size * np.array([*borel, 1.0 - sum(borel)])).pvalue > 1e-4


def test_counts_scatter_as_one_over_one_less_n_squared() -> None:
    """400 windows of 200 days: the ratio's standard error is about 2.8 * 0.08; a Poisson process has 1 and would fail."""
    moments = process(7, 80_000)
    counts = np.histogram(moments, bins=np.arange(0, 80_001, 200))[0]
    ratio = counts.var(ddof=1) / counts.mean()
    limit = 1.0 / (1.0 - N) ** 2
    assert abs(ratio - limit) < 4.0 * limit * math.sqrt(2.0 / counts.size) + 0.1 * limit  # a tenth: windows are finite
    assert ratio > 1.5


def test_echoes_follow_at_exponential_ages() -> None:
    """Ages of first-born echoes: Kolmogorov and Smirnov on 5,000 find a mean age off by 6 %."""
    ages = []
    for day in range(12_000):
        kin = family(3, day_key(name_key("h"), day), 0.0, 0.5, ECHO_DAYS)
        children = arrivals(np.uint64(3), day_key(name_key("h"), day), 0.5).tolist()
        if children:
            ages.append(dict(kin)[children[0]])
    assert len(ages) > 4_500
    assert stats.kstest(ages, "expon", args=(0.0, ECHO_DAYS)).pvalue > 1e-4


def test_days_without_echoes_are_poisson_and_hours_uniform() -> None:
    """20,000 days at 0.5 a day: the chi-square finds a rate off by 3 %."""
    keys = [arrivals(np.uint64(4), day_key(name_key("h"), day), 0.5).tolist() for day in range(20_000)]
    counts = np.array([len(found) for found in keys])
    observed = np.array([*[(counts == k).sum() for k in range(4)], (counts > 3).sum()])
    law = stats.poisson(0.5)
    assert stats.chisquare(observed, counts.size * np.array([*law.pmf(range(4)), law.sf(3)])).pvalue > 1e-4
    hours = [draw(np.uint64(4), np.uint64(key), HOUR) for found in keys for key in found]
    assert stats.kstest(hours, "uniform").pvalue > 1e-4


def test_drawn_durations_have_the_quantiles_of_the_table() -> None:
    """10,000 lengths: the share below a quantile p has standard error sqrt(p(1-p)/10000), 0.2 to 0.5 points."""
    u = [draw(np.uint64(6), day_key(name_key("h"), day), DURATION) for day in range(10_000)]
    days = np.array([lognormal_days(1.2, 0.4, 4.0, x) for x in u])
    for quantile, value in ((0.05, 0.4), (0.5, 1.2), (0.95, 4.0)):
        assert abs((days < value).mean() - quantile) < 4.0 * math.sqrt(quantile * (1.0 - quantile) / days.size)
    assert days.mean() == pytest.approx(mean_days(1.2, 0.4, 4.0), rel=4.0 * float(days.std() / days.mean() / 100.0))


def test_fear_less_its_mean_is_nothing_in_the_long_run() -> None:
    """20 seeds of 8,000 days: error of the mean about 3 % of it ; a mean without echoes is off by 40 %."""
    jump, half_life = 0.01, 60.0
    expected, means = stationary_risk(RATE, jump, half_life), []
    for seed in range(20):
        counts = np.histogram(process(100 + seed, 8_000), bins=np.arange(8_001))[0]
        level, total = expected, 0.0
        for n in counts:
            level = level * 0.5 ** (1.0 / half_life) + jump * n
            total += level - expected
        means.append(total / counts.size)
    error = expected / (1.0 - N) / math.sqrt(RATE / 365.0 * 8_000 * 20)
    assert abs(np.mean(means)) < 4.0 * error
