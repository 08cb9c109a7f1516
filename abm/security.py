"""The day's incidents: what breaks out, what ends, what it shuts or slows, what is lost, what is believed of it."""

from abm.state import WorldState


def play_incidents(state: WorldState) -> None:
    """Incidents of today begin and end."""


def revise_hazards(state: WorldState) -> None:
    """Oversight, tension and rates as the policies in force set them."""
