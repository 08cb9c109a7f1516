"""Authorities decide: openings and closings of links they hold."""

from abm.state import WorldState


def decide(state: WorldState) -> None:
    """Authorities take today's decisions."""


def revise_quotas(state: WorldState) -> None:
    """Quotas as the policies in force set them."""
