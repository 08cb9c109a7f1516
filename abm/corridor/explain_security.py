"""Hazards, regimes and history of a case in words."""

from abm.corridor.prose import Section
from abm.corridor.tables import Case


def security_sections(_case: Case) -> tuple[Section, ...]:
    """Nothing where the case has none."""
    return ()
