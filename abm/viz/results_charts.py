"""What the charts of the results page draw, as plain dictionaries for :mod:`abm.viz.results_widgets`, in the axis's unit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from abm.corridor.prose import counted
from abm.figures.sweep_beliefs import axis_words, goal_words
from abm.figures.sweep_cards import interval_words, key_words
from abm.figures.sweep_words import (
    arm_words,
    capital,
    metric_words,
    scale_of,
    signed_number,
    spread_text,
    unit_words,
    where,
)
from abm.network.arcs import Bools, Floats, Ints
from abm.study.claims import ends_of, independent_points
from abm.study.discovery import Discovery
from abm.study.estimates import share_of
from abm.study.findings import Condition
from abm.study.plan import Claim, Plan
from abm.viz.results_reading import Fan, Reading
from abm.viz.results_topics import Topic, series_of

type Spec = dict[str, Any]

#: Bars of a histogram over the range of the worlds: twice the root of their number, within these.
FEWEST_BARS, MOST_BARS = 8, 36
#: Worlds take less than this share of an axis that shows the claim too: then a closer look is offered.
_SMALL_SHARE = 0.5
#: Tonnes a day from which on an axis is in kilotonnes.
_LARGE_T_DAY = 1000.0
_MARGIN = 0.04
_TRADE_T = "trade_t"
#: Of the worlds nearly all lie between these quantiles; an axis goes beyond by at most so much of what is between them, or a
#: single world far off would press all others together.
_NEARLY_ALL, _BEYOND = (0.005, 0.995), 0.5
_NO_CLAIM_KEYS = ("", "worlds", "")


@dataclass(frozen=True, slots=True)
class Brush:
    """A part of one factor's range that a visitor marks, both ends included."""

    factor: str
    low: float
    high: float


def axis_title(topic: Topic) -> str:
    """``Growth a year, %``: what an axis of the topic's figure shows."""
    return f"{capital(metric_words(topic.metric))}, {scale_of(topic.metric, topic.outcome).unit}"


def sides(claim: Claim | None, values: Floats) -> Ints:
    """0 less than claimed, 1 inside, 2 more, of each value; without a claim all are 1."""
    if claim is None:
        return np.ones(values.size, dtype=np.int64)
    below, above = values < claim.low, values > claim.high
    less, more = (below, above) if ends_of(claim).sign > 0 else (above, below)
    return np.where(less, 0, np.where(more, 2, 1)).astype(np.int64)


def claim_keys(claim: Claim | None) -> tuple[str, str, str]:
    """What the three colours mean."""
    return _NO_CLAIM_KEYS if claim is None else key_words(claim)


def _band(claim: Claim | None, size: float) -> list[float | None] | None:
    """Ends of the claim on an axis, None for an end that is not there."""
    if claim is None:
        return None
    return [end / size if math.isfinite(end) else None for end in (claim.low, claim.high)]


def _padded(low: float, high: float) -> list[float]:
    room = _MARGIN * (high - low) or max(abs(high), 1.0) * _MARGIN
    return [low - room, high + room]


def reach(values: Floats) -> tuple[float, float]:
    """Ends of an axis that shows values (n,), n > 0: their range, but for a few far off."""
    low, high = (float(q) for q in np.quantile(values, _NEARLY_ALL))
    room = _BEYOND * (high - low)
    return max(float(values.min()), low - room), min(float(values.max()), high + room)


def beyond_words(values: Floats, low: float, high: float, unit: str) -> str:
    """How many values an axis from low to high leaves out and how far they go; nothing if none."""
    out = values[(values < low) | (values > high)]
    if not out.size:
        return ""
    farthest = signed_number(float(out[np.abs(out).argmax()]), 0)
    return f"{counted(out.size, 'pair of worlds lies', 'pairs of worlds lie')} beyond the axis, as far as {farthest} {unit}."


def is_marked(points: pd.DataFrame, values: pd.DataFrame, brush: Brush | None) -> Bools:
    """Which pairs of worlds lie in the marked range (all without one)."""
    if brush is None or brush.factor not in points.columns:
        return np.ones(len(values), dtype=np.bool_)
    x = points[brush.factor].reindex(values["point"]).to_numpy(dtype=np.float64)
    return np.asarray((x >= brush.low) & (x <= brush.high), dtype=np.bool_)


