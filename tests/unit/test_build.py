"""The supernetwork of a case: posts in their order, gates, capacities, prices, draws."""

import numpy as np
import pytest

from abm.corridor.tables import Action, CargoClass, Case, Layer, Link, Mode
from abm.network.arcs import ArcKind, Network
from abm.network.build import UNLIMITED, build_network, central, closable_links, layer_of, mode_of, open_hours
from tests.small_worlds import edited, step, toy

SCALE = {f"rate_scale_{mode.value}": 1.0 for mode in Mode}
BULK, REEFER = (list(CargoClass).index(name) for name in (CargoClass.BULK, CargoClass.REEFER))


def network_of(case: Case) -> Network:
    return build_network(case, SCALE)


def with_link(link_id: str, **columns: object) -> Case:
    links = tuple(link.model_copy(update=columns) if link.link_id == link_id else link for link in toy().links)
    return edited(toy(), links=links)


def link_row(link_id: str) -> Link:
    return next(link for link in toy().links if link.link_id == link_id)


def arc(network: Network, name: str) -> int:
    return network.arcs.names.index(name)


def gate_of(network: Network, name: str) -> int:
    return int(network.arcs.facility[arc(network, name)])


def test_over_a_border_one_passes_the_post_of_exit_the_line_and_the_post_of_entry() -> None:
    network = network_of(toy())
    arcs = network.arcs
    out, line, into = (
        arc(network, name) for name in ("p-road-ard-crn-xa-out", "road-ard-crn:ARD>CRN", "p-road-ard-crn-xc-in")
    )
    assert arcs.from_state[out] == network.state_of["ARD", Layer.ROAD.value, ""]
    assert (arcs.to_state[out], arcs.to_state[line]) == (arcs.from_state[line], arcs.from_state[into])
    assert arcs.to_state[into] == network.state_of["CRN", Layer.ROAD.value, ""]
    assert [ArcKind(arcs.kind[a]).name for a in (out, line, into)] == ["BORDER", "LINEHAUL", "BORDER"]
    assert [arcs.country[a] for a in (out, line, into)] == ["XA", "XA", "XC"]


def test_nobody_passes_through_a_zone_or_around_a_post() -> None:
    network = network_of(toy())
    arcs, of_state = network.arcs, {number: key for key, number in network.state_of.items()}
    for a in range(len(arcs)):
        start, end = of_state[int(arcs.from_state[a])], of_state[int(arcs.to_state[a])]
        assert start[2] != "in"
        assert end[2] != "out"
        if end[2] in ("exit", "entry"):
            assert arcs.kind[a] == (ArcKind.BORDER if end[2] == "exit" else ArcKind.LINEHAUL)


def test_every_post_and_every_terminal_has_one_facility_and_a_terminal_shares_it_both_ways() -> None:
    network = network_of(toy())
    facilities = network.facilities
    assert set(network.post_facility) == {post.post_id for post in toy().posts}
    assert len(set(network.post_facility.values())) == len(toy().posts)
    both = {gate_of(network, "bay-quay:zone>sea"), gate_of(network, "bay-quay:sea>zone")}
    assert both == {facilities.names.index("bay-quay")}
    assert gate_of(network, "bay-depot:zone>road") == -1  # neither capacity nor hours: never in the way


def test_closing_a_link_shuts_the_way_out_to_it_and_lets_in_who_is_between_the_posts() -> None:
    network = network_of(toy())
    names = network.facilities.names
    shut = {names[f] for f in range(len(names)) if not network.facilities.is_open[f]}
    road = {"p-road-ask-bek-xa-out", "p-road-ask-bek-xb-out"}
    rail = {"p-rail-ask-bek-xa-out", "p-rail-ask-bek-xb-out", "rail-ask-bek:ASK>BEK", "rail-ask-bek:BEK>ASK"}
    assert shut == road | rail
    assert {names[f] for f in network.link_facilities["road-ask-bek"]} == road
    assert {names[f] for f in network.link_facilities["rail-ask-bek"]} == rail


