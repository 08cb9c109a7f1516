"""Figures say what they are given, cover nothing with anything, and reach the disk whole or not at all."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from abm.figures import style
from abm.figures.basemap import BOUNDARIES, SOURCE, base_map, note, on_land
from abm.figures.charts import Reference, growth_chart, series_chart, times_chart, waits_chart
from abm.figures.labels import Label, overlaps, place
from abm.figures.legend import round_below, tonnes_text, width_pt
from abm.figures.map import corridor_map, short_name
from abm.figures.picture import png
from abm.figures.region import Region, dense, exit_point, main_region
from abm.figures.rows import signed
from abm.figures.tracks import tracks
from abm.figures.view import MapView, map_view


@dataclass(frozen=True)
class Node:
    node_id: str
    x_coord: float
    y_coord: float
    node_type: str = "city"

    @property
    def name(self) -> str:
        return f"{self.node_id} (place)"


@dataclass(frozen=True)
class Link:
    link_id: str
    from_node_id: str
    to_node_id: str
    mode: str = "road"
    status: str = "open"


@pytest.fixture
def view() -> MapView:
    nodes = [Node(f"N{i}", 44.0 + 0.9 * (i % 3), 40.0 + 0.7 * (i // 3)) for i in range(9)]
    nodes.append(Node("Far", 60.0, 55.0, "zone"))
    links = [Link(f"L{i}", f"N{i}", f"N{i + 1}", "rail" if i % 2 else "road") for i in range(8)]
    links += [
        Link("Shut", "N0", "N8", "rail", "closed"),
        Link("Away", "N8", "Far", "sea"),
        Link("Beside", "N0", "N1", "rail"),
    ]
    return map_view(nodes, links)


@pytest.fixture
def blank() -> Figure:
    figure = style.new_figure(2.0)
    figure.text(0.5, 0.5, "something to see")
    return figure


def texts(figure: Figure) -> list[str]:
    """Everything written on a figure."""
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [text.get_text() for text in axes.texts] + [axes.get_xlabel(), axes.get_title(loc="left")]
        found += [text.get_text() for text in axes.get_yticklabels()]
        legend = axes.get_legend()
        found += [text.get_text() for text in legend.get_texts()] if legend else []
    return found + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def colours_of_lines(figure: Figure) -> set[str]:
    return {str(line.get_color()) for line in figure.axes[0].lines}


# The base map


def test_known_places_are_on_land_and_in_the_water() -> None:
    land = np.array([[44.5, 40.2], [37.6, 55.75], [73.1, 33.7], [104.0, 30.7]])
    water = np.array([[50.5, 42.0], [35.0, 43.5], [18.0, 35.0], [65.0, 20.0]])
    assert on_land(land).all()
    assert not on_land(water).any()


def test_the_base_map_stays_within_its_box_and_is_small() -> None:
    chart = base_map()
    west, east, south, north = chart.box
    for lines in (chart.land, chart.coasts, chart.borders):
        points = np.concatenate(lines)
        assert points[:, 0].min() >= west
        assert points[:, 0].max() <= east
        assert points[:, 1].min() >= south
        assert points[:, 1].max() <= north
        assert all(len(line) >= 2 for line in lines)
    folder = Path(style.__file__).parent / "data"
    assert (folder / "base_map.npz").stat().st_size < 400_000
    assert "public domain" in (folder / "README.md").read_text(encoding="utf-8")


# The region


def test_far_zones_do_not_widen_the_map() -> None:
    lon = np.array([44.0, 44.5, 45.0, 44.2, 44.8, 45.3, 43.9, 44.1, 112.0, 37.6])
    lat = np.array([40.0, 40.2, 40.1, 40.6, 40.7, 40.5, 40.9, 41.1, 34.0, 55.7])
    assert dense(lon, lat).tolist() == [True] * 8 + [False] * 2
    region = main_region(lon, lat)
    assert region.west < 43.9 < 45.3 < region.east < 47.0
    assert region.south < 40.0 < 41.1 < region.north < 42.0


def test_a_small_case_is_shown_whole() -> None:
    lon, lat = np.array([0.0, 10.0, 30.0]), np.array([0.0, 5.0, 40.0])
    assert main_region(lon, lat).holds(lon, lat).all()


def test_a_single_node_still_has_a_region() -> None:
    region = main_region(np.array([5.0]), np.array([50.0]))
    assert region.east > region.west
    assert region.north > region.south


def test_a_map_without_nodes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one node"):
        main_region(np.zeros(0), np.zeros(0))


@given(aspect=st.floats(0.3, 3.0), width=st.floats(0.5, 40.0), height=st.floats(0.5, 25.0))
def test_a_fitted_region_holds_the_first_and_has_the_aspect(aspect: float, width: float, height: float) -> None:
    first = Region(40.0, 40.0 + width, 30.0, 30.0 + height)
    fitted = first.fitted(aspect)
    corners = np.array([[40.0, 30.0], [40.0 + width, 30.0 + height]])
    slack = Region(fitted.west - 1e-9, fitted.east + 1e-9, fitted.south - 1e-9, fitted.north + 1e-9)
    assert slack.holds(corners[:, 0], corners[:, 1]).all()
    assert fitted.aspect == pytest.approx(aspect, rel=1e-6)


def test_a_line_leaves_the_region_at_its_last_point_inside_whichever_way_it_runs() -> None:
    region = Region(0.0, 10.0, 0.0, 10.0)
    track = np.column_stack([np.linspace(5.0, 20.0, 16), np.full(16, 5.0)])
    assert exit_point(region, track) == (10.0, 5.0)
    assert exit_point(region, track[::-1]) == (10.0, 5.0)


# Names


@given(
    points=st.lists(st.tuples(st.floats(0, 400), st.floats(0, 300)), min_size=1, max_size=40),
    widths=st.lists(st.floats(5, 90), min_size=40, max_size=40),
)
def test_no_name_covers_another_name_or_a_node(points: list[tuple[float, float]], widths: list[float]) -> None:
    spots = np.array(points)
    labels = [Label(x, y, str(i), float(i), 8.0, "k") for i, (x, y) in enumerate(points)]
    sizes = np.column_stack([widths[: len(points)], np.full(len(points), 9.0)])
    boxes = place(labels, spots, np.zeros((0, 2)), np.array([0.0, 0.0, 400.0, 300.0]), sizes, 1.0)
    placed = [box for box in boxes if box is not None]
    dots = np.column_stack([spots - 1.0, spots + 1.0])
    for i, box in enumerate(placed):
        assert not overlaps(box, np.array(placed[i + 1 :]).reshape(-1, 4)).any()
        assert not overlaps(box, dots).any()
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[2] <= 400
        assert box[3] <= 300


def test_the_more_important_of_two_names_at_one_place_is_kept_first() -> None:
    labels = [Label(50, 10, "small", 1.0, 8, "k"), Label(50, 10, "large", 2.0, 8, "k")]
    sizes = np.array([[90.0, 9.0], [90.0, 9.0]])
    boxes = place(labels, np.array([[50.0, 10.0]]), np.zeros((0, 2)), np.array([0.0, 0.0, 100.0, 24.0]), sizes, 1.0)
    assert boxes[0] is None
    assert boxes[1] is not None


def test_a_name_moves_away_from_a_line() -> None:
    label = [Label(100, 100, "name", 1.0, 8, "k")]
    line = np.column_stack([np.linspace(100, 200, 60), np.full(60, 100.0)])
    frame, size = np.array([0.0, 0.0, 200.0, 200.0]), np.array([[40.0, 9.0]])
    free = place(label, np.array([[100.0, 100.0]]), np.zeros((0, 2)), frame, size, 1.0)[0]
    moved = place(label, np.array([[100.0, 100.0]]), line, frame, size, 1.0)[0]
    assert free is not None
    assert moved is not None
    assert free[0] > 100
    assert not (
        (line[:, 0] > moved[0]) & (line[:, 0] < moved[2]) & (line[:, 1] > moved[1]) & (line[:, 1] < moved[3])
    ).any()


@pytest.mark.parametrize(
    ("name", "short"), [("Port (north quay)", "Port"), ("Kapi / Gate", "Kapi"), ("Plain", "Plain"), ("(odd)", "(odd)")]
)
def test_long_names_are_cut_at_a_bracket_or_a_stroke(name: str, short: str) -> None:
    assert short_name(name) == short


# The map


def test_the_map_carries_title_note_modes_and_far_zones(view: MapView) -> None:
    figure = corridor_map(view, {"L0": 1e6, "L1": 2e5, "Away": 3e5}, title="What moves", subtitle="tonnes a year")
    written = texts(figure)
    assert {
        "What moves",
        "tonnes a year",
        f"{BOUNDARIES} {SOURCE}",
        "road",
        "rail",
        "sea",
        "1 Mt a year",
        "closed or planned",
    } <= set(written)
    assert "to Far" in written
    assert "N4" in written
    assert {style.MODE_COLOURS[mode] for mode in ("road", "rail", "sea")} <= colours_of_lines(figure)


def test_a_change_is_drawn_in_two_colours_and_names_the_opened_link(view: MapView) -> None:
    figure = corridor_map(
        view, {"L0": 5e5, "Shut": 4e5}, without={"L0": 9e5, "L2": 1e5}, opened=["Shut"], title="What changes"
    )
    assert {style.MORE, style.LESS} <= colours_of_lines(figure)
    assert {"more", "less", "opened by the measure"} <= set(texts(figure))
    assert "closed or planned" not in texts(figure)


def test_a_placebo_changes_no_colour(view: MapView) -> None:
    figure = corridor_map(view, {"L0": 5e5}, without={"L0": 5e5}, title="Nothing changes")
    assert not {style.MORE, style.LESS} & colours_of_lines(figure)


def test_wider_means_more_and_parallel_links_lie_side_by_side(view: MapView) -> None:
    figure = corridor_map(view, {"L0": 1e6, "Beside": 1e6, "L2": 1e4}, title="Side by side")
    lines = [line for line in figure.axes[0].lines if line.get_color() in style.MODE_COLOURS.values()]
    widths = sorted(float(line.get_linewidth()) for line in lines)
    assert widths[0] < widths[1] == widths[2]
    road, rail = [line for line in lines if line.get_linewidth() == widths[2]]
    assert not np.allclose(np.asarray(road.get_ydata(), dtype=float), np.asarray(rail.get_ydata(), dtype=float))


def test_a_map_without_any_traffic_is_still_a_map(view: MapView) -> None:
    assert png(corridor_map(view, {}, title="Nothing moves"))


def test_an_unknown_link_or_a_missing_number_is_refused(view: MapView) -> None:
    with pytest.raises(ValueError, match="did you mean 'Shut'"):
        corridor_map(view, {"Shot": 1.0}, title="t")
    with pytest.raises(ValueError, match="finite"):
        corridor_map(view, {"L0": float("nan")}, title="t")


def test_borders_can_be_left_out_with_their_note(view: MapView) -> None:
    written = texts(corridor_map(view, {"L0": 1.0}, title="t", borders=False))
    assert SOURCE in written
    assert not any(BOUNDARIES in text for text in written)


def test_an_invented_place_in_the_open_sea_is_drawn_on_plain_paper() -> None:
    open_sea, coast = (62.0, 64.0, 12.0, 14.0), (40.0, 50.0, 38.0, 43.0)
    assert note(open_sea, borders=True) == ""
    assert note(coast, borders=True) == f"{BOUNDARIES} {SOURCE}"
    nodes = [Node("A", 62.5, 12.5), Node("B", 63.5, 13.5)]
    figure = corridor_map(map_view(nodes, [Link("L", "A", "B")]), {"L": 1.0}, title="Invented")
    assert not any(SOURCE in text for text in texts(figure))


def test_a_sea_link_to_a_far_ocean_leaves_its_port_over_water() -> None:
    """From a port on the east coast of the Black Sea to the Gulf: the straight line runs over mountains."""
    nodes = [Node(f"N{i}", 41.7 + 0.5 * (i % 4), 41.5 + 0.4 * (i // 4)) for i in range(12)]
    nodes += [Node("Port", 41.65, 42.15, "port"), Node("Gulf", 55.3, 25.1, "zone")]
    view = map_view(nodes, [Link("Ship", "Port", "Gulf", "sea"), Link("Road", "Port", "N1")])
    region = main_region(view.lon, view.lat).fitted(1.4)
    line = tracks(view, [1.0, 1.0], region, 50.0)[0]
    seen = line[region.holds(line[:, 0], line[:, 1])]
    assert on_land(seen[1:]).mean() < 0.2
    assert "to Gulf" in texts(corridor_map(view, {"Ship": 1.0}, title="t"))


def test_of_places_side_by_side_with_one_name_only_one_is_named() -> None:
    nodes = [
        Node("Town", 44.0, 40.0),
        Node("Town port", 44.05, 40.0),
        Node("Other", 45.0, 40.0),
        Node("Town far", 46.5, 41.0),
    ]
    links = [Link("a", "Town", "Town port"), Link("b", "Town port", "Other"), Link("c", "Other", "Town far")]
    written = texts(corridor_map(map_view(nodes, links), {"a": 1.0, "b": 2.0}, title="t"))
    assert {"Town", "Other", "Town far"} <= set(written)
    assert "Town port" not in written


@given(value=st.floats(1e-3, 1e12))
def test_widths_in_the_key_are_round_and_not_above_the_largest(value: float) -> None:
    rounded = round_below(value)
    assert rounded <= value * (1 + 1e-9)
    assert rounded * 2.5 >= value * (1 - 1e-9)


def test_widths_grow_with_the_square_root_and_never_vanish() -> None:
    widths = width_pt(np.array([4.0, 1.0, 0.0, -4.0]), 4.0)
    assert widths[0] == widths[3] == pytest.approx(2 * widths[1])
    assert widths[2] > 0
    assert [tonnes_text(value) for value in (2e6, 5e5, 40.0)] == ["2 Mt", "500 kt", "40 t"]


# Charts


def test_a_series_shows_the_median_of_both_worlds_and_the_growth_of_each_pair() -> None:
    times = np.linspace(0.0, 2.0, 5)
    without = np.array([[100.0] * 5, [200.0] * 5, [300.0] * 5])
    figure = series_chart(times, without, without * 1.1, title="Up", quantity="Trade", unit="kt", opening=0.5)
    levels, growth = figure.axes
    drawn = [
        np.asarray(line.get_ydata(), dtype=float) for line in levels.lines if len(np.atleast_1d(line.get_ydata())) == 5
    ]
    np.testing.assert_allclose(drawn, [[200.0] * 5, [220.0] * 5])
    np.testing.assert_allclose(np.asarray(growth.lines[0].get_ydata(), dtype=float), 10.0)
    assert {"Up", "Trade, kt", "opening day", "+10.0 %"} <= set(texts(figure))


def test_a_series_that_starts_from_nothing_has_no_growth_rather_than_an_error() -> None:
    zeros = np.zeros((2, 3))
    figure = series_chart(np.arange(3.0), zeros, zeros + 1.0, title="New", quantity="Trade", unit="kt")
    np.testing.assert_allclose(np.asarray(figure.axes[1].lines[0].get_ydata(), dtype=float), 0.0)


def test_series_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes disagree"):
        series_chart(np.arange(3.0), np.zeros((2, 3)), np.zeros((3, 3)), title="t", quantity="q", unit="u")
    with pytest.raises(ValueError, match="finite"):
        series_chart(np.arange(2.0), np.full((1, 2), np.nan), np.zeros((1, 2)), title="t", quantity="q", unit="u")


def test_waits_stand_in_order_and_say_how_many_are_left_out() -> None:
    table = pd.DataFrame(
        {"post": ["a", "b", "c", "d"], "without_h": [1.0, 9.0, 4.0, np.nan], "with_h": [2.0, 3.0, 4.0, 1.0]}
    )
    figure = waits_chart(table, title="Waits", rows=2)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["b", "c"]
    written = " ".join(texts(figure))
    assert "1 post with shorter waits is not shown." in written
    assert "1 post without traffic in one world is not shown." in written
    assert "with the measure: shorter the same" in written
    assert "longer" not in written


def test_times_stand_by_relative_change_and_name_it() -> None:
    table = pd.DataFrame({"pair": ["x", "y", "z"], "without": [10.0, 10.0, 10.0], "with": [9.0, 2.0, 10.3]})
    figure = times_chart(table, title="Times", quantity="Days")
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["y", "x", "z"]
    assert {"\N{MINUS SIGN}80 %", "\N{MINUS SIGN}10 %", "+3 %", "Days"} <= set(texts(figure))


def test_growth_keeps_its_order_and_shows_the_published_range() -> None:
    table = pd.DataFrame(
        {
            "label": ["all", "all", "some"],
            "series": ["zero", "prior", "zero"],
            "mean": [3.0, 11.0, -2.0],
            "low": [2.0, 6.0, -3.0],
            "high": [4.0, 18.0, 1.0],
        }
    )
    figure = growth_chart(table, title="Growth", reference=Reference("published", 20, 25))
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["all", "", "some"]
    assert {"zero", "prior", "published", "+3.0 %  (2.0 to 4.0)"} <= set(texts(figure))
    assert "\N{MINUS SIGN}2.0 %  (\N{MINUS SIGN}3.0 to 1.0)" in texts(figure)


@pytest.mark.parametrize("chart", [waits_chart, times_chart, growth_chart])
def test_a_table_that_lacks_a_column_or_rows_is_refused(chart: object) -> None:
    assert callable(chart)
    with pytest.raises(ValueError, match="lacks"):
        chart(pd.DataFrame({"other": [1.0]}), title="t")


def test_a_rounded_percentage_has_a_true_minus_and_no_sign_on_nothing() -> None:
    assert [signed(value) for value in (-3.2, 0.2, -0.2, 12.6)] == ["\N{MINUS SIGN}3 %", "0 %", "0 %", "+13 %"]


def test_titles_wrap_within_the_figure(blank: Figure) -> None:
    words = "A finding that takes rather many words to say, because it is honest about what it does not know " * 2
    lines = style.wrapped(blank, words, 8.0, 12.0, "bold")
    assert len(lines) > 1
    assert " ".join(lines) == words.strip()
    widths = [style.text_size(blank, line, 12.0, "bold")[0] for line in lines]
    assert max(widths) <= 8.05
    assert min(widths) > 0.6 * max(widths)
    assert style.wrapped(blank, "", 8.0, 12.0) == []
    assert style.wrapped(blank, "short", 0.01, 12.0) == ["short"]


def test_building_a_figure_leaves_the_callers_settings_alone(view: MapView) -> None:
    before = dict(mpl.rcParams)
    png(corridor_map(view, {"L0": 1.0}, title="t"))
    assert dict(mpl.rcParams) == before


def test_a_figure_is_the_same_picture_every_time(view: MapView) -> None:
    first, second = (png(corridor_map(view, {"L0": 1.0}, title="t")) for _ in range(2))
    assert first == second
    assert first.startswith(b"\x89PNG")
