"""Is a project worth it: paired worlds with and without it, their accounts carried on to its horizon, and discounted.

The worlds open the project on the opening day of the case; the appraisal moves their gains to the day on which the works
are finished in that seed's world, delays and all, and grows them by the trend in between. After the last simulated year the
mean of the last two grows with the trend as long as the traffic on the project's links stays within their capacity. Capital is
spent at an even pace until the works are finished. No value is left over at the end, and nothing is added for GDP or jobs:
users' and exporters' surplus is that gain already.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from abm.corridor.building import Built, built
from abm.corridor.calendar_days import day_of
from abm.corridor.load import load
from abm.corridor.openings import first_day
from abm.corridor.policies import opening_day, resolve
from abm.corridor.scenario import Scenario, assumption_values
from abm.corridor.tables import Action, Case, Project
from abm.errors import InputError, Problem, nearest
from abm.network.arcs import ArcKind, Floats
from abm.network.options import blueprint
from abm.study.accounts import REST, WORKS, Accounts, gains, service_profits
from abm.study.cashflow import internal_rate, placed, present_value, sign_changes, spread_evenly, together
from abm.study.compare import question
from abm.study.emissions import co2e_table
from abm.study.provenance import provenance
from abm.study.runner import n_cores, run_seeds
from abm.study.spread import summary
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY
from abm.worlds import WITHOUT, WorldRun, arms_of, opened_links, play_arms

#: What an appraisal tells of each arm; USD where not named otherwise. Rates and ratios are shares.
BENEFITS, COSTS, NPV, IRR, BCR, FIRST = "benefits", "costs", "npv", "irr", "bcr", "first_year_return"
OWNER_REVENUE, OWNER_NPV, OWNER_IRR = "owner_revenue", "owner_npv", "owner_irr"


@dataclass(frozen=True)
class Appraisal:
    """Tidy tables of one appraisal; rows that sum up seeds have ``mean``, ``p5``, ``p95`` and ``error``.

    works: cost_usd, build_years, delay_years, completion_day of each seed. accounts: arm, holder, account, ``year_*`` (USD in
    the mean of the last two simulated years),
    ``pv_*`` (present value at the start of the works). results: arm, measure (benefits, costs, npv,
    irr, bcr, first_year_return and the owner's), worlds (in which it exists), spread. rates: arm, rate, npv spread. beliefs: arm,
    the multiples of traffic and of cost at which the mean NPV is 0, share of worlds in which it is positive. flows: arm, seed,
    year, benefits, costs, owner. co2e: as compare's.
    """

    case: Case
    scenario: Scenario
    project: Project
    seeds: tuple[int, ...]
    rate: float
    horizon_years: float
    works: pd.DataFrame
    accounts: pd.DataFrame
    results: pd.DataFrame
    rates: pd.DataFrame
    beliefs: pd.DataFrame
    flows: pd.DataFrame
    co2e: pd.DataFrame
    base: tuple[str, ...] = ()
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, as they are written to disk."""
        names = ("works", "accounts", "results", "rates", "beliefs", "flows", "co2e")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Arm:
    """One arm of one seed: gains of the simulated years by account, the owner's revenue of those years, room for growth: the
    capacity of the project's links over their traffic in the last year (inf: no limit)."""

    gains: Accounts
    owner_usd: Floats
    room: float


@dataclass(frozen=True)
class SeedResult:
    """What one seed's worlds say of a project: how it is built, its arms, and the trend of trade in that world."""

    built: Built
    arms: Mapping[str, Arm]
    trend_per_year: float
    runs: Mapping[str, WorldRun]


def appraise(
    case: Case | str,
    project: str,
    *,
    seeds: int = 8,
    years: int = 5,
    values: Mapping[str, float] | None = None,
    central: bool = False,
    first_seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
    base: Sequence[str] = (),
) -> Appraisal:
    """Appraise a project of a case by ``seeds`` paired worlds of ``years`` simulated years.

    ``values`` may set ``discount_rate``, ``appraisal_years`` and ``carbon_price_usd_t`` like any assumption. ``base``:
    policies in force with and without the project. Raises InputError with all problems at once: unknown case, project, policy or
    value, ``seeds`` or ``workers`` below 1.
    """
    loaded = load(case) if isinstance(case, str) else case
    asked = {"seeds": seeds, "years": years, "first_seed": first_seed, "workers": workers}
    found, scenario = project_question(loaded, project, values=values, central=central, base=base, **asked)
    blueprint(scenario.case)  # found once here, inherited by the workers
    numbers = tuple(range(first_seed, first_seed + seeds))
    task = partial(one_seed, scenario, found, base=tuple(base))
    return sum_up(scenario, found, numbers, run_seeds(task, numbers, workers or n_cores(), progress), tuple(base))


def project_question(
    case: Case,
    project: str,
    *,
    values: Mapping[str, float] | None = None,
    central: bool = False,
    base: Sequence[str] = (),
    **asked: int | None,
) -> tuple[Project, Scenario]:
    """The project and the scenario of its first seed. Raises InputError with all problems at once."""
    known = {row.project_id: row for row in case.projects}
    problems = []
    if not known:
        problems.append(
            Problem("project", f"the case {case.info.name} has no projects (projects.csv)", value=repr(project))
        )
    elif project not in known:
        rule = f"is not one of {', '.join(known)}"
        problems.append(Problem("project", rule, value=repr(project), suggestion=nearest(project, known)))
    policies = [known[project].policy_id] if project in known else [step.policy_id for step in case.policies[:1]]
    try:
        scenario = question(case, policies, values=values, central=central, base=base, **asked)  # type: ignore[arg-type]
    except InputError as error:
        others = [
            problem for problem in error.problems if problem.place != "compare"
        ]  # a case without policies has no project
        raise InputError([*problems, *others]) from error
    if problems:
        raise InputError(problems)
    return known[project], at_once(scenario)


def at_once(scenario: Scenario) -> Scenario:
    """The scenario with its policies moved so that each begins on the opening day: an appraisal counts from completion."""
    opening = opening_day(scenario.case)
    first = {name: first_day(scenario.case, name) for name in scenario.policies}

    def earlier(text: str, policy: str) -> str:
        day = day_of(text, opening)
        return text if day is None else str(day - first[policy])

    rows = tuple(
        row.model_copy(update={name: earlier(getattr(row, name), row.policy_id) for name in ("start", "end")})
        if first.get(row.policy_id)
        else row
        for row in scenario.case.policies
    )
    # The digest stays: nothing that is found once per case depends on the days of a policy.
    return replace(scenario, case=replace(scenario.case, policies=rows))


def one_seed(scenario: Scenario, project: Project, seed: int, base: tuple[str, ...] = ()) -> SeedResult:
    """Paired worlds of one seed, told in accounts; ``base``: policies in force in all of them."""
    own = replace(scenario, seed=seed)
    return seed_result(own, project, play_arms(arms_of(own, base), without=base))


def seed_result(scenario: Scenario, project: Project, runs: Mapping[str, WorldRun]) -> SeedResult:
    """Accounts of the worlds of one seed."""
    base = runs[WITHOUT]
    arms = {
        name: Arm(gains(scenario, base, run), owner_revenue(scenario, base, run), room_for_growth(scenario, run))
        for name, run in runs.items()
        if name != WITHOUT
    }
    slim = {name: _slim(run) for name, run in runs.items()}
    return SeedResult(built(scenario, project), arms, assumption_values(scenario)["trend_growth"], slim)


def _slim(run: WorldRun) -> WorldRun:
    """A world without what an appraisal does not look at again, so that little travels between processes."""
    nothing = np.zeros((1, 0))
    return replace(
        run, shipped_t=np.zeros((run.shipped_t.shape[0], 0, 0)), month_t=nothing, queue=nothing, crossed={},
        passed=nothing, wait_h=nothing, time_h=nothing, log=(run.log[0][:0], run.log[1][:0], run.log[2][:0]),
    )  # fmt: skip


def _tonnes_over(scenario: Scenario, run: WorldRun) -> dict[str, Floats]:
    """Tonnes a year over each link that the project opens, both directions, (years,)."""
    network = blueprint(scenario.case).network
    line = network.arcs.kind == ArcKind.LINEHAUL
    return {
        link: run.entered_t[:, line & (network.arcs.link == network.link_ids.index(link))].sum(axis=1)
        for link in opened_links(scenario)
    }


def room_for_growth(scenario: Scenario, run: WorldRun) -> float:
    """Capacity over last year's traffic of the fullest of the project's links, at least 1; inf where nothing limits it."""
    links = {link.link_id: link for link in scenario.case.links}
    room = math.inf
    for name, tonnes in _tonnes_over(scenario, run).items():
        link, capacity = links[name], math.inf
        if link.headway_h is not None and link.places_t is not None:
            capacity = 2.0 * link.places_t * DAYS_PER_YEAR * HOURS_PER_DAY / link.headway_h  # departures both ways
        if link.capacity_t_per_day is not None:
            capacity = min(capacity, DAYS_PER_YEAR * link.capacity_t_per_day)
        if tonnes[-1] > 0.0:
            room = min(room, capacity / float(tonnes[-1]))
    return max(room, 1.0)


def owner_revenue(scenario: Scenario, base: WorldRun, run: WorldRun) -> Floats:
    """Tolls on the project's links, and of the profit of services over them the part that their length has, USD in each year."""
    tolls = {link.link_id: link.toll_usd_t for link in scenario.case.links}
    tolls |= {step.target: step.number or 0.0 for step in resolve(scenario) if step.action is Action.SET_TOLL}
    over = _tonnes_over(scenario, run)
    revenue = sum((tolls[link] * tonnes for link, tonnes in over.items()), np.zeros(run.entered_t.shape[0]))
    change = service_profits(base, run)
    if change is not None:
        km = {link.link_id: link.length_km for link in scenario.case.links}
        for number, service in enumerate(scenario.case.services):
            chain = [name.strip() for name in service.links.split(";")]
            own = sum(km[name] for name in chain if name in over) / sum(km[name] for name in chain)
            revenue = revenue + own * change[:, number]
    return np.asarray(revenue)


def carried_on(yearly: Floats, completion_years: float, trend: float, room: float, horizon: int) -> Floats:
    """``horizon`` years of operation from the simulated ones.

    Simulated years count from the opening day; the works are finished ``completion_years`` later, and by then the trend has grown
    them. After the last one the mean of the last two (of one if there is one: chance of a single year must not stand for decades)
    goes on with the trend, from the middle of those years. No factor exceeds ``room``, that of capacity over the last year's
    traffic.
    """
    year, last = np.arange(horizon), yearly[-2:]
    is_simulated = year < yearly.size
    simulated = np.where(is_simulated, yearly[np.minimum(year, yearly.size - 1)], last.mean())
    middle = yearly.size - 0.5 * (last.size + 1)
    growth = (1.0 + trend) ** (completion_years + np.where(is_simulated, 0.0, year - middle))
    return np.asarray(simulated * np.minimum(growth, room))


@dataclass(frozen=True)
class _Stream:
    """Flows of one arm of one seed from the start of the works: by account, the owner's revenue and net flow, and the costs."""

    by_account: Accounts
    revenue: Floats
    owner: Floats
    capital: Floats
    upkeep: Floats
    first_year_usd: float


def _stream(result: SeedResult, arm: Arm, horizon_years: float) -> _Stream:
    works, project = result.built, result.built.project
    years = (works.completion_day - works.start_day) / DAYS_PER_YEAR
    after_opening = max(works.completion_day / DAYS_PER_YEAR, 0.0)
    horizon = round(min(horizon_years, project.life_years))

    def on(yearly: Floats) -> Floats:
        return placed(carried_on(yearly, after_opening, result.trend_per_year, arm.room, horizon), years)

    capital = spread_evenly(works.cost_usd, years)
    upkeep = placed(np.full(horizon, project.upkeep_share_per_year * works.cost_usd), years)
    by_account = {key: on(yearly) for key, yearly in arm.gains.items()}
    own_share = 1.0 - project.grant_share - project.partner_share
    by_account[project.payer, WORKS] = together(-own_share * capital, -(1.0 - project.partner_share) * upkeep)
    if project.partner:
        by_account[project.partner, WORKS] = -project.partner_share * together(capital, upkeep)
    by_account[REST, WORKS] = -project.grant_share * capital
    first = sum(float(carried_on(g, after_opening, result.trend_per_year, arm.room, 1)[0]) for g in arm.gains.values())
    revenue = on(arm.owner_usd)
    own = together(revenue, -upkeep, -(1.0 - project.grant_share) * capital)
    return _Stream(by_account, revenue, own, capital, upkeep, first - project.upkeep_share_per_year * works.cost_usd)


def _benefits(stream: _Stream) -> Floats:
    return together(*(flow for (_, account), flow in stream.by_account.items() if account != WORKS))


def _measures(stream: _Stream, rate: float) -> dict[str, float]:
    """Every measure of one arm of one seed; nan where there is none."""
    benefits, costs = _benefits(stream), together(stream.capital, stream.upkeep)
    net = together(benefits, -costs)
    gain, spent = present_value(rate, benefits), present_value(rate, costs)
    return {
        BENEFITS: gain, COSTS: spent, NPV: gain - spent, IRR: internal_rate(net), BCR: gain / spent,
        FIRST: stream.first_year_usd / float(stream.capital.sum()),
        OWNER_REVENUE: present_value(rate, stream.revenue), OWNER_NPV: present_value(rate, stream.owner),
        OWNER_IRR: internal_rate(stream.owner),
        "sign_changes": float(sign_changes(net)),
    }  # fmt: skip


def sum_up(
    scenario: Scenario,
    project: Project,
    seeds: Sequence[int],
    results: Sequence[SeedResult],
    base: tuple[str, ...] = (),
) -> Appraisal:
    """The tables of an appraisal from the worlds of all its seeds."""
    assumed = assumption_values(scenario)
    rate, horizon = assumed["discount_rate"], assumed["appraisal_years"]
    streams = {
        name: [_stream(result, result.arms[name], horizon) for result in results] for name in _arms_that_differ(results)
    }
    return Appraisal(
        case=scenario.case, scenario=scenario, project=project, seeds=tuple(seeds), rate=rate,
        horizon_years=min(horizon, project.life_years), works=_works(seeds, results),
        accounts=_accounts(results, streams, rate), results=_results(streams, rate),
        rates=_rates(scenario.case, streams, rate), beliefs=_beliefs(streams, rate), flows=_flows(seeds, streams),
        co2e=co2e_table(scenario, seeds, [{name: result.runs[name] for name in (WITHOUT, *streams)} for result in results]),
        base=base,
        provenance={**provenance(scenario, seeds), "base": list(base), "project": project.project_id, "discount_rate": rate},
    )  # fmt: skip


def _arms_that_differ(results: Sequence[SeedResult]) -> list[str]:
    """The arms, less the one under the prior where it is the first one over again: its friction is lifted in both worlds."""
    first, *others = results[0].arms

    def is_same(name: str) -> bool:
        pairs = ((result.arms[first].gains, result.arms[name].gains) for result in results)
        return all(np.array_equal(one[key], other[key]) for one, other in pairs for key in one)

    return [first, *(name for name in others if not is_same(name))]


def _works(seeds: Sequence[int], results: Sequence[SeedResult]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "seed": seed, "cost_usd": result.built.cost_usd, "build_years": result.built.build_years,
            "delay_years": result.built.delays_days / DAYS_PER_YEAR, "completion_day": result.built.completion_day,
        }
        for seed, result in zip(seeds, results, strict=True)
    )  # fmt: skip