def test_a_link_that_a_policy_may_close_gets_a_gate_that_costs_no_time() -> None:
    free = edited(toy(), policies=())
    assert gate_of(network_of(free), "road-crn-cpo:CRN>CPO") == -1
    closable = edited(toy(), policies=(step("p", Action.CLOSE_LINK, "road-crn-cpo", 5),))
    assert closable_links(closable) - closable_links(free) == {"road-crn-cpo"}
    network = network_of(closable)
    gate = gate_of(network, "road-crn-cpo:CRN>CPO")
    assert gate == gate_of(network, "road-crn-cpo:CPO>CRN")
    assert (network.facilities.servers[gate], network.facilities.service_h[gate]) == (UNLIMITED, 0.0)
    assert network.link_facilities["road-crn-cpo"] == (gate,)


def test_a_single_track_serves_tonnes_of_both_directions_and_a_timetable_each_direction_apart() -> None:
    network = network_of(toy())
    track = gate_of(network, "rail-ard-crn:ARD>CRN")
    assert track == gate_of(network, "rail-ard-crn:CRN>ARD")
    assert network.facilities.service_h[track] == pytest.approx(24.0 / 9000.0)
    assert (network.arcs.payload_t[arc(network, "rail-ard-crn:ARD>CRN")] == 1.0).all()
    trains = [gate_of(network, f"rail-ask-bek:{way}") for way in ("ASK>BEK", "BEK>ASK")]
    assert len(set(trains)) == 2
    for train in trains:
        assert (network.facilities.headway_h[train], network.facilities.places_t[train]) == (24.0, 1800.0)
    assert network.arcs.payload_t[arc(network, "rail-ask-bek:ASK>BEK"), BULK] == 60.0


def test_capacity_is_what_passes_in_the_opening_hours() -> None:
    network = network_of(toy())
    by_day = network.post_facility["p-road-ask-bek-xa-out"]  # 40 a day, two lanes, from 6 to 22
    assert network.facilities.service_h[by_day] == pytest.approx(16.0 * 2 / 40.0)
    always = network.post_facility["p-road-ard-crn-xa-out"]  # 58 a day, two lanes
    assert network.facilities.service_h[always] == pytest.approx(24.0 * 2 / 58.0)
    gauge = network.facilities.names.index("ask-gauge")  # 4,000 t a day from 6 to 22
    assert network.facilities.service_h[gauge] == pytest.approx(16.0 / 4000.0)


@pytest.mark.parametrize(("opens", "closes", "hours"), [(0.0, 24.0, 24.0), (6.0, 22.0, 16.0), (22.0, 6.0, 8.0)])
def test_opening_hours_may_pass_midnight(opens: float, closes: float, hours: float) -> None:
    assert open_hours(opens, closes) == hours


def test_the_price_of_a_line_is_rate_times_length_times_the_factor_of_the_class_and_toll() -> None:
    network = build_network(toy(), {**SCALE, "rate_scale_road": 2.0})
    price = network.arcs.price_usd_t[arc(network, "road-ard-crn:CRN>ARD")]
    assert price[BULK] == pytest.approx(2.0 * 0.09 * 190.0 * 0.9 + 0.5)
    rail = network.arcs.price_usd_t[arc(network, "rail-ard-crn:CRN>ARD")]
    assert rail[BULK] == pytest.approx(0.035 * 185.0 * 0.9)
    assert rail[REEFER] == np.inf  # no rate for it on rail


def test_a_link_without_a_freight_rate_is_still_closed_to_what_its_mode_cannot_carry() -> None:
    network = network_of(with_link("rail-ard-crn", rate_usd_tkm=0.0, rate_low_usd_tkm=None, rate_high_usd_tkm=None))
    price = network.arcs.price_usd_t[arc(network, "rail-ard-crn:CRN>ARD")]
    assert price[BULK] == 0.0
    assert price[REEFER] == np.inf


