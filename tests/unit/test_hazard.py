"""The rule of incidents: rates, seasons, lengths, and draws that are nested in the rate."""

import math
from typing import Any

import numpy as np
import pytest

from abm.incidents import MONTH_OF_DAY
from abm.randomness import name_key
from abm.rules.hazard import (
    GAP,
    HazardParameters,
    arrivals,
    background_per_day,
    day_key,
    draw,
    family,
    first_gaps,
    lognormal_days,
    mean_days,
    season_factors,
    stationary_risk,
)

PLAIN: dict[str, Any] = {
    "rate_per_year": 3.65, "branching_share": 0.2, "echo_days": 10.0, "duration_days": 2.0, "duration_low_days": 1.0,
    "duration_high_days": 8.0,
}  # fmt: skip
SNOW = name_key("snow")


def test_the_background_is_the_rate_less_its_echoes() -> None:
    assert background_per_day(HazardParameters(**PLAIN), 1.0, 0.0, 0.4) == pytest.approx(0.01 * 0.8)


def test_tension_multiplies_and_oversight_takes_its_effect_off() -> None:
    p = HazardParameters(**PLAIN)
    assert background_per_day(p, 2.0, 0.5, 0.4) == pytest.approx(0.008 * 2.0 * 0.8)
    assert background_per_day(p, 1.0, 1.0, -0.3) == pytest.approx(0.008 * 1.3)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("rate_per_year", -1.0), ("rate_per_year", math.inf), ("branching_share", 1.0), ("branching_share", -0.1),
        ("echo_days", 0.0), ("duration_low_days", 0.0), ("duration_low_days", 3.0), ("duration_high_days", 1.0),
        ("loss_share", 1.5),
    ],
)  # fmt: skip
def test_values_outside_their_domain_are_refused(column: str, value: float) -> None:
    with pytest.raises(ValueError, match=column.split("_")[0]):
        HazardParameters(**PLAIN | {column: value})


def test_a_season_holds_its_share_of_the_year_and_the_mean_stays_one() -> None:
    winter = season_factors(MONTH_OF_DAY, 11, 4, 0.9)
    is_winter = np.isin(MONTH_OF_DAY, [11, 12, 1, 2, 3, 4])
    assert winter.mean() == pytest.approx(1.0)
    assert winter[is_winter].sum() / winter.sum() == pytest.approx(0.9)
    summer = season_factors(MONTH_OF_DAY, 5, 10, 0.1)
    np.testing.assert_allclose(winter, summer)
    np.testing.assert_array_equal(season_factors(MONTH_OF_DAY, 1, 12, 0.3), 1.0)


def test_low_and_high_are_the_5_and_95_percent_points_of_a_duration_and_nothing_is_cut_off() -> None:
    assert lognormal_days(2.0, 1.0, 8.0, 0.5) == pytest.approx(2.0)
    assert lognormal_days(2.0, 1.0, 8.0, 0.05) == pytest.approx(1.0)
    assert lognormal_days(2.0, 1.0, 8.0, 0.95) == pytest.approx(8.0)
    assert lognormal_days(2.0, 1.0, 8.0, 0.999) > 8.0
    assert lognormal_days(2.0, 2.0, 2.0, 0.3) == 2.0


def test_the_mean_of_a_duration_is_that_of_its_two_halves() -> None:
    u = (np.arange(200_000) + 0.5) / 200_000
    drawn = np.mean([lognormal_days(1.2, 0.4, 4.0, float(x)) for x in u])
    assert mean_days(1.2, 0.4, 4.0) == pytest.approx(float(drawn), rel=1e-3)
    symmetric = math.log(4.0) / 1.6448536269514722
    assert mean_days(3.0, 0.75, 12.0) == pytest.approx(3.0 * math.exp(symmetric**2 / 2.0))


def test_the_mean_fear_is_jump_times_rate_over_what_fades_in_a_day() -> None:
    assert stationary_risk(3.65, 0.05, 1.0) == pytest.approx(0.01 * 0.05 / 0.5)
    assert stationary_risk(3.65, 0.05, 90.0) == pytest.approx(0.01 * 0.05 * 90.0 / math.log(2.0), rel=0.01)


def test_the_table_of_first_candidates_says_what_the_candidates_themselves_say() -> None:
    gaps = first_gaps(np.uint64(3), np.array([SNOW, 77], dtype=np.uint64), np.int64(-40), 100)
    for day in (-40, -1, 0, 59):
        gap = gaps[0, day + 40]
        assert len(arrivals(np.uint64(3), day_key(SNOW, day), gap * (1.0 - 1e-12))) == 0
        assert len(arrivals(np.uint64(3), day_key(SNOW, day), gap * (1.0 + 1e-12))) >= 1


def test_what_happens_at_a_low_rate_happens_at_a_higher_one_too() -> None:
    for day in range(200):
        few = arrivals(np.uint64(5), day_key(SNOW, day), 0.7).tolist()
        many = arrivals(np.uint64(5), day_key(SNOW, day), 12.0).tolist()
        assert many[: len(few)] == few
        assert len(set(many)) == len(many)


def test_an_incident_without_branching_has_no_echo_and_one_with_it_has_later_ones() -> None:
    assert family(1, day_key(SNOW, 0), 3.5, 0.0, 10.0) == [(int(day_key(SNOW, 0)), 3.5)]
    kin = next(kin for day in range(50) if len(kin := family(1, day_key(SNOW, day), 3.5, 0.6, 10.0)) > 3)
    assert all(moment > 3.5 for _, moment in kin[1:])


def test_purposes_of_one_incident_have_numbers_of_their_own() -> None:
    key = day_key(SNOW, 1)
    numbers = {draw(np.uint64(1), key, np.uint64(purpose)) for purpose in range(5)}
    assert len(numbers) == 5
    assert draw(np.uint64(2), key, GAP) != draw(np.uint64(1), key, GAP)
