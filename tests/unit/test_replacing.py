"""Files that are whole or as they were, whatever happens while they are written."""

from pathlib import Path

import pytest

from abm.corridor.replacing import replacing


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_files_take_their_places_together_when_the_block_ends(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("earlier", encoding="utf-8")
    with replacing(tmp_path / "a", tmp_path / "b") as (first, second):
        first.write_text("one", encoding="utf-8")
        second.write_text("two", encoding="utf-8")
        assert (tmp_path / "a").read_text(encoding="utf-8") == "earlier"
        assert not (tmp_path / "b").exists()
    assert contents(tmp_path) == {"a": "one", "b": "two"}


def write(*targets: Path, error: BaseException | None = None) -> None:
    with replacing(*targets) as halves:
        for half in halves:
            half.write_text("new", encoding="utf-8")
        if error is not None:
            raise error


@pytest.mark.parametrize("error", [OSError(28, "full"), KeyboardInterrupt(), ValueError()])
def test_what_stood_there_is_kept_and_nothing_half_is_left(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "a").write_text("earlier", encoding="utf-8")
    with pytest.raises(type(error)):
        write(tmp_path / "a", tmp_path / "b", error=error)
    assert contents(tmp_path) == {"a": "earlier"}


def test_a_file_that_cannot_take_its_place_leaves_nothing_half(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="directory"):
        write(tmp_path / "a", tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_two_who_write_the_same_file_do_not_meet(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as (mine,):
        mine.write_text("mine", encoding="utf-8")
        with replacing(tmp_path / "a") as (other,):
            other.write_text("other", encoding="utf-8")
        assert contents(tmp_path)["a"] == "other"
    assert contents(tmp_path) == {"a": "mine"}
