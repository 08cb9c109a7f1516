"""Everything that a report on an experiment shows, in one place: what was asked, what came out, and what it rests on.

:func:`findings` reads :class:`abm.study.results.Results` and concludes; it keeps nothing and writes nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from abm.errors import CaravanError
from abm.network.arcs import Floats
from abm.study import findings_tables as tables
from abm.study.believe import Belief, believed
from abm.study.claims import Judgement, claims_table, ends_of, judged, needed
from abm.study.discovery import Discovery, in_words
from abm.study.discovery import ends_of as box_ends
from abm.study.estimates import defined, paired
from abm.study.outcomes import split_name
from abm.study.plan import WITHOUT, Arm, Friction, Metric, Plan
from abm.study.regret import Regret, regret
from abm.study.sensitivity import indices
from abm.study.tornado import tornado
from abm.study.verdicts import Verdict, verdict

#: Outcomes whose drivers are told: each takes seconds, and a reader looks at a few.
MOST_TARGETS = 3
#: Judgements of which it is told what one would have to believe; boxes of each take a second or two.
MOST_BELIEFS = 12
#: Series of trade that are drawn month by month.
MOST_FANS = 3
FAILED = "failed"


class Sweep(Protocol):
    """What is read of a sweep; :class:`abm.study.results.Results` has it."""

    @property
    def plan(self) -> Plan:
        """What was asked."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the sweep's folder says of itself."""

    @property
    def points(self) -> pd.DataFrame:
        """Index point, one column a factor."""

    @property
    def names(self) -> Sequence[str]:
        """Outcomes."""

    @property
    def series_names(self) -> Sequence[str]:
        """Monthly series."""

    @property
    def base_year(self) -> Mapping[str, float]:
        """``metric:of`` -> value in the base year."""

    def counts(self) -> Mapping[str, int]:
        """How many runs are ``done``, ``failed`` and ``open``."""

    def runs(self) -> pd.DataFrame:
        """One row a run."""

    def outcomes(self, names: Sequence[str] | None = None, arms: Sequence[str] | None = None) -> pd.DataFrame:
        """One row a finished run."""

    def fan(self, series: str, arms: Sequence[str] | None = None) -> pd.DataFrame:
        """Quantiles by arm and month."""


@dataclass(frozen=True, slots=True)
class Target:
    """A figure whose drivers are told: ``metric`` of ``outcome`` of ``of`` after ``window`` years in ``arm``."""

    metric: Metric
    outcome: str
    of: str
    window: int
    arm: Arm
    against: str = WITHOUT


@dataclass(frozen=True)
class Drivers:
    """What drives one figure. indices: :func:`abm.study.sensitivity.indices`. tornado: :func:`abm.study.tornado.tornado`.
    mean: of the figure over the design's points. ``why_not``: why there are no indices, or empty."""

    target: Target
    indices: pd.DataFrame
    tornado: pd.DataFrame
    mean: float
    why_not: str = ""


@dataclass(frozen=True)
class Condition:
    """What one would have to believe for a claim, read one way: a statement about single factors, and boxes.

    ``boxes``: end of the claim (``low``: the weaker, ``high``) -> where it is reached (:mod:`abm.study.discovery`), rows:
    the design's points. ``values``: of each point, mean over its replications, nan where there is none.
    """

    judgement: Judgement
    belief: Belief
    boxes: Mapping[str, Discovery]
    values: Floats


