"""The price of oversight: the break-even effect by hand, what it is made of, and what the tables and the screen say of it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from abm.commands import report_oversight
from abm.commands.tables import show
from abm.corridor.policies import as_written
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case
from abm.network.options import blueprint
from abm.rules.hazard import mean_days
from abm.study import oversight
from abm.study.compare import Comparison, sum_up
from abm.study.oversight import BREAK_EVEN, EFFECT, OVERSIGHT, SHOCKS_ALONE, Price, pooled, prior_above
from abm.worlds import PRIOR, TRANSPORT, UNSEEN, WITHOUT, WorldRun, arms_of, gatekept
from tests.made_comparisons import POSTS, made_world, steady
from tests.small_worlds import edited, toy_with_cast

CASE = toy_with_cast()
HAZARDS = [row.hazard_id for row in CASE.hazards]
SHOOTING, SHOCKS = HAZARDS.index("border-shooting"), HAZARDS.index("operator-shocks")
POLICY = "guarded-border"


def test_break_even_by_hand() -> None:
    # 10 incident days stop 500 t, 50 t a day; 4 days of shocks stop 100 t, 25 t a day: half as much each, so 2 days of incidents;
    # 150 tonne-days of inspection are 3 more. (2 + 3) / 10 at full oversight, twice that at half of it.
    price = Price(10.0, 500.0, 4.0, 100.0, 150.0, 1.0)
    assert price.share == pytest.approx(0.5)
    assert price.break_even == pytest.approx(0.5)
    assert replace(price, level=0.5).break_even == pytest.approx(1.0)


def test_without_shocks_inspection_alone_is_paid() -> None:
    price = Price(10.0, 500.0, 0.0, 0.0, 50.0, 1.0)
    assert math.isnan(price.share)
    assert price.break_even == pytest.approx(0.1)


@pytest.mark.parametrize("column", ["incident_days", "incident_t", "level"])
def test_where_nothing_is_prevented_nothing_breaks_even(column: str) -> None:
    assert replace(Price(10.0, 500.0, 4.0, 100.0, 150.0, 1.0), **{column: 0.0}).break_even == math.inf


_POSITIVE = st.floats(0.1, 1e4)


@given(_POSITIVE, _POSITIVE, _POSITIVE, _POSITIVE, _POSITIVE, st.floats(0.1, 1.0))
def test_days_weighted_by_trade_are_tonnes(a: float, b: float, c: float, d: float, e: float, level: float) -> None:
    """The formula in days equals the same in tonnes: (tonnes of shocks + tonne-days of inspection) / tonnes of incidents."""
    assert Price(a, b, c, d, e, level).break_even == pytest.approx((d + e) / (b * level))


def test_pooling_takes_means_before_the_ratio() -> None:
    calm, busy = Price(0.0, 0.0, 2.0, 20.0, 10.0, 1.0), Price(4.0, 100.0, 0.0, 0.0, 10.0, 1.0)
    assert pooled([calm, busy]).break_even == pytest.approx((10.0 + 10.0) / 50.0)


def test_the_prior_above_a_value_is_that_of_a_triangle() -> None:
    row = next(row for row in CASE.assumptions if row.name == EFFECT)
    assert (row.low, row.value, row.high) == (-0.3, 0.0, 0.5)
    assert prior_above(CASE, -0.3) == 1.0
    assert prior_above(CASE, 0.0) == pytest.approx(0.5 / 0.8)
    assert prior_above(CASE, 0.25) == pytest.approx(0.25**2 / (0.8 * 0.5))
    assert prior_above(CASE, -0.15) == pytest.approx(1.0 - 0.15**2 / (0.8 * 0.3))
    assert prior_above(CASE, 0.5) == prior_above(CASE, math.inf) == 0.0


# ---------------------------------------------------------------------------------------------------------- worlds by hand
def sums(days: dict[str, float], at_risk_t: dict[str, float]) -> dict[str, np.ndarray]:
    """Three years alike of what the cast sums up."""

    def rows(found: dict[str, float]) -> np.ndarray:
        return np.tile([found.get(name, 0.0) for name in HAZARDS], (3, 1))

    nothing = np.zeros((3, 1))
    return {
        "incident_days": rows(days), "incidents": rows(dict.fromkeys(days, 1.0)), "at_risk_t": rows(at_risk_t),
        "incident_lost_t": rows({}), "regime_days": np.zeros((3, len(CASE.regimes))), "event_days": nothing,
        "withheld_t": nothing, "shut_days": nothing,
    }  # fmt: skip


def world(days: dict[str, float], at_risk_t: dict[str, float], vehicles: float = 0.0) -> WorldRun:
    made = made_world(steady(3), vehicles={"p-rail-ask-bek-xa-out": vehicles})
    return replace(made, sums=sums(days, at_risk_t))


def guarded(case: Case = CASE, **columns: object) -> Scenario:
    return Scenario(case, (POLICY,), years=3, **columns)  # type: ignore[arg-type]


def compared() -> Comparison:
    """Two seeds: 8 and 12 days of shooting a year that stop 100 t each; 5 days of the operator's own stops, 60 t."""
    runs = []
    for days in (8.0, 12.0):
        calm, hit = {"border-shooting": days}, {"border-shooting": 100.0}
        seen = world(calm | {"operator-shocks": 5.0}, hit | {"operator-shocks": 60.0}, vehicles=2.0)
        runs.append({WITHOUT: world({}, {}), TRANSPORT: seen, PRIOR: seen, UNSEEN: world(calm, hit)})
    return sum_up(guarded(draw=True), (1, 2), runs)


