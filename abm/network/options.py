"""What shippers choose between: an option is a route for a cargo class; a group the options of one origin, destination, class.

Found once per case on the network as it is and with every planned link, so sets depend on the case and never on the arm.
"""

from dataclasses import dataclass

import numpy as np

from abm.corridor.tables import Action, Case, Layer, Status
from abm.network.arcs import ArcKind, Bools, Floats, Int32s, Keys, Network
from abm.network.build import CLASSES, MODES, build_network
from abm.network.choice_sets import Profiler, build_choice_sets
from abm.network.routes import Routes
from abm.randomness import name_key

#: A demand: state to leave from, state to arrive at, column of the cargo class.
Demand = tuple[int, int, int]


#: Price of an hour used only to *find* candidate routes, USD/(t h): general cargo of 2,500 USD/t at 0.3 % a day.
TIME_PRICE_USD_T_H = 0.3


#: Routes a shipper weighs at most: about five of today and one over each of the openings that matter to it.
MOST_OPTIONS = 10


@dataclass(frozen=True, slots=True)
class Options:
    """One row per option. route, cargo_class, group: numbers. nest: hash of the ordered set of border posts and ports.
    key: hash of the names of its arcs. mode_share: (n_options, n_modes), share of its length on each mode."""

    route: Int32s
    cargo_class: Int32s
    group: Int32s
    nest: Int32s
    key: Keys
    mode_share: Floats

    def __len__(self) -> int:
        return int(self.route.size)


@dataclass(frozen=True)
class Blueprint:
    """What all worlds of a case share: the network at central values, the routes found on it, options by group."""

    case: Case
    network: Network
    routes: Routes
    demands: tuple[Demand, ...]
    options: Options
    options_of_group: tuple[tuple[int, ...], ...]
    link_is_open: Bools

    @property
    def widest(self) -> int:
        """The largest number of options in a group."""
        return max(map(len, self.options_of_group))


def option_rows(network: Network, routes: Routes, found: list[tuple[int, int, int]]) -> Options:
    """Options for ``(route, cargo class, group)`` triples."""
    arcs, profiler = network.arcs, Profiler(network, np.ones(len(network.arcs), dtype=np.bool_))
    nest, key, mode_share = [], [], np.zeros((len(found), len(MODES)))
    for row, (route, _, _) in enumerate(found):
        path = np.array(routes.path(route))
        key.append(name_key(">".join(arcs.names[a] for a in path)))
        nest.append(name_key(str(profiler.gateways(path.tolist()))) & 0x7FFFFFFF)
        line = path[arcs.kind[path] == ArcKind.LINEHAUL]
        np.add.at(mode_share[row], arcs.mode[line], arcs.length_km[line])
        mode_share[row] /= max(mode_share[row].sum(), 1e-9)
    columns = np.array(found, dtype=np.int32).reshape(-1, 3)
    return Options(
        route=np.ascontiguousarray(columns[:, 0]), cargo_class=np.ascontiguousarray(columns[:, 1]),
        group=np.ascontiguousarray(columns[:, 2]), nest=np.array(nest, dtype=np.int32), key=np.array(key, dtype=np.uint64),
        mode_share=mode_share,
    )  # fmt: skip


def link_status(case: Case) -> Bools:
    """Which links are open on the network as it is."""
    return np.array([link.status is Status.OPEN for link in case.links], dtype=np.bool_)


def openings_of_policies(case: Case) -> list[Bools]:
    """Which links are open under each policy that opens any: every one should find its best route in the sets."""
    opened: dict[str, Bools] = {}
    number = {link.link_id: row for row, link in enumerate(case.links)}
    for step in case.policies:
        if step.action is Action.OPEN_LINK:
            opened.setdefault(step.policy_id, link_status(case))[number[step.target]] = True
    return list(opened.values())


def arc_is_open(network: Network, link_is_open: Bools) -> Bools:
    """Which arcs can be used when these links are open; terminals always."""
    open_or_none = np.append(link_is_open, True)
    return np.asarray(open_or_none[network.arcs.link])


def find_options(case: Case) -> Blueprint:
    """The supernetwork of a case and the routes its shippers choose between."""
    scale = {f"rate_scale_{mode.value}": 1.0 for mode in MODES}
    network = build_network(case, scale)
    commodity = {row.commodity_id: row for row in case.commodities}
    demands: dict[Demand, int] = {}
    for flow in case.flows:
        demand = (
            network.state_of[flow.origin, Layer.ZONE.value, "out"],
            network.state_of[flow.destination, Layer.ZONE.value, "in"],
            CLASSES.index(commodity[flow.commodity].cargo_class),
        )
        demands.setdefault(demand, len(demands))
    open_links = link_status(case)
    arcs = network.arcs
    # Time has a price before any belief exists: that of general cargo's vehicle, and a floor so that free arcs still cost.
    time_price = np.maximum(arcs.hour_usd_t, TIME_PRICE_USD_T_H)
    cost = arcs.price_usd_t + time_price * (arcs.free_time_h + arcs.dwell_h)[:, None]
    openings = [arc_is_open(network, opened) for opened in openings_of_policies(case)]
    sets = build_choice_sets(
        network, list(demands), cost, arc_is_open(network, open_links), k=MOST_OPTIONS, openings=openings
    )
    routes = Routes()
    found: list[tuple[int, int, int]] = []
    of_group: list[tuple[int, ...]] = []
    for group, ((_, _, cargo_class), paths) in enumerate(zip(demands, sets, strict=True)):
        of_group.append(tuple(range(len(found), len(found) + len(paths))))
        found.extend((routes.intern(path), cargo_class, group) for path in paths)
    return Blueprint(
        case, network, routes, tuple(demands), option_rows(network, routes, found), tuple(of_group), open_links
    )


_FOUND: dict[str, Blueprint] = {}


def blueprint(case: Case) -> Blueprint:
    """The shared structure of a case, found once per process (cases of one content are one case)."""
    if case.digest not in _FOUND:
        _FOUND[case.digest] = find_options(case)
    return _FOUND[case.digest]
