"""Pairs, shares, quantiles and the split of variance, against figures worked out by hand and tabulated ones."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f_oneway

from abm.errors import CaravanError
from abm.study.estimates import (
    Estimate,
    effective_size,
    estimate,
    paired,
    point_weights,
    quantile_of,
    share_of,
    variance_split,
    wilson,
)
from abm.study.plan import Metric
from tests.made_sweeps import made_outcomes, made_pairs, made_points

COLUMN = "trade_usd:XA:3"


def outcomes(with_: list[float], without: list[float]) -> pd.DataFrame:
    """One world a point in each of two arms."""
    rows = [
        {"point": point, "replication": 0, "arm": arm, "seed": point + 1, COLUMN: value}
        for point, values in enumerate(zip(with_, without, strict=True))
        for arm, value in zip(("open", "without"), values, strict=True)
    ]
    return pd.DataFrame(rows)


def value_of(metric: Metric, with_: float, without: float, base: float = 100.0) -> float:
    frame = paired(outcomes([with_], [without]), metric, "trade_usd", "XA", 3, "open", base_year={"trade_usd:XA": base})
    return float(frame["value"].iloc[0])


# ---------------------------------------------------------------------------------------------------------- pairs
@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric.GROWTH_PER_YEAR, 0.10),  # 1.331 times as much after three years
        (Metric.LEVEL, 0.331),
        (Metric.GAIN, 66.2),
        (Metric.GROSS_GROWTH_PER_YEAR, (266.2 / 100.0) ** (1.0 / 3.0) - 1.0),
    ],
)
def test_a_metric_compares_the_two_worlds_of_a_pair(metric: Metric, expected: float) -> None:
    assert value_of(metric, 266.2, 200.0) == pytest.approx(expected)


@pytest.mark.parametrize("metric", [Metric.GROWTH_PER_YEAR, Metric.LEVEL])
@pytest.mark.parametrize(("with_", "without"), [(5.0, 0.0), (5.0, -1.0), (-1.0, 5.0), (5.0, math.nan), (math.nan, 5.0)])
def test_a_ratio_to_nothing_or_to_a_loss_is_no_number(metric: Metric, with_: float, without: float) -> None:
    assert math.isnan(value_of(metric, with_, without))


def test_a_gain_needs_no_base_and_a_fall_to_nothing_is_a_fall_by_all() -> None:
    assert value_of(Metric.GAIN, 5.0, 0.0) == 5.0
    assert value_of(Metric.LEVEL, 0.0, 5.0) == -1.0


def test_gross_growth_leaves_the_other_world_aside() -> None:
    assert value_of(Metric.GROSS_GROWTH_PER_YEAR, 133.1, 7.0) == pytest.approx(0.1)
    assert value_of(Metric.GROSS_GROWTH_PER_YEAR, 133.1, math.nan) == pytest.approx(0.1)


def test_only_pairs_of_which_both_worlds_are_there_count() -> None:
    frame = outcomes([110.0, 120.0, 130.0], [100.0, 100.0, 100.0])
    frame = frame.drop(index=[1, 4])  # without of point 0, open of point 2
    found = paired(frame.sample(frac=1.0, random_state=1), Metric.LEVEL, "trade_usd", "XA", 3, "open")
    assert found["point"].tolist() == [1]
    assert found["value"].tolist() == pytest.approx([0.2])


def test_replications_are_paired_with_their_own() -> None:
    points = made_points(3)
    made = {
        "without": {COLUMN: lambda points, noise: 100.0 + noise},
        "open": {COLUMN: lambda points, noise: 2.0 * (100.0 + noise)},
    }
    found = paired(made_outcomes(points, made, 4), Metric.LEVEL, "trade_usd", "XA", 3, "open")
    assert len(found) == 12
    assert found["value"].to_numpy() == pytest.approx(1.0)


def test_an_outcome_or_a_base_year_that_is_not_there_is_said() -> None:
    with pytest.raises(CaravanError, match="no outcome 'trade_usd:XB:3'"):
        paired(outcomes([1.0], [1.0]), Metric.LEVEL, "trade_usd", "XB", 3, "open")
    with pytest.raises(CaravanError, match="no base year of 'trade_usd:XA'"):
        paired(outcomes([1.0], [1.0]), Metric.GROSS_GROWTH_PER_YEAR, "trade_usd", "XA", 3, "open")


# ---------------------------------------------------------------------------------------------------------- shares
@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17: 857-872, table I, score method without continuity correction.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_that_of_the_tables(hits: int, n: int, low: float, high: float) -> None:
    found = wilson(hits / n, n)
    assert found == pytest.approx((low, high), abs=5e-5)
    mirrored = wilson(1.0 - hits / n, n)
    assert (1.0 - mirrored[1], 1.0 - mirrored[0]) == pytest.approx(found)


def test_without_trials_a_share_may_be_anything() -> None:
    assert wilson(math.nan, 0.0) == (0.0, 1.0)
    nothing = share_of(made_pairs(np.zeros(0)), np.zeros(0, dtype=np.bool_))
    assert math.isnan(nothing.value)
    assert (nothing.low, nothing.high) == (0.0, 1.0)


def test_points_count_equally_however_often_they_were_played() -> None:
    """Point 0 once, below; point 1 three times, two of them below: half of (1 + 2/3)."""
    frame = made_pairs(np.array([0.0, 0.0, 0.0, 9.0]), [0, 1, 1, 1])
    assert point_weights(frame["point"]).tolist() == pytest.approx([0.5, 1 / 6, 1 / 6, 1 / 6])
    assert share_of(frame, np.array([True, True, True, False])).value == pytest.approx((1.0 + 2.0 / 3.0) / 2.0)
    assert estimate(frame).mean == pytest.approx((0.0 + 3.0) / 2.0)


def test_replications_that_agree_tell_nothing_new() -> None:
    """100 points, half of them below: 20 replications each, all like the first, know no more than one; a fair coin in each
    world knows nearly twenty times as much."""
    points = np.repeat(np.arange(100), 20)
    same = points % 2 == 0
    frame = made_pairs(np.zeros(2000), points.tolist())
    assert effective_size(frame, same) == 100
    coin = np.random.default_rng(1).random(2000) < 0.5
    assert 1300 < effective_size(frame, coin) <= 2000
    assert effective_size(frame, coin, independent=60) == 60


# ---------------------------------------------------------------------------------------------------------- quantiles
@pytest.mark.parametrize("q", [0.05, 0.5, 0.95])
def test_a_quantile_of_single_worlds_is_numpys(q: float) -> None:
    values = np.random.default_rng(1).normal(size=101)
    assert quantile_of(made_pairs(values), q).value == pytest.approx(np.quantile(values, q))


def test_the_interval_of_a_quantile_is_two_order_statistics() -> None:
    """Of 100, the median lies between the 40th and the 61st with 96.5 %, the 5 % point between the 1st and the 11th (binomial
    tables)."""
    frame = made_pairs(np.random.default_rng(1).permutation(np.arange(1.0, 101.0)))
    median, low = quantile_of(frame, 0.5), quantile_of(frame, 0.05)
    assert (median.low, median.high) == (40.0, 61.0)
    assert (low.low, low.high) == (1.0, 11.0)


def test_too_few_worlds_leave_an_end_unbounded() -> None:
    low = quantile_of(made_pairs(np.arange(20.0)), 0.05)
    assert low.low == -math.inf
    assert math.isfinite(low.high)
    assert quantile_of(made_pairs(np.arange(20.0)), 0.95).high == math.inf


def test_a_point_played_twice_with_one_result_changes_no_quantile() -> None:
    values = np.arange(50.0)
    twice = made_pairs(np.append(values, values[:10]), [*range(50), *range(10)])
    for q in (0.05, 0.5, 0.95):
        assert quantile_of(twice, q).value == pytest.approx(quantile_of(made_pairs(values), q).value, abs=0.5)


# ---------------------------------------------------------------------------------------------------------- ranges
def test_worlds_without_a_number_are_counted_and_left_out() -> None:
    found = estimate(made_pairs(np.array([1.0, math.nan, 3.0, math.inf])))
    assert (found.mean, found.worlds, found.points, found.undefined) == (2.0, 2, 2, 2)


def test_the_standard_error_is_that_of_point_means() -> None:
    values = np.array([1.0, 3.0, 4.0, 8.0])
    found = estimate(made_pairs(values, [0, 0, 1, 1]))  # means 2 and 6: standard deviation sqrt(8), over sqrt(2)
    assert found.error == pytest.approx(2.0)
    assert estimate(made_pairs(values)).error == pytest.approx(values.std(ddof=1) / 2.0)
    assert estimate(made_pairs(values), independent=1).error == pytest.approx(values.std(ddof=1))
    assert math.isnan(estimate(made_pairs(values[:1])).error)


def test_of_no_world_there_is_no_figure() -> None:
    found = estimate(made_pairs(np.zeros(0)))
    assert math.isnan(found.mean)
    assert found.p5 == Estimate(found.p5.value, -math.inf, math.inf)
    assert found.split is None


# ---------------------------------------------------------------------------------------------------------- split
PAIRS = np.array([1.0, 3.0, 4.0, 6.0, 2.0, 2.0, 8.0, 10.0, 5.0, 9.0])
TWICE = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_the_split_of_variance_is_that_of_the_analysis_of_variance() -> None:
    """Five points, two worlds each. MSW = (2 + 2 + 0 + 2 + 8) / 5 = 2.8; MSB = 2 * 9.5 = 19; parameters (19 - 2.8) / 2 = 8.1."""
    split = variance_split(made_pairs(PAIRS, TWICE))
    assert split is not None
    assert split.variance == pytest.approx(8.1 + 2.8)
    assert split.chance.value == pytest.approx(2.8 / 10.9)
    assert split.parameters.value == pytest.approx(8.1 / 10.9)
    assert split.parameters.low == pytest.approx(1.0 - split.chance.high)
    f = float(f_oneway(*PAIRS.reshape(5, 2)).statistic)
    assert (f - 1.0) / (f + 1.0) == pytest.approx(split.parameters.value)  # intraclass correlation of two replications


def test_points_played_once_inform_the_variance_between_points() -> None:
    """Means 2, 5, 2, 9, 7 and 12: variance 15.766667; mean(s^2 / n) = (5 * 1.4 + 2.8) / 6, chance still 2.8."""
    split = variance_split(made_pairs(np.append(PAIRS, 12.0), [*TWICE, 5]))
    assert split is not None
    between = np.var([2.0, 5.0, 2.0, 9.0, 7.0, 12.0], ddof=1) - (5.0 * 1.4 + 2.8) / 6.0
    assert split.variance == pytest.approx(2.8 + between)


def test_the_jackknife_leaves_each_point_out_in_turn() -> None:
    """The interval from sums equals one from the definition, with unequal replications."""
    rng = np.random.default_rng(3)
    points = np.repeat(np.arange(30), np.tile([1, 2, 3], 10))
    values = rng.normal(size=30)[points] + 0.7 * rng.normal(size=points.size)
    frame = made_pairs(values, points.tolist())
    split = variance_split(frame)
    assert split is not None
    left = [variance_split(frame[frame["point"] != point]) for point in range(30)]
    logs = np.array([math.log(part.chance.value) for part in left if part is not None])
    error = math.sqrt(29.0 / 30.0 * ((logs - logs.mean()) ** 2).sum())
    t = 2.0930240544  # 97.5 % of Student's t with 19 degrees of freedom: twenty points were played more than once
    assert split.chance.high == pytest.approx(split.chance.value * math.exp(t * error))
    assert split.chance.low == pytest.approx(split.chance.value * math.exp(-t * error))


def test_worlds_without_chance_owe_all_to_parameters() -> None:
    split = variance_split(made_pairs(np.repeat(np.arange(6.0), 2), np.repeat(np.arange(6), 2).tolist()))
    assert split is not None
    assert split.parameters == Estimate(1.0, 1.0, 1.0)


def test_without_enough_repeated_points_or_any_variance_there_is_no_split() -> None:
    assert variance_split(made_pairs(PAIRS[:8], TWICE[:8])) is None
    assert variance_split(made_pairs(np.ones(10), TWICE)) is None
    assert estimate(made_pairs(PAIRS, TWICE), own_chance=False).split is None
