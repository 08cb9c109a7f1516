"""Indices and tornadoes on rows whose answer is known by hand, and on rows with holes."""

import math

import numpy as np
import pandas as pd
import pytest

from abm.errors import CaravanError
from abm.study.given_data import delta_index, is_discrete, pawn_index, slices
from abm.study.plan import DesignSpec, Kind
from abm.study.sensitivity import COLUMNS, DUMMY, MEANINGS, METHODS, Method, indices, morris_indices, sobol_indices
from abm.study.tornado import TORNADO_COLUMNS, outcomes_by_choice, tornado

LHS = DesignSpec(Kind.LHS)
ENDS = ["value_low", "value_high", "at_low", "at_high", "swing"]


def rows(n: int = 200, d: int = 3) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(1).random((n, d)), columns=[f"f{i}" for i in range(d)])


def saltelli(n: int = 64) -> pd.DataFrame:
    a, b = np.random.default_rng(2).random((2, n, 2))
    mixed = [np.where(np.arange(2) == j, b, a) for j in range(2)]
    return pd.DataFrame(np.concatenate([a, b, *mixed]), columns=["f0", "f1"])


def trajectories() -> pd.DataFrame:
    """Three walks on the levels 0, 1/3, 2/3, 1 with steps of 2/3."""
    third = 1.0 / 3.0
    walks = [
        [(0.0, 0.0), (2 * third, 0.0), (2 * third, 2 * third)],
        [(third, 1.0), (third, third), (1.0, third)],
        [(1.0, third), (third, third), (third, 1.0)],
    ]
    return pd.DataFrame([row for walk in walks for row in walk], columns=["f0", "f1"])


def test_a_factor_that_decides_alone_has_the_largest_distance_that_slices_allow() -> None:
    """The rows of slice k of ten have all the outcomes between its edges: the gap to the whole curve is the larger of k/10 and
    (9 - k)/10; the median of 0.9, 0.8, 0.7, 0.6, 0.5 twice each is 0.7."""
    y = np.arange(100.0)
    assert pawn_index(slices(y, 10)[:, None], y) == pytest.approx([0.7])


def test_two_choices_with_outcomes_apart_move_half_the_distribution() -> None:
    """Half of the density within either choice lies where the other half of all rows are not."""
    y = np.concatenate([np.linspace(0.0, 1.0, 300), np.linspace(100.0, 101.0, 300)])
    groups = np.repeat([[0], [1]], 300, axis=0)
    assert pawn_index(groups, y) == pytest.approx([0.5])
    assert delta_index(groups, y) == pytest.approx([0.5], abs=0.05)  # kernels smear a little


def test_groups_without_variation_count_as_a_shift() -> None:
    """The outcome is its factor's choice: knowing it moves half of all rows, though no group has a density."""
    y = np.repeat([0.0, 1.0], 50)
    assert delta_index(y.astype(np.int64)[:, None], y)[0] > 0.4


def test_slices_hold_equal_numbers_and_keep_equal_values_together() -> None:
    assert np.bincount(slices(np.random.default_rng(3).random(1000), 10)).tolist() == [100] * 10
    tied = slices(np.array([1.0, 1.0, 1.0, 2.0, 3.0, 4.0]), 3)
    assert tied.tolist() == [1, 1, 1, 1, 2, 2]


def test_rows_without_an_outcome_are_left_out_and_counted() -> None:
    """SALib would return zeros for all."""
    x = rows()
    y = x["f0"].to_numpy() ** 2
    holed = y.copy()
    holed[[0, 9]] = math.nan, math.inf
    table, same = indices(LHS, x, holed), indices(LHS, x.drop(index=[0, 9]), np.delete(y, [0, 9]))
    assert table[["rows", "dropped"]].drop_duplicates().to_numpy().tolist() == [[198, 2]]
    pd.testing.assert_frame_equal(table.drop(columns="dropped"), same.drop(columns="dropped"))
    assert table["factor"].iloc[0] == "f0"
    assert table["index"].iloc[0] > 0.5


