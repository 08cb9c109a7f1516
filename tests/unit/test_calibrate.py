"""Fitting against worlds whose answer is a formula, so that what must be found is known in closed form."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abm.corridor.catalogue import find_case
from abm.corridor.load import load
from abm.corridor.scaffold import scaffold
from abm.corridor.tables import Assumption, Case, Shape, Target, TargetMetric, Use
from abm.errors import InputError
from abm.network.arcs import Floats
from abm.randomness import Z_95
from abm.study import calibrate as module
from abm.study.calibrate import calibrate, place_of, value_at
from abm.study.calibrated import refuse_packaged, values_text, write_values
from abm.study.calibration_tables import doubt_left, misses
from tests.small_worlds import edited, toy

NAMES = ("kappa", "lam", "rate_scale_rail")


def target(name: str, value: float, low: float, high: float, use: Use = Use.FIT) -> Target:
    return Target(
        target_id=name, title=name, metric=TargetMetric.TONNES, from_month=-6, to_month=0, value=value, low=low, high=high,
        unit="t/year", use=use, source="invented", grade="C",
    )  # fmt: skip


def case_of(*rows: Target) -> Case:
    return edited(toy(), targets=rows)


ROWS = {row.name: row for row in toy().assumptions}


def places(values: Mapping[str, float]) -> Floats:
    return np.array([place_of(ROWS[name], values[name]) for name in NAMES])


def worlds(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Floats, int], list[float]]) -> None:
    """Every world measures what ``answer(places, seed)`` says, in the order of the case's targets."""

    def measure(case: Case, values: Mapping[str, float], seed: int, rows: tuple[Target, ...]) -> Floats:
        found = dict(zip([row.target_id for row in case.targets], answer(places(values), seed), strict=True))
        return np.array([found[row.target_id] for row in rows])

    monkeypatch.setattr(module, "measure_targets", measure)


def run(case: Case, **options: Any) -> module.Calibration:
    return calibrate(case, **{"fit": NAMES, "seeds": 1, "evaluations": 60, "workers": 1, **options})


# --------------------------------------------------------------------------------------------------------- ranges and misses
@pytest.mark.parametrize("shape", [Shape.TRIANGULAR, Shape.LOGNORMAL, Shape.UNIFORM, Shape.FIXED])
def test_places_run_from_the_low_end_over_the_value_to_the_high_end_and_back_again(shape: Shape) -> None:
    row = ROWS["kappa"].model_copy(update={"shape": shape})
    assert [value_at(row, u) for u in (-1.0, 0.0, 1.0)] == pytest.approx([2.0, 4.0, 8.0])
    for u in (-0.9, -0.2, 0.0, 0.4, 1.0):
        assert place_of(row, value_at(row, u)) == pytest.approx(u)
    middle = value_at(row, 0.5)
    assert middle == pytest.approx(np.sqrt(32.0) if shape is Shape.LOGNORMAL else 6.0)


def test_a_miss_counts_standard_deviations_on_its_own_side_of_the_value() -> None:
    rows = [target("a", 10.0, 8.0, 14.0)] * 4
    found = misses(rows, np.array([10.0, 8.0, 14.0, np.nan]))
    assert found == pytest.approx([0.0, -Z_95, Z_95, 10.0])


def test_doubt_that_targets_leave_is_that_of_a_normal_posterior() -> None:
    """One target whose miss changes by k a unit of the first name: precision 1.645**2 + k**2; the second name is left alone."""
    k = 3.0
    slopes = np.array([[k, 0.0], [Z_95, 0.0], [0.0, Z_95]])
    assert doubt_left(slopes) == pytest.approx([Z_95 / np.hypot(Z_95, k), 1.0])


# --------------------------------------------------------------------------------------------------------- closed form
def test_straight_worlds_are_fitted_where_the_formula_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """misses r = B (u - v), so the mode is (B'B + 1.645**2 I)^-1 B'B v: ridge regression. All places are on one side of 0."""
    slopes = np.array([[2.0, 0.5, 0.0], [0.0, 3.0, 1.0]])
    true = np.array([0.5, 0.3, 0.4])
    case = case_of(target("a", 100.0, 100.0 - Z_95, 100.0 + Z_95), target("b", 50.0, 50.0 - Z_95, 50.0 + Z_95))
    worlds(monkeypatch, lambda u, seed: [100.0, 50.0] + slopes @ (u - true))
    expected = np.linalg.solve(slopes.T @ slopes + Z_95**2 * np.eye(3), slopes.T @ slopes @ true)
    result = run(case)
    assert places(result.found) == pytest.approx(expected, abs=0.01)  # values are written with four digits
    assert result.values["doubt_left"].to_numpy() == pytest.approx(
        Z_95 * np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes + Z_95**2 * np.eye(3))))
    )
    residual = slopes @ (expected - true)
    assert result.sum_after == pytest.approx(residual @ residual + Z_95**2 * expected @ expected, abs=0.01)
    assert result.sum_before == pytest.approx(float(np.sum((slopes @ true) ** 2)))


def test_a_name_that_no_target_moves_stays_and_is_said_not_to_be_identified(monkeypatch: pytest.MonkeyPatch) -> None:
    worlds(monkeypatch, lambda u, seed: [100.0 + 20.0 * u[0]])
    result = run(case_of(target("a", 110.0, 109.0, 111.0)))
    table = result.values.set_index("name")
    assert result.found["lam"] == ROWS["lam"].value
    assert table["is_identified"].to_dict() == {"kappa": True, "lam": False, "rate_scale_rail": False}
    assert place_of(ROWS["kappa"], result.found["kappa"]) == pytest.approx(0.5, abs=0.01)


