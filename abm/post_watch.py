"""Border posts look at their lines: overtime, inspection, what they publish. Once a day, in one pass over all posts."""

import numpy as np

from abm.network.arcs import Floats, Ints
from abm.renewal import renew_dwell, renew_service
from abm.rules.staffing import line_hours, manned_share, works_overtime
from abm.state import WorldState


def review_posts(state: WorldState) -> None:
    """Each morning: inspection by the alert, lanes by the line, and what a look at the line adds to the published times."""
    traits = state.posts.traits
    if traits.inspecting.size:
        _inspect(state, traits.inspecting)
    if traits.staffed.size:
        _staff(state, traits.staffed)
    measure_lines(state)
    if traits.telling.size:
        _tell(state, traits.telling)
    if traits.gates.size:
        _tell_of_gates(state, traits.gates)
    if traits.built.size:
        state.posts.published_h[traits.built] = state.published.mean_h()[traits.arc[traits.built]]


def _inspect(state: WorldState, rows: Ints) -> None:
    """Dwell is longer by ``alert_dwell_share`` while the region of the post's link is on alert."""
    posts, arc = state.posts, state.posts.traits.arc[rows]
    is_on = state.security.alert[state.network.arcs.link[arc]]
    if np.array_equal(is_on, posts.is_on_alert[rows]):
        return
    posts.is_on_alert[rows] = is_on
    state.layers.dwell_alert[arc] = 1.0 + posts.traits.alert_share[rows] * is_on
    renew_dwell(state)


def _staff(state: WorldState, rows: Ints) -> None:
    """Overtime begins and ends by the line at the regular rate; nobody works it before a shut gate. A daily window stays as
    it is: overtime mans more lanes in it."""
    posts, traits = state.posts, state.posts.traits
    facility = traits.facility[rows]
    share = traits.overtime_share[rows]
    manned = state.layers.capacity_post[facility]
    regular_h = state.numbers.service_h[facility] * manned / (1.0 - share)
    line_h = line_hours(_in_line(state, facility), regular_h, traits.servers[rows], traits.open_h[rows])
    is_on = works_overtime(line_h, posts.is_on_overtime[rows], traits.overtime_line_h[rows], traits.staffing)
    is_on &= state.link_is_open[state.network.arcs.link[traits.arc[rows]]]
    posts.is_on_overtime[rows] = is_on
    posts.overtime_days[rows] += is_on
    wanted = manned_share(is_on, share)
    if not np.array_equal(wanted, manned):
        state.layers.capacity_post[facility] = wanted
        renew_service(state)


def _in_line(state: WorldState, facility: Ints) -> Floats:
    return np.asarray(state.movement.queue_vehicles[facility])


def measure_lines(state: WorldState) -> None:
    """The hours that each post's line takes as it is manned today."""
    posts, traits = state.posts, state.posts.traits
    rows = traits.built
    if rows.size:
        facility = traits.facility[rows]
        posts.line_h[rows] = line_hours(
            _in_line(state, facility), state.numbers.service_h[facility], traits.servers[rows], traits.open_h[rows]
        )


def _tell(state: WorldState, rows: Ints) -> None:
    """Posts that publish count their line: who comes now needs the announced time and the line before it."""
    published, arc = state.published, state.posts.traits.arc[rows]
    published.standing_h[arc] = published.announced_h[arc] + state.posts.line_h[rows]


def _tell_of_gates(state: WorldState, arc: Ints) -> None:
    """Who runs ferries, trains and terminals tells of the tonnes in line, too: without that, all who turn before a shut road
    would board a ferry that is full for weeks, because last week's passengers found it quick."""
    facilities, numbers, facility = state.network.facilities, state.numbers, state.network.arcs.facility[arc]
    headway_h, places_t = facilities.headway_h[facility], numbers.places_t[facility]
    departs = (headway_h > 0.0) & np.isfinite(headway_h)
    hours_t = np.divide(headway_h, places_t, out=numbers.service_h[facility].copy(), where=departs)
    line_h = state.movement.queue_t[facility] * hours_t
    state.published.standing_h[arc] = state.published.announced_h[arc] + line_h


def close_day(state: WorldState, vehicles: Floats) -> None:
    """At night: the lines as they stand, and what inspection has cost those who passed today; ``vehicles``: by arc."""
    posts, layers = state.posts, state.layers
    rows = posts.traits.built
    if not rows.size:
        return
    measure_lines(state)
    arc = posts.traits.arc[rows]
    on_alert_h = state.network.arcs.dwell_h[arc] * layers.dwell_policy[arc] * (layers.dwell_alert[arc] - 1.0)
    posts.inspection_h[rows] += (on_alert_h + layers.dwell_added_h[arc]) * vehicles[arc]
