"""Iterative proportional fitting meets its margins, keeps odds ratios, and says what is left."""

import numpy as np
import pytest

from abm.rules.balance import FREE, Margin, axis_margin, balance


def _seed() -> np.ndarray:
    return np.random.default_rng(3).uniform(0.5, 4.0, (4, 5))


def test_compatible_margins_are_met_and_the_residuals_are_zero() -> None:
    rows, columns = np.array([10.0, 20.0, 30.0, 40.0]), np.array([5.0, 15.0, 20.0, 25.0, 35.0])
    fit = balance(_seed(), [axis_margin("rows", (4, 5), [0], rows), axis_margin("columns", (4, 5), [1], columns)])
    assert fit.converged
    np.testing.assert_allclose(fit.table.sum(axis=1), rows, rtol=1e-8)
    np.testing.assert_allclose(fit.table.sum(axis=0), columns, rtol=1e-8)
    assert max(np.abs(left).max() for left in fit.residuals.values()) < 1e-6


def test_odds_ratios_of_the_seed_survive() -> None:
    seed = _seed()
    fit = balance(
        seed,
        [
            axis_margin("rows", (4, 5), [0], np.array([1.0, 2.0, 3.0, 4.0])),
            axis_margin("columns", (4, 5), [1], np.full(5, 2.0)),
        ],
    )
    before = seed[0, 0] * seed[2, 3] / (seed[0, 3] * seed[2, 0])
    after = fit.table[0, 0] * fit.table[2, 3] / (fit.table[0, 3] * fit.table[2, 0])
    assert after == pytest.approx(before, rel=1e-8)


def test_a_two_by_two_table_has_the_known_solution() -> None:
    # Odds ratio 4 and margins of one half: x / (0.5 - x) = 2, so x = 1/3.
    fit = balance(
        np.array([[2.0, 1.0], [1.0, 2.0]]),
        [axis_margin("r", (2, 2), [0], np.array([0.5, 0.5])), axis_margin("c", (2, 2), [1], np.array([0.5, 0.5]))],
    )
    np.testing.assert_allclose(fit.table, [[1 / 3, 1 / 6], [1 / 6, 1 / 3]], rtol=1e-8)


def test_any_group_of_cells_can_have_a_total_and_free_cells_keep_their_value() -> None:
    labels = np.array([[0, FREE], [0, 1]])
    fit = balance(np.array([[1.0, 5.0], [3.0, 2.0]]), [Margin("corner", labels, np.array([8.0, 7.0]))])
    np.testing.assert_allclose(fit.table, [[2.0, 5.0], [6.0, 7.0]])


def test_zeros_stay_zero_and_nan_leaves_a_group_free() -> None:
    seed = np.array([[1.0, 0.0], [2.0, 2.0]])
    fit = balance(seed, [axis_margin("rows", (2, 2), [0], np.array([3.0, np.nan]))])
    np.testing.assert_allclose(fit.table, [[3.0, 0.0], [2.0, 2.0]])


def test_a_three_way_table_is_fitted_on_two_axes_at_once() -> None:
    seed = np.random.default_rng(1).uniform(1.0, 2.0, (3, 4, 2))
    pairs = np.random.default_rng(2).uniform(5.0, 9.0, (3, 2))
    fit = balance(seed, [axis_margin("pairs", (3, 4, 2), [0, 2], pairs)])
    np.testing.assert_allclose(fit.table.sum(axis=1), pairs, rtol=1e-9)


def test_contradicting_margins_report_their_residual_instead_of_hiding_it() -> None:
    fit = balance(
        np.ones((2, 2)),
        [axis_margin("r", (2, 2), [0], np.array([1.0, 1.0])), axis_margin("c", (2, 2), [1], np.array([2.0, 2.0]))],
        sweeps=50,
    )
    assert not fit.converged
    assert fit.residuals["r"].sum() == pytest.approx(2.0)
    assert fit.residuals["c"].sum() == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("seed", "margin", "words"),
    [
        (np.array([[-1.0]]), Margin("m", np.array([[0]]), np.array([1.0])), "seed"),
        (np.array([[np.inf]]), Margin("m", np.array([[0]]), np.array([1.0])), "seed"),
        (np.array([[1.0]]), Margin("m", np.array([0]), np.array([1.0])), "shape"),
        (np.array([[1.0]]), Margin("m", np.array([[0]]), np.array([-1.0])), "totals"),
        (np.array([[1.0]]), Margin("m", np.array([[3]]), np.array([1.0])), "label"),
        (np.array([[0.0]]), Margin("m", np.array([[0]]), np.array([1.0])), "no cell"),
    ],
)
def test_bad_input_is_refused_by_name(seed: np.ndarray, margin: Margin, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        balance(seed, [margin])


@pytest.mark.parametrize(("axes", "totals"), [([1, 0], np.ones((2, 2))), ([0], np.ones(3))])
def test_axes_that_do_not_fit_are_refused(axes: list[int], totals: np.ndarray) -> None:
    with pytest.raises(ValueError, match="margin m"):
        axis_margin("m", (2, 2), axes, totals)
