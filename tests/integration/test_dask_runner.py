"""Made-up tasks on a real cluster of processes: answers, errors, deaths, another version, a scheduler that goes."""

import os
import time
from collections.abc import Iterator

import pytest

from abm.errors import CaravanError
from abm.study.dask_runner import DaskCluster
from abm.study.runner import Answer, Done, Lost, Raised
from tests.local_cluster import LocalCluster, local_cluster

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals differ there")


def play(item: int) -> int:
    time.sleep(0.01)
    if item == 3:
        raise ValueError("three")
    if item == 5:
        os._exit(1)
    return item * item


def slowly(item: int) -> int:
    time.sleep(0.5)
    return item


def version() -> str:
    return "1"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    with local_cluster(tmp_path_factory.mktemp("cluster"), 3) as found:
        yield found


def answers(engine: DaskCluster[int, int], n: int) -> list[tuple[int, Answer[int]]]:
    items = iter(range(n))
    return list(engine.answers(lambda: next(items, None), lambda done: None))


def test_errors_and_deaths_are_answers_and_every_other_task_is_done(cluster: LocalCluster) -> None:
    with DaskCluster(play, cluster.address, "1", version) as engine:
        engine.begin()
        found = answers(engine, 12)
    assert sorted(item for item, _ in found) == list(range(12))
    told = dict(found)
    error = told.pop(3)
    assert isinstance(error, Raised)
    assert repr(error.error) == "ValueError('three')"
    assert told.pop(5) == Lost("the worker process died", 2)
    assert told == {item: Done(item * item) for item in told}
    assert sum(worker.poll() is not None for worker in cluster.workers) == 2


def test_a_worker_with_another_version_of_the_model_is_refused(cluster: LocalCluster) -> None:
    with DaskCluster(play, cluster.address, "2", version) as engine:
        engine.begin()
        ((_, answer),) = answers(engine, 1)
    assert isinstance(answer, Raised)
    assert isinstance(answer.error, CaravanError)
    assert "has model version 1, this machine 2" in str(answer.error)


def test_a_scheduler_that_goes_ends_the_work_with_an_error(cluster: LocalCluster) -> None:
    """The last test here: nothing is left of the cluster after it."""
    with DaskCluster(slowly, cluster.address, "1", version) as engine:
        engine.begin()
        items = iter(range(100))
        waiting = engine.answers(lambda: next(items, None), lambda done: None)
        item, answer = next(waiting)  # whichever was first
        assert answer == Done(item)
        cluster.scheduler.kill()
        with pytest.raises(CaravanError, match="the connection to the Dask cluster was lost"):
            list(waiting)
