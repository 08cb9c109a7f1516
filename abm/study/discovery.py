"""Scenario discovery: in which part of the space of factors an outcome reaches an end, so what one would have to believe.

Boxes are found by PRIM (:mod:`abm.study.prim`). "Between 20 and 25 %" is a band, and a band is no box: ask for ">= 20 %" and for
">= 25 %" (:func:`ends_of`).
"""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from abm.network.arcs import Floats
from abm.study.prim import MASS_MIN, Bools, Box, Space, find_boxes, limits_table, quasi_p_values, trajectory_table
from abm.study.sensitivity import arrays, generator

#: A box is sure enough when so many of its rows are of interest.
DENSE = 0.8
#: A limit stays if chance explains it with at most this probability, shared among all the limits that d factors may have (2 d).
SIGNIFICANT = 0.05
#: Parts into which rows are cut to judge boxes on rows that they were not found in.
FOLDS = 5
#: Fewer rows of interest, or fewer rows in a box, describe nothing.
FEWEST = 20


class Verdict(StrEnum):
    NONE = "none"  # no row is of interest
    FEW = "few"  # some are, fewer than FEWEST: too few for a box
    EVERYWHERE = "everywhere"  # so many are that no limit is needed
    BOX = "box"  # a box in which it is true for most rows
    LOOSE = "loose box"  # no box reaches DENSE: the knee of the trajectory
    NO_BOX = "no box"  # no limit means anything


@dataclass(frozen=True)
class Discovery:
    """Where an outcome reaches an end.

    rows with an outcome, of which of_interest reach the end; dropped: rows without an outcome. coverage: share of the rows of
    interest inside the box; density: share of the box's rows that are of interest; mass: share of all rows inside; nan
    without a box. held_back_coverage, held_back_density: of boxes found the same way in four fifths of the rows, judged on
    the fifth left out, five times over; free of the flattery of being judged on what one was fitted to; nan without limits.
    limits: see :func:`abm.study.prim.limits_table`. trajectory: see :func:`abm.study.prim.trajectory_table`; limits that
    chance explains are taken off the box afterwards, so that it may lie beside the trajectory. is_of_interest, is_in (all
    rows given): False where an outcome is missing.
    """

    verdict: Verdict
    rows: int
    of_interest: int
    dropped: int
    coverage: float
    density: float
    mass: float
    held_back_coverage: float
    held_back_density: float
    limits: pd.DataFrame
    trajectory: pd.DataFrame
    is_of_interest: Bools
    is_in: Bools

    @property
    def has_box(self) -> bool:
        """Whether there is a box with limits to show."""
        return self.verdict in (Verdict.BOX, Verdict.LOOSE)


def ends_of(
    x: pd.DataFrame, y: npt.ArrayLike, low: float, high: float, *, at_least: bool = True, seed: int = 1
) -> dict[str, Discovery]:
    """Discoveries for both ends of a band, ``low`` and ``high``; an end that is not finite is left out."""
    ends = {"low": low, "high": high}
    return {name: discover(x, y, end, at_least=at_least, seed=seed) for name, end in ends.items() if math.isfinite(end)}


def discover(x: pd.DataFrame, y: npt.ArrayLike, end: float, *, at_least: bool = True, seed: int = 1) -> Discovery:
    """Where the outcome y (rows,) is >= ``end`` (<= with ``at_least`` False), by the factors x (rows, d).

    The rule: of every box on PRIM's trajectory, first take off the limits that chance explains (quasi-p above 0.05 / 2 d, the
    worst first). Of those with density >= 0.8 choose the one that limits the fewest factors, then the one that covers most.
    If none is so dense, choose the knee: the box that gains most density over the straight line from the whole space to the
    trajectory's end. A box holds at least 5 % of the rows, or half as many as are of interest if that is less, and never
    under 20. Deterministic for a given ``seed``, which cuts the fifths. Raises CaravanError unless x and y are of one length.
    """
    values, outcome = arrays(x, y)
    known = np.isfinite(outcome)
    hit = known & (outcome >= end if at_least else outcome <= end)
    n, hits = int(known.sum()), int(hit.sum())
    space = Space.of(pd.DataFrame(values[known], columns=x.columns), hit[known])
    is_in = np.zeros(len(known), dtype=np.bool_)
    box = space.whole
    boxes: tuple[Box, ...] = (box,)
    verdict = Verdict.FEW if hits else Verdict.NONE
    elsewhere = math.nan, math.nan
    if hits >= FEWEST:
        boxes = find_boxes(space, smallest_mass(n, hits))
        box = choose(space, boxes)
        verdict = _verdict(space, box)
        is_in[known] = box.is_in
        if space.restricted(box):
            elsewhere = held_back(space, seed)
    told = (space.coverage(box), space.density(box), box.rows / n) if hits >= FEWEST else (math.nan,) * 3
    return Discovery(
        verdict, n, hits, len(known) - n, *told, *elsewhere, limits_table(space, box), trajectory_table(space, boxes), hit, is_in
    )  # fmt: skip


