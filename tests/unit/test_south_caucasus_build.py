"""The south-caucasus case is what its build writes, meets the known margins, and matches an independent route table."""

import csv
from pathlib import Path

import pytest

from abm.corridor.check import check
from abm.corridor.load import load
from abm.corridor.tables import Case, FlowKind, Status
from experiments.build_south_caucasus import traffic
from experiments.build_south_caucasus.build import TRAFFIC_LEVEL, Built, build_case
from experiments.build_south_caucasus.report import CHECKS, report, route, write_into
from experiments.build_south_caucasus.sources import write_sources
from experiments.build_south_caucasus.tables_io import CASE, number, read, text, write

BUILT = ("nodes", "links", "borders", "terminals", "commodities", "flows", "background", "sources")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("case")


@pytest.fixture(scope="module")
def built(folder: Path) -> Built:
    return build_case(TRAFFIC_LEVEL, folder)


@pytest.fixture(scope="module")
def case() -> Case:
    return load("south-caucasus")


@pytest.mark.parametrize("name", BUILT)
def test_the_packaged_tables_are_what_the_build_writes(built: Built, folder: Path, name: str) -> None:
    assert (folder / f"{name}.csv").read_text("utf-8") == (CASE / f"{name}.csv").read_text("utf-8")


def test_the_case_is_sound() -> None:
    assert not check("south-caucasus").problems


@pytest.mark.parametrize("level", [1.0, 1.53])
def test_the_traffic_of_2021_and_of_2023_make_whole_cases_too(level: float, tmp_path: Path) -> None:
    build_case(level, tmp_path)
    assert not check(tmp_path).problems


def test_tonnes_meet_the_known_margins(built: Built) -> None:
    assert built.imports.fit.converged
    assert built.exports.fit.converged
    assert built.imports.way_kt("georgia-rail") == pytest.approx(646.5)
    assert built.imports.way_kt("georgia-road") == pytest.approx(88.0 * 18.0)
    assert built.exports.way_kt("georgia-rail") == pytest.approx(400.0)


def test_fuel_and_grain_come_in_the_known_tonnes(case: Case) -> None:
    country = {node.node_id: node.country for node in case.nodes}

    def imported(*goods: str) -> float:
        wanted = [f for f in case.flows if f.commodity in goods and country[f.destination] == "AM"]
        return sum(flow.tonnes for flow in wanted) / 1000.0

    assert imported("fuel") == pytest.approx(225.0 + 294.0, rel=0.01)
    assert imported("lpg") == pytest.approx(13.3, rel=0.02)
    assert 450.0 <= imported("grain") <= 500.0


def test_armenian_surface_trade_lies_within_its_prior(case: Case) -> None:
    tonnes = sum(flow.tonnes for flow in case.flows if flow.kind is FlowKind.TRADE)
    assert 4.0e6 <= tonnes <= 7.5e6


def test_values_of_the_flows_keep_the_customs_values(built: Built) -> None:
    for side in (built.imports, built.exports):
        implied = float((side.kt.sum(axis=2) * side.unit_value_usd_t).sum() / 1000.0)
        assert implied == pytest.approx(float(side.value_musd.sum()), rel=0.03)


@pytest.mark.parametrize(("origin", "destination", "mode", "opening", "km"), CHECKS)
def test_distances_match_the_independent_route_table(
    built: Built, origin: str, destination: str, mode: str, opening: str, km: float
) -> None:
    found = route(built, (origin, destination), mode, opening)
    assert found is not None
    assert found.km == pytest.approx(km, rel=0.015)


def test_no_post_is_loaded_beyond_the_calibrated_limit(case: Case, built: Built) -> None:
    capacity = {post.post_id: post.capacity_vehicles_per_day for post in case.posts}
    background: dict[str, float] = {}
    for row in case.background:
        share = 1.0 if row.month == 0 else 1.0 / 12.0
        background[row.post_id] = background.get(row.post_id, 0.0) + share * row.vehicles_per_day * row.lane_factor
    loads = {post: (built.loads.get(post, 0.0) + background.get(post, 0.0)) / room for post, room in capacity.items()}
    assert max(loads.values()) < 0.97


def test_the_season_alone_makes_the_queues_of_2023_and_none_in_2021() -> None:
    crossing = next(row for row in read("bcps.csv") if row["bcp_id"] == "sarpi")
    load_2021 = number(crossing["count_2021"]) / number(crossing["capacity_per_day"])
    assert traffic.seasonal_wait_h(load_2021) == 0.0
    assert 24.0 < traffic.seasonal_wait_h(1.53 * load_2021) < 120.0


