"""GMNS into a network: units, modes, opposite links, geometry, and faults by file, line and column."""

import csv
from pathlib import Path

import pytest

from abm.corridor.importers.case_folder import write_case
from abm.corridor.importers.gmns import read_gmns
from abm.corridor.importers.modes import DEFAULT_MODES
from abm.corridor.importers.network import SHOWN_OF_A_KIND, ImportedNetwork, Told, told
from abm.corridor.rows import Mode
from abm.errors import InputError

NODES = (
    "node_id,name,x_coord,y_coord,node_type,zone_id,country\n"
    "1,Alpha,10,50,,5,XA\n2,Beta,11,50,,,XA\n3,Gamma,12,50,port,6,XB\n"
)
HEAD = "link_id,name,from_node_id,to_node_id,directed,geometry,length,free_speed,facility_type,allowed_uses\n"
ROAD = "12,A road,1,2,0,,75,60,arterial,\n"


def gmns(folder: Path, links: str, *, nodes: str = NODES, config: str = "long_length,speed\nkm,km/h\n") -> Path:
    (folder / "node.csv").write_text(nodes, encoding="utf-8")
    (folder / "link.csv").write_text(links if links.startswith("link_id") else HEAD + links, encoding="utf-8")
    if config:
        (folder / "config.csv").write_text(config, encoding="utf-8")
    return folder


