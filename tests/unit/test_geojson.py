"""GeoJSON lines into a network: lengths, snapping, places, properties, and faults by the index of the feature."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from abm.corridor.importers.geojson import read_geojson
from abm.corridor.importers.geometry import EARTH_RADIUS_KM, along_km, distance_km, off_line_km
from abm.corridor.importers.network import Network, Told
from abm.corridor.rows import Mode, Status
from abm.errors import InputError

#: One degree of a great circle.
DEGREE_KM = math.pi / 180 * EARTH_RADIUS_KM
ALL_IN_XA = Told(country="XA")

Feature = dict[str, Any]


def line(*points: tuple[float, float], **properties: object) -> Feature:
    shape = {"type": "LineString", "coordinates": [list(point) for point in points]}
    return {"type": "Feature", "properties": {"mode": "road", **properties}, "geometry": shape}


def place(x: float, y: float, **properties: object) -> Feature:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [x, y]}}


def saved(folder: Path, *features: Feature, **head: object) -> Path:
    path = folder / "map.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", **head, "features": list(features)}), encoding="utf-8")
    return path


def faults(path: Path, said: Told = ALL_IN_XA) -> str:
    with pytest.raises(InputError) as caught:
        read_geojson(path, said)
    return str(caught.value)


def ends(network: Network) -> list[tuple[str, str]]:
    return [(each.from_node_id, each.to_node_id) for each in network.links]


def test_a_length_is_the_great_circle_along_the_line() -> None:
    assert along_km([(0, 0), (1, 0), (1, 1)]) == pytest.approx(2 * DEGREE_KM, rel=1e-12)
    assert distance_km((0, 0), (180, 0)) == pytest.approx(math.pi * EARTH_RADIUS_KM, rel=1e-12)
    assert distance_km((179.5, 0), (-179.5, 0)) == pytest.approx(DEGREE_KM, rel=1e-9)
    assert distance_km((10, 60), (11, 60)) == pytest.approx(DEGREE_KM / 2, rel=1e-4)


def test_the_distance_from_a_line_is_that_of_its_nearest_place() -> None:
    assert off_line_km((0.5, 0.01), [(0, 0), (1, 0)]) == pytest.approx(0.01 * DEGREE_KM, rel=1e-6)
    assert off_line_km((-0.01, 0.0), [(0, 0), (1, 0)]) == pytest.approx(0.01 * DEGREE_KM, rel=1e-6)
    assert off_line_km((0.5, 0.0), [(0, 0), (0, 0)]) == pytest.approx(0.5 * DEGREE_KM, rel=1e-6)


def test_ends_within_the_tolerance_are_one_node(tmp_path: Path) -> None:
    near = 0.09 / DEGREE_KM
    path = saved(tmp_path, line((0, 0), (1, 0)), line((1 + near, 0), (2, 0)), line((2, 2 * near), (3, 0)))
    network = read_geojson(path, ALL_IN_XA)
    assert ends(network) == [("n1", "n2"), ("n2", "n3"), ("n4", "n5")]
    assert ends(read_geojson(path, ALL_IN_XA, tolerance_km=0.2)) == [("n1", "n2"), ("n2", "n3"), ("n3", "n4")]
    assert network.links[0].length_km == pytest.approx(DEGREE_KM)
    assert [each.link_id for each in network.links] == ["road-n1-n2", "road-n2-n3", "road-n4-n5"]


def test_a_point_names_the_end_that_lies_there(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        line((0, 0), (1, 0)),
        place(0, 0, node_id="ALF", name="Alpha", country="XA", node_type="city"),
        place(1, 0.0005, name="Beta town", country="XB"),
        place(5, 5, node_id="FAR", country="XB"),
    )
    network = read_geojson(path, Told())
    named = [(node.node_id, node.name, node.country, node.node_type) for node in network.nodes]
    assert named == [("ALF", "Alpha", "XA", "city"), ("Beta-town", "Beta town", "XB", "junction")]
    assert ends(network) == [("ALF", "Beta-town")]
    assert any("left out: FAR" in note for note in network.notes)


def test_a_line_may_name_its_ends(tmp_path: Path) -> None:
    path = saved(
        tmp_path, line((0, 0), (1, 0), from_node_id="A", to_node_id="B"), line((1, 0), (2, 0), from_node_id="B")
    )
    assert ends(read_geojson(path, ALL_IN_XA)) == [("A", "B"), ("B", "n3")]


def test_properties_fill_the_columns_and_options_the_rest(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        line(
            (0, 0), (1, 0), mode="rail", gauge_mm=1520, length_km="130", status="Under construction", rate_usd_tkm=0.04
        ),
        line((1, 0), (2, 0), mode="rail", free_speed_kmh=40.5),
        line((2, 0), (3, 0), name="The coast road", link_id="coast road"),
    )
    said = Told(country="XA", gauge_mm=1435, speeds={Mode.ROAD: 50.0}, rates={Mode.RAIL: 0.05})
    first, second, third = read_geojson(path, said).links
    assert (first.gauge_mm, first.length_km, first.status, first.rate_usd_tkm) == (
        1520,
        130,
        Status.UNDER_CONSTRUCTION,
        0.04,
    )
    assert (first.free_speed_kmh, second.free_speed_kmh, second.gauge_mm, second.rate_usd_tkm) == (
        None,
        40.5,
        1435,
        0.05,
    )
    assert (third.link_id, third.note, third.free_speed_kmh, third.rate_usd_tkm) == (
        "coast-road",
        "The coast road",
        50,
        None,
    )


def test_columns_may_have_other_names_in_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path, line((0, 0), (1, 0), mode=None, highway="trunk", osm=7), place(0, 0, iso="XB"))
    network = read_geojson(path, ALL_IN_XA, properties={"mode": "highway", "link_id": "osm", "country": "iso"})
    assert (network.links[0].link_id, network.links[0].mode) == ("7", Mode.ROAD)
    assert [node.country for node in network.nodes] == ["XB", "XA"]


def test_parts_of_a_multi_line_are_links_of_their_own(tmp_path: Path) -> None:
    feature = line((0, 0), (1, 0), link_id="r")
    feature["geometry"] = {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 0]], [[1, 0], [2, 0]]]}
    network = read_geojson(saved(tmp_path, feature), ALL_IN_XA)
    assert [each.link_id for each in network.links] == ["r", "r-2"]
    assert ends(network) == [("n1", "n2"), ("n2", "n3")]
    feature["properties"]["length_km"] = 5
    assert "column length_km: cannot be shared out among the parts" in faults(saved(tmp_path, feature))


def test_lines_that_cross_are_not_joined_and_an_end_on_a_line_is_pointed_out(tmp_path: Path) -> None:
    path = saved(tmp_path, line((0, 0), (2, 0)), line((1, -1), (1, 1)), line((0.5, 0), (0.5, 1)))
    network = read_geojson(path, ALL_IN_XA)
    assert len(network.nodes) == 6
    assert any("cross or touch between their ends are not joined" in note for note in network.notes)
    touched = [note for note in network.notes if "split it there" in note]
    assert touched == [
        "the end at 0.5000, 0.0000 lies on map.geojson:features[0] and is not joined to it: split it there"
    ]


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"])
def test_the_old_member_crs_may_say_wgs84(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path, line((0, 0), (1, 0)), crs={"type": "name", "properties": {"name": name}})
    assert len(read_geojson(path, ALL_IN_XA).links) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "map.geojson:1: is not well-formed JSON"),
        ("[" * 100_000, "is not well-formed JSON"),
        ('{"type": "Feature"}', "must be a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection", "features": {}}', "column features: must be a list"),
        ('{"type": "FeatureCollection", "features": []}', "holds no LineString"),
        ('{"type": "FeatureCollection", "features": [NaN]}', "NaN is not a number"),
        (
            '{"type": "FeatureCollection", "crs": {"properties": {"name": "EPSG:3857"}}, "features": []}',
            "column crs: 'EPSG:3857' must be longitude and latitude on WGS84",
        ),
        ('{"type": "FeatureCollection", "crs": {"type": "link"}, "features": []}', "column crs: "),
    ],
)
def test_a_file_that_is_no_feature_collection_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "map.geojson"
    path.write_text(text, encoding="utf-8")
    assert says in faults(path)


def shaped(kind: object, coordinates: object) -> Feature:
    return {"type": "Feature", "properties": {"mode": "road"}, "geometry": {"type": kind, "coordinates": coordinates}}


@pytest.mark.parametrize(
    ("feature", "says"),
    [
        ({"type": "Feature", "geometry": None}, "features[1] column geometry: none must be a LineString"),
        (7, "features[1] column geometry: none must be a LineString"),
        (shaped("Polygon", []), "features[1] column geometry: 'Polygon' must be a LineString"),
        (shaped("LineString", [[0, 0]]), "features[1] column coordinates: must be a list of at least two positions"),
        (shaped("LineString", "x"), "features[1] column coordinates: must be a list of at least two positions"),
        (
            shaped("LineString", [[0, 0], [1, "y"]]),
            "features[1] column coordinates[1]: '[1, \"y\"]' must be [longitude",
        ),
        (
            shaped("LineString", [[0, 0], [True, 1]]),
            "features[1] column coordinates[1]: '[true, 1]' must be [longitude",
        ),
        (shaped("LineString", [[0, 0], [200, 5]]), "features[1] column coordinates[1]: 200, 5 must be longitude and"),
        (shaped("MultiLineString", []), "features[1] column coordinates: must be a list with at least one line"),
        (shaped("Point", None), "features[1] column coordinates: 'null' must be [longitude, latitude]"),
        (line((5, 5), (6, 6), (5, 5)), "features[1] column coordinates: starts and ends at one node"),
        (line((5, 5), (6, 6), length_km="long"), "features[1] column length_km: 'long' must be a number > 0"),
        (line((5, 5), (6, 6), length_km=0), "features[1] column length_km: 0 must be a number > 0"),
        (line((5, 5), (6, 6), length_km=[1]), "features[1] column length_km: must be a text or a number"),
        (
            line((5, 5), (6, 6), mode="rail", gauge_mm=1000),
            "features[1] column gauge_mm: 1000 must be one of 1435, 1520",
        ),
        (line((5, 5), (6, 6), status="shut"), "features[1] column status: 'shut' must be one of open, closed, planned"),
        (line((5, 5), (6, 6), mode="camel"), "'camel' is not known (1 link): say what it is with --mode 'camel=road'"),
        (line((5, 5), (6, 6), mode=None), "features[1] column mode: is empty, and nothing else tells the mode"),
        (line((1, 0), (6, 6), from_node_id="C"), "features[1] column from_node_id: 'C' lies where"),
        (line((5, 5), (6, 6), from_node_id="B"), "features[1] column node_id: 'B' is also the place of"),
    ],
)
def test_a_fault_is_named_by_the_index_of_its_feature(tmp_path: Path, feature: Feature, says: str) -> None:
    assert says in faults(saved(tmp_path, line((0, 0), (1, 0), to_node_id="B"), feature))


def test_a_node_without_a_country_is_told_where_it_lies(tmp_path: Path) -> None:
    path = saved(tmp_path, line((0, 0), (1, 0)), place(0, 0, country="XA"))
    assert faults(path, Told()) == (
        "map.geojson:features[0] column country: is not known at 1.0000, 0.0000: put a Point with a country there, "
        "or give --country for all"
    )


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    bad = line((5, 5), (6, 6), mode="camel", status="shut", length_km=-1)
    assert len(faults(saved(tmp_path, bad, line((7, 7), (8, 8), country=1, mode="donkey")), Told()).splitlines()) >= 4
