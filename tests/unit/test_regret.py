"""Regret of arms against the best arm of each point, worked out by hand."""

import math

import pandas as pd
import pytest

from abm.errors import CaravanError
from abm.study.regret import regret

COLUMN = "trade_usd:XA:3"


def outcomes(column: str = COLUMN, **arms: list[float]) -> pd.DataFrame:
    rows = [
        {"point": point, "replication": 0, "arm": arm, column: value}
        for arm, values in arms.items()
        for point, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def test_regret_is_what_the_best_arm_of_a_point_has_more() -> None:
    """Best: 5, 6, 9, 4. Rail rues 0, 2, 0, 0; road 2, 0, 4, 0; nothing at all 4, 5, 8, 3."""
    found = regret(outcomes(rail=[5, 4, 9, 4], road=[3, 6, 5, 4], without=[1, 1, 1, 1]), COLUMN)
    assert found.more_is_better
    assert found.each["road"].tolist() == [2.0, 0.0, 4.0, 0.0]
    table = found.table.set_index("arm")
    assert table.index.tolist() == ["rail", "road", "without"]
    assert table["mean"].tolist() == pytest.approx([0.5, 1.5, 5.0])
    assert table["max"].tolist() == [2.0, 4.0, 8.0]
    assert table["p95"].tolist() == pytest.approx([1.7, 3.7, 7.55])
    assert table["best_share"].tolist() == pytest.approx(
        [(2 + 0.5) / 4, (1 + 0.5) / 4, 0.0]
    )  # the last point is shared
    assert table["mean_outcome"].tolist() == [5.5, 4.5, 1.0]


def test_of_days_and_waits_less_is_better() -> None:
    column = "days:XA:3"
    found = regret(outcomes(column, rail=[5, 4], without=[7, 3]), column)
    assert not found.more_is_better
    assert found.each["rail"].tolist() == [0.0, 1.0]
    assert found.table.set_index("arm")["mean_outcome"].tolist() == [4.5, 5.0]
    assert regret(outcomes(column, rail=[5, 4], without=[7, 3]), column, more_is_better=True).each["rail"].tolist() == [
        2,
        0,
    ]


def test_arms_are_compared_on_the_points_that_they_share() -> None:
    """Road was not played on the last point, and has no number on the second."""
    found = regret(outcomes(rail=[5, 4, 9], road=[6, math.nan], without=[1, 1, 1]), COLUMN)
    assert (found.points, found.left_out) == (1, 2)
    assert found.each.index.tolist() == [0]
    both = regret(outcomes(rail=[5, 4, 9], road=[6, math.nan], without=[1, 1, 1]), COLUMN, ["rail", "without"])
    assert (both.points, both.left_out) == (3, 0)


def test_replications_count_as_their_mean_where_all_arms_have_them() -> None:
    frame = outcomes(rail=[5], road=[4])
    more = frame.assign(replication=1, **{COLUMN: [1.0, 4.0]})
    only_road = pd.DataFrame([{"point": 0, "replication": 2, "arm": "road", COLUMN: 99.0}])
    found = regret(pd.concat([frame, more, only_road]), COLUMN)
    assert found.table.set_index("arm")["mean_outcome"].to_dict() == {"road": 4.0, "rail": 3.0}


def test_no_point_in_common_makes_an_empty_table() -> None:
    found = regret(outcomes(rail=[math.nan], road=[4.0]), COLUMN)
    assert (found.points, found.left_out) == (0, 1)
    assert found.table["mean"].isna().all()


def test_unknown_outcomes_and_arms_are_said() -> None:
    frame = outcomes(rail=[5], road=[4])
    with pytest.raises(CaravanError, match="no outcome 'days:XA:3'"):
        regret(frame, "days:XA:3")
    with pytest.raises(CaravanError, match="two or more arms of rail, road; asked for sea"):
        regret(frame, COLUMN, ["sea"])
    with pytest.raises(CaravanError, match="asked for rail"):
        regret(frame, COLUMN, ["rail", "rail"])
