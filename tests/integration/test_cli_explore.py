"""``explore``: what is refused before a server starts, what is served, and what is said."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from abm.cli import caravan
from abm.commands import explore
from abm.corridor.catalogue import packaged_cases
from abm.corridor.load import load
from abm.corridor.question import Chosen, Question
from abm.corridor.question_file import question_text
from abm.viz.serving import Served
from tests.browser.helpers import ROOT, explorer


def invoke(*words: str) -> Result:
    return CliRunner().invoke(caravan, ["explore", *words])


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Served, str, dict[str, Any]]]:
    """What would have been served, with the host and the options, instead of serving it."""
    noted: list[tuple[Served, str, dict[str, Any]]] = []

    def note(what: Served, host: str, place: socket.socket, **options: Any) -> None:
        with place:
            options["port"] = place.getsockname()[1]
        noted.append((what, host, options))

    monkeypatch.setattr(explore, "serve", note)
    return noted


@pytest.fixture
def own_case(tmp_path: Path) -> Path:
    """A folder of the user's own."""
    return Path(shutil.copytree(packaged_cases()["toy"], tmp_path / "mine"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("toyy",), ["did you mean 'toy'"]),
        (("no/such/folder",), ["neither a folder nor one of"]),
        (("no/such/file.toml",), ["neither a folder nor one of"]),
        (("toy", "--with", "reopn"), ["did you mean 'reopen'"]),
        (("toy", "--with", "reopen", "--with", "reopen"), ["reopen"]),
        (("toy", "--years", "31"), ["from 1 to 30"]),
        (("toy", "--set", "kappa"), ["NAME=VALUE"]),
        (("toy", "--set", "kapa=1"), ["kapa"]),
        (("toy", "--seed", "-1"), ["seed"]),
        (("--with", "reopen"), ["case: must be named where --with"]),
        (("--seed", "3"), ["case: must be named where --with"]),
        (("toy", "--sessions", "0"), ["--sessions: 0 must be between 1 and 1000"]),
        (("toy", "--results", "."), ["--results: . holds no results of a sweep: there is no sweep.json in it"]),
        (("toy", "--port", "70000"), ["--port: 70000 must be between 0 and 65535"]),
        (("toy", "--host", "no such host"), ["--host: 'no such host' is no address of this machine"]),
        (("toyy", "--sessions", "0", "--set", "x"), ["toyy", "--sessions", "NAME=VALUE"]),
    ],
)
def test_bad_input_is_told_before_anything_is_served(
    words: tuple[str, ...], told: list[str], started: list[Any]
) -> None:
    result = invoke(*words)
    assert result.exit_code == 2, result.output
    assert all(text in result.stderr for text in told), result.stderr
    assert "Traceback" not in result.stderr
    assert started == []


def test_a_port_in_use_is_told(started: list[Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = invoke("toy", "--port", str(other.getsockname()[1]))
    assert result.exit_code == 1
    assert "in use on 127.0.0.1; choose another: --port N" in result.stderr
    assert started == []


def test_without_a_case_the_page_offers_the_packaged_ones(started: list[tuple[Served, str, dict[str, Any]]]) -> None:
    assert invoke().exit_code == 0
    ((served, host, options),) = started
    assert (served, host, options["opens"]) == (Served(), "127.0.0.1", True)
    assert options["port"] >= 8765


def test_what_is_asked_is_served(started: list[tuple[Served, str, dict[str, Any]]]) -> None:
    words = "--with reopen --set kappa=0.5 --seed 7 --years 2 --sessions 3 --no-open --port 0"
    assert invoke("toy", *words.split()).exit_code == 0
    ((served, _, options),) = started
    assert not options["opens"]
    assert (served.case, served.sessions, served.results) == ("toy", 3, None)
    question = served.question
    assert question is not None
    assert (question.policies, question.values, question.seed, question.years) == (
        (Chosen("reopen"),),
        {"kappa": 0.5},
        7,
        2,
    )


def test_a_saved_scenario_is_served_and_options_go_before_it(
    tmp_path: Path, started: list[tuple[Served, str, dict[str, Any]]], own_case: Path
) -> None:
    first = Question(load("toy"), policies=(Chosen("reopen", 30),), values={"kappa": 0.5}, years=3, seed=5)
    file = tmp_path / "kept.toml"
    file.write_text(question_text(first), encoding="utf-8")
    assert invoke(str(file), "--seed", "9").exit_code == 0
    question = started[0][0].question
    assert question is not None
    assert (question.policies, question.values, question.years, question.seed) == (first.policies, first.values, 3, 9)
    assert started[0][0].case == "toy"


def test_a_folder_of_one_s_own_is_served_by_its_whole_path(
    own_case: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own_case.parent)
    assert invoke("mine").exit_code == 0
    served = started[0][0]
    assert served.case == str(own_case)
    assert served.question is not None


def test_a_folder_with_problems_is_served_for_the_page_to_tell_them(own_case: Path, started: list[Any]) -> None:
    (own_case / "links.csv").write_text("nonsense\n1\n", encoding="utf-8")
    result = invoke(str(own_case), "--with", "reopen")
    assert result.exit_code == 0, result.stderr
    assert started[0][0] == Served(str(own_case))


def test_others_are_let_in_only_with_a_warning(started: list[Any]) -> None:
    assert "WARNING" not in invoke("toy").stderr
    result = invoke("toy", "--host", "0.0.0.0", "--sessions", "2")
    assert "WARNING: 0.0.0.0 is more than this machine" in result.stderr
    assert "plain http" in result.stderr
    assert "the case toy" in result.stderr
    assert "at most 2 pages at a time" in result.stderr
    assert "cannot run code of his own, and cannot read or write any other file" in result.stderr
    assert len(started) == 2


def test_where_the_page_needs_a_network_it_is_said(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "is_complete", lambda: False)
    assert "install caravan-abm[explore]" in invoke("toy").stderr
    monkeypatch.setattr(explore, "is_complete", lambda: True)
    assert invoke("toy").stderr == ""


@pytest.mark.xdist_group("browser")
@pytest.mark.skipif(os.name == "nt", reason="sends Ctrl-C to a process of its own")
def test_ctrl_c_stops_it_quietly_even_while_it_starts(tmp_path: Path) -> None:
    with explorer(("toy",), tmp_path) as running:
        assert running.address.startswith("http://127.0.0.1:")
    assert running.process.returncode == 0
    assert running.said() == ""


@pytest.mark.xdist_group("browser")
def test_a_port_is_not_shared(tmp_path: Path) -> None:
    with explorer(("toy",), tmp_path) as running:
        port = running.address.rstrip("/").rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-m", "abm", "explore", "toy", "--no-open", "--port", port],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"port {port} is in use" in done.stderr


def test_the_help_of_the_command_tells_of_every_option() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    for option in ("--with", "--set", "--seed", "--years", "--results", "--host", "--port", "--sessions", "--no-open"):
        assert option in result.output
