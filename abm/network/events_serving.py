"""How a facility serves: by servers, by a timetable, or when full; and who wakes it."""

import numpy as np

from abm.kernels import kernel_loop, kernel_part
from abm.network.consignments import GATE, Flag, Index, State
from abm.network.events_calendar import schedule
from abm.network.events_gates import LOAD_SLACK, is_inside_window, may_start, next_departure, next_opening
from abm.network.events_moves import go_on, start
from abm.network.events_queue import arc_of, first, leave, oldest_since, tonnes_of


@kernel_part
def _is_overdue(state: State, facility: Index, time_h: float) -> bool:
    """Whether the first in line has waited as long as a departure may make anybody wait."""
    return bool(time_h >= oldest_since(state, facility) + state.facilities[facility].longest_wait_h)


@kernel_loop
def _arm(state: State, facility: Index, time_h: float) -> None:
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


@kernel_part
def _open_departure(state: State, facility: Index, time_h: float, is_timetable: Flag) -> None:
    """Let a departure begin to board, if one is due: by the timetable with its minimum load, or full, or overdue."""
    gate = state.facilities[facility]
    least_t = min(gate.minimum_load_t, gate.places_t) if is_timetable else gate.places_t
    if gate.queue_n > 0 and (gate.queue_t >= least_t * (1.0 - LOAD_SLACK) or _is_overdue(state, facility, time_h)):
        gate.room_t = gate.places_t + (min(gate.room_t, 0.0) if is_timetable else 0.0)
        gate.is_boarding = 1


@kernel_part
def _next_to_board(state: State, facility: Index) -> Index:
    """Who boards next, -1: nobody. Nobody overtakes; a lot larger than the places boards alone and takes several departures."""
    gate = state.facilities[facility]
    slot = first(state, facility)
    if slot < 0:
        return slot
    load_t = tonnes_of(state, slot)
    is_first = gate.is_boarding == 1
    fits = load_t <= gate.room_t + LOAD_SLACK * gate.places_t or (is_first and load_t > gate.places_t)
    if not fits or (is_first and gate.room_t <= 0.0):
        return np.int64(-1)
    gate.is_boarding = 2
    gate.room_t -= load_t
    return slot


@kernel_part
def _next_to_start(state: State, facility: Index, time_h: float) -> Index:
    """Who starts now, -1 for nobody."""
    gate = state.facilities[facility]
    if gate.headway_h == 0.0:
        return first(state, facility) if gate.busy < gate.servers else np.int64(-1)
    slot = _next_to_board(state, facility) if gate.is_boarding else np.int64(-1)
    if slot < 0:
        gate.is_boarding = 0
        if gate.headway_h == np.inf:
            _open_departure(state, facility, time_h, np.bool_(False))
            if gate.is_boarding:
                slot = _next_to_board(state, facility)
    return slot


@kernel_part
def serve_here(state: State, facility: Index, time_h: float, is_departure: Flag) -> None:
    """Start whatever can start now, and arrange for the rest to be woken. ``is_departure``: the timetable's hour has come."""
    gate = state.facilities[facility]
    can_start = may_start(state, facility, time_h)
    if can_start:
        if is_departure:
            _open_departure(state, facility, time_h, np.bool_(True))
        slot = _next_to_start(state, facility, time_h)
        while slot >= 0:
            arc = arc_of(state, slot)
            leave(state, facility, slot, np.int64(-1))
            go_on(state, slot, start(state, facility, slot, arc, time_h))
            slot = _next_to_start(state, facility, time_h)
    if gate.queue_n > 0 and not (can_start and gate.headway_h == 0.0):  # else a free server wakes who waits
        _arm(state, facility, time_h)


@kernel_loop
def serve(state: State, facility: Index, time_h: float, is_departure: Flag) -> None:
    """The same, called instead of compiled into the caller."""
    serve_here(state, facility, time_h, is_departure)
