"""Policies: what each does on its first day, and that nothing is left of it after its last."""

import datetime as dt
from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest

from abm.calendar import apply_calendar
from abm.corridor.policies import Step, resolve
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, PolicyStep
from abm.model import CorridorModel
from abm.network.arcs import Floats
from abm.network.consignments import Orders
from abm.observers import day_of_year, is_month_end
from abm.phases import month_of
from abm.relations import relations
from abm.renewal import renew_speed
from abm.state import WorldState, new_world
from tests.small_worlds import edited, step, toy


def world(*rows: PolicyStep) -> tuple[WorldState, tuple[Step, ...]]:
    """A world on its opening day, and the steps of all rows."""
    case = edited(toy(), warmup_days=0, policies=rows)
    scenario = Scenario(case, tuple(dict.fromkeys(row.policy_id for row in rows)))
    return new_world(scenario), resolve(scenario)


def on_day(state: WorldState, steps: tuple[Step, ...], day: int) -> WorldState:
    """Let the days pass up to ``day``."""
    for today in range(state.day, day + 1):
        state.day = today
        apply_calendar(state, steps)
    return state


def touched(state: WorldState) -> dict[str, np.ndarray]:
    """Everything that policies may change."""
    numbers = {field.name: getattr(state.numbers, field.name).copy() for field in fields(state.numbers)}
    facilities = state.movement._state.facilities
    arcs = state.movement._state.arcs
    return numbers | {
        "duty": state.table.duty.copy(), "allowed": state.table.allowed.copy(), "lifted": state.markets.lifted.copy(),
        "link_is_open": state.link_is_open.copy(), "announced": state.published.announced_h.copy(),
        "variance": state.published.announced_variance_h2.copy(),
        **{name: facilities[name].copy() for name in ("service_h", "places_t", "is_open")},
        **{name: arcs[name].copy() for name in ("dwell_h", "dwell_mu", "time_factor")},
    }  # fmt: skip


