"""Ranges from paired worlds: what chance left of a figure kept apart from what nobody knows of its causes.

Two things widen a range. *Parameter uncertainty* is the spread over points of the design: it stays however many worlds are
played. *Monte Carlo error* is that of the estimate itself: standard error of a mean, intervals of the 5 and 95 % ends and of
shares; it shrinks with the number of worlds. A third, *chance within a point*, is told from parameters by points that were
played more than once (:func:`variance_split`).

Points count equally however often they were played: a world of a point with r replications weighs 1/r. Intervals of shares are
Wilson's (1927), those of quantiles order statistics; both take as sample size that of independent worlds which would have the
same error (Kish 1965), because replications of a point resemble each other. A latin hypercube spreads more evenly than
independent points, so that its intervals err on the wide side.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom
from scipy.stats import t as student

from abm.errors import CaravanError
from abm.network.arcs import Bools, Floats
from abm.randomness import inverse_normal
from abm.study.plan import WITHOUT, Metric

#: Two-sided level of every interval.
LEVEL = 0.95
#: Points played more than once below which chance and parameters are not told apart.
FEWEST_REPEATED = 5
_KEYS = ["point", "replication"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with the interval of its Monte Carlo error, 95 %; infinite ends: too few worlds to bound it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Split:
    """Variance of a single world, as shares: ``parameters`` (between points) and ``chance`` (within a point), which add to 1.

    ``variance``: both, in the square of the figure's unit. ``repeated``: points that were played more than once.
    """

    parameters: Estimate
    chance: Estimate
    variance: float
    repeated: int


@dataclass(frozen=True, slots=True)
class Range:
    """A figure over the worlds of a sweep.

    ``mean`` with ``error``, its standard error (nan for a single point). ``p5``, ``median``, ``p95``: of single worlds, each with
    its interval. ``worlds`` with a number, of so many ``points``; ``undefined``: worlds without one. ``split``: None where too
    few points were played more than once.
    """

    mean: float
    error: float
    p5: Estimate
    median: Estimate
    p95: Estimate
    worlds: int
    points: int
    undefined: int
    split: Split | None


# ---------------------------------------------------------------------------------------------------------- pairs
def outcome_name(outcome: str, of: str, year: int) -> str:
    """``trade_usd:AM:5``: a column of the table of outcomes; year: full years from the opening."""
    return f"{outcome}:{of}:{year}"


def paired(
    outcomes: pd.DataFrame,
    metric: Metric,
    outcome: str,
    of: str,
    h: int,
    arm: str,
    against: str = WITHOUT,
    base_year: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """What ``arm`` changes in each pair of worlds that share point and replication: point, replication, value.

    outcomes: point, replication, arm and one column per outcome. value: :class:`abm.study.plan.Metric` of ``outcome`` of
    ``of`` after ``h`` full years; nan where it has no meaning: no number in either world, a ratio to nothing or to a loss. Gross
    growth needs ``base_year``, value of the base year by ``outcome:of``, and leaves the other world aside. Pairs of which one
    world is missing are left out. Raises CaravanError without the column, or without a base year for gross growth.
    """
    column = outcome_name(outcome, of, h)
    if column not in outcomes:
        raise CaravanError(f"the results hold no outcome {column!r}")
    sides = [_side(outcomes, name, column) for name in (arm, against)]
    both = sides[0].merge(sides[1], on=_KEYS, suffixes=("_with", "_without")).sort_values(_KEYS, ignore_index=True)
    with_, without = (both[f"{column}_{side}"].to_numpy(dtype=np.float64) for side in ("with", "without"))
    base = np.full(with_.size, _base_value(f"{outcome}:{of}", base_year) if is_gross(metric) else math.nan)
    return both[_KEYS].assign(value=changes(metric, with_, without, h, base))


def _side(outcomes: pd.DataFrame, arm: str, column: str) -> pd.DataFrame:
    return outcomes.loc[outcomes["arm"] == arm, [*_KEYS, column]]


def is_gross(metric: Metric) -> bool:
    """Whether the trend is in the figure, because it is counted from the base year and not from the other world."""
    return metric is Metric.GROSS_GROWTH_PER_YEAR


def _base_value(name: str, base_year: Mapping[str, float] | None) -> float:
    if base_year is None or name not in base_year:
        raise CaravanError(f"the results hold no base year of {name!r}, which gross growth is counted from")
    return base_year[name]


def changes(metric: Metric, with_: Floats, without: Floats, h: int, base: Floats) -> Floats:
    """``metric`` of each pair; with_, without, base (n,) in one unit, h in years; nan where a ratio has no meaning."""
    if metric is Metric.GAIN:
        return np.asarray(with_ - without, dtype=np.float64)
    below = base if is_gross(metric) else without
    ratio = np.divide(with_, below, out=np.full(with_.size, np.nan), where=(below > 0.0) & (with_ >= 0.0))
    return np.asarray((ratio if metric is Metric.LEVEL else ratio ** (1.0 / h)) - 1.0, dtype=np.float64)


# ---------------------------------------------------------------------------------------------------------- weights
def point_weights(points: pd.Series) -> Floats:
    """Weight of each world so that points count equally, sum 1; points (n,): the point of each world."""
    _, number, times = np.unique(points.to_numpy(), return_inverse=True, return_counts=True)
    return np.asarray(1.0 / times[number] / max(times.size, 1), dtype=np.float64)


def point_means(points: pd.Series, values: Floats) -> Floats:
    """Mean over the worlds of each point, (points,), in the order of the points' numbers."""
    _, number, times = np.unique(points.to_numpy(), return_inverse=True, return_counts=True)
    return np.asarray(np.bincount(number, weights=values, minlength=times.size) / times, dtype=np.float64)


