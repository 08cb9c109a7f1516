"""The commands that run worlds, as a user meets them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import abm


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
