"""Who is held never waits when a cheaper way round is open, beyond the stated margin: before shut gates and full car parks.

Small networks at random: the roads, posts and rails of the toy case with lengths, speeds, papers and fees of their own, and one
hindrance each: a road that is shut for some days, or posts with a few places in line. Every morning on which drivers have looked
round, each consignment in line is judged by a search that shares nothing with the model's: networkx, on costs added up here.
"""

import math
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abm import phases
from abm.calendar import apply_calendar
from abm.corridor.policies import resolve
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, Mode, Status
from abm.detours import TURNING_MARGIN, WEIGHING_DAYS, open_arcs
from abm.model import CorridorModel
from abm.network.arcs import Bools, Floats
from abm.network.consignments import QUEUED
from abm.post_watch import review_posts
from abm.state import WorldState
from tests.small_worlds import edited, step, toy

ROADS = ("road-ard-crn", "road-crn-cpo", "road-bay-bek", "road-cpo-bay", "rail-ard-crn")
SLACK = 1e-9


@st.composite
def small_cases(draw: st.DrawFn) -> tuple[Case, tuple[str, ...]]:
    factors = st.floats(0.4, 2.5)
    links = tuple(
        link.model_copy(
            update={"length_km": link.length_km * draw(factors), "length_low_km": None, "length_high_km": None,
                    "status": Status.OPEN if link.mode is Mode.ROAD else link.status}
        )
        for link in toy().links
    )  # fmt: skip
    limit = draw(st.sampled_from([None, None, 0, 2, 6]))
    posts = tuple(
        post.model_copy(
            update={"dwell_h": post.dwell_h * draw(factors), "dwell_low_h": None, "dwell_high_h": None, "opens_h": 0.0,
                    "closes_h": 24.0, "fee_usd_per_vehicle": post.fee_usd_per_vehicle * draw(factors),
                    "capacity_vehicles_per_day": post.capacity_vehicles_per_day * draw(st.floats(0.1, 1.0)),
                    "queue_max": limit if post.link_id.startswith("road") else None}
        )
        for post in toy().posts
    )  # fmt: skip
    shut = draw(st.sampled_from(ROADS))
    rows = (step("shut", Action.CLOSE_LINK, shut, draw(st.integers(3, 8)), draw(st.integers(14, 30))),)
    case = edited(toy(), links=links, posts=posts, policies=rows, background=(), warmup_days=0)
    return case, draw(st.sampled_from([(), ("shut",)] if limit is not None else [("shut",)]))


def class_cost(state: WorldState, column: int, hours: Floats, is_open: Bools) -> dict[int, float]:
    """USD/t of every open arc for the typical shipper of a class: money, vehicle hours beyond free time, time of the goods."""
    arcs, vot = state.network.arcs, state.typical_vot[column]
    return {
        int(arc): float(
            state.numbers.price_usd_t[arc, column]
            + arcs.hour_usd_t[arc, column] * max(hours[arc] - state.numbers.free_time_h[arc], 0.0)
            + vot * hours[arc]
        )
        for arc in np.flatnonzero(is_open)
        if np.isfinite(state.numbers.price_usd_t[arc, column])
    }


def cheapest(state: WorldState, cost: dict[int, float], start: int, end: int, without: int = -1) -> float:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from((start, end))
    arcs = state.network.arcs
    for arc, usd in cost.items():
        if arc != without:
            graph.add_edge(int(arcs.from_state[arc]), int(arcs.to_state[arc]), weight=usd)
    try:
        return float(nx.dijkstra_path_length(graph, start, end))
    except nx.NetworkXNoPath:
        return math.inf


def lines(state: WorldState) -> list[tuple[int, list[Any]]]:
    """Facility and its line in the order of service, as records of the loader."""
    loader: Any = state.movement
    records, facilities = loader._state.records, loader._state.facilities
    found = []
    for facility in range(len(facilities)):
        line = []
        for head in facilities[facility]["heads"]:
            while head >= 0:
                line.append(records[head])
                head = records[head]["next"]
        assert all(record["kind"] == QUEUED for record in line)
        found.append((facility, line))
    return found


