"""Consignments: what is dispatched, what is delivered, and the records that the event loader keeps of what is under way."""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from abm.network.arcs import Bytes, Floats, Int32s, Ints, Keys

#: Priority classes of a queue; 0 is served first.
N_PRIORITIES = 4

#: Kinds of events; at equal times the lower one comes first, then the lower uid.
GATE, END, ARRIVE, QUEUED, FREE = 0, 1, 2, 3, 4

#: One consignment under way, or one facility's gate: 64 bytes, one cache line. ``time_h`` and ``kind`` are its pending event,
#: ``next`` the following slot in whatever list it stands in (bucket of the calendar, queue, free slots). ``load``: tonnes, or
#: vehicles if ``background``. ``since_h``: when it came to the arc where it waits or is served. ``position``: arc within the route.
#: ``turns``: detours taken; ``visit``: part of the address of its draws, see ``events_detours.turn``.
RECORD = np.dtype(
    [
        ("time_h", "f8"),
        ("since_h", "f8"),
        ("dispatched_h", "f8"),
        ("load", "f8"),
        ("key", "u8"),
        ("next", "i4"),
        ("shipper", "i4"),
        ("route", "i4"),
        ("first_route", "i4"),
        ("position", "i2"),
        ("kind", "i1"),
        ("cargo_class", "i1"),
        ("priority", "i1"),
        ("background", "i1"),
        ("turns", "u1"),
        ("visit", "u1"),
    ]
)

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

#: One facility. ``gate_h``: hour of its pending gate event (inf: none). ``debt_t``: tonnes of an oversized lot that later
#: departures of the timetable still have to make up for. ``queue_n``, ``queue_vehicles``, ``queue_t``: who stands before it.
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
        ("debt_t", "f8"),
        ("queue_vehicles", "f8"),
        ("queue_t", "f8"),
        ("law", "i1"),
        ("is_open", "i1"),
        ("spare", "i2"),
        ("spare_2", "i4"),
        ("spare_3", "i8"),
    ]
)


@dataclass(frozen=True, slots=True)
class Orders:
    """Consignments to dispatch; all arrays have n rows.

    shipper: row of the shipper, -1 for background vehicles. key: 64-bit hash of (shipper key, dispatch number): the uid, and the
    address of every draw of this consignment. time_h: absolute hour of dispatch. tonnes: 0 for background. vehicles: for background
    the vehicles times their lane factor; 0 for cargo, which then is ``tonnes / payload_t[arc, class]`` vehicles on each arc.
    cargo_class: column of the class. priority: 0 is served first, below ``N_PRIORITIES``. route: row in the routes.
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

    shipper, tonnes: as dispatched. route: as dispatched; final_route: the one it arrived on. dispatched_h, delivered_h: absolute hours.
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
    """Everything the kernels read and write, as arrays.

    records[slot]: slots below n_facilities are the facilities' gates. heads, tails[facility, priority]: first and last slot of each
    queue. vehicles_per_t[arc, class]. path, starts: the routes. ring[day], fine[bucket]: lists of pending events; heap_h, heap_slot:
    those of the current bucket. counts, totals: scalars, see ``Count`` and ``Total``. delivered_slot, delivered_h: output of a run.
    """

    records: npt.NDArray[np.void]
    arcs: npt.NDArray[np.void]
    facilities: npt.NDArray[np.void]
    heads: Int32s
    tails: Int32s
    vehicles_per_t: Floats
    path: Int32s
    starts: Int32s
    ring: Int32s
    fine: Int32s
    heap_h: Floats
    heap_slot: Int32s
    counts: Ints
    totals: Floats
    streams: Keys
    gamma_table: Floats
    detours: npt.NDArray[np.int32]
    delivered: npt.NDArray[np.void]


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

#: Places in ``State.counts``.
FREE_SLOT, HEAP_SIZE, BUCKET, FINE_SIZE, N_EVENTS, N_DELIVERED, N_UNDER_WAY = 0, 1, 2, 3, 4, 5, 6
N_COUNTS = 7
#: Places in ``State.totals``: each sum is followed by its compensation (Neumaier), so that conservation holds to the last digit.
DISPATCHED_T, DELIVERED_T, LOST_T = 0, 2, 4
N_TOTALS = 6