def _accounts(results: Sequence[SeedResult], streams: Mapping[str, list[_Stream]], rate: float) -> pd.DataFrame:
    rows = []
    for arm, of_seeds in streams.items():
        for holder, account in of_seeds[0].by_account:
            simulated = [result.arms[arm].gains.get((holder, account)) for result in results]
            last = [float(yearly[-2:].mean()) for yearly in simulated if yearly is not None]
            value = [present_value(rate, stream.by_account[holder, account]) for stream in of_seeds]
            row: dict[str, object] = {"arm": arm, "holder": holder, "account": account}
            rows.append(row | summary(last, "year_") | summary(value, "pv_"))
    return pd.DataFrame(rows)


def _results(streams: Mapping[str, list[_Stream]], rate: float) -> pd.DataFrame:
    rows = []
    for arm, of_seeds in streams.items():
        every = pd.DataFrame([_measures(stream, rate) for stream in of_seeds])
        for name in every:
            values = every[name].dropna().to_numpy()
            rows.append({"arm": arm, "measure": str(name), "worlds": values.size, **summary(values)})
    return pd.DataFrame(rows)


def _rates(case: Case, streams: Mapping[str, list[_Stream]], rate: float) -> pd.DataFrame:
    """Net present value at the appraisal's rate and at the ends of the rate's range."""
    assumed = next(row for row in case.assumptions if row.name == "discount_rate")
    rows = []
    for arm, of_seeds in streams.items():
        for each in sorted({assumed.low, rate, assumed.high}):
            values = [_measures(stream, each)[NPV] for stream in of_seeds]
            rows.append({"arm": arm, "rate": each, **summary(values)})
    return pd.DataFrame(rows)


