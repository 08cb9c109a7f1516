"""Carriers: fleets on services as one structure of arrays, and a thin ``mesa.Agent`` view on each carrier.

A service is a circuit: a chain of links out, and the same links back. Directions are columns 0 (out) and 1 (back).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import mesa
import numpy as np

from abm.corridor.circuits import boarding_legs, chain, way_back
from abm.corridor.scenario import Scenario, ranged
from abm.corridor.tables import Carrier as CarrierRow
from abm.corridor.tables import Case, Service, Status
from abm.network.arcs import Bools, Floats, Ints, Network

#: Names of the running sums, in their order.
_SUMS = ("revenue_usd", "cost_usd", "carried_tkm", "offered_tkm", "vehicle_days")


@dataclass(frozen=True, slots=True)
class Circuits:
    """Where services run.

    way_km (n, 2): kilometres out and back. Segments, one row per line-haul arc of a service and way: side (2 * service +
    direction), arc, km. Stops, one row per arc that a vehicle passes in a circuit, posts included: stop_service, stop_arc;
    is_boarded: by arc, whether cargo waits there for vehicles (vehicles do not wait for themselves). Links that must be open:
    link_service, link. Where the services of carriers that hire no vehicles take cargo aboard: board_service, board_arc.
    """

    way_km: Floats
    side: Ints
    arc: Ints
    km: Floats
    stop_service: Ints
    stop_arc: Ints
    is_boarded: Bools
    link_service: Ints
    link: Ints
    board_service: Ints
    board_arc: Ints


@dataclass(frozen=True, slots=True)
class BaseYear:
    """What the base year was like; every answer of a carrier is relative to it.

    By service: vehicles, load (n, 2), profit_usd (per vehicle-day), km_usd (cost of a vehicle-km). By carrier: parked, scale_usd
    (revenue per vehicle-day), margin. By segment: rate_usd_t, freight for the base year's mix of cargo.
    """

    vehicles: Floats
    load: Floats
    profit_usd: Floats
    km_usd: Floats
    parked: Floats
    scale_usd: Floats
    margin: Floats
    rate_usd_t: Floats


@dataclass
class Fleets:
    """One row per service; (n, 2) by direction, (n_carriers,) by carrier.

    vehicles: nan until sized, and so never short. parked: vehicles of a carrier that run nowhere. cycle_h: hours of a circuit;
    standing_h: of them beyond free time.
    capacity_t: tonnes a day each way (0: does not run; inf: not sized). markup: price over the rate. share: part of its arc's
    flow that each segment carries. runs: every link of the circuit is open. has_joined: has run at least once; until then a
    service's vehicles wait at no cost. Sums since the opening day: revenue_usd, cost_usd, carried_tkm, offered_tkm, vehicle_days;
    at_pricing, at_review: the same when prices and fleets were last set. booked_t: tonnes that had entered each arc by
    ``booked_day``. seen_t, seen_h, seen_days: the same at the beginning of the base year, and since then the sum of cycle times
    over so many days.
    """

    service_ids: tuple[str, ...]
    carrier_ids: tuple[str, ...]
    carrier_titles: tuple[str, ...]
    circuits: Circuits
    owner: Ints
    is_regulated: Bools
    is_elastic: Bools
    is_new: Bools
    is_given: Bools
    payload_t: Floats
    turnaround_h: Floats
    day_usd: Floats
    load_share: Floats
    vehicles: Floats
    parked: Floats
    cycle_h: Floats
    standing_h: Floats
    capacity_t: Floats
    markup: Floats
    share: Floats
    runs: Bools
    has_joined: Bools
    revenue_usd: Floats
    cost_usd: Floats
    carried_tkm: Floats
    offered_tkm: Floats
    vehicle_days: Floats
    booked_t: Floats
    seen_t: Floats
    seen_h: Floats
    booked_day: int
    seen_days: int = 0
    base: BaseYear | None = None
    at_pricing: dict[str, Floats] | None = None
    at_review: dict[str, Floats] | None = None

    def __len__(self) -> int:
        return len(self.service_ids)

    def copy(self) -> "Fleets":
        """An independent copy; what never changes is shared."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        values |= {name: value.copy() for name, value in values.items() if isinstance(value, np.ndarray)}
        return Fleets(**values)

    def by_side(self, of_segment: Floats) -> Floats:
        """Sum over the segments of each way, (n, 2)."""
        return np.bincount(self.circuits.side, weights=of_segment, minlength=2 * len(self)).reshape(-1, 2)

    def by_carrier(self, of_service: Floats) -> Floats:
        """Sum over the services of each carrier, (n_carriers,)."""
        return np.asarray(
            np.bincount(self.owner, weights=of_service, minlength=len(self.carrier_ids)), dtype=np.float64
        )

    def totals(self) -> dict[str, Floats]:
        """The running sums as they stand."""
        return {name: getattr(self, name).copy() for name in _SUMS}

    def sums(self) -> dict[str, Floats]:
        """Running sums for the ledger, by service (and direction)."""
        return {f"service_{name}": values for name, values in self.totals().items()} if len(self) else {}

    def levels(self) -> dict[str, Floats]:
        """What stands at the end of the day: fleet, price, cycle and capacity of each service, and who is parked."""
        if not len(self):
            return {}
        vehicles = np.where(self.has_joined, np.nan_to_num(self.vehicles), 0.0)
        return {
            "service_vehicles": vehicles, "service_markup": self.markup.copy(), "service_cycle_h": self.cycle_h.copy(),
            "service_capacity_t": self.capacity_t.copy(), "carrier_parked": self.parked.copy(),
        }  # fmt: skip


