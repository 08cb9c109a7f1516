"""The scene: everything of the case is on it, links stay apart, ships stay off the land, and it stays small."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from abm.corridor.load import load
from abm.corridor.tables import Case
from abm.figures.basemap import base_map, on_land
from abm.figures.view import map_view
from abm.viz.scene import ENTRY_AT, EXIT_AT, along_line, country_name, link_lines, regions_of, scene_of
from abm.viz.seaways import seaway
from tests.viz.blocks import unpack

MOST_BYTES = 400_000
CASES = pytest.mark.parametrize("name", ["toy", "south-caucasus"])


@lru_cache
def case_of(name: str) -> Case:
    return load(name)


@lru_cache
def scene(name: str) -> tuple[Any, dict[str, np.ndarray]]:
    return unpack(scene_of(case_of(name)))


def lines(arrays: dict[str, np.ndarray], name: str) -> list[np.ndarray]:
    points = np.column_stack([arrays[f"{name}_x"], arrays[f"{name}_y"]])
    return np.split(points, arrays[f"{name}_starts"][1:-1].astype(int)) if len(arrays[f"{name}_starts"]) > 1 else []


@CASES
def test_everything_of_the_case_is_told_in_its_order(name: str) -> None:
    case, (meta, arrays) = case_of(name), scene(name)
    assert [row["id"] for row in meta["nodes"]] == [node.node_id for node in case.nodes]
    assert [row["id"] for row in meta["links"]] == [link.link_id for link in case.links]
    assert [row["id"] for row in meta["posts"]] == [post.post_id for post in case.posts]
    assert [row["id"] for row in meta["carriers"]] == [carrier.carrier_id for carrier in case.carriers]
    for row, link in zip(meta["links"], case.links, strict=True):
        assert meta["nodes"][row["from"]]["id"] == link.from_node_id
        assert meta["nodes"][row["to"]]["id"] == link.to_node_id
    for row, post in zip(meta["posts"], case.posts, strict=True):
        assert meta["links"][row["link"]]["id"] == post.link_id
    assert arrays["node_lon"] == pytest.approx([node.x_coord for node in case.nodes])
    assert set(meta["palette"]) == {"light", "dark"}


@CASES
def test_a_scene_is_small(name: str) -> None:
    assert len(scene_of(case_of(name))) < MOST_BYTES


@CASES
def test_every_link_runs_from_its_first_node_to_its_last(name: str) -> None:
    meta, arrays = scene(name)
    drawn = lines(arrays, "link")
    assert len(drawn) == len(meta["links"])
    nodes = np.column_stack([arrays["node_lon"], arrays["node_lat"]])
    for row, points in zip(meta["links"], drawn, strict=True):
        assert len(points) >= 2
        assert points[0] == pytest.approx(nodes[row["from"]], abs=1e-5)
        assert points[-1] == pytest.approx(nodes[row["to"]], abs=1e-5)


@CASES
def test_links_between_the_same_places_are_drawn_apart(name: str) -> None:
    view = map_view(case_of(name).nodes, case_of(name).links)
    drawn = link_lines(view)
    pairs: dict[frozenset[int], list[int]] = {}
    for row in range(len(drawn)):
        pairs.setdefault(frozenset((int(view.from_node[row]), int(view.to_node[row]))), []).append(row)
    several = [rows for rows in pairs.values() if len(rows) > 1]
    assert several
    for rows in several:
        middles = np.array([along_line(drawn[row], 0.5) for row in rows])
        span = np.hypot(*(drawn[rows[0]][0] - drawn[rows[0]][-1]))
        apart = np.hypot(*(middles[:, None] - middles[None, :]).transpose(2, 0, 1))
        assert apart[~np.eye(len(rows), dtype=bool)].min() > 0.03 * min(span, 2.0)


@CASES
def test_posts_stand_on_their_link_at_the_end_of_their_country(name: str) -> None:
    meta, arrays = scene(name)
    drawn = lines(arrays, "link")
    seen = set()
    for number, row in enumerate(meta["posts"]):
        link, points = meta["links"][row["link"]], drawn[row["link"]]
        is_first = meta["nodes"][link["from"]]["country"] == row["country"]
        share = EXIT_AT if row["direction"] == "outbound" else 1.0 - ENTRY_AT
        place = np.array([arrays["post_x"][number], arrays["post_y"][number]])
        assert place == pytest.approx(along_line(points, share if is_first else 1.0 - share), abs=1e-4)
        seen.add((row["link"], *np.round(place, 5)))
    assert len(seen) == len(meta["posts"])


def test_a_real_place_has_coasts_and_borders_and_says_what_it_must() -> None:
    meta, arrays = scene("south-caucasus")
    assert meta["has_coast"]
    assert "do not imply endorsement" in meta["note"]
    assert meta["home_name"] == "Armenia"
    chart = base_map()
    for name, known in (("land", chart.land), ("coast", chart.coasts), ("border", chart.borders)):
        drawn = lines(arrays, name)
        assert 0 < len(drawn) <= len(known)
        west, east, south, north = meta["box"]
        for points in drawn:
            assert points[:, 0].max() >= west
            assert points[:, 0].min() <= east
            assert points[:, 1].max() >= south
            assert points[:, 1].min() <= north


def test_an_invented_place_in_the_open_sea_has_no_coast() -> None:
    meta, arrays = scene("toy")
    assert not meta["has_coast"]
    assert meta["note"] == ""
    assert arrays["land_x"].size == arrays["coast_x"].size == arrays["border_x"].size == 0
    assert arrays["land_starts"].tolist() == [0]
    assert meta["home_name"] == "Arland"


@CASES
def test_regions_hold_what_they_promise(name: str) -> None:
    case, (meta, arrays) = case_of(name), scene(name)
    home = meta["home_name"]
    assert [region["name"] for region in meta["regions"]] == ["Whole network", home, f"{home} and neighbours"]
    boxes = [region["box"] for region in meta["regions"]]
    is_home = np.array([node.country == case.info.home for node in case.nodes])
    for (west, east, south, north), mask in zip(boxes, (is_home | True, is_home, is_home), strict=True):
        lon, lat = arrays["node_lon"][mask], arrays["node_lat"][mask]
        assert west < lon.min() <= lon.max() < east
        assert south < lat.min() <= lat.max() < north
    areas = [(east - west) * (north - south) for west, east, south, north in boxes]
    assert areas[1] < areas[2] <= areas[0]


def test_a_country_without_an_authority_goes_by_its_code() -> None:
    case = replace(case_of("toy"), authorities=())
    assert country_name(case, "XA") == "XA"
    view = map_view(case.nodes, case.links)
    assert [name for name, _ in regions_of(case, view, (0.0, 1.0, 0.0, 1.0))][1] == "XA"


@pytest.mark.parametrize(
    ("start", "end", "beyond"),
    [
        ((41.65, 42.15), (28.0, 43.2), None),  # across a sea in the open
        ((55.06, 25.0), (34.6, 36.8), "south"),  # round a peninsula, and through a canal
        ((121.5, 31.2), (56.2, 27.1), "south"),  # round two continents
    ],
)
def test_ships_keep_off_the_land(start: tuple[float, float], end: tuple[float, float], beyond: str | None) -> None:
    way = seaway(np.array(start), np.array(end))
    assert way[0] == pytest.approx(start)
    assert way[-1] == pytest.approx(end)
    fine = np.array([along_line(way, share) for share in np.linspace(0.02, 0.98, 400)])
    straight = np.linspace(start, end, 400)
    assert on_land(fine).mean() < 0.1
    if beyond == "south":
        assert on_land(straight).mean() > 0.4
        assert way[:, 1].min() < min(start[1], end[1])
