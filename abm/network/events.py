"""The event loader: consignments move through arcs and facilities by exact event times.

A consignment walks arcs without a facility at once, adding up their time, and stops at the next arc with one. There it starts
only under the rate, status and window of *that* hour, so that nothing marches through a border that has closed meanwhile.
Events: ARRIVE (at a facility or at the destination), END (of service), GATE (window opens, departure, longest wait is over).
The slow twin is ``tests/reference/heap_loader.py``.
"""

import math

import numpy as np

from abm.kernels import kernel
from abm.network.arcs import Floats, Int32s
from abm.network.consignments import (
    ARRIVE,
    BUCKET,
    DELIVERED_T,
    DISPATCHED_T,
    END,
    FREE,
    FREE_SLOT,
    GATE,
    HEAP_SIZE,
    LOST_T,
    N_DELIVERED,
    N_EVENTS,
    N_UNDER_WAY,
    State,
)
from abm.network.events_calendar import bucket_of, next_bucket, pop, schedule
from abm.network.events_gates import LOAD_SLACK, is_inside_window, may_start, next_departure, next_opening
from abm.network.events_queue import arc_of, enqueue, first, leave, oldest_since, tonnes_of, vehicles_of
from abm.network.laws import service_factor
from abm.randomness import inverse_normal, mix, uniform

#: A consignment turns to another route at most so many times; then it stays where it is.
MOST_TURNS = 200
WAIT, LOST = -1, -2
_SERVICE_STREAM, _DWELL_STREAM = 0, 1


@kernel
def _add(state: State, place: int, value: float) -> None:
    """Neumaier's sum: millions of lots later, dispatched still equals delivered + in transit + queued + lost."""
    total = state.totals[place]
    new = total + value
    if abs(total) >= abs(value):
        state.totals[place + 1] += (total - new) + value
    else:
        state.totals[place + 1] += (value - new) + total
    state.totals[place] = new


@kernel
def _draw(state: State, stream: int, slot: int, arc: int) -> float:
    """The uniform of (seed, process, consignment, arc, visit)."""
    record = state.records[slot]
    return uniform(mix(mix(mix(state.streams[stream], record.key), state.arcs[arc].key), np.uint64(record.visit)))


@kernel
def _release(state: State, slot: int) -> None:
    record = state.records[slot]
    record.kind = FREE
    record.next = state.counts[FREE_SLOT]
    state.counts[FREE_SLOT] = slot
    state.counts[N_UNDER_WAY] -= 1


@kernel
def _enter(state: State, slot: int, arc: int, wait_h: float) -> None:
    """Book the entry into an arc: nothing may call this for the arc of a closed facility."""
    row = state.arcs[arc]
    vehicles = vehicles_of(state, slot, arc)
    row.entered_t += tonnes_of(state, slot)
    row.entered_n += 1
    row.passed_vehicles += vehicles
    row.wait_vehicle_h += vehicles * wait_h


@kernel
def _cross(state: State, slot: int, arc: int, since_h: float, time_h: float) -> float:
    """Dwell and move over an arc from ``time_h`` on; book its whole time since ``since_h``. Returns the hour at its end."""
    row = state.arcs[arc]
    if row.dwell_h > 0.0:
        z = inverse_normal(_draw(state, _DWELL_STREAM, slot, arc)) if row.dwell_sigma > 0.0 else 0.0
        time_h += math.exp(row.dwell_mu + row.dwell_sigma * z)
    time_h += row.free_time_h * row.time_factor
    vehicles = vehicles_of(state, slot, arc)
    total_h = time_h - since_h
    row.time_vehicle_h += vehicles * total_h
    row.time_sq_vehicle_h2 += vehicles * total_h * total_h
    return time_h


@kernel
def _walk(state: State, slot: int, time_h: float) -> None:
    """Pass all arcs up to the next facility, or the destination, and arrive there later."""
    record = state.records[slot]
    start, end = state.starts[record.route], state.starts[record.route + 1]
    place = start + record.position
    while place < end:
        arc = state.path[place]
        if state.arcs[arc].facility >= 0:
            break
        _enter(state, slot, arc, 0.0)
        time_h = _cross(state, slot, arc, time_h, time_h)
        place += 1
    record.position = place - start
    record.kind = ARRIVE
    schedule(state, slot, time_h)


@kernel
def _pass_on(state: State, slot: int, arc: int, time_h: float) -> None:
    """Leave the facility of an arc behind: dwell, line-haul, then on."""
    record = state.records[slot]
    time_h = _cross(state, slot, arc, record.since_h, time_h)
    record.position += 1
    _walk(state, slot, time_h)


