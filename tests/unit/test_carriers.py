"""Circuits, gates, books and reviews of carriers, in small worlds."""

import numpy as np
import pytest

from abm import carriage
from abm.agents.carrier import Carrier, carrier_names, new_fleets, service_names
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Mode, Service
from abm.model import CorridorModel
from abm.network.consignments import Orders
from abm.phases import REFERENCE_DAYS
from abm.rules.pricing import through_tonnes
from abm.state import new_world
from abm.worlds import play
from tests.carrier_worlds import AT_REST, PLAIN_LINE, RAILWAY, carrier, numbers, service, with_carriers, world
from tests.small_worlds import edited, step, toy, toy_with_cast

LORRIES = carrier("lorries", Mode.ROAD, is_elastic=True, vehicle_day_usd=100.0)
SOUTH = service("south", "lorries", "ARD", "road-ard-crn;road-crn-cpo", payload_t=22.0)
OVER_BORDER = service("over-border", "railway", "ARD", "rail-ard-crn;rail-crn-cpo", boards="rail-crn-cpo")
WEST = service("west", "railway", "ASK", "rail-ask-bek", vehicles=10.0)
OUT, BACK = "rail-crn-cpo:CRN>CPO", "rail-crn-cpo:CPO>CRN"


# -------------------------------------------------------------------------------------------------------------- circuits
def test_a_circuit_passes_its_lines_and_posts_out_and_back() -> None:
    state = new_world(Scenario(with_carriers(RAILWAY, OVER_BORDER)))
    names, circuits = state.network.arcs.names, state.fleets.circuits
    assert [names[arc] for arc in circuits.stop_arc] == [
        "p-rail-ard-crn-xa-out", "rail-ard-crn:ARD>CRN", "p-rail-ard-crn-xc-in", OUT,
        BACK, "p-rail-ard-crn-xc-out", "rail-ard-crn:CRN>ARD", "p-rail-ard-crn-xa-in",
    ]  # fmt: skip
    assert [(names[arc], side) for arc, side in zip(circuits.arc, circuits.side, strict=True)] == [
        ("rail-ard-crn:ARD>CRN", 0), (OUT, 0), (BACK, 1), ("rail-ard-crn:CRN>ARD", 1)
    ]  # fmt: skip
    assert circuits.way_km.tolist() == [[380.0, 380.0]]
    assert [names[arc] for arc in circuits.board_arc] == [OUT, BACK]


def test_cargo_boards_on_the_first_link_of_each_way_unless_the_table_says_where() -> None:
    first = service("first", "railway", "ARD", "rail-ard-crn;rail-crn-cpo")
    state = new_world(Scenario(with_carriers(RAILWAY, first)))
    names = state.network.arcs.names
    assert [names[arc] for arc in state.fleets.circuits.board_arc] == ["rail-ard-crn:ARD>CRN", BACK]


def test_a_cycle_is_the_published_hours_of_its_stops_and_the_turnaround() -> None:
    case = with_carriers(RAILWAY, replaced(OVER_BORDER, vehicles=10.0))
    state = new_world(Scenario(case))
    carriage.review_fleets(state)
    arcs, hours = state.network.arcs, state.published.mean_h()
    stops = ["p-rail-ard-crn-xa-out", "rail-ard-crn:ARD>CRN", "p-rail-ard-crn-xc-in", "p-rail-ard-crn-xc-out",
             "rail-ard-crn:CRN>ARD", "p-rail-ard-crn-xa-in"]  # fmt: skip
    expected = 48.0 + sum(hours[arcs.names.index(name)] for name in stops) + 2.0 * 195.0 / 30.0
    assert state.fleets.cycle_h[0] == pytest.approx(expected)
    assert state.fleets.capacity_t[0] == pytest.approx(10.0 * 50.0 * 24.0 / expected)


def replaced(row: Service, **columns: object) -> Service:
    return row.model_copy(update=columns)


def test_a_line_for_which_cargo_waits_does_not_make_vehicles_wait() -> None:
    """Else a short fleet would look slow, offer less, and starve itself."""
    state = new_world(Scenario(with_carriers(RAILWAY, replaced(PLAIN_LINE, vehicles=4.0))))
    carriage.review_fleets(state)
    before = state.fleets.cycle_h.copy()
    arc = state.network.arcs.names.index(OUT)
    state.published.vehicles[arc], state.published.hours[arc] = 100.0, 100.0 * 900.0
    state.day += 7
    carriage.review_fleets(state)
    np.testing.assert_array_equal(state.fleets.cycle_h, before)