def test_a_measure_with_a_gatekeeper_has_one_more_world_in_which_nobody_oversees() -> None:
    arms = arms_of(guarded())
    assert list(arms) == [WITHOUT, TRANSPORT, PRIOR, UNSEEN]
    actions = {row.action.value for row in arms[UNSEEN].case.policies if row.policy_id == POLICY}
    assert actions == {"open_link", "lift_friction"}
    assert arms[UNSEEN].case.digest == CASE.digest
    assert gatekept(Scenario(CASE, ("reopen",))) == ()


def test_a_policy_that_is_nothing_but_oversight_is_left_out_of_that_world() -> None:
    rows = tuple(
        row for row in CASE.policies if row.policy_id != POLICY or row.action.value in ("set_oversight", "add_dwell")
    )
    scenario = Scenario(edited(CASE, policies=rows), ("reopen", POLICY))
    assert arms_of(scenario)[UNSEEN].policies == ("reopen",)


def test_who_is_overseen_and_whose_shocks_come_with_it() -> None:
    assert np.flatnonzero(oversight.overseen(guarded())).tolist() == [SHOOTING]
    assert np.flatnonzero(oversight.own_shocks(guarded())).tolist() == [SHOCKS]


def test_the_price_as_drawn() -> None:
    table = compared().oversight.set_index(["basis", "what"])["pooled"]
    assert table["drawn", "incident days to prevent"] == 10.0
    assert table["drawn", "trade they stop"] == 100.0
    assert table["drawn", "days of its own shocks"] == 5.0
    assert table["drawn", "trade these stop"] == 60.0
    # 2 vehicles a day, 4 hours more each; the made-up goods take the case's first route, which does not pass this post.
    assert table["drawn", "inspection, vehicle-hours"] == pytest.approx(2.0 * 365.0 * 4.0)
    level = table["drawn", "level of oversight"]
    assert table["drawn", BREAK_EVEN] == table["drawn", SHOCKS_ALONE] == pytest.approx(60.0 / 100.0 / level)


def test_what_may_be_expected_are_rates_times_mean_durations() -> None:
    scenario = guarded()
    price = oversight.expected_price(scenario, world({}, {}), world({}, {}))
    row, own = CASE.hazards[SHOOTING], CASE.hazards[SHOCKS]

    def days(found: object) -> float:
        return found.rate_per_year * mean_days(  # type: ignore[attr-defined,no-any-return]
            found.duration_days, found.duration_low_days, found.duration_high_days  # type: ignore[attr-defined]
        )  # fmt: skip

    assert price.incident_days == pytest.approx(days(row))
    assert price.shock_days == pytest.approx(days(own))


def test_trade_that_a_target_stops_counts_each_tonne_once() -> None:
    made = made_world(steady(3))
    plan = blueprint(CASE)
    arcs = plan.network.arcs
    first = plan.routes.path(int(plan.options.route[0]))
    links = [plan.network.link_ids[arcs.link[arc]] for arc in first if arcs.link[arc] >= 0]
    one = oversight._hit_t(CASE, made, (links[0],))
    # All made-up goods go by option 0, so that everybody passes its links, whichever of them are named.
    assert one == pytest.approx(made.shipped_t[0].sum())
    assert oversight._hit_t(CASE, made, tuple(links)) == pytest.approx(one)
    fruit = sum(flow.tonnes for flow in CASE.flows if flow.flow_id == "f07")
    assert oversight._hit_t(CASE, made, ("XC/XA/fruit",)) == pytest.approx(fruit)
    assert oversight._hit_t(CASE, made, ()) == 0.0


