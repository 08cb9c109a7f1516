"""Indices of sensitivity that need no special design: PAWN and delta on rows as they were sampled.

Both compare the outcome's distribution over all rows with that in each group of rows between which a factor differs: slices
of its range, or its choices. The same figures as SALib's, many times faster, and defined for discrete factors and for
outcomes that do not vary within a group.
"""

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from abm.network.arcs import Floats

#: Points at which delta compares densities (as many as SALib's).
GRID_POINTS = 100
#: Most classes of rows that delta compares (Plischke, Borgonovo and Smith 2013).
MOST_CLASSES = 48

#: A factor with at most so many different values is discrete: its rows are told apart by value, not cut into slices.
MOST_CHOICES = 10

type Ints = npt.NDArray[np.int64]


def is_discrete(column: Floats) -> bool:
    """Whether a factor has few different values: at most :data:`MOST_CHOICES`, each in two rows or more on average."""
    return np.unique(column).size <= min(MOST_CHOICES, len(column) // 2)


def slices(column: Floats, n: int) -> Ints:
    """Number, from 0, of the slice that each value lies in: n slices with equal numbers of rows, equal values in one slice."""
    ranks = rankdata(column, method="max").astype(np.int64)
    return (ranks * n + len(column) - 1) // len(column) - 1


def n_classes(n: int) -> int:
    """Number of slices for delta with n rows (Plischke, Borgonovo and Smith 2013, as in SALib)."""
    exponent = 2.0 / (7.0 + math.tanh((1500.0 - n) / 500.0))
    return min(math.ceil(math.pow(n, exponent)), MOST_CLASSES)


def pawn_index(groups: Ints, y: Floats) -> Floats:
    """PAWN index (d,) of factors whose rows fall into ``groups`` (rows, d), for an outcome y (rows,).

    How far knowing the factor shifts the outcome's distribution: the Kolmogorov-Smirnov distance, the largest gap between the
    cumulative curves within a group and over all rows, the median over groups (Pianosi and Wagener 2018); 0 to 1. A
    finite sample shows more than 0 even where there is nothing.
    """
    order = np.argsort(y, kind="stable")
    ranked = y[order]
    last = np.append(ranked[1:] != ranked[:-1], True)  # of equal outcomes, the curves are compared after the last
    overall = np.arange(1, len(y) + 1)[last] / len(y)
    found = np.empty(groups.shape[1])
    for j, column in enumerate(groups.T):
        is_in = column[order][:, None] == np.unique(column)
        within = np.cumsum(is_in, axis=0)[last] / is_in.sum(axis=0)
        found[j] = np.median(np.abs(within - overall[:, None]).max(axis=0))
    return found


def delta_index(groups: Ints, y: Floats) -> Floats:
    """Delta (d,) of factors whose rows fall into ``groups`` (rows, d), for an outcome y (rows,); biased upwards.

    Which share of the outcome's distribution moves elsewhere when the factor is known: half the area between the densities within
    a group and over all rows, the mean over groups by size (Borgonovo 2007; Plischke, Borgonovo and Smith 2013,
    equation 26); 0 to 1. Densities are Gaussian kernel estimates with Silverman's bandwidth, no narrower than a step of the
    grid, so that a group in which the outcome does not vary counts as a peak. An outcome that is the same everywhere has delta 0.
    """
    if np.ptp(y) == 0.0:
        return np.zeros(groups.shape[1])
    grid = np.linspace(y.min(), y.max(), GRID_POINTS)
    weights = np.full(GRID_POINTS, grid[1] - grid[0])  # trapezoids
    weights[[0, -1]] *= 0.5
    overall = _density(y, grid)
    found = np.zeros(groups.shape[1])
    for j, column in enumerate(groups.T):
        for group in np.unique(column):
            within = y[column == group]
            area = float(np.abs(_density(within, grid) - overall) @ weights)
            found[j] += 0.5 * area * len(within) / len(y)
    return found


def _density(y: Floats, grid: Floats) -> Floats:
    """Gaussian kernel estimate of the density of y at the points of an even grid."""
    silverman = (0.75 * len(y)) ** -0.2 * float(y.std(ddof=1)) if len(y) > 1 else 0.0
    width = max(silverman, float(grid[1] - grid[0]))
    z = grid[:, None] - y
    z *= z
    z *= -0.5 / width**2
    return np.asarray(np.exp(z, out=z).sum(axis=1) / (len(y) * width * math.sqrt(2.0 * math.pi)))