@kernel
def _start(state: State, facility: int, slot: int, arc: int, time_h: float) -> None:
    """Begin service; with no service time it is over at once and needs no event."""
    record = state.records[slot]
    gate = state.facilities[facility]
    _enter(state, slot, arc, time_h - record.since_h)
    if gate.service_h <= 0.0:
        _pass_on(state, slot, arc, time_h)
        return
    vehicles = vehicles_of(state, slot, arc)
    u = _draw(state, _SERVICE_STREAM, slot, arc)
    gate.busy += 1
    record.kind = END
    factor = service_factor(u, gate.law, gate.cv, vehicles, state.gamma_table)
    schedule(state, slot, time_h + vehicles * gate.service_h * factor)


@kernel
def _depart(state: State, facility: int, time_h: float, is_timetable: bool) -> None:
    """One departure: board in order while there are places. Nobody overtakes; a lot larger than the places takes several departures."""
    gate = state.facilities[facility]
    room_t = gate.places_t
    if is_timetable and gate.debt_t > 0.0:
        room_t -= gate.debt_t
        gate.debt_t = max(-room_t, 0.0)
        if room_t <= 0.0:
            return
    slack_t = LOAD_SLACK * gate.places_t
    is_empty = True
    slot = first(state, facility)
    while slot >= 0:
        load_t = tonnes_of(state, slot)
        if load_t > room_t + slack_t and not (is_empty and load_t > gate.places_t):
            break
        arc = arc_of(state, slot)
        leave(state, facility, slot, -1)
        _enter(state, slot, arc, time_h - state.records[slot].since_h)
        _pass_on(state, slot, arc, time_h)
        room_t -= load_t
        is_empty = False
        slot = first(state, facility)
    if is_timetable and room_t < -slack_t:
        gate.debt_t = -room_t


@kernel
def _is_overdue(state: State, facility: int, time_h: float) -> bool:
    """Whether the first in line has waited as long as a departure may make anybody wait."""
    return time_h >= oldest_since(state, facility) + state.facilities[facility].longest_wait_h


@kernel
def _arm(state: State, facility: int, time_h: float) -> None:
    """See to it that somebody who waits for an hour, not for another consignment, is woken by a gate event."""
    gate = state.facilities[facility]
    if gate.queue_n == 0 or gate.is_open == 0 or gate.gate_h < np.inf:
        return
    due_h = np.inf
    if 0.0 < gate.headway_h < np.inf:
        due_h = next_departure(state, facility, time_h)
    elif not is_inside_window(state, facility, time_h):
        due_h = next_opening(state, facility, time_h)
    elif gate.headway_h > 0.0:
        due_h = oldest_since(state, facility) + gate.longest_wait_h
    if due_h < np.inf:
        gate.gate_h = due_h
        state.records[facility].kind = GATE
        schedule(state, facility, due_h)


@kernel
def serve(state: State, facility: int, time_h: float) -> None:
    """Start whatever can start now, and arrange for the rest to be woken."""
    gate = state.facilities[facility]
    if may_start(state, facility, time_h):
        if gate.headway_h == 0.0:
            while gate.queue_n > 0 and gate.busy < gate.servers:
                slot = first(state, facility)
                arc = arc_of(state, slot)
                leave(state, facility, slot, -1)
                _start(state, facility, slot, arc, time_h)
        elif gate.headway_h == np.inf:
            full_t = gate.places_t * (1.0 - LOAD_SLACK)
            while gate.queue_n > 0 and (gate.queue_t >= full_t or _is_overdue(state, facility, time_h)):
                _depart(state, facility, time_h, False)
    _arm(state, facility, time_h)


@kernel
def _gate(state: State, facility: int, time_h: float) -> None:
    gate = state.facilities[facility]
    gate.gate_h = np.inf
    if 0.0 < gate.headway_h < np.inf and may_start(state, facility, time_h):
        enough_t = min(gate.minimum_load_t, gate.places_t) * (1.0 - LOAD_SLACK)
        if gate.queue_t >= enough_t or _is_overdue(state, facility, time_h):
            _depart(state, facility, time_h, True)
    serve(state, facility, time_h)


@kernel
def _detour(state: State, slot: int, arc: int) -> int:
    """What the detour table says for a consignment before an arc: a route, ``WAIT`` or ``LOST``."""
    row = state.arcs[arc].detour_row
    record = state.records[slot]
    if row < 0 or record.turns >= MOST_TURNS:
        return WAIT
    last = state.path[state.starts[record.route + 1] - 1]
    choice = state.detours[row, state.arcs[last].to_state, record.cargo_class]
    if choice >= 0 and state.path[state.starts[choice]] == arc:
        return WAIT
    return choice


@kernel
def _turn(state: State, slot: int, route: int, time_h: float) -> None:
    """Take another route from here. ``visit`` rises if it may lead over an arc a second time, so that its draws are fresh there."""
    record = state.records[slot]
    start = state.starts[record.route]
    is_return = record.turns > 0
    for new in range(state.starts[route], state.starts[route + 1]):
        for old in range(start, start + record.position):
            is_return = is_return or state.path[new] == state.path[old]
    record.visit += is_return
    record.turns += 1
    record.route = route
    record.position = 0
    _walk(state, slot, time_h)


