"""What incidents cost with and without a measure, and what oversight must achieve to be worth its price.

The effect of oversight on incidents is an *input* of the model: nothing here estimates it. What the worlds do say is its price,
inspection and the shocks that the gatekeeper itself brings, and so the effect at which it would break even:

    effect* = (shock days * share + inspection) / (incident days * level)

share: trade that a day of the gatekeeper's shocks stops, over that of a day of incidents; inspection: tonne-days of added dwell
over the tonnes a day that incidents stop; level: how far oversight goes, 1 being all. All by year, mean over the years of a
world. A tonne that an incident or a shock stops counts as a day lost, as a tonne-day of inspection does: long closures, whose
goods wait for longer or go other ways, weigh too little on both sides of the fraction.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from abm.corridor.actor_rows import listed
from abm.corridor.policies import Step, as_written, resolve
from abm.corridor.scenario import Scenario, assumption_values
from abm.corridor.tables import Action, Case
from abm.incidents import hazard_parameters
from abm.network.arcs import Bools, Floats, Ints
from abm.network.options import blueprint
from abm.relations import flows_meant
from abm.rules.hazard import mean_days
from abm.study.spread import spread_columns, summary
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY
from abm.worlds import TRANSPORT, UNSEEN, WITHOUT, WorldRun

#: The assumption that says what oversight does to incidents.
EFFECT = "oversight_effect"
#: Actions by which a policy touches incidents.
TOUCHING = frozenset({Action.SET_OVERSIGHT, Action.SET_TENSION, Action.SET_HAZARD})
#: In the place of an arm: what oversight alone changes.
OVERSIGHT = "oversight"
_KEYS = ["arm", "what", "name", "unit", "without", "with"]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What added dwell costs a year: vehicle_h, tonne_days, and usd (vehicles that stand, and the time of the goods)."""

    vehicle_h: float
    tonne_days: float
    usd: float


@dataclass(frozen=True, slots=True)
class Price:
    """What goes into a break-even, a year: days of incidents where oversight is (without it), tonnes they stop; days of the
    gatekeeper's own shocks that come with it, tonnes they stop; tonne-days of inspection; level of oversight."""

    incident_days: float
    incident_t: float
    shock_days: float
    shock_t: float
    inspection_tonne_days: float
    level: float

    @property
    def share(self) -> float:
        """Trade that a day of shocks stops over that of a day of incidents; nan without either."""
        if min(self.shock_days, self.incident_days, self.incident_t) <= 0.0:
            return math.nan
        return (self.shock_t / self.shock_days) / (self.incident_t / self.incident_days)

    @property
    def break_even(self) -> float:
        """Share of incidents that full oversight would have to prevent; inf where there is nothing to prevent."""
        if min(self.incident_days, self.incident_t, self.level) <= 0.0:
            return math.inf
        per_day = self.incident_t / self.incident_days
        shocks = self.shock_days * self.share if self.shock_days > 0.0 else 0.0
        return (shocks + self.inspection_tonne_days / per_day) / (self.incident_days * self.level)


def touches_incidents(scenario: Scenario) -> bool:
    """Whether the scenario's policies set oversight, tensions, or rates of hazards and regimes."""
    return any(step.action in TOUCHING for step in as_written(scenario))


# ---------------------------------------------------------------------------------------------------------- which hazards
def overseen(scenario: Scenario) -> Bools:
    """Hazards under the oversight of the scenario's policies, (n_hazards,), without the gatekeeper's own shocks."""
    targets = {step.target for step in as_written(scenario) if step.action is Action.SET_OVERSIGHT}
    rows = scenario.case.hazards
    hit = [bool(targets & {row.hazard_id, row.region, "*"}) for row in rows]
    return np.array(hit, dtype=np.bool_) & ~own_shocks(scenario)


def own_shocks(scenario: Scenario) -> Bools:
    """Hazards that the scenario's policies set and that are the acts of an authority, (n_hazards,)."""
    targets = {step.target for step in as_written(scenario) if step.action is Action.SET_HAZARD}
    rows = scenario.case.hazards
    return np.array([row.hazard_id in targets and bool(row.authority_id) for row in rows], dtype=np.bool_)


def stopped_t(case: Case, world: WorldRun) -> Floats:
    """Tonnes a year that each hazard stops, (n_hazards,): what would have passed on its days, less the share that is left."""
    left = np.array([row.left_share for row in case.hazards])
    return np.asarray(world.sums["at_risk_t"].mean(axis=0) * (1.0 - left))


