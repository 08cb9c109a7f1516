"""What a run depends on, as a key; what a case and a plan hold, as plain content; and how two of these differ, in words.

A run's key changes with anything that its record depends on, and with nothing else: not with the name of its arm, the plan's
title, the case's line ends or the order of its columns, nor with comments and docstrings of the code.
"""

import ast
import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from abm.corridor.tables import TABLES, Case
from abm.study.plan import Arm, Friction, Plan
from abm.study.provenance import code_version

_PACKAGE = Path(__file__).resolve().parent.parent
#: Rooms of the package that no world depends on; the modules of ``study`` that a record is made by are named below.
_BESIDE = frozenset({"study", "figures", "viz", "commands", "cases", "__init__.py", "__main__.py", "cli.py"})
_RECORDING = ("study/outcomes.py", "study/measures.py", "study/emissions.py")
_BYTES = 16
#: Fields of the syntax tree that follow from others.
_UNTOLD = frozenset({"ctx", "kind", "type_comment"})
#: What is told of a difference before the rest is counted.
_SHOWN = 60


# ---------------------------------------------------------------------------------------------------------- keys
@cache
def model_version() -> str:
    """Version of the package and a digest of the code that plays and records worlds: same version, same results."""
    state = hashlib.blake2b(digest_size=_BYTES)
    for path in model_sources():
        state.update(f"\n[{path.relative_to(_PACKAGE).as_posix()}]\n".encode())
        state.update(code_digest(path.read_text(encoding="utf-8")).encode())
    return f"{code_version()}+{state.hexdigest()}"


def model_sources() -> list[Path]:
    """Files whose code a record depends on, in a fixed order."""
    files = [path for path in _PACKAGE.rglob("*.py") if path.relative_to(_PACKAGE).parts[0] not in _BESIDE]
    return sorted([*files, *(_PACKAGE / name for name in _RECORDING)])


def code_digest(source: str) -> str:
    """Digest of what a module does: comments, docstrings and layout leave it as it is."""
    parts: list[str] = []
    _tell(ast.parse(source), parts)
    return hashlib.blake2b("".join(parts).encode(), digest_size=_BYTES).hexdigest()


def _tell(node: ast.AST, parts: list[str]) -> None:
    """The tree as text; empty fields are left out, so that a Python that knows more of them tells the same."""
    parts.append(f"({type(node).__name__}")
    for name in node._fields:
        value = getattr(node, name, None)
        children = value if isinstance(value, list) else [value]
        if name == "body" and isinstance(value, list) and _has_docstring(node, value):
            children = children[1:]
        if name in _UNTOLD or children in ([], [None]):
            continue
        parts.append(f" {name}[")
        for child in children:
            if isinstance(child, ast.AST):
                _tell(child, parts)
            else:
                parts.append(f"{child!r},")
        parts.append("]")
    parts.append(")")


def _has_docstring(node: ast.AST, body: list[Any]) -> bool:
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or not body:
        return False
    first = body[0]
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


def run_key(
    plan: Plan, opened: Sequence[str], values: Sequence[float], seed: int, arm: Arm | None, version: str | None = None
) -> str:
    """32 hexadecimal digits of one run: ``arm`` None is the arm without. ``opened``: the links that count as the measure
    (:func:`abm.study.outcomes.links_opened`), ``values``: the point, in the order of the plan's factors."""
    content = {
        "case": plan.case.digest,
        "values": sorted((factor.name, float(value).hex()) for factor, value in zip(plan.factors, values, strict=True)),
        "rest": plan.rest,
        "dates": plan.dates,
        "still": sorted(plan.still),
        "base": sorted(plan.base),
        "policies": sorted(arm.policies) if arm is not None else [],
        "friction": (arm.friction if arm is not None else Friction.PRIOR).value,
        "measure": sorted(opened),
        "years": plan.years,
        "seed": seed,
        "model": version or model_version(),
    }
    return _digest(content)


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=_BYTES).hexdigest()


# ---------------------------------------------------------------------------------------------------------- contents
def case_snapshot(case: Case) -> dict[str, Any]:
    """File -> row -> column -> value of everything a case holds; empty cells and texts that nothing is computed from included."""
    content: dict[str, Any] = {"case.toml": case.info.model_dump(mode="json")}
    for file, (attribute, _, keys, _) in TABLES.items():
        rows: dict[str, Any] = {}
        for row in getattr(case, attribute):
            named = keys or ("policy_id", "action", "target")
            name = "/".join(str(getattr(row, key)) for key in named)
            while name in rows:  # the rows of a policy may repeat themselves
                name += "'"
            rows[name] = row.model_dump(mode="json")
        content[file] = rows
    return content


def plan_snapshot(plan: Plan) -> dict[str, Any]:
    """What a plan asks, without its case and its text; arms, factors and claims by name. Infinite ends of claims, which JSON does
    not know, are the texts ``inf`` and ``-inf``."""
    content = {key: value for key, value in asdict_without_case(plan).items() if key not in ("text", "name")}
    for key, name in (("arms", "name"), ("factors", "name"), ("claims", "id")):
        content[key] = {row.pop(name): row for row in content[key]}
    for claim in content["claims"].values():
        claim |= {end: str(claim[end]) for end in ("low", "high") if math.isinf(claim[end])}
    return {"plan.toml": json.loads(json.dumps(content, allow_nan=False))}


def asdict_without_case(plan: Plan) -> dict[str, Any]:
    """Fields of a plan as plain data, the name of its case instead of the case."""
    content: dict[str, Any] = {}
    for name in plan.__dataclass_fields__:
        value = getattr(plan, name)
        if isinstance(value, Case):
            content[name] = value.info.name
        elif isinstance(value, tuple) and value and hasattr(value[0], "__dataclass_fields__"):
            content[name] = [asdict(row) for row in value]
        else:
            content[name] = asdict(value) if hasattr(value, "__dataclass_fields__") else value
    return content


def differences(before: Mapping[str, Any], after: Mapping[str, Any], limit: int = _SHOWN) -> list[str]:
    """What changed from one snapshot to another, a line each: ``links.csv R32 length_km: 12.4 -> 13``.

    Rows that came or went are told as a whole; after ``limit`` lines the rest is counted.
    """
    found = list(_compare((), before, after))
    if len(found) > limit:
        found = [*found[:limit], f"and {len(found) - limit} more"]
    return found


def _compare(path: tuple[str, ...], before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            here = (*path, str(key))
            if key not in after:
                yield f"{' '.join(here)}: removed" + _leaf(before[key])
            elif key not in before:
                yield f"{' '.join(here)}: added" + _leaf(after[key])
            else:
                yield from _compare(here, before[key], after[key])
    elif before != after:
        yield f"{' '.join(path)}: {_shown(before)} -> {_shown(after)}"


def _leaf(value: Any) -> str:
    return "" if isinstance(value, Mapping) else f" ({_shown(value)})"


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value) if not isinstance(value, list) else ", ".join(_shown(part) for part in value) or "(empty)"
