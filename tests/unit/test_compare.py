"""Worlds summed up over seeds, against figures worked out by hand."""

import math
import pickle

import numpy as np
import pandas as pd
import pytest

import abm
from abm.errors import InputError, Problem
from abm.study import measures
from abm.study.compare import MARKETS, question, summary
from abm.study.names import place_names, post_names
from abm.worlds import MEASURE, PRIOR, TRANSPORT, WITHOUT
from tests.made_comparisons import POSTS, RELATIONS, N, grown, made_comparison, made_world, steady
from tests.small_worlds import edited, toy


def row_of(table: pd.DataFrame, **wanted: object) -> pd.Series:
    rows = table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    assert len(rows) == 1
    return rows.iloc[0]


D1 = {"denominator": "D1", "name": "XA, all partners"}


@pytest.mark.parametrize(("years", "windows"), [(1, [1]), (2, [2]), (3, [3]), (4, [3]), (5, [3, 5]), (8, [3, 5, 8])])
def test_growth_is_told_after_three_five_and_eight_full_years_or_the_last(years: int, windows: list[int]) -> None:
    growth = grown([1.1], years).growth
    assert sorted(growth["window_years"].unique()) == windows


def test_a_window_takes_the_trade_of_its_own_year() -> None:
    """Trade 10 % higher in year 3 and 50 % higher in year 5 only."""
    with_ = steady(5) * np.array([9.0, 9.0, 1.1, 9.0, 1.5])[:, None]
    growth = made_comparison([{WITHOUT: made_world(steady(5)), TRANSPORT: made_world(with_)}]).growth
    for window, level in ((3, 0.1), (5, 0.5)):
        assert row_of(growth, **D1, unit="t", window_years=window)["level_mean"] == pytest.approx(level)


def test_an_effect_a_year_compounds_to_the_level() -> None:
    row = row_of(grown([1.331]).growth, **D1, unit="t", arm=TRANSPORT)
    assert row["level_mean"] == pytest.approx(0.331)
    assert row["per_year_mean"] == pytest.approx(0.10)


def test_levels_are_summed_up_pair_by_pair() -> None:
    row = row_of(grown([1.0, 1.1, 1.4]).growth, **D1, unit="usd", arm=TRANSPORT)
    assert row["level_mean"] == pytest.approx(0.5 / 3.0)
    assert (row["level_p5"], row["level_p95"]) == pytest.approx((0.01, 0.37))
    assert row["level_error"] == pytest.approx(np.std([0.0, 0.1, 0.4], ddof=1) / math.sqrt(3.0))
    usd = (RELATIONS.base_t * RELATIONS.fob_usd_t)[RELATIONS.of_country("XA")].sum()
    assert row["without"] == pytest.approx(usd)
    assert row["gain_mean"] == pytest.approx(usd * 0.5 / 3.0)


def test_transport_alone_and_lifted_friction_stand_on_separate_lines() -> None:
    growth = grown([1.1], prior=1.5).growth
    assert growth["arm"].unique().tolist() == [TRANSPORT, PRIOR]
    assert row_of(growth, **D1, unit="t", arm=TRANSPORT)["level_mean"] == pytest.approx(0.1)
    assert row_of(growth, **D1, unit="t", arm=PRIOR)["level_mean"] == pytest.approx(0.65)


def test_growth_with_the_trend_is_counted_from_the_base_year() -> None:
    """The world without grows by 2 % a year by itself, the other by 5 %."""
    without, with_ = (steady(3) * (1.0 + g) ** np.arange(1, 4)[:, None] for g in (0.02, 0.05))
    growth = made_comparison([{WITHOUT: made_world(without), TRANSPORT: made_world(with_)}]).growth
    row = row_of(growth, **D1, unit="t")
    assert row["gross_without_per_year_mean"] == pytest.approx(0.02)
    assert row["gross_per_year_mean"] == pytest.approx(0.05)
    assert row["per_year_mean"] == pytest.approx(1.05 / 1.02 - 1.0)


