"""Verdicts as a reader meets them: whole paragraphs, and what none may leave out."""

import re
from dataclasses import replace

import numpy as np
import pytest

from abm.corridor.tables import Shape
from abm.errors import CaravanError
from abm.study.claims import judged
from abm.study.estimates import Estimate
from abm.study.plan import WITHOUT, Arm, Claim, Factor, Friction, Kind, Metric, Plan
from abm.study.verdicts import distance, least, likelihood, percent, verdict
from tests.made_sweeps import (
    COST,
    FASTER,
    OPEN,
    PHI,
    TRADE,
    Formula,
    constant,
    growing,
    made_outcomes,
    made_plan,
    made_points,
)
from tests.small_worlds import toy_with_cast
from tests.unit.test_claims import SLOW, judge, trade
from tests.unit.test_openings import asked


def evenly(low: float, high: float) -> Formula:
    """From low to high over the worlds, in equal steps."""
    return lambda points, noise: np.linspace(low, high, len(points))


def said(claim: Claim, with_: dict[str, Formula], without: dict[str, Formula], plan: Plan, n: int = 1000) -> str:
    outcomes = made_outcomes(made_points(n), {WITHOUT: without, plan.arms[0].name: with_})
    (one,) = judged(plan, outcomes, {"trade_usd:XA": 100.0})
    return verdict(plan, one).text


def of_trade(plan: Plan, low: float, high: float, n: int = 1000) -> str:
    steady = {f"trade_usd:{plan.claims[0].of[0]}:3": constant(100.0)}
    rows = {name: growing(evenly(low, high), 3)["trade_usd:XA:3"] for name in steady}
    return said(plan.claims[0], rows, steady, plan, n)


# ---------------------------------------------------------------------------------------------------------- paragraphs
def test_a_claim_out_of_reach() -> None:
    plan = made_plan(case=asked(SLOW))
    assert of_trade(plan, 0.0, 0.02) == (
        "The border reopens. Exceptionally unlikely, given these priors and given opening: trade of XA with all partners "
        "(D1), in USD at base-year prices, would have to grow 20 to 25 % a year faster than without the measure, over 3 "
        "full years from opening (friction lifted by phi; trend left out). None of 1,000 pairs of worlds lies inside (95 "
        "% interval 0 to 0.4 %); all fall short. The mean over worlds is +1.0 % a year ± 0.02 by Monte Carlo error (5 to "
        "95 % of worlds: +0.1 to +1.9 % a year); the claim's low end lies above all 1,000 worlds; the 99th percentile is "
        "+2.0 % a year. The claim's lower end is 73 % in all: by cost alone delivered prices would have to fall by 8.7 to "
        "24 % for good (sigma 6 to 2). The trend is the same in both worlds, and not in these figures. Friction: the "
        "opening lifts a share phi (phi_xa_xb drawn from its prior, 0 to 0.8). The dates in openings.csv, judgements all, "
        "make opening within 3 years 31 % (20 to 41 %) probable. That it opens in time and the claim then holds: at most "
        "0.2 %, given these priors."
    )


def test_an_up_to_has_the_mean_beside_it() -> None:
    plan = made_plan([FASTER])
    text = said(FASTER, {"days:XA:3": evenly(7.9, 10.1)}, {"days:XA:3": constant(10.0)}, plan)
    assert text == (
        "The border reopens. Exceptionally unlikely, given these priors and given opening: the tonne-weighted mean time "
        "from door to door in trade of XA with all partners (D1) would have to be the full 30 % lower than without the "
        "measure, in full year 3 after opening (friction lifted by phi; trend left out). None of 1,000 pairs of worlds "
        "reaches it (95 % interval 0 to 0.4 %); in 95.4 % it is no higher. Beside that best case, the mean over worlds is"
        " -10 % ± 0.2 by Monte Carlo error (5 to 95 % of worlds: -20 to 0 %); the claim's figure lies below all 1,000 "
        "worlds; the 1st percentile is -21 %. The trend is the same in both worlds, and not in these figures. Friction: "
        "the opening lifts a share phi (phi_xa_xb drawn from its prior, 0 to 0.8). Nobody was asked how likely this "
        "opening is: how likely both are together is not known."
    )


def test_a_band_that_worlds_reach_and_pass_runs_between_percentiles() -> None:
    text = of_trade(made_plan(), 0.10, 0.30)
    assert "Unlikely, given these priors and given opening" in text
    assert (
        "25 % of 1,000 pairs of worlds lie inside (95 % interval 22 to 28 %); 50 % fall short and 25 % go beyond."
        in text
    )
    assert "the claim runs from the 50th to the 75th percentile" in text


def test_a_band_that_no_world_meets_may_lie_between_worlds() -> None:
    one = judge([0.1] * 30 + [0.3] * 10)
    assert distance(one) == "the claim lies at the 75th percentile, between worlds"


def test_worlds_beyond_a_band_are_no_doubt_about_its_direction() -> None:
    text = of_trade(made_plan(), 0.30, 0.40)
    assert "Exceptionally unlikely because most worlds go beyond it, given these priors" in text
    assert "; all go beyond." in text
    assert "the claim's high end lies below all 1,000 worlds; the 1st percentile is +30.1 % a year" in text