def faults(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_gmns(folder, Told())
    return str(caught.value)


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def link(network: ImportedNetwork, name: str) -> tuple[str, str, bool, Mode, float, float | None]:
    (found,) = [each for each in network.links if each.link_id == name]
    return (
        found.from_node_id, found.to_node_id, found.is_directed, found.mode, round(found.length_km, 4),
        None if found.free_speed_kmh is None else round(found.free_speed_kmh, 4),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("config", "km", "kmh"),
    [
        ("long_length,speed\nkm,km/h\n", 75.0, 60.0),
        ("long_length,speed\nMile,MPH\n", 75 * 1.609344, 60 * 1.609344),
        ("short_length,long_length,speed\nfoot,kilometers,m/s\n", 75.0, 216.0),
        ("long_length\nkm\n", 75.0, 60.0),  # a speed without a unit: long_length an hour
        ("", 75 * 1.609344, 60 * 1.609344),  # as in the specification's own examples
    ],
)
def test_units_are_those_of_the_config(tmp_path: Path, config: str, km: float, kmh: float) -> None:
    network = read_gmns(gmns(tmp_path, ROAD, config=config), Told())
    assert link(network, "12") == ("1", "2", False, Mode.ROAD, round(km, 4), round(kmh, 4))


def test_lengths_in_metres_are_read_as_metres_and_refused_as_miles(tmp_path: Path) -> None:
    metres = ROAD.replace(",75,", ",75000,")
    network = read_gmns(gmns(tmp_path, metres, config="long_length,speed\nm,km/h\n"), Told())
    assert link(network, "12")[4] == 75.0
    (tmp_path / "config.csv").unlink()
    assert "link.csv column length: is not in its unit" in faults(tmp_path)


def test_two_directed_links_that_agree_become_one(tmp_path: Path) -> None:
    links = "12,,1,2,1,,75,60,arterial,\n21,,2,1,1,,75.3,60,arterial,\n"
    links += "13,,1,3,true,,160,60,arterial,\n31,,3,1,true,,190,60,arterial,\n"
    network = read_gmns(gmns(tmp_path, links), Told())
    assert [each.link_id for each in network.links] == ["12", "13", "31"]
    assert link(network, "12")[2] is False
    assert link(network, "13")[2] is link(network, "31")[2] is True
    assert network.links[0].note == "the other way: 21"
    assert any(note.startswith("1 pair of opposite directed links") for note in network.notes)
    assert any(note.startswith("2 directed links kept") for note in network.notes)


def test_without_a_word_on_direction_all_links_are_directed_and_the_user_hears_of_it(tmp_path: Path) -> None:
    """As converters of OpenStreetMap write them: link.csv without the column ``directed``."""
    head = HEAD.replace(",directed", "")
    links = head + "12,,1,2,,75,,,auto\n21,,2,1,,75,,,auto\n23,,2,3,,76,,,auto\n"
    network = read_gmns(gmns(tmp_path, links), Told())
    assert [(each.link_id, each.is_directed) for each in network.links] == [("12", False), ("23", True)]
    assert any(note.startswith("no link says whether it is directed") for note in network.notes)


def test_directed_links_of_two_modes_or_speeds_stay_two(tmp_path: Path) -> None:
    links = (
        "12,,1,2,1,,75,60,arterial,\n21,,2,1,1,,75,60,rail,\n13,,1,3,1,,160,60,arterial,\n31,,3,1,1,,160,,arterial,\n"
    )
    assert len(read_gmns(gmns(tmp_path, links), Told()).links) == 4


def test_a_facility_type_decides_and_allowed_uses_do_where_it_is_not_known(tmp_path: Path) -> None:
    links = (
        '1,,1,2,0,,75,,motorway,"bike,walk"\n2,,1,2,0,,75,,HOT,"AUTO, BIKE"\n3,,1,2,0,,75,,,railway\n4,,1,3,0,,150,,,ferry\n'
        '5,,2,3,0,,75,,,"walk,bike"\n6,,2,3,0,,75,,Sidewalk,auto\n'
    )
    network = read_gmns(gmns(tmp_path, links), Told())
    modes = {each.link_id: each.mode for each in network.links}
    assert modes == {"1": Mode.ROAD, "2": Mode.ROAD, "3": Mode.RAIL, "4": Mode.SEA}
    assert any(note.startswith("2 links without freight left out") for note in network.notes)


def test_the_user_says_what_a_word_means_and_what_says_nothing_is(tmp_path: Path) -> None:
    links = "1,,1,2,0,,75,,gravel,\n2,,1,3,0,,150,,,\n3,,2,3,0,,75,,arterial,\n"
    said = told("", ["gravel=road", "rail", "Arterial=sea"], 1520, ["road=30"], ["rail=0.04"])
    network = read_gmns(gmns(tmp_path, links), said)
    assert [each.mode for each in network.links] == [Mode.ROAD, Mode.RAIL, Mode.SEA]
    assert [each.gauge_mm for each in network.links] == [None, 1520, None]
    assert [each.free_speed_kmh for each in network.links] == [30.0, None, None]
    assert [each.rate_usd_tkm for each in network.links] == [None, 0.04, None]


def test_unknown_words_are_told_once_with_the_nearest_and_how_many(tmp_path: Path) -> None:
    links = (
        "".join(f"{i},,1,2,0,,75,,arterail,\n" for i in range(30)) + '40,,1,2,0,,75,,,"auto,rail"\n50,,1,2,0,,75,,,\n'
    )
    text = faults(gmns(tmp_path, links))
    assert text.count("arterail") == 2
    assert "link.csv:2 column facility_type: 'arterail' is not known (30 links)" in text
    assert "did you mean 'arterial'?" in text
    assert "link.csv:32 column allowed_uses: 'auto,rail' may be rail and road" in text
    assert "link.csv:33 column facility_type: is empty, and nothing else tells the mode" in text


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("drone", ""), ("canal", ""), ("track", ""), ("trail", ""), ("bridge", ""),
        ("motorwya", "motorway"), ("railways", "railway"), ("fery", "ferry"), ("footwya", "footway"),
    ],
)  # fmt: skip
def test_only_a_slip_of_the_hand_is_taken_for_a_known_word(tmp_path: Path, word: str, meant: str) -> None:
    text = faults(gmns(tmp_path, f"1,,1,2,0,,75,,{word},\n"))
    assert f"{word!r} is not known (1 link)" in text
    assert text.partition("; did you mean ")[2] == (f"{meant!r}?" if meant else "")


def test_a_length_is_taken_along_the_geometry_where_the_column_is_empty(tmp_path: Path) -> None:
    (tmp_path / "geometry.csv").write_text('geometry_id,geometry\ng1,"LINESTRING(10 50, 12 50)"\n', encoding="utf-8")
    head = HEAD.replace("geometry", "geometry,geometry_id")
    links = head + '1,,1,2,0,"LINESTRING (10 50, 10.5 50.5, 11 50)",,,,road,\n2,,1,3,0,,g1,,,road,\n'
    network = read_gmns(gmns(tmp_path, links), Told())
    # Haversine by hand: (10, 50) to (10.5, 50.5) is 65.99 km, and back down as much; 2 degrees along the parallel of 50 N 142.94.
    assert [round(each.length_km, 1) for each in network.links] == [132.0, 142.9]


