"""The plan and the case of a sweep, read back from its manifest (:mod:`abm.study.manifest` writes it)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from abm.corridor.load import digest
from abm.corridor.tables import TABLES, Case, CaseInfo
from abm.errors import CaravanError
from abm.study.plan import Arm, Claim, DesignSpec, Factor, Plan, StopRule

MANIFEST = "sweep.json"
#: Keys of the manifest that the store itself reads: names of the catalogue, outcomes to look at, and what may not change.
OUTCOMES, SERIES, NAMED, IDENTITY = "outcomes", "series", "named", "identity"
_NAMED_ROWS: dict[str, tuple[str, Any]] = {"arms": ("name", Arm), "factors": ("name", Factor), "claims": ("id", Claim)}
_CASE = "case.toml"


def is_manifest(content: object) -> bool:
    """Whether it is what a sweep says of itself."""
    return isinstance(content, dict) and {OUTCOMES, SERIES, NAMED, IDENTITY} <= content.keys()


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
            attribute: tuple(row_class.model_validate(row) for row in _rows(content, file, is_optional=is_optional))
            for file, (attribute, row_class, _, is_optional) in TABLES.items()
        }
        case = Case(info=CaseInfo.model_validate(content[_CASE]), **tables)
    except (KeyError, ValueError) as error:
        raise CaravanError(f"the case of this sweep cannot be read by this version: {error}") from error
    if digest(case) != written:
        raise CaravanError("the case of this sweep is not what it was: its tables have changed between versions")
    return replace(case, digest=written)


def _rows(content: Mapping[str, Any], file: str, *, is_optional: bool) -> list[Any]:
    """Rows of a table as they were written; a table that a case may lack was perhaps not known yet."""
    found = content.get(file, {}) if is_optional else content[file]
    return list(found.values())
