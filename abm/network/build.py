"""From the tables of a case to the supernetwork.

The order of arcs and facilities depends on the case alone, never on drawn values, so routes found once serve every world.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from abm.corridor.actor_rows import Event, Hazard, listed
from abm.corridor.circuits import gates
from abm.corridor.tables import CargoClass, Case, Direction, Law, Layer, Link, Mode, Post, Status, Terminal
from abm.network.arcs import ArcKind, Arcs, Facilities, Network
from abm.randomness import name_key
from abm.units import HOURS_PER_DAY

#: (table, row, column, value, low, high) -> the value to use in this world.
Draw = Callable[[str, str, str, float, float | None, float | None], float]

UNLIMITED = 2**30
MODES = tuple(Mode)
CLASSES = tuple(CargoClass)
LAWS = tuple(Law)


def central(_table: str, _row: str, _column: str, value: float, _low: float | None, _high: float | None) -> float:
    """The draw of a world in which every number is at its central value."""
    return value


def layer_of(link: Link) -> Layer:
    """The layer that a link runs on."""
    return Layer(f"rail{link.gauge_mm}") if link.mode is Mode.RAIL else Layer(link.mode.value)


def mode_of(layer: Layer) -> Mode | None:
    """The mode of a layer; None for the zone."""
    if layer is Layer.ZONE:
        return None
    return Mode.RAIL if layer.value.startswith("rail") else Mode(layer.value)


def open_hours(opens_h: float, closes_h: float) -> float:
    """Hours a day between opening and closing, which may lie past midnight: capacity is what passes in these."""
    return closes_h - opens_h if closes_h > opens_h else closes_h - opens_h + HOURS_PER_DAY


@dataclass
class _Builder:
    """Rows collected so far; :meth:`network` freezes them."""

    case: Case
    scale: Mapping[str, float]
    draw: Draw
    gates: frozenset[tuple[str, str]] = frozenset()
    state_of: dict[tuple[str, str, str], int] = field(default_factory=dict)
    node_of_state: list[int] = field(default_factory=list)
    arc_rows: list[dict[str, object]] = field(default_factory=list)
    facility_rows: list[dict[str, object]] = field(default_factory=list)
    link_facilities: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    post_facility: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes = {node.node_id: (number, node) for number, node in enumerate(self.case.nodes)}
        self.link_number = {link.link_id: number for number, link in enumerate(self.case.links)}
        self.post_number = {post.post_id: number for number, post in enumerate(self.case.posts)}
        shape = (len(MODES), len(CLASSES))
        self.rate_factor, self.payload, self.hour_usd_t = np.full(shape, np.inf), np.ones(shape), np.zeros(shape)
        for rate in self.case.rates:
            cell = MODES.index(rate.mode), CLASSES.index(rate.cargo_class)
            self.rate_factor[cell], self.payload[cell] = rate.rate_factor, rate.payload_t
            self.hour_usd_t[cell] = rate.vehicle_hour_usd / rate.payload_t

    # ------------------------------------------------------------------ rows
    def state(self, node_id: str, place: str, side: str = "") -> int:
        key = (node_id, place, side)
        if key not in self.state_of:
            self.state_of[key] = len(self.node_of_state)
            self.node_of_state.append(self.nodes[node_id][0])
        return self.state_of[key]

    def facility(self, name: str, **columns: object) -> int:
        row: dict[str, object] = {
            "servers": UNLIMITED, "service_h": 0.0, "law": Law.CONSTANT, "cv": 0.0, "opens_h": 0.0, "closes_h": HOURS_PER_DAY,
            "headway_h": 0.0, "places_t": np.inf, "minimum_load_t": 0.0, "longest_wait_h": np.inf, "queue_max": UNLIMITED,
            "is_open": True,
        }  # fmt: skip
        row.update(columns)
        self.facility_rows.append({"name": name, **row})
        return len(self.facility_rows) - 1

    def arc(self, name: str, kind: ArcKind, from_state: int, to_state: int, **columns: object) -> None:
        row: dict[str, object] = {
            "mode": -1, "gauge_mm": 0, "length_km": 0.0, "free_time_h": 0.0, "dwell_h": 0.0, "dwell_cv": 0.0,
            "price_usd_t": np.zeros(len(CLASSES)), "charge_usd_t": np.zeros(len(CLASSES)),
            "payload_t": np.ones(len(CLASSES)), "hour_usd_t": np.zeros(len(CLASSES)),
            "facility": -1, "link": -1, "post": -1, "country": "", "load_alpha": 0.0, "load_beta": 1.0,
            "capacity_t_per_day": np.inf,
        }  # fmt: skip
        row.update(columns)
        self.arc_rows.append({"name": name, "kind": kind, "from_state": from_state, "to_state": to_state, **row})

    # ------------------------------------------------------------------ links and their posts
    def add_link(self, link: Link, posts: Mapping[tuple[str, Direction], Post], closable: bool) -> None:
        mode = MODES.index(link.mode)
        length_km = self.draw(
            "links.csv", link.link_id, "length_km", link.length_km, link.length_low_km, link.length_high_km
        )
        rate = self.scale[f"rate_scale_{link.mode.value}"] * self.draw(
            "links.csv", link.link_id, "rate_usd_tkm", link.rate_usd_tkm, link.rate_low_usd_tkm, link.rate_high_usd_tkm
        )
        # A free link is still closed to what its mode cannot carry (0 * inf would be nan).
        factor, price = self.rate_factor[mode], np.full(len(CLASSES), np.inf)
        np.multiply(rate * length_km, factor, out=price, where=np.isfinite(factor))
        price += link.toll_usd_t
        ends = ((link.from_node_id, link.to_node_id), (link.to_node_id, link.from_node_id))
        ways = ends[: 1 if link.directed else 2]
        for (origin, destination), (facility, by_tonne) in zip(
            ways, self._lines(link, ways, posts, closable), strict=True
        ):
            if facility >= 0:
                self.link_facilities[link.link_id].append(facility)
            self._add_direction(
                link, origin, destination, posts,
                mode=mode, gauge_mm=link.gauge_mm or 0, length_km=length_km,
                free_time_h=length_km / link.free_speed_kmh,
                price_usd_t=price, charge_usd_t=np.full(len(CLASSES), link.toll_usd_t),
                payload_t=np.ones(len(CLASSES)) if by_tonne else self.payload[mode].copy(),
                hour_usd_t=self.hour_usd_t[mode].copy(), facility=facility,
                load_alpha=link.load_alpha, load_beta=link.load_beta,
                capacity_t_per_day=np.inf if link.capacity_t_per_day is None else link.capacity_t_per_day,
            )  # fmt: skip

    def _lines(
        self, link: Link, ways: Sequence[tuple[str, str]], posts: Mapping[tuple[str, Direction], Post], closable: bool
    ) -> list[tuple[int, bool]]:
        """For each way over a link: the facility of its line-haul (-1: none), and whether it counts tonnes, not vehicles.

        A timetable and a gate at which one boards belong to one way; the capacity of a track, and a barrier that is only open or
        shut, to both. How many the vehicles at a gate take is the carriers' affair (:mod:`abm.carriage`).
        """
        is_open, has_track = link.status is Status.OPEN, link.capacity_t_per_day is not None
        track_h = 0.0 if link.capacity_t_per_day is None else HOURS_PER_DAY / link.capacity_t_per_day
        if link.headway_h is not None:
            return [(self._timetable(link, way), False) for way in ways]
        boarded = [(link.link_id, origin) in self.gates for origin, _ in ways]
        shared = -1
        if has_track and not all(boarded):
            shared = self.facility(link.link_id, servers=1, service_h=track_h, is_open=is_open)
        elif closable and not posts and not all(boarded):
            shared = self.facility(link.link_id, is_open=is_open)
        return [
            (
                self.facility(f"{link.link_id}:{origin}>{destination}", servers=1, service_h=track_h, is_open=is_open),
                True,
            )
            if is_boarded
            else (shared, has_track)
            for (origin, destination), is_boarded in zip(ways, boarded, strict=True)
        ]

    def _timetable(self, link: Link, way: tuple[str, str]) -> int:
        return self.facility(
            f"{link.link_id}:{way[0]}>{way[1]}",
            headway_h=link.headway_h,
            places_t=np.inf if link.places_t is None else link.places_t,
            minimum_load_t=link.minimum_load_t or 0.0,
            longest_wait_h=np.inf if link.longest_wait_h is None else link.longest_wait_h,
            is_open=link.status is Status.OPEN,
        )

    def _add_direction(
        self, link: Link, origin: str, destination: str, posts: Mapping[tuple[str, Direction], Post], **columns: object
    ) -> None:
        place, name = layer_of(link).value, f"{link.link_id}:{origin}>{destination}"
        start, end = self.state(origin, place), self.state(destination, place)
        countries = self.nodes[origin][1].country, self.nodes[destination][1].country
        number = self.link_number[link.link_id]
        exit_post = posts.get((countries[0], Direction.OUTBOUND))
        entry_post = posts.get((countries[1], Direction.INBOUND))
        if exit_post is not None:
            start = self._add_post(exit_post, link, name, start, self.state(origin, name, "exit"))
        line_end = self.state(destination, name, "entry") if entry_post is not None else end
        self.arc(name, ArcKind.LINEHAUL, start, line_end, link=number, country=countries[0], **columns)
        if entry_post is not None:
            self._add_post(entry_post, link, name, line_end, end)

    def _add_post(self, post: Post, link: Link, name: str, from_state: int, to_state: int) -> int:
        """The arc and the facility of a post; returns where it leads to."""
        mode = MODES.index(link.mode)
        facility = self.facility(
            post.post_id, servers=post.servers,
            service_h=open_hours(post.opens_h, post.closes_h) * post.servers / post.capacity_vehicles_per_day,
            law=post.service_law, cv=post.service_cv, opens_h=post.opens_h, closes_h=post.closes_h,
            queue_max=UNLIMITED if post.queue_max is None else post.queue_max,
            # Closing a link shuts the posts that let traffic out to it; who is already between the posts may still come in.
            is_open=link.status is Status.OPEN or post.direction is Direction.INBOUND,
        )  # fmt: skip
        self.post_facility[post.post_id] = facility
        if post.direction is Direction.OUTBOUND:
            self.link_facilities[link.link_id].append(facility)
        dwell = self.draw("borders.csv", post.post_id, "dwell_h", post.dwell_h, post.dwell_low_h, post.dwell_high_h)
        fee = post.fee_usd_per_vehicle / self.payload[mode]
        self.arc(
            post.post_id, ArcKind.BORDER, from_state, to_state,
            mode=mode, dwell_h=dwell, dwell_cv=post.dwell_cv, facility=facility, link=self.link_number[link.link_id],
            post=self.post_number[post.post_id], country=post.country,
            price_usd_t=np.where(np.isfinite(self.rate_factor[mode]), fee, np.inf), charge_usd_t=fee,
            payload_t=self.payload[mode].copy(), hour_usd_t=self.hour_usd_t[mode].copy(),
        )  # fmt: skip
        return to_state

    # ------------------------------------------------------------------ terminals
    def add_terminal(self, terminal: Terminal) -> None:
        ends = (terminal.from_layer, terminal.to_layer)
        facility = -1
        if terminal.capacity_t_per_day is not None or terminal.opens_h > 0.0 or terminal.closes_h < HOURS_PER_DAY:
            capacity = terminal.capacity_t_per_day
            facility = self.facility(
                terminal.terminal_id,
                servers=UNLIMITED if capacity is None else 1,
                service_h=0.0 if capacity is None else open_hours(terminal.opens_h, terminal.closes_h) / capacity,
                law=Law.CONSTANT if capacity is None else Law.EXPONENTIAL,
                cv=0.0 if capacity is None else 1.0,
                opens_h=terminal.opens_h,
                closes_h=terminal.closes_h,
            )
        modes = [MODES.index(mode) for mode in map(mode_of, ends) if mode is not None]
        admissible = np.all(np.isfinite(self.rate_factor[modes]), axis=0)
        identifier = terminal.terminal_id
        handling = self.draw(
            "terminals.csv", identifier, "handling_usd_t", terminal.handling_usd_t,
            terminal.handling_low_usd_t, terminal.handling_high_usd_t,
        )  # fmt: skip
        dwell = self.draw(
            "terminals.csv", identifier, "dwell_h", terminal.dwell_h, terminal.dwell_low_h, terminal.dwell_high_h
        )
        # Goods wait in the yard, not on a vehicle: a terminal's dwell costs cargo time and handling, no vehicle hours.
        kind = ArcKind.CONNECTOR if Layer.ZONE in ends else ArcKind.TRANSFER
        for here, there in (ends, ends[::-1]):
            self.arc(
                f"{identifier}:{here.value}>{there.value}", kind,
                self.state(terminal.node_id, here.value, "out" if here is Layer.ZONE else ""),
                self.state(terminal.node_id, there.value, "in" if there is Layer.ZONE else ""),
                mode=modes[-1], dwell_h=dwell, dwell_cv=terminal.dwell_cv, facility=facility,
                country=self.nodes[terminal.node_id][1].country, price_usd_t=np.where(admissible, handling, np.inf),
            )  # fmt: skip

    # ------------------------------------------------------------------ the end
    def network(self) -> Network:
        return Network(
            arcs=self._arcs(),
            facilities=self._facilities(),
            n_states=len(self.node_of_state),
            state_of=self.state_of,
            node_of_state=np.array(self.node_of_state, dtype=np.int32),
            classes=tuple(cargo_class.value for cargo_class in CLASSES),
            link_ids=tuple(link.link_id for link in self.case.links),
            post_ids=tuple(post.post_id for post in self.case.posts),
            link_facilities={link: tuple(dict.fromkeys(numbers)) for link, numbers in self.link_facilities.items()},
            post_facility=self.post_facility,
        )

    def _arcs(self) -> Arcs:
        rows = self.arc_rows

        def column(name: str, dtype: type) -> np.ndarray:
            return np.ascontiguousarray(np.array([row[name] for row in rows], dtype=dtype))

        names = tuple(str(row["name"]) for row in rows)
        return Arcs(
            names=names, kind=column("kind", np.int8), mode=column("mode", np.int8), gauge_mm=column("gauge_mm", np.int32),
            from_state=column("from_state", np.int32), to_state=column("to_state", np.int32),
            length_km=column("length_km", np.float64), free_time_h=column("free_time_h", np.float64),
            dwell_h=column("dwell_h", np.float64), dwell_cv=column("dwell_cv", np.float64),
            price_usd_t=column("price_usd_t", np.float64), charge_usd_t=column("charge_usd_t", np.float64),
            payload_t=column("payload_t", np.float64),
            hour_usd_t=column("hour_usd_t", np.float64), facility=column("facility", np.int32),
            key=np.array([name_key(name) for name in names], dtype=np.uint64), link=column("link", np.int32),
            post=column("post", np.int32), country=tuple(str(row["country"]) for row in rows),
            load_alpha=column("load_alpha", np.float64), load_beta=column("load_beta", np.float64),
            capacity_t_per_day=column("capacity_t_per_day", np.float64),
        )  # fmt: skip

    def _facilities(self) -> Facilities:
        rows = self.facility_rows

        def column(name: str, dtype: type) -> np.ndarray:
            return np.array([row[name] for row in rows], dtype=dtype)

        names = tuple(str(row["name"]) for row in rows)
        return Facilities(
            names=names, servers=column("servers", np.int64), service_h=column("service_h", np.float64),
            law=np.array([LAWS.index(Law(str(row["law"]))) for row in rows], dtype=np.int8), cv=column("cv", np.float64),
            opens_h=column("opens_h", np.float64), closes_h=column("closes_h", np.float64),
            headway_h=column("headway_h", np.float64), places_t=column("places_t", np.float64),
            minimum_load_t=column("minimum_load_t", np.float64), longest_wait_h=column("longest_wait_h", np.float64),
            queue_max=column("queue_max", np.int64), is_open=column("is_open", np.bool_),
            key=np.array([name_key(name) for name in names], dtype=np.uint64),
        )  # fmt: skip


def closable_links(case: Case, has_incidents: bool = True) -> frozenset[str]:
    """Links that are not open today, that some policy opens or closes, or that an incident may shut: they need a gate."""
    links = {link.link_id for link in case.links}
    return (
        frozenset(link.link_id for link in case.links if link.status is not Status.OPEN)
        | frozenset(step.target for step in case.policies if step.target in links)
        | (frozenset(_shut_by_incidents(case)) & links if has_incidents else frozenset())
    )


def _shut_by_incidents(case: Case) -> Iterator[str]:
    """What hazards, regimes and events name that leave nothing through, relations and posts (which have a gate) included."""
    rows: tuple[Hazard | Event, ...] = (*case.hazards, *case.events)
    for row in rows:
        if row.left_share == 0.0:
            yield from listed(row.targets)
    for regime in case.regimes:
        yield from listed(regime.links)


def build_network(
    case: Case,
    scale: Mapping[str, float],
    draw: Draw = central,
    *,
    has_carriers: bool = True,
    has_incidents: bool = True,
) -> Network:
    """The supernetwork of ``case``.

    ``scale`` holds ``rate_scale_<mode>`` for each mode; ``draw`` gives each ranged number its value in this world. Where a
    service's vehicles may be short, one boards through a gate, unless ``has_carriers`` is False. Links that only
    incidents shut have a gate if ``has_incidents``.
    """
    builder = _Builder(case, scale, draw, gates(case) if has_carriers else frozenset())
    posts: dict[str, dict[tuple[str, Direction], Post]] = defaultdict(dict)
    for post in case.posts:
        posts[post.link_id][post.country, post.direction] = post
    closable = closable_links(case, has_incidents)
    for link in case.links:
        builder.add_link(link, posts[link.link_id], link.link_id in closable)
    for terminal in case.terminals:
        builder.add_terminal(terminal)
    return builder.network()
