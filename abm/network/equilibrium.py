"""User equilibrium: flows at which nobody can do better by another route. An independent check of the agents.

Sources: Wardrop (1952); Beckmann, McGuire and Winsten (1956); gradient projection after Jayakrishnan et al. (1994).
"""

from dataclasses import dataclass

import numpy as np

from abm.kernels import kernel
from abm.network.arcs import Floats, Int32s, Ints
from abm.network.load_functions import LoadFunctions
from abm.network.paths import PathFinder
from abm.network.routes import Routes

#: Sweeps over all pairs between two searches for new routes.
_SWEEPS = 4
#: A route counts as shorter than those known only beyond rounding.
_SHORTER = 1.0 - 1e-12


@dataclass(frozen=True, slots=True)
class Demand:
    """What wants to travel: [n] state to leave from, [n] state to arrive at, [n] amount > 0. Raises ValueError otherwise."""

    origin: Ints
    destination: Ints
    amount: Floats

    def __post_init__(self) -> None:
        if not self.origin.shape == self.destination.shape == self.amount.shape:
            raise ValueError("origin, destination and amount must have one length")
        if not ((self.amount > 0.0) & np.isfinite(self.amount)).all():
            raise ValueError("amount must be > 0 and finite")
        if (self.origin == self.destination).any():
            raise ValueError("origin and destination must differ: trips within a zone use no arc")


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """Flows at rest, as far as ``gap`` tells.

    flow, time: [n_arcs]. gap: share of all time spent that the shortest routes would save. beckmann: sum of the integrals of
    time. total_time: flow times time. gaps: after each iteration. pair, route_flow: [n_used]; routes: their arcs.
    """

    flow: Floats
    time: Floats
    gap: float
    beckmann: float
    total_time: float
    gaps: Floats
    pair: Ints
    route_flow: Floats
    routes: tuple[tuple[int, ...], ...]


class ShortestRoutes:
    """Shortest routes of all pairs of a demand on one network."""

    def __init__(self, finder: PathFinder, demand: Demand, tail: Ints | Int32s) -> None:
        self._finder, self._demand = finder, demand
        self._tail = np.ascontiguousarray(tail, dtype=np.int64)
        self._sources, self._row = np.unique(demand.origin, return_inverse=True)
        self._dist: Floats = np.zeros((0, 0))
        self._predecessor: Ints = np.zeros((0, 0), dtype=np.int64)

    def search(self, time: Floats) -> Floats:
        """[n] time of the shortest route of each pair at ``time`` [n_arcs]. Raises ValueError if a pair has none."""
        self._dist, self._predecessor = self._finder.distances(time, self._sources)
        shortest: Floats = self._dist[self._row, self._demand.destination]
        if not np.isfinite(shortest).all():
            pair = int(np.argmax(~np.isfinite(shortest)))
            ends = self._demand.origin[pair], self._demand.destination[pair]
            raise ValueError(f"no route from state {ends[0]} to state {ends[1]}")
        return shortest

    def route(self, pair: int) -> tuple[int, ...]:
        """Arcs of the route that the last search found for a pair."""
        origin, destination = int(self._demand.origin[pair]), int(self._demand.destination[pair])
        return self._finder.trace(self._predecessor[self._row[pair]], origin, destination) or ()

    def load(self, n_arcs: int) -> Floats:
        """[n_arcs] flow with everybody on the routes of the last search."""
        flow = np.zeros(n_arcs)
        d = self._demand
        _load_shortest(self._predecessor, self._row, d.origin, d.destination, d.amount, self._tail, flow)
        return flow


@kernel
def _load_shortest(
    predecessor: Ints, row: Ints, origin: Ints, destination: Ints, amount: Floats, tail: Ints, flow: Floats
) -> None:
    for pair in range(amount.shape[0]):
        state = destination[pair]
        while state != origin[pair]:
            arc = predecessor[row[pair], state]
            flow[arc] += amount[pair]
            state = tail[arc]