# ---------------------------------------------------------------------------------------------------------- never left out
@pytest.mark.parametrize("of", ["XA", "XA-XB", "XA>XB", "XA>all", "all>XA", "cut/west"])
@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("friction", list(Friction))
@pytest.mark.parametrize("growth", [(0.0, 0.02), (0.19, 0.26), (0.3, 0.4), (0.2, 0.2)])
def test_every_verdict_names_denominator_window_friction_trend_priors_and_opening(
    of: str, metric: Metric, friction: Friction, growth: tuple[float, float]
) -> None:
    """MODEL section 12, "It must never say"."""
    claim = replace(TRADE, of=(of,), metric=metric, low=0.2, high=0.25)
    plan = made_plan([claim], case=asked(SLOW), arms=(replace(OPEN, friction=friction),))
    rows = {f"trade_usd:{of}:3": growing(evenly(*growth), 3)["trade_usd:XA:3"]}
    outcomes = made_outcomes(made_points(40), {WITHOUT: {f"trade_usd:{of}:3": constant(100.0)}, "open": rows})
    (one,) = judged(plan, outcomes, {f"trade_usd:{of}": 100.0})
    found = verdict(plan, one)
    for text in (found.headline, found.text):
        assert re.search(r"\((part of )?D[123]", text)
        assert re.search(r"3 full years|full year 3", text)
        assert "phi" in text
        assert "trend" in text
        assert "given these priors and given opening" in text
    assert "The mean over worlds is" in found.text
    assert not re.search(r"nan|inf\b|\bGDP|jobs", found.text)


def test_transport_alone_and_lifted_friction_are_told_apart() -> None:
    plan = made_plan(arms=(COST,))
    assert "(by cost alone, phi = 0; trend left out)" in of_trade(plan, 0.0, 0.1)
    assert "Friction: none is lifted (phi = 0), the measure moves goods by cost alone." in of_trade(plan, 0.0, 0.1)
    placebo = made_plan(arms=(Arm("placebo", "Nothing", ("placebo",)),))
    assert "(no friction lifted, phi = 0; trend left out)" in of_trade(placebo, 0.0, 0.1)
    assert "Friction: the measure lifts none (phi = 0)." in of_trade(placebo, 0.0, 0.1)


@pytest.mark.parametrize(
    ("factors", "rest", "words"),
    [
        ((PHI,), "drawn", "phi_xa_xb drawn from its prior, 0 to 0.8"),
        ((), "drawn", "phi_xa_xb drawn from its prior, 0 to 0.8"),
        ((), "central", "phi_xa_xb at its central value, 0.3"),
        (
            (Factor("phi_xa_xb", Shape.UNIFORM, 0.6, 0.5, 0.8),),
            "drawn",
            "phi_xa_xb drawn between 0.5 and 0.8 by this plan",
        ),
    ],
)
def test_friction_is_told_as_the_plan_draws_it(factors: tuple[Factor, ...], rest: str, words: str) -> None:
    assert f"the opening lifts a share phi ({words})" in of_trade(made_plan(factors=factors, rest=rest), 0.0, 0.1)


def test_gross_growth_says_that_the_trend_is_in_it_and_how_much() -> None:
    plan = made_plan([trade(0.2, 0.25, Metric.GROSS_GROWTH_PER_YEAR)])
    text = said(plan.claims[0], growing(constant(0.05), 3), growing(constant(0.02), 3), plan)
    assert "would have to grow 20 to 25 % a year from the base year to full year 3 after opening" in text
    assert "trend included" in text
    assert "The trend is in these figures: +2.0 % a year without the measure." in text


def test_points_that_are_no_draws_make_no_probability() -> None:
    plan = made_plan(case=asked(SLOW))
    plan = replace(plan, design=replace(plan.design, kind=Kind.GRID))
    text = of_trade(plan, 0.10, 0.30)
    assert "No probability, for the points of a design of kind grid are chosen and not drawn from priors" in text
    assert "likely" not in text
    assert "interval" not in text
    assert "opens in time and the claim" not in text


def test_drawn_dates_are_in_the_worlds_and_said() -> None:
    text = of_trade(made_plan(case=asked(SLOW), dates="scheduled"), 0.0, 0.02)
    assert "given these priors, over worlds in which it opens late or never, too" in text
    assert "given opening" not in text
    assert "opens in time" not in text


def test_oversight_is_never_found_to_cut_risk() -> None:
    claim = Claim("risk", "Managed risk", "S1", "incident_days", Metric.LEVEL, ("measure",), (3,), -0.3, 0.0)
    guarded = Arm("guarded", "Under oversight", ("guarded-border",))
    plan = made_plan([claim], case=toy_with_cast(), arms=(guarded,))
    text = said(claim, {"incident_days:measure:3": constant(7.0)}, {"incident_days:measure:3": constant(10.0)}, plan)
    assert (
        "What oversight does to incidents is put in as a prior around zero: this figure repeats it and finds nothing."
        in text
    )
    assert (
        "incident days on the links that the plan opens, mean from opening on, would have to be the full 30 % lower"
        in text
    )
    assert "through full year 3 after opening" in text
    free = made_plan([claim], case=toy_with_cast(), arms=(replace(OPEN, name="guarded"),))
    text = said(claim, {"incident_days:measure:3": constant(7.0)}, {"incident_days:measure:3": constant(10.0)}, free)
    assert "oversight" not in text


