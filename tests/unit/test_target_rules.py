"""What a user may get wrong in targets.csv, and the words for what is right."""

from typing import Any

import pytest

from abm.corridor.check import check
from abm.corridor.explain import explain
from abm.corridor.load import load
from abm.corridor.rows import Mode
from abm.corridor.tables import Case, Target, TargetMetric, Use
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


def test_the_words_of_a_case_tell_its_targets_and_what_they_are_for() -> None:
    rows = (
        target(),
        target(target_id="then", use=Use.HELD, from_month=2, to_month=3, policies="reopen", traffic=1.1, is_calm=False),
    )
    told = " ".join(explain(with_targets(*rows)).split())
    assert "rail: Grain by rail: 0.5 share (0.4 to 0.7). In months -6 to 0; fitted, grade C." in told
    assert "In months 2 to 3, with reopen, at 1.1 times the traffic, with drawn incidents; held back, grade C." in told
    assert "caravan calibrate" not in explain(with_targets())
