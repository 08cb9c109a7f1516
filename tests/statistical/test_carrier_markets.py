"""Markets with carriers over years: fixed points, targets, directions, regulation; and that nobody acts who is told not to."""

import numpy as np
import pytest

from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, Mode
from abm.model import CorridorModel
from abm.worlds import WorldRun, play, play_arms
from tests.carrier_worlds import PLAIN_LINE, RAILWAY, carrier, service, with_carriers, world
from tests.small_worlds import step, toy, toy_with_cast

LORRIES = carrier("lorries", Mode.ROAD, is_elastic=True, vehicle_day_usd=100.0)
SOUTH = service("south", "lorries", "ARD", "road-ard-crn;road-crn-cpo", payload_t=22.0)
PASS = service("pass", "lorries", "ARD", "road-ard-crn", payload_t=22.0)
STATE = carrier("state", is_regulated=True)
TRAINS = service("trains", "state", "ARD", "rail-ard-crn;rail-crn-cpo", boards="rail-crn-cpo")


def run_of(case: Case, years: int = 2, policies: tuple[str, ...] = (), **options: object) -> WorldRun:
    scenario = Scenario(case, policies, {"trend_growth": 0.0}, years, 1, **options)  # type: ignore[arg-type]
    return play(CorridorModel(scenario, register=False, collect=False), {})


def mean_load(run: WorldRun, year: int) -> np.ndarray:
    return np.asarray(run.sums["service_carried_tkm"][year] / run.sums["service_offered_tkm"][year])


