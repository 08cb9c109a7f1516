"""Errors that a user can act on: place, field, value, rule, nearest known name."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that ``name`` most likely stands for, or an empty string."""
    matches = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a user's input.

    ``place`` is a file, or ``file:row``; ``field`` a column or key; ``value`` what stands there; ``rule`` what must hold.
    """

    place: str
    rule: str
    field: str = ""
    value: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.place} column {self.field}" if self.field else self.place
        value = f" {self.value}" if self.value else ""
        hint = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"{where}:{value} {self.rule}{hint}"


class CaravanError(Exception):
    """Base of every error that Caravan raises on purpose."""

    exit_code = 1


class InputError(CaravanError):
    """Bad input: carries *all* the problems found, not the first one only."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled by its problems, so that an error of a worker process arrives as it left."""
        return InputError, (self.problems,)


def input_error(place: str, rule: str, *, field: str = "", value: str = "", suggestion: str = "") -> InputError:
    """An :class:`InputError` with a single problem."""
    return InputError([Problem(place=place, rule=rule, field=field, value=value, suggestion=suggestion)])
