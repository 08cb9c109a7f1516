"""Rules for hazards.csv, regimes.csv and events.csv."""

import datetime as dt
from collections.abc import Iterator

from abm.corridor.actor_rows import listed
from abm.corridor.folder import Reading
from abm.corridor.references import countries, unknown
from abm.corridor.tables import Authority, Commodity, Event, Hazard, Link, Post, Regime
from abm.corridor.wording import as_written
from abm.errors import Problem, nearest

_RANGES = ("rate_per_year", "branching_share", "duration_days")
#: A season over all of them says nothing, and leaves no month for the share outside it.
_MONTHS = 12


def security_problems(reading: Reading) -> Iterator[Problem]:
    """Every row fits the others."""
    for place, hazard in reading.located(Hazard):
        yield from _targets(place, hazard.targets, reading, posts=False)
        yield from _ranges(place, hazard)
        yield from _season(place, hazard)
        yield from _losses(place, hazard)
        yield from _authority(place, hazard.authority_id, reading)
    for place, regime in reading.located(Regime):
        if not listed(regime.links):
            yield Problem(place, "must name at least one link", "links", as_written(regime.links))
        for target in listed(regime.links):
            yield from unknown(place, "links", target, "a link", reading.keys(Link))
        first, second = regime.pair.split("-")
        if first == second:
            yield Problem(place, "must be two different countries", "pair", as_written(regime.pair))
        for country in (first, second):
            yield from unknown(place, "pair", country, "the country of any node", countries(reading))
        yield from _ranges(place, regime)
        yield from _authority(place, regime.authority_id, reading)
        if regime.regime_id in reading.keys(Hazard):
            yield Problem(place, "is the name of a hazard, too", "regime_id", as_written(regime.regime_id))
    for place, event in reading.located(Event):
        yield from _targets(place, event.targets, reading, posts=True)
        yield from _losses(place, event)
        yield from _dates(place, event)


def _targets(place: str, targets: str, reading: Reading, *, posts: bool) -> Iterator[Problem]:
    """Links, relations and, for history, posts. A hazard of a post would need a gate of its own: it names the link."""
    known = reading.keys(Link) | (reading.keys(Post) if posts else frozenset())
    what = "a link, a post" if posts else "a link"
    if not listed(targets):
        rule = f"must name at least one of {what}, DESTINATION/ORIGIN/COMMODITY"
        yield Problem(place, rule, "targets", as_written(targets))
    for target in listed(targets):
        if "/" in target:
            yield from _relation(place, target, reading)
        elif known and target not in known:
            rule = f"must be {what} or DESTINATION/ORIGIN/COMMODITY"
            yield Problem(place, rule, "targets", as_written(target), nearest(target, known))


def _relation(place: str, target: str, reading: Reading) -> Iterator[Problem]:
    parts = target.split("/")
    if len(parts) != 3:
        rule = "must be DESTINATION/ORIGIN/COMMODITY with * for all origins or commodities, such as XA/XB/*"
        yield Problem(place, rule, "targets", as_written(target))
        return
    destination, origin, commodity = parts
    yield from unknown(place, "targets", destination, "the country of any node", countries(reading))
    if origin != "*":
        yield from unknown(place, "targets", origin, "the country of any node", countries(reading))
    if commodity != "*":
        yield from unknown(place, "targets", commodity, "a commodity", reading.keys(Commodity))


def _ranges(place: str, row: Hazard | Regime) -> Iterator[Problem]:
    for column in _RANGES:
        stem, _, unit = column.partition("_")
        low, high = (getattr(row, f"{stem}_{end}_{unit}", None) for end in ("low", "high"))
        value = getattr(row, column, None)
        if value is None or (low is None and high is None):
            continue
        if low is None or high is None or not low <= value <= high:
            rule = f"needs both ends of its range, with {stem}_low_{unit} <= {column} <= {stem}_high_{unit}"
            yield Problem(place, rule, column, as_written(value))
    if getattr(row, "branching_high_share", None) == 1.0:
        rule = "must be < 1: every incident would set off another for ever"
        yield Problem(place, rule, "branching_high_share", "1")


def _season(place: str, row: Hazard) -> Iterator[Problem]:
    given = [value is not None for value in (row.season_from_month, row.season_to_month, row.season_share)]
    if any(given) and not all(given):
        yield Problem(
            place, "needs season_from_month, season_to_month and season_share, or none of them", "season_share"
        )
    elif row.season_from_month is not None and row.season_to_month is not None:
        n_months = (row.season_to_month - row.season_from_month) % _MONTHS + 1
        if n_months == _MONTHS:
            yield Problem(place, "must leave a month outside the season", "season_to_month", str(row.season_to_month))


def _losses(place: str, row: Hazard | Event) -> Iterator[Problem]:
    """Cargo is lost where it is, and a relation is nowhere."""
    if row.loss_share > 0.0 and all("/" in target for target in listed(row.targets)):
        yield Problem(place, "needs a link on which cargo is lost", "loss_share", as_written(row.loss_share))


def _authority(place: str, authority: str, reading: Reading) -> Iterator[Problem]:
    known = reading.keys(Authority)
    if authority and authority not in known:
        yield Problem(
            place,
            "is not an authority of authorities.csv",
            "authority_id",
            as_written(authority),
            nearest(authority, known),
        )


def _dates(place: str, row: Event) -> Iterator[Problem]:
    days: dict[str, dt.date] = {}
    for column, text in (("start", row.start), ("end", row.end)):
        try:
            if text or column == "start":
                days[column] = dt.date.fromisoformat(text)
        except ValueError:
            yield Problem(place, "must be a date such as 2021-07-01", column, as_written(text))
    if len(days) == 2 and days["end"] < days["start"]:
        yield Problem(place, "must not be before start", "end", as_written(row.end))