# -------------------------------------------------------------------------------------------------------------- gates
def test_gates_stand_only_where_a_fleet_may_be_short() -> None:
    plain = new_world(Scenario(toy())).network.facilities.names
    hired = new_world(Scenario(with_carriers(LORRIES, SOUTH))).network.facilities.names
    assert hired == plain
    railway = new_world(Scenario(with_carriers(RAILWAY, PLAIN_LINE))).network.facilities
    assert set(railway.names) - set(plain) == {OUT, BACK}
    assert set(plain) - set(railway.names) == {"rail-crn-cpo"}
    track_h = 24.0 / 9000.0
    assert [railway.service_h[railway.names.index(name)] for name in (OUT, BACK)] == [track_h, track_h]


def test_a_gate_lets_pass_what_the_vehicles_take_and_no_more() -> None:
    """Three times the capacity arrives; what enters the line in thirty days is thirty days of capacity, once."""
    state = new_world(Scenario(with_carriers(RAILWAY, replaced(PLAIN_LINE, vehicles=10.0))))
    carriage.review_fleets(state)
    per_day = float(state.fleets.capacity_t[0])
    assert per_day == pytest.approx(10.0 * 50.0 * 24.0 / (48.0 + 2.0 * 195.0 / 30.0))
    arc = state.network.arcs.names.index(OUT)
    n = round(90 * per_day / 10.0)
    orders = Orders(
        shipper=np.full(n, -1, dtype=np.int32), key=np.arange(1, n + 1, dtype=np.uint64),
        time_h=np.linspace(0.0, 719.0, n), tonnes=np.full(n, 10.0), vehicles=np.zeros(n),
        cargo_class=np.zeros(n, dtype=np.int8), priority=np.zeros(n, dtype=np.int8),
        route=np.full(n, state.movement.routes.intern([arc]), dtype=np.int32),
    )  # fmt: skip
    state.movement.dispatch(orders)
    state.movement.run_until(720.0)
    assert state.movement.entered_t[arc] == pytest.approx(30.0 * per_day, abs=10.0)


def test_a_gate_never_lets_pass_more_than_the_track() -> None:
    state = new_world(Scenario(with_carriers(RAILWAY, replaced(PLAIN_LINE, vehicles=1e6))))
    carriage.review_fleets(state)
    gate = state.network.facilities.names.index(OUT)
    assert state.layers.gate_h[gate] == 24.0 / 9000.0


def test_services_over_one_gate_add_up_and_a_hired_fleet_is_never_short() -> None:
    other = service("other", "railway", "CRN", "rail-crn-cpo", vehicles=10.0)
    case = with_carriers(RAILWAY, replaced(PLAIN_LINE, vehicles=10.0), other)
    state = new_world(Scenario(case))
    carriage.review_fleets(state)
    gate = state.network.facilities.names.index(OUT)
    assert state.numbers.service_h[gate] == pytest.approx(24.0 / state.fleets.capacity_t.sum())
    hired = carrier("hired", is_elastic=True)
    state = new_world(Scenario(with_carriers(RAILWAY, hired, case.services[0], replaced(other, carrier_id="hired"))))
    carriage.review_fleets(state)
    gate = state.network.facilities.names.index(OUT)
    assert state.numbers.service_h[gate] == 24.0 / 9000.0


def test_of_a_departures_places_those_are_offered_that_have_vehicles() -> None:
    coaster = carrier("coaster", Mode.SEA)
    sailing = service("sailing", "coaster", "CPO", "sea-cpo-bay", payload_t=1000.0, vehicles=1.0, turnaround_h=173.5)
    state = new_world(Scenario(with_carriers(coaster, sailing)))
    carriage.review_fleets(state)
    assert state.fleets.cycle_h[0] == pytest.approx(200.0)
    gate = state.network.facilities.names.index("sea-cpo-bay:CPO>BAY")
    assert state.numbers.places_t[gate] == pytest.approx(1000.0 * 24.0 / 200.0 * 48.0 / 24.0)
    assert state.network.facilities.places_t[gate] == 2500.0


