"""GeoJSON lines into a network: lengths, snapping, places, properties, and faults by the index of the feature."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from abm.corridor.importers.geojson import read_geojson
from abm.corridor.importers.geometry import EARTH_RADIUS_KM, along_km, distance_km, off_line_km
from abm.corridor.importers.network import SHOWN_OF_A_KIND, ImportedNetwork, Told
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


def ends(network: ImportedNetwork) -> list[tuple[str, str]]:
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


def altered(network: ImportedNetwork) -> list[str]:
    return [note for note in network.notes if "had to be altered" in note]


def test_an_identifier_that_had_to_be_altered_is_told(tmp_path: Path) -> None:
    split = line((0, 0), (1, 0), link_id="r")
    split["geometry"] = {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 0]], [[1, 0], [2, 0]]]}
    others = [{**line((2, 0), (x, 1)), "id": name} for x, name in ((3, "a/b"), (4, "a b"), (5, "fine"), (6, " "))]
    network = read_geojson(
        saved(tmp_path, split, *others, place(0, 0, node_id="A/1"), place(1, 0, name="B 2")), ALL_IN_XA
    )
    assert [each.link_id for each in network.links] == ["r", "r-2", "a-b", "a-b-2", "fine", "road-n3-n7"]
    assert altered(network) == [
        "3 link_ids had to be altered: 'r' is now r-2; 'a/b' is now a-b; 'a b' is now a-b-2",
        "1 node_id had to be altered: 'A/1' is now A-1",
    ]
    assert altered(read_geojson(saved(tmp_path, line((0, 0), (1, 0), link_id="r")), ALL_IN_XA)) == []


def test_of_many_altered_identifiers_the_first_are_told(tmp_path: Path) -> None:
    ways = [line((i, 0), (i + 1, 0), link_id=f"way/{i}") for i in range(SHOWN_OF_A_KIND + 2)]
    (note,) = altered(read_geojson(saved(tmp_path, *ways), ALL_IN_XA))
    assert note.startswith(f"{SHOWN_OF_A_KIND + 2} link_ids had to be altered: 'way/0' is now way-0; ")
    assert note.endswith(f"'way/{SHOWN_OF_A_KIND - 1}' is now way-{SHOWN_OF_A_KIND - 1}; and 2 more")


def test_two_features_with_one_link_id_are_refused(tmp_path: Path) -> None:
    roads = [{**line((0, i), (1, i)), "id": name} for i, name in enumerate(("a/b", "a/b", "a b"))]
    assert (
        faults(saved(tmp_path, *roads)) == "map.geojson:features[1] column link_id: 'a/b' stands in an earlier feature"
    )


@pytest.mark.parametrize("held", [[], 0, "", False, "text"])
def test_properties_that_are_no_object_are_refused(tmp_path: Path, held: object) -> None:
    feature = {**line((0, 0), (1, 0)), "properties": held}
    said = Told(country="XA", mode=Mode.ROAD)
    assert faults(saved(tmp_path, feature), said) == (
        "map.geojson:features[0] column properties: must be an object or null"
    )
    assert len(read_geojson(saved(tmp_path, {**feature, "properties": None}), said).links) == 1


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
        (shaped("LineString", [[0, 0], [10**400, 5]]), "features[1] column coordinates[1]: inf, 5 must be finite"),
        (shaped("Point", [5, -(10**400)]), "features[1] column coordinates: 5, -inf must be finite numbers"),
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
        (line((5, 5), (6, 6), status="opne"), "under_construction; did you mean 'open'?"),
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


@pytest.mark.parametrize("kind", [["x"], {"a": 1}, 7, None])
def test_a_kind_of_geometry_that_is_no_text_is_a_problem(tmp_path: Path, kind: object) -> None:
    odd = {"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": [[0, 0], [1, 1]]}}
    assert "must be a LineString" in faults(saved(tmp_path, odd))


def test_half_a_character_is_no_text(tmp_path: Path) -> None:
    assert "is not well-formed JSON" in faults(saved(tmp_path, line((0, 0), (1, 1)), name="\ud800"))
