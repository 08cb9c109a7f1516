"""The geometry of a small chart of two worlds, in the units of its own picture: what is left to the browser is to draw it."""

import math
from typing import Any

import numpy as np

from abm.corridor.tables import Case
from abm.network.arcs import Floats
from abm.viz.words import date_of, number

#: Size of the picture, and the room around the plot for words.
WIDTH, HEIGHT = 340.0, 124.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 48.0, 8.0, 8.0, 20.0
#: More points than this cannot be told apart.
MOST_POINTS = 160
#: Steps between ticks that read well, within a decade.
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_STEPS = 4
_FEWEST_POINTS = 2


def spark(case: Case, days: Floats, values: Floats) -> dict[str, Any]:
    """``{width, height, lines, ticks, dates}`` of values (2, n) over days (n,), the line of the world without first.

    lines: [{world: 0|1, d: path}], a gap where a value is not finite; ticks: [{y, text}], 0 always among them; dates: [{x, text,
    anchor}] of the first and the last day. Empty lines where there are fewer than two points.
    """
    empty = {"width": WIDTH, "height": HEIGHT, "lines": [], "ticks": [], "dates": []}
    if days.size < _FEWEST_POINTS or not np.isfinite(values).any():
        return empty
    kept = _thinned(days.size)
    days, values = days[kept], values[:, kept]
    ticks = _ticks(float(np.nanmin(values[np.isfinite(values)])), float(np.nanmax(values[np.isfinite(values)])))
    x = _LEFT + (days - days[0]) / max(float(days[-1] - days[0]), 1.0) * (WIDTH - _LEFT - _RIGHT)
    span = ticks[-1] - ticks[0]
    plot = HEIGHT - _TOP - _BOTTOM

    def height(value: Floats | float) -> Floats | float:
        return HEIGHT - _BOTTOM - (value - ticks[0]) / span * plot

    lines = [{"world": world, "d": _path(x, np.asarray(height(values[world])))} for world in range(2)]
    dates = [
        {"x": float(at), "text": f"{date_of(case, day):%b %Y}", "anchor": anchor}
        for at, day, anchor in ((x[0], float(days[0]), "start"), (x[-1], float(days[-1]), "end"))
    ]
    marks = [{"y": round(float(height(tick)), 1), "text": number(tick)} for tick in ticks]
    return {**empty, "lines": lines, "dates": dates, "ticks": marks}


def _thinned(n: int) -> np.ndarray:
    """Which of n points to draw: all, or evenly spread ones with both ends."""
    return np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(np.int64))


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers around 0 and all values, two steps to four."""
    low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        high = 1.0
    decade = 10.0 ** math.floor(math.log10((high - low) / _MOST_STEPS))
    for step in (factor * decade for factor in _STEPS):
        first, last = math.floor(low / step), math.ceil(high / step)
        if last - first <= _MOST_STEPS:
            break
    return [k * step for k in range(first, last + 1)]


def _path(x: Floats, y: Floats) -> str:
    """An SVG path through finite points; a lone point is a short stroke."""
    parts, is_drawing = [], False
    for at, height in zip(x.tolist(), y.tolist(), strict=True):
        if math.isfinite(height):
            parts.append(f"{'L' if is_drawing else 'M'}{at:.1f} {height:.1f}")
            if not is_drawing:
                parts.append("h0.1")
            is_drawing = True
        else:
            is_drawing = False
    return "".join(parts)
