"""Border posts in a world: overtime, inspection, what they publish, who finds no place in line."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abm import phases
from abm.agents.border_post import BorderPost
from abm.calendar import apply_calendar
from abm.corridor.policies import resolve
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, Law, Post
from abm.detours import refresh_routes
from abm.model import CorridorModel
from abm.post_watch import review_posts
from abm.renewal import renew_links
from abm.state import WorldState, new_world
from tests.reference.tiny import tiny_orders
from tests.small_worlds import edited, step, toy

POST, ROAD = "p-road-ard-crn-xa-out", "road-ard-crn"
OVERTIME: dict[str, Any] = {"overtime_share": 0.2, "overtime_line_h": 12.0}


def with_post(**columns: Any) -> Case:
    posts = tuple(post.model_copy(update=columns) if post.post_id == POST else post for post in toy().posts)
    return edited(toy(), posts=posts, background=())


def world(still: tuple[str, ...] = (), **columns: Any) -> WorldState:
    return new_world(Scenario(with_post(**columns), still=still))


def row_of(state: WorldState) -> int:
    return state.posts.traits.names.index(POST)


def send(state: WorldState, vehicles: int, first: int = 0) -> None:
    """Background lorries that come to the post at the first hour of the day."""
    route = state.movement.routes.intern([int(state.posts.traits.arc[row_of(state)])])
    one = {"tonnes": 0.0, "vehicles": 1.0, "shipper": -1, "route": route}
    state.movement.dispatch(tiny_orders(np.full(vehicles, state.hour), first=first, **one))


def next_day(state: WorldState) -> None:
    phases.move(state)
    state.day += 1
    review_posts(state)


def line_of(state: WorldState) -> float:
    return float(state.posts.line_h[row_of(state)])


def service_h(state: WorldState) -> float:
    return float(state.numbers.service_h[state.posts.traits.facility[row_of(state)]])


def shut(state: WorldState, is_shut: bool = True) -> None:
    state.layers.n_shut[state.network.link_ids.index(ROAD)] = int(is_shut)
    renew_links(state)


# -- overtime -----------------------------------------------------------------------------------------------------------------
def test_a_post_with_a_short_line_mans_its_regular_lanes_and_all_of_them_from_the_morning_after_a_long_one() -> None:
    """58 a day with overtime, 46.4 without: of 120 lorries at the first hour 72 stand there next morning, 37 h at the regular
    rate; 14 (7 h, below the mark of 12 but above a quarter of it) the morning after; then none."""
    state = world(service_law=Law.CONSTANT, service_cv=0.0, **OVERTIME)
    full_h = service_h(state)
    review_posts(state)
    assert full_h == pytest.approx(2 * 24.0 / 58.0)
    assert service_h(state) == pytest.approx(full_h / 0.8)
    send(state, 120)
    seen = []
    for _ in range(4):
        next_day(state)
        row = row_of(state)
        seen.append((bool(state.posts.is_on_overtime[row]), service_h(state)))
    assert [is_on for is_on, _ in seen] == [True, True, False, False]
    assert [hours for _, hours in seen] == pytest.approx([full_h, full_h, full_h / 0.8, full_h / 0.8])
    assert state.posts.overtime_days[row] == 2.0


def test_nobody_works_overtime_before_a_shut_gate_and_all_do_on_the_morning_it_opens() -> None:
    state = world(**OVERTIME)
    review_posts(state)
    send(state, 120)
    shut(state)
    next_day(state)
    assert not state.posts.is_on_overtime[row_of(state)]
    shut(state, is_shut=False)
    review_posts(state)
    assert state.posts.is_on_overtime[row_of(state)]


def test_overtime_keeps_the_daily_window() -> None:
    state = world(opens_h=8.0, closes_h=20.0, **OVERTIME)
    review_posts(state)
    send(state, 120)
    next_day(state)
    assert state.posts.is_on_overtime[row_of(state)]
    before = state.movement.queue_vehicles.sum()
    state.movement.run_until(state.hour + 8.0)
    assert state.movement.queue_vehicles.sum() == before


def test_the_line_in_hours_is_what_the_last_lorry_will_wait() -> None:
    """Constant service, one server, an hour each: of 35 lorries 24 have begun by midnight, 11 stand in line."""
    state = world(capacity_vehicles_per_day=24.0, servers=1, service_law=Law.CONSTANT, service_cv=0.0)
    send(state, 35)
    phases.move(state)
    assert line_of(state) == pytest.approx(11.0)


def arrays_of(scenario: Scenario, days: int = 200) -> list[np.ndarray]:
    model = CorridorModel(scenario, register=False, collect=False)
    for _ in range(days):
        model.step()
    state = model.state
    return [state.ledger.shipped_t, state.table.belief_h, state.movement.time_vehicle_h, state.published.mean_h()]


def test_posts_that_do_not_act_are_those_of_a_case_that_says_nothing_of_them() -> None:
    plain = edited(toy(), warmup_days=30)
    acting = tuple(
        post.model_copy(update={**OVERTIME, "alert_dwell_share": 0.5, "publishes": False}) for post in plain.posts
    )
    still = arrays_of(Scenario(edited(plain, posts=acting), still=("posts",)))
    for one, other in zip(still, arrays_of(Scenario(plain, still=("posts",))), strict=True):
        np.testing.assert_array_equal(one, other)
    moved = arrays_of(Scenario(edited(plain, posts=acting)))
    assert not np.array_equal(moved[0], still[0])


# -- inspection ---------------------------------------------------------------------------------------------------------------
def alert_at(state: WorldState, is_on: bool) -> None:
    state.security.alert[state.network.link_ids.index(ROAD)] = is_on


def test_on_alert_the_papers_take_longer_by_the_share_and_afterwards_as_long_as_ever() -> None:
    state = world(dwell_h=4.0, alert_dwell_share=0.5)
    arc = state.posts.traits.arc[row_of(state)]
    others = np.arange(len(state.network.arcs)) != arc  # also the three posts on the link that add nothing on alert
    before = state.numbers.dwell_h.copy()
    seen = []
    for is_on in (False, True, True, False):
        alert_at(state, is_on)
        review_posts(state)
        seen.append(state.numbers.dwell_h[arc])
        np.testing.assert_array_equal(state.numbers.dwell_h[others], before[others])
    assert seen == [4.0, 6.0, 6.0, 4.0]


def test_inspection_hours_are_the_hours_added_times_the_vehicles_that_passed() -> None:
    state = world(dwell_h=4.0, alert_dwell_share=0.5)
    alert_at(state, True)
    review_posts(state)
    send(state, 10)
    for _ in range(3):
        next_day(state)
    assert state.posts.sums()["inspection_h"][row_of(state)] == pytest.approx(2.0 * 10)


def test_hours_that_a_policy_adds_are_inspection_hours_too() -> None:
    case = with_post(dwell_h=4.0)
    rows = (step("watch", Action.ADD_DWELL, POST, 0, value="3"),)
    scenario = Scenario(edited(case, policies=rows, warmup_days=0), policies=("watch",))
    state = new_world(scenario)
    apply_calendar(state, resolve(scenario))
    send(state, 10)
    for _ in range(3):
        next_day(state)
    assert state.posts.inspection_h[row_of(state)] == pytest.approx(3.0 * 10)
    assert state.posts.inspection_h.sum() == pytest.approx(3.0 * 10)


# -- what is published --------------------------------------------------------------------------------------------------------
def published_h(state: WorldState) -> float:
    return float(state.published.mean_h()[state.posts.traits.arc[row_of(state)]])


def test_a_post_that_has_just_reopened_with_a_long_line_is_not_believed_to_be_fast() -> None:
    """Three weeks of quick passage, then two days shut with 300 lorries before it: five days' work."""
    state = world()
    for day in range(21):
        send(state, 20, first=1000 * day)
        next_day(state)
    shut(state)
    send(state, 300, first=100_000)
    next_day(state)
    next_day(state)
    shut(state, is_shut=False)
    review_posts(state)
    announced_h = state.published.announced_h[state.posts.traits.arc[row_of(state)]]
    assert published_h(state) == pytest.approx(announced_h + 298 * 24.0 / 58.0)  # two are being served
    assert state.posts.published_h[row_of(state)] == published_h(state)


