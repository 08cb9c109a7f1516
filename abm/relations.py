"""Which trade a ``DESTINATION/ORIGIN/COMMODITY`` triple means."""

import numpy as np

from abm.corridor.tables import Case
from abm.network.arcs import Bools
from abm.state import WorldState


def relations(state: WorldState, target: str) -> Bools:
    """Shippers, (n_shippers,), of the flows that a triple means."""
    return np.asarray(flows_meant(state.plan.case, target)[state.table.flow])


def flows_meant(case: Case, target: str) -> Bools:
    """Flows, (n_flows,), whose destination, origin and commodity match ``DEST/ORIGIN/COMMODITY``; ``*`` matches any, but a border
    is meant: trade within a country matches only if both ends are named."""
    country = {node.node_id: node.country for node in case.nodes}
    destination, origin, commodity = target.split("/")
    hit = [
        destination in ("*", country[flow.destination])
        and origin in ("*", country[flow.origin])
        and commodity in ("*", flow.commodity)
        and (country[flow.destination] != country[flow.origin] or "*" not in (destination, origin))
        for flow in case.flows
    ]
    return np.array(hit, dtype=np.bool_)
