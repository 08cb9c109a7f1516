"""Quotas: so many tonnes of some relations in a calendar year, and no more.

When a quota is used up, what is made waits in stock up to the backlog of its shippers; the rest is lost sales until the new year.
"""

import numpy as np

from abm.agents.authority import Quota
from abm.corridor.policies import opening_day
from abm.corridor.tables import Action
from abm.network.arcs import Bools, Floats
from abm.observers import day_of_year
from abm.relations import relations
from abm.state import WorldState
from abm.units import DAYS_PER_YEAR


def revise_quotas(state: WorldState) -> None:
    """Quotas as the policies in force set them; one that stands remembers what is used of it."""
    known = {(quota.policy_id, quota.target): quota for quota in state.authorities.quotas}
    state.authorities.quotas = []
    for step in state.in_force:
        if step.action is Action.QUOTA:
            limit_t = float(step.number or 0.0)
            old = known.get((step.policy_id, step.target))
            quota = old or Quota(step.policy_id, step.target, limit_t, relations(state, step.target))
            quota.limit_t = limit_t
            state.authorities.quotas.append(quota)


def begin_year(state: WorldState) -> None:
    """On 1 January nothing of a quota is used."""
    if state.authorities.quotas and _day_of_year(state) == 0:
        for quota in state.authorities.quotas:
            quota.used_t = 0.0


def _day_of_year(state: WorldState) -> int:
    return (day_of_year(opening_day(state.plan.case)) + state.day) % int(DAYS_PER_YEAR)


def is_used_up(state: WorldState) -> Bools:
    """Shippers that may send no more this year, (n_shippers,)."""
    spent = np.zeros(len(state.table), dtype=np.bool_)
    for quota in state.authorities.quotas:
        if quota.used_t >= quota.limit_t:
            spent |= quota.rows
    return spent


def held_back(state: WorldState) -> Floats:
    """Tonnes of full lots that quotas keep in stock today, (n_shippers,).

    What is left of a quota is shared in proportion to the full lots that wait, and a shipper's share is rounded up to a whole
    lot: a year's tonnes exceed the quota by less than one lot a shipper.
    """
    table = state.table
    full = np.where(
        np.isfinite(table.composite) & (table.allowed > 0.0) & table.is_active, table.stock_t // table.lot_t, 0.0
    )
    most = full.copy()
    for quota in state.authorities.quotas:
        ready_t = np.where(quota.rows, full * table.lot_t, 0.0)
        left_t = max(0.0, quota.limit_t - quota.used_t)
        if ready_t.sum() > left_t:
            lots = np.ceil(left_t * ready_t / ready_t.sum() / table.lot_t)
            most = np.where(quota.rows, np.minimum(most, lots), most)
    return np.asarray((full - most) * table.lot_t)


def use_quotas(state: WorldState, sent_t: Floats) -> None:
    """Count what was sent today, (n_shippers,)."""
    for quota in state.authorities.quotas:
        quota.used_t += float(sent_t[quota.rows].sum())