def test_nodes_on_no_freight_link_are_left_out_and_identifiers_are_made_fit(tmp_path: Path) -> None:
    nodes = NODES + "Side street,,11,51,,,XA\n"
    network = read_gmns(gmns(tmp_path, "1 2,,1,2,0,,75,,road,\n1-2,,1,2,0,,75,,road,\n", nodes=nodes), Told())
    assert [node.node_id for node in network.nodes] == ["1", "2"]
    assert [node.node_type for node in network.nodes] == ["zone", "junction"]
    assert [each.link_id for each in network.links] == ["1-2", "1-2-2"]
    assert [note for note in network.notes if "altered" in note] == [
        "2 link_ids had to be altered: '1 2' is now 1-2; 1-2 is now 1-2-2"
    ]


def test_an_altered_node_of_a_freight_link_is_told(tmp_path: Path) -> None:
    nodes = NODES.replace("2,Beta", "No. 2/b,Beta") + "Side street,,11,51,,,XA\n"
    network = read_gmns(gmns(tmp_path, ROAD.replace("1,2,0", "1,No. 2/b,0"), nodes=nodes), Told())
    assert (network.links[0].from_node_id, network.links[0].to_node_id) == ("1", "No.-2-b")
    assert "1 node_id had to be altered: 'No. 2/b' is now No.-2-b" in network.notes


def test_a_country_is_a_column_or_one_for_all(tmp_path: Path) -> None:
    nodes = "node_id,x_coord,y_coord,country\n1,10,50,XB\n2,11,50,\n"
    assert "node.csv:3 column country: is missing: add a column country" in faults(gmns(tmp_path, ROAD, nodes=nodes))
    network = read_gmns(tmp_path, Told(country="XA"))
    assert [node.country for node in network.nodes] == ["XB", "XA"]
    assert [node.name for node in network.nodes] == ["1", "2"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("12,A road,1,2", "12,A road,1,9", "link.csv:2 column to_node_id: 9 is not a node of node.csv"),
        ("12,A road,1,2", "12,A road,1,1", "link.csv:2 column to_node_id: 1 must differ from from_node_id"),
        ("12,A road", ",A road", "link.csv:2 column link_id: must have a value"),
        (",2,0,,75", ",2,maybe,,75", "link.csv:2 column directed: 'maybe' must be true or false"),
        (",75,", ",-75,", "link.csv:2 column length: -75 must be > 0"),
        (",75,", ",7_5,", "link.csv:2 column length: 7_5 must be a number"),
        (",75,", ",inf,", "link.csv:2 column length: inf must be > 0"),
        (",75,", ",NaN,", "link.csv:2 column length: is empty, and there is no geometry"),
        (",60,", ",fast,", "link.csv:2 column free_speed: 'fast' must be a number"),
        (",,75,", ",POINT(1 2),,", "column geometry: 'POINT(1 2)' must be a LINESTRING in well-known text"),
        (",,75,", ",LINESTRING(1 2),,", "must hold at least two points"),
        (",,75,", ',"LINESTRING(1 2, x y)",,', "must hold pairs of numbers between commas"),
        (",,75,", ',"LINESTRING(1 2, 322754 4698346)",,', "must be longitude and latitude in degrees"),
        (",,75,", ',"MULTILINESTRING((1 2, 3 4),(3 4, 5 6))",,', "(several lines: one link each)"),
        ("arterial,", "arterial,,,,,,", "link.csv:2: '12,A road,1,2,0,,75,60,arterial,,,,,,' has 15 cells"),
        (
            "60,arterial,",
            "60",
            "link.csv:2: '12,A road,1,2,0,,75,60' has 8 cells where the header names 10 columns (a comma",
        ),
        ('12,"', "12", "is not a well-formed CSV file"),
    ],
)
def test_a_fault_of_a_link_is_named_by_file_line_and_column(tmp_path: Path, old: str, new: str, says: str) -> None:
    row = ROAD if '"' not in old else '12,"A road,1,2,0,,75,60,arterial,\n'
    assert says in faults(gmns(tmp_path, row if '"' in old else row.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("1,Alpha,10,50", "1,Alpha,322754,4698346", "node.csv:2 column x_coord/y_coord: 322754 4.69835e+06 must be longitude"),
        ("1,Alpha,10,50", "1,Alpha,,50", "node.csv:2 column x_coord: must have a value"),
        ("2,Beta", "1,Beta", "node.csv:3 column node_id: 1 stands in an earlier row"),
        ("XB", "Germany", "node.csv:4 column country: 'Germany' must be a country code of two capital letters"),
        ("x_coord", "lon", "node.csv:1 column x_coord: is missing"),
        ("zone_id", "name", "node.csv:1 column name: is named twice"),
    ],
)  # fmt: skip
def test_a_fault_of_a_node_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert says in faults(gmns(tmp_path, ROAD, nodes=NODES.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("long_length\nfurlong\n", "config.csv:2 column long_length: 'furlong' is not a unit that is known here: km"),
        ("long_length,speed\nkm,knots\n", "config.csv:2 column speed: 'knots' is not a unit"),
        ("crs\nEPSG:32632\n", "config.csv:2 column crs: 'EPSG:32632' must be longitude and latitude on WGS84"),
        ("long_length\nkm\nmile\n", "config.csv:3: is a second row"),
    ],
)
def test_a_config_that_cannot_be_followed_is_refused(tmp_path: Path, config: str, says: str) -> None:
    assert says in faults(gmns(tmp_path, ROAD, config=config))


