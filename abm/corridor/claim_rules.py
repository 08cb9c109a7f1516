"""Rules for claims.csv: what is claimed is a range."""

from collections.abc import Iterator

from abm.corridor.folder import Reading
from abm.corridor.tables import Claim
from abm.errors import Problem


def claim_problems(reading: Reading) -> Iterator[Problem]:
    """The ends of every claim are in order."""
    for place, claim in reading.located(Claim):
        if claim.low_share > claim.high_share:
            yield Problem(place, "must not be above high_share", "low_share", f"{claim.low_share:g}")
