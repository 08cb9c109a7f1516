"""Static movement and the agents who learn on it."""

from dataclasses import replace

import numpy as np
import pytest

from abm.corridor.load import load
from abm.network.arcs import Floats
from abm.network.consignments import Orders
from abm.network.load_functions import LoadFunctions
from abm.network.movement import Movement
from abm.network.options import find_options
from abm.network.routes import Routes
from abm.network.static import Learning, LearningAgents, StaticMovement, plain_network

LOAD = LoadFunctions(np.array([10.0, 5.0, 1.0]), np.array([1.0, 0.0, 0.0]), np.ones(3), np.array([100.0, 100.0, 100.0]))


def orders(routes: list[int], tonnes: list[float], hours: list[float], shippers: list[int] | None = None) -> Orders:
    n = len(routes)
    return Orders(
        shipper=np.array(shippers if shippers is not None else range(n), dtype=np.int32),
        key=np.arange(n, dtype=np.uint64), time_h=np.array(hours), tonnes=np.array(tonnes), vehicles=np.zeros(n),
        cargo_class=np.zeros(n, dtype=np.int8), priority=np.zeros(n, dtype=np.int8), route=np.array(routes, dtype=np.int32),
    )  # fmt: skip


def movement() -> StaticMovement:
    """Arc 0 slows down with load; arc 1 has two hours of dwell at a facility that can close; arc 2 is another route."""
    network = plain_network(np.array([0, 1, 0]), np.array([1, 2, 2]), 3, LOAD)
    arcs = replace(network.arcs, dwell_h=np.array([0.0, 2.0, 0.0]), facility=np.array([-1, 4, -1], dtype=np.int32))
    routes = Routes()
    routes.intern((0, 1))
    routes.intern((2,))
    return StaticMovement(replace(network, arcs=arcs), routes)


def test_what_leaves_on_a_day_loads_all_its_arcs_that_day_and_arrives_after_their_times() -> None:
    moved = movement()
    as_movement: Movement = moved
    as_movement.dispatch(orders([0, 0, 1], [50.0, 30.0, 7.0], [0.0, 6.0, 23.0]))
    deliveries = as_movement.run_until(24.0)
    # 80 t on arc 0: 10 * (1 + 80 / 100) h, then 5 h and 2 h of dwell
    assert deliveries.delivered_h.tolist() == pytest.approx([25.0, 31.0, 24.0])
    assert deliveries.tonnes.tolist() == [50.0, 30.0, 7.0]
    assert moved.delivered_t == pytest.approx(87.0)


def test_a_run_of_two_days_loads_half_as_much_a_day() -> None:
    moved = movement()
    moved.dispatch(orders([0], [80.0], [0.0]))
    moved.run_until(48.0)
    assert moved.flow_t_per_day.tolist() == [40.0, 40.0, 0.0]


def test_what_leaves_later_waits_for_its_hour() -> None:
    moved = movement()
    moved.dispatch(orders([1, 1], [5.0, 6.0], [3.0, 30.0]))
    assert moved.run_until(24.0).shipper.tolist() == [0]
    assert moved.queued_t == pytest.approx(6.0)
    assert moved.run_until(48.0).shipper.tolist() == [1]


def test_no_consignment_enters_a_closed_facility_and_all_of_them_go_when_it_opens() -> None:
    moved = movement()
    moved.set_open(4, is_open=False)
    moved.dispatch(orders([0, 1], [50.0, 7.0], [0.0, 0.0]))
    assert moved.run_until(24.0).route.tolist() == [1]
    assert moved.flow_t_per_day.tolist() == [0.0, 0.0, 7.0]
    assert (moved.queued_t, moved.delivered_t) == (50.0, 7.0)
    moved.set_open(4, is_open=True)
    assert moved.run_until(48.0).route.tolist() == [0]
    assert moved.queued_t == 0.0


def test_background_vehicles_load_nothing_and_are_not_reported() -> None:
    moved = movement()
    moved.dispatch(orders([0, 0], [0.0, 4.0], [0.0, 0.0], shippers=[-1, 3]))
    assert moved.run_until(24.0).shipper.tolist() == [3]


def test_tonnes_are_conserved_at_every_tick_under_random_closures() -> None:
    rng = np.random.default_rng(8)
    moved = movement()
    for day in range(50):
        moved.set_open(4, bool(rng.random() < 0.5))
        n = int(rng.integers(0, 5))
        moved.dispatch(
            orders(
                rng.integers(0, 2, n).tolist(),
                rng.uniform(0, 9, n).tolist(),
                (24.0 * day + rng.uniform(0, 40, n)).tolist(),
            )
        )
        moved.run_until(24.0 * (day + 1))
        accounted = moved.delivered_t + moved.in_transit_t + moved.queued_t + moved.lost_t
        assert moved.dispatched_t == pytest.approx(accounted, abs=1e-6)
    assert moved.delivered_t > 0.0


