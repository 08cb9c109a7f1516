"""Running the seeds of a study on the cores there are, in processes that share the compiled kernels; results in seed order."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from abm.errors import CaravanError

#: Whoever waits is told so often that the work goes on, in seconds.
_HEARTBEAT_S = 0.5
#: A worker that does not end by itself when told to is given so long, in seconds.
_GRACE_S = 2.0


def n_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def run_seeds[Result](
    task: Callable[[int], Result], seeds: Sequence[int], workers: int, progress: Callable[[int], None] | None = None
) -> list[Result]:
    """``[task(seed) for seed in seeds]``, in processes when ``workers`` > 1.

    ``progress`` is told how many are newly done, from the calling thread; 0 now and then while processes work. ``task`` must be
    picklable. Whatever ends the wait early (an error of one task, Ctrl-C) ends the processes too. Raises CaravanError when a
    worker process dies (out of memory, killed).
    """
    tell = progress or _nobody
    if workers <= 1 or len(seeds) <= 1:
        results = []
        for seed in seeds:
            results.append(task(seed))
            tell(1)
        return results
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        min(workers, len(seeds)), mp_context=multiprocessing.get_context(method), initializer=_serve
    )
    try:
        futures = [pool.submit(task, seed) for seed in seeds]
        waiting = set(futures)
        while waiting:
            done, waiting = wait(waiting, _HEARTBEAT_S, FIRST_COMPLETED)
            for future in done:
                future.result()
            tell(len(done))
        pool.shutdown()
        return [future.result() for future in futures]
    except BrokenProcessPool as error:
        raise CaravanError("a worker process died, perhaps for want of memory; try again with --workers 1") from error
    finally:
        # Nothing is left after a success; after a failure nobody wants what is under way.
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
            process.join(_GRACE_S)


def _nobody(done: int) -> None:
    """Listens to no progress."""


def _serve() -> None:
    """A worker leaves Ctrl-C to its parent, and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
