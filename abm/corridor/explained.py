"""``explained.csv``: warnings that are right and understood, with the reason why they may stand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from abm.corridor.actor_rows import listed
from abm.corridor.folder import Reading
from abm.corridor.tables import TABLES, Explained
from abm.corridor.wording import as_written
from abm.errors import Problem, nearest

#: Table, key of the row (empty: the warning is about the whole table) and column of a warning.
type _Spot = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A warning and why it may stand."""

    warning: Problem
    reason: str


def explained_problems(reading: Reading) -> Iterator[Problem]:
    """Tables that ``explained.csv`` names must exist, and a warning is explained once; rows and columns that no warning names are
    told as warnings by :func:`sort_out`."""
    seen: set[_Spot] = set()
    for place, row in reading.located(Explained):
        for key in listed(row.row) or ("",):
            spot = (row.table, key, row.column)
            if spot in seen:
                yield Problem(place, "is explained by an earlier row, too", "row" if key else "table", as_written(key))
            seen.add(spot)
        if row.table not in TABLES:
            yield Problem(place, "is not a table of a case", "table", as_written(row.table), nearest(row.table, TABLES))


def sort_out(warnings: Iterable[Problem], reading: Reading) -> tuple[list[Problem], list[Explanation]]:
    """The warnings that nobody has explained, and those that somebody has.

    A row of ``explained.csv`` that fits no warning is a warning itself: what it excused is gone.
    """
    reasons: dict[_Spot, str] = {}
    written: dict[_Spot, str] = {}
    for place, row in reading.located(Explained):
        for key in listed(row.row) or ("",):
            reasons[row.table, key, row.column] = row.reason
            written[row.table, key, row.column] = place
    keys = _keys(reading)
    bare, explained = [], []
    for warning in warnings:
        spot = _spot(warning, keys)
        if spot in reasons:
            explained.append(Explanation(warning, reasons[spot]))
            written.pop(spot, None)
        else:
            bare.append(warning)
    for (_, key, _), place in written.items():
        rule = "explains a warning that 'check' does not give"
        bare.append(Problem(place, rule, "row" if key else "table", as_written(key) if key else ""))
    return bare, explained


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
