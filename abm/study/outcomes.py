"""What a sweep keeps of every world: an ordered catalogue of outcomes and of monthly series, the same for all runs of a plan.

An outcome is named ``metric:of:year``, year counting full years from the opening day. ``of``: ``H`` is the home country with all
partners, ``H-P`` a pair, both directions, ``H>P`` one direction, ``H>all`` and ``all>H`` the home country's exports and imports,
``cut/NAME`` a set of links (``cut/measure``: all links that any arm of the plan opens). NaN where there is nothing.

Every year:

- ``trade_usd``, ``trade_t``: sent in that year, at the base year's fob values; of cuts tonnes alone, each consignment once.
- ``trade_share``: of a pair, its part of the home country's trade in USD.
- ``days``, ``money_usd_t``: door to door, tonne-weighted means of the year. ``lost_sales_t``: what no route would take.
- ``incident_days``, ``stopped_days``, ``stopped_t`` of ``measure``: how often risk strikes the links that the plan opens (days of
  hazards, shocks and long closures; link-days shut; tonnes that would have passed), **a year, mean from the opening day on**:
  incidents are rare, and one year of them says little. ``destroyed_t``, ``inspection_h`` of ``all``: cargo lost to incidents, and
  vehicle-hours that alerts and policies add at posts, likewise.
- ``co2e_t`` of a mode or ``all``.

In the last year alone: ``days_median``, ``days_p95`` of the home country's deliveries (to the hour); ``fastest_days`` of
``PLACE>PLACE/MODE``, as published; ``mode_share`` of the home country's tonnes by main mode; ``wait_h`` and ``vehicles`` (in the
year) of posts; ``link_t`` of links; ``profit_usd``, ``load_share``, ``fleet_vehicles`` of services; ``users_usd``,
``transit_usd``, ``exporters_usd``, ``other_buyers_usd``, ``duty_usd``, ``charges_usd`` of countries (users and exporters are
levels: only differences of worlds have a meaning); by hazard, regime and opened link, means a year from the opening day on:
``incident_days`` and ``stopped_t`` of hazards, ``closure_days`` of regimes, ``stopped_days`` and ``open_days`` of links.

Series, by month: ``trade_t`` of the home country, pairs and cuts; ``queue_vehicles`` of crossings, at the month's end.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from abm.corridor.actor_rows import listed
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case
from abm.network.arcs import ArcKind, Bools, Floats, Ints
from abm.network.build import MODES
from abm.network.options import Blueprint, blueprint
from abm.observers import account_countries
from abm.state import WorldState
from abm.study.emissions import ALL_MODES, co2e_t
from abm.study.measures import Relations, sent_t
from abm.study.plan import Plan
from abm.units import HOURS_PER_DAY
from abm.worlds import MEASURE, WorldRun, cuts_of, opened_links

#: Of-names that stand for everything.
ALL = "all"
_P95 = 0.95
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run is measured by when it has ended."""

    scenario: Scenario
    state: WorldState
    world: WorldRun


@dataclass(frozen=True, slots=True)
class Block:
    """Some outcomes and how a run gives them, in the same order."""

    names: tuple[str, ...]
    values: Callable[[Seen], Floats]


@dataclass(frozen=True)
class Catalogue:
    """Outcomes and series of a case over a horizon. ``base_year``: ``metric:of`` -> value in the base year, where there is one.
    ``cuts``: the sets of links whose crossings a run must tell."""

    names: tuple[str, ...]
    series_names: tuple[str, ...]
    base_year: dict[str, float]
    cuts: dict[str, tuple[str, ...]]
    months: int
    blocks: tuple[Block, ...]
    series: tuple[Block, ...]

    def record(self, scenario: Scenario, state: WorldState, world: WorldRun) -> tuple[Floats, Floats]:
        """Outcomes (n_outcomes,) and series (months, n_series) of one finished run; nothing in them is infinite."""
        seen = Seen(scenario, state, world)
        outcomes = np.concatenate([np.ravel(block.values(seen)) for block in self.blocks])
        series = np.concatenate([block.values(seen) for block in self.series], axis=1)
        if outcomes.shape != (len(self.names),) or series.shape != (self.months, len(self.series_names)):
            raise ValueError(f"a record of {outcomes.shape} and {series.shape} does not fit its catalogue")
        return np.where(np.isfinite(outcomes), outcomes, np.nan), series


