"""``read_plan``: a folder or its ``plan.toml`` into one checked :class:`Plan`, or every problem at once.

Keys, types and limits are checked here; what a key means for the case is checked by :mod:`abm.study.plan_rules`.
"""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from abm.corridor.load import load
from abm.corridor.rows import Identifier, Shape
from abm.corridor.scenario import MAX_YEARS
from abm.corridor.tables import Case
from abm.corridor.wording import as_written, cell_rule
from abm.errors import InputError, Problem, input_error
from abm.study.plan import Arm, Claim, DesignSpec, Friction, Kind, Metric, Plan, StopRule
from abm.study.plan_rules import ALL_FACTORS, factors_of, rule_problems

PLAN_FILE = "plan.toml"
#: More points or replications than anybody waits for, and too many to keep their seeds apart.
MAX_POINTS = 1_000_000
MAX_REPLICATIONS = 1_000
_MAX_LEVELS = 1_000
_MAX_SEED = 2**53 - 1

Count = Annotated[int, Field(strict=True, ge=0, le=MAX_POINTS)]
Repeats = Annotated[int, Field(strict=True, ge=1, le=MAX_REPLICATIONS)]
Year = Annotated[int, Field(strict=True, ge=1, le=MAX_YEARS)]
Seed = Annotated[int, Field(strict=True, ge=0, le=_MAX_SEED)]
Number = Annotated[float, Field(strict=True)]
Text = Annotated[str, Field(min_length=1)]


class Rest(StrEnum):
    """What becomes of assumptions that are no factor."""

    DRAWN = "drawn"
    CENTRAL = "central"


class Seeds(StrEnum):
    """Whose chance a point has."""

    OWN = "own"
    COMMON = "common"


class _Table(BaseModel):
    """A table of the file: an unknown key is an error, and 1 is no text."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DesignTable(_Table):
    """``[design]``."""

    kind: Kind
    points: Count = 0
    levels: Annotated[int, Field(strict=True, ge=0, le=_MAX_LEVELS)] = 0
    trajectories: Count = 0
    seed: Seed = 1


class ArmTable(_Table):
    """``[arms.NAME]``."""

    title: Text
    policies: Annotated[tuple[str, ...], Field(min_length=1)]
    friction: Friction = Friction.PRIOR
    points: Count = 0


class FactorTable(_Table):
    """``[[factors]]``: a name, and what differs from the case's own range."""

    name: Text
    shape: Shape | None = None
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    choices: tuple[Number, ...] = ()


class StopTable(_Table):
    """``[stop]``."""

    arm: Text
    outcome: Text
    metric: Metric = Metric.LEVEL
    half_width: Annotated[float, Field(strict=True, gt=0.0)]
    at_least: Annotated[int, Field(strict=True, ge=2, le=MAX_REPLICATIONS)] = 3


class ClaimTable(_Table):
    """``[[claims]]``."""

    id: Identifier
    title: Text
    source: Text
    outcome: Text
    metric: Metric
    of: Annotated[tuple[str, ...], Field(min_length=1)]
    window_years: Annotated[tuple[Year, ...], Field(min_length=1)]
    low: Number
    high: Number
    arms: tuple[str, ...] = ()
    against: str = "without"
    note: str = ""


class PlanTable(_Table):
    """The whole file."""

    title: Text
    question: Text
    case: Text
    years: Year
    factors: tuple[FactorTable, ...]
    rest: Rest = Rest.DRAWN
    seeds: Seeds = Seeds.OWN
    replications: Repeats = 1
    repeated_points: Count = 0
    first_seed: Seed = 1
    base: tuple[str, ...] = ()
    dates: str = "given"
    still: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    design: DesignTable
    arms: Annotated[dict[str, ArmTable], Field(min_length=1)]
    stop: StopTable | None = None
    claims: tuple[ClaimTable, ...] = ()


