"""Shares of routes come to rest after a step: published lines, overtime and learning do not chase one another."""

from typing import Any

import numpy as np
import pytest

from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case
from abm.model import CorridorModel
from abm.network.arcs import Floats
from tests.small_worlds import edited, step, toy

ROAD = "p-road-ard-crn"
#: Routes that carry less than this share of a relation's group are noise of a few lots.
SMALLEST_SHARE = 0.1


def busy_case(**columns: Any) -> Case:
    """Posts of the mountain road as they are, or with overtime; the step halves one post's papers and adds lanes to it."""
    posts = tuple(post.model_copy(update=columns) if post.post_id.startswith(ROAD) else post for post in toy().posts)
    rows = (
        step("step", Action.SCALE_DWELL, f"{ROAD}-xc-in", 0, value="0.5"),
        step("step", Action.SCALE_CAPACITY, f"{ROAD}-xc-in", 0, value="1.3"),
    )
    return edited(toy(), posts=posts, policies=rows)


def shares_of_last_year(case: Case, years: int = 3) -> Floats:
    """Share of each option in the demand of its group, on each day of the last year: (365, n_options)."""
    model = CorridorModel(
        Scenario(case, policies=("step",), values={"trend_growth": 0.0}), register=False, collect=False
    )
    model.warm_up()
    days = []
    for day in range(365 * years):
        model.step()
        if day >= 365 * (years - 1):
            table, options = model.state.table, model.state.options
            tonnes = table.quantity_t[:, None] * table.probability
            known = table.option >= 0
            sent = np.bincount(table.option[known], weights=tonnes[known], minlength=len(options))
            group = np.bincount(options.group, weights=sent)[options.group]
            days.append(
                sent[: len(model.state.plan.options)] / np.maximum(group, 1e-9)[: len(model.state.plan.options)]
            )
    return np.array(days)


@pytest.mark.parametrize("columns", [{}, {"overtime_share": 0.1, "overtime_line_h": 12.0}])
def test_after_a_step_the_shares_of_routes_hardly_move_in_the_third_year(columns: dict[str, float]) -> None:
    """Coefficient of variation of the daily share over the last year, mean of the options above a tenth: below 0.03. Measured
    0.025 with posts that do nothing, 0.027 with lines published, 0.028 with overtime. (Where demand lies between the regular
    rate and that of overtime, crews come and go for ever, and it is 0.04: that is the line, not what is believed of it.)"""
    shares = shares_of_last_year(busy_case(**columns))
    used = shares.mean(axis=0) > SMALLEST_SHARE
    cv = shares.std(axis=0)[used] / shares.mean(axis=0)[used]
    assert used.sum() > 10
    assert cv.mean() < 0.03
