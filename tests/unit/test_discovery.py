"""Boxes of scenario discovery by hand: what is chosen, what is said when there is nothing to choose."""

import math

import numpy as np
import pandas as pd
import pytest

from abm.errors import CaravanError
from abm.study.discovery import (
    Discovery,
    Verdict,
    choose,
    discover,
    ends_of,
    held_back,
    in_words,
    pruned,
    smallest_mass,
)
from abm.study.prim import Space, between, find_boxes, quasi_p_values


def cube(n: int, d: int, seed: int = 1) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).random((n, d)), columns=[f"f{i}" for i in range(d)])


def limit(found: Discovery, factor: str, side: str) -> float:
    return float(found.limits[side].to_dict()[factor])


@pytest.fixture(scope="module")
def corner() -> tuple[pd.DataFrame, np.ndarray]:
    """A claim that comes true where f0 > 0.6 and f1 < 0.5, and nowhere else; f2 to f5 mean nothing."""
    x = cube(1000, 6)
    return x, np.where((x["f0"] > 0.6) & (x["f1"] < 0.5), 0.3, 0.1)


def test_a_box_is_found_with_the_factors_that_make_it_and_no_others(corner: tuple[pd.DataFrame, np.ndarray]) -> None:
    found = discover(*corner, 0.2)
    assert found.verdict is Verdict.BOX
    assert found.has_box
    assert set(found.limits.index) == {"f0", "f1"}
    assert found.density >= 0.8
    assert found.coverage > 0.9
    assert abs(found.held_back_density - found.density) < 0.1
    assert math.isnan(limit(found, "f0", "high_quasi_p"))
    assert 0.5 < limit(found, "f0", "low") < 0.65
    assert 0.45 < limit(found, "f1", "high") < 0.65


def test_figures_of_a_box_are_counts_of_its_rows(corner: tuple[pd.DataFrame, np.ndarray]) -> None:
    x, y = corner
    found = discover(x, y, 0.2)
    low, high = limit(found, "f0", "low"), limit(found, "f1", "high")
    inside = ((x["f0"] >= low) & (x["f1"] <= high)).to_numpy()
    np.testing.assert_array_equal(found.is_in, inside)
    np.testing.assert_array_equal(found.is_of_interest, y >= 0.2)
    assert found.density == (y[inside] >= 0.2).mean()
    assert found.coverage == (inside & (y >= 0.2)).sum() / (y >= 0.2).sum()
    assert found.mass == inside.mean()


def test_the_trajectory_begins_with_all_rows_and_trades_coverage_for_density(
    corner: tuple[pd.DataFrame, np.ndarray],
) -> None:
    table = discover(*corner, 0.2).trajectory
    assert list(table.loc[0, ["coverage", "mass", "restricted", "rows"]]) == [1.0, 1.0, 0.0, 1000.0]
    assert table["density"].is_monotonic_increasing
    assert (table["rows"] * table["density"]).round().tolist() == table["of_interest"].tolist()


def test_a_fall_is_found_by_its_upper_end(corner: tuple[pd.DataFrame, np.ndarray]) -> None:
    x, y = corner
    rise, fall = discover(x, y, 0.2), discover(x, -y, -0.2, at_least=False)
    pd.testing.assert_frame_equal(rise.limits, fall.limits)


def test_a_band_is_asked_for_by_its_two_ends() -> None:
    x = cube(600, 3)
    found = ends_of(x, x["f0"], 0.3, 0.6)
    assert found["low"].of_interest > found["high"].of_interest
    assert limit(found["low"], "f0", "low") < limit(found["high"], "f0", "low")
    assert set(ends_of(x, x["f0"], 0.2, math.inf)) == {"low"}


def test_choices_of_a_discrete_factor_are_kept_or_left_not_ordered() -> None:
    x = cube(900, 3).assign(rule=np.tile([1.0, 2.0, 3.0], 300))
    found = discover(x, ((x["rule"] != 2.0) & (x["f1"] > 0.4)).astype(float), 1.0)
    assert found.limits["choices"].to_dict() == {"rule": (1.0, 3.0), "f1": ()}
    assert "rule is 1 or 3" in in_words(found)
    assert not found.is_in[x["rule"] == 2.0].any()


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.0, Verdict.NONE), (0.019, Verdict.FEW), (0.9, Verdict.EVERYWHERE), (1.0, Verdict.EVERYWHERE)],
)
def test_there_is_an_answer_when_there_is_no_box(share: float, verdict: Verdict) -> None:
    x = cube(1000, 4)
    found = discover(x, (np.arange(1000) < 1000 * share).astype(float), 0.5)
    assert found.verdict is verdict
    assert found.of_interest == 1000 * share
    assert found.limits.empty
    assert not found.has_box
    assert in_words(found)


