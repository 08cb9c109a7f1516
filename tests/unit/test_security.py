"""Incidents in a world: exact hours, what shuts together, bans that hold goods, fear, history, worlds that share their draws."""

from typing import Any

import numpy as np
import pytest

from abm import security
from abm.corridor.actor_rows import Event, Hazard, Regime
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case
from abm.incidents import Incident
from abm.model import CorridorModel
from abm.network.arcs import Ints
from abm.network.build import build_network
from abm.network.consignments import Deliveries
from abm.relations import relations
from abm.rules.hazard import stationary_risk
from abm.security import merged
from tests.property.test_worlds import assert_same, model_of
from tests.small_worlds import edited, step, toy

PASS, COAST, CROSSING = "road-ard-crn", "road-cpo-bay", "road-ask-bek"
MADE_UP: dict[str, Any] = {"source": "invented", "grade": "C"}


def hazard(name: str, targets: str, **columns: Any) -> Hazard:
    values = {
        "title": name,
        "region": "north",
        "kind": "security",
        "rate_per_year": 0.0,
        "duration_days": 2.0,
        **MADE_UP,
    }
    return Hazard(hazard_id=name, targets=targets, **values | columns)


def event(name: str, start: str, end: str, targets: str, **columns: Any) -> Event:
    return Event(event_id=name, title=name, start=start, end=end, kind="security", targets=targets, **MADE_UP | columns)


def quiet(*hazards: Hazard, **tables: Any) -> Case:
    """A toy case whose hazards never strike by themselves."""
    return edited(toy(), warmup_days=20, hazards=hazards, **tables)


def begun(case: Case, policies: tuple[str, ...] = (), days: int = 2, **options: Any) -> CorridorModel:
    model = model_of(Scenario(case, policies, **options))
    model.run_for(days)
    return model


def strike(model: CorridorModel, source: int, first_h: float, last_h: float, key: int = 1) -> None:
    """An incident from one hour to another, counted from the beginning of the day that comes next."""
    now = model.state.hour
    model.state.security.is_drawn[:] = True
    model.state.security.known.append(Incident(source, key, now + first_h, now + last_h))


def row(model: CorridorModel, link: str) -> int:
    return model.state.network.link_ids.index(link)


def gates(model: CorridorModel, link: str) -> Ints:
    return np.array(model.state.network.link_facilities[link])


def hourly_entries(model: CorridorModel, link: str, days: int) -> Ints:
    """Consignments and lots of background that enter a link through its gates in each hour of the next days."""
    movement, real = model.state.movement, model.state.movement.run_until
    at_gates = np.isin(model.state.network.arcs.facility, gates(model, link))
    entries: list[int] = []

    def by_the_hour(end_h: float) -> Deliveries:
        parts = []
        while movement.now_h < end_h:
            before = int(movement.entered_n[at_gates].sum())
            parts.append(real(min(np.floor(movement.now_h) + 1.0, end_h)))
            entries.append(int(movement.entered_n[at_gates].sum()) - before)
        return Deliveries.joined(parts)

    movement.run_until = by_the_hour  # type: ignore[method-assign,assignment]
    model.run_for(days)
    return np.array(entries)


# ------------------------------------------------------------------------------------------------------------ hours
def test_an_incident_shuts_its_link_from_its_hour_to_its_hour_and_nobody_enters_meanwhile() -> None:
    model = begun(quiet(hazard("raid", PASS)))
    strike(model, 0, 6.0, 17.0)
    entries = hourly_entries(model, PASS, 1)
    assert entries[6:17].sum() == 0
    assert entries[:6].sum() > 0
    assert entries[17] > entries[:6].max()  # the line that has formed
    assert model.state.security.shut_days[row(model, PASS)] == pytest.approx(11.0 / 24.0)


