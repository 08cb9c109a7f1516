"""Charts of rows: names to the left, dots and bars to the right, keys above."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from abm.figures import style

Floats = npt.NDArray[np.float64]

_ROW_IN = 0.27
_SMALLEST_BODY_IN = 0.6
_AXIS_IN, _KEYS_IN = 0.48, 0.3
_SAME_SHARE = 0.005


def rows_figure(
    labels: Sequence[str], places: Floats, title: str, subtitle: str, note: str, right_in: float
) -> tuple[Figure, Axes]:
    """A figure with horizontal rows at ``places`` (0 on top, 1 a row's height), names to the left, room for keys above."""
    body = max(_SMALLEST_BODY_IN, (float(places[-1]) + 1.0) * _ROW_IN)
    probe = style.new_figure(body)
    names = max(style.text_size(probe, label, 8.5)[0] for label in labels)
    left = min(names + style.EDGE_IN + 0.1, 0.5 * style.WIDTH_IN)
    probe_bottom, probe_top = style.head_and_foot(probe, title, subtitle, note)
    height = body * (2.0 - probe_top + probe_bottom) + _AXIS_IN + _KEYS_IN
    figure = style.new_figure(height)
    bottom, _ = style.head_and_foot(figure, title, subtitle, note)
    width = 1 - (left + right_in) / style.WIDTH_IN
    axes = figure.add_axes((left / style.WIDTH_IN, bottom + _AXIS_IN / height, width, body / height))
    axes.set_ylim(float(places[-1]) + 0.5, -0.5)
    axes.set_yticks(places, labels)
    for text in axes.get_yticklabels():
        text.set(color=style.INK, parse_math=False)
    style.plain_axes(axes, grid="x")
    return figure, axes


def keys(axes: Axes, entries: Sequence[tuple[str, str, str]]) -> None:
    """Keys above the axes: (text, colour, "full", "hollow" or "band")."""
    handles: list[Artist] = []
    for _, colour, kind in entries:
        face = style.PAPER if kind == "hollow" else colour
        if kind == "band":
            handles.append(Patch(facecolor=colour, alpha=0.7, linewidth=0))
        else:
            handles.append(Line2D([], [], ls="", marker="o", ms=6, mfc=face, mec=colour, mew=1.4))
    axes.legend(
        handles,
        [text for text, _, _ in entries],
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncol=len(entries),
        borderaxespad=0.2,
        borderpad=0.0,
        handletextpad=0.4,
        handlelength=1.2,
        columnspacing=1.4,
    )


def _is_same(before: Floats, after: Floats) -> npt.NDArray[np.bool_]:
    """Which pairs differ by less than half a percent: too little to be called a change."""
    return np.asarray(np.abs(after - before) <= _SAME_SHARE * np.abs(before), dtype=np.bool_)


def dumbbells(axes: Axes, before: Floats, after: Floats) -> None:
    """Hollow dot before, full dot after, joined by a line in the colour of the change."""
    rows = np.arange(len(before))
    colours = np.where(after < before, style.WITH, style.HIGHLIGHT)
    colours[_is_same(before, after)] = style.MUTED
    axes.hlines(rows, before, after, colors=colours.tolist(), linewidth=1.8, alpha=0.6, zorder=2)
    axes.plot(before, rows, "o", ms=6, mfc=style.PAPER, mec=style.WITHOUT, mew=1.4, zorder=3)
    axes.scatter(after, rows, s=36, c=colours.tolist(), zorder=4)


def change_keys(before: Floats, after: Floats, measure: str, less: str, more: str) -> list[tuple[str, str, str]]:
    """Keys for the dots of ``_dumbbells``, naming only the directions that occur; the first alone names the measure, for room."""
    same = _is_same(before, after)
    entries = [("without", style.WITHOUT, "hollow")]
    for mask, word, colour in (
        (~same & (after < before), less, style.WITH),
        (~same & (after > before), more, style.HIGHLIGHT),
        (same, "the same", style.MUTED),
    ):
        if mask.any():
            entries.append((f"{measure}: {word}" if len(entries) == 1 else word, colour, "full"))
    return entries


def signed(value: float, digits: int = 0) -> str:
    """A percentage with its sign, a true minus, and no sign on what rounds to nothing."""
    rounded = round(value, digits)
    return f"{rounded:+.{digits}f} %".replace("-", "\N{MINUS SIGN}") if rounded else f"{0:.{digits}f} %"


def left_out(n: int, what: str) -> str:
    """A sentence on rows that are not shown, or nothing; ``what`` in singular and plural: ``pair/pairs``."""
    one, _, many = what.partition("/")
    return f"{n} {one if n == 1 else many} not shown." if n else ""


def range_bars(axes: Axes, low: Floats, high: Floats, colour: str, offset: float) -> None:
    """Thin horizontal bars from low to high, a little off the middle of each row."""
    axes.hlines(np.arange(len(low)) + offset, low, high, colors=colour, linewidth=3.2, alpha=0.22, zorder=1)
