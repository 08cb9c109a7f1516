"""``check``: every fault of a case, what is doubtful about it, and how big it is."""

from dataclasses import dataclass
from pathlib import Path

from abm.corridor.folder import Reading, read_case, reading_of
from abm.corridor.tables import Case
from abm.errors import Problem


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a check: a case with ``problems`` does not load; ``warnings`` are for the user's judgement."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check(case: str | Path | Case) -> Report:
    """Check a packaged case, a folder or a case in memory. Raises InputError only when there is no such folder."""
    return examine(reading_of(case) if isinstance(case, Case) else read_case(case))


def examine(reading: Reading) -> Report:
    """All rules on one reading."""
    return Report(reading.problems, reading.warnings)
