"""Authorities decide: what is agreed upon and what is not, and a record of what became of every link.

Exploratory: in negotiated mode a policy whose links need consent is in force while it is agreed upon and its works, if it has
any, are finished. Its whole package comes and goes together (links, frictions, tariffs): to open one link of a line alone would
mean nothing. The wills follow :mod:`abm.rules.negotiation`; the draw of a will belongs to (authority, policy, number of the
look).
"""

import math

import numpy as np

from abm.agents.authority import Authorities, Talk
from abm.corridor.actor_rows import listed
from abm.corridor.building import completion_day
from abm.corridor.openings import mean_dates, opening_of
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case
from abm.network.arcs import Bools, Floats, Ints
from abm.network.options import arc_is_open
from abm.phases import published_costs
from abm.quotas import begin_year
from abm.randomness import Process, address, inverse_normal
from abm.rules.negotiation import STEP_DAYS, WillParameters, agrees, fitted_level, means_of, next_wills
from abm.start import start_near_rest
from abm.state import WorldState, new_world
from abm.units import DAYS_PER_YEAR


def convene(state: WorldState, scenario: Scenario) -> None:
    """Who talks about what in this world: with negotiated dates, every chosen policy that opens links under consent and about
    whose date experts were asked. Called when a world begins or leaves another."""
    known = {talk.policy_id: talk for talk in state.authorities.talks}
    state.authorities.talks = [known.get(name) or _new_talk(state, scenario, name) for name in negotiable(scenario)]


def reconvene(state: WorldState, scenario: Scenario) -> None:
    """The same for a world that is under way. Raises ValueError when it could not have negotiated so from the beginning: for a
    talk that would have had to begin earlier, or the end of one that has left a trace."""
    talks = {talk.policy_id: talk for talk in state.authorities.talks}
    wanted = negotiable(scenario)
    late = [name for name in wanted if name not in talks and state.day > 0]
    if late:
        raise ValueError(f"{late[0]!r} would have been negotiated since the opening day: give it a first day")
    for name, talk in talks.items():
        if name not in wanted and not (math.isnan(talk.agreed_day) and talk.times_ended == 0):
            raise ValueError(f"{name!r} has been agreed upon already: its first day cannot be given any more")
    convene(state, scenario)


def negotiable(scenario: Scenario) -> tuple[str, ...]:
    """Policies of the scenario that are talked about; one whose first day is typed by hand is not."""
    if scenario.dates != "negotiated":
        return ()
    case, typed = scenario.case, {name for name, (first, _) in scenario.days.items() if first is not None}
    open_ones = (name for name in scenario.policies if name not in typed)
    return tuple(name for name in open_ones if opening_of(case, name) is not None and holders(case, name))


def will_parameters(values: dict[str, float]) -> WillParameters:
    """The parameters of all wills from the assumptions."""
    return WillParameters(
        memory_days=values["will_memory_years"] * DAYS_PER_YEAR, gap=values["will_gap"],
        dwell_days=values["will_dwell_days"], gain_weight=values["will_gain_weight"],
        incident_weight=values["will_incident_weight"],
    )  # fmt: skip


def links_of(case: Case, policy_id: str) -> tuple[str, ...]:
    """Links that a policy opens."""
    return tuple(row.target for row in case.policies if row.policy_id == policy_id and row.action is Action.OPEN_LINK)


def holders(case: Case, policy_id: str) -> tuple[str, ...]:
    """Authorities whose consent a policy needs, in the order of their table."""
    links = set(links_of(case, policy_id))
    needed = {row.authority_id for row in case.consents if row.link_id in links}
    return tuple(row.authority_id for row in case.authorities if row.authority_id in needed)