# ---------------------------------------------------------------------------------------------------------- worlds
def histogram(reading: Reading, topic: Topic, values: pd.DataFrame, brush: Brush | None = None) -> Spec:
    """How often which figure comes out, coloured against the claim; worlds outside the marked range are pale."""
    scale, claim = scale_of(topic.metric, topic.outcome), topic.claim
    size = scale.size
    raw = values["value"].to_numpy(dtype=np.float64)
    shown = raw / size
    if not shown.size:
        return {"kind": "histogram", "empty": "No pair of worlds has a number for it yet."}
    low, high = reach(shown)
    half = 0.5 * (_MARGIN * max(abs(high), 1.0)) if low == high else 0.0
    bars = min(max(round(2.0 * math.sqrt(shown.size)), FEWEST_BARS), MOST_BARS)
    edges = np.linspace(low - half, high + half, bars + 1)
    kinds, marked = sides(claim, raw), is_marked(reading.points, values, brush)
    counts = [np.histogram(shown[(kinds == kind) & marked], edges)[0].tolist() for kind in range(3)]
    band = _band(claim, size)
    ends = [end for end in (band or ()) if end is not None]
    whole = _padded(min(low, 0.0, *ends), max(high, 0.0, *ends))
    near = _padded(float(edges[0]), float(edges[-1]))
    middle = float(np.median(shown))
    return {
        "kind": "histogram",
        "topic": topic.id,
        "edges": edges.tolist(),
        "counts": counts,
        "pale": np.histogram(shown[~marked], edges)[0].tolist(),
        "keys": list(claim_keys(claim)),
        "band": band,
        "median": middle,
        "domain": whole,
        "near": near if near[1] - near[0] < _SMALL_SHARE * (whole[1] - whole[0]) else None,
        "x_label": axis_title(topic),
        "y_label": "Pairs of worlds",
        "unit": scale.unit,
        "note": beyond_words(shown, float(edges[0]), float(edges[-1]), scale.unit),
        "alt": f"Distribution over {counted(len(shown), 'pair of worlds', 'pairs of worlds')}, {spread_words(topic, values)}",
    }


def spread_words(topic: Topic, values: pd.DataFrame) -> str:
    """``median +3.2 % (1.1 to 5.6 for nine tenths of worlds)``."""
    scale = scale_of(topic.metric, topic.outcome)
    shown = values["value"].to_numpy(dtype=np.float64) / scale.size
    if not shown.size:
        return "no number"
    low, middle, high = (float(q) for q in np.quantile(shown, (0.05, 0.5, 0.95)))
    return f"median {spread_text(middle, low, high, scale.unit)} over nine tenths of worlds"


def brush_words(reading: Reading, topic: Topic, values: pd.DataFrame, brush: Brush | None) -> str:
    """What the worlds in the marked range do, beside all; how to mark one where none is."""
    if brush is None:
        return "Drag across the chart, or fill in the two numbers, to see what the worlds in a part of the range do."
    marked = is_marked(reading.points, values, brush)
    some = values[marked]
    worlds = counted(len(some), "pair of worlds has", "pairs of worlds have")
    head = f"{worlds} {brush.factor} from {brush.low:.4g} to {brush.high:.4g}"
    if not len(some):
        return f"{head}."
    if topic.claim is None:
        return f"{head}: {spread_words(topic, some)}; over all: {spread_words(topic, values)}."
    most = independent_points(reading.plan)
    kinds, keys = sides(topic.claim, some["value"].to_numpy(dtype=np.float64)), claim_keys(topic.claim)
    shares = [f"{key} {interval_words(share_of(some, kinds == kind, most))}" for kind, key in enumerate(keys)]
    return f"{head}: {', '.join(shares)}; {spread_words(topic, some)}."


# ---------------------------------------------------------------------------------------------------------- one factor
def scatter(
    reading: Reading, topic: Topic, values: pd.DataFrame, factor: str, condition: Condition | None
) -> tuple[Spec, bytes]:
    """Worlds by one factor, and their x, y (f4 each, all x first) and side of the claim (u1) as bytes."""
    if not len(values) or factor not in reading.points.columns:
        return {"kind": "scatter", "empty": "There is no factor to show."}, b""
    scale, claim, unit = scale_of(topic.metric, topic.outcome), topic.claim, unit_words(reading.plan, factor)
    raw = values["value"].to_numpy(dtype=np.float64)
    x = reading.points[factor].reindex(values["point"]).to_numpy(dtype=np.float64)
    y = raw / scale.size
    band = _band(claim, scale.size)
    near = _padded(*reach(y))
    domain = _with_claim(near, band)
    spec = {
        "kind": "scatter",
        "n": int(x.size),
        "factor": factor,
        "x_domain": _padded(float(x.min()), float(x.max())),
        "domain": domain,
        "band": band,
        "off": _off_words(claim, band, domain, scale.unit),
        "note": beyond_words(y, domain[0], domain[1], scale.unit),
        "keys": list(claim_keys(claim)),
        "boxes": _sides_of_boxes(condition, factor, x),
        "x_label": f"{factor}{f', {unit}' if unit else ''}",
        "y_label": axis_title(topic),
        "unit": scale.unit,
        "points": [int(point) for point in values["point"]],
        "alt": f"Scatter of {axis_words(reading.plan, factor)} and {axis_title(topic)} over {len(values):,} pairs of worlds",
    }
    data = x.astype("<f4").tobytes() + y.astype("<f4").tobytes() + sides(claim, raw).astype("u1").tobytes()
    return spec, data


