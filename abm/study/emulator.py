"""A cheap stand-in for the model: an additive curve per factor, fitted to rows of a sweep and checked on rows it has not seen.

``y = a + sum_j (b_j z_j + c_j (3 z_j^2 - 1) / 2)`` with z_j the factor scaled to -1..1 over its range; ridge regression whose
strength is the best by generalised cross-validation (Golub, Heath and Wahba 1979). Out-of-sample R2 by five folds, each fitted
without its own rows. Additive: what factors do together is left out, and lowers that R2.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abm.network.arcs import Floats
from abm.study.plan import Factor

#: Rows below which no emulator is fitted.
FEWEST_ROWS = 30
#: Out-of-sample R2 from which on an emulator is believed.
GOOD_R2 = 0.7
_FOLDS = 5
_STRENGTHS = np.geomspace(1e-3, 1e4, 22)
#: A value further away than so many times the factor's half range is no value at all.
_FAR = 100.0


@dataclass(frozen=True)
class Emulator:
    """``mean`` of the rows' outcomes; ``slopes``, ``curves`` (factors,): b and c; ``centres`` (factors,): mean over the rows of
    each factor's curve; ``r2``: out of sample, nan where there are too few rows."""

    factors: tuple[Factor, ...]
    mean: float
    slopes: Floats
    curves: Floats
    centres: Floats
    r2: float

    @property
    def is_good(self) -> bool:
        """Whether it predicts rows that it has not seen."""
        return self.r2 >= GOOD_R2

    def effect(self, j: int, value: float) -> float:
        """Mean outcome when factor ``j`` has ``value`` and the others are as in the rows; a straight line outside its range."""
        z = _scaled(self.factors[j], np.array([value]))[0]
        inside = min(max(z, -1.0), 1.0)
        b, c = self.slopes[j], self.curves[j]
        curve = b * inside + c * (3.0 * inside**2 - 1.0) / 2.0 + (b + 3.0 * c * inside) * (z - inside)
        return float(self.mean - self.centres[j] + curve)

    def value_for(self, j: int, outcome: float) -> float:
        """The value of factor ``j`` nearest to its range at which the mean outcome is ``outcome``; nan: none does."""
        b, c = float(self.slopes[j]), float(self.curves[j])
        rest = float(self.mean - self.centres[j]) - outcome
        roots = np.roots([1.5 * c, b, rest - 0.5 * c])
        inside = [float(root.real) for root in roots if abs(root.imag) < 1e-9 and abs(root.real) <= 1.0]
        ends = [self._beyond(end, b, c, rest) for end in (-1.0, 1.0)]
        found = inside or [z for z in ends if math.isfinite(z)]
        factor = self.factors[j]
        z = min(found, key=abs, default=math.nan)
        return factor.low + (z + 1.0) / 2.0 * (factor.high - factor.low)

    @staticmethod
    def _beyond(end: float, b: float, c: float, rest: float) -> float:
        """Where the straight line from one end of the range reaches the outcome; nan if it leads away, or too far."""
        at, slope = rest + b * end + c, b + 3.0 * c * end
        z = end - at / slope if slope else math.nan
        return z if math.isfinite(z) and z * end >= 1.0 and abs(z) <= _FAR else math.nan


def fitted(x: Floats, y: Floats, factors: Sequence[Factor], seed: int = 1) -> Emulator:
    """An emulator of ``y`` (rows,) by ``x`` (rows, factors), in the units of the factors; the folds are drawn by ``seed``."""
    columns = _columns(x, factors)
    r2 = _out_of_sample(columns, y, seed) if y.size >= FEWEST_ROWS else math.nan
    weights = _ridge(columns, y) if y.size >= FEWEST_ROWS else np.zeros(columns.shape[1])
    slopes, curves = weights[: len(factors)], weights[len(factors) :]
    means = columns.mean(axis=0) * weights
    centres = means[: len(factors)] + means[len(factors) :]
    return Emulator(tuple(factors), float(y.mean()), slopes, curves, centres, r2)


def _scaled(factor: Factor, values: Floats) -> Floats:
    return np.asarray(2.0 * (values - factor.low) / (factor.high - factor.low) - 1.0, dtype=np.float64)


def _columns(x: Floats, factors: Sequence[Factor]) -> Floats:
    """z of every factor, then (3 z^2 - 1) / 2 of every factor: (rows, 2 factors)."""
    z = np.column_stack([_scaled(factor, x[:, j]) for j, factor in enumerate(factors)])
    return np.hstack([z, (3.0 * z**2 - 1.0) / 2.0])


def _ridge(columns: Floats, y: Floats) -> Floats:
    """Weights of the centred columns at the strength with the least generalised cross-validation error."""
    centred, target = columns - columns.mean(axis=0), y - y.mean()
    u, s, vt = np.linalg.svd(centred, full_matrices=False)
    seen = u.T @ target
    unseen = float(target @ target - seen @ seen)  # what no weights explain
    kept = s**2 / (s**2 + _STRENGTHS[:, None])
    errors = (((1.0 - kept) * seen) ** 2).sum(axis=1) + unseen
    free = y.size - 1.0 - kept.sum(axis=1)
    score = np.where(free > 0.0, errors / np.maximum(free, 1e-9) ** 2, np.inf)
    best = _STRENGTHS[int(np.argmin(score))]
    return np.asarray(vt.T @ (s / (s**2 + best) * seen), dtype=np.float64)


def _out_of_sample(columns: Floats, y: Floats, seed: int) -> float:
    """1 - squared error over squared deviation, each row predicted without its fold; nan where nothing varies."""
    if float(y.std()) <= 1e-12 * max(abs(float(y.mean())), 1e-300):
        return math.nan
    fold = np.random.default_rng(seed).permutation(y.size) % _FOLDS
    missed = np.empty(y.size)
    for number in range(_FOLDS):
        own, rest = fold == number, fold != number
        weights = _ridge(columns[rest], y[rest])
        predicted = y[rest].mean() + (columns[own] - columns[rest].mean(axis=0)) @ weights
        missed[own] = y[own] - predicted
    return float(1.0 - (missed**2).sum() / ((y - y.mean()) ** 2).sum())
