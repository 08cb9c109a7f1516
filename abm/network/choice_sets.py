"""Which routes a shipper knows of: few, different, and the same in every arm of a comparison.

Link-penalty shortest paths (find a path, make its arcs dearer, find the next) run on the network with every arc usable
and on the network as it is now. Of the paths found, the cheapest of each *profile* (chain of modes, border posts and ports
in order) is kept. A route may only be struck out for the sake of one that needs no closed arc beyond its own, so that
closing what a plan would open never leaves a shipper without the route used today. Plans do not crowd out the present
either: half of the places go to routes usable now, and of the others the first to the best route over what each opening opens.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abm.network.arcs import ArcKind, Bools, Floats, Ints, Network
from abm.network.paths import PathFinder

Path = tuple[int, ...]
#: Relative size of the key-dependent nudge that settles ties the same way whatever the order of rows.
_NUDGE = 1e-9
#: Two routes through the same gateways that share more than this of the longer one's kilometres count as one.
_SAME_ROUTE_SHARE = 0.9
_ROUNDS_PER_ROUTE = 4
#: A route over a new link is looked for on its own account only if it costs at most so many times the cheapest: nobody goes to
#: see a new line that is a long way round.
_WORTH_A_DETOUR = 1.25


@dataclass(frozen=True, slots=True)
class Profile:
    """What tells one route from another, in names that do not depend on row numbers.

    gateways: keys of border posts, of terminals to and from the sea and of canals (sea links with a capacity), in order: the
    route's nest. chain: modes in order.
    stretches: (node, mode, gauge) in order. closed: arcs on it that are not open now. length_km: by arc.
    """

    gateways: tuple[int, ...]
    chain: tuple[int, ...]
    stretches: tuple[tuple[int, int, int], ...]
    closed: frozenset[int]
    length_km: dict[int, float]


class Profiler:
    """Reads the profiles of routes off a network."""

    def __init__(self, network: Network, is_open_now: Bools) -> None:
        arcs = network.arcs
        at_sea = np.zeros(network.n_states, dtype=np.bool_)
        at_sea[[state for (_, layer, _), state in network.state_of.items() if layer == "sea"]] = True
        touches_sea = at_sea[arcs.from_state] != at_sea[arcs.to_state]
        is_border = arcs.kind == ArcKind.BORDER
        self._is_linehaul = arcs.kind == ArcKind.LINEHAUL
        is_canal = self._is_linehaul & at_sea[arcs.from_state] & np.isfinite(arcs.capacity_t_per_day)
        self._is_gateway = is_border | is_canal | (~self._is_linehaul & touches_sea)
        self._is_closed = ~is_open_now
        self._network = network

    def gateways(self, path: Sequence[int]) -> tuple[int, ...]:
        """Keys of the border posts, ports and canals of a route, in order: routes with the same ones share a nest."""
        key = self._network.arcs.key
        return tuple(int(key[arc]) for arc in path if self._is_gateway[arc])

    def returns(self, path: Sequence[int]) -> bool:
        """Does the route come back to a place that it has left, say to change mode further on and turn round?"""
        arcs, node = self._network.arcs, self._network.node_of_state
        visited = [int(node[arcs.from_state[path[0]]])]
        for arc in path:
            place = int(node[arcs.to_state[arc]])
            if place != visited[-1]:
                visited.append(place)
        return len(set(visited)) < len(visited)

    def profile(self, path: Sequence[int]) -> Profile:
        """The profile of a route given by its arcs."""
        arcs, node = self._network.arcs, self._network.node_of_state
        chain: list[int] = []
        stretches: list[tuple[int, int, int]] = []
        length: dict[int, float] = {}
        for arc in path:
            if not self._is_linehaul[arc]:
                continue
            mode = int(arcs.mode[arc])
            if not chain or chain[-1] != mode:
                chain.append(mode)
            start, end = int(node[arcs.from_state[arc]]), int(node[arcs.to_state[arc]])
            stretches += [(start, mode, int(arcs.gauge_mm[arc])), (end, mode, int(arcs.gauge_mm[arc]))]
            length[arc] = length.get(arc, 0.0) + float(arcs.length_km[arc])
        closed = frozenset(arc for arc in path if self._is_closed[arc])
        return Profile(self.gateways(path), tuple(chain), tuple(stretches), closed, length)


def build_choice_sets(
    network: Network,
    demands: Sequence[tuple[int, int, int]],
    cost: Floats,
    is_open_now: Bools,
    k: int = 8,
    penalty: float = 1.3,
    max_ratio: float = 2.0,
    openings: Sequence[Bools] | None = None,
) -> list[list[Path]]:
    """Routes of each demand, cheapest first.

    ``demands``: (origin state, destination state, class column). ``cost``: [n_arcs, n_classes] generalised cost of every
    arc as if open, inf where the class is not admissible. ``is_open_now``: [n_arcs]. At most ``k`` routes each, among them
    always the cheapest of the network as it is and of the network with everything open (the first alone if ``k`` is 1);
    none dearer than ``max_ratio`` times the cheapest of the network it was found on. ``openings``: [n_arcs] each, arcs usable
    in a partly opened network; the cheapest route that uses what it opens is wanted, too, even where today's is cheaper (it may
    still win some freight). None: the network as it is plus one closed link at a time.
    An empty list: the destination cannot be reached. Deterministic, and blind to the order of rows.
    Raises ValueError for a parameter out of range or arrays of the wrong shape.
    """
    if k < 1 or penalty <= 1.0 or max_ratio < 1.0:
        raise ValueError("choice sets need k >= 1, penalty > 1 and max_ratio >= 1")
    n_arcs = len(network.arcs)
    if cost.shape != (n_arcs, len(network.classes)) or is_open_now.shape != (n_arcs,):
        raise ValueError(f"cost must have shape {(n_arcs, len(network.classes))} and is_open_now {(n_arcs,)}")
    if openings is None:
        openings = _single_openings(network, is_open_now)
    search = _Search(network, is_open_now, openings, k, penalty, max_ratio)
    known: dict[tuple[int, int, int], list[Path]] = {}
    for demand in demands:
        if demand not in known:
            origin, destination, column = demand
            known[demand] = search.routes(origin, destination, np.ascontiguousarray(cost[:, column]))
    return [list(known[demand]) for demand in demands]


@dataclass(frozen=True, slots=True)
class _Candidate:
    cost: float
    keys: tuple[int, ...]
    path: Path
    profile: Profile


class _Search:
    def __init__(
        self, network: Network, is_open_now: Bools, openings: Sequence[Bools], k: int, penalty: float, max_ratio: float
    ) -> None:
        arcs = network.arcs
        self._openings = openings
        self._finder = PathFinder(arcs.from_state, arcs.to_state, network.n_states)
        self._backward = PathFinder(arcs.to_state, arcs.from_state, network.n_states)
        self._from, self._to, self._is_linehaul = arcs.from_state, arcs.to_state, arcs.kind == ArcKind.LINEHAUL
        self._profiler = Profiler(network, is_open_now)
        self._key = arcs.key
        self._nudge = (arcs.key >> np.uint64(11)).astype(np.float64) * 2.0**-53 * _NUDGE
        self._is_open_now = is_open_now
        self._twins = _parallel_groups(network)
        self._k, self._penalty, self._max_ratio = k, penalty, max_ratio

    def routes(self, origin: int, destination: int, cost: Floats) -> list[Path]:
        found = set(self._penalised(origin, destination, cost, cost))
        partly: list[Path] = []
        if not self._is_open_now.all():
            found.update(self._penalised(origin, destination, np.where(self._is_open_now, cost, np.inf), cost))
            nudged = self._nudged(cost)
            for usable in self._openings:
                path = self._through(origin, destination, np.where(usable, nudged, np.inf), usable & ~self._is_open_now)
                if path is not None:
                    partly.append(path)
        candidates = sorted((self._candidate(path, cost) for path in found.union(partly)), key=_rank)
        kept: list[_Candidate] = []
        for candidate in candidates:
            if not any(_replaces(other.profile, candidate.profile) for other in kept):
                kept.append(candidate)
        return [candidate.path for candidate in self._chosen(kept, set(partly))]

    def _through(self, origin: int, destination: int, cost: Floats, opened: Bools) -> Path | None:
        """The cheapest path over at least one opened line-haul that does not come back to a place; None if there is none that
        is worth the detour."""
        ahead, before = self._finder.distances(cost, [origin])
        behind, after = self._backward.distances(cost, [destination])
        limit = min(self._max_ratio, _WORTH_A_DETOUR) * ahead[0, destination]
        arcs = np.flatnonzero(opened & self._is_linehaul & np.isfinite(cost))
        total = ahead[0, self._from[arcs]] + cost[arcs] + behind[0, self._to[arcs]]
        for arc in arcs[np.argsort(total, kind="stable")][: np.count_nonzero(total <= limit)]:
            head = self._finder.trace(before[0], origin, int(self._from[arc]))
            tail = self._backward.trace(after[0], destination, int(self._to[arc]))
            if head is not None and tail is not None:
                path = (*head, int(arc), *reversed(tail))
                if not self._profiler.returns(path):
                    return path
        return None

    def _chosen(self, kept: list[_Candidate], partly: set[Path]) -> list[_Candidate]:
        """At most k of the routes, cheapest first."""
        today = _by_chain([candidate for candidate in kept if not candidate.profile.closed])
        wanted = [*today[:1], *kept[:1], *today[1 : max(self._k // 2, 1)]]
        wanted += [candidate for candidate in kept if candidate.path in partly]
        wanted += kept
        chosen: dict[Path, _Candidate] = {}
        for candidate in wanted:
            if len(chosen) < self._k:
                chosen.setdefault(candidate.path, candidate)
        return sorted(chosen.values(), key=_rank)

    def _candidate(self, path: Path, cost: Floats) -> _Candidate:
        keys = tuple(int(self._key[arc]) for arc in path)
        return _Candidate(math.fsum(cost[list(path)]), keys, path, self._profiler.profile(path))

    def _nudged(self, cost: Floats) -> Floats:
        """Costs without ties: a hair dearer by the hash of each arc's name."""
        finite = cost[np.isfinite(cost)]
        scale = float(finite.mean()) if finite.size else 0.0
        return (cost + scale * self._nudge) * (1.0 + self._nudge)

    def _penalised(self, origin: int, destination: int, usable: Floats, cost: Floats) -> list[Path]:
        """Paths on ``usable`` within ``max_ratio`` of its cheapest, in the order found; none that comes back to a place, if any
        other is left.

        The search ends when even the penalised best is ``max_ratio`` beyond that limit: what is still unseen then shares so many
        dear arcs that it is no alternative.
        """
        current = self._nudged(usable)
        found: dict[Path, None] = {}
        limit = math.inf
        for _ in range(_ROUNDS_PER_ROUTE * self._k):
            path = self._finder.path(current, origin, destination)
            if not path:
                break
            arcs = list(path)
            total = math.fsum(cost[arcs])
            limit = min(limit, total * self._max_ratio * (1.0 + _NUDGE))
            if total <= limit:
                found[path] = None
            if math.fsum(current[arcs]) > limit * self._max_ratio:
                break
            is_hit = np.zeros(self._twins.size, dtype=np.bool_)
            is_hit[self._twins[arcs]] = True
            current[is_hit[self._twins]] *= self._penalty
        straight = [path for path in found if not self._profiler.returns(path)]
        return straight or list(found)


