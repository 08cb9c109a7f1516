"""The command that tells who depends on whom, as a user meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest


def caravan(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "abm", *words], capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    out = tmp_path_factory.mktemp("results") / "toy"
    return caravan("depend", "toy", "--confirm", "3", "--workers", "2", "--out", str(out)), out


def test_depend_tells_access_holders_links_and_worlds(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, _ = told
    assert done.returncode == 0, done.stderr
    for words in ("Nearest port on open water", "Corport (XC)", "In whose hands the trade of XA is", "held by",
                  "Ardel - Corin (road-ard-crn)", "in full worlds, second year (1 seed)", "Rank correlation",
                  "How to read this"):  # fmt: skip
        assert words in done.stdout
    assert "…" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert "\x1b" not in done.stderr


def test_depend_writes_tables_and_pictures(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, out = told
    names = {path.name for path in out.iterdir()}
    assert names == {"access.csv", "holders.csv", "links.csv", "chains.csv", "confirmed.csv", "dependency.json",
                     "chokepoints.png", "holders.png"}  # fmt: skip
    assert all(path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" for path in out.glob("*.png"))
    links = pd.read_csv(out / "links.csv")
    assert set(links["country"]) == {"XA", "XB", "XC", "all"}
    chains = pd.read_csv(out / "chains.csv")
    assert chains["loss_usd"].is_monotonic_decreasing
    assert pd.read_csv(out / "confirmed.csv")["link"].tolist() == chains["link"].head(3).tolist()


def test_an_earlier_result_leaves_nothing_behind_that_the_new_one_lacks(
    told: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path
) -> None:
    """Without full worlds there is no table of them; and the country asked for ranks the links."""
    _, before = told
    for path in before.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    done = caravan("depend", "toy", "--confirm", "0", "--country", "XB", "--json", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout, parse_constant=lambda text: pytest.fail(text))
    assert content["country"] == "XB"
    assert content["confirmed"] == []
    assert {"access", "holders", "links", "chains", "provenance", "rank_correlation"} <= set(content)
    assert not (tmp_path / "confirmed.csv").exists()
    assert json.loads((tmp_path / "dependency.json").read_text()) == content


def test_bad_input_is_told_at_once_and_makes_no_folder(tmp_path: Path) -> None:
    out = tmp_path / "none"
    words = ("--country", "XX", "--confirm", "-2", "--seeds", "0", "--set", "kapa=3", "--set", "x", "--out", str(out))
    done = caravan("depend", "toy", *words)
    assert done.returncode == 2
    for problem in ("XA, XC, XB", "confirm: -2", "seeds: 0", "did you mean 'kappa'", "--set: x"):
        assert problem in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()
    assert caravan("depend", "tpy").returncode == 2
