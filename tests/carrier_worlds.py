"""Small worlds with carriers: the toy case with a fleet or two, by hand."""

from dataclasses import fields
from typing import Any

import numpy as np

from abm.agents.carrier import Fleets
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Carrier, Case, Mode, Service
from abm.model import CorridorModel
from tests.small_worlds import edited, toy

#: Assumptions under which nothing but what a test looks at moves.
AT_REST = {"trend_growth": 0.0, "price_response": 0.0, "redeploy_share": 0.0, "fleet_growth": 0.0, "elastic_share": 0.0}


def carrier(name: str, mode: Mode = Mode.RAIL, **columns: Any) -> Carrier:
    """One row of carriers.csv: an unregulated railway of Corsia, unless told otherwise."""
    values = {"name": name, "country": "XC", "vehicle_day_usd": 20.0, "source": "invented", "grade": "C", **columns}
    return Carrier(carrier_id=name, mode=mode, **values)


def service(name: str, owner: str, start: str, links: str, **columns: Any) -> Service:
    """One row of services.csv: wagons of 50 tonnes and two days of turnaround, unless told otherwise."""
    values = {"title": name, "payload_t": 50.0, "turnaround_h": 48.0, "source": "invented", "grade": "C", **columns}
    return Service(service_id=name, carrier_id=owner, from_node_id=start, links=links, **values)


RAILWAY = carrier("railway")
PLAIN_LINE = service("plain", "railway", "CRN", "rail-crn-cpo")


def with_carriers(*rows: Carrier | Service, **tables: Any) -> Case:
    """The toy case with these carriers and services."""
    carriers = tuple(row for row in rows if isinstance(row, Carrier))
    services = tuple(row for row in rows if isinstance(row, Service))
    return edited(toy(), carriers=carriers, services=services, **tables)


def world(case: Case, days: int = 1, policies: tuple[str, ...] = (), seed: int = 1, **values: float) -> CorridorModel:
    """A world played to ``days`` after its opening day, at rest but for ``values``."""
    scenario = Scenario(case, policies, {**AT_REST, **values}, 5, seed)
    model = CorridorModel(scenario, register=False, collect=False)
    for _ in range(days):
        model.step()
    return model


def numbers(fleets: Fleets) -> dict[str, np.ndarray]:
    """Every array of the fleets."""
    values = {f.name: getattr(fleets, f.name) for f in fields(fleets)}
    return {name: value.copy() for name, value in values.items() if isinstance(value, np.ndarray)}
