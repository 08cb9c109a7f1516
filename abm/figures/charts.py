"""Charts of what a measure does: series, growth, border waits and times, each from plain arrays or a tidy table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from abm.figures import style
from abm.figures.rows import change_keys, dumbbells, keys, left_out, range_bars, rows_figure, signed

Floats = npt.NDArray[np.float64]

_LOW, _HIGH = 5.0, 95.0
_GROUP_GAP = 0.45


@dataclass(frozen=True, slots=True)
class Reference:
    """A published range to hold a result against, in the unit of the axis."""

    label: str
    low: float
    high: float


def _needs(table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise ValueError unless the table has rows and these columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ValueError(f"the table lacks {', '.join(missing)}; it has {', '.join(map(str, table.columns))}")
    if table.empty:
        raise ValueError("the table has no rows")


def _band(axes: Axes, times: Floats, runs: Floats, colour: str) -> None:
    """Median line and 5-95 % band over the rows of ``runs`` (seeds, times)."""
    low, middle, high = np.percentile(runs, [_LOW, 50.0, _HIGH], axis=0)
    axes.fill_between(times, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(times, middle, color=colour, linewidth=1.8, solid_capstyle="round")


def _end_labels(axes: Axes, entries: Sequence[tuple[float, str, str]], gap_share: float = 0.09) -> None:
    """Name each line at its right end, (height, text, colour), moved apart so that none covers another."""
    low, high = axes.get_ylim()
    gap, right = gap_share * (high - low), axes.get_xlim()[1]
    height = -np.inf
    for value, text, colour in sorted(entries):
        height = max(value, height + gap)
        axes.annotate(
            text,
            (right, height),
            xytext=(6, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            size=8.5,
            weight="bold",
            annotation_clip=False,
            parse_math=False,
        )


def _opening(axes: Axes, at: float, label: str) -> None:
    """A thin vertical line on the day a measure starts, with its name at the top where ``label`` is given."""
    axes.axvline(at, color=style.MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    if label:
        axes.annotate(
            label, (at, 1.0), xycoords=("data", "axes fraction"), xytext=(4, -2), textcoords="offset points",
            va="top", size=8.0, color=style.MUTED, parse_math=False,
        )  # fmt: skip


def series_chart(
    times: Floats,
    without: Floats,
    with_measure: Floats,
    *,
    title: str,
    quantity: str,
    unit: str,
    subtitle: str = "",
    measure: str = "with the measure",
    opening: float | None = 0.0,
    time_label: str = "Years since the opening day",
    note: str = "",
) -> Figure:
    """A quantity in both worlds, and below it the growth of each pair of worlds that share a seed.

    times (t): in the unit of ``time_label``. without, with_measure (seeds, t): one row per seed, in ``unit``; row i of
    both is one pair of worlds. Lines are medians over seeds, bands 5-95 %. Growth is 100 (with / without - 1), and 0 where
    there is nothing without the measure.
    Raises ValueError when shapes disagree.
    """
    first, second = np.atleast_2d(without), np.atleast_2d(with_measure)
    if first.shape != second.shape or first.shape[1] != len(times):
        raise ValueError(f"shapes disagree: times {np.shape(times)}, without {first.shape}, with {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("a series must be finite")
    growth = 100.0 * (np.divide(second, first, out=np.ones_like(second, dtype=np.float64), where=first > 0) - 1.0)
    spread = f"Lines: median of {first.shape[0]} seeds; bands: 5-95 %." if first.shape[0] > 1 else "One seed."
    with style.settings():
        figure = style.new_figure(5.4)
        bottom, top = style.head_and_foot(figure, title, subtitle, f"{spread} {note}".strip())
        room = top - bottom - 0.17
        levels = figure.add_axes((0.085, bottom + 0.12 + 0.42 * room, 0.74, 0.58 * room))
        below = figure.add_axes((0.085, bottom + 0.085, 0.74, 0.36 * room), sharex=levels)
        _band(levels, times, first, style.WITHOUT)
        _band(levels, times, second, style.WITH)
        _band(below, times, growth, style.WITH)
        below.axhline(0.0, color=style.MUTED, linewidth=0.8)
        levels.set_ylim(0.0 if np.percentile(first, _LOW) < 0.5 * np.percentile(second, _HIGH) else None, None)
        for axes in (levels, below):
            style.plain_axes(axes)
            axes.set_xlim(float(times[0]), float(times[-1]))
            axes.yaxis.set_major_locator(MaxNLocator(5))
        levels.tick_params(labelbottom=False)
        below.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
        below.set_xlabel(time_label)
        _heading(levels, f"{quantity}, {unit}")
        _heading(below, "Growth by the measure")
        if opening is not None and times[0] <= opening <= times[-1]:
            _opening(levels, opening, "opening day" if opening > times[0] else "")
            _opening(below, opening, "")
        ends = [
            (float(np.median(first[:, -1])), "without", style.MUTED),
            (float(np.median(second[:, -1])), measure, style.WITH),
        ]
        _end_labels(levels, ends)
        last = float(np.median(growth[:, -1]))
        _end_labels(below, [(last, signed(last, 1), style.WITH)])
    return figure


def _tick(value: float) -> str:
    """A percentage on an axis, with its sign and no more digits than it has."""
    return f"{value:+g} %".replace("-", "\N{MINUS SIGN}") if value else "0 %"


def _heading(axes: Axes, text: str) -> None:
    """What the vertical axis shows, written above it and read horizontally."""
    axes.set_title(text, loc="left", size=9.0, color=style.INK, pad=6, x=-0.0, parse_math=False)


def waits_chart(
    waits: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    measure: str = "with the measure",
    rows: int = 20,
    note: str = "",
) -> Figure:
    """Mean hours at each border post in both worlds, the longest waits on top.

    waits: columns post (name), without_h, with_h; optionally without_low_h, without_high_h, with_low_h, with_high_h (5-95 %).
    rows: at most so many posts; how many were left out stands in the note. Raises ValueError for a table that lacks a column.
    """
    _needs(waits, ["post", "without_h", "with_h"])
    known = _finite(waits, ["without_h", "with_h"])
    order = np.argsort(-known[["without_h", "with_h"]].max(axis=1).to_numpy(), kind="stable")
    shown = known.iloc[order[:rows]].reset_index(drop=True)
    words = [
        "Pale bars: 5-95 % over seeds." if "with_low_h" in shown else "",
        left_out(len(known) - len(shown), "post with shorter waits is/posts with shorter waits are"),
        left_out(
            len(waits) - len(known),
            "post without traffic in one world is/posts without traffic in one world are",
        ),
        note,
    ]
    with style.settings():
        labels, places = [str(post) for post in shown["post"]], np.arange(len(shown), dtype=np.float64)
        figure, axes = rows_figure(labels, places, title, subtitle, " ".join(filter(None, words)), 0.35)
        for arm, colour, offset in (("without", style.WITHOUT, -0.17), ("with", style.WITH, 0.17)):
            if f"{arm}_low_h" in shown:
                range_bars(axes, _column(shown, f"{arm}_low_h"), _column(shown, f"{arm}_high_h"), colour, offset)
        before, after = _column(shown, "without_h"), _column(shown, "with_h")
        dumbbells(axes, before, after)
        axes.set_xlim(left=0.0)
        axes.set_xlabel("Mean hours at the post, waiting and procedures")
        keys(axes, change_keys(before, after, measure, "shorter", "longer"))
    return figure


def _finite(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The rows where all ``columns`` are finite numbers. Raises ValueError when none is left."""
    rows = table[np.isfinite(table[columns].to_numpy(dtype=np.float64)).all(axis=1)]
    if rows.empty:
        raise ValueError(f"no row has numbers in {' and '.join(columns)}")
    return rows


