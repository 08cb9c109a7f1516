"""Carriers: fleets on services, prices by direction, where vehicles go."""

from dataclasses import dataclass

from abm.corridor.scenario import Scenario
from abm.network.arcs import Floats, Network


@dataclass
class Fleets:
    """One row per service."""

    def copy(self) -> "Fleets":
        """An independent copy."""
        return Fleets()

    def sums(self) -> dict[str, Floats]:
        """Running sums for the ledger."""
        return {}

    def levels(self) -> dict[str, Floats]:
        """What stands at the end of the day."""
        return {}


def new_fleets(_scenario: Scenario, _network: Network) -> Fleets:
    """Fleets before anything has been carried."""
    return Fleets()
