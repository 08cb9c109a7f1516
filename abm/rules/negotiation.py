"""Whether authorities agree: wills that wander and return, two thresholds, and the level that fits what experts expect.

The will of an authority is an Ornstein-Uhlenbeck process in units of its own stationary standard deviation, looked at every
:data:`STEP_DAYS`: ``w' = m + (w - m) a + sqrt(1 - a^2) z`` with ``a = exp(-step / memory)`` and z standard normal, which is exact
(Uhlenbeck and Ornstein 1930; Gillespie 1996). Its mean ``m`` is a level common to all whose consent one policy needs, plus what
gains and incidents add. The policy comes when the *least* will passes 0, and goes when it falls below ``-gap``.

The level is not observed. It is fitted: without gains or incidents, the probability that all agree at once at some step between
the earliest and the latest date is what experts gave. The wills are independent given the level, so that the survivors' joint
density lives on a grid of one axis per authority, and its transition is one matrix along each axis in turn.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]

#: Days between two looks at the wills: governments meet by the month.
STEP_DAYS = 30
#: Cells of the grid along each axis, by number of authorities: as many as keep a fit within a few seconds.
_CELLS = {1: 241, 2: 81, 3: 43, 4: 21}
#: The grid reaches this far from the mean, in standard deviations; the outermost cells hold what lies beyond.
_REACH = 3.5
#: Beyond these levels an agreement is as good as impossible, or as good as certain.
_FARTHEST = 6.0
#: A level is found to so much of a standard deviation; a coarse grid misses it by less than the second.
_TOLERANCE, _NEAR = 2e-3, 0.1


@dataclass(frozen=True, slots=True)
class WillParameters:
    """How wills move. memory_days: time in which a will returns to its mean (to 1/e of its distance); gap: between the
    thresholds, in standard deviations; dwell_days: shortest stay in a state; gain_weight: standard deviations that a whole
    saving (1) adds; incident_weight: standard deviations that a month full of incidents takes away. Raises ValueError outside
    what makes sense."""

    memory_days: float
    gap: float
    dwell_days: float
    gain_weight: float
    incident_weight: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.memory_days) and self.memory_days > 0.0):
            raise ValueError(f"memory_days must be > 0, not {self.memory_days}")
        for name in ("gap", "dwell_days", "gain_weight", "incident_weight"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{name} must be >= 0, not {value}")

    @property
    def persistence(self) -> float:
        """Correlation of a will with itself one step later."""
        return math.exp(-STEP_DAYS / self.memory_days)


def next_wills(wills: Floats, means: Floats, persistence: float, normals: Floats) -> Floats:
    """Wills one step later, all of one shape; standard deviation 1 around the means in the long run."""
    return means + (wills - means) * persistence + math.sqrt(1.0 - persistence**2) * normals


def means_of(level: float, gains: Floats, incident_share: float, parameters: WillParameters) -> Floats:
    """Means that the wills return to, (n_authorities,). gains: saving each anticipates beyond what experts knew, as a share;
    incident_share: part of the last step's days on which there was an incident."""
    return level + parameters.gain_weight * gains - parameters.incident_weight * incident_share


def agrees(is_agreed: bool, least_will: float, days_in_state: float, parameters: WillParameters) -> bool:
    """Whether the policy is agreed after this look: hysteresis between ``-gap`` and 0, and no change before ``dwell_days``."""
    if days_in_state < parameters.dwell_days:
        return is_agreed
    return least_will >= 0.0 or (is_agreed and least_will >= -parameters.gap)


def passage_probability(level: float, n_authorities: int, n_steps: int, persistence: float) -> float:
    """That the least of ``n_authorities`` stationary wills of this mean is >= 0 at one of ``n_steps`` looks, at least."""
    return _passage(level, n_authorities, n_steps, persistence, _CELLS[n_authorities])


def _passage(level: float, n_authorities: int, n_steps: int, persistence: float, n_cells: int) -> float:
    if n_steps <= 0:
        return 0.0
    start, transition, is_above = _grid(-level, n_cells, persistence)
    alive = start
    for _ in range(n_authorities - 1):
        alive = np.multiply.outer(alive, start)
    corner = np.ix_(*(np.flatnonzero(is_above),) * n_authorities)
    alive[corner] = 0.0
    for _ in range(n_steps - 1):
        for _ in range(n_authorities):  # the first axis moves and becomes the last: after a round all stand as before
            alive = np.tensordot(alive, transition, axes=(0, 0))
        alive[corner] = 0.0
    return 1.0 - float(alive.sum())


def _grid(threshold: float, n_cells: int, persistence: float) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Stationary mass of each cell, transition from cell to cell (rows sum to 1), and which cells lie above the threshold.

    An edge lies on the threshold. Mass stands in the middle of its cell, which adds the variance of a cell, width^2 / 12, at
    every step; the kernel is narrower by as much.
    """
    width = 2.0 * _REACH / n_cells
    first = threshold - math.floor((threshold + _REACH) / width) * width
    edges = first + width * np.arange(n_cells)
    middles = np.concatenate(([edges[0] - width / 2.0], edges + width / 2.0))
    spread = math.sqrt(max(1.0 - persistence**2 - width**2 / 12.0, (width / 8.0) ** 2))
    below = ndtr((edges[None, :] - persistence * middles[:, None]) / spread)
    return _masses(ndtr(edges)[None, :])[0], _masses(below), middles > threshold


def _masses(below: Floats) -> Floats:
    """Mass of each cell from the mass below each edge; (n, m) edges make (n, m + 1) cells."""
    n = below.shape[0]
    return np.diff(np.hstack([np.zeros((n, 1)), below, np.ones((n, 1))]), axis=1)


@lru_cache(maxsize=256)
def fitted_level(probability: float, n_authorities: int, n_steps: int, persistence: float) -> float:
    """The level at which :func:`passage_probability` is ``probability``; at the end of its range where none is.

    A coarse grid says about where, the fine one where.
    """

    def root(low: float, high: float, n_cells: int) -> float | None:
        def excess(level: float) -> float:
            return _passage(level, n_authorities, n_steps, persistence, n_cells) - probability

        return float(brentq(excess, low, high, xtol=_TOLERANCE)) if excess(low) < 0.0 < excess(high) else None

    coarse, fine = _CELLS[n_authorities] // 2, _CELLS[n_authorities]
    if n_steps <= 0 or _passage(-_FARTHEST, n_authorities, n_steps, persistence, coarse) >= probability:
        return -_FARTHEST
    if _passage(_FARTHEST, n_authorities, n_steps, persistence, coarse) <= probability:
        return _FARTHEST
    about = root(-_FARTHEST, _FARTHEST, coarse)
    found = None if about is None else root(about - _NEAR, about + _NEAR, fine)
    found = found if found is not None else root(-_FARTHEST, _FARTHEST, fine)
    return _FARTHEST if found is None else found
