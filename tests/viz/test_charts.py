"""The charts of the explorer: what is measured, claims as bands, and lines that are thinned without losing what matters."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from abm.corridor.load import load
from abm.viz import chart_widget, timeline_widget
from abm.viz.chart_widget import ChartsWidget, put_together
from abm.viz.charts import (
    CHARTS,
    DEFAULT_CHARTS,
    GROWTH,
    LEVEL,
    MOST_POINTS,
    chart_data,
    chart_specs,
    points_for,
    thinned,
    wanted,
)
from abm.viz.marks import INCIDENT, POLICY, Mark
from abm.viz.palette import palette
from abm.viz.series_lines import Line, lines_of
from abm.viz.twin import TwinModel
from tests.viz.blocks import unpack
from tests.viz.made_twins import MEASURE, played, twin
from tests.viz.node import needs_node, parses, said

STATIC = Path(chart_widget.__file__).parent / "static"
OWN_FILES = ("charts.js", "charts_draw.js", "charts_scale.js", "dates.js", "timeline.js", "charts.css", "timeline.css")
ALL = [chart.chart_id for chart in CHARTS]
#: No block may be longer, whatever is chosen.
LONGEST_BLOCK = 40_000


@pytest.fixture(scope="module")
def model() -> TwinModel:
    return played(45, MEASURE)


# ------------------------------------------------------------------------------------------------------------ what is shown
@pytest.mark.parametrize("name", ["toy", "south-caucasus"])
def test_every_chart_says_what_is_measured_and_in_which_unit(name: str) -> None:
    case = load(name)
    specs = chart_specs(case, lines_of(case))
    assert [spec["id"] for spec in specs] == ALL
    assert list(DEFAULT_CHARTS) == ALL[:4]
    for spec in specs:
        assert spec["title"]
        assert spec["about"]
        assert "{" not in spec["title"] + spec["about"]
        assert spec["start_date"] == case.info.start
        for panel in spec["panels"]:
            assert panel["unit"]
            assert set(panel["colours"]) <= set(palette()["light"])


def test_series_that_are_not_there_leave_no_empty_panel() -> None:
    case = load("toy")
    lines = [line for line in lines_of(case) if line.name not in ("trade_index", "stopped_days")]
    specs = {spec["id"]: spec for spec in chart_specs(case, lines)}
    assert "trade" not in specs
    assert [panel["names"] for panel in specs["incidents"]["panels"]] == [["incidents"]]


def test_claims_become_bands_on_the_panels_they_are_of() -> None:
    case = load("toy")
    bands = {
        (spec["id"], panel["kind"]): panel["bands"]
        for spec in chart_specs(case, lines_of(case))
        for panel in spec["panels"]
        if panel["bands"]
    }
    assert set(bands) == {("trade", "pair"), ("transit", "gap")}
    growth, time = case.claims
    assert bands["trade", "pair"] == [{"kind": GROWTH, "title": growth.title, "low": 0.1, "high": 0.2}]
    assert bands["transit", "gap"] == [{"kind": LEVEL, "title": time.title, "low": -25.0, "high": 0.0}]


def test_a_case_without_claims_has_no_bands() -> None:
    case = replace(load("toy"), claims=())
    specs = chart_specs(case, lines_of(case))
    assert not any(panel["bands"] for spec in specs for panel in spec["panels"])


# ------------------------------------------------------------------------------------------------------------- the numbers
def test_lines_arrive_as_they_were_recorded(model: TwinModel) -> None:
    meta, found = unpack(chart_data(model, ALL))
    assert set(found) == {"day", *wanted(ALL)}
    np.testing.assert_array_equal(found["day"], np.arange(1, 46))
    for name in wanted(ALL):
        np.testing.assert_array_equal(found[name], model.series.values(name).astype(np.float64))
    assert (meta["day"], meta["horizon"]) == (45, model.horizon_days)
    assert meta["policies"][0]["day"] == 0
    assert meta["policies"][0]["world"] == 1


def test_only_what_is_chosen_is_sent(model: TwinModel) -> None:
    _, found = unpack(chart_data(model, ["wait", "nonsense"]))
    assert set(found) == {"day", "wait_h"}
    _, nothing = unpack(chart_data(model, []))
    assert set(nothing) == {"day"}


def test_before_the_first_day_there_are_lines_without_points() -> None:
    meta, found = unpack(chart_data(twin(MEASURE), DEFAULT_CHARTS))
    assert meta["day"] == 0
    assert found["day"].shape == (0,)
    assert found["trade_index"].shape == (2, 0)


@dataclass
class MadeSeries:
    """Lines of noise over many days, and more marks than a block takes."""

    lines: tuple[Line, ...]
    n: int
    horizon_days: int

    @property
    def series(self) -> "MadeSeries":
        return self

    @property
    def lock(self) -> threading.RLock:
        return threading.RLock()

    def values(self, name: str) -> np.ndarray:
        rng = np.random.default_rng(len(name))
        values = rng.normal(100.0, 20.0, (2, self.n)).astype(np.float32)
        values[:, rng.integers(0, self.n, 50)] = np.nan
        return values

    def marks(self) -> list[Mark]:
        incidents = [Mark(day, INCIDENT, f"Landslide {day % 9} on a road that is long", day % 3) for day in range(900)]
        return incidents + [Mark(day, POLICY, "A policy with a title that is quite long" * 3, 1) for day in range(90)]


@pytest.mark.parametrize("chosen", [ALL, list(DEFAULT_CHARTS), ["trade"]])
def test_a_long_run_stays_small_and_keeps_the_last_day_and_extremes(chosen: list[str]) -> None:
    made = MadeSeries(lines_of(load("toy")), 1825, 1825)
    block = chart_data(cast(Any, made), chosen)
    meta, found = unpack(block)
    assert len(block) < LONGEST_BLOCK
    assert found["day"].size <= MOST_POINTS
    assert found["day"][0] == 1
    assert found["day"][-1] == 1825
    for name in wanted(chosen):
        whole = made.values(name)
        np.testing.assert_array_equal(np.nanmin(found[name], axis=1), np.nanmin(whole, axis=1))
        np.testing.assert_array_equal(np.nanmax(found[name], axis=1), np.nanmax(whole, axis=1))
        np.testing.assert_array_equal(found[name], whole[:, found["day"].astype(int) - 1])
    incidents = meta["incidents"]
    assert len(incidents["titles"]) == 9
    assert incidents["day"][-1] == 899
    told = [incidents["titles"][row] for row in incidents["title"]]
    assert told == [mark.title for mark in made.marks() if mark.kind == INCIDENT][-len(told) :]


@given(st.integers(1, 700), st.integers(40, 120), st.integers(1, 4), st.data())
def test_thinning_keeps_ends_and_extremes_within_the_limit(
    n: int, most: int, n_lines: int, data: st.DataObject
) -> None:
    whole = st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))
    values = [data.draw(arrays(np.float32, (2, n), elements=whole)) for _ in range(n_lines)]
    kept = thinned(values, n, most)
    assert len(kept) <= most
    assert kept[0] == 0
    assert kept[-1] == n - 1
    assert (np.diff(kept) > 0).all()
    for row in (row for line in values for row in line if not np.isnan(row).all()):
        assert np.nanmin(row) == np.nanmin(row[kept])
        assert np.nanmax(row) == np.nanmax(row[kept])


@given(st.integers(100, 2000))
def test_days_that_were_drawn_stay_while_the_stride_does(n: int) -> None:
    flat = [np.zeros((2, n + 1), dtype=np.float32)]
    before, after = thinned(flat, n, 90), thinned(flat, n + 1, 90)
    if before[1] == after[1]:
        assert set(before[:-1].tolist()) <= set(after.tolist())


@given(st.integers(0, 20))
def test_more_charts_get_fewer_points(n_series: int) -> None:
    assert 100 <= points_for(n_series + 1) <= points_for(n_series) <= MOST_POINTS


# ------------------------------------------------------------------------------------------------------------- in the browser
def test_the_widget_starts_with_the_default_charts_and_both_palettes() -> None:
    widget = ChartsWidget()
    try:
        assert widget.chosen == list(DEFAULT_CHARTS)
        assert set(widget.palette) == {"light", "dark"}
        assert "export default" in widget._esm
    finally:
        widget.close()


@pytest.mark.parametrize("name", OWN_FILES)
def test_nothing_is_fetched_from_elsewhere(name: str) -> None:
    text = (STATIC / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|url\(|@import|import\(|\bfetch\(|[\"'`]//", text)


@needs_node
@pytest.mark.parametrize("parts", [chart_widget.PARTS, timeline_widget.PARTS])
def test_the_modules_parse(parts: tuple[str, ...], tmp_path: Path) -> None:
    done = parses(put_together(parts), tmp_path)
    assert done.returncode == 0, done.stderr


@needs_node
def test_ranges_hold_their_values_and_stay_while_these_hardly_change(tmp_path: Path) -> None:
    cases = [(0.0, 3.7), (96.2, 103.9), (-8.1, 2.4), (5.0, 5.0), (0.0, 0.0), (1e5, 3.3e6), (0.1, 0.2)]
    asked = ",".join(f"[{low},{high}]" for low, high in cases)
    found = said(
        put_together(("dates.js", "charts_scale.js")),
        f"[{asked}].map(([a, b]) => {{ const r = steadyRange(a, b, 4, 0.04, null), more = b + (b - a) * 0.001; "
        "return [r, steadyRange(a, more, 4, 0.04, r), steadyRange(a, a + (b - a) * 0.2, 4, 0.04, r), ticksOf(r)]; })",
        tmp_path,
    )
    for (low, high), (first, again, less, ticks) in zip(cases, found, strict=True):
        assert first["low"] <= low + 1e-9 * abs(low)
        assert first["high"] >= high - 1e-9 * abs(high)
        assert again["high"] - first["high"] <= first["step"]
        assert less["high"] - less["low"] <= first["high"] - first["low"] + 1e-9
        assert 2 <= len(ticks) <= 6
        assert len({tick["text"] for tick in ticks}) == len(ticks)


@needs_node
def test_ticks_of_dates_are_within_the_axis_and_one_tells_the_year(tmp_path: Path) -> None:
    spans = list(_spans())
    asked = ",".join(f'["{start}",{days},{width}]' for start, days, width in spans)
    found = said(put_together(("dates.js",)), f"[{asked}].map(([s, d, w]) => dateTicks(s, d, w))", tmp_path)
    for (start, days, width), ticks in zip(spans, found, strict=True):
        told = [tick["day"] for tick in ticks]
        assert told == sorted(set(told)), (start, days, width)
        assert 0 <= told[0] <= told[-1] <= days
        assert len(told) <= width / 40 + 2
        assert any(re.search(r"\d{4}", tick["text"]) for tick in ticks)


def _spans() -> Iterator[tuple[str, int, int]]:
    for start in ("2025-01-01", "2026-07-01", "2027-11-17"):
        for days in (60, 120, 365, 730, 1825, 3650):
            for width in (180, 300, 900):
                yield start, days, width


@needs_node
def test_numbers_are_told_with_signs_and_thousands(tmp_path: Path) -> None:
    told = [("-0.04", 1, "true"), ("1234.5", 0, "false"), ("2.25", 1, "true"), ("-3", 0, "false"), ("NaN", 1, "true")]
    asked = ",".join(f"numberWords({value}, {digits}, {sign})" for value, digits, sign in told)
    found = said(put_together(("dates.js",)), f"[{asked}]", tmp_path)
    assert found == ["0.0", "1,235", "+2.3", "−3", "no value"]
