"""The card of a link."""

import numpy as np

from abm.corridor.actor_rows import listed as listed_in
from abm.corridor.tables import Case, Link, Service
from abm.model import CorridorModel
from abm.network.arcs import Floats, Ints
from abm.state import WorldState
from abm.viz.inspector_flows import Recent, arcs_of_link, recent, users
from abm.viz.inspector_names import Names, source_words
from abm.viz.inspector_parts import (
    Card,
    Cell,
    Fact,
    Table,
    both,
    case_of,
    chart,
    mean_note,
    same_or_both,
    since_words,
    states_of,
)
from abm.viz.inspector_status import link_status
from abm.viz.twin import TwinModel
from abm.viz.words import NOTHING, capital, number, whole


def link_card(twin: TwinModel, names: Names, name: str) -> Card:
    """State, traffic, time and price of a link in both worlds; whose goods and which services run over it."""
    case, row = case_of(twin), names.rows["link"][name]
    link, states = case.links[row], states_of(twin)
    statuses = [link_status(model, names, row) for model in twin.worlds]
    arcs = arcs_of_link(states[0], row)
    over = users(names, states, arcs, "Who uses it most", "Nobody's goods go over it today.")
    words = [*same_or_both((statuses[0].why, statuses[1].why))]
    if not any(state.movement.entered_t[arcs].any() for state in states):
        words.append("Nothing has passed here yet.")
    return Card(
        kind="link", id=name, title=names.title("link", name), subtitle=_subtitle(link),
        words=tuple(words),
        facts=(both("Today", [status.word for status in statuses]), *_facts(names, case, states, row)),
        charts=(chart(twin, "link", row, "t_day", "Goods over it", "t a day"),),
        tables=(over, _services(twin.worlds, names, link), _posts(names, case, states, link)),
        notes=(mean_note(recent(states[0]).days), source_words(case, link.source, link.grade, link.note),),
    )  # fmt: skip


def _subtitle(link: Link) -> str:
    gauge = f", gauge {link.gauge_mm} mm" if link.gauge_mm else ""
    way = ", one way" if link.directed else ""
    return f"{capital(link.mode.value)}{gauge}, {whole(link.length_km)} km{way} ({link.link_id})"


def _facts(names: Names, case: Case, states: tuple[WorldState, WorldState], row: int) -> list[Fact]:
    link = case.links[row]
    arcs = arcs_of_link(states[0], row)
    lately = [recent(state) for state in states]
    entered = [of_world.per_day("entered_t") for of_world in lately]
    passed = [of_world.per_day("passed_vehicles") for of_world in lately]
    facts = [both("Goods, both ways" if arcs.size > 1 else "Goods", [whole(t[arcs].sum()) for t in entered], "t a day")]
    ends = (link.to_node_id, link.from_node_id)
    if arcs.size > 1:
        for arc, end in zip(arcs, ends, strict=False):
            facts.append(both(f"To {names.title('node', end)}", [whole(t[arc]) for t in entered], "t a day"))
    if _is_by_vehicle(states[0], arcs):
        facts.append(both("Vehicles", [number(v[arcs].sum()) for v in passed], "a day"))
    posts = ", with border posts" if arcs.size and _posts_on_way(states[0], row, int(arcs[0])) else ""
    for arc, end in zip(arcs, ends, strict=False):
        hours = [_hours_over(of_world, row, int(arc)) for of_world in lately]
        facts.append(both(f"Time to {names.title('node', end)}{posts}", [number(h) for h in hours], "h"))
    own = link.length_km / link.free_speed_kmh
    free = [float(state.numbers.free_time_h[arcs].max()) if arcs.size else own for state in states]
    facts.append(both("Free running", [number(h) for h in free], "h"))
    facts += _prices(states, arcs)
    shut = [float(state.security.shut_days[row]) for state in states]
    facts.append(both(f"Shut by incidents {since_words(case)}", [number(days, 1) for days in shut], "days"))
    return facts


