"""From the flows of a case to its shippers: who trades what, how each values time, and what each may choose."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from abm.agents.shipper import ShipperTable
from abm.corridor.tables import CargoClass, Case, Flow, FlowKind, Layer, Tariff
from abm.network.build import CLASSES, MODES, Draw, central
from abm.network.options import Blueprint
from abm.randomness import Z_95, Process, address, inverse_normal, name_key
from abm.units import HOURS_PER_DAY

#: Width of the 5-95 % interval of a normal distribution, in standard deviations.
_FIVE_TO_NINETY_FIVE = 2.0 * Z_95


def pair_name(first: str, second: str) -> str:
    """Name of an unordered pair of countries: ``XA-XB``."""
    return "-".join(sorted((first, second)))


def duty_share(
    tariffs: tuple[Tariff, ...], destination: str, origin: str, commodity: str, draw: Draw = central
) -> float:
    """The ad valorem duty of the most specific tariff row (origin before commodity); 0 within a country or without a row.

    ``draw`` gives the row's number its value in this world.
    """
    if destination == origin:
        return 0.0
    for where, what in ((origin, commodity), (origin, "*"), ("*", commodity), ("*", "*")):
        for row in tariffs:
            if (row.destination, row.origin, row.commodity) == (destination, where, what):
                key = f"{destination}/{where}/{what}"
                return draw("tariffs.csv", key, "rate_share", row.rate_share, row.rate_low_share, row.rate_high_share)
    return 0.0


def spread_of(case: Case, name: str) -> float:
    """Standard deviation of log between shippers: the assumption's range read as the 5-95 % interval of a lognormal."""
    row = next(assumption for assumption in case.assumptions if assumption.name == name)
    return math.log(row.high / row.low) / _FIVE_TO_NINETY_FIVE if 0.0 < row.low < row.high else 0.0


class _Columns:
    """The columns of the table, one append per shipper."""

    def __init__(self, plan: Blueprint, values: Mapping[str, float], seed: int, draw: Draw) -> None:
        self.plan, self.values, self.seed, self.draw = plan, values, seed, draw
        case = plan.case
        self.country = {node.node_id: node.country for node in case.nodes}
        self.commodity = {row.commodity_id: row for row in case.commodities}
        self.group_of = {demand: number for number, demand in enumerate(plan.demands)}
        self.spread = {
            row.time_class: spread_of(case, f"time_cost_{row.time_class}") for row in self.commodity.values()
        }
        self.markets: dict[str, int] = {}
        self.supplies: dict[str, int] = {}
        self.pairs: dict[str, int] = {}
        self.rows: list[dict[str, object]] = []

    def add_flow(self, number: int, flow: Flow) -> None:
        goods = self.commodity[flow.commodity]
        origin, destination = self.country[flow.origin], self.country[flow.destination]
        column = CLASSES.index(goods.cargo_class)
        state_of = self.plan.network.state_of
        demand = (
            state_of[flow.origin, Layer.ZONE.value, "out"], state_of[flow.destination, Layer.ZONE.value, "in"], column
        )  # fmt: skip
        value = flow.unit_value_usd_t or self.draw(
            "commodities.csv", goods.commodity_id, "unit_value_usd_t", goods.unit_value_usd_t,
            goods.unit_value_low_usd_t, goods.unit_value_high_usd_t,
        )  # fmt: skip
        shared: dict[str, object] = {
            "flow": number, "group": self.group_of[demand], "cargo_class": column,
            "market": self.markets.setdefault(f"{destination}/{flow.commodity}", len(self.markets)),
            "supply": self.supplies.setdefault(f"{origin}/{flow.commodity}", len(self.supplies)),
            "pair": self.pairs.setdefault(pair_name(origin, destination), len(self.pairs)),
            "is_exogenous": flow.kind is FlowKind.EXOGENOUS, "base_t": flow.tonnes / flow.n_shippers,
            "potential_t": (flow.potential_tonnes or flow.tonnes) / flow.n_shippers, "fob_usd_t": value, "lot_t": goods.lot_t,
            "duty": duty_share(self.plan.case.tariffs, destination, origin, flow.commodity, self.draw),
        }  # fmt: skip
        for firm in range(flow.n_shippers):
            name = f"{flow.flow_id}#{firm + 1}"
            deviate = inverse_normal(address(self.seed, Process.VALUE_OF_TIME, name))
            share = self.values[f"time_cost_{goods.time_class}"] * math.exp(self.spread[goods.time_class] * deviate)
            phase = address(self.seed, Process.FIRST_LOT, name)
            self.rows.append(
                {**shared, "name": name, "vot": value * share / HOURS_PER_DAY, "stock_t": phase * goods.lot_t}
            )

    def column(self, name: str, dtype: type) -> np.ndarray:
        return np.array([row[name] for row in self.rows], dtype=dtype)


