"""How one consignment moves: entering arcs, service, dwell, line-haul, up to the next facility."""

import math

import numpy as np

from abm.kernels import kernel_part
from abm.network.consignments import ARRIVE, END, Index, State
from abm.network.events_calendar import schedule
from abm.network.events_queue import release, tonnes_of, vehicles_of
from abm.network.laws import service_factor
from abm.randomness import inverse_normal, mix, uniform


@kernel_part
def _draw(state: State, stream: np.uint64, slot: Index, arc: Index) -> float:
    """The uniform of (seed, process, consignment, arc, visit)."""
    record = state.records[slot]
    return uniform(mix(mix(mix(stream, record.key), state.arcs[arc].key), np.uint64(record.visit)))


@kernel_part
def _enter(state: State, slot: Index, arc: Index, wait_h: float) -> None:
    """Book the entry into an arc: nothing may call this for the arc of a closed facility."""
    row = state.arcs[arc]
    vehicles = vehicles_of(state, slot, arc)
    row.entered_t += tonnes_of(state, slot)
    row.entered_n += 1
    row.wait_vehicle_h += vehicles * wait_h


@kernel_part
def dwell_h(state: State, slot: Index, arc: Index) -> float:
    """The hours that a consignment dwells on an arc, as it is now."""
    row = state.arcs[arc]
    if row.dwell_h <= 0.0:
        return 0.0
    z = 0.0
    if row.dwell_sigma > 0.0:
        z = inverse_normal(_draw(state, state.clock[0].dwell_stream, slot, arc))
    return math.exp(row.dwell_mu + row.dwell_sigma * z)


@kernel_part
def _cross(state: State, slot: Index, arc: Index, since_h: float, time_h: float) -> float:
    """Dwell and move over an arc from ``time_h`` on; book its whole time since ``since_h``. Returns the hour at its end."""
    row = state.arcs[arc]
    time_h += dwell_h(state, slot, arc)
    time_h += row.free_time_h * row.time_factor
    vehicles = vehicles_of(state, slot, arc)
    total_h = time_h - since_h
    row.passed_vehicles += vehicles
    row.time_vehicle_h += vehicles * total_h
    row.time_sq_vehicle_h2 += vehicles * total_h * total_h
    return time_h


@kernel_part
def _walk(state: State, slot: Index, place: Index, time_h: float) -> float:
    """Pass arcs without a facility, up to the next facility or the destination; returns the hour of arrival there."""
    record = state.records[slot]
    end = np.int64(state.starts[record.route + 1])
    arc, facility = np.int64(-1), np.int64(-1)
    while place < end:
        arc = np.int64(state.path[place])
        facility = np.int64(state.arcs[arc].facility)
        if facility >= 0:
            break
        _enter(state, slot, arc, 0.0)
        time_h = _cross(state, slot, arc, time_h, time_h)
        arc = np.int64(-1)
        place += 1
    record.place = place
    record.arc = arc
    record.facility = facility
    record.kind = ARRIVE
    return time_h


@kernel_part
def move_on(state: State, slot: Index, arc: Index, time_h: float) -> float:
    """The facility of this arc lies behind: dwell, line-haul, and on to the next facility, or the destination.

    Returns the hour of arrival there, which is to be scheduled.
    """
    record = state.records[slot]
    time_h = _cross(state, slot, arc, record.since_h, time_h)
    return _walk(state, slot, np.int64(record.place) + 1, time_h)


@kernel_part
def start(state: State, facility: Index, slot: Index, arc: Index, time_h: float) -> float:
    """Enter an arc through its facility. Returns the hour of the next event, which is to be scheduled.

    That is the end of service; without a service time it is over at once, and the next event is the arrival further on.
    """
    record = state.records[slot]
    gate = state.facilities[facility]
    _enter(state, slot, arc, time_h - record.since_h)
    if gate.headway_h > 0.0 or gate.service_h <= 0.0:
        return move_on(state, slot, arc, time_h)
    gate.busy += 1
    record.kind = END
    u = _draw(state, state.clock[0].service_stream, slot, arc)
    vehicles = vehicles_of(state, slot, arc)
    factor = service_factor(u, np.int64(gate.law), gate.cv, vehicles, state.gamma_table)
    service_h: float = vehicles * gate.service_h * factor
    if record.background and vehicles > 1.0:
        # Background moves in lots to save time, but what is published is one vehicle's time, not that of the lot.
        record.since_h += service_h * (1.0 - 1.0 / vehicles)
    return time_h + service_h


@kernel_part
def go_on(state: State, slot: Index, time_h: float) -> None:
    """Schedule the next event. Background at the end of its route is awaited by nobody: its slot is free at once."""
    record = state.records[slot]
    if record.background and record.arc < 0:
        release(state, slot)
    else:
        schedule(state, slot, time_h)


@kernel_part
def set_out(state: State, slot: Index, time_h: float) -> None:
    """Walk from the beginning of the route, where nothing is entered yet."""
    go_on(state, slot, _walk(state, slot, np.int64(state.starts[state.records[slot].route]), time_h))