@kernel
def _lose(state: State, slot: int) -> None:
    _add(state, LOST_T, tonnes_of(state, slot))
    _release(state, slot)


@kernel
def _deliver(state: State, slot: int, time_h: float) -> None:
    record = state.records[slot]
    if record.background == 0:
        row = state.delivered[state.counts[N_DELIVERED]]
        state.counts[N_DELIVERED] += 1
        row.shipper = record.shipper
        row.route = record.first_route
        row.final_route = record.route
        row.tonnes = record.load
        row.dispatched_h = record.dispatched_h
        row.delivered_h = time_h
        _add(state, DELIVERED_T, record.load)
    _release(state, slot)


@kernel
def _redirect(state: State, slot: int, choice: int, time_h: float) -> None:
    if choice >= 0:
        _turn(state, slot, choice, time_h)
    else:
        _lose(state, slot)


@kernel
def _arrive(state: State, slot: int, time_h: float) -> None:
    record = state.records[slot]
    if state.starts[record.route] + record.position == state.starts[record.route + 1]:
        _deliver(state, slot, time_h)
        return
    arc = arc_of(state, slot)
    facility = state.arcs[arc].facility
    gate = state.facilities[facility]
    record.since_h = time_h
    if gate.is_open == 0:
        choice = _detour(state, slot, arc)
        if choice != WAIT:
            _redirect(state, slot, choice, time_h)
            return
    is_served = gate.headway_h == 0.0 and gate.queue_n == 0 and gate.busy < gate.servers
    if is_served and may_start(state, facility, time_h):
        _start(state, facility, slot, arc, time_h)
    elif gate.queue_n >= gate.queue_max:
        _redirect(state, slot, _detour(state, slot, arc), time_h)
    else:
        enqueue(state, facility, slot)
        serve(state, facility, time_h)


@kernel
def _end(state: State, slot: int, time_h: float) -> None:
    arc = arc_of(state, slot)
    facility = state.arcs[arc].facility
    state.facilities[facility].busy -= 1
    _pass_on(state, slot, arc, time_h)
    if state.facilities[facility].queue_n > 0:
        serve(state, facility, time_h)


@kernel
def play(state: State, until_h: float) -> None:
    """Play all events with time < ``until_h`` in total order."""
    last = bucket_of(until_h)
    while True:
        while state.counts[HEAP_SIZE] > 0 and state.heap_h[0] < until_h:
            time_h = state.heap_h[0]
            slot = pop(state)
            state.counts[N_EVENTS] += 1
            kind = state.records[slot].kind
            if kind == ARRIVE:
                _arrive(state, slot, time_h)
            elif kind == END:
                _end(state, slot, time_h)
            else:
                _gate(state, slot, time_h)
        if state.counts[BUCKET] >= last:
            break
        next_bucket(state, last)


@kernel
def reconsider(state: State, time_h: float) -> None:
    """Who queues before an arc with a detour row takes the detour, or is lost, if the table says so."""
    for facility in range(state.heads.shape[0]):
        for priority in range(state.heads.shape[1]):
            before, slot = -1, state.heads[facility, priority]
            while slot >= 0:
                following = state.records[slot].next
                choice = _detour(state, slot, arc_of(state, slot))
                if choice == WAIT:
                    before = slot
                else:
                    leave(state, facility, slot, before)
                    _redirect(state, slot, choice, time_h)
                slot = following


@kernel
def dispatch(
    state: State,
    shipper: Int32s,
    key: "np.typing.NDArray[np.uint64]",
    time_h: Floats,
    tonnes: Floats,
    vehicles: Floats,
    small: "np.typing.NDArray[np.int8]",
    route: Int32s,
) -> None:
    """Give each order a slot and send it on its way; ``small[n, 2]`` holds cargo class and priority. The slots must suffice."""
    for i in range(shipper.shape[0]):
        slot = state.counts[FREE_SLOT]
        record = state.records[slot]
        state.counts[FREE_SLOT] = record.next
        state.counts[N_UNDER_WAY] += 1
        is_background = vehicles[i] > 0.0
        record.dispatched_h = time_h[i]
        record.since_h = time_h[i]
        record.load = vehicles[i] if is_background else tonnes[i]
        record.background = is_background
        record.key = key[i]
        record.shipper = shipper[i]
        record.route = route[i]
        record.first_route = route[i]
        record.position = 0
        record.cargo_class = small[i, 0]
        record.priority = small[i, 1]
        record.turns = 0
        record.visit = 0
        _add(state, DISPATCHED_T, tonnes_of(state, slot))
        _walk(state, slot, time_h[i])


@kernel
def tonnes_in_transit(state: State, first_slot: int) -> float:
    """Tonnes of the consignments that move or are being served, counted afresh."""
    total = 0.0
    for slot in range(first_slot, state.records.shape[0]):
        kind = state.records[slot].kind
        if kind == ARRIVE or kind == END:
            total += tonnes_of(state, slot)
    return total
