"""What is published, and how beliefs follow it."""

import math
from typing import Any

import numpy as np
import pytest

from abm.rules.belief import (
    PUBLISHED_MEMORY_DAYS,
    BeliefParameters,
    PublishedTimes,
    believe_delivered,
    believe_published,
)

GOOD: dict[str, Any] = {
    "learning_rate": 0.05,
    "information_rate": 0.1,
    "revert_half_life_days": 60.0,
    "optimism_high": 1.5,
}


TOLD, SILENT = np.ones(1, dtype=np.bool_), np.zeros(1, dtype=np.bool_)


def published(hours: float = 10.0, variance: float = 4.0) -> PublishedTimes:
    return PublishedTimes.at_rest(np.array([hours]), np.array([variance]))


def test_where_nothing_has_passed_the_announced_time_is_published() -> None:
    times = published()
    assert times.mean_h()[0] == 10.0
    assert times.variance_h2()[0] == pytest.approx(4.0)


def test_many_vehicles_outweigh_what_was_announced() -> None:
    times = published()
    times.update(np.array([1e6]), np.array([3e7]), np.array([9.25e8]))
    assert times.mean_h()[0] == pytest.approx(30.0, rel=1e-4)
    assert times.variance_h2()[0] == pytest.approx(25.0, rel=1e-3)


def test_one_vehicle_counts_as_much_as_the_announcement() -> None:
    times = published()
    times.update(np.array([1.0]), np.array([20.0]), np.array([400.0]))
    assert times.mean_h()[0] == pytest.approx(15.0)


def test_a_quiet_post_returns_to_what_is_announced() -> None:
    times, nothing = published(), np.zeros(1)
    times.update(np.array([100.0]), np.array([3000.0]), np.array([9e4]))
    before = times.mean_h()[0]
    times.update(nothing, nothing, nothing)
    keep = math.exp(-1.0 / PUBLISHED_MEMORY_DAYS)
    assert times.mean_h()[0] == pytest.approx((3000.0 * keep + 10.0) / (100.0 * keep + 1.0))
    for _ in range(200):
        times.update(nothing, nothing, nothing)
    assert before > 29.0
    assert times.mean_h()[0] == pytest.approx(10.0, abs=1e-6)


def test_equal_times_have_no_variance_below_zero() -> None:
    times = published(10.0, 0.0)
    times.update(np.array([3.0]), np.array([30.0]), np.array([300.0]))
    assert times.variance_h2()[0] == pytest.approx(0.0, abs=1e-12)


def test_a_copy_lives_its_own_life() -> None:
    times = published()
    twin = times.copy()
    twin.update(np.ones(1), np.full(1, 50.0), np.full(1, 2500.0))
    assert times.mean_h()[0] == 10.0


def arrays(belief: float, since: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array([[belief, belief]]), np.array([[0, -1]], dtype=np.int32), np.full((1, 2), since)


def test_a_route_in_use_follows_the_published_time_at_the_information_rate() -> None:
    belief, option, since = arrays(20.0, 0.0)
    believe_published(belief, option, since, np.array([30.0]), np.array([1.0]), TOLD, 0.1, 0.01, 60.0)
    assert belief.tolist() == [[21.0, 20.0]]
    assert since[0, 0] == 1.0


def test_an_untried_route_is_half_way_back_after_the_half_life() -> None:
    belief, option, since = arrays(20.0, 1e6)
    for _ in range(60):
        believe_published(
            belief, option, since, np.array([30.0]), np.array([1.0]), TOLD, 0.1, 1.0 - 0.5 ** (1.0 / 60.0), 60.0
        )
    assert belief[0, 0] == pytest.approx(25.0)


def test_of_a_closed_route_nothing_is_published() -> None:
    belief, option, since = arrays(20.0, 3.0)
    believe_published(belief, option, since, np.array([30.0]), np.array([np.inf]), TOLD, 0.1, 0.01, 60.0)
    assert belief[0, 0] == 20.0
    assert since[0, 0] == 3.0


def test_who_uses_a_post_that_does_not_publish_trusts_the_own_deliveries_alone() -> None:
    belief, option, since = arrays(20.0, 0.0)
    believe_published(belief, option, since, np.array([30.0]), np.array([1.0]), SILENT, 0.1, 0.01, 60.0)
    assert belief[0, 0] == 20.0
    assert since[0, 0] == 1.0


def test_who_has_not_used_it_for_long_falls_back_on_what_is_announced() -> None:
    belief, option, since = arrays(20.0, 61.0)
    believe_published(belief, option, since, np.array([30.0]), np.array([1.0]), SILENT, 0.1, 0.01, 60.0)
    assert belief[0, 0] == pytest.approx(20.1)


def test_a_long_line_is_published_before_anybody_has_waited_in_it() -> None:
    times = published()
    times.update(np.array([100.0]), np.array([1100.0]), np.array([12200.0]))
    quick = times.mean_h()[0]
    times.standing_h[0] = 10.0 + 48.0
    assert quick < 11.0
    assert times.mean_h()[0] == 58.0


def test_a_short_line_takes_nothing_off_what_passed() -> None:
    times = published()
    times.update(np.array([1e6]), np.array([3e7]), np.array([9.25e8]))
    before, variance = times.mean_h()[0], times.variance_h2()[0]
    times.standing_h[0] = 12.0
    assert times.mean_h()[0] == before
    assert times.variance_h2()[0] == variance


def test_of_a_post_that_does_not_publish_only_the_announced_time_and_spread_are_known() -> None:
    times = PublishedTimes.at_rest(np.array([10.0, 10.0]), np.array([4.0, 4.0]))
    times.update(np.full(2, 1e6), np.full(2, 3e7), np.full(2, 9.25e8))
    times.standing_h[:] = 99.0
    times.is_told[1] = False
    assert times.mean_h().tolist() == [99.0, 10.0]
    assert times.variance_h2()[1] == 4.0
    assert times.variance_h2()[0] > 20.0


def test_a_delivery_teaches_about_the_route_that_was_chosen_and_no_other() -> None:
    belief, option = np.array([[10.0, 20.0], [10.0, 20.0]]), np.array([[0, 1], [0, 1]], dtype=np.int32)
    since = np.full((2, 2), 9.0)
    believe_delivered(
        belief, np.array([5, 6], dtype=np.int32), option, since, np.array([1], dtype=np.int32),
        np.array([6], dtype=np.int32), np.array([40.0]), 0.05,
    )  # fmt: skip
    assert belief.tolist() == [[10.0, 20.0], [10.0, 21.0]]
    assert since.tolist() == [[9.0, 9.0], [9.0, 0.0]]


def test_a_delivery_on_a_route_long_gone_teaches_nothing() -> None:
    belief, option, since = arrays(20.0, 3.0)
    believe_delivered(
        belief, np.array([5], dtype=np.int32), option, since, np.zeros(1, dtype=np.int32), np.array([77], dtype=np.int32),
        np.array([40.0]), 0.05,
    )  # fmt: skip
    assert belief[0, 0] == 20.0


@pytest.mark.parametrize(
    ("name", "value"),
    [("learning_rate", -0.1), ("learning_rate", 1.1), ("information_rate", 2.0), ("revert_half_life_days", 0.0),
     ("optimism_high", 0.9)],
)  # fmt: skip
def test_a_parameter_outside_its_domain_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        BeliefParameters(**{**GOOD, name: value})
