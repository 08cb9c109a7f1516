"""A published figure against the worlds of a sweep: how many fall short of it, lie inside it, go beyond it.

Each claim is judged for every denominator that it may mean, every window and every arm apart. Shares of worlds are
probabilities *given these priors and given opening*, and only where the design draws its points from the priors. The
probability of opening within the window stands beside them, exact from what experts were asked, and so does the product.
:mod:`abm.study.verdicts` puts it into words.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from abm.corridor.openings import mean_dates, opening_of
from abm.corridor.scenario import Scenario
from abm.study.estimates import Estimate, Range, defined, estimate, outcome_name, paired, quantile_of, share_of
from abm.study.plan import WITHOUT, Arm, Claim, Kind, Metric, Plan
from abm.units import DAYS_PER_YEAR

#: Designs whose points are drawn from the ranges of their factors, so that shares of points are probabilities.
DRAWN = frozenset({Kind.LHS, Kind.SOBOL})
#: A base below this many tonnes a year makes percentages that mislead: tonnes are told beside them.
SMALL_BASE_T = 50_000.0
#: Outcomes that are trade, whose base in tonnes says whether a percentage misleads.
TRADE_OUTCOMES = ("trade_usd", "trade_t")


@dataclass(frozen=True, slots=True)
class Ends:
    """What a claim asks for. ``sign``: 1 more, -1 less. ``near``: the weaker end, from which on it is reached; ``far``: the
    other, infinite where there is none. ``is_up_to``: "up to 30 %", a band from nothing, which its full figure alone reaches."""

    sign: int
    near: float
    far: float
    is_up_to: bool = False

    @property
    def is_band(self) -> bool:
        """Whether more than the claim is not the claim: it has two finite ends that differ, and is no "up to"."""
        return not self.is_up_to and math.isfinite(self.far) and self.near != self.far

    def reached(self, values: np.ndarray) -> np.ndarray:
        """Which values reach the claim or go beyond it."""
        return np.asarray(self.sign * values >= self.sign * self.near, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Opening:
    """Probability that all policies of an arm have come within the window, and what it is at the ends of the ranges of never.

    Policies are independent. ``unasked``: those about which nobody was asked, taken as given. ``has_works``: works must be
    finished first, and it is the probability of the permission alone.
    """

    probability: float
    low: float
    high: float
    unasked: tuple[str, ...]
    has_works: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """A claim for one denominator, window (full years) and arm.

    below, inside, above: shares of worlds against the claim's ends; reached: up to its weaker end or beyond (:class:`Ends`).
    ``p1``, ``p99``: percentiles of worlds. ``opening``: None where nobody was asked, or where dates are drawn in the worlds
    themselves. ``base_t``: tonnes a year in the worlds compared with, nan where unknown. ``gain_t``: tonnes more, mean.
    ``trend``: gross growth a year of the worlds compared with, nan for other metrics.
    """

    claim: Claim
    of: str
    window: int
    arm: Arm
    range: Range
    below: Estimate
    inside: Estimate
    above: Estimate
    reached: Estimate
    p1: float
    p99: float
    opening: Opening | None
    base_t: float
    gain_t: float
    trend: float

    @property
    def together(self) -> Estimate | None:
        """Probability that it opens within the window and the claim holds; its ends are those of both factors."""
        if self.opening is None:
            return None
        share, chance = self.main, self.opening
        return Estimate(share.value * chance.probability, share.low * chance.low, share.high * chance.high)

    @property
    def main(self) -> Estimate:
        """The share that the claim stands or falls with: inside a band; of "up to" and "so much or more", reached."""
        return self.inside if ends_of(self.claim).is_band else self.reached

    @property
    def is_small(self) -> bool:
        """Whether the base is so small that a percentage misleads."""
        return self.base_t < SMALL_BASE_T and self.claim.metric is not Metric.GAIN


def ends_of(claim: Claim) -> Ends:
    """Direction and ends of a claim; a band around nothing counts as a claim of more."""
    low, high = claim.low, claim.high
    if claim.metric is not Metric.GAIN and low <= -1.0:
        low = -math.inf  # nothing can fall by more than all
    if low < 0.0 == high and math.isfinite(low):
        return Ends(-1, low, low, is_up_to=True)
    if low == 0.0 < high < math.inf:
        return Ends(1, high, high, is_up_to=True)
    return Ends(-1, high, low) if high < 0.0 or math.isinf(low) else Ends(1, low, high)


# ---------------------------------------------------------------------------------------------------------- judging
def cases_of(plan: Plan) -> Iterator[tuple[Claim, str, int, Arm]]:
    """Every (claim, denominator, window, arm) that the plan asks about, in its order."""
    for claim in plan.claims:
        for of in claim.of:
            for window in claim.window_years:
                for arm in plan.arms:
                    if arm.name != claim.against and (not claim.arms or arm.name in claim.arms):
                        yield claim, of, window, arm


def needed(plan: Plan, names: Iterable[str]) -> list[str]:
    """Those of the outcomes ``names`` that the plan's claims need: ``results.outcomes(needed(plan, results.names))``."""
    wanted: dict[str, None] = {}
    for claim, of, window, _ in cases_of(plan):
        wanted[outcome_name(claim.outcome, of, window)] = None
        wanted[outcome_name("trade_t", of, window)] = None
    known = set(names)
    return [name for name in wanted if name in known]


