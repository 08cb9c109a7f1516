"""Histories so small that what happens in them is known on paper."""

from functools import cache
from typing import Any

from abm.corridor.tables import Action, Background, Case, Law, Target, TargetMetric, Use
from tests.small_worlds import edited, flow, step, toy

PASS, POST, BACK = "road-ard-crn", "p-road-ard-crn-xa-out", "p-road-ard-crn-xc-out"
ARRIVALS, CAPACITY, DAYS_SHUT, WARMUP_DAYS = 100.0, 150.0, 10, 40
#: Vehicles that a post which is never full lets through in a day.
PLENTY = 24_000.0


def target(name: str = "t", **columns: Any) -> Target:
    """A sound row of targets.csv: the share of the pass in the days from 0 to 10, under the event."""
    sound: dict[str, Any] = {
        "target_id": name, "title": name, "metric": TargetMetric.SHARE, "from_day": 0, "to_day": DAYS_SHUT, "value": 0.5,
        "low": 0.4, "high": 0.6, "unit": "share", "use": Use.HELD, "policies": "event", "source": "invented", "grade": "C",
    }  # fmt: skip
    return Target(**{**sound, **columns})


def queue_target(name: str, metric: TargetMetric, value: float, **columns: Any) -> Target:
    """A row about the line at the post, with a tenth of its value on either side."""
    units = {TargetMetric.QUEUE: "vehicles", TargetMetric.CLEAR_DAYS: "days", TargetMetric.PASSED: "1"}
    rest = {"of": POST, "value": value, "low": 0.9 * value, "high": 1.1 * value, "unit": units.get(metric, "h")}
    return target(name, metric=metric, **{**rest, **columns})


def clockwork_posts(**capacity: float) -> tuple[Any, ...]:
    """The toy's posts without chance or papers; never full unless a capacity (vehicles a day) is named by post."""
    changes = {"servers": 1, "service_law": Law.CONSTANT, "service_cv": 0.0, "dwell_h": 0.0, "dwell_cv": 0.0}
    free = {"dwell_low_h": None, "dwell_high_h": None}
    return tuple(
        post.model_copy(update={**changes, **free, "capacity_vehicles_per_day": capacity.get(post.post_id, PLENTY)})
        for post in toy().posts
    )


@cache
def shut_pass() -> Case:
    """A hundred vehicles a day before a post that passes 150; the pass is shut from day 0 to day 10. Nobody has another way: the
    vehicles are background, and the one flow goes elsewhere.

    On day 10 a thousand stand in line; it shortens by 50 a day and is gone on day 30, when 3,000 have waited 5 days on average.
    """
    posts = clockwork_posts(**{POST: CAPACITY})
    line = Background(post_id=POST, month=0, vehicles_per_day=ARRIVALS, lot_vehicles=1.0, source="invented", grade="C")
    elsewhere = flow("f", "CRN", "CPO", "goods", 7_300.0, n_shippers=2)
    rows = (
        queue_target("line", TargetMetric.QUEUE, 1000.0),
        queue_target("cleared", TargetMetric.CLEAR_DAYS, 1000.0 / 150.0, from_day=DAYS_SHUT, to_day=30),
        queue_target("rush", TargetMetric.PASSED, 1.5, from_day=DAYS_SHUT, to_day=30),
        queue_target("wait", TargetMetric.WAIT_H, 120.0, from_day=DAYS_SHUT, to_day=30),
    )
    return edited(
        toy(), flows=(elsewhere,), posts=posts, background=(line,), markets=(), targets=rows, warmup_days=WARMUP_DAYS,
        policies=(step("event", Action.CLOSE_LINK, PASS, 0, DAYS_SHUT),),
    )  # fmt: skip


TONNES_A_DAY = 200.0
#: Tonnes of goods in a lorry and in a wagon.
LORRY_T, WAGON_T = 20.0, 40.0


@cache
def two_ways(*targets: Target) -> Case:
    """200 t of goods a day that have the pass by road and by rail, posts that never hold anybody up, half a year of warm-up.

    Events: ``shut-road`` for 20 days, ``shut-both`` for 10, ``toll`` from day 5 and ``cheap-rail`` for good, ``ban`` of three
    quarters and ``papers`` (six hours more) for 10.
    """
    steps = (
        step("shut-road", Action.CLOSE_LINK, PASS, 0, 20),
        step("shut-both", Action.CLOSE_LINK, PASS, 0, 10),
        step("shut-both", Action.CLOSE_LINK, "rail-ard-crn", 0, 10),
        step("toll", Action.SET_TOLL, PASS, 5, value="1000"),
        step("cheap-rail", Action.SCALE_RATE, "rail-ard-crn", 0, value="0.001"),
        *(step("cheap-rail", Action.SCALE_DWELL, yard, 0, value="0.001") for yard in ("ard-yard", "crn-yard")),
        step("ban", Action.BAN, "XC/XA/goods", 0, 10, "0.25"),
        step("papers", Action.ADD_DWELL, POST, 0, 10, "6"),
    )
    goods = flow("f", "ARD", "CRN", "goods", 365.0 * TONNES_A_DAY, n_shippers=5)
    return edited(
        toy(), flows=(goods,), posts=clockwork_posts(), background=(), markets=(), targets=targets, warmup_days=180,
        policies=steps,
    )  # fmt: skip
