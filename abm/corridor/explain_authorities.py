"""Who holds what, and when it may open, in words."""

from abm.corridor.prose import Section
from abm.corridor.tables import Case


def authority_sections(_case: Case) -> tuple[Section, ...]:
    """Nothing where the case has none."""
    return ()