def _column(table: pd.DataFrame, name: str) -> Floats:
    return np.asarray(table[name], dtype=np.float64)


def times_chart(
    times: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    measure: str = "with the measure",
    quantity: str = "Door to door, days",
    rows: int = 20,
    note: str = "",
) -> Figure:
    """Time (or cost) door to door by OD pair before and after, the largest relative change on top, its percentage to the right.

    times: columns pair (text), without, with, in the unit that ``quantity`` names. rows: at most so many pairs.
    Raises ValueError for a table that lacks a column.
    """
    _needs(times, ["pair", "without", "with"])
    known = _finite(times, ["without", "with"])
    before, after = _column(known, "without"), _column(known, "with")
    change = 100.0 * (np.divide(after, before, out=np.ones_like(after), where=before > 0) - 1.0)
    order = np.argsort(-np.abs(change), kind="stable")[:rows]
    words = [
        left_out(len(known) - len(order), "pair that changes less is/pairs that change less are"),
        left_out(
            len(times) - len(known),
            "pair without trade in one of the worlds is/pairs without trade in one of the worlds are",
        ),
        note,
    ]
    with style.settings():
        labels, places = [str(pair) for pair in known["pair"].iloc[order]], np.arange(len(order), dtype=np.float64)
        figure, axes = rows_figure(labels, places, title, subtitle, " ".join(filter(None, words)), 0.85)
        dumbbells(axes, before[order], after[order])
        for row, value in enumerate(change[order]):
            axes.annotate(
                signed(value), (1.0, row), xycoords=("axes fraction", "data"),
                xytext=(8, 0), textcoords="offset points", va="center", size=8.5, annotation_clip=False,
                color=style.WITH if value < 0 else style.HIGHLIGHT if value > 0 else style.MUTED,
            )  # fmt: skip
        axes.set_xlim(left=0.0)
        axes.set_xlabel(quantity)
        keys(axes, change_keys(before[order], after[order], measure, "less", "more"))
    return figure


