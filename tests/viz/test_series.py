"""The lines of the explorer are the figures that a full run reports, told day by day."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.tables import Action
from abm.model import CorridorModel
from abm.network.build import MODES
from abm.observers import is_month_end
from abm.study import measures
from abm.study.measures import Relations
from abm.viz.desk import Desk
from abm.viz.gauges import home_of
from abm.viz.marks import BOTH, INCIDENT, POLICY, Mark
from abm.viz.series import MONTH, Series
from abm.viz.twin import TwinModel
from abm.worlds import WorldRun, play
from tests.small_worlds import edited, flow, toy, toy_with_cast
from tests.viz.made_twins import MEASURE, PLACEBO, played, question, straight, twin

YEAR, YEARS = 365, 2
#: Figures are kept in single precision.
SINGLE = 1e-5


@cache
def full_runs() -> tuple[WorldRun, WorldRun]:
    """What a full run of each world reports, without and with the measure."""
    asked = question(MEASURE, years=YEARS)
    without, measure = (
        play(CorridorModel(scenario, register=False, collect=False), {})
        for scenario in (asked.without(), asked.measure())
    )
    return without, measure


@cache
def watched() -> TwinModel:
    """The same two worlds, watched day by day."""
    return played(YEARS * YEAR, MEASURE, years=YEARS)


@cache
def window() -> tuple[CorridorModel, CorridorModel]:
    """The world with the measure at the beginning and at the end of a window of 28 days, played without being watched."""
    asked = question(MEASURE, years=YEARS)
    until = [CorridorModel(asked.measure(), register=False, collect=False) for _ in range(2)]
    return straight(until[0], 2 * MONTH), straight(until[1], 3 * MONTH)


def at_window(name: str) -> float:
    return float(watched().series.values(name)[1, 3 * MONTH - 1])


# ------------------------------------------------------------------------------------------------------------ against full runs
@pytest.mark.parametrize(("line", "unit"), [("trade_index", "usd"), ("trade_index_t", "t")])
def test_the_trade_index_of_a_full_year_is_the_growth_that_a_comparison_reports(line: str, unit: str) -> None:
    case = toy_with_cast()
    without, measure = full_runs()
    rows = list(measures.growth_rows(case, Relations.of(case), without, measure))
    for year in range(1, YEARS + 1):
        (row,) = [r for r in rows if r["denominator"] == "D1" and r["unit"] == unit and r["year"] == year]
        expected = [100.0 * float(str(row[arm])) / float(str(row["base"])) for arm in ("without", "with")]
        assert watched().series.values(line)[:, year * YEAR - 1] == pytest.approx(expected, rel=SINGLE)
    assert watched().series.values(line)[1, -1] != pytest.approx(watched().series.values(line)[0, -1], rel=1e-3)


def test_growth_splits_as_in_a_comparison_and_adds_up() -> None:
    case = toy_with_cast()
    relations = Relations.of(case)
    without, measure = full_runs()
    split = measures.split_of_country(relations, case.info.home, without, measure, YEARS - 1)
    whole = float(measures.sent_t(without)[YEARS - 1, relations.of_country(case.info.home)].sum())
    new, more, lost = (
        float(watched().series.values(f"growth_{part}_pct")[1, -1]) for part in ("new", "more", "diverted")
    )
    assert new + more == pytest.approx(100.0 * split["gross_gain_t"] / whole, rel=SINGLE)
    assert lost == pytest.approx(100.0 * split["diversion_t"] / whole, rel=SINGLE)
    assert lost < 0.0 < new
    growth = watched().series.values("trade_index_t")[:, -1]
    assert new + more + lost == pytest.approx(100.0 * (growth[1] / growth[0] - 1.0), rel=1e-3)


def test_incidents_and_days_shut_are_those_of_full_runs() -> None:
    for row, run in enumerate(full_runs()):
        began = run.sums["incidents"].sum() + run.sums["regime_closures"].sum()
        assert began > 0.0
        assert watched().series.values("incidents")[row, -1] == began
        assert watched().series.values("stopped_days")[row, -1] == pytest.approx(
            run.sums["shut_days"].sum(), rel=SINGLE
        )


def test_lines_at_posts_are_those_of_full_runs_at_the_ends_of_months() -> None:
    ends = [day for day in range(YEARS * YEAR) if is_month_end(day)]
    network = watched().worlds[0].state.network
    at_posts = np.unique(network.arcs.facility[network.arcs.post >= 0])
    for row, run in enumerate(full_runs()):
        expected = run.queue[:, at_posts].sum(axis=1)
        assert expected.max() > 0.0
        np.testing.assert_allclose(watched().series.values("queue_vehicles")[row, ends], expected, rtol=SINGLE)


# ------------------------------------------------------------------------------------------------------------ against one window
def test_waits_are_those_of_the_vehicles_that_passed_posts() -> None:
    before, after = window()
    is_post = after.state.network.arcs.post >= 0
    passed, wait = (
        (getattr(after.state.movement, name) - getattr(before.state.movement, name))[is_post]
        for name in ("passed_vehicles", "wait_vehicle_h")
    )
    assert at_window("wait_h") == pytest.approx(wait.sum() / passed.sum(), rel=SINGLE)


def test_transit_days_are_weighted_by_tonnes_of_the_home_country() -> None:
    before, after = window()
    mask = Relations.of(toy_with_cast()).of_country(toy_with_cast().info.home)
    hours, tonnes = (
        (getattr(after.state.ledger, name) - getattr(before.state.ledger, name))[mask].sum()
        for name in ("delivered_t_h", "delivered_t")
    )
    assert at_window("transit_days") == pytest.approx(hours / tonnes / 24.0, rel=SINGLE)
    days = watched().series.values("transit_days")[:, 3 * MONTH - 1]
    assert at_window("transit_change_pct") == pytest.approx(100.0 * (days[1] / days[0] - 1.0), abs=1e-3)


def test_mode_shares_are_those_of_the_routes_that_goods_were_sent_by() -> None:
    before, after = window()
    mask = Relations.of(toy_with_cast()).of_country(toy_with_cast().info.home)
    sent = (after.state.ledger.shipped_t - before.state.ledger.shipped_t)[mask]
    option = after.state.table.option[mask]
    main = np.append(after.state.options.mode_share.argmax(axis=1), 0)[option]
    shares = [float(sent[main == number].sum() / sent.sum()) for number in range(len(MODES))]
    assert [at_window(f"share_{mode.value}") for mode in MODES] == pytest.approx(
        [100.0 * share for share in shares], rel=SINGLE
    )
    assert sum(shares) == pytest.approx(1.0)


def test_profit_is_what_carriers_booked_told_as_a_year() -> None:
    before, after = window()
    first, last = ((w.state.fleets.revenue_usd - w.state.fleets.cost_usd).sum() for w in (before, after))
    booked = after.state.fleets.booked_day - before.state.fleets.booked_day
    assert at_window("profit_musd_year") == pytest.approx((last - first) / booked * 365.0 / 1e6, rel=SINGLE)


# ------------------------------------------------------------------------------------------------------------ both worlds alike
def assert_rows_equal(model: TwinModel) -> None:
    assert model.series.lines
    for line in model.series.lines:
        without, measure = model.series.values(line.name)
        np.testing.assert_array_equal(without, measure, err_msg=line.name)


@settings(max_examples=6)
@given(seed=st.integers(0, 2**63 - 1), days=st.integers(1, 90), policies=st.sampled_from([(), (PLACEBO,)]))
def test_without_a_measure_both_rows_of_every_line_are_equal_bit_for_bit(
    seed: int, days: int, policies: tuple[str, ...]
) -> None:
    assert_rows_equal(played(days, *policies, seed=seed))


def test_a_measure_in_both_worlds_makes_no_difference() -> None:
    model = TwinModel(Desk(Question(toy_with_cast(), (Chosen(MEASURE, in_both=True),))))
    for _ in range(60):
        model.step()
    assert_rows_equal(model)


# ------------------------------------------------------------------------------------------------------------ shape and edges
def test_every_line_has_a_title_a_unit_and_a_row_for_each_world() -> None:
    model = played(3)
    names = [line.name for line in model.series.lines]
    assert len(set(names)) == len(names)
    for line in model.series.lines:
        assert line.title
        assert line.unit
        assert model.series.values(line.name).shape == (2, 3)
    with pytest.raises(KeyError):
        model.series.values("nothing")


def test_before_the_first_day_there_is_nothing() -> None:
    series = Series(toy_with_cast(), YEAR)
    assert series.n == 0
    assert series.values("trade_index").shape == (2, 0)
    assert series.marks() == []


def test_before_anything_arrives_or_is_booked_there_is_no_figure() -> None:
    first_day = played(1).series
    assert np.isnan(first_day.values("profit_musd_year")).all()
    assert np.isfinite(first_day.values("trade_index")).all()


def test_a_country_without_trade_has_no_index() -> None:
    case = toy()
    country = {row.node_id: row.country for row in case.nodes}
    far = [name for name, owner in country.items() if owner != case.info.home and name != "CRN"]
    quiet = edited(case, flows=(flow("far", "CRN", far[0], "grain", 1000.0),), warmup_days=5)
    model = TwinModel(Desk(Question(quiet)))
    for _ in range(3):
        model.step()
    for name in ("trade_index", "trade_index_t", "transit_days", "share_road", "growth_more_pct"):
        assert np.isnan(model.series.values(name)[1]).all(), name


def test_home_trade_is_that_of_the_comparison() -> None:
    for case in (toy(), toy_with_cast()):
        relations, home = Relations.of(case), home_of(case)
        mask = relations.of_country(case.info.home)
        np.testing.assert_array_equal(home.rows, np.flatnonzero(mask))
        np.testing.assert_array_equal(home.fob_usd_t, relations.fob_usd_t[mask])
        assert home.base_t == pytest.approx(relations.base_t[mask].sum())
        assert home.base_usd == pytest.approx(relations.base_t[mask] @ relations.fob_usd_t[mask])


# ------------------------------------------------------------------------------------------------------------ marks
def test_a_policy_that_comes_and_goes_is_marked_in_its_world() -> None:
    model = twin("close-road")  # from day 59 to day 90
    for _ in range(100):
        model.step()
    marks = [mark for mark in model.series.marks() if mark.kind == POLICY]
    title = "The mountain road between Arland and Corsia is closed for a month"
    assert marks == [Mark(59, POLICY, f"{title}: begins", 1), Mark(90, POLICY, f"{title}: ends", 1)]


def test_a_change_by_hand_is_marked_once_whatever_end_it_is_given() -> None:
    step = HandStep(Action.CLOSE_LINK, "road-ard-crn", 5, in_both=True)
    model = TwinModel(Desk(question(steps=(step,))))
    for _ in range(10):
        model.step()
    model.desk.take_back(0, today=model.day + 5)
    model.adopt(model.desk.question)
    for _ in range(10):
        model.step()
    marks = [mark for mark in model.series.marks() if mark.kind == POLICY]
    assert [(mark.day, mark.world) for mark in marks] == [(5, BOTH), (15, BOTH)]
    assert marks[0].title.startswith("Close ")
    assert marks[0].title.endswith(": begins")


def test_incidents_are_marked_on_the_days_on_which_their_number_grows() -> None:
    model = watched()
    marks = [mark for mark in model.series.marks() if mark.kind == INCIDENT]
    case = toy_with_cast()
    titles = {row.title for row in case.hazards} | {row.title for row in case.regimes}
    assert marks
    assert {mark.title for mark in marks} <= titles
    for row in range(2):
        count = model.series.values("incidents")[row]
        grown = set(np.flatnonzero(np.diff(count, prepend=0.0) > 0.0).tolist())
        assert {mark.day for mark in marks if mark.world in (row, BOTH)} == grown


def test_marks_stand_in_the_order_of_their_days() -> None:
    days = [mark.day for mark in watched().series.marks()]
    assert days == sorted(days)