# -------------------------------------------------------------------------------------------------------------- base year
def test_a_fleet_that_no_table_gives_is_sized_for_its_load_factor() -> None:
    fleets = world(with_carriers(RAILWAY, PLAIN_LINE)).state.fleets
    assert fleets.base is not None
    assert fleets.base.load.max() == pytest.approx(0.7)


def test_without_a_warm_up_fleets_are_sized_on_the_base_year_at_rest() -> None:
    played = world(with_carriers(RAILWAY, PLAIN_LINE)).state.fleets
    case = edited(with_carriers(RAILWAY, PLAIN_LINE), warmup_days=0)
    fleets = world(case).state.fleets
    assert fleets.base is not None
    assert fleets.base.load.max() == pytest.approx(0.7)
    assert fleets.vehicles[0] == pytest.approx(played.vehicles[0], rel=0.15)


def test_a_gate_shared_with_others_has_room_for_all_that_pass_it() -> None:
    """Two services on the plain, one of which goes on over the border and boards beyond: together they still carry the flow."""
    far = service("far", "railway", "ARD", "rail-ard-crn;rail-crn-cpo", boards="rail-ard-crn", base_load_share=0.6)
    state = world(with_carriers(RAILWAY, PLAIN_LINE, far)).state
    arcs, fleets = state.network.arcs, state.fleets
    per_year = state.movement.entered_t / (state.warmup_days + 1)
    for name in (OUT, BACK):
        assert per_year[arcs.names.index(name)] / fleets.capacity_t.sum() < 0.75


def test_the_base_years_profit_is_the_stated_margin_of_revenue() -> None:
    fleets = world(with_carriers(RAILWAY, PLAIN_LINE, carrier("idle"))).state.fleets
    assert fleets.base is not None
    assert fleets.base.margin.tolist() == [pytest.approx(0.08), 0.0]
    assert fleets.base.km_usd[0] > 0.0
    assert fleets.base.profit_usd[0] / fleets.base.scale_usd[0] == pytest.approx(0.08)
    assert fleets.parked.tolist() == [pytest.approx(0.1 * fleets.vehicles[0]), 0.0]


def test_where_vehicles_alone_eat_the_revenue_running_costs_nothing_and_the_base_year_has_a_loss() -> None:
    fleets = world(with_carriers(carrier("railway", vehicle_day_usd=5e3), PLAIN_LINE)).state.fleets
    assert fleets.base is not None
    assert fleets.base.km_usd[0] == 0.0
    assert fleets.base.margin[0] < 0.0


def test_freight_is_priced_for_the_mix_of_cargo_that_passes() -> None:
    """Only grain goes by rail here, and only one way: its rate is that of bulk. The other way, the mean of what could go."""
    grain = tuple(row for row in toy().flows if row.commodity == "grain")
    model = world(with_carriers(RAILWAY, PLAIN_LINE, flows=grain))
    assert model.state.fleets.base is not None
    factor = {row.cargo_class.value: row.rate_factor for row in toy().rates if row.mode is Mode.RAIL}
    mean = sum(factor.values()) / len(factor)
    np.testing.assert_allclose(model.state.fleets.base.rate_usd_t, 0.035 * 195.0 * np.array([factor["bulk"], mean]))


# -------------------------------------------------------------------------------------------------------------- books
def test_revenue_cargo_and_cost_add_up_to_what_passed() -> None:
    model = world(with_carriers(RAILWAY, PLAIN_LINE), days=0)
    model.warm_up()
    start = model.state.movement.entered_t.copy()
    for _ in range(29):
        model.step()
    state, fleets = model.state, model.state.fleets
    base = fleets.base
    assert base is not None
    # The last booking is of the morning of day 28.
    moved = np.array([(fleets.booked_t - start)[state.network.arcs.names.index(name)] for name in (OUT, BACK)])
    assert fleets.booked_day == 28
    np.testing.assert_allclose(fleets.carried_tkm[0], moved * 195.0)
    assert fleets.revenue_usd[0] == pytest.approx(moved @ base.rate_usd_t)
    km = fleets.vehicles[0] * 24.0 / fleets.cycle_h[0] * 390.0
    assert fleets.cost_usd[0] == pytest.approx(28.0 * (20.0 * fleets.vehicles[0] + base.km_usd[0] * km), rel=1e-3)
    assert fleets.vehicle_days[0] == pytest.approx(28.0 * fleets.vehicles[0])


