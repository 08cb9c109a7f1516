"""Results of a sweep as tables: finished or running, with runs that arms share, within bounded memory."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import abm
from abm.errors import CaravanError, InputError
from abm.study.design import points
from abm.study.manifest import sweep_manifest
from abm.study.plan_file import read_plan
from abm.study.records import RunId
from abm.study.results import Results, open_results
from abm.study.store import Store
from tests.made_runs import ARMS, NAMES, SERIES, filled, holds, made, manifest, run_id, same

N_RUNS = 130
TOY_PLAN = Path(__file__).parents[2] / "experiments" / "toy-reopening"


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A sweep that runs: a part stands, 28 runs wait, two have failed, and 150 were asked for. Runs came in another order."""
    folder = tmp_path_factory.mktemp("sweep")
    order = [int(number) for number in np.random.default_rng(1).permutation(N_RUNS)]
    results = filled(folder, order[:100], asked=150)
    store = Store.create(folder, manifest())
    store.add([made(number) for number in order[100:]])
    store._journal.connection.execute(
        "DELETE FROM runs WHERE key IN (?, ?)", (run_id(order[-1]).key, run_id(order[-2]).key)
    )
    store._journal.connection.commit()
    store.close()
    return results


@pytest.fixture(scope="module")
def there(half: Results) -> list[int]:
    """Numbers of the runs that are done, by point and arm."""
    keys = set(half.runs()["key"])
    found = [number for number in range(N_RUNS) if run_id(number).key in keys]
    return sorted(found, key=lambda number: (run_id(number).point, run_id(number).arm))


def test_it_is_a_public_name(half: Results) -> None:
    assert abm.open_results(half.folder).names == NAMES


def test_outcomes_have_a_row_a_run_by_point_replication_and_arm(half: Results, there: list[int]) -> None:
    table = half.outcomes()
    assert list(table.columns) == ["point", "replication", "arm", "seed", *NAMES]
    expected = [(run_id(n).point, 0, run_id(n).arm, run_id(n).seed) for n in there]
    assert list(table.iloc[:, :4].itertuples(index=False, name=None)) == expected
    assert same(table[list(NAMES)].to_numpy(), np.array([made(n).outcomes for n in there]))


def test_columns_and_arms_come_as_asked_for(half: Results, there: list[int]) -> None:
    table = half.outcomes(["link_t:Road:2", "trade_usd:XA:1"], ["rail", "without"])
    mine = [number for number in there if run_id(number).arm != "both"]
    assert list(table.columns[4:]) == ["link_t:Road:2", "trade_usd:XA:1"]
    assert same(table.iloc[:, 4:].to_numpy(), np.array([made(number).outcomes[[4, 0]] for number in mine]))


def test_series_are_told_run_by_run_and_as_fans(half: Results, there: list[int]) -> None:
    which, values = half.series("queue_vehicles:post", ["both"])
    mine = [number for number in there if run_id(number).arm == "both"]
    assert which["point"].to_list() == [run_id(number).point for number in mine]
    assert same(values, np.array([made(number).series[:, 1] for number in mine]))
    fan = half.fan("queue_vehicles:post", ["both"])
    assert list(fan.columns) == ["arm", "month", "p5", "p25", "p50", "p75", "p95"]
    assert fan["month"].to_list() == list(range(1, 25))
    assert np.array_equal(fan[["p5", "p50", "p95"]].to_numpy(), np.quantile(values, [0.05, 0.5, 0.95], axis=0).T)


def test_a_fan_passes_over_what_is_not_a_number(half: Results, there: list[int]) -> None:
    fan = half.fan("trade_t:XA", probabilities=(0.5,))
    assert list(dict.fromkeys(fan["arm"])) == list(ARMS)
    for arm, month in (("without", 4), ("rail", 18)):
        values = [made(number).series[month - 1, 0] for number in there if run_id(number).arm == arm]
        assert np.isnan(values).any()
        row = fan[(fan["arm"] == arm) & (fan["month"] == month)]
        assert row["p50"].item() == np.nanmedian(values)


def test_quantiles_are_told_by_outcome_and_arm(half: Results, there: list[int]) -> None:
    table = half.quantiles(["days:XA:2", "trade_usd:XA:1"], ["both", "rail"], (0.1, 0.9))
    assert list(table.columns) == ["arm", "outcome", "n", "mean", "p10", "p90"]
    assert table["outcome"].to_list() == ["days:XA:2"] * 2 + ["trade_usd:XA:1"] * 2
    values = np.array([made(number).outcomes[0] for number in there if run_id(number).arm == "rail"])
    values = values[~np.isnan(values)]
    row = table.iloc[3]
    assert (row["arm"], row["n"], row["mean"]) == ("rail", len(values), values.mean())
    assert (row["p10"], row["p90"]) == tuple(np.quantile(values, [0.1, 0.9]))


def test_one_run_is_given_back_bit_for_bit_from_a_part_and_from_the_journal(half: Results, there: list[int]) -> None:
    for number in there[::9]:
        found = half.record(run_id(number).key)
        assert (found.run, found.cpu_s, found.wall_s) == (run_id(number), 0.25 + number, 0.5 + number)
        assert same(found.outcomes, made(number).outcomes)
        assert same(found.series, made(number).series)
    with pytest.raises(InputError, match="has no finished run of this key"):
        half.record("abc")


