"""Routes: an append-only, interned table of arc sequences. Route numbers never change, so the loader may hold them."""

from collections.abc import Sequence

import numpy as np

from abm.network.arcs import Int32s


class Routes:
    """Arc sequences in compressed rows: the arcs of route ``r`` are ``arcs[starts[r]:starts[r + 1]]``."""

    def __init__(self) -> None:
        self._index: dict[tuple[int, ...], int] = {}
        self._arcs = np.zeros(1024, dtype=np.int32)
        self._starts = np.zeros(256, dtype=np.int32)
        self._n_arcs = 0
        self._n_routes = 0

    def __len__(self) -> int:
        return self._n_routes

    @property
    def arcs(self) -> Int32s:
        """Arc numbers of all routes, end to end (grows by doubling: ask again after ``intern``)."""
        return self._arcs

    @property
    def starts(self) -> Int32s:
        """First entry of each route in ``arcs``; ``starts[len(self)]`` is the end of the last."""
        return self._starts

    def intern(self, arcs: Sequence[int]) -> int:
        """The number of this arc sequence; appended if it is new. Raises ValueError for an empty one."""
        path = tuple(int(arc) for arc in arcs)
        if not path:
            raise ValueError("a route needs at least one arc")
        known = self._index.get(path)
        if known is not None:
            return known
        while self._n_arcs + len(path) > self._arcs.size:
            self._arcs = np.concatenate([self._arcs, np.zeros_like(self._arcs)])
        if self._n_routes + 2 > self._starts.size:
            self._starts = np.concatenate([self._starts, np.zeros_like(self._starts)])
        route = self._n_routes
        self._arcs[self._n_arcs : self._n_arcs + len(path)] = path
        self._n_arcs += len(path)
        self._n_routes += 1
        self._starts[self._n_routes] = self._n_arcs
        self._index[path] = route
        return route

    def path(self, route: int) -> tuple[int, ...]:
        """Arc numbers of one route."""
        return tuple(int(arc) for arc in self._arcs[self._starts[route] : self._starts[route + 1]])

    def copy(self) -> "Routes":
        """An independent copy, for a forked world that may meet other detours."""
        twin = Routes()
        twin._index = dict(self._index)
        twin._arcs, twin._starts = self._arcs.copy(), self._starts.copy()
        twin._n_arcs, twin._n_routes = self._n_arcs, self._n_routes
        return twin
