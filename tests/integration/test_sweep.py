"""Sweeps from end to end: any number of workers, a cluster, failures, a stop and going on, another case, replay."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from abm.cli import caravan
from abm.corridor.scenario import Scenario
from abm.errors import CaravanError
from abm.study import dask_runner
from abm.study import task as task_module
from abm.study.plan import Plan
from abm.study.plan_file import read_plan
from abm.study.results import Results, open_results
from abm.study.sweep import Standing, sweep
from abm.study.task import n_runs
from tests.integration.test_sweep_kills import equal_bit_for_bit
from tests.killed_sweeps import children
from tests.local_cluster import local_cluster, with_bytecode
from tests.made_experiments import STILL, made_experiment

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc")


def invoke(*words: object) -> Result:
    return CliRunner().invoke(caravan, [str(word) for word in words])


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_experiment(tmp_path_factory.mktemp("experiments"), STILL, ("points = 4", "points = 3"))


@pytest.fixture(scope="module")
def plan(experiment: Path) -> Plan:
    return read_plan(experiment)


@pytest.fixture(scope="module")
def whole(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Played by one worker."""
    return sweep(plan, tmp_path_factory.mktemp("sweeps") / "whole", workers=1)


def test_a_sweep_holds_every_run_of_its_plan(whole: Results, plan: Plan) -> None:
    assert whole.counts() == {"done": n_runs(plan), "failed": 0, "open": 0}
    outcomes = whole.outcomes(["trade_usd:XA:1"])
    assert list(outcomes["arm"]) == ["open", "transport", "without"] * 2 + ["open", "without"]
    assert outcomes["trade_usd:XA:1"].gt(0.0).all()


@pytest.mark.parametrize("workers", [2, 4])
def test_results_do_not_depend_on_workers(whole: Results, plan: Plan, tmp_path: Path, workers: int) -> None:
    equal_bit_for_bit(sweep(plan, tmp_path / "sweep", workers=workers), whole)


def test_a_cluster_gives_the_same_results_and_a_worker_that_dies_costs_nothing(
    whole: Results, plan: Plan, tmp_path: Path
) -> None:
    with local_cluster(tmp_path, 2) as cluster:

        def kill_one(standing: Standing) -> None:
            if standing.done:
                cluster.workers[0].kill()

        found = sweep(plan, tmp_path / "sweep", cluster=cluster.address, progress=kill_one)
        assert cluster.workers[0].poll() is not None
    assert found.counts() == {"done": 8, "failed": 0, "open": 0}
    equal_bit_for_bit(found, whole)


def test_without_a_cluster_at_the_address_it_is_told_and_no_folder_is_made(
    experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_runner, "CONNECT_S", 0.3)
    result = invoke("sweep", experiment, "--out", tmp_path / "sweep", "--cluster", "tcp://127.0.0.1:1")
    assert result.exit_code == 1
    assert "tcp://127.0.0.1:1: no Dask scheduler answered within 0.3 s" in result.stderr
    assert not (tmp_path / "sweep").exists()


def test_without_the_library_for_clusters_it_is_told_what_to_install(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "abm.study.dask_runner", None)
    with pytest.raises(CaravanError, match=r"caravan-abm\[cluster\]"):
        sweep(plan, tmp_path / "sweep", cluster="tcp://127.0.0.1:1")