def test_of_a_silent_post_only_the_announced_time_is_known_however_long_its_line() -> None:
    state = world(publishes=False)
    review_posts(state)
    send(state, 300)
    next_day(state)
    next_day(state)
    assert line_of(state) > 48.0
    assert published_h(state) == state.published.announced_h[state.posts.traits.arc[row_of(state)]]


def test_users_of_a_silent_post_learn_of_its_line_from_their_own_deliveries() -> None:
    """The same line, told and not told, at a post that is overloaded for good: believed times end within a third of each other
    where goods pass; the announced time alone would be a fraction."""
    beliefs = []
    for publishes in (True, False):
        posts = tuple(
            post.model_copy(update={"capacity_vehicles_per_day": 30.0, "publishes": publishes})
            if post.post_id == POST
            else post
            for post in toy().posts
        )
        model = CorridorModel(Scenario(edited(toy(), posts=posts, warmup_days=0)), register=False, collect=False)
        for _ in range(400):
            model.step()
        state = model.state
        arc = int(state.posts.traits.arc[row_of(state)])
        over = np.array([arc in state.movement.routes.path(int(route)) for route in state.options.route] + [False])
        used = over[state.table.option] & (state.table.days_since_use < 20.0)
        beliefs.append(float(state.table.belief_h[used].mean()))
        quiet = state.published.announced_h[arc]
        assert model.state.posts.line_h[row_of(state)] > 3.0 * quiet
    assert beliefs[1] > 0.6 * beliefs[0]


