"""Targets that were made at known values give these values back."""

import pytest

from abm.corridor.tables import Case, Use
from abm.study.calibrate import calibrate
from abm.study.targets import measure_targets
from tests.small_worlds import edited, toy_with_cast

TRUE = {"kappa": 5.2, "delta_rail_container": 0.03}
SEED = 11


def case_with_answers() -> Case:
    """The toy case whose fitted targets are what a world measures at the true values, known to 3 %."""
    rows = [row for row in toy_with_cast().targets if row.use is Use.FIT]
    measured = measure_targets(toy_with_cast(), TRUE, SEED, rows)
    known = [
        row.model_copy(update={"value": float(value), "low": 0.97 * float(value), "high": 1.03 * float(value)})
        for row, value in zip(rows, measured, strict=True)
    ]
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
