"""What a user may get wrong in targets.csv, and the words for what is right."""

from typing import Any

import pytest

from abm.corridor.check import check
from abm.corridor.explain import explain
from abm.corridor.load import load
from abm.corridor.rows import Mode
from abm.corridor.tables import Case, Target, TargetMetric, Use
from abm.corridor.target_rows import month_begins
from tests.small_worlds import edited, toy

SOUND: dict[str, Any] = {
    "target_id": "rail", "title": "Grain by rail", "metric": TargetMetric.SHARE, "of": "rail-ard-crn", "goods": "XA/XC/grain",
    "from_month": -6, "to_month": 0, "value": 0.5, "low": 0.4, "high": 0.7, "unit": "share", "use": Use.FIT,
    "source": "invented", "grade": "C",
}  # fmt: skip
TRIPLE = "DESTINATION/ORIGIN/COMMODITY with * for all origins or commodities, such as XA/XB/*"
WAIT: dict[str, Any] = {
    "metric": TargetMetric.WAIT_H, "of": "p-road-ard-crn-xc-in", "goods": "", "unit": "h", "value": 2.0, "low": 1.0, "high": 3.0
}  # fmt: skip


NO_LINE = "of: has no line of its own: name its posts, or give it capacity_t_per_day or headway_h"
DAYS: dict[str, Any] = {"from_month": None, "to_month": None, "from_day": 0, "to_day": 60}
QUEUE: dict[str, Any] = {**WAIT, "metric": TargetMetric.QUEUE, "unit": "vehicles"}
GROWTH: dict[str, Any] = {"metric": TargetMetric.GROWTH, "unit": "1", "value": -0.2, "low": -0.4, "high": 0.1}
PASSED_SHARE: dict[str, Any] = {"metric": TargetMetric.PASSED_SHARE, "goods": "", "among": "rail-ard-crn;road-ard-crn"}
HALF: dict[str, Any] = {
    "metric": TargetMetric.HALF_DAYS, "unit": "days", "value": 20.0, "low": 10.0, "high": 40.0, **DAYS
}  # fmt: skip


def target(**columns: Any) -> Target:
    return Target(**{**SOUND, **columns})


def with_targets(*rows: Target) -> Case:
    return edited(toy(), targets=rows)


def faults(**columns: Any) -> list[str]:
    return [f"{fault.field}: {fault.rule}" for fault in check(with_targets(target(**columns))).problems]


