"""Claims judged on made worlds: shares, the probability of opening, what a claim asks for; all worked out by hand."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from abm.corridor.tables import Case
from abm.study.claims import Ends, Judgement, cases_of, claims_table, ends_of, judged, needed, opening_chance
from abm.study.plan import WITHOUT, Arm, Claim, Kind, Metric, Plan
from tests.made_sweeps import (
    COST,
    FASTER,
    OPEN,
    TRADE,
    Formula,
    constant,
    growing,
    made_outcomes,
    made_plan,
    made_points,
    made_trade,
)
from tests.small_worlds import toy_with_cast
from tests.unit.test_openings import asked, opening


def ladder(values: Sequence[float]) -> Formula:
    """World i has the i-th value."""
    return lambda points, noise: np.asarray(values, dtype=np.float64)[points.index.to_numpy() % len(values)]


def judge(values: Sequence[float], claim: Claim = TRADE, plan: Plan | None = None) -> Judgement:
    """The judgement on growth a year as listed, one world each."""
    outcomes = made_trade(made_points(len(values)), ladder(values))
    return judged(plan or made_plan([claim]), outcomes)[0]


def trade(low: float, high: float, metric: Metric = Metric.GROWTH_PER_YEAR) -> Claim:
    return replace(TRADE, low=low, high=high, metric=metric)


# ---------------------------------------------------------------------------------------------------------- ends
@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        (0.20, 0.25, Ends(1, 0.20, 0.25)),
        (-0.30, -0.20, Ends(-1, -0.20, -0.30)),  # the weaker end is the smaller fall
        (-0.30, 0.0, Ends(-1, -0.30, -0.30, is_up_to=True)),
        (0.0, 0.25, Ends(1, 0.25, 0.25, is_up_to=True)),
        (-1.0, -0.30, Ends(-1, -0.30, -math.inf)),  # a fall of 30 % or more: nothing falls by more than all
        (0.30, 0.30, Ends(1, 0.30, 0.30)),
        (-math.inf, -0.1, Ends(-1, -0.1, -math.inf)),
        (-math.inf, 0.0, Ends(-1, 0.0, -math.inf)),
        (1.0, math.inf, Ends(1, 1.0, math.inf)),
        (0.0, math.inf, Ends(1, 0.0, math.inf)),
    ],
)
def test_what_a_claim_asks_for(low: float, high: float, ends: Ends) -> None:
    assert ends_of(trade(low, high, Metric.LEVEL)) == ends


def test_only_two_ends_make_a_band() -> None:
    assert ends_of(trade(0.20, 0.25)).is_band
    assert not any(ends_of(trade(*both)).is_band for both in [(-0.3, 0.0), (-1.0, -0.3), (0.3, 0.3)])


def test_a_gain_may_fall_by_more_than_one() -> None:
    assert ends_of(trade(-5.0, -2.0, Metric.GAIN)) == Ends(-1, -2.0, -5.0)


# ---------------------------------------------------------------------------------------------------------- shares
def test_worlds_fall_short_lie_inside_and_go_beyond_and_an_end_belongs_to_the_band() -> None:
    """Growth of 20 % is made exactly: 1.2**3 and its cube root would lose a bit."""
    one = judge([0.1, 0.19, 0.21, 0.24, 0.30])
    assert (one.below.value, one.inside.value, one.above.value, one.reached.value) == pytest.approx(
        (0.4, 0.4, 0.2, 0.6)
    )
    level = replace(TRADE, metric=Metric.GAIN, low=20.0, high=25.0)
    points = made_points(3)
    with_ = {"trade_usd:XA:3": ladder([120.0, 125.0, 125.5])}
    outcomes = made_outcomes(points, {WITHOUT: {"trade_usd:XA:3": constant(100.0)}, "open": with_})
    (edge,) = judged(made_plan([level]), outcomes)
    assert (edge.below.value, edge.inside.value, edge.above.value) == pytest.approx((0.0, 2 / 3, 1 / 3))


def test_a_band_is_judged_by_its_inside_and_an_up_to_by_what_reaches_it() -> None:
    values = [-0.35, -0.30001, -0.1, -0.01, 0.02]
    up_to = judge(values, trade(-0.30, 0.0, Metric.GROWTH_PER_YEAR))
    assert up_to.main.value == up_to.reached.value == pytest.approx(0.4)
    assert up_to.inside.value == pytest.approx(0.4)  # any fall would do: that is not what is claimed
    band = judge(values, trade(-0.30, -0.05))
    assert band.main == band.inside
    assert (band.below.value, band.inside.value, band.above.value) == pytest.approx((0.4, 0.2, 0.4))


def test_all_worlds_short_of_a_claim_leave_an_interval() -> None:
    one = judge([0.01] * 1000)
    assert one.inside.value == 0.0
    assert one.inside.high == pytest.approx(0.003827, abs=1e-6)  # z^2 / (n + z^2)
    assert one.p99 == pytest.approx(0.01)


def test_saltellis_points_count_as_its_base_rows() -> None:
    plan = made_plan(kind=Kind.SOBOL, seeds="common")
    plan = replace(plan, design=replace(plan.design, points=64))
    one = judge([0.01] * 320, plan=plan)
    assert one.inside.high == pytest.approx(3.8415 / (64 + 3.8415), abs=1e-4)
    assert one.range.split is None  # their seeds are common


# ---------------------------------------------------------------------------------------------------------- who is judged
def test_every_denominator_window_and_arm_is_judged_apart() -> None:
    claim = replace(TRADE, of=("XA", "XA-XB"), window_years=(3, 5))
    plan = made_plan([claim], arms=(OPEN, COST))
    assert [(of, window, arm.name) for _, of, window, arm in cases_of(plan)] == [
        (of, window, arm) for of in ("XA", "XA-XB") for window in (3, 5) for arm in ("open", "cost")
    ]
    only = made_plan([replace(claim, arms=("cost",))], arms=(OPEN, COST))
    assert {arm.name for *_, arm in cases_of(only)} == {"cost"}
    against = made_plan([replace(claim, against="cost")], arms=(OPEN, COST))
    assert {arm.name for *_, arm in cases_of(against)} == {"open"}


def test_only_the_columns_that_claims_need_are_read() -> None:
    names = ["trade_usd:XA:3", "trade_usd:XA:5", "trade_t:XA:3", "days:XA:3", "days:XB:3"]
    assert needed(made_plan([TRADE, FASTER]), names) == ["trade_usd:XA:3", "trade_t:XA:3", "days:XA:3"]


def test_an_arm_may_be_compared_with_another_arm() -> None:
    points = made_points(4)
    rows = {
        WITHOUT: growing(constant(0.0), 3), "cost": growing(constant(0.1), 3), "open": growing(constant(0.21), 3)
    }  # fmt: skip
    plan = made_plan([replace(TRADE, against="cost")], arms=(OPEN, COST))
    (one,) = judged(plan, made_outcomes(points, rows))
    assert one.range.mean == pytest.approx(0.1)


def test_gross_growth_stands_beside_that_of_the_worlds_without() -> None:
    points = made_points(4)
    rows = {WITHOUT: growing(constant(0.02), 3), "open": growing(constant(0.05), 3)}
    plan = made_plan([trade(0.2, 0.25, Metric.GROSS_GROWTH_PER_YEAR)])
    (one,) = judged(plan, made_outcomes(points, rows), {"trade_usd:XA": 100.0})
    assert (one.range.mean, one.trend) == pytest.approx((0.05, 0.02))
    assert math.isnan(judge([0.1]).trend)


def test_a_small_base_is_told_in_tonnes() -> None:
    points = made_points(10)
    rows = {WITHOUT: growing(constant(0.0), 3), "open": growing(constant(0.3), 3)}
    rows[WITHOUT]["trade_t:XA:3"], rows["open"]["trade_t:XA:3"] = constant(20_000.0), constant(45_000.0)
    (one,) = judged(made_plan(), made_outcomes(points, rows))
    assert (one.base_t, one.gain_t, one.is_small) == (20_000.0, 25_000.0, True)
    rows[WITHOUT]["trade_t:XA:3"] = constant(50_000.0)
    (large,) = judged(made_plan(), made_outcomes(points, rows))
    assert not large.is_small
    assert math.isnan(judge([0.1]).base_t)


# ---------------------------------------------------------------------------------------------------------- opening
#: Days from 1 January 2025, the opening day of toy: 0, 0 and 3652; F(1095) = 1 - (2557 / 3652)**2.
SLOW = opening("reopen", "2025-01-01", "2025-01-01", "2035-01-01", 0.4, never_low_share=0.2, never_high_share=0.6)
RAIL = opening("reopen-rail", "2024-01-01", "2024-06-01", "2025-01-01", 0.1)
SHARE = 1.0 - (2557.0 / 3652.0) ** 2


def plan_of(case: Case, arm: Arm = OPEN, dates: str = "given") -> Plan:
    return made_plan(case=case, arms=(arm,), dates=dates)


def test_the_probability_of_opening_is_exact_and_has_the_range_of_never() -> None:
    """Drawn worlds have the mean of the triangle 0.2, 0.4, 0.6 as their share of never; the ends are those of the range."""
    chance = opening_chance(plan_of(asked(SLOW)), OPEN, WITHOUT, 3)
    assert chance is not None
    assert (chance.probability, chance.low, chance.high) == pytest.approx((0.6 * SHARE, 0.4 * SHARE, 0.8 * SHARE))
    assert (chance.unasked, chance.has_works) == ((), False)


def test_all_policies_of_an_arm_must_have_come() -> None:
    both = Arm("both", "Both", ("reopen", "reopen-rail", "cut-tariff"))
    chance = opening_chance(plan_of(asked(SLOW, RAIL), both), both, WITHOUT, 3)
    assert chance is not None
    assert chance.probability == pytest.approx(0.6 * SHARE * 0.9)
    assert chance.unasked == ("cut-tariff",)


def test_what_the_other_arm_opens_must_have_come_too() -> None:
    rail = Arm("rail", "Rail", ("reopen-rail",))
    plan = made_plan(case=asked(SLOW, RAIL), arms=(OPEN, rail))
    chance = opening_chance(plan, OPEN, "rail", 3)
    assert chance is not None
    assert chance.probability == pytest.approx(0.6 * SHARE * 0.9)


def test_works_that_must_be_finished_first_are_named() -> None:
    rail = Arm("rail", "Rail", ("reopen-rail",))
    case = asked(RAIL, projects=toy_with_cast().projects)
    chance = opening_chance(plan_of(case, rail), rail, WITHOUT, 3)
    assert chance is not None
    assert chance.has_works


def test_where_nobody_was_asked_or_worlds_draw_their_dates_there_is_no_product() -> None:
    assert opening_chance(made_plan(), OPEN, WITHOUT, 3) is None
    assert opening_chance(plan_of(asked(SLOW), dates="scheduled"), OPEN, WITHOUT, 3) is None


def test_the_product_is_that_of_both_and_so_are_its_ends() -> None:
    one = judge([0.1] * 50 + [0.22] * 50, plan=plan_of(asked(SLOW)))
    together = one.together
    assert together is not None
    assert one.opening is not None
    assert together.value == pytest.approx(0.5 * 0.6 * SHARE)
    assert together.low == pytest.approx(one.inside.low * 0.4 * SHARE)
    assert together.high == pytest.approx(one.inside.high * 0.8 * SHARE)


# ---------------------------------------------------------------------------------------------------------- table
def test_the_table_has_a_row_per_judgement() -> None:
    plan = plan_of(asked(SLOW))
    outcomes = made_trade(made_points(40), ladder([0.1, 0.22]), repeated_points=10)
    judgements = judged(plan, outcomes)
    table = claims_table(plan, judgements, ["It may be."])
    row = table.iloc[0]
    assert (row["claim"], row["of"], row["window_years"], row["arm"]) == ("trade", "XA", 3, "open")
    assert row["inside"] == pytest.approx(0.5)
    assert row["inside_low"] < 0.5 < row["inside_high"]
    assert row["opening"] == pytest.approx(0.6 * SHARE)
    assert row["together"] == pytest.approx(0.3 * SHARE)
    assert row["chance_share"] == 1.0  # the two worlds of a repeated point differ as much as points do
    assert row["verdict"] == "It may be."
    assert bool(row["is_probability"])
    assert not claims_table(replace(plan, design=replace(plan.design, kind=Kind.GRID)), judgements, [""])[
        "is_probability"
    ].any()


def test_no_claim_makes_an_empty_table() -> None:
    plan = made_plan([])
    assert judged(plan, made_trade(made_points(3), constant(0.1))) == ()
    assert len(claims_table(plan, (), ())) == 0
