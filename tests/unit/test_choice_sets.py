"""Choice sets on a small network: two crossings, a railway that is planned, a ferry, a twin."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abm.network.arcs import ArcKind
from abm.network.choice_sets import Profiler, build_choice_sets
from abm.randomness import name_key
from tests.networks import RAIL, ROAD, SEA, Row, network_of

ROWS: list[Row] = [
    ("zone-a", ArcKind.CONNECTOR, ROAD, "a/zone", "a/road", 1.0),
    ("zone-d", ArcKind.CONNECTOR, ROAD, "d/road", "d/zone", 1.0),
    ("a-rail", ArcKind.TRANSFER, RAIL, "a/road", "a/rail", 20.0),
    ("d-rail", ArcKind.TRANSFER, RAIL, "d/rail", "d/road", 20.0),
    ("road-ab", ArcKind.LINEHAUL, ROAD, "a/road", "b/road", 100.0),
    ("road-ac", ArcKind.LINEHAUL, ROAD, "a/road", "c/road", 150.0),
    ("post-b", ArcKind.BORDER, ROAD, "b/road", "b/bd-exit", 10.0),
    ("road-bd", ArcKind.LINEHAUL, ROAD, "b/bd-exit", "d/road", 100.0),
    ("post-c", ArcKind.BORDER, ROAD, "c/road", "c/cd-exit", 10.0),
    ("road-cd", ArcKind.LINEHAUL, ROAD, "c/cd-exit", "d/road", 120.0),
    ("post-rail", ArcKind.BORDER, RAIL, "a/rail", "a/ad-exit", 10.0),
    ("rail-ad", ArcKind.LINEHAUL, RAIL, "a/ad-exit", "d/rail", 80.0),
    ("b-port", ArcKind.TRANSFER, SEA, "b/road", "b/sea", 30.0),
    ("sea-bd", ArcKind.LINEHAUL, SEA, "b/sea", "d/sea", 90.0),
    ("d-port", ArcKind.TRANSFER, SEA, "d/sea", "d/road", 30.0),
]


def sets(rows: list[Row], closed: tuple[str, ...] = (), **options: Any) -> list[tuple[str, ...]]:
    """Routes from a to d by the names of their arcs."""
    network, cost = network_of(rows)
    is_open = np.array([row[0] not in closed for row in rows])
    demand = (network.state_of["a", "zone", ""], network.state_of["d", "zone", ""], 0)
    [routes] = build_choice_sets(network, [demand], cost, is_open, **options)
    return [tuple(rows[arc][0] for arc in route) for route in routes]


ROAD_B = ("zone-a", "road-ab", "post-b", "road-bd", "zone-d")
ROAD_C = ("zone-a", "road-ac", "post-c", "road-cd", "zone-d")
BY_RAIL = ("zone-a", "a-rail", "post-rail", "rail-ad", "d-rail", "zone-d")
BY_SEA = ("zone-a", "road-ab", "b-port", "sea-bd", "d-port", "zone-d")


def test_routes_through_different_posts_modes_and_ports_are_all_found_cheapest_first() -> None:
    assert sets(ROWS, max_ratio=2.5) == [BY_RAIL, ROAD_B, BY_SEA, ROAD_C]


def test_a_closed_planned_link_is_in_the_set_and_so_is_the_best_route_of_today() -> None:
    assert sets(ROWS, closed=("post-rail",)) == [BY_RAIL, ROAD_B, BY_SEA, ROAD_C]
    assert sets(ROWS, closed=("post-rail",), k=2) == [BY_RAIL, ROAD_B]
    assert sets(ROWS, closed=("post-rail", "post-b", "sea-bd"), k=2) == [BY_RAIL, ROAD_C]


def test_plans_do_not_crowd_out_the_routes_of_today() -> None:
    planned: list[Row] = []
    for number in range(8):  # eight cheap crossings that are not there yet, each through a place of its own
        place = f"x{number}"
        planned += [
            (f"road-a{place}", ArcKind.LINEHAUL, ROAD, "a/road", f"{place}/road", 40.0),
            (f"post-{place}", ArcKind.BORDER, ROAD, f"{place}/road", f"{place}/exit", 10.0),
            (f"road-{place}d", ArcKind.LINEHAUL, ROAD, f"{place}/exit", "d/road", 50.0 + number),
        ]
    closed = tuple(row[0] for row in planned if row[0].startswith("post"))
    routes = sets(ROWS + planned, closed=closed, k=8)
    assert [route for route in routes if not set(route) & set(closed)] == [BY_RAIL, ROAD_B, BY_SEA]
    assert len(routes) == 8
    assert "post-x0" in routes[0]


def test_the_best_route_of_each_single_opening_is_in_the_set() -> None:
    # with everything open the way over both planned links is best; over only one of them another
    planned: list[Row] = [
        ("road-ae", ArcKind.LINEHAUL, ROAD, "a/road", "e/road", 50.0),
        ("post-e", ArcKind.BORDER, ROAD, "e/road", "e/exit", 10.0),
        ("road-ed", ArcKind.LINEHAUL, ROAD, "e/exit", "d/road", 110.0),
        ("road-ef", ArcKind.LINEHAUL, ROAD, "e/exit", "f/road", 10.0),
        ("post-f", ArcKind.BORDER, ROAD, "f/road", "f/exit", 5.0),
        ("road-fd", ArcKind.LINEHAUL, ROAD, "f/exit", "d/road", 20.0),
    ]
    rows = [row for row in ROWS if row[2] == ROAD] + planned
    routes = sets(rows, closed=("post-e", "post-f"), k=3)
    over_e = ("zone-a", "road-ae", "post-e", "road-ed", "zone-d")
    over_both = ("zone-a", "road-ae", "post-e", "road-ef", "post-f", "road-fd", "zone-d")
    assert routes == [over_both, over_e, ROAD_B]


def test_openings_of_interest_may_be_named() -> None:
    network, cost = network_of(ROWS)
    names = [row[0] for row in ROWS]
    demand = (network.state_of["a", "zone", ""], network.state_of["d", "zone", ""], 0)
    is_open = np.array([name not in ("post-rail", "post-b", "sea-bd") for name in names])
    opening = is_open | np.array([name == "sea-bd" for name in names])
    [routes] = build_choice_sets(network, [demand], cost, is_open, k=3, openings=[opening])
    assert [tuple(names[arc] for arc in route) for route in routes] == [BY_RAIL, BY_SEA, ROAD_C]


def test_with_one_place_the_route_of_today_takes_it() -> None:
    assert sets(ROWS, closed=("post-rail",), k=1) == [ROAD_B]


def test_routes_dearer_than_the_allowed_ratio_are_dropped() -> None:
    assert sets(ROWS, max_ratio=1.7) == [BY_RAIL, ROAD_B]


def test_each_network_has_its_own_cheapest_route_to_be_measured_by() -> None:
    cheap_rail = [(*row[:5], 1.0) if row[0] == "rail-ad" else row for row in ROWS]
    assert sets(cheap_rail, max_ratio=1.3) == [BY_RAIL]
    assert sets(cheap_rail, closed=("post-rail",), max_ratio=1.3) == [BY_RAIL, ROAD_B, BY_SEA]


TWIN: list[Row] = [
    ("post-b2", ArcKind.BORDER, ROAD, "b/road", "b/bd2-exit", 10.0),
    ("road-bd2", ArcKind.LINEHAUL, ROAD, "b/bd2-exit", "d/road", 100.0),
    ("road-ac2", ArcKind.LINEHAUL, ROAD, "a/road", "c/road", 150.0),
]


def test_a_duplicate_parallel_link_adds_no_route() -> None:
    assert len(sets(ROWS + TWIN)) == len(sets(ROWS))


def test_a_closed_duplicate_never_replaces_the_open_link() -> None:
    cheaper = [(*row[:5], row[5] - 1.0) for row in TWIN]
    closed = tuple(row[0] for row in TWIN)
    routes = sets(ROWS + cheaper, closed=closed)
    assert ROAD_B in routes
    assert any("road-bd2" in route for route in routes)


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [(*row[:5], 100.0) if row[1] == ArcKind.LINEHAUL else row for row in ROWS + TWIN]  # many ties
    expected = sets(rows, closed=("post-rail",))
    rng = np.random.default_rng(1)
    for _ in range(10):
        shuffled = [rows[i] for i in rng.permutation(len(rows))]
        assert sets(shuffled, closed=("post-rail",)) == expected


def test_an_unreachable_destination_has_an_empty_set() -> None:
    assert (
        sets([row for row in ROWS if row[0] != "zone-d"] + [("x", ArcKind.CONNECTOR, ROAD, "x/road", "d/zone", 1.0)])
        == []
    )


def test_a_class_that_no_mode_carries_has_an_empty_set() -> None:
    network, cost = network_of(ROWS)
    demand = (network.state_of["a", "zone", ""], network.state_of["d", "zone", ""], 0)
    is_open = np.ones(len(ROWS), dtype=np.bool_)
    assert build_choice_sets(network, [demand], np.full_like(cost, np.inf), is_open) == [[]]


def test_two_terminal_chains_with_one_crossing_keep_the_cheaper_only() -> None:
    dearer = [*ROWS, ("road-ae", ArcKind.LINEHAUL, ROAD, "a/road", "e/road", 60.0),
              ("road-eb", ArcKind.LINEHAUL, ROAD, "e/road", "b/road", 60.0)]  # fmt: skip
    assert sets(dearer) == sets(ROWS)


def test_gateways_are_posts_and_ports_in_order() -> None:
    network, _ = network_of(ROWS)
    names = [row[0] for row in ROWS]
    profiler = Profiler(network, np.ones(len(ROWS), dtype=np.bool_))

    def gateways(route: tuple[str, ...]) -> tuple[int, ...]:
        return profiler.gateways([names.index(name) for name in route])

    assert gateways(BY_SEA) == (name_key("b-port"), name_key("d-port"))
    assert gateways(ROAD_B) == (name_key("post-b"),)


def test_a_canal_is_a_gateway_so_that_the_way_round_the_cape_is_another_route() -> None:
    """Same ports, same modes: they are one route unless one of them passes a sea link that can be full."""
    rows = [*ROWS, ("cape-1", ArcKind.LINEHAUL, SEA, "b/sea", "cape/sea", 50.0),
            ("cape-2", ArcKind.LINEHAUL, SEA, "cape/sea", "d/sea", 50.0)]  # fmt: skip
    cape = ("zone-a", "road-ab", "b-port", "cape-1", "cape-2", "d-port", "zone-d")
    assert cape not in sets(rows)
    network, cost = network_of(rows)
    names = [row[0] for row in rows]
    network.arcs.capacity_t_per_day[names.index("sea-bd")] = 5000.0
    demand = (network.state_of["a", "zone", ""], network.state_of["d", "zone", ""], 0)
    [routes] = build_choice_sets(network, [demand], cost, np.ones(len(rows), dtype=np.bool_))
    assert {cape, BY_SEA} < {tuple(names[arc] for arc in route) for route in routes}


@pytest.mark.parametrize("options", [{"k": 0}, {"penalty": 1.0}, {"max_ratio": 0.9}])
def test_parameters_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="choice sets need"):
        sets(ROWS, **options)


def test_a_cost_table_of_the_wrong_shape_is_refused() -> None:
    network, cost = network_of(ROWS)
    wide = replace(network, classes=("general", "bulk"))
    with pytest.raises(ValueError, match="cost must have shape"):
        build_choice_sets(wide, [], cost, np.ones(len(ROWS), dtype=np.bool_))
