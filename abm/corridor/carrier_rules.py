"""Rules for carriers.csv and services.csv: every circuit is a chain of links of the carrier's mode that leads out and back."""

from collections.abc import Iterator

from abm.corridor.actor_rows import Carrier, Service, listed
from abm.corridor.circuits import boarding_legs, chain
from abm.corridor.folder import Reading
from abm.corridor.references import unknown
from abm.corridor.tables import Link, Node, Post, Status
from abm.corridor.wording import as_written
from abm.errors import Problem


def carrier_problems(reading: Reading) -> Iterator[Problem]:
    """Every row fits the others."""
    links = {link.link_id: link for _, link in reading.located(Link)}
    carriers = {carrier.carrier_id: carrier for _, carrier in reading.located(Carrier)}
    for place, service in reading.located(Service):
        yield from unknown(place, "carrier_id", service.carrier_id, "a carrier", reading.keys(Carrier))
        yield from unknown(place, "from_node_id", service.from_node_id, "a node", reading.keys(Node))
        names = listed(service.links)
        strangers = [name for name in names if name not in links]
        for name in strangers:
            if name not in reading.keys(Link):
                yield from unknown(place, "links", name, "a link", reading.keys(Link))
        if service.boards and service.boards not in names:
            rule = "must be a link of the chain, or empty"
            yield Problem(place, rule, "boards", as_written(service.boards))
        elif not strangers and service.from_node_id in reading.keys(Node):
            carrier = carriers.get(service.carrier_id)
            yield from _circuit(place, service, carrier, links)


def _circuit(place: str, service: Service, carrier: Carrier | None, links: dict[str, Link]) -> Iterator[Problem]:
    names = listed(service.links)
    if not names:
        yield Problem(place, "must name at least one link", "links", as_written(service.links))
        return
    for name in names:
        link = links[name]
        if names.count(name) > 1:
            yield Problem(place, f"names {name} twice: the way back is added by itself", "links")
            return
        if carrier is not None and link.mode is not carrier.mode:
            rule = f"holds {name}, which is {link.mode.value}: {carrier.carrier_id} runs on {carrier.mode.value}"
            yield Problem(place, rule, "links")
        if link.directed:
            yield Problem(place, f"holds {name}, which is directed: nothing comes back on it", "links")
    try:
        out = chain(service, links)
    except ValueError as fault:
        yield Problem(place, f"is not a chain from {service.from_node_id}: {fault}", "links")
        return
    shut = [name for name in names if links[name].status is not Status.OPEN]
    if shut and service.vehicles is None:
        rule = (
            f"must say how many the carrier would send: {shut[0]} is shut, so the base year has nothing to size it by"
        )
        yield Problem(place, rule, "vehicles")
    if carrier is None or carrier.is_elastic:
        return
    for leg in boarding_legs(service, out):
        if links[leg.link_id].headway_h is not None and links[leg.link_id].places_t is None:
            yield Problem(place, f"boards on {leg.link_id}, which has departures: give it places_t", "links")
            return


def carrier_doubts(reading: Reading) -> Iterator[Problem]:
    """Carriers that run nothing, and boarding between the posts of a border."""
    links = {link.link_id: link for _, link in reading.located(Link)}
    carriers = {carrier.carrier_id: carrier for _, carrier in reading.located(Carrier)}
    posts = {post.link_id for _, post in reading.located(Post)}
    used = {service.carrier_id for _, service in reading.located(Service)}
    for place, carrier in reading.located(Carrier):
        if carrier.carrier_id not in used:
            yield Problem(place, "runs no service", "carrier_id", as_written(carrier.carrier_id))
    for place, service in reading.located(Service):
        if carriers[service.carrier_id].is_elastic:
            continue
        boarded = {leg.link_id for leg in boarding_legs(service, chain(service, links))}
        between = sorted(name for name in boarded & posts if links[name].headway_h is None)
        if between:
            rule = "lies between border posts, so cargo waits there for vehicles: name another link of the chain"
            yield Problem(place, rule, "boards", between[0])
