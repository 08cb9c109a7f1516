"""What is written down while a world runs. Mechanisms do not know of it; all is cumulative, so any window is a difference."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from abm.corridor.tables import Case
from abm.network.arcs import Floats, Int32s, Ints
from abm.network.build import CLASSES, MODES

_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
#: Days from the first of a year of 365 days to the end of each month.
MONTH_ENDS = np.cumsum(_MONTH_DAYS)


@dataclass
class Snapshot:
    """Cumulative sums at the end of ``day``. By shipper: shipped_t (n, K), money_usd, delivered_t, delivered_t_h, lost_sales_t.
    By arc: entered_t, passed_vehicles, wait_vehicle_h, time_vehicle_h. By facility: queue_vehicles (as it stands). sums: running
    sums of the cast by name; levels: what stands at the end of the day."""

    day: int
    shipped_t: Floats
    money_usd: Floats
    delivered_t: Floats
    delivered_t_h: Floats
    lost_sales_t: Floats
    entered_t: Floats
    passed_vehicles: Floats
    wait_vehicle_h: Floats
    time_vehicle_h: Floats
    queue_vehicles: Floats
    sums: Mapping[str, Floats] = field(default_factory=dict)
    levels: Mapping[str, Floats] = field(default_factory=dict)


@dataclass
class Ledger:
    """Running sums by shipper, snapshots at month ends, and every delivery of the days in ``log_days``. ``asked``: snapshots of
    the other days that somebody asks for beforehand, ``asked_days``."""

    shipped_t: Floats
    money_usd: Floats
    delivered_t: Floats
    delivered_t_h: Floats
    snapshots: list[Snapshot] = field(default_factory=list)
    log_from_day: int | None = None
    log: list[tuple[Int32s, Floats, Floats]] = field(default_factory=list)
    asked_days: frozenset[int] = frozenset()
    asked: list[Snapshot] = field(default_factory=list)

    @classmethod
    def empty(cls, n_shippers: int, width: int) -> "Ledger":
        """Nothing has happened yet."""
        return cls(np.zeros((n_shippers, width)), np.zeros(n_shippers), np.zeros(n_shippers), np.zeros(n_shippers))

    def copy(self) -> "Ledger":
        """A copy that shares the past: snapshots are never changed once taken."""
        return Ledger(
            self.shipped_t.copy(), self.money_usd.copy(), self.delivered_t.copy(), self.delivered_t_h.copy(),
            list(self.snapshots), self.log_from_day, list(self.log), self.asked_days, list(self.asked),
        )  # fmt: skip

    def dispatched(self, shipper: Int32s, column: Ints, tonnes: Floats, money_usd_t: Floats) -> None:
        """Lots that left today, with the money they cost to move."""
        np.add.at(self.shipped_t, (shipper, column), tonnes)
        self.money_usd += np.bincount(shipper, weights=tonnes * money_usd_t, minlength=self.money_usd.size)

    def delivered(self, day: int, shipper: Int32s, tonnes: Floats, hours: Floats) -> None:
        """Lots that arrived today, with their hours from door to door."""
        n = self.delivered_t.size
        self.delivered_t += np.bincount(shipper, weights=tonnes, minlength=n)
        self.delivered_t_h += np.bincount(shipper, weights=tonnes * hours, minlength=n)
        if self.log_from_day is not None and day >= self.log_from_day:
            self.log.append((shipper, tonnes, hours))

    def log_table(self) -> tuple[Int32s, Floats, Floats]:
        """Shipper, tonnes and door-to-door hours of every logged delivery."""
        if not self.log:
            return np.zeros(0, dtype=np.int32), np.zeros(0), np.zeros(0)
        shipper, tonnes, hours = zip(*self.log, strict=True)
        return np.concatenate(shipper), np.concatenate(tonnes), np.concatenate(hours)


class AccountBase(NamedTuple):
    """What the base year says, for accounts: rows of :func:`account_countries` by market, supply and arc (-1: none), covered
    shares, spending by market at delivered cost and sales by supply at fob, USD a year."""

    market_country: Ints
    supply_country: Ints
    arc_country: Ints
    covered: Floats
    covered_supply: Floats
    spending_usd: Floats
    sales_usd: Floats


class RouteMeasures(NamedTuple):
    """By option: charges (n_options, n_countries), USD/t; km (n_options, n_modes * n_classes), in the column of its class alone;
    and the charges of arcs that they rest on."""

    charges: Floats
    km: Floats
    arc_charges: Floats


@dataclass
class Accounting:
    """Running sums of what trade is worth to whom, USD, by country of :func:`account_countries`: users (of goods), transit
    (users of exogenous flows), exporters, other_buyers (outside the case, by the exporters' country), duty, charges (tolls and
    fees). And tkm (n_modes, n_classes). Users' and exporters' are levels (:mod:`abm.rules.welfare`): only differences of worlds
    have a meaning.
    """

    totals: dict[str, Floats]
    base: AccountBase | None = None
    routes: RouteMeasures | None = None

    @classmethod
    def empty(cls, case: Case) -> "Accounting":
        """Nothing has been earned yet."""
        n = len(account_countries(case))
        names = ("users", "transit", "exporters", "other_buyers", "duty", "charges")
        totals = {f"account_{name}": np.zeros(n) for name in names}
        return cls({**totals, "account_tkm": np.zeros((len(MODES), len(CLASSES)))})

    def copy(self) -> "Accounting":
        """A copy that sums up apart; what never changes is shared."""
        return Accounting({name: values.copy() for name, values in self.totals.items()}, self.base, self.routes)

    def sums(self) -> dict[str, Floats]:
        """All running sums by name."""
        return {name: values.copy() for name, values in self.totals.items()}

    def levels(self) -> dict[str, Floats]:
        """Nothing stands by itself."""
        return {}


def account_countries(case: Case) -> tuple[str, ...]:
    """Countries with a node, in alphabetical order: whose accounts are kept."""
    return tuple(sorted({node.country for node in case.nodes}))


def day_of_year(date: dt.date) -> int:
    """Day of a calendar of 365-day years, 0 on 1 January; 29 February counts as the 28th."""
    day = 28 if (date.month, date.day) == (2, 29) else date.day
    return int(MONTH_ENDS[date.month - 1] - _MONTH_DAYS[date.month - 1] + day - 1)


def is_month_end(day: int) -> bool:
    """Whether a month of the 365-day year that starts on day 0 ends on this day (negative days are the warm-up)."""
    return (day % 365) + 1 in MONTH_ENDS
