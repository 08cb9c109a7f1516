"""The event loader, one situation at a time: hours by hand."""

from typing import Any

import numpy as np
import pytest

from abm.network.movement import EventMovement
from tests.reference.tiny import tiny_network, tiny_orders, tiny_routes


def one_gate(*, route_arcs: int = 1, **facility: object) -> EventMovement:
    arcs = [{"facility": 0, "free_time_h": 2.0}, *({"free_time_h": 1.0} for _ in range(route_arcs - 1))]
    return EventMovement(tiny_network(arcs, [facility]), tiny_routes(range(route_arcs)), seed=1)


def test_a_consignment_takes_service_dwell_and_line_haul_in_turn() -> None:
    network = tiny_network(
        [{"free_time_h": 3.0}, {"facility": 0, "dwell_h": 4.0, "free_time_h": 5.0}], [{"service_h": 0.5}]
    )
    movement = EventMovement(network, tiny_routes([0, 1]), seed=1)
    movement.dispatch(tiny_orders([1.0]))
    delivered = movement.run_until(100.0)
    assert delivered.delivered_h[0] == pytest.approx(1.0 + 3.0 + 0.5 + 4.0 + 5.0)
    np.testing.assert_allclose(movement.time_vehicle_h, [3.0, 9.5])
    np.testing.assert_allclose(movement.time_sq_vehicle_h2, [9.0, 9.5**2])


def test_events_at_the_very_end_of_a_run_wait_for_the_next() -> None:
    movement = one_gate(service_h=1.0)
    movement.dispatch(tiny_orders([0.0]))
    assert len(movement.run_until(3.0)) == 0
    assert movement.now_h == 3.0
    assert len(movement.run_until(3.0 + 1e-9)) == 1


def test_a_closed_border_starts_no_service() -> None:
    movement = one_gate(service_h=1.0, is_open=False)
    movement.dispatch(tiny_orders([0.0, 1.0, 2.0]))
    movement.run_until(50.0)
    assert movement.queue_consignments[0] == 3
    assert movement.entered_n[0] == 0
    movement.set_open(0, True)
    np.testing.assert_allclose(movement.run_until(100.0).delivered_h, [53.0, 54.0, 55.0])
    assert movement.wait_vehicle_h[0] == pytest.approx(50.0 + 50.0 + 50.0)


def test_service_begun_is_finished_when_the_border_closes() -> None:
    movement = one_gate(service_h=10.0)
    movement.dispatch(tiny_orders([0.0, 1.0]))
    movement.schedule_open(0, 5.0, False)
    np.testing.assert_allclose(movement.run_until(100.0).delivered_h, [12.0])
    assert movement.queue_consignments[0] == 1


def test_a_border_closes_and_reopens_at_the_exact_hour() -> None:
    movement = one_gate(servers=2**30, service_h=0.0)
    movement.schedule_open(0, 7.5, False)
    movement.schedule_open(0, 11.25, True)
    movement.dispatch(tiny_orders([7.4, 7.5, 11.25]))
    np.testing.assert_allclose(movement.run_until(100.0).delivered_h, [9.4, 13.25, 13.25])


def test_a_daily_window_lets_nobody_start_outside_it() -> None:
    movement = one_gate(service_h=3.0, opens_h=8.1, closes_h=10.0)
    movement.dispatch(tiny_orders([24_000.0, 24_000.5, 24_009.0]))
    delivered = movement.run_until(30_000.0)
    np.testing.assert_allclose(delivered.delivered_h, [24_013.1, 24_037.1, 24_061.1])


def test_a_window_may_pass_midnight() -> None:
    movement = one_gate(service_h=0.0, servers=2**30, opens_h=22.0, closes_h=2.0)
    movement.dispatch(tiny_orders([1.0, 2.0, 23.0]))
    np.testing.assert_allclose(movement.run_until(100.0).delivered_h, [3.0, 24.0, 25.0])


