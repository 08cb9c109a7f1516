"""Text for a terminal: sections of paragraphs, points and small tables, laid out to a width."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: The last column of a table is not squeezed below this.
_NARROWEST = 12


@dataclass(frozen=True, slots=True)
class Points:
    """A list of short statements."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A small table; columns numbered in ``right`` are flush right, the last column may wrap."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


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
        text, max(width, 20), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [""]


def _grid(grid: Grid, width: int) -> list[str]:
    rows = [grid.columns, *grid.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(grid.columns))]
    fixed = sum(widths[:-1]) + 2 * len(widths[:-1])
    widths[-1] = min(widths[-1], max(_NARROWEST, width - fixed))
    lines = []
    for number, row in enumerate(rows):
        lines += _grid_row(row, widths, grid.right)
        if number == 0:
            lines.append("  ".join("-" * w for w in widths))
    return [line.rstrip() for line in lines]


def _grid_row(row: Sequence[str], widths: list[int], right: frozenset[int]) -> list[str]:
    last = len(row) - 1
    cells = [cell.rjust(widths[i]) if i in right else cell.ljust(widths[i]) for i, cell in enumerate(row)]
    wrapped = [row[last].rjust(widths[last])] if last in right else _wrap(row[last], widths[last])
    indent = " " * (sum(widths[:last]) + 2 * last)
    first = "  ".join([*cells[:last], wrapped[0]])
    return [first, *(indent + line for line in wrapped[1:])]


def listed(words: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def counted(number: int, thing: str, things: str = "") -> str:
    """'1 link', '2 links'."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def tonnes_text(tonnes: float) -> str:
    """Tonnes a year at a readable scale: '1.32 Mt', '45 kt', '900 t'."""
    if tonnes >= 1e6:
        return f"{tonnes / 1e6:.2f} Mt"
    return f"{tonnes / 1e3:,.0f} kt" if tonnes >= 1e4 else f"{tonnes:,.0f} t"
