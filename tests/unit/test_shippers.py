"""Shippers: who they are, what they draw, what they send."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abm.agents.population import build_shippers, duty_share, mode_penalties, pair_name, spread_of
from abm.agents.shipper import ShipperTable, send_lots
from abm.corridor.scenario import Scenario, ranged
from abm.corridor.tables import CargoClass, Case, Mode
from abm.network.options import blueprint
from abm.randomness import Process, address, uniforms_of_pairs
from abm.state import new_world
from tests.small_worlds import edited, flow, table_of, toy


def shippers_of(case: Case, seed: int = 1) -> ShipperTable:
    return build_shippers(blueprint(case), {a.name: a.value for a in case.assumptions}, seed)[0]


def by_name(table: ShipperTable, column: str) -> dict[str, float]:
    return dict(zip(table.names, getattr(table, column).tolist(), strict=True))


# ------------------------------------------------------------------------------------------------------ who trades what
def test_a_flow_is_split_evenly_over_its_firms() -> None:
    table = shippers_of(toy())
    firms = [row for row, name in enumerate(table.names) if name.startswith("f03#")]
    assert len(firms) == 6
    assert table.base_t[firms].tolist() == [110_000.0 / 6] * 6
    assert table.names[firms[0]] == "f03#1"
    assert table.quantity_t.sum() == pytest.approx(sum(row.tonnes for row in toy().flows))


def test_only_a_relation_without_trade_in_the_base_year_is_new() -> None:
    table = shippers_of(toy())
    assert {table.names[row] for row in np.flatnonzero(table.is_new)} == {"f08#1", "f08#2", "f08#3"}
    assert table.potential_t[table.is_new].tolist() == [10_000.0] * 3


def test_a_flow_may_have_a_value_of_its_own() -> None:
    values = by_name(shippers_of(toy()), "fob_usd_t")
    assert (values["f11#1"], values["f09#1"]) == (5200.0, 4500.0)


def test_the_most_specific_tariff_wins_origin_before_commodity_and_there_is_none_at_home() -> None:
    tariffs = toy().tariffs
    assert duty_share(tariffs, "XA", "XB", "goods") == 0.06
    assert duty_share(tariffs, "XA", "XC", "goods") == 0.0
    assert duty_share(tariffs, "XB", "XA", "fruit") == 0.2
    assert duty_share(tariffs, "XB", "XB", "fruit") == 0.0
    assert duty_share((), "XA", "XB", "goods") == 0.0


def test_a_tariff_and_a_unit_value_with_a_range_are_drawn_once_per_row() -> None:
    scenario = Scenario(toy(), seed=4, draw=True)
    table = new_world(scenario).table
    fruit = next(row for row in toy().commodities if row.commodity_id == "fruit")
    expected = ranged(
        scenario, "commodities.csv", "fruit", "unit_value_usd_t", fruit.unit_value_usd_t, fruit.unit_value_low_usd_t,
        fruit.unit_value_high_usd_t,
    )  # fmt: skip
    assert expected != fruit.unit_value_usd_t
    assert {by_name(table, "fob_usd_t")[f"{name}#1"] for name in ("f07", "f08", "f13")} == {expected}
    assert by_name(table, "fob_usd_t")["f11#1"] == 5200.0
    duty = ranged(scenario, "tariffs.csv", "XB/*/fruit", "rate_share", 0.2, 0.12, 0.3)
    assert by_name(table, "duty")["f08#1"] == duty != 0.2


def test_pairs_have_no_direction() -> None:
    assert pair_name("XB", "XA") == pair_name("XA", "XB") == "XA-XB"


# ------------------------------------------------------------------------------------------------------ what they draw
DRAWN = ("vot", "vor", "stock_t", "key")


@pytest.mark.parametrize("place", ["top", "middle", "bottom"])
def test_one_more_flow_changes_nobody_elses_draws(place: str) -> None:
    new = flow("a-newcomer", "CRN", "ARD", "grain", 50_000.0, n_shippers=3)
    at = {"top": 0, "middle": 6, "bottom": len(toy().flows)}[place]
    more = edited(toy(), flows=(*toy().flows[:at], new, *toy().flows[at:]))
    before, after = new_world(Scenario(toy())), new_world(Scenario(more))
    for column in DRAWN:
        drawn = by_name(after.table, column)
        assert {name: drawn[name] for name in before.table.names} == by_name(before.table, column)
    assert len(after.table) == len(before.table) + 3
    hours = [first_hours(world.table) for world in (before, after)]
    assert {name: hours[1][name] for name in hours[0]} == hours[0]
    trust = [optimism(world.table) for world in (before, after)]
    assert {name: trust[1][name] for name in trust[0]} == trust[0]


def first_hours(table: ShipperTable) -> dict[str, tuple[float, int]]:
    """Hour and route (by key) of everybody's first lot."""
    n = len(table)
    table.composite[:], table.stock_t[:] = 1.0, table.lot_t
    table.probability[:] = table.option >= 0
    lots = send_lots(table, 1, 0.0)
    assert lots.shipper.tolist() == list(range(n))
    routes = table.route_key[lots.shipper, lots.column].tolist()
    return dict(zip(table.names, zip(lots.time_h.tolist(), routes, strict=True), strict=True))


