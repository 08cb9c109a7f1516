"""Seeds on several processes: order, progress, and how the work ends when something goes wrong."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from abm.errors import CaravanError, InputError, input_error
from abm.study.runner import n_cores, run_seeds

ROOT = Path(__file__).parents[2]
needs_signals = pytest.mark.skipif(os.name == "nt", reason="signals differ there")


def square(seed: int) -> int:
    return seed * seed


def nap(seed: int) -> int:
    """The earlier the seed, the longer."""
    time.sleep(0.1 * (4 - seed))
    return seed


def refuse(seed: int) -> int:
    if seed == 2:
        raise input_error("table.csv:7", "must be > 0", field="length_km", value="-1")
    time.sleep(30.0 if seed > 2 else 0.0)
    return seed


def die(seed: int) -> int:
    if seed == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return seed


def interrupted(seed: int) -> int:
    """Ctrl-C reaches every process of a terminal; a worker leaves it to its parent."""
    os.kill(os.getpid(), signal.SIGINT)
    return seed


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_the_order_of_the_seeds(workers: int) -> None:
    assert run_seeds(nap, [1, 3, 2], workers) == [1, 3, 2]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_adds_up_to_the_seeds_and_is_told_by_the_calling_thread(workers: int) -> None:
    told: list[tuple[int, int]] = []
    run_seeds(nap, [1, 2, 3], workers, lambda done: told.append((done, threading.get_ident())))
    assert sum(done for done, _ in told) == 3
    assert {thread for _, thread in told} == {threading.get_ident()}


def test_whoever_waits_is_told_now_and_then_that_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abm.study.runner.HEARTBEAT_S", 0.02)
    told: list[int] = []
    run_seeds(nap, [1, 2], 2, told.append)
    assert told.count(0) > 3


def test_the_error_of_a_task_arrives_whole_and_the_others_are_not_waited_for() -> None:
    begun = time.monotonic()
    with pytest.raises(InputError) as failure:
        run_seeds(refuse, [1, 2, 3, 4], 2)
    assert str(failure.value) == "table.csv:7 column length_km: -1 must be > 0"
    assert time.monotonic() - begun < 15.0
    assert not multiprocessing.active_children()


@needs_signals
def test_a_killed_worker_is_a_clear_error_and_leaves_no_process_behind() -> None:
    with pytest.raises(CaravanError, match=r"a worker process died.*--workers 1") as failure:
        run_seeds(die, [1, 2, 3], 2)
    assert failure.value.exit_code == 1
    assert not multiprocessing.active_children()


@needs_signals
def test_workers_leave_an_interrupt_to_their_parent() -> None:
    assert run_seeds(interrupted, [1, 2], 2) == [1, 2]


def test_processes_of_others_are_left_alone() -> None:
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60.0,))
    other.start()
    try:
        run_seeds(square, [1, 2, 3], 2)
        assert other.is_alive()
    finally:
        other.terminate()
        other.join()


def test_there_is_at_least_one_core() -> None:
    assert n_cores() >= 1


_PARENT = """
import os, time
from abm.study.runner import run_seeds

def task(seed):
    os.write(1, b"%d\\n" % os.getpid())  # one write, so that two workers' lines never mix
    time.sleep(60.0)

run_seeds(task, [1, 2], 2)
"""


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" not in status.read_text(encoding="utf-8")


@needs_signals
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_do_not_outlive_a_parent_that_is_killed(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        try:
            workers = [int(parent.stdout.readline()) for _ in range(2)]
        finally:
            parent.send_signal(how)
        parent.stdout.close()
        parent.wait(timeout=30)
    deadline = time.monotonic() + 20.0
    while any(map(_is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_is_running, workers))