def test_sound_targets_have_no_problems() -> None:
    assert faults() == []
    assert faults(**WAIT) == []
    assert faults(goods="*/XA/*", of="", mode=Mode.RAIL, policies="reopen-rail; close-road", to_month=3) == []
    for row in (
        DAYS, {**QUEUE, **DAYS}, {**QUEUE, "of": "rail-ard-crn"}, {**QUEUE, "metric": TargetMetric.CLEAR_DAYS, "unit": "days"},
        {**GROWTH, **DAYS}, PASSED_SHARE, HALF, {"metric": TargetMetric.ARRIVED, "unit": "1", "of": ""},
        {**WAIT, "metric": TargetMetric.PASSED, "unit": "1"}, {**WAIT, "metric": TargetMetric.HOURS_CHANGE, "unit": "1"},
    ):  # fmt: skip
        assert faults(**row) == []
    assert not check("toy").problems
    assert len(load("toy").targets) == 6


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"of": "rail-ard-crm"}, "of: is not a link"),
        ({**WAIT, "of": "rail-ard-crn"}, "of: is not a border post"),
        ({**WAIT, "of": ""}, "of: must name border posts for wait_h"),
        ({**WAIT, "goods": "XA/XC/grain"}, "goods: must be empty for wait_h"),
        ({**WAIT, "mode": Mode.ROAD}, "mode: must be empty for wait_h"),
        ({"of": ""}, "of: must name links, or a mode: a share of all is 1"),
        ({"among": "rail-ard-crm"}, "among: is not a link"),
        ({"metric": TargetMetric.RATIO, "unit": "1", "among": "rail-ard-ask"}, "among: must be empty for ratio"),
        ({"goods": "XA/XC/grian"}, "goods: is not a commodity"),
        ({"goods": "XA/grain"}, f"goods: must be {TRIPLE}"),
        ({"policies": "reopn", "to_month": 3}, "policies: is not a policy"),
        ({"policies": "reopen"}, "to_month: must be above 0: policies begin on the opening day"),
        ({"to_month": -6}, "to_month: must be after from_month"),
        ({"from_month": -13}, "from_month: must lie within the 365 days of warm-up: it begins 396 days before the opening day"),
        ({"unit": "t/year"}, "unit: must be share for share"),
        ({"high": 1.2}, "high: must be <= 1 for a share"),
        ({"low": 0.5}, "low: must lie below value, and high above it: a calibration weighs a target by them"),
        ({"traffic": 100.0}, "traffic: must be from 0.1 to 10"),
        ({"low": 0.6}, "value: must lie between low 0.6 and high 0.7"),
        ({"low": -0.1}, "low: must be >= 0 for share"),
        ({**GROWTH, "low": -1.1, "from_day": 0, "to_day": 9}, "low: must be >= -1 for growth"),
        ({"from_day": 3}, "from_day: must be empty beside months: a window is in days or in months"),
        ({"to_day": 3}, "to_day: must be empty beside months: a window is in days or in months"),
        ({**DAYS, "to_day": None}, "to_day: must have a value: a window is from_month to to_month, or from_day to to_day"),
        ({**DAYS, "from_day": None}, "from_day: must have a value: a window is from_month to to_month, or from_day to to_day"),
        ({"from_month": None}, "from_month: must have a value: a window is from_month to to_month, or from_day to to_day"),
        ({**DAYS, "to_day": 0}, "to_day: must be after from_day"),
        (
            {**DAYS, "from_day": -9, "to_day": 0, "policies": "reopen"},
            "to_day: must be above 0: policies begin on the opening day",
        ),
        (
            {**DAYS, "from_day": -400},
            "from_day: must lie within the 365 days of warm-up: it begins 400 days before the opening day",
        ),
        (GROWTH, "from_month: must be at least 365 days after the warm-up of 365 days begins: growth looks back so far"),
        ({**HALF, "to_day": 34}, "to_day: must be at least 35 days after from_day for half_days"),
        (
            {**HALF, "from_day": -350},
            "from_day: must be at least 28 days after the warm-up of 365 days begins: half_days looks back so far",
        ),
        ({**HALF, "of": ""}, "of: must name links, or a mode: a share of all is 1"),
        ({**QUEUE, "of": ""}, "of: must name links or border posts for queue"),
        ({**QUEUE, "of": "road-cpo-bey"}, "of: is not a link or border post"),
        ({**QUEUE, "of": "road-crn-cpo"}, NO_LINE),
        ({**QUEUE, "of": "road-ard-crn"}, NO_LINE),
        ({**PASSED_SHARE, "among": ""}, "among: must name the links that the share is of"),
        ({**PASSED_SHARE, "among": "road-ard-crn"}, "among: must hold rail-ard-crn, which of names, too"),
        ({**PASSED_SHARE, "among": "rail-ard-crn"}, "among: must hold more than of: a share of all is 1"),
        ({**PASSED_SHARE, "of": "p-road-ard-crn-xc-in"}, "of: is not a link"),
        ({**PASSED_SHARE, "goods": "XA/XC/grain"}, "goods: must be empty for passed_share"),
        ({"metric": TargetMetric.ARRIVED, "unit": "1"}, "of: must be empty for arrived"),
        ({"metric": TargetMetric.ARRIVED, "unit": "1", "mode": Mode.ROAD}, "mode: must be empty for arrived"),
        ({"metric": TargetMetric.PASSED}, "unit: must be 1 for passed"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_a_problem(columns: dict[str, Any], fault: str) -> None:
    assert fault in faults(**columns)


def test_a_misspelt_link_is_told_the_nearest_one() -> None:
    (problem,) = check(with_targets(target(of="rail-ard-crm"))).problems
    assert problem.suggestion == "rail-ard-crn"


def test_a_window_may_begin_on_the_first_day_of_the_warm_up_but_not_before() -> None:
    assert faults(from_month=-12) == []
    assert any("within the 365 days" in fault for fault in faults(from_month=-13))


def test_what_is_relative_to_the_warm_up_needs_one() -> None:
    row = {**WAIT, **DAYS, "metric": TargetMetric.HOURS_CHANGE, "unit": "1"}
    case = edited(toy(), targets=(target(**row),), warmup_days=0)
    told = [f"{fault.field}: {fault.rule}" for fault in check(case).problems]
    assert told == ["metric: needs a warm-up to compare with: hours_change is relative to it"]


def test_a_window_in_months_is_that_in_the_days_of_a_year_of_365() -> None:
    assert target().window == (-184, 0)
    assert target(**DAYS).window == (0, 60)
    assert [month_begins(month) for month in (-12, -1, 0, 1, 2, 12, 14)] == [-365, -31, 0, 31, 59, 365, 424]


def test_a_row_in_months_is_written_as_before_there_were_days() -> None:
    """So the digests of cases, by which sweeps know theirs, stay."""
    assert not {"from_day", "to_day"} & set(target().model_dump())
    assert target(**DAYS).model_dump()["to_day"] == 60
    assert Target(**target(**DAYS).model_dump()) == target(**DAYS)


def test_the_words_of_a_case_tell_its_targets_and_what_they_are_for() -> None:
    rows = (
        target(),
        target(target_id="then", use=Use.HELD, from_month=2, to_month=3, policies="reopen", traffic=1.1, is_calm=False),
    )
    told = " ".join(explain(with_targets(*rows)).split())
    assert "rail: Grain by rail: 0.5 share (0.4 to 0.7). In months -6 to 0; fitted, grade C." in told
    assert "In months 2 to 3, with reopen, at 1.1 times the traffic, with drawn incidents; held back, grade C." in told
    assert "In days 0 to 60; fitted" in " ".join(explain(with_targets(target(**DAYS))).split())
    assert "caravan calibrate" not in explain(with_targets())