def _new_talk(state: WorldState, scenario: Scenario, policy_id: str) -> Talk:
    dates, who = mean_dates(scenario, policy_id), holders(scenario.case, policy_id)
    if dates is None:
        raise ValueError(f"nobody was asked when {policy_id!r} comes")
    first = math.ceil(max(0, dates.earliest) / STEP_DAYS)
    n_looks = max(0, dates.latest // STEP_DAYS - first + 1)
    persistence = will_parameters(state.values).persistence
    return Talk(
        policy_id=policy_id, authorities=who, level=fitted_level(1.0 - dates.never_share, len(who), n_looks, persistence),
        earliest_day=max(0, dates.earliest), ready_day=completion_day(scenario, policy_id) or 0,
        hazards=_hazards_between(scenario.case, who),
    )  # fmt: skip


def _hazards_between(case: Case, who: tuple[str, ...]) -> Ints:
    """Rows of hazards.csv in the regions of the links on which at least two of these authorities have a say."""
    say: dict[str, int] = {}
    for row in case.consents:
        say[row.link_id] = say.get(row.link_id, 0) + (row.authority_id in who)
    shared = {link for link, number in say.items() if number >= min(2, len(who))}
    regions = {row.region for row in case.hazards if shared & set(listed(row.targets))}
    return np.array([number for number, row in enumerate(case.hazards) if row.region in regions], dtype=np.int64)


def decide(state: WorldState) -> None:
    """Authorities take today's decisions; what they agree upon is in force from tomorrow."""
    authorities = state.authorities
    begin_year(state)
    if authorities.talks and state.day >= 0 and state.day % STEP_DAYS == 0:
        parameters = will_parameters(state.values)
        for talk in authorities.talks:
            _review(state, talk, parameters)
    for talk in authorities.talks:
        if math.isnan(talk.agreed_day) and talk.holds_on(state.day + 1):
            talk.agreed_day = float(state.day + 1)
    _record(authorities, state.link_is_open, state.day)


def _review(state: WorldState, talk: Talk, parameters: WillParameters) -> None:
    """One look at the wills of one talk."""
    look = state.day // STEP_DAYS
    seed = state.movement.seed
    normals = np.array(
        [inverse_normal(address(seed, Process.AUTHORITY, who, talk.policy_id, str(look))) for who in talk.authorities]
    )
    if talk.gains is None:
        talk.gains = _gains(state, talk) - _gains_known(state.plan.case, talk.policy_id)
    days = float(state.security.days[talk.hazards].sum())
    share = min(1.0, (days - talk.incident_days) / STEP_DAYS) if talk.wills is not None else 0.0
    talk.incident_days = days
    means = means_of(talk.level, talk.gains, share, parameters)
    talk.wills = (
        means + normals if talk.wills is None else next_wills(talk.wills, means, parameters.persistence, normals)
    )
    if state.day < talk.earliest_day:
        return
    in_state = math.inf if talk.since_day is None else float(state.day - talk.since_day)
    is_agreed = agrees(talk.is_agreed, float(talk.wills.min()), in_state, parameters)
    if is_agreed != talk.is_agreed:
        talk.is_agreed, talk.since_day = is_agreed, state.day
        talk.times_ended += not is_agreed and talk.ready_day <= state.day


def _record(authorities: Authorities, is_open: Bools, day: int) -> None:
    """What has become of the links since yesterday."""
    changed = is_open != authorities.was_open
    if changed.any():
        authorities.since_day[changed] = day
        if day >= 0:
            first = changed & is_open & np.isnan(authorities.opened_day)
            authorities.opened_day[first] = day
            authorities.closings += changed & ~is_open
        authorities.was_open = is_open.copy()
    authorities.open_days += is_open


# ----------------------------------------------------------------------------------------------------- anticipated gains
def _gains(state: WorldState, talk: Talk) -> Floats:
    """Saving in generalised cost that each authority's country may expect of the policy's links, as a share; static.

    ``1 - sum(w C1 / C0)`` over the country's relations with a route today: w their shares of what freight costs, C0 and C1 the
    composites of published costs with the network as it is and with the links. 0 for a country without relations.
    """
    case = state.plan.case
    numbers = [state.network.link_ids.index(link) for link in links_of(case, talk.policy_id)]
    with_links = state.link_is_open.copy()
    with_links[numbers] = True
    today, money = published_costs(state, arc_is_open(state.network, state.link_is_open))
    opened, _ = published_costs(state, arc_is_open(state.network, with_links))
    weight = np.where(np.isfinite(today), state.table.base_t * money, 0.0)
    saving = np.where(weight > 0.0, 1.0 - opened / np.where(weight > 0.0, today, 1.0), 0.0)
    country = {node.node_id: node.country for node in case.nodes}
    ends = np.array([(country[flow.origin], country[flow.destination]) for flow in case.flows])[state.table.flow]
    home = {row.authority_id: row.country for row in case.authorities}
    gains = []
    for who in talk.authorities:
        inside = ((ends[:, 0] == home[who]) != (ends[:, 1] == home[who])) * weight
        gains.append(float(inside @ saving / inside.sum()) if inside.sum() > 0.0 else 0.0)
    return np.array(gains)


_KNOWN: dict[tuple[str, str], Floats] = {}


def _gains_known(case: Case, policy_id: str) -> Floats:
    """The gains of the case's central values at its start, which whoever gave the dates may be taken to have known."""
    key = case.digest, policy_id
    if key not in _KNOWN:
        state = start_near_rest(new_world(Scenario(case)))
        _KNOWN[key] = _gains(state, Talk(policy_id, holders(case, policy_id), 0.0, 0, np.zeros(0, dtype=np.int64)))
    return _KNOWN[key]
