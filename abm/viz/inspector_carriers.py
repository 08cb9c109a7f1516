"""The card of a carrier: services, where its fleet is, how full it runs, its prices and what it earns."""

import numpy as np

from abm.corridor.actor_rows import listed
from abm.corridor.tables import Case
from abm.network.arcs import Bools
from abm.observers import Snapshot
from abm.state import WorldState
from abm.units import DAYS_PER_YEAR
from abm.viz.inspector_flows import recent
from abm.viz.inspector_names import Names, source_words
from abm.viz.inspector_parts import (
    Card,
    Cell,
    Fact,
    Table,
    both,
    case_of,
    chart,
    common,
    states_of,
)
from abm.viz.inspector_status import open_or_shut
from abm.viz.twin import TwinModel
from abm.viz.words import capital, change, number, percent, whole

#: Books are looked at over a month and more: prices and fleets are reviewed every four weeks.
_BOOK_DAYS = 28
_MILLION = 1e6


def carrier_card(twin: TwinModel, names: Names, name: str) -> Card:
    """Services and fleet of a carrier in both worlds, its load factor, prices against the base year, profit a year."""
    case, row = case_of(twin), names.rows["carrier"][name]
    carrier, states = case.carriers[row], states_of(twin)
    kind = f"Carrier by {carrier.mode.value} of {carrier.country}"
    has_fleet = name in states[0].fleets.carrier_ids
    words = [_conduct(carrier.is_regulated, carrier.is_elastic)]
    if not has_fleet:
        words.append("Carriers do not act in these worlds: it carries at the rates of the tables.")
    elif not any(_mine(state, row).any() for state in states):
        words.append("It runs no service in this case.")
    return Card(
        kind="carrier", id=name, title=names.title("carrier", name), subtitle=f"{kind} ({name})", words=tuple(words),
        facts=(
            common("A vehicle and its crew", number(carrier.vehicle_day_usd), "USD a day"),
            *(_facts(states, row) if has_fleet else ()),
        ),
        charts=(
            chart(twin, "carrier", row, "profit", "Profit", "million USD a year", 1.0 / _MILLION),
            chart(twin, "carrier", row, "fleet", "Fleet", "vehicles"),
        ) if has_fleet else (),
        tables=(
            (_services(states, row, case), _links(names, states, row)) if has_fleet else ()
        ),
        notes=(_booked_note(states[0]) if has_fleet else "", source_words(case, carrier.source, carrier.grade, carrier.note),),
    )  # fmt: skip


def _conduct(is_regulated: bool, is_elastic: bool) -> str:
    prices = "Its rates move by policy alone." if is_regulated else "It sets its prices every week by how full it runs."
    fleet = (
        "Vehicles are hired and laid off with the load."
        if is_elastic
        else "Its fleet is limited: it goes where it earns most, and grows with the margin."
    )
    return f"{prices} {fleet}"


def _mine(state: WorldState, row: int) -> Bools:
    return np.asarray(state.fleets.owner == row)


def _facts(states: tuple[WorldState, WorldState], row: int) -> list[Fact]:
    running = [_fleet(state, row) for state in states]
    facts = [both("Fleet that runs", [number(vehicles) for vehicles in running], "vehicles")]
    parked = [float(state.fleets.parked[row]) for state in states]
    if any(parked):
        facts.append(both("Parked", [number(vehicles) for vehicles in parked], "vehicles"))
    books = [_lately(state, row) for state in states]
    facts.append(both("Load factor", [percent(book[0]) for book in books], "of tonne-km offered"))
    bases = [_base_load(state, row) for state in states]
    facts.append(both("Load factor in the base year", [percent(base) for base in bases], "of tonne-km offered"))
    facts.append(both("Revenue", [number(book[1]) for book in books], "million USD a year"))
    facts.append(both("Profit", [number(book[2]) for book in books], "million USD a year"))
    return facts


