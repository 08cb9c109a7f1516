"""Reading TNTP files: what is kept, how zones are split, and how faults are reported."""

from pathlib import Path

import numpy as np
import pytest

from abm.corridor.importers.tntp import read_tntp_network, read_tntp_trips
from abm.errors import InputError
from abm.network.paths import PathFinder
from tests.validation import reference_file

HEAD = (
    "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 4\n<FIRST THRU NODE> 3\n<NUMBER OF LINKS> 4\n"
    "<END OF METADATA>\n\n~ init_node term_node ;\n"
)
LINKS = [
    "1 3 10 1 2.5 0.15 4 0 0 1 ;",
    "3 2 10 1 0 0.15 0 0 0 1 ;",
    "2 4 10 1 1 0.15 4 0 0 1;",
    "3\t4\t10\t1\t9\t0.15\t4\t0\t0\t1\t;  ~ the long way",
]
TRIPS = "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 12.5\n<END OF METADATA>\n\nOrigin 1\n  1 : 0.0;  2 : 7.5;\nOrigin\t2\n 1 : 5.0;\n"


def network_file(tmp_path: Path, links: list[str], head: str = HEAD) -> Path:
    path = tmp_path / "x_net.tntp"
    path.write_text(head + "\n".join(links) + "\n", encoding="utf-8")
    return path


def trips_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "x_trips.tntp"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        (read_tntp_network if path.name.endswith("_net.tntp") else read_tntp_trips)(path)
    return str(caught.value)


def test_a_power_of_zero_and_a_free_time_of_zero_are_kept(tmp_path: Path) -> None:
    network = read_tntp_network(network_file(tmp_path, LINKS))
    assert network.power.tolist() == [4.0, 0.0, 4.0, 4.0]
    assert network.free_flow_time.tolist() == [2.5, 0.0, 1.0, 9.0]
    assert network.term_node.tolist() == [3, 2, 4, 4]


def test_no_path_leads_through_a_zone(tmp_path: Path) -> None:
    network = read_tntp_network(network_file(tmp_path, LINKS))
    finder = PathFinder(network.from_state, network.to_state, network.n_states)
    start, end = int(network.origin_state(np.array(1))), int(network.destination_state(np.array(4)))
    assert finder.path(network.free_flow_time, start, end) == (0, 3)
    assert finder.path(network.free_flow_time, start, int(network.destination_state(np.array(2)))) == (0, 1)


def test_without_a_first_thru_node_every_node_may_be_passed(tmp_path: Path) -> None:
    network = read_tntp_network(
        network_file(tmp_path, LINKS, HEAD.replace("<FIRST THRU NODE> 3", "<FIRST THRU NODE> 1"))
    )
    finder = PathFinder(network.from_state, network.to_state, network.n_states)
    assert network.n_states == 4
    assert finder.path(network.free_flow_time, 0, 3) == (0, 1, 2)


def test_trips_are_read_and_empty_pairs_left_out(tmp_path: Path) -> None:
    trips = read_tntp_trips(trips_file(tmp_path, TRIPS))
    assert trips.origin.tolist() == [1, 2]
    assert trips.destination.tolist() == [2, 1]
    assert trips.trips.tolist() == [7.5, 5.0]


def test_the_reference_networks_are_read_whole() -> None:
    network = read_tntp_network(reference_file("tntp", "Anaheim_net.tntp"))
    trips = read_tntp_trips(reference_file("tntp", "Anaheim_trips.tntp"))
    assert (network.n_zones, network.n_nodes, network.first_thru_node, network.init_node.size) == (38, 416, 39, 914)
    assert network.n_states == 416 + 38
    assert trips.trips.sum() == pytest.approx(104694.40)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("1 9 10 1 2.5 0.15 4 0 0 1 ;", "x_net.tntp:8 column term_node: 9 must be a node, 1 to 4"),
        ("1.5 3 10 1 2.5 0.15 4 0 0 1 ;", "x_net.tntp:8 column init_node: 1.5 must be a node, 1 to 4"),
        ("1 3 0 1 2.5 0.15 4 0 0 1 ;", "x_net.tntp:8 column capacity: 0 must be > 0"),
        ("1 3 10 1 -2.5 0.15 4 0 0 1 ;", "x_net.tntp:8 column free_flow_time: -2.5 must be a number of at least 0"),
        ("1 3 10 1 nan 0.15 4 0 0 1 ;", "x_net.tntp:8 column free_flow_time: nan must be a number of at least 0"),
        ("1 3 ten 1 2 0.15 4 0 0 1 ;", "x_net.tntp:8 column capacity: ten must be a number of at least 0"),
        ("1 3 10 1 2.5 0.15 4 ;", "x_net.tntp:8: must hold 10 columns, not 7"),
    ],
)
def test_a_faulty_link_is_named_by_file_line_and_column(tmp_path: Path, row: str, fault: str) -> None:
    assert faults(network_file(tmp_path, [row, *LINKS[1:]])) == fault


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    rows = ["1 9 0 1 2.5 0.15 4 0 0 1 ;", "1 3 ten 1 2 0.15 4 0 0 1 ;", *LINKS[2:]]
    assert len(faults(network_file(tmp_path, rows)).splitlines()) == 3


def test_a_network_with_links_missing_is_refused(tmp_path: Path) -> None:
    assert "NUMBER OF LINKS says 4, but 3 links are listed" in faults(network_file(tmp_path, LINKS[:3]))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<END OF METADATA>", "", "<END OF METADATA> is missing"),
        ("<NUMBER OF NODES> 4", "", "<NUMBER OF NODES> is missing"),
        (
            "<NUMBER OF NODES> 4",
            "<NUMBER OF NODES> four",
            "x_net.tntp:2 column NUMBER OF NODES: four must be a whole number",
        ),
        ("<FIRST THRU NODE> 3", "<FIRST THRU NODE> 6", "column FIRST THRU NODE: 6 must be 1 to 5"),
    ],
)
def test_a_faulty_head_is_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert fault in faults(network_file(tmp_path, LINKS, HEAD.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("2 : 7.5;", "3 : 7.5;", "x_trips.tntp:6 column destination: 3 must be a zone, 1 to 2"),
        ("2 : 7.5;", "2 : -7.5;", "x_trips.tntp:6 column trips: -7.5 must be a number of at least 0"),
        ("2 : 7.5;", "2 7.5;", "x_trips.tntp:6: 2 7.5 must read 'destination : trips;'"),
        ("2 : 7.5;", "1 : 7.5;", "x_trips.tntp:6: zone 1 to zone 1 is listed twice"),
        ("Origin\t2", "Origin\ttwo", "x_trips.tntp:7 column origin: two must be a zone, 1 to 2"),
        ("Origin 1", "", "x_trips.tntp:6: 1 : 0.0;  2 : 7.5; trips must follow an 'Origin' line"),
        ("12.5", "99", "TOTAL OD FLOW says 99.0, but trips add up to 12.5"),
    ],
)
def test_a_faulty_trip_table_is_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert fault in faults(trips_file(tmp_path, TRIPS.replace(old, new)))


def test_a_file_that_is_missing_or_not_text_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in faults(tmp_path / "none_net.tntp")
    binary = tmp_path / "x_net.tntp"
    binary.write_bytes(b"<NUMBER OF ZONES> \xff\xfe")
    assert "must be UTF-8 text" in faults(binary)