# -- places in line -----------------------------------------------------------------------------------------------------------
def test_who_finds_no_place_in_line_loses_no_goods_whatever_way_there_is() -> None:
    posts = tuple(
        post.model_copy(update={"queue_max": 3, "capacity_vehicles_per_day": 12.0}) if post.post_id == POST else post
        for post in toy().posts
    )
    model = CorridorModel(Scenario(edited(toy(), posts=posts, warmup_days=0)), register=False, collect=False)
    for _ in range(300):
        model.step()
    movement = model.state.movement
    facility = model.state.posts.traits.facility[row_of(model.state)]
    assert movement.queue_consignments[facility] > 3
    assert movement.lost_t == 0.0


def test_background_that_finds_no_place_goes_elsewhere() -> None:
    state = world(queue_max=30)
    refresh_routes(state)
    send(state, 100)
    state.movement.run_until(state.hour + 0.1)
    assert state.movement.queue_consignments[state.posts.traits.facility[row_of(state)]] == 30
    assert state.movement.lost_t == 0.0


# -- the rest -----------------------------------------------------------------------------------------------------------------
def test_every_post_is_an_agent_that_shows_its_row() -> None:
    model = CorridorModel(Scenario(with_post(alert_dwell_share=0.5, **OVERTIME)), collect=False)
    posts = [agent for agent in model.agents if isinstance(agent, BorderPost)]
    assert [post.name for post in posts] == list(model.state.posts.traits.names)
    state, post = model.state, posts[row_of(model.state)]
    send(state, 120)
    alert_at(state, True)
    next_day(state)
    assert repr(post) == f"BorderPost({POST!r})"
    assert (post.is_on_overtime, post.inspection_share) == (True, 0.5)
    assert post.line_h == pytest.approx(post.line_vehicles * 24.0 / 58.0)
    assert post.published_h == pytest.approx(published_h(state))


def test_a_copy_of_posts_goes_its_own_way() -> None:
    state = world(**OVERTIME)
    review_posts(state)
    twin = state.copy()
    send(twin, 200)
    next_day(twin)
    assert twin.posts.is_on_overtime.any()
    assert not state.posts.is_on_overtime.any()
    assert state.posts.line_h.sum() == 0.0


def test_posts_of_a_direction_that_a_one_way_link_lacks_do_nothing() -> None:
    links = tuple(link.model_copy(update={"directed": True}) if link.link_id == ROAD else link for link in toy().links)
    posts = tuple(_all_on(post) for post in toy().posts)
    state = new_world(Scenario(edited(toy(), links=links, posts=posts, background=())))
    review_posts(state)
    missing = [name for name in state.network.post_ids if name not in state.network.post_facility]
    assert len(missing) == 2
    assert not state.posts.published_h[[state.posts.traits.names.index(name) for name in missing]].any()
    assert state.published.is_told.sum() == len(state.network.arcs) - (len(toy().posts) - 2)


def _all_on(post: Post) -> Post:
    return post.model_copy(update={**OVERTIME, "alert_dwell_share": 0.5, "publishes": False, "queue_max": 5})


def test_a_world_played_to_its_end_tells_overtime_inspection_and_lines_by_post() -> None:
    scenario = Scenario(with_post(**OVERTIME))
    state = new_world(scenario)
    row = row_of(state)
    review_posts(state)
    send(state, 120)
    next_day(state)
    phases.move(state)
    shot = phases.snapshot(state)
    assert shot.sums["overtime_days"].shape == shot.levels["line_h"].shape == (len(toy().posts),)
    assert shot.sums["overtime_days"][row] == 1.0
    assert shot.levels["line_h"][row] == line_of(state) > 0.0
    assert replace(shot, day=0).sums["inspection_h"].sum() == 0.0
