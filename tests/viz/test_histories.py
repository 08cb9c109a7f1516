"""Weekly samples are differences of what the worlds add up."""

from functools import cache

import numpy as np
import pytest

from abm.model import CorridorModel
from abm.network.arcs import ArcKind, Floats
from abm.viz.histories import NAMES, WEEK, Histories
from abm.viz.twin import TwinModel
from tests.small_worlds import toy_with_cast
from tests.viz.made_twins import MEASURE, played, question, straight

WEEKS = 9


@cache
def watched() -> TwinModel:
    """Two worlds after some weeks and a few days."""
    return played(WEEKS * WEEK + 3, MEASURE)


@cache
def ends(world: int = 1) -> tuple[CorridorModel, CorridorModel]:
    """A world as it stood when the last sample but one and the last one were taken, played unwatched."""
    scenario = question(MEASURE).measure() if world else question(MEASURE).without()
    before, after = (CorridorModel(scenario, register=False, collect=False) for _ in range(2))
    return straight(before, (WEEKS - 1) * WEEK), straight(after, WEEKS * WEEK)


def last(kind: str, what: str, n: int, world: int = 1) -> Floats:
    """The last sample of all rows in a world, by default the one with the measure."""
    return np.array([watched().histories.history(kind, row, what)[1][world, -1] for row in range(n)], dtype=np.float64)


def test_there_is_one_sample_at_the_end_of_each_full_week() -> None:
    for name in NAMES:
        kind, what = name.split("_", 1)
        days, values = watched().histories.history(kind, 0, what)
        assert days.tolist() == [WEEK * number for number in range(1, WEEKS + 1)]
        assert values.shape == (2, WEEKS)
    with pytest.raises(KeyError):
        watched().histories.history("link", 0, "colour")


def test_before_the_worlds_are_there_a_history_is_empty() -> None:
    histories = Histories(toy_with_cast(), 365)
    for name in NAMES:
        kind, what = name.split("_", 1)
        days, values = histories.history(kind, 0, what)
        assert days.size == 0
        assert values.shape == (2, 0)
    with pytest.raises(KeyError):
        histories.history("link", 0, "colour")


def test_links_carry_what_entered_their_line_hauls() -> None:
    before, after = ends()
    network = after.state.network
    week_t = after.state.movement.entered_t - before.state.movement.entered_t
    for row in range(len(network.link_ids)):
        mine = (network.arcs.link == row) & (network.arcs.kind == ArcKind.LINEHAUL)
        assert last("link", "t_day", row + 1)[row] == pytest.approx(week_t[mine].sum() / WEEK, rel=1e-5, abs=1e-6)
    assert week_t.sum() > 0.0


def test_places_see_what_arrives_and_what_sets_out() -> None:
    before, after = ends()
    case, network = toy_with_cast(), after.state.network
    week_t = after.state.movement.entered_t - before.state.movement.entered_t
    sent = (after.state.ledger.shipped_t - before.state.ledger.shipped_t).sum(axis=1)
    samples = last("node", "t_day", len(case.nodes))
    for row, node in enumerate(case.nodes):
        lines = np.flatnonzero(network.arcs.kind == ArcKind.LINEHAUL)
        arriving = week_t[[arc for arc in lines if network.node_of_state[network.arcs.to_state[arc]] == row]].sum()
        leaving = sum(
            tonnes
            for tonnes, flow in zip(sent, after.state.table.flow, strict=True)
            if case.flows[flow].origin == node.node_id
        )
        assert samples[row] == pytest.approx((arriving + leaving) / WEEK, rel=1e-5, abs=1e-6)


def test_posts_tell_their_line_and_the_wait_of_who_passed() -> None:
    before, after = ends(world=0)  # the posts of the closed border stand idle
    traits, movement = after.state.posts.traits, after.state.movement
    assert last("post", "queue", len(traits.names), world=0) == pytest.approx(
        movement.queue_vehicles[traits.facility], rel=1e-5
    )
    passed, wait = (
        (getattr(movement, name) - getattr(before.state.movement, name))[traits.arc]
        for name in ("passed_vehicles", "wait_vehicle_h")
    )
    samples = last("post", "wait_h", len(traits.names), world=0)
    assert (passed > 0.0).any()
    assert (passed == 0.0).any()
    np.testing.assert_array_equal(np.isnan(samples), passed == 0.0)
    busy = passed > 0.0
    assert samples[busy] == pytest.approx(wait[busy] / passed[busy], rel=1e-5)


def test_carriers_tell_their_fleet_and_what_they_earn_in_a_year() -> None:
    before, after = ends()
    fleets, was = after.state.fleets, before.state.fleets
    n = len(fleets.carrier_ids)
    running = np.where(fleets.has_joined, np.nan_to_num(fleets.vehicles), 0.0)
    expected = [running[fleets.owner == row].sum() + fleets.parked[row] for row in range(n)]
    assert last("carrier", "fleet", n) == pytest.approx(expected, rel=1e-5)
    earned = (fleets.revenue_usd - fleets.cost_usd) - (was.revenue_usd - was.cost_usd)
    a_year = 365.0 / (fleets.booked_day - was.booked_day)
    expected = [earned[fleets.owner == row].sum() * a_year for row in range(n)]
    assert last("carrier", "profit", n) == pytest.approx(expected, rel=1e-4)


def test_shippers_tell_what_they_ship_in_a_year() -> None:
    table = ends()[1].state.table
    assert last("shipper", "t_year", len(table)) == pytest.approx(table.quantity_t, rel=1e-5)
