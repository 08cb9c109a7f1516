"""Targets measured in worlds whose answers are known on paper."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from abm.corridor.rows import Mode
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, Law, Target, TargetMetric, Use
from abm.corridor.target_rows import month_begins
from abm.model import CorridorModel
from abm.study.target_metrics import days_to_clear, half_life
from abm.study.targets import measure_targets, with_traffic
from tests.made_histories import shut_pass
from tests.small_worlds import edited, flow, step, toy, toy_with_cast

TONNES = 73_000.0
POST = "p-road-ard-crn-xc-in"
DWELL_H, A_DAY = 3.0, 24_000.0


@cache
def quiet_road() -> Case:
    """Goods of one flow, which have a road and a railway over the same border, posts that are never full, and a year of warm-up.

    On day 0 the policy ``road`` shuts the railway; ``rail`` shuts the road for two months.
    """
    posts = tuple(
        post.model_copy(
            update={"capacity_vehicles_per_day": A_DAY, "servers": 1, "service_law": Law.CONSTANT, "dwell_h": DWELL_H}
        )
        for post in toy().posts
    )
    policies = (
        step("road", Action.CLOSE_LINK, "rail-ard-crn", 0),
        step("rail", Action.CLOSE_LINK, "road-ard-crn", 0, 59),
        step("ban", Action.BAN, "XC/XA/goods", 0, value="0.25"),
        step("papers", Action.ADD_DWELL, POST, 10, 20, value="6"),
        step("papers", Action.SCALE_DWELL, POST, 10, 20, value="2"),
    )
    goods = flow("f", "ARD", "CRN", "goods", TONNES, n_shippers=10)
    season = tuple(row.model_copy(update={"lot_t": 1.0}) for row in toy().commodities)
    return edited(
        toy(),
        flows=(goods,),
        posts=posts,
        policies=policies,
        commodities=season,
        background=(),
        markets=(),
        warmup_days=365,
    )


def target(**columns: Any) -> Target:
    sound: dict[str, Any] = {
        "target_id": "t", "title": "t", "metric": TargetMetric.SHARE, "from_month": 1, "to_month": 2, "value": 0.5, "low": 0.4,
        "high": 0.6, "unit": "share", "use": Use.FIT, "source": "invented", "grade": "C",
    }  # fmt: skip
    return Target(**{**sound, **columns})


def measured(*rows: Target, **values: float) -> list[float]:
    return [float(value) for value in measure_targets(quiet_road(), {"trend_growth": 0.0, **values}, 1, rows)]


def test_months_begin_where_the_calendar_of_365_days_says() -> None:
    assert [month_begins(month) for month in (0, 1, 2, 12, 14, -1, -12)] == [0, 31, 59, 365, 424, -31, -365]


def test_with_one_way_open_all_goods_take_it() -> None:
    shares = measured(
        target(of="road-ard-crn", policies="road"),
        target(of="rail-ard-crn", policies="road"),
        target(of="rail-ard-crn", policies="rail"),
        target(mode=Mode.ROAD, policies="road"),
        target(of="road-ard-crn", mode=Mode.RAIL, policies="road"),
        target(of="road-ard-crn; rail-ard-crn"),
    )
    assert shares == [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]


def test_shares_of_two_ways_add_up_and_those_among_the_users_of_a_link_are_of_these_alone() -> None:
    road, rail, both, own = measured(
        target(of="road-ard-crn"), target(of="rail-ard-crn"), target(of="rail-ard-crn", among="road-ard-crn"),
        target(of="rail-ard-crn", among="rail-ard-crn"),
    )  # fmt: skip
    assert road + rail == pytest.approx(1.0)
    assert 0.0 < rail < 1.0
    assert (both, own) == (0.0, 1.0)


def test_tonnes_are_those_of_a_year_whatever_the_window() -> None:
    """Shippers send their year's tonnes evenly, in lots of a tonne: what is open is one lot of each at both ends of a window."""
    rows = [
        target(metric=TargetMetric.TONNES, from_month=first, to_month=last, goods="XC/XA/goods")
        for first, last in ((-12, 0), (-6, -5), (0, 1), (3, 9))
    ]
    for row, tonnes in zip(rows, measured(*rows), strict=True):
        first, end = row.window
        years = (end - first) / 365.0
        assert tonnes == pytest.approx(TONNES, abs=10 / years)


def test_goods_that_do_not_exist_have_no_share() -> None:
    nothing, share = measured(
        target(metric=TargetMetric.TONNES, goods="XA/XC/goods"), target(of="road-ard-crn", goods="XA/XC/goods")
    )
    assert nothing == 0.0
    assert np.isnan(share)


def test_a_ratio_is_of_the_base_year_and_sees_a_ban() -> None:
    before, after = measured(
        target(metric=TargetMetric.RATIO, from_month=-6, to_month=0),
        target(metric=TargetMetric.RATIO, policies="ban", from_month=1, to_month=2),
    )
    assert before == pytest.approx(1.0, abs=0.001)
    assert after == pytest.approx(0.25, abs=0.002)


