"""What every link, post, carrier, shipper and place was like, week by week, in arrays made once."""

import numpy as np
import numpy.typing as npt

from abm.corridor.tables import Case
from abm.model import CorridorModel
from abm.network.arcs import ArcKind, Floats
from abm.units import DAYS_PER_YEAR
from abm.viz.gauges import ratio

Singles = npt.NDArray[np.float32]
#: What is sampled, by name: whose row it is (link, post, carrier, shipper, node), and what of it.
NAMES = frozenset(
    {"link_t_day", "post_queue", "post_wait_h", "carrier_profit", "carrier_fleet", "shipper_t_year", "node_t_day"}
)
#: Days between two samples.
WEEK = 7


class _Counts:
    """The running sums of one world whose weekly differences are sampled."""

    def __init__(self, model: CorridorModel, case: Case) -> None:
        network = model.state.network
        arcs = network.arcs
        self._model = model
        self._line = np.flatnonzero((arcs.kind == ArcKind.LINEHAUL) & (arcs.link >= 0))
        self._link = arcs.link[self._line]
        self._node = network.node_of_state[arcs.to_state[self._line]]
        self._n_links, self._n_nodes = len(network.link_ids), len(case.nodes)
        node = {row.node_id: number for number, row in enumerate(case.nodes)}
        origin = np.array([node[flow.origin] for flow in case.flows], dtype=np.int64)
        self._origin = origin[model.state.table.flow]
        self._before = self._sums()

    def _sums(self) -> dict[str, Floats]:
        state = self._model.state
        entered, posts = state.movement.entered_t[self._line], state.posts.traits
        sent = state.ledger.shipped_t.sum(axis=1)
        fleets = state.fleets
        passed = state.movement.passed_vehicles[posts.arc]
        wait = state.movement.wait_vehicle_h[posts.arc]
        is_built = np.zeros(len(state.posts), dtype=np.bool_)
        is_built[posts.built] = True
        return {
            "link_t": np.bincount(self._link, weights=entered, minlength=self._n_links),
            "node_t": np.bincount(self._node, weights=entered, minlength=self._n_nodes)
            + np.bincount(self._origin, weights=sent, minlength=self._n_nodes),
            "passed": np.where(is_built, passed, 0.0),
            "wait_h": np.where(is_built, wait, 0.0),
            "profit": fleets.by_carrier(fleets.revenue_usd - fleets.cost_usd),
            "booked_days": np.array([max(fleets.booked_day, 0.0)]),
        }

    def sample(self) -> dict[str, Floats]:
        """The week's figures by name."""
        state, sums = self._model.state, self._sums()
        week = {name: sums[name] - self._before[name] for name in sums}
        self._before = sums
        posts, fleets = state.posts.traits, state.fleets
        queue = np.zeros(len(state.posts))
        queue[posts.built] = state.movement.queue_vehicles[posts.facility[posts.built]]
        running = np.where(fleets.has_joined, np.nan_to_num(fleets.vehicles), 0.0)
        return {
            "link_t_day": week["link_t"] / WEEK, "post_queue": queue, "post_wait_h": ratio(week["wait_h"], week["passed"]),
            "carrier_profit": ratio(week["profit"], week["booked_days"]) * DAYS_PER_YEAR,
            "carrier_fleet": fleets.by_carrier(running) + fleets.parked,
            "shipper_t_year": np.where(state.table.is_active, state.table.quantity_t, 0.0), "node_t_day": week["node_t"] / WEEK,
        }  # fmt: skip


class Histories:
    """Weekly samples of two worlds, row 0 without the measure and row 1 with it.

    link_t_day: tonnes a day both ways. post_queue: vehicles in line at the week's end; post_wait_h: mean hours in line of those
    who passed (nan: nobody). carrier_profit: USD a year, over the days booked since the last sample (nan: none); carrier_fleet:
    vehicles, parked ones included. shipper_t_year: tonnes a year as shippers would have it. node_t_day: tonnes a day that arrive
    over a link or set out.
    """

    def __init__(self, case: Case, horizon_days: int) -> None:
        self.n = 0
        self._case = case
        self._n_weeks = horizon_days // WEEK
        self._values: dict[str, Singles] = {}
        self._counts: tuple[_Counts, ...] = ()

    def begin(self, worlds: tuple[CorridorModel, CorridorModel]) -> None:
        """Watch these worlds, which stand on the morning of their opening day."""
        self._counts = tuple(_Counts(world, self._case) for world in worlds)
        state = worlds[0].state
        n_links, n_posts, n_carriers = len(state.network.link_ids), len(state.posts), len(state.fleets.carrier_ids)
        sizes = {
            "link_t_day": n_links, "post_queue": n_posts, "post_wait_h": n_posts, "carrier_profit": n_carriers,
            "carrier_fleet": n_carriers, "shipper_t_year": len(state.table), "node_t_day": len(self._case.nodes),
        }  # fmt: skip
        self._values = {
            name: np.full((size, 2, self._n_weeks), np.nan, dtype=np.float32) for name, size in sizes.items()
        }

    def record(self, days_played: int) -> None:
        """Take a sample if a week ends with the last day played."""
        if days_played % WEEK or self.n == self._n_weeks:
            return
        for world, counts in enumerate(self._counts):
            for name, values in counts.sample().items():
                self._values[name][:, world, self.n] = values
        self.n += 1

    def history(self, kind: str, row: int, what: str) -> tuple[Singles, Singles]:
        """(days at whose end the samples were taken, (2, n) values) of one link, post, carrier, shipper or node by its row.

        ``what``: t_day (link, node), queue, wait_h (post), profit, fleet (carrier), t_year (shipper). Else KeyError.
        """
        days = WEEK * np.arange(1, self.n + 1, dtype=np.float32)
        name = f"{kind}_{what}"
        if not self._values and name in NAMES:
            return days, np.zeros((2, 0), dtype=np.float32)
        return days, self._values[name][row, :, : self.n]
