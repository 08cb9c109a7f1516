"""The command that plays history again, as a user meets it."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from abm import cli
from abm.corridor.catalogue import packaged_cases, packaged_histories

EVENT = {
    "target_id": "rail-while-shut", "title": "Goods by rail while the road is shut", "metric": "share", "of": "rail-ard-crn",
    "among": "", "mode": "", "goods": "XA/XC/goods", "policies": "close-road", "is_calm": "1", "traffic": "1", "from_day": "0",
    "to_day": "20", "value": "0.9", "low": "0.7", "high": "0.99", "unit": "share", "use": "held", "source": "invented",
    "grade": "C", "note": "",
}  # fmt: skip
LINE = {
    **EVENT, "target_id": "line", "title": "Line before the post", "metric": "queue", "of": "p-road-ard-crn-xc-out", "goods": "",
    "value": "100", "low": "10", "high": "1000", "unit": "vehicles",
}  # fmt: skip


def caravan(*words: str) -> Result:
    """The command without a terminal, in this process: what it imports is here already."""
    return CliRunner().invoke(cli.caravan, words, prog_name="caravan")


def history(folder: Path, name: str, use: str) -> Path:
    """The toy case with a short past, whose event is the policy that shuts its mountain road for twenty days."""
    shutil.copytree(packaged_cases()["toy"], folder)
    info = folder / "case.toml"
    text = info.read_text("utf-8").replace("warmup_days = 365", "warmup_days = 60")
    info.write_text(text.replace('name = "toy"', f'name = "{name}"'), "utf-8")
    with (folder / "targets.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(EVENT))
        writer.writeheader()
        writer.writerows({**row, "use": use} for row in (EVENT, LINE))
    with (folder / "policies.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    event = {**dict.fromkeys(rows[0], ""), "policy_id": "close-road", "title": "Road shut", "action": "close_link",
             "target": "road-ard-crn", "start": "0", "end": "20", "source": "invented", "grade": "C"}  # fmt: skip
    with (folder / "policies.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(event))
        writer.writeheader()
        writer.writerows([*(row for row in rows if row["policy_id"] != "close-road"), event])
    return folder


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One history that may be fitted to and one that is held back."""
    folder = tmp_path_factory.mktemp("histories")
    return history(folder / "first", "first", "fit"), history(folder / "second", "second", "held")