def same(one: WorldRun, other: WorldRun) -> None:
    for name in ("shipped_t", "delivered_t_h", "money_usd", "wait_h", "entered_t", "queue"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_carriers_who_stand_still_leave_no_trace() -> None:
    """Gates, prices and all: bit for bit the world without the tables."""
    case = with_carriers(RAILWAY, PLAIN_LINE, LORRIES, SOUTH)
    same(run_of(case, still=("carriers",)), run_of(toy()))


def test_a_placebo_changes_nothing_of_what_carriers_do() -> None:
    base = Scenario(toy_with_cast(), (), {}, 2, 1)
    arms = {"without": base, "placebo": Scenario(toy_with_cast(), ("placebo",), {}, 2, 1)}
    runs = play_arms(arms)
    same(runs["without"], runs["placebo"])
    for name, values in runs["without"].sums.items():
        np.testing.assert_array_equal(values, runs["placebo"].sums[name], err_msg=name)
    for name, values in runs["without"].levels.items():
        np.testing.assert_array_equal(values, runs["placebo"].levels[name], err_msg=name)


def test_the_base_year_is_a_fixed_point_of_prices_and_fleets() -> None:
    """All answers on, nothing happens for four years: prices stay within 3 %, fleets within 8 %, trade within 1 %.

    One seed; the weekly load of these lines has a spread of about 0.1, which moves a price by less than 1 % in the long run.
    """
    run = run_of(with_carriers(RAILWAY, PLAIN_LINE, LORRIES, SOUTH), years=4)
    markup, vehicles = run.levels["service_markup"], run.levels["service_vehicles"]
    assert np.abs(np.log(markup)).max() < 0.03
    assert np.abs(vehicles[:, 0] / vehicles[0, 0] - 1.0).max() < 0.08
    base_t = sum(row.tonnes for row in toy().flows)
    assert run.shipped_t[3].sum() == pytest.approx(base_t, rel=0.01)


def test_a_market_of_one_service_keeps_the_load_factor_it_was_sized_for() -> None:
    """Four years at a target of 0.7: the fuller direction's mean load is within 0.02 of it."""
    run = run_of(with_carriers(RAILWAY, PLAIN_LINE), years=4)
    loads = np.mean([mean_load(run, year)[0].max() for year in range(4)])
    assert loads == pytest.approx(0.7, abs=0.02)


def test_a_hired_fleet_finds_its_load_factor_again_after_demand_has_changed() -> None:
    """Without grain a good part of the cargo is gone; lorries are laid off until they are as full as before."""
    bans = (
        step("no-grain", Action.BAN, "XA/XC/grain", 0, value="0"),
        step("no-grain", Action.BAN, "XC/XA/ore", 0, value="0"),
    )
    run = run_of(with_carriers(LORRIES, SOUTH, policies=bans), years=2, policies=("no-grain",))
    base = run_of(with_carriers(LORRIES, SOUTH), years=2)
    assert run.levels["service_vehicles"][1, 0] < 0.9 * base.levels["service_vehicles"][1, 0]
    assert mean_load(run, 1)[0].max() == pytest.approx(mean_load(base, 1)[0].max(), abs=0.03)


def test_a_slower_border_shrinks_what_the_same_wagons_offer() -> None:
    """Dwell at the pass times five: capacity falls by exactly what the circuit takes longer."""
    slow = tuple(
        step("slow", Action.SCALE_DWELL, post.post_id, 0, value="5") for post in toy().posts if post.link_id == "rail-ard-crn"
    )  # fmt: skip
    case = with_carriers(STATE, TRAINS, policies=slow)
    before, after = world(case, 60).state.fleets, world(case, 60, ("slow",)).state.fleets
    np.testing.assert_array_equal(before.vehicles, after.vehicles)
    assert after.capacity_t[0] < 0.75 * before.capacity_t[0]
    assert after.capacity_t[0] * after.cycle_h[0] == pytest.approx(before.capacity_t[0] * before.cycle_h[0])


def test_the_direction_that_empties_gets_cheaper_and_a_regulated_railway_does_not() -> None:
    """Corsia buys nothing from Arland any more; so the way out of Arland empties."""
    ban = (step("ban", Action.BAN, "XC/XA/*", 0, value="0"),)
    priced = with_carriers(
        RAILWAY, service("trains", "railway", "ARD", TRAINS.links, boards="rail-crn-cpo"), policies=ban
    )
    run = run_of(priced, years=3, policies=("ban",))
    out, back = run.levels["service_markup"][2, 0]
    assert 0.4 <= out < 0.85
    assert out < back
    state = run_of(with_carriers(STATE, TRAINS, policies=ban), years=3, policies=("ban",))
    assert (state.levels["service_markup"] == 1.0).all()


def test_cheap_backhauls_reach_the_shippers_on_the_arcs_of_that_direction_alone() -> None:
    ban = (step("ban", Action.BAN, "XC/XA/*", 0, value="0"),)
    case = with_carriers(RAILWAY, PLAIN_LINE, policies=ban)
    state = world(case, 365, ("ban",), price_response=2.0).state
    names = state.network.arcs.names
    out, back = names.index("rail-crn-cpo:CRN>CPO"), names.index("rail-crn-cpo:CPO>CRN")
    markup = state.fleets.markup[0]
    assert markup[0] < 0.9
    np.testing.assert_allclose(state.layers.markup[[out, back]], markup)
    now, rate = state.numbers.price_usd_t[out], state.network.arcs.price_usd_t[out]
    np.testing.assert_allclose(now, rate * markup[0])
    others = np.ones(len(names), dtype=np.bool_)
    others[[out, back]] = False
    assert (state.layers.markup[others] == 1.0).all()


def test_wagons_leave_the_line_that_earns_less_and_lorries_only_if_told_to_migrate() -> None:
    """Without ore, the trains to the port earn less than those over the plain: some are parked, none is lost."""
    ban = (step("ban", Action.BAN, "XC/XA/*", 0, value="0"),)
    near = service("near", "railway", "CRN", "rail-ard-crn", boards="rail-ard-crn")
    case = with_carriers(RAILWAY, PLAIN_LINE, near, LORRIES, SOUTH, PASS, policies=ban)
    first = world(case, 1).state.fleets
    still, moved = (
        world(case, 300, ("ban",), redeploy_share=0.3, fleet_migration=value).state.fleets for value in (0.0, 1.0)
    )
    rails, lorries = slice(0, 2), slice(2, 4)
    assert still.parked[0] > 1.05 * first.parked[0]
    assert still.vehicles[rails].sum() + still.parked[0] == pytest.approx(first.vehicles[rails].sum() + first.parked[0])
    np.testing.assert_array_equal(still.vehicles[lorries], first.vehicles[lorries])
    assert np.abs(moved.vehicles[lorries] - first.vehicles[lorries]).max() > 0.01
    assert moved.vehicles[lorries].sum() == pytest.approx(first.vehicles[lorries].sum())


def test_a_few_wagons_ration_a_new_line_at_loading() -> None:
    """The line west with ten wagons carries what they can and the line before it waits; with two hundred it carries more."""
    reopen = tuple(
        step("reopen", Action.OPEN_LINK, link, 0) for link in ("rail-ask-bek",)
    )  # fmt: skip
    carried = []
    for wagons in (2.0, 200.0):
        west = service("west", "state", "ASK", "rail-ask-bek", vehicles=wagons)
        case = with_carriers(STATE, west, policies=reopen)
        model = world(case, 365, ("reopen",))
        arcs = model.state.network.arcs.names
        entered = model.state.movement.entered_t[arcs.index("rail-ask-bek:ASK>BEK")]
        assert entered <= 365.0 * model.state.fleets.capacity_t[0] * 1.02
        carried.append(entered)
    assert carried[0] > 0.0
    assert carried[1] > 1.5 * carried[0]
