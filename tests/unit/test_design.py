"""Designs against their hand-made or published layout."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import sobol_indices

from abm.corridor.rows import Shape
from abm.study.design import levels_of, n_points, points, unit_points, value_at
from abm.study.plan import DesignSpec, Factor, Kind, Plan
from tests.made_plans import plan_of

SIGMA = Factor("sigma", Shape.UNIFORM, 4.0, 2.0, 6.0)
KAPPA = Factor("kappa", Shape.UNIFORM, 3.0, 2.0, 8.0)
LAM = Factor("lam", None, 0.3, 0.2, 0.4, (0.3, 0.2, 0.4))


def designed(spec: DesignSpec, *factors: Factor) -> Plan:
    return replace(plan_of(), design=spec, factors=factors)


def test_a_grid_is_every_combination_with_the_last_factor_fastest() -> None:
    plan = designed(DesignSpec(Kind.GRID, levels=3), SIGMA, LAM)
    assert points(plan).tolist() == [[s, c] for s in (2.0, 4.0, 6.0) for c in (0.3, 0.2, 0.4)]
    assert n_points(plan) == 9
    assert levels_of(KAPPA, 2) == (2.0, 8.0)


def test_one_at_a_time_is_central_then_low_and_high_of_each() -> None:
    plan = designed(DesignSpec(Kind.ONE_AT_A_TIME), SIGMA, LAM)
    assert points(plan).tolist() == [[4.0, 0.3], [2.0, 0.3], [6.0, 0.3], [4.0, 0.2], [4.0, 0.4]]


def test_a_design_without_factors_is_one_central_world() -> None:
    for kind in (Kind.GRID, Kind.ONE_AT_A_TIME):
        assert points(designed(DesignSpec(kind))).shape == (1, 0)


def test_morris_moves_one_factor_a_step_by_the_same_length() -> None:
    plan = designed(DesignSpec(Kind.MORRIS, levels=4, trajectories=6), SIGMA, KAPPA)
    unit = unit_points(plan)
    assert unit.shape == (n_points(plan), 2) == (18, 2)
    steps = np.diff(unit.reshape(6, 3, 2), axis=1)
    assert np.all(np.count_nonzero(steps, axis=2) == 1)
    assert np.allclose(np.abs(steps).sum(axis=2), 2.0 / 3.0)
    assert set(np.round(points(plan)[:, 0], 9)) <= {2.0, np.round(2 + 4 / 3, 9), np.round(2 + 8 / 3, 9), 6.0}


def test_sobol_rows_give_the_estimators_what_they_expect() -> None:
    """Y = sigma + 2 kappa on the unit cube: first and total indices 1/5 and 4/5, by scipy's own estimator on our blocks."""
    plan = designed(DesignSpec(Kind.SOBOL, points=256), SIGMA, KAPPA)
    unit = unit_points(plan)
    found = (unit[:, 0] + 2.0 * unit[:, 1]).reshape(4, 1, 256)
    indices = sobol_indices(func={"f_A": found[0], "f_B": found[1], "f_AB": found[2:]}, n=256)
    assert indices.first_order.ravel() == pytest.approx([0.2, 0.8], abs=0.02)
    assert indices.total_order.ravel() == pytest.approx([0.2, 0.8], abs=0.02)


def test_values_follow_each_factor_s_own_distribution() -> None:
    assert [value_at(LAM, u) for u in (0.0, 0.33, 0.34, 0.66, 0.67, 1.0)] == [0.3, 0.3, 0.2, 0.2, 0.4, 0.4]
    assert value_at(SIGMA, 0.25) == 3.0
    assert value_at(Factor("x", Shape.TRIANGULAR, 0.0, 0.0, 1.0), 0.75) == pytest.approx(0.5)
    plan = designed(DesignSpec(Kind.LHS, points=7), SIGMA, LAM)
    for unit, row in zip(unit_points(plan), points(plan), strict=True):
        assert row.tolist() == [value_at(SIGMA, unit[0]), value_at(LAM, unit[1])]


def test_designs_made_of_values_have_no_unit_cube() -> None:
    with pytest.raises(ValueError, match="a design of kind grid has no unit cube"):
        unit_points(designed(DesignSpec(Kind.GRID, levels=2), SIGMA))
