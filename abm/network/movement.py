"""Movement of freight: what the model asks of it, and the event movement that answers."""

import math
from bisect import insort
from typing import Protocol, Self

import numpy as np

from abm.network import consignments as c
from abm.network import events
from abm.network.arcs import Bools, Facilities, Floats, Int32s, Ints, Network
from abm.network.consignments import Deliveries, Orders, State
from abm.network.events_calendar import N_BUCKETS, N_DAYS
from abm.network.events_losses import lose
from abm.network.laws import gamma_table
from abm.network.routes import Routes
from abm.randomness import Process, mix

_FIRST_SLOTS = 1024


class Movement(Protocol):
    """What moves consignments. Tonnes are conserved: dispatched = delivered + in transit + queued + lost."""

    network: Network
    routes: Routes

    @property
    def now_h(self) -> float:
        """The hour up to which everything has happened."""
        ...

    def dispatch(self, orders: Orders) -> None:
        """Send consignments on their way."""
        ...

    def run_until(self, time_h: float) -> Deliveries:
        """Let time pass; what was delivered meanwhile."""
        ...

    def set_open(self, facility: int, is_open: bool) -> None:
        """Open or close a facility now."""
        ...

    def copy(self) -> Self:
        """An independent state with the same future."""
        ...


def _arc_table(network: Network) -> c.Table:
    arcs = network.arcs
    table = np.zeros(len(arcs), dtype=c.ARC)
    table["key"] = arcs.key
    table["free_time_h"] = arcs.free_time_h
    table["time_factor"] = 1.0
    table["facility"] = arcs.facility
    table["to_state"] = arcs.to_state
    table["detour_row"] = -1
    sigma_sq = np.log1p(arcs.dwell_cv**2)
    table["dwell_sigma"] = np.sqrt(sigma_sq)
    _write_dwell(table, slice(None), arcs.dwell_h)
    return table


def _write_dwell(table: c.Table, rows: int | slice, dwell_h: float | Floats) -> None:
    table["dwell_h"][rows] = dwell_h
    log_mean = np.log(np.maximum(dwell_h, 1e-300))
    table["dwell_mu"][rows] = log_mean - 0.5 * table["dwell_sigma"][rows] ** 2


def _facility_table(facilities: Facilities) -> c.Table:
    table = np.zeros(len(facilities), dtype=c.FACILITY)
    for name in (
        "service_h",
        "cv",
        "opens_h",
        "closes_h",
        "headway_h",
        "places_t",
        "minimum_load_t",
        "longest_wait_h",
        "law",
        "is_open",
    ):
        table[name] = getattr(facilities, name)
    for name in ("servers", "queue_max"):
        table[name] = np.minimum(getattr(facilities, name), 2**30)
    table["gate_h"] = np.inf
    table["heads"] = table["tails"] = -1
    _check_facilities(facilities)
    return table


def _check_facilities(facilities: Facilities) -> None:
    """Refuse a facility that could never let anything through, or that the laws do not cover."""
    f = facilities
    never = np.isinf(f.headway_h) & np.isinf(f.places_t) & np.isinf(f.longest_wait_h)
    faults = {
        "leaves when full, but has neither places nor a longest wait": never,
        "has places_t <= 0": f.places_t <= 0.0,
        "has headway_h < 0": ~(f.headway_h >= 0.0),
        "has service_h that is negative or not finite": ~((f.service_h >= 0.0) & np.isfinite(f.service_h)),
        "has cv that is negative or not finite": ~((f.cv >= 0.0) & np.isfinite(f.cv)),
        "has an empty or impossible daily window": (f.opens_h == f.closes_h) | (f.opens_h < 0.0) | (f.closes_h > 24.0),
        "has no servers": (f.servers < 1) & (f.headway_h == 0.0),
        "has a minimum load above its places": f.minimum_load_t > f.places_t,
    }
    for fault, rows in faults.items():
        if rows.any():
            raise ValueError(f"facility {f.names[int(np.flatnonzero(rows)[0])]!r} {fault}")


