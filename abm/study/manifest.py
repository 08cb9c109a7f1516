"""What a sweep's folder says of itself: the plan as written, its case in full, the design's points, versions and sources.

A sweep can be read, and any run of it played again, with nothing but its folder and the package.
"""

import platform
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from abm.corridor.load import digest
from abm.corridor.tables import TABLES, Case, CaseInfo
from abm.errors import CaravanError
from abm.study.design import points
from abm.study.identity import case_snapshot, model_version, plan_snapshot
from abm.study.outcomes import catalogue_of, links_opened
from abm.study.plan import Arm, Claim, DesignSpec, Factor, Plan, StopRule

MANIFEST = "sweep.json"
#: Keys of the manifest that the store itself reads: names of the catalogue, outcomes to look at, and what may not change.
OUTCOMES, SERIES, NAMED, IDENTITY = "outcomes", "series", "named", "identity"
#: Parts of a plan that make it another sweep. Arms, replications, claims and the like may be added: the keys of runs decide.
_LASTING = ("years", "factors", "design", "rest", "seeds", "first_seed", "base", "dates", "still")
_LIBRARIES = ("duckdb", "mesa", "numba", "numpy", "pandas", "SALib", "scipy")
_NAMED_ROWS: dict[str, tuple[str, Any]] = {"arms": ("name", Arm), "factors": ("name", Factor), "claims": ("id", Claim)}
_PLAN, _CASE = "plan.toml", "case.toml"


def sweep_manifest(plan: Plan) -> dict[str, Any]:
    """The manifest of a plan: plain content that JSON can hold."""
    catalogue = catalogue_of(plan)
    asked = plan_snapshot(plan)[_PLAN]
    named = [*plan.outcomes, *([plan.stop.outcome] if plan.stop else [])]
    return {
        "name": plan.name,
        "plan": plan.text,
        "asked": asked,
        "case": {"name": plan.case.info.name, "title": plan.case.info.title, "digest": plan.case.digest},
        "python": platform.python_version(),
        "processor": platform.machine(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "sources": _sources(plan),
        "base_year": catalogue.base_year,
        "months": catalogue.months,
        NAMED: list(dict.fromkeys(named)),
        OUTCOMES: list(catalogue.names),
        SERIES: list(catalogue.series_names),
        "factors": [factor.name for factor in plan.factors],
        "points": points(plan).tolist(),
        IDENTITY: {
            "model": model_version(),
            _PLAN: {key: asked[key] for key in _LASTING} | {"links of the measure": list(links_opened(plan))},
            **case_snapshot(plan.case),
        },
    }


def plan_of(manifest: Mapping[str, Any]) -> Plan:
    """The plan of a sweep, with the case as it was then. Raises CaravanError when this version cannot read them."""
    case = case_of_snapshot(manifest[IDENTITY], manifest["case"]["digest"])
    content: dict[str, Any] = {**manifest["asked"], "name": manifest["name"], "text": manifest["plan"], "case": case}
    try:
        for key, (name, kind) in _NAMED_ROWS.items():
            rows = content[key].items()
            content[key] = tuple(TypeAdapter(kind).validate_python({name: of, **row}) for of, row in rows)
        content["design"] = TypeAdapter(DesignSpec).validate_python(content["design"])
        content["stop"] = TypeAdapter(StopRule | None).validate_python(content["stop"])
        lists = {key: tuple(value) for key, value in content.items() if isinstance(value, list)}
        return Plan(**{**content, **lists})
    except (TypeError, ValueError) as error:
        raise CaravanError(f"the plan of this sweep cannot be read by this version: {error}") from error


def case_of_snapshot(content: Mapping[str, Any], written: str) -> Case:
    """The case that :func:`abm.study.identity.case_snapshot` told, of digest ``written``. Raises CaravanError if it is not."""
    try:
        tables: dict[str, Any] = {
            attribute: tuple(row_class.model_validate(row) for row in content[file].values())
            for file, (attribute, row_class, _, _) in TABLES.items()
        }
        case = Case(info=CaseInfo.model_validate(content[_CASE]), **tables)
    except (KeyError, ValueError) as error:
        raise CaravanError(f"the case of this sweep cannot be read by this version: {error}") from error
    if digest(case) != written:
        raise CaravanError("the case of this sweep is not what it was: its tables have changed between versions")
    return replace(case, digest=written)


def _sources(plan: Plan) -> dict[str, dict[str, str]]:
    """Where the range of each factor comes from."""
    rows = {row.name: row for row in plan.case.assumptions}
    return {
        factor.name: {"source": rows[factor.name].source, "grade": str(rows[factor.name].grade)}
        for factor in plan.factors
        if factor.name in rows
    }
