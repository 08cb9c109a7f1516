"""Who holds what, and when it may open, in words."""

import datetime as dt

from abm.corridor.explain_network import link_name
from abm.corridor.openings import mean_dates
from abm.corridor.prose import Block, Grid, Points, Section, listed
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case, Opening
from abm.units import DAYS_PER_YEAR

_ROLES = {
    "state": "a state",
    "operator": "an operator",
    "gatekeeper": "a gatekeeper: an outside power whose consent is needed",
}
#: Full years from the opening day after which probabilities are told.
_YEARS = (3, 5, 8)


def authority_sections(case: Case) -> tuple[Section, ...]:
    """Nothing where the case has none."""
    blocks: list[Block] = []
    if case.authorities:
        lead = "Some links open only if all agree whose consent they need. Who holds what, by what right:"
        blocks += [lead, Points(tuple(_holding(case, row.authority_id) for row in case.authorities))]
    if case.openings:
        blocks += [
            "When policies may come, as experts expect it: a triangular distribution of dates, given that it happens, and the "
            "probability that it never does. Results are given opening unless --dates scheduled draws a date, or never, for "
            "each world. (--dates negotiated is exploratory: wills that wander, fitted to the same dates.) By the end of a year, "
            "the probability that it has come, in per cent (at the likeliest share of never; compare and sweep draw that, too):",
            _dates(case),
        ]
    return (Section("Authorities and openings", tuple(blocks)),) if blocks else ()


def _holding(case: Case, authority_id: str) -> str:
    row = next(row for row in case.authorities if row.authority_id == authority_id)
    links = {link.link_id: link_name(case, link) for link in case.links}
    by_reason: dict[str, list[str]] = {}
    for consent in case.consents:
        if consent.authority_id == authority_id:
            by_reason.setdefault(consent.reason, []).append(links[consent.link_id])
    held = "; ".join(f"{reason}: {listed(names)}" for reason, names in by_reason.items()) or "no link"
    acts = [hazard.title for hazard in case.hazards if hazard.authority_id == authority_id]
    acts += [regime.title for regime in case.regimes if regime.authority_id == authority_id]
    own = f" Acts of its own that may strike: {'; '.join(acts)}." if acts else ""
    return f"{row.name} ({row.country}, {_ROLES[row.role]}). {held}.{own}"


def _dates(case: Case) -> Grid:
    rows = tuple((row.policy_id, _range(row), _never(row), *_chances(case, row.policy_id)) for row in case.openings)
    years = tuple(f"year {year}" for year in _YEARS)
    columns = ("policy", "earliest, likely, latest", "never, %", *years)
    return Grid(columns, rows, frozenset(range(2, len(columns))), wraps=0)


def _range(row: Opening) -> str:
    return ", ".join(f"{dt.date.fromisoformat(date):%Y-%m}" for date in (row.earliest, row.likely, row.latest))


def _never(row: Opening) -> str:
    middle = f"{100 * row.never_share:.0f}"
    if row.never_low_share is None or row.never_high_share is None:
        return middle
    return f"{middle} ({100 * row.never_low_share:.0f}-{100 * row.never_high_share:.0f})"


def _chances(case: Case, policy_id: str) -> tuple[str, ...]:
    dates = mean_dates(Scenario(case), policy_id)
    return tuple("-" if dates is None else f"{100 * dates.probability_by(DAYS_PER_YEAR * year):.0f}" for year in _YEARS)
