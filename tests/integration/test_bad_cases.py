"""Every broken case is told with place, value and rule, with exit code 2 and never a traceback."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from abm.cli import caravan
from abm.corridor import parse
from abm.corridor.catalogue import packaged_cases
from abm.corridor.load import load
from abm.errors import InputError
from tests.integration import broken
from tests.integration.broken import Broken


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the toy case that a test may spoil."""
    return Path(shutil.copytree(packaged_cases()["toy"], tmp_path / "mine"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(caravan, list(arguments))


def lines_that_say(output: str, place: str, says: tuple[str, ...]) -> list[str]:
    return [line for line in output.splitlines() if line.startswith(place) and all(text in line for text in says)]


def test_there_are_at_least_sixty_different_broken_cases() -> None:
    assert len({one.name for one in broken.ALL}) == len(broken.ALL) >= 60


def test_the_case_that_is_broken_here_is_sound_before(folder: Path) -> None:
    result = run("check", str(folder))
    assert result.exit_code == 0
    assert "warning" not in result.output


@pytest.mark.parametrize("one", broken.ALL, ids=[one.name for one in broken.ALL])
def test_a_broken_case_is_told_with_place_and_rule(one: Broken, folder: Path) -> None:
    one.spoil(folder)
    result = run("check", str(folder))
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert lines_that_say(result.output, one.place, one.says), result.output


@pytest.mark.parametrize("one", broken.ALL[::7], ids=[one.name for one in broken.ALL[::7]])
def test_a_broken_case_does_not_load(one: Broken, folder: Path) -> None:
    one.spoil(folder)
    with pytest.raises(InputError) as caught:
        load(folder)
    assert lines_that_say(str(caught.value), one.place, one.says)


def test_problems_of_all_tables_are_told_at_once(folder: Path) -> None:
    """One spoilt cell in each of nine tables gives nine lines."""
    chosen = [
        next(one for one in group if one.name == name)
        for group, name in (
            (broken.CELLS, "negative length"),
            (broken.CELLS, "latitude out of range"),
            (broken.REFERENCES, "unknown commodity"),
            (broken.REFERENCES, "unknown commodity of a tariff"),
            (broken.REFERENCES, "unknown commodity of a market"),
            (broken.REFERENCES, "unknown post in the background"),
            (broken.NUMBERS, "unknown unit"),
            (broken.POLICIES, "bad date"),
            (broken.INFO, "pair with itself"),
        )
    ]
    for one in chosen:
        one.spoil(folder)
    result = run("check", str(folder))
    assert result.exit_code == 2
    for one in chosen:
        assert lines_that_say(result.output, one.place, one.says), (one.name, result.output)
    assert "9 problems in mine" in result.output


def test_a_table_with_too_many_rows_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "MAX_ROWS", 15)
    output = run("check", str(folder)).output
    assert lines_that_say(output, "borders.csv:", ("must not have more than 15 rows",))
    assert not lines_that_say(output, "flows.csv:", ("must not have more than",))


def test_one_row_with_three_faults_gives_three_lines(folder: Path) -> None:
    for column, value in (("length_km", "0"), ("free_speed_kmh", "fast"), ("status", "opened")):
        broken.cell("links.csv", 2, column, value)(folder)
    output = run("check", str(folder)).output
    assert len(lines_that_say(output, "links.csv:2", ())) == 3


def test_a_bad_row_is_not_also_reported_as_an_unknown_name(folder: Path) -> None:
    """Links to a node whose own row is wrong are not the user's second fault."""
    broken.cell("nodes.csv", 2, "y_coord", "140")(folder)
    output = run("check", str(folder)).output
    assert "1 problem in mine" in output
    assert "is not a node" not in output


def test_a_byte_order_mark_crlf_and_blank_lines_are_accepted(folder: Path) -> None:
    path = folder / "links.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
    assert run("check", str(folder)).exit_code == 0
    assert load(folder).digest == load("toy").digest


def test_rows_are_counted_by_lines_of_the_file_when_a_text_runs_over_lines(folder: Path) -> None:
    rows = broken.rows_of(folder / "links.csv")
    rows[1][-1] = "a note\nof two lines"
    rows[2][rows[0].index("length_km")] = "-1"
    broken.write_rows(folder / "links.csv", rows)
    assert lines_that_say(run("check", str(folder)).output, "links.csv:4 column length_km: -1", ("must be > 0",))


def test_thousands_of_bad_rows_are_told_quickly(folder: Path) -> None:
    first = (folder / "flows.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"g{i},NOWHERE{i},ARD,grain,trade,{i + 1},,,1,invented,C," for i in range(5000)]
    (folder / "flows.csv").write_text("\n".join([*first, *rows]) + "\n", encoding="utf-8")
    result = run("check", str(folder))
    assert result.exit_code == 2
    assert "5,000 problems in mine" in result.output


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("toyy", "did you mean 'toy'"),
        ("no/such/folder", "is neither a folder nor one of"),
        ("", "must be the name of a packaged case or a folder"),
        (__file__, "is a file; a case is a folder"),
    ],
)
@pytest.mark.parametrize("command", ["check", "explain"])
def test_a_case_that_is_not_there_is_told(command: str, argument: str, says: str) -> None:
    result = run(command, argument)
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output


def test_an_empty_folder_is_told_by_what_it_lacks(tmp_path: Path) -> None:
    result = run("check", str(tmp_path))
    assert result.exit_code == 2
    assert {"case.toml: is missing", "nodes.csv: is missing", "flows.csv: is missing"} <= set(
        result.output.splitlines()
    )


@pytest.mark.parametrize("name", ["NaN", "Latin-1", "TOML syntax", "gauge gap without terminal"])
def test_the_program_itself_ends_with_code_two_and_no_traceback(name: str, folder: Path) -> None:
    one = next(one for one in broken.ALL if one.name == name)
    one.spoil(folder)
    done = subprocess.run(
        [sys.executable, "-m", "abm", "explain", str(folder)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 2
    assert lines_that_say(done.stderr, one.place, one.says)
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""