def test_a_service_time_changed_now_holds_for_services_that_begin_later() -> None:
    movement = one_gate(service_h=4.0)
    movement.dispatch(tiny_orders([0.0, 0.0]))
    movement.run_until(1.0)
    movement.set_service_h(0, 10.0)
    np.testing.assert_allclose(movement.run_until(100.0).delivered_h, [6.0, 16.0])


def test_time_factor_and_dwell_hold_for_who_passes_later() -> None:
    movement = one_gate(servers=2**30, service_h=0.0)
    movement.set_time_factor(np.array([1.5]))
    movement.set_dwell_h(0, 6.0)
    movement.dispatch(tiny_orders([0.0]))
    np.testing.assert_allclose(movement.run_until(100.0).delivered_h, [9.0])


def test_a_departure_takes_no_more_than_its_places() -> None:
    movement = one_gate(headway_h=24.0, places_t=10.0)
    movement.dispatch(tiny_orders([1.0, 2.0, 3.0], tonnes=[6.0, 3.0, 4.0]))
    delivered = movement.run_until(200.0)
    np.testing.assert_allclose(delivered.delivered_h, [26.0, 26.0, 50.0])


def test_nobody_overtakes_at_a_departure() -> None:
    movement = one_gate(headway_h=24.0, places_t=10.0)
    movement.dispatch(tiny_orders([1.0, 2.0, 3.0], tonnes=[6.0, 9.0, 1.0]))
    np.testing.assert_allclose(movement.run_until(200.0).delivered_h, [26.0, 50.0, 50.0])


def test_a_lot_larger_than_a_train_takes_several_trains() -> None:
    movement = one_gate(headway_h=24.0, places_t=10.0)
    movement.dispatch(tiny_orders([1.0, 2.0], tonnes=[25.0, 5.0]))
    np.testing.assert_allclose(movement.run_until(200.0).delivered_h, [26.0, 74.0])


def test_a_train_without_its_minimum_load_stays_until_somebody_has_waited_long_enough() -> None:
    movement = one_gate(headway_h=24.0, places_t=10.0, minimum_load_t=5.0, longest_wait_h=60.0)
    movement.dispatch(tiny_orders([1.0], tonnes=2.0))
    np.testing.assert_allclose(movement.run_until(300.0).delivered_h, [74.0])
    movement.dispatch(tiny_orders([301.0, 302.0], tonnes=[2.0, 4.0], first=9))
    np.testing.assert_allclose(movement.run_until(400.0).delivered_h, [314.0, 314.0])


def test_a_ferry_leaves_when_it_is_full_or_when_the_first_has_waited_too_long() -> None:
    movement = one_gate(headway_h=np.inf, places_t=10.0, longest_wait_h=50.0)
    movement.dispatch(tiny_orders([1.0, 2.0, 30.0], tonnes=[4.0, 6.0, 3.0]))
    np.testing.assert_allclose(movement.run_until(200.0).delivered_h, [4.0, 4.0, 82.0])


def test_a_departure_outside_the_window_is_held_until_it_opens() -> None:
    movement = one_gate(headway_h=24.0, places_t=10.0, opens_h=8.0, closes_h=20.0)
    movement.dispatch(tiny_orders([1.0, 26.0, 33.0]))
    np.testing.assert_allclose(movement.run_until(200.0).delivered_h, [10.0, 34.0, 58.0])


def test_who_meets_a_full_queue_is_lost_without_a_way_round() -> None:
    movement = one_gate(service_h=10.0, queue_max=1)
    movement.dispatch(tiny_orders([0.0, 1.0, 2.0], tonnes=[1.0, 2.0, 4.0]))
    delivered = movement.run_until(100.0)
    np.testing.assert_allclose(delivered.tonnes, [1.0, 2.0])
    assert movement.lost_t == 4.0


