"""The commands that run worlds, as a user meets them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import abm
from abm.errors import CaravanError
from abm.study.runner import run_seeds


def caravan(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "abm", *words], capture_output=True, text=True, timeout=300, cwd=cwd, check=False
    )


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    out = tmp_path_factory.mktemp("results") / "toy"
    words = ("compare", "toy", "--with", "reopen", "--seeds", "2", "--years", "1", "--workers", "2", "--out", str(out))
    return caravan(*words), out


def test_compare_tells_growth_split_times_and_limits(
    compared: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, _ = compared
    assert done.returncode == 0, done.stderr
    for words in ("transport only (phi = 0)", "friction lifted (phi from its prior)", "net creation", "D1 XA, all partners",
                  "Monte Carlo", "Door to door", "What this cannot say", "Trend, the same in both worlds"):  # fmt: skip
        assert words in done.stdout
    assert "…" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert "\x1b" not in done.stderr  # no progress bar where there is no terminal


def test_compare_writes_tables_and_pictures(compared: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, out = compared
    names = {path.name for path in out.iterdir()}
    assert {"growth.csv", "split.csv", "times.csv", "routes.csv", "waits.csv", "comparison.json", "map.png", "growth.png",
            "waits.png"} <= names  # fmt: skip
    assert all(path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" for path in out.glob("*.png"))
    assert not [name for name in names if name.startswith(".")]
    growth = pd.read_csv(out / "growth.csv")
    assert set(growth["arm"]) == {"transport", "prior"}


def test_json_is_complete_and_standard(compared: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, out = compared
    content = json.loads((out / "comparison.json").read_text(), parse_constant=lambda text: pytest.fail(text))
    assert content["provenance"]["policies"] == ["reopen"]
    assert content["provenance"]["seeds"] == [1, 2]
    assert {"growth", "split", "times", "places", "routes", "waits", "series", "flows", "draws"} <= set(content)


def test_the_number_of_workers_changes_nothing(compared: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """Two worker processes there, none here, and the seeds in another order before: the same to the last digit."""
    _, out = compared
    abm.compare("toy", ["placebo"], seeds=1, years=1, first_seed=9, workers=1)
    here = abm.compare("toy", ["reopen"], seeds=2, years=1, workers=1)
    for name in ("growth", "places", "waits"):
        there = pd.read_csv(out / f"{name}.csv")
        pd.testing.assert_frame_equal(
            there, here.tables[name].reset_index(drop=True), check_exact=True, check_dtype=False
        )


def test_a_placebo_gains_nothing_in_any_row() -> None:
    result = abm.compare("toy", ["placebo"], seeds=2, years=1, workers=1)
    assert (result.growth["gain_mean"] == 0.0).all()
    assert (result.split["mean"] == 0.0).all()
    np.testing.assert_array_equal(result.times["mean"], 0.0)
    assert set(result.growth["arm"]) == {"transport"}


def test_run_tells_one_world(tmp_path: Path) -> None:
    done = caravan("run", "toy", "--years", "1", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "Where every tonne is" in done.stdout
    assert (tmp_path / "out" / "map.png").stat().st_size > 10_000


def test_run_writes_json() -> None:
    done = caravan("run", "toy", "--with", "close-road", "--set", "kappa=3", "--years", "1", "--json")
    content = json.loads(done.stdout)
    balance = content["balance"]
    parts = balance["delivered_t"] + balance["in_transit_t"] + balance["queued_t"] + balance["lost_t"]
    assert balance["dispatched_t"] == pytest.approx(parts)
    assert content["provenance"]["values"] == {"kappa": 3.0}


BAD = [
    (("compare", "toy", "--with", "reopn"), "did you mean 'reopen'"),
    (("compare", "toy"), "--with"),
    (("compare", "tooy", "--with", "reopen"), "did you mean 'toy'"),
    (("compare", "toy", "--with", "reopen", "--seeds", "0"), "from 1 to"),
    (("compare", "toy", "--with", "reopen", "--years", "0"), "from 1 to 30"),
    (("compare", "toy", "--with", "reopen", "--set", "kapa=3"), "did you mean 'kappa'"),
    (("compare", "toy", "--with", "reopen", "--set", "kappa"), "must be NAME=VALUE"),
    (("compare", "toy", "--with", "reopen", "--set", "kappa=x", "--set", "=2"), "=2"),
    (("compare", "toy", "--with", "reopen", "--set", "sigma=0.5"), "must be > 1"),
    (("compare", "toy", "--with", "reopen", "--set", "kappa=nan"), "finite"),
    (("run", "toy", "--with", "reopen", "--with", "reopen"), "chosen twice"),
    (("run", "toy", "--seed", "-1"), "from 0 to"),
    (("run", "toy", "--years", "many"), "--years"),
]


@pytest.mark.parametrize(("words", "said"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_input_is_told_at_once_with_exit_code_two(words: tuple[str, ...], said: str) -> None:
    done = caravan(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("earlier")
    begun = time.monotonic()
    done = caravan("compare", "toy", "--with", "reopen", "--seeds", "50", "--out", str(tmp_path / "file"))
    assert done.returncode == 2
    assert "must be a folder that can be written" in done.stderr
    assert time.monotonic() - begun < 60.0
    assert (tmp_path / "file").read_text() == "earlier"


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_an_interrupt_ends_a_comparison_without_a_traceback(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "abm",
        "compare",
        "toy",
        "--with",
        "reopen",
        "--seeds",
        "200",
        "--out",
        str(tmp_path),
    ]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    time.sleep(8.0)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in errors
    assert not list(tmp_path.iterdir())


def _dies(seed: int) -> int:
    if seed == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return seed


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_a_killed_worker_is_a_clear_error() -> None:
    with pytest.raises(CaravanError, match="a worker process died"):
        run_seeds(_dies, [1, 2, 3], workers=2)