def differences(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> set[str]:
    return {name for name in one if not np.array_equal(one[name], other[name])}


def arc_rows(state: WorldState, name: str) -> list[int]:
    return [a for a, arc in enumerate(state.network.arcs.names) if arc == name or arc.startswith(f"{name}:")]


ROAD, POST, TRAIN = "road-ard-crn", "p-road-ard-crn-xc-in", "rail-ask-bek"

EACH = [
    (step("p", Action.CLOSE_LINK, ROAD, 5, 9), {"link_is_open", "is_open"}),
    (step("p", Action.OPEN_LINK, TRAIN, 5, 9), {"link_is_open", "is_open"}),
    (step("p", Action.SCALE_CAPACITY, POST, 5, 9, "3"), {"service_h", "announced", "variance"}),
    (step("p", Action.SCALE_CAPACITY, "crn-yard", 5, 9, "3"), {"service_h", "announced", "variance"}),
    (step("p", Action.SCALE_CAPACITY, "rail-ard-crn", 5, 9, "3"), {"service_h", "announced"}),
    (step("p", Action.SCALE_CAPACITY, TRAIN, 5, 9, "3"), {"places_t"}),
    (step("p", Action.SCALE_DWELL, POST, 5, 9, "0.3"), {"dwell_h", "dwell_mu", "announced", "variance"}),
    (step("p", Action.SCALE_DWELL, "crn-yard", 5, 9, "0.3"), {"dwell_h", "dwell_mu", "announced", "variance"}),
    (step("p", Action.SCALE_SPEED, ROAD, 5, 9, "1.7"), {"free_time_h", "time_factor", "announced"}),
    (step("p", Action.SCALE_RATE, ROAD, 5, 9, "1.7"), {"price_usd_t"}),
    (step("p", Action.SET_TOLL, ROAD, 5, 9, "3.3"), {"price_usd_t"}),
    (step("p", Action.SET_TARIFF, "XA/XB/*", 5, 9, "0.33"), {"duty"}),
    (step("p", Action.BAN, "XC/XA/fruit", 5, 9), {"allowed"}),
    (step("p", Action.LIFT_FRICTION, "XA-XB", 5, 9, "0.7"), {"lifted"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "what"), EACH, ids=lambda value: value.action.value if isinstance(value, PolicyStep) else ""
)
def test_a_policy_changes_what_it_names_on_its_first_day_and_leaves_no_trace_after_its_last(
    row: PolicyStep, what: set[str]
) -> None:
    state, steps = world(row)
    before = touched(state)
    assert differences(before, touched(on_day(state, steps, 4))) == set()
    assert differences(before, touched(on_day(state, steps, 5))) == what
    assert differences(before, touched(on_day(state, steps, 8))) == what
    assert differences(before, touched(on_day(state, steps, 9))) == set()


@pytest.mark.parametrize(
    ("row", "what"), EACH, ids=lambda value: value.action.value if isinstance(value, PolicyStep) else ""
)
def test_a_policy_without_an_end_lasts(row: PolicyStep, what: set[str]) -> None:
    state, steps = world(row.model_copy(update={"end": ""}))
    before = touched(state)
    assert differences(before, touched(on_day(state, steps, 900))) == what


def test_overlapping_closures_keep_a_link_shut_until_the_last_of_them_ends() -> None:
    state, steps = world(step("one", Action.CLOSE_LINK, ROAD, 2, 8), step("two", Action.CLOSE_LINK, ROAD, 5, 12))
    link = state.network.link_ids.index(ROAD)
    seen = [bool(on_day(state, steps, day).link_is_open[link]) for day in (1, 2, 7, 8, 11, 12)]
    assert seen == [True, False, False, False, False, True]


def test_a_closure_within_an_opening_ends_in_the_opening() -> None:
    state, steps = world(step("open", Action.OPEN_LINK, TRAIN, 2), step("strike", Action.CLOSE_LINK, TRAIN, 5, 8))
    link = state.network.link_ids.index(TRAIN)
    gate = state.network.link_facilities[TRAIN][0]
    seen = []
    for day in (1, 2, 5, 8, 100):
        on_day(state, steps, day)
        seen.append((bool(state.link_is_open[link]), bool(state.movement._state.facilities["is_open"][gate])))
    assert seen == [(False, False), (True, True), (False, False), (True, True), (True, True)]


def test_overlapping_scales_multiply_and_each_ends_by_itself() -> None:
    state, steps = world(
        step("one", Action.SCALE_RATE, ROAD, 2, 10, "1.5"), step("two", Action.SCALE_RATE, ROAD, 4, 6, "2"),
        step("two", Action.SET_TOLL, ROAD, 5, 12, "7"),
    )  # fmt: skip
    arc, toll = arc_rows(state, ROAD)[0], 0.5
    freight = state.network.arcs.price_usd_t[arc, 0] - toll
    seen = [float(on_day(state, steps, day).numbers.price_usd_t[arc, 0]) for day in (2, 4, 5, 6, 10)]
    expected = [freight * 1.5 + toll, freight * 3.0 + toll, freight * 3.0 + 7.0, freight * 1.5 + 7.0, freight + 7.0]
    np.testing.assert_allclose(seen, expected)
    assert on_day(state, steps, 12).numbers.price_usd_t[arc, 0] == state.network.arcs.price_usd_t[arc, 0]


def test_of_overlapping_bans_the_strictest_holds_and_trade_is_cut_once() -> None:
    state, steps = world(
        step("quota", Action.BAN, "XC/XA/*", 2, 20, "0.5"), step("ban", Action.BAN, "XC/XA/fruit", 5, 9),
        step("late", Action.BAN, "XC/XA/fruit", 7, 12, "0.25"),
    )  # fmt: skip
    fruit = [state.table.names.index("f07#1")]
    seen = [on_day(state, steps, day).table.allowed[fruit][0] for day in (1, 2, 5, 7, 9, 12, 20)]
    assert seen == [1.0, 0.5, 0.0, 0.0, 0.25, 0.5, 1.0]
    other = state.table.names.index("f11#1")
    assert state.table.quantity_t[other] == 0.5 * state.table.base_t[other]


def test_of_overlapping_tariffs_the_last_holds_and_the_greatest_lift_counts() -> None:
    state, steps = world(
        step("one", Action.SET_TARIFF, "XA/XB/*", 2, 10, "0.5"), step("two", Action.SET_TARIFF, "XA/XB/goods", 4, 6, "0.1"),
        step("one", Action.LIFT_FRICTION, "XA-XB", 2, 10, "0.3"), step("two", Action.LIFT_FRICTION, "XB-XA", 4, 6, "0.2"),
    )  # fmt: skip
    row = state.table.names.index("f04#1")
    pair = int(state.table.pair[row])
    seen = []
    for day in (1, 2, 4, 6, 10):
        on_day(state, steps, day)
        seen.append((float(state.table.duty[row]), float(state.markets.lifted[pair])))
    assert seen == [(0.06, 0.0), (0.5, 0.3), (0.1, 0.3), (0.5, 0.3), (0.06, 0.0)]


def test_scaling_a_link_leaves_its_posts_alone() -> None:
    state, steps = world(step("p", Action.SCALE_CAPACITY, "rail-ard-crn", 0, None, "2"))
    on_day(state, steps, 0)
    changed = np.flatnonzero(state.numbers.service_h != state.network.facilities.service_h)
    assert [state.network.facilities.names[f] for f in changed] == ["rail-ard-crn"]


def test_twice_the_capacity_of_a_post_is_announced_as_half_the_service_time() -> None:
    state, steps = world(step("p", Action.SCALE_CAPACITY, POST, 0, None, "2"))
    arc = arc_rows(state, POST)[0]
    before = state.published.mean_h()[arc]
    service_h = state.network.facilities.service_h[state.network.arcs.facility[arc]]
    assert on_day(state, steps, 0).published.mean_h()[arc] == pytest.approx(before - service_h / 2.0)


def test_twice_the_speed_is_half_the_hours_of_movement_for_all_who_count_them() -> None:
    state, steps = world(step("p", Action.SCALE_SPEED, ROAD, 0, None, "2"))
    arcs = arc_rows(state, ROAD)
    free_h, told_h = state.network.arcs.free_time_h[arcs], state.published.mean_h()[arcs]
    on_day(state, steps, 0)
    np.testing.assert_array_equal(state.numbers.free_time_h[arcs], free_h / 2.0)
    np.testing.assert_allclose(state.published.mean_h()[arcs], told_h - free_h / 2.0)
    assert taken_h(state, arcs[0]) == pytest.approx(free_h[0] / 2.0)


def test_an_incident_slows_what_a_policy_has_made_faster() -> None:
    state, steps = world(step("p", Action.SCALE_SPEED, ROAD, 2, 6, "2"))
    arc = arc_rows(state, ROAD)[0]
    state.layers.slowness[arc] = 3.0
    renew_speed(state)
    free_h, told_h = state.network.arcs.free_time_h[arc], state.published.mean_h()[arc]
    seen = []
    for day in (1, 2, 6):
        on_day(state, steps, day)
        seen.append((taken_h(state, arc), state.published.mean_h()[arc]))
    expected = [(3.0 * free_h, told_h), (1.5 * free_h, told_h - free_h / 2.0), (3.0 * free_h, told_h)]
    np.testing.assert_allclose(seen, expected)


def test_what_passed_at_the_old_speed_is_not_taken_for_standing_at_the_new_one() -> None:
    rows = (step("p", Action.SCALE_SPEED, ROAD, 30, 60, "2"),)
    model = CorridorModel(Scenario(edited(toy(), warmup_days=0, policies=rows), ("p",)), register=False, collect=False)
    state, arc = model.state, arc_rows(model.state, ROAD)[0]
    standing_h = []
    for _ in range(80):
        model.step()
        standing_h.append(float(state.published.mean_h()[arc] - state.numbers.free_time_h[arc]))
    assert state.published.vehicles[arc] > 50.0
    free_h = float(state.network.arcs.free_time_h[arc])
    # on the first days those arrive who set out at the old speed: they are few
    assert max(standing_h[30:60]) < max(standing_h[:30]) + 0.05 * free_h
    assert min(standing_h[60:]) > -0.05 * free_h
    assert (state.published.hours_squared >= 0.0).all()


def taken_h(state: WorldState, arc: int) -> float:
    """Hours that one lorry takes over an arc alone."""
    movement = state.movement
    begin = movement.now_h
    route = movement.routes.intern([arc])
    zero = np.zeros(1, dtype=np.int8)
    order = Orders(
        shipper=np.zeros(1, dtype=np.int32), key=np.array([1], dtype=np.uint64), time_h=np.array([begin]),
        tonnes=np.ones(1), vehicles=np.zeros(1), cargo_class=zero, priority=zero, route=np.array([route], dtype=np.int32),
    )  # fmt: skip
    movement.dispatch(order)
    return float(movement.run_until(begin + 1000.0).delivered_h[0] - begin)


def test_a_toll_lies_on_both_directions_and_not_on_what_cannot_pass() -> None:
    state, steps = world(step("p", Action.SET_TOLL, "rail-ard-crn", 0, None, "4"))
    arcs = arc_rows(state, "rail-ard-crn")
    change: Floats = on_day(state, steps, 0).numbers.price_usd_t[arcs] - np.where(
        np.isfinite(state.network.arcs.price_usd_t[arcs]), state.network.arcs.price_usd_t[arcs], 0.0
    )
    assert len(arcs) == 2
    assert set(np.round(change[np.isfinite(change)], 12)) == {4.0}
    assert np.isinf(change).any()


@pytest.mark.parametrize(
    ("target", "flows"),
    [
        ("XA/XB/*", {"f04"}), ("XA/*/goods", {"f03", "f04"}), ("*/XA/fruit", {"f07", "f08"}), ("XC/XC/*", {"home"}),
        ("*/*/fuel", {"f02"}), ("XC/*/fuel", set()),
    ],
)  # fmt: skip
def test_targets_match_relations_over_borders_and_domestic_trade_only_by_name(target: str, flows: set[str]) -> None:
    home = (
        toy()
        .flows[0]
        .model_copy(update={"flow_id": "home", "origin": "CRN", "destination": "CPO", "commodity": "fuel"})
    )
    state = new_world(Scenario(edited(toy(), flows=(*toy().flows, home), warmup_days=0)))
    hit = relations(state, target)
    assert {name.split("#")[0] for name, is_hit in zip(state.table.names, hit, strict=True) if is_hit} == flows


def test_the_months_of_background_follow_the_calendar_whatever_the_opening_day() -> None:
    for year in (2023, 2024):
        for day in range(365):
            date = dt.date(year, 1, 1) + dt.timedelta(day)
            assert month_of(day_of_year(date)) == date.month - 1
    assert month_of(day_of_year(dt.date(2024, 12, 31))) == 11
    assert month_of(-1) == 11


def test_a_year_of_365_days_has_twelve_month_ends() -> None:
    ends = [day for day in range(365) if is_month_end(day)]
    assert ends[0] == 30
    assert ends[-1] == 364
    assert [b - a for a, b in pairwise([-1, *ends])] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert is_month_end(-1)
