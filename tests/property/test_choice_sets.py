"""What must hold of choice sets on any network."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.network.arcs import ArcKind, Bools, Floats, Network
from abm.network.choice_sets import Path, build_choice_sets
from abm.network.paths import PathFinder
from tests.networks import RAIL, ROAD, Row, network_of

seeds = st.integers(0, 2**32 - 1)


def random_rows(seed: int) -> list[Row]:
    """A grid of places with roads, a few railways and crossings; kilometres tie often."""
    rng = np.random.default_rng(seed)
    places = [f"p{i}{j}" for i in range(4) for j in range(3)]
    rows: list[Row] = [("out", ArcKind.CONNECTOR, ROAD, "p00/zone", "p00/road", 1.0)]
    rows.append(("in", ArcKind.CONNECTOR, ROAD, "p32/road", "p32/zone", 1.0))
    for place in places:
        rows.append((f"{place}-on", ArcKind.TRANSFER, RAIL, f"{place}/road", f"{place}/rail", 30.0))
        rows.append((f"{place}-off", ArcKind.TRANSFER, RAIL, f"{place}/rail", f"{place}/road", 30.0))
    for start in places:
        for end in places:
            near = abs(int(start[1]) - int(end[1])) + abs(int(start[2]) - int(end[2])) == 1
            if not near or rng.random() < 0.3:
                continue
            layer, mode = ("rail", RAIL) if rng.random() < 0.3 else ("road", ROAD)
            km, name = float(rng.choice([50, 80, 100, 150])), f"{start}-{end}"
            if rng.random() < 0.4:
                rows.append((f"{name}-post", ArcKind.BORDER, mode, f"{start}/{layer}", f"{start}/{name}", 10.0))
                rows.append((name, ArcKind.LINEHAUL, mode, f"{start}/{name}", f"{end}/{layer}", km))
            else:
                rows.append((name, ArcKind.LINEHAUL, mode, f"{start}/{layer}", f"{end}/{layer}", km))
    return rows


def closed_names(rows: list[Row], seed: int) -> set[str]:
    rng = np.random.default_rng(seed + 1)
    return {row[0] for row in rows if row[1] in (ArcKind.BORDER, ArcKind.LINEHAUL) and rng.random() < 0.2}


def routes_of(rows: list[Row], closed: set[str], k: int = 6) -> tuple[Network, Floats, Bools, list[Path]]:
    network, cost = network_of(rows)
    is_open = np.array([row[0] not in closed for row in rows])
    demand = (network.state_of["p00", "zone", ""], network.state_of["p32", "zone", ""], 0)
    return network, cost[:, 0], is_open, build_choice_sets(network, [demand], cost, is_open, k=k)[0]


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(2, 8))
def test_sets_are_small_sorted_connected_and_hold_both_best_routes(seed: int, k: int) -> None:
    rows = random_rows(seed)
    network, cost, is_open, routes = routes_of(rows, closed_names(rows, seed), k)
    arcs, ends = network.arcs, (network.state_of["p00", "zone", ""], network.state_of["p32", "zone", ""])
    finder = PathFinder(arcs.from_state, arcs.to_state, network.n_states)
    best, best_now = (
        finder.distances(usable, [ends[0]])[0][0, ends[1]] for usable in (cost, np.where(is_open, cost, np.inf))
    )
    totals = [float(cost[list(route)].sum()) for route in routes]
    assert len(set(routes)) == len(routes) <= k
    assert totals == sorted(totals)
    assert (totals[0] if totals else np.inf) == best
    now = [total for total, route in zip(totals, routes, strict=True) if is_open[list(route)].all()]
    assert (now[0] if now else np.inf) == best_now
    for route in routes:
        states = [*arcs.from_state[list(route)].tolist(), int(arcs.to_state[route[-1]])]
        assert (states[0], states[-1]) == ends
        assert states[1:] == arcs.to_state[list(route)].tolist()
        assert len(set(states)) == len(states)


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_the_order_of_rows_does_not_matter_on_any_network(seed: int) -> None:
    rows = random_rows(seed)
    shuffled = [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]
    closed = closed_names(rows, seed)
    plain, mixed = (
        [[table[arc][0] for arc in route] for route in routes_of(table, closed)[3]] for table in (rows, shuffled)
    )
    assert plain == mixed


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_a_twin_of_any_link_adds_no_route(seed: int) -> None:
    rows = random_rows(seed)
    hauls = [row for row in rows if row[1] == ArcKind.LINEHAUL]
    haul = hauls[seed % len(hauls)]
    twins: list[Row] = []
    start = haul[3]
    for post in (row for row in rows if row[1] == ArcKind.BORDER and row[4] == haul[3]):
        start = f"{post[4]}2"
        twins.append((f"{post[0]}2", post[1], post[2], post[3], start, post[5]))
    twins.append((f"{haul[0]}2", haul[1], haul[2], start, haul[4], haul[5]))
    assert len(routes_of(rows + twins, set())[3]) == len(routes_of(rows, set())[3])
