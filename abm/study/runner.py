"""Running the seeds of a study on the cores there are, in processes that share the compiled kernels; results in seed order."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from abm.errors import CaravanError


def n_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def run_seeds[Result](
    task: Callable[[int], Result], seeds: Sequence[int], workers: int, progress: Callable[[int], None] | None = None
) -> list[Result]:
    """``[task(seed) for seed in seeds]``, in processes when ``workers`` > 1; ``progress`` is told of each one that is done.

    ``task`` must be picklable. Raises CaravanError when a worker process dies (out of memory, killed).
    """
    if workers <= 1 or len(seeds) <= 1:
        results = []
        for seed in seeds:
            results.append(task(seed))
            if progress is not None:
                progress(1)
        return results
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    try:
        with ProcessPoolExecutor(min(workers, len(seeds)), mp_context=context) as pool:
            futures = {pool.submit(task, seed): seed for seed in seeds}
            for _ in as_completed(futures):
                if progress is not None:
                    progress(1)
            return [future.result() for future in futures]
    except BrokenProcessPool as error:
        raise CaravanError("a worker process died, perhaps for want of memory; try again with --workers 1") from error