def test_what_grows_from_nothing_has_a_gain_and_no_percentage() -> None:
    """Nobody crosses the links of the measure without it; all fruit does with it."""
    fruit = np.asarray(RELATIONS.frame["commodity"] == "fruit")
    runs = [{WITHOUT: made_world(steady(3)), TRANSPORT: made_world(steady(3), crosses=fruit)}]
    row = row_of(made_comparison(runs).growth, denominator="D3", name=MEASURE)
    assert row["gain_mean"] == pytest.approx(RELATIONS.base_t[fruit].sum())
    assert row["without"] == 0.0
    assert math.isnan(row["level_mean"])
    assert math.isnan(row["per_year_mean"])
    assert math.isnan(row["gross_per_year_mean"])


def test_creation_is_the_change_of_the_countrys_whole_trade_in_every_arm() -> None:
    result = grown([1.1, 1.3], prior=0.7)
    for arm in (TRANSPORT, PRIOR):
        gain = row_of(result.growth, **D1, unit="t", arm=arm)["gain_mean"]
        parts = result.split[(result.split["arm"] == arm) & (result.split["seat"] == "XA")].set_index("part")["mean"]
        assert parts["creation_t"] == pytest.approx(gain)
        assert parts["gross_gain_t"] + parts["diversion_t"] == pytest.approx(gain)


def test_in_markets_gains_are_creation_and_what_other_suppliers_lose() -> None:
    """Goods into XA: XB takes 30 t from XC and finds 20 t of new demand; transit does not count."""
    f = RELATIONS.frame
    goods = (f["commodity"] == "goods") & (f["destination"] == "XA")
    change = np.zeros(N)
    change[np.flatnonzero(goods & (f["origin"] == "XB"))[0]] = 50.0
    change[np.flatnonzero(goods & (f["origin"] == "XC"))[0]] = -30.0
    change[np.flatnonzero(~f["is_trade"])[0]] = 1000.0
    split = measures.split_of_markets(RELATIONS, made_world(steady(1)), made_world(steady(1) + change), 0)
    assert split == pytest.approx({"market_gain_t": 50.0, "displaced_t": -30.0, "market_creation_t": 20.0})


def test_what_moves_within_one_supplier_of_a_market_is_no_diversion() -> None:
    """Two firms of one country change places: nobody gains and nobody loses."""
    change = np.zeros(N)
    rows = np.flatnonzero(RELATIONS.frame["flow"] == "f01")[:2]
    change[rows] = (10.0, -10.0)
    worlds = made_world(steady(1)), made_world(steady(1) + change)
    assert set(measures.split_of_markets(RELATIONS, *worlds, 0).values()) == {0.0}
    assert set(measures.split_of_country(RELATIONS, "XA", *worlds, 0).values()) == {0.0}


def test_both_seats_and_the_cut_are_told_for_every_arm() -> None:
    split = grown([1.1]).split
    for arm in (TRANSPORT, PRIOR):
        assert split[split["arm"] == arm]["seat"].unique().tolist() == ["XA", MARKETS, MEASURE]


def test_base_weights_look_at_the_same_relations_on_both_sides() -> None:
    """A slow relation that stops delivering shortens the mean, but not the mean at base weights."""
    days = np.full(N, 2.0)
    slow = np.flatnonzero(RELATIONS.of_country("XA"))[0]
    days[slow] = 50.0
    got = RELATIONS.base_t.copy()
    got[slow] = 0.0
    runs = [{WITHOUT: made_world(steady(1), days=days), TRANSPORT: made_world(steady(1), days=days, delivered=got)}]
    times = made_comparison(runs).times
    name = "XA, all partners"
    assert row_of(times, name=name, what="days, at base weights")["mean"] == 0.0
    assert row_of(times, name=name, what="days, mean")["mean"] < -0.1


def test_a_faster_world_is_faster_in_mean_median_and_tail_and_costs_the_same() -> None:
    runs = [{WITHOUT: made_world(steady(1), days=4.0), TRANSPORT: made_world(steady(1), days=3.0)}]
    times = made_comparison(runs).times
    rows = times[times["name"] == "XA, all partners"].set_index("what")
    assert rows.drop("USD/t")["mean"].to_numpy() == pytest.approx(-0.25)
    assert rows.loc["USD/t", "mean"] == 0.0
    assert (rows["without"].iloc[0], rows["with"].iloc[0], rows["without"].iloc[-1]) == pytest.approx((4.0, 3.0, 30.0))


