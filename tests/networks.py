"""Small supernetworks for tests, written as rows."""

from dataclasses import fields
from typing import Any

import numpy as np

from abm.network.arcs import ArcKind, Arcs, Facilities, Floats, Network
from abm.randomness import name_key

ROAD, RAIL, SEA = 0, 1, 2

#: name, kind, mode, from, to, km (which is the cost); a state is "node/layer".
Row = tuple[str, ArcKind, int, str, str, float]


def network_of(rows: list[Row]) -> tuple[Network, Floats]:
    """The network of the rows, without facilities, and the cost of its arcs for the only class."""
    states: dict[str, int] = {}
    for row in rows:
        for state in row[3:5]:
            states.setdefault(state, len(states))
    nodes = sorted({state.split("/")[0] for state in states})
    names = tuple(row[0] for row in rows)
    n = len(rows)
    columns: dict[str, Any] = {
        "names": names, "country": ("",) * n, "kind": np.array([row[1] for row in rows], dtype=np.int8),
        "mode": np.array([row[2] for row in rows], dtype=np.int8), "gauge_mm": np.zeros(n, dtype=np.int32),
        "from_state": np.array([states[row[3]] for row in rows], dtype=np.int32),
        "to_state": np.array([states[row[4]] for row in rows], dtype=np.int32),
        "length_km": np.array([row[5] if row[1] == ArcKind.LINEHAUL else 0.0 for row in rows]),
        "key": np.array([name_key(name) for name in names], dtype=np.uint64), "link": link_numbers(rows),
        "facility": np.full(n, -1, dtype=np.int32), "post": np.full(n, -1, dtype=np.int32),
        "capacity_t_per_day": np.full(n, np.inf),
    }  # fmt: skip
    columns |= {field.name: np.zeros(n) for field in fields(Arcs) if field.name not in columns}
    empty: dict[str, Any] = {field.name: np.zeros(0) for field in fields(Facilities)}
    facilities = Facilities(**empty)
    network = Network(
        arcs=Arcs(**columns), facilities=facilities, n_states=len(states), classes=("general",), link_ids=(), post_ids=(),
        state_of={(state.split("/")[0], state.split("/")[1], ""): number for state, number in states.items()},
        node_of_state=np.array([nodes.index(state.split("/")[0]) for state in states], dtype=np.int32),
        link_facilities={}, post_facility={},
    )  # fmt: skip
    return network, np.array([[row[5]] for row in rows])


def link_numbers(rows: list[Row]) -> Any:
    """Posts share the number of the line-haul that starts where they end."""
    names = [row[0] for row in rows]
    hauls = {row[3]: names.index(row[0]) for row in rows if row[1] == ArcKind.LINEHAUL}
    numbers = [hauls.get(row[4], -1) if row[1] == ArcKind.BORDER else names.index(row[0]) for row in rows]
    return np.array(numbers, dtype=np.int32)
