"""Rules for projects.csv."""

import datetime as dt
from collections.abc import Iterator

from abm.corridor.folder import Reading
from abm.corridor.references import unknown
from abm.corridor.tables import PolicyStep, Project
from abm.corridor.wording import as_written
from abm.errors import Problem
from abm.rules.delay import MOST_DELAYS

_CAUSES = ("land", "funding", "policy")
#: Nothing that is built takes longer, years: a larger number is a slip of the pen.
_LONGEST_BUILD_YEARS = 50.0


def project_problems(reading: Reading) -> Iterator[Problem]:
    """Policies exist, dates are dates, and delays are not more than anything can have."""
    known = frozenset(step.policy_id for _, step in reading.located(PolicyStep))
    first: dict[str, str] = {}
    for place, project in reading.located(Project):
        other = first.setdefault(project.policy_id, place)
        if other != place:
            rule = f"has its project at {other}: one row stands for all that the policy needs"
            yield Problem(place, rule, "policy_id", as_written(project.policy_id))
        yield from unknown(place, "policy_id", project.policy_id, "a policy", known)
        if not known:
            yield Problem(place, "is not a policy: the case has none", "policy_id", as_written(project.policy_id))
        yield from _start(place, project)
        if bool(project.partner) != (project.partner_share > 0.0):
            yield Problem(
                place, "needs both a partner and its share, or neither", "partner", as_written(project.partner)
            )
        if project.grant_share + project.partner_share > 1.0:
            rule = "must leave something for the payer: grant_share and partner_share are more than 1 together"
            yield Problem(place, rule, "partner_share", f"{project.partner_share:g}")
        longest = project.build_high_years or project.build_years
        if longest > _LONGEST_BUILD_YEARS:
            yield Problem(place, f"must be <= {_LONGEST_BUILD_YEARS:g}", "build_years", f"{longest:g}")
        for cause in _CAUSES:
            rate = getattr(project, f"{cause}_delays_per_year")
            if rate * longest > MOST_DELAYS / 2:
                rule = f"makes more than {MOST_DELAYS // 2} delays while it is built"
                yield Problem(place, rule, f"{cause}_delays_per_year", f"{rate:g}")


def _start(place: str, project: Project) -> Iterator[Problem]:
    try:
        dt.date.fromisoformat(project.start)
    except ValueError:
        yield Problem(place, "must be a date such as 2027-01-01", "start", as_written(project.start))