# ---------------------------------------------------------------------------------------------------------- its price
def price(scenario: Scenario, without: WorldRun, with_: WorldRun) -> Price:
    """What goes into the break-even effect as it was drawn, in two worlds that differ by the gatekeeper alone; ``scenario``:
    that of the second."""
    seen, own = overseen(scenario), own_shocks(scenario)
    stopped = stopped_t(scenario.case, without), stopped_t(scenario.case, with_)
    days = [world.sums["incident_days"].mean(axis=0) for world in (without, with_)]
    return Price(
        incident_days=float(days[0][seen].sum()), incident_t=float(stopped[0][seen].sum()),
        shock_days=float((days[1] - days[0])[own].sum()), shock_t=float((stopped[1] - stopped[0])[own].sum()),
        inspection_tonne_days=inspection(scenario, with_).tonne_days, level=_level(scenario),
    )  # fmt: skip


def expected_price(scenario: Scenario, without: WorldRun, with_: WorldRun) -> Price:
    """The same from what may be expected: rates times mean durations, and the trade of an ordinary day on what they hit.
    Incidents that seldom come make a poor sample; their rates are known as well as anything here."""
    case = scenario.case
    seen, own = overseen(scenario), own_shocks(scenario)
    factors = {row.hazard_id: 1.0 for row in case.hazards}
    for step in as_written(scenario):
        if step.action is Action.SET_HAZARD and step.target in factors:
            factors[step.target] *= step.number or 0.0
    days, stopped = np.zeros(len(case.hazards)), np.zeros(len(case.hazards))
    for number in np.flatnonzero(seen | own):
        row, world = case.hazards[number], with_ if own[number] else without
        p = hazard_parameters(scenario, row)
        mean = mean_days(p.duration_days, p.duration_low_days, p.duration_high_days)
        days[number] = p.rate_per_year * mean * (factors[row.hazard_id] if own[number] else 1.0)
        stopped[number] = (
            days[number] * (1.0 - row.left_share) * _hit_t(case, world, listed(row.targets)) / DAYS_PER_YEAR
        )
    return Price(
        incident_days=float(days[seen].sum()), incident_t=float(stopped[seen].sum()), shock_days=float(days[own].sum()),
        shock_t=float(stopped[own].sum()), inspection_tonne_days=inspection(scenario, with_).tonne_days,
        level=_level(scenario),
    )  # fmt: skip


def _level(scenario: Scenario) -> float:
    levels = [step.number or 0.0 for step in as_written(scenario) if step.action is Action.SET_OVERSIGHT]
    return float(np.mean(levels)) if levels else 0.0


def _hit_t(case: Case, world: WorldRun, targets: tuple[str, ...]) -> float:
    """Tonnes a year that go over at least one of these links or posts, or belong to one of these relations."""
    network = blueprint(case).network
    links = [network.link_ids.index(name) for name in targets if name in network.link_ids]
    posts = [network.post_ids.index(name) for name in targets if name in network.post_ids]
    arcs = np.isin(network.arcs.link, links) | np.isin(network.arcs.post, posts)
    sent = world.shipped_t.mean(axis=0)
    hit = np.where(_passes(case, world, np.flatnonzero(arcs)), sent, 0.0).sum(axis=1)
    firms = [flow.n_shippers for flow in case.flows]
    for triple in (name for name in targets if "/" in name):
        hit = np.where(np.repeat(flows_meant(case, triple), firms), sent.sum(axis=1), hit)
    return float(hit.sum())


def inspection(scenario: Scenario, world: WorldRun) -> Inspection:
    """What the dwell that the scenario's policies add at posts costs in a world, a year.

    Goods that went by a fallback route are not seen (closures alone make those).
    """
    plan = blueprint(scenario.case)
    arcs = plan.network.arcs
    years = world.shipped_t.shape[0]
    vot = _value_of_time(scenario)
    vehicle_h = tonne_days = usd = 0.0
    for step in resolve(scenario):
        if step.action is not Action.ADD_DWELL or step.target not in plan.network.post_ids:
            continue
        share = _share_of_years(step, years)
        for arc in np.flatnonzero(arcs.post == plan.network.post_ids.index(step.target)):
            hours = float(step.number or 0.0)
            tonnes = (world.shipped_t * _passes(scenario.case, world, np.array([arc]))).sum(axis=2)
            hour_usd_t = vot + arcs.hour_usd_t[arc][_classes(scenario.case)]
            vehicle_h += hours * float((world.passed[:, arc] * share).mean())
            tonne_days += hours / HOURS_PER_DAY * float((tonnes.sum(axis=1) * share).mean())
            usd += hours * float((tonnes @ hour_usd_t * share).mean())
    return Inspection(vehicle_h, tonne_days, usd)