def test_every_year_of_a_run_has_its_365_days_of_vehicles() -> None:
    case = with_carriers(RAILWAY, PLAIN_LINE)
    run = play(CorridorModel(Scenario(case, (), AT_REST, 2, 1), register=False, collect=False), {})
    vehicles = run.levels["service_vehicles"]
    np.testing.assert_allclose(run.sums["service_vehicle_days"][1], 365.0 * vehicles[1])
    np.testing.assert_allclose(run.sums["service_vehicle_days"][0], 365.0 * vehicles[0], rtol=1.01 / 365.0)
    assert run.sums["service_carried_tkm"].shape == (2, 1, 2)


def test_shared_cargo_is_booked_once() -> None:
    twin = service("twin", "railway", "CRN", "rail-crn-cpo", vehicles=7.0)
    model = world(with_carriers(RAILWAY, PLAIN_LINE, twin), days=0)
    model.warm_up()
    start = model.state.movement.entered_t.copy()
    for _ in range(29):
        model.step()
    fleets = model.state.fleets
    moved = (fleets.booked_t - start)[model.state.network.arcs.names.index(OUT)]
    assert fleets.carried_tkm[:, 0].sum() == pytest.approx(moved * 195.0)
    assert (fleets.carried_tkm > 0.0).all()


# -------------------------------------------------------------------------------------------------------------- new lines
def test_a_line_that_opens_sends_its_planned_fleet_and_waits_at_no_cost_before() -> None:
    reopen = tuple(step("reopen", Action.OPEN_LINK, "rail-ask-bek", 31) for _ in range(1))
    case = with_carriers(RAILWAY, PLAIN_LINE, WEST, policies=reopen)
    model = world(case, 31, ("reopen",))
    fleets = model.state.fleets
    west = fleets.service_ids.index("west")
    assert (fleets.capacity_t[west], fleets.vehicle_days[west], fleets.cost_usd[west]) == (0.0, 0.0, 0.0)
    assert fleets.levels()["service_vehicles"][west] == 0.0
    for _ in range(8):
        model.step()
    assert fleets.levels()["service_vehicles"][west] == pytest.approx(10.0)
    assert fleets.capacity_t[west] == pytest.approx(10.0 * 50.0 * 24.0 / fleets.cycle_h[west])
    assert fleets.vehicle_days[west] == pytest.approx(10.0 * 4.0)
    gate = model.state.network.facilities.names.index("rail-ask-bek:ASK>BEK")
    assert model.state.numbers.places_t[gate] == pytest.approx(fleets.capacity_t[west])


def test_a_closed_circuit_offers_nothing_and_its_vehicles_run_on_what_is_left_of_it() -> None:
    """Shutting a part of a line makes no wagons for the rest."""
    shut = (step("shut", Action.CLOSE_LINK, "rail-ard-crn", 10),)
    model = world(with_carriers(RAILWAY, OVER_BORDER, policies=shut), 15, ("shut",))
    fleets = model.state.fleets
    assert fleets.capacity_t.tolist() == [0.0]
    gate = model.state.network.facilities.names.index(OUT)
    there_t = fleets.vehicles[0] * 50.0 * 24.0 / fleets.cycle_h[0]
    assert there_t < 9000.0
    assert model.state.numbers.service_h[gate] == pytest.approx(24.0 / there_t)
    assert fleets.has_joined.all()


def test_hired_vehicles_of_a_shut_circuit_are_sent_home() -> None:
    shut = (step("shut", Action.CLOSE_LINK, "road-ard-crn", 10),)
    model = world(with_carriers(LORRIES, SOUTH, policies=shut), 45, ("shut",))
    before = model.state.fleets.cost_usd.copy()
    for _ in range(60):
        model.step()
    assert before[0] > 0.0
    assert model.state.fleets.cost_usd[0] == before[0]


def test_hours_that_shippers_pay_for_apart_are_no_cost_of_the_carrier() -> None:
    """The cost of standing in line is in the price of the way already: it must not be saved twice when a border gets faster."""
    state = world(with_carriers(LORRIES, SOUTH), 15).state
    fleets = state.fleets
    stops = fleets.circuits.stop_arc
    hours = state.published.mean_h()[stops] - state.network.arcs.free_time_h[stops]
    assert fleets.standing_h[0] == pytest.approx(np.maximum(hours, 0.0).sum(), rel=0.2)
    assert 0.0 < fleets.standing_h[0] < fleets.cycle_h[0]


