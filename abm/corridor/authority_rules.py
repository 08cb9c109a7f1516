"""Rules for authorities.csv, consents.csv and openings.csv."""

from collections.abc import Iterator

from abm.corridor.folder import Reading
from abm.errors import Problem


def authority_problems(_reading: Reading) -> Iterator[Problem]:
    """Every row fits the others."""
    yield from ()
