"""Checks A01-A11: equilibria reached by the solver, and by agents who learn from day to day."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from abm.corridor.importers.tntp import TntpNetwork, read_tntp_network, read_tntp_trips
from abm.network.arcs import Floats
from abm.network.equilibrium import Demand, ShortestRoutes, successive_averages, user_equilibrium
from abm.network.load_functions import LoadFunctions
from abm.network.paths import PathFinder
from abm.network.static import Learning, LearningAgents, plain_network
from abm.network.stochastic import RouteSets, respond, stochastic_equilibrium
from abm.rules.choice import MultinomialLogit
from tests.validation import reference_file

#: Braess: states 1..4 as 0..3, time 1e-8 + 10 v, 50 + v or 10 + v; the last arc is the one that harms.
BRAESS_FROM, BRAESS_TO = np.array([0, 0, 2, 3, 2]), np.array([2, 3, 1, 1, 3])
BRAESS = LoadFunctions(
    np.array([1e-8, 50.0, 50.0, 1e-8, 10.0]), np.array([1e9, 0.02, 0.02, 1e9, 0.1]), np.ones(5), np.ones(5)
)
SIX = Demand(np.array([0]), np.array([1]), np.array([6.0]))

#: Two routes of one arc each for 1,000.
TWO = LoadFunctions(np.array([10.0, 15.0]), np.full(2, 0.15), np.full(2, 4.0), np.array([400.0, 600.0]))
TWO_FROM, TWO_TO = np.array([0, 0]), np.array([1, 1])
THOUSAND = Demand(np.array([0]), np.array([1]), np.array([1000.0]))
TWO_SETS: list[list[tuple[int, ...]]] = [[(0,), (1,)]]


def reference_case(name: str) -> tuple[TntpNetwork, Demand, LoadFunctions]:
    network = read_tntp_network(reference_file("tntp", f"{name}_net.tntp"))
    return network, *demand_and_load(network, name)


def demand_and_load(network: TntpNetwork, name: str) -> tuple[Demand, LoadFunctions]:
    table = read_tntp_trips(reference_file("tntp", f"{name}_trips.tntp"))
    leaves = table.origin != table.destination
    demand = Demand(
        network.origin_state(table.origin[leaves]),
        network.destination_state(table.destination[leaves]),
        table.trips[leaves],
    )
    return demand, LoadFunctions(network.free_flow_time, network.b, network.power, network.capacity)


def reference_flows(name: str) -> Floats:
    lines = reference_file("tntp", f"{name}_flow.tntp").read_text(encoding="utf-8").splitlines()
    return np.array([float(line.split()[2]) for line in lines[1:] if line.strip()])


def nrmse(flow: Floats, expected: Floats) -> float:
    return float(np.sqrt(np.mean((flow - expected) ** 2)) / expected.mean())


def agents(demand: Demand, size: float, ends: tuple[np.ndarray, np.ndarray, int], load: LoadFunctions, seed: int,
           learning: Learning | None = None) -> LearningAgents:  # fmt: skip
    """One agent per ``size`` of demand, who knows nothing but the shortest routes met so far."""
    from_state, to_state, n_states = ends
    pair = np.repeat(np.arange(demand.amount.size), np.round(demand.amount / size).astype(np.int64))
    shortest = ShortestRoutes(PathFinder(from_state, to_state, n_states), demand, from_state)
    keys = np.arange(pair.size, dtype=np.uint64)
    empty: Sequence[Sequence[Sequence[int]]] = [[] for _ in demand.amount]
    network = plain_network(from_state, to_state, n_states, load)
    return LearningAgents(network, keys, pair, np.full(pair.size, size), empty, learning or Learning(), seed, shortest)


def test_a01_braess_equilibrium_and_paradox_by_the_solver() -> None:
    with_link = user_equilibrium(SIX, BRAESS_FROM, BRAESS_TO, 4, BRAESS, tolerance=1e-9)
    np.testing.assert_allclose(with_link.flow, [4.0, 2.0, 2.0, 4.0, 2.0], atol=1e-3)
    assert sorted(with_link.route_flow.tolist()) == pytest.approx([2.0, 2.0, 2.0], abs=1e-3)
    for route in with_link.routes:
        assert with_link.time[list(route)].sum() == pytest.approx(92.0, abs=1e-3)
    assert with_link.total_time == pytest.approx(552.0, abs=1e-3)
    rest = LoadFunctions(BRAESS.free_time[:4], BRAESS.alpha[:4], BRAESS.beta[:4], BRAESS.capacity[:4])
    without = user_equilibrium(SIX, BRAESS_FROM[:4], BRAESS_TO[:4], 4, rest, tolerance=1e-9)
    np.testing.assert_allclose(without.flow, [3.0, 3.0, 3.0, 3.0], atol=1e-3)
    assert without.total_time == pytest.approx(498.0, abs=1e-3)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a01_braess_agents_reach_the_equilibrium_and_the_paradox(seed: int) -> None:
    crowd = agents(SIX, 0.01, (BRAESS_FROM, BRAESS_TO, 4), BRAESS, seed)
    fewer = LoadFunctions(BRAESS.free_time[:4], BRAESS.alpha[:4], BRAESS.beta[:4], BRAESS.capacity[:4])
    crowd_without = agents(SIX, 0.01, (BRAESS_FROM[:4], BRAESS_TO[:4], 4), fewer, seed)
    for _ in range(200):
        crowd.step()
        crowd_without.step()
    np.testing.assert_allclose(crowd.movement.flow_t_per_day, [4.0, 2.0, 2.0, 4.0, 2.0], rtol=0.05)
    np.testing.assert_allclose(crowd_without.movement.flow_t_per_day, 3.0, rtol=0.05)
    time_with, time_without = (float(c.movement.flow_t_per_day @ c.movement.arc_time_h) for c in (crowd, crowd_without))
    assert time_with > time_without


def test_a02_two_routes_user_equilibrium_and_system_optimum_by_the_solver() -> None:
    rest = user_equilibrium(THOUSAND, TWO_FROM, TWO_TO, 2, TWO, tolerance=1e-10)
    assert rest.flow[0] == pytest.approx(557.617, abs=1e-3)
    np.testing.assert_allclose(rest.time, 15.6649, atol=1e-3)
    assert rest.total_time == pytest.approx(15664.93, abs=0.01)
    best = user_equilibrium(THOUSAND, TWO_FROM, TWO_TO, 2, TWO.marginal(), tolerance=1e-10)
    assert best.flow[0] == pytest.approx(455.611, abs=1e-3)
    assert float(best.flow @ TWO.time(best.flow)) == pytest.approx(14702.36, abs=0.01)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a02_two_routes_agents_come_within_one_per_cent_of_demand(seed: int) -> None:
    crowd = agents(THOUSAND, 1.0, (TWO_FROM, TWO_TO, 2), TWO, seed)
    for _ in range(300):
        crowd.step()
    assert crowd.movement.flow_t_per_day[0] == pytest.approx(557.617, abs=10.0)


def test_a03_sioux_falls_user_equilibrium_by_the_solver() -> None:
    network, demand, load = reference_case("SiouxFalls")
    ends = network.from_state, network.to_state, network.n_states
    rough = user_equilibrium(demand, *ends, load, tolerance=1e-4)
    assert rough.gap <= 1e-4
    assert nrmse(rough.flow, reference_flows("SiouxFalls")) <= 0.005
    assert rough.total_time == pytest.approx(7480225.345, rel=1e-3)
    fine = user_equilibrium(demand, *ends, load, tolerance=1e-9)
    assert fine.beckmann == pytest.approx(4231335.2871, abs=1e-3)
    assert fine.total_time == pytest.approx(7480225.345, rel=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a04_sioux_falls_agents_come_to_rest_near_the_equilibrium(seed: int) -> None:
    network, demand, load = reference_case("SiouxFalls")
    crowd = agents(demand, 100.0, (network.from_state, network.to_state, network.n_states), load, seed)
    for _ in range(200):
        crowd.step()
    assert crowd.route.size == 3606
    assert crowd.gap <= 0.012
    assert nrmse(crowd.movement.flow_t_per_day, reference_flows("SiouxFalls")) <= 0.035


def test_a05_anaheim_with_zones_that_cannot_be_passed() -> None:
    network, demand, load = reference_case("Anaheim")
    rest = user_equilibrium(demand, network.from_state, network.to_state, network.n_states, load, tolerance=1e-6)
    assert rest.beckmann == pytest.approx(1286032.1711, rel=1e-3)
    assert rest.total_time == pytest.approx(1419913.851, rel=1e-3)
    assert nrmse(rest.flow, reference_flows("Anaheim")) <= 0.005


def test_a05_anaheim_with_traffic_through_zones_is_another_network() -> None:
    network = replace(reference_case("Anaheim")[0], first_thru_node=1)
    demand, load = demand_and_load(network, "Anaheim")
    rest = user_equilibrium(demand, network.from_state, network.to_state, network.n_states, load, tolerance=1e-6)
    assert rest.total_time == pytest.approx(1322586.2, rel=1e-4)


def test_a06_successive_averages_close_the_gap_as_one_over_the_iterations() -> None:
    network, demand, load = reference_case("SiouxFalls")
    _, gaps = successive_averages(demand, network.from_state, network.to_state, network.n_states, load, 1000)
    for iteration, expected in ((50, 1.9e-2), (100, 9.2e-3), (1000, 9.3e-4)):
        assert expected / 1.5 <= gaps[iteration - 1] <= expected * 1.5


@pytest.mark.parametrize(("theta", "expected"), [(0.1, 530.272), (0.5, 549.041), (2.0, 555.228)])
def test_a07_two_routes_stochastic_equilibrium(theta: float, expected: float) -> None:
    rest = stochastic_equilibrium(THOUSAND.amount, RouteSets(TWO_SETS, 2), TWO.time, MultinomialLogit(theta))
    assert rest.flow[0] == pytest.approx(expected, abs=1e-3)
    assert rest.residual <= 1e-9


def test_a08_four_paths_on_seven_links_stochastic_equilibrium() -> None:
    load = LoadFunctions(np.full(7, 10.0), np.full(7, 0.15), np.full(7, 4.0), np.full(7, 50.0))
    sets = RouteSets([[(1, 5), (0, 2)], [(2, 3), (4, 6)]], 7)
    rest = stochastic_equilibrium(np.array([50.0, 50.0]), sets, load.time, MultinomialLogit(0.7))
    np.testing.assert_allclose(50.0 * rest.shares.ravel(), [28.9774, 21.0226, 21.0226, 28.9774], atol=1e-4)


def test_a09_sioux_falls_stochastic_equilibrium_on_published_paths() -> None:
    network, _, load = reference_case("SiouxFalls")
    arc = {ends: number for number, ends in enumerate(zip(network.init_node, network.term_node, strict=True))}
    routes: dict[tuple[int, int], list[tuple[int, ...]]] = {}
    with reference_file("sue", "SiouxFalls_paths_k5.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            nodes = [int(node) for node in row["path"].split("-")]
            pair = int(row["origin"]), int(row["destination"])
            routes.setdefault(pair, []).append(tuple(arc[ends] for ends in pairwise(nodes)))
    with reference_file("sue", "SiouxFalls_SUE_k5.csv").open(encoding="utf-8") as lines:
        expected = np.array([float(row["x_theta0.5"]) for row in csv.DictReader(lines)])
    trips = read_tntp_trips(reference_file("tntp", "SiouxFalls_trips.tntp"))
    sets = RouteSets(
        [routes[int(o), int(d)] for o, d in zip(trips.origin, trips.destination, strict=True)], expected.size
    )
    assert len(sets.row) == 2640
    rest = stochastic_equilibrium(trips.trips, sets, load.time, MultinomialLogit(0.5))
    assert rest.residual <= 1e-9
    assert nrmse(rest.flow, expected) <= 1e-6
    assert float(rest.flow @ load.time(rest.flow)) == pytest.approx(7735530.72, abs=0.1)


def test_a10_learning_with_little_noise_comes_to_rest_at_the_fixed_point() -> None:
    sets, rule = RouteSets(TWO_SETS, 2), MultinomialLogit(1.0)
    flow = np.array([500.0, 500.0])
    days = []
    for _ in range(200):
        flow = 0.9 * flow + 0.1 * respond(THOUSAND.amount, sets, TWO.time, rule, flow)[1]
        days.append(flow[0])
    assert days[0] == pytest.approx(541.8561450942, abs=1e-9)
    assert days[4] == pytest.approx(552.9904973856, abs=1e-9)
    assert days[-1] == pytest.approx(553.0137, abs=0.01)
    solved = stochastic_equilibrium(THOUSAND.amount, sets, TWO.time, rule, tolerance=1e-12)
    assert days[-1] == pytest.approx(solved.flow[0], abs=1e-6)


def test_a11_two_hundred_agents_with_inertia_have_the_exact_mean_and_spread() -> None:
    n = 200
    network = plain_network(TWO_FROM, TWO_TO, 2, TWO)
    keys, pairs = np.arange(n, dtype=np.uint64), np.zeros(n, dtype=np.int64)
    crowd = LearningAgents(network, keys, pairs, np.full(n, 5.0), TWO_SETS, Learning(share=0.1, theta=1.0), seed=1)
    flows = np.empty(20_000)
    for day in range(flows.size):
        crowd.step()
        flows[day] = crowd.movement.flow_t_per_day[0]
    settled = flows[100:]
    assert settled.mean() == pytest.approx(552.19, abs=1.5)
    assert settled.std() == pytest.approx(15.56, rel=0.1)
