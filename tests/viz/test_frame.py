"""Frames: what the worlds say is what the browser gets, whoever is under way moves forward, and means follow the days."""

import datetime as dt
import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case
from abm.incidents import Incident
from abm.model import CorridorModel
from abm.network.arcs import ArcKind
from abm.network.consignments import ARRIVE, QUEUED, Orders
from abm.state import WorldState
from abm.viz.frame import CLOSED, OPEN, SHUT_BY_INCIDENT, Camera, incidents, link_status
from abm.viz.movers import MOST_MOVERS, Sample, arc_places, located, under_way
from abm.viz.rates import FLOW_DAYS
from abm.viz.scene import ENTRY_AT, EXIT_AT
from tests.viz.blocks import unpack

TOY = load("toy")
OPENS, CLOSES = "reopen", "close-road"
SHUT_LINK = "road-ask-bek"
FREE_LINK = "road-crn-cpo"


class Pair:
    """Two worlds as a camera sees them."""

    def __init__(
        self, case: Case = TOY, policies: tuple[str, ...] = (OPENS, CLOSES), seed: int = 3, still: tuple[str, ...] = ()
    ) -> None:
        without = Scenario(case, seed=seed, still=still)
        root = CorridorModel(without, register=False, collect=False)
        root.warm_up()
        self.scene_case = case
        self.worlds = (root.fork(without), root.fork(replace(without, policies=policies)))
        self.lock = threading.RLock()
        self.is_ready = True

    @property
    def day(self) -> int:
        return self.worlds[0].day

    @property
    def date(self) -> dt.date:
        return dt.date(2025, 1, 1) + dt.timedelta(days=self.day)

    def play(self, days: int) -> "Pair":
        for _ in range(days):
            for world in self.worlds:
                world.step()
        return self

    def states(self) -> list[WorldState]:
        return [world.state for world in self.worlds]


def row_of(link: str, case: Case = TOY) -> int:
    return [one.link_id for one in case.links].index(link)


def line_arcs(state: WorldState) -> tuple[np.ndarray, np.ndarray]:
    """Line-haul arcs, and the links that they belong to."""
    arcs = state.network.arcs
    rows = np.flatnonzero(arcs.kind == ArcKind.LINEHAUL)
    return rows, arcs.link[rows]


def film(pair: Pair, camera: Camera, days: int, shown: int = 1) -> Iterator[tuple[Any, dict[str, np.ndarray]]]:
    """A frame a day."""
    for _ in range(days):
        pair.play(1)
        yield unpack(camera.frame(pair, shown))


# ------------------------------------------------------------------------------------------------------- as the worlds are
def test_before_the_warm_up_a_frame_shows_the_network_as_the_case_has_it() -> None:
    pair = Pair()
    pair.is_ready = False
    meta, arrays = unpack(Camera().frame(pair, 1))
    assert (meta["ready"], meta["n_under_way"], meta["new_routes"]) == (False, 0, {})
    assert arrays["status"][0, row_of(SHUT_LINK)] == CLOSED
    assert arrays["status"][0, row_of(FREE_LINK)] == OPEN
    ready = unpack(Camera().frame(Pair(), 1))[1]
    assert arrays.keys() == ready.keys()
    assert all(arrays[name].shape == ready[name].shape for name in arrays if not name.startswith("mover"))


def test_lines_at_posts_are_those_of_the_movement() -> None:
    pair, camera = Pair(), Camera()
    for _, arrays in film(pair, camera, 25):
        assert arrays["queue"].shape == (2, len(TOY.posts))
        for world, state in enumerate(pair.states()):
            facilities = [state.network.post_facility[post.post_id] for post in TOY.posts]
            queue = state.movement.queue_vehicles
            assert arrays["queue"][world] == pytest.approx(queue[facilities], rel=1e-6)
            assert arrays["queue"][world].sum() == pytest.approx(queue[facilities].sum(), rel=1e-5)
    assert arrays["queue"].sum() > 0


def test_flows_are_the_means_of_what_entered_the_links() -> None:
    pair, camera = Pair(), Camera()
    mean = unpack(camera.frame(pair, 0))[1]["flow_t_day"]
    keep = math.exp(-1.0 / FLOW_DAYS)
    for _ in range(30):
        before = [state.movement.entered_t for state in pair.states()]
        pair.play(1)
        for world, state in enumerate(pair.states()):
            rows, links = line_arcs(state)
            today = np.bincount(links, (state.movement.entered_t - before[world])[rows], len(TOY.links))
            mean[world] = keep * mean[world] + (1.0 - keep) * today
        shown = unpack(camera.frame(pair, 0))[1]["flow_t_day"]
        assert shown == pytest.approx(mean, rel=1e-4, abs=1e-3)


