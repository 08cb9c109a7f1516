"""What is lost when links close: one at a time, or all that somebody holds at once, on the base year at rest.

No world is run. For each relation, with G the generalised cost at the base year's level of freight:

    rise  = mean_cost_0 * (composite_1 / composite_0 - 1)        USD/t; inf where no way is left at all
    loss  = Q_0 * min(rise, fob)                                 nobody pays more for moving goods than they are worth

The loss holds quantities still; a trade that answers loses less, to second order ``Q_0 * rise * (1 - sigma * rise / (2 P_0))``.
What is no longer traded in the long run follows from the model's own rules (:mod:`abm.rules.demand`) at these costs: constant
elasticity sigma on the delivered price, against the index of each market, with exporters' prices that give way. Waits stay as
they are for the base year's quantities, and are approximate: a queue beyond capacity is that of a month. Exogenous flows do not
answer to cost; stranded, they are lost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from abm.agents.markets import Markets
from abm.agents.shipper import ShipperTable
from abm.network.arcs import ArcKind, Bools, Floats
from abm.rules.demand import price_index, supply_price_ratio
from abm.study.at_rest import Rest, StaticWorld
from abm.study.holders import Holder, holders_by_link
from abm.study.names import place_names
from abm.study.seats import Seats
from abm.units import DAYS_PER_YEAR

#: A link that carries less than this in the base year, tonnes a year, is not worth closing: nothing passes it.
CARRIES_T = 1.0
#: Rounds in which exporters' prices and quantities come to agree, and how well they must.
_MOST_ROUNDS, _AGREES = 200, 1e-9
#: A delivered price never falls below this share of the base year's.
_LEAST_SHARE = 1e-3


@dataclass(frozen=True, slots=True)
class LongRun:
    """sigma: substitution between origins; eta: demand for the market as a whole; eps: supply (:mod:`abm.rules.demand`)."""

    sigma: float
    eta: float
    eps: float


@dataclass(frozen=True)
class Closure:
    """What a closure does to each relation (n,). passing: share of its tonnes that went over what is shut; rise_usd_t: inf where
    stranded; rerouting_usd, stranded_usd: its loss a year, one of them 0; stranded_t, lost_t: tonnes a year (lost_t < 0: gained
    from suppliers who are hit harder)."""

    passing: Floats
    rise_usd_t: Floats
    rerouting_usd: Floats
    stranded_usd: Floats
    stranded_t: Floats
    lost_t: Floats

    @property
    def loss_usd(self) -> Floats:
        """Loss of each relation, USD a year."""
        return np.asarray(self.rerouting_usd + self.stranded_usd)


def cost_rise(mean_cost_0: Floats, composite_0: Floats, composite_1: Floats) -> Floats:
    """Rise of the generalised cost, USD/t; inf where there was a way and none is left, 0 where there was none before."""
    was, now = np.isfinite(composite_0), np.isfinite(composite_1)
    ratio = np.divide(composite_1, composite_0, out=np.ones_like(composite_0), where=was & now & (composite_0 > 0.0))
    return np.where(was & ~now, np.inf, mean_cost_0 * (ratio - 1.0))


def losses(rise_usd_t: Floats, base_t: Floats, fob_usd_t: Floats) -> tuple[Floats, Floats]:
    """(rerouting, stranded) loss of each relation, USD a year; a tonne never loses more than it is worth."""
    is_stranded = np.isinf(rise_usd_t)
    rerouting = base_t * np.where(is_stranded, 0.0, np.minimum(rise_usd_t, fob_usd_t))
    return rerouting, np.where(is_stranded, base_t * fob_usd_t, 0.0)


def long_run_t(rise_usd_t: Floats, price_0: Floats, table: ShipperTable, markets: Markets, rule: LongRun) -> Floats:
    """Tonnes a year (n,) that each relation trades once all have answered; ``price_0``: delivered price of the base year, USD/t.

    Prices of exporters and quantities are found together, by averaging until they agree.
    """
    is_stranded = np.isinf(rise_usd_t)
    moved = price_0 + np.where(is_stranded, 0.0, rise_usd_t)
    presence_0 = np.where(table.base_t > 0.0, 1.0, 0.0)
    presence = np.where(is_stranded, 0.0, presence_0)
    goods = table.fob_usd_t * (1.0 + table.duty)
    n_markets, n_supplies = int(table.market.max()) + 1, markets.sold_0.size
    ratio, quantity = np.ones(n_supplies), table.base_t
    for _ in range(_MOST_ROUNDS):
        relative = np.maximum(moved + goods * (ratio[table.supply] - 1.0), _LEAST_SHARE * price_0) / price_0
        index = price_index(relative, markets.weight, presence, presence_0, table.market, rule.sigma, n_markets)
        answer = relative**-rule.sigma * index[table.market] ** (rule.sigma - rule.eta)
        quantity = table.base_t * np.where(is_stranded, 0.0, np.where(table.is_exogenous, 1.0, answer))
        sold = np.bincount(table.supply, weights=np.where(table.is_exogenous, 0.0, quantity), minlength=n_supplies)
        wanted = supply_price_ratio(sold, markets.sold_0, markets.covered_supply, rule.eps)
        if np.abs(wanted - ratio).max(initial=0.0) < _AGREES:
            break
        ratio = 0.5 * (ratio + wanted)
    return np.asarray(quantity)


class Scan:
    """Closes parts of one network and tells the losses."""

    def __init__(self, world: StaticWorld, seats: Seats) -> None:
        self.world, self.seats = world, seats
        table = world.state.table
        self._fob_usd_t = table.fob_usd_t
        values = world.state.values
        self._rule = LongRun(values["sigma"], values["eta"], values["eps"])
        self._price_0 = table.fob_usd_t * (1.0 + table.duty) + world.base.mean_cost

    def carried_t(self) -> Floats:
        """Tonnes a year over each link (n_links,) in the base year, both directions: of a chain of arcs, the line-haul's."""
        arcs, case = self.world.state.network.arcs, self.world.scenario.case
        on_line = (arcs.link >= 0) & (arcs.kind == ArcKind.LINEHAUL)
        flow = self.world.base.flow[on_line] * DAYS_PER_YEAR
        return np.asarray(np.bincount(arcs.link[on_line], weights=flow, minlength=len(case.links)))

    def close(self, shut: Bools) -> tuple[Closure, Rest]:
        """What shutting these arcs (n_arcs,) does, and the state at rest that follows."""
        world, base, table = self.world, self.world.base, self.world.state.table
        after = world.rest(shut)
        rise = cost_rise(base.mean_cost, base.composite, after.composite)
        rerouting, stranded = losses(rise, table.base_t, self._fob_usd_t)
        is_stranded = np.isinf(rise)
        left_t = long_run_t(rise, self._price_0, table, world.state.markets, self._rule)
        return Closure(
            passing=base.share_over(shut), rise_usd_t=rise, rerouting_usd=rerouting, stranded_usd=stranded,
            stranded_t=np.where(is_stranded, table.base_t, 0.0), lost_t=table.base_t - left_t,
        ), after  # fmt: skip

    def rows(self, closure: Closure) -> list[dict[str, Any]]:
        """One row per seat: country, passing_t, passing_share, passing_value_share, loss_usd, loss_share (of the value of its
        trade), rerouting_usd, stranded_usd, stranded_t, lost_t, lost_usd."""
        seats, table = self.seats, self.world.state.table
        value = seats.value_usd
        numbers: Mapping[str, Floats] = {
            "passing_t": closure.passing * table.base_t, "passing_usd": closure.passing * value,
            "loss_usd": closure.loss_usd, "rerouting_usd": closure.rerouting_usd, "stranded_usd": closure.stranded_usd,
            "stranded_t": closure.stranded_t, "lost_t": closure.lost_t, "lost_usd": closure.lost_t * self._fob_usd_t,
        }  # fmt: skip
        sums = {name: seats.sums(values) for name, values in numbers.items()}
        tonnes, worth = seats.sums(seats.base_t), seats.sums(value)
        rows = []
        for name in seats.names:
            row: dict[str, Any] = {"country": name} | {key: sums[key][name] for key in numbers}
            row["passing_share"] = sums["passing_t"][name] / tonnes[name]
            row["passing_value_share"] = sums["passing_usd"][name] / worth[name]
            row["loss_share"] = sums["loss_usd"][name] / worth[name]
            rows.append(row)
        return rows


