"""Worlds for tests: the toy case, edited; shipper tables by hand; days without traffic."""

from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np

from abm import phases
from abm.agents.markets import Markets
from abm.agents.shipper import ShipperTable
from abm.calendar import apply_calendar
from abm.corridor.load import digest, load
from abm.corridor.policies import resolve
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, Flow, FlowKind, PolicyStep
from abm.network.arcs import Floats
from abm.rules.belief import BeliefParameters
from abm.rules.demand import TradeParameters
from abm.state import WorldState, new_world

PLAIN_TRADE = TradeParameters(
    sigma=4.0, eta=1.0, eps=5.0, tau_cost_years=1.5, tau_reconnect_years=0.35, tau_new_years=4.0,
    trend_growth_per_year=0.0, price_memory_days=90.0,
)  # fmt: skip


#: Tables of those who act beside the shippers.
CAST_TABLES = (
    "carriers", "services", "hazards", "regimes", "events", "authorities", "consents", "openings", "projects", "emissions"
)  # fmt: skip
_CAST_ACTIONS = {Action.SET_OVERSIGHT, Action.SET_TENSION, Action.SET_HAZARD}


#: A post that does nothing but serve.
_PLAIN_POST = {"overtime_share": 0.0, "alert_dwell_share": 0.0, "publishes": True, "queue_max": None}


@cache
def toy_with_cast() -> Case:
    """The packaged case, read once."""
    return load("toy")


@cache
def toy() -> Case:
    """The packaged case without anybody but the shippers, so that what they do can be told by itself."""
    case = toy_with_cast()
    acted = {step.policy_id for step in case.policies if step.action in _CAST_ACTIONS}
    posts = tuple(post.model_copy(update=_PLAIN_POST) for post in case.posts)
    policies = tuple(step for step in case.policies if step.policy_id not in acted)
    nobody: dict[str, Any] = dict.fromkeys(CAST_TABLES, ())
    return edited(case, posts=posts, policies=policies, **nobody)


def edited(case: Case, *, warmup_days: int | None = None, **tables: Any) -> Case:
    """The case with other tables and another warm-up; a case of its own, with its own digest."""
    changed = replace(case, **tables)
    if warmup_days is not None:
        changed = replace(changed, info=changed.info.model_copy(update={"warmup_days": warmup_days}))
    return replace(changed, digest=digest(changed))


def step(policy: str, action: Action, target: str, start: int, end: int | None = None, value: str = "") -> PolicyStep:
    """One row of policies.csv."""
    return PolicyStep(
        policy_id=policy, title=policy, start=str(start), end="" if end is None else str(end), action=action,
        target=target, value=value, source="invented", grade="C",
    )  # fmt: skip


def flow(name: str, origin: str, destination: str, commodity: str, tonnes: float, **columns: Any) -> Flow:
    """One row of flows.csv."""
    values = {"kind": FlowKind.TRADE, "source": "invented", "grade": "C", **columns}
    return Flow(flow_id=name, origin=origin, destination=destination, commodity=commodity, tonnes=tonnes, **values)


_WHOLE = {"flow", "group", "market", "supply", "pair"}
_FLAGS = {"is_exogenous", "is_new", "awaits", "was_broken", "is_active"}
_WIDE = {"delta", "belief_h", "days_since_use", "cost", "probability"}


def table_of(n: int, width: int = 2, **columns: Any) -> ShipperTable:
    """``n`` shippers on one market, of one supplier and pair, at rest in their base year: 1,000 t at 100 USD/t."""
    values: dict[str, Any] = {"names": tuple(f"firm#{i}" for i in range(n))}
    for field in fields(ShipperTable):
        if field.name == "names":
            continue
        shape = (n, width) if field.name in _WIDE | {"option", "nest", "route_key"} else n
        kind = (
            np.int32 if field.name in _WHOLE | {"option", "nest"} else np.bool_ if field.name in _FLAGS else np.float64
        )
        kind = {"key": np.uint64, "route_key": np.uint64, "cargo_class": np.int8, "dispatched": np.int64}.get(
            field.name, kind
        )
        values[field.name] = np.zeros(shape, dtype=kind)
    values |= {
        "key": np.arange(1, n + 1, dtype=np.uint64), "base_t": np.full(n, 1000.0), "potential_t": np.full(n, 1000.0),
        "quantity_t": np.full(n, 1000.0), "fob_usd_t": np.full(n, 90.0), "lot_t": np.full(n, 20.0), "allowed": np.ones(n),
        "composite": np.full(n, 10.0), "mean_cost": np.full(n, 10.0), "composite_0": np.full(n, 10.0),
        "mean_cost_0": np.full(n, 10.0), "price_mean": np.full(n, 100.0), "price_0": np.full(n, 100.0),
        "is_active": np.ones(n, dtype=np.bool_), "kappa": np.full(n, 4.0), "lam": np.full(n, 0.3),
    }  # fmt: skip
    values |= {name: np.array(value, dtype=values[name].dtype) for name, value in columns.items()}
    return ShipperTable(**values)


def markets_of(table: ShipperTable, *, covered: float = 0.0, covered_supply: float = 0.0) -> Markets:
    """The markets of a table by hand: every relation has its share of tonnes in its market, times ``covered``."""
    n_markets, n_supplies = int(table.market.max()) + 1, int(table.supply.max()) + 1
    trade_t = np.where(table.is_exogenous, 0.0, table.base_t)
    total = np.maximum(np.bincount(table.market, weights=trade_t, minlength=n_markets), 1e-9)
    return Markets(
        weight=covered * trade_t / total[table.market], covered_supply=np.full(n_supplies, covered_supply),
        sold_0=np.bincount(table.supply, weights=trade_t, minlength=n_supplies), friction=np.zeros(len(table)),
        lifted=np.zeros(int(table.pair.max()) + 1), fob_ratio=np.ones(n_supplies),
        index=np.ones(n_markets),
    )  # fmt: skip


def parameters_of(state: WorldState) -> tuple[BeliefParameters, TradeParameters]:
    """The parameters that the model would use."""
    v = state.values
    names = ("learning_rate", "information_rate", "revert_half_life_days", "optimism_high")
    trade = (
        "sigma",
        "eta",
        "eps",
        "tau_cost_years",
        "tau_reconnect_years",
        "tau_new_years",
        "trend_growth",
        "price_memory_days",
    )
    return BeliefParameters(*(v[name] for name in names)), TradeParameters(*(v[name] for name in trade))


def play_calmly(scenario: Scenario, days: int) -> tuple[WorldState, Floats]:
    """Beliefs, choice and trade without any traffic, so without congestion: what is published stays as announced.

    Returns the world and quantity_t, [days, n_shippers]. The case should have no warm-up.
    """
    state = new_world(scenario)
    belief, trade = parameters_of(state)
    steps = resolve(scenario)
    phases.mark_reference(state)
    quantities = []
    for _ in range(days):
        apply_calendar(state, steps)
        phases.weigh_routes(state, belief)
        phases.adjust_trade(state, trade)
        quantities.append(state.table.quantity_t.copy())
        state.day += 1
    return state, np.array(quantities)