def test_runs_that_were_asked_for_are_counted(half: Results, tmp_path: Path) -> None:
    assert half.counts() == {"done": N_RUNS - 2, "failed": 0, "open": 22}
    assert filled(tmp_path, [1, 2], failed=[3], asked=9).counts() == {"done": 2, "failed": 1, "open": 6}


def test_runs_that_are_the_same_are_kept_once_and_shown_wherever_they_were_asked_for(tmp_path: Path) -> None:
    run = run_id(1)
    twin, other_point = RunId(run.key, run.point, 0, "alias", run.seed), RunId(run.key, 7, 0, "both", run.seed)
    with Store.create(tmp_path, manifest()) as store:
        store.ask([run, twin, other_point])
        store.add([made(1)])
        assert len(store.done_keys()) == 1
    table = open_results(tmp_path).outcomes(["trade_usd:XA:1"])
    assert list(table[["point", "arm"]].itertuples(index=False, name=None)) == [(0, "alias"), (0, "both"), (7, "both")]
    assert table["trade_usd:XA:1"].to_list() == [made(1).outcomes[0]] * 3


def test_an_arm_with_a_new_name_keeps_its_runs(tmp_path: Path) -> None:
    filled(tmp_path, [0, 1])
    with Store.create(tmp_path, manifest()) as store:
        store.ask([run_id(0), RunId(run_id(1).key, 0, 0, "railways", run_id(1).seed)])
    results = open_results(tmp_path)
    assert results.arms == ("without", "railways")
    assert results.runs()["arm"].to_list() == ["railways", "without"]


def test_points_and_the_base_year_come_from_the_manifest(half: Results) -> None:
    assert list(half.points.columns) == ["sigma", "eta"]
    assert half.points.index.name == "point"
    assert half.points.loc[3, "sigma"] == pytest.approx(2.3)
    assert half.base_year == {"trade_usd:XA": 5.0}
    assert half.series_names == SERIES


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (
            lambda one: one.outcomes(["trade_usd:XA:3"]),
            "'trade_usd:XA:3' is no outcome of this sweep; did you mean 'trade_usd:XA:",
        ),
        (lambda one: one.outcomes(arms=["bth"]), "'bth' is no arm of this sweep; did you mean 'both'"),
        (lambda one: one.fan("trade:XA"), "'trade:XA' is no series of this sweep; did you mean 'trade_t:XA'"),
    ],
)
def test_unknown_names_are_told_with_the_nearest(half: Results, act: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        act(half)  # type: ignore[operator]


def test_a_folder_without_a_sweep_is_told(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="holds no results of a sweep"):
            open_results(place)


def test_a_sweep_without_runs_gives_empty_tables(tmp_path: Path) -> None:
    results = filled(tmp_path, [])
    assert results.runs().empty
    assert list(results.outcomes(["days:XA:2"]).columns) == ["point", "replication", "arm", "seed", "days:XA:2"]
    assert results.fan("trade_t:XA").empty
    assert results.quantiles().empty


def test_reading_a_sweep_that_nobody_writes_makes_no_file(half: Results) -> None:
    before = sorted(path.name for path in half.folder.iterdir())
    half.outcomes()
    assert sorted(path.name for path in half.folder.iterdir()) == before


def test_a_sweep_reads_as_whole_runs_while_it_is_written_and_after_its_writer_is_killed(tmp_path: Path) -> None:
    Store.create(tmp_path, manifest()).close()
    results = open_results(tmp_path)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from abm.study.store import Store\n"
        "from tests.made_runs import made, manifest\n"
        "store = Store.create(Path(sys.argv[1]), manifest())\n"
        "for number in range(100_000):\n"
        "    store.add([made(number)])\n"
        "    print(number, flush=True)\n"
    )
    counts = [0]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=TOY_PLAN.parents[1], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        while counts[-1] < 150:
            table = results.outcomes()
            counts.append(len(table))
            numbers = [
                3 * int(point) + ARMS.index(arm) for point, arm in zip(table["point"], table["arm"], strict=True)
            ]
            assert same(
                table[list(NAMES)].to_numpy(), np.array([made(n).outcomes for n in numbers]).reshape(-1, len(NAMES))
            )
            time.sleep(0.2)
        writer.kill()
        n_added = 1 + max(map(int, writer.stdout.read().split()))
    assert counts == sorted(counts)
    n_kept = len(results.outcomes())
    assert n_kept >= max(n_added, counts[-1])  # what add returned for is kept
    Store.create(tmp_path, manifest()).close()
    assert holds(tmp_path, range(n_kept))


def test_the_plan_comes_back_from_the_folder_alone(tmp_path: Path) -> None:
    plan = read_plan(TOY_PLAN)
    Store.create(tmp_path, sweep_manifest(plan)).close()
    results = open_results(tmp_path)
    assert results.plan == plan
    assert results.plan.text == plan.text
    assert np.array_equal(results.points.to_numpy(), points(plan))


def test_a_case_that_is_not_what_it_was_is_told(tmp_path: Path) -> None:
    content = sweep_manifest(read_plan(TOY_PLAN))
    content["identity"]["nodes.csv"].popitem()
    Store.create(tmp_path, content).close()
    with pytest.raises(CaravanError, match="the case of this sweep is not what it was"):
        _ = open_results(tmp_path).plan
