"""Which shippers a ``DESTINATION/ORIGIN/COMMODITY`` triple means."""

import numpy as np

from abm.network.arcs import Bools
from abm.state import WorldState


def relations(state: WorldState, target: str) -> Bools:
    """Shippers whose destination, origin and commodity match ``DEST/ORIGIN/COMMODITY``; ``*`` matches any, but a border is meant:
    trade within a country matches only if both ends are named."""
    country = {node.node_id: node.country for node in state.plan.case.nodes}
    destination, origin, commodity = target.split("/")
    hit = [
        destination in ("*", country[flow.destination])
        and origin in ("*", country[flow.origin])
        and commodity in ("*", flow.commodity)
        and (country[flow.destination] != country[flow.origin] or "*" not in (destination, origin))
        for flow in state.plan.case.flows
    ]
    return np.asarray(np.array(hit, dtype=np.bool_)[state.table.flow])