# -------------------------------------------------------------------------------------------------------------- agents
def test_carriers_are_agents_who_know_their_services() -> None:
    model = CorridorModel(Scenario(toy_with_cast(), still=("incidents",)))
    for _ in range(15):
        model.step()
    carriers = [agent for agent in model.agents if isinstance(agent, Carrier)]
    assert tuple(agent.name for agent in carriers) == carrier_names(toy_with_cast())
    assert sum((agent.services for agent in carriers), ()) == service_names(toy_with_cast())
    rail = next(agent for agent in carriers if agent.name == "xa-rail")
    assert rail.title == "Railways of Arland"
    assert 0.4 < rail.load_factor < 0.8
    assert rail.profit_usd != 0.0
    fleets = model.state.fleets
    assert rail.fleet == pytest.approx(fleets.vehicles[fleets.service_ids.index("trains-crn")] + fleets.parked[1])


def test_a_copy_goes_its_own_way() -> None:
    model = world(with_carriers(RAILWAY, PLAIN_LINE), days=2)
    before = numbers(model.state.fleets)
    twin = model.fork(model.inputs)
    for _ in range(40):
        twin.step()
    for name, values in numbers(model.state.fleets).items():
        np.testing.assert_array_equal(values, before[name])
    assert twin.state.fleets.revenue_usd[0] > before["revenue_usd"][0]


def test_without_services_or_where_they_stand_still_there_are_no_fleets() -> None:
    for scenario in (Scenario(toy()), Scenario(with_carriers(RAILWAY, PLAIN_LINE), still=("carriers",))):
        state = new_world(scenario)
        assert len(new_fleets(scenario, state.network)) == 0
        assert state.fleets.sums() == state.fleets.levels() == {}
        carriage.mark_base_year(state)
        carriage.review_fleets(state)
        assert OUT not in state.network.facilities.names


def test_the_base_year_is_counted_from_a_year_before_the_opening_day() -> None:
    """What passed earlier in the warm-up is forgotten."""
    case = edited(with_carriers(RAILWAY, PLAIN_LINE), warmup_days=REFERENCE_DAYS + 60)
    model = world(case, days=0)
    while model.day < -REFERENCE_DAYS + 8:
        model._play_day()
    assert model.state.fleets.seen_days <= 14
    assert model.state.fleets.seen_t.sum() > 0.0


def test_rows_keep_the_order_of_the_tables() -> None:
    case = with_carriers(LORRIES, RAILWAY, PLAIN_LINE, SOUTH)
    assert service_names(case) == ("plain", "south")
    assert carrier_names(case) == ("lorries", "railway")
    assert new_world(Scenario(case)).fleets.owner.tolist() == [1, 0]


def test_a_service_with_part_of_a_vehicle_keeps_its_part() -> None:
    """The base year stays a fixed point below one vehicle, too."""
    case = with_carriers(
        RAILWAY, replaced(PLAIN_LINE, vehicles=0.5), service("other", "railway", "CRN", "rail-crn-cpo")
    )
    fleets = world(case, 40).state.fleets
    assert fleets.vehicles[0] == pytest.approx(0.5)


def test_cargo_keeps_its_service_to_the_end_of_the_circuit() -> None:
    """Two services share a trunk of 100 t and have a branch each, of 30 and 50 t: the trunk is split 30 to 50, not by halves."""
    side, arc = np.array([0, 0, 2, 2]), np.array([0, 1, 0, 2])
    flow_t, share = np.array([100.0, 30.0, 50.0]), np.array([0.5, 1.0, 0.5, 1.0])
    tonnes = through_tonnes(flow_t, share, side, arc, 4, 3)
    np.testing.assert_allclose(tonnes, [37.5, 30.0, 62.5, 50.0])
    assert tonnes[[0, 2]].sum() == pytest.approx(100.0)


def test_where_nobody_has_cargo_of_his_own_the_first_split_stands() -> None:
    side, arc = np.array([0, 0, 2, 2]), np.array([0, 1, 0, 2])
    tonnes = through_tonnes(np.array([100.0, 0.0, 0.0]), np.array([0.3, 1.0, 0.7, 1.0]), side, arc, 4, 3)
    np.testing.assert_allclose(tonnes, [30.0, 0.0, 70.0, 0.0])
