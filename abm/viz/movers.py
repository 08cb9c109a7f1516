"""Consignments as they travel: where each of a stable sample stands on its route, counted in links done.

The place of who moves between two stops is counted back from the hour of arrival at the next one, with free times and mean dwells
as they are now; a terminal's own dwell may differ from its mean, so a place can be out by part of that dwell, never by a stop.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abm.corridor.tables import Case, Direction
from abm.network.arcs import ArcKind, Bools, Floats, Ints, Keys, Network
from abm.network.consignments import ARRIVE, QUEUED, Table
from abm.state import WorldState
from abm.viz.scene import ENTRY_AT, EXIT_AT

#: Most consignments that are shown at a time.
MOST_MOVERS = 600
#: The share shown falls by this factor when there are too many, and rises again only when it would leave this part free.
_SHARE_STEP, _ROOM = 0.8, 0.9
_HASH_BITS = 11
_TWO_TO_MINUS_53 = 2.0**-53
_ID_BITS = np.uint64(0xFFFFFFFF)
#: Routes of the two worlds are numbered apart: those that detours add later differ.
_N_WORLDS = 2


@dataclass(frozen=True, slots=True)
class ArcPlaces:
    """What each arc means for a place on a route.

    is_line marks line-hauls, each of which is one link; signed is the link's row + 1, negative against its own direction (0 off
    the links). One who is done with a share s of an arc has done ``base + span * s`` links more than the line-hauls before it.
    exit_arc, entry_arc: arcs of the posts before and after a line-haul, -1 for none.
    """

    is_line: Bools
    signed: Ints
    base: Floats
    span: Floats
    exit_arc: Ints
    entry_arc: Ints


def arc_places(network: Network, case: Case) -> ArcPlaces:
    """The places of all arcs of a network of this case."""
    arcs = network.arcs
    is_line = arcs.kind == ArcKind.LINEHAUL
    row_of = {node.node_id: row for row, node in enumerate(case.nodes)}
    first_node = np.array([row_of[link.from_node_id] for link in case.links], dtype=np.int64)
    is_forward = network.node_of_state[arcs.from_state] == first_node[arcs.link]
    lets_out = np.array([post.direction is Direction.OUTBOUND for post in case.posts] + [False])[arcs.post]
    is_exit, is_entry = (arcs.post >= 0) & lets_out, (arcs.post >= 0) & ~lets_out
    exit_arc = np.where(is_line, _arc_at(network.n_states, arcs.to_state, is_exit)[arcs.from_state], -1)
    entry_arc = np.where(is_line, _arc_at(network.n_states, arcs.from_state, is_entry)[arcs.to_state], -1)
    begin = np.where(exit_arc >= 0, EXIT_AT, 0.0)
    end = np.where(entry_arc >= 0, ENTRY_AT, 1.0)
    # One who has come to the post that lets in is done with the line-haul but not with the link.
    at_post = np.where(is_exit, EXIT_AT, np.where(is_entry, ENTRY_AT - 1.0, 0.0))
    return ArcPlaces(
        is_line=is_line,
        signed=np.where(is_line, np.where(is_forward, 1, -1) * (arcs.link.astype(np.int64) + 1), 0),
        base=np.where(is_line, begin, at_post),
        span=np.where(is_line, end - begin, 0.0),
        exit_arc=exit_arc,
        entry_arc=entry_arc,
    )


def _arc_at(n_states: int, state_of_arc: npt.NDArray[np.int32], mask: Bools) -> Ints:
    """State -> the arc of the mask that touches it there, -1 for none."""
    found = np.full(n_states, -1, dtype=np.int64)
    found[state_of_arc[mask]] = np.flatnonzero(mask)
    return found


@dataclass(frozen=True, slots=True)
class Placed:
    """Consignments and where they are: at counts links done along the route; arc: on it, or before its facility."""

    key: Keys
    route: Ints
    at: Floats
    arc: Ints
    waits: Bools

    def taken(self, rows: Bools | Ints) -> "Placed":
        """Those of a mask, or of row numbers."""
        return Placed(self.key[rows], self.route[rows], self.at[rows], self.arc[rows], self.waits[rows])


def under_way(state: WorldState) -> Table:
    """Records of the consignments that move, are served or wait; no background vehicles, none whose cargo is lost."""
    slots = state.movement.slots
    kind = slots["kind"]
    rows = np.flatnonzero((kind >= ARRIVE) & (kind <= QUEUED) & (slots["background"] == 0))
    return slots[rows]


def located(state: WorldState, places: ArcPlaces, records: Table) -> Placed:
    """Where the consignments of these records are now. At the ends of its route a consignment has done 0 or all links."""
    routes, arcs, now_h = state.movement.routes, state.network.arcs, state.movement.now_h
    starts = routes.starts[: len(routes) + 1].astype(np.int64)
    path = routes.arcs[: starts[-1]]
    hours = (arcs.free_time_h * state.movement.time_factor + state.numbers.dwell_h)[path]
    hours_before = np.concatenate([[0.0], np.cumsum(hours)])
    lines_before = np.concatenate([[0], np.cumsum(places.is_line[path])])
    last_gate = np.maximum.accumulate(np.where(arcs.facility[path] >= 0, np.arange(path.size), -1))

    route, place = records["route"].astype(np.int64), records["place"].astype(np.int64)
    begin, end = starts[route], starts[route + 1]
    moves = (records["kind"] == ARRIVE) & (place > begin)
    # Hours along the path, counted over all routes end to end, that one who moves has behind itself.
    behind_h = hours_before[place] - (records["time_h"] - now_h)
    before = np.maximum(place - 1, 0)
    on = np.searchsorted(hours_before, behind_h, side="right") - 1
    on = np.clip(on, np.maximum(begin, last_gate[before]), np.maximum(before, begin))
    on = np.where(moves, on, np.minimum(place, end - 1))
    long = np.where(hours[on] > 0.0, hours[on], 1.0)
    share = np.where(moves & (hours[on] > 0.0), np.clip((behind_h - hours_before[on]) / long, 0.0, 1.0), 0.0)
    arc = path[on].astype(np.int64)
    at = lines_before[on] - lines_before[begin] + places.base[arc] + share * places.span[arc]
    most = (lines_before[end] - lines_before[begin]).astype(np.float64)
    return Placed(records["key"].copy(), route, np.clip(at, 0.0, most), arc, records["kind"] == QUEUED)


class Sample:
    """Which consignments of one world are shown, from frame to frame: the same ones as long as their number allows it.

    A consignment is shown if the number that its key makes is below ``share``.
    """

    def __init__(self, case: Case, network: Network, world: int) -> None:
        self._places = arc_places(network, case)
        self._is_yard = network.arcs.kind == ArcKind.CONNECTOR
        self._world = world
        self._last = (np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64), np.zeros(0))
        self.share = 1.0
        self._links_of: dict[int, list[int]] = {}

    def take(self, state: WorldState) -> tuple[Placed, int]:
        """The consignments to show, and how many there are to choose from; those in the yards of their two ends stay unseen."""
        records = under_way(state)
        number = (records["key"] >> np.uint64(_HASH_BITS)) * _TWO_TO_MINUS_53
        wider = min(self.share / _SHARE_STEP, 1.0)
        is_near = number < wider
        found, number = located(state, self._places, records[is_near]), number[is_near]
        is_seen = ~self._is_yard[found.arc]
        found, number = found.taken(is_seen), number[is_seen]
        if number.size <= _ROOM * MOST_MOVERS:
            self.share = wider
        while int((number < self.share).sum()) > MOST_MOVERS:
            self.share *= _SHARE_STEP
        return self._forward(found.taken(number < self.share)), int(records.size)

    def _forward(self, found: Placed) -> Placed:
        """Nobody is seen to go back on its route because dwells or speeds have changed since it set out."""
        order = np.argsort(found.key)
        found = found.taken(order)
        keys, routes, at = self._last
        if keys.size:
            row = np.minimum(np.searchsorted(keys, found.key), keys.size - 1)
            is_same = (keys[row] == found.key) & (routes[row] == found.route)
            found = Placed(
                found.key,
                found.route,
                np.where(is_same, np.maximum(found.at, at[row]), found.at),
                found.arc,
                found.waits,
            )
        self._last = found.key, found.route, found.at
        return found

    def routes(self, state: WorldState, routes: Ints) -> dict[str, list[int]]:
        """Number for the browser -> signed link numbers, of these routes."""
        return {str(route * _N_WORLDS + self._world): self._links(state, route) for route in np.unique(routes).tolist()}

    def _links(self, state: WorldState, route: int) -> list[int]:
        if route not in self._links_of:
            table = state.movement.routes
            signed = self._places.signed[table.arcs[table.starts[route] : table.starts[route + 1]]]
            self._links_of[route] = signed[signed != 0].tolist()
        return self._links_of[route]

    def arrays(self, state: WorldState, found: Placed) -> dict[str, npt.NDArray[np.generic]]:
        """The sample as a browser reads it."""
        return {
            "mover_id": (found.key & _ID_BITS).astype(np.uint32),
            "mover_route": (found.route * _N_WORLDS + self._world).astype(np.uint32),
            "mover_at": found.at.astype(np.float32),
            "mover_mode": state.network.arcs.mode[found.arc].astype(np.uint8),
            "mover_waits": found.waits.astype(np.uint8),
        }
