"""The event loader against its slow twin, and what must hold for any network."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abm.network.arcs import Network
from abm.network.consignments import Orders
from abm.network.movement import EventMovement
from abm.network.routes import Routes
from tests.reference.heap_loader import HeapMovement
from tests.reference.tiny import tiny_network, tiny_orders, tiny_routes

STATISTICS = ("entered_t", "entered_n", "passed_vehicles", "wait_vehicle_h", "time_vehicle_h", "time_sq_vehicle_h2")
QUEUES = ("queue_consignments", "queue_vehicles", "queue_t")
TOTALS = ("now_h", "n_events", "dispatched_t", "delivered_t", "lost_t", "in_transit_t", "queued_t")
N_LINES, N_STOPS = 3, 4
Either = EventMovement | HeapMovement
_QUIET_DAY: dict[str, Any] = {
    "orders": [], "switch": [], "later": [], "service": [], "dwell": [], "factor": None, "detours": None, "reconsider": False,
}  # fmt: skip


def _examples(number: int) -> settings:
    return settings(max_examples=number, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class Plan:
    """A network of parallel lines with cross-overs, and what happens on it day by day."""

    network: Network
    paths: list[list[int]]
    seed: int
    days: list[dict[str, Any]] = field(default_factory=list)


@st.composite
def facilities(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["servers", "servers", "servers", "gate", "timetable", "full"]))
    row: dict[str, Any] = {"is_open": draw(st.sampled_from([True, True, True, False]))}
    if draw(st.integers(0, 3)) == 0:
        row["opens_h"], row["closes_h"] = draw(st.sampled_from([(8.0, 20.0), (6.1, 9.7), (20.0, 4.0)]))
    if draw(st.integers(0, 3)) == 0:
        row["queue_max"] = draw(st.integers(0, 6))
    if kind == "gate":
        return row | {"servers": 2**30, "service_h": 0.0}
    if kind == "servers":
        law, cv = draw(st.sampled_from([(0, 0.0), (1, 1.0), (2, 0.5), (2, 1.7), (3, 0.8), (4, 2.0)]))
        return row | {"servers": draw(st.integers(1, 3)), "service_h": draw(st.floats(0.05, 1.5)), "law": law, "cv": cv}
    places_t = draw(st.sampled_from([5.0, 12.0, 40.0]))
    wait_h = draw(st.sampled_from([np.inf, 10.0, 55.5]))
    if kind == "full":
        return row | {"headway_h": np.inf, "places_t": places_t, "longest_wait_h": wait_h}
    least_t = draw(st.sampled_from([0.0, 4.0]))
    headway_h = draw(st.sampled_from([7.0, 24.0, 31.3]))
    return row | {"headway_h": headway_h, "places_t": places_t, "minimum_load_t": least_t, "longest_wait_h": wait_h}


@st.composite
def plans(draw: st.DrawFn, n_days: int = 6) -> Plan:
    """States are (line, stop); on each line an arc leads from stop to stop, and at each stop an arc leads to the next line."""
    rows: list[dict[str, Any]] = [draw(facilities()) for _ in range(draw(st.integers(1, 5)))]
    hours = st.sampled_from([0.0, 0.5, 3.0, 7.25, 60.0])

    def arc(start: int, end: int) -> dict[str, Any]:
        dwell_h, dwell_cv = draw(st.sampled_from([(0.0, 0.0), (0.0, 0.5), (2.0, 0.0), (3.0, 0.9)]))
        return {
            "from_state": start, "to_state": end, "free_time_h": draw(hours), "dwell_h": dwell_h, "dwell_cv": dwell_cv,
            "facility": draw(st.integers(-1, len(rows) - 1)), "payload_t": draw(st.sampled_from([[1.0, 2.0], [20.0, 3.5]])),
        }  # fmt: skip

    arcs = [arc(line * N_STOPS + k, line * N_STOPS + k + 1) for line in range(N_LINES) for k in range(N_STOPS - 1)]
    cross = [
        (line * N_STOPS + k, (line + 1) % N_LINES * N_STOPS + k) for line in range(N_LINES) for k in range(N_STOPS)
    ]
    arcs += [arc(start, end) for start, end in cross]
    paths = _paths()
    plan = Plan(tiny_network(arcs, rows, n_classes=2), paths, draw(st.integers(0, 2**63)))
    plan.days = [_day(draw, len(rows), len(arcs), len(paths)) for _ in range(n_days)]
    return plan


def _paths() -> list[list[int]]:
    """Ways to the last stop of line 0: from each state along the line, or over one line and back onto line 0."""
    n_line = N_LINES * (N_STOPS - 1)
    paths = []
    for line in range(N_LINES):
        for k in range(N_STOPS - 1):
            paths.append(_along(line, k))
            paths.append([n_line + line * N_STOPS + k, *_along((line + 1) % N_LINES, k)])
    return paths


def _along(line: int, k: int) -> list[int]:
    n_line = N_LINES * (N_STOPS - 1)
    home = [n_line + over * N_STOPS + N_STOPS - 1 for over in range(line, N_LINES)] if line else []
    return [line * (N_STOPS - 1) + j for j in range(k, N_STOPS - 1)] + home


def _day(draw: st.DrawFn, n_facilities: int, n_arcs: int, n_routes: int) -> dict[str, Any]:
    number = st.integers(0, n_facilities - 1)
    switch = st.tuples(number, st.booleans())
    orders = st.tuples(
        st.one_of(st.floats(0.0, 30.0), st.sampled_from([0.0, 8.0, 24.0])),
        st.sampled_from([1.0, 3.0, 14.5, 60.0, -0.4, -1.0]),
        st.integers(0, 1), st.integers(0, 2), st.integers(0, n_routes - 1),
    )  # fmt: skip
    return {
        "orders": draw(st.lists(orders, max_size=25)),
        "switch": draw(st.lists(switch, max_size=2)),
        "later": draw(st.lists(st.tuples(number, st.sampled_from([0.0, 8.0, 11.7, 30.0]), st.booleans()), max_size=2)),
        "service": draw(st.lists(st.tuples(number, st.floats(0.0, 2.0)), max_size=1)),
        "dwell": draw(st.lists(st.tuples(st.integers(0, n_arcs - 1), st.floats(0.0, 9.0)), max_size=1)),
        "factor": draw(st.sampled_from([None, 1.0, 1.3])),
        "detours": draw(st.sampled_from([None, 0, 1, 2])),
        "patience": draw(st.sampled_from([0.0, 0.0, 2.6, 31.0])),
        "reconsider": draw(st.booleans()),
    }


def _orders(day: dict[str, Any], start_h: float, first: int) -> Orders:
    """Negative tonnes in the plan stand for background vehicles."""
    rows = list(day["orders"])
    hour, load, cargo_class, priority, route = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    return tiny_orders(
        start_h + hour, tonnes=np.maximum(load, 0.0), vehicles=np.maximum(-load, 0.0), cargo_class=cargo_class, priority=priority,
        route=route, shipper=np.where(load < 0, -1, 7), first=first,
    )  # fmt: skip


def _detours(plan: Plan, routes: Routes, how: int, patience: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row k for arcs that begin in state k: the ``how``-th route from there to the destination; else wait, or give up. Arcs that
    begin in the last state of a line have no row."""
    arcs, n_states = plan.network.arcs, plan.network.n_states
    table = np.full((n_states, n_states, 2), -1, dtype=np.int32)
    for state in range(n_states):
        from_here = [r for r in range(len(routes)) if arcs.from_state[routes.path(r)[0]] == state]
        for end in {int(arcs.to_state[routes.path(r)[-1]]) for r in from_here}:
            options = [r for r in from_here if arcs.to_state[routes.path(r)[-1]] == end]
            table[state, end, 0] = options[how % len(options)]
            table[state, end, 1] = [-1, -2, options[-1]][how]
    rows = np.where(arcs.from_state % N_STOPS == N_STOPS - 1, -1, arcs.from_state).astype(np.int32)
    return rows, table, np.full(table.shape, patience)


