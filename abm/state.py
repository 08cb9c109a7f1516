"""Everything that changes while a world runs, in one place, so that a world can be forked by copying it."""

from dataclasses import dataclass, fields

import numpy as np

from abm.agents.authority import Authorities, new_authorities
from abm.agents.border_post import Posts, new_posts
from abm.agents.carrier import Fleets, new_fleets
from abm.agents.markets import Markets, build_markets
from abm.agents.population import Names, build_shippers
from abm.agents.shipper import ShipperTable
from abm.corridor.policies import Step
from abm.corridor.scenario import Scenario, assumption_values, ranged
from abm.incidents import Security, new_security
from abm.levers import Layers
from abm.network.arcs import Bools, Floats, Ints, Keys, Network
from abm.network.build import MODES, build_network
from abm.network.movement import EventMovement
from abm.network.options import Blueprint, Options, blueprint
from abm.network.paths import PathFinder
from abm.network.routes import Routes
from abm.observers import Accounting, Ledger
from abm.randomness import Process, address, name_key
from abm.rules.belief import PublishedTimes

#: Days since use of a route that was never used.
NEVER = 1.0e6


@dataclass
class Background:
    """Vehicles at posts that no flow explains. route: one-arc route over the post; per_day (n_streams, 12): vehicles by month;
    lane_factor: server time relative to a loaded vehicle; lot: vehicles that move as one; stock: vehicles that wait for a
    lot; sent: lots so far."""

    key: Keys
    route: Ints
    per_day: Floats
    lane_factor: Floats
    lot: Floats
    stock: Floats
    sent: Ints

    def copy(self) -> "Background":
        """A copy whose counters move apart."""
        return Background(
            self.key, self.route, self.per_day, self.lane_factor, self.lot, self.stock.copy(), self.sent.copy()
        )


@dataclass
class Numbers:
    """What the layers make together: price_usd_t (n_arcs, n_classes), free_time_h and dwell_h by arc, service_h and places_t by
    facility."""

    price_usd_t: Floats
    free_time_h: Floats
    dwell_h: Floats
    service_h: Floats
    places_t: Floats

    def copy(self) -> "Numbers":
        """An independent copy."""
        return Numbers(**{f.name: getattr(self, f.name).copy() for f in fields(self)})


@dataclass
class Reference:
    """Sums over the last year of the warm-up, from which the base year's costs are taken."""

    composite: Floats
    mean_cost: Floats
    days: Floats

    def copy(self) -> "Reference":
        """An independent copy."""
        return Reference(self.composite.copy(), self.mean_cost.copy(), self.days.copy())


@dataclass
class WorldState:
    """One world. ``day`` counts from the opening day; the warm-up has negative days.

    finder: shortest paths over the network's arcs; published: times of arcs; layers: who acts on the network, numbers: what it
    makes; base_duty: duties before any policy;
    typical_vot: median value of time by class, USD/(t h).
    security, posts, fleets, authorities: the cast beside the shippers.
    link_is_open, link_was_open: today, and on any day so far; days_shut: how long a once open link has been shut.
    option_was_open: on any day so far. has_changed: a link's status has, and routes are not yet refreshed. in_force: policy
    steps that act today.
    """

    plan: Blueprint
    network: Network
    finder: PathFinder
    values: dict[str, float]
    names: Names
    table: ShipperTable
    markets: Markets
    movement: EventMovement
    published: PublishedTimes
    options: Options
    layers: Layers
    numbers: Numbers
    security: Security
    posts: Posts
    fleets: Fleets
    authorities: Authorities
    background: Background
    reference: Reference
    ledger: Ledger
    accounting: Accounting
    link_is_open: Bools
    link_was_open: Bools
    days_shut: Floats
    option_was_open: Bools
    base_duty: Floats
    typical_vot: Floats
    day: int
    warmup_days: int
    has_changed: bool = False
    in_force: tuple[Step, ...] = ()

    @property
    def hour(self) -> float:
        """Absolute hour at which the current day begins (the warm-up begins at 0)."""
        return 24.0 * (self.day + self.warmup_days)

    def copy(self) -> "WorldState":
        """An independent world in the same state."""
        return WorldState(
            plan=self.plan, network=self.network, finder=self.finder, values=self.values, names=self.names,
            table=self.table.copy(), markets=self.markets.copy(), movement=self.movement.copy(), published=self.published.copy(),
            options=self.options, layers=self.layers.copy(), numbers=self.numbers.copy(),
            security=self.security.copy(), posts=self.posts.copy(), fleets=self.fleets.copy(),
            authorities=self.authorities.copy(), background=self.background.copy(),
            reference=self.reference.copy(), ledger=self.ledger.copy(),
            accounting=self.accounting.copy(), link_is_open=self.link_is_open.copy(),
            link_was_open=self.link_was_open.copy(), days_shut=self.days_shut.copy(), option_was_open=self.option_was_open.copy(),
            base_duty=self.base_duty, typical_vot=self.typical_vot,
            day=self.day, warmup_days=self.warmup_days, has_changed=self.has_changed,
            in_force=self.in_force,
        )  # fmt: skip


