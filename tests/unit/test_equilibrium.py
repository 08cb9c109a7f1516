"""User equilibrium on networks small enough to reason about."""

import numpy as np
import pytest

from abm.network.equilibrium import Demand, user_equilibrium
from abm.network.load_functions import LoadFunctions


def constant(*times: float) -> LoadFunctions:
    n = len(times)
    return LoadFunctions(np.array(times), np.zeros(n), np.zeros(n), np.ones(n))


def test_without_congestion_everybody_takes_the_shortest_route() -> None:
    demand = Demand(np.array([0, 0]), np.array([2, 1]), np.array([3.0, 4.0]))
    rest = user_equilibrium(demand, np.array([0, 1, 0]), np.array([1, 2, 2]), 3, constant(1.0, 1.0, 5.0))
    assert rest.flow.tolist() == [7.0, 3.0, 0.0]
    assert rest.gap == 0.0
    assert rest.total_time == pytest.approx(10.0)


def test_parallel_arcs_share_the_load_as_two_routes() -> None:
    demand = Demand(np.array([0]), np.array([1]), np.array([10.0]))
    load = LoadFunctions(np.ones(2), np.ones(2), np.ones(2), np.array([1.0, 4.0]))
    rest = user_equilibrium(demand, np.array([0, 0]), np.array([1, 1]), 2, load, tolerance=1e-12)
    np.testing.assert_allclose(rest.flow, [2.0, 8.0], rtol=1e-9)


def test_arcs_of_no_time_are_loaded_like_others() -> None:
    demand = Demand(np.array([0]), np.array([2]), np.array([10.0]))
    rest = user_equilibrium(demand, np.array([0, 1]), np.array([1, 2]), 3, constant(0.0, 0.0))
    assert rest.flow.tolist() == [10.0, 10.0]
    assert rest.gap == 0.0


def test_used_routes_of_a_pair_cost_the_same_and_carry_its_demand() -> None:
    rng = np.random.default_rng(3)
    n_states, n_arcs = 12, 60
    ring = np.arange(n_states)
    tail = np.concatenate([ring, rng.integers(0, n_states, n_arcs)])
    head = np.concatenate([(ring + 1) % n_states, rng.integers(0, n_states, n_arcs)])
    load = LoadFunctions(
        rng.uniform(0.0, 9.0, tail.size),
        np.full(tail.size, 0.15),
        np.full(tail.size, 4.0),
        rng.uniform(5, 20, tail.size),
    )
    pairs = [(o, d) for o in range(n_states) for d in range(n_states) if o != d]
    origin, destination = np.array(pairs).T
    demand = Demand(origin, destination, rng.uniform(0.1, 9.0, len(pairs)))
    rest = user_equilibrium(demand, tail, head, n_states, load, tolerance=1e-10)
    assert rest.gap <= 1e-10
    np.testing.assert_allclose(np.bincount(rest.pair, rest.route_flow), demand.amount, rtol=1e-12)
    cost = np.array([rest.time[list(route)].sum() for route in rest.routes])
    for pair in range(len(pairs)):
        own = cost[(rest.pair == pair) & (rest.route_flow > 1e-6)]
        assert own.max() - own.min() <= 1e-3 * own.max()


def test_a_pair_without_a_route_is_refused() -> None:
    demand = Demand(np.array([1]), np.array([0]), np.array([1.0]))
    with pytest.raises(ValueError, match="no route from state 1 to state 0"):
        user_equilibrium(demand, np.array([0]), np.array([1]), 2, constant(1.0))


def test_demand_that_is_empty_within_a_zone_or_of_two_lengths_is_refused() -> None:
    zero, one = np.array([0]), np.array([1])
    with pytest.raises(ValueError, match="amount must be > 0"):
        Demand(zero, one, np.array([0.0]))
    with pytest.raises(ValueError, match="origin and destination must differ"):
        Demand(zero, zero, np.array([1.0]))
    with pytest.raises(ValueError, match="one length"):
        Demand(zero, one, np.array([1.0, 2.0]))