def _beliefs(streams: Mapping[str, list[_Stream]], rate: float) -> pd.DataFrame:
    """What one would have to believe for a mean net present value of 0; nan where nothing is gained."""
    rows = []
    for arm, of_seeds in streams.items():
        every = [_measures(stream, rate) for stream in of_seeds]
        gain, spent = (float(np.mean([numbers[name] for numbers in every])) for name in (BENEFITS, COSTS))
        share = sum(numbers[NPV] > 0.0 for numbers in every) / len(every)
        traffic, cost = (spent / gain, gain / spent) if gain > 0.0 else (math.nan, math.nan)
        rows.append({"arm": arm, "traffic_multiple": traffic, "cost_multiple": cost, "worth_it_share": share})
    return pd.DataFrame(rows)


def _flows(seeds: Sequence[int], streams: Mapping[str, list[_Stream]]) -> pd.DataFrame:
    frames = []
    for arm, of_seeds in streams.items():
        for seed, stream in zip(seeds, of_seeds, strict=True):
            benefits, costs = _benefits(stream), together(stream.capital, stream.upkeep)
            n = max(benefits.size, costs.size, stream.owner.size)
            columns = {
                name: together(flow, np.zeros(n))
                for name, flow in (("benefits", benefits), ("costs", costs), ("owner", stream.owner))
            }
            frames.append(pd.DataFrame({"arm": arm, "seed": seed, "year": np.arange(n), **columns}))
    return pd.concat(frames, ignore_index=True)