def test_the_first_frame_looks_back_over_the_past() -> None:
    pair = Pair()
    flow = unpack(Camera().frame(pair, 0))[1]["flow_t_day"]
    assert flow[0] == pytest.approx(flow[1])
    state = pair.states()[0]
    shot = next(one for one in reversed(state.ledger.snapshots) if state.day - (one.day + 1) >= 28)
    rows, links = line_arcs(state)
    passed = np.bincount(links, (state.movement.entered_t - shot.entered_t)[rows], len(TOY.links))
    assert flow[0] == pytest.approx(passed / (state.day - shot.day - 1), rel=1e-5)
    assert flow[0, row_of(FREE_LINK)] > 0


def test_a_world_that_has_forgotten_most_of_its_past_is_looked_at_from_where_it_remembers() -> None:
    pair = Pair(policies=()).play(10)
    for state in pair.states():
        del state.ledger.snapshots[:-1]
    state = pair.states()[0]
    (shot,) = state.ledger.snapshots
    rows, links = line_arcs(state)
    passed = np.bincount(links, (state.movement.entered_t - shot.entered_t)[rows], len(TOY.links))
    flow = unpack(Camera().frame(pair, 0))[1]["flow_t_day"][0]
    assert flow == pytest.approx(passed / (state.day - shot.day - 1), rel=1e-5)
    for state in pair.states():
        state.ledger.snapshots.clear()
    flow = unpack(Camera().frame(pair, 0))[1]["flow_t_day"][0]
    everything = np.bincount(links, state.movement.entered_t[rows], len(TOY.links))
    assert flow == pytest.approx(everything / (state.movement.now_h / 24.0), rel=1e-5)


def test_a_jump_counts_for_all_its_days() -> None:
    """The mean over a jump of steady days is that of the days one by one."""
    pair, camera, jumping = Pair(policies=()), Camera(), Camera()
    first = unpack(jumping.frame(pair, 0))[1]["flow_t_day"]
    daily = [arrays["flow_t_day"] for _, arrays in film(pair, camera, 120)][-1]
    jumped = unpack(jumping.frame(pair, 0))[1]["flow_t_day"]
    busy = daily > 100
    assert busy.any()
    assert np.abs(jumped - daily)[busy].mean() < 0.2 * daily[busy].mean()
    assert not np.allclose(jumped, first)


def test_an_unchanged_world_gives_the_same_frame_again() -> None:
    pair, camera = Pair().play(5), Camera()
    assert camera.frame(pair, 1) == camera.frame(pair, 1)


def test_other_worlds_and_earlier_days_start_afresh() -> None:
    camera = Camera()
    for _ in film(Pair(), camera, 40):
        pass
    other = Pair(seed=4).play(2)
    assert camera.frame(other, 1) == Camera().frame(other, 1)


def test_delay_is_one_where_nobody_is_in_the_way_and_more_where_lines_are() -> None:
    pair, camera = Pair(), Camera()
    *_, (_, arrays) = film(pair, camera, 60)
    assert arrays["delay"][0, row_of(FREE_LINK)] == pytest.approx(1.0)  # a road without posts and without a limit
    assert np.isnan(arrays["delay"][0, row_of(SHUT_LINK)])
    waited = np.nan_to_num(arrays["wait_h"][0])
    assert waited.max() > 0.1
    busiest = TOY.posts[int(waited.argmax())].link_id
    assert arrays["delay"][0, row_of(busiest)] > 1.01


def test_the_flow_of_a_closed_link_fades_and_its_hours_fall_silent() -> None:
    pair, camera = Pair(policies=(CLOSES,), still=("incidents",)), Camera()
    closed = row_of("road-ard-crn")
    flows, status = [], []
    for _, arrays in film(pair, camera, 88):  # shut on day 59, for a month
        flows.append(arrays["flow_t_day"][1, closed])
        status.append(int(arrays["status"][1, closed]))
    shut = status.index(CLOSED)
    assert flows[shut - 1] > 0
    assert set(status[shut:]) == {CLOSED}
    ratio = flows[-1] / flows[shut]
    assert ratio == pytest.approx(math.exp(-(len(flows) - 1 - shut) / FLOW_DAYS), rel=1e-3)
    assert set(status[:shut]) == {OPEN}


# --------------------------------------------------------------------------------------------------- status and incidents
def shut_by(state: WorldState, name: str, end_h: float) -> Incident:
    numbers = [source.name for source in state.security.sources]
    return Incident(numbers.index(name), 1, state.hour - 5.0, end_h)


