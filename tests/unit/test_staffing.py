"""Overtime at a border post, by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.rules.staffing import StaffingParameters, line_hours, manned_share, works_overtime

QUARTER = StaffingParameters(end_share=0.25)


def decide(line_h: float, was_on: bool, begin_h: float = 12.0, parameters: StaffingParameters = QUARTER) -> bool:
    return bool(works_overtime(np.array([line_h]), np.array([was_on]), np.array([begin_h]), parameters)[0])


def test_a_line_of_sixty_lorries_before_four_lanes_of_two_hours_takes_thirty_hours() -> None:
    hours = line_hours(np.array([60.0]), np.array([2.0]), np.array([4.0]), np.array([24.0]))
    assert hours.tolist() == [30.0]


def test_a_post_open_for_half_the_day_takes_twice_as_long() -> None:
    hours = line_hours(np.array([60.0]), np.array([2.0]), np.array([4.0]), np.array([12.0]))
    assert hours.tolist() == [60.0]


def test_overtime_begins_above_the_mark_and_ends_below_a_quarter_of_it() -> None:
    assert [decide(line, was_on=False) for line in (3.1, 12.0, 12.1)] == [False, False, True]
    assert [decide(line, was_on=True) for line in (12.0, 3.1, 3.0)] == [True, True, False]


def test_a_line_that_swings_between_the_marks_changes_nothing() -> None:
    for was_on in (True, False):
        is_on = was_on
        for line in (4.0, 11.0, 5.0, 10.0, 3.5):
            is_on = decide(line, is_on)
            assert is_on is was_on


def test_regular_hours_man_what_overtime_leaves() -> None:
    manned = manned_share(np.array([True, False, False]), np.array([0.1, 0.1, 0.0]))
    np.testing.assert_array_equal(manned, [1.0, 0.9, 1.0])


@settings(max_examples=200, deadline=None)
@given(
    line=st.floats(0.0, 1e4), longer=st.floats(0.0, 1e4), begin=st.floats(0.1, 1e3), end=st.floats(0.0, 1.0),
    share=st.floats(0.0, 0.9), was_on=st.booleans(),
)  # fmt: skip
def test_a_longer_line_never_has_fewer_lanes(
    line: float, longer: float, begin: float, end: float, share: float, was_on: bool
) -> None:
    parameters = StaffingParameters(end)
    lanes = [
        manned_share(np.array([decide(hours, was_on, begin, parameters)]), np.array([share]))[0]
        for hours in (line, line + longer)
    ]
    assert lanes[0] <= lanes[1]
    assert 1.0 - share <= lanes[0]


@settings(max_examples=100, deadline=None)
@given(line=st.floats(0.0, 1e4), begin=st.floats(0.1, 1e3), end=st.floats(0.0, 1.0))
def test_who_works_overtime_already_never_stops_earlier_than_others_begin(
    line: float, begin: float, end: float
) -> None:
    parameters = StaffingParameters(end)
    assert decide(line, was_on=True, begin_h=begin, parameters=parameters) >= decide(
        line, was_on=False, begin_h=begin, parameters=parameters
    )


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_an_end_share_outside_its_domain_is_refused_by_name(share: float) -> None:
    with pytest.raises(ValueError, match="end_share"):
        StaffingParameters(share)
