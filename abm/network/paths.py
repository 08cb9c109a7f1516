"""Shortest paths over arcs between states, with parallel arcs kept apart.

Dijkstra's search on arcs sorted by the state they leave. A matrix of states would not do: it has one cell for all the arcs of
a pair, and the usual conversion *adds them up* (rail 5 + road 3 = 8). A binary heap with lazy deletion; the sorting is done
once, costs may change at every call.
"""

from collections.abc import Sequence

import numpy as np

from abm.kernels import kernel
from abm.network.arcs import Bools, Floats, Int32s, Ints

NO_ARC = -1


class PathFinder:
    """Shortest paths from states to states over arcs of non-negative cost.

    ``from_state``, ``to_state``: [n_arcs] states 0..n_states-1. Of parallel arcs with one cost the first row is taken. Raises
    ValueError for arrays of different length or a state out of range.
    """

    def __init__(self, from_state: Int32s | Ints, to_state: Int32s | Ints, n_states: int) -> None:
        if from_state.shape != to_state.shape or from_state.ndim != 1:
            raise ValueError("from_state and to_state must be vectors of one length")
        if from_state.size and min(from_state.min(), to_state.min()) < 0:
            raise ValueError("a state must be at least 0")
        if from_state.size and max(from_state.max(), to_state.max()) >= n_states:
            raise ValueError(f"a state must be below n_states {n_states}")
        self.n_states = n_states
        self.n_arcs = int(from_state.size)
        self._tail = from_state.astype(np.int64)
        self._head = to_state.astype(np.int64)
        self._by_tail = np.argsort(self._tail, kind="stable").astype(np.int64)
        self._first = np.searchsorted(self._tail[self._by_tail], np.arange(n_states + 1)).astype(np.int64)

    def distances(
        self, cost: Floats, sources: Sequence[int] | Ints | Int32s, wanted: Bools | None = None
    ) -> tuple[Floats, Ints]:
        """Distance and last arc of a shortest path from each source to every state.

        ``cost``: [n_arcs], at least 0; inf closes the arc. Returns ``dist`` [n_sources, n_states], inf where there is no way, and
        ``predecessor`` [n_sources, n_states], the arc by which the path enters the state (``NO_ARC`` at the source and
        where there is no way). ``wanted`` [n_sources, n_states]: states that matter; a search ends with the last of them, and
        what it says of others means nothing. Raises ValueError for NaN, negative cost or a wrong length.
        """
        checked = self._checked(cost)
        origins = np.array(sources, dtype=np.int64)
        ends = np.ones((origins.size, self.n_states), dtype=np.bool_) if wanted is None else wanted
        dist = np.empty((origins.size, self.n_states))
        predecessor = np.empty((origins.size, self.n_states), dtype=np.int64)
        _search(self._first, self._by_tail, self._head, checked, origins, ends, dist, predecessor)
        return dist, predecessor

    def trace(self, predecessor: Ints, origin: int, destination: int) -> tuple[int, ...] | None:
        """Arcs from ``origin`` to ``destination`` by a row of ``distances``; empty if these are one state, None without a way."""
        if origin == destination:
            return ()
        arcs = _trace(predecessor, self._tail, origin, destination)
        return tuple(arcs.tolist()) if arcs.size else None

    def path(self, cost: Floats, origin: int, destination: int) -> tuple[int, ...] | None:
        """Arcs of a shortest path, empty if origin and destination are the same state, None if there is no way."""
        wanted = np.zeros((1, self.n_states), dtype=np.bool_)
        wanted[0, destination] = True
        _, predecessor = self.distances(cost, [origin], wanted)
        return self.trace(predecessor[0], origin, destination)

    def _checked(self, cost: Floats) -> Floats:
        if cost.shape != (self.n_arcs,):
            raise ValueError(f"cost must have one entry per arc ({self.n_arcs}), not shape {cost.shape}")
        is_good = cost >= 0.0  # false for NaN, too
        if not is_good.all():
            bad = int(np.argmin(is_good))
            raise ValueError(f"cost of arc {bad} is {cost[bad]}; it must be a number of at least 0, or inf for closed")
        return np.ascontiguousarray(cost, dtype=np.float64)


@kernel
def _search(
    first: Ints, by_tail: Ints, head: Ints, cost: Floats, sources: Ints, wanted: Bools, dist: Floats, predecessor: Ints
) -> None:
    """Dijkstra from each source until all that is wanted is reached. Writes the rows of ``dist`` and ``predecessor``."""
    keys = np.empty(head.shape[0] + 1)
    states = np.empty(head.shape[0] + 1, np.int64)
    dist[:] = np.inf
    predecessor[:] = -1
    for row in range(sources.shape[0]):
        n_wanted = wanted[row].sum()
        dist[row, sources[row]] = 0.0
        keys[0], states[0] = 0.0, sources[row]
        size = 1
        while size > 0:
            near, state = keys[0], states[0]
            size -= 1
            _sift_down(keys, states, size, keys[size], states[size])
            if near > dist[row, state]:
                continue
            n_wanted -= wanted[row, state]
            if n_wanted == 0:
                break
            for at in range(first[state], first[state + 1]):
                arc = by_tail[at]
                far = near + cost[arc]
                end = head[arc]
                if far < dist[row, end]:
                    dist[row, end] = far
                    predecessor[row, end] = arc
                    _sift_up(keys, states, size, far, end)
                    size += 1


@kernel
def _sift_up(keys: Floats, states: Ints, place: int, key: float, state: int) -> None:
    while place > 0:
        parent = (place - 1) // 2
        if keys[parent] <= key:
            break
        keys[place], states[place] = keys[parent], states[parent]
        place = parent
    keys[place], states[place] = key, state


@kernel
def _sift_down(keys: Floats, states: Ints, size: int, key: float, state: int) -> None:
    place = 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[place], states[place] = keys[child], states[child]
        place = child
    keys[place], states[place] = key, state


@kernel
def _trace(predecessor: Ints, tail: Ints, origin: int, destination: int) -> Ints:
    n = 0
    state = destination
    while state != origin:
        arc = predecessor[state]
        if arc < 0:
            return np.empty(0, np.int64)
        n += 1
        state = tail[arc]
    arcs = np.empty(n, np.int64)
    state = destination
    while state != origin:
        arc = predecessor[state]
        n -= 1
        arcs[n] = arc
        state = tail[arc]
    return arcs