class Names(NamedTuple):
    """Names by number: markets ``XA/grain`` (destination), supplies ``XA/grain`` (origin), pairs ``XA-XB``."""

    markets: tuple[str, ...]
    supplies: tuple[str, ...]
    pairs: tuple[str, ...]


def build_shippers(
    plan: Blueprint, values: Mapping[str, float], seed: int, draw: Draw = central
) -> tuple[ShipperTable, Names]:
    """The table of all shippers of a case, and the names behind its market, supply and pair numbers.

    ``values`` holds every assumption; ``seed`` addresses each shipper's value of time and the phase of its first lot; ``draw``
    gives unit values and tariffs theirs in this world. Firms of one flow differ in these two alone.
    """
    columns = _Columns(plan, values, seed, draw)
    for number, flow in enumerate(plan.case.flows):
        columns.add_flow(number, flow)
    n, width = len(columns.rows), plan.widest + 1
    names = tuple(str(row["name"]) for row in columns.rows)
    vot = columns.column("vot", np.float64)
    base = columns.column("base_t", np.float64)
    real: dict[str, Any] = {
        name: columns.column(name, np.float64) for name in ("potential_t", "fob_usd_t", "lot_t", "stock_t", "duty")
    }
    whole: dict[str, Any] = {
        name: columns.column(name, np.int32) for name in ("flow", "group", "market", "supply", "pair")
    }
    zeros: dict[str, Any] = {
        name: np.zeros(n)
        for name in ("lost_sales_t", "awaiting_t", "composite", "mean_cost", "composite_0", "mean_cost_0", "price_mean",
                     "price_0", "days_blocked")
    }  # fmt: skip
    matrices: dict[str, Any] = {
        name: np.zeros((n, width)) for name in ("delta", "belief_h", "days_since_use", "cost", "probability")
    }
    table = ShipperTable(
        names=names, key=np.array([name_key(name) for name in names], dtype=np.uint64),
        cargo_class=columns.column("cargo_class", np.int8), is_exogenous=columns.column("is_exogenous", np.bool_),
        base_t=base, quantity_t=base.copy(), dispatched=np.zeros(n, dtype=np.int64), allowed=np.ones(n),
        vot=vot, vor=vot * values["reliability_ratio"],
        kappa=np.full(n, values["kappa"]), lam=np.full(n, values["lam"]),
        option=np.full((n, width), -1, dtype=np.int32), nest=np.full((n, width), -1, dtype=np.int32),
        route_key=np.zeros((n, width), dtype=np.uint64), is_new=base == 0.0,
        awaits=np.zeros(n, dtype=np.bool_), was_broken=np.zeros(n, dtype=np.bool_),
        is_active=np.ones(n, dtype=np.bool_), **real, **whole, **zeros, **matrices,
    )  # fmt: skip
    for i in range(n):
        for k, option in enumerate(plan.options_of_group[table.group[i]]):
            assign_option(table, i, k, option, plan.options.nest[option], plan.options.key[option])
    weigh_modes(table, plan.options.mode_share, values)
    return table, Names(tuple(columns.markets), tuple(columns.supplies), tuple(columns.pairs))


def assign_option(table: ShipperTable, row: int, column: int, option: int, nest: int, key: np.uint64) -> None:
    """Give a shipper a route to choose."""
    table.option[row, column], table.nest[row, column], table.route_key[row, column] = option, nest, key


def mode_penalties(values: Mapping[str, float]) -> np.ndarray:
    """``delta_<mode>_<class>``, log cost, shape (n_modes, n_classes); 0 where the case names none."""
    return np.array([[values.get(f"delta_{mode.value}_{cargo.value}", 0.0) for cargo in CargoClass] for mode in MODES])


def weigh_modes(table: ShipperTable, mode_share: np.ndarray, values: Mapping[str, float]) -> None:
    """Set ``delta`` of every route: the mode penalties of its class, weighted by the share of its length on each mode."""
    penalty = mode_share @ mode_penalties(values)
    known = table.option >= 0
    rows, _ = np.nonzero(known)
    table.delta[known] = penalty[table.option[known], table.cargo_class[rows]]
