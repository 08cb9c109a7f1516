"""Incidents in a world against theory: regimes as renewal processes, hazards at the rates and in the seasons of their table.

Fixed seeds; bounds are four standard errors, and what they would still find is told beside them. Nobody sends anything: only
incidents are played, and the loader's gates.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from abm import security
from abm.corridor.actor_rows import Hazard, Regime
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case
from abm.model import CorridorModel
from abm.rules.hazard import mean_days
from abm.state import WorldState
from tests.small_worlds import edited, toy

PASS = "road-ard-crn"
YEARS = 30


def mornings(case: Case, seed: int) -> Iterator[WorldState]:
    """The world on each day of thirty years, once its incidents are known."""
    state = CorridorModel(Scenario(case, seed=seed, years=YEARS), register=False, collect=False).state
    for _ in range(YEARS * 365):
        security.play_incidents(state)
        yield state
        security.run_day(state)
        state.day += 1


def test_a_long_closure_takes_the_share_of_time_that_renewal_theory_says() -> None:
    """20 seeds of 30 years, about 1,700 closures: standard error of the share about 0.6 points; the bound of 2.4 finds closures
    that begin while one lasts (share 0.33 instead of 0.28)."""
    quarrel = Regime(
        regime_id="quarrel", title="r", pair="XA-XC", links=PASS, rate_per_year=4.0, duration_days=30.0, duration_low_days=10.0,
        duration_high_days=90.0, source="invented", grade="C",
    )  # fmt: skip
    case, mean = edited(toy(), warmup_days=0, regimes=(quarrel,)), mean_days(30.0, 10.0, 90.0)
    link = [row.link_id for row in case.links].index(PASS)
    shares = [np.mean([not state.link_is_open[link] for state in mornings(case, seed)]) for seed in range(20)]
    assert abs(np.mean(shares) - mean / (365.0 / 4.0 + mean)) < 0.024


def test_incidents_come_at_the_rates_of_the_table_in_their_season() -> None:
    """10 seeds of 30 years at 25 a year: 7,500 incidents; four standard errors: 4.6 % of the rate, 1.4 points of the season."""
    snow = Hazard(
        hazard_id="snow", title="s", region="north", kind="weather", targets=PASS, rate_per_year=25.0, duration_days=0.5,
        season_from_month=11, season_to_month=4, season_share=0.9, source="invented", grade="C",
    )  # fmt: skip
    case, by_day = edited(toy(), warmup_days=0, hazards=(snow,)), np.zeros(365)
    for seed in range(10):
        before = 0.0
        for state in mornings(case, seed):
            by_day[state.day % 365] += state.security.starts[0] - before
            before = state.security.starts[0]
    assert by_day.sum() / (10 * YEARS) == pytest.approx(25.0, rel=0.046)
    winter = np.r_[by_day[:120], by_day[304:]].sum() / by_day.sum()  # January to April, November and December
    assert winter == pytest.approx(0.9, abs=0.014)
