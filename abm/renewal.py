"""From the layers to the numbers that everybody reads, and to the loader: called by whoever has written a layer."""

import numpy as np

from abm.network.arcs import Ints
from abm.state import WorldState, announced_times


def renew_links(state: WorldState) -> None:
    """Open and shut links as their layers say; marks the network as changed when a link's status does."""
    is_open = state.layers.links_open()
    for number in np.flatnonzero(is_open != state.link_is_open).tolist():
        state.link_is_open[number] = is_open[number]
        for facility in state.network.link_facilities.get(state.network.link_ids[number], ()):
            state.movement.set_open(facility, bool(is_open[number]))
        state.has_changed = True


def renew_service(state: WorldState) -> None:
    """Servers work at the rate of their layers; a departure takes so much more (its hours stay)."""
    service_h = state.layers.service_h()
    places_t = state.layers.places_t(state.network)
    is_new = service_h != state.numbers.service_h
    for facility in np.flatnonzero(is_new).tolist():
        state.movement.set_service_h(facility, float(service_h[facility]))
    for facility in np.flatnonzero(places_t != state.numbers.places_t).tolist():
        state.movement.set_places_t(facility, float(places_t[facility]))
    state.numbers.service_h, state.numbers.places_t = service_h, places_t
    at = state.network.arcs.facility
    _announce(state, np.flatnonzero((at >= 0) & is_new[at]))


def renew_dwell(state: WorldState) -> None:
    """Dwell of posts and terminals as its layers say."""
    dwell_h = state.layers.dwell_h(state.network)
    changed = np.flatnonzero(dwell_h != state.numbers.dwell_h)
    for arc in changed.tolist():
        state.movement.set_dwell_h(arc, float(dwell_h[arc]))
    state.numbers.dwell_h = dwell_h
    _announce(state, changed)


def renew_prices(state: WorldState) -> None:
    """Freight, handling, tolls and fees as their layers say."""
    state.numbers.price_usd_t = state.layers.price_usd_t(state.network)


def renew_speed(state: WorldState) -> None:
    """Hours of movement as the layers say. A policy's are announced; of an incident's, who passes publishes them."""
    free_time_h = state.layers.free_time_h(state.network)
    added_h = free_time_h - state.numbers.free_time_h
    changed = np.flatnonzero(added_h)
    state.movement.set_time_factor(state.layers.time_factor())
    state.numbers.free_time_h = free_time_h
    state.published.retime(changed, added_h[changed])
    _announce(state, changed)


def _announce(state: WorldState, arcs: Ints) -> None:
    """The new times of these arcs are announced on the day they hold."""
    published = state.published
    published.announced_h[arcs], published.announced_variance_h2[arcs] = announced_times(
        state.network, state.numbers.free_time_h, state.numbers.dwell_h, state.numbers.service_h, arcs
    )
