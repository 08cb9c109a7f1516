"""What must hold of route choice for any costs, nests and parameters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.network.arcs import Floats, Ints
from abm.randomness import Process
from abm.rules.choice import CheapestRoute, Choice, MultinomialLogit, NestedChoice, NestedLogit, Traits, race
from tests.reference.slow_choice import choose_nested_slowly, race_slowly

WIDTH = 6
costs = st.lists(st.floats(1.0, 1000.0) | st.just(np.inf), min_size=WIDTH, max_size=WIDTH)
nests = st.lists(st.integers(-1, 3), min_size=WIDTH, max_size=WIDTH)
deltas = st.lists(st.floats(-1.0, 1.0), min_size=WIDTH, max_size=WIDTH)
kappas, lams = st.floats(1.0, 8.0), st.floats(0.15, 1.0)
seeds = st.integers(0, 2**64 - 1)


def choose(cost: list[float], nest: list[int], delta: list[float], kappa: float, lam: float) -> Choice:
    shape = (1, len(cost))
    traits = Traits(
        nest=np.array([nest]), delta=np.array([delta]), path_size=np.ones(shape), commonality=np.zeros(shape)
    )
    return NestedChoice(kappa, lam).choose(np.array([cost]), traits)


@given(costs, nests, deltas, kappas, lams)
def test_the_kernel_agrees_with_the_equations(
    cost: list[float], nest: list[int], delta: list[float], kappa: float, lam: float
) -> None:
    choice = choose(cost, nest, delta, kappa, lam)
    shares, composite = choose_nested_slowly(cost, delta, nest, kappa, lam)
    np.testing.assert_allclose(choice.probability[0], shares, rtol=1e-9, atol=1e-300)
    assert choice.composite[0] == pytest.approx(composite, rel=1e-9)


@given(costs, nests, deltas, kappas, lams)
def test_shares_add_up_to_one_or_all_is_closed(
    cost: list[float], nest: list[int], delta: list[float], kappa: float, lam: float
) -> None:
    choice = choose(cost, nest, delta, kappa, lam)
    if np.isfinite(choice.composite[0]):
        assert choice.probability.sum() == pytest.approx(1.0)
        assert choice.composite[0] <= min(
            c * np.exp(d) for c, d, n in zip(cost, delta, nest, strict=True) if n >= 0
        ) * (1.0 + 1e-12)
    else:
        assert not choice.probability.any()


@given(costs, nests, deltas, kappas, lams)
def test_a_new_route_never_raises_the_composite_cost(
    cost: list[float], nest: list[int], delta: list[float], kappa: float, lam: float
) -> None:
    without = choose([*cost[:-1], np.inf], nest, delta, kappa, lam).composite[0]
    assert choose(cost, nest, delta, kappa, lam).composite[0] <= without * (1.0 + 1e-12)


@given(costs, nests, deltas, kappas, lams, st.integers(0, WIDTH - 1), st.floats(1.0, 3.0))
def test_a_dearer_route_never_gains_share_and_never_lowers_the_composite_cost(
    cost: list[float], nest: list[int], delta: list[float], kappa: float, lam: float, column: int, factor: float
) -> None:
    before = choose(cost, nest, delta, kappa, lam)
    after = choose([c * factor if r == column else c for r, c in enumerate(cost)], nest, delta, kappa, lam)
    assert after.probability[0, column] <= before.probability[0, column] + 1e-12
    assert after.composite[0] >= before.composite[0] * (1.0 - 1e-12)


@given(costs, nests, deltas, kappas, lams, st.floats(1e-3, 1e3))
def test_shares_are_free_of_scale_and_the_composite_cost_goes_with_it(
    cost: list[float], nest: list[int], delta: list[float], kappa: float, lam: float, scale: float
) -> None:
    before = choose(cost, nest, delta, kappa, lam)
    after = choose([c * scale for c in cost], nest, delta, kappa, lam)
    np.testing.assert_allclose(after.probability, before.probability, rtol=1e-9, atol=1e-12)
    assert after.composite[0] == pytest.approx(before.composite[0] * scale, rel=1e-9)


@given(costs, nests, deltas, kappas, lams, st.permutations(range(WIDTH)))
def test_the_order_of_routes_does_not_matter(
    cost: list[float], nest: list[int], delta: list[float], kappa: float, lam: float, order: list[int]
) -> None:
    before = choose(cost, nest, delta, kappa, lam)
    after = choose([cost[i] for i in order], [nest[i] for i in order], [delta[i] for i in order], kappa, lam)
    np.testing.assert_allclose(after.probability[0], before.probability[0, order], rtol=1e-9, atol=1e-12)
    assert after.composite[0] == pytest.approx(before.composite[0], rel=1e-9)


@given(costs, nests, deltas)
def test_the_cheapest_route_is_the_limit_of_a_large_kappa(
    cost: list[float], nest: list[int], delta: list[float]
) -> None:
    traits = Traits(
        nest=np.array([nest]), delta=np.array([delta]), path_size=np.ones((1, WIDTH)), commonality=np.zeros((1, WIDTH))
    )
    bound = CheapestRoute().choose(np.array([cost]), traits)
    limit = NestedChoice(kappa=1e5, lam=1.0).choose(np.array([cost]), traits)
    assert bound.composite[0] == pytest.approx(limit.composite[0], rel=1e-4)


@given(costs, nests, st.floats(0.001, 1.0))
def test_a_nested_logit_with_dissimilarity_one_is_multinomial(cost: list[float], nest: list[int], theta: float) -> None:
    traits = Traits.plain([nest])
    nested = NestedLogit(theta=theta, lam=1.0).choose(np.array([cost]), traits)
    plain = MultinomialLogit(theta=theta).choose(np.array([cost]), traits)
    np.testing.assert_allclose(nested.probability, plain.probability, atol=1e-12)
    assert nested.composite[0] == pytest.approx(plain.composite[0], rel=1e-12)


@given(
    st.lists(st.floats(0.01, 1.0) | st.just(0.0), min_size=WIDTH, max_size=WIDTH), seeds, seeds, st.integers(0, 10**6)
)
def test_the_race_agrees_with_its_slow_twin(weight: list[float], seed: int, shipper: int, number: int) -> None:
    routes = [shipper // (column + 2) for column in range(WIDTH)]
    column = race(
        np.array([weight]),
        seed,
        np.array([shipper], dtype=np.uint64),
        np.array([number]),
        np.array([routes], dtype=np.uint64),
    )
    assert column[0] == race_slowly(weight, seed, int(Process.ROUTE), shipper, number, routes)


def many_races(weight: Floats, seed: int, n: int = 4000) -> tuple[Ints, Ints]:
    """Columns won by n shippers, each with the same weights, without and with the last route."""
    keys = np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    routes = np.tile(np.arange(weight.size, dtype=np.uint64) + np.uint64(17), (n, 1))
    with_all = np.tile(weight, (n, 1))
    without = with_all.copy()
    without[:, -1] = 0.0
    numbers = np.zeros(n, dtype=np.int64)
    return race(without, seed, keys, numbers, routes), race(with_all, seed, keys, numbers, routes)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.05, 1.0), min_size=3, max_size=5), seeds)
def test_a_new_route_in_the_race_takes_from_the_others_and_reshuffles_none(weight: list[float], seed: int) -> None:
    before, after = many_races(np.array(weight), seed)
    moved = before != after
    assert (after[moved] == len(weight) - 1).all()
    assert moved.any()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.05, 1.0), min_size=3, max_size=5), seeds)
def test_races_are_won_in_proportion_to_the_weights(weight: list[float], seed: int) -> None:
    _, won = many_races(np.array(weight), seed)
    share = np.array(weight) / sum(weight)
    found = np.bincount(won, minlength=len(weight)) / won.size
    # five standard errors: one false alarm in a million
    assert (np.abs(found - share) <= 5.0 * np.sqrt(share * (1.0 - share) / won.size)).all()