def test_fees_are_per_vehicle_and_handling_needs_both_modes() -> None:
    network = network_of(toy())
    assert network.arcs.price_usd_t[arc(network, "p-road-ard-crn-xc-in"), BULK] == pytest.approx(60.0 / 24.0)
    ramp = network.arcs.price_usd_t[arc(network, "ask-ramp:road>rail1520")]
    assert (ramp[BULK], ramp[REEFER]) == (6.0, np.inf)


def test_a_directed_link_leads_one_way() -> None:
    network = network_of(with_link("road-crn-cpo", directed=True))
    assert "road-crn-cpo:CRN>CPO" in network.arcs.names
    assert "road-crn-cpo:CPO>CRN" not in network.arcs.names


def test_every_number_with_a_range_is_asked_for_and_its_draw_is_used() -> None:
    asked: dict[tuple[str, str, str], tuple[float | None, float | None]] = {}

    def half(table: str, row: str, column: str, value: float, low: float | None, high: float | None) -> float:
        asked[table, row, column] = low, high
        return value / 2.0

    network, plain = build_network(toy(), SCALE, half), network_of(toy())
    line, post = arc(plain, "road-ard-ask:ARD>ASK"), arc(plain, "p-road-ard-crn-xa-out")
    assert network.arcs.length_km[line] == plain.arcs.length_km[line] / 2.0
    assert network.arcs.free_time_h[line] == plain.arcs.free_time_h[line] / 2.0
    assert network.arcs.price_usd_t[line, BULK] == pytest.approx(plain.arcs.price_usd_t[line, BULK] / 4.0)
    assert network.arcs.dwell_h[post] == plain.arcs.dwell_h[post] / 2.0
    assert asked["links.csv", "road-ard-ask", "length_km"] == (145.0, 160.0)
    assert {(table, column) for table, _, column in asked} == {
        ("links.csv", "length_km"), ("links.csv", "rate_usd_tkm"), ("borders.csv", "dwell_h"),
        ("terminals.csv", "dwell_h"), ("terminals.csv", "handling_usd_t"),
    }  # fmt: skip


def test_the_order_of_arcs_does_not_depend_on_draws() -> None:
    drawn = build_network(toy(), SCALE, lambda *row: float(row[3]) * 1.3 if isinstance(row[3], float) else 0.0)
    assert drawn.arcs.names == network_of(toy()).arcs.names
    assert drawn.facilities.names == network_of(toy()).facilities.names
    assert central("a", "b", "c", 3.0, 1.0, 5.0) == 3.0


def test_rows_in_another_order_make_the_same_network() -> None:
    turned = network_of(
        edited(toy(), links=toy().links[::-1], posts=toy().posts[::-1], terminals=toy().terminals[::-1])
    )
    plain = network_of(toy())
    keys = dict(zip(plain.arcs.names, plain.arcs.key.tolist(), strict=True))
    assert dict(zip(turned.arcs.names, turned.arcs.key.tolist(), strict=True)) == keys
    for name in plain.arcs.names:
        a, b = arc(plain, name), arc(turned, name)
        np.testing.assert_array_equal(plain.arcs.price_usd_t[a], turned.arcs.price_usd_t[b])
        assert (plain.arcs.free_time_h[a], plain.arcs.dwell_h[a]) == (
            turned.arcs.free_time_h[b],
            turned.arcs.dwell_h[b],
        )


def test_layers_and_modes_belong_together() -> None:
    assert layer_of(link_row("rail-ask-bek")) is Layer.RAIL_1435
    assert layer_of(link_row("sea-cpo-bay")) is Layer.SEA
    assert [mode_of(layer) for layer in (Layer.ZONE, Layer.ROAD, Layer.RAIL_1676)] == [None, Mode.ROAD, Mode.RAIL]