@pytest.fixture(scope="module")
def told(two: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("results") / "scores"
    return caravan("hindcast", *map(str, two), "--seeds", "1", "--workers", "1", "--out", str(out)), out


def test_hindcast_tells_a_line_for_each_history_and_the_score_of_each_half(told: tuple[Result, Path]) -> None:
    done, _ = told
    assert done.exit_code == 0, done.stderr
    for words in ("Histories that may be fitted to", "Histories held back", "first", "second", "better than both"):
        assert words in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_hindcast_writes_its_tables_and_a_picture(told: tuple[Result, Path]) -> None:
    _, out = told
    assert {path.name for path in out.iterdir()} == {
        "targets.csv", "histories.csv", "halves.csv", "hindcast.json", "hindcast.png", "hindcast.svg"
    }  # fmt: skip
    with (out / "targets.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["history"], row["target_id"]) for row in rows] == [
        (name, target) for name in ("first", "second") for target in ("rail-while-shut", "line")
    ]
    content = json.loads((out / "hindcast.json").read_text("utf-8"))
    assert [row["model"] for row in content["targets"]] == pytest.approx([float(row["model"]) for row in rows])
    assert [one["seeds"] for one in content["provenance"]["histories"]] == [[1], [1]]
    assert (out / "hindcast.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (out / "hindcast.svg").read_text("utf-8")


def test_of_a_single_history_every_target_is_told(two: tuple[Path, Path]) -> None:
    done = caravan("hindcast", str(two[1]), "--seeds", "2", "--workers", "1", "--set", "kappa=5")
    assert done.exit_code == 0, done.stderr
    for words in ("rail-while-shut", "0.700 to 0.990", "2 pairs of worlds each, seeds 1 to 2", "Histories held back"):
        assert words in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_calibrate_fits_the_one_half_and_scores_both(two: tuple[Path, Path], tmp_path: Path) -> None:
    words = ("--calibrate", "--fit", "kappa", "--evaluations", "3", "--seeds", "1", "--workers", "1")
    done = caravan("hindcast", *map(str, two), *words, "--out", str(tmp_path))
    assert done.exit_code == 0, done.stderr
    for said in ("kappa", "Before the calibration", "After the calibration", "doubt left, %"):
        assert said in done.stdout
    names = {path.name for path in tmp_path.iterdir()}
    assert {
        "targets.csv",
        "targets_before.csv",
        "calibration_values.csv",
        "calibration_fit.csv",
        "hindcast_before.png",
    } <= names
    content = json.loads((tmp_path / "hindcast.json").read_text("utf-8"))
    assert {row["target_id"] for row in content["calibration"]["fit"]} == {"rail-while-shut", "line"}
    again = caravan("hindcast", str(two[1]), "--seeds", "1", "--workers", "1", "--out", str(tmp_path))
    assert again.exit_code == 0, again.stderr
    assert not {path.name for path in tmp_path.iterdir()} & {
        "targets_before.csv",
        "hindcast_before.svg",
        "calibration_fit.csv",
    }


def test_json_is_json(two: tuple[Path, Path]) -> None:
    done = caravan("hindcast", str(two[0]), "--seeds", "1", "--workers", "1", "--json")
    assert [row["history"] for row in json.loads(done.stdout)["histories"]] == ["first"]


def test_everything_wrong_is_told_at_once_and_nothing_is_run(two: tuple[Path, Path], tmp_path: Path) -> None:
    words = ("--seeds", "0", "--set", "kapa=1", "--set", "lam", "--fit", "sigma", "--evaluations", "60")
    done = caravan("hindcast", str(two[0]), *words, "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "--set: lam must be NAME=VALUE with a number",
        "--fit: needs --calibrate",
        "--evaluations: needs --calibrate",
        "seeds: 0 must be a whole number from 1 to 100000",
        "value: 'kapa' is not an assumption of these histories; did you mean 'kappa'?",
    ]
    assert not (tmp_path / "out").exists()


def test_everything_wrong_with_a_calibration_is_told_at_once(two: tuple[Path, Path]) -> None:
    done = caravan("hindcast", str(two[1]), "--seeds", "0", "--calibrate", "--fit", "kapa")
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "seeds: 0 must be a whole number from 1 to 100000",
        "history: must be one of the half that is fitted to: a target's use is fit",
        "fit: 'kapa' is not an assumption of this case; did you mean 'kappa'?",
    ]


def test_a_case_without_an_event_is_told_where_histories_are_explained(tmp_path: Path) -> None:
    folder = history(tmp_path / "bare", "bare", "held")
    (folder / "targets.csv").unlink()
    done = caravan("hindcast", str(folder))
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("bare: targets.csv: holds no row")
    assert line.endswith("section 17 of a case's README tells how (caravan new writes one)")


def test_a_history_that_does_not_load_tells_whose_problem_it_is(two: tuple[Path, Path], tmp_path: Path) -> None:
    broken = Path(shutil.copytree(two[0], tmp_path / "broken"))
    (broken / "flows.csv").unlink()
    done = caravan("hindcast", str(broken), str(two[1]))
    assert done.exit_code == 2
    assert "broken: flows.csv: is missing" in done.stderr
    assert caravan("hindcast", "rastat-1717").exit_code == 2


def test_cases_lists_histories_apart() -> None:
    lines = caravan("cases").stdout.splitlines()
    names = [line.split()[0] for line in lines if line and not line.startswith(" ")]
    cases, histories = list(packaged_cases()), list(packaged_histories())
    assert names == ["case", *cases, *(["history", *histories] if histories else [])]