def _begin_day(movement: Either, plan: Plan, day: dict[str, Any], start_h: float, first: int) -> None:
    for facility, is_open in day["switch"]:
        movement.set_open(facility, is_open)
    for facility, hour, is_open in day["later"]:
        movement.schedule_open(facility, start_h + hour, is_open)
    for facility, service_h in day["service"]:
        movement.set_service_h(facility, service_h)
    for arc, dwell_h in day["dwell"]:
        movement.set_dwell_h(arc, dwell_h)
    if day["factor"] is not None:
        movement.set_time_factor(np.full(len(plan.network.arcs), day["factor"]))
    if day["detours"] is not None:
        movement.set_detours(*_detours(plan, movement.routes, day["detours"], day["patience"]))
    if day["reconsider"]:
        movement.reconsider()
    movement.dispatch(_orders(day, start_h, first))


@st.composite
def plans_with_losses(draw: st.DrawFn) -> Plan:
    """Hours on arcs stay as they are: the loader counts back from an arrival, the twin knows when each arc was entered."""
    plan = draw(plans())
    n_arcs = len(plan.network.arcs)
    strike = st.tuples(
        st.floats(0.0, 23.9), st.lists(st.booleans(), min_size=n_arcs, max_size=n_arcs), st.floats(0.0, 1.0)
    )
    for day in plan.days:
        day |= {"factor": None, "dwell": [], "losses": sorted(draw(st.lists(strike, max_size=2)))}
    return plan