class EventMovement:
    """The event loader. Every number is drawn by address; two movements with one seed share every draw.

    Raises ValueError for a facility that could never serve, for orders in the past, and for orders outside the tables.
    """

    def __init__(self, network: Network, routes: Routes, seed: int) -> None:
        self.network, self.routes, self.seed = network, routes, seed
        self._now_h = 0.0
        self._changes: list[tuple[float, int, int, bool]] = []
        self._n_changes = 0
        n_facilities, n_arcs = len(network.facilities), len(network.arcs)
        payload_t = network.arcs.payload_t
        usable = np.isfinite(payload_t) & (payload_t > 0.0)
        self._state = State(
            records=np.zeros(n_facilities, dtype=c.RECORD),
            origins=np.zeros(n_facilities, dtype=c.ORIGIN),
            arcs=_arc_table(network),
            facilities=_facility_table(network.facilities),
            clock=np.zeros(1, dtype=c.CLOCK),
            heap=np.zeros(n_facilities, dtype=c.PENDING),
            ring=np.full(N_DAYS, -1, dtype=np.int32),
            fine=np.full(N_BUCKETS, -1, dtype=np.int32),
            free=np.zeros(0, dtype=np.int32),
            path=routes.arcs,
            starts=routes.starts,
            vehicles_per_t=np.where(usable, 1.0 / np.where(usable, payload_t, 1.0), 0.0).reshape(n_arcs, -1),
            gamma_table=gamma_table(),
            detours=np.full((1, network.n_states, len(network.classes)), -1, dtype=np.int32),
            patience=np.zeros((1, network.n_states, len(network.classes))),
            delivered=np.zeros(0, dtype=c.DELIVERY),
        )
        self._state.records["key"] = network.facilities.key
        self._state.clock["service_stream"] = mix(np.uint64(seed), np.uint64(Process.SERVICE))
        self._state.clock["dwell_stream"] = mix(np.uint64(seed), np.uint64(Process.DWELL))
        self._grow(_FIRST_SLOTS)

    def _grow(self, n_more: int) -> None:
        """Add slots to the records and on top of the stack of free ones."""
        old = self._state.records
        records = np.concatenate([old, np.zeros(n_more, dtype=c.RECORD)])
        records["kind"][old.size :] = c.FREE
        origins = np.concatenate([self._state.origins, np.zeros(n_more, dtype=c.ORIGIN)])
        n_free = self._n_free
        free = np.zeros(records.size, dtype=np.int32)
        free[:n_free] = self._state.free[:n_free]
        free[n_free : n_free + n_more] = np.arange(old.size, records.size)
        self._state.clock["n_free"] = n_free + n_more
        heap = np.concatenate([self._state.heap, np.zeros(n_more, dtype=c.PENDING)])
        delivered = np.zeros(records.size, dtype=c.DELIVERY)
        self._state = self._state._replace(records=records, origins=origins, free=free, heap=heap, delivered=delivered)

    @property
    def _n_free(self) -> int:
        return int(self._state.clock["n_free"][0])

    def _with_routes(self) -> State:
        """The state with the routes as they are by now (the table may have grown)."""
        if self._state.path is not self.routes.arcs or self._state.starts is not self.routes.starts:
            self._state = self._state._replace(path=self.routes.arcs, starts=self.routes.starts)
        return self._state

    # -- what happens ------------------------------------------------------------------------------------------------------

    def dispatch(self, orders: Orders) -> None:
        """Send consignments on their way at their hours, which may lie ahead but not behind ``now_h``."""
        n = len(orders)
        if n == 0:
            return
        self._check_orders(orders)
        if n > self._n_free:
            self._grow(max(n - self._n_free, self._state.records.size))
        events.dispatch(
            self._with_routes(), orders.shipper, orders.key, orders.time_h, orders.tonnes, orders.vehicles,
            orders.cargo_class, orders.priority, orders.route,
        )  # fmt: skip

    def _check_orders(self, orders: Orders) -> None:
        if not events.has_fault(
            self._now_h, len(self.network.classes), len(self.routes), orders.time_h, orders.tonnes, orders.vehicles,
            orders.cargo_class, orders.priority, orders.route,
        ):  # fmt: skip
            return
        faults = {
            f"time_h must be finite and not before {self._now_h}": ~(orders.time_h >= self._now_h)
            | np.isinf(orders.time_h),
            "tonnes and vehicles must be finite and >= 0": ~(np.minimum(orders.tonnes, orders.vehicles) >= 0.0)
            | ~np.isfinite(orders.tonnes + orders.vehicles),
            "an order has either tonnes or vehicles": (orders.tonnes > 0.0) & (orders.vehicles > 0.0),
            f"priority must be from 0 to {c.N_PRIORITIES - 1}": (orders.priority < 0)
            | (orders.priority >= c.N_PRIORITIES),
            "cargo_class is not a column": (orders.cargo_class < 0) | (orders.cargo_class >= len(self.network.classes)),
            "route is not in the table": (orders.route < 0) | (orders.route >= len(self.routes)),
        }
        for fault, rows in faults.items():
            if rows.any():
                raise ValueError(f"order {int(np.flatnonzero(rows)[0])}: {fault}")

    def run_until(self, time_h: float) -> Deliveries:
        """Play all events with time < ``time_h`` in the order (time, kind, uid); then ``now_h`` is ``time_h``."""
        if not self._now_h <= time_h < math.inf:
            raise ValueError(f"cannot run until hour {time_h}: now is hour {self._now_h}")
        parts = []
        while self._changes and self._changes[0][0] < time_h:
            at_h, _, facility, is_open = self._changes.pop(0)
            parts.append(self._play(at_h))
            self._switch(facility, is_open)
        parts.append(self._play(time_h))
        return Deliveries.joined(parts)

    def _play(self, time_h: float) -> Deliveries:
        state = self._with_routes()
        state.clock["n_delivered"] = 0
        events.play(state, float(time_h), -1, False)
        self._now_h = float(time_h)
        done = state.delivered[: int(state.clock["n_delivered"][0])]
        return Deliveries(*(done[name].copy() for name in Deliveries.__slots__))

    # -- what is changed from outside --------------------------------------------------------------------------------------

    def set_open(self, facility: int, is_open: bool) -> None:
        """Open or close a facility from ``now_h`` on: who is being served is finished, who waits waits."""
        self._switch(facility, is_open)

    def schedule_open(self, facility: int, at_h: float, is_open: bool) -> None:
        """Open or close a facility at an exact later hour, before any event of that hour."""
        if not self._now_h <= at_h < math.inf:
            raise ValueError(f"cannot switch a facility at hour {at_h}: now is hour {self._now_h}")
        insort(self._changes, (at_h, self._n_changes, int(facility), bool(is_open)))
        self._n_changes += 1

    def _switch(self, facility: int, is_open: bool) -> None:
        was_open = bool(self._state.facilities["is_open"][facility])
        self._state.facilities["is_open"][facility] = is_open
        if is_open and not was_open:
            events.play(self._with_routes(), self._now_h, facility, False)

    def set_service_h(self, facility: int, service_h: float) -> None:
        """Mean hours one vehicle holds a server, for services that begin from now on."""
        if not 0.0 <= service_h < math.inf:
            raise ValueError(f"service_h must be finite and >= 0, not {service_h}")
        self._state.facilities["service_h"][facility] = service_h

    def set_places_t(self, facility: int, places_t: float) -> None:
        """Tonnes that a departure takes, for departures from now on."""
        if not places_t > 0.0:
            raise ValueError(f"places_t must be > 0, not {places_t}")
        self._state.facilities["places_t"][facility] = places_t

    def set_dwell_h(self, arc: int, dwell_h: float) -> None:
        """Mean dwell of an arc, for who passes it from now on."""
        if not 0.0 <= dwell_h < math.inf:
            raise ValueError(f"dwell_h must be finite and >= 0, not {dwell_h}")
        _write_dwell(self._state.arcs, arc, dwell_h)

    def set_time_factor(self, factor: Floats) -> None:
        """Factor[n_arcs] on the free time of every arc."""
        if not bool(np.all((factor > 0.0) & np.isfinite(factor))):
            raise ValueError("time factors must be finite and > 0")
        self._state.arcs["time_factor"] = factor

    def set_detours(self, rows: Int32s, table: Int32s, patience: Floats | None = None) -> None:
        """Where to go from a closed or full arc.

        rows[n_arcs]: -1, or row of ``table[row, destination state, class]``, which is a route from the arc's ``from_state``,
        -1 to wait, or -2 to give up; and of ``patience``, of the same shape: who has fewer vehicles than this ahead waits
        (default: 0, all go). Asked on arrival before a closed facility, when the queue is full, and by ``reconsider``. Who
        meets a full queue before an arc with a row and does not turn waits outside; without a row it is lost.
        """
        table = np.array(table, dtype=np.int32)
        if table.shape[0] == 0:
            table, patience = np.full((1, *table.shape[1:]), -1, dtype=np.int32), None
        patience = np.zeros(table.shape) if patience is None else np.array(patience, dtype=np.float64)
        if patience.shape != table.shape or np.isnan(patience).any():
            raise ValueError("patience must have the shape of the detour table and no NaN")
        if table.shape[1:] != (self.network.n_states, len(self.network.classes)):
            raise ValueError(
                f"a detour table has {self.network.n_states} states and {len(self.network.classes)} classes"
            )
        if rows.max(initial=-1) >= table.shape[0] or table.max() >= len(self.routes) or table.min() < events.LOST:
            raise ValueError("the detour table names a row or a route that does not exist")
        self._state.arcs["detour_row"] = rows
        self._state = self._state._replace(detours=table, patience=patience)

    def reconsider(self) -> None:
        """Who queues before a shut arc, or outside a full one, leaves if its row of the detour table says so."""
        events.play(self._with_routes(), self._now_h, -1, True)

    def lose(self, is_hit: Bools, share: float, stream: int) -> float:
        """Destroy the cargo of a share of the consignments on (or in line before) arcs of the mask ``is_hit``; returns tonnes.

        ``stream``: address of the event. Each consignment is hit or not by its own number there. Empty, it goes on unseen.
        """
        if is_hit.shape != (len(self.network.arcs),) or not 0.0 <= share <= 1.0:
            raise ValueError(f"a loss needs a mask of the arcs and a share from 0 to 1, not {is_hit.shape} and {share}")
        return float(lose(self._with_routes(), is_hit, float(share), np.uint64(stream), self._now_h))

    # -- what is measured --------------------------------------------------------------------------------------------------

    @property
    def now_h(self) -> float:
        """The hour up to which everything has been played."""
        return self._now_h

    @property
    def n_events(self) -> int:
        """Events played so far."""
        return int(self._state.clock["n_events"][0])

    @property
    def n_under_way(self) -> int:
        """Consignments and background vehicles that move, are served or wait."""
        return self.n_slots - self._n_free

    @property
    def n_slots(self) -> int:
        """Records held; it grows with the largest number ever under way, not with the number dispatched."""
        return int(self._state.records.size) - len(self.network.facilities)

    @property
    def slots(self) -> c.Table:
        """The records of all slots but the gates', free ones included, to look at: read-only, and only until the next change."""
        view = self._state.records[len(self.network.facilities) :]
        view.flags.writeable = False
        return view

    @property
    def time_factor(self) -> Floats:
        """Factor[n_arcs] on the free time of every arc, as it is now."""
        return self._arc_column("time_factor")

    def _total(self, name: str) -> float:
        clock = self._state.clock[0]
        return float(clock[f"{name}_t"] + clock[f"{name}_rest_t"])

    @property
    def dispatched_t(self) -> float:
        """Tonnes dispatched so far."""
        return self._total("dispatched")

    @property
    def delivered_t(self) -> float:
        """Tonnes delivered so far."""
        return self._total("delivered")

    @property
    def lost_t(self) -> float:
        """Tonnes of who met a full queue, or a closed arc, and had no way round, and tonnes destroyed."""
        return self._total("lost")

    @property
    def in_transit_t(self) -> float:
        """Tonnes that move or are being served, counted afresh from the records."""
        return float(events.tonnes_in_transit(self._state.records, len(self.network.facilities)))

    @property
    def queued_t(self) -> float:
        """Tonnes that wait before facilities."""
        return float(self._state.facilities["queue_t"].sum())

    def _arc_column(self, name: str) -> Floats:
        return np.ascontiguousarray(self._state.arcs[name])

    @property
    def entered_t(self) -> Floats:
        """Tonnes that entered each arc so far (arcs without a facility are booked when the consignment sets out for them)."""
        return self._arc_column("entered_t")

    @property
    def entered_n(self) -> Ints:
        """Consignments that entered each arc."""
        return np.ascontiguousarray(self._state.arcs["entered_n"])

    @property
    def passed_vehicles(self) -> Floats:
        """Vehicles that entered each arc."""
        return self._arc_column("passed_vehicles")

    @property
    def wait_vehicle_h(self) -> Floats:
        """Vehicle-hours waited before each arc, by those who have entered it."""
        return self._arc_column("wait_vehicle_h")

    @property
    def time_vehicle_h(self) -> Floats:
        """Vehicle-hours of wait, service, dwell and movement on each arc."""
        return self._arc_column("time_vehicle_h")

    @property
    def time_sq_vehicle_h2(self) -> Floats:
        """Sum over vehicles of the squared hours on each arc: the spread is ``sum / vehicles - mean**2``."""
        return self._arc_column("time_sq_vehicle_h2")

    @property
    def queue_consignments(self) -> Ints:
        """Consignments that wait before each facility."""
        return self._state.facilities["queue_n"].astype(np.int64)

    @property
    def queue_vehicles(self) -> Floats:
        """Vehicles that wait before each facility."""
        return np.ascontiguousarray(self._state.facilities["queue_vehicles"])

    @property
    def queue_t(self) -> Floats:
        """Tonnes that wait before each facility."""
        return np.ascontiguousarray(self._state.facilities["queue_t"])

    def copy(self) -> "EventMovement":
        """An independent state with the same future: run both, and they stay equal bit for bit."""
        twin = object.__new__(EventMovement)
        twin.network, twin.seed, twin._now_h = self.network, self.seed, self._now_h
        twin.routes = self.routes.copy()
        twin._changes, twin._n_changes = list(self._changes), self._n_changes
        state = self._with_routes()
        own = {name: array.copy() for name, array in state._asdict().items() if name != "gamma_table"}
        twin._state = State(**own, gamma_table=state.gamma_table)
        twin._with_routes()
        return twin
