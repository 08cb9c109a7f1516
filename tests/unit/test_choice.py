"""Route choice: single cases, closed routes, refusals."""

import math

import numpy as np
import pytest

from abm.randomness import Process, mix, uniform
from abm.rules.choice import (
    CheapestRoute,
    ChoiceRule,
    CLogit,
    MultinomialLogit,
    NestedChoice,
    NestedLogit,
    PathSizeLogit,
    Traits,
    commonality,
    path_size,
    race,
)

RULES: list[ChoiceRule] = [
    NestedChoice(),
    CheapestRoute(),
    MultinomialLogit(theta=0.1),
    PathSizeLogit(theta=0.1),
    CLogit(theta=0.1),
    NestedLogit(theta=0.1, lam=0.5),
]


def test_two_routes_in_one_nest_share_by_kappa_over_lam_and_in_two_nests_by_kappa() -> None:
    cost = np.array([[100.0, 110.0]])
    together = NestedChoice(kappa=4.0, lam=0.5).choose(cost, Traits.plain([[7, 7]]))
    apart = NestedChoice(kappa=4.0, lam=0.5).choose(cost, Traits.plain([[7, 8]]))
    assert together.probability[0, 0] == pytest.approx(1.0 / (1.0 + 1.1**-8.0))
    assert apart.probability[0, 0] == pytest.approx(1.0 / (1.0 + 1.1**-4.0))
    assert together.composite[0] == pytest.approx((100.0**-8.0 + 110.0**-8.0) ** (0.5 / -4.0))
    assert apart.composite[0] == pytest.approx((100.0**-4.0 + 110.0**-4.0) ** (1.0 / -4.0))


def test_a_route_alone_costs_what_it_costs() -> None:
    choice = NestedChoice().choose(np.array([[123.0, np.inf]]), Traits.plain([[0, 1]]))
    assert choice.probability.tolist() == [[1.0, 0.0]]
    assert choice.composite[0] == pytest.approx(123.0)


def test_a_log_penalty_multiplies_the_cost() -> None:
    traits = Traits(
        nest=np.array([[0, 1]]),
        delta=np.array([[0.0, math.log(1.1)]]),
        path_size=np.ones((1, 2)),
        commonality=np.zeros((1, 2)),
    )
    penalised = NestedChoice().choose(np.array([[100.0, 100.0]]), traits)
    dearer = NestedChoice().choose(np.array([[100.0, 110.0]]), Traits.plain([[0, 1]]))
    np.testing.assert_allclose(penalised.probability, dearer.probability, rtol=1e-12)
    np.testing.assert_allclose(penalised.composite, dearer.composite, rtol=1e-12)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_closed_and_absent_routes_get_nothing_and_all_closed_is_infinitely_dear(rule: ChoiceRule) -> None:
    cost = np.array([[100.0, np.inf, 50.0], [np.inf, np.inf, 1.0], [1.0, 1.0, 1.0]])
    choice = rule.choose(cost, Traits.plain([[0, 1, -1], [0, 1, -1], [-1, -1, -1]]))
    assert choice.probability.tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert choice.composite[0] == pytest.approx(100.0)
    assert choice.composite[1:].tolist() == [np.inf, np.inf]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_costs_a_million_apart_neither_overflow_nor_warn(rule: ChoiceRule) -> None:
    choice = rule.choose(np.array([[1e-3, 1e6, 1e9]]), Traits.plain([[0, 1, 1]]))
    assert choice.probability[0].tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-12)
    assert choice.composite[0] == pytest.approx(1e-3, abs=1e-12)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_a_cost_that_is_not_a_number_is_refused(rule: ChoiceRule) -> None:
    with pytest.raises(ValueError, match="cost must be a number"):
        rule.choose(np.array([[np.nan, 1.0]]), Traits.plain([[0, 1]]))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_costs_and_traits_of_different_shape_are_refused(rule: ChoiceRule) -> None:
    with pytest.raises(ValueError, match="shape of the traits"):
        rule.choose(np.ones((1, 3)), Traits.plain([[0, 1]]))


