"""PRIM, the patient rule induction method (Friedman and Fisher 1999): boxes in the space of factors where something comes true.

Peeling takes a thin slice off one side of a box after another, the one that raises the share of rows of interest the most for
each row lost, until nothing helps or the box is as small as allowed; pasting then puts slices back while that raises the
share. Every box on the way is kept: a reader chooses between covering much and being sure (Bryant and Lempert 2010). Peels,
pastes and their scores are those of EMA Workbench's default (``lenient1``), so that its boxes and ours are the same; here a
discrete factor loses one choice at a time.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom

from abm.network.arcs import Floats
from abm.study.given_data import is_discrete

#: Share of a box's rows that a peel takes off, and of the rows beside it that a paste brings back.
ALPHA = 0.05
#: Smallest share of all rows that a box may hold.
MASS_MIN = 0.05
TRAJECTORY_COLUMNS = ["coverage", "density", "mass", "restricted", "rows", "of_interest"]
LIMIT_COLUMNS = ["low", "high", "choices", "low_quasi_p", "high_quasi_p"]

type Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Box:
    """The part of the space of factors between ``low`` and ``high`` (d,), both included; -inf and inf where it has no limit. Of
    discrete factors (by number) the ``choices`` that are left. ``is_in`` (rows,): the rows inside."""

    low: Floats
    high: Floats
    choices: dict[int, frozenset[float]]
    is_in: Bools

    @property
    def rows(self) -> int:
        """Number of rows inside."""
        return int(np.count_nonzero(self.is_in))


@dataclass(frozen=True, eq=False)
class Space:
    """Rows of a design, x (rows, d) with ``names``, and which are of interest, (rows,)."""

    x: Floats
    names: tuple[str, ...]
    is_of_interest: Bools
    discrete: dict[int, frozenset[float]]

    @classmethod
    def of(cls, x: pd.DataFrame, is_of_interest: npt.ArrayLike) -> "Space":
        """The space of a table of factors; a factor of few values is discrete."""
        values = x.to_numpy(dtype=np.float64)
        discrete = {j: frozenset(np.unique(c).tolist()) for j, c in enumerate(values.T) if is_discrete(c)}
        return cls(values, tuple(map(str, x.columns)), np.asarray(is_of_interest, dtype=np.bool_), discrete)

    @cached_property
    def ends(self) -> Floats:
        """Lowest and highest value of each factor, (2, d)."""
        return np.stack([self.x.min(axis=0), self.x.max(axis=0)]) if self.x.size else np.zeros((2, self.x.shape[1]))

    @property
    def whole(self) -> Box:
        """The box without limits."""
        n, d = self.x.shape
        return Box(np.full(d, -np.inf), np.full(d, np.inf), dict(self.discrete), np.ones(n, dtype=np.bool_))

    def hits(self, box: Box) -> int:
        """Rows of interest inside."""
        return int(np.count_nonzero(self.is_of_interest & box.is_in))

    def density(self, box: Box) -> float:
        """Share of the box's rows that are of interest."""
        return self.hits(box) / box.rows if box.rows else 0.0

    def coverage(self, box: Box) -> float:
        """Share of the rows of interest that the box holds."""
        return self.hits(box) / max(1, int(np.count_nonzero(self.is_of_interest)))

    def restricted(self, box: Box) -> list[int]:
        """Numbers of the factors that the box limits."""
        return [j for j in range(self.x.shape[1]) if any(True for _ in self.sides(box, j))]

    def sides(self, box: Box, j: int) -> Iterator[str]:
        """Limits of the box in factor j, which shut out sampled values: ``low``, ``high``, or ``choices``."""
        if j in self.discrete:
            if box.choices[j] != self.discrete[j]:
                yield "choices"
            return
        if box.low[j] > self.ends[0, j]:
            yield "low"
        if box.high[j] < self.ends[1, j]:
            yield "high"

    def limited(self, box: Box, j: int, side: str, to: float | frozenset[float]) -> Box:
        """The box with one limit moved."""
        if isinstance(to, frozenset):
            moved = replace(box, choices=box.choices | {j: to})
        else:
            ends = getattr(box, side).copy()
            ends[j] = to
            moved = replace(box, **{side: ends})
        return replace(moved, is_in=self.inside(moved))

    def freed(self, box: Box, j: int, side: str) -> Box:
        """The box without one of its limits."""
        return self.limited(box, j, side, {"low": -np.inf, "high": np.inf}.get(side, self.discrete.get(j, 0.0)))

    def inside(self, box: Box, x: Floats | None = None) -> Bools:
        """Which rows, of this space or of another table of the same factors, lie in a box."""
        rows = self.x if x is None else x
        found = np.asarray(((rows >= box.low) & (rows <= box.high)).all(axis=1))
        for j, choices in box.choices.items():
            if choices != self.discrete[j]:
                found &= np.isin(rows[:, j], list(choices))
        return found