_FOUND: dict[tuple[str, int, tuple[str, ...]], Catalogue] = {}


def catalogue_of(plan: Plan) -> Catalogue:
    """The catalogue of a plan."""
    return catalogue(plan.case, plan.years, links_opened(plan))


def links_opened(plan: Plan) -> tuple[str, ...]:
    """Links that any arm of the plan opens, in the order of the table; those that the policies of ``base`` open are none of the
    measure."""
    found: set[str] = set()
    for arm in plan.arms:
        found.update(opened_links(Scenario(plan.case, arm.policies, years=plan.years)))
    return tuple(link.link_id for link in plan.case.links if link.link_id in found)


def catalogue(case: Case, years: int, opened: Sequence[str] = ()) -> Catalogue:
    """Outcomes of a case over ``years``; ``opened``: the links of the measure. Found once per process."""
    key = (case.digest, years, tuple(opened))
    if key not in _FOUND:
        _FOUND[key] = _catalogue(case, years, tuple(opened))
    return _FOUND[key]


def base_year(case: Case) -> dict[str, float]:
    """``trade_usd:H`` and the like -> value in the base year of the case."""
    return catalogue(case, 1).base_year


def split_name(name: str) -> tuple[str, str, str]:
    """(metric, of, year) of an outcome."""
    metric, of, year = name.split(":")
    return metric, of, year