def test_pairs_of_places_have_ranges_over_seeds() -> None:
    runs = [
        {WITHOUT: made_world(steady(1), days=4.0), TRANSPORT: made_world(steady(1), days=days)} for days in (3.0, 2.0)
    ]
    row = row_of(made_comparison(runs).places, origin="BEK", destination="ARD")
    assert row["days_change"] == pytest.approx(-0.375)
    assert row["days_change_mean"] == pytest.approx(-0.375)
    assert row["days_change_error"] == pytest.approx(0.125)
    assert row["tonnes_without"] == pytest.approx(50_000.0)


def test_a_pair_without_trade_in_one_world_has_no_change() -> None:
    places = made_comparison([{WITHOUT: made_world(steady(1)), TRANSPORT: made_world(steady(1))}]).places
    nobody = places[places["tonnes_without"] == 0.0]
    assert nobody["days_change"].isna().all()
    assert nobody["days_change_mean"].isna().all()


def test_a_post_that_nobody_passes_in_some_worlds_is_told_over_the_others() -> None:
    post = POSTS[0]
    runs = [
        {WITHOUT: made_world(steady(1)), TRANSPORT: made_world(steady(1), vehicles={post: vehicles})}
        for vehicles in (0.0, 8.0)
    ]
    waits = made_comparison(runs).waits
    row = row_of(waits, arm=TRANSPORT, post=post)
    assert (row["worlds_with_traffic"], row["vehicles_per_day"]) == (1, 4.0)
    assert (row["wait_h_mean"], row["hours_mean"]) == (1.0, 3.0)
    assert len(waits) == 1


def test_the_error_of_the_mean_is_what_means_scatter_by() -> None:
    """Over 4,000 samples of nine draws the reported error is, in quadrature, the spread of their means: 1/3."""
    draws = np.random.Generator(np.random.PCG64(5)).normal(size=(4000, 9))
    rows = [summary(sample) for sample in draws]
    assert math.sqrt(np.mean([row["error"] ** 2 for row in rows])) == pytest.approx(1.0 / 3.0, rel=0.02)
    assert np.std([row["mean"] for row in rows]) == pytest.approx(1.0 / 3.0, rel=0.03)


def test_nothing_has_no_summary() -> None:
    assert all(math.isnan(value) for value in summary([]).values())


def test_all_problems_of_a_question_are_told_at_once() -> None:
    with pytest.raises(InputError) as failure:
        question(toy(), ["reopn"], seeds=0, years=0, values={"kapa": 3.0}, workers=0)
    told = "\n".join(map(str, failure.value.problems))
    for words in ("seeds", "workers", "did you mean 'reopen'", "did you mean 'kappa'", "years"):
        assert words in told
    assert len(failure.value.problems) == 5


def test_no_policy_is_no_question() -> None:
    with pytest.raises(InputError, match="at least one policy"):
        abm.compare("toy", [])


def test_an_input_error_survives_the_way_from_a_worker() -> None:
    error = InputError([Problem("a.csv:3", "must be > 0", field="x", value="-1"), Problem("years", "must be whole")])
    back = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert back.problems == error.problems
    assert str(back) == str(error)


def test_posts_and_places_have_names_that_tell_them_apart() -> None:
    names = post_names(toy())
    assert names["p-road-ask-bek-xa-out"] == "Asko road, out of XA"
    assert names["p-road-ask-bek-xb-in"] == "Asko road, into XB"
    assert len(set(names.values())) == len(toy().posts)
    assert place_names(toy())["ARD"] == "Ardel"


def test_a_crossing_with_a_title_goes_by_it() -> None:
    case = toy()
    posts = [post.model_copy(update={"title": "The Pass"} if post.bcp_id == "pass-road" else {}) for post in case.posts]
    names = post_names(edited(case, posts=tuple(posts)))
    assert names["p-road-ard-crn-xa-out"] == "The Pass, out of XA"
    assert names["p-road-ask-bek-xa-out"] == "Asko road, out of XA"


def test_names_that_would_be_the_same_carry_what_differs() -> None:
    case = toy()
    posts = [post.model_copy(update={"bcp_id": "gate"}) for post in case.posts]
    nodes = [node.model_copy(update={"name": "Town"}) for node in case.nodes]
    alike = edited(case, posts=tuple(posts), nodes=tuple(nodes))
    assert len(set(post_names(alike).values())) == len(posts)
    assert post_names(alike)["p-road-ask-bek-xa-out"] == "Gate, out of XA (road-ask-bek)"
    assert len(set(place_names(alike).values())) == len(nodes)
