"""``read_plan``: a folder or its ``plan.toml`` into one checked :class:`Plan`, or every problem at once.

Keys, types and limits are checked here; what a key means for the case is checked by :mod:`abm.study.plan_rules`.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from abm.corridor.load import load
from abm.corridor.tables import Case
from abm.corridor.wording import as_written, cell_rule
from abm.errors import InputError, Problem, input_error
from abm.study.plan import Arm, Claim, DesignSpec, Plan, StopRule
from abm.study.plan_rules import ALL_FACTORS, factors_of, rule_problems
from abm.study.plan_tables import PlanTable

PLAN_FILE = "plan.toml"


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
    table, problems = _table_of(text)
    loaded = case
    if table is not None and case is None:
        try:
            loaded = load(case_of(table.case, folder))
        except InputError as error:
            problems += error.problems
    if table is None or loaded is None:
        raise InputError(problems)
    plan = _plan(table, loaded, folder.name, text, problems)
    problems += rule_problems(plan)
    if problems:
        raise InputError(problems)
    return plan


def _plan(table: PlanTable, case: Case, name: str, text: str, problems: list[Problem]) -> Plan:
    return Plan(
        name=name, title=table.title, question=table.question, case=case, years=table.years,
        arms=tuple(Arm(arm, **content.model_dump()) for arm, content in table.arms.items()),
        factors=factors_of(case, table.factors, problems),
        design=DesignSpec(**table.design.model_dump()), replications=table.replications,
        repeated_points=table.repeated_points, first_seed=table.first_seed, rest=table.rest.value,
        seeds=table.seeds.value, base=table.base, dates=table.dates, still=table.still,
        stop=None if table.stop is None else StopRule(**table.stop.model_dump()), outcomes=table.outcomes,
        claims=tuple(Claim(**claim.model_dump()) for claim in table.claims), text=text,
    )  # fmt: skip


def case_of(name: str, folder: Path) -> str | Path:
    """The case that a plan names: a folder beside the plan, if there is one, else a packaged case or a folder from here."""
    beside = folder / name
    return beside if beside.is_dir() else name


def _table_of(text: str) -> tuple[PlanTable | None, list[Problem]]:
    """The tables of a text, and what is wrong with its keys. Names that nobody knows do not hide what else is wrong: the rest is
    read without them."""
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{PLAN_FILE}:{line.group(1)}" if line else PLAN_FILE
        raise input_error(place, f"is not well-formed TOML: {error}") from error
    if content.get("factors") == ALL_FACTORS:
        content["factors"] = [{"name": ALL_FACTORS}]
    problems: list[Problem] = []
    while True:
        try:
            return PlanTable.model_validate(content), problems
        except ValidationError as error:
            faults = error.errors(include_url=False)
            problems += [_problem(fault) for fault in faults if _problem(fault) not in problems]
            if any(fault["type"] != "extra_forbidden" for fault in faults):
                return None, problems
            for fault in faults:
                _drop(content, fault["loc"])


def _drop(content: Any, steps: tuple[str | int, ...]) -> None:
    for step in steps[:-1]:
        content = content[step]
    del content[steps[-1]]


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
