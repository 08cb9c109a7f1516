"""What a report rests on and how to make it again; and what failed on the way."""

from collections.abc import Mapping

import pandas as pd

from abm.corridor.prose import counted
from abm.figures.page import Block, Bullets, Column, Listing, Prose, Sheetful
from abm.figures.sweep_cards import source_words
from abm.figures.sweep_words import arm_words, assumption_of, factor_words
from abm.study.findings import Findings
from abm.study.plan import Factor, Kind, Plan

_MOST_ERRORS = 20
_LONGEST_ERROR = 300
_GRADES = "A: measured or official; B: from several weaker sources; C: a judgement."


def failure_blocks(found: Findings) -> tuple[Block, ...]:
    """Errors by what they say, with an example that can be played again."""
    failures = found.failures
    if failures.empty:
        return (Prose(("No run failed.",)),)
    rows = []
    for error, group in failures.groupby("error", sort=False, dropna=False):
        first = group.iloc[0]
        text = " ".join(str(error).split())
        rows.append(
            (
                text[:_LONGEST_ERROR] + ("\N{HORIZONTAL ELLIPSIS}" if len(text) > _LONGEST_ERROR else ""),
                f"{len(group):,}",
                str(first["arm"]),
                f"{first['point']}",
                f"{first['seed']}",
                str(first["key"]),
            )
        )
    rows.sort(key=lambda row: -int(row[1].replace(",", "")))
    columns = (
        Column("Error"),
        Column("Runs", True),
        Column("First in arm"),
        Column("Point", True),
        Column("Seed", True),
        Column("Key"),
    )
    said = f"{counted(len(failures), 'run')} of {len(found.runs):,} failed and are in no figure. If what fails depends on the "
    said += "outcome, the ranges lean to the worlds that are left."
    more = f"{counted(len(rows) - _MOST_ERRORS, 'other error')} not shown." if len(rows) > _MOST_ERRORS else ""
    return (
        Prose((said,)),
        Sheetful(
            "Errors", columns, tuple(rows[:_MOST_ERRORS]), f"caravan replay DIR KEY plays a run alone. {more}".strip()
        ),
    )


def provenance_blocks(found: Findings) -> tuple[Block, ...]:
    """Arms, design, factors with ranges, grades and sources, versions, and how to rerun."""
    plan = found.plan
    return (
        Bullets(tuple(f"{arm_words(arm)}: {', '.join(arm.policies) or 'no policy'}" for arm in plan.arms), "Arms"),
        Prose((design_words(found),)),
        _factor_table(plan),
        _source_list(plan),
        _version_table(found),
        Prose(
            (
                f"To make it again: caravan sweep experiments/{plan.name}/plan.toml --out DIR, then caravan report "
                f"DIR. Runs that are "
                "finished are not repeated. The same plan, case, version and lock file give the same numbers on one "
                "type of processor.",
            )
        ),
        *((Listing("The plan, as it was run", plan.text),) if plan.text else ()),
    )


def design_words(found: Findings) -> str:
    """The design in a sentence or two."""
    plan, design = found.plan, found.plan.design
    kinds = {
        Kind.LHS: "a latin hypercube",
        Kind.GRID: "a full grid",
        Kind.SOBOL: "Sobol's sequence in Saltelli's scheme",
        Kind.MORRIS: "Morris trajectories",
        Kind.ONE_AT_A_TIME: "one factor at a time",
    }
    said = f"Design: {kinds[design.kind]} of {counted(len(found.points), 'point')} in {counted(len(plan.factors), 'factor')}, "
    said += f"seed {design.seed}; {counted(plan.replications, 'replication')} a point"
    said += f", one more on the first {plan.repeated_points}" if plan.repeated_points else ""
    rest = {"drawn": "is drawn from its own range in every world", "central": "stands at its central value"}[plan.rest]
    seeds = "every point has seeds of its own" if plan.seeds == "own" else "all points share their seeds"
    return f"{said}. What is no factor {rest}; {seeds}, from {plan.first_seed}."


def _factor_table(plan: Plan) -> Sheetful:
    rows = []
    for factor in plan.factors:
        row = assumption_of(plan, factor.name)
        rows.append(
            (
                factor_words(plan, factor.name),
                range_words(factor),
                row.unit if row else "",
                str(row.grade) if row else "",
                row.source if row else "",
            )
        )
    columns = (Column("Factor"), Column("Range and shape"), Column("Unit"), Column("Grade"), Column("Source"))
    return Sheetful(
        "Factors, their ranges and where these come from", columns, tuple(rows), f"Grades: {_GRADES}", is_folded=True
    )


def range_words(factor: Factor) -> str:
    """``2 to 6, most likely 4 (triangular)``."""
    if factor.choices:
        return f"one of {', '.join(f'{choice:g}' for choice in factor.choices)}"
    shape = factor.shape.value if factor.shape is not None else ""
    middle = {"triangular": f", most likely {factor.value:g}", "lognormal": f", median {factor.value:g}"}.get(shape, "")
    return f"{factor.low:g} to {factor.high:g}{middle} ({shape})"


def _source_list(plan: Plan) -> Bullets:
    """Sources of claims and factors, by their identifiers."""
    wanted = {claim.source for claim in plan.claims}
    for factor in plan.factors:
        row = assumption_of(plan, factor.name)
        wanted |= {name.strip() for name in row.source.split(";")} if row else set()
    known = [row for row in plan.case.sources if row.source_id in wanted]
    return Bullets(tuple(f"{row.source_id}: {source_words(plan, row.source_id)[0]}" for row in known), "Sources")


def _version_table(found: Findings) -> Sheetful:
    manifest, plan = found.manifest, found.plan
    identity = manifest.get("identity", {})
    rows = [
        ("Case", f"{plan.case.info.name}, {plan.case.info.title}"),
        ("Digest of the case", plan.case.digest),
        ("Version of the model", str(identity.get("model", "unknown")) if isinstance(identity, Mapping) else "unknown"),
        ("Python", str(manifest.get("python", "unknown"))),
        ("Type of processor", str(manifest.get("processor", "unknown"))),
    ]
    libraries = manifest.get("libraries", {})
    if isinstance(libraries, Mapping):
        rows += [(str(name), str(version)) for name, version in libraries.items()]
    rows.append(("Seeds of the worlds", seed_words(found.runs)))
    return Sheetful("Versions", (Column("What"), Column("Which")), tuple(rows), is_folded=True)


def seed_words(runs: pd.DataFrame) -> str:
    """``1 to 1,050``."""
    if runs.empty:
        return "none"
    low, high = int(runs["seed"].min()), int(runs["seed"].max())
    return f"{low}" if low == high else f"{low} to {high}"