def test_a_link_that_an_incident_shuts_is_told_apart_from_one_that_is_closed() -> None:
    state = Pair().states()[0]
    link, closed = row_of("road-ard-crn"), row_of(SHUT_LINK)
    state.security.known = [shut_by(state, "pass-snow", state.hour + 100.0)]
    assert link_status(TOY, state)[[link, closed]].tolist() == [OPEN, CLOSED]
    model = CorridorModel(Scenario(TOY, seed=3), register=False, collect=False, state=state)
    model.step()
    assert link_status(TOY, state)[[link, closed]].tolist() == [SHUT_BY_INCIDENT, CLOSED]


def test_incidents_are_told_once_with_the_worlds_that_have_them() -> None:
    states = Pair().states()
    for state in states:
        state.security.known = []
    hour = states[0].movement.now_h
    both = shut_by(states[0], "coast-raids", hour + 48.0)
    echo = Incident(both.source, 2, hour - 1.0, hour + 72.0)
    to_come = Incident(shut_by(states[0], "pass-snow", 0.0).source, 3, hour + 1.0, hour + 5.0)
    history = shut_by(states[1], "old-strike", math.inf)
    states[0].security.known = [both, to_come]
    states[1].security.known = [both, echo, history]
    raids, strike = incidents(TOY, states)
    assert raids == {
        "id": "coast-raids", "title": "Raiders trouble the coast", "links": [row_of("road-cpo-bay"), row_of("sea-cpo-bay")],
        "posts": [], "relations": [], "left_share": 0.4, "days_left": 3.0, "worlds": [0, 1],
    }  # fmt: skip
    post = [one.post_id for one in TOY.posts].index("p-road-ard-crn-xc-in")
    assert (strike["posts"], strike["links"], strike["days_left"], strike["worlds"]) == ([post], [], None, [1])


# ----------------------------------------------------------------------------------------------------------------- movers
def sent(state: WorldState, names: list[str], key: int, tonnes: float = 20.0) -> int:
    """Send a consignment over arcs by name; returns its route."""
    network = state.network
    route = state.movement.routes.intern([network.arcs.names.index(name) for name in names])
    one = np.array([route], dtype=np.int32)
    state.movement.dispatch(
        Orders(
            shipper=np.zeros(1, np.int32), key=np.array([key], np.uint64), time_h=np.array([state.movement.now_h]),
            tonnes=np.array([tonnes]), vehicles=np.zeros(1), cargo_class=np.full(1, 3, np.int8),
            priority=np.zeros(1, np.int8), route=one,
        )
    )  # fmt: skip
    return route


def place_of(state: WorldState, key: int) -> list[float]:
    """Links done, and 1 for standing in line."""
    found = located(state, arc_places(state.network, TOY), under_way(state))
    (row,) = np.flatnonzero(found.key == np.uint64(key))
    return [float(found.at[row]), float(found.waits[row])]


def test_a_lorry_by_hand() -> None:
    """Two free roads, the second against its own direction of the table: 200 km at 55 km/h, then 310 km at 55 km/h."""
    state = Pair().states()[0]
    begin = state.movement.now_h
    first_h, second_h = 200 / 55, 200 / 55
    arcs = state.network.arcs
    hours = {
        name: arcs.free_time_h[arcs.names.index(name)] for name in ("road-crn-cpo:CRN>CPO", "road-crn-cpo:CPO>CRN")
    }
    assert list(hours.values()) == pytest.approx([first_h, second_h], rel=0.1)  # lengths have ranges that are drawn
    first_h, second_h = hours.values()
    route = sent(state, ["road-crn-cpo:CRN>CPO", "road-crn-cpo:CPO>CRN"], key=77)
    for part in (0.25, 0.5, 0.75):
        state.movement.run_until(begin + part * first_h)
        assert place_of(state, 77) == pytest.approx([part, 0])
    state.movement.run_until(begin + first_h + 0.4 * second_h)
    assert place_of(state, 77) == pytest.approx([1.4, 0])
    sample = Sample(TOY, state.network, 1)
    number = row_of("road-crn-cpo") + 1
    assert sample.routes(state, np.array([route])) == {str(2 * route + 1): [number, -number]}


def test_a_lorry_before_a_closed_border_stands_at_its_post() -> None:
    state = Pair().states()[0]
    sent(
        state, ["road-ard-ask:ARD>ASK", "p-road-ask-bek-xa-out", "road-ask-bek:ASK>BEK", "p-road-ask-bek-xb-in"], key=78
    )
    state.movement.run_until(state.movement.now_h + 30.0)
    assert place_of(state, 78) == pytest.approx([1.0 + EXIT_AT, 1])
    places = arc_places(state.network, TOY)
    names = state.network.arcs.names
    entry = names.index("p-road-ask-bek-xb-in")
    assert 2.0 + places.base[entry] == pytest.approx(1.0 + ENTRY_AT)
    line = names.index("road-ask-bek:ASK>BEK")
    assert (places.base[line], places.base[line] + places.span[line]) == pytest.approx((EXIT_AT, ENTRY_AT))
    assert (names[places.exit_arc[line]], places.entry_arc[line]) == ("p-road-ask-bek-xa-out", entry)


