"""Text for a terminal: sections of paragraphs, points and small tables, laid out to a width."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: The column of a table that gives way is not squeezed below this.
_NARROWEST = 12


@dataclass(frozen=True, slots=True)
class Points:
    """A list of short statements."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A small table; columns numbered in ``right`` are flush right, the column ``wraps`` (-1: the last) gives way."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    wraps: int = -1


Block = str | Points | Grid


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


def lay_out(sections: Iterable[Section], width: int = 100) -> str:
    """Plain text of the sections; no line is longer than ``width`` unless a single word is."""
    lines: list[str] = []
    for section in sections:
        lines += [section.title, "-" * min(len(section.title), width)]
        for block in section.blocks:
            lines += [*_block(block, width), ""]
    return "\n".join(lines).rstrip() + "\n"


def _block(block: Block, width: int) -> list[str]:
    if isinstance(block, str):
        return _wrap(block, width)
    if isinstance(block, Points):
        return [line for item in block.items for line in _wrap(f"- {item}", width, "  ")]
    return _grid(block, width)


def _wrap(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, max(width, _NARROWEST), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [""]


def _grid(grid: Grid, width: int) -> list[str]:
    rows = [grid.columns, *grid.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(grid.columns))]
    flexible = grid.wraps % len(widths)
    fixed = sum(widths) - widths[flexible] + 2 * (len(widths) - 1)
    widths[flexible] = min(widths[flexible], max(_NARROWEST, width - fixed))
    lines = []
    for number, row in enumerate(rows):
        lines += _grid_row(row, widths, grid.right, flexible)
        if number == 0:
            lines.append("  ".join("-" * w for w in widths))
    return [line.rstrip() for line in lines]


def _grid_row(row: Sequence[str], widths: list[int], right: frozenset[int], flexible: int) -> list[str]:
    """Lines of one row: only the flexible cell may take more than one."""
    parts = _wrap(row[flexible], widths[flexible])
    lines = []
    for number, part in enumerate(parts):
        cells = [part if i == flexible else cell if number == 0 else "" for i, cell in enumerate(row)]
        lines.append("  ".join(c.rjust(widths[i]) if i in right else c.ljust(widths[i]) for i, c in enumerate(cells)))
    return lines


def listed(words: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def first_of(words: Sequence[str], most: int) -> str:
    """'a, b'; of more than ``most`` the first ones: 'a, b and 3 more'."""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")


def counted(number: int, thing: str, things: str = "") -> str:
    """'1 link', '2 links'."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def tonnes_text(tonnes: float) -> str:
    """Tonnes a year at a readable scale: '1.32 Mt', '45 kt', '900 t'."""
    if tonnes >= 1e6:
        return f"{tonnes / 1e6:.2f} Mt"
    return f"{tonnes / 1e3:,.0f} kt" if tonnes >= 1e4 else f"{tonnes:,.0f} t"
