"""The shallow lake problem (Carpenter, Ludwig and Brock 1999; Kwakkel 2017), which EMA Workbench takes as its own example.

A town releases phosphorus into a lake that may tip from clear to turbid for good. Here the release is constant and the
natural inflow of each year is a fixed quantile of its distribution, so that the same points always give the same lake.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm, qmc

Floats = npt.NDArray[np.float64]

#: Deeply uncertain factors and their ranges: b rate of loss, q recycling exponent, mean and stdev of natural inflows, delta
#: discount factor, which the lake itself does not feel.
FACTORS = {"b": (0.1, 0.45), "q": (2.0, 4.5), "mean": (0.01, 0.05), "stdev": (0.001, 0.005), "delta": (0.93, 0.99)}
RELEASE, YEARS = 0.02, 100


def halton(n: int, dimension: int) -> Floats:
    """The first n points of the Halton sequence, unscrambled: no generator whose stream could change."""
    return np.asarray(qmc.Halton(dimension, scramble=False).random(n), dtype=np.float64)


def lakes(n: int) -> tuple[pd.DataFrame, Floats, Floats, Floats]:
    """n points of the factors, and of each lake the highest phosphorus level, the level at which it tips, and the mean level."""
    low, high = np.array(list(FACTORS.values())).T
    x = low + (high - low) * halton(n, len(FACTORS))
    b, q, mean, stdev, _ = x.T
    spread = np.sqrt(np.log1p((stdev / mean) ** 2))
    level, highest, total = np.zeros(n), np.zeros(n), np.zeros(n)
    for z in norm.ppf(halton(YEARS + 1, 1)[1:, 0]):
        inflow = np.exp(np.log(mean) - spread**2 / 2.0 + spread * z)
        level = (1.0 - b) * level + level**q / (1.0 + level**q) + RELEASE + inflow
        highest, total = np.maximum(highest, level), total + level
    return pd.DataFrame(x, columns=list(FACTORS)), highest, _tipping(b, q), total / YEARS


def _tipping(b: Floats, q: Floats) -> Floats:
    def tips(loss: float, power: float) -> float:
        return float(brentq(lambda level: level**power / (1.0 + level**power) - loss * level, 0.01, 1.5))

    return np.array([tips(*row) for row in zip(b, q, strict=True)])


def examples() -> dict[str, tuple[pd.DataFrame, npt.NDArray[np.bool_]]]:
    """Which of 1,000 lakes are of interest: those that stay clear, a tenth of them told wrongly; and those with much phosphorus,
    which is measured with an error."""
    x, highest, tipping, mean = lakes(1000)
    u = halton(1001, 7)[1:, 6]
    return {
        "clear": (x, (highest < tipping) ^ (u < 0.1)),
        "phosphorus": (x, mean + 0.5 * norm.ppf(u) > 2.4),
    }
