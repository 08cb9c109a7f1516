"""Playing a plan: on the cores of this machine or on a cluster, every run kept the moment it ends, none played twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

from abm.errors import CaravanError, InputError, Problem
from abm.study.identity import model_version
from abm.study.manifest import sweep_manifest
from abm.study.outcomes import catalogue_of
from abm.study.plan import Plan
from abm.study.plan_file import read_plan
from abm.study.records import Failure, Result, Task
from abm.study.results import Results, open_results
from abm.study.runner import Answer, Done, Engine, Lost, Pool, Raised, n_cores
from abm.study.schedule import Schedule
from abm.study.store import Store
from abm.study.task import play_task, tasks_of

#: Where sweeps are kept unless told otherwise, each in a folder of its plan's name.
OUT = Path("out")
#: When so many tasks in a row lose their workers, it is not the tasks.
_LOST_IN_A_ROW = 5
_CLUSTER_MODULE = "abm.study.dask_runner"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a sweep is: runs that the plan has at most; kept from before; done and failed now; spared by the rule to stop; left
    to be played, as far as known; seconds since it began."""

    runs: int
    kept: int
    done: int
    failed: int
    spared: int
    left: int
    elapsed_s: float


def sweep(
    plan: Plan | Path | str,
    out: Path | str | None = None,
    *,
    workers: int | None = None,
    cluster: str = "",
    points: int | None = None,
    retry_failed: bool = False,
    timeout_s: float | None = None,
    progress: Callable[[Standing], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Results:
    """Play what a plan asks for and its folder does not hold yet.

    ``plan``: as read, or where it is. ``out``: the sweep's folder, by default ``out/<name of the plan>``; a sweep that was
    stopped at any moment goes on from there. ``workers``: processes, by default one per core; or ``cluster``: address of a Dask
    scheduler. The results depend on neither. ``points``: only so many of the design's first points, a try-out; the others can
    follow in the same folder. A run that fails is kept with its error, and played again only with
    ``retry_failed``; a run whose worker dies is tried once more. ``timeout_s``: a task that takes a worker of this machine longer
    fails. ``progress`` hears how far it is, at least every second; ``tell`` hears of damaged files that are mended.

    Raises InputError for a bad plan, and when ``out`` holds another sweep (with every difference); CaravanError when the disk is
    full, the cluster does not answer or workers keep dying. What was finished is kept in every case.
    """
    asked = plan if isinstance(plan, Plan) else read_plan(plan)
    _check(workers, cluster, points)
    engine: Engine[Task, list[Result]] = (
        _cluster_engine(asked, cluster)
        if cluster
        else Pool(
            partial(play_task, asked), workers or n_cores(), prepare=partial(catalogue_of, asked), timeout_s=timeout_s
        )
    )
    folder = OUT / asked.name if out is None else Path(out)
    manifest = sweep_manifest(asked)  # finds what workers of this machine inherit
    with engine:
        engine.begin()
        with Store.create(folder, manifest, tell) as store:
            every = tasks_of(asked)
            store.ask(run for task in every for run in task.runs)
            tasks = [task for task in every if points is None or task.point < points]
            _play(asked, tasks, store, engine, retry_failed, progress or _nobody)
    return open_results(folder)


def _check(workers: int | None, cluster: str, points: int | None) -> None:
    problems = []
    if points is not None and points < 1:
        problems.append(Problem("points", "must be at least 1", value=str(points)))
    if workers is not None and workers < 1:
        problems.append(Problem("workers", "must be at least 1", value=str(workers)))
    if workers is not None and cluster:
        problems.append(Problem("workers", "must not be given with a cluster, which has its own"))
    if problems:
        raise InputError(problems)


def _cluster_engine(plan: Plan, address: str) -> Engine[Task, list[Result]]:
    try:
        module: Any = import_module(_CLUSTER_MODULE)
    except ModuleNotFoundError as error:
        raise CaravanError(
            f"a cluster needs the library {error.name!r}: install Caravan with its extra, caravan-abm[cluster]"
        ) from error
    engine: Engine[Task, list[Result]] = module.DaskCluster(
        partial(play_task, plan), address, model_version(), model_version
    )
    return engine


def _play(
    plan: Plan, tasks: Sequence[Task], store: Store, engine: Engine[Task, list[Result]], retry_failed: bool,
    progress: Callable[[Standing], None],
) -> None:  # fmt: skip
    schedule = _schedule(plan, tasks, store, retry_failed)
    begun, counts = monotonic(), {"done": 0, "failed": 0}

    def tell(_: int = 0) -> None:
        progress(
            Standing(
                schedule.n_runs, schedule.n_kept, counts["done"], counts["failed"], schedule.n_spared, schedule.n_left,
                monotonic() - begun,
            )
        )  # fmt: skip

    tell()
    lost_in_a_row = 0
    for task, answer in engine.answers(schedule.take, tell):
        results = _results(task, answer)
        store.add(results)
        schedule.note(results)
        n_failed = sum(isinstance(result, Failure) for result in results)
        counts["done"] += len(results) - n_failed
        counts["failed"] += n_failed
        lost_in_a_row = lost_in_a_row + 1 if isinstance(answer, Lost) else 0
        if lost_in_a_row >= _LOST_IN_A_ROW:
            raise CaravanError(
                f"{lost_in_a_row} tasks in a row lost their workers, perhaps for want of memory: "
                "go on with fewer workers and with --retry-failed"
            )
    tell()


def _schedule(plan: Plan, tasks: Sequence[Task], store: Store, retry_failed: bool) -> Schedule:
    settled = store.done_keys() if retry_failed else store.done_keys() | store.failed_keys()
    if plan.stop is None:
        return Schedule(plan, tasks, settled, {}, {})
    catalogue, outcome = catalogue_of(plan), plan.stop.outcome
    named: Mapping[str, float] = store.named(outcome)
    return Schedule(plan, tasks, settled, named, catalogue.base_year, catalogue.names.index(outcome))


def _results(task: Task, answer: Answer[list[Result]]) -> list[Result]:
    """What is kept of a task's runs. Raises what a worker raised that is no run's failure: a fault in the installation, say."""
    match answer:
        case Done(results):
            return results
        case Raised(error):
            raise error
        case Lost(reason, attempts):
            return [Failure(run, reason, attempts) for run in task.runs]


def _nobody(standing: Standing) -> None:
    """Listens to no progress."""
