"""What drives an answer, and where in the space of factors it comes true."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from abm.figures import style
from abm.figures.sweep_rows import row_chart
from abm.figures.sweep_sheet import Sheet, draw_keys, keys_height, paper, round_ticks

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LOW, HIGH = "#0072b2", "#d55e00"
_HIT, _MISS = "#d55e00", "#a9b4be"
_BAR_IN = 0.16
_FIFTHS = ("factor in its lowest fifth", "in its highest fifth")
_SCATTER_IN, _SCATTER_LEFT_IN, _SCATTER_AXIS_IN = 3.7, 0.72, 0.5
#: More points than this are drawn as pixels inside a vector figure, or it grows heavy.
_MOST_VECTOR_POINTS = 1500


def tornado_chart(
    rows: pd.DataFrame, sheet: Sheet, *, centre: float, x_label: str, ends: tuple[str, str] = _FIFTHS
) -> Figure:
    """Mean outcome where a factor is low and where it is high, against the mean of all worlds.

    rows, the most important on top: name, low, high (mean outcome at the factor's low and high end, in the axis's unit), number
    (text to the right). centre: mean of all worlds. ends: what low and high are called.
    """
    keys: list[tuple[Artist, str]] = [
        (Patch(facecolor=LOW, linewidth=0), ends[0]),
        (Patch(facecolor=HIGH, linewidth=0), ends[1]),
        (Line2D([], [], color=style.INK, lw=0.9), "mean of all worlds"),
    ]
    with style.settings():
        chart = row_chart(
            sheet,
            [str(name) for name in rows["name"]],
            [str(text) for text in rows["number"]],
            keys=[text for _, text in keys],
            x_label=x_label,
        )
        low, high = (rows[side].to_numpy(dtype=np.float64) - centre for side in ("low", "high"))
        # Of two bars on one side the shorter lies in front and is slimmer, or one would hide the other.
        for values, others, colour in ((low, high, LOW), (high, low, HIGH)):
            is_front = (values * others > 0.0) & (np.abs(values) <= np.abs(others))
            for place, value, front in zip(chart.places, values, is_front, strict=True):
                chart.axes.barh(
                    place,
                    value,
                    left=centre,
                    height=_BAR_IN * (0.5 if front else 1.0),
                    color=colour,
                    linewidth=0,
                    zorder=2.5 if front else 2.0,
                )
        chart.axes.axvline(centre, color=style.INK, linewidth=0.9, zorder=3)
        round_ticks(chart.axes.xaxis, sheet)
        chart.axes.margins(x=0.06)
        chart.keys(keys)
    return chart.ground.figure


@dataclass(frozen=True, slots=True)
class BoxSides:
    """The part of two factors' ranges that a box leaves: (low, high) each, in the unit of its factor."""

    x: tuple[float, float]
    y: tuple[float, float]


def box_chart(
    x: Floats,
    y: Floats,
    is_hit: Bools,
    box: BoxSides,
    sheet: Sheet,
    *,
    x_label: str,
    y_label: str,
    hits: str,
    misses: str,
) -> Figure:
    """Worlds by the two factors that a box restricts most, those that bring the claim about in colour, and the box.

    x, y, is_hit (n,). hits, misses: what the two kinds of worlds are called.
    """
    entries: list[tuple[Artist, str]] = [
        (Line2D([], [], ls="", marker="o", ms=5, mfc=_HIT, mec=_HIT), hits),
        (Line2D([], [], ls="", marker="o", ms=4, mfc=_MISS, mec=_MISS), misses),
        (Patch(facecolor="none", edgecolor=style.INK, linewidth=1.5), "the box"),
    ]
    key_in = keys_height(sheet, [text for _, text in entries]) + 0.04
    with style.settings():
        ground = paper(sheet, _SCATTER_IN + _SCATTER_AXIS_IN + key_in + 0.22)
        left = _SCATTER_LEFT_IN
        axes = ground.axes(left, _SCATTER_AXIS_IN, min(ground.width - left, 1.55 * _SCATTER_IN), _SCATTER_IN)
        is_raster = len(x) > _MOST_VECTOR_POINTS
        for mask, colour, size, order in ((~is_hit, _MISS, 9.0, 2.0), (is_hit, _HIT, 14.0, 3.0)):
            axes.scatter(
                x[mask], y[mask], s=size, c=colour, alpha=0.75, linewidths=0, zorder=order, rasterized=is_raster
            )
        corner, sides = (box.x[0], box.y[0]), (box.x[1] - box.x[0], box.y[1] - box.y[0])
        axes.add_patch(Rectangle(corner, *sides, fill=False, edgecolor=style.PAPER, linewidth=3.4, zorder=4))
        axes.add_patch(Rectangle(corner, *sides, fill=False, edgecolor=style.INK, linewidth=1.6, zorder=5))
        style.plain_axes(axes)
        for values, limit in ((x, axes.set_xlim), (y, axes.set_ylim)):
            low, high = float(values.min()), float(values.max())
            margin = 0.03 * (high - low) or 0.5
            limit(low - margin, high + margin)
        for axis in (axes.xaxis, axes.yaxis):
            round_ticks(axis, sheet)
        axes.set_xlabel(x_label, parse_math=False)
        axes.annotate(
            y_label,
            (0.0, 1.0),
            xycoords="axes fraction",
            xytext=(-36, 6),
            textcoords="offset points",
            size=9.0,
            va="bottom",
            parse_math=False,
        )
        draw_keys(ground, entries)
    return ground.figure


def box_sides(names: Sequence[str], limits: pd.DataFrame, points: pd.DataFrame) -> BoxSides:
    """Sides of a box in the two factors ``names``; where it leaves one alone, the factor's whole range.

    limits: index factor, columns low and high. points: one column a factor.
    """

    def side(name: str) -> tuple[float, float]:
        if name in limits.index:
            low, high = limits.loc[[name], ["low", "high"]].to_numpy(dtype=np.float64)[0]
            return float(low), float(high)
        return float(points[name].min()), float(points[name].max())

    return BoxSides(side(names[0]), side(names[1]))