def _with_claim(near: list[float], band: list[float | None] | None) -> list[float]:
    """The axis of the worlds, longer where the claim's nearer end is not far off."""
    low, high = near
    room = high - low
    ends = [end for end in (band or ()) if end is not None and low - room <= end <= high + room]
    found = _padded(min([low, *ends]), max([high, *ends]))
    return found if ends else near


def _off_words(claim: Claim | None, band: list[float | None] | None, domain: list[float], unit: str) -> str:
    """Where the claim is when it is not on the axis."""
    if claim is None or band is None:
        return ""
    low, high = (-math.inf if band[0] is None else band[0]), (math.inf if band[1] is None else band[1])
    if low > domain[1]:
        return f"claimed: from {signed_number(low)} {unit}, above this chart"
    if high < domain[0]:
        return f"claimed: up to {signed_number(high)} {unit}, below this chart"
    return ""


def _sides_of_boxes(condition: Condition | None, factor: str, x: Floats) -> list[list[Any]]:
    """The part of the factor's range that each box leaves: [low, high, what it is for], the weaker end of the claim first."""
    if condition is None:
        return []
    found: list[list[Any]] = []
    for end, box in condition.boxes.items():
        if box.has_box and factor in box.limits.index:
            low, high = limits_of(box, factor, float(x.min()), float(x.max()))
            found.append([low, high, f"box: {goal_words(condition, end)}"])
    return found


def limits_of(box: Discovery, factor: str, lowest: float, highest: float) -> tuple[float, float]:
    """Ends of a box in one factor; the end of its range where the box sets none."""
    columns = ["low", "high", "low_quasi_p", "high_quasi_p"]
    low, high, low_chance, high_chance = box.limits.loc[[factor], columns].to_numpy(dtype=np.float64)[0].tolist()
    return lowest if math.isnan(low_chance) else low, highest if math.isnan(high_chance) else high


# ---------------------------------------------------------------------------------------------------------- months
def fan_spec(reading: Reading, topic: Topic) -> Spec:
    """The monthly series that goes with the topic: with and without, and the change within pairs."""
    name, note = series_of(reading.plan, topic, reading.series)
    fan = reading.fans.get((name, topic.arm.name, topic.against))
    if fan is None:
        return {"kind": "fan", "empty": note if not name else "No pair of worlds has been played in this arm yet."}
    is_trade = name.startswith(f"{_TRADE_T}:")
    size, unit = _axis_of(fan, is_trade=is_trade)
    what = "Tonnes" if is_trade else "Vehicles in line"
    with_words = arm_words(topic.arm)
    without_words = _against_words(reading.plan, topic)
    bands = [
        {"name": without_words, "colour": "without", "q": (fan.without / size).tolist()},
        {"name": with_words, "colour": "with", "q": (fan.with_ / size).tolist()},
    ]
    percent = 0.01 if fan.is_share else size
    change = {"name": "change in each pair", "colour": "with", "q": (fan.change / percent).tolist()}
    of = where(reading.plan, name.partition(":")[2])
    return {
        "kind": "fan",
        "views": [
            {"name": what, "y_label": unit, "bands": bands, "from_zero": False},
            {
                "name": "Change",
                "y_label": "%, change in the month" if fan.is_share else f"{unit}, change",
                "bands": [change],
                "from_zero": True,
            },
        ],
        "x_label": "Years from the opening day",
        "title": f"{of}, month by month",
        "note": note,
        "pairs": counted(fan.pairs, "pair of worlds", "pairs of worlds"),
        "alt": f"Fan chart by month: {of}, {with_words}, beside {without_words}",
    }


def _axis_of(fan: Fan, *, is_trade: bool) -> tuple[float, str]:
    if not is_trade:
        return 1.0, "vehicles, at the month's end"
    is_large = float(max(fan.with_.max(), fan.without.max())) >= _LARGE_T_DAY
    return (1e3, "kt a day, mean of the month") if is_large else (1.0, "t a day, mean of the month")


def _against_words(plan: Plan, topic: Topic) -> str:
    other: Sequence[str] = [arm_words(arm) for arm in plan.arms if arm.name == topic.against]
    return other[0] if other else "without the measure"
