"""Laws of service times against scipy, in the middle and in both tails."""

import math

import numpy as np
import pytest
from scipy import special

from abm.corridor.tables import Law
from abm.network import laws
from abm.network.arcs import Floats

U = np.concatenate([np.linspace(0.001, 0.999, 499), 10.0 ** -np.arange(4.0, 16.0), 1.0 - 10.0 ** -np.arange(4.0, 14.0)])
GRID = (np.arange(200_000) + 0.5) / 200_000


def exact_gamma(u: Floats, shape: float) -> Floats:
    """Quantile of mean 1, by the smaller tail."""
    lower, upper = special.gammaincinv(shape, u), special.gammainccinv(shape, 1.0 - u)
    return np.where(u < 0.5, lower, upper) / shape


def drawn(law: int, cv: float, vehicles: float = 1.0, u: Floats = GRID) -> Floats:
    return np.array([laws.service_factor(x, law, cv, vehicles, laws.gamma_table()) for x in u])


def test_law_numbers_are_the_rows_of_the_table_of_laws() -> None:
    assert [law.value for law in Law] == ["constant", "exponential", "gamma", "lognormal", "hyperexponential"]
    assert list(range(5)) == [laws.CONSTANT, laws.EXPONENTIAL, laws.GAMMA, laws.LOGNORMAL, laws.HYPEREXPONENTIAL]


@pytest.mark.parametrize("shape", [0.05, 0.3, 0.7, 1.0, 1.7, 4.0, 20.0, 300.0, 5000.0])
def test_the_gamma_quantile_is_exact_in_both_tails(shape: float) -> None:
    expected = exact_gamma(U, shape)
    found = np.array([laws.gamma_quantile(u, shape) for u in U])
    is_normal = expected > 1e-290
    np.testing.assert_allclose(found[is_normal], expected[is_normal], rtol=1e-12)
    assert np.all(found[~is_normal] < 1e-280)


@pytest.mark.parametrize("shape", [1.0, 1.013, 1.7, 2.0, 4.4, 20.0, 300.0, 5000.0, 1e6])
def test_the_table_of_gamma_quantiles_is_good_to_a_millionth(shape: float) -> None:
    found = np.array([laws.fast_gamma(u, shape, laws.gamma_table()) for u in U])
    np.testing.assert_allclose(found, exact_gamma(U, shape), rtol=1e-6)
    middle = (U > 1e-4) & (U < 1.0 - 1e-9)
    np.testing.assert_allclose(found[middle], exact_gamma(U, shape)[middle], rtol=1e-7)


def test_gamma_tails_add_up_and_agree_with_scipy() -> None:
    for shape in (0.2, 1.0, 7.0, 60.0):
        for x in (0.01, 0.5, 1.0, 6.0, 30.0, 90.0):
            lower, upper = laws.gamma_tails(shape, x)
            assert lower == pytest.approx(special.gammainc(shape, x), rel=1e-11, abs=1e-15)
            assert upper == pytest.approx(special.gammaincc(shape, x), rel=1e-11, abs=1e-15)


@pytest.mark.parametrize(
    ("law", "cv"),
    [
        (laws.EXPONENTIAL, 1.0),
        (laws.GAMMA, 0.5),
        (laws.GAMMA, 1.6),
        (laws.LOGNORMAL, 0.7),
        (laws.HYPEREXPONENTIAL, 1.8),
    ],
)
def test_every_law_has_mean_one_and_its_spread_and_rises_with_its_uniform(law: int, cv: float) -> None:
    values = drawn(law, cv)
    assert values.mean() == pytest.approx(1.0, rel=1e-3)
    assert values.std() == pytest.approx(cv, rel=1e-2)
    assert np.all(np.diff(values) > 0.0)


def test_a_hyperexponential_has_balanced_means() -> None:
    p = 0.5 * (1.0 + math.sqrt((4.0 - 1.0) / (4.0 + 1.0)))
    for u in (1e-9, 0.2, 0.9, 1.0 - 1e-12):
        x = laws.hyperexponential(u, 2.0)
        assert p * math.exp(-2.0 * p * x) + (1.0 - p) * math.exp(-2.0 * (1.0 - p) * x) == pytest.approx(
            1.0 - u, rel=1e-12
        )


@pytest.mark.parametrize(
    ("law", "cv"), [(laws.EXPONENTIAL, 1.0), (laws.GAMMA, 0.8), (laws.LOGNORMAL, 1.2), (laws.HYPEREXPONENTIAL, 2.0)]
)
def test_a_lot_of_vehicles_spreads_less_by_the_root_of_their_number(law: int, cv: float) -> None:
    values = drawn(law, cv, vehicles=9.0)
    assert values.mean() == pytest.approx(1.0, rel=1e-3)
    assert values.std() == pytest.approx(cv / 3.0, rel=1e-2)


def test_a_constant_law_and_a_law_without_spread_take_their_mean() -> None:
    assert set(drawn(laws.CONSTANT, 3.0, u=U)) == {1.0}
    assert set(drawn(laws.GAMMA, 0.0, u=U)) == {1.0}
    assert set(drawn(laws.LOGNORMAL, 0.0, u=U)) == {1.0}
    assert set(drawn(laws.HYPEREXPONENTIAL, 0.0, vehicles=3.0, u=U)) == {1.0}