def _is_by_vehicle(state: WorldState, arcs: Ints) -> bool:
    """Whether what passes is counted in vehicles: where one boards for a service, tonnes are."""
    return bool(arcs.size) and bool((state.network.arcs.payload_t[arcs] != 1.0).any())


def _hours_over(lately: Recent, row: int, arc: int) -> float:
    """Hours over the link in the way of an arc, with its posts: of those who passed lately, else as published."""
    on_way = [arc, *_posts_on_way(lately.state, row, arc)]
    spent, told = lately.hours("time_vehicle_h"), lately.state.published.mean_h()
    return float(sum(spent[a] if np.isfinite(spent[a]) else told[a] for a in on_way))


def _posts_on_way(state: WorldState, row: int, arc: int) -> list[int]:
    """Arcs of the posts before and behind a line-haul arc."""
    arcs = state.network.arcs
    of_link = np.flatnonzero((arcs.link == row) & (arcs.post >= 0))
    return [
        int(a) for a in of_link if arcs.to_state[a] == arcs.from_state[arc] or arcs.from_state[a] == arcs.to_state[arc]
    ]


def _prices(states: tuple[WorldState, WorldState], arcs: Ints) -> list[Fact]:
    """Freight by cargo class, lowest to highest; and the toll in it."""
    if not arcs.size:
        return []
    prices = [_range(state.numbers.price_usd_t[arcs[0]]) for state in states]
    facts = [both("Price, by class of cargo", prices, "USD/t")]
    tolls = [_range(state.layers.charge_usd_t[arcs[0]]) for state in states]
    has_toll = any(state.layers.charge_usd_t[arcs[0]].any() for state in states)
    return [*facts, both("Of it toll", tolls, "USD/t")] if has_toll else facts


def _range(values: Floats) -> str:
    known = values[np.isfinite(values)]
    if not known.size:
        return NOTHING
    low, high = number(float(known.min())), number(float(known.max()))
    return low if low == high else f"{low} to {high}"


def _services(worlds: tuple[CorridorModel, CorridorModel], names: Names, link: Link) -> Table:
    """Services whose chain holds the link."""
    case = worlds[0].inputs.case
    mine = [row for row in case.services if link.link_id in listed_in(row.links)]
    return Table(
        "Services on it",
        ("Service", "Carrier", "Vehicles, without", "Vehicles, with"),
        tuple(_service(worlds, names, row) for row in mine),
        rights=2,
        empty="No service of the case runs on it: vehicles are hired at the rate of the table.",
    )


def _service(worlds: tuple[CorridorModel, CorridorModel], names: Names, service: Service) -> tuple[Cell, ...]:
    return (
        Cell(service.title, "carrier", service.carrier_id),
        Cell(names.title("carrier", service.carrier_id), "carrier", service.carrier_id),
        *(Cell(_vehicles(model.state, service.service_id)) for model in worlds),
    )


def _vehicles(state: WorldState, service: str) -> str:
    fleets = state.fleets
    if service not in fleets.service_ids:
        return NOTHING
    row = fleets.service_ids.index(service)
    return number(float(fleets.vehicles[row])) if fleets.runs[row] else "does not run"


def _posts(names: Names, case: Case, states: tuple[WorldState, WorldState], link: Link) -> Table:
    """Its border posts, with who stands in line."""
    rows = [
        (
            Cell(names.title("post", post.post_id), "post", post.post_id),
            *(
                Cell(whole(state.movement.queue_vehicles[state.network.post_facility[post.post_id]]))
                for state in states
            ),
        )
        for post in case.posts
        if post.link_id == link.link_id and post.post_id in states[0].network.post_facility
    ]
    columns = ("Border post", "In line, without", "In line, with")
    return Table("Border posts on it", columns, tuple(rows), rights=2, empty="It crosses no border with a post.")