def test_a_sweep_that_is_complete_plays_nothing(whole: Results, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abm.study.sweep.play_task", lambda *_: pytest.fail("something was played"))
    told: list[Standing] = []
    before = whole.runs()
    again = sweep(plan, whole.folder, workers=2, progress=told.append)
    assert (told[-1].kept, told[-1].done, told[-1].left) == (8, 0, 0)
    pd.testing.assert_frame_equal(again.runs(), before)


def test_a_run_that_raises_is_kept_with_its_error_and_played_again_only_when_asked(
    whole: Results, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers inherit what the test puts in the model's place."""
    real = task_module.scenario_of

    def failing(plan: Plan, arm: str, seed: int, values: tuple[float, ...]) -> Scenario:
        if (arm, seed) == ("open", 6):
            raise ValueError("no route\nfrom here")
        return real(plan, arm, seed, values)

    out = tmp_path / "sweep"
    with monkeypatch.context() as patched:
        patched.setattr(task_module, "scenario_of", failing)
        found = sweep(plan, out, workers=2)
    assert found.counts() == {"done": 7, "failed": 1, "open": 0}
    failed = found.runs().query("status == 'failed'").iloc[0]
    assert (failed["point"], failed["arm"], failed["error"], failed["attempts"]) == (
        1, "open", "ValueError: no route from here", 1
    )  # fmt: skip
    assert sweep(plan, out, workers=2).counts()["failed"] == 1
    equal_bit_for_bit(sweep(plan, out, workers=2, retry_failed=True), whole)


def test_a_task_whose_workers_die_twice_becomes_failed_runs_and_the_rest_is_played(
    whole: Results, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = task_module.scenario_of

    def deadly(plan: Plan, arm: str, seed: int, values: tuple[float, ...]) -> Scenario:
        if seed == 6:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(plan, arm, seed, values)

    out = tmp_path / "sweep"
    with monkeypatch.context() as patched:
        patched.setattr(task_module, "scenario_of", deadly)
        found = sweep(plan, out, workers=1)
    failed = found.runs().query("status == 'failed'")
    assert list(failed["point"]) == [1, 1, 1]
    assert set(failed["error"]) == {"the worker process died"}
    assert set(failed["attempts"]) == {2}
    assert found.counts()["done"] == 5
    equal_bit_for_bit(sweep(plan, out, workers=1, retry_failed=True), whole)


def test_when_every_worker_dies_the_sweep_ends_and_says_what_to_do(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_module, "scenario_of", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(CaravanError, match="--retry-failed"):
        sweep(replace(plan, design=replace(plan.design, points=8)), tmp_path / "sweep", workers=2)


def test_another_case_is_another_sweep_and_every_difference_is_told(
    whole: Results, plan: Plan, experiment: Path
) -> None:
    links = experiment / "small" / "links.csv"
    before = links.read_text(encoding="utf-8")
    rows = before.splitlines()
    column = rows[0].split(",").index("length_km")
    cells = rows[1].split(",")
    cells[column] = str(float(cells[column]) + 0.5)
    links.write_text("\n".join([rows[0], ",".join(cells), *rows[2:]]) + "\n", encoding="utf-8")
    try:
        result = invoke("sweep", experiment, "--out", whole.folder)
    finally:
        links.write_text(before, encoding="utf-8")
    assert result.exit_code == 2
    assert "holds another sweep" in result.stderr
    assert f"links.csv {cells[0]} length_km: " in result.stderr
    assert f"-> {cells[column]}" in result.stderr
    assert invoke("sweep", experiment, "--out", whole.folder).exit_code == 0


def test_bad_options_are_told_together(experiment: Path) -> None:
    result = invoke("sweep", experiment, "--workers", "0", "--cluster", "here:1")
    assert result.exit_code == 2
    assert len([line for line in result.stderr.splitlines() if line.startswith("workers:")]) == 2
    assert invoke("sweep", experiment, "--points", "0").exit_code == 2
    assert invoke("sweep", experiment / "nowhere").exit_code == 2


def test_the_command_says_what_it_plays_and_where_it_went(experiment: Path, whole: Results, tmp_path: Path) -> None:
    result = invoke("sweep", experiment, "--points", "1", "--workers", "1", "--out", tmp_path / "sweep")
    assert result.exit_code == 0
    assert result.stdout == ""
    told = result.stderr
    assert "only the first 1 point for now" in told
    assert "2 factors: sigma, kappa" in told
    assert "3 runs played" in told
    assert str(tmp_path / "sweep") in told
    found = sweep(experiment, tmp_path / "sweep", workers=1)
    equal_bit_for_bit(found, whole)
    assert found.counts()["done"] == whole.counts()["done"]


def test_an_interrupt_ends_a_sweep_at_once_and_what_was_done_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    many = made_experiment(tmp_path, STILL, ("points = 4", "points = 400"))
    process = subprocess.Popen(
        [sys.executable, "-m", "abm", "sweep", str(many), "--workers", "2", "--out", str(out)], cwd=ROOT,
        stderr=subprocess.PIPE, text=True, start_new_session=True, env=with_bytecode(tmp_path),
    )  # fmt: skip
    try:
        _wait_until(lambda: (out / "sweep.json").exists() and open_results(out).counts()["done"] > 0, process)
        processes = [pid for one in children(process.pid) for pid in (one, *children(one))]
        os.killpg(process.pid, signal.SIGINT)
        begun = time.monotonic()
        _, errors = process.communicate(timeout=60)
        took_s = time.monotonic() - begun
    finally:  # a failure of this test leaves nothing running either
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.returncode == 130
    assert took_s < 20.0
    assert "the same command goes on from here" in errors
    assert "Traceback" not in errors
    assert len(processes) == 3
    assert not [pid for pid in processes if Path(f"/proc/{pid}").exists()]
    counts = open_results(out).counts()
    assert counts["done"] > 0
    assert counts["open"] > 0
    assert invoke("replay", out, open_results(out).runs()["key"].iloc[0]).exit_code == 0


def test_a_run_can_be_played_again_bit_for_bit(whole: Results, tmp_path: Path) -> None:
    key = whole.runs().query("arm == 'transport'")["key"].iloc[0]
    for run in (key, key[:8], "0/0/transport"):
        result = invoke("replay", whole.folder, run)
        assert (result.exit_code, result.stderr) == (0, "")
        assert f"run {key}: point 0, replication 0, arm transport, seed 5" in result.stdout
        assert "equal bit for bit" in result.stdout
    result = invoke("replay", whole.folder, "0/0/transport", "--out", tmp_path / "world")
    assert result.exit_code == 0
    told = json.loads((tmp_path / "world" / "run.json").read_text(encoding="utf-8"))
    values = whole.points.loc[0].to_dict()
    assert {name: told["provenance"]["values"][name] for name in values} == values
    trade = pd.read_csv(tmp_path / "world" / "trade.csv").query("kind == 'trade'")
    of_home = trade[(trade["origin"] == "XA") | (trade["destination"] == "XA")]
    kept = whole.outcomes(["trade_t:XA:1"]).query("point == 0 and arm == 'transport'")["trade_t:XA:1"].iloc[0]
    assert of_home["year_1_kt"].sum() * 1e3 == pytest.approx(kept)


def test_a_replay_that_differs_says_where_and_fails(whole: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model changes: friction is lifted after all where goods should have moved by cost alone."""
    monkeypatch.setattr(task_module, "transport_alone", lambda scenario, base: scenario)
    monkeypatch.setattr("abm.study.replay.model_version", lambda: "another")
    result = invoke("replay", whole.folder, "0/0/transport")
    assert result.exit_code == 1
    assert "is another now" in result.stdout
    assert "  trade_usd:XA:1: " in result.stdout
    assert invoke("replay", whole.folder, "0/0/without").exit_code == 0


@pytest.mark.parametrize(
    ("run", "told"), [("0/0/opn", "is no run"), ("9/0/open", "is no run"), ("12", "at least 4 digits")]
)
def test_a_run_that_is_not_there_is_bad_input(whole: Results, run: str, told: str) -> None:
    result = invoke("replay", whole.folder, run)
    assert result.exit_code == 2
    assert told in result.stderr


def _wait_until(condition: object, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 600.0
    assert callable(condition)
    while process.poll() is None and time.monotonic() < deadline and not condition():
        time.sleep(0.02)
