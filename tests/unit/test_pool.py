"""The pool of worker processes: every item has one answer, whatever becomes of its worker."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest

from abm.study.runner import Answer, Done, Lost, Pool, Raised

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals differ there")


class UnsendableError(Exception):
    """Pickles, but cannot be made again from what was pickled."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")

    def __reduce__(self) -> tuple[type, tuple[str]]:
        # said outright: libraries of clusters teach exceptions that are known when they are imported to travel anyhow
        return UnsendableError, (str(self),)


def square(item: int) -> int:
    return item * item


def fail(item: int) -> int:
    if item == 1:
        raise UnsendableError("this", "that")
    if item == 2:
        raise ValueError("two")
    return item


def made_here(item: int) -> Callable[[], int]:
    return lambda: item


def die_at(folder: Path, times: int, item: int) -> tuple[int, int]:
    """(item, process). On item 2 the worker kills itself, so many times in all."""
    with (folder / f"{item}-{os.getpid()}").open("w"):
        pass
    if item == 2 and len(list(folder.glob("2-*"))) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return item, os.getpid()


def nap(item: float) -> float:
    time.sleep(item)
    return item


class Ring:
    """Refers to itself, so that only a search for such rings finds that nobody needs it."""

    alive = 0

    def __init__(self) -> None:
        self.me = self
        Ring.alive += 1

    def __del__(self) -> None:
        Ring.alive -= 1


def leave_a_ring(item: int) -> int:
    found = Ring.alive
    Ring()
    return found


def own_pid(item: int) -> int:
    return os.getpid()


def play[Item, Result](pool: Pool[Item, Result], items: Iterable[Item]) -> list[tuple[Item, Answer[Result]]]:
    waiting = iter(items)
    return list(pool.answers(lambda: next(waiting, None), lambda done: None))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_item_has_one_answer(workers: int) -> None:
    with Pool(square, workers) as pool:
        assert sorted(play(pool, range(20)), key=lambda pair: pair[0]) == [(n, Done(n * n)) for n in range(20)]
        assert play(pool, [7]) == [(7, Done(49))]  # and the pool can be used again
    assert not multiprocessing.active_children()


def test_even_one_worker_is_a_process_of_its_own() -> None:
    with Pool(own_pid, 1) as pool:
        pids = {answer.value for _, answer in play(pool, range(3)) if isinstance(answer, Done)}
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_no_more_is_under_way_than_there_are_workers() -> None:
    taken = answered = most = 0

    def take() -> int | None:
        nonlocal taken, most
        if taken == 12:
            return None
        taken += 1
        most = max(most, taken - answered)
        return taken

    with Pool(square, 2) as pool:
        for _ in pool.answers(take, lambda done: None):
            answered += 1
    assert answered == 12
    assert most <= 4  # two that are played, two whose answers the caller has not seen


def test_the_caller_may_decide_on_more_when_it_has_seen_an_answer() -> None:
    waiting = [1]
    seen = []
    with Pool(square, 2) as pool:
        for item, _ in pool.answers(lambda: waiting.pop() if waiting else None, lambda done: None):
            seen.append(item)
            if item < 4:
                waiting.append(item + 1)
    assert seen == [1, 2, 3, 4]


def test_an_error_is_an_answer_and_the_others_are_played() -> None:
    with Pool(fail, 2) as pool:
        found = dict(play(pool, range(5)))
    assert [found[n] for n in (0, 3, 4)] == [Done(0), Done(3), Done(4)]
    first, second = found[1], found[2]
    assert isinstance(first, Raised)
    assert str(first.error) == "UnsendableError: this and that"
    assert isinstance(second, Raised)
    assert repr(second.error) == "ValueError('two')"


