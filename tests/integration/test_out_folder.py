"""``--out``: results are whole or absent, nothing earlier is lost, and what has been found is shown whatever happens."""

import errno
import json
import os
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from abm.cli import caravan
from abm.commands import worlds
from abm.errors import CaravanError
from abm.study.compare import Comparison
from abm.study.files import write_files
from abm.worlds import TRANSPORT, WITHOUT
from tests.made_comparisons import grown, made_comparison, made_world, steady

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> Comparison:
    """``compare`` finds this made-up result at once."""
    found = grown([1.1, 1.2])
    monkeypatch.setattr(worlds, "compare_worlds", lambda *_, **__: found)
    return found


def compare(out: Path | str, *words: str) -> Result:
    return CliRunner().invoke(caravan, ["compare", "toy", "--with", "reopen", *words, "--out", str(out)])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_table_is_written_as_csv_and_in_one_json_and_figures_as_pictures(
    tmp_path: Path, made: Comparison
) -> None:
    result = compare(tmp_path / "new" / "folder")
    assert result.exit_code == 0
    assert f"tables and figures are in {tmp_path / 'new' / 'folder'}" in result.stderr
    files = contents(tmp_path / "new" / "folder")
    csv = {f"{name}.csv" for name in made.tables}
    assert set(files) == csv | {"comparison.json", "map.png", "growth.png", "series.png"}
    for name, table in made.tables.items():
        read = pd.read_csv(tmp_path / "new" / "folder" / f"{name}.csv")
        pd.testing.assert_frame_equal(read, table.reset_index(drop=True), check_dtype=False, check_exact=True)
    for name in ("map.png", "growth.png", "series.png"):
        assert files[name].startswith(PNG)
        assert len(files[name]) > 10_000
    assert set(json.loads(files["comparison.json"])) == {"provenance", *made.tables}


def test_figures_of_an_earlier_result_do_not_stay_beside_a_new_one_and_other_files_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "other.png").write_bytes(PNG)
    one_year = made_comparison([{WITHOUT: made_world(steady(1)), TRANSPORT: made_world(steady(1))}])
    monkeypatch.setattr(worlds, "compare_worlds", lambda *_, **__: one_year)
    assert compare(tmp_path).exit_code == 0
    names = set(contents(tmp_path))
    assert "series.png" not in names
    assert {"growth.png", "notes.txt", "other.png"} <= names


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nowhere/out"])
def test_a_folder_that_cannot_be_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place.startswith("/proc") and not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    monkeypatch.setattr(worlds, "compare_worlds", lambda *_, **__: pytest.fail("it ran"))
    (tmp_path / "file").write_text("earlier")
    result = compare(tmp_path / place)
    assert result.exit_code == 2
    assert "must be a folder that can be written" in result.stderr
    assert (tmp_path / "file").read_text() == "earlier"


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_without_permission_is_told(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o555)
    result = compare(tmp_path / "locked")
    assert result.exit_code == 2
    assert "permission denied" in result.stderr


def test_a_command_that_cannot_run_makes_no_folder(tmp_path: Path) -> None:
    assert compare(tmp_path / "new", "--seeds", "0").exit_code == 2
    assert not (tmp_path / "new").exists()


def test_bad_input_and_a_bad_folder_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = compare(tmp_path / "file", "--seeds", "0")
    assert "seeds" in result.stderr
    assert "must be a folder" in result.stderr


@pytest.mark.parametrize("nth", [1, 5, 12])
def test_a_disk_that_fills_up_loses_nothing_earlier_says_so_and_still_shows_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    compare(tmp_path)
    earlier = contents(tmp_path)
    monkeypatch.setattr(worlds, "compare_worlds", lambda *_, **__: grown([1.7, 1.9]))
    calls: list[int] = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == nth:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = compare(tmp_path)
    assert result.exit_code == 1
    assert (
        f"{tmp_path}: results could not be written (no space left on device); nothing earlier was lost" in result.stderr
    )
    assert "D1 XA, all partners" in result.stdout
    assert "Traceback" not in result.stderr
    assert contents(tmp_path) == earlier


def test_a_file_that_the_system_really_refuses_loses_nothing(tmp_path: Path) -> None:
    """No patch: the system itself stops a file at its limit."""
    resource = pytest.importorskip("resource")
    write_files(tmp_path, {"a.csv": "earlier\n", "b.csv": "earlier\n"})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(CaravanError, match="nothing earlier was lost"):
            write_files(tmp_path, {"a.csv": "later\n", "b.csv": "x" * 100_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert contents(tmp_path) == {"a.csv": b"earlier\n", "b.csv": b"earlier\n"}


def test_an_interrupt_while_writing_leaves_the_earlier_result_and_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(tmp_path)
    earlier = contents(tmp_path)

    def stop(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    result = compare(tmp_path)
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert contents(tmp_path) == earlier


def test_a_reader_that_has_gone_takes_no_files_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files stand before anything is shown: ``caravan compare ... --out x | head`` writes them all."""

    def gone(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(worlds, "show_comparison", gone)
    assert compare(tmp_path).exit_code == 1
    assert {"growth.csv", "comparison.json", "growth.png"} <= set(contents(tmp_path))
