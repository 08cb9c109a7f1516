"""Tasks on a Dask cluster that exists: the same answers as from processes of this machine (:mod:`abm.study.runner`).

The task, and with it the plan and its case, goes to every worker once, as a plugin that Dask also hands to workers who join later
or come back. A worker process plays one task at a time, however many threads it has. This module needs the ``cluster`` extra.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from types import TracebackType
from typing import Any, Self, cast
from uuid import uuid4

from distributed import Client, KilledWorker, WorkerPlugin, get_worker

from abm.errors import CaravanError
from abm.study.runner import HEARTBEAT_S, Answer, Done, Lost, Raised

#: A scheduler that does not answer within so many seconds is not there.
CONNECT_S = 10.0


class Player(WorkerPlugin):
    """What a worker keeps: the task, and a lock, since worlds of one process are played one after another.

    ``version`` is what ``found_version()`` must give on the worker: another version of the model gives other results.
    """

    def __init__(self, task: Callable[[Any], Any], version: str, found_version: Callable[[], str]) -> None:
        self._task, self._version, self._found_version = task, version, found_version

    def setup(self, worker: Any) -> None:
        """Called by Dask on the worker."""
        self._where = worker.address
        self._turn = threading.Lock()
        self._found = self._found_version()
        gc.freeze()

    def play(self, item: Any) -> Any:
        """The task's result. Raises CaravanError when the worker has another version of the model."""
        if self._found != self._version:
            raise CaravanError(
                f"the worker at {self._where} has model version {self._found}, this machine {self._version}; "
                "install the same version on all of them"
            )
        with self._turn:
            try:
                return self._task(item)
            finally:
                gc.collect()  # worlds are rings of references, and large


def _play(name: str, item: Any) -> Any:
    return cast(Player, get_worker().plugins[name]).play(item)


class DaskCluster[Item, Result]:
    """The workers of the Dask scheduler at ``address`` (``tcp://host:8786``, or the path of its scheduler file).

    ``version`` and ``found_version``: see :class:`Player`. Dask itself gives the task of a worker that dies to others, as
    often as the scheduler's ``distributed.scheduler.allowed-failures`` says; then it is lost.
    """

    def __init__(
        self, task: Callable[[Item], Result], address: str, version: str, found_version: Callable[[], str]
    ) -> None:
        self._player, self._address = Player(task, version, found_version), address
        self._name = f"caravan-{uuid4().hex}"
        self._client: Any = None
        self._room, self._counted = 0, 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes back what is under way and what the workers keep; the cluster itself stays as it is."""
        if self._client is None:
            return
        with suppress(Exception):  # a cluster that has gone holds nothing that must be taken back
            if self._client.status == "running":
                self._client.unregister_worker_plugin(self._name)
        self._client.close(timeout=CONNECT_S)
        self._client = None

    def begin(self) -> None:
        """Find the scheduler and give the workers the task. Raises CaravanError when it does not answer, or a worker cannot."""
        by_file = {"scheduler_file": self._address} if Path(self._address).is_file() else {"address": self._address}
        try:
            self._client = Client(**by_file, timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise CaravanError(
                f"{self._address}: no Dask scheduler answered within {CONNECT_S:g} s; is the address right, is it running?"
            ) from error
        try:
            self._client.register_plugin(self._player, name=self._name)
        except Exception as error:
            raise CaravanError(
                f"{self._address}: a worker could not take the task ({type(error).__name__}: {error}); "
                "is Caravan installed on every worker?"
            ) from error

    def answers(
        self, take: Callable[[], Item | None], tell: Callable[[int], None]
    ) -> Iterator[tuple[Item, Answer[Result]]]:
        """(item, answer) as they are done, see :class:`abm.study.runner.Engine`. Raises CaravanError when the cluster goes."""
        under_way: dict[str, tuple[Any, Item]] = {}
        ready: SimpleQueue[Any] = SimpleQueue()
        number = 0
        while True:
            while len(under_way) < self._bound() and (item := take()) is not None:
                number += 1
                key = f"{self._name}-{number}"
                future = self._client.submit(_play, self._name, item, key=key, pure=False)
                under_way[key] = future, item
                future.add_done_callback(ready.put)
            if not under_way:
                return
            done = _batch(ready)
            for future in done:
                _, item = under_way.pop(future.key)
                yield item, self._answer(future)
            tell(len(done))

    def _bound(self) -> int:
        """How many tasks may be under way: one a worker, so that none is blamed for the death of another's; counted now and then,
        since workers come and go."""
        if monotonic() - self._counted > HEARTBEAT_S:
            with suppress(Exception):  # the futures tell when the cluster has gone
                self._room = len(self._client.nthreads())
            self._counted = monotonic()
        return max(self._room, 1)

    def _answer(self, future: Any) -> Answer[Result]:
        try:
            return Done(future.result())
        except KilledWorker as error:
            return Lost("the worker process died", error.allowed_failures + 1)
        except Exception as error:
            if future.status != "error":
                raise CaravanError(f"{self._address}: the connection to the Dask cluster was lost") from error
            return Raised(error)


def _batch(ready: "SimpleQueue[Any]") -> list[Any]:
    """All futures that are done; none after a heartbeat."""
    found = []
    with suppress(Empty):
        found.append(ready.get(timeout=HEARTBEAT_S))
        while True:
            found.append(ready.get_nowait())
    return found
