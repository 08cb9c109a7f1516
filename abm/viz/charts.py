"""What the charts of the explorer show and the numbers they draw: specifications once, packed lines after every drawn day.

A chart is a card with one to two panels. Panels: ``pair`` (both worlds as lines), ``gap`` (with less without, or a series that
already is the change), ``mix`` (shares that add up to a whole: areas with, thin lines without), ``split`` (parts of a change,
stacked from zero).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from abm.corridor.claim_rows import ClaimMetric
from abm.corridor.policies import resolve
from abm.corridor.question import Question
from abm.corridor.tables import Case
from abm.viz.marks import INCIDENT, POLICY, Mark
from abm.viz.packing import pack
from abm.viz.scene import country_name
from abm.viz.series_lines import Line
from abm.viz.twin import TwinModel

#: Most points of a line, first and last day included.
MOST_POINTS = 400
#: Most bytes of lines in one block, whatever is chosen.
MOST_LINE_BYTES = 30_000
#: Most marks in one block; older incidents are left out first.
MOST_POLICY_MARKS, MOST_INCIDENT_MARKS = 60, 300
#: Longest title of a mark that is sent.
MARK_LETTERS = 70
#: Index of the base year, from which claims about growth start.
BASE = 100.0

#: What a published claim becomes on a chart: a band that grows from the opening day, or one between two levels in %.
GROWTH, LEVEL = "growth", "level"
_BANDS = {ClaimMetric.TRADE_GROWTH: GROWTH, ClaimMetric.TRANSIT_TIME: LEVEL}
_PERCENT = 100.0
#: Height of a panel of differences beside 3 for the lines above it.
_GAP_WEIGHT = 1.2

type Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes of a chart: which series it draws, and how.

    ``labels`` and ``colours`` (keys of the palette) belong to ``names`` in a mix or a split. ``own``: the series already is a
    change. ``unit``: of the axis; empty: that of the series. ``zero``: the axis starts at nothing. ``weight``: share of the
    height. ``claim``: metric of claims drawn as bands.
    """

    kind: str
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    title: str = ""
    unit: str = ""
    own: bool = False
    zero: bool = False
    weight: float = 3.0
    claim: ClaimMetric | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A card: its name, its title, how it is measured, and its panels."""

    chart_id: str
    title: str
    about: str
    panels: tuple[Panel, ...]


def _pair(
    chart_id: str,
    name: str,
    title: str,
    about: str,
    *,
    zero: bool = False,
    claim: ClaimMetric | None = None,
    gap_unit: str = "",
) -> Chart:
    gap = Panel("gap", (name,), title="difference", unit=gap_unit, weight=_GAP_WEIGHT)
    return Chart(chart_id, title, about, (Panel("pair", (name,), zero=zero, claim=claim), gap))


#: Every chart on offer, in the order of the menu; ``{home}`` is the home country.
CHARTS = (
    _pair(
        "trade", "trade_index", "Trade of {home}", "Value at base-year prices over 365 days, begun in the base year",
        claim=ClaimMetric.TRADE_GROWTH, gap_unit="points",
    ),
    Chart(
        "transit", "Transit time of the trade of {home}", "Door to door, mean of the last 28 days by tonnes",
        (
            Panel("pair", ("transit_days",)),
            Panel(
                "gap", ("transit_change_pct",), title="difference", own=True, weight=_GAP_WEIGHT, claim=ClaimMetric.TRANSIT_TIME
            ),
        ),
    ),
    _pair("wait", "wait_h", "Hours in line at borders", "Mean of the last 28 days, all posts", zero=True),
    Chart(
        "modes", "Trade of {home} by mode", "Areas: with the measure; dashed: without; last 28 days",
        (Panel("mix", ("share_road", "share_rail", "share_sea"), ("road", "rail", "sea"), ("road", "rail", "sea")),),
    ),
    _pair("queue", "queue_vehicles", "Vehicles in line at borders", "All posts together, at the end of the day", zero=True),
    _pair("profit", "profit_musd_year", "Carriers' profit", "All carriers, last 28 days told as a year"),
    Chart(
        "incidents", "Incidents and stopped days", "Counted from the opening day",
        (
            Panel("pair", ("incidents",), zero=True, weight=1.0),
            Panel("pair", ("stopped_days",), title="shut by incidents", zero=True, weight=1.0),
        ),
    ),
    Chart(
        "growth", "Where growth comes from", "Trade of {home} against the world without, last 365 days",
        (
            Panel(
                "split", ("growth_more_pct", "growth_new_pct", "growth_diverted_pct"), ("more", "new", "diverted"),
                ("with", "sea", "highlight"),
            ),
        ),
    ),
)  # fmt: skip
#: What a page shows at first.
DEFAULT_CHARTS = tuple(chart.chart_id for chart in CHARTS[:4])


def chart_specs(case: Case, lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Every chart that the series ``lines`` can fill, as the browser gets them; claims of the case lie on the panels they are of.

    Keys: id, title, about, start_date (ISO date of day 0), panels (kind, names, labels, colours, title, unit, digits, own, zero,
    weight, base, bands: [{kind, title, low, high}] in shares of growth a year, or in the unit of the panel).
    """
    known = {line.name: line for line in lines}
    home = country_name(case, case.info.home)
    found = []
    for chart in CHARTS:
        panels = [_panel(case, panel, known) for panel in chart.panels if all(name in known for name in panel.names)]
        if panels:
            words = {"title": chart.title.format(home=home), "about": chart.about.format(home=home)}
            spec = {"id": chart.chart_id, "start_date": case.info.start, **words}
            found.append(spec | {"panels": panels})
    return found