def user_equilibrium(
    demand: Demand,
    from_state: Ints | Int32s,
    to_state: Ints | Int32s,
    n_states: int,
    load: LoadFunctions,
    tolerance: float = 1e-6,
    max_iterations: int = 500,
) -> Equilibrium:
    """Flows at which every used route of a pair is a shortest one, to a relative gap of ``tolerance``.

    Gradient projection on routes: flow moves from dearer routes to the cheapest by Newton steps, pair after pair; new routes are
    added until no pair has a shorter one. Returns the last state if ``max_iterations`` do not suffice: ``gap`` tells. Raises
    ValueError for a pair without a route.
    """
    shortest = ShortestRoutes(PathFinder(from_state, to_state, n_states), demand, from_state)
    columns = _Columns(demand, load)
    shortest.search(load.time(np.zeros_like(load.free_time)))
    columns.add(shortest, np.arange(demand.amount.size))
    gaps: list[float] = []
    while True:
        flow = columns.arc_flow()
        time = load.time(flow)
        best = shortest.search(time)
        gaps.append(relative_gap(flow, time, demand, best))
        if gaps[-1] <= tolerance or len(gaps) > max_iterations:
            break
        columns.add(shortest, np.flatnonzero(best < columns.best_known(time) * _SHORTER))
        columns.shift(flow)
    used = columns.flow > 0.0
    routes = tuple(columns.routes.path(int(route)) for route in columns.route[used])
    return Equilibrium(
        flow=flow, time=time, gap=gaps[-1], beckmann=float(load.integral(flow).sum()), total_time=float(flow @ time),
        gaps=np.array(gaps), pair=columns.pair[used], route_flow=columns.flow[used], routes=routes,
    )  # fmt: skip


def successive_averages(
    demand: Demand,
    from_state: Ints | Int32s,
    to_state: Ints | Int32s,
    n_states: int,
    load: LoadFunctions,
    n_iterations: int,
) -> tuple[Floats, Floats]:
    """The plain method of successive averages, step 1/(k + 1): flow after the last iteration, and the gap after each.

    Slow, but what a crowd does of which one in (k + 1) looks again each day: the yardstick for learning agents.
    """
    shortest = ShortestRoutes(PathFinder(from_state, to_state, n_states), demand, from_state)
    shortest.search(load.time(np.zeros_like(load.free_time)))
    flow = shortest.load(load.free_time.size)
    gaps = np.empty(n_iterations)
    for k in range(n_iterations):
        time = load.time(flow)
        gaps[k] = relative_gap(flow, time, demand, shortest.search(time))
        if k + 1 < n_iterations:
            flow = flow + (shortest.load(flow.size) - flow) / (k + 2.0)
    return flow, gaps


def relative_gap(flow: Floats, time: Floats, demand: Demand, shortest: Floats) -> float:
    """Share of all time spent that would be saved if everybody met the time ``shortest`` [n] of its pair."""
    total = float(flow @ time)
    return (total - float(demand.amount @ shortest)) / total if total > 0.0 else 0.0


class _Columns:
    """Routes in use, sorted by pair, with their flows."""

    def __init__(self, demand: Demand, load: LoadFunctions) -> None:
        self._demand, self._load = demand, load
        self.routes = Routes()
        self.pair = np.zeros(0, dtype=np.int64)
        self.route = np.zeros(0, dtype=np.int64)
        self.flow = np.zeros(0)
        self._starts = np.zeros(demand.amount.size + 1, dtype=np.int64)

    def add(self, shortest: ShortestRoutes, pairs: Ints) -> None:
        """Add the shortest routes just found for ``pairs``; the first route of a pair takes all of its demand."""
        if pairs.size == 0:
            return
        routes = np.array([self.routes.intern(shortest.route(int(pair))) for pair in pairs], dtype=np.int64)
        is_first = self._starts[pairs] == self._starts[pairs + 1]
        flows = np.where(is_first, self._demand.amount[pairs], 0.0)
        pair = np.concatenate([self.pair, pairs])
        order = np.argsort(pair, kind="stable")
        self.pair = pair[order]
        self.route = np.concatenate([self.route, routes])[order]
        self.flow = np.concatenate([self.flow, flows])[order]
        self._starts = np.searchsorted(self.pair, np.arange(self._demand.amount.size + 1))

    def arc_flow(self) -> Floats:
        flow = np.zeros_like(self._load.free_time)
        load_routes(self.route, self.flow, self.routes.arcs, self.routes.starts, flow)
        return flow

    def best_known(self, time: Floats) -> Floats:
        """[n_pairs] time of the cheapest route in use."""
        cost = np.empty(self.route.size)
        route_costs(self.route, time, self.routes.arcs, self.routes.starts, cost)
        best: Floats = np.minimum.reduceat(cost, self._starts[:-1])
        return best

    def shift(self, flow: Floats) -> None:
        """Move flow to the cheapest routes; overwrites ``flow`` [n_arcs]."""
        load = self._load
        _project(
            self._starts, self.route, self.flow, self.routes.arcs, self.routes.starts, flow, load.time(flow),
            load.free_time, load.alpha, load.beta, load.capacity, _SWEEPS,
        )  # fmt: skip


