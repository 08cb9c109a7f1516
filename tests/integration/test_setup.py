"""Two commands on a bare machine: dev.py finds a Python that really starts, or says why not, and installs what is locked."""

import ast
import importlib.util
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fake_python(path: Path, body: str) -> Path:
    """An executable that stands in for a Python."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_set_up_script_runs_under_python_3_8_and_needs_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert imported <= sys.stdlib_module_names
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


@pytest.mark.skipif(os.name == "nt", reason="stands in for Pythons with shell scripts")
def test_a_python_that_refuses_to_start_is_not_taken(dev: ModuleType, tmp_path: Path) -> None:
    assert dev.version_of([str(fake_python(tmp_path / "shim", "exit 127"))]) is None
    assert dev.version_of([str(fake_python(tmp_path / "odd", "echo hello"))]) is None
    assert dev.version_of([str(tmp_path / "missing")]) is None
    assert dev.version_of([str(fake_python(tmp_path / "good", "echo 3 13"))]) == (3, 13)
    assert dev.version_of([sys.executable]) == sys.version_info[:2]


@pytest.mark.skipif(os.name == "nt", reason="stands in for Pythons with shell scripts")
def test_pythons_of_version_managers_are_found(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARAVAN_PYTHON", raising=False)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    pyenv = fake_python(tmp_path / "pyenv" / "versions" / "3.12.7" / "bin" / "python3", "echo 3 12")
    uv = fake_python(tmp_path / "uv" / "cpython-3.13.1-linux-x86_64-gnu" / "bin" / "python3", "echo 3 13")
    old = fake_python(tmp_path / "pyenv" / "versions" / "3.9.1" / "bin" / "python3", "echo 3 9")
    found = [command[0] for _, command in dev.candidates()]
    assert str(pyenv) in found
    assert str(uv) in found
    assert str(old) not in found
    assert found[0] == sys.executable


def test_a_python_that_is_named_is_the_only_one_tried(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARAVAN_PYTHON", "/some/where/python")
    assert [command for _, command in dev.candidates()] == [["/some/where/python"]]


def test_without_a_python_it_says_what_was_tried_and_what_to_do(tmp_path: Path) -> None:
    for name in ("dev.py", "pyproject.toml", "requirements.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    environment = {**os.environ, "CARAVAN_PYTHON": str(tmp_path / "no-python-here")}
    done = subprocess.run(
        [sys.executable, str(tmp_path / "dev.py"), "run", "cases"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no-python-here: does not start (CARAVAN_PYTHON)" in done.stderr
    assert "Ways out" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_folder_in_the_way_of_the_environment_is_left_alone(tmp_path: Path) -> None:
    for name in ("dev.py", "pyproject.toml", "requirements.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "precious").write_text("mine")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "dev.py"), "run"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is in the way" in done.stderr
    assert (tmp_path / ".venv" / "precious").read_text() == "mine"


def test_an_unknown_task_shows_the_help(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(ROOT / "dev.py"), "dance"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "python3 dev.py demo" in done.stderr


def test_the_environment_is_made_anew_when_the_requirements_change(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("dev.py", "pyproject.toml", "requirements.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(dev, "ROOT", str(tmp_path))
    monkeypatch.setattr(dev, "STAMP", str(tmp_path / "stamp"))
    monkeypatch.setattr(dev, "VENV_PYTHON", sys.executable)
    assert not dev.is_ready()
    (tmp_path / "stamp").write_text(dev.fingerprint())
    assert dev.is_ready()
    (tmp_path / "requirements.lock").write_text("")
    assert not dev.is_ready()


def names_of(requirements: list[str]) -> set[str]:
    """What is required, without versions and extras."""
    return {re.split(r"[^A-Za-z0-9_-]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize(
    ("file", "extras"),
    [("requirements.lock", ["cluster", "explore", "dev"]), ("requirements-browser.lock", ["browser"])],
)
def test_a_lock_holds_every_requirement_with_hashes_and_no_address(file: str, extras: list[str]) -> None:
    lock = (ROOT / file).read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    assert optional["dev"][0] == f"{project['name']}[cluster,explore]"
    base = project["dependencies"] if "dev" in extras else []
    wanted = names_of(base + [one for extra in extras for one in optional[extra]]) - {project["name"]}
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert wanted <= locked
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert len(entries) >= len(locked)
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in lock


def test_what_steers_a_browser_is_installed_for_the_tests_alone_and_once(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    answers = [False, False, False, True]  # uv and pip fail, then uv fails and pip does it

    def attempt(command: list[str]) -> bool:
        asked.append(command)
        return answers.pop(0)

    monkeypatch.setattr(dev, "BROWSER_STAMP", str(tmp_path / "stamp"))
    monkeypatch.setattr(dev, "attempt", attempt)
    dev.set_up_browser_tests()
    assert not (tmp_path / "stamp").exists()
    dev.set_up_browser_tests()
    dev.set_up_browser_tests()
    assert len(asked) == 4
    assert all(command[-2:] == ["-r", str(ROOT / "requirements-browser.lock")] for command in asked)
    assert "playwright" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