def judged(plan: Plan, outcomes: pd.DataFrame, base_year: Mapping[str, float] | None = None) -> tuple[Judgement, ...]:
    """Every claim of the plan for each denominator, window and arm.

    outcomes, base_year: as :class:`abm.study.results.Results` gives them. Raises CaravanError where the outcomes lack a column.
    """
    return tuple(_judged(plan, outcomes, base_year, *case) for case in cases_of(plan))


def independent_points(plan: Plan) -> int | None:
    """Independent points at most; None for as many as there are. Saltelli's points share coordinates with its base rows."""
    return plan.design.points if plan.design.kind is Kind.SOBOL else None


def _judged(
    plan: Plan,
    outcomes: pd.DataFrame,
    base_year: Mapping[str, float] | None,
    claim: Claim,
    of: str,
    window: int,
    arm: Arm,
) -> Judgement:
    every = paired(outcomes, claim.metric, claim.outcome, of, window, arm.name, claim.against, base_year)
    most, known = independent_points(plan), defined(every)
    values = known["value"].to_numpy(dtype=np.float64)
    low, high = values < claim.low, values > claim.high
    base_t, gain_t = _tonnes(outcomes, claim, of, window, arm)
    trend = math.nan
    if claim.metric is Metric.GROSS_GROWTH_PER_YEAR:
        by_itself = paired(outcomes, claim.metric, claim.outcome, of, window, claim.against, claim.against, base_year)
        trend = estimate(by_itself).mean
    return Judgement(
        claim=claim, of=of, window=window, arm=arm, range=estimate(every, most, own_chance=plan.seeds == "own"),
        below=share_of(known, low, most), inside=share_of(known, ~low & ~high, most), above=share_of(known, high, most),
        reached=share_of(known, ends_of(claim).reached(values), most),
        p1=quantile_of(known, 0.01).value, p99=quantile_of(known, 0.99).value,
        opening=opening_chance(plan, arm, claim.against, window), base_t=base_t, gain_t=gain_t, trend=trend,
    )  # fmt: skip


def _tonnes(outcomes: pd.DataFrame, claim: Claim, of: str, window: int, arm: Arm) -> tuple[float, float]:
    """Mean tonnes a year of the worlds compared with, and mean gain, of what a claim about trade is about; else nan."""
    column = outcome_name("trade_t", of, window)
    if claim.outcome not in TRADE_OUTCOMES or column not in outcomes:
        return math.nan, math.nan
    gain = estimate(paired(outcomes, Metric.GAIN, "trade_t", of, window, arm.name, claim.against)).mean
    return float(outcomes.loc[outcomes["arm"] == claim.against, column].mean()), gain


