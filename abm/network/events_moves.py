"""How one consignment moves: entering arcs, service, dwell, line-haul, up to the next facility."""

import math

import numpy as np

from abm.kernels import kernel_loop, kernel_part
from abm.network.consignments import ARRIVE, END, Flag, Index, State
from abm.network.events_calendar import schedule
from abm.network.events_queue import tonnes_of, vehicles_of
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
def _cross(state: State, slot: Index, arc: Index, since_h: float, time_h: float) -> float:
    """Dwell and move over an arc from ``time_h`` on; book its whole time since ``since_h``. Returns the hour at its end."""
    row = state.arcs[arc]
    if row.dwell_h > 0.0:
        z = 0.0
        if row.dwell_sigma > 0.0:
            z = inverse_normal(_draw(state, state.clock[0].dwell_stream, slot, arc))
        time_h += math.exp(row.dwell_mu + row.dwell_sigma * z)
    time_h += row.free_time_h * row.time_factor
    vehicles = vehicles_of(state, slot, arc)
    total_h = time_h - since_h
    row.passed_vehicles += vehicles
    row.time_vehicle_h += vehicles * total_h
    row.time_sq_vehicle_h2 += vehicles * total_h * total_h
    return time_h


@kernel_part
def move_on(state: State, slot: Index, time_h: float, is_on_arc: Flag) -> float:
    """Pass arcs up to the next facility, or the destination; returns the hour of arrival there, which is to be scheduled.

    ``is_on_arc``: the facility of the present arc lies behind, its dwell and line-haul come first.
    """
    record = state.records[slot]
    start, end = np.int64(state.starts[record.route]), np.int64(state.starts[record.route + 1])
    place = start + record.position
    since_h = record.since_h
    while is_on_arc or place < end:
        arc = np.int64(state.path[place])
        if not is_on_arc:
            if state.arcs[arc].facility >= 0:
                break
            _enter(state, slot, arc, 0.0)
            since_h = time_h
        time_h = _cross(state, slot, arc, since_h, time_h)
        place += 1
        is_on_arc = False
    record.position = place - start
    record.kind = ARRIVE
    return time_h


@kernel_part
def start(state: State, facility: Index, slot: Index, arc: Index, time_h: float) -> float:
    """Enter an arc through its facility. Returns the hour of the next event, which is to be scheduled.

    That is the end of service; without a service time it is over at once, and the next event is the arrival further on.
    """
    record = state.records[slot]
    gate = state.facilities[facility]
    _enter(state, slot, arc, time_h - record.since_h)
    if gate.headway_h > 0.0 or gate.service_h <= 0.0:
        return move_on(state, slot, time_h, np.bool_(True))
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


@kernel_loop
def set_out(state: State, slot: Index, time_h: float) -> None:
    """Walk from the present place in the route, where nothing is entered yet."""
    schedule(state, slot, move_on(state, slot, time_h, np.bool_(False)))