def test_a_target_out_of_reach_drives_the_value_to_the_end_of_its_range_and_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worlds(monkeypatch, lambda u, seed: [100.0 + 20.0 * u[0]])
    result = run(case_of(target("a", 300.0, 299.0, 301.0)))
    table = result.values.set_index("name")
    assert table.loc["kappa", "after"] == ROWS["kappa"].high
    assert table["at_end"].to_dict() == {"kappa": True, "lam": False, "rate_scale_rail": False}


def test_bent_and_rough_worlds_are_fitted_within_the_roughness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits rise steeply and lots make steps: rounded to whole units where the range of the target is ten of them."""
    worlds(
        monkeypatch, lambda u, seed: [round(100.0 * np.exp(0.8 * u[0])), round(200.0 + 60.0 * u[1] - 20.0 * u[0] ** 2)]
    )
    true = np.array([0.5, -0.4])
    wanted = [100.0 * np.exp(0.8 * true[0]), 200.0 + 60.0 * true[1] - 20.0 * true[0] ** 2]
    result = run(
        case_of(*(target(name, value, value - 5.0, value + 5.0) for name, value in zip("ab", wanted, strict=True)))
    )
    assert places(result.found)[:2] == pytest.approx(true, abs=0.05)
    assert result.fit["is_inside_after"].all()


def test_targets_held_back_do_not_move_the_fit_but_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = target("held", 1.0, 0.5, 1.5, Use.HELD), target("a", 110.0, 109.0, 111.0)
    worlds(monkeypatch, lambda u, seed: [7.0 + u[0], 100.0 + 20.0 * u[0]])
    result = run(case_of(*rows))
    assert result.fit["target_id"].tolist() == ["a", "held"]
    assert place_of(ROWS["kappa"], result.found["kappa"]) == pytest.approx(0.5, abs=0.01)
    held = result.fit.set_index("target_id").loc["held"]
    assert held["measured_before"] == 7.0
    assert held["measured_after"] == pytest.approx(7.5, abs=0.01)
    assert set(result.sensitivity["target_id"]) == {"a"}


def test_chance_is_averaged_over_seeds_that_all_evaluations_share(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[int] = set()

    def answer(u: Floats, seed: int) -> list[float]:
        seen.add(seed)
        return [100.0 + 20.0 * u[0] + (seed - 6.0)]

    worlds(monkeypatch, answer)
    result = run(case_of(target("a", 110.0, 109.0, 111.0)), seeds=3, first_seed=5)
    assert seen == {5, 6, 7}
    assert place_of(ROWS["kappa"], result.found["kappa"]) == pytest.approx(0.5, abs=0.01)
    assert result.fit["error_before"].iloc[0] == pytest.approx(1.0 / np.sqrt(3.0))


def test_progress_tells_every_set_of_values_and_the_budget_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    worlds(monkeypatch, lambda u, seed: [100.0 * np.exp(u[0]) + u[1]])
    told: list[int] = []
    result = run(case_of(target("a", 150.0, 149.0, 151.0)), evaluations=12, progress=told.append)
    assert sum(told) == result.evaluations
    # The fit itself, before and after, and the slopes at both ends.
    assert result.evaluations <= 12 + 2 + 2 * len(NAMES)


# --------------------------------------------------------------------------------------------------------- what is asked
def test_everything_wrong_with_what_is_asked_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        calibrate(
            case_of(target("h", 1.0, 0.0, 2.0, Use.HELD)), fit=("kapa", "lam", "lam"), seeds=0, evaluations=0, workers=0
        )
    told = [str(problem) for problem in caught.value.problems]
    assert told == [
        "seeds: 0 must be a whole number from 1 to 100000",
        "evaluations: 0 must be at least 1",
        "workers: 0 must be at least 1",
        "targets.csv: holds no target to fit to: a row whose use is fit",
        "fit: 'kapa' is not an assumption of this case; did you mean 'kappa'?",
        "fit: 'lam' is named twice",
    ]


def test_a_number_without_a_range_cannot_be_fitted() -> None:
    rows = tuple(
        row.model_copy(update={"low": 4.0, "high": 4.0}) if row.name == "kappa" else row for row in toy().assumptions
    )
    case = edited(toy(), targets=(target("a", 1.0, 0.0, 2.0),), assumptions=rows)
    with pytest.raises(InputError, match="has no range to be fitted within"):
        calibrate(case, fit=("kappa",))


# --------------------------------------------------------------------------------------------------------- values, not code
def test_only_values_change_in_the_file_of_a_case(tmp_path: Path) -> None:
    folder = scaffold(tmp_path / "mine")
    before = load(str(folder))
    write_values(str(folder), {"delta_rail_container": 0.25, "kappa": 5.5})
    after = load(str(folder))

    def rows(case: Case) -> dict[str, Assumption]:
        return {row.name: row for row in case.assumptions}

    changed = {name: row for name, row in rows(after).items() if row != rows(before)[name]}
    assert changed == {
        name: rows(before)[name].model_copy(update={"value": value})
        for name, value in (("delta_rail_container", 0.25), ("kappa", 5.5))
    }
    assert len(rows(after)) == len(rows(before))


def test_a_value_of_a_name_that_nobody_has_is_refused() -> None:
    with pytest.raises(InputError, match="'kapa' has no such assumption"):
        values_text("toy", {"kapa": 1.0})


def test_results_are_not_written_over_a_packaged_case() -> None:
    with pytest.raises(InputError, match="say --write"):
        refuse_packaged(find_case("toy"))
