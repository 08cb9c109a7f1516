"""Carriers and services of a case in words."""

from abm.corridor.circuits import boarding_legs, chain
from abm.corridor.prose import Block, Points, Section, counted, listed
from abm.corridor.tables import Carrier, Case, Service, Status

_LEAD = (
    "Who owns vehicles, and where they run out and back. Capacity is vehicles times payload over the time of a circuit, so slow "
    "borders make it shrink; it is enforced once, where cargo is taken aboard. Elsewhere the table's rate stands, at cost. "
    "Hired fleets (lorries) follow their load and are never full. Prices start from the case's rates and follow each direction's "
    "load, but for regulated carriers, whose rates move by policy alone. Between the services of one carrier vehicles go where "
    "they earn."
)


def carrier_sections(case: Case) -> tuple[Section, ...]:
    """Carriers and their services; nothing where the case has none."""
    if not case.services:
        return ()
    title = f"Carriers: {counted(len(case.services), 'service')} of {counted(len(case.carriers), 'carrier')}"
    blocks: list[Block] = [_LEAD]
    for carrier in case.carriers:
        own = tuple(_service(case, carrier, row) for row in case.services if row.carrier_id == carrier.carrier_id)
        blocks += [_carrier(carrier), Points(own)]
    return (Section(title, tuple(blocks)),)


def _carrier(carrier: Carrier) -> str:
    price = "regulated" if carrier.is_regulated else "priced"
    kind = f"{price}, hired" if carrier.is_elastic else price
    cost = f"{carrier.vehicle_day_usd:,g} USD a vehicle-day"
    return f"{carrier.name} ({carrier.carrier_id}): {carrier.mode.value}, {kind}; {cost}; profit to {carrier.country}."


def _service(case: Case, carrier: Carrier, service: Service) -> str:
    links = {link.link_id: link for link in case.links}
    legs = chain(service, links)
    km = sum(links[leg.link_id].length_km for leg in legs)
    words = [f"{service.title}, {km:,.0f} km", f"{service.payload_t:g} t a vehicle", _vehicles(service)]
    if not carrier.is_elastic:
        boards = dict.fromkeys(leg.link_id for leg in boarding_legs(service, legs))
        words.append(f"boards on {listed(list(boards))}")
    if any(links[leg.link_id].status is not Status.OPEN for leg in legs):
        words.append("waits until its links open")
    return f"{service.service_id}: {'; '.join(words)}"


def _vehicles(service: Service) -> str:
    if service.vehicles is None:
        return f"vehicles for a load of {service.base_load_share:.0%}"
    if service.vehicles_low is None or service.vehicles_high is None:
        return f"{service.vehicles:g} vehicles"
    return f"{service.vehicles:g} ({service.vehicles_low:g} to {service.vehicles_high:g}) vehicles"
