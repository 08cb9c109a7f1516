"""How likely an opening is, and when: the elicited dates beside the effect given opening, and the product of the two, apart.

The probability that a policy has come within a window is exact, from its distribution (:mod:`abm.corridor.openings`); policies
are independent. Where works must be finished first, it is that of the permission alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from abm.corridor.openings import mean_dates, start_day
from abm.corridor.scenario import Scenario
from abm.governance import negotiable
from abm.study.measures import WINDOWS
from abm.units import DAYS_PER_YEAR
from abm.worlds import WITHOUT, WorldRun

#: The row of all chosen policies together.
ALL = "all"
COLUMNS = [
    "policy", "window_years", "probability", "arm", "level_given", "level_expected", "worlds_opened", "worlds", "median_day"
]  # fmt: skip


def openings_table(
    scenario: Scenario, seeds: Sequence[int], runs: Sequence[Mapping[str, WorldRun]], growth: pd.DataFrame
) -> pd.DataFrame:
    """Per policy about whose date experts were asked, and for all of them together, by window of full years.

    probability: exact. arm, level_given, level_expected: only with given dates and for ``all``: the level effect on D1 in tonnes
    given opening on day 0, and its product with the probability of opening within the window, which is too high by what the
    effect still lacks where an opening is recent. worlds_opened of worlds, median_day: only with drawn or negotiated dates.
    """
    asked = {name: dates for name in scenario.policies if (dates := mean_dates(scenario, name)) is not None}
    days = opening_days(scenario, seeds, runs)
    rows: list[dict[str, object]] = []
    for window in [h for h in WINDOWS if h <= scenario.years] or [scenario.years]:
        by = DAYS_PER_YEAR * window
        chances = {name: dates.probability_by(by) for name, dates in asked.items()}
        rows += [{"policy": name, "window_years": window, "probability": chances[name]} for name in asked]
        if asked and scenario.dates == "given":
            rows += _expected(growth, window, math.prod(chances.values()))
        elif len(asked) > 1:
            rows.append({"policy": ALL, "window_years": window, "probability": math.prod(chances.values())})
        for row in rows:
            if row["window_years"] == window and scenario.dates != "given":
                row |= _opened(days, str(row["policy"]), by)
    return pd.DataFrame(rows, columns=COLUMNS)


def _expected(growth: pd.DataFrame, window: int, probability: float) -> list[dict[str, object]]:
    d1 = growth[(growth["denominator"] == "D1") & (growth["unit"] == "t") & (growth["window_years"] == window)]
    return [
        {
            "policy": ALL, "window_years": window, "probability": probability, "arm": row["arm"],
            "level_given": row["level_mean"], "level_expected": probability * row["level_mean"],
        }
        for row in d1.to_dict("records")
    ]  # fmt: skip


def _opened(days: pd.DataFrame, policy: str, by: float) -> dict[str, object]:
    """How many worlds opened within the window, and the median day of those."""
    found = days.max(axis=1, skipna=False) if policy == ALL else days[policy]
    within = found[found < by]
    median = float(within.median()) if within.size else math.nan
    return {"worlds_opened": int(within.size), "worlds": len(days), "median_day": median}


def opening_days(scenario: Scenario, seeds: Sequence[int], runs: Sequence[Mapping[str, WorldRun]]) -> pd.DataFrame:
    """First day of each chosen policy (columns) in each world (rows), counted from the opening day; nan: not in this world."""
    rows = []
    for seed, worlds in zip(seeds, runs, strict=True):
        own = replace(scenario, seed=seed)
        row = {name: _number(start_day(own, name)) for name in scenario.policies}
        if scenario.dates == "negotiated":
            arm = next(name for name in worlds if name != WITHOUT)
            agreed = worlds[arm].levels["agreed_day"][-1]
            asked = [opening.policy_id for opening in scenario.case.openings]
            row |= {name: float(agreed[asked.index(name)]) for name in negotiable(scenario)}
        rows.append(row)
    return pd.DataFrame(rows, columns=list(scenario.policies))


def _number(day: int | None) -> float:
    return np.nan if day is None else float(day)
