"""Speed of the event loader: nanoseconds an event with 20,000 consignments under way, and the ratio to the slow twin.

Run by hand: ``pytest tests/benchmarks/test_loader_speed.py -s``. Ratios hold on any machine; nanoseconds on a quiet one.
"""

import time

import numpy as np
import pytest

from abm.network.arcs import Network
from abm.network.movement import EventMovement
from tests.reference.heap_loader import HeapMovement
from tests.reference.tiny import tiny_network, tiny_orders, tiny_routes

N_FACILITIES, N_ROUTES, N_HOPS, PER_DAY = 60, 400, 8, 1000
CONSTANT, EXPONENTIAL = 0, 1


def busy_network(law: int, vehicles: float) -> tuple[Network, list[list[int]]]:
    """60 borders of 4 lanes at load 0.8, each with dwell and a line-haul of 10 to 90 h behind it; routes over 8 of them."""
    random = np.random.default_rng(3)
    arcs = []
    for facility in range(N_FACILITIES):
        arcs.append({"facility": facility, "dwell_h": 10.0, "dwell_cv": 0.5})
        arcs.append({"free_time_h": float(random.uniform(10.0, 90.0))})
    an_hour = PER_DAY / 24.0 * N_HOPS / N_FACILITIES
    facilities = [{"law": law, "servers": 4, "service_h": 4 * 0.8 / an_hour / vehicles}] * N_FACILITIES
    routes = []
    for _ in range(N_ROUTES):
        chosen = random.choice(N_FACILITIES, N_HOPS, replace=False)
        routes.append([arc for facility in chosen for arc in (2 * int(facility), 2 * int(facility) + 1)])
    return tiny_network(arcs, facilities), routes


def nanoseconds_an_event(
    kind: type[EventMovement] | type[HeapMovement], law: int, vehicles: float, n_days: int, n_counted: int
) -> tuple[float, int]:
    """CPU time of dispatch and play over the last days, an event; and how many were under way."""
    network, paths = busy_network(law, vehicles)
    movement = kind(network, tiny_routes(*paths), 7)
    random = np.random.default_rng(5)
    spent, counted = [], []
    for day in range(n_days):
        hours = np.sort(random.uniform(0.0, 24.0, PER_DAY)) + 24.0 * day
        orders = tiny_orders(hours, first=day * PER_DAY, route=random.integers(0, N_ROUTES, PER_DAY), tonnes=vehicles)
        before, start = movement.n_events, time.process_time()
        movement.dispatch(orders)
        movement.run_until(24.0 * (day + 1))
        spent.append(time.process_time() - start)
        counted.append(movement.n_events - before)
    under_way = round((movement.in_transit_t + movement.queued_t) / vehicles)
    return 1e9 * sum(spent[-n_counted:]) / sum(counted[-n_counted:]), under_way


@pytest.mark.parametrize(("law", "vehicles"), [(CONSTANT, 1.0), (EXPONENTIAL, 1.0), (EXPONENTIAL, 7.5)])
def test_an_event_costs_little_with_20_000_under_way(law: int, vehicles: float) -> None:
    nanoseconds_an_event(EventMovement, law, vehicles, 2, 1)  # compile
    runs = [nanoseconds_an_event(EventMovement, law, vehicles, 80, 40) for _ in range(3)]
    fast, under_way = min(runs)
    slow, _ = nanoseconds_an_event(HeapMovement, law, vehicles, 28, 4)
    print(
        f"\nlaw {law}, {vehicles:g} vehicles, {under_way} under way: {fast:.0f} ns an event, {slow / fast:.0f} times the twin"
    )
    assert under_way > 19_000
    assert slow > 7.0 * fast
