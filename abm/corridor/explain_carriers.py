"""Carriers and services of a case in words."""

from abm.corridor.circuits import boarding_legs, chain
from abm.corridor.prose import Grid, Section, counted
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
    used = counted(len(case.services), "service"), counted(len(case.carriers), "carrier")
    title = f"Carriers: {used[0]} of {used[1]}"
    return (Section(title, (_LEAD, _carriers(case), _services(case))),)


def _carriers(case: Case) -> Grid:
    rows = tuple(
        (carrier.carrier_id, carrier.name, carrier.country, carrier.mode.value, _kind(carrier), f"{carrier.vehicle_day_usd:,.0f}")
        for carrier in case.carriers
    )  # fmt: skip
    columns = ("carrier", "name", "profit to", "mode", "kind", "USD a vehicle-day")
    return Grid(columns, rows, frozenset({5}), wraps=1)


def _kind(carrier: Carrier) -> str:
    price = "regulated" if carrier.is_regulated else "priced"
    return f"{price}, hired" if carrier.is_elastic else price


def _services(case: Case) -> Grid:
    links = {link.link_id: link for link in case.links}
    hires = {carrier.carrier_id: carrier.is_elastic for carrier in case.carriers}
    rows = []
    for service in case.services:
        legs = chain(service, links)
        is_open = all(links[leg.link_id].status is Status.OPEN for leg in legs)
        boards = (
            ""
            if hires[service.carrier_id]
            else _boarding(service, [leg.link_id for leg in boarding_legs(service, legs)])
        )
        km = sum(links[leg.link_id].length_km for leg in legs)
        status = "runs" if is_open else "waits"
        rows.append(
            (
                service.service_id,
                service.title,
                f"{km:,.0f}",
                f"{service.payload_t:g}",
                _vehicles(service),
                boards,
                status,
            )
        )
    columns = ("service", "circuit", "km", "t a vehicle", "vehicles", "boards on", "base year")
    return Grid(columns, tuple(rows), frozenset({2, 3}), wraps=1)


def _boarding(service: Service, names: list[str]) -> str:
    return service.boards or " and ".join(dict.fromkeys(names))


def _vehicles(service: Service) -> str:
    if service.vehicles is None:
        return f"load {service.base_load_share:.0%}"
    if service.vehicles_low is None or service.vehicles_high is None:
        return f"{service.vehicles:g}"
    return f"{service.vehicles:g} ({service.vehicles_low:g} to {service.vehicles_high:g})"