def test_at_a_post_that_is_never_full_hours_are_papers_and_the_service_of_a_vehicle() -> None:
    wait, hours = measured(
        target(metric=TargetMetric.WAIT_H, of=POST), target(metric=TargetMetric.HOURS, of=f"{POST};{POST}")
    )
    assert wait == pytest.approx(0.0, abs=0.01)
    assert hours == pytest.approx(DWELL_H + 24.0 / A_DAY + wait)


def in_days(first: int, end: int, **columns: Any) -> Target:
    return target(from_month=None, to_month=None, from_day=first, to_day=end, **columns)


def test_a_window_in_days_is_the_same_window() -> None:
    rows = [target(of="rail-ard-crn", policies="rail"), in_days(31, 59, of="rail-ard-crn", policies="rail")]
    assert len(set(measured(*rows))) == 1
    week, rest, both = measured(
        *(in_days(first, end, metric=TargetMetric.TONNES) for first, end in ((0, 7), (7, 21), (0, 21)))
    )
    assert (7 * week + 14 * rest) / 21 == pytest.approx(both)


def test_nobody_pays_for_days_that_nobody_asks_for() -> None:
    """Days other than month ends leave the ledger as it is, and only those that are asked for are kept."""
    model = CorridorModel(Scenario(quiet_road()), register=False, collect=False)
    model.state.ledger.asked_days = frozenset({-3, 4})
    model.warm_up()
    for _ in range(7):
        model.step()
    ledger = model.state.ledger
    assert [shot.day for shot in ledger.asked] == [-3, 4]
    assert [shot.day for shot in ledger.snapshots][-2:] == [-32, -1]
    assert [shot.day for shot in ledger.copy().asked] == [-3, 4]


def test_goods_arrive_as_they_are_sent_and_a_ban_is_seen_in_arrivals_and_in_growth() -> None:
    usual, banned, growth, before = measured(
        in_days(30, 90, metric=TargetMetric.ARRIVED),
        in_days(30, 90, metric=TargetMetric.ARRIVED, policies="ban"),
        in_days(30, 90, metric=TargetMetric.GROWTH, policies="ban"),
        in_days(30, 90, metric=TargetMetric.GROWTH),
    )
    assert [usual, before, banned, growth] == pytest.approx([1.0, 0.0, 0.25, -0.75], abs=0.01)


def test_a_change_of_hours_is_that_of_papers_where_the_post_is_never_full() -> None:
    """On ten days of the twenty the papers take twice as long and six hours more."""
    whole, half, hours = measured(
        in_days(10, 20, metric=TargetMetric.HOURS_CHANGE, of=POST, policies="papers"),
        in_days(5, 25, metric=TargetMetric.HOURS_CHANGE, of=POST, policies="papers"),
        in_days(10, 20, metric=TargetMetric.HOURS, of=POST, policies="papers"),
    )
    assert whole == pytest.approx((2 * DWELL_H + 6.0) / DWELL_H - 1.0, abs=0.01)
    assert half == pytest.approx(whole / 2.0, abs=0.01)
    assert hours == pytest.approx(2 * DWELL_H + 6.0, abs=0.02)


def test_vehicles_are_those_of_the_rates_also_on_a_railway_whose_capacity_is_in_tonnes() -> None:
    """A lorry takes 20 tonnes of goods, a wagon 40: as many wagons as lorries would be twice the tonnes."""
    tonnes, vehicles, passed = measured(
        in_days(-180, 0, of="rail-ard-crn"),
        in_days(-180, 0, of="rail-ard-crn", among="rail-ard-crn;road-ard-crn", metric=TargetMetric.PASSED_SHARE),
        in_days(30, 60, of="rail-ard-crn", metric=TargetMetric.PASSED),
    )
    assert vehicles == pytest.approx((tonnes / 40.0) / (tonnes / 40.0 + (1.0 - tonnes) / 20.0), abs=0.01)
    assert passed == pytest.approx(1.0, abs=0.1)


def test_a_shut_pass_has_the_line_and_the_waits_that_arrivals_and_capacity_say() -> None:
    """100 a day before a post that passes 150, shut for ten days: 1,000 in line, as many through after 6.7 days, 5 days' wait."""
    line, cleared, rush, wait = measure_targets(shut_pass(), {}, 1)
    assert line == pytest.approx(1000.0, abs=2.0)
    assert cleared == pytest.approx(1000.0 / 150.0, abs=0.03)
    assert rush == pytest.approx(1.5, abs=0.01)
    assert wait == pytest.approx(120.0, abs=1.0)
    usual = measure_targets(shut_pass(), {}, 1, [row.undisturbed() for row in shut_pass().targets])
    assert usual == pytest.approx([0.0, 0.0, 1.0, 0.0], abs=1.0)