def test_a_base_row_with_a_hole_is_dropped_with_all_its_rows() -> None:
    x = saltelli()
    y = x["f0"].to_numpy() + 2.0 * x["f1"].to_numpy()
    holed = y.copy()
    holed[64 + 5] = math.nan
    table = sobol_indices(x, holed)
    kept = np.arange(len(y)) % 64 != 5
    same = sobol_indices(x[kept], y[kept])
    assert table[["rows", "dropped"]].drop_duplicates().to_numpy().tolist() == [[252, 4]]
    pd.testing.assert_frame_equal(table.drop(columns="dropped"), same.drop(columns="dropped"))


def test_elementary_effects_of_a_straight_line_are_its_slopes() -> None:
    x = trajectories()
    table = morris_indices(x, 3.0 * x["f0"] - 5.0 * x["f1"], 4)
    mu_star = table[table["method"] == Method.MU_STAR].set_index("factor")["index"]
    assert mu_star.to_dict() == pytest.approx({"f0": 3.0, "f1": 5.0})
    assert table[table["method"] == Method.SIGMA]["index"].tolist() == pytest.approx([0.0, 0.0], abs=1e-12)


def test_a_trajectory_with_a_hole_is_dropped_as_a_whole() -> None:
    x = trajectories()
    y = 3.0 * x["f0"].to_numpy()
    y[4] = math.nan
    table = morris_indices(x, y, 4)
    assert table[["rows", "dropped"]].drop_duplicates().to_numpy().tolist() == [[6, 3]]
    assert table["index"].iloc[0] == pytest.approx(3.0)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_design_has_its_methods_and_every_method_its_meaning(kind: Kind) -> None:
    x = {Kind.SOBOL: saltelli(), Kind.MORRIS: trajectories()}.get(kind, rows())
    table = indices(DesignSpec(kind, levels=4), x, x["f0"] + x["f1"])
    assert table["method"].drop_duplicates().tolist() == list(METHODS[kind])
    assert list(table.columns) == COLUMNS
    assert all(MEANINGS[Method(method)] for method in table["method"])


