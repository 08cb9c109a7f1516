"""The event loader, slow and obviously right: plain objects, lists and one heap of everything under way.

Same words and the same answers as ``abm.network.movement.EventMovement``; nothing of its calendar, records or linked queues.
Shared are only the laws and the hash, which have tests of their own.
"""

import copy
import heapq
import math
from dataclasses import dataclass, field

import numpy as np

from abm.network.arcs import Network
from abm.network.consignments import Deliveries, Orders
from abm.network.laws import gamma_table, service_factor
from abm.network.routes import Routes
from abm.randomness import Process, inverse_normal, mix, uniform

GATE, END, ARRIVE = 0, 1, 2
SLACK = 1e-9


@dataclass(eq=False)
class Consignment:
    shipper: int
    key: int
    tonnes: float
    vehicles: float
    cargo_class: int
    priority: int
    first_route: int
    dispatched_h: float
    path: tuple[int, ...] = ()
    route: int = 0
    place: int = 0
    since_h: float = 0.0
    turns: int = 0
    visit: int = 0
    is_empty: bool = False
    legs: list[tuple[float, int]] = field(default_factory=list)

    @property
    def arc(self) -> int:
        return self.path[self.place]


@dataclass(eq=False)
class Gate:
    """A facility: who waits (in order of coming), how many are served, and when it wakes by itself."""

    row: int
    is_open: bool
    service_h: float
    busy: int = 0
    queue: list[Consignment] = field(default_factory=list)
    wake_h: float = math.inf
    debt_t: float = 0.0

    def in_line(self) -> list[Consignment]:
        return sorted(self.queue, key=lambda consignment: consignment.priority)

    def tonnes(self) -> float:
        return sum(consignment.tonnes for consignment in self.queue)

    def oldest_h(self) -> float:
        return min(consignment.since_h for consignment in self.queue)


