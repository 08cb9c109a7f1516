"""The commands cases, explain, check and new, as a user types them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from abm.cli import COMMANDS, caravan
from abm.corridor.catalogue import packaged_cases
from abm.corridor.explain import sections
from abm.corridor.load import load


def run(*arguments: str) -> Result:
    return CliRunner().invoke(caravan, list(arguments))


def test_help_lists_every_command_and_ends_well() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name, (_, line) in COMMANDS.items():
        assert name in result.output
        assert line in result.output


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_a_help_page_with_its_options(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert f"caravan {name}" in result.output
    assert "--help" in result.output
    assert max(len(line) for line in result.output.splitlines()) <= 100


def test_help_does_not_import_the_model() -> None:
    lines = [
        "import sys, abm.cli",
        "try: abm.cli.caravan.main(['--help'])",
        "except SystemExit: print('numba' in sys.modules, 'pydantic' in sys.modules)",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines()[-1] == "False False"


def test_check_of_a_sound_case_tells_its_size_and_ends_well() -> None:
    result = run("check", "toy")
    assert result.exit_code == 0
    words = " ".join(result.output.split())
    assert "12 links (10 open, 2 closed), 20 border posts, 13 flows of 51 shippers, 1.32 Mt a year" in words
    assert "About 85 consignments a day" in words


def test_check_as_json_is_json() -> None:
    report = json.loads(run("check", "toy", "--json").output)
    assert report["problems"] == []
    assert report["size"]["n_flows"] == 13


def test_check_as_json_tells_problems_with_code_two(tmp_path: Path) -> None:
    result = run("check", str(tmp_path), "--json")
    assert result.exit_code == 2
    assert {"place": "nodes.csv", "rule": "is missing", "field": "", "value": "", "suggestion": ""} in json.loads(
        result.output
    )["problems"]


def test_cases_lists_every_packaged_case_with_its_question() -> None:
    result = run("cases")
    assert result.exit_code == 0
    for name in packaged_cases():
        assert name in result.output
    assert "Arland's border with Belmark is closed" in result.output


def test_explain_prints_an_overview_and_how_to_read_on() -> None:
    result = run("explain", "toy")
    assert result.exit_code == 0
    assert "what this case cannot say: 4 points" in result.output
    assert "Everything here is invented for teaching" in result.output
    assert "caravan explain toy all" in result.output
    assert len(result.output.splitlines()) <= 70


def test_explain_prints_sections_by_name_and_all_of_them() -> None:
    names = list(sections("toy"))
    parts = [run("explain", "toy", name).output for name in names]
    assert parts[-1].startswith("What this case cannot say\n")
    assert run("explain", "toy", "all").output == "".join(parts)
    assert run("explain", "toy", *names[:2]).output == parts[0] + parts[1]


def test_explain_tells_the_nearest_section() -> None:
    result = run("explain", "toy", "polices")
    assert result.exit_code == 2
    assert "did you mean 'policies'" in result.stderr
    assert result.stdout == ""


def test_a_new_case_loads_and_is_named_after_its_folder(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "My corridor"
    result = run("new", str(target))
    assert result.exit_code == 0
    assert f"caravan check '{target}'" in result.output
    assert load(target).info.name == "My-corridor"
    assert load(target).flows == load("toy").flows
    assert "A case of your own" in (target / "README.md").read_text(encoding="utf-8")


def test_a_new_case_may_go_into_an_empty_folder(tmp_path: Path) -> None:
    assert run("new", str(tmp_path)).exit_code == 0
    assert load(tmp_path).nodes


def test_a_new_case_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all of it")
    result = run("new", str(tmp_path))
    assert result.exit_code == 2
    assert "is not empty" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("name", "says"), [("toy", "packaged case"), ("", "name of a folder"), (__file__, "is a file")]
)
def test_a_folder_that_cannot_be_used_is_told(name: str, says: str) -> None:
    result = run("new", name)
    assert result.exit_code == 2
    assert says in result.output


def test_a_folder_that_cannot_be_written_is_a_failure_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("new", str(tmp_path / "file" / "below"))
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
    assert str(tmp_path / "file" / "below") in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["chek", "toy"], "'chek' is not a command; did you mean 'check'?"),
        (["frobnicate"], "'frobnicate' is not a command. Commands: "),
        (["check"], "Missing argument 'CASE'"),
        (["check", "toy", "--jsn"], "--json"),
        (["check", "toy", "more"], "unexpected extra argument"),
    ],
)
def test_a_mistyped_command_line_is_told_with_code_two(arguments: list[str], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in result.output


def test_the_package_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "abm", "check", "toy"], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_stops_early_gets_no_traceback() -> None:
    """As `caravan explain toy | head -1` does: the pipe is closed after the first line."""
    with subprocess.Popen(
        [sys.executable, "-m", "abm", "explain", "toy"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        told = program.stderr.read()
    assert "Traceback" not in told
    assert program.returncode == 1
