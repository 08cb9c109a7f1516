"""The supernetwork: everything that a consignment passes is an arc between two states.

A state is (node, layer). A zone has two states, one to leave from and one to arrive at, so that nothing passes *through* it.
Arcs that can be full or shut point to a facility; the loader stops a consignment there. Parallel arcs are kept apart.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]


class ArcKind(IntEnum):
    LINEHAUL = 0
    BORDER = 1
    TRANSFER = 2
    CONNECTOR = 3


@dataclass(frozen=True, slots=True)
class Arcs:
    """One row per arc; all arrays have n_arcs rows and are C-contiguous. ``[n, c]`` columns hold one column per cargo class.

    free_time_h: hours of pure movement. dwell_h, dwell_cv: mean and coefficient of variation of the lognormal time without
    capacity (0: none). price_usd_t[n, c]: freight, handling, toll and fee in USD/t (inf: class not admissible on the mode);
    charge_usd_t[n, c]: the toll and fee in it.
    payload_t[n, c]: tonnes in one vehicle (1 where a facility serves tonnes). hour_usd_t[n, c]: cost of one hour beyond
    free time, USD/(t h).
    facility: row in Facilities, -1 for none. key: 64-bit hash of the name. capacity_t_per_day, load_alpha, load_beta: load
    function ``free_time_h * (1 + alpha * (flow / capacity)**beta)``; alpha 0 and capacity inf unless the link says so.
    """

    names: tuple[str, ...]
    kind: Bytes
    mode: Bytes
    gauge_mm: Int32s
    from_state: Int32s
    to_state: Int32s
    length_km: Floats
    free_time_h: Floats
    dwell_h: Floats
    dwell_cv: Floats
    price_usd_t: Floats
    charge_usd_t: Floats
    payload_t: Floats
    hour_usd_t: Floats
    facility: Int32s
    key: Keys
    link: Int32s
    post: Int32s
    country: tuple[str, ...]
    load_alpha: Floats
    load_beta: Floats
    capacity_t_per_day: Floats

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class Facilities:
    """Whatever can be full or shut; all arrays have n_facilities rows.

    servers: number of parallel servers (2**30: never full). service_h: mean hours one vehicle holds one server (0: none).
    law, cv: service law (row of ``Law``) and coefficient of variation. opens_h, closes_h: daily window (0, 24: always).
    headway_h: hours between departures (0: no departures, servers act instead). places_t: tonnes a departure takes (inf).
    minimum_load_t, longest_wait_h: a departure below the minimum is skipped until the first in line has waited this long (inf).
    queue_max: consignments that may wait before the next one balks (2**30: any). is_open: status at the start.
    """

    names: tuple[str, ...]
    servers: Ints
    service_h: Floats
    law: Bytes
    cv: Floats
    opens_h: Floats
    closes_h: Floats
    headway_h: Floats
    places_t: Floats
    minimum_load_t: Floats
    longest_wait_h: Floats
    queue_max: Ints
    is_open: Bools
    key: Keys

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class Network:
    """Arcs, facilities and states of one case, with every link that is or may be open.

    state_of: (node_id, layer, "out" | "in" | "") -> state. classes: cargo classes in column order. link_facilities: link_id ->
    the facilities that opening or closing the link switches. node_of_state: index into the case's nodes.
    """

    arcs: Arcs
    facilities: Facilities
    n_states: int
    state_of: dict[tuple[str, str, str], int]
    node_of_state: Int32s
    classes: tuple[str, ...]
    link_ids: tuple[str, ...]
    post_ids: tuple[str, ...]
    link_facilities: dict[str, tuple[int, ...]]
    post_facility: dict[str, int]
