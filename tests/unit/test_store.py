"""What a sweep keeps: every run once, bit for bit, in parts or still in the journal; nobody else writes meanwhile."""

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from abm.errors import CaravanError, InputError
from abm.study.journal import JOURNAL
from abm.study.parts import column_names, database, read_outcomes
from abm.study.records import Record
from abm.study.results import open_results
from abm.study.store import RUNS_OF_A_PART, Store
from tests.made_runs import NAMES, failure, filled, holds, made, manifest, run_id, same


def part_files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "parts").iterdir())


def test_every_run_is_kept_bit_for_bit_in_parts(tmp_path: Path) -> None:
    filled(tmp_path, range(RUNS_OF_A_PART + 7))
    assert part_files(tmp_path) == [
        f"{kind}-0000{number}.parquet" for kind in ("outcomes", "series") for number in (1, 2)
    ]
    assert holds(tmp_path, range(RUNS_OF_A_PART + 7))


def test_runs_wait_in_the_journal_until_there_are_enough_for_a_part(tmp_path: Path) -> None:
    store = Store.create(tmp_path, manifest())
    for number in range(RUNS_OF_A_PART - 1):
        store.add([made(number)])
    assert part_files(tmp_path) == []
    assert holds(tmp_path, range(RUNS_OF_A_PART - 1))
    store.add([made(RUNS_OF_A_PART - 1), made(RUNS_OF_A_PART)])
    assert part_files(tmp_path) == ["outcomes-00001.parquet", "series-00001.parquet"]
    assert holds(tmp_path, range(RUNS_OF_A_PART + 1))
    store.close()


def test_a_run_that_comes_twice_is_kept_once(tmp_path: Path) -> None:
    with Store.create(tmp_path, manifest()) as store:
        store.add([made(1), made(2)])
        store.flush()
        store.add([made(2), made(3), made(3)])
        assert store.done_keys() == {made(number).run.key for number in (1, 2, 3)}
    assert holds(tmp_path, [1, 2, 3])


def test_a_run_that_comes_again_with_other_numbers_is_an_error_and_the_first_stays(tmp_path: Path) -> None:
    with Store.create(tmp_path, manifest()) as store:
        store.add([made(1)])
        other = replace(made(1), outcomes=made(1).outcomes + 1e-9)
        with pytest.raises(CaravanError, match=r"was played twice with different numbers"):
            store.add([made(2), other])
    assert holds(tmp_path, [1])


def test_a_failure_gives_way_to_a_later_result_and_a_result_to_nothing(tmp_path: Path) -> None:
    with Store.create(tmp_path, manifest()) as store:
        store.add([failure(1), failure(2), made(3)])
        assert store.failed_keys() == {run_id(1).key, run_id(2).key}
        store.add([made(1), failure(2, attempts=2), failure(3)])
        assert store.done_keys() == {run_id(1).key, run_id(3).key}
    runs = open_results(tmp_path).runs().set_index("key")
    assert runs["status"].to_list() == ["done", "failed", "done"]
    assert runs.loc[run_id(2).key, "attempts"] == 2
    assert runs.loc[run_id(2).key, "error"] == "ValueError: no route in run 2"
    assert holds(tmp_path, [1, 3])


def test_a_sweep_goes_on_where_it_was_left(tmp_path: Path) -> None:
    store = Store.create(tmp_path, manifest())
    store.add([made(number) for number in range(150)])
    store.close()
    told: list[str] = []
    with Store.create(tmp_path, manifest(), told.append) as again:
        assert again.done_keys() == {made(number).run.key for number in range(150)}
        again.add([made(number) for number in range(100, 250)])
    assert told == []
    assert holds(tmp_path, range(250))


def test_a_store_left_by_an_error_keeps_its_runs_in_the_journal(tmp_path: Path) -> None:
    store = Store.create(tmp_path, manifest())
    store.add([made(1)])
    stopped = KeyboardInterrupt()
    store.__exit__(KeyboardInterrupt, stopped, None)
    assert part_files(tmp_path) == []
    assert holds(tmp_path, [1])


def test_a_record_that_does_not_fit_the_catalogue_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with Store.create(tmp_path, manifest()) as store:
        for wrong in (
            replace(made(2), outcomes=made(2).outcomes[:-1]),
            replace(made(2), series=made(2).series[:, :1]),
            replace(made(2), series=made(2).series[0]),
        ):
            with pytest.raises(CaravanError, match=r"instead of \(5,\) and \(months, 2\)"):
                store.add([made(1), wrong])
        assert store.done_keys() == set()


