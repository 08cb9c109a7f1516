"""Whether a link is open today in a world, and who keeps it so: the case, a policy, a hand, an incident, an authority."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from abm.corridor.prose import listed
from abm.corridor.steps import BY_HAND, Step
from abm.corridor.tables import Action, Case, Status
from abm.incidents import Incident
from abm.model import CorridorModel
from abm.state import WorldState
from abm.units import HOURS_PER_DAY
from abm.viz.inspector_names import Names
from abm.viz.words import capital, date_words, percent

STATUS_WORDS = {
    Status.OPEN: "open",
    Status.CLOSED: "closed",
    Status.PLANNED: "planned",
    Status.UNDER_CONSTRUCTION: "under construction",
}
_SHUT = "shut by an incident"
_SWITCHES = (Action.OPEN_LINK, Action.CLOSE_LINK)


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """``word``: 'open', 'closed', ... ; ``why``: whole sentences."""

    word: str
    why: str


def link_status(model: CorridorModel, names: Names, row: int) -> LinkStatus:
    """How a link stands in a world after the day that was played last, and why."""
    state, case = model.state, model.inputs.case
    parts = [*_standing(model, names, row)]
    parts += [_to_come(case, names, step) for step in _next_switch(model, row)]
    if not state.layers.by_policy[row]:
        parts += [*_waiting(model, names, row)]
    return LinkStatus(_word(state, case, row), " ".join(parts))


def _word(state: WorldState, case: Case, row: int) -> str:
    if state.layers.links_open()[row]:
        return STATUS_WORDS[Status.OPEN]
    if state.layers.by_policy[row]:
        return _SHUT if state.security.shut[row] else "kept shut"
    was = case.links[row].status
    return STATUS_WORDS[Status.CLOSED if was is Status.OPEN else was]


def open_or_shut(state: WorldState, row: int) -> str:
    """How a link stands tonight, in a word."""
    return "open" if state.layers.links_open()[row] else "shut"


def _standing(model: CorridorModel, names: Names, row: int) -> Iterator[str]:
    state, case = model.state, model.inputs.case
    link = case.links[row]
    steps = [step for step in state.in_force if step.action in _SWITCHES and step.target == link.link_id]
    if steps:
        step = steps[-1]
        is_open = step.action is Action.OPEN_LINK
        opened = float(state.authorities.opened_day[row])
        since = max(step.start_day, opened) if is_open and math.isfinite(opened) else step.start_day
        yield f"{'Opened' if is_open else 'Closed'} on {date_words(case, since)}: {policy_words(names, step)}."
    elif link.status is Status.OPEN:
        yield f"Open in the base year, {case.info.base_year}."
    else:
        yield f"{capital(STATUS_WORDS[link.status])} in the base year, {case.info.base_year}."
    for incident in under_way(state):
        source = state.security.sources[incident.source]
        if row not in source.links:
            continue
        title = names.title("incident", source.name)
        told = f"by an incident: {title} ({span_words(case, state, incident)})."
        if source.left_share > 0.0:
            yield f"Slowed to {percent(source.left_share)} of its speed {told}"
        elif state.layers.by_policy[row]:
            yield f"Shut {told}"
    if state.layers.n_shut[row] > state.security.shut[row]:
        yield "An authority keeps it shut."


def policy_words(names: Names, step: Step) -> str:
    """Title of the policy that makes a step, or that a hand made it."""
    return "changed by hand" if step.policy_id == BY_HAND else names.policies.get(step.policy_id, step.policy_id)


def under_way(state: WorldState) -> list[Incident]:
    """Incidents that have begun and are not over at the end of the day that was played last."""
    return [one for one in state.security.known if one.start_h <= state.hour < one.end_h]


def day_of_hour(state: WorldState, hour: float) -> float:
    """Days from the opening day of an absolute hour; inf stays inf."""
    return hour / HOURS_PER_DAY - state.warmup_days


def span_words(case: Case, state: WorldState, incident: Incident) -> str:
    """'since 3 March 2026, until 9 March 2026'."""
    start = date_words(case, day_of_hour(state, incident.start_h))
    if math.isinf(incident.end_h):
        return f"since {start}, for good"
    return f"since {start}, until {date_words(case, day_of_hour(state, incident.end_h))}"


def _next_switch(model: CorridorModel, row: int) -> list[Step]:
    """The next step that opens or closes a link, if one is to come; what it does already now is no news."""
    state = model.state
    name, is_open = model.inputs.case.links[row].link_id, bool(state.layers.by_policy[row])
    to_come = [
        step
        for step in model.calendar
        if step.target == name
        and step.action in _SWITCHES
        and step.start_day >= state.day
        and step not in state.in_force
        and (step.action is Action.OPEN_LINK) != is_open
    ]
    return to_come[:1]


def _to_come(case: Case, names: Names, step: Step) -> str:
    verb = "Opens" if step.action is Action.OPEN_LINK else "Closes"
    return f"{verb} on {date_words(case, step.start_day)}: {policy_words(names, step)}."


def _waiting(model: CorridorModel, names: Names, row: int) -> Iterator[str]:
    """What keeps a link that is not open from opening: no policy, no agreement, unfinished works; and whose consent it needs."""
    state, case = model.state, model.inputs.case
    name = case.links[row].link_id
    mine = {step.policy_id for step in model.calendar if step.target == name and step.action is Action.OPEN_LINK}
    titles = {authority.authority_id: authority.name for authority in case.authorities}
    for talk in state.authorities.talks:
        if talk.policy_id not in mine or talk.holds_on(state.day):
            continue
        policy = names.policies.get(talk.policy_id, talk.policy_id)
        if talk.is_agreed:
            yield f"Agreed, but its works are not finished before {date_words(case, talk.ready_day)}: {policy}."
        else:
            yield f"Not agreed by {listed([titles[who] for who in talk.authorities])}: {policy}."
    if not mine:
        yield "No chosen policy opens it."
    consents = [f"{titles[row_.authority_id]} ({row_.reason})" for row_ in case.consents if row_.link_id == name]
    if consents:
        yield f"It needs the consent of {listed(consents)}."
