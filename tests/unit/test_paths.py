"""Shortest paths: parallel arcs, closed arcs, refusals, and a comparison with a plain search."""

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.network.arcs import Floats, Ints
from abm.network.paths import NO_ARC, PathFinder


def finder(*arcs: tuple[int, int], n_states: int = 5) -> PathFinder:
    table = np.array(arcs, dtype=np.int64).reshape(-1, 2)
    return PathFinder(table[:, 0].copy(), table[:, 1].copy(), n_states)


def test_of_parallel_arcs_the_cheapest_is_taken_and_they_are_not_added_up() -> None:
    parallel = finder((0, 1), (0, 1), (1, 2))
    dist, predecessor = parallel.distances(np.array([5.0, 3.0, 1.0]), [0])
    assert dist[0].tolist() == [0.0, 3.0, 4.0, np.inf, np.inf]
    assert predecessor[0].tolist() == [NO_ARC, 1, 2, NO_ARC, NO_ARC]
    assert parallel.path(np.array([5.0, 8.0, 1.0]), 0, 2) == (0, 2)


def test_parallel_arcs_of_one_cost_give_the_first_row() -> None:
    assert finder((0, 1), (0, 1)).path(np.array([2.0, 2.0]), 0, 1) == (0,)


def test_an_infinite_cost_closes_an_arc() -> None:
    network = finder((0, 1), (1, 2), (0, 2))
    assert network.path(np.array([1.0, 1.0, 9.0]), 0, 2) == (0, 1)
    assert network.path(np.array([1.0, np.inf, 9.0]), 0, 2) == (2,)
    assert network.path(np.array([1.0, np.inf, np.inf]), 0, 2) is None


def test_arcs_are_one_way() -> None:
    assert finder((0, 1)).path(np.array([1.0]), 1, 0) is None


def test_zero_cost_arcs_are_passable() -> None:
    assert finder((0, 1), (1, 2)).path(np.array([0.0, 0.0]), 0, 2) == (0, 1)


def test_the_path_to_where_one_stands_is_empty() -> None:
    assert finder((0, 1)).path(np.array([1.0]), 0, 0) == ()


def test_a_network_without_arcs_reaches_only_the_source() -> None:
    dist, predecessor = finder().distances(np.zeros(0), [2])
    assert dist[0].tolist() == [np.inf, np.inf, 0.0, np.inf, np.inf]
    assert (predecessor == NO_ARC).all()


@pytest.mark.parametrize("cost", [np.nan, -1.0, -np.inf])
def test_a_cost_that_is_not_a_number_of_at_least_zero_is_refused(cost: float) -> None:
    with pytest.raises(ValueError, match="cost of arc 1"):
        finder((0, 1), (1, 2)).distances(np.array([1.0, cost]), [0])


def test_a_cost_vector_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one entry per arc"):
        finder((0, 1)).distances(np.ones(2), [0])


@pytest.mark.parametrize("arc", [(0, 5), (-1, 0)])
def test_a_state_out_of_range_is_refused(arc: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="state must be"):
        finder(arc)


def test_a_search_that_ends_with_what_is_wanted_says_the_same_of_it() -> None:
    network = finder((0, 1), (1, 2), (0, 2), (2, 3), (3, 4))
    cost = np.array([1.0, 1.0, 5.0, 1.0, 1.0])
    wanted = np.array([[False, True, True, False, False], [False, False, False, False, True]])
    every, by = network.distances(cost, [0, 3])
    dist, predecessor = network.distances(cost, [0, 3], wanted)
    assert dist[wanted].tolist() == every[wanted].tolist() == [1.0, 2.0, 1.0]
    assert predecessor[wanted].tolist() == by[wanted].tolist() == [0, 1, 4]
    assert dist[0, 4] == np.inf != every[0, 4]  # it did end


def plain_distances(tail: Ints, head: Ints, cost: Floats, source: int, n_states: int) -> list[float]:
    best = [np.inf] * n_states
    best[source] = 0.0
    heap = [(0.0, source)]
    while heap:
        distance, state = heapq.heappop(heap)
        if distance > best[state]:
            continue
        for arc in np.flatnonzero(tail == state):
            total = distance + float(cost[arc])
            if total < best[head[arc]]:
                best[head[arc]] = total
                heapq.heappush(heap, (total, int(head[arc])))
    return best


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(1, 40))
def test_distances_agree_with_a_plain_search_and_paths_add_up_to_them(seed: int, n_states: int, n_arcs: int) -> None:
    rng = np.random.default_rng(seed)
    tail, head = rng.integers(0, n_states, n_arcs), rng.integers(0, n_states, n_arcs)
    cost = np.array([0.0, 1.0, 2.5, 4.0, np.inf])[rng.integers(0, 5, n_arcs)]
    network = PathFinder(tail, head, n_states)
    sources = np.arange(n_states)
    dist, predecessor = network.distances(cost, sources)
    for source in sources:
        assert dist[source].tolist() == plain_distances(tail, head, cost, int(source), n_states)
        for state in range(n_states):
            arcs = network.trace(predecessor[source], int(source), state)
            if arcs is None:
                assert dist[source, state] == np.inf
                continue
            assert sum(float(cost[arc]) for arc in arcs) == pytest.approx(dist[source, state])
            assert [int(tail[arc]) for arc in arcs] == ([int(source), *(int(head[arc]) for arc in arcs)][:-1])
            assert not arcs or int(head[arcs[-1]]) == state