def test_a_catalogue_without_series_is_kept_too(tmp_path: Path) -> None:
    with Store.create(tmp_path, manifest(series=[])) as store:
        store.add([replace(made(number), series=np.empty((24, 0))) for number in range(3)])
    results = open_results(tmp_path)
    assert len(results.outcomes()) == 3
    assert np.array_equal(results.record(run_id(1).key).outcomes, made(1).outcomes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"identity": {**manifest()["identity"], "model": "2"}}, r"model: 1 -> 2"),
        (
            {"identity": {**manifest()["identity"], "links.csv": {"R1": {"length_km": 13.0}}}},
            r"links.csv R1 length_km: 12.5 -> 13",
        ),
        ({"identity": {**manifest()["identity"], "plan.toml": {"years": 3}}}, r"plan.toml years: 2 -> 3"),
        ({"outcomes": [*NAMES, "days:XA:1"]}, r"the catalogue of outcomes is another one"),
        ({"series": ["trade_t:XA"]}, r"the catalogue of series is another one"),
    ],
)
def test_a_folder_of_another_sweep_is_refused_with_what_differs(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    filled(tmp_path, [1])
    with pytest.raises(InputError, match=rf"holds another sweep(.|\n)*{told}"):
        Store.create(tmp_path, manifest(**changes))
    assert holds(tmp_path, [1])
    Store.create(tmp_path, manifest()).close()  # the lock is free again


def test_claims_titles_and_outcomes_to_look_at_may_change_between_sessions(tmp_path: Path) -> None:
    filled(tmp_path, range(120))
    changed = manifest(named=["days:XA:2", "link_t:Road:2"], asked={"title": "Another title"})
    store = Store.create(tmp_path, changed)
    store.add([made(120)])
    for name in changed["named"]:
        place = NAMES.index(name)
        found = store.named(name)
        assert len(found) == 121
        for number in (0, 4, 8, 119, 120):
            assert found[run_id(number).key] == pytest.approx(made(number).outcomes[place], rel=0, abs=0, nan_ok=True)
    store.close()
    assert json.loads((tmp_path / "sweep.json").read_text())["asked"] == {"title": "Another title"}
    assert holds(tmp_path, range(121))


def test_the_journal_shows_named_outcomes_as_columns(tmp_path: Path) -> None:
    filled(tmp_path, [0, 1, 2])
    connection = sqlite3.connect(tmp_path / JOURNAL)
    found = dict(connection.execute('SELECT key, "trade_usd:XA:2" FROM named'))
    connection.close()
    assert found == {run_id(number).key: made(number).outcomes[1] for number in (0, 1, 2)}


def test_two_sweeps_do_not_write_one_folder_in_one_process(tmp_path: Path) -> None:
    store = Store.create(tmp_path, manifest())
    with pytest.raises(CaravanError, match="writing a sweep there already"):
        Store.create(tmp_path, manifest())
    store.close()
    Store.create(tmp_path, manifest()).close()


def test_two_sweeps_do_not_write_one_folder_from_two_processes(tmp_path: Path) -> None:
    code = (
        "import sys; from abm.study.lock import Lock; from pathlib import Path\n"
        "lock = Lock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CaravanError, match=rf"another sweep is writing there \(process {other.pid}\)"):
            Store.create(tmp_path, manifest())
        other.kill()
        other.wait()
    Store.create(tmp_path, manifest()).close()  # a lock dies with its holder


def test_a_part_is_byte_split_and_packed_and_tells_its_runs_to_any_reader(tmp_path: Path) -> None:
    filled(tmp_path, range(30))
    path = tmp_path / "parts" / "outcomes-00001.parquet"
    with database() as query:
        metadata = query.execute(
            "SELECT DISTINCT encodings, compression FROM parquet_metadata(?) WHERE path_in_schema = 'trade_usd:XA:1'",
            [str(path)],
        ).fetchall()
        rows = query.execute("SELECT key, point, arm, seed, cpu_s FROM read_parquet(?)", [str(path)]).fetchall()
        series = query.execute(
            'SELECT key, month, "trade_t:XA" FROM read_parquet(?) WHERE run = 3',
            [str(path).replace("outcomes", "series")],
        ).fetchall()
    assert metadata == [("BYTE_STREAM_SPLIT", "ZSTD")]
    assert rows[4] == (run_id(4).key, 1, "both", 101, 4.25)
    assert [row[:2] for row in series] == [(run_id(3).key, month) for month in range(1, 25)]
    assert series[0][2] == made(3).series[0, 0]


def test_columns_that_capitals_alone_tell_apart_are_numbered() -> None:
    names = ("a:x:1", "A:X:1", "a:x:1 (2)", "key", 'odd"name')
    assert column_names(names) == ("a:x:1", "A:X:1 (2)", "a:x:1 (2) (2)", "key (2)", 'odd"name')


def test_outcomes_of_many_parts_are_read_in_their_order(tmp_path: Path) -> None:
    store = Store.create(tmp_path, manifest())
    for number in range(27):  # more parts than are read at once
        store.add([made(number)])
        store.flush()
    parts = store._journal.parts()
    store.close()
    columns = column_names(NAMES)
    found = read_outcomes(tmp_path, parts, [columns[4], columns[0]])
    expected = np.array([made(number).outcomes[[4, 0]] for number in range(27)])
    assert np.array_equal(found, expected, equal_nan=True)


def test_what_is_not_a_number_is_one_and_the_same_before_and_after_a_part(tmp_path: Path) -> None:
    odd = np.frombuffer(b"\x01\x00\x00\x00\x00\x00\xf8\xff", "<f8")[0]  # a NaN with a sign and a content
    run = replace(made(0), outcomes=np.full(len(NAMES), odd))
    store = Store.create(tmp_path, manifest())
    store.add([run])
    before: Record = open_results(tmp_path).record(run.run.key)
    store.flush()
    store.add([run])  # the same run again, not another one
    store.close()
    after = open_results(tmp_path).record(run.run.key)
    assert before.outcomes.tobytes() == after.outcomes.tobytes() == np.full(len(NAMES), np.nan).tobytes()
    assert same(before.series, run.series)
    assert same(after.series, run.series)
