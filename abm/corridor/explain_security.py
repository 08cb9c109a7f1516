"""Hazards, regimes and history of a case in words."""

from collections import Counter

from abm.corridor.actor_rows import Event, Hazard, Regime
from abm.corridor.actor_rows import listed as names_in
from abm.corridor.prose import Block, Grid, Section, counted
from abm.corridor.tables import Case
from abm.rules.hazard import mean_days

_COLUMNS = ("incidents of", "a year", "mean days", "days a year", "left", "what it is, and hits")
_RIGHT = frozenset({1, 2, 3, 4})


def security_sections(case: Case) -> tuple[Section, ...]:
    """Nothing where the case has none."""
    blocks: list[Block] = []
    drawn = [row for row in case.hazards if row.is_active]
    if drawn:
        blocks += [_lead(case), _hazards(drawn)]
    latent = [row for row in case.hazards if not row.is_active]
    if latent:
        blocks += [
            "These happen only under a policy that sets their rate (a row whose note says so is left to the model itself):",
            _hazards(latent),
        ]
    if case.regimes:
        blocks += [
            "Pairs of countries fall into long closures that shut all their crossings together. One begins only while a crossing "
            "is open, and none while one lasts:",
            _regimes(case.regimes),
        ]
    if case.events:
        blocks.append(_history(case.events))
    return (Section("Incidents", tuple(blocks)),) if blocks else ()


def _lead(case: Case) -> str:
    echo = any(row.branching_share > 0.0 for row in case.hazards)
    echoes = " Some set off echoes; rates hold them." if echo else ""
    bans = any("/" in row.targets for row in case.hazards)
    held = (
        " A ban of trade holds goods back and lets them go when it ends: base flows already are what such bans leave of trade."
        if bans
        else ""
    )
    return (
        "Incidents shut or narrow links for a while, each world at its own hours. Measured border times contain closures of the "
        f"post; these rows concern whole links and raise no dwell.{echoes}{held} Before oversight and tension:"
    )


def _hazards(rows: list[Hazard]) -> Grid:
    return Grid(_COLUMNS, tuple(_row(row.hazard_id, row.targets, row, f"{row.left_share:.0%}") for row in rows), _RIGHT)


def _regimes(rows: tuple[Regime, ...]) -> Grid:
    columns = ("closures between", "a year", "mean days", "share of time", "what it is, and hits")
    told = []
    for row in rows:
        name, rate, days, busy, _, title = _row(row.regime_id, row.links, row, "")
        share = float(busy) / (365.0 + float(busy))  # renewal: closed over open and closed
        told.append((name, rate, days, f"{share:.0%}", title))
    return Grid(columns, tuple(told), frozenset({1, 2, 3}))


def _row(name: str, targets: str, row: Hazard | Regime, left: str) -> tuple[str, ...]:
    median = row.duration_days
    days = mean_days(median, row.duration_low_days or median, row.duration_high_days or median)
    hits = names_in(targets)
    told = ", ".join(hits) if len(hits) <= 2 else f"{hits[0]} and {len(hits) - 1} more"
    season = ""
    if isinstance(row, Hazard) and row.season_share is not None:
        season = f", {row.season_share:.0%} in months {row.season_from_month}-{row.season_to_month}"
    what = f"{row.title} ({told}{season})"
    return name, f"{row.rate_per_year:g}", f"{days:.1f}", f"{days * row.rate_per_year:.1f}", left, what


def _history(events: tuple[Event, ...]) -> str:
    kinds = Counter(row.kind for row in events)
    listing = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    return (
        f"History: {counted(len(events), 'event')} from {min(row.start for row in events)} to "
        f"{max(row.start for row in events)} ({listing}) can be replayed instead (--replay DATE makes DATE the opening day)."
    )
