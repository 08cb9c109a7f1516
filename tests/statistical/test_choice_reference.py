"""Checks D01-D05: shares against closed forms and an independent tool."""

from typing import Any

import numpy as np
import pytest

from abm.network.arcs import Floats
from abm.rules.choice import (
    CLogit,
    MultinomialLogit,
    NestedChoice,
    NestedLogit,
    PathSizeLogit,
    Traits,
    commonality,
    path_size,
)
from tests.validation import reference_json

#: D01: USD per TEU, days, days of spread; and the utility of one more of each.
CORRIDORS = {
    "Suez": (3000.0, 35.0, 3.0),
    "Cape": (3900.0, 47.0, 4.0),
    "RailNorth": (6500.0, 16.0, 3.0),
    "Middle": (6000.0, 25.0, 6.0),
}
PER_USD, PER_DAY, PER_SPREAD_DAY = 0.001, 0.06, 0.05


def corridor_costs() -> Floats:
    """Disutility of the four corridors, in units of utility; theta is then 1."""
    rows = [[PER_USD * usd + PER_DAY * days + PER_SPREAD_DAY * spread for usd, days, spread in CORRIDORS.values()]]
    return np.array(rows)


def test_d01_multinomial_shares_and_logsum_of_four_corridors() -> None:
    choice = MultinomialLogit(theta=1.0).choose(corridor_costs(), Traits.plain([[0, 1, 2, 3]]))
    expected = [0.734889, 0.138341, 0.069388, 0.057381]
    np.testing.assert_allclose(choice.probability[0], expected, atol=1e-6)
    assert -choice.composite[0] == pytest.approx(-4.941965, abs=1e-6)


def test_d01_agrees_with_the_reference_file() -> None:
    case: dict[str, Any] = reference_json("discrete_choice.json")["corridor_case"]
    choice = MultinomialLogit(theta=1.0).choose(corridor_costs(), Traits.plain([[0, 1, 2, 3]]))
    np.testing.assert_allclose(choice.probability[0], [case["MNL"][name] for name in CORRIDORS], rtol=1e-12)


@pytest.mark.parametrize("rho", [0.0, 0.5, 1.0])
def test_d02_overlap_lowers_the_share_of_routes_that_have_arcs_in_common(rho: float) -> None:
    # arc 0 is the independent route; arc 1 is common to the other two, which end on arcs of their own
    length = np.array([1.0, rho, 1.0 - rho, 1.0 - rho])
    routes = [(0,), (1, 2), (1, 3)]
    traits = Traits(
        nest=np.array([[0, 1, 2]]),
        delta=np.zeros((1, 3)),
        path_size=path_size(routes, length)[None, :],
        commonality=commonality(routes, length)[None, :],
    )
    cost = np.full((1, 3), 20.0)
    independent = [
        rule.choose(cost, traits).probability[0, 0] for rule in (MultinomialLogit(0.2), PathSizeLogit(0.2), CLogit(0.2))
    ]
    assert independent == pytest.approx([1.0 / 3.0, 1.0 / (3.0 - rho), (1.0 + rho) / (3.0 + rho)], abs=1e-9)


@pytest.mark.parametrize("lam", [1.0, 0.5, 0.25])
def test_d03_nested_logit_of_one_route_against_a_nest_of_two(lam: float) -> None:
    cost, traits = np.full((1, 3), 7.0), Traits.plain([[0, 1, 1]])
    expected = 1.0 / (1.0 + 2.0**lam)
    assert NestedLogit(theta=1.3, lam=lam).choose(cost, traits).probability[0, 0] == pytest.approx(expected, abs=1e-9)
    assert NestedChoice(kappa=4.0, lam=lam).choose(cost, traits).probability[0, 0] == pytest.approx(expected, abs=1e-9)


def test_d03_at_one_half_is_the_published_number() -> None:
    choice = NestedLogit(theta=1.0, lam=0.5).choose(np.ones((1, 3)), Traits.plain([[0, 1, 1]]))
    assert choice.probability[0, 0] == pytest.approx(0.414214, abs=1e-6)


def test_d04_logit_shares_of_an_independent_traffic_simulator() -> None:
    cost = np.array([[657.80, 730.42, 826.83, 945.62]])
    choice = MultinomialLogit(theta=0.01).choose(cost, Traits.plain([[0, 1, 2, 3]]))
    np.testing.assert_allclose(choice.probability[0], [0.57988611, 0.28049437, 0.10697483, 0.03264470], atol=1e-4)


def elasticities(step: float) -> Floats:
    """Relative change of the shares for a relative change ``step`` of the money cost of Suez and of Cape; central difference."""
    rule, traits = MultinomialLogit(theta=1.0), Traits.plain([[0, 1, 2, 3]])
    rows = []
    for column, usd in ((0, 3000.0), (1, 3900.0)):
        change = np.zeros((1, 4))
        change[0, column] = PER_USD * usd * step
        up = rule.choose(corridor_costs() + change, traits).probability[0]
        down = rule.choose(corridor_costs() - change, traits).probability[0]
        rows.append((np.log(up) - np.log(down)) / (2.0 * step))
    return np.array(rows)


def test_d05_own_and_cross_elasticities_of_money_cost() -> None:
    found = elasticities(1e-5)
    assert found[0, 0] == pytest.approx(-0.795332, abs=1e-5)
    assert found[1, 1] == pytest.approx(-3.360471, abs=1e-5)
    np.testing.assert_allclose(found[0, 1:], 2.204668, atol=1e-5)


def test_d05_a_rise_of_one_per_cent_shows_them_within_a_twentieth() -> None:
    found = elasticities(0.01)
    np.testing.assert_allclose([found[0, 0], found[1, 1], found[0, 2]], [-0.795332, -3.360471, 2.204668], rtol=0.05)