def test_a_scale_free_choice_refuses_a_cost_of_zero() -> None:
    with pytest.raises(ValueError, match="cost must be > 0"):
        NestedChoice().choose(np.array([[0.0, 1.0]]), Traits.plain([[0, 1]]))


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_parameters_out_of_range_are_refused_by_name(value: float) -> None:
    with pytest.raises(ValueError, match="kappa must be > 0"):
        NestedChoice(kappa=value)
    with pytest.raises(ValueError, match="lam must be > 0"):
        NestedChoice(lam=value)
    with pytest.raises(ValueError, match="theta must be > 0"):
        MultinomialLogit(theta=value)
    with pytest.raises(ValueError, match="lam must be > 0"):
        NestedLogit(theta=1.0, lam=value)


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_a_negative_weight_of_overlap_is_refused_by_name(value: float) -> None:
    for rule in (PathSizeLogit, CLogit):
        with pytest.raises(ValueError, match="beta must be >= 0"):
            rule(theta=1.0, beta=value)


def test_a_dissimilarity_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 1"):
        NestedChoice(lam=1.1)


def test_traits_of_different_shape_or_without_path_size_are_refused() -> None:
    one, nest = np.ones((1, 2)), np.zeros((1, 2), dtype=np.int64)
    with pytest.raises(ValueError, match="one shape"):
        Traits(nest=nest, delta=np.zeros((1, 3)), path_size=one, commonality=one)
    with pytest.raises(ValueError, match="path_size must be > 0"):
        Traits(nest=nest, delta=one, path_size=0.0 * one, commonality=one)


def test_m_equal_routes_have_a_path_size_of_one_over_m_and_a_commonality_of_log_m() -> None:
    routes, length = [(0, 1), (0, 1), (0, 1)], np.array([3.0, 4.0])
    np.testing.assert_allclose(path_size(routes, length), 1.0 / 3.0)
    np.testing.assert_allclose(commonality(routes, length), math.log(3.0))


def test_overlap_of_a_route_without_length_is_refused() -> None:
    for overlap in (path_size, commonality):
        with pytest.raises(ValueError, match="route 1 has length"):
            overlap([(0,), (1,)], np.array([1.0, 0.0]))


def test_a_race_without_weights_has_no_winner_and_with_one_weight_has_that() -> None:
    keys, routes = np.array([1, 2], dtype=np.uint64), np.arange(6, dtype=np.uint64).reshape(2, 3)
    weight = np.array([[0.0, 0.0, 0.0], [0.0, 0.2, 0.0]])
    assert race(weight, 3, keys, np.array([0, 0]), routes).tolist() == [-1, 1]


def test_the_race_goes_to_the_least_exponential_time_worked_out_in_full() -> None:
    rng = np.random.default_rng(5)
    n, width = 2_000, 6
    weight = np.where(rng.random((n, width)) < 0.3, 0.0, rng.random((n, width)) ** 4)
    key, route_key = rng.integers(1, 2**62, n).astype(np.uint64), rng.integers(1, 2**62, (n, width)).astype(np.uint64)
    number = np.arange(n)
    start = np.uint64(mix(np.uint64(7), np.uint64(int(Process.ROUTE))))
    time = np.full((n, width), np.inf)
    for i, r in np.argwhere(weight > 0.0).tolist():
        state = np.uint64(mix(np.uint64(mix(start, key[i])), np.uint64(number[i])))
        time[i, r] = -math.log(uniform(np.uint64(mix(state, route_key[i, r])))) / weight[i, r]
    winner = np.where(np.isfinite(time).any(axis=1), time.argmin(axis=1), -1)
    assert race(weight, 7, key, number, route_key).tolist() == winner.tolist()
