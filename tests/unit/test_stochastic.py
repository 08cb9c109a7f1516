"""Stochastic user equilibrium: route sets, closed arcs, classes, queues that start at capacity."""

import numpy as np
import pytest

from abm.network.arcs import Floats
from abm.network.stochastic import RouteSets, respond, stochastic_equilibrium
from abm.rules.choice import MultinomialLogit, NestedChoice, Traits

SETS: list[list[tuple[int, ...]]] = [[(0, 1), (2,)], [(1,)]]


def test_costs_and_loads_of_routes_are_sums_over_their_arcs() -> None:
    sets = RouteSets(SETS, 3)
    assert sets.cost(np.array([1.0, 2.0, 4.0])).tolist() == [[3.0, 4.0], [2.0, np.inf]]
    assert sets.load(np.array([[10.0, 20.0], [5.0, 99.0]])).tolist() == [10.0, 15.0, 20.0]


def test_a_class_reads_its_own_column_of_the_costs() -> None:
    sets = RouteSets(SETS, 3, class_column=np.array([1, 0]))
    cost = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    assert sets.cost(cost).tolist() == [[30.0, 40.0], [2.0, np.inf]]


def test_a_closed_arc_closes_its_routes_and_a_demand_without_any_loads_nothing() -> None:
    sets = RouteSets(SETS, 3)
    cost = np.array([1.0, np.inf, 4.0])
    rest = stochastic_equilibrium(np.array([6.0, 5.0]), sets, lambda flow: cost, NestedChoice())
    assert rest.shares.tolist() == [[0.0, 1.0], [0.0, 0.0]]
    assert rest.flow.tolist() == [0.0, 0.0, 6.0]
    assert rest.composite.tolist() == pytest.approx([4.0, np.inf])
    assert rest.residual == 0.0


def test_without_congestion_the_first_answer_is_the_last() -> None:
    sets = RouteSets(SETS, 3)
    rest = stochastic_equilibrium(np.array([6.0, 5.0]), sets, lambda flow: np.ones(3), MultinomialLogit(1.0))
    assert rest.n_iterations <= 2
    assert rest.shares[0, 1] == pytest.approx(1.0 / (1.0 + np.exp(-1.0)))


@pytest.mark.parametrize("slope", [1.0, 100.0, 5000.0])
@pytest.mark.parametrize("rule", [NestedChoice(), NestedChoice(kappa=8.0, lam=0.15)], ids=["central", "steep"])
def test_queues_that_start_at_capacity_come_to_rest(slope: float, rule: NestedChoice) -> None:
    rng = np.random.default_rng(5)
    n_arcs, n_demands = 120, 80
    routes = [[tuple(rng.permutation(n_arcs)[:9].tolist()) for _ in range(1 + i % 6)] for i in range(n_demands)]
    sets = RouteSets(routes, n_arcs)
    free, amount = rng.uniform(1.0, 20.0, n_arcs), rng.uniform(1.0, 50.0, n_demands)
    capacity = np.where(rng.random(n_arcs) < 0.3, rng.uniform(0.5, 1.5, n_arcs) * 110.0, np.inf)

    def cost(flow: Floats) -> Floats:
        return np.asarray(free + slope * np.maximum(flow / capacity - 1.0, 0.0))

    rest = stochastic_equilibrium(amount, sets, cost, rule, tolerance=1e-6)
    assert rest.residual <= 1e-6
    shares, flow = respond(amount, sets, cost, rule, rest.flow)
    assert np.abs(flow - rest.flow).max() <= 1e-3 * rest.flow.max()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    np.testing.assert_allclose(rest.shares.sum(axis=1), 1.0)


def test_faulty_sets_traits_and_amounts_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one route"):
        RouteSets([[(0,)], []], 1)
    with pytest.raises(ValueError, match="an arc must be 0 to 0"):
        RouteSets([[(1,)]], 1)
    with pytest.raises(ValueError, match="traits must have shape"):
        RouteSets(SETS, 3, traits=Traits.plain([[0, 1]]))
    with pytest.raises(ValueError, match="a nest >= 0 for every route"):
        RouteSets(SETS, 3, traits=Traits.plain([[0, -1], [0, -1]]))
    with pytest.raises(ValueError, match="amount must have one entry"):
        stochastic_equilibrium(np.ones(3), RouteSets(SETS, 3), lambda flow: np.ones(3), NestedChoice())