def effective_size(frame: pd.DataFrame, hit: Bools, independent: int | None = None) -> float:
    """Independent worlds that would know a share as well as these do.

    ``p (1 - p)`` over the variance of the mean over points of their shares; never fewer than there are points, nor more than
    there are worlds. Where all worlds agree it is the number of points. ``independent``: at most so many, where the points of
    a design depend on each other.
    """
    shares = point_means(frame["point"], hit.astype(np.float64))
    k, n, p = shares.size, len(frame), float(shares.mean())
    variance = float(shares.var(ddof=1)) / k if k > 1 else 0.0
    size = min(max(p * (1.0 - p) / variance, k), n) if variance > 0.0 else float(k)
    return float(size if independent is None else min(size, independent))


# ---------------------------------------------------------------------------------------------------------- intervals
def wilson(share: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Interval of a share seen in ``n`` independent trials (Wilson 1927); (0, 1) for none. ``n`` need not be whole."""
    if n <= 0.0:
        return 0.0, 1.0
    z = inverse_normal(0.5 + level / 2.0)
    middle = share + z * z / (2.0 * n)
    half = z * math.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n))
    low, high = (middle - half) / (1.0 + z * z / n), (middle + half) / (1.0 + z * z / n)
    # Exact at the ends, which rounding would miss by 1e-17.
    return (0.0 if share == 0.0 else low), (1.0 if share == 1.0 else high)


def share_of(frame: pd.DataFrame, hit: Bools, independent: int | None = None) -> Estimate:
    """Share of worlds in which something holds, points counting equally, with Wilson's interval; nan without worlds."""
    if not len(frame):
        return Estimate(math.nan, 0.0, 1.0)
    share = float(point_weights(frame["point"])[hit].sum())
    share = min(max(share, 0.0), 1.0) if hit.any() and not hit.all() else float(hit.all())
    return Estimate(share, *wilson(share, effective_size(frame, hit, independent)))


def quantile_of(frame: pd.DataFrame, q: float, independent: int | None = None) -> Estimate:
    """Quantile of ``value`` over worlds, points counting equally, with the interval of order statistics that covers it with at
    least 95 % whatever the distribution; -inf or inf where there are too few worlds for a bound."""
    values, weights = _sorted(frame)
    if not values.size:
        return Estimate(math.nan, -math.inf, math.inf)
    found = weighted_quantile(values, weights, q)
    n = round(effective_size(frame, frame["value"].to_numpy(dtype=np.float64) <= found, independent))
    low, high = int(binom.ppf(0.5 - LEVEL / 2.0, n, q)), int(binom.ppf(0.5 + LEVEL / 2.0, n, q)) + 1
    reached = np.cumsum(weights)
    return Estimate(
        found,
        -math.inf if low < 1 else _at(values, reached, low / n),
        math.inf if high > n else _at(values, reached, high / n),
    )


def weighted_quantile(values: Floats, weights: Floats, q: float) -> float:
    """Linear between the weights' midpoints, from the lowest to the highest value; with equal weights that of numpy.

    values (n,) ascending, weights (n,) positive.
    """
    middle = np.cumsum(weights) - weights / 2.0
    if values.size == 1:
        return float(values[0])
    return float(np.interp(q, (middle - middle[0]) / (middle[-1] - middle[0]), values))


def _sorted(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    values, weights = frame["value"].to_numpy(dtype=np.float64), point_weights(frame["point"])
    order = np.argsort(values, kind="stable")
    return values[order], weights[order]


def _at(values: Floats, reached: Floats, level: float) -> float:
    """The lowest value up to which there is a share ``level``; the slack keeps a rank that rounding would push on."""
    return float(values[min(int(np.searchsorted(reached, level - 1e-9)), values.size - 1)])


# ---------------------------------------------------------------------------------------------------------- ranges
def estimate(frame: pd.DataFrame, independent: int | None = None, *, own_chance: bool = True) -> Range:
    """The range of ``value`` (frame: point, replication, value, as :func:`paired` makes it).

    ``independent``: independent points at most, where the points of a design depend on each other (Saltelli's share their
    coordinates). ``own_chance``: points have seeds of their own; with common ones the figures hold for these seeds and there is
    no split. Worlds without a number are counted and left out.
    """
    known = defined(frame)
    means = point_means(known["point"], known["value"].to_numpy(dtype=np.float64))
    count = means.size if independent is None else min(means.size, independent)
    error = float(means.std(ddof=1)) / math.sqrt(count) if means.size > 1 else math.nan
    return Range(
        mean=float(means.mean()) if means.size else math.nan,
        error=error,
        p5=quantile_of(known, 0.05, independent),
        median=quantile_of(known, 0.5, independent),
        p95=quantile_of(known, 0.95, independent),
        worlds=len(known),
        points=means.size,
        undefined=len(frame) - len(known),
        split=variance_split(known) if own_chance else None,
    )


def defined(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows whose value is a finite number."""
    return frame[np.isfinite(frame["value"].to_numpy(dtype=np.float64))]


# ---------------------------------------------------------------------------------------------------------- split
def variance_split(frame: pd.DataFrame) -> Split | None:
    """How much of the variance of a single world is chance and how much parameters; None when fewer than 5 points were
    played more than once, or when nothing varies.

    One-way analysis of variance with random effects on unweighted means of points (Thomas and Hultquist 1978): chance is the mean
    of the points' own variances s_i^2 (each with n_i - 1 degrees of freedom, so unbiased), parameters are the variance of points'
    means less mean(s_i^2 / n_i); with equal replications the classical (MSB - MSW) / n. Points played once inform the second. Its
    interval is the jackknife over points of the logarithm of the share of chance (Arvesen 1969); it covers at its rate for normal
    chance, and too seldom (80 to 87 of 100 tried) where rare great events make chance very skew. Points must have a chance of
    their own: of common seeds this makes no sense.
    """
    times, means, own = _moments(frame)
    repeated = int((times > 1).sum())
    if repeated < FEWEST_REPEATED:
        return None
    chance, total = _parts(times, means, own)
    if total <= 0.0:
        return None
    share = min(chance / total, 1.0)
    low, high = _share_interval(times, means, own)
    return Split(Estimate(1.0 - share, 1.0 - high, 1.0 - low), Estimate(share, low, high), total, repeated)


def _moments(frame: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Replications, mean and variance (nan for one) of each point."""
    values = frame["value"].to_numpy(dtype=np.float64)
    _, number, counts = np.unique(frame["point"].to_numpy(), return_inverse=True, return_counts=True)
    means, times = point_means(frame["point"], values), counts.astype(np.float64)
    squares = np.bincount(number, weights=(values - means[number]) ** 2, minlength=times.size)
    return times, means, np.divide(squares, times - 1.0, out=np.full(times.size, np.nan), where=times > 1.0)


def _parts(times: Floats, means: Floats, own: Floats) -> tuple[float, float]:
    """Variance by chance, and in all."""
    again = times > 1
    chance = float(own[again].mean())
    in_means = (float((own[again] / times[again]).sum()) + chance * int((~again).sum())) / times.size
    return chance, chance + float(means.var(ddof=1)) - in_means


def _without_each(times: Floats, means: Floats, own: Floats) -> tuple[Floats, Floats]:
    """:func:`_parts` without each point in turn, (points,) each: the same from sums, so that ten thousand points take no time."""
    again, n = times > 1, times.size
    played = np.where(again, own, 0.0)
    part, m = np.where(again, played / times, 0.0), int(again.sum())
    chance = (played.sum() - played) / np.where(again, m - 1, m)
    far = means - means.mean()
    variance = ((far**2).sum() - far**2 - far**2 / (n - 1)) / (n - 2)
    once = (n - m) - np.where(again, 0, 1)
    in_means = (part.sum() - part + chance * once) / (n - 1)
    return chance, chance + variance - in_means


def _share_interval(times: Floats, means: Floats, own: Floats) -> tuple[float, float]:
    """95 % interval of the share of chance: jackknife of its logarithm, points left out in turn."""
    chance, total = _parts(times, means, own)
    if chance <= 0.0:
        return 0.0, 0.0
    parts, totals = _without_each(times, means, own)
    usable = (parts > 0.0) & (totals > 0.0)
    logs = np.log(parts[usable] / totals[usable])
    error = math.sqrt((logs.size - 1) / logs.size * float(((logs - logs.mean()) ** 2).sum()))
    # What is known of chance rests on the points that were played more than once alone.
    half = float(student.ppf(0.5 + LEVEL / 2.0, int((times > 1).sum()) - 1)) * error
    share = chance / total
    return min(share * math.exp(-half), 1.0), min(share * math.exp(half), 1.0)
