"""The command that fits assumptions, as a user meets it."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from abm import cli
from abm.corridor.catalogue import find_case
from abm.corridor.load import load
from abm.corridor.scaffold import scaffold


def caravan(*words: str) -> Result:
    """The command without a terminal, in this process: what it imports is here already."""
    return CliRunner().invoke(cli.caravan, words, prog_name="caravan")


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of one's own with a short past and three targets."""
    folder = scaffold(tmp_path_factory.mktemp("cases") / "mine")
    info = folder / "case.toml"
    info.write_text(info.read_text("utf-8").replace("warmup_days = 365", "warmup_days = 90"), "utf-8")
    with (folder / "targets.csv").open(encoding="utf-8", newline="") as stream:
        rows = [
            row for row in csv.DictReader(stream) if row["target_id"] in ("goods-by-rail", "grain-by-rail", "pass-wait")
        ]
    with (folder / "targets.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "from_month": "-2", "is_calm": "1"} for row in rows)
    return folder


ASKED = ("--fit", "kappa", "--fit", "lam", "--seeds", "1", "--evaluations", "3", "--workers", "1")


@pytest.fixture(scope="module")
def told(mine: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("results") / "fit"
    return caravan("calibrate", str(mine), *ASKED, "--out", str(out)), out


def test_calibrate_tells_targets_values_and_what_the_targets_cannot_tell(
    told: tuple[Result, Path],
) -> None:
    done, _ = told
    assert done.exit_code == 0, done.stderr
    for words in ("Targets that were fitted", "goods-by-rail", "Targets held back", "pass-wait", "doubt left, %",
                  "next to nothing of lam", "sum of squares"):  # fmt: skip
        assert words in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_calibrate_writes_values_beside_the_case_and_leaves_the_case_alone(
    told: tuple[Result, Path], mine: Path
) -> None:
    _, out = told
    assert {path.name for path in out.iterdir()} == {
        "fit.csv", "values.csv", "sensitivity.csv", "calibration.json", "assumptions.csv"
    }  # fmt: skip
    content = json.loads((out / "calibration.json").read_text("utf-8"))
    with (out / "assumptions.csv").open(encoding="utf-8", newline="") as stream:
        written = {row["name"]: float(row["value"]) for row in csv.DictReader(stream)}
    found = {row["name"]: row["after"] for row in content["values"]}
    assert written["kappa"] == pytest.approx(found["kappa"], rel=1e-6)
    assert written["kappa"] != 4.0
    assert (mine / "assumptions.csv").read_text("utf-8") == (find_case("toy") / "assumptions.csv").read_text("utf-8")


def test_with_write_the_case_holds_the_values(mine: Path) -> None:
    done = caravan("calibrate", str(mine), *ASKED, "--write", "--json")
    assert done.exit_code == 0, done.stderr
    found = {row["name"]: row["after"] for row in json.loads(done.stdout)["values"]}
    values = {row.name: row.value for row in load(str(mine)).assumptions}
    assert {name: values[name] for name in found} == pytest.approx(found, rel=1e-6)


def test_everything_wrong_is_told_at_once_and_nothing_is_run(tmp_path: Path) -> None:
    done = caravan("calibrate", "toy", "--fit", "kapa", "--seeds", "0", "--out", str(find_case("toy")))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "seeds: 0 must be a whole number from 1 to 100000",
        "fit: 'kapa' is not an assumption of this case; did you mean 'kappa'?",
        f"{find_case('toy')}: is a packaged case: say --write to change it",
    ]
