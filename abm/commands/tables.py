"""Small tables for a terminal: a title at full width, plain columns, a note below."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

#: Blanks between columns, and the width below which the column of names is not squeezed.
_GAP, _NARROWEST = 2, 12


class Titled(NamedTuple):
    """A table with its title and a note below it."""

    title: str
    table: Table
    note: str = ""


def titled(title: str, columns: Sequence[str], note: str = "") -> Titled:
    """An empty table: the first column to the left, the others to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    return Titled(title, table, note)


def show(screen: Console, what: Titled) -> None:
    """Title, table, note and a blank line; nothing if the table has no rows.

    No number is ever cut: where the screen is narrow, headers and names take more lines.
    """
    if what.table.row_count:
        screen.print(Text(what.title, style="bold"))
        width = screen.width
        _fit(what.table, width)
        screen.width = max(width, _width(what.table))  # wider than the screen: the terminal wraps, and nothing is lost
        screen.print(what.table, crop=False)
        screen.width = width
        if what.note:
            screen.print(Text(what.note, style="dim"))
        screen.print()


def _fit(table: Table, width: int) -> None:
    """Fixed widths for all columns: as wide as they like or, if that is too much, numbers whole and names in what is left."""
    names, *numbers = table.columns
    for column in table.columns:
        column.width = max(cell_len(str(column.header)), *(cell_len(str(cell)) for cell in column.cells))
    if _width(table) <= width:
        return
    for column in numbers:
        longest_word = max(map(cell_len, str(column.header).split()), default=0)
        column.width = max(longest_word, *(cell_len(str(cell)) for cell in column.cells))
    others = _width(table) - (names.width or 0)
    names.width = min(names.width or 0, max(_NARROWEST, width - others))
    for column in table.columns:
        column.no_wrap = False


def _width(table: Table) -> int:
    return sum((column.width or 0) + _GAP for column in table.columns) - _GAP


def spread(
    row: Mapping[Any, Any], prefix: str = "", scale: float = 100.0, digits: int = 1, *, error: bool = True
) -> str:
    """``+3.2 (1.1 to 5.6, ±0.4)``: mean, 5-95 % range over worlds and Monte Carlo error; a dash where there is no number."""
    mean, low, high, deviation = (scale * float(row[f"{prefix}{name}"]) for name in ("mean", "p5", "p95", "error"))
    if not math.isfinite(mean):
        return "-"
    # A zero from below is a zero.
    mean, low, high = (0.0 if abs(value) < 0.5 * 10.0**-digits else value for value in (mean, low, high))
    if not math.isfinite(deviation):
        return f"{mean:+.{digits}f}"
    last = f", ±{deviation:.{digits}f}" if error else ""
    return f"{mean:+.{digits}f} ({low:.{digits}f} to {high:.{digits}f}{last})"
