"""Fear of losses: plain agents decide alike, shipper for shipper, while what they fear differs from link to link."""

import numpy as np

from abm import phases
from abm.calendar import apply_calendar
from abm.corridor.scenario import Scenario
from tests.property.test_worlds import compare_shippers, model_of
from tests.reference.plain_agents import PlainTrade
from tests.small_worlds import edited, toy


def test_the_afraid_and_the_reassured_decide_as_plain_agents_do() -> None:
    """Risks from -0.02 to 0.05: some routes become far dearer, others meet the floor of half their cost."""
    model = model_of(Scenario(edited(toy(), warmup_days=5)))
    model.warm_up()
    state = model.state
    phases.mark_reference(state)
    twin = PlainTrade(state, model.belief, model.trade)
    calm = state.table.cost.copy()
    for day in range(3):
        state.security.risk[:] = np.linspace(-0.02, 0.05, state.security.risk.size) * (day + 1) / 3
        apply_calendar(state, model.calendar)
        phases.weigh_routes(state, model.belief)
        phases.adjust_trade(state, model.trade)
        twin.weigh_routes(state)
        twin.adjust_trade(state.day)
        compare_shippers(state.table, twin)
        state.day += 1
    is_open = np.isfinite(calm) & (calm > 0.0)
    change = state.table.cost[is_open] / calm[is_open]
    assert change.min() < 0.7
    assert change.max() > 1.5