def _share_of_years(step: Step, years: int) -> Floats:
    """Part of each year in which a step is in force, (years,)."""
    start = DAYS_PER_YEAR * np.arange(years)
    end_day = math.inf if step.end_day is None else step.end_day
    days = np.minimum(start + DAYS_PER_YEAR, end_day) - np.maximum(start, step.start_day)
    return np.asarray(np.clip(days, 0.0, None) / DAYS_PER_YEAR)


def _passes(case: Case, world: WorldRun, arcs: Ints) -> Bools:
    """Which of the case's own routes pass at least one of these arcs, (n, K)."""
    plan = blueprint(case)
    meant = set(arcs.tolist())
    passes = [not meant.isdisjoint(plan.routes.path(int(route))) for route in plan.options.route]
    known = np.where((world.option >= 0) & (world.option < len(passes)), world.option, len(passes))
    return np.asarray(np.array([*passes, False])[known])


def _classes(case: Case) -> np.ndarray:
    """Column of the cargo class of each shipper."""
    plan = blueprint(case)
    column = {row.commodity_id: plan.network.classes.index(row.cargo_class) for row in case.commodities}
    return np.array([column[flow.commodity] for flow in case.flows for _ in range(flow.n_shippers)])


def _value_of_time(scenario: Scenario) -> Floats:
    """Value of time of each shipper's goods, USD/(t h), at the world's assumptions, without the spread between firms."""
    case, values = scenario.case, assumption_values(scenario)
    goods = {row.commodity_id: row for row in case.commodities}
    found = []
    for flow in case.flows:
        commodity = goods[flow.commodity]
        value = flow.unit_value_usd_t or commodity.unit_value_usd_t
        found += [value * values[f"time_cost_{commodity.time_class}"] / HOURS_PER_DAY] * flow.n_shippers
    return np.array(found)


# ---------------------------------------------------------------------------------------------------------- tables
def security_table(scenario: Scenario, runs: Sequence[Mapping[str, WorldRun]]) -> pd.DataFrame:
    """Incidents without and with the measure, a year: arm, what, name, unit, without, with, and the spread of the change.

    ``oversight`` in the place of an arm: the measure without and with its gatekeeper. what: days, number, stopped, lost by kind
    of hazard; shocks by authority; closures (of regimes); withheld; shut (link-days).
    """
    if "incident_days" not in runs[0][WITHOUT].sums:
        return pd.DataFrame(columns=[*_KEYS, *spread_columns("")])
    rows = []
    arms = {name: (WITHOUT, name) for name in runs[0] if name not in (WITHOUT, UNSEEN)}
    if UNSEEN in runs[0]:
        arms[OVERSIGHT] = (UNSEEN, TRANSPORT)
    for arm, sides in arms.items():
        pairs = [[_figures(scenario.case, worlds[side]) for side in sides] for worlds in runs]
        for key in pairs[0][0]:
            a, b = (np.array([pair[side][key] for pair in pairs]) for side in (0, 1))
            if a.any() or b.any():
                named = dict(zip(_KEYS, (arm, *key), strict=False))
                rows.append({**named, "without": a.mean(), "with": b.mean(), **summary(b - a)})
    return pd.DataFrame(rows, columns=[*_KEYS, *spread_columns("")])


