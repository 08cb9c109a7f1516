"""How carriers fare, from made running sums: every figure worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from abm.study.carriers import services_table
from abm.worlds import WITHOUT, WorldRun
from tests.made_comparisons import made_world, steady
from tests.small_worlds import toy, toy_with_cast

CASE = toy_with_cast()
N = len(CASE.services)


def world(revenue_usd: float, carried_back_tkm: float) -> WorldRun:
    """Every service offers 100 tkm each way in the last of two years, carries 80 out and so much back, at a cost of 10 USD."""
    years = np.ones((2, N))
    tkm = np.stack([np.full((2, N), 80.0), np.full((2, N), carried_back_tkm)], axis=2)
    sums = {
        "service_revenue_usd": revenue_usd * years, "service_cost_usd": 10.0 * years, "service_carried_tkm": tkm,
        "service_offered_tkm": np.full((2, N, 2), 100.0),
    }  # fmt: skip
    levels = {
        "service_vehicles": 5.0 * years, "service_capacity_t": 7.0 * years, "service_cycle_h": 48.0 * years,
        "service_markup": np.ones((2, N, 2)),
    }  # fmt: skip
    return replace(made_world(steady(2)), sums=sums, levels=levels)


def test_load_empties_and_profit_are_means_over_worlds() -> None:
    table = services_table(CASE, [{WITHOUT: world(30.0, 20.0)}, {WITHOUT: world(50.0, 40.0)}])
    assert list(table["service"]) == [service.service_id for service in CASE.services]
    row = table.iloc[0]
    assert row["load_out"] == pytest.approx(0.8)
    assert row["load_back"] == pytest.approx(0.3)
    assert row["empties"] == pytest.approx(1.0 - (0.5 + 0.6) / 2.0)
    assert row["cycle_days"] == 2.0
    assert row["profit_usd_mean"] == pytest.approx(30.0)
    assert row["profit_usd_error"] == pytest.approx(10.0)


def test_a_service_that_offers_nothing_in_one_world_has_the_load_of_the_other() -> None:
    idle = world(0.0, 0.0)
    idle.sums["service_offered_tkm"][:] = 0.0
    table = services_table(CASE, [{WITHOUT: idle}, {WITHOUT: world(30.0, 20.0)}])
    assert table["load_out"].tolist() == pytest.approx([0.8] * N)
    assert services_table(CASE, [{WITHOUT: idle}])["load_out"].isna().all()


def test_without_carriers_the_table_is_empty_with_its_columns() -> None:
    table = services_table(toy(), [{WITHOUT: made_world(steady(2))}])
    assert table.empty
    assert "profit_usd_mean" in table
