"""Drawn opening dates against their distribution, and negotiated agreements against the probability they are fitted to."""

import math

import numpy as np
from scipy.stats import kstest, triang

from abm import governance
from abm.corridor.openings import start_day
from abm.corridor.scenario import Scenario
from abm.state import new_world
from tests.unit.test_authorities import governed, live
from tests.unit.test_openings import asked, opening

N = 4000


def test_drawn_dates_are_triangular_and_as_many_never_come_as_said() -> None:
    """4,000 seeds. A share of never off by 0.03 (0.3 to 0.33) is 4 standard errors away; a date off by 5 per cent of the range
    would move the distribution by 0.07, where the Kolmogorov-Smirnov bound at 1 in 10,000 is 0.042 for 2,800 dates."""
    row = opening("reopen", "2026-01-01", "2027-01-01", "2031-01-01", 0.3)
    case = asked(row)
    days = [start_day(Scenario(case, ("reopen",), seed=seed, dates="scheduled"), "reopen") for seed in range(1, N + 1)]
    came = np.array([day for day in days if day is not None], dtype=np.float64)
    never = 1.0 - came.size / N
    assert abs(never - 0.3) < 4.0 * math.sqrt(0.3 * 0.7 / N)
    low, mode, high = 365.0, 730.0, 2191.0
    law = triang((mode - low) / (high - low), loc=low, scale=high - low)
    assert kstest(came, law.cdf).pvalue > 1e-4
    assert kstest(came, triang(0.5, loc=low, scale=high - low).cdf).pvalue < 1e-4  # another mode would be seen


def test_whether_and_when_are_independent() -> None:
    """Dates of two policies, and of one policy under two shares of never, over 4,000 seeds: correlations within 4 standard
    errors."""
    rows = (
        opening("reopen", "2026-01-01", "2027-01-01", "2031-01-01", 0.0),
        opening("reopen-rail", "2026-01-01", "2027-01-01", "2031-01-01", 0.0),
    )
    case = asked(*rows)
    scenarios = [Scenario(case, ("reopen",), seed=seed, dates="scheduled") for seed in range(1, N + 1)]
    one, two = ([start_day(s, name) for s in scenarios] for name in ("reopen", "reopen-rail"))
    assert abs(np.corrcoef(np.array(one, float), np.array(two, float))[0, 1]) < 4.0 / math.sqrt(N)
    often = asked(rows[0].model_copy(update={"never_share": 0.5}))
    came = [start_day(Scenario(often, ("reopen",), seed=s.seed, dates="scheduled"), "reopen") for s in scenarios]
    is_there = np.array([day is not None for day in came], dtype=np.float64)
    assert abs(np.corrcoef(np.array(one, float), is_there)[0, 1]) < 4.0 / math.sqrt(N)


def test_negotiations_agree_as_often_as_experts_said() -> None:
    """400 seeds of three years of talks among three parties. The fit says 60 per cent; 4 standard errors are 0.098, so that the
    45 per cent of a level lower by a quarter of a standard deviation would be seen."""
    row = opening("reopen", "2025-01-01", "2026-01-01", "2028-01-01", 0.4)
    case = governed(openings=(row,))
    state = new_world(Scenario(case))
    agreed = 0
    for seed in range(1, 401):
        scenario = Scenario(case, ("reopen",), seed=seed, dates="negotiated")
        world = state.copy()
        world.movement.seed = seed
        governance.convene(world, scenario)
        talk = world.authorities.talks[0]
        talk.gains = np.zeros(3)
        for day in range(0, 1096, 30):
            world.day = day
            governance.decide(world)
        agreed += not math.isnan(talk.agreed_day)
    assert abs(agreed / 400 - 0.6) < 4.0 * math.sqrt(0.6 * 0.4 / 400)


def test_a_link_that_negotiates_opens_and_shuts_for_everybody() -> None:
    """The loop above decides alone; with the calendar in it, the road follows the agreement a day later, over ten seeds."""
    row = opening("reopen", "2025-01-01", "2026-01-01", "2028-01-01", 0.1)
    case = governed(openings=(row,))
    for seed in range(1, 11):
        scenario = Scenario(case, ("reopen",), seed=seed, dates="negotiated")
        state = new_world(scenario)
        governance.convene(state, scenario)
        is_open = live(state, scenario, 1500)
        talk = state.authorities.talks[0]
        first = is_open.index(True) if any(is_open) else math.nan
        assert first == talk.agreed_day or (math.isnan(first) and math.isnan(talk.agreed_day))
