"""What an incident destroys: cargo on the arcs that it hits, or in line before them.

A consignment that has lost its cargo goes on as an empty vehicle of no size, so that the lists it stands in need no repair: it is
served in no time, takes no place, and is not delivered. Its tonnes are booked as lost.
"""

import numpy as np

from abm.kernels import kernel_loop, kernel_part
from abm.network.arcs import Bools
from abm.network.consignments import ARRIVE, END, QUEUED, Index, State
from abm.network.events import add
from abm.network.events_moves import dwell_h
from abm.network.events_queue import arc_of, vehicles_of
from abm.randomness import mix, uniform


@kernel_part
def _whereabouts(state: State, slot: Index, time_h: float) -> Index:
    """The arc on which, or before whose facility, a consignment is; -1 if it has not left yet.

    Who moves passes several arcs between two stops. The hours on each are counted back from the arrival, as they are now: exact
    unless they have changed since it set out.
    """
    record = state.records[slot]
    if record.kind == QUEUED or record.kind == END:
        return arc_of(state, slot)
    start = np.int64(state.starts[record.route])
    place = np.int64(record.place) - 1
    if state.origins[slot].dispatched_h > time_h or place < start:
        return np.int64(-1)
    entered_h = record.time_h
    while True:
        arc = np.int64(state.path[place])
        row = state.arcs[arc]
        if row.facility >= 0 or place == start:
            return arc
        entered_h -= row.free_time_h * row.time_factor + dwell_h(state, slot, arc)
        if entered_h <= time_h:
            return arc
        place -= 1


@kernel_loop
def lose(state: State, is_hit: Bools, share: float, stream: np.uint64, time_h: float) -> float:
    """Destroy the cargo of this share of the consignments on (or in line before) arcs marked in ``is_hit``; returns its tonnes.

    Who is hit is addressed by (stream, consignment): a smaller share hits a part of them.
    """
    lost_t = 0.0
    clock = state.clock[0]
    for slot in range(state.facilities.shape[0], state.records.shape[0]):
        record = state.records[slot]
        is_cargo = record.background == 0 and record.load > 0.0
        if not is_cargo or not (record.kind == ARRIVE or record.kind == END or record.kind == QUEUED):
            continue
        arc = _whereabouts(state, np.int64(slot), time_h)
        if arc < 0 or not is_hit[arc] or uniform(mix(stream, record.key)) >= share:
            continue
        if record.kind == QUEUED:
            gate = state.facilities[state.arcs[arc].facility]
            gate.queue_t = max(gate.queue_t - record.load, 0.0)
            gate.queue_vehicles = max(gate.queue_vehicles - vehicles_of(state, np.int64(slot), arc), 0.0)
        clock.lost_t, clock.lost_rest_t = add(clock.lost_t, clock.lost_rest_t, record.load)
        lost_t += record.load
        record.load = 0.0
        record.background = 1
    return lost_t
