"""Points at which a plan's worlds are played: the unit cube sampled, then each factor's own distribution.

Rows by kind, d factors:

- ``lhs``: ``points`` rows; each of ``points`` equal slices of every factor's distribution holds exactly one.
- ``sobol``: ``points * (d + 2)`` rows in blocks: A, B, then AB_1 ... AB_d, where AB_i is A with column i of B, so that outcomes
  f reshape to (d + 2, points) and ``f[0], f[1], f[2:]`` are f_A, f_B, f_AB of :func:`scipy.stats.sobol_indices`.
- ``morris``: ``trajectories * (d + 1)`` rows, one trajectory after the other (SALib).
- ``one-at-a-time``: 1 + 2 d rows: every factor at its central value, then factor 1 low, factor 1 high, factor 2 low, ...
- ``grid``: every combination, the last factor fastest; ``levels`` values from low to high of a factor, or its choices.
"""

from collections.abc import Callable
from itertools import product

import numpy as np
from SALib.sample import morris
from scipy.stats import qmc

from abm.corridor.scenario import quantile
from abm.network.arcs import Floats
from abm.study.plan import Factor, Kind, Plan


def n_points(plan: Plan) -> int:
    """Rows of the design."""
    d, spec = len(plan.factors), plan.design
    match spec.kind:
        case Kind.LHS:
            return spec.points
        case Kind.SOBOL:
            return spec.points * (d + 2)
        case Kind.MORRIS:
            return spec.trajectories * (d + 1)
        case Kind.ONE_AT_A_TIME:
            return 1 + 2 * d
    rows = 1
    for factor in plan.factors:
        rows *= len(factor.choices) or spec.levels
    return rows


def points(plan: Plan) -> Floats:
    """Values of the factors, (n_points, d), the same for the same plan: from :func:`unit_points`, or the values themselves where
    a design is made of values (grid, one-at-a-time)."""
    if plan.design.kind is Kind.GRID:
        columns = [levels_of(factor, plan.design.levels) for factor in plan.factors]
        return np.array(list(product(*columns)), dtype=np.float64).reshape(n_points(plan), len(plan.factors))
    if plan.design.kind is Kind.ONE_AT_A_TIME:
        return _one_at_a_time(plan.factors)
    unit = unit_points(plan)
    found = [[value_at(factor, float(u)) for u in column] for factor, column in zip(plan.factors, unit.T, strict=True)]
    return np.array(found, dtype=np.float64).T


def unit_points(plan: Plan) -> Floats:
    """Rows of the design in the unit cube, (n_points, d): what Morris's and Sobol's estimators are told. Raises ValueError for a
    design that is made of values."""
    makers: dict[Kind, Callable[[Plan], Floats]] = {Kind.LHS: _lhs, Kind.SOBOL: _sobol, Kind.MORRIS: _morris}
    maker = makers.get(plan.design.kind)
    if maker is None:
        raise ValueError(f"a design of kind {plan.design.kind.value} has no unit cube")
    return maker(plan)


def value_at(factor: Factor, u: float) -> float:
    """Value of a factor at ``u`` in [0, 1] of its distribution; choices have equal chances, in the order written."""
    if factor.shape is None:
        return factor.choices[min(int(u * len(factor.choices)), len(factor.choices) - 1)]
    return quantile(factor.shape, factor.value, factor.low, factor.high, u)


def levels_of(factor: Factor, levels: int) -> tuple[float, ...]:
    """Values of a factor on a grid: its choices as they are, or as many equal steps from low to high."""
    return factor.choices or tuple(float(value) for value in np.linspace(factor.low, factor.high, levels))


def _lhs(plan: Plan) -> Floats:
    sampler = qmc.LatinHypercube(d=len(plan.factors), rng=np.random.default_rng(plan.design.seed))
    return np.asarray(sampler.random(plan.design.points), dtype=np.float64)


def _sobol(plan: Plan) -> Floats:
    """Saltelli's rows. The points of A and B are one sequence of twice the dimensions: independent of each other."""
    d, n = len(plan.factors), plan.design.points
    drawn = qmc.Sobol(d=2 * d, scramble=True, rng=np.random.default_rng(plan.design.seed)).random(n)
    a, b = drawn[:, :d], drawn[:, d:]
    blocks = [a, b]
    for factor in range(d):
        mixed = a.copy()
        mixed[:, factor] = b[:, factor]
        blocks.append(mixed)
    return np.asarray(np.concatenate(blocks), dtype=np.float64)


def _morris(plan: Plan) -> Floats:
    names = [factor.name for factor in plan.factors]
    cube = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    spec = plan.design
    return np.asarray(morris.sample(cube, spec.trajectories, num_levels=spec.levels, seed=spec.seed), dtype=np.float64)


def _one_at_a_time(factors: tuple[Factor, ...]) -> Floats:
    rows = np.tile([factor.value for factor in factors], (1 + 2 * len(factors), 1))
    for number, factor in enumerate(factors):
        rows[1 + 2 * number, number], rows[2 + 2 * number, number] = factor.low, factor.high
    return np.asarray(rows, dtype=np.float64)