def new_world(scenario: Scenario) -> WorldState:
    """The state of a scenario's world on the first day of its warm-up: beliefs at announced times, everything empty."""
    case = scenario.case
    plan = blueprint(case)
    values = assumption_values(scenario)

    def draw(table: str, row: str, column: str, value: float, low: float | None, high: float | None) -> float:
        return ranged(scenario, table, row, column, value, low, high)

    scale = {f"rate_scale_{mode.value}": values[f"rate_scale_{mode.value}"] for mode in MODES}
    network = build_network(
        case, scale, draw, has_carriers=scenario.acts("carriers"), has_incidents=scenario.acts("incidents")
    )
    routes = plan.routes.copy()
    table, names = build_shippers(plan, values, scenario.seed, draw)
    background = build_background(plan, routes_of_posts(network, routes), scenario.seed)
    arcs, facilities = network.arcs, network.facilities
    state = WorldState(
        plan=plan, network=network, finder=PathFinder(arcs.from_state, arcs.to_state, network.n_states), values=values,
        names=names, table=table,
        markets=build_markets(case, table, names, values["sigma"]),
        movement=EventMovement(network, routes, scenario.seed),
        published=PublishedTimes.at_rest(*announced_times(network, arcs.free_time_h, arcs.dwell_h, facilities.service_h)),
        options=plan.options, layers=Layers.at_rest(network, plan.link_is_open),
        numbers=Numbers(
            arcs.price_usd_t.copy(), arcs.free_time_h.copy(), arcs.dwell_h.copy(), facilities.service_h.copy(),
            facilities.places_t.copy(),
        ),
        security=new_security(scenario, network, table), posts=new_posts(scenario, network, values["overtime_end_share"]),
        fleets=new_fleets(scenario, network), authorities=new_authorities(scenario, network), background=background,
        reference=Reference(*(np.zeros(len(table)) for _ in range(3))),
        ledger=Ledger.empty(len(table), table.option.shape[1]), accounting=Accounting.empty(case),
        link_is_open=plan.link_is_open.copy(), link_was_open=plan.link_is_open.copy(), days_shut=np.zeros(len(network.link_ids)),
        option_was_open=np.zeros(len(plan.options), dtype=np.bool_), base_duty=table.duty.copy(),
        typical_vot=median_vot(table, len(network.classes)),
        day=-case.info.warmup_days, warmup_days=case.info.warmup_days, has_changed=True,
    )  # fmt: skip
    state.table.days_since_use[:] = NEVER
    traits = state.posts.traits
    state.published.is_told[traits.arc[traits.built]] = traits.is_told[traits.built]
    return state


def median_vot(table: ShipperTable, n_classes: int) -> Floats:
    """Median value of time of each class's shippers, USD/(t h); 0 where the class has none."""
    of_class = (table.vot[table.cargo_class == column] for column in range(n_classes))
    return np.array([float(np.median(vot)) if vot.size else 0.0 for vot in of_class])


def announced_times(
    network: Network, free_time_h: Floats, dwell_h: Floats, service_h: Floats, rows: Ints | slice = slice(None)
) -> tuple[Floats, Floats]:
    """Mean (h) and variance (h2) of the time without any queue on each arc of ``rows`` (default: all): travel, dwell, service of
    one vehicle, half a headway.

    The wait for a daily window is not announced; who passes publishes it.
    """
    arcs, facilities = network.arcs, network.facilities
    mean, variance = free_time_h[rows] + dwell_h[rows], (dwell_h[rows] * arcs.dwell_cv[rows]) ** 2
    at = arcs.facility[rows] >= 0
    facility = arcs.facility[rows][at]
    headway = np.where(np.isfinite(facilities.headway_h[facility]), facilities.headway_h[facility], 0.0)
    mean[at] += service_h[facility] + headway / 2.0
    variance[at] += (service_h[facility] * facilities.cv[facility]) ** 2 + headway**2 / 12.0
    return mean, variance


def routes_of_posts(network: Network, routes: Routes) -> dict[str, int]:
    """A one-arc route over each post, for traffic that is seen only there."""
    arcs = network.arcs
    return {network.post_ids[arcs.post[a]]: routes.intern([int(a)]) for a in np.flatnonzero(arcs.post >= 0)}


def build_background(plan: Blueprint, route_of_post: dict[str, int], seed: int) -> Background:
    """Streams of background vehicles: one per post and lane factor, by month (month 0: all that have no row of their own)."""
    streams: dict[tuple[str, float], Floats] = {}
    lots: dict[tuple[str, float], float] = {}
    for row in sorted(plan.case.background, key=lambda row: row.month):
        per_day = streams.setdefault((row.post_id, row.lane_factor), np.zeros(12))
        months = slice(None) if row.month == 0 else slice(row.month - 1, row.month)
        per_day[months] = row.vehicles_per_day
        lots[row.post_id, row.lane_factor] = row.lot_vehicles
    names = [f"{post}/{factor:g}" for post, factor in streams]
    lot = np.array(list(lots.values()))
    return Background(
        key=np.array([name_key(name) for name in names], dtype=np.uint64),
        route=np.array([route_of_post[post] for post, _ in streams], dtype=np.int64),
        per_day=np.array(list(streams.values())).reshape(-1, 12),
        lane_factor=np.array([factor for _, factor in streams]),
        lot=lot,
        stock=np.array([address(seed, Process.FIRST_LOT, name) for name in names]) * lot,
        sent=np.zeros(len(names), dtype=np.int64),
    )
