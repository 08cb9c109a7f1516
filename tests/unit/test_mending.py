"""Damaged files of a sweep are found, named, set aside and made good; a full disk loses nothing."""

import errno
import os
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from abm.errors import CaravanError
from abm.study import parts
from abm.study.journal import JOURNAL
from abm.study.mending import next_number
from abm.study.results import open_results
from abm.study.store import Store
from tests.made_runs import failure, holds, made, manifest, run_id

#: Two parts, and runs that wait in the journal.
N_RUNS, N_PLACED = 230, 200


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that was killed: two parts stand, thirty runs wait and one has failed."""
    folder = tmp_path_factory.mktemp("sweep")
    store = Store.create(folder, manifest())
    for start in range(0, N_RUNS, 50):
        store.add([made(number) for number in range(start, min(start + 50, N_RUNS))])
    store.add([failure(N_RUNS)])
    shutil.copytree(folder, copy := folder / "copy")  # with its write-ahead log, as a kill leaves it
    store.close()
    return copy


@pytest.fixture
def torn(left: Path, tmp_path: Path) -> Path:
    shutil.copytree(left, tmp_path / "sweep")
    return tmp_path / "sweep"


def mended(folder: Path) -> tuple[set[str], list[str]]:
    """Keys that are done after opening, and what was told."""
    told: list[str] = []
    store = Store.create(folder, manifest(), told.append)
    keys = store.done_keys()
    assert set(store.named("trade_usd:XA:2")) == keys
    store.close()
    return keys, told


def redone(folder: Path) -> bool:
    """Whether the sweep, played on, holds every run once and bit for bit."""
    with Store.create(folder, manifest()) as store:
        store.add([made(number) for number in range(N_RUNS) if run_id(number).key not in store.done_keys()])
    return holds(folder, range(N_RUNS))


def keys_of(numbers: range) -> set[str]:
    return {run_id(number).key for number in numbers}


def cut(path: Path, share: float) -> None:
    os.truncate(path, int(path.stat().st_size * share))


def spoil(path: Path, share: float, n_bytes: int = 1) -> None:
    with path.open("r+b") as stream:
        stream.seek(int(path.stat().st_size * share))
        before = stream.read(n_bytes)
        stream.seek(-len(before), os.SEEK_CUR)
        stream.write(bytes(byte ^ 0xFF for byte in before))


def test_after_a_kill_everything_that_was_added_is_there(torn: Path) -> None:
    keys, told = mended(torn)
    assert (keys, told) == (keys_of(range(N_RUNS)), [])
    assert redone(torn)


@pytest.mark.parametrize("kind", ["outcomes", "series"])
@pytest.mark.parametrize("how", ["gone", "cut", "longer", "one byte"])
def test_a_torn_part_is_named_and_its_runs_alone_are_played_again(torn: Path, kind: str, how: str) -> None:
    path = torn / "parts" / f"{kind}-00001.parquet"
    if how == "gone":
        path.unlink()
    elif how == "one byte":
        spoil(path, 0.5)
    elif how == "longer":
        with path.open("ab") as stream:
            stream.write(b"more")
    else:
        cut(path, 0.7)
    with pytest.raises(CaravanError, match=rf"{kind}-00001\.parquet .* sweep again into this folder"):
        open_results(torn).outcomes()
    keys, told = mended(torn)
    assert keys == keys_of(range(100, N_RUNS))
    assert [str(path) in line and "its 100 runs will be played again" in line for line in told] == [True]
    assert path.with_name(f"{path.name}.damaged").exists() or how == "gone"
    assert redone(torn)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.6, 0.99])
def test_a_truncated_journal_is_written_anew_from_the_parts_and_what_can_be_read(torn: Path, share: float) -> None:
    mended(torn)  # the log goes into the file
    cut(torn / JOURNAL, share)
    keys, told = mended(torn)
    assert keys_of(range(N_PLACED)) <= keys <= keys_of(range(N_RUNS))
    assert share == 0.0 or str(torn / JOURNAL) in told[0]
    assert redone(torn)


@pytest.mark.parametrize("place", range(6))
def test_garbage_anywhere_in_the_journal_costs_at_most_the_runs_that_waited_there(torn: Path, place: int) -> None:
    mended(torn)
    spoil(torn / JOURNAL, place / 6 + 0.01, n_bytes=300)
    keys, _ = mended(torn)
    assert keys_of(range(N_PLACED)) <= keys <= keys_of(range(N_RUNS))
    assert redone(torn)


def test_one_flipped_bit_in_numbers_that_wait_is_seen(torn: Path) -> None:
    mended(torn)
    content = bytearray((torn / JOURNAL).read_bytes())
    place = content.index(made(N_PLACED + 3).outcomes[:3].tobytes())
    content[place + 2] ^= 1
    (torn / JOURNAL).write_bytes(content)
    keys, told = mended(torn)
    assert keys == keys_of(range(N_RUNS)) - {run_id(N_PLACED + 3).key}
    assert f"{torn / JOURNAL} was damaged" in told[0]
    assert redone(torn)


def test_a_field_that_was_changed_is_seen(torn: Path) -> None:
    mended(torn)
    with sqlite3.connect(torn / JOURNAL) as connection:
        connection.execute("UPDATE runs SET arm = 'both' WHERE key = ?", (run_id(N_PLACED).key,))
        connection.execute("UPDATE runs SET place = 7 WHERE key = ?", (run_id(1).key,))
    connection.close()
    keys, told = mended(torn)
    assert keys == keys_of(range(N_RUNS)) - {run_id(N_PLACED).key}  # the other one is told by its part
    assert "was damaged" in told[0]
    assert redone(torn)


@pytest.mark.parametrize("how", ["gone", "garbage"])
def test_a_lost_journal_is_rebuilt_from_the_parts(torn: Path, how: str) -> None:
    mended(torn)
    if how == "gone":
        (torn / JOURNAL).unlink()
    else:
        (torn / JOURNAL).write_bytes(b"garbage" * 10_000)
    keys, told = mended(torn)
    assert keys == keys_of(range(N_PLACED))
    assert "200 runs of 2 parts that the journal did not know were taken back" in told[-1]
    run = open_results(torn).record(run_id(5).key)
    assert (run.run, run.cpu_s, run.wall_s) == (run_id(5), 5.25, 5.5)
    assert redone(torn)


def test_a_spoilt_part_is_not_taken_back_into_a_lost_journal(torn: Path) -> None:
    mended(torn)
    (torn / JOURNAL).unlink()
    spoil(torn / "parts" / "series-00002.parquet", 0.4)
    keys, told = mended(torn)
    assert keys == keys_of(range(100))
    assert "outcomes-00002.parquet or its series are damaged" in told[0]
    assert redone(torn)


def test_a_log_that_was_lost_costs_the_runs_in_it_and_no_other(torn: Path) -> None:
    (torn / f"{JOURNAL}-wal").unlink()
    (torn / f"{JOURNAL}-shm").unlink(missing_ok=True)
    keys, _ = mended(torn)
    assert keys_of(range(N_PLACED)) <= keys <= keys_of(range(N_RUNS))
    assert redone(torn)


def test_a_part_that_was_written_but_not_noted_is_taken_in_once(torn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.create(torn, manifest())
    monkeypatch.setattr(store._journal, "mark", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        store.flush()
    store.close()
    assert (torn / "parts" / "outcomes-00003.parquet").exists()
    keys, told = mended(torn)
    assert keys == keys_of(range(N_RUNS))
    assert "30 runs of 1 parts" in told[0]
    assert redone(torn)


def test_half_a_part_and_unfinished_files_go(torn: Path) -> None:
    folder = torn / "parts"
    (folder / ".outcomes-00003.parquet").write_bytes(b"half")
    shutil.copy(folder / "outcomes-00002.parquet", folder / "outcomes-00003.parquet")
    keys, told = mended(torn)
    assert keys == keys_of(range(N_RUNS))
    assert "outcomes-00003.parquet or its series are damaged" in told[0]
    assert not (folder / ".outcomes-00003.parquet").exists()
    assert not (folder / "outcomes-00003.parquet").exists()
    assert redone(torn)


def test_a_part_of_runs_that_stand_elsewhere_is_set_aside(torn: Path) -> None:
    for kind in ("outcomes", "series"):
        shutil.copy(torn / "parts" / f"{kind}-00001.parquet", torn / "parts" / f"{kind}-00009.parquet")
    keys, told = mended(torn)
    assert keys == keys_of(range(N_RUNS))
    assert "holds runs that another part holds: set aside" in told[0]
    assert redone(torn)


def test_numbers_of_parts_are_never_used_again(torn: Path) -> None:
    cut(torn / "parts" / "series-00002.parquet", 0.5)
    store = Store.create(torn, manifest())
    assert next_number(torn, store._journal) == 3
    store.close()


@pytest.mark.parametrize("content", [b"", b'{"title": "A ma', b"\xff\xfe", b"[]", b"{}"])
def test_a_damaged_manifest_comes_back_from_the_journal(torn: Path, content: bytes) -> None:
    whole = (torn / "sweep.json").read_bytes()
    (torn / "sweep.json").write_bytes(content)
    with pytest.raises(CaravanError, match=r"sweep.json"):
        open_results(torn).runs()
    keys, told = mended(torn)
    assert keys == keys_of(range(N_RUNS))
    assert f"{torn / 'sweep.json'} is damaged" in told[0]
    assert (torn / "sweep.json").read_bytes() == whole


def test_a_lost_manifest_does_not_let_another_sweep_in(torn: Path) -> None:
    (torn / "sweep.json").unlink()
    with pytest.raises(CaravanError, match="holds another sweep"):
        Store.create(torn, manifest(identity={"model": "2"}))
    assert redone(torn)


@contextmanager
def room(most_bytes: int) -> Iterator[None]:
    """No file may grow beyond this."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_too_full_for_the_journal_is_one_clear_error_and_loses_nothing(tmp_path: Path) -> None:
    store = Store.create(tmp_path, manifest())
    store.add([made(number) for number in range(20)])
    with room(40_000), pytest.raises(CaravanError, match=r"could not be written .* every run recorded before is kept"):
        store.add([made(number) for number in range(20, 90)])
    assert store.done_keys() == keys_of(range(20))
    store.add([made(number) for number in range(20, 90)])  # room has been made
    store.close()
    assert holds(tmp_path, range(90))


