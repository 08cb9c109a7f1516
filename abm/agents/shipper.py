"""Shippers: one structure of arrays that the kernels work on, and a thin ``mesa.Agent`` view on each row.

A shipper is one trade relation (origin, destination, commodity) of one firm. Its name, ``flow_id#number``, addresses its draws.
"""

from dataclasses import dataclass, fields
from typing import Any

import mesa
import numpy as np

from abm.kernels import kernel
from abm.network.arcs import Bools, Bytes, Floats, Int32s, Ints, Keys
from abm.randomness import Process, mix, uniform
from abm.rules.choice import first_to_arrive
from abm.units import HOURS_PER_DAY

_HOUR, _ROUTE = np.uint64(int(Process.HOUR)), np.uint64(int(Process.ROUTE))


@dataclass
class ShipperTable:
    """All shippers; every array has n_shippers rows, those marked [n, K] one column per route (the last one is the fallback).

    Who: names, key, flow (row of the case's flows), group, cargo_class, market (destination country x commodity), supply (origin
    country x commodity), pair (unordered pair of countries). What: base_t, potential_t, quantity_t (tonnes a year), fob_usd_t,
    lot_t, stock_t, allowed (share not banned), is_exogenous. How it values: duty, vot and vor (USD/(t h)), kappa, lam.
    Routes [n, K]: option (-1: none), nest, route_key, delta (log cost), belief_h, days_since_use, cost (USD/t), probability.
    Prices: composite and mean_cost (USD/t today), price_mean (USD/t, the long mean), and their references of the base year.
    Counts: lost_sales_t, awaiting_t (sent to wait since the last open way shut), dispatched (lots so far), days_blocked (days
    without an open route, from the opening day). Flags: is_new (no trade in the base year), awaits (no way is open today, and
    goods are sent to wait before a closure), was_broken (closure or ban has cut it, and it is not back yet), is_active (still in
    the model).
    """

    names: tuple[str, ...]
    key: Keys
    flow: Int32s
    group: Int32s
    cargo_class: Bytes
    market: Int32s
    supply: Int32s
    pair: Int32s
    is_exogenous: Bools
    base_t: Floats
    potential_t: Floats
    quantity_t: Floats
    fob_usd_t: Floats
    lot_t: Floats
    stock_t: Floats
    lost_sales_t: Floats
    awaiting_t: Floats
    dispatched: Ints
    allowed: Floats
    duty: Floats
    vot: Floats
    vor: Floats
    kappa: Floats
    lam: Floats
    option: Int32s
    nest: Int32s
    route_key: Keys
    delta: Floats
    belief_h: Floats
    days_since_use: Floats
    cost: Floats
    probability: Floats
    composite: Floats
    mean_cost: Floats
    composite_0: Floats
    mean_cost_0: Floats
    price_mean: Floats
    price_0: Floats
    days_blocked: Floats
    is_new: Bools
    awaits: Bools
    was_broken: Bools
    is_active: Bools

    def __len__(self) -> int:
        return len(self.names)

    def copy(self) -> "ShipperTable":
        """An independent copy: what changes in one world leaves the other alone."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        values |= {name: value.copy() for name, value in values.items() if isinstance(value, np.ndarray)}
        return ShipperTable(**values)


@dataclass(frozen=True, slots=True)
class Lots:
    """Lots that leave on one day: shipper (row), number (its how-manieth), key (address of its draws), time_h, column (route)."""

    shipper: Int32s
    number: Ints
    key: Keys
    time_h: Floats
    column: Ints


@kernel
def _take_full_lots(may_send: Bools, lot_t: Floats, stock_t: Floats, full: Ints) -> int:
    """Full lots of each shipper, taken from the stocks; returns how many there are in all."""
    total = 0
    for i in range(may_send.shape[0]):
        n = int(stock_t[i] // lot_t[i]) if may_send[i] else 0
        full[i] = n
        stock_t[i] -= n * lot_t[i]
        total += n
    return total


@kernel
def _address_lots(
    seed: np.uint64, day_start_h: float, full: Ints, key: Keys, probability: Floats, route_key: Keys, dispatched: Ints,
    shipper: Int32s, number: Ints, out_key: Keys, time_h: Floats, column: Ints,
) -> None:  # fmt: skip
    """Number, key, hour and route of each lot; ``dispatched`` counts them."""
    of_hour, of_route = mix(seed, _HOUR), mix(seed, _ROUTE)
    lot = 0
    for i in range(full.shape[0]):
        if full[i] > 0:
            hour, route = mix(of_hour, key[i]), mix(of_route, key[i])
            for _ in range(full[i]):
                n = np.uint64(dispatched[i])
                shipper[lot], number[lot], out_key[lot] = i, dispatched[i], mix(key[i], n)
                time_h[lot] = day_start_h + HOURS_PER_DAY * uniform(mix(hour, n))
                column[lot] = first_to_arrive(probability, route_key, i, mix(route, n))
                dispatched[i] += 1
                lot += 1


def send_lots(table: ShipperTable, seed: int, day_start_h: float) -> Lots:
    """Take every full lot of the shippers with an open route, and no ban, from their stocks, and choose its hour and route.

    The hour is addressed by (shipper, lot number), the route by (shipper, lot number, route): see :func:`abm.rules.choice.race`.
    """
    may_send = np.isfinite(table.composite) & (table.allowed > 0.0) & table.is_active
    full = np.empty(len(table), dtype=np.int64)
    n = _take_full_lots(may_send, table.lot_t, table.stock_t, full)
    lots = Lots(
        shipper=np.empty(n, dtype=np.int32), number=np.empty(n, dtype=np.int64), key=np.empty(n, dtype=np.uint64),
        time_h=np.empty(n), column=np.empty(n, dtype=np.int64),
    )  # fmt: skip
    _address_lots(
        np.uint64(seed), day_start_h, full, table.key, table.probability, table.route_key, table.dispatched,
        lots.shipper, lots.number, lots.key, lots.time_h, lots.column,
    )  # fmt: skip
    return lots


class Shipper(mesa.Agent):
    """A thin view on one row of the table, so that ``model.agents`` and the explorer work as Mesa users expect."""

    def __init__(self, model: mesa.Model, table: ShipperTable, row: int) -> None:
        super().__init__(model)
        self._table = table
        self.row = row

    @property
    def name(self) -> str:
        """``flow_id#number``."""
        return self._table.names[self.row]

    @property
    def quantity_t(self) -> float:
        """What the firm ships now, tonnes a year."""
        return float(self._table.quantity_t[self.row])

    @quantity_t.setter
    def quantity_t(self, tonnes: float) -> None:
        if not tonnes >= 0.0:
            raise ValueError(f"quantity_t: {tonnes} must be >= 0")
        self._table.quantity_t[self.row] = tonnes

    @property
    def base_t(self) -> float:
        """What it shipped in the base year, tonnes."""
        return float(self._table.base_t[self.row])

    @property
    def stock_t(self) -> float:
        """Goods that wait for a full lot, tonnes."""
        return float(self._table.stock_t[self.row])

    @property
    def cost_usd_t(self) -> float:
        """Generalised cost of its routes today, all routes together, USD/t (inf: no route)."""
        return float(self._table.composite[self.row])

    @property
    def belief_h(self) -> Floats:
        """Hours it believes each of its routes to take (a view; write through it to change a belief)."""
        row: Floats = self._table.belief_h[self.row]
        return row

    @property
    def probability(self) -> Floats:
        """Probability of each of its routes today."""
        row: Floats = self._table.probability[self.row]
        return row

    def remove(self) -> None:
        """Leave the model: the row stays, ships nothing, and keeps its place in the table."""
        self._table.is_active[self.row] = False
        self._table.quantity_t[self.row] = 0.0
        super().remove()