def test_a_copy_goes_its_own_way() -> None:
    moved = movement()
    moved.dispatch(orders([0], [5.0], [0.0]))
    twin = moved.copy()
    twin.set_open(4, is_open=False)
    twin.routes.intern((1,))
    assert len(moved.run_until(24.0)) == 1
    assert len(twin.run_until(24.0)) == 0
    assert len(moved.routes) == 2


def test_time_does_not_run_backwards() -> None:
    moved = movement()
    moved.run_until(24.0)
    with pytest.raises(ValueError, match="must be after now"):
        moved.run_until(24.0)


def crowd(n: int, seed: int, theta: float = 0.2) -> LearningAgents:
    free = LoadFunctions(np.array([10.0, 12.0]), np.zeros(2), np.zeros(2), np.ones(2))
    keys = np.arange(n, dtype=np.uint64) + np.uint64(1000)
    pairs = np.zeros(n, dtype=np.int64)
    network = plain_network(np.array([0, 0]), np.array([1, 1]), 2, free)
    return LearningAgents(network, keys, pairs, np.ones(n), [[(0,), (1,)]], Learning(share=0.3, theta=theta), seed)


def routes_of_days(agents: LearningAgents, days: int = 20) -> Floats:
    rows = []
    for _ in range(days):
        agents.step()
        rows.append(agents.route.copy())
    return np.array(rows, dtype=np.float64)


def test_one_more_agent_changes_nobody_elses_draws() -> None:
    np.testing.assert_array_equal(routes_of_days(crowd(40, seed=2)), routes_of_days(crowd(41, seed=2))[:, :40])


def test_one_seed_gives_one_history_and_another_seed_another() -> None:
    first = routes_of_days(crowd(40, seed=2))
    np.testing.assert_array_equal(first, routes_of_days(crowd(40, seed=2)))
    assert (first != routes_of_days(crowd(40, seed=3))).any()


def test_the_share_that_looks_again_is_the_one_asked_for() -> None:
    agents = crowd(4000, seed=5, theta=1e-9)  # a coin toss each time: half of those who look again move
    changed = np.diff(routes_of_days(agents, days=40), axis=0) != 0.0
    assert changed.mean() == pytest.approx(0.15, abs=0.005)


def test_agents_with_infinite_theta_take_the_fastest_route() -> None:
    agents = crowd(10, seed=1, theta=np.inf)
    assert agents.route.tolist() == [0] * 10
    agents.step()
    assert agents.gap == pytest.approx(0.0)


def test_faulty_learning_and_pairs_without_routes_are_refused() -> None:
    with pytest.raises(ValueError, match="share must be > 0"):
        Learning(share=0.0)
    with pytest.raises(ValueError, match="theta must be > 0"):
        Learning(theta=np.nan)
    keys, pairs = np.zeros(1, dtype=np.uint64), np.zeros(1, dtype=np.int64)
    with pytest.raises(ValueError, match="pair 1 has no route"):
        LearningAgents(movement().network, keys, pairs, np.ones(1), [[(0,)], []], Learning(), seed=1)


def test_on_the_toy_case_routes_over_closed_links_wait_and_all_others_arrive() -> None:
    plan = find_options(load("toy"))
    network, routes = plan.network, plan.routes
    moved = StaticMovement(network, routes)
    numbers = np.unique(plan.options.route)
    gates = [network.arcs.facility[list(routes.path(int(number)))] for number in numbers]
    is_open = np.array([bool(network.facilities.is_open[gate[gate >= 0]].all()) for gate in gates])
    assert 0 < is_open.sum() < is_open.size
    moved.dispatch(orders(numbers.tolist(), [10.0] * numbers.size, [0.0] * numbers.size))
    deliveries = moved.run_until(24.0)
    assert deliveries.route.tolist() == numbers[is_open].tolist()
    hours = network.arcs.free_time_h + network.arcs.dwell_h
    least = [hours[list(routes.path(int(number)))].sum() for number in deliveries.route]
    assert (deliveries.delivered_h >= np.array(least) - 1e-9).all()
    for link in network.link_facilities.values():
        for facility in link:
            moved.set_open(facility, is_open=True)
    assert moved.run_until(48.0).route.tolist() == numbers[~is_open].tolist()