def _catalogue(case: Case, years: int, opened: tuple[str, ...]) -> Catalogue:
    plan, relations, cuts = blueprint(case), Relations.of(case), cuts_of(case, opened)
    groups = trade_groups(case, relations)
    blocks = [
        *_trade(relations, groups, years), _shares(case, relations, years), _over_cuts(tuple(cuts), years),
        *_door_to_door(groups, years), _days_of_all(case, relations, years), _fastest(case, plan, relations, years),
        _modes(case, relations, years), *_posts(plan, years), _links(plan, years), _risk_of_measure(case, plan, opened, years),
        *_risk_by_source(case, plan, opened, years), *_services(case, years), _emissions(years), *_accounts(case, years),
    ]  # fmt: skip
    series = [_monthly_trade(case, relations), _monthly_cuts(tuple(cuts)), _monthly_queues(case)]
    base = {}
    for of, mask in groups.items():
        base[f"trade_usd:{of}"] = float(relations.base_t[mask] @ relations.fob_usd_t[mask])
        base[f"trade_t:{of}"] = float(relations.base_t[mask].sum())
    return Catalogue(
        names=tuple(name for block in blocks for name in block.names),
        series_names=tuple(name for block in series for name in block.names),
        base_year=base, cuts=cuts, months=MONTHS * years, blocks=tuple(blocks), series=tuple(series),
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- trade
def trade_groups(case: Case, relations: Relations) -> dict[str, Bools]:
    """``of`` -> mask of shippers: the home country, its exports and imports, and the case's pairs, by direction."""
    home, frame = case.info.home, relations.frame
    own = relations.of_country(home)
    leaves = np.asarray(frame["origin"] == home, dtype=np.bool_)
    groups = {home: own, f"{home}>{ALL}": own & leaves, f"{ALL}>{home}": own & ~leaves}
    for first, second in case.info.pairs:
        groups[f"{first}-{second}"] = relations.of_pair(first, second)
        groups[f"{first}>{second}"] = relations.of_direction(first, second)
        groups[f"{second}>{first}"] = relations.of_direction(second, first)
    return groups


def _yearly(metric: str, of: Iterable[str], years: int) -> tuple[str, ...]:
    return tuple(f"{metric}:{name}:{year}" for name in of for year in range(1, years + 1))


def _last(metric: str, of: Iterable[str], years: int) -> tuple[str, ...]:
    return tuple(f"{metric}:{name}:{years}" for name in of)


def _trade(relations: Relations, groups: dict[str, Bools], years: int) -> Iterator[Block]:
    rows, fob = _rows(groups.values()), relations.fob_usd_t
    yield Block(_yearly("trade_usd", groups, years), lambda seen: _sums(rows, sent_t(seen.world) * fob))
    yield Block(_yearly("trade_t", groups, years), lambda seen: _sums(rows, sent_t(seen.world)))


def _shares(case: Case, relations: Relations, years: int) -> Block:
    home, fob = case.info.home, relations.fob_usd_t
    pairs = [pair for pair in case.info.pairs if home in pair]
    rows, whole = _rows(relations.of_pair(*pair) for pair in pairs), _rows([relations.of_country(home)])

    def shares(seen: Seen) -> Floats:
        values = sent_t(seen.world) * fob
        return _ratio(_sums(rows, values), _sums(whole, values))

    return Block(_yearly("trade_share", [f"{a}-{b}" for a, b in pairs], years), shares)


def _over_cuts(cuts: tuple[str, ...], years: int) -> Block:
    def tonnes(seen: Seen) -> Floats:
        over = _rows(seen.world.crossed[name].ravel() for name in cuts)
        return _sums(over, seen.world.shipped_t.reshape(years, -1))

    return Block(_yearly("trade_t", [f"cut/{name}" for name in cuts], years), tonnes)


def _rows(masks: Iterable[Bools]) -> list[Ints]:
    return [np.flatnonzero(mask) for mask in masks]


def _sums(rows: Sequence[Ints], values: Floats) -> Floats:
    """Sums of the columns of each group, (n_groups, len(values)). Not by matrix products: how these add up may depend on the
    number of threads, and a record must not."""
    return np.array([values[:, members].sum(axis=1) for members in rows]).reshape(len(rows), len(values))


# ---------------------------------------------------------------------------------------------------------- time and money
def _door_to_door(groups: dict[str, Bools], years: int) -> Iterator[Block]:
    rows = _rows(groups.values())

    def days(seen: Seen) -> Floats:
        return _ratio(_sums(rows, seen.world.delivered_t_h), _sums(rows, seen.world.delivered_t)) / HOURS_PER_DAY

    def money(seen: Seen) -> Floats:
        return _ratio(_sums(rows, seen.world.money_usd), _sums(rows, sent_t(seen.world)))

    yield Block(_yearly("days", groups, years), days)
    yield Block(_yearly("money_usd_t", groups, years), money)
    yield Block(_yearly("lost_sales_t", groups, years), lambda seen: _sums(rows, seen.world.lost_sales_t))


def _days_of_all(case: Case, relations: Relations, years: int) -> Block:
    """Quantiles over deliveries, by a histogram of whole hours: there are hundreds of thousands."""
    home = case.info.home
    mask = relations.of_country(home)

    def quantiles(seen: Seen) -> Floats:
        shipper, tonnes, hours = seen.world.log
        inside = mask[shipper]
        if not inside.any():
            return np.full(2, np.nan)
        reached = np.cumsum(np.bincount(hours[inside].astype(np.int64), weights=tonnes[inside]))
        at = np.searchsorted(reached, [0.5 * reached[-1], _P95 * reached[-1]])
        return np.asarray((at + 0.5) / HOURS_PER_DAY)

    return Block((f"days_median:{home}:{years}", f"days_p95:{home}:{years}"), quantiles)


def _fastest(case: Case, plan: Blueprint, relations: Relations, years: int) -> Block:
    """Published days of the fastest route by pair of places of the home country's trade and mode (that of most of its length)."""
    frame = relations.frame[relations.of_country(case.info.home)]
    traded = set(zip(frame["origin_node"], frame["destination_node"], strict=True))
    nodes, node_of = [node.node_id for node in case.nodes], plan.network.node_of_state
    ends = [(nodes[int(node_of[start])], nodes[int(node_of[end])]) for start, end, _ in plan.demands]
    main = plan.options.mode_share.argmax(axis=1)
    keys = [(*ends[group], MODES[mode].value) for group, mode in zip(plan.options.group, main, strict=True)]
    places = sorted({key for key in keys if key[:2] in traded})
    row = {key: number for number, key in enumerate(places)}
    group = np.array([row.get(key, len(places)) for key in keys], dtype=np.int64)

    def days(seen: Seen) -> Floats:
        best = np.full(len(places) + 1, np.inf)
        np.minimum.at(best, group, seen.world.option_h)
        return np.asarray(best[:-1] / HOURS_PER_DAY)

    return Block(_last("fastest_days", [f"{a}>{b}/{mode}" for a, b, mode in places], years), days)


def _modes(case: Case, relations: Relations, years: int) -> Block:
    mask = relations.of_country(case.info.home)

    def shares(seen: Seen) -> Floats:
        main = np.append(seen.state.options.mode_share.argmax(axis=1), 0)[seen.world.option[mask]]
        tonnes = np.bincount(main.ravel(), weights=seen.world.shipped_t[-1][mask].ravel(), minlength=len(MODES))
        return _ratio(tonnes, np.full(len(MODES), tonnes.sum()))

    return Block(_last("mode_share", [mode.value for mode in MODES], years), shares)


# ---------------------------------------------------------------------------------------------------------- network
def _posts(plan: Blueprint, years: int) -> Iterator[Block]:
    arcs, names = plan.network.arcs, plan.network.post_ids
    at = np.flatnonzero(arcs.post >= 0)

    def of_last_year(values: Floats) -> Floats:
        return np.bincount(arcs.post[at], weights=values[-1][at], minlength=len(names))

    def waits(seen: Seen) -> Floats:
        return _ratio(of_last_year(seen.world.wait_h), of_last_year(seen.world.passed))

    yield Block(_last("wait_h", names, years), waits)
    yield Block(_last("vehicles", names, years), lambda seen: of_last_year(seen.world.passed))


def _links(plan: Blueprint, years: int) -> Block:
    arcs, names = plan.network.arcs, plan.network.link_ids
    line = np.flatnonzero((arcs.kind == ArcKind.LINEHAUL) & (arcs.link >= 0))

    def tonnes(seen: Seen) -> Floats:
        return np.bincount(arcs.link[line], weights=seen.world.entered_t[-1][line], minlength=len(names))

    return Block(_last("link_t", names, years), tonnes)


# ---------------------------------------------------------------------------------------------------------- risk
def _since_opening(values: Floats) -> Floats:
    """(n, years): means a year from the opening day through each year, of sums by year (years, n)."""
    return np.asarray((np.cumsum(values, axis=0) / np.arange(1, len(values) + 1)[:, None]).T)


def _risk_of_measure(case: Case, plan: Blueprint, opened: tuple[str, ...], years: int) -> Block:
    hazards, regimes = striking(case, opened)
    left = np.array([row.left_share for row in case.hazards])
    links = np.isin(plan.network.link_ids, opened)
    names = [*_yearly("incident_days", [MEASURE], years), *_yearly("stopped_days", [MEASURE], years)]
    names += [*_yearly("stopped_t", [MEASURE], years), *_yearly("destroyed_t", [ALL], years)]
    names += _yearly("inspection_h", [ALL], years)

    def risk(seen: Seen) -> Floats:
        sums = seen.world.sums
        days = sums["incident_days"][:, hazards].sum(axis=1) + sums["regime_days"][:, regimes].sum(axis=1)
        stopped = (sums["at_risk_t"] * (1.0 - left))[:, hazards].sum(axis=1)
        stopped = stopped + sums["regime_at_risk_t"][:, regimes].sum(axis=1)
        shut, lost = sums["shut_days"][:, links].sum(axis=1), sums["incident_lost_t"].sum(axis=1)
        return _since_opening(np.array([days, shut, stopped, lost, sums["inspection_h"].sum(axis=1)]).T)

    return Block(tuple(names), risk)


def striking(case: Case, links: Sequence[str]) -> tuple[Bools, Bools]:
    """Hazards, shocks of authorities among them, and regimes that strike one of these links or a post on one of them."""
    hit = {*links, *(post.post_id for post in case.posts if post.link_id in links)}
    hazards = [not hit.isdisjoint(listed(row.targets)) for row in case.hazards]
    regimes = [not hit.isdisjoint(listed(row.links)) for row in case.regimes]
    return np.array(hazards, dtype=np.bool_), np.array(regimes, dtype=np.bool_)


def _risk_by_source(case: Case, plan: Blueprint, opened: tuple[str, ...], years: int) -> Iterator[Block]:
    hazards, regimes = [row.hazard_id for row in case.hazards], [row.regime_id for row in case.regimes]
    left = np.array([row.left_share for row in case.hazards])
    links = np.isin(plan.network.link_ids, opened)
    names = [name for name, is_opened in zip(plan.network.link_ids, links, strict=True) if is_opened]
    yield Block(_last("incident_days", hazards, years), _mean_of("incident_days", np.ones(len(hazards))))
    yield Block(_last("stopped_t", hazards, years), _mean_of("at_risk_t", 1.0 - left))
    yield Block(_last("closure_days", regimes, years), _mean_of("regime_days", np.ones(len(regimes))))
    yield Block(_last("stopped_days", names, years), _mean_of("shut_days", np.ones(len(names)), links))
    yield Block(_last("open_days", names, years), _mean_of("open_days", np.ones(len(names)), links))


def _mean_of(name: str, weight: Floats, which: Bools | None = None) -> Callable[[Seen], Floats]:
    """A running sum of the cast a year, mean from the opening day."""

    def mean(seen: Seen) -> Floats:
        values = seen.world.sums[name].mean(axis=0)
        return weight * (values if which is None else values[which])

    return mean


# ---------------------------------------------------------------------------------------------------------- who earns
def _services(case: Case, years: int) -> Iterator[Block]:
    names = [service.service_id for service in case.services]

    def of_services(find: Callable[[WorldRun], Floats]) -> Callable[[Seen], Floats]:
        def values(seen: Seen) -> Floats:
            return find(seen.world) if "service_revenue_usd" in seen.world.sums else np.full(len(names), np.nan)

        return values

    def load(world: WorldRun) -> Floats:
        carried, offered = (world.sums[f"service_{part}_tkm"][-1].sum(axis=1) for part in ("carried", "offered"))
        return _ratio(carried, offered)

    yield Block(
        _last("profit_usd", names, years),
        of_services(lambda world: world.sums["service_revenue_usd"][-1] - world.sums["service_cost_usd"][-1]),
    )
    yield Block(_last("load_share", names, years), of_services(load))
    yield Block(
        _last("fleet_vehicles", names, years),
        of_services(lambda world: np.asarray(world.levels["service_vehicles"][-1])),
    )


def _emissions(years: int) -> Block:
    def tonnes(seen: Seen) -> Floats:
        by_mode = co2e_t(seen.scenario, seen.world).T
        return np.concatenate([by_mode, by_mode.sum(axis=0, keepdims=True)])

    return Block(_yearly("co2e_t", [*(mode.value for mode in MODES), ALL_MODES], years), tonnes)


def _accounts(case: Case, years: int) -> Iterator[Block]:
    countries = account_countries(case)
    for part in ("users", "transit", "exporters", "other_buyers", "duty", "charges"):
        yield Block(_last(f"{part}_usd", countries, years), _of_account(f"account_{part}"))


def _of_account(name: str) -> Callable[[Seen], Floats]:
    return lambda seen: np.asarray(seen.world.sums[name][-1])


# ---------------------------------------------------------------------------------------------------------- by month


def _monthly_trade(case: Case, relations: Relations) -> Block:
    home = case.info.home
    groups = {home: relations.of_country(home)} | {f"{a}-{b}": relations.of_pair(a, b) for a, b in case.info.pairs}
    rows = _rows(groups.values())
    return Block(tuple(f"trade_t:{of}" for of in groups), lambda seen: _sums(rows, seen.world.month_t).T)


def _monthly_cuts(cuts: tuple[str, ...]) -> Block:
    def tonnes(seen: Seen) -> Floats:
        shots = np.array([shot.shipped_t.ravel() for shot in seen.state.ledger.snapshots if shot.day >= -1])
        return np.diff(_sums(_rows(seen.world.crossed[name].ravel() for name in cuts), shots)).T

    return Block(tuple(f"trade_t:cut/{name}" for name in cuts), tonnes)


def _monthly_queues(case: Case) -> Block:
    crossing = {post.post_id: post.bcp_id for post in case.posts}
    names = sorted(set(crossing.values()))

    def queues(seen: Seen) -> Floats:
        network = seen.state.network
        at = np.flatnonzero((network.arcs.post >= 0) & (network.arcs.facility >= 0))
        of = np.array([crossing[network.post_ids[post]] for post in network.arcs.post[at]])
        rows = [np.unique(network.arcs.facility[at[of == name]]) for name in names]
        return _sums(rows, seen.world.queue).T

    return Block(tuple(f"queue_vehicles:{name}" for name in names), queues)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Part over whole; nan where there is no whole."""
    whole = np.broadcast_to(whole, part.shape)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0.0))
