"""Running worlds: one, or paired ones that share their past and every draw they have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from abm import phases
from abm.corridor.policies import as_written
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case
from abm.detours import open_arcs
from abm.model import CorridorModel
from abm.network.arcs import Bools, Floats, Int32s
from abm.observers import Snapshot
from abm.phases import snapshot
from abm.state import WorldState
from abm.units import DAYS_PER_YEAR

Progress = Callable[[int], None]
Cuts = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class WorldRun:
    """What one world did, by full year from the opening day (rows 0..years-1).

    shipped_t (years, n, K): tonnes sent by shipper and route column. option (n, K): what each column is, as it ended.
    (Of a fallback column that has stood for several routes, the last one.) delivered_t, delivered_t_h, money_usd, lost_sales_t
    (years, n). passed, wait_h, time_h (years, n_arcs): vehicles, vehicle-hours of queue, vehicle-hours in all. entered_t (years,
    n_arcs). month_t (months, n): tonnes sent each month. log: shipper, tonnes, hours of each delivery of the last year. queue
    (months, n_facilities): vehicles in line at each month's end. sums (years, ...): what the cast did in each year, by name;
    levels (years, ...): how it stood at the end of each.
    """

    shipped_t: Floats
    option: Int32s
    delivered_t: Floats
    delivered_t_h: Floats
    money_usd: Floats
    lost_sales_t: Floats
    passed: Floats
    wait_h: Floats
    time_h: Floats
    entered_t: Floats
    month_t: Floats
    queue: Floats
    log: tuple[Int32s, Floats, Floats]
    crossed: dict[str, Bools]
    option_h: Floats
    option_usd_t: Floats
    sums: Mapping[str, Floats] = field(default_factory=dict)
    levels: Mapping[str, Floats] = field(default_factory=dict)


def play(model: CorridorModel, cuts: Cuts, progress: Progress | None = None) -> WorldRun:
    """Play the scenario's years from the opening day, or what is left of them; ``progress`` is told of every year played.

    ``cuts``: named sets of links whose crossings are to be told.
    """
    model.warm_up()
    years = model.inputs.years
    days = int(years * DAYS_PER_YEAR)
    ledger = model.state.ledger
    if model.day == 0 and not ledger.snapshots:  # a case without a warm-up
        ledger.snapshots.append(replace(snapshot(model.state), day=-1))
    ledger.log_from_day = days - int(DAYS_PER_YEAR)
    ledger.log.clear()
    while model.day < days:
        model.step()
        if progress is not None and model.day % int(DAYS_PER_YEAR) == 0:
            progress(1)
    return summarise(model.state, years, cuts)


def _sum_between(before: Snapshot, after: Snapshot, name: str) -> Floats:
    return np.asarray(getattr(after, name) - getattr(before, name))


def summarise(state: WorldState, years: int, cuts: Cuts) -> WorldRun:
    """Differences of the ledger's snapshots: by year, and tonnes and queues by month."""
    ledger = state.ledger
    hours, money = published_routes(state)
    at = {shot.day: shot for shot in ledger.snapshots}
    ends = [at[int(DAYS_PER_YEAR) * year - 1] for year in range(years + 1)]
    months = [shot for shot in ledger.snapshots if shot.day >= -1]

    def by_year(name: str) -> Floats:
        return np.array([_sum_between(a, b, name) for a, b in pairwise(ends)])

    return WorldRun(
        shipped_t=by_year("shipped_t"), option=state.table.option.copy(), delivered_t=by_year("delivered_t"),
        delivered_t_h=by_year("delivered_t_h"), money_usd=by_year("money_usd"), lost_sales_t=by_year("lost_sales_t"),
        passed=by_year("passed_vehicles"), wait_h=by_year("wait_vehicle_h"), time_h=by_year("time_vehicle_h"),
        entered_t=by_year("entered_t"),
        month_t=np.array([_sum_between(a, b, "shipped_t").sum(axis=1) for a, b in pairwise(months)]),
        queue=np.array([shot.queue_vehicles for shot in months[1:]]), log=ledger.log_table(),
        crossed=crossings(state, cuts), option_h=hours, option_usd_t=money,
        sums={name: np.array([b.sums[name] - a.sums[name] for a, b in pairwise(ends)]) for name in ends[-1].sums},
        levels={name: np.array([shot.levels[name] for shot in ends[1:]]) for name in ends[-1].levels},
    )  # fmt: skip


def published_routes(state: WorldState) -> tuple[Floats, Floats]:
    """Hours and USD/t of every route of the case's own choice sets as published today; inf where it is shut."""
    hours, money, *_ = phases.levels_of_options(state, open_arcs(state))
    n = len(state.plan.options)
    return np.where(np.isfinite(money), hours, np.inf)[:n], money[:n]


