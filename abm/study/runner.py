"""Running the seeds of a study on the cores there are, in processes that share the compiled kernels; results in seed order.

The parent stays a single thread that waits on pipes: it holds no lock, so Ctrl-C ends it anywhere, and forking is safe.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from abm.errors import CaravanError

#: The parent's or the worker's end of the pipe between them.
type End = Connection[Any, Any]

#: Whoever waits is told so often that the work goes on, in seconds.
_HEARTBEAT_S = 0.5
#: A worker that does not end when told to is given so long, in seconds.
_GRACE_S = 2.0


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
    results: dict[int, Result] = {}
    if workers <= 1 or len(seeds) <= 1:
        for number, seed in enumerate(seeds):
            results[number] = task(seed)
            tell(1)
    else:
        with _processes(task, min(workers, len(seeds))) as ends:
            results.update(_share_out(seeds, ends, tell))
    return [results[number] for number in range(len(seeds))]


def _share_out(seeds: Sequence[int], ends: Sequence[End], tell: Callable[[int], None]) -> Iterator[tuple[int, Any]]:
    """(place in ``seeds``, result) of each seed as it is done; whoever is free gets the next one."""
    free, waiting = list(ends), list(enumerate(seeds))[::-1]
    busy: dict[End, int] = {}
    while waiting or busy:
        while free and waiting:
            number, seed = waiting.pop()
            end = free.pop()
            busy[end] = number
            _from_worker(end.send, seed)
        ready = wait(list(busy), _HEARTBEAT_S)
        done = [end for end in busy if end in ready]
        for end in done:
            is_result, content = _from_worker(end.recv)
            if not is_result:
                raise content
            free.append(end)
            yield busy.pop(end), content
        tell(len(done))


def _from_worker(act: Callable[..., Any], *content: object) -> Any:
    try:
        return act(*content)
    except (EOFError, OSError) as error:
        raise CaravanError("a worker process died, perhaps for want of memory; try again with --workers 1") from error


@contextmanager
def _processes(task: Callable[[int], Any], n: int) -> Iterator[list[End]]:
    """``n`` processes that answer seeds with results, by the parent's ends of their pipes; none is left at the end."""
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    ends: list[End] = []
    processes: list[BaseProcess] = []
    try:
        for _ in range(n):
            here, there = context.Pipe()
            ends.append(here)
            process = context.Process(target=_serve, args=(task, there), daemon=True)
            with _no_interrupts():
                process.start()
                processes.append(process)
            there.close()  # so that the worker's death closes the pipe
        yield ends
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(_GRACE_S)
        for end in ends:
            end.close()


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Ctrl-C waits until the block ends; a process that is forked here never hears of it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(task: Callable[[int], Any], end: End) -> None:
    """A worker: a result, or the error, for every seed. It leaves Ctrl-C to its parent, and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        seed = end.recv()
        try:
            answer = True, task(seed)
        except Exception as error:  # noqa: BLE001 (whatever it is, the parent raises it)
            answer = False, error
        end.send(answer)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _nobody(done: int) -> None:
    """Listens to no progress."""