def _fleet(state: WorldState, row: int) -> float:
    fleets = state.fleets
    return float(np.nansum(fleets.vehicles[_mine(state, row) & fleets.runs]))


def _booked(state: WorldState) -> tuple[Snapshot | None, float]:
    """The end of a month from which the books are looked at, None for the opening day; and days from then to the last entry."""
    since = recent(state, _BOOK_DAYS).since
    if since is None or since.day < -1:
        return None, float(max(state.fleets.booked_day, 0))
    return since, float(state.fleets.booked_day - since.day)


def _booked_note(state: WorldState) -> str:
    days = _booked(state)[1]
    return (
        f"Load factor, revenue and profit are of the last {whole(days)} days."
        if days > 0.0
        else "Books begin on the opening day."
    )


def _lately(state: WorldState, row: int) -> tuple[float, float, float]:
    """Load factor, revenue and profit in million USD a year, over the last weeks of the books; nan before the first."""
    fleets, mine = state.fleets, _mine(state, row)
    since, days = _booked(state)
    sums = {name: values if since is None else values - since.sums[name] for name, values in fleets.sums().items()}
    offered = float(sums["service_offered_tkm"][mine].sum()) if sums else 0.0
    if days <= 0.0 or offered <= 0.0:
        return float("nan"), float("nan"), float("nan")
    carried = float(sums["service_carried_tkm"][mine].sum())
    revenue, cost = (float(sums[f"service_{name}_usd"][mine].sum()) for name in ("revenue", "cost"))
    yearly = DAYS_PER_YEAR / days / _MILLION
    return carried / offered, revenue * yearly, (revenue - cost) * yearly


def _base_load(state: WorldState, row: int) -> float:
    """Load factor of the base year, both ways, of the services that ran then."""
    fleets, base, mine = state.fleets, state.fleets.base, _mine(state, row) & ~state.fleets.is_new
    if base is None or not mine.any():
        return float("nan")
    weight = (base.vehicles * fleets.payload_t)[mine, None] * np.ones(2)
    return float((base.load[mine] * weight).sum() / weight.sum()) if weight.sum() > 0.0 else float("nan")


def _services(states: tuple[WorldState, WorldState], row: int, case: Case) -> Table:
    """Where the fleet is, and prices against the base year out and back."""
    rows = []
    for number_ in np.flatnonzero(_mine(states[0], row)).tolist():
        service = case.services[number_]
        first = listed(service.links)[0]
        rows.append(
            (
                Cell(capital(service.title), "link", first),
                *(Cell(_vehicles(state, number_)) for state in states),
                *(Cell(_price(state, number_)) for state in states),
            )
        )
    columns = ("Service", "Vehicles, without", "Vehicles, with", "Price, without", "Price, with")
    note = "Price against the base year, out / back."
    return Table(
        "Services, and where the fleet is", columns, tuple(rows), rights=4, empty="It runs no service.", note=note
    )


def _vehicles(state: WorldState, service: int) -> str:
    fleets = state.fleets
    return number(float(fleets.vehicles[service])) if fleets.runs[service] else "does not run"


def _price(state: WorldState, service: int) -> str:
    out, back = (change(float(markup), 1.0) for markup in state.fleets.markup[service])
    return out if out == back else f"{out} / {back}"


def _links(names: Names, states: tuple[WorldState, WorldState], row: int) -> Table:
    """The links that its services run on."""
    fleets, case = states[0].fleets, states[0].plan.case
    mine = np.flatnonzero(_mine(states[0], row))
    links = np.unique(fleets.circuits.link[np.isin(fleets.circuits.link_service, mine)])
    rows = [
        (
            Cell(names.title("link", case.links[link].link_id), "link", case.links[link].link_id),
            *(Cell(open_or_shut(state, int(link))) for state in states),
        )
        for link in links
    ]
    return Table("Links it runs on", ("Link", "Without", "With"), tuple(rows), empty="It runs on no link.")