def test_every_crossing_has_a_name_and_the_big_roads_work_overtime(case: Case) -> None:
    assert all(post.title for post in case.posts)
    assert len({post.title for post in case.posts}) == len({post.bcp_id for post in case.posts})
    overtime = {post.bcp_id for post in case.posts if post.overtime_share > 0.0}
    assert {"sarpi", "lars", "red-bridge", "sadakhlo"} < overtime
    assert all(post.overtime_share in (0.0, 0.1) for post in case.posts)


def test_papers_at_measured_posts_are_the_mean_of_2021_less_line_and_lane(case: Case) -> None:
    """CAREC CPMM: Sarpi out 6.2 h, Red Bridge out 2.4 and in 1.4 (Georgia), out 2.9 and in 3.7 (Azerbaijan). A lane takes 0.3 to
    0.4 h a truck there, the line of 2021 0.2 to 0.6 h with closures on."""
    measured = {
        "sarpi.ge.out": 6.2, "red-bridge.ge.out": 2.4, "red-bridge.ge.in": 1.4, "red-bridge.az.out": 2.9, "red-bridge.az.in": 3.7
    }  # fmt: skip
    dwell = {post.post_id: post.dwell_h for post in case.posts}
    assert all(0.4 < hours - dwell[post] < 1.1 for post, hours in measured.items())


def test_more_vehicles_modelled_than_counted_are_refused() -> None:
    ends = {row["bcp_id"]: ("GE", "RU") for row in read("bcps.csv")}
    with pytest.raises(ValueError, match=r"negative residual.*lars\.ge\.out"):
        traffic.background({"lars.ge.out": 10_000.0}, 1.0, ends)


def test_dwell_of_new_railways_sums_to_the_published_range(case: Case) -> None:
    terminals = {row.terminal_id: row.dwell_h for row in case.terminals}

    def total(bcp: str, way: tuple[str, str]) -> float:
        return sum(post.dwell_h for post in case.posts if post.bcp_id == bcp and (post.country, post.direction.value) in
                   ((way[0], "outbound"), (way[1], "inbound")))  # fmt: skip

    assert total("dogukapi", ("AM", "TR")) + terminals["DOG.rail1435-rail1520"] == pytest.approx(24.0)
    assert total("yeraskh", ("AM", "AZ")) == pytest.approx(18.0)
    assert total("ijevan", ("AZ", "AM")) == pytest.approx(18.0)


def test_absent_relations_have_a_potential_and_no_tonnes(case: Case) -> None:
    country = {node.node_id: node.country for node in case.nodes}
    pairs = {frozenset(("AM", "AZ")): 0, frozenset(("AM", "TR")): 0}
    for flow in case.flows:
        pair = frozenset((country[flow.origin], country[flow.destination]))
        if flow.kind is FlowKind.TRADE and pair in pairs and flow.tonnes == 0:
            assert flow.potential_tonnes
            pairs[pair] += 1
    assert min(pairs.values()) >= 5


def test_every_policy_opens_only_what_is_not_open_but_the_placebo(case: Case) -> None:
    status = {link.link_id: link.status for link in case.links}
    for step in case.policies:
        if step.action.value == "open_link":
            assert (status[step.target] is Status.OPEN) == (step.policy_id == "placebo")


def test_the_report_goes_between_the_marks_and_nowhere_else(built: Built, tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- built tables: start -->\nold\n<!-- built tables: end -->\nafter\n", "utf-8")
    write_into(page, report(built))
    written = page.read_text("utf-8")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "old" not in written
    assert "| georgia-rail | " in written
    page.write_text("no marks", "utf-8")
    with pytest.raises(ValueError, match="lacks the marks"):
        write_into(page, ["x"])


def test_a_citation_without_a_source_is_refused(tmp_path: Path, built: Built, folder: Path) -> None:
    for path in folder.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "tariffs.csv").open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerow(["AM", "CN", "*", "0.05", "0.03", "0.08", "S999", "C", ""])
    with pytest.raises(ValueError, match="S999"):
        write_sources(tmp_path)


def test_a_row_that_its_class_refuses_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="x_coord"):
        write(
            tmp_path,
            "nodes.csv",
            [{"node_id": "A", "name": "A", "country": "AM", "node_type": "city", "x_coord": "999"}],
        )
    assert not (tmp_path / "nodes.csv").exists()


@pytest.mark.parametrize(
    ("value", "digits", "short"), [(420000.0, 0, "420000"), (1.50, 3, "1.5"), (0.0, 6, "0"), (None, 2, "")]
)
def test_numbers_are_written_short_and_whole(value: float | None, digits: int, short: str) -> None:
    assert text(value, digits) == short