def test_the_same_seed_gives_the_same_intervals() -> None:
    x = rows(60)
    first, again, other = (indices(LHS, x, x["f1"], seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not np.allclose(first["low"], other["low"])


def test_an_outcome_that_never_changes_has_indices_of_zero_and_none_stands_out() -> None:
    for design, x in (
        (LHS, rows()),
        (DesignSpec(Kind.SOBOL), saltelli()),
        (DesignSpec(Kind.MORRIS, levels=4), trajectories()),
    ):
        table = indices(design, x, np.full(len(x), 7.0))
        assert (table["index"] == 0.0).all()
        assert not table["stands_out"].any()


def test_a_discrete_factor_is_compared_by_its_choices() -> None:
    x = rows(300).assign(rule=np.tile([0.0, 1.0, 5.0], 100))
    assert [is_discrete(x[name].to_numpy()) for name in x] == [False, False, False, True]
    table = indices(LHS, x, (x["rule"] == 1.0) + np.random.default_rng(3).normal(size=300))
    for method in (Method.PAWN, Method.DELTA):
        first = table[table["method"] == method].iloc[0]
        assert first["factor"] == "rule"
        assert first["stands_out"]
    assert table["factor"].tolist().count(DUMMY) == 2


def test_outcomes_of_a_discrete_factor_are_told_choice_by_choice() -> None:
    x = pd.DataFrame({"rule": [1.0, 2.0] * 4, "f": np.arange(8.0)})
    table = outcomes_by_choice(x[["rule"]].assign(f=np.arange(8.0)), [1.0, 10.0, 2.0, 10.0, 3.0, 10.0, math.nan, 10.0])
    assert table["factor"].tolist() == ["rule", "rule"]
    assert table["choice"].tolist() == [1.0, 2.0]
    assert table["mean"].tolist() == [2.0, 10.0]
    assert table["rows"].tolist() == [3, 4]
    assert table["high"].iloc[0] - 2.0 == pytest.approx(1.96 / math.sqrt(3.0), rel=1e-3)
    assert table["low"].iloc[1] == 10.0


def test_a_tornado_one_at_a_time_is_the_difference_of_two_rows() -> None:
    x = pd.DataFrame([(1, 5), (0, 5), (3, 5), (1, 4), (1, 9)], columns=["a", "b"], dtype=float)
    table = tornado(DesignSpec(Kind.ONE_AT_A_TIME), x, [10.0, 8.0, 11.0, 20.0, 5.0]).set_index("factor")
    assert table.index.tolist() == ["b", "a"]
    assert list(table.loc["a", ENDS]) == [
        0.0,
        3.0,
        8.0,
        11.0,
        3.0,
    ]
    assert list(table.loc["b", ENDS]) == [
        4.0,
        9.0,
        20.0,
        5.0,
        -15.0,
    ]
    assert table["swing_from"].isna().all()


def test_a_tornado_leaves_out_a_factor_whose_end_has_no_outcome() -> None:
    x = pd.DataFrame([(1, 5), (0, 5), (3, 5), (1, 4), (1, 9)], columns=["a", "b"], dtype=float)
    table = tornado(DesignSpec(Kind.ONE_AT_A_TIME), x, [10.0, math.nan, 11.0, 20.0, 5.0])
    assert table["factor"].tolist() == ["b"]
    assert table[["rows", "dropped"]].iloc[0].tolist() == [4, 1]


def test_a_tornado_of_sampled_rows_compares_the_outer_fifths() -> None:
    """f = 0 .. 99, outcome 2 f: means 2 x 9.5 and 2 x 89.5; a fifth is 20 values 2 apart, of standard error 2 sqrt(35 / 20)."""
    f = np.arange(100.0)
    row = tornado(LHS, pd.DataFrame({"f": f}), 2.0 * f).iloc[0]
    assert row[ENDS].tolist() == [9.5, 89.5, 19.0, 179.0, 160.0]
    error = 2.0 * math.sqrt(35.0 / 20.0)
    assert row["at_low_to"] - row["at_low"] == pytest.approx(1.95996 * error, rel=1e-4)
    assert row["swing"] - row["swing_from"] == pytest.approx(1.95996 * error * math.sqrt(2.0), rel=1e-4)


def test_a_tornado_of_a_discrete_factor_compares_its_outer_choices() -> None:
    x = rows(90, 1).assign(rule=np.tile([1.0, 2.0, 4.0], 30))
    row = tornado(LHS, x, 10.0 * x["rule"]).iloc[0]
    assert row["factor"] == "rule"
    assert row[["value_low", "value_high", "swing"]].tolist() == [1.0, 4.0, 30.0]


def test_a_tornado_of_a_sobol_design_takes_its_independent_rows_and_morris_has_none() -> None:
    x = saltelli()
    table = tornado(DesignSpec(Kind.SOBOL), x, x["f1"])
    assert table["factor"].iloc[0] == "f1"
    assert table["rows"].iloc[0] == 128
    empty = tornado(DesignSpec(Kind.MORRIS, levels=4), trajectories(), np.zeros(9))
    assert empty.empty
    assert list(empty.columns) == TORNADO_COLUMNS


@pytest.mark.parametrize(
    ("kind", "n", "message"),
    [
        (Kind.LHS, 39, "need 40 rows"),
        (Kind.SOBOL, 11, "no Sobol design of 3 factors"),
        (Kind.MORRIS, 11, "no Morris design of 3 factors"),
        (Kind.MORRIS, 12, "one factor alone"),
    ],
)
def test_rows_that_are_not_the_designs_are_refused(kind: Kind, n: int, message: str) -> None:
    x = rows(n)
    with pytest.raises(CaravanError, match=message):
        indices(DesignSpec(kind, levels=4), x, x["f0"])
