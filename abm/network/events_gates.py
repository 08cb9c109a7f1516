"""When a facility may start anything: status, daily window, timetable."""

import math

from abm.kernels import kernel_part
from abm.network.consignments import Index, State

#: Loads are sums of tonnes: what is full to this relative precision is full.
LOAD_SLACK = 1e-9


@kernel_part
def is_inside_window(state: State, facility: Index, time_h: float) -> bool:
    """Whether an hour lies in the daily window [opens, closes); a window may pass midnight.

    Compared as absolute hours: ``time - 24 * day`` would lose digits and miss the very opening hour.
    """
    gate = state.facilities[facility]
    if gate.opens_h <= 0.0 and gate.closes_h >= 24.0:
        return True
    midnight = 24.0 * math.floor(time_h / 24.0)
    opens, closes = midnight + gate.opens_h, midnight + gate.closes_h
    if gate.opens_h < gate.closes_h:
        return opens <= time_h < closes
    return time_h >= opens or time_h < closes


@kernel_part
def next_opening(state: State, facility: Index, time_h: float) -> float:
    """First hour after ``time_h`` at which the daily window opens."""
    midnight = 24.0 * math.floor(time_h / 24.0)
    opens = midnight + state.facilities[facility].opens_h
    return opens if opens > time_h else midnight + 24.0 + state.facilities[facility].opens_h


@kernel_part
def next_departure(state: State, facility: Index, time_h: float) -> float:
    """First departure of the timetable after ``time_h``: a multiple of the headway, held until the window opens if it is shut."""
    headway_h = state.facilities[facility].headway_h
    number = math.floor(time_h / headway_h)
    while (number + 1.0) * headway_h <= time_h:
        number += 1.0
    while number * headway_h > time_h:
        number -= 1.0
    if not is_inside_window(state, facility, number * headway_h):
        held_until = next_opening(state, facility, number * headway_h)
        if held_until > time_h:
            return held_until
    due = (number + 1.0) * headway_h
    return due if is_inside_window(state, facility, due) else next_opening(state, facility, due)


@kernel_part
def may_start(state: State, facility: Index, time_h: float) -> bool:
    """Open, and inside the daily window."""
    return state.facilities[facility].is_open != 0 and is_inside_window(state, facility, time_h)
