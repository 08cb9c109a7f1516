"""One world in tables."""

import numpy as np
import pandas as pd
import pytest

from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action
from abm.study.files import json_text
from abm.study.single import Run, run
from tests.small_worlds import edited, toy

CASE = edited(toy(), warmup_days=120)


@pytest.fixture(scope="module")
def result() -> Run:
    told: list[int] = []
    found = run(Scenario(CASE, ("close-road",), {"trend_growth": 0.0}, years=1, seed=3), told.append)
    assert told == [1]
    return found


def test_every_tonne_is_somewhere(result: Run) -> None:
    where = result.balance
    parts = sum(where[name] for name in ("delivered_t", "in_transit_t", "queued_t", "lost_t"))
    assert where["dispatched_t"] == pytest.approx(parts, abs=1e-6)
    assert where["dispatched_t"] > 1e6


def test_trade_stands_by_pair_of_countries_and_kind(result: Run) -> None:
    country = {node.node_id: node.country for node in CASE.nodes}
    trade = result.trade.set_index(["origin", "destination", "kind"])
    for key, row in trade.iterrows():
        flows = [
            flow.tonnes
            for flow in CASE.flows
            if (country[flow.origin], country[flow.destination], flow.kind.value) == key
        ]
        assert row["base_kt"] == pytest.approx(sum(flows) / 1e3)
        assert row["year_1_kt"] == pytest.approx(row["base_kt"], rel=0.12)
    assert trade["base_kt"].sum() == pytest.approx(sum(flow.tonnes for flow in CASE.flows) / 1e3)


def test_shares_of_modes_add_up_in_each_direction(result: Run) -> None:
    shares = result.modes.groupby("direction")["share"].sum()
    assert shares.to_dict() == pytest.approx({"export": 1.0, "import": 1.0})
    home = result.trade[(result.trade[["origin", "destination"]] == CASE.info.home).any(axis=1)]
    assert result.modes["kt"].sum() == pytest.approx(home["year_1_kt"].sum())


def test_times_and_costs_are_those_of_the_home_countrys_goods(result: Run) -> None:
    country = {node.node_id: node.country for node in CASE.nodes}
    ends = {(country[a], country[b]) for a, b in zip(result.times["origin"], result.times["destination"], strict=True)}
    assert ends <= {("XA", "XB"), ("XB", "XA"), ("XA", "XC"), ("XC", "XA")}
    assert (result.times["days"] > 0.2).all()
    assert result.times["usd_t"].between(5.0, 300.0).all()


def test_the_load_of_a_post_is_traffic_over_capacity(result: Run) -> None:
    capacity = {post.post_id: post.capacity_vehicles_per_day for post in CASE.posts}
    loads = result.waits["vehicles_per_day"] / result.waits["post"].map(capacity)
    np.testing.assert_allclose(result.waits["load"], loads)
    assert (result.waits["hours"] >= result.waits["wait_h"]).all()


@pytest.mark.parametrize(("start", "share"), [("2025-01-01", 1.0), ("2025-05-27", 0.6)])
def test_the_load_of_a_post_counts_the_lanes_that_policies_give_it(start: str, share: float) -> None:
    """Twice the lanes for a share of the year: so much more could have passed."""
    rows = [row for row in CASE.policies if row.policy_id == "faster-border" and row.action is Action.SCALE_CAPACITY]
    wider = edited(CASE, policies=tuple(row.model_copy(update={"start": start}) for row in rows))
    waits = run(Scenario(wider, ("faster-border",), years=1)).waits.set_index("post")
    capacity = {post.post_id: post.capacity_vehicles_per_day for post in CASE.posts}
    factor = {row.target: 1.0 + share * (float(row.value) - 1.0) for row in rows}
    assert set(factor.values()) == {1.0 + share}
    for post, row in waits.iterrows():
        usable = capacity[str(post)] * factor.get(str(post), 1.0)
        assert row["load"] == pytest.approx(row["vehicles_per_day"] / usable)


def test_days_on_which_a_crossing_was_shut_are_counted_by_post() -> None:
    """Nobody but the policy shuts anything here: the road is closed from day 59 to day 90."""
    waits = run(Scenario(CASE, ("close-road",), years=1, still=("incidents", "authorities"))).waits
    link = waits["post"].map({post.post_id: post.link_id for post in CASE.posts})
    assert set(waits["days_shut"][link == "road-ard-crn"]) == {31.0}
    assert set(waits["days_shut"][link != "road-ard-crn"]) == {0.0}


def test_nothing_moves_over_what_is_closed(result: Run) -> None:
    flows = result.flows.set_index("link")["kt"]
    assert set(flows.index) == {link.link_id for link in CASE.links}
    assert flows[["road-ask-bek", "rail-ask-bek"]].tolist() == [0.0, 0.0]
    assert flows["road-ard-crn"] > 0.0
    assert not set(result.waits["post"]) & {post.post_id for post in CASE.posts if "ask-bek" in post.link_id}


def test_a_run_says_what_it_takes_to_run_it_again(result: Run) -> None:
    assert result.provenance["case_digest"] == CASE.digest
    assert result.provenance["policies"] == ["close-road"]
    assert result.provenance["values"] == {"trend_growth": 0.0}
    assert (result.provenance["seeds"], result.provenance["years"], result.provenance["draw"]) == ([3], 1, False)


def test_the_same_scenario_gives_the_same_tables_whatever_ran_before(result: Run) -> None:
    again = run(result.scenario)
    assert json_text(again.balance) == json_text(result.balance)
    for name, table in result.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, check_exact=True)