@dataclass(frozen=True)
class Findings:
    """What a report shows.

    judgements with their ``verdicts``; ``claims``: the same as a table. growth, journeys, waits, flows:
    :mod:`abm.study.findings_tables`. best_cases: arm -> (from, to, median change of the fastest route's days). fans: series ->
    quantiles by arm and month. regrets: by outcome. played: pairs of worlds by arm. runs: all that ended; counts: how many
    ended how, and how many are open; failures: those that failed.
    """

    plan: Plan
    manifest: Mapping[str, Any]
    points: pd.DataFrame
    runs: pd.DataFrame
    counts: Mapping[str, int]
    failures: pd.DataFrame
    played: Mapping[str, int]
    judgements: tuple[Judgement, ...]
    verdicts: tuple[Verdict, ...]
    claims: pd.DataFrame
    growth: pd.DataFrame
    journeys: pd.DataFrame
    waits: pd.DataFrame
    flows: pd.DataFrame
    best_cases: Mapping[str, tuple[str, str, float]]
    fans: Mapping[str, pd.DataFrame]
    drivers: tuple[Drivers, ...]
    conditions: tuple[Condition, ...]
    regrets: tuple[Regret, ...]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, as they are written to disk."""
        found = {
            "claims": self.claims,
            "growth": self.growth,
            "journeys": self.journeys,
            "waits": self.waits,
            "flows": self.flows,
            "indices": _stacked([_of_target(part.target, part.indices) for part in self.drivers]),
            "tornado": _stacked([_of_target(part.target, part.tornado) for part in self.drivers]),
            "boxes": _stacked([_box_rows(part) for part in self.conditions]),
            "beliefs": pd.DataFrame([_belief_row(part) for part in self.conditions]),
            "regret": _stacked([part.table.assign(outcome=part.outcome, points=part.points) for part in self.regrets]),
            "fans": _stacked([frame.assign(series=name) for name, frame in self.fans.items()]),
            "failures": self.failures,
        }
        return {name: frame for name, frame in found.items() if len(frame)}


def _of_target(target: Target, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        outcome=target.outcome,
        of=target.of,
        window_years=target.window,
        target_metric=target.metric.value,
        arm=target.arm.name,
    )


def _box_rows(part: Condition) -> pd.DataFrame:
    one = part.judgement
    frames = [
        box.limits.reset_index().assign(
            end=end,
            verdict=box.verdict.value,
            coverage=box.coverage,
            density=box.density,
            mass=box.mass,
            held_back_coverage=box.held_back_coverage,
            held_back_density=box.held_back_density,
        )
        for end, box in part.boxes.items()
        if box.has_box
    ]
    return _stacked(frames).assign(claim=one.claim.id, of=one.of, window_years=one.window, arm=one.arm.name)


def _belief_row(part: Condition) -> dict[str, object]:
    one = part.judgement
    said = {
        "claim": one.claim.id,
        "of": one.of,
        "window_years": one.window,
        "arm": one.arm.name,
        "belief": part.belief.text,
    }
    return said | {f"box_{end}": in_words(box) for end, box in part.boxes.items()}


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


# ---------------------------------------------------------------------------------------------------------- collecting
def findings(sweep: Sweep) -> Findings:
    """Conclude from a sweep, finished or not. Raises CaravanError where its results do not hold what its plan asks about."""
    plan, runs = sweep.plan, sweep.runs()
    done = sweep.outcomes(needed(plan, sweep.names))
    judgements = judged(plan, done, sweep.base_year) if len(done) else ()
    verdicts = tuple(verdict(plan, one) for one in judgements)
    growth = sweep.outcomes(tables.growth_names(plan, sweep.names))
    journey_names, post_names = tables.journey_names(plan, sweep.names), _of_metric(sweep.names, "wait_h")
    moves = sweep.outcomes([*journey_names, *post_names, *_of_metric(sweep.names, "fastest_days", "link_t")])
    cases = {arm.name: tables.best_case(moves, arm.name) for arm in plan.arms}
    units = {**tables.JOURNEY, **tables.RISK, "days_p95": "days", "days_median": "days", "wait_h": "hours"}
    return Findings(
        plan=plan,
        manifest=sweep.manifest,
        points=sweep.points,
        runs=runs,
        counts=sweep.counts(),
        failures=runs[runs["status"] == FAILED],
        played=_played(plan, done),
        judgements=judgements,
        verdicts=verdicts,
        claims=claims_table(plan, judgements, [said.text for said in verdicts]),
        growth=tables.growth_table(plan, growth, sweep.base_year),
        journeys=tables.changes_table(plan, moves, journey_names, units),
        waits=tables.changes_table(plan, moves, post_names, units),
        flows=tables.flow_table(plan, moves),
        best_cases={arm: case for arm, case in cases.items() if case is not None},
        fans={name: sweep.fan(name) for name in fan_names(plan, sweep.series_names)} if len(done) else {},
        drivers=tuple(drivers(sweep, target) for target in targets(plan, sweep.names)) if len(done) else (),
        conditions=tuple(condition(sweep, done, one) for one in main_judgements(plan, judgements)),
        regrets=regrets(plan, growth),
    )


def _of_metric(names: Sequence[str], *metrics: str) -> list[str]:
    return [name for name in names if split_name(name)[0] in metrics]


def _played(plan: Plan, outcomes: pd.DataFrame) -> dict[str, int]:
    """Pairs of worlds by arm: those whose world without was played too."""
    keys = {arm: pd.MultiIndex.from_frame(frame[["point", "replication"]]) for arm, frame in outcomes.groupby("arm")}
    base = keys.pop(WITHOUT, pd.MultiIndex.from_tuples([], names=["point", "replication"]))
    return {arm.name: len(keys[arm.name].intersection(base)) for arm in plan.arms if arm.name in keys}


def fan_names(plan: Plan, series: Sequence[str]) -> list[str]:
    """Series that are drawn: tonnes of the home country, then of what claims are about."""
    asked = [plan.case.info.home, *(of for claim in plan.claims for of in claim.of)]
    return [name for name in dict.fromkeys(f"trade_t:{of}" for of in asked) if name in series][:MOST_FANS]


def targets(plan: Plan, names: Sequence[str]) -> list[Target]:
    """Figures whose drivers are told: of each claim the first and the last denominator in the longest window, in its first arm
    with the friction that the case assumes; without claims, growth of the home country's trade."""
    found: dict[tuple[object, ...], Target] = {}
    for claim in plan.claims:
        arms = [arm for arm in plan.arms if (not claim.arms or arm.name in claim.arms) and arm.name != claim.against]
        for of in (claim.of[0], claim.of[-1]):
            if arms:
                one = Target(claim.metric, claim.outcome, of, max(claim.window_years), main_arm(arms), claim.against)
                found.setdefault((claim.metric, claim.outcome, of), one)
    if not found and plan.arms:
        one = Target(Metric.GROWTH_PER_YEAR, "trade_usd", plan.case.info.home, plan.years, main_arm(plan.arms))
        found[one.of,] = one
    known = [one for one in found.values() if f"{one.outcome}:{one.of}:{one.window}" in names]
    return known[:MOST_TARGETS]


