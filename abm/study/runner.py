"""Sharing work out to processes: answers as they come, or results in the order of seeds.

The parent stays a single thread that waits on pipes: it holds no lock, so Ctrl-C ends it anywhere.
"""

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Protocol, Self

from abm.errors import CaravanError
from abm.study.nursery import Nursery, Worker, no_interrupts

#: Whoever waits is told so often that the work goes on, in seconds.
HEARTBEAT_S = 0.5
#: A nursery that dies is replaced so often before the machine is thought to be at fault.
_NURSERIES = 3


@dataclass(frozen=True, slots=True)
class Done[Result]:
    value: Result


@dataclass(frozen=True, slots=True)
class Raised:
    error: Exception


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer: the workers that had the task died, or took too long."""

    reason: str
    attempts: int


type Answer[Result] = Done[Result] | Raised | Lost


class Engine[Item, Result](Protocol):
    """Where tasks are played: on this machine (:class:`Pool`) or on a cluster (:mod:`abm.study.dask_runner`)."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def begin(self) -> None:
        """Get ready, before the caller opens files and starts threads."""
        ...

    def answers(
        self, take: Callable[[], Item | None], tell: Callable[[int], None]
    ) -> Iterator[tuple[Item, Answer[Result]]]:
        """(item, answer) of every item that ``take`` hands out, as they are done.

        ``take`` is asked whenever a worker is free; None: there is none now. It ends when there is none and none is under way, so
        that a caller may decide on further items when it has seen an answer. ``tell``: see :func:`run_seeds`.
        """
        ...


@dataclass(slots=True)
class _Job:
    item: Any
    attempts: int = 0
    begun: float = 0.0


class Pool[Item, Result]:
    """``workers`` processes that answer items with ``task(item)``; at most one item each is under way.

    prepare: what the nursery does once, before it forks the first worker, so that all of them have it. attempts: an item whose
    worker dies is played on another one until so many have died of it. timeout_s: a worker that takes longer is ended, and its
    item lost. ``task``, items and results must be picklable. No process is left when the block ends, however it ends.
    """

    def __init__(
        self, task: Callable[[Item], Result], workers: int, *, prepare: Callable[[], object] | None = None,
        attempts: int = 2, timeout_s: float | None = None,
    ) -> None:  # fmt: skip
        self._task, self._workers, self._prepare = task, workers, prepare
        self._attempts, self._timeout_s = attempts, timeout_s
        self._nursery: Nursery | None = None
        self._free: list[Worker] = []
        self._busy: dict[Worker, _Job] = {}
        self._again: deque[_Job] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in [*self._free, *self._busy]:
            worker.end.close()
        self._free, self._busy = [], {}
        if self._nursery is not None:
            self._nursery.close()
            self._nursery = None

    def begin(self) -> None:
        """Fork the nursery now; otherwise that is done when the first worker is needed."""
        with no_interrupts():
            self._nursery = self._nursery or Nursery.start(self._task, self._prepare)

    def answers(
        self, take: Callable[[], Item | None], tell: Callable[[int], None]
    ) -> Iterator[tuple[Item, Answer[Result]]]:
        """(item, answer) as they are done, see :class:`Engine`."""
        while True:
            self._give_work(take)
            if not self._busy:
                return
            ready = wait([worker.end for worker in self._busy], HEARTBEAT_S)
            found = [self._hear(worker) for worker in list(self._busy) if worker.end in ready]
            found += self._too_long()
            self._give_work(take)  # nobody idles while the caller sees to what is done
            answered = [pair for pair in found if pair is not None]
            yield from answered
            tell(len(answered))

    def _give_work(self, take: Callable[[], Item | None]) -> None:
        """Every free worker has an item, as far as there are any."""
        while len(self._busy) < self._workers:
            job = self._again.popleft() if self._again else None
            if job is None:
                item = take()
                if item is None:
                    return
                job = _Job(item)
            self._start(job)

    def _start(self, job: _Job) -> None:
        while True:
            worker = self._free.pop() if self._free else self._hire()
            try:
                worker.end.send(job.item)
            except OSError:  # it died while it had nothing to do
                worker.end.close()
                continue
            job.attempts, job.begun = job.attempts + 1, time.monotonic()
            self._busy[worker] = job
            return

    def _hear(self, worker: Worker) -> tuple[Item, Answer[Result]] | None:
        """What a worker has to say; None when it died and its item is to be played again."""
        job = self._busy.pop(worker)
        try:
            is_result, content = worker.end.recv()
        except (EOFError, OSError):
            worker.end.close()
            if job.attempts < self._attempts:
                self._again.append(job)
                return None
            return job.item, Lost("the worker process died", job.attempts)
        self._free.append(worker)
        return job.item, Done(content) if is_result else Raised(content)

    def _too_long(self) -> list[tuple[Item, Answer[Result]]]:
        """Ends the workers whose time is up."""
        if self._timeout_s is None:
            return []
        now, lost = time.monotonic(), list[tuple[Item, Answer[Result]]]()
        for worker, job in list(self._busy.items()):
            if now - job.begun > self._timeout_s:
                del self._busy[worker]
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGTERM)
                worker.end.close()
                lost.append((job.item, Lost(f"took longer than {self._timeout_s:g} s", job.attempts)))
        return lost

    def _hire(self) -> Worker:
        """A new worker, from a new nursery if the old one has died, too."""
        for _ in range(_NURSERIES):
            self.begin()
            if self._nursery is not None:
                try:
                    return self._nursery.worker()
                except (EOFError, OSError):
                    self._nursery.close()
                    self._nursery = None
        raise CaravanError("worker processes could not be started; is there memory left?")


def n_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def run_seeds[Result](
    task: Callable[[int], Result], seeds: Sequence[int], workers: int, progress: Callable[[int], None] | None = None
) -> list[Result]:
    """``[task(seed) for seed in seeds]``, in processes when ``workers`` > 1.

    ``progress`` is told how many are newly done, from the calling thread; 0 now and then while processes work. ``task`` and what
    it returns must be picklable. Whatever ends the wait early (an error of one task, Ctrl-C) ends the processes too. Raises
    CaravanError when a worker process dies (out of memory, killed).
    """
    tell = progress or _nobody
    if workers <= 1 or len(seeds) <= 1:
        results = []
        for seed in seeds:
            results.append(task(seed))
            tell(1)
        return results
    numbers = iter(enumerate(seeds))
    found: dict[int, Result] = {}
    with Pool(_Numbered(task), min(workers, len(seeds)), attempts=1) as pool:
        for (number, _), answer in pool.answers(lambda: next(numbers, None), tell):
            match answer:
                case Done(value):
                    found[number] = value
                case Raised(error):
                    raise error
                case Lost():
                    raise CaravanError("a worker process died, perhaps for want of memory; try again with --workers 1")
    return [found[number] for number in range(len(seeds))]


@dataclass(frozen=True, slots=True)
class _Numbered[Result]:
    """The task of a seed that knows its place in the list: the same seed may stand there twice."""

    task: Callable[[int], Result]

    def __call__(self, numbered: tuple[int, int]) -> Result:
        return self.task(numbered[1])


def _nobody(done: int) -> None:
    """Listens to no progress."""
