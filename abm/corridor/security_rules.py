"""Rules for hazards.csv, regimes.csv and events.csv."""

from collections.abc import Iterator

from abm.corridor.folder import Reading
from abm.errors import Problem


def security_problems(_reading: Reading) -> Iterator[Problem]:
    """Every row fits the others."""
    yield from ()
