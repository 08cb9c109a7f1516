"""Circuits of services: the legs of the way out and of the way back, and where one boards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from abm.corridor.actor_rows import Service, listed
from abm.corridor.tables import Case, Link


@dataclass(frozen=True, slots=True)
class Leg:
    """One link, passed from one of its nodes to the other."""

    link_id: str
    origin: str
    destination: str

    @property
    def back(self) -> "Leg":
        """The same link the other way."""
        return Leg(self.link_id, self.destination, self.origin)

    @property
    def arc(self) -> str:
        """Name of its line-haul arc."""
        return f"{self.link_id}:{self.origin}>{self.destination}"


def chain(service: Service, links: Mapping[str, Link]) -> tuple[Leg, ...]:
    """Legs of the way out, in order. Raises ValueError, naming the link, where links do not join; KeyError for an unknown one."""
    legs, here = [], service.from_node_id
    for name in listed(service.links):
        link = links[name]
        if here not in (link.from_node_id, link.to_node_id):
            raise ValueError(f"{name} does not go on from {here}")
        there = link.to_node_id if here == link.from_node_id else link.from_node_id
        legs.append(Leg(name, here, there))
        here = there
    return tuple(legs)


def way_back(out: Sequence[Leg]) -> tuple[Leg, ...]:
    """Legs of the way back, in order."""
    return tuple(leg.back for leg in reversed(out))


def boarding_legs(service: Service, out: Sequence[Leg]) -> tuple[Leg, Leg]:
    """The legs, out and back, on which the service takes its cargo aboard: the first of each way, or those of ``boards``."""
    if service.boards:
        leg = next(leg for leg in out if leg.link_id == service.boards)
        return leg, leg.back
    return out[0], out[-1].back


def gates(case: Case) -> frozenset[tuple[str, str]]:
    """(link, node one comes from) of every leg on which vehicles may be short: boarding legs of carriers that hire none."""
    links = {link.link_id: link for link in case.links}
    fixed = {carrier.carrier_id for carrier in case.carriers if not carrier.is_elastic}
    legs = (
        leg
        for service in case.services
        if service.carrier_id in fixed
        for leg in boarding_legs(service, chain(service, links))
    )
    return frozenset((leg.link_id, leg.origin) for leg in legs)
