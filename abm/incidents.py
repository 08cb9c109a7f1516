"""Incidents, regimes and what is believed of risk: the state that :mod:`abm.security` plays day by day."""

from dataclasses import dataclass

import numpy as np

from abm.corridor.scenario import Scenario
from abm.network.arcs import Floats, Network


@dataclass
class Security:
    """Running sums, by row of hazards.csv: incidents (number), incident_days; by link: shut_days."""

    incidents: Floats
    incident_days: Floats
    shut_days: Floats

    def copy(self) -> "Security":
        """An independent copy."""
        return Security(self.incidents.copy(), self.incident_days.copy(), self.shut_days.copy())

    def sums(self) -> dict[str, Floats]:
        """Running sums for the ledger."""
        return {name: getattr(self, name).copy() for name in ("incidents", "incident_days", "shut_days")}

    def levels(self) -> dict[str, Floats]:
        """What stands at the end of the day."""
        return {}


def new_security(scenario: Scenario, network: Network) -> Security:
    """Nothing has happened yet."""
    n = len(scenario.case.hazards)
    return Security(np.zeros(n), np.zeros(n), np.zeros(len(network.link_ids)))