def _rank(candidate: _Candidate) -> tuple[float, tuple[int, ...]]:
    return candidate.cost, candidate.keys


def _by_chain(candidates: list[_Candidate]) -> list[_Candidate]:
    """The first of each chain of modes, then the others: a second lorry route says less than a first train."""
    firsts: dict[tuple[int, ...], _Candidate] = {}
    for candidate in candidates:
        firsts.setdefault(candidate.profile.chain, candidate)
    chosen = list(firsts.values())
    return chosen + [candidate for candidate in candidates if candidate not in chosen]


def _single_openings(network: Network, is_open_now: Bools) -> list[Bools]:
    """The network as it is with one more link each: all arcs of a link that is closed now."""
    links = network.arcs.link
    return [is_open_now | (links == link) for link in np.unique(links[~is_open_now & (links >= 0)])]


def _replaces(kept: Profile, other: Profile) -> bool:
    """Is ``other``, which is no cheaper, superfluous beside ``kept``?"""
    if not kept.closed <= other.closed:
        return False
    if kept.stretches == other.stretches:
        return True
    if kept.gateways != other.gateways:
        return False
    if kept.chain == other.chain:
        return True
    longer = max(math.fsum(kept.length_km.values()), math.fsum(other.length_km.values()))
    shared = math.fsum(length for arc, length in other.length_km.items() if arc in kept.length_km)
    return shared > _SAME_ROUTE_SHARE * longer


