"""When a project is finished: its construction time, and what holds it up.

    finished = start + build time + sum over causes of the lengths of N delays,   N ~ Poisson(rate * build years)

A cause (land, funding, alignment of policies) strikes while work goes on; each delay is lognormal. The expected sum is closed:
``rate * build years * median * exp(spread**2 / 2)`` for each cause. Source: Flyvbjerg, Holm and Buhl (2004) find that delays grow
with the length of the building phase; the compound Poisson sum is the plainest law that does.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from abm.randomness import Z_95, inverse_normal
from abm.units import DAYS_PER_YEAR

#: Standard deviation of the log of a delay's length: 5 to 95 % from a third of the median to three times it.
DELAY_SPREAD = math.log(3.0) / Z_95
#: More delays of one cause than any project has; the Poisson law is cut there (rates are checked against it).
MOST_DELAYS = 200


@dataclass(frozen=True, slots=True)
class DelayParameters:
    """One cause: delays a year of building, and their median length. Raises ValueError outside the domain."""

    rate_per_year: float
    median_days: float
    spread: float = DELAY_SPREAD

    def __post_init__(self) -> None:
        if not 0.0 <= self.rate_per_year < math.inf:
            raise ValueError(f"rate_per_year: {self.rate_per_year} must be >= 0")
        if not 0.0 < self.median_days < math.inf:
            raise ValueError(f"median_days: {self.median_days} must be > 0")
        if not 0.0 <= self.spread < math.inf:
            raise ValueError(f"spread: {self.spread} must be >= 0")


def number_of_delays(expected: float, u: float) -> int:
    """Poisson quantile at ``u`` in (0, 1): the least n whose distribution function reaches it, at most MOST_DELAYS."""
    term = total = math.exp(-expected)
    n = 0
    while total < u and n < MOST_DELAYS:
        n += 1
        term *= expected / n
        total += term
    return n


def delay_days(parameters: DelayParameters, build_years: float, uniform: Callable[[str], float]) -> float:
    """Days by which one cause holds a project up.

    ``uniform(key)`` gives the addressed draw of this cause in (0, 1): key ``number`` for how many, ``1``, ``2``, ... for lengths.
    """
    n = number_of_delays(parameters.rate_per_year * build_years, uniform("number"))
    lengths = (float(inverse_normal(uniform(str(k)))) for k in range(1, n + 1))
    return sum((parameters.median_days * math.exp(parameters.spread * z) for z in lengths), 0.0)


def expected_delay_days(parameters: DelayParameters, build_years: float) -> float:
    """Mean of :func:`delay_days`, in closed form."""
    mean_length = parameters.median_days * math.exp(parameters.spread**2 / 2.0)
    return parameters.rate_per_year * build_years * mean_length


def finished_day(start_day: float, build_years: float, delays_days: float) -> int:
    """First day on which the works can be used, counted as ``start_day`` is."""
    return math.ceil(start_day + build_years * DAYS_PER_YEAR + delays_days)