def optimism(table: ShipperTable) -> dict[str, list[float]]:
    """What everybody draws for each of its routes, by key, should they open."""
    drawn = {}
    for row, name in enumerate(table.names):
        routes = np.sort(table.route_key[row, table.option[row] >= 0])
        keys = np.full(routes.size, table.key[row])
        drawn[name] = uniforms_of_pairs(np.uint64(1), np.uint64(int(Process.OPTIMISM)), keys, routes).tolist()
    return drawn


def test_one_more_firm_in_a_flow_changes_no_other_firms_draws() -> None:
    flows = tuple(row.model_copy(update={"n_shippers": 9}) if row.flow_id == "f03" else row for row in toy().flows)
    before, after = shippers_of(toy()), shippers_of(edited(toy(), flows=flows))
    drawn = by_name(after, "vot")
    assert {name: drawn[name] for name in before.names} == by_name(before, "vot")


def test_values_of_time_spread_over_the_range_of_their_assumption() -> None:
    flows = (flow("many", "CRN", "ARD", "goods", 1e6, n_shippers=4000),)
    table = shippers_of(edited(toy(), flows=flows))
    share = table.vot * 24.0 / 4500.0
    row = next(a for a in toy().assumptions if a.name == "time_cost_manufactures")
    assert np.median(share) == pytest.approx(row.value, rel=0.05)
    spread = math.log(row.high / row.low) / (2.0 * 1.6448536269514722)
    assert spread_of(toy(), "time_cost_manufactures") == pytest.approx(spread)
    assert np.log(share).std() == pytest.approx(spread, rel=0.05)
    np.testing.assert_allclose(table.vor, 0.8 * table.vot)


def test_an_assumption_without_a_range_makes_all_firms_alike() -> None:
    rows = tuple(
        row.model_copy(update={"low": row.value, "high": row.value}) if row.name == "time_cost_bulk" else row
        for row in toy().assumptions
    )
    table = shippers_of(replace(edited(toy(), assumptions=rows), assumptions=rows))
    assert len({v for name, v in by_name(table, "vot").items() if name.startswith("f01#")}) == 1


def test_the_first_lot_is_somewhere_between_empty_and_full() -> None:
    table = shippers_of(toy())
    phase = table.stock_t / table.lot_t
    assert ((phase > 0.0) & (phase < 1.0)).all()
    assert len(set(phase.tolist())) == len(table)
    assert phase[0] == address(1, Process.FIRST_LOT, table.names[0])


def test_mode_penalties_weigh_by_the_share_of_a_route_on_each_mode() -> None:
    values = {a.name: a.value for a in toy().assumptions}
    penalty = mode_penalties(values)
    rail, box = list(Mode).index(Mode.RAIL), list(CargoClass).index(CargoClass.CONTAINER)
    assert penalty[rail, box] == 0.1
    assert np.count_nonzero(penalty) == 1
    plan, table = blueprint(toy()), shippers_of(toy())
    for i in np.flatnonzero(table.cargo_class == box):
        for k in np.flatnonzero(table.option[i] >= 0):
            assert table.delta[i, k] == pytest.approx(0.1 * plan.options.mode_share[table.option[i, k], rail])
    assert not table.delta[table.cargo_class != box].any()


# ------------------------------------------------------------------------------------------------------ what they send
def sending(stock: float, **columns: Any) -> ShipperTable:
    return table_of(
        1, stock_t=[stock], option=[[0, 1]], nest=[[0, 1]], route_key=[[11, 12]], probability=[[0.5, 0.5]], **columns
    )


def test_full_lots_leave_and_the_rest_stays() -> None:
    table = sending(65.0)
    lots = send_lots(table, 3, 48.0)
    assert lots.number.tolist() == [0, 1, 2]
    assert table.stock_t[0] == 5.0
    assert table.dispatched[0] == 3
    assert ((lots.time_h >= 48.0) & (lots.time_h < 72.0)).all()
    assert len(set(lots.key.tolist())) == 3


def test_lots_are_numbered_on_so_that_no_draw_is_used_twice() -> None:
    table = sending(20.0)
    first = send_lots(table, 3, 0.0)
    table.stock_t[:] = 40.0
    later = send_lots(table, 3, 24.0)
    assert [*first.number.tolist(), *later.number.tolist()] == [0, 1, 2]
    assert not set(first.key.tolist()) & set(later.key.tolist())


@pytest.mark.parametrize(
    ("column", "value"), [("composite", np.inf), ("allowed", 0.0), ("is_active", False), ("lot_t", 100.1)]
)
def test_without_a_route_under_a_ban_after_leaving_or_short_of_a_lot_nothing_leaves(column: str, value: float) -> None:
    table = sending(100.0, **{column: [value]})
    assert send_lots(table, 3, 0.0).shipper.size == 0
    assert table.stock_t[0] == 100.0


def test_routes_are_taken_as_often_as_their_probability_says() -> None:
    table = sending(20.0 * 20_000)
    table.probability[:] = [[0.2, 0.8]]
    lots = send_lots(table, 3, 0.0)
    assert np.mean(lots.column == 0) == pytest.approx(0.2, abs=0.01)


def test_a_copy_lives_its_own_life() -> None:
    table = sending(20.0)
    twin = table.copy()
    send_lots(twin, 3, 0.0)
    assert table.stock_t[0] == 20.0
    assert twin.names is table.names
