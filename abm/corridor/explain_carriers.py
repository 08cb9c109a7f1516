"""Carriers and services of a case in words."""

from abm.corridor.prose import Section
from abm.corridor.tables import Case


def carrier_sections(_case: Case) -> tuple[Section, ...]:
    """Nothing where the case has none."""
    return ()
