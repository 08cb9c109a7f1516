"""What one has to believe, on made worlds in which the answer is known."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from abm.corridor.tables import Shape
from abm.study.believe import Belief, Value, believed, rounded, standing, tried_out
from abm.study.claims import judged
from abm.study.plan import WITHOUT, Claim, DesignSpec, Factor, Kind, Metric, Plan
from tests.made_sweeps import (
    ETA,
    FACTORS,
    PHI,
    SIGMA,
    TRADE,
    Formula,
    constant,
    growing,
    made_outcomes,
    made_plan,
    made_points,
)
from tests.unit.test_claims import trade


def belief(
    formula: Formula, claim: Claim = TRADE, factors: Sequence[Factor] = FACTORS, n: int = 400, plan: Plan | None = None
) -> Belief:
    """Of worlds whose growth a year is a formula of their factors."""
    points = made_points(n, factors)
    outcomes = made_outcomes(points, {WITHOUT: growing(constant(0.0), 3), "open": growing(formula, 3)})
    asked = plan or made_plan([claim], factors=tuple(factors))
    (one,) = judged(asked, outcomes)
    return believed(asked, points, outcomes, one)


def from_on(factor: str, threshold: float) -> Formula:
    """30 % a year from a threshold of one factor on, 10 % below it."""
    return lambda points, noise: np.where(points[factor] >= threshold, 0.3, 0.1)


def coin(threshold: float) -> Formula:
    """30 % a year where noise is above a threshold, else 10 %."""
    return lambda points, noise: np.where(noise > threshold, 0.3, 0.1)


# ---------------------------------------------------------------------------------------------------------- statements
def test_the_plainest_statement_keeps_most_points() -> None:
    """Reached where phi is 0.6 or more, a quarter of the points: at least half of those beyond 0.4 (the upper half) reach it."""
    found = belief(from_on("phi_xa_xb", 0.6))
    first = found.statements[0]
    assert (first.factor, first.is_at_least) == ("phi_xa_xb", True)
    assert first.threshold == pytest.approx(0.4, abs=0.002)
    assert first.keeps == pytest.approx(0.5, abs=0.005)
    assert first.reached.value == pytest.approx(0.5, abs=0.01)
    assert len(found.statements) == 1
    assert found.text == (
        "You have to believe that phi_xa_xb is at least 0.4 [share of the friction between Arland and Belmark that an "
        "opening removes], as in 50 % of the points: there the claim (20 % a year or more) is reached in 50 % of worlds "
        "(95 % interval 43 to 57 %), given opening; over all points it is 25 %."
    )


def test_statements_are_ranked_by_what_they_demand() -> None:
    """Either of two factors brings it about; eta, at most, on a wider range than sigma, at least."""
    found = belief(lambda points, noise: np.where((points["sigma"] >= 5.6) | (points["eta"] <= 0.8), 0.3, 0.1))
    assert [(one.factor, one.is_at_least) for one in found.statements] == [("eta", False), ("sigma", True)]
    assert found.statements[0].keeps > found.statements[1].keeps
    assert "Or, more demanding: sigma is at least" in found.text


def test_a_claim_of_less_is_brought_about_by_its_weaker_end() -> None:
    claim = trade(-0.30, -0.20)
    found = belief(lambda points, noise: -0.05 - 0.05 * (points["sigma"] - 2.0), claim)  # from sigma 5 on
    first = found.statements[0]
    assert (first.factor, first.is_at_least) == ("sigma", True)
    assert first.keeps == pytest.approx(0.5, abs=0.005)
    assert "the claim (a fall of 20 % a year or more) is reached" in found.text


def test_what_comes_about_anyhow_takes_no_belief() -> None:
    found = belief(from_on("sigma", 3.0))
    assert found.statements == ()
    assert found.text == (
        "Nothing beyond these priors and the opening: the claim (20 % a year or more) is reached in 75 % of worlds as it is."
    )


def test_chance_alone_makes_no_statement() -> None:
    """Thirty factors of which none matters, 100 points of which 40 % reach the claim, 40 such sweeps. The best of their
    thresholds passes one half every time; told as a belief by mistake in at most 5 % of sweeps: 6 or more in 1 of 100."""
    factors = [Factor(f"x{j}", Shape.UNIFORM, 0.5, 0.0, 1.0) for j in range(30)]
    told = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x, p = rng.random((100, 30)), (rng.random(100) < 0.4).astype(np.float64)
        tried = tried_out(factors, x, p, p)
        assert max(one.reached.value for one in tried) >= 0.5
        told += bool(standing(tried, float(p.mean())))
    assert told <= 5


def test_choices_of_a_discrete_factor_are_thresholds() -> None:
    factor = Factor("sigma", None, 4.0, 2.0, 6.0, choices=(2.0, 4.0, 6.0))
    points = made_points(300, (PHI, SIGMA))
    points["sigma"] = np.tile([2.0, 4.0, 6.0], 100)
    outcomes = made_outcomes(points, {WITHOUT: growing(constant(0.0), 3), "open": growing(from_on("sigma", 5.0), 3)})
    plan = made_plan(factors=(PHI, factor))
    (one,) = judged(plan, outcomes)
    first = believed(plan, points, outcomes, one).statements[0]
    assert (first.factor, first.threshold, first.points, first.reached.value) == ("sigma", 4.0, 200, 0.5)


# ---------------------------------------------------------------------------------------------------------- out of reach
def test_where_no_factor_does_it_the_best_mean_and_the_value_it_would_take_are_told() -> None:
    """0.02 phi + 0.01 sigma: 20 % a year at a mean sigma of 4 takes phi = 8; at a mean phi of 0.4, sigma = 19.2."""
    found = belief(lambda points, noise: 0.02 * points["phi_xa_xb"] + 0.01 * points["sigma"])
    assert found.statements == ()
    assert found.r2 == pytest.approx(1.0, abs=1e-6)
    values = {value.factor: value for value in found.values}
    assert values["sigma"].value == pytest.approx(19.2, rel=0.005)
    assert values["phi_xa_xb"].value == pytest.approx(8.0, rel=0.005)
    assert not values["sigma"].is_inside
    assert values["sigma"].rule == ""
    assert values["phi_xa_xb"].rule == "must be <= 1"
    assert [value.factor for value in found.values] == ["sigma", "phi_xa_xb"]  # 3.8 ranges away, and 9.5
    best = found.best
    assert best is not None
    assert (best.factor, best.is_at_least) == ("sigma", True)
    assert best.mean == pytest.approx(0.008 + 0.01 * 5.9, abs=1e-3)
    assert found.text == (
        "No single factor brings it about: beyond no threshold of any, given opening, the claim (20 % a year or more) is "
        "reached in half of the worlds. The best that one does is a mean of +6.8 % a year, where sigma is at least 5.8 "
        "(5.0 % of points), against +4.8 % a year over all. For the mean to reach it, one of these would have to be, by an "
        "emulator (additive, out-of-sample R2 1.00, in a straight line outside ranges): sigma 19.2 (outside its range, 2 to 6) "
        "[elasticity of substitution between the origins of a good]; phi_xa_xb 8 (outside its range, 0 to 0.8, and without "
        "meaning: must be <= 1) [share of the friction between Arland and Belmark that an opening removes]."
    )


def test_a_poor_emulator_says_nothing() -> None:
    found = belief(lambda points, noise: 0.05 + 0.01 * noise)
    assert found.values == ()
    assert found.best is None
    assert found.r2 < 0.1
    assert "None moves the mean of +4.9 % a year by more than chance." in found.text
    assert "does not predict well enough" in found.text
    assert "would have to be" not in found.text


def test_what_needs_two_factors_at_once_is_no_matter_for_an_additive_emulator() -> None:
    """A product of two centred factors has no additive part at all."""
    found = belief(lambda points, noise: 0.05 + 0.05 * (points["phi_xa_xb"] - 0.4) * (points["sigma"] - 4.0))
    assert found.r2 < 0.3
    assert found.values == ()


def test_where_nothing_depends_on_a_factor_no_value_of_it_would_do() -> None:
    found = belief(lambda points, noise: 0.02 * points["phi_xa_xb"], factors=(PHI, ETA))
    assert [value.factor for value in found.values] == ["phi_xa_xb"]
    assert found.values[0].value == pytest.approx(10.0, rel=0.005)


def test_few_points_say_nothing() -> None:
    found = belief(constant(0.1), n=19)
    assert found.text == "Too few points (19) to say what one would have to believe."


def test_saltellis_points_prove_less() -> None:
    """What 400 independent points tell, 400 that share 16 base rows do not."""
    formula = from_on("phi_xa_xb", 0.6)
    few = made_plan(kind=Kind.SOBOL, design=DesignSpec(Kind.SOBOL, points=16))
    assert belief(formula).statements
    assert not belief(formula, plan=few).statements


def test_replications_of_a_point_count_as_one() -> None:
    points = made_points(100)
    outcomes = made_outcomes(points, {WITHOUT: growing(constant(0.0), 3), "open": growing(coin(0.0), 3)}, 4)
    plan = made_plan([trade(0.2, 0.25, Metric.GROWTH_PER_YEAR)])
    (one,) = judged(plan, outcomes)
    assert believed(plan, points, outcomes, one).points == 100


def test_a_value_knows_its_range() -> None:
    inside = Value("sigma", 5.0, 2.0, 6.0, "")
    assert (inside.is_inside, inside.distance, inside.text) == (True, 0.25, "sigma 5 (within its range, 2 to 6)")
    assert rounded(0.123456) == 0.123
    assert math.isnan(rounded(math.nan))