def test_all_faults_are_told_at_once_and_many_of_a_kind_once(tmp_path: Path) -> None:
    links = "".join(f"{i},,1,9,0,,75,60,arterial,\n" for i in range(300))
    text = faults(gmns(tmp_path, links, nodes=NODES.replace("XB", "xb"), config="long_length\nfurlong\n"))
    assert len(text.splitlines()) == 3
    assert "(and so in 299 more)" in text
    assert SHOWN_OF_A_KIND < 300


@pytest.mark.parametrize("mark", [";", "\t"])
def test_columns_apart_by_another_mark_are_told_once(tmp_path: Path, mark: str) -> None:
    folder = gmns(tmp_path, (HEAD + ROAD).replace(",", mark), nodes=NODES.replace(",", mark))
    told_of = faults(folder).splitlines()
    assert [each.partition(" ")[0] for each in told_of] == ["node.csv:1:", "link.csv:1:"]
    assert all(each.endswith(" has no commas; separate the columns by commas") for each in told_of)


def test_missing_files_are_told(tmp_path: Path) -> None:
    assert faults(tmp_path / "none").endswith("is not a folder; GMNS is a folder with node.csv and link.csv")
    assert faults(tmp_path).splitlines() == ["node.csv: is missing", "link.csv: is missing"]
    assert "holds no link that carries freight" in faults(gmns(tmp_path, "1,,1,2,0,,75,,sidewalk,\n"))


@pytest.mark.parametrize(
    ("country", "modes", "gauge", "speeds", "says"),
    [
        ("Germany", [], None, [], "--country: 'Germany' must be a country code"),
        ("", ["gravel=rod"], None, [], "--mode: 'gravel=rod' must be MODE or WORD=MODE"),
        ("", ["road", "rail"], None, [], "--mode: 'rail' names a second mode for the same links"),
        ("", ["skip"], None, [], "--mode: 'skip' must be MODE or WORD=MODE"),
        ("", [], 1000, [], "--gauge: 1000 must be one of 1435, 1520, 1676"),
        ("", [], None, ["road"], "--speed: 'road' must be MODE=NUMBER"),
        ("", [], None, ["road=-3"], "--speed: 'road=-3' must be MODE=NUMBER"),
        ("", [], None, ["road=30", "road=40"], "--speed: 'road=40' names the same mode twice"),
    ],
)
def test_options_that_mean_nothing_are_told(
    country: str, modes: list[str], gauge: int | None, speeds: list[str], says: str
) -> None:
    with pytest.raises(InputError) as caught:
        told(country, modes, gauge, speeds, [])
    assert says in str(caught.value)


def test_every_default_word_has_one_mode() -> None:
    assert DEFAULT_MODES["truck"] == "road"
    assert DEFAULT_MODES["sidewalk"] == "skip"
    assert all(word == word.lower() for word in DEFAULT_MODES)


def test_what_is_written_has_a_source_a_grade_and_no_invented_number(tmp_path: Path) -> None:
    links = "12,,1,2,0,,75,,arterial,\n13,,1,3,0,,150,,rail,\n"
    network = read_gmns(gmns(tmp_path, links), Told())
    write_case(network, tmp_path / "case", "gmns")
    rows = table(tmp_path / "case" / "links.csv")
    assert [(row["source"], row["grade"]) for row in rows] == [("imported", "C")] * 2
    assert all(row[column] == "" for row in rows for column in ("free_speed_kmh", "rate_usd_tkm", "gauge_mm"))
    posts = table(tmp_path / "case" / "borders.csv")
    assert len(posts) == 4
    assert {row["country"] for row in posts} == {"XA", "XB"}
    assert all(row["dwell_h"] == row["capacity_vehicles_per_day"] == "" for row in posts)
