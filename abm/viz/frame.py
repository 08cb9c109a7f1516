"""What changes on the map from one drawn moment to the next: flows, delays, lines at posts, incidents, and who is under way."""

import datetime as dt
import threading
import weakref
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from abm.corridor.tables import Case, Status
from abm.incidents import Incident, Source
from abm.model import CorridorModel
from abm.network.arcs import Ints
from abm.state import WorldState
from abm.units import HOURS_PER_DAY
from abm.viz.movers import Sample, arc_places
from abm.viz.packing import pack
from abm.viz.rates import Rates

#: What a link is today, as the browser knows it.
CLOSED, OPEN, PLANNED, UNDER_CONSTRUCTION, SHUT_BY_INCIDENT = range(5)
_CODES = {
    Status.OPEN: CLOSED,  # open in the table and yet not open today: somebody has closed it
    Status.CLOSED: CLOSED,
    Status.PLANNED: PLANNED,
    Status.UNDER_CONSTRUCTION: UNDER_CONSTRUCTION,
}
_N_WORLDS = 2
_MOVER_KINDS = {"mover_id": "u4", "mover_route": "u4", "mover_at": "f4", "mover_mode": "u1", "mover_waits": "u1"}


class Twin(Protocol):
    """What a camera looks at: the two worlds of :class:`abm.viz.twin.TwinModel`, row 0 without the measure, row 1 with it."""

    @property
    def scene_case(self) -> Case:
        """The case whose scene is drawn."""

    @property
    def is_ready(self) -> bool:
        """Whether there are worlds to look at."""

    @property
    def day(self) -> int:
        """Days since the opening day."""

    @property
    def date(self) -> dt.date:
        """The date of that day."""

    @property
    def worlds(self) -> tuple[CorridorModel, CorridorModel]:
        """Without the measure, with it."""

    @property
    def lock(self) -> threading.RLock:
        """Held while the worlds change and while they are read."""


class Camera:
    """Looks at two worlds, frame by frame, and remembers what it needs for means and for calm movement.

    One for each page. Days between two frames may be many; other worlds than last time, or an earlier day, make it start afresh.
    """

    def __init__(self) -> None:
        self._seen: tuple[weakref.ref[CorridorModel], ...] = ()
        self._day = 0
        self._rates: list[Rates] = []
        self._samples: list[Sample] = []
        self._posts: list[int] = []

    def frame(self, twin: Twin, shown: int) -> bytes:
        """The packed frame (:mod:`abm.viz.packing`) of this moment; movers are those of the world ``shown`` (row 0 or 1).

        meta: ``day``, ``date``, ``shown``, ``ready``, ``sample_share``, ``n_under_way`` (consignments of the world shown),
        ``incidents`` under way in either world, and ``new_routes``: number -> signed links (row + 1, negative against the link's
        direction) of all routes of this frame's movers; told every time, because a frame may be passed over on its way.
        arrays, row 0 without and row 1 with the measure: flow_t_day, delay (a ratio), status (see CLOSED ..), by link; queue
        (vehicles), wait_h by post; delay and wait_h are NaN where nobody has passed of late. ``mover_*``: at is links done along
        the route, mode the row of MODES, waits 1 for who stands in line.
        """
        with twin.lock:
            meta = {"day": twin.day, "date": twin.date.isoformat(), "shown": shown, "ready": twin.is_ready}
            if not twin.is_ready:
                return _blank(twin.scene_case, meta)
            self._aim(twin)
            states = [world.state for world in twin.worlds]
            for rates, state in zip(self._rates, states, strict=True):
                rates.look(state)
            sample = self._samples[shown]
            movers, n_under_way = sample.take(states[shown])
            meta |= {
                "sample_share": round(sample.share, 4),
                "n_under_way": n_under_way,
                "incidents": incidents(twin.scene_case, states),
                "new_routes": sample.routes(states[shown], movers.route),
            }
            arrays = self._arrays(states, twin.scene_case) | sample.arrays(states[shown], movers)
        return pack(meta, arrays)

    def _aim(self, twin: Twin) -> None:
        """Start afresh if these are not the worlds of last time, or it is earlier than it was."""
        seen = tuple(reference() for reference in self._seen)
        is_same = len(seen) == _N_WORLDS and all(a is b for a, b in zip(seen, twin.worlds, strict=True))
        if not is_same or twin.day < self._day:
            states = [world.state for world in twin.worlds]
            network = states[0].network
            places = arc_places(network, twin.scene_case)
            self._seen = tuple(weakref.ref(world) for world in twin.worlds)
            self._rates = [Rates(state, places) for state in states]
            self._samples = [Sample(twin.scene_case, network, world) for world in range(_N_WORLDS)]
            self._posts = [network.post_facility[name] for name in network.post_ids]
        self._day = twin.day

    def _arrays(self, states: list[WorldState], case: Case) -> dict[str, npt.NDArray[Any]]:
        rates = self._rates
        return {
            "flow_t_day": np.array([one.flow_t_day() for one in rates], dtype=np.float32),
            "delay": np.array([one.delay() for one in rates], dtype=np.float32),
            "wait_h": np.array([one.wait_h() for one in rates], dtype=np.float32),
            "status": np.array([link_status(case, state) for state in states], dtype=np.uint8),
            "queue": np.array([state.movement.queue_vehicles[self._posts] for state in states], dtype=np.float32),
        }


