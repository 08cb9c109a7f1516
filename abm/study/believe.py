"""What one has to believe for a claim to come true: the plainest statement about a single factor, or that there is none.

For each factor and side, thresholds that keep 90, 80, ... 5 % of the points; the statement of a factor is the least demanding
one beyond which the claim is reached in half of the worlds or more. The plainest keeps most points. So many thresholds are
tried that chance alone would bring some about: a statement stands only if the Wilson interval of its share, at a level
divided by the number of thresholds (Bonferroni), lies above the share of all points.

Where no factor does it, the best that any does is told, and, from an additive emulator that predicts rows it has not seen, which
value a factor would have to take: outside its range, or outside all that it can mean, as often as not.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from abm.corridor.assumptions import domain
from abm.network.arcs import Bools, Floats
from abm.randomness import inverse_normal
from abm.study.claims import Ends, Judgement, ends_of, independent_points
from abm.study.emulator import GOOD_R2, Emulator, fitted
from abm.study.estimates import LEVEL, Estimate, defined, paired, wilson
from abm.study.plan import Factor, Plan
from abm.study.verdicts import least, percent, signed

#: A claim comes about where it is reached in this share of worlds.
HALF = 0.5
#: Points beyond a threshold below which nothing is said of them.
FEWEST_POINTS = 20
#: Parts of the points that thresholds keep, plainest first.
KEEPS = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05)
#: Values that factors would have to take that are told.
_MOST_VALUES = 3
_FIGURES = 3


@dataclass(frozen=True, slots=True)
class Statement:
    """Beyond ``threshold`` of ``factor`` (at least, or at most) lie ``points`` points, a share ``keeps``; there the claim is
    ``reached`` in that share of worlds (Wilson, 95 %) and the mean is ``mean``. ``size``: independent points among them."""

    factor: str
    is_at_least: bool
    threshold: float
    points: int
    size: float
    keeps: float
    reached: Estimate
    mean: float

    @property
    def text(self) -> str:
        """``sigma is at least 4.8``."""
        return f"{self.factor} is {'at least' if self.is_at_least else 'at most'} {self.threshold:g}"


@dataclass(frozen=True, slots=True)
class Value:
    """What ``factor`` would have to be for the mean to reach the claim. low, high: its range in the plan; ``rule``: what such a
    value breaks, if it has no meaning at all."""

    factor: str
    value: float
    low: float
    high: float
    rule: str

    @property
    def is_inside(self) -> bool:
        """Whether the plan draws such values."""
        return self.low <= self.value <= self.high

    @property
    def distance(self) -> float:
        """From the middle of the range, in ranges: up to one half is inside."""
        return abs(self.value - (self.low + self.high) / 2.0) / (self.high - self.low)

    @property
    def text(self) -> str:
        """``sigma 9.4 (outside its range, 2 to 6)``."""
        where = f"{'within' if self.is_inside else 'outside'} its range, {self.low:g} to {self.high:g}"
        return f"{self.factor} {self.value:g} ({where}{f', and without meaning: {self.rule}' if self.rule else ''})"


@dataclass(frozen=True)
class Belief:
    """``reached`` over all points; ``mean`` over them. ``meanings``: of factors. ``statements``: one a factor at most, plainest
    first. ``best``: the threshold with the mean nearest to the claim, if it differs from the mean by more than chance.
    ``values``: nearest to their ranges first, only of a good emulator; ``r2``: of that, out of sample."""

    judgement: Judgement
    points: int
    mean: float
    reached: Estimate
    meanings: Mapping[str, str]
    statements: tuple[Statement, ...] = ()
    best: Statement | None = None
    values: tuple[Value, ...] = ()
    r2: float = math.nan

    @property
    def text(self) -> str:
        """What one has to believe, in words."""
        return _text(self)


def believed(
    plan: Plan,
    points: pd.DataFrame,
    outcomes: pd.DataFrame,
    judgement: Judgement,
    base_year: Mapping[str, float] | None = None,
) -> Belief:
    """What one has to believe for the claim of a judgement. points: index point, one column a factor."""
    claim, one = judgement.claim, judgement
    every = paired(outcomes, claim.metric, claim.outcome, one.of, one.window, one.arm.name, claim.against, base_year)
    pairs, ends = defined(every), ends_of(claim)
    hit = pairs.assign(hit=ends.reached(pairs["value"].to_numpy(dtype=np.float64)).astype(np.float64))
    by_point = hit.groupby("point", sort=True)[["value", "hit"]].mean()
    factors = [factor for factor in plan.factors if factor.low < factor.high]
    x = points.loc[by_point.index, [factor.name for factor in factors]].to_numpy(dtype=np.float64)
    y, p = (by_point[name].to_numpy(dtype=np.float64) for name in ("value", "hit"))
    most, n = independent_points(plan), len(by_point)
    weight = 1.0 if most is None or most >= n else most / n
    meanings = {row.name: row.meaning for row in plan.case.assumptions}
    share, mean = (float(p.mean()), float(y.mean())) if n else (math.nan, math.nan)
    known = Belief(one, n, mean, Estimate(share, *wilson(share, n * weight)), meanings)
    if n < FEWEST_POINTS or share >= HALF or not factors:
        return known
    tried = tried_out(factors, x, y, p, weight)
    if statements := standing(tried, share):
        return replace(known, statements=statements)
    emulator = fitted(x, y, factors)
    values = _values(emulator, ends) if emulator.is_good else ()
    return replace(known, best=_best(tried, y, ends.sign), values=values, r2=emulator.r2)


# ---------------------------------------------------------------------------------------------------------- thresholds
type Threshold = tuple[Factor, bool, float, Bools]


def tried_out(factors: Sequence[Factor], x: Floats, y: Floats, p: Floats, weight: float = 1.0) -> list[Statement]:
    """A statement for every threshold of every factor, whether the claim comes about beyond it or not.

    x (points, factors); y (points,): the figure; p (points,): share of a point's worlds that reach the claim; ``weight``: of a
    point, in independent points.
    """
    return [_statement(threshold, y, p, weight) for threshold in _thresholds(factors, x)]


def _thresholds(factors: Sequence[Factor], x: Floats) -> Iterator[Threshold]:
    """(factor, at least or at most, threshold to three figures, points beyond it), plainest first, none twice."""
    for j, factor in enumerate(factors):
        column, seen = x[:, j], set()
        for is_at_least in (True, False):
            for keep in KEEPS:
                exact = float(np.quantile(column, 1.0 - keep if is_at_least else keep))
                threshold = exact if factor.choices else rounded(exact)
                inside = column >= threshold if is_at_least else column <= threshold
                key = (is_at_least, int(inside.sum()))
                if FEWEST_POINTS <= key[1] < column.size and key not in seen:
                    seen.add(key)
                    yield factor, is_at_least, threshold, inside


def rounded(value: float) -> float:
    """To three significant figures, as it is told."""
    return float(f"{value:.{_FIGURES}g}")


def _statement(tried: Threshold, y: Floats, p: Floats, weight: float) -> Statement:
    factor, is_at_least, threshold, inside = tried
    n, share = int(inside.sum()), float(p[inside].mean())
    reached = Estimate(share, *wilson(share, n * weight))
    return Statement(
        factor.name, is_at_least, threshold, n, n * weight, n / inside.size, reached, float(y[inside].mean())
    )


def standing(tried: Sequence[Statement], share: float) -> tuple[Statement, ...]:
    """The least demanding statement of each factor that chance did not bring about, plainest first; ``share``: of all points."""
    found: dict[str, Statement] = {}
    level = 1.0 - (1.0 - LEVEL) / max(len(tried), 1)
    for said in tried:
        if said.reached.value < HALF or wilson(said.reached.value, said.size, level)[0] <= share:
            continue
        known = found.get(said.factor)
        if known is None or said.keeps > known.keeps:
            found[said.factor] = said
    return tuple(sorted(found.values(), key=lambda said: (-said.keeps, -said.reached.value, said.factor)))


def _best(tried: Sequence[Statement], y: Floats, sign: int) -> Statement | None:
    """The threshold with the best mean, if it differs from the mean of all by more than chance among so many."""
    if not tried:
        return None
    said = max(tried, key=lambda one: sign * one.mean)
    z = inverse_normal(1.0 - (1.0 - LEVEL) / 2.0 / len(tried))
    differs = sign * (said.mean - float(y.mean())) > z * float(y.std(ddof=1)) / math.sqrt(said.size)
    return said if differs else None


# ---------------------------------------------------------------------------------------------------------- values
def _values(emulator: Emulator, ends: Ends) -> tuple[Value, ...]:
    """What each factor would have to be, those within reach first; factors of which no value would do are left out."""
    found = []
    for j, factor in enumerate(emulator.factors):
        value = rounded(emulator.value_for(j, ends.near))
        if math.isfinite(value) and not factor.choices:
            found.append(Value(factor.name, value, factor.low, factor.high, domain(factor.name).rule(value)))
    return tuple(sorted(found, key=lambda one: one.distance))


# ---------------------------------------------------------------------------------------------------------- words
def _text(belief: Belief) -> str:
    one, share = belief.judgement, belief.reached
    goal = f"the claim ({least(one)}) is reached"
    if belief.points < FEWEST_POINTS:
        return f"Too few points ({belief.points}) to say what one would have to believe."
    if share.value >= HALF:
        return f"Nothing beyond these priors and the opening: {goal} in {percent(share.value)} % of worlds as it is."
    if belief.statements:
        return _beliefs(belief, goal)
    said = [
        f"No single factor brings it about: beyond no threshold of any, given opening, {goal} in half of the worlds."
    ]
    if belief.best is not None:
        best = belief.best
        said.append(
            f"The best that one does is a mean of {signed(one, best.mean)}, where {best.text} "
            f"({percent(best.keeps)} % of points), against {signed(one, belief.mean)} over all."
        )
    else:
        said.append(f"None moves the mean of {signed(one, belief.mean)} by more than chance.")
    return " ".join([*said, *_would(belief)])


def _beliefs(belief: Belief, goal: str) -> str:
    first, *others = belief.statements
    text = (
        f"You have to believe that {first.text}{_meaning(belief, first.factor)}, as in {percent(first.keeps)} % of the points: "
        f"there {goal} in "
        f"{percent(first.reached.value)} % of worlds (95 % interval {percent(first.reached.low)} to "
        f"{percent(first.reached.high)} %), given opening; over all points it is {percent(belief.reached.value)} %."
    )
    if others:
        listed = "; ".join(f"{one.text} ({percent(one.keeps)} % of points)" for one in others)
        text += f" Or, more demanding: {listed}."
    return text


def _would(belief: Belief) -> list[str]:
    """What an emulator says, or why it says nothing."""
    if math.isnan(belief.r2):
        return []
    if not belief.values:
        if belief.r2 >= GOOD_R2:
            return [f"By an emulator (out-of-sample R2 {belief.r2:.2f}) no value of any one factor would do."]
        return [
            f"An additive emulator does not predict well enough (out-of-sample R2 {belief.r2:.2f}) to say what would."
        ]
    told = [f"{value.text}{_meaning(belief, value.factor)}" for value in belief.values[:_MOST_VALUES]]
    line = (
        "" if all(value.is_inside for value in belief.values[:_MOST_VALUES]) else ", in a straight line outside ranges"
    )
    basis = f"additive, out-of-sample R2 {belief.r2:.2f}{line}"
    return [f"For the mean to reach it, one of these would have to be, by an emulator ({basis}): {'; '.join(told)}."]


def _meaning(belief: Belief, factor: str) -> str:
    meaning = belief.meanings.get(factor, "")
    return f" [{meaning}]" if meaning else ""