@_examples(40)
@given(plans_with_losses())
def test_loader_and_slow_twin_lose_the_same_cargo_and_no_tonne_goes_astray(plan: Plan) -> None:
    """What is lost is booked once, leaves its queue, is not delivered, and delays nobody behind it."""
    fast = EventMovement(plan.network, tiny_routes(*plan.paths), plan.seed)
    slow = HeapMovement(plan.network, tiny_routes(*plan.paths), plan.seed)
    for number, day in enumerate([*plan.days, _QUIET_DAY | {"losses": []}]):
        for movement in (fast, slow):
            _begin_day(movement, plan, day, 24.0 * number, 1000 * number)
        stops = [(24.0 * number + hour, mask, share) for hour, mask, share in day["losses"]]
        for stop_h, mask, share in [
            *stops,
            (24.0 * (number + 1) if day["losses"] or number < 6 else 2000.0, None, 0.0),
        ]:
            ours, theirs = fast.run_until(stop_h), slow.run_until(stop_h)
            np.testing.assert_array_equal(ours.tonnes, theirs.tonnes)
            assert (ours.tonnes > 0.0).all()
            if mask is not None:
                is_hit, before = np.array(mask), fast.lost_t
                lost_t = fast.lose(is_hit, share, 77)
                assert lost_t == pytest.approx(slow.lose(is_hit, share, 77), abs=1e-9)
                assert fast.lost_t - before == pytest.approx(lost_t, abs=1e-9)
            for name in STATISTICS + QUEUES + TOTALS:
                np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), rtol=1e-9, atol=1e-9, err_msg=name)
            parts = fast.delivered_t + fast.in_transit_t + fast.queued_t + fast.lost_t
            assert fast.dispatched_t == pytest.approx(parts, abs=1e-6)


def _play_both(plan: Plan) -> tuple[EventMovement, HeapMovement]:
    fast = EventMovement(plan.network, tiny_routes(*plan.paths), plan.seed)
    slow = HeapMovement(plan.network, tiny_routes(*plan.paths), plan.seed)
    for number, day in enumerate([*plan.days, _QUIET_DAY]):
        until_h = 24.0 * (number + 1) if day is not _QUIET_DAY else 2000.0
        for movement in (fast, slow):
            _begin_day(movement, plan, day, 24.0 * number, 1000 * number)
        ours, theirs = fast.run_until(until_h), slow.run_until(until_h)
        for name in ("shipper", "route", "final_route", "tonnes", "dispatched_h"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), err_msg=name)
        np.testing.assert_allclose(ours.delivered_h, theirs.delivered_h, rtol=1e-12)
        for name in STATISTICS + QUEUES + TOTALS:
            np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), rtol=1e-9, atol=1e-9, err_msg=name)
    return fast, slow


