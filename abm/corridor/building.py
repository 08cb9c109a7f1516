"""When projects are built in one world: their drawn construction times and delays, counted from the opening day."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from abm.corridor.scenario import Scenario, ranged
from abm.corridor.tables import Case, Project
from abm.randomness import Process, address
from abm.rules.delay import DelayParameters, delay_days, expected_delay_days, finished_day
from abm.units import DAYS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Built:
    """A project as one world builds it. start_day and completion_day count from the opening day (they may be negative);
    completion_day is the first on which the works can be used. cost_usd: capital, grant and all."""

    project: Project
    start_day: int
    build_years: float
    delays_days: float
    completion_day: int
    cost_usd: float


def project_of(case: Case, policy_id: str) -> Project | None:
    """What must be built before a policy can come into force; None if nothing."""
    return next((project for project in case.projects if project.policy_id == policy_id), None)


def delay_causes(project: Project) -> Iterator[tuple[str, DelayParameters]]:
    """(cause, its law) of the three that hold projects up; a cause that never strikes is left out."""
    causes = (
        ("land", project.land_delays_per_year, project.land_delay_days),
        ("funding", project.funding_delays_per_year, project.funding_delay_days),
        ("policy", project.policy_delays_per_year, project.policy_delay_days),
    )
    return ((name, DelayParameters(rate, days)) for name, rate, days in causes if rate > 0.0)


def expected_delay_years(project: Project) -> float:
    """Mean delay at the central construction time, years."""
    days = (expected_delay_days(law, project.build_years) for _, law in delay_causes(project))
    return sum(days, 0.0) / DAYS_PER_YEAR


def built(scenario: Scenario, project: Project) -> Built:
    """The project as this world builds it: cost and construction time drawn in their ranges when the scenario draws, delays
    always (they are chance); every draw is addressed by (seed, project, cause, which)."""
    name = project.project_id

    def drawn(column: str, value: float, low: float | None, high: float | None) -> float:
        return ranged(scenario, "projects.csv", name, column, value, low, high)

    years = drawn("build_years", project.build_years, project.build_low_years, project.build_high_years)
    cost = drawn("cost_usd_m", project.cost_usd_m, project.cost_low_usd_m, project.cost_high_usd_m)
    delays = 0.0
    for cause, law in delay_causes(project):
        delays += delay_days(law, years, partial(address, scenario.seed, Process.PROJECT, name, cause))
    start = (dt.date.fromisoformat(project.start) - dt.date.fromisoformat(scenario.case.info.start)).days
    return Built(project, start, years, delays, finished_day(start, years, delays), cost * 1e6)


def completion_day(scenario: Scenario, policy_id: str) -> int | None:
    """Day from the opening day on which the project of a policy is finished in this world; None if it has no project."""
    project = project_of(scenario.case, policy_id)
    return None if project is None else built(scenario, project).completion_day
