"""Figures of an experiment show the numbers they are given, on wide and on narrow paper, and cover nothing with anything."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from abm.figures import style
from abm.figures.inline import inline_svg, svg
from abm.figures.sweep_claims import ABOVE, BELOW, INSIDE, arm_colours, claims_chart, ranges_chart
from abm.figures.sweep_dots import dots_chart
from abm.figures.sweep_drivers import HIGH, LOW, BoxSides, box_chart, box_sides, tornado_chart
from abm.figures.sweep_fan import fan_chart, month_days
from abm.figures.sweep_sheet import NARROW_IN, Sheet

WIDE, NARROW = Sheet("A title", "a subtitle", "a note"), Sheet(width_in=NARROW_IN)
LONG = "Tonnes over all the borders of a country whose name is long enough to take more than one line"
SHEETS = pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=["wide", "narrow"])


def claims() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["First", LONG], "number": ["20 % inside", "25 % inside"], "head": ["A claim", LONG],
            "below": [0.7, 0.0], "below_low": [0.6, 0.0], "below_high": [0.8, 0.04],
            "inside": [0.2, 0.25], "inside_low": [0.1, 0.2], "inside_high": [0.3, 0.3],
            "above": [0.1, 0.75], "above_low": [0.05, 0.7], "above_high": [0.15, 0.8],
        }
    )  # fmt: skip


def ranges() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [LONG, ""], "series": [LONG, "with friction"], "p5": [-1.0, 2.0], "p25": [0.0, 3.0], "p50": [1.0, 5.0],
            "p75": [2.0, 8.0], "p95": [3.0, 12.0], "mean": [1.1, 5.5], "error": [0.1, np.nan], "number": ["+1 %", "+5 %"],
        }
    )  # fmt: skip


def fan(*arms: str) -> pd.DataFrame:
    months = np.arange(1, 25)
    frames = [
        pd.DataFrame({"arm": arm, "month": months, **{f"p{q}": 31.0 * (10.0 + q / 10) for q in (5, 25, 50, 75, 95)}})
        for arm in arms
    ]
    return pd.concat(frames, ignore_index=True)


def tornado() -> pd.DataFrame:
    return pd.DataFrame(
        {"name": ["Strong", LONG], "low": [1.0, 4.5], "high": [6.0, 4.2], "number": ["0.5 (0.4 to 0.6)", ""]}
    )


def dots() -> pd.DataFrame:
    rows = [
        {"name": name, "arm": arm, "p5": level, "p50": level + 1.0, "p95": level + 3.0}
        for name, level in (("A post", 4.0), (LONG, 1.0))
        for arm in ("without", "open")
    ]
    return pd.DataFrame(rows)


def drawn(kind: str, sheet: Sheet) -> Figure:
    x, y = np.linspace(0.0, 1.0, 40), np.linspace(2.0, 4.0, 40)[::-1]
    figures: dict[str, Callable[[], Figure]] = {
        "claims": lambda: claims_chart(claims(), sheet),
        "ranges": lambda: ranges_chart(
            ranges(), sheet, x_label="Growth, %", colours={LONG: "#0072b2", "with friction": "#d55e00"},
            band=(20.0, 25.0, "claimed: 20 to 25 %"),
        ),
        "fan": lambda: fan_chart(
            fan("without", "a", "b"), sheet, titles={"a": LONG, "b": "B"}, colours=arm_colours(["a", "b"]), without="without",
            quantity="t a day",
        ),
        "tornado": lambda: tornado_chart(tornado(), sheet, centre=4.0, x_label="Growth, %"),
        "box": lambda: box_chart(
            x, y, x > 0.5, BoxSides((0.5, 1.0), (2.0, 3.0)), sheet, x_label="phi, share", y_label="sigma", hits="20 % or more",
            misses="less",
        ),
        "dots": lambda: dots_chart(
            dots(), sheet, titles={"without": "without", "open": "open"}, colours={"open": "#0072b2"}, without="without",
            x_label="Hours",
        ),
    }  # fmt: skip
    return figures[kind]()


KINDS = ("claims", "ranges", "fan", "tornado", "box", "dots")


@SHEETS
@pytest.mark.parametrize("kind", KINDS)
def test_every_word_lies_on_the_paper_and_no_two_words_of_the_rows_cover_each_other(kind: str, sheet: Sheet) -> None:
    figure = drawn(kind, sheet)
    canvas = style.canvas_of(figure)
    canvas.draw()  # axes place their labels when they are drawn
    renderer = canvas.get_renderer()
    words = [*figure.texts, *(text for axes in figure.axes for text in [*axes.texts, axes.xaxis.label])]
    boxes = [text.get_window_extent(renderer) for text in words if text.get_text() and text.get_visible()]
    boxes += [text.get_window_extent(renderer) for legend in figure.legends for text in legend.get_texts()]
    assert len(boxes) > 3
    for box in boxes:
        assert box.x0 >= -1.0
        assert box.x1 <= figure.bbox.x1 + 1.0
        assert box.y0 >= -1.0
        assert box.y1 <= figure.bbox.y1 + 1.0
    for i, box in enumerate(boxes):
        for other in boxes[i + 1 :]:
            wide = min(box.x1, other.x1) - max(box.x0, other.x0)
            high = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert wide <= 2.0 or high <= 2.0


@SHEETS
def test_the_parts_of_a_claim_fill_its_bar_and_the_whiskers_stand_at_its_boundaries(sheet: Sheet) -> None:
    axes = claims_chart(claims(), sheet).axes[0]
    spans: dict[str, list[tuple[float, float]]] = {BELOW: [], INSIDE: [], ABOVE: []}
    for bar in axes.patches:
        colour = to_hex(bar.get_facecolor())
        spans[colour].append((bar.get_x(), bar.get_x() + bar.get_width()))  # type: ignore[attr-defined]
    assert np.allclose(spans[BELOW], [(0, 70), (0, 0)])
    assert np.allclose(spans[INSIDE], [(70, 90), (0, 25)])
    assert np.allclose(spans[ABOVE], [(90, 100), (25, 100)])
    lines = [line for line in axes.collections if isinstance(line, LineCollection)]
    ends = [[segment[:, 0].tolist() for segment in line.get_segments()] for line in lines]
    assert np.allclose(ends[0], [[60, 80], [0, 4]])
    assert np.allclose(ends[1], [[85, 95], [20, 30]])


def test_a_fan_shows_tonnes_a_day_at_the_middle_of_each_month() -> None:
    assert month_days(pd.Series([1, 2, 12, 14])).tolist() == [31, 28, 31, 28]
    figure = fan_chart(
        fan("without", "a"), WIDE, titles={"a": "A"}, colours=arm_colours(["a"]), without="without", quantity="t a day"
    )
    middle = next(line for line in figure.axes[0].lines if line.get_color() == arm_colours(["a"])["a"])
    years, tonnes = (np.asarray(data, dtype=float) for data in (middle.get_xdata(), middle.get_ydata()))
    assert years[0] == pytest.approx(0.5 / 12)
    assert tonnes[0] == pytest.approx(15.0)
    assert tonnes[1] == pytest.approx(15.0 * 31 / 28)


def test_the_axis_of_a_fan_starts_at_zero_unless_all_lies_in_the_upper_half() -> None:
    high = fan("without", "a").assign(p5=31.0 * 14.0)
    low = high.assign(p5=0.1)
    limits = [
        fan_chart(
            frame, WIDE, titles={"a": "A"}, colours=arm_colours(["a"]), without="without", quantity="t a day"
        ).axes[0].get_ylim()[0]
        for frame in (high, low)
    ]  # fmt: skip
    assert limits[0] > 5.0
    assert limits[1] == 0.0


def test_of_two_bars_of_a_tornado_on_one_side_the_shorter_stays_in_sight() -> None:
    axes = tornado_chart(tornado(), WIDE, centre=4.0, x_label="x").axes[0]
    bars = [(patch.get_width(), patch.get_height(), patch.get_zorder()) for patch in axes.patches]  # type: ignore[attr-defined]
    (strong_low, long_low), (strong_high, long_high) = bars[:2], bars[2:]
    assert (strong_low[0], strong_high[0]) == (-3.0, 2.0)
    assert strong_low[1] == strong_high[1]
    assert long_high[0] < long_low[0]
    assert long_high[1] < long_low[1]
    assert long_high[2] > long_low[2]
    assert {LOW, HIGH} == {"#0072b2", "#d55e00"}


def test_a_box_leaves_alone_what_it_does_not_limit() -> None:
    limits = pd.DataFrame({"low": [0.5], "high": [1.0]}, index=pd.Index(["phi"], name="factor"))
    points = pd.DataFrame({"phi": [0.0, 1.0], "sigma": [2.0, 6.0]})
    assert box_sides(["phi", "sigma"], limits, points) == BoxSides((0.5, 1.0), (2.0, 6.0))


def test_the_world_without_is_hollow_and_rows_keep_their_order() -> None:
    figure = dots_chart(
        dots(), WIDE, titles={"open": "open"}, colours={"open": "#0072b2"}, without="without", x_label="Hours"
    )
    first = next(part for part in figure.axes[0].collections if isinstance(part, PathCollection))
    assert np.allclose(np.asarray(first.get_facecolor())[0][:3], 1.0)
    names = [text.get_text().replace("\n", " ") for text in figure.axes[0].texts if text.get_text()]
    assert names == ["A post", LONG]


def test_an_inline_drawing_follows_the_page_and_keeps_its_names_to_itself() -> None:
    figure = drawn("dots", WIDE)
    one, other = (inline_svg(figure, name, 'Hours & "lines" <at> posts') for name in ("one", "other"))
    names = [set(re.findall(r'\bid="([^"]+)"', text)) for text in (one, other)]
    assert names[0]
    assert not names[0] & names[1]
    used = set(re.findall(r'href="#([^"]+)"', one)) | set(re.findall(r"url\(#([^)]+)\)", one))
    assert used <= names[0]
    assert "var(--paper)" in one
    assert style.INK not in one
    assert "Hours &amp; &quot;lines&quot; &lt;at&gt; posts" in one
    assert not re.search(r"<script|<metadata|<style|<!--|<\?xml", one)


def test_the_same_figure_is_the_same_file() -> None:
    assert svg(drawn("tornado", WIDE), "x") == svg(drawn("tornado", WIDE), "x")
