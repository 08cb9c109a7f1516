"""Indices of sensitivity against the Ishigami function's closed form, scipy and SALib."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from SALib.analyze import morris as salib_morris
from SALib.analyze import pawn as salib_pawn
from SALib.analyze.delta import calc_delta
from scipy.stats import qmc
from scipy.stats import sobol_indices as scipy_sobol

from abm.corridor.load import load
from abm.corridor.tables import Shape
from abm.study.design import points
from abm.study.given_data import delta_index, n_classes, pawn_index, slices
from abm.study.plan import DesignSpec, Factor, Kind, Plan
from abm.study.sensitivity import DUMMY, Method, given_data_indices, indices, sobol_indices

Floats = npt.NDArray[np.float64]

A, B = 7.0, 0.1
NAMES = ("x1", "x2", "x3", "idle")


def ishigami(x: Floats) -> Floats:
    """sin x1 + a sin^2 x2 + b x3^4 sin x1 (Ishigami and Homma 1990), and a fourth factor that it does not know."""
    return np.asarray(np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0]))


def closed_form() -> tuple[Floats, Floats]:
    """First and total order, from the variances of its terms."""
    one = 0.5 * (1.0 + B * math.pi**4 / 5.0) ** 2
    two = A**2 / 8.0
    both = B**2 * math.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
    total = one + two + both
    return np.array([one, two, 0.0, 0.0]) / total, np.array([one + both, two, both, 0.0]) / total


def design(spec: DesignSpec) -> pd.DataFrame:
    """Rows of a plan's design of the four factors."""
    factors = tuple(Factor(name, Shape.UNIFORM, 0.0, -math.pi, math.pi) for name in NAMES)
    plan = Plan("ishigami", "", "", load("toy"), 1, (), factors, spec)
    return pd.DataFrame(points(plan), columns=list(NAMES))


def by_factor(table: pd.DataFrame, method: Method, column: str = "index") -> Floats:
    found = table[table["method"] == method].set_index("factor")
    return found.loc[list(NAMES), column].to_numpy(dtype=np.float64)


def test_sobol_indices_are_those_of_the_ishigami_function() -> None:
    """2,048 base rows. A plain sample's standard error of a first order is about 1 / sqrt(n) = 0.022, a Sobol sequence's is less.
    A factor 2 or a swap of A and B would be 0.1 and more off, and is found."""
    spec = DesignSpec(Kind.SOBOL, points=2048)
    x = design(spec)
    table = indices(spec, x, ishigami(x.to_numpy()))
    first, total = closed_form()
    np.testing.assert_allclose(by_factor(table, Method.FIRST), first, atol=0.015)
    np.testing.assert_allclose(by_factor(table, Method.TOTAL), total, atol=0.015)
    assert by_factor(table, Method.TOTAL)[3] == 0.0
    assert by_factor(table, Method.TOTAL, "stands_out").tolist() == [1.0, 1.0, 1.0, 0.0]