def find_boxes(space: Space, mass_min: float = MASS_MIN) -> tuple[Box, ...]:
    """The trajectory: the whole space, each box after a peel, then each after a paste. ``mass_min``: as :data:`MASS_MIN`."""
    boxes = [space.whole]
    while (box := _best(space, boxes[-1], _peels(space, boxes[-1]))) and box.rows >= mass_min * len(space.x):
        boxes.append(box)
    while (box := _best(space, boxes[-1], _pastes(space, boxes[-1]))) and box.rows > boxes[-1].rows:
        boxes.append(box)
    return tuple(boxes)


def _best(space: Space, box: Box, candidates: Iterator[Box]) -> Box | None:
    """The candidate with the largest gain in density for each row that it loses or wins; of equal ones the one that limits fewer
    factors, then the first. None if no one gains."""
    best, best_score = None, (0.0, -math.inf)
    density = space.density(box)
    for candidate in candidates:
        change = abs(candidate.rows - box.rows)
        gain = (space.density(candidate) - density) / change if change else 0.0
        if gain <= 0.0 or gain < best_score[0]:
            continue
        score = gain, float(-len(space.restricted(candidate)))
        if score > best_score:
            best, best_score = candidate, score
    return best


def _peels(space: Space, box: Box) -> Iterator[Box]:
    inside = space.x[box.is_in]
    for j in range(space.x.shape[1]):
        if j not in space.discrete:
            column = np.sort(inside[:, j])
            yield _cut(space, box, j, "high", between(column, 1.0 - ALPHA))
            yield _cut(space, box, j, "low", between(column, ALPHA))
    for j in space.discrete:
        for choice in sorted(box.choices[j]) if len(box.choices[j]) > 1 else ():
            is_in = box.is_in & (space.x[:, j] != choice)
            yield replace(box, choices=box.choices | {j: box.choices[j] - {choice}}, is_in=is_in)


def _cut(space: Space, box: Box, j: int, side: str, to: float) -> Box:
    """As ``space.limited`` where the limit moves inwards: rows can only fall out, which is faster to tell."""
    ends = getattr(box, side).copy()
    ends[j] = to
    column = space.x[:, j]
    is_in = box.is_in & ((column <= to) if side == "high" else (column >= to))
    return replace(box, **{side: ends}, is_in=is_in)


def _pastes(space: Space, box: Box) -> Iterator[Box]:
    for j in space.restricted(box):
        if j in space.discrete:
            for choice in sorted(space.discrete[j] - box.choices[j]):
                yield space.limited(box, j, "choices", box.choices[j] | {choice})
            continue
        for side in ("low", "high"):
            beside = space.x[space.freed(box, j, side).is_in, j]
            beside = np.sort(beside[beside <= box.low[j]] if side == "low" else beside[beside >= box.high[j]])
            if beside.size:
                yield space.limited(box, j, side, between(beside, 1.0 - ALPHA if side == "low" else ALPHA))
            else:
                yield space.freed(box, j, side)


