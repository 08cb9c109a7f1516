"""What trade is worth to whom, written down while a world runs: levels of one world, so that a measure's gains are differences.

Every ``STEP_DAYS`` days, as if those days were alike: users and exporters by country (:mod:`abm.rules.welfare`), duty and charges
paid, tonne-kilometres by mode and class. Expected tonnes of each route are counted rather than lots, which come in lumps.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from abm.agents.markets import covered_share, generalised_freight
from abm.corridor.tables import Side
from abm.network.arcs import ArcKind, Floats
from abm.network.build import CLASSES, MODES
from abm.observers import AccountBase, RouteMeasures, account_countries
from abm.rules.demand import TradeParameters, target_tonnes, trend
from abm.rules.welfare import exporters_level, forgone, other_buyers_level, users_level
from abm.state import WorldState
from abm.units import DAYS_PER_YEAR

#: Days between two looks; divides the year of 365 days, and is short against the memory of prices.
STEP_DAYS = 5


def keep_accounts(state: WorldState, price: Floats, parameters: TradeParameters) -> None:
    """Add ``STEP_DAYS`` days like today to the sums; on other days, and before the opening day, nothing.

    ``price``: money each option costs today, USD/t (:func:`abm.phases.weigh_routes`). To be called when trade has answered.
    """
    if state.day < 0 or state.day % STEP_DAYS:
        return
    accounts = state.accounting
    if accounts.base is None:
        accounts.base = _base(state)
    share_of_year = STEP_DAYS / DAYS_PER_YEAR
    for name, yearly in (_traders(state, accounts.base, parameters) | _public(state, accounts.base, price)).items():
        accounts.totals[f"account_{name}"] += share_of_year * yearly


def _base(state: WorldState) -> AccountBase:
    """What the base year says, once its costs are the reference."""
    case, table, names = state.plan.case, state.table, state.names
    row = {country: number for number, country in enumerate(account_countries(case))}
    goods = np.where(table.is_exogenous, 0.0, table.base_t)
    n_markets, n_supplies = len(names.markets), len(names.supplies)
    return AccountBase(
        market_country=np.array([row[name.split("/")[0]] for name in names.markets], dtype=np.int64),
        supply_country=np.array([row[name.split("/")[0]] for name in names.supplies], dtype=np.int64),
        arc_country=np.array([row.get(name, -1) for name in state.network.arcs.country], dtype=np.int64),
        covered=covered_share(case, names.markets, Side.IMPORT),
        covered_supply=covered_share(case, names.supplies, Side.EXPORT),
        spending_usd=np.bincount(table.market, weights=goods * table.price_0, minlength=n_markets),
        sales_usd=np.bincount(table.supply, weights=goods * table.fob_usd_t, minlength=n_supplies),
    )


def _traders(state: WorldState, base: AccountBase, parameters: TradeParameters) -> dict[str, Floats]:
    """Users' and exporters' levels by country, USD a year."""
    table, markets = state.table, state.markets
    sigma, growth = parameters.sigma, trend(state.day / DAYS_PER_YEAR, parameters)
    relative = table.price_mean / table.price_0
    presence = np.where(table.is_new, markets.lifted[table.pair], 1.0) * table.allowed * table.is_active
    size = np.where(table.is_exogenous, 0.0, np.where(table.is_new, table.potential_t, table.base_t) * presence)
    spending = _by(table.market, table.price_0 * size * relative ** (1.0 - sigma), base.spending_usd.size)
    users = growth * users_level(spending, base.spending_usd, base.covered, sigma, parameters.eta)
    target = target_tonnes(size, relative, markets.index[table.market], state.day / DAYS_PER_YEAR, parameters)
    fulfilled = np.divide(table.quantity_t, target, out=np.ones_like(target), where=target > 0.0)
    users -= _by(table.market, forgone(table.price_mean * target, fulfilled, sigma), users.size)
    carried = np.where(table.is_exogenous & table.is_active, table.quantity_t, 0.0)
    transit = -_by(table.market, carried * generalised_freight(table), users.size)
    ratio, sales_0 = markets.fob_ratio, growth * base.sales_usd
    n = len(account_countries(state.plan.case))
    return {
        "users": _by(base.market_country, users, n),
        "transit": _by(base.market_country, transit, n),
        "exporters": _by(base.supply_country, exporters_level(sales_0, ratio, base.covered_supply, parameters.eps), n),
        "other_buyers": _by(base.supply_country, other_buyers_level(sales_0, ratio, base.covered_supply), n),
    }


def _public(state: WorldState, base: AccountBase, price: Floats) -> dict[str, Floats]:
    """Duty and charges by country (USD a year), tonne-kilometres by mode and class (a year), at today's choice of routes."""
    table = state.table
    n = len(account_countries(state.plan.case))
    is_used = (table.probability > 0.0) & (table.option >= 0)
    option = np.where(is_used, table.option, 0)
    tonnes = np.where(is_used, table.probability, 0.0) * np.where(table.is_active, table.quantity_t, 0.0)[:, None]
    freight = (tonnes * np.where(is_used, price[option], 0.0)).sum(axis=1)
    goods = tonnes.sum(axis=1) * table.fob_usd_t * state.markets.fob_ratio[table.supply]
    duty = _by(
        table.market, np.where(table.is_exogenous, 0.0, table.duty * (goods + freight)), len(state.names.markets)
    )
    by_option = _by(option.ravel(), tonnes.ravel(), price.size)
    measures = _measures(state, base)
    tkm = (by_option @ measures.km).reshape(len(MODES), len(CLASSES))
    return {"duty": _by(base.market_country, duty, n), "charges": by_option @ measures.charges, "tkm": tkm}


def _measures(state: WorldState, base: AccountBase) -> RouteMeasures:
    """Charges and kilometres of every option, made anew when an option is added or a charge has changed."""
    known, charges = state.accounting.routes, state.layers.charge_usd_t
    if known is not None and len(known.km) == len(state.options) and np.array_equal(known.arc_charges, charges):
        return known
    routes, arcs, route = state.movement.routes, state.network.arcs, state.options.route
    length = (routes.starts[route + 1] - routes.starts[route]).astype(np.int64)
    row = np.repeat(np.arange(route.size), length)
    within = np.arange(row.size) - np.repeat(np.cumsum(length) - length, length)
    arc = routes.arcs[routes.starts[route[row]] + within]
    country, n = base.arc_country[arc], len(account_countries(state.plan.case))
    cargo_class = state.options.cargo_class[row]
    paid, km = np.zeros((route.size, n)), np.zeros((route.size, len(MODES), len(CLASSES)))
    is_known = country >= 0
    np.add.at(paid, (row[is_known], country[is_known]), charges[arc, cargo_class][is_known])
    is_line = arcs.kind[arc] == ArcKind.LINEHAUL
    line = arc[is_line]
    np.add.at(km, (row[is_line], arcs.mode[line], cargo_class[is_line]), arcs.length_km[line])
    state.accounting.routes = RouteMeasures(paid, km.reshape(route.size, -1), charges.copy())
    return state.accounting.routes


def _by(groups: npt.NDArray[np.integer[Any]], values: Floats, n: int) -> Floats:
    """Sum of the values of each group, (n,)."""
    return np.bincount(groups, weights=values, minlength=n)
