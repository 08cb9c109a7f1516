"""Incidents, regimes and what is believed of risk: the state that :mod:`abm.security` plays day by day."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from abm.agents.shipper import ShipperTable
from abm.corridor.actor_rows import Event, Hazard, Regime, listed
from abm.corridor.calendar_days import event_days
from abm.corridor.policies import opening_day
from abm.corridor.scenario import Scenario, assumption_values, ranged
from abm.corridor.tables import Case
from abm.network.arcs import ArcKind, Bools, Floats, Ints, Keys, Network
from abm.observers import MONTH_ENDS, day_of_year
from abm.randomness import name_key
from abm.rules.hazard import (
    DURATION,
    HazardParameters,
    day_key,
    draw,
    first_gaps,
    lognormal_days,
    season_factors,
    stationary_risk,
)
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY

#: Month, 1-12, of each day of a year of 365 days.
MONTH_OF_DAY = np.searchsorted(MONTH_ENDS, np.arange(int(DAYS_PER_YEAR)), side="right") + 1
#: ``time_class`` of goods that spoil.
_PERISHABLE = "perishable"


@dataclass(frozen=True, slots=True)
class Source:
    """What can strike: a hazard, a regime, or an event of history, with what it hits.

    links: rows; shutting them or, with ``left_share`` above 0, slowing ``facilities`` and the line-haul ``arcs``. triples:
    relations whose goods are held back. is_hit (n_arcs): where cargo is lost. area: links on which it raises the alert.
    """

    name: str
    key: int
    links: Ints
    facilities: Ints
    arcs: Ints
    is_hit: Bools
    triples: tuple[str, ...]
    left_share: float
    loss_share: float
    region: str = ""
    area: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident under way or to come: row of its source, its key, and its absolute hours (``end_h`` inf: for good)."""

    source: int
    key: int
    start_h: float
    end_h: float


@dataclass(frozen=True)
class Draws:
    """What is fixed for all worlds of a seed; rows are the hazards, then the regimes.

    gaps (n, n_days): first candidate of each day from ``first_day`` on; season (n, 365): factor by day of the year, which is
    ``year_day`` on day 0. replay: incidents come from history and none is drawn.
    """

    seed: int
    keys: Keys
    parameters: tuple[HazardParameters, ...]
    is_active: Bools
    gaps: Floats
    season: Floats
    first_day: int
    year_day: int
    replay: bool

    def first_of(self, day: int) -> Floats:
        """First candidate of a day of each hazard and regime; days beyond the horizon are drawn when they come."""
        column = day - self.first_day
        if column < self.gaps.shape[1]:
            return np.asarray(self.gaps[:, column])
        return np.asarray(first_gaps(np.uint64(self.seed), self.keys, np.int64(day), 1)[:, 0])

    def due_days(self, per_day: Floats) -> Bools:
        """Days of the horizon on which anything at all breaks out at these background rates: on others nobody need look."""
        days = self.first_day + self.year_day + np.arange(self.gaps.shape[1])
        return np.asarray((self.gaps <= per_day[:, None] * self.season[:, days % int(DAYS_PER_YEAR)]).any(axis=0))


