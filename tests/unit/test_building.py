"""When a project is built in a world, and the rules of projects.csv."""

import math
from typing import Any

import pytest

from abm.corridor.building import built, completion_day, delay_causes, expected_delay_years, project_of
from abm.corridor.check import check
from abm.corridor.explain import explain
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case, Project
from abm.rules.delay import DELAY_SPREAD
from tests.small_worlds import edited, toy, toy_with_cast

PLAIN: dict[str, Any] = {
    "project_id": "line", "title": "A line", "policy_id": "reopen-rail", "payer": "XA", "cost_usd_m": 60, "start": "2025-01-31",
    "build_years": 2, "source": "invented", "grade": "C",
}  # fmt: skip
DELAYED: dict[str, Any] = {"land_delays_per_year": 0.8, "land_delay_days": 90, "policy_delays_per_year": 0.4}


def project(**columns: Any) -> Project:
    return Project(**{**PLAIN, **columns})


def case(**columns: Any) -> Case:
    return edited(toy(), projects=(project(**columns),))


def test_without_delays_it_is_finished_after_its_construction_time() -> None:
    assert completion_day(Scenario(case()), "reopen-rail") == 30 + 730  # toy opens on 2025-01-01


def test_a_policy_without_a_project_has_no_day() -> None:
    assert completion_day(Scenario(case()), "placebo") is None
    assert project_of(case(), "placebo") is None


def test_work_that_began_before_the_opening_day_counts_from_there() -> None:
    assert completion_day(Scenario(case(start="2022-01-01", build_years=1)), "reopen-rail") == -1096 + 365


def test_delays_are_chance_and_there_even_when_assumptions_are_central() -> None:
    days = {completion_day(Scenario(case(**DELAYED), seed=seed), "reopen-rail") for seed in range(30)}
    assert min(days, key=lambda day: day or 0) == 760
    assert len(days) > 10


def test_cost_and_construction_time_are_drawn_only_when_the_scenario_draws() -> None:
    wide = case(cost_low_usd_m=40, cost_high_usd_m=100, build_low_years=1, build_high_years=4)
    central, drawn = (built(Scenario(wide, seed=5, draw=draw), wide.projects[0]) for draw in (False, True))
    assert (central.cost_usd, central.build_years) == (60e6, 2.0)
    assert 40e6 <= drawn.cost_usd <= 100e6
    assert 1.0 <= drawn.build_years <= 4.0
    assert drawn.build_years != 2.0


def test_another_project_of_the_case_moves_no_draw() -> None:
    alone = case(**DELAYED)
    more = edited(alone, projects=(project(project_id="a", policy_id="reopen", **DELAYED), *alone.projects))
    for seed in range(5):
        assert completion_day(Scenario(alone, seed=seed), "reopen-rail") == completion_day(
            Scenario(more, seed=seed), "reopen-rail"
        )


def test_arms_of_one_seed_have_one_day() -> None:
    world = case(**DELAYED)
    days = {completion_day(Scenario(world, policies, seed=9), "reopen-rail") for policies in ((), ("reopen-rail",))}
    assert len(days) == 1


def test_the_mean_delay_adds_up_its_causes() -> None:
    factor = math.exp(DELAY_SPREAD**2 / 2)
    assert [name for name, _ in delay_causes(project(**DELAYED))] == ["land", "policy"]
    assert expected_delay_years(project(**DELAYED)) == pytest.approx(2 * factor * (0.8 * 90 + 0.4 * 365) / 365)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"policy_id": "reopn-rail"}, "did you mean 'reopen-rail'"),
        ({"start": "soon"}, "must be a date"),
        ({"cost_low_usd_m": 10}, "needs both ends or none"),
        ({"cost_low_usd_m": 70, "cost_high_usd_m": 90}, "must lie between"),
        ({"build_years": 80}, "build_years"),
        ({"land_delays_per_year": 60}, "delays while it is built"),
        ({"partner": "XB"}, "needs both a partner and its share"),
        ({"partner": "XB", "partner_share": 0.7, "grant_share": 0.4}, "must leave something for the payer"),
    ],
)
def test_a_project_that_does_not_fit_is_told(columns: dict[str, Any], told: str) -> None:
    assert any(told in str(problem) for problem in check(case(**columns)).problems)


def test_a_policy_has_one_project_at_most() -> None:
    twice = edited(toy(), projects=(project(), project(project_id="other")))
    assert any("one row stands for all" in str(problem) for problem in check(twice).problems)


def test_a_good_project_has_no_problem_and_is_explained() -> None:
    good = edited(toy_with_cast(), projects=(project(partner="XB", partner_share=0.25, grant_share=0.25, **DELAYED),))
    assert not check(good).problems
    told = " ".join(explain(good).split())
    assert "line: A line, for reopen-rail. USD 60 m (XA pays 50 %, XB 25 % and gifts from outside 25 %)" in told
    assert "no delays" in " ".join(explain(case()).split())
