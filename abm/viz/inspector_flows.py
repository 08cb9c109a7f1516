"""What passes where: means of the last weeks from running sums, and whose goods go over what, by the routes chosen today."""

from dataclasses import dataclass

import numpy as np

from abm.network.arcs import ArcKind, Bools, Floats, Ints
from abm.observers import Snapshot
from abm.state import WorldState
from abm.viz.inspector_names import Names
from abm.viz.inspector_parts import MOST_ROWS, Cell, Table
from abm.viz.words import percent, whole

#: What happens now is the mean of at least so many days, from the last end of a month that lies so far back.
LEAST_DAYS = 14
#: Of tonnes that go over something, a smaller share is not listed.
_LEAST_SHARE = 1e-3


@dataclass(frozen=True, slots=True)
class Recent:
    """What happened in a world in the last ``days`` days. ``since``: its own sums before them; None: from the very beginning."""

    state: WorldState
    days: float
    since: Snapshot | None

    def by_arc(self, name: str) -> Floats:
        """What was added to a running sum by arc: ``entered_t``, ``passed_vehicles``, ``wait_vehicle_h``, ``time_vehicle_h``."""
        added = np.array(getattr(self.state.movement, name), dtype=np.float64)
        if self.since is not None:
            added -= getattr(self.since, name)
        return added

    def per_day(self, name: str) -> Floats:
        """The same as a mean a day; 0 before the first day."""
        return self.by_arc(name) / max(self.days, 1.0)

    def hours(self, name: str) -> Floats:
        """Mean hours a vehicle, of ``wait_vehicle_h`` or ``time_vehicle_h``; nan where nothing passed."""
        vehicles, spent = self.by_arc("passed_vehicles"), self.by_arc(name)
        hours = np.full(spent.shape, np.nan)
        np.divide(spent, vehicles, out=hours, where=vehicles > 0.0)
        return hours


def recent(state: WorldState, least_days: int = LEAST_DAYS) -> Recent:
    """From the latest end of a month that is ``least_days`` days back or more; else from the beginning of the warm-up.

    Ends of months are those that the ledger remembers.
    """
    last_day = state.day - 1
    for shot in reversed(state.ledger.snapshots):
        if last_day - shot.day >= least_days:
            return Recent(state, float(last_day - shot.day), shot)
    return Recent(state, float(state.day + state.warmup_days), None)


def arcs_of_link(state: WorldState, row: int) -> Ints:
    """Line-haul arcs of a link: one for each way."""
    arcs = state.network.arcs
    return np.flatnonzero((arcs.link == row) & (arcs.kind == ArcKind.LINEHAUL))


def arcs_of_post(state: WorldState, row: int) -> Ints:
    """The arc of a post; none for a post of a direction that its link does not have."""
    return np.flatnonzero(state.network.arcs.post == row)


def share_over(state: WorldState, arcs: Ints) -> Floats:
    """Share of each shipper's goods that goes over at least one of these arcs, as routes were chosen today (n_shippers,)."""
    is_hit = np.zeros(len(state.network.arcs), dtype=np.bool_)
    is_hit[arcs] = True
    routes, table = state.movement.routes, state.table
    n = len(routes)
    hits = np.concatenate([[0], np.cumsum(is_hit[routes.arcs[: routes.starts[n]]])])
    passes = np.append((hits[routes.starts[1 : n + 1]] > hits[routes.starts[:n]])[state.options.route], False)
    return np.asarray(np.where(passes[table.option], table.probability, 0.0).sum(axis=1))


def users(names: Names, states: tuple[WorldState, WorldState], arcs: Ints, title: str, empty: str) -> Table:
    """Whose goods go over these arcs: the largest in either world."""
    shares = [share_over(state, arcs) for state in states]
    tonnes = [share * state.table.quantity_t for share, state in zip(shares, states, strict=True)]
    return shipper_table(names, states[0], tonnes, shares, title, empty, "Share of its goods, with")


def shipper_table(
    names: Names,
    state: WorldState,
    tonnes: list[Floats],
    shares: list[Floats],
    title: str,
    empty: str,
    share_title: str,
) -> Table:
    """The largest shippers by tonnes a year in either world; ``tonnes`` and ``shares`` by world (n_shippers,)."""
    size = np.maximum(*tonnes)
    is_meant: Bools = (np.maximum(*shares) >= _LEAST_SHARE) & (size > 0.0)
    order = np.argsort(-size, kind="stable")
    chosen = [int(row) for row in order[:MOST_ROWS] if is_meant[row]]
    rows = []
    for row in chosen:
        name = state.table.names[row]
        rows.append(
            (
                Cell(names.title("shipper", name), "shipper", name),
                *(Cell(whole(of_world[row])) for of_world in tonnes),
                Cell(percent(shares[1][row])),
            )
        )
    n_more = int(is_meant.sum()) - len(chosen)
    note = f"{n_more:,} more with less." if n_more > 0 else ""
    columns = ("Shipper", "Without, t a year", "With, t a year", share_title)
    return Table(title, columns, tuple(rows), rights=3, empty=empty, note=note)