def scan_links(scan: Scan, holders: tuple[Holder, ...], progress: Callable[[int], None]) -> pd.DataFrame:
    """Losses of every seat when one link closes: a row per (link, country), with chain, title, mode, holders, carried_t.

    Links on exactly the same routes whose closing costs the same are one chain, named by its first link. Links that carry nothing
    cost nothing and have no rows. ``progress`` is told of every link of the case.
    """
    case, network = scan.world.scenario.case, scan.world.state.network
    carried, held = scan.carried_t(), holders_by_link(case, network, holders)
    place = place_names(case)
    chains: dict[tuple[bytes, str], str] = {}
    rows: list[dict[str, Any]] = []
    for number, link in enumerate(case.links):
        shut = (network.arcs.link == number) & scan.world.is_open
        if carried[number] >= CARRIES_T and shut.any():
            closure, _ = scan.close(shut)
            key = scan.world.base.routes.hits(shut).tobytes(), f"{closure.loss_usd.sum():.6g}"
            what: dict[str, Any] = {
                "link": link.link_id, "chain": chains.setdefault(key, link.link_id),
                "title": f"{place[link.from_node_id]} - {place[link.to_node_id]}", "mode": link.mode.value,
                "holders": ";".join(held[link.link_id]), "carried_t": float(carried[number]),
            }  # fmt: skip
            rows += [what | row for row in scan.rows(closure)]
        progress(1)
    return pd.DataFrame(rows)


def scan_holders(scan: Scan, holders: tuple[Holder, ...], progress: Callable[[int], None]) -> pd.DataFrame:
    """Share of every country's trade that passes what each other holds, and its loss if that one closes all of it.

    A row per (holder, country), without those of a country's own. partner_*: the part of passing_* that is trade with the
    holder's own country; transit_*: the rest, which only passes.
    """
    seats, rows = scan.seats, []
    for holder in holders:
        closure, _ = scan.close(holder.arcs & scan.world.is_open)
        ends = np.array(
            [holder.country in pair for pair in zip(seats.origin, seats.destination, strict=True)], dtype=np.bool_
        )
        partner = {
            "partner_share": seats.sums(closure.passing * seats.base_t * ends),
            "partner_value_share": seats.sums(closure.passing * seats.value_usd * ends),
        }
        whole = {"partner_share": seats.sums(seats.base_t), "partner_value_share": seats.sums(seats.value_usd)}
        for row in scan.rows(closure):
            name = row["country"]
            if name == holder.country:
                continue
            row |= {key: sums[name] / whole[key][name] for key, sums in partner.items()}
            row["transit_share"] = row["passing_share"] - row["partner_share"]
            row["transit_value_share"] = row["passing_value_share"] - row["partner_value_share"]
            rows.append({"holder": holder.name, "is_territory": holder.is_territory} | row)
        progress(1)
    return pd.DataFrame(rows)