def test_tonnes_over_a_cut_are_not_trade_created() -> None:
    claim = Claim("cut", "50 kt", "S1", "trade_t", Metric.GAIN, ("cut/west",), (3,), 50_000.0, 80_000.0)
    text = said(
        claim, {"trade_t:cut/west:3": constant(60_000.0)}, {"trade_t:cut/west:3": constant(0.0)}, made_plan([claim])
    )
    assert (
        "goods over the border between Arland and Belmark (D3: each consignment once), in tonnes, would have to" in text
    )
    assert "be 50 to 80 kt a year higher than without the measure" in text
    assert "All of 1,000 pairs of worlds lie inside" in text
    assert "they are not trade created" in text


def test_a_small_base_is_read_in_tonnes() -> None:
    claim = replace(TRADE, of=("XA-XB",))
    rows = {"trade_usd:XA-XB:3": constant(130.0), "trade_t:XA-XB:3": constant(31_000.0)}
    base = {"trade_usd:XA-XB:3": constant(100.0), "trade_t:XA-XB:3": constant(24_000.0)}
    text = said(claim, rows, base, made_plan([claim]))
    assert "The base is small, 24.0 kt a year: read it as +7.0 kt a year, not in per cent." in text


def test_nothing_to_compare_with_makes_no_verdict() -> None:
    plan = made_plan()
    text = said(TRADE, growing(constant(0.1), 3), {"trade_usd:XA:3": constant(0.0)}, plan)
    assert text == "The border reopens: no verdict; in none of 1,000 pairs of worlds is there anything to compare with."
    outcomes = made_outcomes(made_points(5), {WITHOUT: growing(constant(0.1), 3)})
    (one,) = judged(plan, outcomes)
    assert verdict(plan, one).text == "The border reopens: no verdict; no pair of worlds has been played."
    with pytest.raises(CaravanError):
        judged(plan, outcomes.drop(columns="trade_usd:XA:3"))


def test_few_worlds_never_sound_sure() -> None:
    text = of_trade(made_plan(), 0.0, 0.02, n=5)
    assert "Too few worlds to tell, given these priors" in text
    assert "the 99th percentile, of few worlds, is" in text
    assert "Unlikely" in of_trade(made_plan(), 0.0, 0.02, n=20)  # 0 of 20 leaves 16 %
    assert "Exceptionally unlikely" in of_trade(made_plan(), 0.0, 0.02, n=400)


def test_common_seeds_are_said() -> None:
    plan = replace(made_plan(), seeds="common")
    assert "All points share their seeds" in of_trade(plan, 0.0, 0.02)


def test_how_much_is_chance_is_told_where_points_were_repeated() -> None:
    points = made_points(50)
    noisy = growing(lambda values, noise: 0.05 + 0.01 * noise, 3)
    outcomes = made_outcomes(points, {WITHOUT: growing(constant(0.0), 3), "open": noisy}, repeated_points=25)
    plan = made_plan()
    (one,) = judged(plan, outcomes)
    found = re.search(r"Of the variance of these worlds (\d+) % \(95 % interval", verdict(plan, one).basis)
    assert found is not None
    assert int(found.group(1)) > 50  # it is all chance
    assert "is chance and what the plan leaves to the seed; the rest comes from the factors" in verdict(plan, one).basis


# ---------------------------------------------------------------------------------------------------------- words
@pytest.mark.parametrize(
    ("low", "value", "high", "word"),
    [
        (0.0, 0.0, 0.004, "exceptionally unlikely"),
        (0.0, 0.0, 0.04, "very unlikely"),
        (0.05, 0.08, 0.12, "unlikely"),
        (0.3, 0.4, 0.5, "about as likely as not"),
        (0.6, 0.68, 0.76, "about as likely as not"),
        (0.7, 0.8, 0.9, "likely"),
        (0.92, 0.95, 0.97, "very likely"),
        (0.996, 1.0, 1.0, "virtually certain"),
        (0.1, 0.3, 0.6, "too few worlds to tell"),
    ],
)
def test_a_word_is_that_of_the_end_nearer_to_one_half(low: float, value: float, high: float, word: str) -> None:
    assert likelihood(Estimate(value, low, high)) == word


def test_shares_never_round_to_none_or_all() -> None:
    assert [percent(x) for x in (0.0, 0.0001, 0.004, 0.05, 0.5, 0.951, 0.9999, 1.0)] == [
        "0", "under 0.1", "0.4", "5.0", "50", "95.1", "over 99.9", "100"
    ]  # fmt: skip


def test_the_weaker_end_of_a_claim() -> None:
    assert least(judge([0.1])) == "20 % a year or more"
    assert least(judge([0.1], trade(-0.3, -0.2, Metric.LEVEL))) == "a fall of 20 % or more"
