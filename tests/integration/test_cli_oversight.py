"""Dates, history, who acts, and oversight on the command line."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from abm.cli import caravan
from abm.corridor.openings import start_day
from abm.corridor.scenario import Scenario
from abm.study.compare import compare
from tests.small_worlds import toy_with_cast


def run(*words: str) -> Result:
    return CliRunner().invoke(caravan, list(words))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    out = tmp_path_factory.mktemp("results") / "toy"
    words = (
        "compare",
        "toy",
        "--with",
        "guarded-border",
        "--seeds",
        "2",
        "--years",
        "2",
        "--workers",
        "1",
        "--out",
        str(out),
    )
    done = run(*words)
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split()), out


def test_compare_answers_what_oversight_is_worth(guarded: tuple[str, Path]) -> None:
    told, _ = guarded
    for words in ("Incidents, a year: what the measure opens without and with its gatekeeper", "incident days to prevent",
                  "days of its own shocks", "inspection, cost, USD m", "break-even effect", "is an input, not a finding",
                  "acts of Northern"):  # fmt: skip
        assert words in told


def test_its_tables_are_written(guarded: tuple[str, Path]) -> None:
    _, out = guarded
    price = pd.read_csv(out / "oversight.csv").set_index(["basis", "what"])["pooled"]
    assert price["expected", "incident days to prevent"] > 0.0
    assert price["drawn", "inspection, vehicle-hours"] > 0.0
    assert math.isfinite(price["expected", "break-even effect"])
    security = pd.read_csv(out / "security.csv")
    assert set(security["arm"]) == {"transport", "prior", "oversight"}
    assert set(pd.read_csv(out / "growth.csv")["arm"]) == {"transport", "prior"}
    content = json.loads((out / "comparison.json").read_text())
    assert content["provenance"]["dates"] == "given"
    assert content["provenance"]["base"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--dates", "schedulled"), "did you mean 'scheduled'?"),
        (("--still", "carrier"), "did you mean 'carriers'?"),
        (("--replay", "yesterday"), "must be a date such as 2021-07-01"),
        (("--with", "reopn"), "did you mean 'reopen'?"),
    ],
)
@pytest.mark.parametrize("command", ["run", "compare"])
def test_bad_options_are_told(command: str, words: tuple[str, ...], said: str) -> None:
    with_policy = () if "--with" in words else ("--with", "reopen")
    done = run(command, "toy", *with_policy, *words)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_a_base_that_is_no_policy_is_told() -> None:
    done = run("compare", "toy", "--with", "reopen", "--base", "placbo")
    assert done.exit_code == 2
    assert "did you mean 'placebo'?" in done.output


def test_run_tells_when_its_policy_came() -> None:
    seed = next(
        seed for seed in range(1, 99)
        if start_day(Scenario(toy_with_cast(), ("reopen",), seed=seed, dates="scheduled"), "reopen") is None
    )  # fmt: skip
    done = run("run", "toy", "--with", "reopen", "--dates", "scheduled", "--seed", str(seed), "--years", "1")
    told = " ".join(done.output.split())
    assert done.exit_code == 0
    assert "opening dates drawn from what experts expect, never included (reopen: never)" in told


def test_negotiated_dates_are_said_to_be_exploratory() -> None:
    done = run(
        "compare", "toy", "--with", "reopen", "--dates", "negotiated", "--seeds", "1", "--years", "1", "--workers", "1"
    )
    assert done.exit_code == 0
    assert "EXPLORATORY" in done.output


def test_a_policy_in_both_worlds_is_no_part_of_the_measure() -> None:
    """Opening what is open in both worlds changes nothing, in any row, and is named."""
    case = toy_with_cast()
    result = compare(case, ["reopen-rail"], base=["reopen"], seeds=1, years=1, workers=1)
    growth = result.growth[(result.growth["arm"] == "transport") & (result.growth["name"] != "measure")]
    assert (growth["gain_mean"] == 0.0).all()
    assert result.base == ("reopen",)
    assert result.provenance["base"] == ["reopen"]


def test_a_measure_that_no_world_sees_is_warned_of_on_top() -> None:
    """Drawn dates of seed 1 lie beyond the first year: whoever reads zeros must know why."""
    result = run("compare", "toy", "--with", "reopen-rail", "--dates", "scheduled", "--seeds", "1", "--years", "1")
    assert result.exit_code == 0
    head = result.stdout.split("Growth against")[0]
    assert "in none of these worlds does the measure come in time" in " ".join(head.split())