@_examples(40)
@given(plans())
def test_loader_and_slow_twin_agree_event_for_event(plan: Plan) -> None:
    fast, slow = _play_both(plan)
    assert fast.n_events == slow.n_events


@_examples(30)
@given(plans())
def test_tonnes_are_conserved_at_every_tick_and_none_enters_a_closed_arc(plan: Plan) -> None:
    """Six-hourly ticks; who entered an arc is compared over each tick through which its facility was closed."""
    movement = EventMovement(plan.network, tiny_routes(*plan.paths), plan.seed)
    facility = plan.network.arcs.facility
    is_open = plan.network.facilities.is_open.copy()
    for number, day in enumerate(plan.days):
        _begin_day(movement, plan, day | {"later": []}, 24.0 * number, 1000 * number)
        for row, opened in day["switch"]:
            is_open[row] = opened
        for tick in range(4):
            before = movement.entered_t, movement.entered_n
            movement.run_until(24.0 * number + 6.0 * (tick + 1))
            is_shut = (facility >= 0) & ~is_open[facility]
            np.testing.assert_array_equal(movement.entered_t[is_shut], before[0][is_shut])
            np.testing.assert_array_equal(movement.entered_n[is_shut], before[1][is_shut])
            parts = movement.delivered_t + movement.in_transit_t + movement.queued_t + movement.lost_t
            assert movement.dispatched_t == pytest.approx(parts, abs=1e-6)


@_examples(20)
@given(plans(n_days=4), st.integers(0, 3))
def test_a_copy_has_the_same_future_and_leaves_the_original_alone(plan: Plan, fork_day: int) -> None:
    movement = EventMovement(plan.network, tiny_routes(*plan.paths), plan.seed)
    straight = EventMovement(plan.network, tiny_routes(*plan.paths), plan.seed)
    for number, day in enumerate(plan.days):
        if number == fork_day:
            other = movement.copy()
            movement.run_until(movement.now_h + 500.0)  # the original lives on; the copy must not notice
            movement = other
        for each in (movement, straight):
            _begin_day(each, plan, day, 24.0 * number, 1000 * number)
            each.run_until(24.0 * (number + 1))
    for name in STATISTICS + QUEUES + TOTALS:
        np.testing.assert_array_equal(getattr(movement, name), getattr(straight, name), err_msg=name)


@_examples(20)
@given(plans(n_days=3), st.randoms(use_true_random=False))
def test_the_order_of_the_orders_changes_nobodys_times(plan: Plan, random: Any) -> None:
    movements = [EventMovement(plan.network, tiny_routes(*plan.paths), plan.seed) for _ in range(2)]
    for number, day in enumerate(plan.days):
        orders = _orders(day, 24.0 * number, 1000 * number)
        order = list(range(len(orders)))
        random.shuffle(order)
        shuffled = Orders(*(getattr(orders, name)[order] for name in Orders.__slots__))
        movements[0].dispatch(orders)
        movements[1].dispatch(shuffled)
        first, second = (movement.run_until(24.0 * (number + 1)) for movement in movements)
        np.testing.assert_array_equal(first.delivered_h, second.delivered_h)
        np.testing.assert_array_equal(first.dispatched_h, second.dispatched_h)


def test_slots_are_recycled_and_memory_follows_what_is_under_way() -> None:
    network = tiny_network([{"facility": 0, "free_time_h": 5.0}], [{"servers": 2**30, "service_h": 0.0}])
    movement = EventMovement(network, tiny_routes([0]), 1)
    delivered = 0
    for day in range(60):
        movement.dispatch(tiny_orders(np.linspace(24.0 * day, 24.0 * day + 23.0, 500), first=500 * day))
        delivered += len(movement.run_until(24.0 * (day + 1)))
    delivered += len(movement.run_until(1e4))
    assert delivered == 30_000
    assert movement.n_slots < 2_500
    assert movement.n_under_way == 0
    movement.dispatch(tiny_orders(np.full(5_000, 1e4), first=40_000))
    assert movement.n_under_way == 5_000
    assert len(movement.run_until(2e4)) == 5_000
