"""Projects of a case in words."""

from abm.corridor.prose import Section
from abm.corridor.tables import Case


def project_sections(_case: Case) -> tuple[Section, ...]:
    """Nothing where the case has none."""
    return ()
