"""Rows with a name to the left and numbers to the right; on narrow paper both stand above the row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from abm.figures import style
from abm.figures.sweep_sheet import Paper, Sheet, draw_keys, free_width, keys_height, paper

Floats = npt.NDArray[np.float64]

_NAME_PT, _NUMBER_PT = 8.5, 8.0
_LINE_IN = 0.165
_ROW_IN, _GROUP_GAP_IN = 0.26, 0.13
#: Names take at most this share of wide paper; what is longer is wrapped.
_NAMES_SHARE = 0.4
_GAP_IN = 0.12
_PATCH = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 0.6}
_AXIS_IN = 0.46


@dataclass(frozen=True, slots=True)
class RowChart:
    """Axes whose vertical unit is an inch from the top, and the middle of every row (n,) in it."""

    ground: Paper
    axes: Axes
    places: Floats

    def keys(self, entries: Sequence[tuple[Artist, str]]) -> None:
        """Keys above the rows; room was kept for those announced."""
        draw_keys(self.ground, entries)


def row_chart(
    sheet: Sheet,
    names: Sequence[str],
    numbers: Sequence[str],
    *,
    heads: Sequence[str] = (),
    keys: Sequence[str] = (),
    x_label: str = "",
) -> RowChart:
    """Empty rows, one per name; an empty name continues the row above, a name starts a group.

    numbers: text to the right of each row. heads: a heading above each row, or empty; with them, they start the groups.
    keys: texts of the keys that will be drawn above.
    """
    probe = style.new_figure(1.0, sheet.width_in)
    free = free_width(sheet)
    number_in = max((style.text_size(probe, text, _NUMBER_PT)[0] for text in numbers), default=0.0)
    name_in = max((style.text_size(probe, name, _NAME_PT)[0] for name in names), default=0.0)
    if sheet.is_narrow:
        name_in, left, right = free - number_in - 2 * _GAP_IN, 0.04, 0.08
    else:
        name_in = min(name_in, _NAMES_SHARE * free) + 0.01
        left, right = name_in + _GAP_IN, number_in + _GAP_IN if number_in else 0.1
    lines = [style.wrapped(probe, name, name_in, _NAME_PT) for name in names]
    if sheet.is_narrow:  # the number has a line of its own where no name opens one
        lines = [text or ([""] if number else []) for text, number in zip(lines, numbers, strict=True)]
    above = [style.wrapped(probe, head, free, _NAME_PT, "bold") for head in heads] or [[] for _ in names]
    starts = [bool(text) for text in above] if heads else [any(text) for text in lines]
    tops, places, height = _places(lines, above, starts, stacked=sheet.is_narrow)
    key_in, axis_in = keys_height(sheet, keys), _AXIS_IN if x_label else 0.26
    ground = paper(sheet, key_in + height + axis_in)
    axes = ground.axes(left, axis_in, free - left - right, height)
    axes.set_ylim(height, 0.0)
    axes.set_yticks([])
    style.plain_axes(axes, grid="x")
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel(x_label, parse_math=False)
    for row, (text, number) in enumerate(zip(lines, numbers, strict=True)):
        _write(axes, "\n".join(text), number, tops[row], places[row], stacked=sheet.is_narrow)
        if above[row]:
            _write_head(axes, "\n".join(above[row]), tops[row] - _LINE_IN * len(above[row]), left)
    return RowChart(ground, axes, places)


def _places(
    lines: Sequence[Sequence[str]], above: Sequence[Sequence[str]], starts: Sequence[bool], *, stacked: bool
) -> tuple[Floats, Floats, float]:
    """Where each row's text starts, where its marks stand, and how high all are, in inches from the top."""
    tops, middles, at = [], [], 0.0
    for row, (text, head, is_start) in enumerate(zip(lines, above, starts, strict=True)):
        at += (_GROUP_GAP_IN if row and is_start else 0.0) + _LINE_IN * len(head)
        tops.append(at)
        words = _LINE_IN * len(text)
        if stacked:
            at += words + (0.02 if text else 0.0)
            middles.append(at + _ROW_IN / 2)
            at += _ROW_IN
        else:
            room = max(_ROW_IN, words)
            middles.append(at + room / 2)
            at += room
    return np.array(tops), np.array(middles), at + 0.04


def _write_head(axes: Axes, text: str, top: float, left_in: float) -> None:
    """A heading from the left edge of the paper, over the axes' own lines."""
    axes.annotate(
        text,
        (0.0, top),
        xycoords=axes.get_yaxis_transform(),
        xytext=(-72 * left_in + 1, 0),
        textcoords="offset points",
        va="top",
        size=_NAME_PT,
        weight="bold",
        linespacing=1.25,
        annotation_clip=False,
        parse_math=False,
        zorder=6,
        bbox=_PATCH,
    )


def _write(axes: Axes, name: str, number: str, top: float, place: float, *, stacked: bool) -> None:
    across = axes.get_yaxis_transform()
    if stacked:
        # On a patch of paper, so that no line of the chart runs through the words.
        plain: dict[str, Any] = {"transform": across, "va": "top", "parse_math": False, "zorder": 6, "bbox": _PATCH}
        if name:
            axes.text(0.0, top, name, size=_NAME_PT, linespacing=1.25, **plain)
        if number:
            axes.text(1.0, top, number, ha="right", size=_NUMBER_PT, **plain)
        return
    side: dict[str, Any] = {
        "textcoords": "offset points",
        "xycoords": across,
        "annotation_clip": False,
        "parse_math": False,
    }
    axes.annotate(
        name,
        (0.0, place),
        xytext=(-72 * _GAP_IN + 1, 0),
        ha="right",
        va="center",
        size=_NAME_PT,
        linespacing=1.25,
        color=style.INK,
        **side,
    )
    axes.annotate(
        number, (1.0, place), xytext=(72 * _GAP_IN, 0), ha="left", va="center", size=_NUMBER_PT, color=style.INK, **side
    )
