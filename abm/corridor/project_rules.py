"""Rules for projects.csv and emissions.csv."""

from collections.abc import Iterator

from abm.corridor.folder import Reading
from abm.errors import Problem


def project_problems(_reading: Reading) -> Iterator[Problem]:
    """Every row fits the others."""
    yield from ()
