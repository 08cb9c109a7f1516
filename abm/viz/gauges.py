"""What is read off one world every evening: running sums from which any window's figure is a difference, and levels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abm.corridor.tables import Case, FlowKind
from abm.model import CorridorModel
from abm.network.arcs import Floats, Ints
from abm.network.build import MODES

#: Running sums, in the order of the rows of :meth:`Gauges.read`. Trade is what the home country trades with all others, of flows
#: that can respond: USD at the base year's fob values, tonnes, tonne-hours from door to door, tonnes sent by main mode. At posts:
#: vehicles passed and vehicle-hours in line. profit_usd: all carriers, who book once a week and whenever a link opens or shuts:
#: it stands for booked_days. starts, stopped_days: incidents and link-days shut.
SUMS = (
    "sent_usd", "sent_t", "delivered_t", "delivered_t_h", "passed", "wait_h", *(f"{mode.value}_t" for mode in MODES),
    "profit_usd", "booked_days", "starts", "stopped_days",
)  # fmt: skip
ROW = {name: number for number, name in enumerate(SUMS)}


@dataclass(frozen=True)
class Home:
    """The home country's trade: rows of the shipper table, base-year value (USD) and tonnes, value of a tonne of each row; its
    relations (partner, direction, commodity) by row, whether each existed in the base year."""

    rows: Ints
    fob_usd_t: Floats
    base_usd: float
    base_t: float
    relation: Ints
    had_trade: npt.NDArray[np.bool_]


def home_of(case: Case) -> Home:
    """Who trades with the home country, in the order of the shipper table (flows as written, firms within them)."""
    country = {node.node_id: node.country for node in case.nodes}
    value = {row.commodity_id: row.unit_value_usd_t for row in case.commodities}
    rows, fob, base, keys, row = [], [], [], [], 0
    for flow in case.flows:
        origin, destination = country[flow.origin], country[flow.destination]
        is_home = flow.kind is FlowKind.TRADE and (origin == case.info.home) != (destination == case.info.home)
        for _ in range(flow.n_shippers):
            if is_home:
                rows.append(row)
                fob.append(flow.unit_value_usd_t or value[flow.commodity])
                base.append(flow.tonnes / flow.n_shippers)
                keys.append((origin, destination, flow.commodity))
            row += 1
    number = {key: index for index, key in enumerate(dict.fromkeys(keys))}
    relation = np.array([number[key] for key in keys], dtype=np.int64)
    fob_usd_t, base_t = np.array(fob, dtype=np.float64), np.array(base, dtype=np.float64)
    had_trade = np.bincount(relation, weights=base_t, minlength=len(number)) > 0.0
    return Home(
        np.array(rows, dtype=np.int64), fob_usd_t, float(base_t @ fob_usd_t), float(base_t.sum()), relation, had_trade
    )


class Gauges:
    """The instruments of one world. Sums count from the moment at which they were put up."""

    def __init__(self, model: CorridorModel, home: Home) -> None:
        state = model.state
        self._model, self._home = model, home
        self._arcs = np.flatnonzero(state.network.arcs.post >= 0)
        self._facilities = np.unique(state.network.arcs.facility[self._arcs])
        self._shipped_t = state.ledger.shipped_t[home.rows]
        self._by_mode = np.zeros(len(MODES))
        self._main_mode = np.zeros(0, dtype=np.int64)
        self._first = np.zeros(len(SUMS))
        self._first, _ = self.read()
        self._first_t = self._shipped_t.sum(axis=1)

    def read(self) -> tuple[Floats, float]:
        """The running sums of :data:`SUMS` so far, and vehicles in line at posts now."""
        state, home = self._model.state, self._home
        ledger, movement = state.ledger, state.movement
        shipped_t = ledger.shipped_t[home.rows]
        self._count_modes(shipped_t)
        sent = shipped_t.sum(axis=1)
        fleets, security = state.fleets, state.security
        sums = np.array(
            [
                sent @ home.fob_usd_t, sent.sum(), ledger.delivered_t[home.rows].sum(), ledger.delivered_t_h[home.rows].sum(),
                movement.passed_vehicles[self._arcs].sum(), movement.wait_vehicle_h[self._arcs].sum(), *self._by_mode,
                fleets.revenue_usd.sum() - fleets.cost_usd.sum(), max(fleets.booked_day, 0), security.starts.sum(),
                security.shut_days.sum(),
            ]
        )  # fmt: skip
        return sums - self._first, float(movement.queue_vehicles[self._facilities].sum())

    def _count_modes(self, shipped_t: Floats) -> None:
        """Tonnes sent today by the mode that carries most of the route's length; a column may stand for another route later."""
        options, option = self._model.state.options, self._model.state.table.option[self._home.rows]
        if self._main_mode.size != len(options) + 1:  # a route has been found; the last place is that of no route
            self._main_mode = np.append(options.mode_share.argmax(axis=1), 0)
        today = shipped_t - self._shipped_t
        self._shipped_t = shipped_t
        mode = self._main_mode[option]
        self._by_mode += np.bincount(mode.ravel(), weights=today.ravel(), minlength=len(MODES))

    def sent_by_relation(self) -> Floats:
        """Tonnes sent so far by relation of the home country, as of the last reading."""
        sent = self._shipped_t.sum(axis=1) - self._first_t
        return np.bincount(self._home.relation, weights=sent, minlength=self._home.had_trade.size)


def ratio(part: Floats, whole: Floats) -> Floats:
    """Part over whole; nan where there is nothing."""
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0.0))
