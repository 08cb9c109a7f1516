"""``check``: every fault of a case, what is doubtful about it, and how big it is."""

from dataclasses import dataclass
from pathlib import Path

from abm.corridor.authority_rules import authority_problems
from abm.corridor.borders import border_problems
from abm.corridor.carrier_rules import carrier_problems
from abm.corridor.claim_rules import claim_problems
from abm.corridor.coherence import coherence_problems
from abm.corridor.doubts import doubts
from abm.corridor.explained import Explanation, explained_problems, sort_out
from abm.corridor.folder import Reading, read_case, reading_of
from abm.corridor.policy_rules import policy_problems
from abm.corridor.project_rules import project_problems
from abm.corridor.reach import length_warnings, reach_problems, reach_warnings
from abm.corridor.references import reference_problems
from abm.corridor.security_rules import security_problems
from abm.corridor.size import Size, measure
from abm.corridor.tables import Case
from abm.corridor.target_rules import target_problems
from abm.errors import Problem


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a check: a case with ``problems`` does not load; ``warnings`` are for the user's judgement, and of those in
    ``explained`` the case says why they may stand."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    size: Size
    explained: tuple[Explanation, ...] = ()


def check(case: str | Path | Case) -> Report:
    """Check a packaged case, a folder or a case in memory. Raises InputError only when there is no such folder."""
    return examine(reading_of(case) if isinstance(case, Case) else read_case(case))


def examine(reading: Reading) -> Report:
    """All rules on one reading. Whether flows can reach their ends is asked only when everything else holds."""
    problems = [
        *reading.problems,
        *reference_problems(reading),
        *coherence_problems(reading),
        *border_problems(reading),
        *policy_problems(reading),
        *carrier_problems(reading),
        *security_problems(reading),
        *authority_problems(reading),
        *project_problems(reading),
        *target_problems(reading),
        *claim_problems(reading),
        *explained_problems(reading),
    ]
    warnings = [*reading.warnings, *length_warnings(reading)]
    if not problems:
        problems += reach_problems(reading)
    if not problems:
        warnings += [*reach_warnings(reading), *doubts(reading)]
    explained: list[Explanation] = []
    if not problems:
        warnings, explained = sort_out(dict.fromkeys(warnings), reading)
    return Report(tuple(dict.fromkeys(problems)), tuple(dict.fromkeys(warnings)), measure(reading), tuple(explained))
