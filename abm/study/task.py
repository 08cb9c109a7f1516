"""The schedule of a plan, and how one task of it is played: one warmed-up world, forked into every arm."""

import time
from dataclasses import replace

import numpy as np

from abm.corridor.scenario import Scenario
from abm.model import CorridorModel
from abm.study.design import n_points, points
from abm.study.identity import model_version, run_key
from abm.study.outcomes import Catalogue, catalogue_of, links_opened
from abm.study.plan import WITHOUT, Arm, Friction, Plan
from abm.study.records import Failure, Record, Result, RunId, Task
from abm.worlds import play, transport_alone

#: Between the seeds of one replication and the next, so that a design with more points keeps the chance of those it had.
REPLICATION_STRIDE = 1_000_000


def tasks_of(plan: Plan) -> list[Task]:
    """Every task of a plan, by point and then replication; the runs of one share their warm-up. The arm without comes first."""
    opened, version = links_opened(plan), model_version()
    rows = points(plan)
    found = []
    for point in range(len(rows)):
        values = tuple(float(value) for value in rows[point])
        for replication in range(replications_of(plan, point)):
            seed = seed_of(plan, point, replication)
            runs = tuple(
                RunId(
                    run_key(plan, opened, values, seed, arm, version), point, replication,
                    WITHOUT if arm is None else arm.name, seed,
                )
                for arm in (None, *arms_at(plan, point))
            )  # fmt: skip
            found.append(Task(point, replication, seed, values, runs))
    return found


def arms_at(plan: Plan, point: int) -> tuple[Arm, ...]:
    """Arms, besides the one without, that are played at a point."""
    return tuple(arm for arm in plan.arms if not arm.points or point < arm.points)


def replications_of(plan: Plan, point: int) -> int:
    """Replications of a point: one more where chance is to be told from parameters."""
    return plan.replications + (1 if point < plan.repeated_points else 0)


def seed_of(plan: Plan, point: int, replication: int) -> int:
    """Seed of one task: its own, or (``common``) that of the replication at every point."""
    own = 0 if plan.seeds == "common" else point
    return plan.first_seed + own + REPLICATION_STRIDE * replication


def n_runs(plan: Plan) -> int:
    """Worlds that the whole plan plays."""
    return sum(replications_of(plan, point) * (1 + len(arms_at(plan, point))) for point in range(n_points(plan)))


def scenario_of(plan: Plan, arm: str, seed: int, values: tuple[float, ...]) -> Scenario:
    """The scenario that one run plays. Raises KeyError for an arm that the plan has not."""
    names = (factor.name for factor in plan.factors)
    without = plan.scenario(seed, dict(zip(names, values, strict=True)))
    if arm == WITHOUT:
        return without
    chosen = {one.name: one for one in plan.arms}[arm]
    measure = replace(without, policies=(*plan.base, *chosen.policies))
    return transport_alone(measure, plan.base) if chosen.friction is Friction.NONE else measure


def play_task(plan: Plan, task: Task) -> list[Result]:
    """Play the runs of a task from one warmed-up state and record them, in their order.

    Any exception becomes the failure of the run it struck, one of the warm-up that of all; none leaves this function, but for
    those that end the process (Ctrl-C).
    """
    started = time.process_time(), time.perf_counter()
    try:
        kept = catalogue_of(plan)
        root = CorridorModel(
            replace(plan.scenario(task.seed, _values(plan, task)), policies=()), register=False, collect=False
        )
        root.warm_up()
    except Exception as error:  # noqa: BLE001 (whatever it is, it becomes a row)
        return [Failure(run, told(error)) for run in task.runs]
    results: list[Result] = []
    for run in task.runs:
        results.append(_play_run(plan, kept, root, task, run, started))
        started = time.process_time(), time.perf_counter()
    return results


def _values(plan: Plan, task: Task) -> dict[str, float]:
    return dict(zip((factor.name for factor in plan.factors), task.values, strict=True))


def _play_run(
    plan: Plan, kept: Catalogue, root: CorridorModel, task: Task, run: RunId, started: tuple[float, float]
) -> Result:
    try:
        scenario = scenario_of(plan, run.arm, task.seed, task.values)
        model = root.fork(scenario)
        world = play(model, kept.cuts)
        with np.errstate(all="ignore"):
            outcomes, series = kept.record(scenario, model.state, world)
    except Exception as error:  # noqa: BLE001 (whatever it is, it becomes a row)
        return Failure(run, told(error))
    cpu_s, wall_s = time.process_time() - started[0], time.perf_counter() - started[1]
    return Record(run, outcomes, series, cpu_s, wall_s)


def told(error: Exception) -> str:
    """Type and message of an exception, on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