def between(ordered: Floats, q: float) -> float:
    """The middle between the two values of ``ordered`` around its quantile q (as in sdtoolkit and EMA Workbench).

    Where these two are equal, the first different value takes the place of one of them: from below for q > 0.5, from above
    otherwise; if there is none, the value itself.
    """
    place = (len(ordered) - 1) * q
    below, above = math.floor(place), math.ceil(place)
    if ordered[below] == ordered[above]:
        if q > 0.5:
            below = max(int(np.searchsorted(ordered, ordered[above], side="left")) - 1, 0)
        else:
            above = min(int(np.searchsorted(ordered, ordered[below], side="right")), len(ordered) - 1)
    return float((ordered[below] + ordered[above]) / 2.0)


def quasi_p_values(space: Space, box: Box) -> dict[tuple[int, str], float]:
    """For each limit, (factor, side): how likely the box would hold so many rows of interest if that limit meant nothing.

    The chance of its hits or more, were each of its rows of interest as often as in the box without the limit (one-sided binomial
    test, Bryant and Lempert 2010).
    """
    limits = [(j, side) for j in space.restricted(box) for side in space.sides(box, j)]
    if not limits:
        return {}
    shut_out = np.array([_shut_out(space, box, j, side) for j, side in limits])
    without = shut_out.sum(axis=0) - shut_out == 0  # (limits, rows): let in by all the other limits
    share = (without & space.is_of_interest).sum(axis=1) / np.maximum(without.sum(axis=1), 1)
    chances = binom.sf(space.hits(box) - 1, box.rows, share)
    return {limit: float(p) for limit, p in zip(limits, chances, strict=True)}


def _shut_out(space: Space, box: Box, j: int, side: str) -> Bools:
    """Rows that one limit shuts out."""
    column = space.x[:, j]
    if side == "choices":
        return ~np.isin(column, list(box.choices[j]))
    return np.asarray(column < box.low[j] if side == "low" else column > box.high[j])


def trajectory_table(space: Space, boxes: tuple[Box, ...]) -> pd.DataFrame:
    """One row a box. coverage: share of all rows of interest inside; density: share of the rows inside that are of interest;
    mass: share of all rows inside; restricted: factors that it limits; rows and of_interest inside."""
    n = max(1, len(space.x))
    rows = [
        (space.coverage(box), space.density(box), box.rows / n, len(space.restricted(box)), box.rows, space.hits(box))
        for box in boxes
    ]
    return pd.DataFrame(rows, columns=TRAJECTORY_COLUMNS)


def limits_table(space: Space, box: Box) -> pd.DataFrame:
    """Limits of a box, index ``factor``, the factor whose limits mean most first.

    low, high: where the box begins and ends, the sampled range's own end where it has no limit. choices: those left of a discrete
    factor, smallest first, else empty. low_quasi_p, high_quasi_p: see :func:`quasi_p_values`, small when the limit matters, nan
    where there is none; both the same for choices.
    """
    rows, chances = [], quasi_p_values(space, box)
    for j in space.restricted(box):
        p = {side: chances[j, side] for side in space.sides(box, j)}
        if j in space.discrete:
            choices = tuple(sorted(box.choices[j]))
            rows.append((choices[0], choices[-1], choices, p["choices"], p["choices"]))
        else:
            low, high = max(box.low[j], space.ends[0, j]), min(box.high[j], space.ends[1, j])
            rows.append((float(low), float(high), (), p.get("low", math.nan), p.get("high", math.nan)))
    names = pd.Index([space.names[j] for j in space.restricted(box)], name="factor", dtype="object")
    table = pd.DataFrame(rows, columns=LIMIT_COLUMNS, index=names)
    order = table[["low_quasi_p", "high_quasi_p"]].min(axis=1).argsort(kind="stable")
    return table.iloc[order.to_numpy()]