@dataclass
class Security:
    """Sources are the hazards, then the regimes, then the events of the case. ``is_acting``: anything can happen at all.

    per_day: background incidents a day by hazard and regime as policies have it, before the season; is_drawn: rate above 0.
    is_due (n_days): something breaks out on that day. known: incidents under way and to come. today: those of the day. shut
    (n_links): 1 where incidents keep a link shut. alert (n_links): an incident that raises the alert is on in the region. risk,
    risk_0 (n_links): believed probability of losing the cargo, and its long-run mean. let_through (n_shippers): share of the
    goods made that may leave, None for all. held_t: goods held back, by shipper, up to what it makes in hold_days, and a lot at
    least. usual_t: tonnes a day that what a source hits carried before its latest outbreak. is_disturbed: something is hit.
    rows_of: shippers meant by a triple, found once.

    Running sums by source: starts, days (of exact hours), lost_t, at_risk_t (tonnes that would have passed); by link:
    shut_days; withheld_t: goods ever held back.
    """

    sources: tuple[Source, ...]
    draws: Draws
    n_hazards: int
    n_regimes: int
    is_acting: bool
    per_day: Floats
    is_drawn: Bools
    is_due: Bools
    known: list[Incident]
    today: list[Incident]
    shut: Ints
    alert: Bools
    risk: Floats
    risk_0: Floats
    risk_jump: float
    risk_keep: float
    let_through: Floats | None
    held_t: Floats
    hold_days: Floats
    usual_t: Floats
    starts: Floats
    days: Floats
    lost_t: Floats
    at_risk_t: Floats
    shut_days: Floats
    withheld_t: float = 0.0
    is_disturbed: bool = False
    rows_of: dict[str, Bools] = field(default_factory=dict)

    def copy(self) -> "Security":
        """An independent copy; what never changes is shared."""
        arrays = {
            name: getattr(self, name).copy()
            for name in (
                "per_day", "is_drawn", "shut", "alert", "risk", "held_t", "usual_t", "starts", "days", "lost_t", "at_risk_t",
                "shut_days",
            )
        }  # fmt: skip
        return replace(self, known=list(self.known), today=list(self.today), **arrays)

    def sums(self) -> dict[str, Floats]:
        """Running sums for the ledger; by row of hazards.csv, regimes.csv, events.csv, or by link."""
        hazards, regimes = self.n_hazards, self.n_hazards + self.n_regimes
        return {
            "incidents": self.starts[:hazards].copy(), "incident_days": self.days[:hazards].copy(),
            "incident_lost_t": self.lost_t[:hazards].copy(), "at_risk_t": self.at_risk_t[:hazards].copy(),
            "regime_closures": self.starts[hazards:regimes].copy(), "regime_days": self.days[hazards:regimes].copy(),
            "regime_at_risk_t": self.at_risk_t[hazards:regimes].copy(), "event_days": self.days[regimes:].copy(),
            "event_lost_t": self.lost_t[regimes:].copy(), "event_at_risk_t": self.at_risk_t[regimes:].copy(),
            "shut_days": self.shut_days.copy(), "withheld_t": np.array([self.withheld_t]),
        }  # fmt: skip

    def levels(self) -> dict[str, Floats]:
        """What stands at the end of the day."""
        is_on = np.zeros(len(self.sources))
        is_on[[incident.source for incident in self.today]] = 1.0
        return {
            "incidents_on": is_on, "held_t": np.array([self.held_t.sum()]), "believed_risk": self.risk - self.risk_0,
        }  # fmt: skip

    @property
    def risk_over_mean(self) -> Floats:
        """Believed probability of loss beyond what freight rates hold already, by link."""
        return self.risk - self.risk_0


def new_security(scenario: Scenario, network: Network, table: ShipperTable) -> Security:
    """Nothing has happened yet, and what is believed of risk is its long-run mean."""
    case, values = scenario.case, assumption_values(scenario)
    sources = _sources(scenario, network)
    draws = _draws(scenario)
    n_sources, n_links = len(sources), len(network.link_ids)
    n_hazards, n_regimes = len(case.hazards), len(case.regimes)
    keep = math.exp2(-1.0 / values["risk_half_life_days"])
    security = Security(
        sources=sources, draws=draws, n_hazards=n_hazards, n_regimes=n_regimes,
        is_acting=scenario.acts("incidents") and bool(case.events if draws.replay else case.hazards or case.regimes),
        per_day=np.zeros(n_hazards + n_regimes), is_drawn=np.zeros(n_hazards + n_regimes, dtype=np.bool_),
        is_due=np.zeros(draws.gaps.shape[1], dtype=np.bool_), known=[], today=[],
        shut=np.zeros(n_links, dtype=np.int64), alert=np.zeros(n_links, dtype=np.bool_), risk=np.zeros(n_links),
        risk_0=np.zeros(n_links), risk_jump=values["risk_jump"], risk_keep=keep, let_through=None,
        held_t=np.zeros(len(table)), hold_days=_hold_days(case, table, values),
        usual_t=np.zeros(n_sources), starts=np.zeros(n_sources), days=np.zeros(n_sources), lost_t=np.zeros(n_sources),
        at_risk_t=np.zeros(n_sources), shut_days=np.zeros(n_links),
    )  # fmt: skip
    if not security.is_acting:
        return security
    if draws.replay:
        security.known = _history(scenario, sources, n_hazards + n_regimes)
        return security
    for number, row in enumerate(case.hazards):
        if row.is_active:
            p = draws.parameters[number]
            mean = stationary_risk(p.rate_per_year, p.loss_share * security.risk_jump, values["risk_half_life_days"])
            security.risk_0[sources[number].links] += mean
    security.risk = security.risk_0.copy()
    security.known = _closed_at_start(case.regimes, draws, sources, n_hazards)
    return security