def read_plan(path: str | Path) -> Plan:
    """Read and check a plan: its folder, or the file itself.

    Raises :class:`InputError` with all problems that can be told together: those of the file's keys, then (once these are right)
    those of the case, then those of the plan against its case.
    """
    file = plan_path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise input_error(str(file), f"cannot be read ({reason})") from error
    return parse_plan(text, file.absolute().parent)


def plan_path(path: str | Path) -> Path:
    """``plan.toml`` of a folder, or the file itself. Raises InputError when there is none."""
    given = Path(path).expanduser()
    try:
        file = given / PLAN_FILE if given.is_dir() else given
        exists = file.is_file()
    except (OSError, ValueError) as error:
        raise input_error(str(path), f"cannot be opened ({error})") from error
    if not exists:
        raise input_error(str(path), f"is neither a plan nor a folder with {PLAN_FILE}")
    return file


def parse_plan(text: str, folder: Path, case: Case | None = None) -> Plan:
    """The plan of a text; ``folder``: where it lies, which names it. ``case`` stands in for the one the text names, if given."""
    table = _table_of(text)
    loaded = case if case is not None else load(case_of(table.case, folder))
    problems: list[Problem] = []
    factors = factors_of(loaded, table.factors, problems)
    plan = Plan(
        name=folder.name, title=table.title, question=table.question, case=loaded, years=table.years,
        arms=tuple(Arm(name, **arm.model_dump()) for name, arm in table.arms.items()), factors=factors, design=DesignSpec(**table.design.model_dump()),
        replications=table.replications, repeated_points=table.repeated_points, first_seed=table.first_seed,
        rest=table.rest.value, seeds=table.seeds.value, base=table.base, dates=table.dates, still=table.still,
        stop=None if table.stop is None else StopRule(**table.stop.model_dump()),
        outcomes=table.outcomes, claims=tuple(Claim(**claim.model_dump()) for claim in table.claims), text=text,
    )  # fmt: skip
    problems += rule_problems(plan)
    if problems:
        raise InputError(problems)
    return plan


def case_of(name: str, folder: Path) -> str | Path:
    """The case that a plan names: a folder beside the plan, if there is one, else a packaged case or a folder from here."""
    beside = folder / name
    return beside if beside.is_dir() else name


def _table_of(text: str) -> PlanTable:
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{PLAN_FILE}:{line.group(1)}" if line else PLAN_FILE
        raise input_error(place, f"is not well-formed TOML: {error}") from error
    if content.get("factors") == ALL_FACTORS:
        content["factors"] = [{"name": ALL_FACTORS}]
    try:
        return PlanTable.model_validate(content)
    except ValidationError as error:
        raise InputError([_problem(fault) for fault in error.errors(include_url=False)]) from error


def _problem(fault: Mapping[str, Any]) -> Problem:
    """A fault with the name of its key, such as ``claims[0].metric``, and the nearest key that is known there."""
    steps = fault["loc"]
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    names = [step for step in steps if isinstance(step, str)]
    rule, suggestion = cell_rule(fault, _model_at(steps), names[-1] if names else "")  # type: ignore[arg-type]
    if field == "factors" and fault["type"] != "missing":
        rule = f"must be {ALL_FACTORS!r} or [[factors]] tables"
    value = "" if fault["type"] in ("missing", "extra_forbidden") else as_written(fault["input"])
    return Problem(PLAN_FILE, rule, field, value, suggestion)


def _model_at(steps: tuple[str | int, ...]) -> type[BaseModel]:
    """The table whose key a fault is about."""
    model: type[BaseModel] = PlanTable
    for step in steps[:-1]:
        inside = model.model_fields.get(step) if isinstance(step, str) else None
        if inside is not None:
            model = next((kind for kind in _kinds(inside.annotation) if issubclass(kind, BaseModel)), model)
    return model


def _kinds(annotation: Any) -> list[type]:
    """Every class that an annotation names."""
    inner = get_args(annotation)
    return [kind for part in inner for kind in _kinds(part)] if inner else [annotation] * isinstance(annotation, type)