def test_a_closure_over_midnight_is_known_the_next_day_and_ends_at_its_hour() -> None:
    model = begun(quiet(hazard("raid", PASS)))
    strike(model, 0, 20.0, 24.0 + 9.5)
    link = row(model, PASS)
    entries = hourly_entries(model, PASS, 1)
    assert model.state.link_is_open[link]  # of a closure that begins during the day shippers hear in the morning
    entries = np.append(entries, hourly_entries(model, PASS, 1))
    assert not model.state.link_is_open[link]
    assert entries[20:33].sum() == 0
    assert entries[33:].sum() > 0
    model.run_for(1)
    assert model.state.link_is_open[link]


def test_incidents_that_overlap_shut_a_link_once() -> None:
    model = begun(quiet(hazard("raid", PASS), hazard("snow", f"{PASS};{COAST}")))
    strike(model, 0, 4.0, 12.0)
    strike(model, 1, 8.0, 20.0)
    entries = hourly_entries(model, PASS, 1)
    assert entries[4:20].sum() == 0
    assert entries[20:].sum() > 0
    sums = model.state.security.sums()
    assert sums["shut_days"][row(model, PASS)] == pytest.approx(16.0 / 24.0)
    assert sums["shut_days"][row(model, COAST)] == pytest.approx(12.0 / 24.0)
    assert sums["incident_days"] == pytest.approx([8.0 / 24.0, 12.0 / 24.0])


def test_a_policy_that_opens_does_not_open_what_an_incident_shuts_and_the_other_way_round() -> None:
    steps = (step("shut", Action.CLOSE_LINK, PASS, 3, 5), step("shut", Action.CLOSE_LINK, COAST, 3, 6))
    raid = hazard(
        "raid", f"{PASS};{COAST};road-crn-cpo"
    )  # the last one is open, so that the raid has something to strike
    model = begun(quiet(raid, policies=steps), ("shut",), days=4)
    strike(model, 0, 2.0, 24.0 + 10.0)  # the pass would open on day 5 but for the raid, the coast not before day 6
    entries = hourly_entries(model, PASS, 2)
    assert entries[:34].sum() == 0
    assert entries[34:].sum() > 0
    movement = model.state.movement
    assert not movement._state.facilities["is_open"][gates(model, COAST)].any()
    model.run_for(1)
    assert movement._state.facilities["is_open"][gates(model, COAST)].all()


def test_authorities_that_keep_a_link_shut_are_not_overruled_by_the_end_of_an_incident() -> None:
    model = begun(quiet(hazard("raid", PASS)))
    strike(model, 0, 2.0, 6.0)
    model.state.layers.n_shut[row(model, PASS)] += 1
    assert hourly_entries(model, PASS, 1).sum() == 0
    assert not model.state.movement._state.facilities["is_open"][gates(model, PASS)].any()


def test_spans_that_touch_or_overlap_are_one_and_empty_ones_none() -> None:
    assert merged([(5.0, 6.0), (1.0, 3.0), (2.0, 4.0), (4.0, 4.5), (7.0, 7.0)]) == [(1.0, 4.5), (5.0, 6.0)]


def test_a_link_that_only_incidents_shut_has_a_gate_unless_they_stand_still() -> None:
    case = quiet(hazard("slide", "road-crn-cpo"), hazard("fog", "road-bay-bek", left_share=0.5))
    scale = {f"rate_scale_{mode}": 1.0 for mode in ("road", "rail", "sea")}
    with_, without = (build_network(case, scale, has_incidents=acts).link_facilities for acts in (True, False))
    assert set(with_) - set(without) == {"road-crn-cpo"}
    model = begun(case)
    strike(model, 0, 3.0, 9.0)
    entries = hourly_entries(model, "road-crn-cpo", 1)
    assert entries[3:9].sum() == 0 < entries.sum()


