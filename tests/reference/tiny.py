"""Tiny networks by hand: a few keyword arguments, defaults for everything else."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from abm.network.arcs import Arcs, Facilities, Floats, Network
from abm.network.consignments import Orders
from abm.network.routes import Routes
from abm.randomness import name_key

ARC_DEFAULTS: dict[str, Any] = {
    "kind": 0, "mode": 0, "gauge_mm": 0, "from_state": 0, "to_state": 1, "length_km": 0.0, "free_time_h": 0.0, "dwell_h": 0.0,
    "dwell_cv": 0.0, "price_usd_t": 0.0, "charge_usd_t": 0.0,
    "payload_t": 1.0, "hour_usd_t": 0.0, "facility": -1, "link": -1, "post": -1,
    "load_alpha": 0.0, "load_beta": 4.0, "capacity_t_per_day": np.inf,
}  # fmt: skip
FACILITY_DEFAULTS: dict[str, Any] = {
    "servers": 1, "service_h": 1.0, "law": 0, "cv": 1.0, "opens_h": 0.0, "closes_h": 24.0, "headway_h": 0.0, "places_t": np.inf,
    "minimum_load_t": 0.0, "longest_wait_h": np.inf, "queue_max": 2**30, "is_open": True,
}  # fmt: skip
_ARC_TYPES: dict[str, type] = {
    "kind": np.int8, "mode": np.int8, "gauge_mm": np.int32, "from_state": np.int32, "to_state": np.int32, "facility": np.int32,
    "link": np.int32, "post": np.int32,
}  # fmt: skip
_ODD = 0x9E3779B97F4A7C15
_FACILITY_TYPES = {"servers": np.int64, "law": np.int8, "queue_max": np.int64, "is_open": np.bool_}


def _column(rows: Sequence[Mapping[str, Any]], name: str, default: Any, dtype: type, n_classes: int = 0) -> np.ndarray:
    values = [row.get(name, default) for row in rows]
    if n_classes:
        return np.array([np.broadcast_to(value, n_classes) for value in values], dtype=dtype).reshape(
            len(rows), n_classes
        )
    return np.array(values, dtype=dtype)


def tiny_network(
    arcs: Sequence[Mapping[str, Any]], facilities: Sequence[Mapping[str, Any]] = (), n_classes: int = 1
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
            n_classes * (name in ("price_usd_t", "charge_usd_t", "payload_t", "hour_usd_t")),
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


def tiny_orders(time_h: Sequence[float] | Floats, **columns: Any) -> Orders:
    """Orders at these hours; defaults: 1 t of cargo of class 0, priority 0, on route 0, a key by the order's number.

    ``first`` numbers the first order, so that later batches get other keys.
    """
    n = len(time_h)
    first = int(columns.pop("first", 0))
    values = {"shipper": 0, "tonnes": 1.0, "vehicles": 0.0, "cargo_class": 0, "priority": 0, "route": 0} | columns
    types = {"shipper": np.int32, "route": np.int32, "cargo_class": np.int8, "priority": np.int8}
    key = values.pop("key", None)
    if key is None:
        key = np.arange(first + 1, first + n + 1, dtype=np.uint64) * np.uint64(_ODD)
    arrays = {
        name: np.ascontiguousarray(np.broadcast_to(value, n), dtype=types.get(name, np.float64))
        for name, value in values.items()
    }
    return Orders(key=np.array(key, dtype=np.uint64), time_h=np.array(time_h, dtype=np.float64), **arrays)
