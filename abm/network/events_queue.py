"""Physical queues: who cannot start stands uncommitted in the FIFO of its priority class, and holds no place in any server."""

import numpy as np

from abm.kernels import kernel_part
from abm.network.consignments import FREE, N_PRIORITIES, QUEUED, Index, State


@kernel_part
def arc_of(state: State, slot: Index) -> Index:
    """The arc before which, or on which, a consignment is."""
    return np.int64(state.records[slot].arc)


@kernel_part
def release(state: State, slot: Index) -> None:
    """Nobody is in this slot any more."""
    state.records[slot].kind = FREE
    state.free[state.clock[0].n_free] = slot
    state.clock[0].n_free += 1


@kernel_part
def tonnes_of(state: State, slot: Index) -> float:
    """Tonnes of cargo; none for background vehicles."""
    record = state.records[slot]
    return 0.0 if record.background else record.load


@kernel_part
def vehicles_of(state: State, slot: Index, arc: Index) -> float:
    """Vehicles that a consignment is on an arc; may be a fraction."""
    record = state.records[slot]
    return record.load if record.background else record.load * state.vehicles_per_t[arc, record.cargo_class]


@kernel_part
def _count(state: State, facility: Index, slot: Index, sign: Index) -> None:
    gate = state.facilities[facility]
    gate.queue_n += sign
    if gate.queue_n == 0:  # an empty queue holds nothing: no rounding error outlives it
        gate.queue_vehicles = 0.0
        gate.queue_t = 0.0
    else:
        gate.queue_vehicles += sign * vehicles_of(state, slot, arc_of(state, slot))
        gate.queue_t += sign * tonnes_of(state, slot)


@kernel_part
def enqueue(state: State, facility: Index, slot: Index) -> None:
    """Stand last in the queue of one's priority class."""
    record = state.records[slot]
    record.kind = QUEUED
    record.next = -1
    last = state.facilities[facility].tails[record.priority]
    if last < 0:
        state.facilities[facility].heads[record.priority] = slot
    else:
        state.records[last].next = slot
    state.facilities[facility].tails[record.priority] = slot
    _count(state, facility, slot, np.int64(1))


@kernel_part
def first(state: State, facility: Index) -> Index:
    """Who is served next: the first of the first class that has anybody; -1 for an empty queue."""
    for priority in range(N_PRIORITIES):
        if state.facilities[facility].heads[priority] >= 0:
            return np.int64(state.facilities[facility].heads[priority])
    return np.int64(-1)


@kernel_part
def oldest_since(state: State, facility: Index) -> float:
    """Hour at which the longest waiting consignment of any class came (inf: nobody waits)."""
    since = np.inf
    for priority in range(N_PRIORITIES):
        slot = np.int64(state.facilities[facility].heads[priority])
        if slot >= 0:
            since = min(since, state.records[slot].since_h)
    return since


@kernel_part
def leave(state: State, facility: Index, slot: Index, before: Index) -> None:
    """Take a consignment out of its queue; ``before`` is the one that stands before it, -1 for the first of its class."""
    record = state.records[slot]
    if before < 0:
        state.facilities[facility].heads[record.priority] = record.next
    else:
        state.records[before].next = record.next
    if state.facilities[facility].tails[record.priority] == slot:
        state.facilities[facility].tails[record.priority] = before
    _count(state, facility, slot, np.int64(-1))