def test_days_to_clear_are_told_within_a_day() -> None:
    assert days_to_clear(0.0, [5.0, 9.0]) == 0.0
    assert days_to_clear(5.0, [5.0, 9.0]) == 1.0
    assert days_to_clear(8.0, [5.0, 9.0]) == 1.75
    assert days_to_clear(10.0, [5.0, 9.0]) == 2.0  # never within the window: its length


def test_half_of_a_change_is_made_where_the_weekly_share_passes_the_middle() -> None:
    """Weeks count from their middles (3.5, 10.5, 17.5); between them, and from day 0, the share moves straight."""
    assert half_life(0.2, [0.2, 0.4, 0.6], 0.6, 60) == pytest.approx(10.5)
    assert half_life(0.2, [0.3, 0.5, 0.6], 0.6, 60) == pytest.approx(3.5 + 7.0 / 2.0)
    assert half_life(0.6, [0.4, 0.2], 0.2, 60) == pytest.approx(3.5)
    assert half_life(0.2, [0.6], 0.6, 60) == pytest.approx(1.75)
    assert half_life(0.2, [np.nan, 0.6], 0.6, 60) == pytest.approx(5.25)
    assert half_life(0.5, [0.7, 0.3], 0.505, 60) == 60.0  # too little to be a change
    assert np.isnan(half_life(np.nan, [0.5], 0.5, 60))


def test_the_half_life_of_a_share_is_that_of_its_weeks() -> None:
    row = in_days(0, 59, of="road-ard-crn", policies="road", metric=TargetMetric.HALF_DAYS)
    windows = [(-28, 0), (31, 59), *((day, day + 7) for day in range(0, 53, 7))]
    (days,) = measured(row)
    before, after, *weeks = measured(
        *(in_days(*one, of="road-ard-crn", policies="road" if one[1] > 0 else "") for one in windows)
    )
    assert days == half_life(before, weeks, after, 59)
    assert 0.0 < days < 59.0


def test_more_traffic_is_more_of_everything_but_capacity() -> None:
    usual, busy = measured(target(metric=TargetMetric.TONNES), target(metric=TargetMetric.TONNES, traffic=1.5))
    assert busy == pytest.approx(1.5 * usual, rel=0.001)
    case = with_traffic(toy(), 1.5)
    assert [row.vehicles_per_day for row in case.background] == [1.5 * row.vehicles_per_day for row in toy().background]
    assert case.posts == toy().posts
    assert case.digest != toy().digest
    assert with_traffic(toy(), 1.0) is toy()


def test_a_target_measures_the_same_alone_and_among_others_in_any_order() -> None:
    rows = [
        target(of="rail-ard-crn", from_month=-6, to_month=0),
        target(of="road-ard-crn", policies="rail", from_month=2, to_month=4),
        target(of="rail-ard-crn", from_month=1, to_month=3),
    ]
    together = measured(*rows)
    assert measured(*reversed(rows)) == together[::-1]
    assert [measured(row)[0] for row in rows] == together


def test_the_adjustment_after_a_dated_event_is_that_of_the_world_in_which_it_happens() -> None:
    """The same months of the world played as any other, by the ledger's own sums."""
    row = target(of="road-ard-crn", policies="rail", from_month=1, to_month=3)
    model = CorridorModel(
        Scenario(quiet_road(), ("rail",), {"trend_growth": 0.0}, still=("incidents",)), register=False, collect=False
    )
    model.warm_up()
    while model.day < month_begins(3):
        model.step()
    shots = {shot.day: shot for shot in model.state.ledger.snapshots}
    entered = (shots[month_begins(3) - 1].entered_t - shots[month_begins(1) - 1].entered_t).astype(float)
    names = model.state.network.arcs.names
    road, rail = (
        sum(float(tonnes) for name, tonnes in zip(names, entered, strict=True) if name == f"{link}:ARD>CRN")
        for link in ("road-ard-crn", "rail-ard-crn")
    )
    assert measured(row)[0] == pytest.approx(
        road / (road + rail), abs=0.02
    )  # those under way at the ends of the window
    undisturbed = row.model_copy(update={"policies": ""})
    assert measured(undisturbed)[0] > measured(row)[0] + 0.3  # in the first of the two months the road was shut


def test_incidents_are_drawn_only_for_targets_that_are_not_calm() -> None:
    """In calm the world is that of nobody's incidents, bit for bit."""
    case = toy_with_cast()
    wait = target(metric=TargetMetric.WAIT_H, of=POST, from_month=-11, to_month=0, unit="h")
    calm, drawn = measure_targets(case, {}, 1, (wait, wait.model_copy(update={"is_calm": False})))
    without = edited(case, hazards=(), regimes=(), policies=())
    assert float(calm) != float(drawn)
    assert float(measure_targets(without, {}, 1, (wait,))[0]) == float(calm)