def fork(**facility: object) -> EventMovement:
    """State 0 to 1 through a gate (arc 0) or round it (arc 1, 20 h)."""
    arcs = [{"facility": 0, "free_time_h": 2.0}, {"from_state": 0, "to_state": 1, "free_time_h": 20.0}]
    return EventMovement(tiny_network(arcs, [facility], n_classes=2), tiny_routes([0], [1]), seed=1)


def table(first_class: int, second_class: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([0, -1], dtype=np.int32), np.array([[[-1, -1], [first_class, second_class]]], dtype=np.int32)


def test_a_detour_is_taken_on_arrival_before_a_closed_border_by_class() -> None:
    movement = fork(is_open=False)
    movement.set_detours(*table(1, -1))
    movement.dispatch(tiny_orders([0.0, 1.0], cargo_class=[0, 1]))
    delivered = movement.run_until(100.0)
    assert (list(delivered.route), list(delivered.final_route), list(delivered.delivered_h)) == ([0], [1], [20.0])
    assert movement.queue_consignments[0] == 1


def test_a_detour_row_means_nothing_before_an_open_border() -> None:
    movement = fork(service_h=1.0)
    movement.set_detours(*table(1, -2))
    movement.dispatch(tiny_orders([0.0, 5.0], cargo_class=[0, 1]))
    assert list(movement.run_until(100.0).final_route) == [0, 0]


def test_who_meets_a_full_queue_takes_the_detour() -> None:
    movement = fork(service_h=10.0, queue_max=0)
    movement.set_detours(*table(1, 1))
    movement.dispatch(tiny_orders([0.0, 1.0]))
    assert sorted(movement.run_until(100.0).delivered_h) == [12.0, 21.0]


def test_who_meets_a_full_queue_and_is_told_to_wait_waits_outside_and_is_served_in_turn() -> None:
    movement = fork(service_h=10.0, queue_max=1)
    movement.set_detours(*table(-1, -1))
    movement.dispatch(tiny_orders([0.0, 1.0, 2.0, 3.0], shipper=[0, 1, 2, 3]))
    assert list(movement.run_until(100.0).shipper) == [0, 1, 2, 3]
    assert movement.lost_t == 0.0


def test_who_has_fewer_vehicles_ahead_than_its_patience_waits() -> None:
    """One is served, two find a place, and the fourth has two ahead: it turns at a patience of two vehicles and not of more."""
    for patience, ways in ((2.0, [0, 0, 0, 1]), (2.1, [0, 0, 0, 0])):
        movement = fork(service_h=10.0, queue_max=2)
        rows, routes = table(1, 1)
        movement.set_detours(rows, routes, np.full(routes.shape, patience))
        movement.dispatch(tiny_orders([0.0, 1.0, 2.0, 3.0], shipper=[0, 1, 2, 3]))
        delivered = movement.run_until(100.0)
        assert list(delivered.final_route[np.argsort(delivered.shipper)]) == ways


def test_before_an_open_gate_only_those_outside_reconsider_each_by_who_stands_ahead() -> None:
    """Two have places; of the three outside, with 2, 3 and 4 vehicles ahead, only the first stays: the others have at least 3."""
    movement = fork(service_h=10.0, queue_max=2)
    movement.set_detours(*table(-1, -1))
    movement.dispatch(tiny_orders([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], shipper=[0, 1, 2, 3, 4, 5]))
    movement.run_until(6.0)
    assert movement.queue_consignments[0] == 5
    rows, routes = table(1, 1)
    movement.set_detours(rows, routes, np.full(routes.shape, 3.0))
    movement.reconsider()
    assert movement.queue_consignments[0] == 3
    delivered = movement.run_until(100.0)
    assert sorted(delivered.shipper[delivered.final_route == 1]) == [4, 5]


def test_patience_that_does_not_fit_its_table_is_refused() -> None:
    rows, routes = table(1, 1)
    for patience in (np.zeros((1, 1, 2)), np.full(routes.shape, np.nan)):
        with pytest.raises(ValueError, match="patience"):
            fork().set_detours(rows, routes, patience)


def test_who_queues_reconsiders_when_asked_and_keeps_the_order_of_the_others() -> None:
    movement = fork(is_open=False, service_h=1.0)
    movement.dispatch(tiny_orders([0.0, 1.0, 2.0, 3.0], cargo_class=[1, 0, 1, 0], shipper=[0, 1, 2, 3]))
    movement.run_until(10.0)
    movement.set_detours(*table(1, -1))
    assert movement.queue_consignments[0] == 4
    movement.reconsider()
    assert movement.queue_consignments[0] == 2
    movement.set_open(0, True)
    assert list(movement.run_until(100.0).shipper) == [0, 2, 1, 3]


def test_a_table_may_say_that_a_consignment_gives_up() -> None:
    movement = fork(is_open=False)
    movement.dispatch(tiny_orders([0.0], tonnes=3.0))
    movement.run_until(1.0)
    movement.set_detours(*table(-2, -2))
    movement.reconsider()
    movement.dispatch(tiny_orders([2.0], tonnes=4.0, first=5))
    movement.run_until(9.0)
    assert movement.lost_t == 7.0


def test_a_detour_that_leads_back_for_ever_ends_in_waiting() -> None:
    arcs = [{"facility": 0}, {"from_state": 0, "to_state": 0, "facility": -1}]
    movement = EventMovement(tiny_network(arcs, [{"is_open": False}]), tiny_routes([0], [1, 0]), seed=1)
    movement.set_detours(np.array([0, -1], dtype=np.int32), np.array([[[-1], [1]]], dtype=np.int32))
    movement.dispatch(tiny_orders([0.0]))
    movement.run_until(5.0)
    assert movement.queue_consignments[0] == 1


def test_background_vehicles_use_lanes_and_are_not_reported() -> None:
    movement = one_gate(service_h=10.0)
    movement.dispatch(tiny_orders([0.0, 1.0], vehicles=[0.4, 0.0], tonnes=[0.0, 1.0], shipper=[-1, 5]))
    delivered = movement.run_until(100.0)
    assert list(delivered.shipper) == [5]
    assert delivered.delivered_h[0] == pytest.approx(4.0 + 10.0 + 2.0)
    assert movement.dispatched_t == 1.0
    assert movement.passed_vehicles[0] == pytest.approx(1.4)


def test_a_consignment_counts_as_the_vehicles_of_its_class() -> None:
    network = tiny_network([{"facility": 0, "payload_t": [20.0, 5.0]}], [{"service_h": 1.0}], n_classes=2)
    movement = EventMovement(network, tiny_routes([0]), seed=1)
    movement.dispatch(tiny_orders([0.0, 0.0], tonnes=10.0, cargo_class=[0, 1]))
    assert sorted(movement.run_until(100.0).delivered_h) in ([0.5, 2.5], [2.0, 2.5])
    assert movement.passed_vehicles[0] == pytest.approx(2.5)


def test_draws_belong_to_the_consignment_and_the_arc_not_to_who_else_is_there() -> None:
    network = tiny_network([{"facility": 0}], [{"servers": 2**30, "law": 1}])
    alone = EventMovement(network, tiny_routes([0]), seed=3)
    alone.dispatch(tiny_orders([5.0], first=7))
    crowded = EventMovement(network, tiny_routes([0]), seed=3)
    crowded.dispatch(tiny_orders(np.linspace(0.0, 10.0, 50), first=100))
    crowded.dispatch(tiny_orders([5.0], first=7, shipper=9))
    delivered = crowded.run_until(200.0)
    assert delivered.delivered_h[delivered.shipper == 9] == alone.run_until(200.0).delivered_h
    other_seed = EventMovement(network, tiny_routes([0]), seed=4)
    other_seed.dispatch(tiny_orders([5.0], first=7))
    assert other_seed.run_until(200.0).delivered_h[0] != delivered.delivered_h[delivered.shipper == 9][0]


def test_a_second_visit_to_an_arc_draws_afresh() -> None:
    arcs = [
        {"from_state": 0, "to_state": 1, "facility": 0}, {"from_state": 1, "to_state": 2, "facility": 1},
        {"from_state": 1, "to_state": 0},
    ]  # fmt: skip
    network = tiny_network(arcs, [{"servers": 2**30, "law": 1}, {"servers": 2**30, "service_h": 0.0, "is_open": False}])
    movement = EventMovement(network, tiny_routes([0, 1], [2, 0, 1]), seed=1)
    movement.set_detours(np.array([-1, 0, -1], dtype=np.int32), np.array([[[-1], [-1], [1]]], dtype=np.int32))
    movement.schedule_open(1, 30.0, True)
    movement.dispatch(tiny_orders([0.0]))
    movement.run_until(1000.0)
    assert movement.entered_n[0] > 5
    mean = movement.time_vehicle_h[0] / movement.entered_n[0]
    assert movement.time_sq_vehicle_h2[0] / movement.entered_n[0] - mean**2 > 0.1


def test_an_event_far_ahead_is_not_forgotten() -> None:
    movement = one_gate(servers=2**30, service_h=0.0)
    movement.set_time_factor(np.array([10_000.0]))
    movement.dispatch(tiny_orders([0.0]))
    assert len(movement.run_until(19_999.0)) == 0
    assert list(movement.run_until(30_000.0).delivered_h) == [20_000.0]


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("time_h", 4.0, "time_h must be finite and not before"),
        ("time_h", np.inf, "time_h must be finite"),
        ("tonnes", -1.0, "finite and >= 0"),
        ("tonnes", np.nan, "finite and >= 0"),
        ("vehicles", 2.0, "either tonnes or vehicles"),
        ("priority", 4, "priority must be from 0 to 3"),
        ("cargo_class", 1, "cargo_class"),
        ("route", 1, "route is not in the table"),
    ],
)
def test_orders_that_cannot_be_carried_out_are_refused(column: str, value: float, rule: str) -> None:
    movement = one_gate()
    movement.run_until(5.0)
    columns = {"time_h": 6.0, column: value}
    with pytest.raises(ValueError, match=rule):
        movement.dispatch(tiny_orders([columns.pop("time_h")], **columns))