def _figures(case: Case, world: WorldRun) -> dict[tuple[str, str, str], float]:
    """(what, name, unit) -> figure a year, of one world."""
    year = {name: values.mean(axis=0) for name, values in world.sums.items()}
    stopped = stopped_t(case, world)
    found: dict[tuple[str, str, str], float] = defaultdict(float)
    for kind in dict.fromkeys(row.kind for row in case.hazards):
        rows = np.array([row.kind == kind for row in case.hazards])
        found["days", kind, "days"] = float(year["incident_days"][rows].sum())
        found["number", kind, "1"] = float(year["incidents"][rows].sum())
        found["stopped", kind, "t"] = float(stopped[rows].sum())
        found["lost", kind, "t"] = float(year["incident_lost_t"][rows].sum())
    for number, row in enumerate(case.hazards):
        if row.authority_id:
            found["shocks", row.authority_id, "days"] += float(year["incident_days"][number])
    for number, regime in enumerate(case.regimes):
        found["closures", regime.pair, "days"] += float(year["regime_days"][number])
    found["history", "events", "days"] = float(year["event_days"].sum())
    found["withheld", "", "t"] = float(year["withheld_t"].sum())
    found["shut", "links", "days"] = float(year["shut_days"].sum())
    return found


def oversight_table(scenario: Scenario, seeds: Sequence[int], runs: Sequence[Mapping[str, WorldRun]]) -> pd.DataFrame:
    """The price of oversight and the effect at which it breaks even, a year, at phi = 0: basis (``expected`` from the rates, or
    as ``drawn``), what, unit, pooled (from the means over all worlds), and the spread over the worlds with something to prevent.

    Empty unless the policies bring a gatekeeper.
    """
    columns = ["basis", "what", "unit", "pooled", "worlds", *spread_columns("")]
    if UNSEEN not in runs[0]:
        return pd.DataFrame(columns=columns)
    each = [(replace(scenario, seed=seed), worlds) for seed, worlds in zip(seeds, runs, strict=True)]
    rows: list[dict[str, object]] = []
    for basis, find in (("expected", expected_price), ("drawn", price)):
        prices = [find(own, worlds[UNSEEN], worlds[TRANSPORT]) for own, worlds in each]
        figures = {
            ("incident days to prevent", "days"): [p.incident_days for p in prices],
            ("trade they stop", "t"): [p.incident_t for p in prices],
            ("days of its own shocks", "days"): [p.shock_days for p in prices],
            ("trade these stop", "t"): [p.shock_t for p in prices],
        }
        rows += [_row(basis, what, unit, values) for (what, unit), values in figures.items()]
        known = [p.break_even for p in prices if math.isfinite(p.break_even)]
        rows.append(_row(basis, BREAK_EVEN, "1", known) | {"pooled": pooled(prices).break_even})
        unlooked = [replace(p, inspection_tonne_days=0.0) for p in prices]
        known = [p.break_even for p in unlooked if math.isfinite(p.break_even)]
        rows.append(_row(basis, SHOCKS_ALONE, "1", known) | {"pooled": pooled(unlooked).break_even})
    looks = [inspection(own, worlds[TRANSPORT]) for own, worlds in each]
    rows += [
        _row("drawn", "inspection, vehicle-hours", "h", [look.vehicle_h for look in looks]),
        _row("drawn", "inspection, tonne-days", "t", [look.tonne_days for look in looks]),
        _row("drawn", "inspection, cost", "usd", [look.usd for look in looks]),
        _row("drawn", "level of oversight", "1", [_level(own) for own, _ in each]),
    ]
    return pd.DataFrame(rows, columns=columns)


def _row(basis: str, what: str, unit: str, values: Sequence[float]) -> dict[str, object]:
    mean = float(np.mean(values)) if len(values) else math.nan
    return {"basis": basis, "what": what, "unit": unit, "pooled": mean, "worlds": len(values), **summary(values)}


#: The row of the table that answers the question, and the part of the answer that holds whatever inspection takes.
BREAK_EVEN, SHOCKS_ALONE = "break-even effect", "break-even effect without inspection"


def pooled(prices: Sequence[Price]) -> Price:
    """The mean pair of worlds: a ratio of means, which worlds without any incident do not upset."""
    names = ("incident_days", "incident_t", "shock_days", "shock_t", "inspection_tonne_days", "level")
    return Price(**{name: float(np.mean([getattr(p, name) for p in prices])) for name in names})


def prior_above(case: Case, effect: float) -> float:
    """Part of the prior of the effect that lies above a value: exact for its triangular shape."""
    row = next(row for row in case.assumptions if row.name == EFFECT)
    low, mode, high = row.low, row.value, row.high
    if effect <= low:
        return 1.0
    if effect >= high:
        return 0.0
    if effect < mode:
        return 1.0 - (effect - low) ** 2 / ((high - low) * (mode - low))
    return (high - effect) ** 2 / ((high - low) * (high - mode))
