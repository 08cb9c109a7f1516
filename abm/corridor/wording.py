"""The rules of a column in words a user can act on, from the faults that pydantic finds."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from abm.errors import nearest

_SHOWN = 60

#: Pattern of a text column -> what it asks for.
_PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$": "must start with a letter or digit and hold only letters, digits, '_', '.' and '-'",
    r"^[A-Z]{2}$": "must be a country code of two capital letters (ISO 3166)",
    r"^([A-Z]{2}|\*)$": "must be a country code of two capital letters, or * for all",
    "^[ABC]$": "must be A (read in the source), B (secondary) or C (from memory)",
}

_WORDS = {
    "missing": "must have a value",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of at most 18 digits",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false (1 or 0)",
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "extra_forbidden": "is not a name that is known here",
    "tuple_type": "must be a list",
    "model_type": "must be a table of names and values",
}


def as_written(value: object) -> str:
    """A value as a message shows it: numbers bare, text in quotes, long text cut."""
    text = value if isinstance(value, str) else repr(value)
    if not text:
        return ""
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    if not isinstance(value, str) or re.fullmatch(r"[-+0-9.,eE%_]+|[-+]?(nan|inf(inity)?)", shown, re.IGNORECASE):
        return shown
    return repr(shown)


def cell_rule(fault: ErrorDetails, model: type[BaseModel], name: str) -> tuple[str, str]:
    """(what must hold, nearest known name) of one fault of a column."""
    kind = fault["type"]
    context = fault.get("ctx", {})
    written = str(fault["input"])
    if kind == "enum":
        choices = _choices(model, name)
        return f"must be one of {', '.join(choices)}", nearest(written.lower(), choices)
    if kind == "extra_forbidden":
        return _WORDS[kind], nearest(name, model.model_fields)
    if kind == "float_parsing":
        return _number_rule(written), ""
    return _WORDS.get(kind) or _bound(kind, context) or str(fault["msg"]), ""


def _number_rule(written: str) -> str:
    if re.fullmatch(r"[-+]?\d+,\d+", written):
        return "must be a number: write a point before the decimals and nothing between thousands"
    if re.fullmatch(r"[-+]?\d+(\.\d+)?\s*[a-zA-Z%$/]+", written):
        return "must be a number alone: the unit stands in the column's name"
    return "must be a number"


def _bound(kind: str, context: Mapping[str, Any]) -> str:
    """The rule of a limit or a pattern, or an empty string."""
    match kind:
        case "greater_than":
            return f"must be > {context['gt']:g}"
        case "greater_than_equal":
            return f"must be >= {context['ge']:g}"
        case "less_than":
            return f"must be < {context['lt']:g}"
        case "less_than_equal":
            return f"must be <= {context['le']:g}"
        case "string_pattern_mismatch":
            return _PATTERNS.get(context["pattern"], f"must match {context['pattern']}")
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "string_too_short":
            least = context["min_length"]
            return "must have a value" if least == 1 else f"must have at least {least} characters"
        case "too_short" | "too_long":
            return f"must have {context.get('min_length', context.get('max_length'))} entries"
    return ""


def _choices(model: type[BaseModel], name: str) -> list[str]:
    """Values of the enumeration behind a column, optional or not."""
    field = model.model_fields.get(name)
    if field is None:
        return []
    kinds = get_args(field.annotation) or (field.annotation,)
    return [member.value for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum) for member in kind]
