"""Rules for authorities.csv, consents.csv and openings.csv."""

import datetime as dt
from collections.abc import Iterator

from abm.corridor.folder import Reading
from abm.corridor.references import unknown
from abm.corridor.tables import Action, Authority, Consent, Hazard, Link, Opening, PolicyStep, Regime
from abm.corridor.wording import as_written
from abm.errors import Problem

#: With more whose consent one policy needs, the fit of negotiated dates would take minutes (:mod:`abm.rules.negotiation`).
MOST_AUTHORITIES = 4


def authority_problems(reading: Reading) -> Iterator[Problem]:
    """Every row fits the others."""
    yield from _consents(reading)
    yield from _openings(reading)


def _consents(reading: Reading) -> Iterator[Problem]:
    known = reading.keys(Authority)
    if any(reading.located(Consent)) and not known:
        yield Problem("consents.csv", "needs authorities.csv, which says who the authorities are")
    used = set()
    for place, row in reading.located(Consent):
        yield from unknown(place, "link_id", row.link_id, "a link", reading.keys(Link))
        yield from unknown(place, "authority_id", row.authority_id, "an authority of authorities.csv", known)
        used.add(row.authority_id)
    acts: list[tuple[str, Hazard | Regime]] = [*reading.located(Hazard), *reading.located(Regime)]
    for place, act in acts:
        if act.authority_id:
            yield from unknown(place, "authority_id", act.authority_id, "an authority of authorities.csv", known)
            used.add(act.authority_id)
    for place, authority in reading.located(Authority):
        if authority.authority_id not in used:
            rule = "holds no link of consents.csv, and no hazard or regime is its act"
            yield Problem(place, rule, "authority_id", as_written(authority.authority_id))


def _openings(reading: Reading) -> Iterator[Problem]:
    policies = frozenset(row.policy_id for _, row in reading.located(PolicyStep))
    for place, row in reading.located(Opening):
        if not policies:
            yield Problem(place, "is not a policy: this case has none", "policy_id", as_written(row.policy_id))
        yield from unknown(place, "policy_id", row.policy_id, "a policy of policies.csv", policies)
        yield from _dates(place, row)
        holders = _holders(reading, row.policy_id)
        if len(holders) > MOST_AUTHORITIES:
            rule = f"needs the consent of {len(holders)} authorities; at most {MOST_AUTHORITIES} can negotiate"
            yield Problem(place, rule, "policy_id", as_written(row.policy_id))


def _dates(place: str, row: Opening) -> Iterator[Problem]:
    before: dt.date | None = None
    for column in ("earliest", "likely", "latest"):
        text = getattr(row, column)
        try:
            date = dt.date.fromisoformat(text)
        except ValueError:
            yield Problem(place, "must be a date such as 2029-07-01", column, as_written(text))
            return
        if before is not None and date < before:
            yield Problem(place, f"must not be before {before}: earliest, likely, latest in this order", column, text)
        before = date


def _holders(reading: Reading, policy_id: str) -> frozenset[str]:
    """Authorities whose consent the links need that a policy opens."""
    links = {
        row.target
        for _, row in reading.located(PolicyStep)
        if row.policy_id == policy_id and row.action is Action.OPEN_LINK
    }
    return frozenset(row.authority_id for _, row in reading.located(Consent) if row.link_id in links)
