"""The russia-pakistan case is what its build writes, holds all facts, and matches an independent table of routes."""

import csv
from pathlib import Path

import pytest

from abm.corridor.check import check
from abm.corridor.load import load
from abm.corridor.tables import Case, Mode, Status
from experiments.build_russia_pakistan import trade
from experiments.build_russia_pakistan.build import BUILT, Built, build_case
from experiments.build_russia_pakistan.network import background, links, posts
from experiments.build_russia_pakistan.report import report, write_into
from experiments.build_russia_pakistan.routes import Check, check_routes
from experiments.build_russia_pakistan.sources import write_sources
from experiments.build_russia_pakistan.tables_io import CASE, number, read

ROUTES = tuple(row["route"] for row in read("routes_check.csv"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("case")


@pytest.fixture(scope="module")
def built(folder: Path) -> Built:
    return build_case(folder)


@pytest.fixture(scope="module")
def checks(built: Built) -> dict[str, Check]:
    return {one.route: one for one in check_routes(built.tables, read("rates.csv", CASE))}


@pytest.fixture(scope="module")
def case() -> Case:
    return load("russia-pakistan")


@pytest.mark.parametrize("name", BUILT)
def test_the_packaged_tables_are_what_the_build_writes(built: Built, folder: Path, name: str) -> None:
    assert (folder / name).read_text("utf-8") == (CASE / name).read_text("utf-8")


def test_the_case_is_sound_and_every_warning_is_explained() -> None:
    found = check("russia-pakistan")
    assert not found.problems
    assert not found.warnings


def test_every_node_and_link_of_the_facts_is_carried_over_with_its_numbers(case: Case) -> None:
    nodes = {node.node_id for node in case.nodes}
    by_name = {link.link_id: link for link in case.links}
    assert {row["node_id"] for row in read("raw_nodes.csv")} == nodes
    for row in read("raw_links.csv"):
        link = by_name[row["link_id"]]
        assert (link.length_km, link.length_low_km, link.length_high_km) == tuple(
            number(row[name]) for name in ("length_km", "length_low", "length_high")
        )
        assert (link.rate_usd_tkm, link.rate_low_usd_tkm, link.rate_high_usd_tkm) == tuple(
            number(row[name]) for name in ("cost_usd_tkm", "cost_low", "cost_high")
        )
        assert link.free_speed_kmh == number(row["speed_kmh"])
        assert link.grade == max(row["length_grade"], row["param_grade"])


def test_what_the_case_adds_to_the_facts_says_so(case: Case) -> None:
    facts = {row["link_id"] for row in read("raw_links.csv")}
    added = [link for link in case.links if link.link_id not in facts]
    assert added
    assert all(link.note.startswith("added") and link.grade == "C" for link in added)


def test_the_border_of_afghanistan_and_pakistan_is_shut_in_the_base_state(case: Case) -> None:
    country = {node.node_id: node.country for node in case.nodes}
    crossing = [link for link in case.links if {country[link.from_node_id], country[link.to_node_id]} == {"AF", "PK"}]
    assert {link.link_id for link in crossing} == {"H05", "H19", "H46", "P03", "P09"}
    assert all(link.status in (Status.CLOSED, Status.PLANNED) for link in crossing)
    bilateral = [f for f in case.flows if {country[f.origin], country[f.destination]} == {"AF", "PK"}]
    assert bilateral
    assert all(flow.tonnes == 0 and (flow.potential_tonnes or 0) > 0 for flow in bilateral)


@pytest.mark.parametrize("route", ROUTES)
def test_kilometres_days_and_prices_of_the_route_lie_within_the_independent_table(
    checks: dict[str, Check], route: str
) -> None:
    found = checks[route]
    assert found.km == pytest.approx(found.km_table, rel=0.02)
    assert found.days_table[1] <= found.days <= found.days_table[2]
    assert found.usd_table[1] <= found.usd_t <= found.usd_table[2]
    assert found.agrees


def test_a_slower_network_does_not_agree(built: Built) -> None:
    slow = [link | {"free_speed_kmh": "2"} for link in built.tables["links.csv"]]
    found = check_routes(built.tables | {"links.csv": slow}, read("rates.csv", CASE))
    assert not any(one.agrees for one in found)


def test_tonnes_of_2024_25_lie_within_what_was_read(case: Case) -> None:
    def kt(**wanted: str) -> float:
        rows = [row for row in read("trade.csv") if all(row[key] == value for key, value in wanted.items())]
        return sum(number(row["kt"]) for row in rows)

    assert 300 <= kt(from_country="RU", to_country="PK") <= 2500
    assert 500 <= sum(kt(from_country=here, to_country="PK") + kt(from_country="PK", to_country=here)
                      for here in ("KZ", "UZ", "TM", "TJ", "KG")) <= 1500  # fmt: skip
    assert 350 <= kt(from_country="PK", to_country="UZ", commodity="potatoes") <= 480
    by_rail = sum(kt(from_country=here, to_country="AF") for here in ("RU", "KZ", "UZ", "TM"))
    assert by_rail == pytest.approx(4408 - 52 * 4.67, rel=0.05)


def test_places_share_out_the_whole_of_a_pair() -> None:
    for pair in read("trade.csv"):
        shares = trade.ends(pair)
        assert sum(shares.values()) == pytest.approx(1.0)
        assert min(shares.values()) > 0.0


def test_a_measured_potential_scales_what_is_held_down_and_nothing_else() -> None:
    plain = {flow["flow_id"]: flow for flow in trade.flows({})}
    doubled = {flow["flow_id"]: flow for flow in trade.flows(dict.fromkeys(plain, 2.0))}
    for name, flow in plain.items():
        assert doubled[name]["tonnes"] == flow["tonnes"]
        before, after = number(flow["potential_tonnes"]), number(doubled[name]["potential_tonnes"])
        fixed = name.startswith("RU-PK-wheat") or not before
        assert after == (before if fixed else pytest.approx(2.0 * before, abs=2.0))


def test_more_traffic_of_the_case_than_was_counted_is_an_error(built: Built) -> None:
    country = {row["node_id"]: row["country"] for row in built.tables["nodes.csv"]}
    with pytest.raises(ValueError, match=r"saryagash\.kz\.out: 9999 vehicles a day modelled"):
        background(links(), country, {"saryagash.kz.out": 9999.0})


def test_posts_share_the_dwell_of_both_sides(built: Built) -> None:
    country = {row["node_id"]: row["country"] for row in built.tables["nodes.csv"]}
    found = {post["post_id"]: post for post in posts(links(), country)}
    out, come_in = found["torkham.pk.out"], found["torkham.af.in"]
    assert number(out["dwell_h"]) + number(come_in["dwell_h"]) == 35.0
    assert number(out["dwell_low_h"]) + number(come_in["dwell_low_h"]) == pytest.approx(18.0)
    assert number(out["dwell_high_h"]) + number(come_in["dwell_high_h"]) == pytest.approx(96.0)


def test_a_citation_without_a_source_is_an_error(built: Built, folder: Path, tmp_path: Path) -> None:
    with (folder / "markets.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with (tmp_path / "markets.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"source": "S999"} for row in rows)
    with pytest.raises(ValueError, match="S999"):
        write_sources(tmp_path)


def test_the_readme_holds_the_tables_of_the_build(built: Built, tmp_path: Path) -> None:
    lines = "\n".join(report(built))
    assert lines in (CASE / "README.md").read_text("utf-8")
    bare = tmp_path / "README.md"
    bare.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="lacks the marks"):
        write_into(bare, [])


def test_ships_and_lorries_have_ranges_of_price(case: Case) -> None:
    assert all(link.rate_low_usd_tkm and link.rate_high_usd_tkm for link in case.links)
    rail = [link for link in case.links if link.mode is Mode.RAIL and link.status is Status.OPEN]
    widest = max((link.rate_high_usd_tkm or 0) / (link.rate_low_usd_tkm or 1) for link in rail)
    assert widest > 10.0
