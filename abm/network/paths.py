"""Shortest paths over arcs between states, with parallel arcs kept apart.

Dijkstra runs on an own compressed matrix whose pattern is built once: converting a list of arcs to a matrix would *add up*
parallel arcs (rail 5 + road 3 = 8), so each pair of states gets one cell that holds its cheapest arc and remembers which it was.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from abm.network.arcs import Floats, Int32s, Ints

NO_ARC = -1


class PathFinder:
    """Shortest paths from states to states over arcs of non-negative cost; the cost vector may change at every call.

    ``from_state``, ``to_state``: [n_arcs] states 0..n_states-1. Of parallel arcs with one cost the first row is taken.
    Raises ValueError for arrays of different length or a state out of range.
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
        pair = self._tail * n_states + to_state
        self._order = np.argsort(pair, kind="stable")
        self._pairs, self._first, self._cell_of_sorted = np.unique(
            pair[self._order], return_index=True, return_inverse=True
        )
        columns = (self._pairs % n_states).astype(np.int32)
        rows = np.searchsorted(self._pairs // n_states, np.arange(n_states + 1)).astype(np.int32)
        self._matrix = csr_array(
            (np.ones(self._pairs.size), columns, rows), shape=(n_states, n_states), dtype=np.float64
        )
        self._has_parallels = self._pairs.size < self.n_arcs
        self._arc_of_cell = self._order[self._first].copy()

    def distances(self, cost: Floats, sources: Sequence[int] | Ints | Int32s) -> tuple[Floats, Ints]:
        """Distance and last arc of a shortest path from each source to every state.

        ``cost``: [n_arcs], at least 0; inf closes the arc. Returns ``dist`` [n_sources, n_states], inf where there is no way, and
        ``predecessor`` [n_sources, n_states], the arc by which the path enters the state (``NO_ARC`` at the source and
        where there is no way). Raises ValueError for NaN, negative cost or a wrong length.
        """
        arc_of_cell = self._write(cost)
        origins = np.asarray(sources, dtype=np.int64)
        if origins.size == 0 or self.n_arcs == 0:
            return self._without_arcs(origins)
        dist, before = dijkstra(self._matrix, directed=True, indices=origins, return_predecessors=True)
        before = before.astype(np.int64)
        reached = before >= 0
        pair = before * self.n_states + np.arange(self.n_states)
        cell = np.minimum(np.searchsorted(self._pairs, pair), self._pairs.size - 1)
        predecessor = np.where(reached, arc_of_cell[cell], NO_ARC)
        return dist, predecessor

    def trace(self, predecessor: Ints, origin: int, destination: int) -> tuple[int, ...] | None:
        """Arcs from ``origin`` to ``destination`` by one row of ``distances``; empty if they are the same, None without a way."""
        arcs: list[int] = []
        state = destination
        while state != origin:
            arc = int(predecessor[state])
            if arc == NO_ARC:
                return None
            arcs.append(arc)
            state = int(self._tail[arc])
        return tuple(reversed(arcs))

    def path(self, cost: Floats, origin: int, destination: int) -> tuple[int, ...] | None:
        """Arcs of a shortest path, empty if origin and destination are the same state, None if there is no way."""
        _, predecessor = self.distances(cost, [origin])
        return self.trace(predecessor[0], origin, destination)

    def _write(self, cost: Floats) -> Ints:
        """Write the cheapest arc of each cell into the matrix; returns which arc that is."""
        if cost.shape != (self.n_arcs,):
            raise ValueError(f"cost must have one entry per arc ({self.n_arcs}), not shape {cost.shape}")
        if not (cost >= 0.0).all():  # false for NaN, too
            bad = int(np.flatnonzero(~(cost >= 0.0))[0])
            raise ValueError(f"cost of arc {bad} is {cost[bad]}; it must be a number of at least 0, or inf for closed")
        in_order = cost[self._order]
        if not self._has_parallels:
            self._matrix.data[:] = in_order
            return self._arc_of_cell
        cheapest = np.minimum.reduceat(in_order, self._first)
        self._matrix.data[:] = cheapest
        is_cheapest = in_order == cheapest[self._cell_of_sorted]
        position = np.where(is_cheapest, np.arange(self.n_arcs), self.n_arcs)
        arcs: Ints = self._order[np.minimum.reduceat(position, self._first)]
        return arcs

    def _without_arcs(self, origins: Ints) -> tuple[Floats, Ints]:
        dist = np.full((origins.size, self.n_states), np.inf)
        dist[np.arange(origins.size), origins] = 0.0
        return dist, np.full((origins.size, self.n_states), NO_ARC, dtype=np.int64)