def test_a_result_that_cannot_be_sent_is_an_error_of_its_item() -> None:
    with Pool(made_here, 1) as pool:
        ((_, answer),) = play(pool, [1])
    assert isinstance(answer, Raised)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_item_of_a_worker_that_dies_is_played_once_more_elsewhere(tmp_path: Path, workers: int) -> None:
    with Pool(partial(die_at, tmp_path, 1), workers) as pool:
        found = dict(play(pool, range(6)))
    assert all(isinstance(answer, Done) and answer.value[0] == item for item, answer in found.items())
    played = [path.name for path in tmp_path.glob("2-*")]
    assert len(played) == 2  # in two processes
    assert len(list(tmp_path.iterdir())) == 7  # and everything else once


def test_an_item_whose_workers_die_twice_is_lost_and_no_other_is(tmp_path: Path) -> None:
    with Pool(partial(die_at, tmp_path, 9), 2) as pool:
        found = dict(play(pool, range(6)))
    assert found.pop(2) == Lost("the worker process died", 2)
    assert all(isinstance(answer, Done) for answer in found.values())
    assert len(list(tmp_path.glob("2-*"))) == 2


def test_a_worker_that_dies_while_it_has_nothing_to_do_costs_nothing() -> None:
    with Pool(own_pid, 1, attempts=1) as pool:
        ((_, first),) = play(pool, [1])
        assert isinstance(first, Done)
        os.kill(first.value, signal.SIGKILL)
        _wait_for_the_end_of(first.value)
        ((_, second),) = play(pool, [2])
    assert isinstance(second, Done)
    assert second.value != first.value


def test_when_the_nursery_dies_its_workers_end_and_the_work_goes_on() -> None:
    with Pool(nap, 2) as pool:
        pool.begin()
        (nursery,) = multiprocessing.active_children()
        items = iter([0.0, 0.3, 0.3, 0.3])
        found: list[tuple[float, Answer[float]]] = []
        for item, answer in pool.answers(lambda: next(items, None), lambda done: None):
            if not found and nursery.pid is not None:
                os.kill(nursery.pid, signal.SIGKILL)
            found.append((item, answer))
    assert sorted(found, key=lambda pair: pair[0]) == [(n, Done(n)) for n in (0.0, 0.3, 0.3, 0.3)]
    assert not multiprocessing.active_children()


def test_an_item_that_takes_too_long_is_lost_and_its_worker_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abm.study.runner.HEARTBEAT_S", 0.02)
    begun = time.monotonic()
    with Pool(nap, 2, timeout_s=0.3) as pool:
        found = dict(play(pool, [0.0, 60.0, 0.01]))
    assert found == {0.0: Done(0.0), 60.0: Lost("took longer than 0.3 s", 1), 0.01: Done(0.01)}
    assert time.monotonic() - begun < 10.0


def test_what_a_task_leaves_behind_is_gone_before_the_next() -> None:
    with Pool(leave_a_ring, 1) as pool:
        assert [answer for _, answer in play(pool, range(5))] == [Done(0)] * 5


def test_what_is_prepared_is_prepared_once_for_all_workers(tmp_path: Path) -> None:
    def prepare() -> None:
        (tmp_path / str(os.getpid())).touch()

    with Pool(own_pid, 3, prepare=prepare) as pool:
        play(pool, range(9))
    assert len(list(tmp_path.iterdir())) == 1


def test_what_goes_wrong_in_preparing_is_raised() -> None:
    def prepare() -> None:
        raise ValueError("no such case")

    with Pool(own_pid, 1, prepare=prepare) as pool, pytest.raises(ValueError, match="no such case"):
        play(pool, [1])
    assert not multiprocessing.active_children()


def _wait_for_the_end_of(pid: int) -> None:
    """Until the process is gone, or is a zombie whose threads have all ended: while one lives its pipes stay open."""
    deadline = time.monotonic() + 10.0
    while time.monotonic() < deadline:
        folder = Path(f"/proc/{pid}")
        try:
            threads = list((folder / "task").iterdir())
            if "State:\tZ" in (folder / "status").read_text(encoding="utf-8") and len(threads) <= 1:
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.01)