def crossings(state: WorldState, cuts: Cuts) -> dict[str, Bools]:
    """Mask (n, K), for each named set of links, of the routes that pass at least one of them."""
    options, routes, arcs = state.options, state.movement.routes, state.network.arcs
    masks = {}
    for name, links in cuts.items():
        numbers = [state.network.link_ids.index(link) for link in links]
        on_link = np.isin(arcs.link, numbers)
        passes = np.array([on_link[list(routes.path(int(route)))].any() for route in options.route] + [False])
        masks[name] = passes[state.table.option]
    return masks


def friction_shares(scenario: Scenario) -> tuple[str, ...]:
    """Names of the assumptions by which the scenario's policies lift friction."""
    names = {assumption.name for assumption in scenario.case.assumptions}
    steps = (step for step in scenario.case.policies if step.policy_id in scenario.policies)
    lifted = (step.value for step in steps if step.action is Action.LIFT_FRICTION and step.value in names)
    return tuple(dict.fromkeys(lifted))


def lifts_friction(scenario: Scenario) -> bool:
    """Whether the scenario's policies lift any friction, if they come."""
    return any(step.action is Action.LIFT_FRICTION for step in as_written(scenario))


def transport_alone(scenario: Scenario, base: tuple[str, ...] = ()) -> Scenario:
    """The scenario with phi = 0: every friction stays, whether its share is an assumption or a number in the table; but not those
    that the policies of ``base`` lift."""
    rows = tuple(
        row.model_copy(update={"value": "0"})
        if row.action is Action.LIFT_FRICTION and row.policy_id not in base
        else row
        for row in scenario.case.policies
    )
    # The digest stays: the network, and all that is found once per case, does not depend on friction.
    return replace(scenario, case=replace(scenario.case, policies=rows))


#: The worlds of a comparison. "transport" moves goods by the measure alone (phi = 0); "prior" lifts friction as assumed;
#: "unseen" is "transport" without the gatekeeper: what its policies open is open, and nobody oversees it.
WITHOUT, TRANSPORT, PRIOR, UNSEEN = "without", "transport", "prior", "unseen"


def arms_of(scenario: Scenario, base: tuple[str, ...] = ()) -> dict[str, Scenario]:
    """The paired scenarios that answer one question: without the measure, with it at phi = 0, with it under the prior.

    The last is there only if the measure lifts a friction. A measure with a gatekeeper has one more world, without it. ``base``:
    policies in force in all of them.
    """
    measure = replace(scenario, policies=(*base, *scenario.policies))
    arms = {WITHOUT: replace(scenario, policies=base), TRANSPORT: transport_alone(measure, base)}
    if lifts_friction(scenario):
        arms[PRIOR] = measure
    if gatekept(scenario):
        arms[UNSEEN] = transport_alone(unseen(measure, gatekept(scenario)), base)
    return arms


def gatekept(scenario: Scenario) -> tuple[str, ...]:
    """Policies of the scenario that bring oversight, or let an authority's own shocks strike."""
    own = {row.hazard_id for row in scenario.case.hazards if row.authority_id}
    brings = {
        row.policy_id
        for row in scenario.case.policies
        if row.action is Action.SET_OVERSIGHT or (row.action is Action.SET_HAZARD and row.target in own)
    }
    return tuple(name for name in scenario.policies if name in brings)


def unseen(scenario: Scenario, policies: tuple[str, ...]) -> Scenario:
    """The scenario in which these policies open what they open, and do nothing else."""
    stays = (Action.OPEN_LINK, Action.LIFT_FRICTION)
    rows = tuple(row for row in scenario.case.policies if row.policy_id not in policies or row.action in stays)
    left = {row.policy_id for row in rows}
    return replace(
        scenario,
        case=replace(scenario.case, policies=rows),
        policies=tuple(name for name in scenario.policies if name in left),
    )


def play_arms(
    arms: Mapping[str, Scenario], progress: Progress | None = None, without: tuple[str, ...] = ()
) -> dict[str, WorldRun]:
    """Warm one world up and play every arm from that one state; links that the policies ``without`` open are none of the
    measure."""
    first = next(iter(arms.values()))
    root = CorridorModel(replace(first, policies=()), register=False, collect=False)
    root.warm_up()
    if progress is not None:
        progress(1)
    measured = [replace(one, policies=tuple(p for p in one.policies if p not in without)) for one in arms.values()]
    cuts = cuts_of(first.case, tuple(link for scenario in measured for link in opened_links(scenario)))
    return {name: play(root.fork(scenario), cuts, progress) for name, scenario in arms.items()}


#: The cut that every comparison has: all links that the measure opens.
MEASURE = "measure"


def cuts_of(case: Case, measure: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """The cuts that a case names, and the links of the measure."""
    cuts = {cut.name: cut.links for cut in case.info.cuts}
    return {**cuts, MEASURE: tuple(dict.fromkeys(measure))} if measure else cuts


def opened_links(scenario: Scenario) -> tuple[str, ...]:
    """Links that the scenario's policies open, if they come: the same in every world of a study."""
    return tuple(dict.fromkeys(step.target for step in as_written(scenario) if step.action is Action.OPEN_LINK))