# ------------------------------------------------------------------------------------------------------------ what slows
def test_what_is_left_of_a_link_is_its_capacity_and_its_speed_while_the_incident_lasts() -> None:
    model = begun(quiet(hazard("fog", PASS, left_share=0.5), hazard("rain", PASS, left_share=0.8)))
    usual = model.state.numbers.service_h.copy()
    strike(model, 0, 0.0, 30.0)
    strike(model, 1, 0.0, 10.0)
    model.run_for(1)
    state = model.state
    hit = np.unique(state.network.arcs.facility[np.flatnonzero(state.network.arcs.link == row(model, PASS))])
    hit = hit[hit >= 0]
    np.testing.assert_allclose(state.numbers.service_h[hit], usual[hit] / 0.4)
    others = np.setdiff1d(np.arange(usual.size), hit)
    np.testing.assert_array_equal(state.numbers.service_h[others], usual[others])
    line = (state.network.arcs.link == row(model, PASS)) & (state.network.arcs.post < 0)
    np.testing.assert_allclose(state.layers.slowness[line], 1.0 / 0.4)
    assert (state.layers.slowness[~line] == 1.0).all()
    model.run_for(2)
    np.testing.assert_array_equal(state.numbers.service_h, usual)
    assert (state.layers.slowness == 1.0).all()


# ------------------------------------------------------------------------------------------------------------ bans
def test_a_ban_by_incident_holds_goods_and_lets_them_go_and_cuts_no_quantity() -> None:
    case = quiet(hazard("checks", "XC/XA/fruit", left_share=0.25), hazard("other", PASS))
    banned, free = begun(case), begun(case)
    fruit = banned.state.security.rows_of.setdefault("XC/XA/fruit", relations(banned.state, "XC/XA/fruit"))
    strike(banned, 0, 0.0, 4 * 24.0)
    before = banned.state.ledger.shipped_t.sum(axis=1)
    for model in (banned, free):
        model.run_for(4)
    table, per_day = banned.state.table, free.state.table.quantity_t / 365.0
    np.testing.assert_allclose(banned.state.security.held_t, np.where(fruit, 0.75 * 4 * per_day, 0.0), rtol=1e-4)
    sent = (banned.state.ledger.shipped_t.sum(axis=1) - before)[fruit].sum()
    assert sent == pytest.approx(0.25 * 4 * per_day[fruit].sum(), abs=table.lot_t[fruit].sum())
    np.testing.assert_allclose(
        table.quantity_t, free.state.table.quantity_t, rtol=1e-4
    )  # shorter lines move them a little
    assert not table.was_broken.any()
    for model in (banned, free):
        model.run_for(1)
    assert not banned.state.security.held_t.any()
    np.testing.assert_allclose(
        banned.state.ledger.shipped_t.sum(axis=1) + table.stock_t,
        free.state.ledger.shipped_t.sum(axis=1) + free.state.table.stock_t,
        rtol=1e-4,
    )
    assert banned.state.security.sums()["withheld_t"][0] == pytest.approx(3.0 * per_day[fruit].sum())


def test_perishables_keep_for_their_days_and_the_rest_is_lost_sales() -> None:
    model = begun(
        quiet(hazard("checks", "XC/XA/fruit"), hazard("ore", "XC/XA/ore")), values={"backlog_perishable_days": 3.0}
    )
    fruit, ore = (relations(model.state, f"XC/XA/{goods}") for goods in ("fruit", "ore"))
    strike(model, 0, 0.0, 8 * 24.0)
    strike(model, 1, 0.0, 8 * 24.0)
    before = model.state.table.lost_sales_t.copy()
    model.run_for(8)
    lost = model.state.table.lost_sales_t - before
    per_day = model.state.table.base_t / 365.0
    np.testing.assert_allclose(model.state.security.held_t[fruit], 3.0 * per_day[fruit], rtol=1e-4)
    np.testing.assert_allclose(lost[fruit], 5.0 * per_day[fruit], rtol=0.02)  # quantities move a little meanwhile
    np.testing.assert_allclose(model.state.security.held_t[ore], 8.0 * per_day[ore], rtol=0.02)
    assert not lost[ore].any()