def _parallel_groups(network: Network) -> Ints:
    """A number per arc; arcs of parallel links between the same places share it, so that twins are made dearer together.

    A post belongs to its line-haul: the one of its link that starts where it leads to, or ends where it starts.
    """
    arcs = network.arcs
    link, start, end = arcs.link.tolist(), arcs.from_state.tolist(), arcs.to_state.tolist()
    node = network.node_of_state.tolist()
    hauls = np.flatnonzero(arcs.kind == ArcKind.LINEHAUL).tolist()
    leaving = {(link[haul], start[haul]): haul for haul in hauls}
    entering = {(link[haul], end[haul]): haul for haul in hauls}
    groups: dict[tuple[int, ...], int] = {}
    group_of = np.empty(len(arcs), dtype=np.int64)
    for arc, kind in enumerate(arcs.kind.tolist()):
        haul, side = None, 0
        if kind == ArcKind.LINEHAUL:
            haul = arc
        elif kind == ArcKind.BORDER:
            haul, side = leaving.get((link[arc], end[arc])), 1
            if haul is None:
                haul, side = entering.get((link[arc], start[arc])), 2
        name: tuple[int, ...] = (arc,)
        if haul is not None:
            name = (side, node[start[haul]], node[end[haul]], int(arcs.mode[haul]), int(arcs.gauge_mm[haul]))
        group_of[arc] = groups.setdefault(name, len(groups))
    return group_of
