"""Growth, splits, times: hand examples on three relations and two routes."""

import math

import numpy as np
import pandas as pd
import pytest

from abm.network.arcs import Floats, Int32s
from abm.study.compare import summary
from abm.study.measures import Relations, cut_tonnes, growth_rows, quantile_days, split_of_country, split_of_cut
from abm.worlds import MEASURE, WorldRun
from tests.small_worlds import toy


def relations() -> Relations:
    """Home H imports goods from A and B and exports ore to A; A sends B something in transit that does not respond."""
    return Relations(
        pd.DataFrame(
            {
                "flow": ["f1", "f2", "f3", "f4"],
                "origin_node": ["a", "b", "h", "a"],
                "destination_node": ["h", "h", "a", "b"],
                "origin": ["AA", "BB", "HH", "AA"],
                "destination": ["HH", "HH", "AA", "BB"],
                "commodity": ["goods", "goods", "ore", "goods"],
                "is_trade": [True, True, True, False],
                "fob_usd_t": [100.0, 100.0, 10.0, 100.0],
                "base_t": [100.0, 50.0, 200.0, 500.0],
            }
        )
    )


def run(
    shipped: list[list[float]], crosses: list[list[bool]], log: tuple[Int32s, Floats, Floats] | None = None
) -> WorldRun:
    """A world of one year with two routes per shipper."""
    sent = np.array([shipped], dtype=np.float64)
    n = sent.shape[1]
    nothing, none = np.zeros((1, n)), np.zeros((1, 1))
    empty = (np.zeros(0, dtype=np.int32), np.zeros(0), np.zeros(0))
    return WorldRun(
        shipped_t=sent, option=np.zeros(sent.shape[1:], dtype=np.int32), delivered_t=nothing, delivered_t_h=nothing,
        money_usd=nothing, lost_sales_t=nothing, passed=none, wait_h=none, time_h=none, entered_t=none, month_t=none,
        queue=none, log=log or empty, crossed={MEASURE: np.array(crosses)}, option_h=np.zeros(2), option_usd_t=np.zeros(2),
    )  # fmt: skip


BASE = run([[100, 0], [50, 0], [200, 0], [500, 0]], [[False, True]] * 4)
WITH = run([[90, 40], [45, 0], [150, 60], [400, 100]], [[False, True]] * 4)


def test_the_three_denominators_count_what_they_name() -> None:
    rows = pd.DataFrame(growth_rows(toy(), Relations.of(toy()), *(fits_toy(world) for world in (BASE, WITH))))
    assert set(rows["denominator"]) == {"D1", "D2", "D3"}
    one = relations()
    assert one.of_country("HH").tolist() == [True, True, True, False]
    assert one.of_pair("AA", "HH").tolist() == [True, False, True, False]
    assert one.of_direction("AA", "HH").tolist() == [True, False, False, False]


def fits_toy(world: WorldRun) -> WorldRun:
    """The same world with as many shippers as toy has (the others send nothing)."""
    n = len(Relations.of(toy()).frame)
    sent = np.zeros((1, n, 2))
    sent[:, : world.shipped_t.shape[1]] = world.shipped_t
    return run(sent[0].tolist(), [[False, True]] * n)


def test_a_cut_counts_each_consignment_once_transit_included() -> None:
    assert cut_tonnes(BASE, MEASURE, 0) == 0.0
    assert cut_tonnes(WITH, MEASURE, 0) == 40 + 60 + 100


def test_re_routing_and_new_volume_add_up_to_the_change_over_the_cut() -> None:
    split = split_of_cut(BASE, WITH, MEASURE, 0)
    assert split["rerouting_t"] + split["volume_t"] == pytest.approx(200.0)
    # By hand, relation by relation: mean volume times change of share, and mean share times change of volume.
    shares, q0, q1 = (
        np.array([40 / 130, 0.0, 60 / 210, 0.2]),
        np.array([100, 50, 200, 500]),
        np.array([130, 45, 210, 500]),
    )
    assert split["rerouting_t"] == pytest.approx(((q0 + q1) / 2 * shares).sum())
    assert split["volume_t"] == pytest.approx((shares / 2 * (q1 - q0)).sum())


def test_a_relation_that_is_new_is_all_volume() -> None:
    before = run([[0, 0], [0, 0], [0, 0], [0, 0]], [[False, True]] * 4)
    after = run([[0, 30], [0, 0], [0, 0], [0, 0]], [[False, True]] * 4)
    assert split_of_cut(before, after, MEASURE, 0) == {"rerouting_t": 0.0, "volume_t": pytest.approx(30.0)}


def test_creation_is_the_change_of_the_countrys_trade_and_diversion_what_others_lost() -> None:
    split = split_of_country(relations(), "HH", BASE, WITH, 0)
    assert split["gross_gain_t"] == pytest.approx(30 + 10)
    assert split["diversion_t"] == pytest.approx(-5)
    assert split["creation_t"] == pytest.approx(35)


def test_door_to_door_times_are_weighted_by_tonnes() -> None:
    log = (
        np.array([0, 0, 1, 3], dtype=np.int32),
        np.array([10.0, 30.0, 60.0, 999.0]),
        np.array([24.0, 48.0, 96.0, 1.0]),
    )
    world = run([[0, 0]] * 4, [[False, True]] * 4, log)
    days = quantile_days(world, relations().of_country("HH"))
    assert days["mean"] == pytest.approx((10 * 1 + 30 * 2 + 60 * 4) / 100)
    assert days["median"] == 4.0
    assert days["p95"] == 4.0


def test_no_delivery_has_no_time() -> None:
    assert math.isnan(quantile_days(BASE, relations().of_country("HH"))["mean"])


def test_a_summary_gives_mean_range_and_the_error_of_the_mean() -> None:
    row = summary([1.0, 2.0, 3.0, 4.0], "x_")
    assert row["x_mean"] == 2.5
    assert row["x_p5"] == pytest.approx(1.15)
    assert row["x_p95"] == pytest.approx(3.85)
    assert row["x_error"] == pytest.approx(math.sqrt(5.0 / 3.0) / 2.0)


def test_one_world_has_no_monte_carlo_error() -> None:
    assert math.isnan(summary([3.0])["error"])