def link_of(state: WorldState, facility: int) -> int:
    return int(state.network.arcs.link[state.network.arcs.facility == facility][0])


def judge(state: WorldState) -> int:
    """Every consignment that is held: before a shut gate on a day on which it looks round, or outside a full car park. Returns
    how many were judged."""
    arcs, is_open = state.network.arcs, open_arcs(state)
    was_open = np.isin(arcs.link, np.flatnonzero(state.link_was_open)) | (arcs.link < 0)
    published, routes, vot = state.published.mean_h(), state.movement.routes, state.typical_vot
    n_judged = 0
    for facility, line in lines(state):
        loader: Any = state.movement
        is_shut = not loader._state.facilities["is_open"][facility]
        places = 0 if is_shut else int(state.network.facilities.queue_max[facility])
        ahead = 0.0
        if is_shut and float(state.days_shut[link_of(state, facility)]) not in WEIGHING_DAYS:
            continue
        for place, record in enumerate(line):
            path, column = routes.path(int(record["route"])), int(record["cargo_class"])
            arc = next(arc for arc in path if arcs.facility[arc] == facility)
            vehicles = record["load"] / arcs.payload_t[arc, column]
            if place >= places:
                n_judged += 1
                end = int(arcs.to_state[path[-1]])
                here, beyond, hour_usd = int(arcs.from_state[arc]), int(arcs.to_state[arc]), vot[column]
                hour_usd = float(hour_usd + arcs.hour_usd_t[arc, column])
                today = class_cost(state, column, published, is_open)
                around = cheapest(state, today, here, end, without=arc)
                if is_shut:
                    hoped = class_cost(state, column, published, was_open)
                    onwards = cheapest(state, hoped, here, end) + 24.0 * state.days_shut[arcs.link[arc]] * hour_usd
                else:
                    rest = cheapest(state, today, beyond, end) + state.numbers.price_usd_t[arc, column]
                    each_h = state.numbers.service_h[facility] / state.network.facilities.servers[facility]
                    onwards = rest + hour_usd * (state.published.announced_h[arc] + ahead * each_h)
                assert not around * (1.0 + TURNING_MARGIN) < onwards * (1.0 - SLACK), (facility, place, around, onwards)
            ahead += vehicles
    return n_judged


def play(case: Case, policies: tuple[str, ...], days: int = 26) -> int:
    """The mornings of a world, each judged after drivers have looked round and before anything moves; goods are never lost."""
    scenario = Scenario(case, policies=policies)
    model = CorridorModel(scenario, register=False, collect=False)
    n_judged = 0
    for _ in range(days):
        morning = model.state.copy()
        apply_calendar(morning, resolve(scenario))
        review_posts(morning)
        phases.weigh_routes(morning, model.belief)
        n_judged += judge(morning)
        model.step()
    assert model.state.movement.lost_t == 0.0
    return n_judged


@pytest.mark.parametrize("limit", [None, 2])
def test_many_are_held_in_these_worlds(limit: int | None) -> None:
    """So that the property below has something to say: a score is judged before a shut road, hundreds before car parks."""
    posts = tuple(
        post.model_copy(update={"capacity_vehicles_per_day": 12.0, "queue_max": limit})
        if post.link_id == ROADS[0]
        else post
        for post in toy().posts
    )
    rows = (step("shut", Action.CLOSE_LINK, ROADS[0], 3, 12),)
    case = edited(toy(), posts=posts, policies=rows, background=(), warmup_days=0)
    assert play(case, ("shut",) if limit is None else ()) > (20 if limit is None else 200)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(small_cases())
def test_nobody_who_is_held_waits_when_a_cheaper_way_round_is_open(made: tuple[Case, tuple[str, ...]]) -> None:
    play(*made)
