"""Reading options, for commands that must start quickly: nothing heavy is imported here."""

from collections.abc import Iterator
from contextlib import contextmanager

from abm.errors import InputError, Problem


def parse_values(pairs: tuple[str, ...], problems: list[Problem]) -> dict[str, float]:
    """``NAME=VALUE`` options as a mapping; every one that is not a name and a number is added to ``problems``."""
    values: dict[str, float] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        try:
            number = float(text)
        except ValueError:
            number = None
        if not equals or not name or number is None:
            problems.append(Problem("--set", "must be NAME=VALUE with a number", value=pair))
        elif name in values:
            problems.append(Problem("--set", "sets the same name twice", value=pair))
        else:
            values[name] = number
    return values


@contextmanager
def noting(problems: list[Problem]) -> Iterator[None]:
    """Notes the problems of an InputError and goes on, so that the user hears of all at once."""
    try:
        yield
    except InputError as error:
        problems.extend(error.problems)
