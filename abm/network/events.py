"""The event loader: consignments move through arcs and facilities by exact event times.

A consignment walks arcs without a facility at once, adding up their time, and stops at the next arc with one. There it starts
only under the rate, status and window of *that* hour, so that nothing marches through a border that has closed meanwhile.
Events: ARRIVE (at a facility or at the destination), END (of service), GATE (window opens, departure, longest wait is over).
The slow twin is ``tests/reference/heap_loader.py``.
"""

import numpy as np

from abm.kernels import kernel, kernel_loop, kernel_part
from abm.network.arcs import Bytes, Floats, Int32s, Keys
from abm.network.consignments import ARRIVE, END, N_PRIORITIES, Index, State, Table
from abm.network.events_calendar import bucket_of, next_bucket, pop
from abm.network.events_gates import is_inside_window
from abm.network.events_moves import go_on, move_on, set_out, start
from abm.network.events_queue import arc_of, enqueue, leave, release, tonnes_of, vehicles_of
from abm.network.events_serving import serve, serve_here

#: A consignment turns to another route at most so many times; then it stays where it is.
MOST_TURNS = 200
WAIT, LOST = -1, -2
#: What follows an arrival instead of an hour: nothing, or a look at who may start.
NOTHING, WOKEN = -1.0, -2.0


@kernel
def add(total: float, rest: float, value: float) -> tuple[float, float]:
    """Neumaier's sum ``(total, rest)``, so that the tonnes of millions of lots still add up."""
    new = total + value
    rest += (total - new) + value if abs(total) >= abs(value) else (value - new) + total
    return new, rest


@kernel_part
def _detour(state: State, slot: Index, arc: Index, vehicles_ahead: float) -> Index:
    """What the detour table says for a consignment before an arc: a route, ``WAIT`` or ``LOST``.

    Who has fewer vehicles ahead in the line than the table's patience waits.
    """
    row = state.arcs[arc].detour_row
    record = state.records[slot]
    if row < 0 or record.turns >= MOST_TURNS:
        return np.int64(WAIT)
    last = state.path[state.starts[record.route + 1] - 1]
    destination = state.arcs[last].to_state
    if vehicles_ahead < state.patience[row, destination, record.cargo_class]:
        return np.int64(WAIT)
    choice = np.int64(state.detours[row, destination, record.cargo_class])
    if choice >= 0 and state.path[state.starts[choice]] == arc:
        return np.int64(WAIT)
    return choice


@kernel_part
def _turn(state: State, slot: Index, route: Index, time_h: float) -> None:
    """Take another route from here. ``visit`` rises if it may pass an arc a second time, so that its draws are fresh there."""
    record = state.records[slot]
    begin = state.starts[record.route]
    is_return = record.turns > 0
    for new in range(state.starts[route], state.starts[route + 1]):
        for old in range(begin, record.place):
            is_return = is_return or state.path[new] == state.path[old]
    record.visit += is_return
    record.turns += 1
    record.route = route
    set_out(state, slot, time_h)


@kernel_loop
def _redirect(state: State, slot: Index, choice: Index, time_h: float) -> None:
    """Turn to a route, or be lost for want of one."""
    if choice >= 0:
        _turn(state, slot, choice, time_h)
        return
    clock = state.clock[0]
    clock.lost_t, clock.lost_rest_t = add(clock.lost_t, clock.lost_rest_t, tonnes_of(state, slot))
    release(state, slot)


@kernel_part
def _deliver(state: State, slot: Index, time_h: float) -> None:
    record, origin, clock = state.records[slot], state.origins[slot], state.clock[0]
    if record.background == 0:
        row = state.delivered[clock.n_delivered]
        clock.n_delivered += 1
        row.shipper = origin.shipper
        row.route = origin.first_route
        row.final_route = record.route
        row.tonnes = record.load
        row.dispatched_h = origin.dispatched_h
        row.delivered_h = time_h
        clock.delivered_t, clock.delivered_rest_t = add(clock.delivered_t, clock.delivered_rest_t, record.load)
    release(state, slot)


@kernel_part
def _arrive(state: State, slot: Index, time_h: float) -> float:
    """Come to a facility. Returns the hour of the next event if it starts at once, else -1."""
    record = state.records[slot]
    arc, facility = np.int64(record.arc), np.int64(record.facility)
    gate = state.facilities[facility]
    record.since_h = time_h
    is_ready = gate.is_open != 0 and gate.headway_h == 0.0 and is_inside_window(state, facility, time_h)
    if is_ready and gate.queue_n == 0 and gate.busy < gate.servers:
        return start(state, facility, slot, arc, time_h)
    is_full = gate.queue_n >= gate.queue_max
    choice = _detour(state, slot, arc, gate.queue_vehicles) if gate.is_open == 0 or is_full else np.int64(WAIT)
    if is_full and state.arcs[arc].detour_row < 0:
        choice = np.int64(LOST)  # a car park of a textbook: nobody has thought about ways round
    if choice != WAIT:
        _redirect(state, slot, choice, time_h)
        return NOTHING
    enqueue(state, facility, slot)
    return WOKEN if not is_ready else NOTHING


