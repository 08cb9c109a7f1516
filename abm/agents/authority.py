"""Authorities and gatekeepers: whose consent a link needs, and what they do with it."""

from dataclasses import dataclass

from abm.corridor.scenario import Scenario
from abm.network.arcs import Floats, Network


@dataclass
class Authorities:
    """Who holds which link."""

    def copy(self) -> "Authorities":
        """An independent copy."""
        return Authorities()

    def sums(self) -> dict[str, Floats]:
        """Running sums for the ledger."""
        return {}

    def levels(self) -> dict[str, Floats]:
        """What stands at the end of the day."""
        return {}


def new_authorities(_scenario: Scenario, _network: Network) -> Authorities:
    """Authorities before anything was decided."""
    return Authorities()
