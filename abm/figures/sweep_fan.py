"""Fan charts: what a series does month by month over all worlds, with and without a measure."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, MultipleLocator

from abm.figures import style
from abm.figures.sweep_sheet import Sheet, draw_keys, free_width, keys_height, paper
from abm.observers import MONTH_ENDS

Floats = npt.NDArray[np.float64]

_PANEL_IN, _GAP_IN, _HEAD_IN, _AXIS_IN = 2.15, 0.62, 0.26, 0.46
_SIDE_IN, _LEFT_IN = 0.2, 0.62
_TITLE_PT, _TITLE_LINE_IN = 9.0, 0.165
_UPPER_HALF = 0.5
_BANDS = (("p5", "p95", 0.16), ("p25", "p75", 0.26))


def fan_chart(
    fan: pd.DataFrame,
    sheet: Sheet,
    *,
    titles: Mapping[str, str],
    colours: Mapping[str, str],
    without: str,
    quantity: str,
    scale: float = 1.0,
) -> Figure:
    """One panel for each arm, in front of the grey fan of the worlds without the measure.

    fan: arm, month (1 is the first after the opening), p5, p25, p50, p75, p95: sums of the month, drawn a day, for months
    differ in length. titles: arm -> what stands above its panel; arms are drawn in this order. quantity: name and unit of the
    values a day after division by ``scale``.
    """
    arms = [arm for arm in titles if arm in set(fan["arm"])]
    columns = 1 if sheet.is_narrow or len(arms) < 2 else 2
    rows = max(1, -(-len(arms) // columns))
    entries = _entries(arms, colours, has_without=without in set(fan["arm"]))
    key_in = keys_height(sheet, [text for _, text in entries]) + 0.05
    with style.settings():
        probe = style.new_figure(1.0, sheet.width_in)
        width = (free_width(sheet) - columns * _LEFT_IN - (columns - 1) * _SIDE_IN) / columns
        heads = {arm: style.wrapped(probe, titles[arm], width, _TITLE_PT) for arm in arms}
        head = _HEAD_IN + _TITLE_LINE_IN * (max(map(len, heads.values()), default=1) - 1)
        body = rows * (_PANEL_IN + head) + (rows - 1) * _GAP_IN + _AXIS_IN
        ground = paper(sheet, body + key_in)
        base = _of(fan, without, scale)
        limits = _limits(pd.concat([base, *(_of(fan, arm, scale) for arm in arms)]))
        for number, arm in enumerate(arms):
            row, column = divmod(number, columns)
            left = _LEFT_IN + column * (width + _LEFT_IN + _SIDE_IN)
            bottom = body - (row + 1) * (_PANEL_IN + head) - row * _GAP_IN
            axes = ground.axes(left, bottom, width, _PANEL_IN)
            if len(base):
                _fan(axes, base, style.WITHOUT)
            _fan(axes, _of(fan, arm, scale), colours[arm])
            _dress(axes, "\n".join(heads[arm]), limits)
        draw_keys(ground, entries)
        first = ground.figure.axes[0] if ground.figure.axes else None
        if first is not None:
            first.annotate(
                quantity,
                (0.0, 1.0),
                xycoords="axes fraction",
                xytext=(0, 4),
                textcoords="offset points",
                size=8.0,
                color=style.MUTED,
                va="bottom",
                parse_math=False,
            )
    return ground.figure


def _of(fan: pd.DataFrame, arm: str, scale: float) -> pd.DataFrame:
    rows = fan[fan["arm"] == arm].sort_values("month")
    columns = [name for name in rows.columns if name.startswith("p")]
    days = month_days(rows["month"])
    return rows.assign(**{name: rows[name] / scale / days for name in columns})


def month_days(months: pd.Series) -> Floats:
    """Days of months counted from 1 at the first of a year of 365 days."""
    days = np.diff(MONTH_ENDS, prepend=0)
    return np.asarray(days[(months.to_numpy(dtype=np.int64) - 1) % len(MONTH_ENDS)], dtype=np.float64)


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """From zero, unless everything lies in the upper half, where the difference between worlds would not be seen."""
    low, high = float(rows["p5"].min()), float(rows["p95"].max())
    if not high > 0.0:
        return 0.0, 1.0
    margin = 0.06 * (high - low)
    return (low - margin if low > _UPPER_HALF * high else 0.0), high + margin


def _fan(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    # A month is drawn at its middle.
    years = (rows["month"].to_numpy(dtype=np.float64) - 0.5) / len(MONTH_ENDS)
    for low, high, alpha in _BANDS:
        axes.fill_between(years, rows[low], rows[high], color=colour, alpha=alpha, linewidth=0)
    axes.plot(years, rows["p50"], color=colour, linewidth=1.6, solid_capstyle="round")
    axes.set_xlim(0.0, float(years[-1]) + 0.5 / len(MONTH_ENDS))


def _dress(axes: Axes, title: str, limits: tuple[float, float]) -> None:
    style.plain_axes(axes)
    axes.set_ylim(*limits)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_locator(MultipleLocator(1.0) if axes.get_xlim()[1] <= 12.0 else MaxNLocator(6))
    axes.set_xlabel("Years from the opening day")
    axes.set_title(title, loc="left", size=_TITLE_PT, color=style.INK, pad=16, linespacing=1.25, parse_math=False)


def _entries(arms: Sequence[str], colours: Mapping[str, str], *, has_without: bool) -> list[tuple[Artist, str]]:
    entries: list[tuple[Artist, str]] = []
    if has_without:
        entries.append((Line2D([], [], color=style.WITHOUT, lw=2), "without the measure"))
    if arms:
        entries.append((Line2D([], [], color=colours[arms[0]], lw=2), "with it"))
    shade = colours[arms[0]] if len(arms) == 1 else style.MUTED
    entries.append((Patch(facecolor=shade, alpha=0.42, linewidth=0), "half of the worlds"))
    entries.append((Patch(facecolor=shade, alpha=0.16, linewidth=0), "nine tenths"))
    return entries
