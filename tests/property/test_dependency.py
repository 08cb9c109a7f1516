"""Whatever is shut: shares are shares, nobody gains where there is no queue, and who shuts more takes no less."""

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, Status
from abm.network.arcs import Bools
from abm.study.at_rest import StaticWorld
from abm.study.chokepoints import Closure, Scan, scan_holders
from abm.study.holders import holders_of
from abm.study.seats import EVERYBODY, Seats
from tests.small_worlds import edited, play_calmly, step, toy

OPEN_LINKS = tuple(link.link_id for link in toy().links if link.status is Status.OPEN)
some_links = st.sets(st.sampled_from(OPEN_LINKS), max_size=4)
#: Losses in USD that rounding makes.
PENNY = 1e-3


@cache
def free_flowing() -> Case:
    """Toy with posts and tracks that are never full."""
    posts = tuple(
        post.model_copy(update={"capacity_vehicles_per_day": 1e7, "opens_h": 0.0, "closes_h": 24.0})
        for post in toy().posts
    )
    links = tuple(
        link.model_copy(
            update={"capacity_t_per_day": None, "headway_h": None, "places_t": None, "minimum_load_t": None}
        )
        for link in toy().links
    )
    terminals = tuple(row.model_copy(update={"capacity_t_per_day": None}) for row in toy().terminals)
    return edited(toy(), posts=posts, links=links, terminals=terminals, background=())


@cache
def free_scan() -> Scan:
    return Scan(StaticWorld(Scenario(free_flowing())), Seats.of(free_flowing()))


@cache
def busy_scan() -> Scan:
    return Scan(StaticWorld(Scenario(toy())), Seats.of(toy()))


def arcs_of(scan: Scan, links: set[str]) -> Bools:
    network = scan.world.state.network
    numbers = [network.link_ids.index(link) for link in links]
    return np.asarray(np.isin(network.arcs.link, numbers), dtype=np.bool_)


def closed(scan: Scan, links: set[str]) -> Closure:
    return scan.close(arcs_of(scan, links))[0]


@given(links=some_links)
@settings(max_examples=30, deadline=None)
def test_shares_lie_between_nothing_and_all_and_losses_stay_below_the_value(links: set[str]) -> None:
    for scan in (free_scan(), busy_scan()):
        closure = closed(scan, links)
        assert ((closure.passing >= 0.0) & (closure.passing <= 1.0 + 1e-9)).all()
        assert (closure.loss_usd <= scan.seats.value_usd + PENNY).all()
        assert (closure.lost_t <= scan.seats.base_t + 1e-6).all()
        for row in scan.rows(closure):
            assert 0.0 <= row["passing_share"] <= 1.0 + 1e-9
            assert row["loss_share"] <= 1.0 + 1e-9


@given(links=some_links)
@settings(max_examples=30, deadline=None)
def test_without_queues_nobody_gains_and_only_those_who_pass_lose(links: set[str]) -> None:
    closure = closed(free_scan(), links)
    assert (closure.loss_usd >= -PENNY).all()
    passes = closure.passing > 0.0
    assert (np.abs(closure.loss_usd[~passes]) <= PENNY).all()
    assert (closure.loss_usd[passes & (scan_t() > 0.0)] > 0.0).all()


def scan_t() -> np.ndarray:
    return np.asarray(free_scan().world.state.table.base_t)


@given(links=some_links, more=some_links)
@settings(max_examples=30, deadline=None)
def test_without_queues_to_shut_more_never_costs_less(links: set[str], more: set[str]) -> None:
    """Among those who keep a way of their own or none at all: who loses the last of his own is shown the shortest of all, which
    need not be one that he knew."""
    scan = free_scan()
    closure, after = scan.close(arcs_of(scan, links | more))
    is_shown_a_way = after.shares[:, -1] > 0.0
    dearer = closure.loss_usd >= closed(scan, links).loss_usd - PENNY
    assert (dearer | is_shown_a_way).all()


def test_whoever_shuts_what_nobody_uses_takes_nothing() -> None:
    for scan in (free_scan(), busy_scan()):
        closure = closed(scan, {"road-ard-ask", "rail-ard-ask"})
        assert not closure.loss_usd.any()
        assert not closure.lost_t.any()
        assert not closure.passing.any()


def test_when_all_holders_shut_all_they_have_everything_is_stranded() -> None:
    for scan in (free_scan(), busy_scan()):
        everything = np.ones(len(scan.world.state.network.arcs), dtype=np.bool_)
        rows = {row["country"]: row for row in scan.rows(scan.close(everything)[0])}
        assert rows[EVERYBODY]["stranded_t"] == sum(flow.tonnes for flow in toy().flows)
        for row in rows.values():
            assert abs(row["loss_share"] - 1.0) < 1e-9
            assert abs(row["passing_share"] - 1.0) < 1e-9


def test_every_tonne_has_one_partner_and_what_passes_is_partners_trade_or_transit() -> None:
    scan = busy_scan()
    table = scan_holders(scan, holders_of(toy(), scan.world.state.network), lambda done: None)
    mine = table[table["is_territory"] & (table["country"] != EVERYBODY)]
    for _, rows in mine.groupby("country"):
        assert abs(rows["partner_share"].sum() - 1.0) < 1e-9
        assert abs(rows["partner_value_share"].sum() - 1.0) < 1e-9
    np.testing.assert_allclose(table["passing_share"], table["partner_share"] + table["transit_share"])
    assert (table["transit_share"] >= -1e-9).all()


@given(link=st.sampled_from(OPEN_LINKS))
@settings(max_examples=8, deadline=None)
def test_closing_a_link_never_raises_any_trade_where_there_is_no_congestion(link: str) -> None:
    """In running worlds without traffic, whose markets and exporters take their prices: every relation, every day.

    But for what chance makes shippers believe: while goods are still sent to wait, a closure costs some relations so little
    that the dwell of other lots on open ways shows, 4 parts in 100,000.
    """
    case = edited(
        free_flowing(), markets=(), policies=(*toy().policies, step("shut", Action.CLOSE_LINK, link, 0)), warmup_days=0
    )
    _, without = play_calmly(Scenario(case), 200)
    _, shut = play_calmly(Scenario(case, ("shut",)), 200)
    assert (shut <= without * (1.0 + 1e-4)).all()
    assert (shut[-1] <= without[-1] * (1.0 + 1e-9)).all()
    table = free_scan().world.state.table
    needs = (closed(free_scan(), {link}).passing > 1e-6) & (table.base_t > 0.0) & ~table.is_exogenous
    assert (shut[-1, needs] < without[-1, needs]).all()