def test_sobol_indices_are_scipys_on_the_same_rows() -> None:
    x = design(DesignSpec(Kind.SOBOL, points=256))
    y = ishigami(x.to_numpy())
    blocks = y.reshape(len(NAMES) + 2, 1, -1)
    reference = scipy_sobol(func={"f_A": blocks[0], "f_B": blocks[1], "f_AB": blocks[2:]}, n=256)
    table = sobol_indices(x, y)
    np.testing.assert_allclose(by_factor(table, Method.FIRST), reference.first_order.ravel(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(by_factor(table, Method.TOTAL), reference.total_order.ravel(), rtol=1e-9, atol=1e-12)


def test_intervals_of_sobol_indices_hold_the_truth_at_their_rate() -> None:
    """60 plain samples of 256 base rows: of 240 intervals at 95 % (x1 and x2, first and total order) at least 91 % hold it; an
    interval of half the width would at 67 %."""
    first, total = closed_form()
    truth = {Method.FIRST: first[:2], Method.TOTAL: total[:2]}
    held = 0
    for seed in range(60):
        a, b = np.random.default_rng(seed).uniform(-math.pi, math.pi, (2, 256, 4))
        rows = [a, b, *(np.where(np.arange(4) == j, b, a) for j in range(4))]
        x = np.concatenate(rows)
        table = sobol_indices(pd.DataFrame(x, columns=list(NAMES)), ishigami(x), seed=seed)
        for method, value in truth.items():
            low, high = (by_factor(table, method, side)[:2] for side in ("low", "high"))
            held += int(((low <= value) & (value <= high)).sum())
    assert held >= 218


def test_morris_effects_are_salibs_on_the_same_trajectories() -> None:
    spec = DesignSpec(Kind.MORRIS, trajectories=50, levels=4)
    x = design(spec)
    y = ishigami(x.to_numpy())
    table = indices(spec, x, y)
    cube = {"num_vars": 4, "names": list(NAMES), "bounds": [[-math.pi, math.pi]] * 4}
    reference = salib_morris.analyze(cube, x.to_numpy(), y, num_levels=4)
    np.testing.assert_allclose(by_factor(table, Method.MU_STAR), np.asarray(reference["mu_star"]), rtol=1e-9)
    np.testing.assert_allclose(by_factor(table, Method.SIGMA), np.asarray(reference["sigma"]), rtol=1e-9)


def test_morris_tells_factors_that_act_alone_from_those_that_act_through_others() -> None:
    """On four levels x2 always moves the outcome by the same amount, up or down, and x1 by an amount that x3 sets; x3 alone does
    nothing on average, yet much in places; the last one does nothing anywhere."""
    spec = DesignSpec(Kind.MORRIS, trajectories=100, levels=4)
    x = design(spec)
    table = indices(spec, x, ishigami(x.to_numpy()))
    mu_star, sigma = by_factor(table, Method.MU_STAR), by_factor(table, Method.SIGMA)
    assert (mu_star[:3] > 4.0).all()
    assert mu_star[3] == sigma[3] == 0.0
    assert sigma[2] > mu_star[2]
    assert mu_star[1] == pytest.approx(1.5 * A * 0.75)


@pytest.fixture(scope="module")
def sampled() -> tuple[pd.DataFrame, Floats]:
    x = design(DesignSpec(Kind.LHS, points=1000))
    return x, ishigami(x.to_numpy())


def test_pawn_and_delta_rank_the_ishigami_factors_and_leave_the_idle_one_out(
    sampled: tuple[pd.DataFrame, Floats],
) -> None:
    table = indices(DesignSpec(Kind.LHS), *sampled)
    for method in (Method.PAWN, Method.DELTA):
        index = by_factor(table, method)
        assert index[1] > index[0] > index[2] > index[3]
        assert by_factor(table, method, "stands_out").tolist() == [1.0, 1.0, 1.0, 0.0]
        rows = table[table["method"] == method]
        assert rows["factor"].iloc[-1] == DUMMY
        dummy = rows.iloc[-1]
        assert dummy["low"] - 0.02 <= index[3] <= dummy["high"] + 0.02


def test_pawn_is_salibs_on_the_same_rows(sampled: tuple[pd.DataFrame, Floats]) -> None:
    """SALib leaves the largest value of a factor out of its last slice of 100: at most 0.01 apart."""
    x, y = sampled
    cube = {"num_vars": 4, "names": list(NAMES), "bounds": [[-math.pi, math.pi]] * 4}
    reference = salib_pawn.analyze(cube, x.to_numpy(), y, S=10)
    groups = np.column_stack([slices(column, 10) for column in x.to_numpy().T])
    np.testing.assert_allclose(pawn_index(groups, y), np.asarray(reference["median"]), atol=0.01)


def test_delta_is_salibs_on_the_same_rows(sampled: tuple[pd.DataFrame, Floats]) -> None:
    x, y = sampled
    n, grid = n_classes(len(y)), np.linspace(y.min(), y.max(), 100)
    groups = np.column_stack([slices(column, n) for column in x.to_numpy().T])
    reference = [calc_delta(y, grid, column, np.linspace(0, len(y), n + 1)) for column in x.to_numpy().T]
    np.testing.assert_allclose(delta_index(groups, y), reference, rtol=1e-9)


def test_few_designs_show_an_effect_where_there_is_none() -> None:
    """8 designs of 8 factors that do nothing, two methods: with the floor at its rate of 0.05, more than 3 of 16 show something
    with a chance of 0.007. A floor without regard to the number of factors, at a rate of 0.34, is found with a power of 0.84."""
    shown = 0
    for seed in range(8):
        x = pd.DataFrame(qmc.LatinHypercube(8, rng=np.random.default_rng(seed)).random(120))
        table = given_data_indices(x, np.random.default_rng(1000 + seed).normal(size=120), seed=seed)
        shown += int(table.groupby("method")["stands_out"].any().sum())
    assert shown <= 3