def test_a_relation_that_is_new_keeps_its_goods_like_any_other() -> None:
    model = begun(quiet(hazard("checks", "XC/XA/fruit")), values={"backlog_perishable_days": 3.0})
    table, state = model.state.table, model.state.security
    fruit = relations(model.state, "XC/XA/fruit")
    one = int(np.flatnonzero(fruit)[0])
    table.base_t[one], table.quantity_t[one], table.lot_t[one] = 0.0, 36_500.0, 20.0
    state.let_through, state.is_disturbed = np.where(fruit, 0.0, 1.0), True
    for _ in range(2):
        security.hold_back(model.state)
    assert state.held_t[one] == pytest.approx(200.0)
    assert table.lost_sales_t[one] == 0.0
    for _ in range(3):
        security.hold_back(model.state)
    assert state.held_t[one] == pytest.approx(300.0)  # three days of 100 t
    assert table.lost_sales_t[one] == pytest.approx(200.0)


def test_a_lot_is_kept_however_little_is_made() -> None:
    model = begun(quiet(hazard("checks", "XC/XA/fruit")), values={"backlog_perishable_days": 3.0})
    table, state = model.state.table, model.state.security
    one = int(np.flatnonzero(relations(model.state, "XC/XA/fruit"))[0])
    table.quantity_t[one], table.lot_t[one] = 365.0, 20.0  # a tonne a day
    state.let_through, state.is_disturbed = np.where(np.arange(len(table)) == one, 0.0, 1.0), True
    for _ in range(25):
        security.hold_back(model.state)
    assert state.held_t[one] == pytest.approx(20.0)
    assert table.lost_sales_t[one] == pytest.approx(5.0)


# ------------------------------------------------------------------------------------------------------------ losses and fear
def test_an_outbreak_destroys_cargo_and_what_is_lost_is_booked() -> None:
    model = begun(quiet(hazard("raid", PASS, loss_share=1.0, left_share=0.5)), days=10)
    movement = model.state.movement
    strike(model, 0, 9.0, 15.0)
    model.run_for(1)
    lost = model.state.security.sums()["incident_lost_t"][0]
    assert lost > 0.0
    assert movement.lost_t == pytest.approx(lost)
    parts = movement.delivered_t + movement.in_transit_t + movement.queued_t + movement.lost_t
    assert movement.dispatched_t == pytest.approx(parts, abs=1e-6)


def test_fear_jumps_with_a_loss_fades_by_half_in_its_half_life_and_makes_routes_dearer() -> None:
    values = {"risk_jump": 0.5, "risk_half_life_days": 10.0}
    model = begun(quiet(hazard("raid", PASS, loss_share=0.04, left_share=0.5)), values=values)
    strike(model, 0, 9.0, 15.0)
    twin = model.fork(model.inputs)
    twin.state.security.known.clear()
    for each in (model, twin):
        each.run_for(1)
    risk = model.state.security.risk_over_mean
    assert risk[row(model, PASS)] == pytest.approx(0.04 * 0.5)
    assert np.count_nonzero(risk) == 1
    table = model.state.table
    is_open = np.isfinite(table.cost)
    dearer = np.where(is_open, table.cost, 0.0) - np.where(is_open, twin.state.table.cost, 0.0)
    is_afraid = dearer > 1e-9
    np.testing.assert_allclose(
        dearer[is_afraid], np.broadcast_to(0.02 * table.fob_usd_t[:, None], dearer.shape)[is_afraid]
    )
    assert is_afraid.any()
    model.run_for(10)
    assert model.state.security.risk_over_mean[row(model, PASS)] == pytest.approx(0.01)


def test_shippers_begin_with_the_long_run_mean_of_fear_and_of_shut_links_nothing_is_learnt() -> None:
    case = quiet(hazard("raid", f"{PASS};{CROSSING}", rate_per_year=0.001, loss_share=0.04))
    model = begun(case, days=30)
    mean = stationary_risk(0.001, 0.04 * model.state.values["risk_jump"], model.state.values["risk_half_life_days"])
    risk = model.state.security.risk
    assert model.state.security.risk_0[row(model, PASS)] == pytest.approx(mean)
    assert risk[row(model, CROSSING)] == pytest.approx(mean)  # shut all the time
    assert risk[row(model, PASS)] == pytest.approx(mean * 0.5 ** (50 / model.state.values["risk_half_life_days"]))


