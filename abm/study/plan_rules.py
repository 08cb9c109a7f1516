"""What must hold of a plan against its case: names that exist, ranges that can be drawn from, claims that can be judged."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from abm.corridor.actor_rows import listed
from abm.corridor.assumptions import domain
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Assumption, Case, Shape
from abm.corridor.wording import as_written
from abm.errors import InputError, Problem, nearest
from abm.study.design import n_points
from abm.study.outcomes import catalogue_of
from abm.study.plan import WITHOUT, Claim, DesignSpec, Factor, Kind, Metric, Plan
from abm.study.plan_tables import FactorTable

_FILE = "plan.toml"
#: As the name of a factor: every assumption with a range that is not named itself.
ALL_FACTORS = "all"
#: Designs that take differences between points: a chance of its own at each point would be read as an effect of the factor.
TAKE_DIFFERENCES = frozenset({Kind.SOBOL, Kind.MORRIS, Kind.ONE_AT_A_TIME})
#: A grid of some factors too many makes more points than anybody waits for.
MAX_DESIGN = 1_000_000
#: Key of ``[design]`` -> the designs that read it.
_READ_BY = {
    "points": {Kind.LHS, Kind.SOBOL},
    "levels": {Kind.GRID, Kind.MORRIS},
    "trajectories": {Kind.MORRIS},
}


# ---------------------------------------------------------------------------------------------------------- factors
def factors_of(case: Case, rows: Sequence[FactorTable], problems: list[Problem]) -> tuple[Factor, ...]:
    """Factors in the order written; what is wrong with them is added to ``problems``."""
    known = {row.name: row for row in case.assumptions}
    named = {row.name for row in rows}
    found: list[Factor] = []
    for name, times in Counter(row.name for row in rows).items():
        if times > 1:
            problems.append(_problem("factors", "is named more than once", name))
    for row in rows:
        if row.name == ALL_FACTORS:
            others = [own for own in case.assumptions if own.name not in named]
            found += [Factor(own.name, own.shape, own.value, own.low, own.high) for own in others if has_range(own)]
        elif row.name not in known:
            rule = "is not an assumption of this case"
            problems.append(_problem("factors", rule, row.name, [*known, ALL_FACTORS]))
        else:
            factor, faults = _factor(known[row.name], row)
            problems += [_problem(f"factors {row.name}", rule, value) for rule, value in faults]
            found.append(factor)
    return tuple(found)


def has_range(row: Assumption) -> bool:
    """Whether an assumption is uncertain in its case."""
    return row.shape is not Shape.FIXED and row.low < row.high


def _factor(own: Assumption, row: FactorTable) -> tuple[Factor, list[tuple[str, str]]]:
    """The factor, and (rule, value) of everything that is wrong with it."""
    if row.choices:
        return _discrete(own, row)
    shape = row.shape or own.shape
    low = own.low if row.low is None else row.low
    high = own.high if row.high is None else row.high
    value = own.value if row.value is None else row.value
    if row.value is None and shape is Shape.UNIFORM:
        value = min(max(value, low), high)  # it has no part in the distribution: only a central point
    faults = []
    if shape is Shape.FIXED:
        faults.append(("is fixed in the case: give it a shape and a range, or choices", ""))
    elif not low < high:
        faults.append(("must have low < high", f"{low:g}, {high:g}"))
    elif not low <= value <= high:
        faults.append(("must hold low <= value <= high", f"{low:g}, {value:g}, {high:g}"))
    elif shape is Shape.LOGNORMAL and low <= 0.0:
        faults.append(("must have low > 0 for a lognormal shape", f"{low:g}"))
    faults += _outside(own.name, (low, value, high))
    return Factor(own.name, shape, value, low, high), faults


def _discrete(own: Assumption, row: FactorTable) -> tuple[Factor, list[tuple[str, str]]]:
    faults = _outside(own.name, row.choices)
    if row.shape is not None or row.low is not None or row.high is not None:
        faults.append(("has choices, and so no shape, low or high", ""))
    if len(set(row.choices)) < max(2, len(row.choices)):
        faults.append(("must have at least two choices, all different", ", ".join(f"{c:g}" for c in row.choices)))
    middle = sorted(row.choices)[(len(row.choices) - 1) // 2]
    value = row.value if row.value is not None else own.value if own.value in row.choices else middle
    if value not in row.choices:
        faults.append(("must be one of its choices", f"{value:g}"))
    return Factor(own.name, None, value, min(row.choices), max(row.choices), row.choices), faults


def _outside(name: str, values: Iterable[float]) -> list[tuple[str, str]]:
    return [(rule, f"{value:g}") for value in dict.fromkeys(values) if (rule := domain(name).rule(value))]


# ---------------------------------------------------------------------------------------------------------- the rest
def rule_problems(plan: Plan) -> list[Problem]:
    """Everything that is wrong with a plan whose keys are right, but for its factors."""
    problems = [*_design_problems(plan), *_arm_problems(plan), *_seed_problems(plan)]
    if any(problem.field.startswith(("arms", "base", "dates", "still")) for problem in problems):
        return problems  # what the arms open decides which outcomes there are
    names = set(catalogue_of(plan).names)
    for name in plan.outcomes:
        problems += _outcome_problem("outcomes", name, names)
    problems += [problem for claim in plan.claims for problem in _claim_problems(plan, claim, names)]
    for name, times in Counter(claim.id for claim in plan.claims).items():
        if times > 1:
            problems.append(_problem("claims", "is the id of more than one claim", name))
    if plan.stop is not None:
        problems += _name_problem("stop.arm", plan.stop.arm, [arm.name for arm in plan.arms], "an arm with policies")
        problems += _outcome_problem("stop.outcome", plan.stop.outcome, names)
    return problems


def _design_problems(plan: Plan) -> Iterator[Problem]:
    spec = plan.design
    for key, kinds in _READ_BY.items():
        value = getattr(spec, key)
        if spec.kind not in kinds and value:
            yield _problem(f"design.{key}", f"is not read by a design of kind {spec.kind.value}", str(value))
    yield from _size_problems(spec)
    if not plan.factors and spec.kind not in (Kind.GRID, Kind.ONE_AT_A_TIME):
        yield _problem("factors", f"must name at least one for a design of kind {spec.kind.value}")
    if spec.kind is Kind.GRID and spec.levels < 2 and any(not factor.choices for factor in plan.factors):
        yield _problem("design.levels", "must be at least 2 for a grid of factors with ranges", str(spec.levels))
    elif n_points(plan) > MAX_DESIGN:
        yield _problem("design", f"makes more than {MAX_DESIGN:,} points", f"{n_points(plan):,}")
    if spec.kind in TAKE_DIFFERENCES and plan.seeds != "common":
        rule = f'must be "common": a design of kind {spec.kind.value} takes differences between points'
        yield _problem("seeds", rule, plan.seeds)


def _size_problems(spec: DesignSpec) -> Iterator[Problem]:
    if spec.kind is Kind.LHS and spec.points < 1:
        yield _problem("design.points", "must be at least 1", str(spec.points))
    if spec.kind is Kind.SOBOL and (spec.points < 1 or spec.points & (spec.points - 1)):
        yield _problem("design.points", "must be a power of 2: only then are Sobol's points balanced", str(spec.points))
    if spec.kind is Kind.MORRIS and spec.trajectories < 2:
        yield _problem("design.trajectories", "must be at least 2", str(spec.trajectories))
    if spec.kind is Kind.MORRIS and (spec.levels < 2 or spec.levels % 2):
        yield _problem("design.levels", "must be an even number of at least 2 (usually 4)", str(spec.levels))


def _arm_problems(plan: Plan) -> Iterator[Problem]:
    seen: dict[tuple[frozenset[str], str], str] = {}
    for arm in plan.arms:
        place = f"arms.{arm.name}"
        if arm.name == WITHOUT:
            yield _problem(place, "is the arm that every plan has: give this one another name")
        if plan.design.kind in TAKE_DIFFERENCES and arm.points:
            rule = f"must be 0 (all): a design of kind {plan.design.kind.value} needs all its points"
            yield _problem(f"{place}.points", rule, str(arm.points))
        elif arm.points > n_points(plan):
            yield _problem(f"{place}.points", f"must be at most the {n_points(plan)} of the design", str(arm.points))
        does = frozenset(arm.policies), arm.friction.value
        if does in seen:
            yield _problem(place, f"does the same as arm {seen[does]!r}")
        seen.setdefault(does, arm.name)
        for name in (name for name in arm.policies if name in plan.base):
            yield _problem(f"{place}.policies", "is in force in every arm (base)", name)
        try:
            Scenario(
                plan.case,
                (*plan.base, *arm.policies),
                {},
                plan.years,
                plan.first_seed,
                False,
                plan.dates,
                "",
                plan.still,
            )
        except InputError as error:
            for fault in error.problems:
                owner = f"{place}.policies" if fault.place == "policy" else fault.place
                yield Problem(_FILE, fault.rule, owner, fault.value, fault.suggestion)


def _seed_problems(plan: Plan) -> Iterator[Problem]:
    if plan.repeated_points > n_points(plan):
        rule = f"must be at most the {n_points(plan)} of the design"
        yield _problem("repeated_points", rule, str(plan.repeated_points))
    if plan.stop is not None and plan.stop.at_least >= plan.replications:
        rule = f"must be below the replications ({plan.replications}), or nothing can end early"
        yield _problem("stop.at_least", rule, str(plan.stop.at_least))


def _claim_problems(plan: Plan, claim: Claim, names: set[str]) -> Iterator[Problem]:
    place = f"claims {claim.id}"
    if not claim.low <= claim.high:
        yield _problem(f"{place} low", "must be at most high", f"{claim.low:g}, {claim.high:g}")
    if math.isinf(claim.low) and math.isinf(claim.high):
        yield _problem(f"{place} low", "must be finite where high is not", f"{claim.low:g}, {claim.high:g}")
    arms = [arm.name for arm in plan.arms]
    yield from _name_problem(f"{place} against", claim.against, [WITHOUT, *arms], "an arm")
    for name in claim.arms:
        yield from _name_problem(f"{place} arms", name, arms, "an arm with policies")
        if name == claim.against:
            yield _problem(f"{place} arms", "is the arm that it is compared with", name)
    sources = [row.source_id for row in plan.case.sources]
    for name in listed(claim.source):
        yield from _name_problem(f"{place} source", name, sources, "a source of the case")
    for year in (year for year in claim.window_years if year > plan.years):
        yield _problem(f"{place} window_years", f"must be at most the {plan.years} years of the plan", str(year))
    metrics = list(dict.fromkeys(name.split(":")[0] for name in names))
    if claim.outcome not in metrics:
        yield from _name_problem(f"{place} outcome", claim.outcome, metrics, "an outcome")
        return
    for of in claim.of:
        for year in (year for year in claim.window_years if year <= plan.years):
            yield from _outcome_problem(f"{place} of", f"{claim.outcome}:{of}:{year}", names)
        if claim.metric is Metric.GROSS_GROWTH_PER_YEAR and f"{claim.outcome}:{of}" not in catalogue_of(plan).base_year:
            yield _problem(f"{place} of", "has no value in the base year to grow from", of)


def _outcome_problem(field: str, name: str, names: Iterable[str]) -> Iterator[Problem]:
    yield from _name_problem(field, name, names, "an outcome of this plan")


def _name_problem(field: str, name: str, known: Iterable[str], what: str) -> Iterator[Problem]:
    known = list(known)
    if name not in known:
        yield _problem(field, f"is not {what}", name, known)


def _problem(field: str, rule: str, value: str = "", known: Iterable[str] = ()) -> Problem:
    return Problem(_FILE, rule, field, as_written(value), nearest(value, known) if value else "")
