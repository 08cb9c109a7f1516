"""The way to the nearest port and to far markets, on a network small enough for a pencil."""

from typing import Any

import pytest

from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case, Layer, Mode, Status, Terminal
from abm.study.at_rest import StaticWorld
from abm.study.sea_access import MARKET, PORT, sea_access
from abm.study.seats import Seats
from tests.crossroads import SOURCED, crossroads, depot, node, posts, road
from tests.small_worlds import flow

ROAD_TO_LAKE_USD_T, ROAD_TO_PORT_USD_T, QUAY_USD_T, VOYAGE_USD_T = 4.0, 30.0, 6.0, 50.0


def quay(at: str) -> Terminal:
    """Two hours from lorry to ship."""
    return Terminal(
        terminal_id=f"{at}.quay", node_id=at, from_layer=Layer.ROAD, to_layer=Layer.SEA, handling_usd_t=QUAY_USD_T, dwell_h=2.0,
        dwell_cv=0.0, **SOURCED,
    )  # fmt: skip


def coast(*, ocean: bool = True) -> Case:
    """XA has a harbour on a lake next door; the port of XC opens, if it does, to a far market beyond the sea."""
    base = crossroads()
    sea: dict[str, Any] = {"mode": Mode.SEA}
    links = [
        *base.links, road("to-lake", "aa", "lake", ROAD_TO_LAKE_USD_T), road("to-port", "nn", "port", ROAD_TO_PORT_USD_T),
        road("over-lake", "lake", "far-lake", 1.0, **sea),
    ]  # fmt: skip
    if ocean:
        links.append(road("voyage", "port", "overseas", VOYAGE_USD_T, **sea))
    else:
        links.append(road("coaster", "port", "port-2", VOYAGE_USD_T, **sea))
    return crossroads(
        nodes=(
            *base.nodes, node("lake", "XA", "port"), node("far-lake", "XD", "port"), node("port", "XC", "port"),
            node("port-2", "XC", "port"), node("overseas", "XW", "zone"),
        ),
        links=tuple(links),
        terminals=(*base.terminals, quay("lake"), quay("port"), depot("overseas", Layer.SEA, 9.0)),
        flows=(*base.flows, flow("f2", "aa", "overseas", "goods", 10.0, unit_value_usd_t=400.0)) if ocean else base.flows,
    )  # fmt: skip


def rows(case: Case) -> dict[tuple[str, str, str], dict[Any, Any]]:
    """(country, kind, to) -> the row of boxed goods."""
    world = StaticWorld(Scenario(case))
    found = sea_access(world, Seats.of(case))
    boxes = found[found["cargo_class"] == "container"].to_dict("records")
    return {(row["country"], row["kind"], row["to"]): row for row in boxes}


def ports_of(country: str, found: dict[tuple[str, str, str], dict[Any, Any]]) -> list[str]:
    return [to for whose, kind, to in found if (whose, kind) == (country, PORT)]


def sea_factor(case: Case) -> float:
    return next(row.rate_factor for row in case.rates if row.mode is Mode.SEA and row.cargo_class == "container")


def test_a_harbour_on_a_lake_is_no_port_while_another_sea_leads_to_the_world() -> None:
    found = rows(coast())
    assert ports_of("XA", found) == ["port"]
    row = found["XA", PORT, "port"]
    assert row["to_country"] == "XC"
    assert row["serves_share"] == 1.0
    assert row["usd_t"] == pytest.approx(5.0 + 12.5 + ROAD_TO_PORT_USD_T + QUAY_USD_T)
    assert row["days"] == pytest.approx(2.0 / 24.0, abs=1e-6)
    assert row["through"] == ""


def test_a_market_is_as_far_as_port_voyage_and_landing_and_names_who_is_passed() -> None:
    case = coast()
    row = rows(case)["XA", MARKET, "overseas"]
    landed = 5.0 + 12.5 + ROAD_TO_PORT_USD_T + QUAY_USD_T + VOYAGE_USD_T * sea_factor(case) + 9.0
    assert row["usd_t"] == pytest.approx(landed)
    assert row["through"] == "XC"
    assert row["to_country"] == "XW"


def test_who_lies_behind_another_passes_him_on_the_way_to_a_third_ones_port() -> None:
    """XB has a road to XC only through XA when its own is shut."""
    base = coast()
    shut = tuple(
        link.model_copy(update={"status": Status.CLOSED}) if link.link_id == "second-half" else link
        for link in base.links
    )
    row = rows(crossroads(nodes=base.nodes, links=shut, terminals=base.terminals, flows=base.flows))["XB", PORT, "port"]
    assert row["through"] == "XA"
    assert row["usd_t"] == pytest.approx(5.0 + 10.0 + 12.5 + ROAD_TO_PORT_USD_T + QUAY_USD_T)


def test_without_any_way_to_a_far_market_every_port_counts() -> None:
    found = rows(coast(ocean=False))
    assert ports_of("XA", found) == ["lake"]
    assert MARKET not in {kind for _, kind, _ in found}


def test_a_country_of_far_zones_alone_has_no_places_to_start_from() -> None:
    assert {country for country, _, _ in rows(coast())} == {"XA", "XB"}


def test_places_count_by_their_tonnes_and_the_port_that_serves_most_is_named() -> None:
    """Three quarters of XB's trade start at ``bb``, one quarter at ``port-town`` on the quay of XC's neighbour port."""
    base = coast()
    town = node("town", "XB")
    case = crossroads(
        nodes=(*base.nodes, town), terminals=(*base.terminals, depot("town")),
        links=(*base.links, road("to-town", "bb", "town", 20.0)),
        posts=(*base.posts, *posts("to-town", "XB", "XB")[:0]),
        flows=(*base.flows, flow("f3", "town", "aa", "goods", 3000.0, unit_value_usd_t=400.0)),
    )  # fmt: skip
    near = 5.0 + 12.5 + ROAD_TO_PORT_USD_T + QUAY_USD_T
    row = rows(case)["XB", PORT, "port"]
    assert row["usd_t"] == pytest.approx((1000.0 * near + 3000.0 * (near + 20.0)) / 4000.0)
    assert row["serves_share"] == 1.0