def test_a_star_means_a_border_and_not_trade_within_a_country() -> None:
    made, abroad = made_world(steady(3)), "XA/*/*"
    country = {node.node_id: node.country for node in CASE.nodes}
    into = [flow for flow in CASE.flows if country[flow.destination] == "XA"]
    inland = into[0].model_copy(update={"origin": next(node.node_id for node in CASE.nodes if node.country == "XA")})
    case = edited(CASE, flows=tuple(inland if flow is into[0] else flow for flow in CASE.flows))
    assert oversight._hit_t(CASE, made, (abroad,)) - oversight._hit_t(case, made, (abroad,)) == pytest.approx(
        into[0].tonnes
    )


def test_inspection_is_hours_times_those_who_pass() -> None:
    made = made_world(steady(3), vehicles=dict.fromkeys(POSTS, 10.0))
    plan = blueprint(CASE)
    arcs = plan.network.arcs
    post = next(
        plan.network.post_ids[arcs.post[arc]]
        for arc in plan.routes.path(int(plan.options.route[0]))
        if arcs.post[arc] >= 0
    )
    rows = tuple(
        row.model_copy(update={"target": post}) if row.action.value == "add_dwell" else row for row in CASE.policies
    )
    case = edited(CASE, policies=rows[:-3] + rows[-2:] if rows[-1].action.value == "add_dwell" else rows)
    n_steps = sum(row.action.value == "add_dwell" and row.policy_id == POLICY for row in case.policies)
    look = oversight.inspection(guarded(case), made)
    assert look.vehicle_h == pytest.approx(n_steps * 4.0 * 3650.0)
    assert look.tonne_days == pytest.approx(n_steps * 4.0 / 24.0 * made.shipped_t[0].sum())
    assert look.usd > 0.0


def test_a_step_counts_for_the_part_of_each_year_in_which_it_is_in_force() -> None:
    step = next(one for one in as_written(guarded()) if one.action.value == "add_dwell")
    shares = oversight._share_of_years(replace(step, start_day=73, end_day=730), 3)
    assert shares.tolist() == pytest.approx([0.8, 1.0, 0.0])


def test_incidents_are_told_against_the_world_without_and_for_oversight_alone() -> None:
    rows = compared().security.to_dict("records")
    table = {(row["arm"], row["what"], row["name"]): row for row in rows}
    alone = table[OVERSIGHT, "shocks", "northern-rail"]
    assert (alone["without"], alone["with"], alone["mean"]) == (0.0, 5.0, 5.0)
    assert table[OVERSIGHT, "days", "security"]["mean"] == 0.0
    assert table[TRANSPORT, "days", "security"]["mean"] == 10.0


def test_other_tables_do_not_know_the_world_without_the_gatekeeper() -> None:
    result = compared()
    for name in ("growth", "times", "waits", "flows", "series"):
        assert UNSEEN not in set(result.tables[name]["arm"])


def screen_of(result: Comparison) -> str:
    screen = Console(width=100, record=True, file=open("/dev/null", "w"), color_system=None)  # noqa: PTH123, SIM115
    with screen.file:
        for table in report_oversight.oversight_tables(result):
            show(screen, table)
    return " ".join(screen.export_text().split())


def test_the_screen_says_that_the_effect_is_an_input() -> None:
    told = screen_of(compared())
    assert "is an input, not a finding: nobody has measured it" in told
    assert "Its prior is 0 (-0.3 to 0.5; below 0 it provokes), here drawn." in told
    assert "days of acts of Northern Railways of Dornland 0.0 5.0 +5.0" in told
    assert "Oversight does not reach regimes (long closures), and the break-even leaves them out." in told
    assert not any(word in told.lower() for word in ("guarantee", "cuts risk", "gdp", "jobs"))


def test_a_measure_without_a_gatekeeper_tells_a_shorter_table() -> None:
    quiet = world({"pass-snow": 10.0}, {"pass-snow": 50.0})
    runs = [{WITHOUT: quiet, TRANSPORT: quiet}]
    result = sum_up(Scenario(edited(CASE, openings=()), ("close-road",), years=3), (1,), runs)
    assert result.oversight.empty
    told = screen_of(result)
    assert "days with incidents: weather 10.0 10.0 +0.0" in told
    assert "incidents begun" not in told
    assert "input" not in told