def slowly(state: WorldState) -> dict[int, float]:
    """The place of every consignment, looked for arc by arc."""
    places, arcs, movement = arc_places(state.network, TOY), state.network.arcs, state.movement
    found = {}
    for record in under_way(state):
        path = movement.routes.path(int(record["route"]))
        here = int(record["place"]) - int(movement.routes.starts[record["route"]])
        share = 0.0
        if record["kind"] == ARRIVE and here > 0:
            left_h = float(record["time_h"]) - movement.now_h
            while True:
                here -= 1
                arc = path[here]
                hours = arcs.free_time_h[arc] * movement.time_factor[arc] + state.numbers.dwell_h[arc]
                if left_h <= hours or arcs.facility[arc] >= 0 or here == 0:
                    share = min(max(1.0 - left_h / hours, 0.0), 1.0) if hours > 0 else 0.0
                    break
                left_h -= hours
        here = min(here, len(path) - 1)
        done = sum(bool(places.is_line[arc]) for arc in path[:here])
        at = done + places.base[path[here]] + share * places.span[path[here]]
        found[int(record["key"])] = min(max(at, 0.0), sum(bool(places.is_line[arc]) for arc in path))
    return found


def test_places_are_those_of_a_slow_search() -> None:
    pair = Pair()
    for _ in range(6):
        pair.play(11)
        for state in pair.states():
            found = located(state, arc_places(state.network, TOY), under_way(state))
            slow = slowly(state)
            assert found.key.size == len(slow) > 50
            assert found.at == pytest.approx([slow[int(key)] for key in found.key], abs=1e-6)
            waiting = under_way(state)["kind"] == QUEUED
            assert found.waits.tolist() == waiting.tolist()


@pytest.mark.parametrize("shown", [0, 1])
def test_movers_stay_on_their_routes_and_never_go_back(shown: int) -> None:
    pair, camera = Pair(), Camera()
    last: dict[int, tuple[int, float]] = {}
    n_again = 0
    for meta, arrays in film(pair, camera, 60, shown):
        routes = {int(name): links for name, links in meta["new_routes"].items()}
        at = arrays["mover_at"]
        lengths = np.array([len(routes[int(route)]) for route in arrays["mover_route"]])
        assert (at >= 0).all()
        assert (at <= lengths).all()
        assert meta["sample_share"] == 1.0
        assert at.size <= meta["n_under_way"]
        assert set(arrays["mover_mode"]) <= {0, 1, 2}
        assert all(1 <= abs(link) <= len(TOY.links) for links in routes.values() for link in links)
        now = {
            int(one): (int(route), float(x))
            for one, route, x in zip(arrays["mover_id"], arrays["mover_route"], at, strict=True)
        }
        for one in now.keys() & last.keys():
            if now[one][0] == last[one][0]:
                n_again += 1
                assert now[one][1] >= last[one][1]
        last = now
    assert n_again > 500


def test_who_waits_is_as_many_as_stand_in_line() -> None:
    """Every consignment in line is under way and waits, and nobody else does."""
    pair = Pair().play(30)
    for state in pair.states():
        found = located(state, arc_places(state.network, TOY), under_way(state))
        slots = state.movement.slots
        background = (slots["kind"] == QUEUED) & (slots["background"] == 1)
        assert found.waits.sum() + background.sum() == state.movement.queue_consignments.sum()
        with pytest.raises(ValueError, match="read-only"):
            slots["kind"] = 0


def test_of_many_a_stable_share_is_shown() -> None:
    case = load("south-caucasus")
    pair, camera = Pair(case, policies=()), Camera()
    shares, kept = [], []
    last: set[int] = set()
    for meta, arrays in film(pair, camera, 20, shown=0):
        ids = set(arrays["mover_id"].tolist())
        assert MOST_MOVERS / 2 < len(ids) == arrays["mover_id"].size <= MOST_MOVERS < meta["n_under_way"]
        shares.append(meta["sample_share"])
        if last:
            kept.append(len(ids & last) / len(last))
        last = ids
    assert len(set(shares)) <= 2
    assert np.median(kept) > 0.7
    assert len(camera.frame(pair, 0)) < 40_000
