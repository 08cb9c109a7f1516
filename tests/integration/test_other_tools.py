"""Mesa's batch_run, and the adapters of experiments/adapters.md, do what they say."""

import multiprocessing
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest

from abm.corridor.keywords import scenario_of
from abm.corridor.scenario import Scenario
from abm.errors import InputError
from abm.model import CorridorModel
from tests.small_worlds import edited, toy

ADAPTERS = Path(__file__).parents[2] / "experiments" / "adapters.md"
needs_batch_run = pytest.mark.skipif(not hasattr(mesa, "batch_run"), reason="Mesa 4 has no batch_run")


@pytest.fixture(autouse=True)
def start_method() -> Iterator[None]:
    """batch_run changes how all processes of the program start, for good."""
    before = multiprocessing.get_start_method(allow_none=True)
    yield
    multiprocessing.set_start_method(before, force=True)


# --------------------------------------------------------------------------------------------------------- keywords
def test_keywords_are_fields_of_a_scenario_or_assumptions_of_its_case() -> None:
    scenario = scenario_of(
        7, {"case": "toy", "policies": ("reopen",), "years": 3, "kappa": 5.0, "values": {"lam": 0.5}}
    )
    assert (scenario.case.info.name, scenario.policies, scenario.years, scenario.seed) == ("toy", ("reopen",), 3, 7)
    assert scenario.values == {"kappa": 5.0, "lam": 0.5}
    assert scenario_of(None, {}) == Scenario(scenario.case)
    assert scenario_of(None, {"seed": 4, "case": toy()}).case is toy()


def test_everything_wrong_with_keywords_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        CorridorModel(rng=1, seed=2, kapa=3.0, polices=("reopen",), lam=0.5, values={"lam": 0.4}, years=0)
    told = [str(problem) for problem in caught.value.problems]
    assert told == [
        "model: 'kapa' is neither a field of a scenario nor an assumption of this case; did you mean 'kappa'?",
        "model: 'polices' is neither a field of a scenario nor an assumption of this case; did you mean 'policies'?",
        "model: 'lam' is set twice, by its name and in values",
        "model: 1 is set twice, by rng and by seed",
        "years: 0 must be a whole number from 1 to 30",
    ]


def test_a_scenario_and_keywords_beside_it_would_be_two_scenarios() -> None:
    with pytest.raises(InputError, match="kappa, rng must stand in the scenario that is given"):
        CorridorModel(Scenario(toy()), rng=3, kappa=5.0)


# --------------------------------------------------------------------------------------------------------- batch_run
def batch(processes: int) -> list[dict[str, Any]]:
    return sorted(
        mesa.batch_run(
            CorridorModel, {"case": [edited(toy(), warmup_days=5)], "kappa": [3.0, 6.0], "register": False},
            number_processes=processes, rng=[1, 2], max_steps=15, display_progress=False,
        ),
        key=lambda row: row["RunId"],
    )  # fmt: skip


@needs_batch_run
def test_batch_run_plays_every_point_and_seed_as_the_model_alone_would() -> None:
    rows = batch(1)
    assert [(row["kappa"], row["rng"], row["Step"], row["day"]) for row in rows] == [
        (3.0, 1, 15, 15.0), (6.0, 1, 15, 15.0), (3.0, 2, 15, 15.0), (6.0, 2, 15, 15.0)
    ]  # fmt: skip
    for row in rows:
        alone = CorridorModel(Scenario(row["case"], values={"kappa": row["kappa"]}, seed=row["rng"]), register=False)
        for _ in range(15):
            alone.step()
        assert row["shipped_t"] == alone.state.ledger.shipped_t.sum()
        assert row["queue_vehicles"] == alone.state.movement.queue_vehicles.sum()
    assert len({row["shipped_t"] for row in rows}) > 1


@needs_batch_run
def test_batch_run_gives_the_same_from_two_processes() -> None:
    assert batch(2) == batch(1)


# --------------------------------------------------------------------------------------------------------- adapters
def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", ADAPTERS.read_text("utf-8"), re.DOTALL)


class Parameter:
    """What the workbench keeps of a parameter or an outcome."""

    def __init__(self, name: str, low: float = 0.0, high: float = 0.0) -> None:
        self.name, self.low, self.high = name, low, high


class Model:
    """The part of ``ema_workbench.Model`` that the adapter uses: a function of uncertainties that returns outcomes by name."""

    uncertainties: list[Parameter]
    outcomes: list[Parameter]

    def __init__(self, name: str, function: Any) -> None:
        self.name, self.function = name, function


def test_the_adapters_run_as_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workbench itself is not installed here: a stand-in takes its place, and one experiment is run by hand."""
    workbench: Any = types.ModuleType("ema_workbench")
    workbench.Model, workbench.RealParameter, workbench.ScalarOutcome = Model, Parameter, Parameter
    monkeypatch.setitem(sys.modules, "ema_workbench", workbench)
    names: dict[str, Any] = {}
    function, salib, ema, _ = (
        block.replace("years=3", "years=1").replace("== 3", "== 1").replace("N=2", "N=1") for block in blocks()
    )
    exec(compile(function, "adapters.md", "exec"), names)
    exec(compile(salib, "adapters.md", "exec"), names)
    levels = np.array(names["levels"])
    assert levels.shape == (3,)
    assert np.isfinite(levels).all()
    assert levels.std() > 0.0
    exec(compile(ema, "adapters.md", "exec"), names)
    model = names["model"]
    assert "fleet_migration" not in {one.name for one in model.uncertainties}
    point = {one.name: one.low for one in model.uncertainties}
    (outcome,) = model.outcomes
    assert np.isfinite(model.function(**point)[outcome.name])
