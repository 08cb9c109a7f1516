"""Generalised cost by hand."""

import math

import numpy as np
import pytest

from abm.rules.cost import LARGEST_RELIEF, generalised_costs, option_levels

ROUTE, CLASS = np.array([0, 1], dtype=np.int32), np.array([0, 0], dtype=np.int32)
STARTS, ARCS = np.array([0, 2, 3], dtype=np.int32), np.array([0, 1, 2], dtype=np.int32)
PRICE, HOUR = np.array([[10.0], [5.0], [30.0]]), np.array([[2.0], [0.5], [1.0]])
FREE, MEAN, VARIANCE = np.array([4.0, 0.0, 12.0]), np.array([7.0, 6.0, 10.0]), np.array([9.0, 16.0, 0.0])


RISK = np.array([0.01, 0.02, -0.005])


def levels(is_open: list[bool]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    price, hours, sd, risk = (np.empty(2) for _ in range(4))
    option_levels(
        ROUTE, CLASS, STARTS, ARCS, PRICE, HOUR, FREE, MEAN, VARIANCE, RISK, np.array(is_open), price, hours, sd, risk
    )
    return price, hours, sd, risk


def test_money_is_freight_and_the_vehicles_time_beyond_free_flow() -> None:
    price, *_ = levels([True, True, True])
    assert price.tolist() == [10.0 + 2.0 * 3.0 + 5.0 + 0.5 * 6.0, 30.0]  # faster than free flow earns nothing


def test_hours_add_up_and_spreads_pool_as_variances() -> None:
    _, hours, sd, _ = levels([True, True, True])
    assert hours.tolist() == [13.0, 10.0]
    assert sd.tolist() == [5.0, 0.0]


def test_a_route_over_a_closed_arc_costs_infinitely_much_and_tells_of_its_hours_up_to_there() -> None:
    price, hours, *_ = levels([True, False, True])
    assert price.tolist() == [math.inf, 30.0]
    assert hours.tolist() == [7.0, 10.0]


def cost_of(duty: float, vot: float, vor: float, option: list[int], risk: float = 0.0) -> list[float]:
    out = np.empty((1, len(option)))
    generalised_costs(
        np.array([option], dtype=np.int32), np.full((1, len(option)), 20.0), np.array([24.0, np.inf]), np.array([5.0, 1.0]),
        np.full(2, risk), np.array([duty]), np.array([vot]), np.array([vor]), np.array([1000.0]), out,
    )  # fmt: skip
    return [float(value) for value in out[0]]


def test_duty_falls_on_freight_and_not_on_time() -> None:
    assert cost_of(0.1, 0.5, 0.4, [0])[0] == pytest.approx(24.0 * 1.1 + 0.5 * 20.0 + 0.4 * 5.0)
    assert cost_of(0.2, 0.5, 0.4, [0])[0] - cost_of(0.1, 0.5, 0.4, [0])[0] == pytest.approx(2.4)


def test_no_route_and_a_closed_route_cost_infinitely_much() -> None:
    assert cost_of(0.1, 0.5, 0.4, [-1, 1]) == [math.inf, math.inf]


def test_fear_costs_its_share_of_the_goods_value_and_no_duty_falls_on_it() -> None:
    calm, afraid = (cost_of(0.1, 0.5, 0.4, [0], risk)[0] for risk in (0.0, 0.003))
    assert afraid - calm == pytest.approx(0.003 * 1000.0)


def test_a_long_calm_makes_a_route_cheaper_but_never_free() -> None:
    usual = cost_of(0.1, 0.5, 0.4, [0])[0]
    assert cost_of(0.1, 0.5, 0.4, [0], -0.002)[0] == pytest.approx(usual - 2.0)
    assert cost_of(0.1, 0.5, 0.4, [0], -0.9)[0] == pytest.approx((1.0 - LARGEST_RELIEF) * usual)


def test_fear_of_a_closed_route_changes_nothing() -> None:
    assert cost_of(0.1, 0.5, 0.4, [-1, 1], -0.5) == [math.inf, math.inf]


def test_the_risk_of_a_route_is_the_sum_over_its_arcs() -> None:
    *_, risk = levels([True, True, True])
    assert risk.tolist() == [0.03, -0.005]
