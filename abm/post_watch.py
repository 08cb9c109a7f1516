"""Border posts look at their lines: overtime, inspection, what they publish."""

from abm.state import WorldState


def review_posts(state: WorldState) -> None:
    """Each post sets its lanes and inspection for today."""