def test_a_disk_too_full_for_a_part_leaves_the_runs_in_the_journal(tmp_path: Path) -> None:
    store = Store.create(tmp_path, manifest())
    store.add([made(number) for number in range(90)])
    with room(20_000), pytest.raises(CaravanError, match=r"could not be written \(file too large\)"):
        store.flush()
    assert list((tmp_path / "parts").iterdir()) == []
    assert store.done_keys() == keys_of(range(90))
    store.flush()
    store.close()
    assert holds(tmp_path, range(90))


def test_a_disk_that_fails_when_asked_to_keep_a_part_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = Store.create(tmp_path, manifest())
    store.add([made(1)])
    with monkeypatch.context() as patch:
        patch.setattr(parts, "_sync", full)
        with pytest.raises(CaravanError, match=r"no space left on device"):
            store.flush()
    assert list((tmp_path / "parts").iterdir()) == []
    store.flush()
    store.close()
    assert holds(tmp_path, [1])


def test_a_reader_of_a_damaged_journal_is_told_what_to_do(torn: Path) -> None:
    mended(torn)
    (torn / JOURNAL).write_bytes(b"garbage" * 1000)
    with pytest.raises(CaravanError, match=r"journal.sqlite: cannot be read .* start the sweep again on this folder"):
        open_results(torn).runs()