# ------------------------------------------------------------------------------------------------------------ history
def test_history_happens_at_its_dates_and_nothing_else_does() -> None:
    events = (
        event("old", "2019-12-20", "2019-12-27", PASS),
        event("raid", "2020-01-04", "", f"{COAST}", duration_days=2.5, raises_alert=True),
        event("strike", "2020-01-06", "2020-01-08", "p-road-ard-crn-xc-in", left_share=0.5),
        event("late", "2020-01-20", "", COAST),
    )
    model = model_of(
        Scenario(quiet(hazard("raids", PASS, rate_per_year=300.0), events=events), replay_from="2020-01-01")
    )
    model.warm_up()
    state = model.state
    assert state.security.sums()["event_days"].tolist() == [7.0, 0.0, 0.0, 0.0]
    assert state.security.shut_days[row(model, PASS)] == 7.0
    seen = []
    post = int(state.network.post_facility["p-road-ard-crn-xc-in"])
    for _ in range(22):
        model.step()
        seen.append(
            (state.link_is_open[row(model, COAST)], state.layers.capacity_incident[post], state.security.alert.any())
        )
    is_open, capacity, alert = (list(column) for column in zip(*seen, strict=True))
    assert [day for day in range(22) if not is_open[day]] == [3, 4, 5, 19, 20, 21]
    assert [day for day in range(22) if capacity[day] == 0.5] == [5, 6]
    assert [day for day in range(22) if alert[day]] == [3, 4, 5]
    assert state.security.sums()["event_days"].tolist() == [7.0, 2.5, 2.0, 3.0]
    assert not state.security.sums()["incidents"].any()


# ------------------------------------------------------------------------------------------------------------ worlds
WILD = (
    hazard("raids", f"{PASS};{COAST}", rate_per_year=30.0, branching_share=0.4, duration_low_days=0.5, duration_high_days=6.0,
           loss_share=0.01, raises_alert=True),
    hazard("fog", "sea-cpo-bay", rate_per_year=20.0, left_share=0.4, kind="weather", region="south"),
    hazard("checks", "XC/XA/fruit", rate_per_year=6.0, left_share=0.2, region="south"),
    hazard("guns", CROSSING, rate_per_year=30.0),
    hazard("shocks", PASS, rate_per_year=20.0, is_active=False),
)  # fmt: skip


def incidents_of(model: CorridorModel, days: int) -> set[Incident]:
    found: set[Incident] = set()
    for _ in range(days):
        model.step()
        found |= set(model.state.security.today)
    return found


def test_a_safer_worlds_incidents_are_a_subset_to_the_hour_and_a_tenser_ones_a_superset() -> None:
    steps = (
        step("calm", Action.SET_OVERSIGHT, "*", 0, None, "1"), step("tense", Action.SET_TENSION, "north", 0, None, "3"),
        step("shock", Action.SET_HAZARD, "shocks", 0, None, "1"),
    )  # fmt: skip
    case = edited(toy(), warmup_days=10, hazards=WILD, policies=steps)
    values = {"oversight_effect": 0.5}
    usual, calm, tense, shock = (
        incidents_of(model_of(Scenario(case, policies, values=values)), 250)
        for policies in ((), ("calm",), ("tense",), ("shock",))
    )
    assert calm < usual < tense
    assert len(calm) < 0.75 * len(usual)
    assert usual < shock
    assert {one.source for one in shock - usual} == {4}
    assert {one.source for one in tense - usual} == {0}  # the guns at a shut crossing hit nobody
    without = incidents_of(model_of(Scenario(case, ("calm",))), 250)
    assert without == usual  # the effect is an input, and its centre is none


def test_a_crossing_is_struck_only_while_it_is_open() -> None:
    steps = (step("open", Action.OPEN_LINK, CROSSING, 30, 120),)
    case = edited(toy(), warmup_days=10, hazards=WILD, policies=steps)
    model = model_of(Scenario(case, ("open",)))
    model.run_for(30)
    assert model.state.security.starts[3] == 0.0
    model.run_for(90)
    at_the_crossing = model.state.security.starts[3]
    assert at_the_crossing > 0.0
    model.run_for(60)
    assert model.state.security.starts[3] == at_the_crossing


