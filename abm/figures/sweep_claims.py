"""How often worlds fall below, inside and above what was claimed, and what ranges they fill."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from abm.figures import style
from abm.figures.sweep_rows import row_chart
from abm.figures.sweep_sheet import Sheet, round_ticks

Floats = npt.NDArray[np.float64]

#: Colours of the three answers, apart in lightness too.
BELOW, INSIDE, ABOVE = "#a9b4be", "#0072b2", "#e69f00"
PARTS = (
    ("below", BELOW, "less than claimed, or no gain"),
    ("inside", INSIDE, "inside the claim, or some gain"),
    ("above", ABOVE, "more, or the full gain"),
)
_BAR_IN = 0.17
_MEAN_KEY = "mean \N{PLUS-MINUS SIGN} its Monte Carlo error (95 %)"
_BAND_PT = 7.0


def claims_chart(rows: pd.DataFrame, sheet: Sheet) -> Figure:
    """Stacked bars of the shares below, inside and above a claim, one a row, with intervals at the two boundaries.

    rows: name, number (text to the right), head (a heading above the row, or empty), and for each part its share and 95 %
    interval: ``below``, ``below_low``, ``below_high`` and so on.
    """
    keys: list[tuple[Artist, str]] = [(Patch(facecolor=colour, linewidth=0), text) for _, colour, text in PARTS]
    keys.append((Line2D([], [], color=style.INK, lw=1.0, marker="|", ms=6), "95 % interval"))
    with style.settings():
        chart = row_chart(
            sheet,
            [str(name) for name in rows["name"]],
            [str(text) for text in rows["number"]],
            heads=[str(text) for text in rows["head"]],
            keys=[text for _, text in keys],
            x_label="Share of paired worlds, %",
        )
        axes, left = chart.axes, np.zeros(len(rows))
        for part, colour, _ in PARTS:
            share = 100.0 * rows[part].to_numpy(dtype=np.float64)
            axes.barh(chart.places, share, left=left, height=_BAR_IN, color=colour, linewidth=0, zorder=2)
            left = left + share
        bounds = (("below_low", "below_high", False), ("above_low", "above_high", True))
        for low, high, is_mirrored in bounds:
            ends = 100.0 * rows[[low, high]].to_numpy(dtype=np.float64)
            _whiskers(chart.axes, chart.places, 100.0 - ends[:, ::-1] if is_mirrored else ends)
        axes.set_xlim(0.0, 100.0)
        chart.keys(keys)
    return chart.ground.figure


def _whiskers(axes: Axes, places: Floats, ends: Floats) -> None:
    """Thin intervals with small ends, (n, 2)."""
    axes.hlines(places, ends[:, 0], ends[:, 1], colors=style.INK, linewidth=1.0, zorder=4)
    for side in (0, 1):
        axes.plot(ends[:, side], places, "|", color=style.INK, ms=5, mew=1.0, zorder=4, clip_on=False)


def ranges_chart(
    rows: pd.DataFrame,
    sheet: Sheet,
    *,
    x_label: str,
    colours: Mapping[str, str],
    band: tuple[float, float, str] | None = None,
) -> Figure:
    """Ranges over worlds: 5-95 % thin, 25-75 % thick, the median a dot, the Monte Carlo error of the mean a bracket below.

    rows: name (empty: as above), series, p5, p25, p50, p75, p95, mean, error, in the unit of the axis; number (text to the
    right).
    colours: series -> colour. band: low, high and name of what was claimed.
    """
    keys: list[tuple[Artist, str]] = [
        (Line2D([], [], ls="-", lw=3, color=colour, marker="o", ms=6), text) for text, colour in colours.items()
    ]
    keys.append((Line2D([], [], ls="", marker="D", ms=4.5, mfc=style.PAPER, mec=style.INK), _MEAN_KEY))
    if band is not None:
        keys.append((Patch(facecolor=style.REFERENCE, linewidth=0), band[2]))
    with style.settings():
        chart = row_chart(
            sheet,
            [str(name) for name in rows["name"]],
            [str(text) for text in rows["number"]],
            keys=[text for _, text in keys],
            x_label=x_label,
        )
        axes = chart.axes
        if band is not None:
            axes.axvspan(band[0], band[1], color=style.REFERENCE, linewidth=0, zorder=0)
        paint = [colours[str(name)] for name in rows["series"]]
        values = {
            name: rows[name].to_numpy(dtype=np.float64) for name in ("p5", "p25", "p50", "p75", "p95", "mean", "error")
        }
        axes.hlines(chart.places, values["p5"], values["p95"], colors=paint, linewidth=2.0, alpha=0.55, zorder=2)
        axes.hlines(chart.places, values["p25"], values["p75"], colors=paint, linewidth=_BAND_PT, alpha=0.45, zorder=2)
        axes.scatter(values["p50"], chart.places, s=30, c=paint, zorder=4, linewidths=0)
        below = chart.places + 0.085
        axes.errorbar(
            values["mean"],
            below,
            xerr=np.nan_to_num(values["error"]),
            fmt="D",
            ms=3.2,
            mfc=style.PAPER,
            mec=style.INK,
            mew=0.9,
            ecolor=style.INK,
            elinewidth=0.9,
            capsize=2.0,
            zorder=5,
        )
        axes.axvline(0.0, color=style.MUTED, linewidth=0.8, zorder=1)
        round_ticks(axes.xaxis, sheet)
        chart.keys(keys)
    return chart.ground.figure


def arm_colours(arms: Sequence[str]) -> dict[str, str]:
    """A colour for every arm, the same in every figure; repeated beyond the palette."""
    return {arm: style.SERIES_COLOURS[i % len(style.SERIES_COLOURS)] for i, arm in enumerate(arms)}
