"""Authorities: what each holds, what became of links, and talks that open and close a policy as a whole."""

import math
from dataclasses import replace

import numpy as np
import pytest

from abm import governance
from abm.agents.authority import Authority
from abm.calendar import apply_calendar
from abm.corridor.building import completion_day
from abm.corridor.policies import resolve
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case
from abm.model import CorridorModel
from abm.rules.negotiation import STEP_DAYS
from abm.state import WorldState, new_world
from tests.small_worlds import edited, step, toy, toy_with_cast

ROAD, RAIL = "road-ask-bek", "rail-ask-bek"


def governed(**tables: object) -> Case:
    """Toy with its authorities and their dates, and nobody else."""
    full = toy_with_cast()
    chosen = {"authorities": full.authorities, "consents": full.consents, "openings": full.openings, **tables}
    return edited(toy(), warmup_days=0, **chosen)


def negotiated(seed: int = 1, **tables: object) -> tuple[WorldState, Scenario]:
    """The opening day of a world in which ``reopen`` is talked about."""
    scenario = Scenario(governed(**tables), ("reopen",), seed=seed, dates="negotiated")
    state = new_world(scenario)
    governance.convene(state, scenario)
    return state, scenario


def live(state: WorldState, scenario: Scenario, days: int) -> list[bool]:
    """Calendar and decisions alone; whether the road is open on each day."""
    steps = resolve(scenario)
    found = []
    for _ in range(days):
        apply_calendar(state, steps)
        governance.decide(state)
        found.append(bool(state.link_is_open[state.network.link_ids.index(ROAD)]))
        state.day += 1
    return found


def with_level(state: WorldState, level: float) -> WorldState:
    """All wills are and stay near a level."""
    talk = state.authorities.talks[0]
    talk.level = level
    talk.wills = None if talk.wills is None else np.full(len(talk.authorities), level)
    return state


def test_an_authority_shows_the_links_it_holds() -> None:
    model = CorridorModel(Scenario(governed(), ("reopen",)))
    model.step()
    held = {agent.authority_id: agent for agent in model.agents if isinstance(agent, Authority)}
    assert set(held) == {"arland", "belmark", "corsia", "northern-rail"}
    assert held["belmark"].links == (ROAD, RAIL)
    assert held["belmark"].is_open == (True, True)
    assert held["belmark"].since_day == (0, 0)
    assert held["northern-rail"].role == "gatekeeper"
    assert held["northern-rail"].links == (RAIL, "rail-ard-ask", "rail-ard-crn")
    assert held["belmark"].wills == {}


def test_openings_and_closings_of_links_are_written_down() -> None:
    rows = (
        step("p", Action.OPEN_LINK, ROAD, 10, 50),
        step("p", Action.CLOSE_LINK, "road-ard-crn", 20, 40),
    )
    scenario = Scenario(governed(policies=rows, openings=()), ("p",))
    state = new_world(scenario)
    live(state, scenario, 100)
    numbers = [state.network.link_ids.index(link) for link in (ROAD, "road-ard-crn", "road-ard-ask")]
    kept = state.authorities
    assert kept.opened_day[numbers].tolist()[:2] == [10.0, 40.0]
    assert math.isnan(kept.opened_day[numbers[2]])
    assert kept.open_days[numbers].tolist() == [40.0, 80.0, 100.0]
    assert kept.closings[numbers].tolist() == [1.0, 1.0, 0.0]
    assert kept.since_day[numbers].tolist() == [50, 40, 0]


def test_only_policies_with_dates_and_consents_are_talked_about() -> None:
    scenario = Scenario(governed(), ("reopen", "cut-tariff"), dates="negotiated")
    assert governance.negotiable(scenario) == ("reopen",)
    assert governance.negotiable(replace(scenario, dates="given")) == ()
    assert governance.negotiable(Scenario(governed(consents=()), ("reopen",), dates="negotiated")) == ()


def test_a_link_under_talks_stays_shut_until_all_agree() -> None:
    state, scenario = negotiated()
    assert state.authorities.talks[0].authorities == ("arland", "belmark", "northern-rail")
    assert not any(live(with_level(state, -20.0), scenario, 400))


def test_one_who_refuses_keeps_it_shut() -> None:
    state, scenario = negotiated()
    talk = with_level(state, 20.0).authorities.talks[0]
    talk.gains = np.array([0.0, 0.0, -5.0])  # 10 standard deviations a whole: its mean lies 30 below consent
    assert not any(live(state, scenario, 400))


def test_nothing_opens_before_the_earliest_date_and_all_of_the_policy_opens_then() -> None:
    state, scenario = negotiated()
    talk = with_level(state, 20.0).authorities.talks[0]
    earliest = talk.earliest_day
    is_open = live(state, scenario, 400)
    first = STEP_DAYS * math.ceil(earliest / STEP_DAYS) + 1
    assert is_open == [day >= first for day in range(400)]
    assert talk.agreed_day == first
    assert bool(state.link_is_open[state.network.link_ids.index(RAIL)])
    assert state.markets.lifted.any()


