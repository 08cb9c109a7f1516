"""The lines that the explorer draws: a figure a day of both worlds, in arrays made once, so that playing takes no memory."""

import numpy as np
import numpy.typing as npt

from abm.corridor.tables import Case
from abm.model import CorridorModel
from abm.network.arcs import Floats
from abm.network.build import MODES
from abm.units import DAYS_PER_YEAR, HOURS_PER_DAY
from abm.viz.gauges import ROW, SUMS, Gauges, home_of, ratio
from abm.viz.marks import Mark as Mark
from abm.viz.marks import Marks
from abm.viz.series_lines import Line as Line
from abm.viz.series_lines import lines_of

Singles = npt.NDArray[np.float32]
#: Days over which trade is summed up, and over which everything that is seen sooner is.
YEAR, MONTH = int(DAYS_PER_YEAR), 28
_PERCENT, _MILLION = 100.0, 1e6


class Series:
    """Daily figures of two worlds, row 0 without the measure and row 1 with it; place ``i`` stands for the evening of day ``i``.

    ``lines``: what there is. ``n``: days recorded. Windows are trailing, and shorter as long as fewer days have been played; but
    the year of the trade index begins in the base year, so that it does not make a year of a few days' lots.
    """

    def __init__(self, case: Case, horizon_days: int) -> None:
        self.lines = lines_of(case)
        self.n = 0
        self.horizon_days = horizon_days
        self._row = {line.name: number for number, line in enumerate(self.lines)}
        self._values = np.full((len(self.lines), 2, horizon_days), np.nan, dtype=np.float32)
        self._sums = np.zeros((len(SUMS), 2, horizon_days + 1))
        self._home = home_of(case)
        self._sent_t = np.zeros((YEAR + 1, 2, self._home.had_trade.size))
        self._marks = Marks(case)
        self._gauges: tuple[Gauges, ...] = ()

    def begin(self, worlds: tuple[CorridorModel, CorridorModel]) -> None:
        """Watch these worlds, which stand on the morning of their opening day."""
        self._gauges = tuple(Gauges(world, self._home) for world in worlds)
        self._marks.begin(worlds)

    def record(self, worlds: tuple[CorridorModel, CorridorModel]) -> None:
        """Write down the day that has just been played."""
        day = self.n
        self.n += 1  # under the lock of whoever plays: who reads holds it, too
        queues = []
        for row, gauges in enumerate(self._gauges):
            self._sums[:, row, self.n], queue = gauges.read()
            self._sent_t[self.n % (YEAR + 1), row] = gauges.sent_by_relation()
            queues.append(queue)
        self._marks.look(day, worlds)
        for name, values in self._figures(np.array(queues)).items():
            self._values[self._row[name], :, day] = values

    def values(self, name: str) -> Singles:
        """The line's figures so far, (2, n); nan where there is none. Raises KeyError for a name that is not among the lines."""
        return self._values[self._row[name], :, : self.n]

    def marks(self) -> list[Mark]:
        """What came, ended or began so far, by day: the newest ones."""
        return self._marks.listed()

    # ------------------------------------------------------------------ how each figure is made
    def _figures(self, queues: Floats) -> dict[str, Floats]:
        """Today's figures by line, (2,) each."""
        year, month = self._since(YEAR), self._since(MONTH)
        home, now = self._home, self._sums[:, :, self.n]
        days = ratio(month[ROW["delivered_t_h"]], month[ROW["delivered_t"]]) / HOURS_PER_DAY
        sent = np.array([month[ROW[f"{mode.value}_t"]] for mode in MODES])
        shares = {f"share_{mode.value}": _PERCENT * ratio(sent[i], sent.sum(axis=0)) for i, mode in enumerate(MODES)}
        before = max(YEAR - self.n, 0) / YEAR  # part of the last year that lies before the opening day: the base year
        return {
            "trade_index": _PERCENT * (ratio(year[ROW["sent_usd"]], np.full(2, home.base_usd)) + before),
            "trade_index_t": _PERCENT * (ratio(year[ROW["sent_t"]], np.full(2, home.base_t)) + before),
            "transit_days": days,
            "transit_change_pct": _PERCENT * (ratio(days, np.full(2, days[0])) - 1.0) * np.array([0.0, 1.0]),
            "wait_h": ratio(month[ROW["wait_h"]], month[ROW["passed"]]),
            "queue_vehicles": queues,
            **shares,
            "profit_musd_year": ratio(month[ROW["profit_usd"]], month[ROW["booked_days"]]) * (DAYS_PER_YEAR / _MILLION),
            "incidents": now[ROW["starts"]],
            "stopped_days": now[ROW["stopped_days"]],
            **self._split(),
        }

    def _since(self, days: int) -> Floats:
        """What was added to each sum over the last ``days``, (n_sums, 2)."""
        return np.asarray(self._sums[:, :, self.n] - self._sums[:, :, max(0, self.n - days)])

    def _split(self) -> dict[str, Floats]:
        """Growth of the home country's trade over that of the world without: trade that did not exist in the base year, more of
        what did, and, below zero, what relations that shrink have lost; % of all its trade without. They add up to all growth."""
        places = YEAR + 1
        sent = self._sent_t[self.n % places] - self._sent_t[max(0, self.n - YEAR) % places]
        change, whole = sent[1] - sent[0], sent[0].sum()
        had_trade = self._home.had_trade
        gains = np.maximum(change, 0.0)
        parts = {
            "growth_new_pct": gains[~had_trade].sum(),
            "growth_diverted_pct": np.minimum(change, 0.0).sum(),
            "growth_more_pct": gains[had_trade].sum(),
        }
        scale = _PERCENT / whole if whole > 0.0 else np.nan
        return {name: np.array([0.0, scale * tonnes]) for name, tonnes in parts.items()}