def _blank(case: Case, meta: Mapping[str, Any]) -> bytes:
    """A frame before there is anything to see: links as the case has them, nobody under way."""
    is_open = np.array([link.status is Status.OPEN for link in case.links])
    status = np.where(is_open, OPEN, _written(case)).astype(np.uint8)
    links = np.zeros((_N_WORLDS, len(case.links)), dtype=np.float32)
    posts = np.zeros((_N_WORLDS, len(case.posts)), dtype=np.float32)
    arrays = {
        "flow_t_day": links,
        "delay": np.full_like(links, np.nan),
        "wait_h": np.full_like(posts, np.nan),
        "status": np.array([status] * _N_WORLDS),
        "queue": posts,
        **{name: np.zeros(0, dtype=kind) for name, kind in _MOVER_KINDS.items()},
    }
    rest = {"sample_share": 1.0, "n_under_way": 0, "incidents": [], "new_routes": {}}
    return pack({**meta, **rest}, arrays)


# --------------------------------------------------------------------------------------------------------------------- status
def _written(case: Case) -> Ints:
    """The code of each link that is not open, as its row has it."""
    return np.array([_CODES[link.status] for link in case.links], dtype=np.int64)


def link_status(case: Case, state: WorldState) -> Ints:
    """What each link (n_links,) is today.

    A link that policies leave open and an incident shuts is SHUT_BY_INCIDENT; one that has been open before is CLOSED; one
    that never was open is what its row says.
    """
    is_shut = state.layers.by_policy & (state.security.shut > 0)
    never = ~state.link_was_open
    not_open = np.where(is_shut, SHUT_BY_INCIDENT, np.where(never, _written(case), CLOSED))
    return np.where(state.layers.links_open(), OPEN, not_open)


# ------------------------------------------------------------------------------------------------------------------ incidents
def incidents(case: Case, states: list[WorldState]) -> list[dict[str, Any]]:
    """What is under way at this hour in the worlds, each source once however many incidents of it overlap: the longest counts.

    ``id``: of its hazard, regime or event; ``links``, ``posts``: rows that it hits (posts only where it does not hit their
    link); ``relations``: what it holds back, as DESTINATION/ORIGIN/COMMODITY; ``left_share``: what gets through, 0 for nothing;
    ``days_left``: None for good; ``worlds``: rows of the worlds that have it.
    """
    titles = {row.hazard_id: row.title for row in case.hazards}
    titles |= {row.regime_id: row.title for row in case.regimes} | {row.event_id: row.title for row in case.events}
    found: dict[str, dict[str, Any]] = {}
    for world, state in enumerate(states):
        now_h = state.movement.now_h
        for incident in state.security.known:
            if not incident.start_h < now_h < incident.end_h:
                continue
            source = state.security.sources[incident.source]
            entry = found.get(source.name)
            if entry is None:
                entry = found[source.name] = _entry(source, titles[source.name], state)
            if world not in entry["worlds"]:
                entry["worlds"].append(world)
            entry["days_left"] = _longer(entry["days_left"], _days_left(incident, now_h))
    return [found[name] for name in sorted(found)]


def _entry(source: Source, title: str, state: WorldState) -> dict[str, Any]:
    arcs = state.network.arcs
    posts = np.unique(arcs.post[source.is_hit & (arcs.post >= 0) & ~np.isin(arcs.link, source.links)])
    return {
        "id": source.name, "title": title, "links": source.links.tolist(), "posts": posts.tolist(),
        "relations": list(source.triples), "left_share": source.left_share, "days_left": 0.0, "worlds": [],
    }  # fmt: skip


def _days_left(incident: Incident, now_h: float) -> float | None:
    return None if np.isinf(incident.end_h) else round((incident.end_h - now_h) / HOURS_PER_DAY, 1)


def _longer(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(one, other)
