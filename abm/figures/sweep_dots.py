"""A number in the worlds without the measure and under each arm, one row a thing: waits at borders, days, costs."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from abm.figures import style
from abm.figures.sweep_rows import row_chart
from abm.figures.sweep_sheet import Sheet, round_ticks

Floats = npt.NDArray[np.float64]

#: How far the marks of arms stand apart within a row, inches.
_SPREAD_IN = 0.15


def dots_chart(
    table: pd.DataFrame,
    sheet: Sheet,
    *,
    titles: Mapping[str, str],
    colours: Mapping[str, str],
    without: str,
    x_label: str,
) -> Figure:
    """Medians with 5-95 % ranges over worlds, the world without hollow.

    table: name, arm, p5, p50, p95, and number (text to the right, on the row's first arm or any); rows of one name are one row.
    titles: arm -> name in the key, in the order of drawing. Rows keep the order of their first appearance.
    """
    names = list(dict.fromkeys(str(name) for name in table["name"]))
    arms = [without, *(arm for arm in titles if arm != without)]
    arms = [arm for arm in arms if arm in set(table["arm"])]
    texts = table.groupby("name", sort=False)["number"].first() if "number" in table else pd.Series(dtype=object)
    keys: list[tuple[Artist, str]] = [
        (
            Line2D(
                [],
                [],
                ls="-",
                lw=2.4,
                marker="o",
                ms=6,
                color=_colour(arm, without, colours),
                alpha=0.9,
                mfc=style.PAPER if arm == without else _colour(arm, without, colours),
            ),
            titles.get(arm, arm),
        )
        for arm in arms
    ]
    with style.settings():
        chart = row_chart(
            sheet, names, [str(texts.get(name, "")) for name in names], keys=[text for _, text in keys], x_label=x_label
        )
        place = dict(zip(names, chart.places, strict=True))
        offsets = np.linspace(-_SPREAD_IN / 2, _SPREAD_IN / 2, len(arms)) if len(arms) > 1 else np.zeros(1)
        for arm, offset in zip(arms, offsets, strict=True):
            rows = table[table["arm"] == arm]
            at = np.array([place[str(name)] for name in rows["name"]]) + offset
            low, middle, high = (rows[name].to_numpy(dtype=np.float64) for name in ("p5", "p50", "p95"))
            colour = _colour(arm, without, colours)
            chart.axes.hlines(at, low, high, colors=colour, linewidth=2.6, alpha=0.35, zorder=2)
            chart.axes.scatter(
                middle,
                at,
                s=26,
                zorder=4,
                linewidths=1.3,
                edgecolors=colour,
                facecolors=style.PAPER if arm == without else colour,
            )
        chart.axes.set_xlim(left=0.0)
        round_ticks(chart.axes.xaxis, sheet)
        chart.keys(keys)
    return chart.ground.figure


def _colour(arm: str, without: str, colours: Mapping[str, str]) -> str:
    return style.WITHOUT if arm == without else colours[arm]