def growth_chart(
    growth: pd.DataFrame,
    *,
    title: str,
    subtitle: str = "",
    reference: Reference | None = None,
    axis_label: str = "Growth against the world without the measure, %",
    note: str = "",
) -> Figure:
    """Growth by denominator: a dot for the mean, a bar for the 5-95 % range, the numbers to the right.

    growth: columns label (denominator), mean, low, high in percent; optionally ``series`` (such as a prior and its absence),
    drawn in its own colour on its own row under the same label. reference: a published range, drawn as a band.
    The order of rows is kept.
    Raises ValueError for a table that lacks a column.
    """
    _needs(growth, ["label", "mean", "low", "high"])
    series = list(dict.fromkeys(growth["series"].astype(str))) if "series" in growth else [""]
    colours = dict(zip(series, style.SERIES_COLOURS, strict=False))
    if len(colours) < len(series):
        raise ValueError(f"at most {len(style.SERIES_COLOURS)} series can be told apart")
    kind = growth["series"].astype(str).tolist() if "series" in growth else [""] * len(growth)
    names = growth["label"].astype(str).tolist()
    is_new = np.array([i > 0 and names[i - 1] != name for i, name in enumerate(names)])
    labels = [name if i == 0 or is_new[i] else "" for i, name in enumerate(names)]
    is_grouped = len(set(names)) < len(names)
    gaps = _GROUP_GAP * np.cumsum(is_new) if is_grouped else np.zeros(len(names))
    places = np.asarray(np.arange(len(names)) + gaps, dtype=np.float64)
    mean, low, high = (_column(growth, name) for name in ("mean", "low", "high"))
    with style.settings():
        figure, axes = rows_figure(labels, places, title, subtitle, f"Bars: 5-95 %. {note}".strip(), 1.7)
        if reference is not None:
            axes.axvspan(reference.low, reference.high, color=style.REFERENCE, alpha=0.7, linewidth=0, zorder=0)
        for row, place in enumerate(places):
            colour = colours[kind[row]]
            axes.hlines(place, low[row], high[row], colors=colour, linewidth=4.5, alpha=0.35, zorder=2)
            axes.plot(mean[row], place, "o", ms=6.5, color=colour, zorder=3)
            axes.annotate(
                f"{signed(mean[row], 1)}  ({low[row]:.1f} to {high[row]:.1f})".replace("-", "\N{MINUS SIGN}"),
                (1.0, place), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
                va="center", size=8.0, annotation_clip=False,
            )  # fmt: skip
        axes.axvline(0.0, color=style.MUTED, linewidth=0.8, zorder=1)
        axes.set_xlim(min(0.0, axes.get_xlim()[0]), None)
        axes.set_xlabel(axis_label)
        entries = [(name, colours[name], "full") for name in series if name]
        if reference is not None:
            entries.append((reference.label, style.REFERENCE, "band"))
        if entries:
            keys(axes, entries)
    return figure