# ---------------------------------------------------------------------------------------------------------- opening
def opening_chance(plan: Plan, arm: Arm, against: str, window: int) -> Opening | None:
    """Probability that what ``arm`` and the arm it is compared with open has come within ``window`` years; exact.

    None where nobody was asked about any of it, or where the worlds draw their dates and so contain it.
    """
    other = next((row.policies for row in plan.arms if row.name == against and against != WITHOUT), ())
    policies = tuple(dict.fromkeys((*arm.policies, *other)))
    scenario = replace(plan.scenario(plan.first_seed, {}), policies=(*plan.base, *policies))
    asked = [name for name in policies if opening_of(plan.case, name) is not None]
    if plan.dates != "given" or not asked:
        return None
    chances = np.array([_chances(scenario, name, DAYS_PER_YEAR * window) for name in asked])
    probability, low, high = (float(part) for part in chances.prod(axis=0))
    built = {project.policy_id for project in plan.case.projects}
    return Opening(
        probability, low, high, tuple(name for name in policies if name not in asked), bool(built & set(policies))
    )


def _chances(scenario: Scenario, policy: str, day: float) -> tuple[float, float, float]:
    """Probability by ``day``: with the mean, the highest and the lowest share of never."""
    dates, row = mean_dates(scenario, policy), opening_of(scenario.case, policy)
    if dates is None or row is None:
        return 1.0, 1.0, 1.0
    often = row.never_share if row.never_high_share is None else row.never_high_share
    seldom = row.never_share if row.never_low_share is None else row.never_low_share
    return (
        dates.probability_by(day),
        replace(dates, never_share=often).probability_by(day),
        replace(dates, never_share=seldom).probability_by(day),
    )


# ---------------------------------------------------------------------------------------------------------- table
def claims_table(plan: Plan, judgements: Sequence[Judgement], verdicts: Sequence[str]) -> pd.DataFrame:
    """One row per judgement: what is claimed, shares and their intervals, range, opening, product, verdict (its text).

    Shares are of worlds; ``is_probability`` says whether the design makes them probabilities.
    """
    rows = [_row(one, verdict) for one, verdict in zip(judgements, verdicts, strict=True)]
    return pd.DataFrame(rows).assign(is_probability=plan.design.kind in DRAWN)


def _row(one: Judgement, verdict: str) -> dict[str, object]:
    claim, found = one.claim, one.range
    row: dict[str, object] = {
        "claim": claim.id, "title": claim.title, "source": claim.source, "outcome": claim.outcome,
        "metric": claim.metric.value, "of": one.of, "window_years": one.window, "arm": one.arm.name,
        "against": claim.against, "low": claim.low, "high": claim.high, "worlds": found.worlds, "points": found.points,
        "undefined": found.undefined, "mean": found.mean, "error": found.error,
    }  # fmt: skip
    for name in ("p5", "median", "p95"):
        row |= _spread(name, getattr(found, name))
    row |= {"p1": one.p1, "p99": one.p99}
    for name in ("below", "inside", "above", "reached"):
        row |= _spread(name, getattr(one, name))
    chance = one.opening
    row |= {
        "opening": math.nan if chance is None else chance.probability,
        "opening_low": math.nan if chance is None else chance.low,
        "opening_high": math.nan if chance is None else chance.high,
    }
    row |= _spread("together", one.together or Estimate(math.nan, math.nan, math.nan))
    row |= _spread("chance_share", found.split.chance if found.split else Estimate(math.nan, math.nan, math.nan))
    return row | {"base_t": one.base_t, "gain_t": one.gain_t, "verdict": verdict}


def _spread(name: str, one: Estimate) -> dict[str, object]:
    return {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
