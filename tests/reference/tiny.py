"""Tiny networks by hand: a few keyword arguments, defaults for everything else."""

from collections.abc import Mapping, Sequence

import numpy as np

from abm.network.arcs import Arcs, Facilities, Network
from abm.network.consignments import Orders
from abm.network.routes import Routes
from abm.randomness import mix, name_key

ARC_DEFAULTS: dict[str, object] = {
    "kind": 0, "mode": 0, "gauge_mm": 0, "from_state": 0, "to_state": 1, "length_km": 0.0, "free_time_h": 0.0, "dwell_h": 0.0,
    "dwell_cv": 0.0, "price_usd_t": 0.0, "payload_t": 1.0, "hour_usd_t": 0.0, "facility": -1, "link": -1, "post": -1,
    "load_alpha": 0.0, "load_beta": 4.0, "capacity_t_per_day": np.inf,
}  # fmt: skip
FACILITY_DEFAULTS: dict[str, object] = {
    "servers": 1, "service_h": 1.0, "law": 0, "cv": 1.0, "opens_h": 0.0, "closes_h": 24.0, "headway_h": 0.0, "places_t": np.inf,
    "minimum_load_t": 0.0, "longest_wait_h": np.inf, "queue_max": 2**30, "is_open": True,
}  # fmt: skip
_ARC_TYPES = {name: np.int8 for name in ("kind", "mode")} | {
    name: np.int32 for name in ("gauge_mm", "from_state", "to_state", "facility", "link", "post")
}
_FACILITY_TYPES = {"servers": np.int64, "law": np.int8, "queue_max": np.int64, "is_open": np.bool_}


def _column(
    rows: Sequence[Mapping[str, object]], name: str, default: object, dtype: type, n_classes: int = 0
) -> np.ndarray:
    values = [row.get(name, default) for row in rows]
    if n_classes:
        return np.array([np.broadcast_to(value, n_classes) for value in values], dtype=dtype).reshape(
            len(rows), n_classes
        )
    return np.array(values, dtype=dtype)


def tiny_network(
    arcs: Sequence[Mapping[str, object]], facilities: Sequence[Mapping[str, object]] = (), n_classes: int = 1
) -> Network:
    """A network of these arcs and facilities; each mapping holds only what differs from the defaults.

    Without ``from_state`` and ``to_state`` the arcs form a chain: arc k leads from state k to k + 1.
    """
    unknown = {k for row in arcs for k in row} - set(ARC_DEFAULTS) | {k for row in facilities for k in row} - set(
        FACILITY_DEFAULTS
    )
    if unknown:
        raise KeyError(f"unknown columns {sorted(unknown)}")
    rows = [{"from_state": k, "to_state": k + 1, **row} for k, row in enumerate(arcs)]
    columns = {
        name: _column(
            rows,
            name,
            default,
            _ARC_TYPES.get(name, np.float64),
            n_classes * (name in ("price_usd_t", "payload_t", "hour_usd_t")),
        )
        for name, default in ARC_DEFAULTS.items()
    }
    names = tuple(f"arc-{k}" for k in range(len(arcs)))
    f_names = tuple(f"facility-{k}" for k in range(len(facilities)))
    f_columns = {
        name: _column(facilities, name, default, _FACILITY_TYPES.get(name, np.float64))
        for name, default in FACILITY_DEFAULTS.items()
    }
    n_states = int(max(columns["from_state"].max(), columns["to_state"].max())) + 1
    return Network(
        arcs=Arcs(names=names, key=_keys(names), country=("",) * len(arcs), **columns),
        facilities=Facilities(names=f_names, key=_keys(f_names), **f_columns),
        n_states=n_states,
        state_of={},
        node_of_state=np.arange(n_states, dtype=np.int32),
        classes=tuple(f"class-{k}" for k in range(n_classes)),
        link_ids=(),
        post_ids=(),
        link_facilities={},
        post_facility={},
    )


def _keys(names: Sequence[str]) -> np.ndarray:
    return np.array([name_key(name) for name in names], dtype=np.uint64)


def tiny_routes(*paths: Sequence[int]) -> Routes:
    """A route table with these arc sequences as routes 0, 1, ..."""
    routes = Routes()
    for path in paths:
        routes.intern(path)
    return routes


def tiny_orders(time_h: Sequence[float], **columns: object) -> Orders:
    """Orders at these hours; defaults: 1 t of cargo of class 0, priority 0, on route 0, keys hashed from the order's number.

    ``first`` numbers the first order, so that later batches get other keys.
    """
    n = len(time_h)
    first = int(columns.pop("first", 0))  # type: ignore[call-overload]
    values = {"shipper": 0, "tonnes": 1.0, "vehicles": 0.0, "cargo_class": 0, "priority": 0, "route": 0} | columns
    types = {"shipper": np.int32, "route": np.int32, "cargo_class": np.int8, "priority": np.int8}
    key = values.pop("key", None)
    if key is None:
        key = [mix(np.uint64(name_key("order")), np.uint64(first + k)) for k in range(n)]
    arrays = {
        name: np.ascontiguousarray(np.broadcast_to(value, n), dtype=types.get(name, np.float64))
        for name, value in values.items()
    }
    return Orders(key=np.array(key, dtype=np.uint64), time_h=np.array(time_h, dtype=np.float64), **arrays)
