"""Carriers act: prices by the week, fleets by the month; capacity follows cycle times."""

from abm.state import WorldState


def review_fleets(state: WorldState) -> None:
    """Carriers look at yesterday's loads."""


def mark_base_year(state: WorldState) -> None:
    """The base year's loads become the carriers' reference."""