@kernel
def load_routes(route: Ints, route_flow: Floats, arcs: Int32s, starts: Int32s, flow: Floats) -> None:
    """Add ``route_flow`` [n] on the arcs of ``route`` [n] (rows of ``arcs``, ``starts``) to ``flow`` [n_arcs]."""
    for p in range(route.shape[0]):
        for at in range(starts[route[p]], starts[route[p] + 1]):
            flow[arcs[at]] += route_flow[p]


@kernel
def route_costs(route: Ints, cost: Floats, arcs: Int32s, starts: Int32s, out: Floats) -> None:
    """Write the sum of ``cost`` [n_arcs] over the arcs of ``route`` [n] into ``out`` [n]."""
    for p in range(route.shape[0]):
        total = 0.0
        for at in range(starts[route[p]], starts[route[p] + 1]):
            total += cost[arcs[at]]
        out[p] = total


@kernel
def _project(
    pair_starts: Ints,
    route: Ints,
    route_flow: Floats,
    arcs: Int32s,
    starts: Int32s,
    flow: Floats,
    time: Floats,
    free_time: Floats,
    alpha: Floats,
    beta: Floats,
    capacity: Floats,
    n_sweeps: int,
) -> None:
    """Newton steps from every dearer route of a pair to its cheapest, pair after pair, on up-to-date times."""
    on_best = np.full(flow.shape[0], -1)
    on_other = np.full(flow.shape[0], -1)
    stamp = 0
    for sweep_and_pair in range(n_sweeps * (pair_starts.shape[0] - 1)):
        pair = sweep_and_pair % (pair_starts.shape[0] - 1)
        first, last = pair_starts[pair], pair_starts[pair + 1]
        if last - first < 2:
            continue
        best = _cheapest(first, last, route, arcs, starts, time)
        better = arcs[starts[route[best]] : starts[route[best] + 1]]
        for p in range(first, last):
            if p == best or route_flow[p] <= 0.0:
                continue
            stamp += 1
            other = arcs[starts[route[p]] : starts[route[p] + 1]]
            on_best[better] = stamp
            on_other[other] = stamp
            gain, slope = 0.0, 0.0
            for a in other:
                if on_best[a] != stamp:
                    gain += time[a]
                    slope += _slope(flow[a], free_time[a], alpha[a], beta[a], capacity[a])
            for a in better:
                if on_other[a] != stamp:
                    gain -= time[a]
                    slope += _slope(flow[a], free_time[a], alpha[a], beta[a], capacity[a])
            if gain <= 0.0:
                continue
            moved = route_flow[p] if gain >= slope * route_flow[p] else gain / slope
            route_flow[p] -= moved
            route_flow[best] += moved
            _move(other, on_best, stamp, -moved, flow, time, free_time, alpha, beta, capacity)
            _move(better, on_other, stamp, moved, flow, time, free_time, alpha, beta, capacity)


@kernel
def _cheapest(first: int, last: int, route: Ints, arcs: Int32s, starts: Int32s, time: Floats) -> int:
    best, least = first, np.inf
    for p in range(first, last):
        total = 0.0
        for at in range(starts[route[p]], starts[route[p] + 1]):
            total += time[arcs[at]]
        if total < least:
            best, least = p, total
    return best


@kernel
def _move(
    path: Int32s,
    on_twin: Ints,
    stamp: int,
    moved: float,
    flow: Floats,
    time: Floats,
    free_time: Floats,
    alpha: Floats,
    beta: Floats,
    capacity: Floats,
) -> None:
    """Add ``moved`` to the arcs of ``path`` that the other route does not use, and bring their times up to date."""
    for a in path:
        if on_twin[a] != stamp:
            flow[a] = max(flow[a] + moved, 0.0)
            time[a] = free_time[a] * (1.0 + alpha[a] * (flow[a] / capacity[a]) ** beta[a])


@kernel
def _slope(flow: float, free_time: float, alpha: float, beta: float, capacity: float) -> float:
    steep = free_time * alpha * beta / capacity
    if steep == 0.0:
        return 0.0
    power: float = (flow / capacity) ** (beta - 1.0)
    return steep * power
