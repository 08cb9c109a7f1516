"""Border posts: overtime when the line grows, inspection on alert, published waits."""

from dataclasses import dataclass

import numpy as np

from abm.corridor.scenario import Scenario
from abm.network.arcs import Floats, Network


@dataclass
class Posts:
    """One row per post. overtime_days: running sum."""

    overtime_days: Floats

    def copy(self) -> "Posts":
        """An independent copy."""
        return Posts(self.overtime_days.copy())

    def sums(self) -> dict[str, Floats]:
        """Running sums for the ledger."""
        return {"overtime_days": self.overtime_days.copy()}

    def levels(self) -> dict[str, Floats]:
        """What stands at the end of the day."""
        return {}


def new_posts(_scenario: Scenario, network: Network) -> Posts:
    """All posts at their regular hours."""
    return Posts(np.zeros(len(network.post_ids)))
