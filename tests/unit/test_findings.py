"""What a report shows is what the worlds say: pairs, windows, small bases, best cases, and nothing where there is nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from abm.study.estimates import paired
from abm.study.findings import (
    MOST_BELIEFS,
    Findings,
    condition,
    drivers,
    fan_names,
    findings,
    main_arm,
    main_judgements,
    regrets,
    targets,
)  # fmt: skip
from abm.study.findings_tables import best_case, changes_table, denominators, flow_table, growth_table, windows_of
from abm.study.plan import WITHOUT, Friction, Metric, Plan
from abm.study.row_names import row_name
from tests.made_plans import plan_of
from tests.made_reports import MadeSweep
from tests.small_worlds import toy


@pytest.fixture(scope="module")
def plan() -> Plan:
    """48 points of two factors; two years; an arm with friction, and one without on half of the points."""
    return plan_of(
        ("points = 4", "points = 48"), ("points = 2", "points = 24"), ("years = 1", "years = 2\nrepeated_points = 6"),
        ("window_years = [1]", "window_years = [1, 2]"), case=toy(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def sweep(plan: Plan) -> MadeSweep:
    return MadeSweep(plan, lift=0.1, errors={(30, "open"): "ValueError: no"})


@pytest.fixture(scope="module")
def found(sweep: MadeSweep) -> Findings:
    return findings(sweep)


def of_row(found: Findings, of: str, metric: Metric, arm: str, window: int = 2) -> "pd.Series[float]":
    growth = found.growth
    keep = (growth["of"] == of) & (growth["metric"] == metric.value) & (growth["arm"] == arm)
    return growth[keep & (growth["window_years"] == window)].iloc[0]


def test_pairs_are_counted_where_both_worlds_were_played(found: Findings) -> None:
    assert found.played == {"open": 48 + 6 - 1, "transport": 24 + 6}
    assert len(found.failures) == 1
    assert found.failures.iloc[0]["error"] == "ValueError: no"


def test_growth_is_that_of_pairs_by_denominator_window_and_arm(sweep: MadeSweep, found: Findings) -> None:
    for arm in ("open", "transport"):
        pairs = paired(sweep.outcomes(), Metric.GROWTH_PER_YEAR, "trade_usd", "XA", 2, arm)
        row = of_row(found, "XA", Metric.GROWTH_PER_YEAR, arm)
        assert row["mean"] == pytest.approx(pairs.groupby("point")["value"].mean().mean())
        assert row["worlds"] == len(pairs)
        assert row["p5"] < row["p25"] < row["p50"] < row["p75"] < row["p95"]
    cost, friction = (of_row(found, "XA", Metric.GROWTH_PER_YEAR, arm)["mean"] for arm in ("transport", "open"))
    assert 0.0 < cost < friction


def test_level_and_trend_stand_beside_the_effect_a_year(found: Findings) -> None:
    year, level, gross = (of_row(found, "XA", metric, "open") for metric in
                          (Metric.GROWTH_PER_YEAR, Metric.LEVEL, Metric.GROSS_GROWTH_PER_YEAR))  # fmt: skip
    assert level["p50"] == pytest.approx((1.0 + year["p50"]) ** 2 - 1.0, rel=1e-3)
    assert gross["mean"] > year["mean"]


def test_a_base_below_50_kt_and_a_cut_are_told_in_tonnes(plan: Plan, sweep: MadeSweep) -> None:
    outcomes = sweep.outcomes().assign(**{"trade_t:XA-XB:2": 40_000.0, "trade_t:XA:2": 60_000.0})
    table = growth_table(plan, outcomes, sweep.base_year)
    last = table[table["window_years"] == 2].groupby("of")["is_small"].first()
    assert not last["XA"]
    assert last["XA-XB"]
    assert last[last.index.str.startswith("cut/")].all()
    cuts = table[table["of"].str.startswith("cut/")]
    assert set(cuts["metric"]) == {Metric.GAIN.value}


def test_the_home_country_comes_first_then_what_is_claimed(plan: Plan, sweep: MadeSweep) -> None:
    assert denominators(plan, sweep.names)[:2] == ("XA", "XA-XB")
    assert all(">" not in of for of in denominators(plan, sweep.names))
    assert windows_of(plan) == (1, 2)
    assert windows_of(replace(plan, years=8)) == (1, 2, 3, 5, 8)


def test_changes_are_of_each_pair_and_levels_of_each_arm(plan: Plan, sweep: MadeSweep) -> None:
    outcomes = sweep.outcomes(["days:XA:2"])
    table = changes_table(plan, outcomes, ["days:XA:2"], {"days": "days"})
    assert list(table["arm"]) == [WITHOUT, "open", "transport"]
    wide = outcomes.pivot(index=["point", "replication"], columns="arm", values="days:XA:2")
    change = (wide["open"] / wide[WITHOUT] - 1.0).dropna()
    row = table[table["arm"] == "open"].iloc[0]
    assert row["change_p50"] == pytest.approx(change.median())
    assert row["p95"] == pytest.approx(wide["open"].quantile(0.95))


def test_the_best_case_is_the_pair_of_places_that_gains_most_whatever_its_mode() -> None:
    keys = {"point": [0, 0], "replication": [0, 0], "arm": [WITHOUT, "open"], "seed": [1, 1]}
    outcomes = pd.DataFrame(
        {
            **keys, "fastest_days:A>B/road:2": [10.0, 9.0], "fastest_days:A>B/rail:2": [np.nan, 6.0],
            "fastest_days:A>C/road:2": [10.0, 7.0],
        }
    )  # fmt: skip
    best = best_case(outcomes, "open")
    assert best is not None
    assert best[:2] == ("A", "B")
    assert best[2] == pytest.approx(-0.4)
    assert best_case(outcomes[outcomes["arm"] == "open"], "open") is None


def test_flows_are_means_over_the_pairs_of_the_arm(plan: Plan) -> None:
    keys = {"point": [0, 0, 1], "replication": [0, 0, 0], "arm": [WITHOUT, "open", WITHOUT], "seed": [1, 1, 2]}
    table = flow_table(plan, pd.DataFrame({**keys, "link_t:L:2": [1.0, 3.0, 100.0]}))
    assert table.to_dict("records") == [{"arm": "open", "link": "L", "without_t": 1.0, "with_t": 3.0}]


def test_the_main_arm_lifts_friction_and_is_played_on_all_points(plan: Plan) -> None:
    assert main_arm(plan.arms).name == "open"
    assert main_arm([replace(arm, friction=Friction.NONE) for arm in plan.arms]).name == "open"
    assert main_arm(plan.arms[::-1]).name == "open"


def test_boxes_and_statements_find_the_factor_that_decides(found: Findings) -> None:
    assert [(one.judgement.of, one.judgement.window, one.judgement.arm.name) for one in found.conditions] == [
        ("XA", 2, "open"), ("XA-XB", 2, "open"),
    ]  # fmt: skip
    first = found.conditions[0]
    assert set(first.boxes) == {"low", "high"}
    assert first.boxes["high"].of_interest <= first.boxes["low"].of_interest
    assert list(first.boxes["low"].limits.index) in ([], [found.plan.factors[0].name])
    assert np.isnan(first.values[30])
    assert len(first.values) == 48


def test_drivers_rank_the_factor_that_decides_first(found: Findings) -> None:
    assert 1 <= len(found.drivers) <= 3
    part = found.drivers[0]
    assert part.tornado.iloc[0]["factor"] == found.plan.factors[0].name
    assert part.mean == pytest.approx(float(np.nanmean(found.conditions[0].values)))


def test_a_sweep_of_few_points_says_why_it_has_no_indices(plan: Plan) -> None:
    few = MadeSweep(plan, played=8)
    part = drivers(few, targets(plan, few.names)[0])
    assert part.indices.empty
    assert "rows" in part.why_not


def test_no_more_beliefs_are_told_than_a_reader_reads(plan: Plan, found: Findings) -> None:
    many = [replace(one, claim=replace(one.claim, id=str(i))) for i in range(20) for one in found.judgements]
    assert len(main_judgements(plan, many)) == MOST_BELIEFS


def test_a_fall_is_asked_for_at_its_weaker_end(plan: Plan, sweep: MadeSweep) -> None:
    claim = replace(plan.claims[0], id="days", outcome="days", metric=Metric.LEVEL, of=("XA",), low=-0.05, high=0.0)
    other = MadeSweep(replace(plan, claims=(claim,)))
    part = findings(other).conditions[0]
    assert set(part.boxes) == {"low"}
    assert part.boxes["low"].of_interest == part.boxes["low"].rows
    assert condition(other, other.outcomes(), part.judgement).boxes["low"].rows == part.boxes["low"].rows


def test_policies_are_compared_with_those_that_assume_the_same_of_friction(plan: Plan, sweep: MadeSweep) -> None:
    growth = sweep.outcomes(["trade_usd:XA:2"])
    assert regrets(plan, growth) == ()
    again = replace(plan.arms[0], name="again")
    both = replace(plan, arms=(*plan.arms, again))
    copied = pd.concat([growth, growth[growth["arm"] == "open"].assign(arm="again")])
    (told,) = regrets(both, copied)
    assert set(told.table["arm"]) == {WITHOUT, "open", "again"}
    assert told.table.set_index("arm").loc[WITHOUT, "mean"] == told.table["mean"].max()


def test_tables_have_rows_and_no_table_is_written_without(found: Findings) -> None:
    assert {"claims", "growth", "journeys", "waits", "flows", "tornado", "beliefs", "fans", "failures"} <= set(
        found.tables
    )
    assert all(len(table) for table in found.tables.values())
    assert "regret" not in found.tables


def test_a_sweep_without_a_finished_pair_still_has_findings(plan: Plan) -> None:
    every = {(point, arm): "ValueError: no" for point in range(48) for arm in (WITHOUT, "open", "transport")}
    empty = findings(MadeSweep(plan, errors=every))
    assert empty.judgements == ()
    assert empty.conditions == ()
    assert empty.drivers == ()
    assert len(empty.failures) == 48 + 48 + 24 + 3 * 6
    assert set(empty.tables) == {"failures"}


def test_series_are_those_of_the_home_country_and_of_claims(plan: Plan) -> None:
    names = ("trade_t:XA", "trade_t:XA-XB", "queue_vehicles:x")
    assert fan_names(plan, names) == ["trade_t:XA", "trade_t:XA-XB"]


@pytest.mark.parametrize(
    ("of", "name"),
    [("XA", "XA, all partners"), ("XA-XB", "XA-XB, both directions"), ("XA>XB", "XA to XB"), ("XA>all", "Exports of XA"),
     ("all>XA", "Imports of XA"), ("cut/measure", "Over the links that open"), ("measure", "The links that open")],
)  # fmt: skip
def test_rows_are_named_in_words(plan: Plan, of: str, name: str) -> None:
    assert row_name(plan.case, of) == name
