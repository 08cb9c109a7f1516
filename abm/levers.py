"""What acts on the network today, layer by layer, and the numbers that the layers make together.

Policies, incidents, border posts, carriers and authorities each write their own layer and then ask for the numbers to be made
anew. So whoever lets go leaves no trace, and nobody needs to know who else acts. A layer that says 1 (or 0 hours) leaves the
number of the case untouched, bit for bit.
"""

from dataclasses import dataclass, fields

import numpy as np

from abm.network.arcs import Bools, Floats, Ints, Network


@dataclass
class Layers:
    """Links: by_policy (as case and policies have it), n_shut (how many incidents, regimes and authorities keep it shut).

    Facilities, factors on the rate of service: capacity_policy, capacity_incident, capacity_post; gate_h: hours a vehicle (a
    tonne, at a boarding gate) holds one server before these factors; places_share: share of a departure's places that the
    carriers fill with vehicles. Arcs: dwell_policy, dwell_alert (factors), dwell_added_h;
    speed_policy (factor on speed), slowness (of incidents: factor on hours of movement); rate_policy, markup (factors on
    freight), charge_usd_t (n_arcs, n_classes).
    """

    by_policy: Bools
    n_shut: Ints
    capacity_policy: Floats
    capacity_incident: Floats
    capacity_post: Floats
    gate_h: Floats
    places_share: Floats
    dwell_policy: Floats
    dwell_alert: Floats
    dwell_added_h: Floats
    speed_policy: Floats
    slowness: Floats
    rate_policy: Floats
    markup: Floats
    charge_usd_t: Floats

    @classmethod
    def at_rest(cls, network: Network, link_is_open: Bools) -> "Layers":
        """Nobody acts."""
        n_arcs, n_facilities = len(network.arcs), len(network.facilities)
        return cls(
            by_policy=link_is_open.copy(), n_shut=np.zeros(link_is_open.size, dtype=np.int64),
            capacity_policy=np.ones(n_facilities), capacity_incident=np.ones(n_facilities),
            capacity_post=np.ones(n_facilities), gate_h=network.facilities.service_h.copy(),
            places_share=np.ones(n_facilities), dwell_policy=np.ones(n_arcs), dwell_alert=np.ones(n_arcs),
            dwell_added_h=np.zeros(n_arcs), speed_policy=np.ones(n_arcs), slowness=np.ones(n_arcs),
            rate_policy=np.ones(n_arcs), markup=np.ones(n_arcs), charge_usd_t=network.arcs.charge_usd_t.copy(),
        )  # fmt: skip

    def copy(self) -> "Layers":
        """An independent copy."""
        return Layers(**{f.name: getattr(self, f.name).copy() for f in fields(self)})

    def links_open(self) -> Bools:
        """Links that policies leave open and nobody keeps shut."""
        return np.asarray(self.by_policy & (self.n_shut == 0))

    def service_h(self) -> Floats:
        """Hours one vehicle holds a server of each facility."""
        return np.asarray(self.gate_h / (self.capacity_policy * self.capacity_incident * self.capacity_post))

    def places_t(self, network: Network) -> Floats:
        """Tonnes that a departure of each facility takes."""
        return np.asarray(
            network.facilities.places_t * (self.capacity_policy * self.capacity_incident * self.places_share)
        )

    def dwell_h(self, network: Network) -> Floats:
        """Mean dwell of each arc, hours."""
        return np.asarray(network.arcs.dwell_h * self.dwell_policy * self.dwell_alert + self.dwell_added_h)

    def free_time_h(self, network: Network) -> Floats:
        """Hours of movement on each arc when no incident slows it."""
        return np.asarray(network.arcs.free_time_h / self.speed_policy)

    def time_factor(self) -> Floats:
        """Factor on the hours of movement that the case has, of policies and incidents."""
        return np.asarray(self.slowness / self.speed_policy)

    def price_usd_t(self, network: Network) -> Floats:
        """Money on each arc and class, USD/t: freight times its factors, and charges as they stand."""
        arcs = network.arcs
        factor = (self.rate_policy * self.markup)[:, None]
        is_as_it_was = (factor == 1.0) & (self.charge_usd_t == arcs.charge_usd_t)
        return np.where(
            is_as_it_was, arcs.price_usd_t, (arcs.price_usd_t - arcs.charge_usd_t) * factor + self.charge_usd_t
        )
