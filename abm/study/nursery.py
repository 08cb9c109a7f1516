"""Worker processes that can be replaced at any time.

They are forked by a *nursery*, which is itself forked before the parent opens files and starts threads: a worker inherits nothing
but what the nursery holds, the case and compiled kernels among it. Where processes cannot be forked they are spawned.
"""

import gc
import multiprocessing
import os
import pickle
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import recv_handle, send_handle
from typing import Any

#: One end of a pipe.
type End = Connection[Any, Any]

#: A process that does not end when told to is given so long, in seconds.
_GRACE_S = 2.0

_METHOD = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that answers every item sent to ``end`` with (True, result) or (False, error)."""

    pid: int
    end: End


@dataclass(frozen=True, slots=True)
class Nursery:
    """A process that makes workers. It ends them, and itself, when the parent does, however that ends."""

    process: BaseProcess
    end: End

    @classmethod
    def start(cls, task: Callable[[Any], Any], prepare: Callable[[], object] | None) -> "Nursery":
        """A nursery of workers that do ``task``; ``prepare`` is called in it once, before the first of them."""
        context: Any = multiprocessing.get_context(_METHOD)
        here, there = context.Pipe()
        inherited = here if _METHOD == "fork" else None
        process = context.Process(target=_nurse, args=(task, prepare, there, inherited))
        with warnings.catch_warnings():
            # A notebook, or a client of a cluster, has threads; the nursery takes none of the locks that these may hold.
            warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
            process.start()
        there.close()
        return cls(process, here)

    def worker(self) -> Worker:
        """A new worker. Raises EOFError or OSError when the nursery is dead, and what making the worker raised there."""
        self.end.send(True)
        pid, fault = self.end.recv()
        if fault is not None:
            raise fault
        return Worker(pid, type(self.end)(recv_handle(self.end)))

    def close(self) -> None:
        """End all workers, whatever they do, and the nursery."""
        with suppress(OSError):
            self.end.send(False)
        self.process.join(_GRACE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(_GRACE_S)
        self.end.close()


@contextmanager
def no_interrupts() -> Iterator[None]:
    """Ctrl-C waits until the block ends; a process that is forked here never hears of it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _nurse(
    task: Callable[[Any], Any], prepare: Callable[[], object] | None, end: End, inherited: End | None
) -> None:  # fmt: skip
    """The nursery: for every True a worker, by its number and the parent's end of its pipe; the end of all for a False.

    It has no thread but this, so that forking is safe.
    """
    _leave_interrupts()
    if inherited is not None:
        inherited.close()  # so that the parent's death closes the pipe
    parent: Any = multiprocessing.parent_process()
    is_prepared = False
    with suppress(EOFError, OSError):
        while parent.sentinel not in wait([end, parent.sentinel]) and end.recv():
            try:
                if not is_prepared:
                    if prepare is not None:
                        prepare()
                    gc.collect()
                    gc.freeze()  # what workers inherit stays: to look for what they leave behind costs little then
                    is_prepared = True
                pid, here = _fork(task)
            except Exception as error:  # noqa: BLE001 (whatever it is, the parent raises it)
                end.send((0, _that_travels(error)))
                continue
            end.send((pid, None))
            send_handle(end, here.fileno(), parent.pid)
            here.close()
            multiprocessing.active_children()  # buries the dead
    for child in multiprocessing.active_children():
        child.terminate()
    for child in multiprocessing.active_children():
        child.join(_GRACE_S)


def _fork(task: Callable[[Any], Any]) -> tuple[int, End]:
    context: Any = multiprocessing.get_context(_METHOD)
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(task, there), daemon=True)
    process.start()
    there.close()  # so that the worker's death closes the pipe
    return process.pid, here


def _serve(task: Callable[[Any], Any], end: End) -> None:
    """A worker: a result, or the error, for every item. It does not outlive its nursery."""
    _leave_interrupts()
    threading.Thread(target=_end_with_nursery, daemon=True).start()
    with suppress(EOFError, OSError):  # the parent has no more use for it
        while True:
            item = end.recv()
            try:
                answer = pickle.dumps((True, task(item)))
            except Exception as error:  # noqa: BLE001 (whatever it is, the parent hears of it)
                answer = pickle.dumps((False, _that_travels(error)))
            end.send_bytes(answer)
            gc.collect()  # a world is a ring of references, and large: to wait until many are left would take the memory


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; these leave it to their parent, and end when they are told to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end_with_nursery() -> None:
    nursery = multiprocessing.parent_process()
    if nursery is not None:
        nursery.join()
        os._exit(1)


def _that_travels(error: Exception) -> Exception:
    """The error, or one that says the same if it cannot be sent to another process."""
    try:
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 (made on this line)
    except Exception:  # noqa: BLE001 (any class may fail in its own way)
        again = None
    return error if type(again) is type(error) else RuntimeError(f"{type(error).__name__}: {error}")