def service_names(case: Case) -> tuple[str, ...]:
    """Services in the order of the rows of every array by service."""
    return tuple(service.service_id for service in case.services)


def carrier_names(case: Case) -> tuple[str, ...]:
    """Carriers in the order of the rows of every array by carrier."""
    return tuple(carrier.carrier_id for carrier in case.carriers)


def new_fleets(scenario: Scenario, network: Network) -> Fleets:
    """Fleets before anything has been carried; empty where carriers do not act or run nothing."""
    case = scenario.case
    services = case.services if scenario.acts("carriers") else ()
    carriers = {carrier.carrier_id: carrier for carrier in (case.carriers if services else ())}
    owners = [carriers[service.carrier_id] for service in services]
    rows = list(carriers)
    n, n_arcs = len(services), len(network.arcs)
    is_open = {link.link_id for link in case.links if link.status is Status.OPEN}
    links = {link.link_id: link for link in case.links}
    chains = [chain(service, links) for service in services]
    circuits = circuits_of(case, services, owners, network)
    return Fleets(
        service_ids=tuple(service.service_id for service in services), carrier_ids=tuple(rows),
        carrier_titles=tuple(carrier.name for carrier in carriers.values()),
        circuits=circuits,
        owner=np.array([rows.index(service.carrier_id) for service in services], dtype=np.int64),
        is_regulated=np.array([owner.is_regulated for owner in owners], dtype=np.bool_),
        is_elastic=np.array([owner.is_elastic for owner in owners], dtype=np.bool_),
        is_new=np.array([any(leg.link_id not in is_open for leg in legs) for legs in chains], dtype=np.bool_),
        is_given=np.array([service.vehicles is not None for service in services], dtype=np.bool_),
        payload_t=np.array([service.payload_t for service in services]),
        turnaround_h=np.array([_turnaround_h(scenario, service) for service in services]),
        day_usd=np.array([_day_usd(scenario, owner) for owner in owners]),
        load_share=np.array([service.base_load_share for service in services]),
        vehicles=np.array([_vehicles(scenario, service) for service in services]), parked=np.zeros(len(rows)),
        cycle_h=np.zeros(n), standing_h=np.zeros(n), capacity_t=np.full(n, np.inf),
        markup=np.ones((n, 2)), share=np.zeros(circuits.arc.size),
        runs=np.zeros(n, dtype=np.bool_),
        has_joined=np.zeros(n, dtype=np.bool_), revenue_usd=np.zeros(n), cost_usd=np.zeros(n),
        carried_tkm=np.zeros((n, 2)), offered_tkm=np.zeros((n, 2)), vehicle_days=np.zeros(n), booked_t=np.zeros(n_arcs),
        seen_t=np.zeros(n_arcs), seen_h=np.zeros(n), booked_day=-case.info.warmup_days,
    )  # fmt: skip


def _vehicles(scenario: Scenario, service: Service) -> float:
    if service.vehicles is None:
        return np.nan
    low, high = service.vehicles_low, service.vehicles_high
    return ranged(scenario, "services.csv", service.service_id, "vehicles", service.vehicles, low, high)