def _hold_days(case: Case, table: ShipperTable, values: Mapping[str, float]) -> Floats:
    """Days for which each shipper keeps what a ban stops: perishables are lost sooner."""
    time_class = {row.commodity_id: row.time_class for row in case.commodities}
    is_perishable = np.array([time_class[flow.commodity] == _PERISHABLE for flow in case.flows], dtype=np.bool_)
    return np.where(is_perishable[table.flow], values["backlog_perishable_days"], values["backlog_days"])


# -------------------------------------------------------------------------------------------------------------- what can strike
def _sources(scenario: Scenario, network: Network) -> tuple[Source, ...]:
    case = scenario.case
    found = [
        _source(network, row.hazard_id, row.targets, row.left_share, row.loss_share, row.region) for row in case.hazards
    ]
    found += [_source(network, row.regime_id, row.links, 0.0, 0.0, "") for row in case.regimes]
    found += [_source(network, row.event_id, row.targets, row.left_share, row.loss_share, "") for row in case.events]
    rows: tuple[Hazard | Regime | Event, ...] = (*case.hazards, *case.regimes, *case.events)
    raises = [row.raises_alert for row in rows]
    return tuple(
        replace(one, area=_area(one, found)) if is_raised else one for one, is_raised in zip(found, raises, strict=True)
    )


def _area(one: Source, sources: list[Source]) -> Ints:
    """Links of a source, and those of the hazards of its region."""
    near = [other.links for other in sources if one.region and other.region == one.region]
    return np.unique(np.concatenate([one.links, *near]))


def _source(network: Network, name: str, targets: str, left: float, loss: float, region: str) -> Source:
    """A shut post shuts its crossing; one that is slowed stays alone."""
    names, arcs = listed(targets), network.arcs
    posts = [network.post_ids.index(target) for target in names if target in network.post_ids]
    at_posts = np.flatnonzero(np.isin(arcs.post, posts))
    numbers = [network.link_ids.index(target) for target in names if target in network.link_ids]
    if left == 0.0:
        numbers += arcs.link[at_posts].tolist()
    links = np.unique(np.array(numbers, dtype=np.int64))
    is_hit = np.isin(arcs.link, links) & (arcs.link >= 0)
    is_hit[at_posts] = True
    facilities = np.unique(arcs.facility[is_hit & (arcs.facility >= 0)]).astype(np.int64)
    line = np.flatnonzero(np.isin(arcs.link, links) & (arcs.kind == ArcKind.LINEHAUL))
    triples = tuple(target for target in names if "/" in target)
    return Source(name, name_key(name), links, facilities, line, is_hit, triples, left, loss, region)


