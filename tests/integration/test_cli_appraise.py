"""``caravan appraise``, as a user meets it."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from abm.cli import caravan
from abm.corridor.catalogue import find_case
from abm.corridor.load import load
from abm.study.appraisal import appraise


def run(*arguments: str) -> Result:
    return CliRunner().invoke(caravan, list(arguments))


@pytest.fixture(scope="module")
def appraised(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("appraisal") / "toy"
    words = (
        "--project",
        "west-line",
        "--seeds",
        "2",
        "--years",
        "1",
        "--workers",
        "1",
        "--rate",
        "0.05",
        "--out",
        str(out),
    )
    return run("appraise", "toy", *words), out


def test_it_tells_cost_date_worth_accounts_beliefs_and_limits(appraised: tuple[Result, Path]) -> None:
    done, _ = appraised
    assert done.exit_code == 0, done.output
    for words in (
        "project west-line", "real rate 5 %", "capital, USD m", "finished (work begins 2025-01-01)", "net present value, USD m",
        "internal rate of return, %", "What the owner of the line earns", "Who gains and who pays: transport only",
        "climate (CO2e at its price)", "grants for the capital", "all benefits (traffic) times",
        "CO2e in the last year, kt", "What this cannot say", "GDP, jobs or toll revenue",
        "are the mean of the last two", "goods that quotas",
    ):  # fmt: skip
        assert words in done.output
    assert max(map(len, done.output.splitlines())) <= 100


def test_tables_json_and_picture_are_written_and_add_up(appraised: tuple[Result, Path]) -> None:
    _, out = appraised
    names = {path.name for path in out.iterdir()}
    assert {"works.csv", "accounts.csv", "results.csv", "rates.csv", "beliefs.csv", "flows.csv", "co2e.csv",
            "appraisal.json", "appraisal.png"} == names  # fmt: skip
    assert (out / "appraisal.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    accounts, results = pd.read_csv(out / "accounts.csv"), pd.read_csv(out / "results.csv")
    for arm in ("transport", "prior"):
        net = results[(results["arm"] == arm) & (results["measure"] == "npv")]["mean"].item()
        assert accounts[accounts["arm"] == arm]["pv_mean"].sum() == pytest.approx(net, rel=1e-9)
    content = json.loads((out / "appraisal.json").read_text(), parse_constant=lambda text: pytest.fail(text))
    assert content["provenance"]["project"] == "west-line"
    assert content["rate"] == 0.05


def test_results_do_not_depend_on_the_number_of_workers(appraised: tuple[Result, Path]) -> None:
    _, out = appraised
    again = appraise("toy", "west-line", seeds=2, years=1, workers=2, values={"discount_rate": 0.05})
    told = pd.read_csv(out / "accounts.csv")
    assert again.accounts["pv_mean"].to_list() == pytest.approx(told["pv_mean"].to_list(), rel=1e-12, abs=1e-6)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("toy", "--project", "west-lin"), "did you mean 'west-line'"),
        (("toy", "--project", "west-line", "--rate", "-1"), "discount_rate"),
        (("toy", "--project", "west-line", "--rate", "0.05", "--set", "discount_rate=0.06"), "is set twice"),
        (("toy", "--project", "west-line", "--base", "reopn"), "did you mean 'reopen'"),
        (("toy", "--project", "west-line", "--seeds", "0"), "seeds"),
    ],
)
def test_a_wrong_question_ends_with_code_two(words: tuple[str, ...], told: str) -> None:
    done = run("appraise", *words)
    assert done.exit_code == 2
    assert told in done.output
    assert "Traceback" not in done.output


def test_a_case_without_projects_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(find_case("toy"), folder)
    (folder / "projects.csv").unlink()
    done = run("appraise", str(folder), "--project", "west-line")
    assert done.exit_code == 2
    assert "has no projects" in done.output


@pytest.mark.parametrize("name", ["toy", "south-caucasus"])
def test_every_packaged_project_opens_a_policy_of_its_case(name: str) -> None:
    case = load(name)
    assert {project.policy_id for project in case.projects} <= {step.policy_id for step in case.policies}
    assert case.projects
