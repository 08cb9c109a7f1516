"""A world that is changed on the way is, bit for bit, the one that its saved scenario plays from the beginning."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.corridor.hand_rules import openable_links
from abm.corridor.load import load
from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.question_file import question_text, read_question
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case
from abm.errors import InputError
from abm.model import CorridorModel
from abm.network.movement import EventMovement
from abm.state import WorldState
from tests.property.test_worlds import assert_same
from tests.small_worlds import toy_with_cast

#: A change made live: the question as it stands, and today, to another question.
Change = Callable[[Question, int], Question]
HORIZON = 120
SEEDS = (1, 2)
#: Fields that hold what never changes, or what the plain comparison looks at itself.
_BESIDE = frozenset({"plan", "network", "finder", "movement"})


# ------------------------------------------------------------------------------------------------------------ every number
def told(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every number in a tree of dataclasses, lists and tables, by its path."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name not in _BESIDE:
                yield from told(f"{name}.{field.name}", getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from told(f"{name}[{key}]", one)
    elif isinstance(value, list | tuple):
        yield f"{name}.len", len(value)
        for number, one in enumerate(value):
            yield from told(f"{name}[{number}]", one)
    elif isinstance(value, np.ndarray | float | int | bool | str | None):
        yield name, value


def assert_identical(one: WorldState, other: WorldState) -> None:
    """Movement by its books, everything else of the two worlds number by number."""
    assert_same(one, other)
    first, second = dict(told("state", one)), dict(told("state", other))
    assert list(first) == list(second)
    different = [name for name, value in first.items() if not _equal(value, second[name])]
    assert different == []
    assert one.in_force == other.in_force
    assert moving(one.movement) == moving(other.movement)


def _equal(one: Any, other: Any) -> bool:
    is_number = isinstance(one, float) or (isinstance(one, np.ndarray) and one.dtype.kind == "f")
    return np.array_equal(one, other, equal_nan=True) if is_number else np.array_equal(one, other)


def moving(movement: EventMovement) -> tuple[float, ...]:
    """Tonnes by what has become of them."""
    return movement.dispatched_t, movement.delivered_t, movement.in_transit_t, movement.queued_t


# ------------------------------------------------------------------------------------------------------------ live changes
def choose(policy: str, later: int, in_both: bool) -> Change:
    """A policy comes today or some days later; one that is chosen already stays."""
    return lambda question, today: (
        question
        if any(chosen.policy_id == policy for chosen in question.policies)
        else replace(question, policies=(*question.policies, Chosen(policy, today + later, None, in_both)))
    )


def drop(policy: str) -> Change:
    """A policy ends today, or is forgotten if it has not begun."""

    def change(question: Question, today: int) -> Question:
        kept: list[Chosen] = []
        for chosen in question.policies:
            if chosen.policy_id != policy:
                kept.append(chosen)
            elif chosen.start_day is None or chosen.start_day < today:
                is_over = chosen.end_day is not None and chosen.end_day <= today
                kept.append(chosen if is_over else replace(chosen, end_day=today))
        return replace(question, policies=tuple(kept))

    return change


def put(action: Action, target: str, number: float | None, later: int, lasts: int | None, in_both: bool) -> Change:
    """A step by hand, today or some days later, for good or for some days."""

    def change(question: Question, today: int) -> Question:
        first = today + later
        step = HandStep(action, target, first, None if lasts is None else first + lasts, number, in_both)
        return replace(question, steps=(*question.steps, step))

    return change


def take_back(row: int) -> Change:
    """A step by hand ends today, or is forgotten if it has not begun."""

    def change(question: Question, today: int) -> Question:
        if not question.steps:
            return question
        steps, at = list(question.steps), row % len(question.steps)
        if steps[at].start_day >= today:
            del steps[at]
        elif (end := steps[at].end_day) is None or end > today:
            steps[at] = replace(steps[at], end_day=today)
        return replace(question, steps=tuple(steps))

    return change


# ------------------------------------------------------------------------------------------------------------ live and again
@cache
def warm(case_name: str, seed: int) -> CorridorModel:
    """A world at the end of its warm-up, shared by the examples."""
    case = toy_with_cast() if case_name == "toy" else load(case_name)
    model = CorridorModel(Scenario(case, seed=seed), register=False, collect=False)
    model.warm_up()
    return model


def played_live(root: CorridorModel, first: Question, changes: Sequence[tuple[int, Change]], days: int) -> Question:
    """Play both worlds of a question day by day, adopting every change on its day; hold them against the same worlds played from
    the file in which the last question was saved. Returns that question."""
    question = first
    worlds = root.fork(question.without()), root.fork(question.measure())
    for today in range(days):
        for change in (one for day, one in changes if day == today):
            changed = change(question, today)
            try:
                changed.measure()
            except InputError:  # such as a second quota on the same goods
                continue
            question = changed
            worlds[0].adopt(question.without())
            worlds[1].adopt(question.measure())
        for world in worlds:
            world.step()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.toml"
        file.write_text(question_text(question), encoding="utf-8")
        saved = read_question(file)
    assert saved == question
    for world, scenario in zip(worlds, (saved.without(), saved.measure()), strict=True):
        fresh = CorridorModel(scenario, register=False, collect=False)
        fresh.run_for(days)
        assert world.day == fresh.day == days
        assert_identical(world.state, fresh.state)
    return question


def step_changes(case: Case) -> st.SearchStrategy[Change]:
    """Every lever that somebody can pull."""
    links = st.sampled_from([link.link_id for link in case.links])
    posts = st.sampled_from([post.post_id for post in case.posts])
    hazards = st.sampled_from([row.hazard_id for row in case.hazards] + [row.regime_id for row in case.regimes])
    goods = st.sampled_from(["XA/XB/*", "XC/XA/fruit", "XA/*/*"])
    scale, share = st.sampled_from([0.25, 1.0, 4.0]), st.sampled_from([0.0, 0.3, 1.0])
    levers: Mapping[Action, tuple[st.SearchStrategy[str], st.SearchStrategy[float | None]]] = {
        Action.OPEN_LINK: (st.sampled_from(openable_links(case)), st.none()),
        Action.CLOSE_LINK: (links, st.none()),
        Action.SCALE_CAPACITY: (posts, scale),
        Action.SCALE_DWELL: (posts, scale),
        Action.ADD_DWELL: (posts, st.just(6.0)),
        Action.SCALE_SPEED: (links, scale),
        Action.SCALE_RATE: (links, scale),
        Action.SET_TOLL: (links, st.just(9.0)),
        Action.SET_FEE: (posts, st.just(50.0)),
        Action.SET_TARIFF: (goods, share),
        Action.BAN: (goods, share),
        Action.LIFT_FRICTION: (st.just("XA-XB"), share),
        Action.QUOTA: (goods, st.just(2_000.0)),
        Action.SET_HAZARD: (hazards, st.sampled_from([0.0, 5.0, 40.0])),
        Action.SET_TENSION: (st.just("*"), st.sampled_from([0.0, 10.0])),
        Action.SET_OVERSIGHT: (st.just("*"), share),
        Action.SET_ASSUMPTION: (st.sampled_from(["sigma", "eta", "eps"]), st.sampled_from([1.5, 6.0])),
    }
    later, lasts = st.sampled_from([0, 0, 5, 200]), st.sampled_from([None, None, 1, 30])
    kinds = [
        st.builds(put, st.just(action), targets, numbers, later, lasts, st.booleans())
        for action, (targets, numbers) in levers.items()
    ]
    return st.one_of(kinds)


def changes_of(case: Case) -> st.SearchStrategy[Change]:
    policies = st.sampled_from(list(dict.fromkeys(row.policy_id for row in case.policies)))
    chosen = st.builds(choose, policies, st.sampled_from([0, 0, 7]), st.booleans())
    steps = step_changes(case)
    return st.one_of(steps, steps, steps, chosen, st.builds(drop, policies), st.builds(take_back, st.integers(0, 5)))


def test_every_lever_is_tried() -> None:
    tried: set[Action] = set()

    @settings(max_examples=300, database=None)
    @given(step_changes(toy_with_cast()))
    def collect(change: Change) -> None:
        tried.update(step.action for step in change(Question(toy_with_cast()), 0).steps)

    collect()
    assert tried == set(Action)


@settings(max_examples=25)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, HORIZON - 20), changes_of(toy_with_cast())), min_size=1, max_size=12),
)
def test_a_world_changed_on_the_way_is_the_one_its_saved_scenario_plays(
    seed: int, changes: list[tuple[int, Change]]
) -> None:
    first = Question(toy_with_cast(), (Chosen("close-road"), Chosen("ban-fruit", in_both=True)), seed=seed)
    played_live(warm("toy", seed), first, changes, HORIZON)


def test_every_incident_rate_can_be_turned_up_and_down_again() -> None:
    """All hazards and regimes at once, and the strictest oversight: what broke out meanwhile is part of the past."""
    case = toy_with_cast()
    sources = [row.hazard_id for row in case.hazards] + [row.regime_id for row in case.regimes]
    up = [(20, put(Action.SET_HAZARD, name, 60.0, 0, None, in_both=True)) for name in sources]
    down = [(60, take_back(row)) for row in range(len(sources))]
    overseen = [(80, put(Action.SET_OVERSIGHT, "*", 1.0, 0, 10, in_both=False))]
    question = played_live(warm("toy", 1), Question(case, (Chosen("reopen"),)), [*up, *down, *overseen], HORIZON)
    assert {step.end_day for step in question.steps} == {60, 90}


def test_a_line_reopened_live_in_the_south_caucasus() -> None:
    root = warm("south-caucasus", 1)
    case = root.inputs.case
    busiest = max(case.posts, key=lambda post: post.capacity_vehicles_per_day)
    hazards = [row.hazard_id for row in case.hazards][:3]
    policies = list(dict.fromkeys(row.policy_id for row in case.policies if row.action is Action.OPEN_LINK))[:2]
    changes = [
        (10, choose(policies[0], 0, in_both=False)), (12, put(Action.CLOSE_LINK, busiest.link_id, None, 0, 9, in_both=True)),
        (15, put(Action.SCALE_CAPACITY, busiest.post_id, 2.0, 0, None, in_both=True)),
        (18, put(Action.SET_ASSUMPTION, "sigma", 2.0, 0, 10, in_both=False)), (20, choose(policies[1], 5, in_both=True)),
        *[(25, put(Action.SET_HAZARD, name, 30.0, 0, None, in_both=True)) for name in hazards], (40, drop(policies[0])),
    ]  # fmt: skip
    question = played_live(root, Question(case), changes, 60)
    assert [chosen.end_day for chosen in question.policies] == [40, None]


# ------------------------------------------------------------------------------------------------------------ what is refused
def test_the_past_cannot_be_changed_and_nothing_but_the_calendar_can() -> None:
    root = warm("toy", 1)
    question = Question(root.inputs.case, (Chosen("reopen", 5),), (HandStep(Action.CLOSE_LINK, "road-ard-crn", 8, 12),))
    model = root.fork(question.measure())
    model.run_for(10)
    before = model.inputs, model.calendar, model.state.in_force
    past = [
        replace(question, policies=()), replace(question, policies=(Chosen("reopen", 6),)),
        replace(question, policies=(Chosen("reopen", 5, 9),)), replace(question, steps=()),
        replace(question, steps=(*question.steps, HandStep(Action.BAN, "XC/XA/*", 9))),
    ]  # fmt: skip
    for changed in past:
        with pytest.raises(ValueError, match=r"past cannot be changed: the calendars differ on day [5-9]"):
            model.adopt(changed.measure())
    other: list[dict[str, Any]] = [
        {"seed": 2}, {"years": 4}, {"values": {"sigma": 5.0}}, {"still": ("posts",)}, {"dates": "scheduled"},
        {"case": load("south-caucasus"), "policies": (), "steps": ()},
    ]  # fmt: skip
    for field in other:
        with pytest.raises(ValueError, match="policies, days and steps, and nothing else"):
            model.adopt(replace(question, **field).measure())
    assert (model.inputs, model.calendar, model.state.in_force) == before
    model.adopt(replace(question, policies=(Chosen("reopen", 5, 10),)).measure())
    model.step()
    assert not model.state.link_is_open[model.state.network.link_ids.index("road-ask-bek")]


def test_talks_go_on_while_other_things_change() -> None:
    """With negotiated dates: steps and typed policies may come live; the talks are those of the first day."""
    case = toy_with_cast()
    changes = [
        (40, put(Action.SET_TARIFF, "XA/XB/*", 0.0, 0, None, in_both=False)), (50, choose("ban-fruit", 0, in_both=False)),
        (70, drop("reopen")),
    ]  # fmt: skip
    root = CorridorModel(Scenario(case, dates="negotiated"), register=False, collect=False)
    root.warm_up()
    question = played_live(root, Question(case, (Chosen("reopen"),), dates="negotiated"), changes, 100)
    assert question.policies[0] == Chosen("reopen", None, 70)


def test_nobody_joins_talks_that_have_begun_and_no_agreement_is_forgotten() -> None:
    alone = Question(toy_with_cast(), dates="negotiated")
    free, typed = (replace(alone, policies=(Chosen("reopen-rail", day),)) for day in (None, 200))
    model = CorridorModel(alone.measure(), register=False, collect=False)
    model.warm_up()
    model.adopt(free.measure())  # nobody has looked yet: anything goes
    assert [talk.policy_id for talk in model.state.authorities.talks] == ["reopen-rail"]
    model.adopt(alone.measure())
    model.run_for(1)
    with pytest.raises(ValueError, match="would have been negotiated since the opening day"):
        model.adopt(free.measure())
    model.adopt(typed.measure())
    assert model.state.authorities.talks == []
    talking = CorridorModel(free.measure(), register=False, collect=False)
    talking.run_for(2)
    talking.state.authorities.talks[0].agreed_day = 1.0
    with pytest.raises(ValueError, match="has been agreed upon already"):
        talking.adopt(typed.measure())
    assert talking.inputs == free.measure()
    talking.state.authorities.talks[0].agreed_day = float("nan")
    talking.adopt(typed.measure())
    assert talking.state.authorities.talks == []
