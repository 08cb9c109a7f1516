"""Intervals of estimates cover the truth at their stated rate, on a world whose answer is known in closed form.

Trade grows by ``0.02 + 0.06 u + 0.01 e`` a year, u uniform (a parameter), e standard normal (chance), against a steady world. So
the mean is 0.05; of the variance 0.06**2 / 12 + 0.01**2 = 0.0004 a quarter is chance; quantiles and shares follow from the
distribution function of a uniform plus a normal. 200 sweeps of 200 points, 50 of them played twice.

Power: of 200 intervals that cover at 95 per cent fewer than 178 do so in 3 of 10,000 tests; of intervals that cover at 85 per
cent fewer than 178 do in 94 of 100. That all 200 cover, as intervals twice too wide would, happens to right ones in 4 of 100,000.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from abm.network.arcs import Floats
from abm.study.claims import judged
from abm.study.estimates import Estimate, Range, estimate, paired, share_of, variance_split, wilson
from abm.study.plan import WITHOUT, Metric
from tests.made_sweeps import OPEN, PHI, TRADE, constant, growing, made_outcomes, made_pairs, made_plan, made_points

REPETITIONS, FEWEST = 200, 178
POINTS, TWICE, YEARS = 200, 50, 3
LOW, WIDTH, CHANCE = 0.02, 0.06, 0.01
BAND = (0.06, 0.08)


def below(x: float) -> float:
    """P(growth <= x): the normal distribution function averaged over the uniform; the integral of Phi is z Phi(z) + phi(z)."""
    high, low = (x - LOW) / CHANCE, (x - LOW - WIDTH) / CHANCE
    whole = high * norm.cdf(high) + norm.pdf(high) - low * norm.cdf(low) - norm.pdf(low)
    return float(whole * CHANCE / WIDTH)


def quantile(q: float) -> float:
    return float(brentq(lambda x: below(x) - q, -0.1, 0.2, xtol=1e-12))


def growth(points: pd.DataFrame, noise: Floats) -> pd.Series:
    return LOW + WIDTH * (points["phi_xa_xb"] - PHI.low) / (PHI.high - PHI.low) + CHANCE * noise


def sweep(seed: int) -> pd.DataFrame:
    """Outcomes of one sweep, whose points are independent draws."""
    u = np.random.default_rng([seed, 1]).random(POINTS)
    points = pd.DataFrame({"phi_xa_xb": PHI.low + u * (PHI.high - PHI.low)}).rename_axis("point")
    worlds = {WITHOUT: growing(constant(0.0), YEARS), OPEN.name: growing(growth, YEARS)}
    return made_outcomes(points, worlds, repeated_points=TWICE, seed=seed)


def pairs_of(outcomes: pd.DataFrame) -> pd.DataFrame:
    return paired(outcomes, Metric.GROWTH_PER_YEAR, "trade_usd", "XA", YEARS, OPEN.name)


@cache
def ranges() -> tuple[tuple[Range, Estimate], ...]:
    """Range and share inside the band of 200 sweeps."""
    found = []
    for seed in range(REPETITIONS):
        pairs = pairs_of(sweep(seed))
        values = pairs["value"].to_numpy()
        found.append((estimate(pairs), share_of(pairs, (values >= BAND[0]) & (values <= BAND[1]))))
    return tuple(found)


def times_covered(truth: float, of: Callable[[Range, Estimate], Estimate]) -> int:
    intervals = [of(*one) for one in ranges()]
    return sum(one.low <= truth <= one.high for one in intervals)


def chance_of(found: Range) -> Estimate:
    assert found.split is not None
    return found.split.chance


def mean_of(found: Range) -> Estimate:
    return Estimate(found.mean, found.mean - 1.96 * found.error, found.mean + 1.96 * found.error)


@pytest.mark.parametrize(
    ("truth", "of"),
    [
        pytest.param(LOW + WIDTH / 2.0, lambda found, share: mean_of(found), id="mean"),
        pytest.param(quantile(0.05), lambda found, share: found.p5, id="5 %"),
        pytest.param(quantile(0.5), lambda found, share: found.median, id="median"),
        pytest.param(quantile(0.95), lambda found, share: found.p95, id="95 %"),
        pytest.param(below(BAND[1]) - below(BAND[0]), lambda found, share: share, id="inside the band"),
        pytest.param(0.25, lambda found, share: chance_of(found), id="share of chance"),
    ],
)
def test_intervals_cover_the_truth_at_their_rate(truth: float, of: Callable[[Range, Estimate], Estimate]) -> None:
    assert FEWEST <= times_covered(truth, of) < REPETITIONS


def test_estimates_are_right_on_average() -> None:
    """Means over 200 sweeps within 4 of their standard errors; with 50 repeated points the share of chance has a bias of order
    1/50, which is allowed for."""
    found = ranges()
    for values, truth, bias in (
        ([one.mean for one, _ in found], LOW + WIDTH / 2.0, 0.0),
        ([share.value for _, share in found], below(BAND[1]) - below(BAND[0]), 0.0),
        ([one.median.value for one, _ in found], quantile(0.5), 1e-4),
        ([chance_of(one).value for one, _ in found], 0.25, 0.005),
    ):
        assert abs(np.mean(values) - truth) < 4.0 * np.std(values) / math.sqrt(REPETITIONS) + bias


def test_a_latin_hypercube_errs_on_the_wide_side() -> None:
    """Its points spread evenly, so that of 100 intervals of the mean 99 and more cover; 95 do of independent points."""
    covered = 0
    for seed in range(100):
        noise = np.random.default_rng([seed, 4]).normal(size=POINTS)
        one = mean_of(estimate(made_pairs(growth(made_points(POINTS, (PHI,), seed), noise).to_numpy())))
        covered += one.low <= LOW + WIDTH / 2.0 <= one.high
    assert covered >= 99


def test_replications_do_not_pass_for_independent_worlds() -> None:
    """50 points, 20 replications each: a share counted as if of 1,000 independent worlds is covered in fewer than 140 of 200."""
    ours = naive = 0
    truth = 1.0 - below(BAND[0])
    for seed in range(REPETITIONS):
        rng = np.random.default_rng([seed, 2])
        point = np.repeat(np.arange(50), 20)
        values = LOW + WIDTH * rng.random(50)[point] + CHANCE * rng.normal(size=point.size)
        found = share_of(made_pairs(values, point.tolist()), values > BAND[0])
        ours += found.low <= truth <= found.high
        low, high = wilson(found.value, values.size)
        naive += low <= truth <= high
    assert ours >= FEWEST
    assert naive < 140


def test_an_ending_of_replications_when_the_mean_is_known_does_not_upset_the_split() -> None:
    """Every point is played twice, every third six times: chance is a quarter still."""
    covered = 0
    for seed in range(REPETITIONS):
        rng = np.random.default_rng([seed, 3])
        point = np.repeat(np.arange(60), np.where(np.arange(60) % 3, 2, 6))
        values = WIDTH * rng.random(60)[point] + CHANCE * rng.normal(size=point.size)
        split = variance_split(made_pairs(values, point.tolist()))
        assert split is not None
        covered += split.chance.low <= 0.25 <= split.chance.high
    assert FEWEST <= covered < REPETITIONS


def test_a_sweep_as_a_whole_gives_the_known_answer() -> None:
    """2,000 points: the judgement on a band of 6 to 8 % a year, within 4 standard errors of the known share."""
    points = made_points(2000, (PHI,))
    worlds = {WITHOUT: growing(constant(0.0), YEARS), OPEN.name: growing(growth, YEARS)}
    claim = replace(TRADE, low=BAND[0], high=BAND[1])
    (one,) = judged(made_plan([claim]), made_outcomes(points, worlds))
    share = below(BAND[1]) - below(BAND[0])
    assert abs(one.inside.value - share) < 4.0 * math.sqrt(share * (1.0 - share) / 2000)
    assert one.below.value + one.inside.value + one.above.value == pytest.approx(1.0)
