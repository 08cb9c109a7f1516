"""Targets that were made at known values give these values back."""

import pytest

from abm.corridor.tables import Case, Use
from abm.study.calibrate import calibrate
from abm.study.targets import measure_targets
from tests.small_worlds import edited, toy_with_cast

TRUE = {"kappa": 5.2, "delta_rail_container": 0.03}
SEED = 11
#: How well each target is known, as a share of it: some of its lots, which are few for a small share.
KNOWN_TO = {"goods-by-rail": 0.15, "grain-by-rail": 0.01}


def case_with_answers() -> Case:
    """The toy case whose fitted targets are what a world measures at the true values."""
    rows = [row for row in toy_with_cast().targets if row.use is Use.FIT]
    known = []
    for row, measured in zip(rows, map(float, measure_targets(toy_with_cast(), TRUE, SEED, rows)), strict=True):
        ends = {"low": (1.0 - KNOWN_TO[row.target_id]) * measured, "high": (1.0 + KNOWN_TO[row.target_id]) * measured}
        known.append(row.model_copy(update={"value": measured, **ends}))
    return edited(toy_with_cast(), targets=tuple(known))


def test_targets_made_at_known_values_are_fitted_by_these_values() -> None:
    """In worlds of the seed that made them: with six firms, whose values of time are drawn, another seed's share of goods by rail
    differs by half. Half of the way from the values that stood would be 4.6 and 0.065."""
    result = calibrate(case_with_answers(), fit=tuple(TRUE), seeds=1, first_seed=SEED, evaluations=12, workers=1)
    assert result.found["kappa"] == pytest.approx(TRUE["kappa"], abs=0.25)
    assert result.found["delta_rail_container"] == pytest.approx(TRUE["delta_rail_container"], abs=0.02)
    assert result.fit["is_inside_after"].all()
    assert not result.fit["is_inside_before"].any()
    assert result.values["is_identified"].all()
    assert result.sum_after < 0.3 * result.sum_before