def main_arm(arms: Sequence[Arm]) -> Arm:
    """The arm that a reader means by "the measure": the first that lifts friction as the case assumes, or the first."""
    return next((arm for arm in arms if arm.friction is Friction.PRIOR and not arm.points), arms[0])


def drivers(sweep: Sweep, target: Target) -> Drivers:
    """What drives a figure, from the mean of each point's replications."""
    column = f"{target.outcome}:{target.of}:{target.window}"
    outcomes = sweep.outcomes([column], [target.arm.name, target.against])
    pairs = paired(
        outcomes,
        target.metric,
        target.outcome,
        target.of,
        target.window,
        target.arm.name,
        target.against,
        sweep.base_year,
    )
    y = _by_point(sweep, pairs)
    mean = float(np.nanmean(y)) if np.isfinite(y).any() else np.nan
    design = sweep.plan.design
    if sweep.points.shape[1] == 0:
        return Drivers(target, pd.DataFrame(), pd.DataFrame(), mean, "the plan varies no factor")
    try:
        found = indices(design, sweep.points, y)
    except CaravanError as error:
        return Drivers(target, pd.DataFrame(), tornado(design, sweep.points, y), mean, str(error))
    return Drivers(target, found, tornado(design, sweep.points, y), mean)


def main_judgements(plan: Plan, judgements: Sequence[Judgement]) -> list[Judgement]:
    """Of each claim and denominator the one in the longest window and the main arm, as far as worlds were played."""
    found: dict[tuple[str, str], Judgement] = {}
    for one in judgements:
        claim = one.claim
        arms = [arm for arm in plan.arms if (not claim.arms or arm.name in claim.arms) and arm.name != claim.against]
        if one.range.worlds and one.window == max(claim.window_years) and one.arm.name == main_arm(arms).name:
            found.setdefault((claim.id, one.of), one)
    return list(found.values())[:MOST_BELIEFS]


def condition(sweep: Sweep, outcomes: pd.DataFrame, one: Judgement) -> Condition:
    """What one would have to believe for a judgement."""
    claim, ends = one.claim, ends_of(one.claim)
    pairs = paired(
        outcomes, claim.metric, claim.outcome, one.of, one.window, one.arm.name, claim.against, sweep.base_year
    )
    y = _by_point(sweep, pairs)
    far = ends.far if ends.is_band else math.inf
    boxes = box_ends(sweep.points, y, ends.near, far, at_least=ends.sign > 0) if sweep.points.shape[1] else {}
    return Condition(one, believed(sweep.plan, sweep.points, outcomes, one, sweep.base_year), boxes, y)


def _by_point(sweep: Sweep, pairs: pd.DataFrame) -> Floats:
    """Mean over the replications of each point of the design, nan where there is none."""
    means = defined(pairs).groupby("point")["value"].mean().reindex(sweep.points.index)
    return np.asarray(means, dtype=np.float64)


def regrets(plan: Plan, outcomes: pd.DataFrame) -> tuple[Regret, ...]:
    """Regret of the arms that lift friction alike, the worlds without among them, for the home country's trade at the horizon."""
    column = f"trade_usd:{plan.case.info.home}:{plan.years}"
    found = []
    for friction in Friction:
        arms = [arm.name for arm in plan.arms if arm.friction is friction and (outcomes["arm"] == arm.name).any()]
        if len(arms) > 1 and column in outcomes and (outcomes["arm"] == WITHOUT).any():
            found.append(regret(outcomes, column, [WITHOUT, *arms]))
    return tuple(found)