def test_worlds_with_incidents_fork_and_go_on_alike() -> None:
    case = edited(toy(), warmup_days=60, hazards=WILD)
    root = model_of(Scenario(case))
    root.warm_up()
    before = {name: values.copy() for name, values in root.state.security.sums().items()}
    twin = root.fork(Scenario(case))
    twin.run_for(80)
    for name, values in root.state.security.sums().items():
        np.testing.assert_array_equal(values, before[name])
    root.run_for(80)
    assert_same(root.state, twin.state)
    for name, values in root.state.security.sums().items():
        np.testing.assert_array_equal(values, twin.state.security.sums()[name])


@pytest.mark.parametrize("tables", [{}, {"hazards": WILD}])
def test_where_incidents_stand_still_the_world_is_bit_for_bit_one_without_them(tables: dict[str, Any]) -> None:
    still = model_of(Scenario(edited(toy(), warmup_days=60, **tables), ("close-road",), still=("incidents",)))
    without = model_of(Scenario(edited(toy(), warmup_days=60), ("close-road",)))
    for model in (still, without):
        model.run_for(90)
    assert_same(still.state, without.state)


def test_days_beyond_the_horizon_have_their_own_draws() -> None:
    short, long = (model_of(Scenario(edited(toy(), warmup_days=1, hazards=WILD), years=years)) for years in (1, 2))
    draws = [model.state.security.draws for model in (short, long)]
    np.testing.assert_array_equal(draws[0].first_of(400), draws[1].first_of(400))
    np.testing.assert_array_equal(draws[0].first_of(300), draws[1].first_of(300))


def test_what_would_have_passed_counts_as_at_risk() -> None:
    model = begun(quiet(hazard("raid", PASS)), days=40)
    before = model.state.movement.entered_t
    month = model.fork(model.inputs)
    month.run_for(30)
    line = (model.state.network.arcs.link == row(model, PASS)) & (model.state.network.arcs.post < 0)
    per_day = (month.state.movement.entered_t - before)[line].sum() / 30.0
    strike(model, 0, 12.0, 60.0)
    model.run_for(4)
    assert model.state.security.sums()["at_risk_t"][0] == pytest.approx(2.0 * per_day, rel=0.15)


# ------------------------------------------------------------------------------------------------------------ regimes
def regime(**columns: Any) -> Regime:
    values = {"title": "r", "pair": "XA-XC", "links": PASS, "rate_per_year": 4.0, "duration_days": 30.0, **MADE_UP}
    return Regime(regime_id="quarrel", **values | columns)


def closures(case: Case, seed: int, days: int) -> tuple[list[bool], CorridorModel]:
    """Whether the pass is shut on each morning; nobody sends anything."""
    model = model_of(Scenario(case, seed=seed, years=30))
    state, shut = model.state, []
    for _ in range(days):
        security.play_incidents(state)
        shut.append(not state.link_is_open[row(model, PASS)])
        security.run_day(state)
        state.day += 1
    return shut, model


def test_no_closure_begins_while_one_lasts_and_one_may_last_from_the_start() -> None:
    case = edited(toy(), warmup_days=0, regimes=(regime(rate_per_year=365.0, duration_days=10.0, starts_closed=True),))
    shut, model = closures(case, 1, 60)
    sums = model.state.security.sums()
    assert shut[:10] == [True] * 10
    assert sums["regime_closures"][0] <= 6.0
    assert sums["regime_days"][0] <= 60.0
    assert sums["shut_days"][row(model, PASS)] == pytest.approx(sums["regime_days"][0])


def test_a_policy_may_calm_a_regime() -> None:
    steps = (step("calm", Action.SET_HAZARD, "quarrel", 0, None, "0"),)
    case = edited(toy(), warmup_days=5, regimes=(regime(rate_per_year=100.0),), policies=steps)
    restless, calm = (begun(case, policies, days=60) for policies in ((), ("calm",)))
    before = len([one for one in calm.state.security.known if one.start_h < 5 * 24.0])
    assert restless.state.security.starts[0] > 0.0
    assert calm.state.security.starts[0] <= before
