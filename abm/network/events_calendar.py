"""The calendar of pending events: day ring, fine buckets of the current day, and a small heap for the current bucket.

Events are slots of the record table, threaded into lists by their ``next``. One event costs a link into a day's list, a move to
a bucket of that day, and a push and pop on a heap of a handful: no heap of everything under way, which would miss the cache at
each level. Events leave in total order (time, kind, uid), whatever order they were put in.
"""

import numpy as np

from abm.kernels import kernel_part
from abm.network.consignments import Index, State

#: A day has 2**DAY_BITS buckets; the ring has N_DAYS days. An event further off stays in its place of the ring for more rounds.
DAY_BITS = 11
N_BUCKETS = 1 << DAY_BITS
N_DAYS = 256
_BUCKETS_PER_HOUR = N_BUCKETS / 24.0
_LAST_HOUR = 1e12


@kernel_part
def bucket_of(time_h: float) -> Index:
    """Number of the bucket of an hour, counted from hour 0; it never decreases with time."""
    return int(min(time_h, _LAST_HOUR) * _BUCKETS_PER_HOUR)


@kernel_part
def _before(state: State, time_a: float, a: Index, time_b: float, b: Index) -> bool:
    if time_a != time_b:
        return time_a < time_b
    first, second = state.records[a], state.records[b]
    if first.kind != second.kind:
        return first.kind < second.kind
    return first.key < second.key


@kernel_part
def _push(state: State, time_h: float, slot: Index) -> None:
    heap, clock = state.heap, state.clock[0]
    place = clock.heap_size
    clock.heap_size = place + 1
    while place > 0:
        parent = (place - 1) >> 1
        if not _before(state, time_h, slot, heap[parent].time_h, heap[parent].slot):
            break
        heap[place].time_h = heap[parent].time_h
        heap[place].slot = heap[parent].slot
        place = parent
    heap[place].time_h = time_h
    heap[place].slot = slot


@kernel_part
def pop(state: State) -> Index:
    """Take the first event of the current bucket off the heap: its slot."""
    heap, clock = state.heap, state.clock[0]
    first = heap[0].slot
    size = clock.heap_size - 1
    clock.heap_size = size
    time_h, slot = heap[size].time_h, heap[size].slot
    place, child = 0, 1
    while child < size:
        other = child + 1
        if other < size and _before(state, heap[other].time_h, heap[other].slot, heap[child].time_h, heap[child].slot):
            child = other
        if not _before(state, heap[child].time_h, heap[child].slot, time_h, slot):
            break
        heap[place].time_h = heap[child].time_h
        heap[place].slot = heap[child].slot
        place = child
        child = 2 * place + 1
    heap[place].time_h = time_h
    heap[place].slot = slot
    return first


@kernel_part
def schedule(state: State, slot: Index, time_h: float) -> None:
    """Put the event of a slot into the calendar; its ``kind`` must be set, and ``time_h`` must not lie in the past."""
    state.records[slot].time_h = time_h
    bucket = bucket_of(time_h)
    current = state.clock[0].bucket
    if bucket <= current:
        _push(state, time_h, slot)
    elif bucket >> DAY_BITS == current >> DAY_BITS:
        place = bucket & (N_BUCKETS - 1)
        state.records[slot].next = state.fine[place]
        state.fine[place] = slot
        state.clock[0].fine_size += 1
    else:
        place = (bucket >> DAY_BITS) & (N_DAYS - 1)
        state.records[slot].next = state.ring[place]
        state.ring[place] = slot


@kernel_part
def _open_day(state: State, day: int) -> None:
    """Spread the events of a day over its buckets; those of a later round of the ring go back to their place."""
    place = day & (N_DAYS - 1)
    slot = np.int64(state.ring[place])
    state.ring[place] = -1
    while slot >= 0:
        following = np.int64(state.records[slot].next)
        bucket = bucket_of(state.records[slot].time_h)
        if bucket >> DAY_BITS == day:
            fine = bucket & (N_BUCKETS - 1)
            state.records[slot].next = state.fine[fine]
            state.fine[fine] = slot
            state.clock[0].fine_size += 1
        else:
            state.records[slot].next = state.ring[place]
            state.ring[place] = slot
        slot = following


@kernel_part
def next_bucket(state: State, last: Index) -> None:
    """Go on to the next bucket that holds an event, or the first of the next day, or ``last``, and put its events on the heap."""
    bucket = state.clock[0].bucket + 1
    if bucket & (N_BUCKETS - 1) == 0:
        _open_day(state, bucket >> DAY_BITS)
    if state.clock[0].fine_size == 0:
        bucket = min(last, bucket | (N_BUCKETS - 1))
    else:
        while bucket < last and bucket & (N_BUCKETS - 1) != N_BUCKETS - 1 and state.fine[bucket & (N_BUCKETS - 1)] < 0:
            bucket += 1
    state.clock[0].bucket = bucket
    place = bucket & (N_BUCKETS - 1)
    slot = np.int64(state.fine[place])
    state.fine[place] = -1
    while slot >= 0:
        following = np.int64(state.records[slot].next)
        state.clock[0].fine_size -= 1
        _push(state, state.records[slot].time_h, slot)
        slot = following