def _turnaround_h(scenario: Scenario, service: Service) -> float:
    low, high = service.turnaround_low_h, service.turnaround_high_h
    return ranged(scenario, "services.csv", service.service_id, "turnaround_h", service.turnaround_h, low, high)


def _day_usd(scenario: Scenario, carrier: CarrierRow) -> float:
    low, high = carrier.vehicle_day_low_usd, carrier.vehicle_day_high_usd
    name, value = carrier.carrier_id, carrier.vehicle_day_usd
    return ranged(scenario, "carriers.csv", name, "vehicle_day_usd", value, low, high)


def circuits_of(case: Case, services: Sequence[Service], owners: Sequence[CarrierRow], network: Network) -> Circuits:
    """Arcs of the circuits of these services, whose owners stand in the same order."""
    arcs = network.arcs
    arc_of = {name: number for number, name in enumerate(arcs.names)}
    link_of = {name: number for number, name in enumerate(network.link_ids)}
    links = {link.link_id: link for link in case.links}
    country = {node.node_id: node.country for node in case.nodes}
    posts: dict[tuple[str, str, str], int] = {}
    for post in case.posts:
        if post.post_id in arc_of:  # a one-way link has no arc for the posts of the other direction
            posts[post.link_id, post.country, post.direction.value] = arc_of[post.post_id]
    segments: list[tuple[int, int]] = []
    stops: list[tuple[int, int]] = []
    used: list[tuple[int, int]] = []
    boards: list[tuple[int, int]] = []
    for row, (service, owner) in enumerate(zip(services, owners, strict=True)):
        out = chain(service, links)
        used += [(row, link_of[leg.link_id]) for leg in out]
        for direction, legs in enumerate((out, way_back(out))):
            for leg in legs:
                segments.append((2 * row + direction, arc_of[leg.arc]))
                exits = posts.get((leg.link_id, country[leg.origin], "outbound"))
                entry = posts.get((leg.link_id, country[leg.destination], "inbound"))
                stops += [(row, arc) for arc in (exits, arc_of[leg.arc], entry) if arc is not None]
        if not owner.is_elastic:
            boards += [(row, arc_of[leg.arc]) for leg in boarding_legs(service, out)]
    side, arc = _columns(segments)
    board_service, board_arc = _columns(boards)
    departs = np.zeros(len(arcs), dtype=np.bool_)
    gated = arcs.facility >= 0
    departs[gated] = network.facilities.headway_h[arcs.facility[gated]] > 0.0
    departs[board_arc] = True
    way_km = np.bincount(side, weights=arcs.length_km[arc], minlength=2 * len(services)).reshape(-1, 2)
    return Circuits(
        way_km, side, arc, arcs.length_km[arc], *_columns(stops), departs, *_columns(used), board_service, board_arc
    )


def _columns(pairs: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])


class Carrier(mesa.Agent):
    """A thin view on one carrier's services, so that ``model.agents`` and the explorer work as Mesa users expect."""

    def __init__(self, model: mesa.Model, fleets: Fleets, row: int) -> None:
        super().__init__(model)
        self._fleets = fleets
        self.row = row
        self._mine = fleets.owner == row

    @property
    def name(self) -> str:
        """``carrier_id``."""
        return self._fleets.carrier_ids[self.row]

    @property
    def title(self) -> str:
        """What it is called."""
        return self._fleets.carrier_titles[self.row]

    @property
    def services(self) -> tuple[str, ...]:
        """``service_id`` of each of its services."""
        return tuple(name for name, is_mine in zip(self._fleets.service_ids, self._mine, strict=True) if is_mine)

    @property
    def fleet(self) -> float:
        """Vehicles that run, and those parked."""
        running = self._fleets.vehicles[self._mine & self._fleets.has_joined]
        return float(np.nansum(running) + self._fleets.parked[self.row])

    @property
    def profit_usd(self) -> float:
        """Revenue less cost since the opening day."""
        return float((self._fleets.revenue_usd - self._fleets.cost_usd)[self._mine].sum())

    @property
    def load_factor(self) -> float:
        """Tonne-kilometres carried over offered, both ways, since its fleet has been known; 0 before."""
        carried, offered = (sums[self._mine].sum() for sums in (self._fleets.carried_tkm, self._fleets.offered_tkm))
        return float(carried / offered) if offered > 0.0 else 0.0
