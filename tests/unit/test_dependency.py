"""Who depends on whom, on networks small enough to be worked out by hand."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import abm
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case, FlowKind
from abm.errors import InputError
from abm.study.at_rest import StaticWorld
from abm.study.chokepoints import LongRun, Scan, cost_rise, long_run_t, losses, scan_holders, scan_links
from abm.study.confirm import closing_case, rank_correlation, reached_share
from abm.study.dependency import depend, question, ranked
from abm.study.holders import holders_by_link, holders_of
from abm.study.seats import EVERYBODY, Seats
from tests.crossroads import FOB_USD_T, ROUND_USD_T, STRAIGHT_USD_T, TONNES, crossroads, union_over
from tests.small_worlds import flow, markets_of, table_of, toy


def test_the_package_hands_out_depend_like_compare_and_appraise() -> None:
    assert abm.depend is depend
    assert "depend" in abm.__all__


def scan_of(case: Case) -> Scan:
    return Scan(StaticWorld(Scenario(case)), Seats.of(case))


@cache
def by_hand() -> Scan:
    return scan_of(crossroads())


def kappa() -> float:
    return float(by_hand().world.state.values["kappa"])


def share_round() -> float:
    weight = (ROUND_USD_T / STRAIGHT_USD_T) ** -kappa()
    return float(weight / (1.0 + weight))


def links_of(scan: Scan, *links: str) -> np.ndarray:
    network = scan.world.state.network
    return np.isin(network.arcs.link, [network.link_ids.index(link) for link in links])


def table(scan: Scan, what: str) -> pd.DataFrame:
    case = scan.world.scenario.case
    holders = holders_of(case, scan.world.state.network)
    return (scan_holders if what == "holders" else scan_links)(scan, holders, lambda done: None)


def test_the_share_that_passes_a_neighbour_is_the_one_of_the_choice_rule() -> None:
    """Costs of 20 and 35: weights 1 and (35/20)**-kappa, each way a nest of its own."""
    rows = table(by_hand(), "holders").to_dict("records")
    holders = {(row["holder"], row["country"]): row for row in rows}
    row = holders["XC", "XA"]
    assert row["passing_share"] == pytest.approx(share_round())
    assert row["transit_share"] == pytest.approx(share_round())
    assert row["partner_share"] == 0.0
    assert holders["XB", "XA"]["partner_share"] == 1.0
    assert holders["XB", "XA"]["transit_share"] == 0.0
    assert ("XA", "XA") not in holders


def test_closing_the_straight_road_costs_the_rise_of_the_composite_at_the_level_of_freight_paid() -> None:
    closure, after = by_hand().close(links_of(by_hand(), "straight"))
    k = kappa()
    composite = (STRAIGHT_USD_T**-k + ROUND_USD_T**-k) ** (-1.0 / k)
    mean = (1.0 - share_round()) * STRAIGHT_USD_T + share_round() * ROUND_USD_T
    rise = mean * (ROUND_USD_T / composite - 1.0)
    assert closure.rise_usd_t[0] == pytest.approx(rise)
    assert closure.loss_usd[0] == pytest.approx(TONNES * rise)
    assert closure.stranded_t[0] == 0.0
    assert after.share_over(links_of(by_hand(), "first-half"))[0] == pytest.approx(1.0)
    sigma = by_hand().world.state.values["sigma"]
    assert closure.lost_t[0] == pytest.approx(TONNES * (1.0 - (1.0 + rise / (FOB_USD_T + mean)) ** -sigma))


def test_closing_both_ways_loses_the_value_of_the_goods_and_all_of_the_trade() -> None:
    closure, _ = by_hand().close(links_of(by_hand(), "straight", "second-half"))
    assert np.isinf(closure.rise_usd_t[0])
    assert closure.loss_usd[0] == closure.stranded_usd[0] == TONNES * FOB_USD_T
    assert closure.stranded_t[0] == closure.lost_t[0] == TONNES


def test_links_that_carry_nothing_are_not_closed_and_halves_of_one_way_are_a_chain() -> None:
    links = table(by_hand(), "links")
    assert set(links["link"]) == {"straight", "first-half", "second-half"}
    chains = ranked(links, "XA")
    assert chains["links"].tolist() == ["straight", "first-half;second-half"]
    assert chains["title"].tolist() == ["Aa - Bb", "Aa - Bb"]
    assert chains["holders"].tolist() == ["XA;XB", "XA;XC"]
    assert set(links["country"]) == {"XA", "XB", EVERYBODY}


def test_who_is_left_without_a_way_of_his_own_takes_the_shortest_there_is() -> None:
    """A third way that is too dear to be thought of (more than twice the cheapest) is found once it is the last."""
    case = crossroads()
    far = case.links[3].model_copy(
        update={"link_id": "far-out", "from_node_id": "aa", "to_node_id": "bb", "length_km": 200.0}
    )
    scan = scan_of(replace(case, links=(*case.links, far), digest="with a way far out"))
    closure, after = scan.close(links_of(scan, "straight", "second-half"))
    assert after.share_over(links_of(scan, "far-out"))[0] == 1.0
    assert after.mean_cost[0] == pytest.approx(210.0)
    assert closure.stranded_t[0] == 0.0


def test_a_tonne_never_loses_more_than_it_is_worth() -> None:
    rerouting, stranded = losses(np.array([30.0, 900.0, np.inf]), np.full(3, 10.0), np.full(3, 400.0))
    np.testing.assert_allclose(rerouting, [300.0, 4000.0, 0.0])
    np.testing.assert_allclose(stranded, [0.0, 0.0, 4000.0])


def test_what_had_no_way_before_loses_nothing() -> None:
    rise = cost_rise(np.array([10.0, 0.0, 10.0]), np.array([8.0, np.inf, 8.0]), np.array([12.0, np.inf, np.inf]))
    np.testing.assert_allclose(rise, [5.0, 0.0, np.inf])


def test_an_authority_holds_the_links_that_need_its_consent_and_a_state_holds_in_the_name_of_its_country() -> None:
    case = crossroads(**union_over("first-half"))
    scan = scan_of(case)
    holders = holders_of(case, scan.world.state.network)
    assert [holder.name for holder in holders] == ["XA", "XB", "XC", "The Union"]
    assert [holder.is_territory for holder in holders] == [True, True, True, False]
    assert holders_by_link(case, scan.world.state.network, holders)["first-half"] == ("XA", "XB", "XC", "The Union")
    rows = table(scan, "holders").set_index(["holder", "country"])
    assert rows.loc[("The Union", "XA"), "transit_share"] == pytest.approx(share_round())


RULE = LongRun(sigma=4.0, eta=1.5, eps=5.0)


def test_a_price_taker_answers_with_a_constant_elasticity() -> None:
    shippers = table_of(3)
    markets = markets_of(shippers)
    left = long_run_t(np.array([10.0, 0.0, np.inf]), np.full(3, 100.0), shippers, markets, RULE)
    np.testing.assert_allclose(left, [1000.0 * 1.1**-4.0, 1000.0, 0.0])


def test_where_all_suppliers_of_a_market_are_hit_alike_only_the_market_shrinks() -> None:
    """A common rise r moves the index by r: Q = r**-sigma * r**(sigma - eta) = r**-eta."""
    shippers = table_of(2)
    left = long_run_t(np.full(2, 10.0), np.full(2, 100.0), shippers, markets_of(shippers, covered=1.0), RULE)
    np.testing.assert_allclose(left, 1000.0 * 1.1**-1.5)


def test_rivals_gain_what_a_stranded_supplier_leaves() -> None:
    """Two of equal size: the index of the one that is left moves by 0.5**(1 / (1 - sigma))."""
    shippers = table_of(2)
    markets = markets_of(shippers, covered=1.0)
    left = long_run_t(np.array([np.inf, 0.0]), np.full(2, 100.0), shippers, markets, RULE)
    np.testing.assert_allclose(left, [0.0, 1000.0 * 0.5 ** ((RULE.sigma - RULE.eta) / (1.0 - RULE.sigma))])


def test_exporters_give_way_in_price_until_it_agrees_with_what_they_sell() -> None:
    shippers = table_of(1)
    markets = markets_of(shippers, covered_supply=1.0)
    left = long_run_t(np.array([10.0]), np.array([100.0]), shippers, markets, RULE)
    ratio = (left[0] / 1000.0) ** (1.0 / RULE.eps)
    assert left[0] == pytest.approx(1000.0 * ((110.0 + 90.0 * (ratio - 1.0)) / 100.0) ** -RULE.sigma, rel=1e-6)
    assert 1000.0 * 1.1**-4.0 < left[0] < 1000.0


def test_goods_in_transit_do_not_answer_to_cost() -> None:
    shippers = table_of(2, is_exogenous=[True, True])
    left = long_run_t(np.array([50.0, np.inf]), np.full(2, 100.0), shippers, markets_of(shippers), RULE)
    np.testing.assert_allclose(left, [1000.0, 0.0])


def test_the_second_year_shows_the_mean_of_a_slow_answer() -> None:
    """tau of one year, no memory: 1 - (exp(-1) - exp(-2))."""
    values = {"tau_cost_years": 1.0, "price_memory_days": 0.0}
    assert reached_share(values) == pytest.approx(1.0 - (np.exp(-1.0) - np.exp(-2.0)))
    assert reached_share({"tau_cost_years": 1e-6, "price_memory_days": 90.0}) == pytest.approx(1.0)


def test_ranks_agree_fully_not_at_all_or_cannot_be_told() -> None:
    assert rank_correlation([1.0, 2.0, 3.0], [10.0, 40.0, 90.0]) == pytest.approx(1.0)
    assert rank_correlation([1.0, 2.0, 3.0], [9.0, 4.0, 1.0]) == pytest.approx(-1.0)
    assert rank_correlation([1.0, 2.0, 2.0, 4.0], [1.0, 3.0, 3.0, 2.0]) == pytest.approx(0.3333333333)
    assert np.isnan(rank_correlation([1.0, 2.0], [1.0, 2.0]))
    assert np.isnan(rank_correlation([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]))


def test_closings_are_policies_of_a_case_of_their_own_under_names_that_are_free() -> None:
    case, policies = closing_case(toy(), ["road-ard-crn"])
    again, others = closing_case(case, ["road-ard-crn"])
    assert case.digest != toy().digest != again.digest
    assert policies["road-ard-crn"] != others["road-ard-crn"]
    assert {step.policy_id for step in toy().policies} < {step.policy_id for step in case.policies}
    assert Scenario(again, (others["road-ard-crn"],)).policies == (others["road-ard-crn"],)


def test_the_home_country_comes_first_and_inland_trade_is_nobodys_foreign_trade() -> None:
    case = crossroads(
        flows=(
            *crossroads().flows, flow("inland", "bb", "bb", "goods", 7.0, kind=FlowKind.EXOGENOUS),
        ),
        info=crossroads().info.model_copy(update={"home": "XB"}),
    )  # fmt: skip
    seats = Seats.of(case)
    assert seats.names == ("XB", "XA", EVERYBODY)
    assert seats.sums(seats.base_t) == {"XB": TONNES, "XA": TONNES, EVERYBODY: TONNES + 7.0}


def test_all_that_is_wrong_with_a_question_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        question(toy(), country="XQ", confirm=-1, seeds=0, workers=0, values={"kapa": 1.0})
    text = str(caught.value)
    for words in ("XA, XC, XB", "confirm: -1", "seeds: 0", "workers: 0", "did you mean 'kappa'"):
        assert words in text


def test_without_full_worlds_nothing_is_confirmed_and_progress_is_told_of_every_closing() -> None:
    told: list[int] = []
    result = depend(crossroads(), confirm=0, progress=told.append)
    assert result.confirmed.empty
    assert result.rank_correlation == {}
    assert result.country == "XA"
    assert sum(told) == 4 + 3
    assert question(crossroads(), confirm=2, seeds=3).steps == 4 + 3 + 6