def smallest_mass(n: int, hits: int) -> float:
    """Smallest share of n rows that a box may hold, see :func:`discover`."""
    return max(min(MASS_MIN, 0.5 * hits / n), FEWEST / n)


def choose(space: Space, boxes: tuple[Box, ...]) -> Box:
    """The box that is shown, by the rule of :func:`discover`."""
    candidates = [pruned(space, box) for box in boxes]
    dense = [box for box in candidates if space.density(box) >= DENSE]
    if dense:
        return min(dense, key=lambda box: (len(space.restricted(box)), -space.coverage(box), -space.density(box)))
    return candidates[_knee(space, candidates)]


def _knee(space: Space, boxes: list[Box]) -> int:
    """Number of the box farthest above the line from the first to the last in the plane of coverage and density; or the last."""
    lost = np.array([1.0 - space.coverage(box) for box in boxes])
    density = np.array([space.density(box) for box in boxes])
    if lost[-1] == 0.0:
        return len(boxes) - 1
    above = density - (density[0] + (density[-1] - density[0]) * lost / lost[-1])
    best = int(np.argmax(above))
    return best if above[best] > 0.0 else len(boxes) - 1


def pruned(space: Space, box: Box) -> Box:
    """The box without the limits that chance explains: the one with the largest quasi-p goes first, until all are significant."""
    while chances := quasi_p_values(space, box):
        worst = max(chances, key=lambda limit: chances[limit])
        if chances[worst] <= SIGNIFICANT / (2 * space.x.shape[1]):
            break
        box = space.freed(box, *worst)
    return box


def _verdict(space: Space, box: Box) -> Verdict:
    if not space.restricted(box):
        return Verdict.EVERYWHERE if space.density(box) >= DENSE else Verdict.NO_BOX
    return Verdict.BOX if space.density(box) >= DENSE else Verdict.LOOSE


def held_back(space: Space, seed: int) -> tuple[float, float]:
    """Coverage and density of boxes that are found without a fifth of the rows, in that fifth, over all five; nan where empty."""
    order = generator(seed, "held back").permutation(len(space.x))
    inside = met = 0
    for left_out in np.array_split(order, FOLDS):
        rest = _part(space, np.setdiff1d(order, left_out))
        hits = int(rest.is_of_interest.sum())
        if hits:
            box = choose(rest, find_boxes(rest, smallest_mass(len(rest.x), hits)))
            is_in = rest.inside(box, space.x[left_out])
            inside += int(is_in.sum())
            met += int((is_in & space.is_of_interest[left_out]).sum())
    return met / int(space.is_of_interest.sum()), met / inside if inside else math.nan


def _part(space: Space, rows: npt.NDArray[np.int64]) -> Space:
    values: Floats = space.x[rows]
    return Space(values, space.names, space.is_of_interest[rows], space.discrete)


def in_words(found: Discovery, what: str = "reach it") -> str:
    """The discovery in a sentence or two; ``what`` worlds of interest do ("grow by 20 % a year or more")."""
    of_all = f"{found.of_interest:,} of {found.rows:,} worlds {what}"
    match found.verdict:
        case Verdict.NONE:
            return f"None of {found.rows:,} worlds {what}: nothing within these ranges brings it about."
        case Verdict.FEW:
            return f"{of_all}: too few to say what they have in common."
        case Verdict.EVERYWHERE:
            return f"{of_all}: no factor has to lie in a particular part of its range."
        case Verdict.NO_BOX:
            return f"{of_all}, and no part of the ranges holds clearly more of them."
    limits = " and ".join(limit_words(str(name), row) for name, row in found.limits.to_dict("index").items())
    inside = f"Where {limits}, {found.density:.0%} of worlds do"
    if not math.isnan(found.held_back_density):
        inside += f" (about {found.held_back_density:.0%} in worlds not used to find this)"
    loose = "" if found.verdict is Verdict.BOX else " No box is surer without losing much."
    return f"{of_all}. {inside}; these are {found.coverage:.0%} of all that do.{loose}"


def limit_words(name: str, row: Mapping[Hashable, Any]) -> str:
    """One factor's limits as a condition, such as ``sigma >= 3.2`` or ``0.1 <= phi <= 0.4``."""
    if row["choices"]:
        return f"{name} is {' or '.join(f'{choice:g}' for choice in row['choices'])}"
    low, high = f"{row['low']:.3g}", f"{row['high']:.3g}"
    if math.isnan(row["high_quasi_p"]):
        return f"{name} >= {low}"
    if math.isnan(row["low_quasi_p"]):
        return f"{name} <= {high}"
    return f"{low} <= {name} <= {high}"