# -------------------------------------------------------------------------------------------------------------- when it strikes
def _draws(scenario: Scenario) -> Draws:
    case = scenario.case
    rows: tuple[Hazard | Regime, ...] = (*case.hazards, *case.regimes)
    parameters = [hazard_parameters(scenario, row) for row in case.hazards] + [
        _of_regime(scenario, row) for row in case.regimes
    ]
    keys = np.array(
        [name_key(row.hazard_id) for row in case.hazards] + [name_key(row.regime_id) for row in case.regimes],
        dtype=np.uint64,
    )
    first, n_days = -case.info.warmup_days, case.info.warmup_days + int(scenario.years * DAYS_PER_YEAR)
    replay = bool(scenario.replay_from)
    is_needed = scenario.acts("incidents") and not replay
    gaps = first_gaps(np.uint64(scenario.seed), keys, np.int64(first), n_days if is_needed else 0)
    ones = np.ones(MONTH_OF_DAY.size)
    season = [
        ones
        if row.season_share is None or row.season_from_month is None or row.season_to_month is None
        else season_factors(MONTH_OF_DAY, row.season_from_month, row.season_to_month, row.season_share)
        for row in case.hazards
    ] + [ones] * len(case.regimes)
    return Draws(
        seed=scenario.seed, keys=keys, parameters=tuple(parameters),
        is_active=np.array([row.is_active for row in rows], dtype=np.bool_), gaps=gaps,
        season=np.array(season).reshape(-1, MONTH_OF_DAY.size), first_day=first, year_day=day_of_year(opening_day(case)),
        replay=replay,
    )  # fmt: skip


def hazard_parameters(scenario: Scenario, row: Hazard) -> HazardParameters:
    """A rate and a branching ratio have ranges that are drawn; the range of a duration is its own spread."""
    name, table = row.hazard_id, "hazards.csv"
    rate = ranged(
        scenario, table, name, "rate_per_year", row.rate_per_year, row.rate_low_per_year, row.rate_high_per_year
    )
    branching = ranged(
        scenario, table, name, "branching_share", row.branching_share, row.branching_low_share, row.branching_high_share
    )
    return HazardParameters(rate, branching, row.echo_days, *_spread(row), loss_share=row.loss_share)


def _of_regime(scenario: Scenario, row: Regime) -> HazardParameters:
    rate = ranged(
        scenario,
        "regimes.csv",
        row.regime_id,
        "rate_per_year",
        row.rate_per_year,
        row.rate_low_per_year,
        row.rate_high_per_year,
    )
    return HazardParameters(rate, 0.0, 1.0, *_spread(row))


def _spread(row: Hazard | Regime) -> tuple[float, float, float]:
    median = row.duration_days
    return median, row.duration_low_days or median, row.duration_high_days or median


def end_of(draws: Draws, source: int, key: int, start_h: float) -> float:
    """Absolute hour at which an incident that begins at ``start_h`` is over."""
    p = draws.parameters[source]
    u = draw(np.uint64(draws.seed), np.uint64(key), DURATION)
    days = lognormal_days(p.duration_days, p.duration_low_days, p.duration_high_days, u)
    return start_h + HOURS_PER_DAY * days


def _closed_at_start(
    regimes: tuple[Regime, ...], draws: Draws, sources: tuple[Source, ...], n_hazards: int
) -> list[Incident]:
    """Long closures under way on the first day; how long they still last is drawn like a new one's length."""
    found = []
    for number, row in enumerate(regimes, start=n_hazards):
        if row.starts_closed and row.is_active:
            key = int(day_key(sources[number].key, draws.first_day - 1))
            found.append(Incident(number, key, 0.0, end_of(draws, number, key, 0.0)))
    return found


def _history(scenario: Scenario, sources: tuple[Source, ...], first: int) -> list[Incident]:
    """Events at their dates, moved so that ``replay_from`` is the opening day."""
    origin = dt.date.fromisoformat(scenario.replay_from)
    warmup_h = HOURS_PER_DAY * scenario.case.info.warmup_days
    found = []
    for number, row in enumerate(scenario.case.events, start=first):
        start_h = warmup_h + HOURS_PER_DAY * (dt.date.fromisoformat(row.start) - origin).days
        end_h = start_h + HOURS_PER_DAY * event_days(row)
        if end_h > 0.0:
            found.append(Incident(number, sources[number].key, max(start_h, 0.0), end_h))
    return found
