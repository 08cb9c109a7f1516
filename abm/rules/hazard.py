"""When incidents break out, what echoes they have, and how long they last.

Incidents of one hazard are a self-exciting (Hawkes) process in its cluster form (Hawkes and Oakes 1974). Background incidents
come at, a day,

    mu = rate / 365 * (1 - n) * tension * (1 - effect * oversight) * season

and each incident, whoever set it off, has on average ``n`` echoes at exponential ages with mean ``echo_days``. So there are
``mu / (1 - n)`` incidents a day in the long run, a family has ``1 / (1 - n)`` members on average, and the variance of
counts over their mean tends to ``1 / (1 - n)**2``.

Draws are nested in the rate. The candidates of a (hazard, day) are the points of a Poisson process of rate 1: cumulative
exponentials of the addresses (hazard, day, 0), (hazard, day, 1), ...; those up to ``mu`` happen. An incident's echoes are
drawn the same way from its own address. So a safer world's incidents are a subset of a riskier one's, down to hour and length.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abm.kernels import kernel
from abm.randomness import Z_95, Process, inverse_exponential, inverse_normal, mix, uniform
from abm.units import DAYS_PER_YEAR

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

#: What a number of one incident is for; the last part of its address.
GAP, HOUR, DURATION, AGE, LOSS = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
_INCIDENT = np.uint64(int(Process.INCIDENT))


@dataclass(frozen=True, slots=True)
class HazardParameters:
    """rate_per_year: incidents a year, echoes included, at tension 1 and without oversight; branching_share: mean number of
    echoes of one incident; echo_days: their mean age; duration_days: median, with low and high as 5 and 95 % points of a
    lognormal (equal to the median: no spread); loss_share: of the cargo on what is hit.

    Raises ValueError, naming the field and the rule, for values outside their domain.
    """

    rate_per_year: float
    branching_share: float
    echo_days: float
    duration_days: float
    duration_low_days: float
    duration_high_days: float
    loss_share: float = 0.0

    def __post_init__(self) -> None:
        if not (self.rate_per_year >= 0.0 and math.isfinite(self.rate_per_year)):
            raise ValueError(f"rate_per_year: {self.rate_per_year} must be finite and >= 0")
        if not 0.0 <= self.branching_share < 1.0:
            raise ValueError(f"branching_share: {self.branching_share} must be in [0, 1)")
        if not self.echo_days > 0.0:
            raise ValueError(f"echo_days: {self.echo_days} must be > 0")
        if not 0.0 < self.duration_low_days <= self.duration_days <= self.duration_high_days < math.inf:
            raise ValueError(f"duration_days: {self.duration_days} must hold 0 < low <= median <= high")
        if not 0.0 <= self.loss_share <= 1.0:
            raise ValueError(f"loss_share: {self.loss_share} must be in [0, 1]")


def background_per_day(p: HazardParameters, tension: float, oversight: float, effect: float) -> float:
    """Background incidents a day, before the season: ``rate / 365 * (1 - n) * tension * (1 - effect * oversight)``.

    ``oversight`` from 0 to 1; ``effect``: share of the incidents that full oversight prevents, below 0 if it provokes them.
    """
    calm = max(1.0 - effect * oversight, 0.0)
    return p.rate_per_year / DAYS_PER_YEAR * (1.0 - p.branching_share) * tension * calm


def season_factors(month_of_day: Ints, first_month: int, last_month: int, share: float) -> Floats:
    """Factor on the rate of each day of the year, with mean 1, so that ``share`` of a year's incidents fall in the season.

    ``month_of_day``: month, 1-12, of each day. The season runs from the first to the last month, both included, and may pass the
    turn of the year.
    """
    if first_month <= last_month:
        is_in = (month_of_day >= first_month) & (month_of_day <= last_month)
    else:
        is_in = (month_of_day >= first_month) | (month_of_day <= last_month)
    part = is_in.mean()
    if part == 1.0:
        return np.ones(month_of_day.size)
    return np.where(is_in, share / part, (1.0 - share) / (1.0 - part))


def lognormal_days(median: float, low: float, high: float, u: float) -> float:
    """Quantile at ``u`` of a duration, days: ``median * exp(s z)``, each half with its own spread, not truncated."""
    z = float(inverse_normal(u))
    spread = math.log(median / low) if z < 0.0 else math.log(high / median)
    return median * math.exp(z * spread / Z_95)


def mean_days(median: float, low: float, high: float) -> float:
    """Mean of :func:`lognormal_days`: ``median * (exp(a*a/2) Phi(-a) + exp(b*b/2) Phi(b))``, a and b the two spreads."""
    lower, upper = math.log(median / low) / Z_95, math.log(high / median) / Z_95
    below = math.exp(0.5 * lower * lower) * math.erfc(lower / math.sqrt(2.0))
    above = math.exp(0.5 * upper * upper) * math.erfc(-upper / math.sqrt(2.0))
    return 0.5 * median * (below + above)


def stationary_risk(rate_per_year: float, jump: float, half_life_days: float) -> float:
    """Long-run mean of a belief that rises by ``jump`` at each incident and decays once a day:
    ``rate / 365 * jump / (1 - 2**(-1 / half_life))``, close to ``rate * jump * half_life / (365 ln 2)``."""
    return rate_per_year / DAYS_PER_YEAR * jump / (1.0 - math.exp2(-1.0 / half_life_days))


# -------------------------------------------------------------------------------------------------------------- draws
@kernel
def stream_of(seed: np.uint64, key: np.uint64, purpose: np.uint64) -> np.uint64:
    """Where the numbers of an incident begin that are many, such as who loses cargo."""
    return mix(mix(mix(seed, _INCIDENT), key), purpose)


@kernel
def draw(seed: np.uint64, key: np.uint64, purpose: np.uint64) -> float:
    """The uniform of (seed, incident, purpose)."""
    return uniform(stream_of(seed, key, purpose))


@kernel
def first_gaps(seed: np.uint64, keys: Keys, first_day: np.int64, n_days: int) -> Floats:
    """(n, n_days): the first candidate of each (hazard, day), at rate 1. None happens that day where it exceeds the rate."""
    gaps = np.empty((keys.shape[0], n_days))
    for row in range(keys.shape[0]):
        for day in range(n_days):
            parent = mix(keys[row], np.uint64(first_day + np.int64(day)))
            gaps[row, day] = inverse_exponential(draw(seed, mix(parent, np.uint64(0)), GAP))
    return gaps


@kernel
def arrivals(seed: np.uint64, parent: np.uint64, mean: float) -> Keys:
    """Keys of what a parent sets off: a Poisson number with this mean, nested in the mean."""
    found = np.empty(8, dtype=np.uint64)
    n, reached = 0, 0.0
    while True:
        key = mix(parent, np.uint64(n))
        reached += inverse_exponential(draw(seed, key, GAP))
        if reached > mean:
            return found[:n]
        if n == found.shape[0]:
            found = np.concatenate((found, np.empty(n, dtype=np.uint64)))
        found[n] = key
        n += 1


def day_key(key: int, day: int) -> np.uint64:
    """Parent of the incidents that break out on a day (negative in the warm-up) by themselves."""
    return np.uint64(mix(np.uint64(key), np.uint64(day & 0xFFFFFFFFFFFFFFFF)))


def family(seed: int, ancestor: np.uint64, day: float, branching: float, echo_days: float) -> list[tuple[int, float]]:
    """An incident at a moment (in days) and all its echoes, and theirs: (key, moment) of each, the ancestor first."""
    found = [(int(ancestor), day)]
    for key, moment in found:  # grows while it is walked
        for child in arrivals(np.uint64(seed), np.uint64(key), branching).tolist():
            age = echo_days * float(inverse_exponential(draw(np.uint64(seed), np.uint64(child), AGE)))
            found.append((child, moment + age))
    return found