def _panel(case: Case, panel: Panel, known: Mapping[str, Line]) -> dict[str, Any]:
    line = known[panel.names[0]]
    return {
        "kind": panel.kind, "names": list(panel.names), "labels": list(panel.labels), "colours": list(panel.colours),
        "title": panel.title, "unit": panel.unit or line.unit, "digits": line.digits, "own": panel.own, "zero": panel.zero,
        "weight": panel.weight, "base": BASE, "bands": _bands(case, panel.claim),
    }  # fmt: skip


def _bands(case: Case, metric: ClaimMetric | None) -> list[dict[str, Any]]:
    """The claims of a case of one metric, with their ends as the panel's axis tells them."""
    if metric is None:
        return []
    kind = _BANDS[metric]
    scale = _PERCENT if kind == LEVEL else 1.0
    return [
        {"kind": kind, "title": row.title, "low": scale * row.low_share, "high": scale * row.high_share}
        for row in case.claims
        if row.metric is metric
    ]


def wanted(chosen: Iterable[str]) -> tuple[str, ...]:
    """Names of the series that the chosen charts draw, each once, in the order of the menu."""
    asked = {str(one) for one in chosen}
    panels = (panel for chart in CHARTS if chart.chart_id in asked for panel in chart.panels)
    return tuple(dict.fromkeys(name for panel in panels for name in panel.names))


def chart_data(twin: TwinModel, chosen: Iterable[str], measure_from: int = 0) -> bytes:
    """The lines of the chosen charts, packed: array ``day`` (m,) and one (2, m) array by series, row 0 without, row 1 with.

    meta: day (days played), horizon, measure_from (from which growth is claimed), policies [{day, title, world}], incidents
    {titles, day, title, world} (title: row of titles; world 0, 1, or 2: both). A day counts as over: the first one played is 1.
    Longer series are thinned (:func:`thinned`); the block stays under 40 kB.
    """
    with twin.lock:  # a day that is being played is half written down
        return _packed(twin, chosen, measure_from)


def _packed(twin: TwinModel, chosen: Iterable[str], measure_from: int) -> bytes:
    series = twin.series
    names = [name for name in wanted(chosen) if any(line.name == name for line in series.lines)]
    values = [np.asarray(series.values(name), dtype=np.float32) for name in names]
    kept = thinned(values, series.n, points_for(len(names)))
    arrays: dict[str, npt.NDArray[Any]] = {"day": (kept + 1).astype(np.int32)}
    arrays |= {name: np.ascontiguousarray(row[:, kept]) for name, row in zip(names, values, strict=True)}
    marks = series.marks()
    meta = {
        "day": series.n,
        "horizon": twin.horizon_days,
        "measure_from": measure_from,
        "policies": policy_marks(marks),
        "incidents": incident_marks(marks),
    }
    return pack(meta, arrays)


def first_measure_day(question: Question) -> int:
    """The first day on which the two worlds are to differ; 0 where nothing is chosen."""
    in_both = {(step.policy_id, step.action, step.target) for step in resolve(question.without())}
    steps = resolve(question.measure())
    days = [step.start_day for step in steps if (step.policy_id, step.action, step.target) not in in_both]
    return max(0, min(days, default=0))


def points_for(n_series: int) -> int:
    """Points a line so that ``n_series`` pairs of lines and their days stay within the block."""
    numbers_a_point = 2 * n_series + 1
    return min(MOST_POINTS, MOST_LINE_BYTES // (4 * numbers_a_point))


def thinned(values: Sequence[Floats], n: int, most: int) -> npt.NDArray[np.int64]:
    """Columns 0..n-1 to draw, at most ``most``: every k-th one (so that they stay while days are added), the last, and of every
    row its lowest and highest."""
    if n <= most:
        return np.arange(n)
    edges = _extremes(values, n)
    stride = math.ceil(n / max(most - len(edges) - 1, 1))
    return np.unique(np.concatenate([np.arange(0, n, stride), edges, [n - 1]]))


def _extremes(values: Sequence[Floats], n: int) -> npt.NDArray[np.int64]:
    if not values:
        return np.empty(0, dtype=np.int64)
    rows = np.concatenate([row[:, :n] for row in values])
    missing = np.isnan(rows)
    lowest = np.where(missing, np.inf, rows).argmin(axis=1)
    highest = np.where(missing, -np.inf, rows).argmax(axis=1)
    return np.unique(np.concatenate([lowest, highest]))


def incident_marks(marks: Sequence[Mark]) -> dict[str, Any]:
    """Incidents that began, the newest ones, each title once: {titles, day, title, world}; title is a row of titles."""
    incidents = [mark for mark in marks if mark.kind == INCIDENT][-MOST_INCIDENT_MARKS:]
    titles = list(dict.fromkeys(mark.title[:MARK_LETTERS] for mark in incidents))
    row = {title: number for number, title in enumerate(titles)}
    return {
        "titles": titles,
        "day": [int(mark.day) for mark in incidents],
        "title": [row[mark.title[:MARK_LETTERS]] for mark in incidents],
        "world": [int(mark.world) for mark in incidents],
    }


def policy_marks(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """Policies that came or ended, the newest ones: [{day, title, world}]."""
    policies = [mark for mark in marks if mark.kind == POLICY][-MOST_POLICY_MARKS:]
    return [{"day": int(mark.day), "title": mark.title[:MARK_LETTERS], "world": int(mark.world)} for mark in policies]
