"""Projects of a case in words, and what moving goods emits."""

from abm.corridor.building import delay_causes, expected_delay_years
from abm.corridor.prose import Grid, Points, Section, listed
from abm.corridor.tables import Case, Project

_CAUSES = {"land": "land", "funding": "funding", "policy": "alignment of policies"}


def project_sections(case: Case) -> tuple[Section, ...]:
    """What has to be built before a policy can come into force; nothing where the case has none."""
    if not case.projects:
        return ()
    told = (
        "A policy with a project can be appraised (caravan appraise). Its date of completion is drawn: construction time in "
        "its range, then delays. Costs and gains beyond trade, transport and CO2e are not in it."
    )
    return (Section("Projects", (told, Points(tuple(_project(project) for project in case.projects)))),)


def emission_sections(case: Case) -> tuple[Section, ...]:
    """The factors of CO2e; nothing where the case has none."""
    return (Section("CO2e", (_EMITTED, _factors(case))),) if case.emissions else ()


_EMITTED = (
    "Grams of CO2e that moving a tonne over a kilometre emits, well to wheel, with its range: drawn once for each mode."
)


def _project(project: Project) -> str:
    cost = _ranged(project.cost_usd_m, project.cost_low_usd_m, project.cost_high_usd_m)
    years = _ranged(project.build_years, project.build_low_years, project.build_high_years)
    own = 1.0 - project.partner_share - project.grant_share
    payers = [f"{project.payer} pays {100 * own:g} %"]
    if project.partner:
        payers.append(f"{project.partner} {100 * project.partner_share:g} %")
    if project.grant_share > 0.0:
        payers.append(f"gifts from outside {100 * project.grant_share:g} %")
    return (
        f"{project.project_id}: {project.title}, for {project.policy_id}. USD {cost} m ({listed(payers)}), work from "
        f"{project.start}, {years} years of building; {_delays(project)}. Upkeep {100 * project.upkeep_share_per_year:g} % "
        f"of the cost a year, {project.life_years:g} years of life."
    )


def _delays(project: Project) -> str:
    causes = [
        f"{_CAUSES[name]} {law.rate_per_year:g} a year of {law.median_days:g} days"
        for name, law in delay_causes(project)
    ]
    if not causes:
        return "no delays"
    return f"delays by {listed(causes)}, {expected_delay_years(project):.1f} years on average"


def _ranged(value: float, low: float | None, high: float | None) -> str:
    return f"{value:g}" if low is None or high is None else f"{value:g} ({low:g} to {high:g})"


def _factors(case: Case) -> Grid:
    rows = tuple(
        (
            row.mode.value,
            row.cargo_class.value,
            _ranged(row.g_co2e_tkm, row.g_co2e_low_tkm, row.g_co2e_high_tkm),
            row.source,
        )
        for row in case.emissions
    )
    return Grid(("mode", "class", "g/tkm", "source"), rows)
