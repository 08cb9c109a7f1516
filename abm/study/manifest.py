"""What a sweep's folder says of itself: the plan as written, its case in full, the design's points, versions and sources.

A sweep can be read, and any run of it played again, with nothing but its folder and the package.
"""

import platform
from importlib.metadata import version
from typing import Any

from abm.study.design import points
from abm.study.identity import case_snapshot, model_version, plan_snapshot
from abm.study.outcomes import catalogue_of, links_opened
from abm.study.plan import Plan
from abm.study.snapshot import IDENTITY, NAMED, OUTCOMES, SERIES

#: Parts of a plan that make it another sweep. Arms, replications, claims and the like may be added: the keys of runs decide.
_LASTING = ("years", "factors", "design", "rest", "seeds", "first_seed", "base", "dates", "still")
_LIBRARIES = ("duckdb", "mesa", "numba", "numpy", "pandas", "SALib", "scipy")
_PLAN = "plan.toml"


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


def _sources(plan: Plan) -> dict[str, dict[str, str]]:
    """Where the range of each factor comes from."""
    rows = {row.name: row for row in plan.case.assumptions}
    return {
        factor.name: {"source": rows[factor.name].source, "grade": str(rows[factor.name].grade)}
        for factor in plan.factors
        if factor.name in rows
    }
