"""``explained.csv``: warnings that are right and understood, with the reason why they may stand.

A reason is given for one warning, known by its table, row and column and by words of its text: another warning of the same cell
is told as if nothing had been explained.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from abm.corridor.actor_rows import listed
from abm.corridor.folder import Reading
from abm.corridor.tables import TABLES, Explained
from abm.corridor.wording import as_written
from abm.errors import Problem, nearest

#: Fewer characters could stand in any warning.
_LEAST_WORDS = 10
#: Table, key of the row (empty: the warning is about the whole table) and column of a warning.
type _Spot = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A warning and why it may stand."""

    warning: Problem
    reason: str


def explained_problems(reading: Reading) -> Iterator[Problem]:
    """Tables that ``explained.csv`` names must exist, and a warning is explained once, by words that stay when figures change;
    rows, columns and words that no warning has are told as warnings by :func:`sort_out`."""
    seen: set[tuple[_Spot, str]] = set()
    for place, row in reading.located(Explained):
        for spot in _spots(row):
            if (spot, row.warning) in seen:
                key = spot[1]
                yield Problem(place, "is explained by an earlier row, too", "row" if key else "table", as_written(key))
            seen.add((spot, row.warning))
        if row.table not in TABLES:
            yield Problem(place, "is not a table of a case", "table", as_written(row.table), nearest(row.table, TABLES))
        if len(row.warning) < _LEAST_WORDS or re.search(r"\d", row.warning):
            rule = f"must be words of the warning: {_LEAST_WORDS} characters or more, and no digit"
            yield Problem(place, rule, "warning", as_written(row.warning))


def sort_out(warnings: Iterable[Problem], reading: Reading) -> tuple[list[Problem], list[Explanation]]:
    """The warnings that nobody has explained, and those that somebody has.

    Words of ``explained.csv`` that fit no warning of their cell, or several of them, explain none and are a warning themselves:
    what they excused is gone, or is not told from something else.
    """
    told = list(warnings)
    keys = _keys(reading)
    of_spot: dict[_Spot, list[Problem]] = defaultdict(list)
    for warning in told:
        of_spot[_spot(warning, keys)].append(warning)
    reasons: dict[Problem, str] = {}
    idle: list[tuple[str, _Spot, str]] = []
    for place, row in reading.located(Explained):
        for spot in _spots(row):
            fitting = [warning for warning in of_spot[spot] if row.warning in warning.rule]
            if fitting and _is_clear(fitting) and reasons.keys().isdisjoint(fitting):
                reasons |= dict.fromkeys(fitting, row.reason)
            else:
                idle.append((place, spot, row.warning))
    bare = [warning for warning in told if warning not in reasons]
    spots = [_spot(warning, keys) for warning in told]
    doubts = [_doubt(place, spot, words, of_spot[spot], spots) for place, spot, words in idle]
    return bare + doubts, [Explanation(warning, reasons[warning]) for warning in told if warning in reasons]


def _spots(row: Explained) -> list[_Spot]:
    return [(row.table, key, row.column) for key in listed(row.row) or ("",)]


def _is_clear(fitting: list[Problem]) -> bool:
    """Whether no cell has two of these warnings; rows of one policy share their key, and have cells of their own."""
    return max(Counter(warning.place for warning in fitting).values()) == 1


def _doubt(place: str, spot: _Spot, words: str, told: list[Problem], spots: list[_Spot]) -> Problem:
    """Why words explain nothing; ``told``: all warnings of their cell; ``spots``: cells that have warnings."""
    table, key, _ = spot
    if not told:
        return _stale(place, spot, spots)
    fitting = [warning for warning in told if words in warning.rule]
    if fitting:
        rule = "fits several warnings of this cell: more of one of them is needed"
        if _is_clear(fitting):
            rule = "is explained by an earlier row, too"
        return Problem(place, rule, "warning", as_written(words))
    known = [part for warning in told for part in _parts(warning.rule)]
    suggestion = "".join(get_close_matches(words, known, n=1, cutoff=0.0))
    where = f"{table} {key}".rstrip()
    return Problem(place, f"fits no warning of {where}", "warning", as_written(words), suggestion)


def _stale(place: str, spot: _Spot, spots: list[_Spot]) -> Problem:
    """A cell that has no warning, with the nearest that has one: another column of its row, or another row."""
    table, key, column = spot
    rule = "explains a warning that 'check' does not give"
    if columns := [other for of, at, other in spots if (of, at) == (table, key)]:
        return Problem(place, rule, "column", as_written(column), nearest(column, columns))
    rows = [at for of, at, _ in spots if of == table and at]
    return Problem(place, rule, "row" if key else "table", as_written(key or table), nearest(key, rows))


def _parts(rule: str) -> list[str]:
    """Parts of a warning's text that are long enough and hold no figure."""
    parts = (part.strip(" ,") for part in re.split(r"\S*\d\S*|[:;()]", rule))
    return [part for part in parts if len(part) >= _LEAST_WORDS]


def _keys(reading: Reading) -> dict[str, str]:
    """Place of a row -> its key, several columns joined by /."""
    found = {}
    for attribute, _, columns, _ in TABLES.values():
        sheet = reading.sheets[attribute]
        for place, row in zip(sheet.places, sheet.rows, strict=True):
            found[place] = "/".join(str(getattr(row, column)) for column in columns or ("policy_id",))
    return found


def _spot(warning: Problem, keys: dict[str, str]) -> _Spot:
    table = warning.place.partition(":")[0].partition(" ")[0]
    return table, keys.get(warning.place, ""), warning.field
