"""A Dask cluster on this machine: scheduler and workers are processes of their own, as on a real one."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: A worker that dies gives its task to one other; then the task is lost.
_ONCE = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
_STARTS_WITHIN_S = 60.0


@dataclass(frozen=True)
class LocalCluster:
    """The scheduler's file, which stands for its address, and the processes."""

    scheduler_file: Path
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]

    @property
    def address(self) -> str:
        return str(self.scheduler_file)

    def add_worker(self) -> None:
        """One more worker process of one thread; without a nanny it stays dead when it dies."""
        words = ["--scheduler-file", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.workers.append(_start("dask_worker", words, self.scheduler_file.parent))


@contextmanager
def local_cluster(folder: Path, n_workers: int) -> Iterator[LocalCluster]:
    """A cluster with its files in ``folder``; no process of it is left at the end."""
    file = folder / "scheduler.json"
    words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    cluster = LocalCluster(file, _start("dask_scheduler", words, folder), [])
    try:
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        for _ in range(n_workers):
            cluster.add_worker()
        yield cluster
    finally:
        for process in [*cluster.workers, cluster.scheduler]:
            process.kill()
            process.wait()


def _start(tool: str, words: list[str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "cluster.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{tool}", *words], cwd=folder, stdout=log, stderr=log,
            env={**with_bytecode(folder), **_ONCE, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip


def with_bytecode(folder: Path) -> dict[str, str]:
    """The environment of this process, in which others keep what they compile in ``folder``: they start in half the time."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
