"""The World Bank's figures for 2030: the plan and its case are sound, and one of its points can be played."""

from dataclasses import replace
from pathlib import Path

import pytest

from abm.corridor.check import check
from abm.study.outcomes import catalogue_of
from abm.study.plan import Plan
from abm.study.plan_file import read_plan
from abm.study.records import Record
from abm.study.task import play_task, tasks_of

FOLDER = Path(__file__).parents[2] / "experiments" / "middle-corridor"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(FOLDER)


def test_the_case_has_no_problem_and_no_warning() -> None:
    report = check(FOLDER / "case")
    assert report.problems == ()
    assert report.warnings == ()


def test_every_published_figure_is_put_to_the_test(plan: Plan) -> None:
    lows = {(claim.id, claim.low) for claim in plan.claims}
    assert {("triple-gain", 2.0), ("eleven-mt", 10.4e6), ("region-37-gain", 0.37), ("eu-28-gain", 0.28)} <= lows
    assert {claim.high for claim in plan.claims if claim.outcome == "days"} == {-0.5}


def test_figures_told_for_nine_years_are_the_same_a_year(plan: Plan) -> None:
    a_year = {claim.id: claim.low for claim in plan.claims if claim.metric.value == "gross_growth_per_year"}
    whole = {name: (1.0 + low) ** plan.years - 1.0 for name, low in a_year.items()}
    assert whole == pytest.approx({"region-37": 0.37, "eu-28": 0.28}, abs=0.002)


def test_one_point_runs_and_the_measures_move_freight_to_the_caspian_and_make_it_faster(plan: Plan) -> None:
    years = 4  # the first in which the measures are in force
    short = replace(plan, years=years, arms=tuple(arm for arm in plan.arms if arm.name in ("north", "both")))
    results = play_task(short, tasks_of(short)[0])
    assert [type(result) for result in results] == [Record] * 3
    names = catalogue_of(short).names
    found = {r.run.arm: dict(zip(names, r.outcomes, strict=True)) for r in results if isinstance(r, Record)}
    tonnes, days = f"trade_t:cut/caspian:{years}", f"days:GE-KZ:{years}"
    assert found["both"][tonnes] > found["north"][tonnes] > found["without"][tonnes] > 0.0
    assert 0.0 < found["both"][days] < found["north"][days]
    before = f"trade_t:cut/caspian:{years - 1}"
    assert found["both"][before] == found["north"][before]
