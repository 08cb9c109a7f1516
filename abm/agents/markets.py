"""Where prices meet: markets (destination x commodity), suppliers (origin x commodity), frictions between countries.

One call a day to :func:`respond` moves every shipper's quantity towards what its delivered price calls for.
"""

from dataclasses import dataclass

import numpy as np

from abm.agents.population import Names
from abm.agents.shipper import ShipperTable
from abm.corridor.tables import Case, Side
from abm.network.arcs import Bools, Floats
from abm.rules.demand import TradeParameters, adjust, friction, price_index, supply_price_ratio, target_tonnes, trend
from abm.units import HOURS_PER_DAY

#: A relation that closure or ban has broken counts as mended when it is back within this share of its target.
MENDED_SHARE = 0.02
#: A relation without any route for longer than this is broken: it then reconnects at its own speed.
BROKEN_DAYS = 30.0


@dataclass
class Markets:
    """weight: each relation's base value share times its market's covered share (n_shippers,). covered_supply (n_supplies,):
    share of the exporter's sales that this case holds. sold_0 (n_supplies,): its sales in the base year, tonnes. friction
    (n_shippers,): ad valorem b. lifted (n_pairs,): phi, the share of the friction that is gone. fob_ratio (n_supplies,). index
    (n_markets,): PI/PI_0 as it last stood."""

    weight: Floats
    covered_supply: Floats
    sold_0: Floats
    friction: Floats
    lifted: Floats
    fob_ratio: Floats
    index: Floats

    def copy(self) -> "Markets":
        """A copy that may be lifted and repriced apart; what never changes is shared."""
        return Markets(
            self.weight,
            self.covered_supply,
            self.sold_0,
            self.friction,
            self.lifted.copy(),
            self.fob_ratio.copy(),
            self.index.copy(),
        )


def covered_share(case: Case, names: tuple[str, ...], side: Side) -> Floats:
    """Covered share of each ``country/commodity``; a row for the commodity wins over ``*``; 0 where unlisted."""
    rows = {(row.country, row.commodity): row.covered_share for row in case.markets if row.side is side}
    shares = []
    for name in names:
        country, commodity = name.split("/")
        shares.append(rows.get((country, commodity), rows.get((country, "*"), 0.0)))
    return np.array(shares)


def build_markets(case: Case, table: ShipperTable, names: Names, sigma: float) -> Markets:
    """Weights, shares and frictions of the base year. Exogenous flows neither share a market nor bid for supply."""
    responds = ~table.is_exogenous
    value = np.where(responds, table.base_t * table.fob_usd_t, 0.0)
    total = np.bincount(table.market, weights=value, minlength=len(names.markets))
    potential = np.where(responds & (table.base_t == 0.0), table.potential_t * table.fob_usd_t, value)
    in_market = total[table.market]
    weight = np.divide(potential, in_market, out=np.zeros_like(potential), where=in_market > 0.0)
    weight *= covered_share(case, names.markets, Side.IMPORT)[table.market]
    sold = np.bincount(table.supply, weights=np.where(responds, table.base_t, 0.0), minlength=len(names.supplies))
    return Markets(
        weight=weight, covered_supply=covered_share(case, names.supplies, Side.EXPORT), sold_0=sold,
        friction=np.where(responds, friction(table.potential_t, table.base_t, sigma), 0.0),
        lifted=np.zeros(len(names.pairs)), fob_ratio=np.ones(len(names.supplies)),
        index=np.ones(len(names.markets)),
    )  # fmt: skip


def freight_usd_t(table: ShipperTable) -> Floats:
    """Today's generalised cost, USD/t: the base year's mean cost times the relative change of the composite of all routes.

    A day without an open route costs what the wait is expected to, whether goods are still sent to wait or not: as long again as
    it has lasted (closures have heavy tails). Who has another way pays for it, or for waiting where that is cheaper.
    """
    table.days_blocked = np.where(has_open_way(table), 0.0, table.days_blocked + 1.0)
    return generalised_freight(table)


def generalised_freight(table: ShipperTable) -> Floats:
    """The same, USD/t, of a day whose blocked days are counted already; changes nothing."""
    is_open = has_open_way(table)
    ratio = np.divide(table.composite, table.composite_0, out=np.ones_like(table.composite), where=is_open)
    return np.asarray(table.mean_cost_0 * ratio + table.vot * HOURS_PER_DAY * table.days_blocked)


def delivered_price(table: ShipperTable, markets: Markets, freight: Floats) -> Floats:
    """P of each relation, USD/t: goods with duty, freight, and what is left of its friction relative to the base year."""
    phi = markets.lifted[table.pair]
    barrier = (1.0 + (1.0 - phi) * markets.friction) / (1.0 + markets.friction)
    return np.asarray((table.fob_usd_t * markets.fob_ratio[table.supply] * (1.0 + table.duty) + freight) * barrier)


def respond(table: ShipperTable, markets: Markets, parameters: TradeParameters, years: float) -> None:
    """One day of trade response, in place: price means, market indices, targets, quantities, suppliers' prices."""
    price = delivered_price(table, markets, freight_usd_t(table))
    # An exponential mean of the same mean age as a plain one over the memory.
    table.price_mean += (price - table.price_mean) * -np.expm1(-2.0 / parameters.price_memory_days)
    relative = table.price_mean / table.price_0
    phi = markets.lifted[table.pair]
    presence = np.where(table.is_new, phi, 1.0) * table.allowed * table.is_active
    presence_0 = np.where(table.is_new, 0.0, 1.0)
    n_markets = int(table.market.max()) + 1
    markets.index = price_index(
        relative, markets.weight, presence, presence_0, table.market, parameters.sigma, n_markets
    )
    size = np.where(table.is_new, table.potential_t, table.base_t) * presence
    target = target_tonnes(size, relative, markets.index[table.market], years, parameters)
    target = np.where(table.is_exogenous, table.base_t * table.allowed, target)
    # What has never traded has nothing to reconnect: it grows at the speed of the new.
    table.was_broken |= ((table.days_blocked > BROKEN_DAYS) | (table.allowed < 1.0)) & ~table.is_new
    table.quantity_t = np.where(
        table.is_active, adjust(table.quantity_t, target, speed_years(table, markets, parameters)), 0.0
    )
    mended = np.abs(table.quantity_t - target) <= MENDED_SHARE * target
    table.was_broken &= ~(mended & (table.days_blocked == 0.0) & (table.allowed == 1.0))
    sold = np.bincount(
        table.supply, weights=np.where(table.is_exogenous, 0.0, table.quantity_t), minlength=markets.sold_0.size
    )
    markets.fob_ratio = supply_price_ratio(
        sold, markets.sold_0 * trend(years, parameters), markets.covered_supply, parameters.eps
    )


def speed_years(table: ShipperTable, markets: Markets, parameters: TradeParameters) -> Floats:
    """Adjustment time of each relation: slow where one is new or its friction lifts, fast where one reconnects (then all of its
    target, also what lifted friction adds to it)."""
    is_lifting = table.is_new | ((markets.friction > 0.0) & (markets.lifted[table.pair] > 0.0))
    tau = np.where(is_lifting, parameters.tau_new_years, parameters.tau_cost_years)
    return np.asarray(np.where(table.was_broken, parameters.tau_reconnect_years, tau))


def has_open_way(table: ShipperTable) -> Bools:
    """Which shippers have an open route today."""
    return np.isfinite(table.composite) & ~table.awaits
