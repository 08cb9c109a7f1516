"""Border posts: one structure of arrays that the daily review works on, and a thin ``mesa.Agent`` view on each row."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import mesa
import numpy as np

from abm.corridor.scenario import Scenario
from abm.corridor.tables import Post
from abm.network.arcs import Bools, Floats, Ints, Network
from abm.network.build import UNLIMITED, open_hours
from abm.rules.staffing import StaffingParameters


@dataclass(frozen=True, slots=True)
class PostTraits:
    """What never changes; one row per post in the order of the case's table, Ints of rows where named so.

    arc, facility: rows in the network. servers, open_h (hours of the daily window), overtime_share, overtime_line_h,
    alert_share: as in borders.csv. staffed, inspecting, telling: rows of posts that work overtime, that add dwell on alert,
    that publish; limited: that have places in line for so many and no more. gates: arcs with any other gate (departures,
    tracks, terminals), whose lines are told by who runs them. is_told [n]. acts: whether posts act at all in
    this world; if not, all capacity is manned always and what passes is all that is published.
    A post of a direction that its link does not have is in no list, and stands for arc and facility 0.
    """

    names: tuple[str, ...]
    arc: Ints
    facility: Ints
    servers: Floats
    open_h: Floats
    overtime_share: Floats
    overtime_line_h: Floats
    alert_share: Floats
    is_told: Bools
    built: Ints
    staffed: Ints
    inspecting: Ints
    telling: Ints
    limited: Ints
    gates: Ints
    acts: bool
    staffing: StaffingParameters


@dataclass
class Posts:
    """What posts do, one row per post.

    is_on_overtime, is_on_alert: today. line_h: hours until somebody who joins the line now is served; published_h: hours
    that shippers read this morning. Running sums: overtime_days; inspection_h, vehicle-hours of dwell that alert and policies
    have added.
    """

    traits: PostTraits
    is_on_overtime: Bools
    is_on_alert: Bools
    line_h: Floats
    published_h: Floats
    overtime_days: Floats
    inspection_h: Floats

    def __len__(self) -> int:
        return len(self.traits.names)

    def copy(self) -> "Posts":
        """An independent copy."""
        arrays = {f.name: getattr(self, f.name).copy() for f in fields(self) if f.name != "traits"}
        return Posts(traits=self.traits, **arrays)

    def sums(self) -> dict[str, Floats]:
        """Running sums for the ledger."""
        return {"overtime_days": self.overtime_days.copy(), "inspection_h": self.inspection_h.copy()}

    def levels(self) -> dict[str, Floats]:
        """What stands at the end of the day."""
        return {"line_h": self.line_h.copy()}


class BorderPost(mesa.Agent):
    """One side of a crossing in one direction: looks at its line every morning, and mans its lanes (:mod:`abm.post_watch`).

    A view: everything stands in its row of :class:`Posts`.
    """

    def __init__(self, model: mesa.Model, posts: Posts, row: int) -> None:
        super().__init__(model)
        self._posts, self._row = posts, row

    def __repr__(self) -> str:
        return f"BorderPost({self.name!r})"

    @property
    def name(self) -> str:
        """Its identifier in borders.csv."""
        return self._posts.traits.names[self._row]

    @property
    def line_h(self) -> float:
        """Hours until somebody who joins the line now is served."""
        return float(self._posts.line_h[self._row])

    @property
    def line_vehicles(self) -> float:
        """Vehicles in line."""
        state = getattr(self.model, "state", None)
        return float(state.movement.queue_vehicles[self._posts.traits.facility[self._row]]) if state else 0.0

    @property
    def is_on_overtime(self) -> bool:
        """Whether all its capacity is manned today."""
        return bool(self._posts.is_on_overtime[self._row])

    @property
    def inspection_share(self) -> float:
        """Dwell added by today's alert, as a share."""
        return float(self._posts.traits.alert_share[self._row] * self._posts.is_on_alert[self._row])

    @property
    def published_h(self) -> float:
        """Hours that shippers read this morning."""
        return float(self._posts.published_h[self._row])


def new_posts(scenario: Scenario, network: Network, end_share: float) -> Posts:
    """All posts at their regular hours, with nobody in line. ``end_share``: see :class:`StaffingParameters`."""
    traits = _traits(scenario, network, StaffingParameters(end_share))
    n = len(traits.names)
    off = np.zeros(n, dtype=np.bool_)
    return Posts(traits, off, off.copy(), *(np.zeros(n) for _ in range(4)))


def _traits(scenario: Scenario, network: Network, staffing: StaffingParameters) -> PostTraits:
    posts = scenario.case.posts
    arc_of = {network.post_ids[number]: arc for arc, number in enumerate(network.arcs.post) if number >= 0}
    is_built = np.array([post.post_id in arc_of for post in posts], dtype=np.bool_)
    facility = np.array([network.post_facility.get(post.post_id, 0) for post in posts], dtype=np.int64)
    acts = scenario.acts("posts")
    publishes = _flags(post.publishes or not acts for post in posts)
    queue_max = network.facilities.queue_max[facility] if len(posts) else np.zeros(0, dtype=np.int64)
    return PostTraits(
        names=network.post_ids, arc=np.array([arc_of.get(post.post_id, 0) for post in posts], dtype=np.int64),
        facility=facility, servers=_numbers(posts, "servers"),
        open_h=np.array([open_hours(post.opens_h, post.closes_h) for post in posts]),
        overtime_share=_numbers(posts, "overtime_share"), overtime_line_h=_numbers(posts, "overtime_line_h"),
        alert_share=_numbers(posts, "alert_dwell_share"), is_told=publishes, built=np.flatnonzero(is_built),
        staffed=np.flatnonzero(is_built & acts & (_numbers(posts, "overtime_share") > 0.0)),
        inspecting=np.flatnonzero(is_built & acts & (_numbers(posts, "alert_dwell_share") > 0.0)),
        telling=np.flatnonzero(is_built & acts & publishes), limited=np.flatnonzero(is_built & (queue_max < UNLIMITED)),
        gates=np.flatnonzero((network.arcs.facility >= 0) & (network.arcs.post < 0) & acts),
        acts=acts, staffing=staffing,
    )  # fmt: skip


def _numbers(posts: Iterable[Post], column: str) -> Floats:
    return np.array([getattr(post, column) for post in posts], dtype=np.float64)


def _flags(values: Iterable[bool]) -> Bools:
    return np.array(list(values), dtype=np.bool_)