def test_what_is_agreed_upon_waits_for_its_works() -> None:
    project = toy_with_cast().projects[0].model_copy(update={"policy_id": "reopen"})
    state, scenario = negotiated(projects=(project,))
    finished = completion_day(scenario, "reopen")
    talk = with_level(state, 20.0).authorities.talks[0]
    assert finished is not None
    assert finished > talk.earliest_day + STEP_DAYS
    is_open = live(state, scenario, finished + 60)
    assert is_open == [day >= finished for day in range(finished + 60)]
    assert talk.since_day is not None
    assert talk.since_day < finished - STEP_DAYS  # agreed long before
    assert talk.agreed_day == finished


def test_an_agreement_called_off_before_the_works_are_finished_was_never_in_force() -> None:
    project = toy_with_cast().projects[0].model_copy(update={"policy_id": "reopen", "start": "2030-01-01"})
    state, scenario = negotiated(projects=(project,))
    talk = with_level(state, 20.0).authorities.talks[0]
    live(state, scenario, 400)
    agreed = [talk.is_agreed]
    live(with_level(state, -20.0), scenario, 400)
    assert [*agreed, talk.is_agreed] == [True, False]
    assert math.isnan(talk.agreed_day)
    assert talk.times_ended == 0


def test_a_policy_that_is_called_off_leaves_no_trace() -> None:
    state, scenario = negotiated()
    live(with_level(state, 20.0), scenario, 400)
    before = new_world(scenario)
    open_until = live(with_level(state, -20.0), scenario, 400)
    assert open_until[0]
    assert not open_until[-1]
    assert state.authorities.talks[0].times_ended == 1
    assert np.array_equal(state.link_is_open, before.link_is_open)
    assert np.array_equal(state.markets.lifted, before.markets.lifted)


def test_what_was_agreed_stands_at_least_as_long_as_the_shortest_stay() -> None:
    state, scenario = negotiated()
    is_open = live(with_level(state, 20.0), scenario, 240)
    first = is_open.index(True)
    later = live(with_level(state, -20.0), scenario, 400)
    days_open = (is_open + later).count(True)
    assert state.values["will_dwell_days"] <= days_open < state.values["will_dwell_days"] + 2 * STEP_DAYS
    assert first + days_open == (is_open + later).index(False, first)


def test_incidents_between_the_parties_lower_their_wills() -> None:
    hazards = toy_with_cast().hazards
    calm, scenario = negotiated(hazards=hazards)
    tense = calm.copy()
    talk = tense.authorities.talks[0]
    assert [hazards[row].hazard_id for row in talk.hazards] == ["border-shooting", "operator-shocks"]
    for state in (calm, tense):
        live(state, scenario, 1)
    tense.security.days[talk.hazards] += STEP_DAYS
    for state in (calm, tense):
        live(state, scenario, STEP_DAYS)
    lower = calm.authorities.talks[0].wills, tense.authorities.talks[0].wills
    assert lower[0] is not None
    assert lower[1] is not None
    share = 1.0 - governance.will_parameters(calm.values).persistence
    assert lower[0] - lower[1] == pytest.approx(np.full(3, share * calm.values["will_incident_weight"]))


def test_the_gains_that_experts_knew_move_no_will() -> None:
    state, scenario = negotiated()
    live(state, scenario, 1)
    gains = state.authorities.talks[0].gains
    assert gains is not None
    assert np.abs(gains).max() < 0.01
    known = governance._gains_known(scenario.case, "reopen")
    assert (known[:2] > 0.0).all()
    assert known[2] == 0.0  # its country trades nothing here


def test_wills_are_shared_by_all_worlds_of_a_seed_and_by_no_other() -> None:
    wills = []
    for seed in (1, 1, 2):
        state, scenario = negotiated(seed)
        live(state, scenario, 61)
        now = state.authorities.talks[0].wills
        assert now is not None
        wills.append(now.tolist())
    assert wills[0] == wills[1] != wills[2]


def test_a_fork_takes_up_its_own_talks() -> None:
    case = governed()
    root = CorridorModel(Scenario(case), register=False, collect=False)
    fork = root.fork(Scenario(case, ("reopen",), dates="negotiated"))
    assert [talk.policy_id for talk in fork.state.authorities.talks] == ["reopen"]
    assert fork.state.authorities.withheld_on(0) == {"reopen"}
    assert root.state.authorities.talks == []


def test_a_policy_without_a_date_cannot_be_fitted() -> None:
    state, scenario = negotiated()
    with pytest.raises(ValueError, match="nobody was asked"):
        governance._new_talk(state, scenario, "cut-tariff")


def test_authorities_without_policies_change_nothing() -> None:
    """Their tables alone leave a world bit for bit as it was."""
    worlds = [
        CorridorModel(Scenario(case), register=False, collect=False)
        for case in (governed(), edited(toy(), warmup_days=0))
    ]
    for model in worlds:
        for _ in range(40):
            model.step()
    assert np.array_equal(worlds[0].state.ledger.shipped_t, worlds[1].state.ledger.shipped_t)
