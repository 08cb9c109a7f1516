"""Iterative proportional fitting: the table nearest to a seed that meets given totals.

Deming and Stephan (1940); Ireland and Kullback (1968). A margin gives some groups of cells their totals: any grouping of the
cells, not only rows and columns; other cells stay free. Each sweep scales the groups of one margin after the other. Where the
margins are compatible the limit minimises the relative entropy ``sum x log(x / seed) - x + seed`` under them, so the seed's
odds ratios survive. Zeros of the seed stay zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Label of a cell that a margin leaves free.
FREE = -1


@dataclass(frozen=True, slots=True)
class Margin:
    """Totals of groups of cells.

    labels: shape of the seed; row of ``totals``, or ``FREE``. totals: one number per group, >= 0, in the unit of the seed.
    """

    name: str
    labels: Ints
    totals: Floats

    def sums(self, table: Floats) -> Floats:
        """Present totals of the groups, in the order of ``totals``."""
        bound = self.labels != FREE
        return np.bincount(self.labels[bound], weights=table[bound], minlength=self.totals.size)


@dataclass(frozen=True, slots=True)
class Balanced:
    """The fitted table; ``residuals[margin][group]`` = total reached - total wanted, in the unit of the seed."""

    table: Floats
    residuals: dict[str, Floats]
    sweeps: int
    worst_share: float
    converged: bool


def axis_margin(name: str, shape: tuple[int, ...], axes: Sequence[int], totals: Floats) -> Margin:
    """Margin over whole axes (ascending): ``totals`` has the lengths of ``axes``, nan leaves that group free.

    Raises ``ValueError`` where the axes are not ascending or the shapes disagree.
    """
    wanted = np.asarray(totals, dtype=np.float64)
    if list(axes) != sorted(set(axes)):
        raise ValueError(f"margin {name}: axes {tuple(axes)} must ascend")
    if wanted.shape != tuple(shape[axis] for axis in axes):
        raise ValueError(f"margin {name}: totals of shape {wanted.shape} do not fit axes {tuple(axes)} of {shape}")
    known = ~np.isnan(wanted)
    groups = np.full(wanted.shape, FREE, dtype=np.int64)
    groups[known] = np.arange(int(known.sum()))
    view = tuple(length if axis in axes else 1 for axis, length in enumerate(shape))
    return Margin(name, np.broadcast_to(groups.reshape(view), shape).copy(), wanted[known])


def balance(seed: Floats, margins: Sequence[Margin], *, sweeps: int = 2000, tolerance: float = 1e-9) -> Balanced:
    """Scale ``seed`` (any shape, >= 0) until every margin holds within ``tolerance`` (a share of its total).

    Margins that contradict each other do not raise: the residuals say by how much, the last margin in the list holds exactly.
    Raises ``ValueError`` for a negative or infinite seed or total, labels of another shape, or a positive total over zero cells.
    """
    table = np.array(seed, dtype=np.float64)
    for margin in margins:
        _refuse(table, margin)
    worst, done = _worst_share(table, margins), 0
    while worst > tolerance and done < sweeps:
        for margin in margins:
            reached = margin.sums(table)
            factors = np.divide(margin.totals, reached, out=np.ones_like(reached), where=reached > 0.0)
            table *= np.append(factors, 1.0)[margin.labels]
        worst, done = _worst_share(table, margins), done + 1
    residuals = {margin.name: margin.sums(table) - margin.totals for margin in margins}
    return Balanced(table, residuals, done, worst, worst <= tolerance)


def _worst_share(table: Floats, margins: Sequence[Margin]) -> float:
    """Largest absolute residual as a share of its total (of one unit where the total is 0)."""
    worst = 0.0
    for margin in margins:
        size = np.where(margin.totals > 0.0, margin.totals, 1.0)
        worst = max(worst, float(np.max(np.abs(margin.sums(table) - margin.totals) / size, initial=0.0)))
    return worst


def _refuse(table: Floats, margin: Margin) -> None:
    if not np.all(np.isfinite(table)) or np.any(table < 0.0):
        raise ValueError("the seed must be finite and not negative")
    if margin.labels.shape != table.shape:
        raise ValueError(f"margin {margin.name}: labels of shape {margin.labels.shape}, seed of shape {table.shape}")
    if not np.all(np.isfinite(margin.totals)) or np.any(margin.totals < 0.0):
        raise ValueError(f"margin {margin.name}: totals must be finite and not negative")
    if margin.labels.max(initial=FREE) >= margin.totals.size or margin.labels.min(initial=FREE) < FREE:
        raise ValueError(f"margin {margin.name}: a label names no total")
    empty = np.flatnonzero((margin.totals > 0.0) & (margin.sums(table) <= 0.0))
    if empty.size:
        raise ValueError(f"margin {margin.name}: group {int(empty[0])} has a total but no cell above zero")