@kernel_part
def _step(state: State, slot: Index, time_h: float) -> None:
    """Play one event."""
    record = state.records[slot]
    kind = record.kind
    if kind == ARRIVE and record.arc < 0:
        _deliver(state, slot, time_h)
        return
    next_h = WOKEN
    facility = np.int64(slot)
    is_departure = False
    if kind == ARRIVE:
        facility = np.int64(record.facility)
        next_h = _arrive(state, slot, time_h)
    elif kind == END:
        facility = np.int64(record.facility)
        state.facilities[facility].busy -= 1
        next_h = move_on(state, slot, np.int64(record.arc), time_h)
    else:
        gate = state.facilities[facility]
        gate.gate_h = np.inf
        is_departure = 0.0 < gate.headway_h < np.inf
    if next_h >= 0.0:
        go_on(state, slot, next_h)
        if kind == ARRIVE:
            return
    if next_h != NOTHING and state.facilities[facility].queue_n > 0:
        serve_here(state, facility, time_h, is_departure)


@kernel_loop
def _reconsider(state: State, time_h: float) -> None:
    """Before a shut gate everybody looks round; before an open one those who found no place in line."""
    for facility in range(state.facilities.shape[0]):
        gate = state.facilities[facility]
        places = np.int64(gate.queue_max) if gate.is_open else np.int64(0)
        n_ahead, vehicles_ahead = np.int64(0), 0.0
        for priority in range(N_PRIORITIES):
            before, slot = np.int64(-1), np.int64(gate.heads[priority])
            while slot >= 0:
                following = np.int64(state.records[slot].next)
                arc = arc_of(state, slot)
                choice = _detour(state, slot, arc, vehicles_ahead) if n_ahead >= places else np.int64(WAIT)
                if choice == WAIT:
                    before = slot
                    n_ahead += 1
                    vehicles_ahead += vehicles_of(state, slot, arc)
                else:
                    leave(state, facility, slot, before)
                    _redirect(state, slot, choice, time_h)
                slot = following


@kernel_loop
def has_fault(
    now_h: float, n_classes: Index, n_routes: Index, time_h: Floats, tonnes: Floats, vehicles: Floats, cargo_class: Bytes,
    priority: Bytes, route: Int32s,
) -> bool:  # fmt: skip
    """Whether any order must be refused; ``EventMovement`` says which, and why."""
    for i in range(time_h.shape[0]):
        is_fine = now_h <= time_h[i] < np.inf and 0.0 <= tonnes[i] < np.inf and 0.0 <= vehicles[i] < np.inf
        is_fine = is_fine and (tonnes[i] == 0.0 or vehicles[i] == 0.0) and 0 <= priority[i] < N_PRIORITIES
        if not (is_fine and 0 <= cargo_class[i] < n_classes and 0 <= route[i] < n_routes):
            return True
    return False


@kernel_loop
def dispatch(
    state: State, shipper: Int32s, key: Keys, time_h: Floats, tonnes: Floats, vehicles: Floats, cargo_class: Bytes,
    priority: Bytes, route: Int32s,
) -> None:  # fmt: skip
    """Consignments set out; there must be a free slot for each."""
    clock = state.clock[0]
    for i in range(shipper.shape[0]):
        clock.n_free -= 1
        slot = np.int64(state.free[clock.n_free])
        record, origin = state.records[slot], state.origins[slot]
        origin.dispatched_h, origin.shipper, origin.first_route = time_h[i], shipper[i], route[i]
        record.key, record.route, record.cargo_class, record.priority = key[i], route[i], cargo_class[i], priority[i]
        record.background = vehicles[i] > 0.0
        record.load = vehicles[i] if record.background else tonnes[i]
        record.turns = record.visit = 0
        clock.dispatched_t, clock.dispatched_rest_t = add(
            clock.dispatched_t, clock.dispatched_rest_t, tonnes_of(state, slot)
        )
        set_out(state, slot, time_h[i])


@kernel_loop
def play(state: State, until_h: float, woken: Index, is_reconsidering: bool) -> None:
    """All that happens, behind one door (so that it is compiled once).

    woken: a facility that has opened at ``until_h``, -1 for none. is_reconsidering: who queues before a shut arc, or outside a
    full one, with a detour row leaves if the table says so. Then all events with time < ``until_h`` in total order.
    """
    clock = state.clock[0]
    if woken >= 0:
        serve(state, woken, until_h, np.bool_(False))
    if is_reconsidering:
        _reconsider(state, until_h)
    last = bucket_of(until_h)
    while True:
        while clock.heap_size > 0 and state.heap[0].time_h < until_h:
            time_h = state.heap[0].time_h
            clock.n_events += 1
            _step(state, pop(state), time_h)
        if clock.bucket >= last:
            break
        next_bucket(state, last)


@kernel
def tonnes_in_transit(records: Table, first_slot: int) -> float:
    """Tonnes of the consignments that move or are being served, counted afresh."""
    total = 0.0
    for slot in range(first_slot, records.shape[0]):
        record = records[slot]
        if record.background == 0 and (record.kind == ARRIVE or record.kind == END):
            total += record.load
    return total