class HeapMovement:
    def __init__(self, network: Network, routes: Routes, seed: int) -> None:
        self.network, self.routes, self.seed = network, routes, seed
        self.arcs, self.facilities = network.arcs, network.facilities
        self.now_h = 0.0
        self.n_events = 0
        self.events: list[tuple[float, int, int, Consignment | Gate]] = []
        self.changes: list[tuple[float, int, int, bool]] = []
        self.n_changes = 0
        self.gates = [
            Gate(row, bool(is_open), float(service_h))
            for row, (is_open, service_h) in enumerate(
                zip(self.facilities.is_open, self.facilities.service_h, strict=True)
            )
        ]
        n = len(self.arcs)
        self.dwell_h = [float(hours) for hours in self.arcs.dwell_h]
        self.factor = [1.0] * n
        self.rows, self.table, self.patience = np.full(n, -1), np.zeros((0, 0, 0)), np.zeros((0, 0, 0))
        self.entered_t, self.passed_vehicles, self.wait_vehicle_h = np.zeros(n), np.zeros(n), np.zeros(n)
        self.entered_n = np.zeros(n, dtype=np.int64)
        self.time_vehicle_h, self.time_sq_vehicle_h2 = np.zeros(n), np.zeros(n)
        self.dispatched_t = self.delivered_t = self.lost_t = 0.0
        self.done: list[tuple[int, int, int, float, float, float]] = []

    # -- the same doors as the loader --------------------------------------------------------------------------------------

    def dispatch(self, orders: Orders) -> None:
        for i in range(len(orders)):
            route = int(orders.route[i])
            consignment = Consignment(
                int(orders.shipper[i]), int(orders.key[i]), float(orders.tonnes[i]), float(orders.vehicles[i]),
                int(orders.cargo_class[i]), int(orders.priority[i]), route, float(orders.time_h[i]),
            )  # fmt: skip
            self.dispatched_t += consignment.tonnes
            consignment.route, consignment.path = route, self.routes.path(route)
            self.walk(consignment, consignment.dispatched_h)

    def run_until(self, time_h: float) -> Deliveries:
        self.done = []
        while self.changes and self.changes[0][0] < time_h:
            at_h, _, facility, is_open = heapq.heappop(self.changes)
            self.play(at_h)
            self.set_open(facility, is_open)
        self.play(time_h)
        columns = list(zip(*self.done, strict=True)) or [()] * 6
        types = (np.int32, np.int32, np.int32, np.float64, np.float64, np.float64)
        return Deliveries(*(np.array(column, dtype=kind) for column, kind in zip(columns, types, strict=True)))

    def set_open(self, facility: int, is_open: bool) -> None:
        gate = self.gates[facility]
        was_open, gate.is_open = gate.is_open, is_open
        if is_open and not was_open:
            self.serve(gate, self.now_h)

    def schedule_open(self, facility: int, at_h: float, is_open: bool) -> None:
        self.n_changes += 1
        heapq.heappush(self.changes, (at_h, self.n_changes, facility, is_open))

    def set_service_h(self, facility: int, service_h: float) -> None:
        self.gates[facility].service_h = service_h

    def set_dwell_h(self, arc: int, dwell_h: float) -> None:
        self.dwell_h[arc] = dwell_h

    def set_time_factor(self, factor: np.ndarray) -> None:
        self.factor = [float(value) for value in factor]

    def set_detours(self, rows: np.ndarray, table: np.ndarray, patience: np.ndarray | None = None) -> None:
        self.rows, self.table = rows, table
        self.patience = np.zeros(table.shape) if patience is None else patience

    def reconsider(self) -> None:
        for gate in self.gates:
            stay: list[Consignment] = []
            for consignment in gate.in_line():
                choice = self.detour(consignment, stay)
                has_place = gate.is_open and len(stay) < self.facilities.queue_max[gate.row]
                if choice == -1 or has_place:
                    stay.append(consignment)
                else:
                    gate.queue.remove(consignment)
                    self.redirect(consignment, choice, self.now_h)

    def lose(self, is_hit: np.ndarray, share: float, stream: int) -> float:
        at = [(item, item.arc) for gate in self.gates for item in gate.queue]
        for _, kind, _, item in self.events:
            if isinstance(item, Consignment):
                at.append((item, item.arc if kind == END else self.whereabouts(item)))
        lost_t = 0.0
        for item, arc in at:
            is_chosen = uniform(np.uint64(mix(np.uint64(stream), np.uint64(item.key)))) < share
            if item.tonnes > 0.0 and arc >= 0 and is_hit[arc] and is_chosen:
                lost_t += item.tonnes
                item.tonnes, item.is_empty = 0.0, True
        self.lost_t += lost_t
        return lost_t

    def whereabouts(self, item: Consignment) -> int:
        """The last arc of its way since the last stop that it has entered by now."""
        entered = [arc for hour, arc in item.legs if hour <= self.now_h]
        return entered[-1] if entered else -1

    def copy(self) -> "HeapMovement":
        return copy.deepcopy(self)

    @property
    def queue_consignments(self) -> np.ndarray:
        return np.array([len(gate.queue) for gate in self.gates])

    @property
    def queue_vehicles(self) -> np.ndarray:
        return np.array([sum(self.vehicles(c, c.arc) for c in gate.queue) for gate in self.gates])

    @property
    def queue_t(self) -> np.ndarray:
        return np.array([gate.tonnes() for gate in self.gates])

    @property
    def queued_t(self) -> float:
        return float(self.queue_t.sum())

    @property
    def in_transit_t(self) -> float:
        return sum(item.tonnes for *_, item in self.events if isinstance(item, Consignment))

    # -- events ------------------------------------------------------------------------------------------------------------

    def play(self, until_h: float) -> None:
        while self.events and self.events[0][0] < until_h:
            time_h, kind, _, item = heapq.heappop(self.events)
            self.n_events += 1
            if isinstance(item, Gate):
                item.wake_h = math.inf
                self.serve(item, time_h, is_gate=True)
            elif kind == END:
                gate = self.gates[self.arcs.facility[item.arc]]
                gate.busy -= 1
                self.pass_on(item, time_h)
                self.serve(gate, time_h)
            else:
                self.arrive(item, time_h)
        self.now_h = until_h

    def at(self, time_h: float, kind: int, item: "Consignment | Gate") -> None:
        uid = int(self.facilities.key[item.row]) if isinstance(item, Gate) else item.key
        heapq.heappush(self.events, (time_h, kind, uid, item))

    def arrive(self, consignment: Consignment, time_h: float) -> None:
        if consignment.place == len(consignment.path):
            self.deliver(consignment, time_h)
            return
        consignment.since_h = time_h
        row = self.arcs.facility[consignment.arc]
        gate = self.gates[row]
        is_full = len(gate.queue) >= self.facilities.queue_max[row]
        if self.can_start_at_once(gate, time_h):
            self.start(gate, consignment, time_h)
        elif is_full and self.rows[consignment.arc] < 0:
            self.redirect(consignment, -2, time_h)
        elif (is_full or not gate.is_open) and self.detour(consignment, gate.queue) != -1:
            self.redirect(consignment, self.detour(consignment, gate.queue), time_h)
        else:
            gate.queue.append(consignment)
            self.serve(gate, time_h)

    def can_start_at_once(self, gate: Gate, time_h: float) -> bool:
        has_servers = self.facilities.headway_h[gate.row] == 0.0
        return (
            has_servers and not gate.queue and self.has_server(gate) and gate.is_open and self.in_window(gate, time_h)
        )

    def has_server(self, gate: Gate) -> bool:
        return gate.busy < int(self.facilities.servers[gate.row])

    def serve(self, gate: Gate, time_h: float, is_gate: bool = False) -> None:
        headway_h = float(self.facilities.headway_h[gate.row])
        if gate.is_open and self.in_window(gate, time_h):
            if headway_h == 0.0:
                while gate.queue and self.has_server(gate):
                    consignment = gate.in_line()[0]
                    gate.queue.remove(consignment)
                    self.start(gate, consignment, time_h)
            elif math.isinf(headway_h):
                while gate.queue and (self.is_full(gate) or self.is_overdue(gate, time_h)):
                    self.depart(gate, time_h, self.facilities.places_t[gate.row])
            elif is_gate and gate.queue:
                self.depart_by_timetable(gate, time_h)
        self.arrange_wake(gate, time_h)

    def is_full(self, gate: Gate) -> bool:
        return gate.tonnes() >= float(self.facilities.places_t[gate.row]) * (1.0 - SLACK)

    def is_overdue(self, gate: Gate, time_h: float) -> bool:
        return time_h >= gate.oldest_h() + float(self.facilities.longest_wait_h[gate.row])

    def depart_by_timetable(self, gate: Gate, time_h: float) -> None:
        places_t, least_t = self.facilities.places_t[gate.row], self.facilities.minimum_load_t[gate.row]
        if gate.tonnes() >= min(least_t, places_t) * (1.0 - SLACK) or self.is_overdue(gate, time_h):
            room_t = places_t - gate.debt_t
            gate.debt_t = max(-room_t, 0.0)
            if room_t > 0.0:
                gate.debt_t = max(-self.depart(gate, time_h, room_t), 0.0)

    def depart(self, gate: Gate, time_h: float, room_t: float) -> float:
        """Board in order until the next does not fit; a lot larger than the places goes alone. Returns the room left."""
        places_t = self.facilities.places_t[gate.row]
        for number, consignment in enumerate(gate.in_line()):
            is_alone = number == 0 and consignment.tonnes > places_t
            if not is_alone and consignment.tonnes > room_t + SLACK * places_t:
                break
            gate.queue.remove(consignment)
            room_t -= consignment.tonnes
            self.enter(consignment, consignment.arc, time_h - consignment.since_h)
            self.pass_on(consignment, time_h)
        return float(room_t)

    def arrange_wake(self, gate: Gate, time_h: float) -> None:
        if not gate.queue or not gate.is_open or gate.wake_h < math.inf:
            return
        headway_h = float(self.facilities.headway_h[gate.row])
        if 0.0 < headway_h < math.inf:
            gate.wake_h = self.next_departure(gate, time_h)
        elif not self.in_window(gate, time_h):
            gate.wake_h = self.next_opening(gate, time_h)
        elif headway_h > 0.0:
            gate.wake_h = gate.oldest_h() + float(self.facilities.longest_wait_h[gate.row])
        if gate.wake_h < math.inf:
            self.at(gate.wake_h, GATE, gate)

    # -- hours -------------------------------------------------------------------------------------------------------------

    def openings(self, gate: Gate, time_h: float) -> list[tuple[float, float]]:
        """The windows around an hour, from two days before to two days after."""
        opens, closes = float(self.facilities.opens_h[gate.row]), float(self.facilities.closes_h[gate.row])
        day = math.floor(time_h / 24.0)
        later = 0.0 if opens < closes else 24.0
        return [(24.0 * d + opens, 24.0 * d + later + closes) for d in range(day - 2, day + 3)]

    def in_window(self, gate: Gate, time_h: float) -> bool:
        if self.facilities.opens_h[gate.row] <= 0.0 and self.facilities.closes_h[gate.row] >= 24.0:
            return True
        return any(opens <= time_h < closes for opens, closes in self.openings(gate, time_h))

    def next_opening(self, gate: Gate, time_h: float) -> float:
        return min(opens for opens, _ in self.openings(gate, time_h) if opens > time_h)

    def next_departure(self, gate: Gate, time_h: float) -> float:
        """Each departure of the timetable, held until the window opens; the first of these hours after ``time_h``."""
        headway_h = float(self.facilities.headway_h[gate.row])
        number = max(math.floor((time_h - 48.0) / headway_h) - 1, 0)
        while True:
            due_h = number * headway_h
            held_h = due_h if self.in_window(gate, due_h) else self.next_opening(gate, due_h)
            if held_h > time_h:
                return held_h
            number += 1

    # -- one consignment ---------------------------------------------------------------------------------------------------

    def draw(self, process: Process, consignment: Consignment, arc: int) -> float:
        state = mix(np.uint64(self.seed), np.uint64(process))
        for key in (consignment.key, int(self.arcs.key[arc]), consignment.visit):
            state = mix(np.uint64(state), np.uint64(key))
        return float(uniform(np.uint64(state)))

    def vehicles(self, consignment: Consignment, arc: int) -> float:
        if consignment.vehicles > 0.0:
            return consignment.vehicles
        return consignment.tonnes * float(1.0 / self.arcs.payload_t[arc, consignment.cargo_class])

    def start(self, gate: Gate, consignment: Consignment, time_h: float) -> None:
        arc = consignment.arc
        self.enter(consignment, arc, time_h - consignment.since_h)
        if gate.service_h == 0.0:
            self.pass_on(consignment, time_h)
            return
        gate.busy += 1
        vehicles = self.vehicles(consignment, arc)
        law, cv = int(self.facilities.law[gate.row]), float(self.facilities.cv[gate.row])
        factor = service_factor(self.draw(Process.SERVICE, consignment, arc), law, cv, vehicles, gamma_table())
        service_h = vehicles * gate.service_h * factor
        if consignment.vehicles > 1.0:  # background moves in lots, but is published one vehicle at a time
            consignment.since_h += service_h * (1.0 - 1.0 / vehicles)
        self.at(time_h + service_h, END, consignment)

    def enter(self, consignment: Consignment, arc: int, wait_h: float) -> None:
        vehicles = self.vehicles(consignment, arc)
        self.entered_t[arc] += consignment.tonnes
        self.entered_n[arc] += 1
        self.wait_vehicle_h[arc] += vehicles * wait_h

    def cross(self, consignment: Consignment, arc: int, since_h: float, time_h: float) -> float:
        consignment.legs.append((time_h, arc))
        if self.dwell_h[arc] > 0.0:
            variance = float(np.log1p(self.arcs.dwell_cv[arc] ** 2))
            z = inverse_normal(self.draw(Process.DWELL, consignment, arc)) if variance > 0.0 else 0.0
            time_h += math.exp(math.log(self.dwell_h[arc]) - variance / 2.0 + math.sqrt(variance) * z)
        time_h += float(self.arcs.free_time_h[arc]) * self.factor[arc]
        vehicles, total_h = self.vehicles(consignment, arc), time_h - since_h
        self.passed_vehicles[arc] += vehicles
        self.time_vehicle_h[arc] += vehicles * total_h
        self.time_sq_vehicle_h2[arc] += vehicles * total_h**2
        return time_h

    def pass_on(self, consignment: Consignment, time_h: float) -> None:
        consignment.legs = []
        time_h = self.cross(consignment, consignment.arc, consignment.since_h, time_h)
        consignment.place += 1
        self.walk(consignment, time_h)

    def walk(self, consignment: Consignment, time_h: float) -> None:
        while consignment.place < len(consignment.path) and self.arcs.facility[consignment.arc] < 0:
            self.enter(consignment, consignment.arc, 0.0)
            time_h = self.cross(consignment, consignment.arc, time_h, time_h)
            consignment.place += 1
        is_awaited = consignment.vehicles == 0.0 and not consignment.is_empty
        if consignment.place < len(consignment.path) or is_awaited:
            self.at(time_h, ARRIVE, consignment)

    def detour(self, consignment: Consignment, ahead: list[Consignment]) -> int:
        row = int(self.rows[consignment.arc])
        if row < 0 or consignment.turns >= 200:
            return -1
        cell = row, self.arcs.to_state[consignment.path[-1]], consignment.cargo_class
        if sum(self.vehicles(other, other.arc) for other in ahead) < self.patience[cell]:
            return -1
        choice = int(self.table[cell])
        return -1 if choice >= 0 and self.routes.path(choice)[0] == consignment.arc else choice

    def redirect(self, consignment: Consignment, choice: int, time_h: float) -> None:
        if choice < 0:
            self.lost_t += consignment.tonnes
            return
        new = self.routes.path(choice)
        if consignment.turns > 0 or set(new) & set(consignment.path[: consignment.place]):
            consignment.visit += 1
        consignment.turns += 1
        consignment.route, consignment.path, consignment.place, consignment.legs = choice, new, 0, []
        self.walk(consignment, time_h)

    def deliver(self, c: Consignment, time_h: float) -> None:
        if c.vehicles == 0.0 and not c.is_empty:
            self.delivered_t += c.tonnes
            self.done.append((c.shipper, c.first_route, c.route, c.tonnes, c.dispatched_h, time_h))