def test_noise_has_no_box() -> None:
    x = cube(500, 20)
    for seed, end in ((2, 0.0), (3, 1.0), (4, 1.5)):
        noise = np.random.default_rng(seed).normal(size=500)
        assert discover(x, noise, end).verdict is Verdict.NO_BOX


def test_the_knee_is_shown_when_no_box_is_sure() -> None:
    x = cube(1000, 4)
    chance = np.random.default_rng(5).random(1000)
    found = discover(x, (x["f0"] > 0.5) & (chance < 0.5), 1.0)
    assert found.verdict is Verdict.LOOSE
    assert list(found.limits.index) == ["f0"]
    assert 0.4 < found.density < 0.8
    assert "No box is surer" in in_words(found)


def test_a_box_is_judged_on_rows_that_did_not_shape_it() -> None:
    """22 of 400 rows are of interest at random among 20 factors: what fits in sample does not hold out of it."""
    x = cube(400, 20, seed=6)
    space = Space.of(x, np.arange(400) < 22)
    flattered = max(space.density(box) for box in find_boxes(space, smallest_mass(400, 22)))
    assert flattered > 0.2
    assert held_back(space, 1)[1] < 0.12


def test_rows_without_an_outcome_are_left_out_and_counted(corner: tuple[pd.DataFrame, np.ndarray]) -> None:
    x, y = corner
    holed = y.copy()
    holed[[3, 500]] = math.nan
    holed[7] = math.inf
    kept = np.isfinite(holed)
    found, same = discover(x, holed, 0.2), discover(x[kept], y[kept], 0.2)
    assert (found.rows, found.dropped) == (997, 3)
    pd.testing.assert_frame_equal(found.limits, same.limits)
    assert not found.is_in[~kept].any()


def test_a_sweep_without_any_outcome_has_an_answer_too() -> None:
    found = discover(cube(30, 2), np.full(30, math.nan), 0.5)
    assert (found.verdict, found.rows, found.dropped) == (Verdict.NONE, 0, 30)
    assert found.limits.empty


def test_the_same_rows_give_the_same_discovery(corner: tuple[pd.DataFrame, np.ndarray]) -> None:
    first, second = discover(*corner, 0.2), discover(*corner, 0.2)
    assert first.held_back_coverage == second.held_back_coverage
    pd.testing.assert_frame_equal(first.trajectory, second.trajectory)


def test_of_sure_boxes_the_one_with_the_fewest_factors_is_chosen() -> None:
    x = cube(1000, 5)
    space = Space.of(x, (x["f0"] > 0.55) & ((x["f1"] > 0.12) | (x["f2"] > 0.5)))
    box = choose(space, find_boxes(space))
    assert space.restricted(box) == [0]
    assert space.density(box) >= 0.8


def test_a_limit_that_chance_explains_is_taken_off() -> None:
    x = cube(400, 3)
    space = Space.of(x, x["f0"] > 0.5)
    real = space.limited(space.whole, 0, "low", 0.5)
    spurious = space.limited(real, 1, "high", 0.9)
    assert space.restricted(spurious) == [0, 1]
    assert space.restricted(pruned(space, spurious)) == [0]


def test_quasi_p_of_a_limit_is_a_binomial_tail() -> None:
    """Ten rows, of interest the upper five. Limited to the upper four: (1/2)**4
    that all four are of interest by chance."""
    space = Space.of(pd.DataFrame({"f": np.arange(10.0)}), np.arange(10) >= 5)
    box = space.limited(space.whole, 0, "low", 6.0)
    assert quasi_p_values(space, box) == {(0, "low"): pytest.approx(0.0625)}


def test_limits_lie_between_two_different_values() -> None:
    assert between(np.arange(21.0), 0.05) == 1.5  # at a value itself, half a step further in
    assert between(np.arange(11.0), 0.05) == 0.5
    assert between(np.array([0.0, 0.0, 0.0, 4.0]), 0.05) == 2.0
    assert between(np.array([0.0, 4.0, 4.0, 4.0]), 0.95) == 2.0
    assert between(np.array([4.0, 4.0, 4.0]), 0.95) == 4.0


def test_a_box_is_no_smaller_than_the_claim_deserves() -> None:
    assert smallest_mass(1000, 500) == 0.05
    assert smallest_mass(1000, 60) == 0.03
    assert smallest_mass(1000, 25) == 0.02


def test_points_and_outcomes_must_be_of_one_length() -> None:
    with pytest.raises(CaravanError, match="do not match"):
        discover(cube(10, 2), np.zeros(9), 0.5)
