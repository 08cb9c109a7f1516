"""``caravan results``, as a user meets it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from abm.cli import caravan
from abm.commands.results import number
from abm.study.results import Results, open_results
from tests.made_runs import ARMS, NAMES, filled, made, run_id

N_RUNS = 120


def run(*arguments: str) -> Result:
    return CliRunner().invoke(caravan, ["results", *arguments])


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("sweep")
    return filled(folder, range(N_RUNS), failed=[N_RUNS, N_RUNS + 1], asked=150)


@pytest.fixture(scope="module")
def folder(sweep: Results) -> str:
    return str(sweep.folder)


def expected(name: str, arm: str, numbers: list[int] | None = None) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    chosen = numbers if numbers is not None else list(range(N_RUNS))
    values = np.array([made(n).outcomes[NAMES.index(name)] for n in chosen if run_id(n).arm == arm])
    return values[~np.isnan(values)]


def test_it_tells_what_the_sweep_is_how_far_it_is_and_outcomes_by_arm(folder: str) -> None:
    done = run(folder)
    assert done.exit_code == 0, done.output
    for words in (
        "A made-up sweep", "What if?", "case made-up, 2 years; lhs design of 50 points in 2 factors; arms without, both, rail",
        "runs: 120 done, 2 failed, 28 open", "trade_usd:XA:2", "--failed tells why runs failed", "chance together",
    ):  # fmt: skip
        assert words in done.output
    assert "days:XA:2" not in done.output
    values = expected("trade_usd:XA:2", "both")
    line = next(line for line in done.output.splitlines() if " both " in line and "trade_usd" in line)
    assert line.split()[2:4] == [str(len(values)), number(float(values.mean()))]
    assert line.split()[5] == number(float(np.median(values)))
    assert max(map(len, done.output.splitlines())) <= 100


def test_of_few_runs_the_range_is_told_for_what_it_is(folder: str) -> None:
    words = "5 to 95 % is little more than the lowest and the highest"
    assert words not in run(folder).output
    assert words in " ".join(run(folder, "--where", "point<2").output.split())


def test_arms_and_outcomes_are_chosen_and_json_is_standard(folder: str) -> None:
    done = run(folder, "--arm", "rail", "--outcome", "days:XA:2", "--outcome", "link_t:road:2", "--json")
    content = json.loads(done.stdout, parse_constant=lambda text: pytest.fail(text))
    assert content["sweep"]["runs"] == {"done": 120, "failed": 2, "open": 28}
    assert [(row["outcome"], row["arm"]) for row in content["outcomes"]] == [
        ("days:XA:2", "rail"),
        ("link_t:road:2", "rail"),
    ]
    values = expected("days:XA:2", "rail")
    assert content["outcomes"][0]["mean"] == pytest.approx(values.mean(), rel=1e-12)
    assert content["outcomes"][0]["p95"] == pytest.approx(np.quantile(values, 0.95), rel=1e-12)


@pytest.mark.parametrize(
    ("condition", "fulfils"),
    [
        ("sigma>4", lambda n: 2.0 + run_id(n).point / 10.0 > 4.0),
        ("sigma <= 2.5", lambda n: 2.0 + run_id(n).point / 10.0 <= 2.5),
        ("point=7", lambda n: run_id(n).point == 7),
        ("seed!=107", lambda n: run_id(n).seed != 107),
        ("days:XA:2>=20000", lambda n: made(n).outcomes[2] >= 20_000),
    ],
)
def test_runs_are_chosen_by_factors_and_outcomes(folder: str, condition: str, fulfils: object) -> None:
    done = run(folder, "--where", condition, "--outcome", "trade_usd:XA:1", "--json")
    assert done.exit_code == 0, done.output
    numbers = [n for n in range(N_RUNS) if fulfils(n)]  # type: ignore[operator]
    found = {row["arm"]: row["n"] for row in json.loads(done.stdout)["outcomes"]}
    assert 0 < sum(found.values()) < N_RUNS
    assert found == {arm: len(values) for arm in ARMS if len(values := expected("trade_usd:XA:1", arm, numbers))}


def test_conditions_all_hold_at_once(folder: str) -> None:
    done = run(folder, "--where", "sigma>3", "--where", "point<15", "--json")
    assert sum(row["n"] for row in json.loads(done.stdout)["outcomes"]) <= 3 * 4
    assert "no run is done, or none fulfils the conditions" in run(folder, "--where", "sigma>99").output


def test_the_table_of_runs_is_exported_with_factors_and_every_outcome(
    folder: str, sweep: Results, tmp_path: Path
) -> None:
    done = run(folder, "--csv", str(tmp_path / "new" / "runs.csv"))
    assert done.exit_code == 0
    assert f"120 runs are in {tmp_path / 'new' / 'runs.csv'}" in done.stderr
    read = pd.read_csv(tmp_path / "new" / "runs.csv")
    assert list(read.columns) == ["point", "replication", "arm", "seed", "sigma", "eta", *NAMES]
    outcomes = sweep.outcomes()
    for name in NAMES:
        assert np.array_equal(read[name], outcomes[name], equal_nan=True)
    assert np.array_equal(read["sigma"], sweep.points["sigma"][outcomes["point"]])


def test_runs_are_listed_with_their_keys_and_failures_with_their_reason(folder: str) -> None:
    listed = run(folder, "--runs", "--where", "point=3")
    assert [f"{run_id(n).key}  done  point 3" in listed.output for n in range(8, 14)] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    failed = run(folder, "--failed")
    assert f"{run_id(N_RUNS).key}  failed" in failed.output
    assert "ValueError: no route in run 121" in failed.output
    assert run_id(1).key not in failed.output
    assert "no such run" in run(folder, "--failed", "--arm", "rail").output


def test_every_mistake_is_told_at_once_with_the_nearest_name(folder: str) -> None:
    done = run(folder, "--arm", "bth", "--outcome", "days:XA:3", "--where", "sigm>4", "--where", "sigma")
    assert done.exit_code == 2
    for words in (
        "--arm: 'bth' is not known in this sweep; did you mean 'both'?",
        "--outcome: 'days:XA:3' is not known in this sweep; did you mean 'days:XA:2'?",
        "--where: 'sigm' names neither a factor nor an outcome of this sweep; did you mean 'sigma'?",
        "--where: 'sigma' must be NAME, one of >= <= != = > <, and a number",
    ):
        assert words in done.stderr
    assert "Traceback" not in done.output


def test_a_folder_without_a_sweep_ends_with_code_two(tmp_path: Path) -> None:
    done = run(str(tmp_path))
    assert done.exit_code == 2
    assert "holds no results of a sweep" in done.stderr


def test_a_torn_part_ends_with_code_one_and_names_the_file(tmp_path: Path) -> None:
    filled(tmp_path, range(5))
    path = tmp_path / "parts" / "outcomes-00001.parquet"
    path.write_bytes(path.read_bytes()[:-5])
    done = run(str(tmp_path))
    assert done.exit_code == 1
    assert str(path) in done.stderr
    assert open_results(tmp_path).counts()["done"] == 5


@pytest.mark.parametrize(
    ("value", "told"),
    [(1_234_567.8, "1,234,568"), (999.96, "1000"), (0.0123456, "0.01235"), (float("nan"), "-"), (-2e4, "-20,000")],
)
def test_numbers_are_told_as_people_write_them(value: float, told: str) -> None:
    assert number(value) == told
