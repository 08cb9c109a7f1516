"""Consignments: what is dispatched, what is delivered, and the records that the event loader keeps of what is under way."""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from abm.network.arcs import Bytes, Floats, Int32s, Keys

#: Priority classes of a queue; 0 is served first.
N_PRIORITIES = 4

#: Kinds of events; at equal times the lower one comes first, then the lower uid.
GATE, END, ARRIVE, QUEUED, FREE = 0, 1, 2, 3, 4

#: One consignment under way, or one facility's gate: 64 bytes, one cache line. ``time_h`` and ``kind`` are its pending event,
#: ``next`` the following slot in whatever list it stands in (bucket of the calendar, queue, free slots). ``load``: tonnes, or
#: vehicles if ``background``. ``since_h``: when it came to the arc where it waits or is served. ``place``: where it is in the
#: arcs of all routes; ``arc`` and ``facility``: what is there (-1: the destination), so that an event need not look it up.
#: ``turns``: detours taken; ``visit``: part of the address of its draws (rises when a detour may pass an arc again).
RECORD = np.dtype(
    [
        ("time_h", "f8"),
        ("since_h", "f8"),
        ("load", "f8"),
        ("key", "u8"),
        ("next", "i4"),
        ("arc", "i4"),
        ("facility", "i4"),
        ("place", "i4"),
        ("route", "i4"),
        ("kind", "i1"),
        ("cargo_class", "i1"),
        ("priority", "i1"),
        ("background", "i1"),
        ("turns", "u1"),
        ("visit", "u1"),
        ("spare", "i2"),
        ("spare_2", "i8"),
    ]
)

#: What nothing but the delivery asks of a consignment, beside its record.
ORIGIN = np.dtype([("dispatched_h", "f8"), ("shipper", "i4"), ("first_route", "i4")])

#: One arc as the loader sees it, with its cumulative statistics. ``dwell_mu``, ``dwell_sigma``: parameters of the lognormal.
ARC = np.dtype(
    [
        ("key", "u8"),
        ("free_time_h", "f8"),
        ("time_factor", "f8"),
        ("dwell_h", "f8"),
        ("dwell_mu", "f8"),
        ("dwell_sigma", "f8"),
        ("entered_t", "f8"),
        ("entered_n", "i8"),
        ("passed_vehicles", "f8"),
        ("wait_vehicle_h", "f8"),
        ("time_vehicle_h", "f8"),
        ("time_sq_vehicle_h2", "f8"),
        ("facility", "i4"),
        ("to_state", "i4"),
        ("detour_row", "i4"),
        ("spare", "i4"),
        ("spare_2", "i8"),
        ("spare_3", "i8"),
    ]
)

#: One facility. ``gate_h``: hour of its pending gate event (inf: none). ``room_t``: tonnes that the departure may still take;
#: negative after it for what a lot larger than the places takes of the next ones. ``queue_n``, ``queue_vehicles``, ``queue_t``:
#: who stands before it. ``heads``, ``tails``: first and last slot of the queue of each priority class.
FACILITY = np.dtype(
    [
        ("servers", "i4"),
        ("busy", "i4"),
        ("queue_max", "i4"),
        ("queue_n", "i4"),
        ("service_h", "f8"),
        ("cv", "f8"),
        ("opens_h", "f8"),
        ("closes_h", "f8"),
        ("headway_h", "f8"),
        ("places_t", "f8"),
        ("minimum_load_t", "f8"),
        ("longest_wait_h", "f8"),
        ("gate_h", "f8"),
        ("room_t", "f8"),
        ("queue_vehicles", "f8"),
        ("queue_t", "f8"),
        ("heads", "i4", (N_PRIORITIES,)),
        ("tails", "i4", (N_PRIORITIES,)),
        ("law", "i1"),
        ("is_open", "i1"),
        ("is_boarding", "i1"),
        ("spare", "i1"),
        ("spare_2", "i4"),
    ]
)

#: The one row of scalars. ``bucket``: the one being played; ``fine_size``: events in the other buckets of its day. The streams
#: are the mixed (seed, process). Each sum of tonnes has its compensation (Neumaier): conservation holds to the last digit.
CLOCK = np.dtype(
    [
        ("bucket", "i8"),
        ("heap_size", "i8"),
        ("fine_size", "i8"),
        ("n_free", "i8"),
        ("n_events", "i8"),
        ("n_delivered", "i8"),
        ("service_stream", "u8"),
        ("dwell_stream", "u8"),
        ("dispatched_t", "f8"),
        ("dispatched_rest_t", "f8"),
        ("delivered_t", "f8"),
        ("delivered_rest_t", "f8"),
        ("lost_t", "f8"),
        ("lost_rest_t", "f8"),
    ]
)

#: An entry of the heap of the current bucket.
PENDING = np.dtype([("time_h", "f8"), ("slot", "i8")])

#: One row of a run's output.
DELIVERY = np.dtype(
    [
        ("shipper", "i4"),
        ("route", "i4"),
        ("final_route", "i4"),
        ("spare", "i4"),
        ("tonnes", "f8"),
        ("dispatched_h", "f8"),
        ("delivered_h", "f8"),
    ]
)

Table = np.ndarray[tuple[int], np.dtype[np.void]]

#: Numbers inside kernels. There, sizes matter: a kernel called with two kinds of integer is compiled twice.
type Index = int | np.int64
type Flag = bool | np.bool_


@dataclass(frozen=True, slots=True)
class Orders:
    """Consignments to dispatch; all arrays have n rows.

    shipper: row of the shipper, -1 for background vehicles. key: 64-bit hash of (shipper key, dispatch number): the uid, and the
    address of every draw of this consignment. time_h: absolute hour of dispatch. tonnes: 0 for background. vehicles: for
    background the vehicles times their lane factor; 0 for cargo, which then is ``tonnes / payload_t[arc, class]`` vehicles on
    each arc. cargo_class: column of the class. priority: 0 is served first, below ``N_PRIORITIES``. route: row in the routes.
    """

    shipper: Int32s
    key: Keys
    time_h: Floats
    tonnes: Floats
    vehicles: Floats
    cargo_class: Bytes
    priority: Bytes
    route: Int32s

    def __len__(self) -> int:
        return int(self.shipper.size)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Cargo delivered in one run, in the order of delivery; background vehicles are not reported.

    shipper, tonnes: as dispatched. route: as dispatched; final_route: the one it arrived on. dispatched_h, delivered_h: absolute
    hours.
    """

    shipper: Int32s
    route: Int32s
    final_route: Int32s
    tonnes: Floats
    dispatched_h: Floats
    delivered_h: Floats

    def __len__(self) -> int:
        return int(self.shipper.size)

    @classmethod
    def joined(cls, parts: "list[Deliveries]") -> "Deliveries":
        """Several runs' deliveries, end to end."""
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


class State(NamedTuple):
    """Everything the kernels read and write, as arrays; the tables are structured, of the dtypes above.

    records[slot], origins[slot]: slots below n_facilities are gates. free: stack of free slots. clock[0]: scalars.
    vehicles_per_t[arc, class]. path, starts: the routes. ring[day], fine[bucket]: lists of pending events; heap: those of the
    current bucket. detours[row, destination state, class]; patience, of the same shape: vehicles. delivered: output of a run.
    """

    records: Table
    origins: Table
    arcs: Table
    facilities: Table
    clock: Table
    heap: Table
    ring: Int32s
    fine: Int32s
    free: Int32s
    path: Int32s
    starts: Int32s
    vehicles_per_t: Floats
    gamma_table: Floats
    detours: npt.NDArray[np.int32]
    patience: Floats
    delivered: Table