@pytest.mark.parametrize(
    ("facility", "rule"),
    [
        ({"headway_h": np.inf}, "neither places nor a longest wait"),
        ({"places_t": 0.0}, "places_t <= 0"),
        ({"headway_h": -1.0}, "headway_h < 0"),
        ({"service_h": np.inf}, "service_h"),
        ({"cv": -1.0}, "cv"),
        ({"opens_h": 8.0, "closes_h": 8.0}, "window"),
        ({"servers": 0}, "no servers"),
        ({"headway_h": 5.0, "places_t": 5.0, "minimum_load_t": 6.0}, "minimum load"),
    ],
)
def test_a_facility_that_could_never_serve_is_refused(facility: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        one_gate(**facility)


def test_time_does_not_run_backwards() -> None:
    movement = one_gate()
    movement.run_until(10.0)
    with pytest.raises(ValueError, match="now is hour 10"):
        movement.run_until(9.0)
    with pytest.raises(ValueError, match="now is hour 10"):
        movement.schedule_open(0, 9.0, True)


def test_a_detour_table_must_name_known_routes_and_have_the_networks_shape() -> None:
    movement = fork()
    rows, choices = table(7, -1)
    with pytest.raises(ValueError, match="does not exist"):
        movement.set_detours(rows, choices)
    with pytest.raises(ValueError, match="states and 2 classes"):
        movement.set_detours(rows, choices[:, :, :1])
