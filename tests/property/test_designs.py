"""Designs: strata, balance, limits, and the same rows for the same plan."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.corridor.rows import Shape
from abm.study.design import n_points, points, unit_points
from abm.study.plan import DesignSpec, Factor, Kind
from tests.made_plans import plan_of

NAMES = ("sigma", "kappa", "lam", "eta", "eps")


@st.composite
def factors(draw: st.DrawFn) -> tuple[Factor, ...]:
    found = []
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        low, value, high = sorted(draw(st.lists(st.floats(0.1, 9.0), min_size=3, max_size=3, unique=True)))
        shape = draw(st.sampled_from([Shape.UNIFORM, Shape.TRIANGULAR, Shape.LOGNORMAL, None]))
        found.append(Factor(name, shape, value, low, high, () if shape else (value, low, high)))
    return tuple(found)


@given(factors(), st.integers(1, 60), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_each_slice_of_every_factor_holds_one_row_of_a_latin_hypercube(
    fs: tuple[Factor, ...], n: int, seed: int
) -> None:
    unit = unit_points(replace(plan_of(), factors=fs, design=DesignSpec(Kind.LHS, points=n, seed=seed)))
    assert unit.shape == (n, len(fs))
    for column in unit.T:
        assert sorted(np.floor(column * n).astype(int)) == list(range(n))


@given(factors(), st.integers(0, 6), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_sobol_s_base_points_are_balanced_and_its_mixed_rows_take_one_column(
    fs: tuple[Factor, ...], power: int, seed: int
) -> None:
    n, d = 2**power, len(fs)
    unit = unit_points(replace(plan_of(), factors=fs, design=DesignSpec(Kind.SOBOL, points=n, seed=seed)))
    blocks = unit.reshape(d + 2, n, d)
    for base in blocks[:2]:
        for column in base.T:
            assert sorted(np.floor(column * n).astype(int)) == list(range(n))
    for number, mixed in enumerate(blocks[2:]):
        for column in range(d):
            assert np.array_equal(mixed[:, column], blocks[1 if column == number else 0][:, column])


@given(factors(), st.sampled_from(list(Kind)), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_values_stay_in_their_range_and_a_plan_has_one_design(fs: tuple[Factor, ...], kind: Kind, seed: int) -> None:
    spec = DesignSpec(kind, points=8, levels=2, trajectories=3, seed=seed)
    plan = replace(plan_of(), factors=fs, design=spec)
    rows = points(plan)
    assert rows.shape == (n_points(plan), len(fs))
    assert np.array_equal(rows, points(plan))
    for factor, column in zip(fs, rows.T, strict=True):
        assert np.all((column >= factor.low) & (column <= factor.high))
        assert not factor.choices or set(column) <= set(factor.choices)
