"""An appraisal of made worlds by hand: when gains fall, how they grow, what they are worth, to whom."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abm.corridor.policies import resolve
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Project
from abm.errors import InputError
from abm.study.accounts import CLIMATE, REST, WORKS
from abm.study.appraisal import (
    BCR,
    BENEFITS,
    COSTS,
    FIRST,
    IRR,
    NPV,
    OWNER_IRR,
    OWNER_NPV,
    OWNER_REVENUE,
    Appraisal,
    appraise,
    at_once,
    carried_on,
    project_question,
    room_for_growth,
    seed_result,
    sum_up,
)
from abm.worlds import PRIOR, TRANSPORT, WITHOUT, WorldRun
from tests.made_accounts import case_with, line, world
from tests.small_worlds import toy

NO_TREND = {"trend_growth": 0.0, "carbon_price_usd_t": 0.0, "discount_rate": 0.05, "appraisal_years": 20.0}


def appraised(
    project: Project, runs: Mapping[str, WorldRun], seeds: tuple[int, ...] = (1,), **values: float
) -> Appraisal:
    scenario = at_once(Scenario(case_with(project), (project.policy_id,), {**NO_TREND, **values}, years=2))
    results = [seed_result(replace(scenario, seed=seed), project, runs) for seed in seeds]
    return sum_up(scenario, project, seeds, results)


def measured(result: Appraisal) -> dict[str, float]:
    return dict(zip(result.results["measure"], result.results["mean"], strict=True))


def test_a_project_by_hand() -> None:
    """100 m over two years, then 10 m a year for 20 years less 1 m of upkeep, at 5 %."""
    runs = {WITHOUT: world(), TRANSPORT: world(users={"XA": 10e6})}
    found = measured(appraised(line(), runs))
    annuity = (1.0 - 1.05**-20) / 0.05 * 1.05 * 1.05**-2  # first paid at the beginning of year 2
    capital = 50.0 + 50.0 / 1.05
    assert found[BENEFITS] / 1e6 == pytest.approx(10.0 * annuity)
    assert found[COSTS] / 1e6 == pytest.approx(capital + 1.0 * annuity)
    assert found[NPV] == pytest.approx(found[BENEFITS] - found[COSTS])
    assert found[BCR] == pytest.approx(10.0 * annuity / (capital + annuity))
    assert found[FIRST] == pytest.approx(0.09)
    rate = found[IRR]
    net = [-50.0, -50.0, *[9.0] * 20]
    assert sum(flow / (1.0 + rate) ** year for year, flow in enumerate(net)) == pytest.approx(0.0, abs=1e-6)


def test_break_even_multiples_are_the_ratio_of_benefits_and_costs() -> None:
    result = appraised(line(), {WITHOUT: world(), TRANSPORT: world(users={"XA": 10e6})})
    found, belief = measured(result), result.beliefs.iloc[0]
    assert belief["traffic_multiple"] == pytest.approx(1.0 / found[BCR])
    assert belief["cost_multiple"] == pytest.approx(found[BCR])
    assert belief["worth_it_share"] == (1.0 if found[NPV] > 0 else 0.0)


def test_a_project_that_gains_nothing_has_no_multiple_and_no_rate() -> None:
    result = appraised(line(), {WITHOUT: world(), TRANSPORT: world(users={"XA": -1e6})})
    assert math.isnan(result.beliefs.iloc[0]["traffic_multiple"])
    rates = result.results.set_index("measure")
    assert rates.loc[IRR, "worlds"] == 0
    assert math.isnan(measured(result)[IRR])


def test_accounts_sum_to_the_net_present_value_of_the_world() -> None:
    project = line(grant_share=0.3, partner="XB", partner_share=0.2)
    run = world(
        users={"XA": 10e6, "XB": 3e6}, exporters={"XC": 1e6}, duty={"XA": -2e6}, charges={"XC": -5e5},
        other_buyers={"XC": -3e5}, tkm={"rail": 4e8},
    )  # fmt: skip
    result = appraised(project, {WITHOUT: world(tkm={"road": 4e8}), TRANSPORT: run}, carbon_price_usd_t=80.0)
    assert result.accounts["pv_mean"].sum() == pytest.approx(measured(result)[NPV], rel=1e-12)


def test_who_pays_for_the_works() -> None:
    project = line(grant_share=0.3, partner="XB", partner_share=0.2)
    result = appraised(project, {WITHOUT: world(), TRANSPORT: world()})
    works = result.accounts[result.accounts["account"] == WORKS].set_index("holder")["pv_mean"]
    costs = measured(result)[COSTS]
    capital = 1e8 * (0.5 + 0.5 / 1.05)
    assert works.sum() == pytest.approx(-costs)
    assert works[REST] == pytest.approx(-0.3 * capital)
    assert works["XB"] == pytest.approx(-0.2 * costs)
    assert works["XA"] == pytest.approx(-0.5 * capital - 0.8 * (costs - capital))


def test_grants_change_who_pays_and_not_what_the_world_gains() -> None:
    runs = {WITHOUT: world(), TRANSPORT: world(users={"XA": 10e6})}
    given, own = (measured(appraised(line(grant_share=share), runs)) for share in (0.5, 0.0))
    assert given[NPV] == pytest.approx(own[NPV])
    assert given[OWNER_NPV] > own[OWNER_NPV]


def test_gains_grow_with_the_trend_until_the_links_are_full() -> None:
    grown = carried_on(np.array([8.0, 10.0]), 1.0, 0.1, 1.3, 5)
    # After the two simulated years their mean goes on, 1.5 years after their middle, and then at most by the room there is.
    np.testing.assert_allclose(grown, [8.0 * 1.1, 10.0 * 1.1, 9.0 * 1.1**2.5, 9.0 * 1.3, 9.0 * 1.3])


def test_the_mean_of_the_last_two_years_is_carried_on_and_not_chance_of_one() -> None:
    np.testing.assert_allclose(carried_on(np.array([5.0, 8.0, 12.0]), 0.0, 0.0, 9.0, 5), [5.0, 8.0, 12.0, 10.0, 10.0])
    np.testing.assert_allclose(carried_on(np.array([12.0]), 0.0, 0.1, 9.0, 3), [12.0, 13.2, 14.52])
    steady = np.array([100.0 * 1.02**year for year in range(30)])
    np.testing.assert_allclose(carried_on(steady[:4], 0.0, 0.02, 9.0, 30), steady, rtol=1e-4)


def test_a_later_completion_only_moves_gains_when_nothing_grows() -> None:
    runs = {WITHOUT: world(), TRANSPORT: world(users={"XA": 10e6})}
    early, late = (appraised(line(build_years=years), runs) for years in (2, 3))
    assert measured(late)[BENEFITS] == pytest.approx(measured(early)[BENEFITS] / 1.05)


def test_room_is_the_capacity_of_the_departures_over_the_traffic() -> None:
    scenario = Scenario(case_with(line()), ("reopen-rail",), years=2)
    # toy's railway: 6,000 t a day; a train of 1,800 t a day each way is less: 2 * 1,800 * 365 = 1.314 Mt a year.
    run = world(entered_t=300_000.0)
    assert room_for_growth(scenario, run) == pytest.approx(2 * 1800 * 365 / 600_000)
    assert room_for_growth(scenario, world(entered_t=5e6)) == 1.0
    assert room_for_growth(scenario, world()) == math.inf


def test_the_owner_earns_tolls_and_pays_upkeep_and_its_part_of_the_capital() -> None:
    project = line(grant_share=0.25)
    base = case_with(project)
    tolled = tuple(
        link.model_copy(update={"toll_usd_t": 4.0}) if link.link_id == "rail-ask-bek" else link for link in base.links
    )
    case = replace(base, links=tolled)
    scenario = Scenario(case, ("reopen-rail",), NO_TREND, years=2)
    runs = {WITHOUT: world(), TRANSPORT: world(entered_t=250_000.0, users={"XA": 1e6})}
    found = measured(sum_up(scenario, project, (1,), [seed_result(scenario, project, runs)]))
    annuity = (1.0 - 1.05**-20) / 0.05 * 1.05 * 1.05**-2
    assert found[OWNER_REVENUE] / 1e6 == pytest.approx(2.0 * annuity)  # 0.5 Mt a year at 4 USD
    assert found[OWNER_NPV] / 1e6 == pytest.approx(1.0 * annuity - 75.0 * (0.5 + 0.5 / 1.05))
    net = [-37.5, -37.5, *[1.0] * 20]
    assert sum(flow / (1.0 + found[OWNER_IRR]) ** year for year, flow in enumerate(net)) == pytest.approx(0.0, abs=1e-6)


def test_less_co2e_is_a_gain_at_its_price() -> None:
    runs = {WITHOUT: world(tkm={"road": 1e9}), TRANSPORT: world(tkm={"rail": 1e9})}
    result = appraised(line(), runs, carbon_price_usd_t=100.0)
    climate = result.accounts[result.accounts["holder"] == CLIMATE].iloc[0]
    assert climate["year_mean"] == pytest.approx(45_000 * 100.0)


def test_works_last_no_longer_than_their_life() -> None:
    result = appraised(line(life_years=5), {WITHOUT: world(), TRANSPORT: world(users={"XA": 10e6})})
    assert result.horizon_years == 5
    assert result.flows["benefits"].sum() == pytest.approx(50e6)


def test_values_at_the_ends_of_the_rates_range_stand_beside_it() -> None:
    result = appraised(line(), {WITHOUT: world(), TRANSPORT: world(users={"XA": 10e6})})
    assert result.rates["rate"].tolist() == [0.03, 0.05, 0.12]
    assert result.rates["mean"].is_monotonic_decreasing
    assert result.rates["mean"][1] == pytest.approx(measured(result)[NPV])


def test_a_policy_that_would_begin_later_begins_on_the_opening_day() -> None:
    scenario = Scenario(toy(), ("reopen-rail",))
    assert {step.start_day for step in resolve(scenario)} == {180}
    moved = at_once(scenario)
    assert {step.start_day for step in resolve(moved)} == {0}
    assert moved.case.digest == scenario.case.digest
    others = [row for row in moved.case.policies if row.policy_id != "reopen-rail"]
    assert others == [row for row in toy().policies if row.policy_id != "reopen-rail"]
    assert any(step.action is Action.OPEN_LINK for step in resolve(moved))


@pytest.mark.parametrize(
    ("project", "asked", "told"),
    [
        ("lin", {}, "did you mean 'line'"),
        ("line", {"seeds": 0}, "seeds"),
        ("lin", {"values": {"sigmaa": 1.0}}, "did you mean 'sigma'"),
        ("line", {"values": {"discount_rate": -0.1}}, "discount_rate"),
    ],
)
def test_a_wrong_question_is_told(project: str, asked: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        project_question(case_with(line()), project, **{"seeds": 1, "years": 1, **asked})
    assert any(told in str(problem) for problem in caught.value.problems)


def test_a_case_without_projects_says_so() -> None:
    with pytest.raises(InputError, match="has no projects"):
        appraise(toy(), "line", seeds=1, years=1)


def test_an_arm_that_is_the_first_one_over_again_is_told_once() -> None:
    runs = {WITHOUT: world(), TRANSPORT: world(users={"XA": 10e6}), PRIOR: world(users={"XA": 10e6})}
    assert set(appraised(line(), runs).results["arm"]) == {TRANSPORT}
    other = {**runs, PRIOR: world(users={"XA": 12e6})}
    result = appraised(line(), other)
    assert list(dict.fromkeys(result.results["arm"])) == [TRANSPORT, PRIOR]
    assert set(result.co2e["arm"]) <= {TRANSPORT, PRIOR}
