"""Static movement: a day's consignments load all the arcs of their routes at once, and arc times follow from the day's load.

The second answer to what the model asks of movement. Nothing queues here; it serves the equilibrium checks, the start of beliefs
and chokepoint scans. :class:`LearningAgents` are the day-to-day crowd of those checks: each sends one consignment a day, believes
of every route what it cost today, and now and then looks again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from abm.kernels import kernel
from abm.network.arcs import ArcKind, Arcs, Bools, Facilities, Floats, Int32s, Ints, Keys, Network
from abm.network.consignments import Deliveries, Orders
from abm.network.equilibrium import ShortestRoutes, load_routes, route_costs
from abm.network.load_functions import LoadFunctions
from abm.network.routes import Routes
from abm.randomness import Process, mix, name_key, uniforms
from abm.rules.choice import MultinomialLogit, Traits, race
from abm.units import HOURS_PER_DAY

_SHORTER = 1.0 - 1e-12


class StaticMovement:
    """Movement in which what leaves on a day arrives after the sum of its arcs' times at that day's load.

    Times are the load functions of the network's arcs, in hours, at tonnes a day, plus mean dwell. Facilities have no capacity
    here, but a consignment whose route has a closed one waits as a whole until it opens. Background vehicles load nothing.
    ``routes`` is shared with whoever finds routes.
    """

    def __init__(self, network: Network, routes: Routes) -> None:
        self.network, self.routes = network, routes
        self.load = LoadFunctions.of_arcs(network.arcs)
        self.flow_t_per_day: Floats = np.zeros(len(network.arcs))
        self.arc_time_h: Floats = self.load.time(self.flow_t_per_day) + network.arcs.dwell_h
        self._now_h = 0.0
        self._closed = frozenset(np.flatnonzero(~network.facilities.is_open).tolist())
        self._waiting: list[Orders] = []
        self._dispatched_t = self._delivered_t = 0.0

    @property
    def now_h(self) -> float:
        """The hour up to which everything has happened."""
        return self._now_h

    @property
    def dispatched_t(self) -> float:
        """Tonnes handed over so far."""
        return self._dispatched_t

    @property
    def delivered_t(self) -> float:
        """Tonnes that arrived so far."""
        return self._delivered_t

    @property
    def queued_t(self) -> float:
        """Tonnes that wait for a closed facility, or for their hour."""
        return math.fsum(float(tonnes) for orders in self._waiting for tonnes in orders.tonnes)

    @property
    def in_transit_t(self) -> float:
        """Always 0: nothing is under way between two calls."""
        return 0.0

    @property
    def lost_t(self) -> float:
        """Always 0: nothing balks."""
        return 0.0

    def dispatch(self, orders: Orders) -> None:
        """Take consignments; they move in the first run that passes their hour."""
        if len(orders):
            self._dispatched_t += math.fsum(orders.tonnes.tolist())
            self._waiting.append(orders)

    def run_until(self, time_h: float) -> Deliveries:
        """Move what leaves before ``time_h``; its load is tonnes a day over the time run. Raises ValueError for going back."""
        if not time_h > self._now_h:
            raise ValueError(f"time_h must be after now, {self._now_h} h, not {time_h}")
        orders = _joined(self._waiting)
        days = (time_h - self._now_h) / HOURS_PER_DAY
        self._now_h = time_h
        moves = (orders.time_h < time_h) & ~self._is_blocked()[orders.route]
        self._waiting = [_rows(orders, ~moves)] if not moves.all() else []
        moving = _rows(orders, moves)
        flow = np.zeros_like(self.load.free_time)
        load_routes(moving.route.astype(np.int64), moving.tonnes / days, self.routes.arcs, self.routes.starts, flow)
        self.flow_t_per_day = flow
        self.arc_time_h = self.load.time(flow) + self.network.arcs.dwell_h
        self._delivered_t += math.fsum(moving.tonnes.tolist())
        cargo = _rows(moving, moving.shipper >= 0)
        return Deliveries(
            shipper=cargo.shipper, route=cargo.route, final_route=cargo.route, tonnes=cargo.tonnes,
            dispatched_h=cargo.time_h, delivered_h=cargo.time_h + self.route_time_h()[cargo.route],
        )  # fmt: skip

    def route_time_h(self) -> Floats:
        """[n_routes] hours of every known route at the load of the last run."""
        hours = np.empty(len(self.routes))
        route_costs(np.arange(hours.size), self.arc_time_h, self.routes.arcs, self.routes.starts, hours)
        return hours

    def set_open(self, facility: int, is_open: bool) -> None:
        """Open or close a facility from now on."""
        self._closed = self._closed - {facility} if is_open else self._closed | {facility}

    def copy(self) -> Self:
        """An independent state, routes included."""
        twin = type(self)(self.network, self.routes.copy())
        twin._now_h, twin._closed, twin._waiting = self._now_h, self._closed, list(self._waiting)
        twin.flow_t_per_day, twin.arc_time_h = self.flow_t_per_day.copy(), self.arc_time_h.copy()
        twin._dispatched_t, twin._delivered_t = self._dispatched_t, self._delivered_t
        return twin

    def _is_blocked(self) -> Bools:
        n_closed = np.zeros(len(self.routes))
        if self._closed:
            is_closed = np.isin(self.network.arcs.facility, sorted(self._closed)).astype(np.float64)
            route_costs(np.arange(n_closed.size), is_closed, self.routes.arcs, self.routes.starts, n_closed)
        return n_closed > 0.0


def _joined(parts: list[Orders]) -> Orders:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        none, i32, i8 = np.zeros(0), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int8)
        return Orders(i32, np.zeros(0, dtype=np.uint64), none, none, none, i8, i8, i32)
    return Orders(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Orders)))


def _rows(orders: Orders, keep: Bools) -> Orders:
    if keep.all():
        return orders
    return Orders(*(getattr(orders, field.name)[keep] for field in fields(Orders)))


def plain_network(from_state: Ints, to_state: Ints, n_states: int, load: LoadFunctions) -> Network:
    """A supernetwork of line-hauls that have a load function and nothing else: no price, no facility, one class of cargo.

    ``from_state``, ``to_state``: [n_arcs] states 0..n_states-1. Arcs are named by their row.
    """
    n = load.free_time.size
    zero, none = np.zeros(n), np.full(n, -1, dtype=np.int32)
    names = tuple(str(row) for row in range(n))
    arcs = Arcs(
        names=names, kind=np.full(n, ArcKind.LINEHAUL, dtype=np.int8), mode=np.zeros(n, dtype=np.int8),
        gauge_mm=np.zeros(n, dtype=np.int32), from_state=from_state.astype(np.int32), to_state=to_state.astype(np.int32),
        length_km=zero, free_time_h=load.free_time, dwell_h=zero, dwell_cv=zero, price_usd_t=np.zeros((n, 1)),
        charge_usd_t=np.zeros((n, 1)),
        payload_t=np.ones((n, 1)), hour_usd_t=np.zeros((n, 1)), facility=none,
        key=np.array([name_key(name) for name in names], dtype=np.uint64), link=none, post=none, country=("",) * n,
        load_alpha=load.alpha, load_beta=load.beta, capacity_t_per_day=load.capacity,
    )  # fmt: skip
    whole, real, small = np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.int8)
    facilities = Facilities(
        names=(), servers=whole, service_h=real, law=small, cv=real, opens_h=real, closes_h=real, headway_h=real,
        places_t=real, minimum_load_t=real, longest_wait_h=real, queue_max=whole, is_open=np.zeros(0, dtype=np.bool_),
        key=np.zeros(0, dtype=np.uint64),
    )  # fmt: skip
    return Network(
        arcs=arcs, facilities=facilities, n_states=n_states, state_of={}, node_of_state=np.arange(n_states, dtype=np.int32),
        classes=("general",), link_ids=(), post_ids=(), link_facilities={}, post_facility={},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Learning:
    """How agents look again.

    share: of the agents that revise on a day; None: 1/(k + 1) on day k, as in successive averages. theta: steepness of their
    logit by time; inf: they take the fastest route. Raises ValueError for values out of range.
    """

    share: float | None = None
    theta: float = math.inf

    def __post_init__(self) -> None:
        if self.share is not None and not 0.0 < self.share <= 1.0:
            raise ValueError(f"share must be > 0 and at most 1, not {self.share}")
        if not self.theta > 0.0:
            raise ValueError(f"theta must be > 0, not {self.theta}")

    def share_on(self, day: int) -> float:
        """Share that revises after ``day`` (from 1)."""
        return 1.0 / (day + 1.0) if self.share is None else self.share


class LearningAgents:
    """Agents that travel a pair every day, on static movement.

    ``network``: see :func:`plain_network`. ``key``, ``pair``, ``tonnes``: [n] address of the draws, pair travelled, size of the
    consignment. ``sets``: routes known for each pair. ``shortest``: searches each day's shortest routes, which everybody
    learns; None keeps the sets as they are. Who revises is drawn for (key, day), what is chosen for (key, day, route): one
    more agent changes nobody's draws. All start by choosing at free-flow times. Raises ValueError for a pair without a route.
    """

    def __init__(
        self,
        network: Network,
        key: Keys,
        pair: Ints,
        tonnes: Floats,
        sets: Sequence[Sequence[Sequence[int]]],
        learning: Learning,
        seed: int,
        shortest: ShortestRoutes | None = None,
    ) -> None:
        self.movement = StaticMovement(network, Routes())
        self.day = 0
        self._key, self._pair, self._tonnes = key, pair, tonnes
        self._learning, self._seed, self._shortest = learning, np.uint64(seed), shortest
        self._arc_key = network.arcs.key
        self._known = np.full((len(sets), max(map(len, sets), default=0)), -1, dtype=np.int32)
        self._n_known = np.zeros(len(sets), dtype=np.int64)
        self._route_key = np.zeros(0, dtype=np.uint64)
        for number, routes in enumerate(sets):
            for path in routes:
                self._learn(number, path)
        self._search(self.movement.arc_time_h)
        if not (self._n_known > 0).all():
            raise ValueError(f"pair {int(np.argmin(self._n_known))} has no route")
        everybody = np.arange(key.size)
        self.route: Int32s = np.zeros(key.size, dtype=np.int32)
        self.route[everybody] = self._chosen(everybody)

    def step(self) -> Deliveries:
        """One day: everybody sends its consignment; then some look again."""
        self.day += 1
        n = self._key.size
        hour = self.movement.now_h
        still = np.zeros(n, dtype=np.int8)
        self.movement.dispatch(
            Orders(
                shipper=np.arange(n, dtype=np.int32), key=_order_keys(self._key, np.uint64(self.day)),
                time_h=np.full(n, hour), tonnes=self._tonnes, vehicles=np.zeros(n), cargo_class=still, priority=still,
                route=self.route.copy(),
            )
        )  # fmt: skip
        deliveries = self.movement.run_until(hour + HOURS_PER_DAY)
        self._search(self.movement.arc_time_h)
        draws = uniforms(self._seed, np.uint64(Process.ROUTE), self._key, np.uint64(self.day))
        revisers = np.flatnonzero(draws < self._learning.share_on(self.day))
        self.route[revisers] = self._chosen(revisers)
        return deliveries

    @property
    def gap(self) -> float:
        """Share of the last day's time that would have been saved had everybody known the fastest route."""
        movement = self.movement
        total = float(movement.flow_t_per_day @ movement.arc_time_h)
        fastest = self._costs().min(axis=1)[self._pair]
        return (total - float(self._tonnes @ fastest)) / total

    def _costs(self) -> Floats:
        """[n_pairs, K] time of the known routes at the last day's load."""
        by_route = np.append(self.movement.route_time_h(), np.inf)
        return by_route[self._known]

    def _chosen(self, agents: Ints) -> Int32s:
        cost = self._costs()
        if math.isinf(self._learning.theta):
            fastest = self._known[np.arange(cost.shape[0]), np.argmin(cost, axis=1)]
            return np.asarray(fastest[self._pair[agents]])
        shares = MultinomialLogit(self._learning.theta).choose(cost, Traits.plain(self._known)).probability
        pairs = self._pair[agents]
        numbers = np.full(agents.size, self.day)
        keys = np.append(self._route_key, np.uint64(0))[self._known[pairs]]
        column = race(shares[pairs], int(self._seed), self._key[agents], numbers, keys)
        return np.asarray(self._known[pairs, column])

    def _search(self, arc_time: Floats) -> None:
        """Learn each pair's shortest route at ``arc_time`` where none as short is known."""
        if self._shortest is None:
            return
        best = self._shortest.search(arc_time)
        known = self._costs().min(axis=1, initial=np.inf)
        for pair in np.flatnonzero(best < known * _SHORTER):
            self._learn(int(pair), self._shortest.route(int(pair)))

    def _learn(self, pair: int, path: Sequence[int]) -> None:
        route = self.movement.routes.intern(path)
        if route == self._route_key.size:
            state = np.uint64(0)
            for arc in path:
                state = np.uint64(mix(state, self._arc_key[arc]))
            self._route_key = np.append(self._route_key, state)
        place = int(self._n_known[pair])
        if place == self._known.shape[1]:
            wider = np.full((self._known.shape[0], 1), -1, dtype=np.int32)
            self._known = np.concatenate([self._known, wider], axis=1)
        self._known[pair, place] = route
        self._n_known[pair] += 1


@kernel
def _order_keys(key: Keys, day: np.uint64) -> Keys:
    keys = np.empty_like(key)
    for i in range(key.shape[0]):
        keys[i] = mix(key[i], day)
    return keys
