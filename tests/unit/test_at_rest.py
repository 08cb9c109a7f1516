"""The base year at rest: tonnes add up, choices agree with what they cause, and the start's own equilibrium is close."""

import numpy as np
import pytest

from abm.corridor.scenario import Scenario
from abm.network.arcs import Bools
from abm.start import equilibrium_flow
from abm.state import new_world
from abm.study.at_rest import TOLERANCE, StaticWorld
from abm.units import DAYS_PER_YEAR
from tests.small_worlds import toy


@pytest.fixture(scope="module")
def world() -> StaticWorld:
    return StaticWorld(Scenario(toy()))


def arcs_of(world: StaticWorld, link: str) -> Bools:
    network = world.state.network
    return np.asarray(network.arcs.link == network.link_ids.index(link), dtype=np.bool_)


def test_every_tonne_with_a_way_leaves_its_zone_and_arrives_in_another(world: StaticWorld) -> None:
    network, base = world.state.network, world.base
    per_day = world.state.table.base_t.sum() / DAYS_PER_YEAR
    for side, ends in (("out", network.arcs.from_state), ("in", network.arcs.to_state)):
        zones = [state for (_, layer, way), state in network.state_of.items() if layer == "zone" and way == side]
        assert base.flow[np.isin(ends, zones)].sum() == pytest.approx(per_day)


def test_shares_add_up_and_flows_reproduce_themselves(world: StaticWorld) -> None:
    base = world.base
    assert base.residual <= TOLERANCE
    has_trade = world.state.table.base_t > 0.0
    np.testing.assert_allclose(base.shares.sum(axis=1)[has_trade], 1.0)
    assert (base.composite[has_trade] <= base.mean_cost[has_trade] * 1.5).all()


def test_typical_shippers_and_real_ones_load_the_same_arcs(world: StaticWorld) -> None:
    """The start takes one typical shipper per class, without duty and reliability; the mean load differs by less than a tenth."""
    typical = equilibrium_flow(new_world(Scenario(toy())))
    assert np.abs(world.base.flow - typical).sum() < 0.1 * typical.sum()


def test_nothing_passes_what_is_shut_and_everything_that_passed_it_goes_elsewhere(world: StaticWorld) -> None:
    shut = arcs_of(world, "rail-ard-crn")
    after = world.rest(shut)
    assert world.base.flow[shut].max() > 100.0
    assert not after.flow[shut].any()
    assert after.residual <= TOLERANCE
    road = arcs_of(world, "road-ard-crn")
    assert after.flow[road].sum() > world.base.flow[road].sum()
    assert after.wait_h[road].max() > world.base.wait_h[road].max()


def test_shutting_what_nobody_uses_changes_nothing(world: StaticWorld) -> None:
    assert world.rest(arcs_of(world, "road-ard-ask")) is world.base


def test_the_share_over_several_arcs_counts_every_tonne_once(world: StaticWorld) -> None:
    road, rail = arcs_of(world, "road-ard-crn"), arcs_of(world, "rail-ard-crn")
    both = world.base.share_over(road | rail)
    np.testing.assert_allclose(both, world.base.share_over(road) + world.base.share_over(rail))  # nobody takes both
    everything = world.base.share_over(np.ones(road.size, dtype=np.bool_))
    np.testing.assert_allclose(everything[world.state.table.base_t > 0.0], 1.0)
