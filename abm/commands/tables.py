"""Small tables for a terminal: a title at full width, plain columns, a note below."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text


class Titled(NamedTuple):
    """A table with its title and a note below it."""

    title: str
    table: Table
    note: str = ""


def titled(title: str, columns: Sequence[str], note: str = "") -> Titled:
    """An empty table: the first column to the left, the others to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    return Titled(title, table, note)


def show(screen: Console, what: Titled) -> None:
    """Title, table, note and a blank line; nothing if the table has no rows."""
    if what.table.row_count:
        screen.print(Text(what.title, style="bold"))
        screen.print(what.table)
        if what.note:
            screen.print(Text(what.note, style="dim"))
        screen.print()


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
