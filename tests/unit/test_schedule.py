"""The schedule of a sweep: what is left is played once, and the rule to stop does not depend on who answers first."""

import math
import random
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from scipy import stats

from abm.study.plan import WITHOUT, Metric, Plan, StopRule
from abm.study.records import Failure, Record, Result, Task
from abm.study.schedule import Schedule, half_width
from abm.study.task import n_runs, tasks_of
from tests.made_plans import plan_of

OUTCOME = "trade_usd:XA:1"
MANY = ("years = 1", "years = 1\nreplications = 12")
RULE = (
    '[[factors]]\nname = "sigma"',
    f'[stop]\narm = "open"\noutcome = "{OUTCOME}"\nhalf_width = 0.02\n[[factors]]\nname = "sigma"',
)

type Worth = Callable[[int, int, str], float]


def spread(point: int, replication: int, arm: str) -> float:
    """Point 0 hardly varies, point 3 a lot; the arm without is 1."""
    if arm == WITHOUT:
        return 1.0
    rng = np.random.default_rng([point, replication])
    return 1.1 + 0.004 * 4.0**point * float(rng.normal())


def answer(task: Task, worth: Worth) -> list[Result]:
    return [
        Record(run, np.array([worth(run.point, run.replication, run.arm)]), np.zeros((12, 0)), 0.1, 0.1)
        for run in task.runs
    ]


def play_through(schedule: Schedule, worth: Worth, seed: int, most_at_once: int = 3) -> list[tuple[int, int, str]]:
    """Every run that is played when answers come in a random order: (point, replication, arm)."""
    rng, under_way, played = random.Random(seed), list[Task](), list[tuple[int, int, str]]()
    while True:
        while len(under_way) < most_at_once and (task := schedule.take()) is not None:
            under_way.append(task)
        if not under_way:
            return played
        task = under_way.pop(rng.randrange(len(under_way)))
        played += [(run.point, run.replication, run.arm) for run in task.runs]
        schedule.note(answer(task, worth))


def schedule_of(plan: Plan, settled: Mapping[str, float] | None = None) -> Schedule:
    known = settled or {}
    return Schedule(plan, tasks_of(plan), known, known, {"trade_usd:XA": 1.0})


def test_every_run_is_played_once() -> None:
    plan = plan_of(("years = 1", "years = 1\nreplications = 2\nrepeated_points = 2"))
    schedule = schedule_of(plan)
    assert schedule.n_left == n_runs(plan) == 26
    played = play_through(schedule, spread, seed=1)
    assert sorted(played) == sorted((r.point, r.replication, r.arm) for task in tasks_of(plan) for r in task.runs)
    assert schedule.n_left == 0


def test_of_a_task_that_was_half_done_the_other_half_is_played() -> None:
    plan = plan_of()
    first, second, *_ = tasks_of(plan)
    schedule = schedule_of(plan, {first.runs[1].key: 1.1, **{run.key: 1.0 for run in second.runs}})
    assert (schedule.n_kept, schedule.n_left) == (4, 6)
    taken = schedule.take()
    assert taken is not None
    assert [run.arm for run in taken.runs] == [WITHOUT, "transport"]
    following = schedule.take()
    assert following is not None
    assert following.point == 2


def test_a_run_that_two_points_ask_for_is_played_once() -> None:
    """Two choices of one factor, common seeds: four points, two worlds."""
    plan = plan_of(
        ("years = 1", 'years = 1\nseeds = "common"'), ('name = "sigma"', 'name = "sigma"\nchoices = [3.0, 4.0]'),
        ('[[factors]]\nname = "kappa"\n', ""),
    )  # fmt: skip
    keys = {run.key for task in tasks_of(plan) for run in task.runs}
    assert len(keys) < n_runs(plan)
    schedule = schedule_of(plan)
    assert len(play_through(schedule, spread, seed=1, most_at_once=1)) == len(keys)
    assert schedule.n_left == 0


@pytest.mark.parametrize("seed", range(5))
def test_the_rule_to_stop_plays_the_same_runs_in_whatever_order_answers_come(seed: int) -> None:
    plan = plan_of(MANY, RULE)
    in_order = play_through(schedule_of(plan), spread, seed=0, most_at_once=1)
    schedule = schedule_of(plan)
    assert sorted(play_through(schedule, spread, seed, most_at_once=5)) == sorted(in_order)
    assert schedule.n_left == 0
    assert schedule.n_spared == n_runs(plan) - len(in_order)


def test_replications_stop_at_the_first_that_makes_the_interval_narrow_enough() -> None:
    plan = plan_of(MANY, RULE)
    played = play_through(schedule_of(plan), spread, seed=0)
    numbers = [sum(p == point and arm == WITHOUT for p, _, arm in played) for point in range(4)]
    for point, n in enumerate(numbers):
        values = np.array([spread(point, replication, "open") - 1.0 for replication in range(12)])
        widths = [stats.t.interval(0.95, k - 1, 0.0, stats.sem(values[:k]))[1] for k in range(3, 13)]
        assert n == next((k for k, width in zip(range(3, 13), widths, strict=True) if width <= 0.02), 12)
    assert numbers[0] == 3
    assert numbers[-1] == 12


def test_a_sweep_that_goes_on_stops_where_it_would_have_stopped() -> None:
    plan = plan_of(MANY, RULE)
    whole = sorted(play_through(schedule_of(plan), spread, seed=0))
    for n_before in (1, 7, 20, len(whole)):
        known = {
            run.key: spread(run.point, run.replication, run.arm)
            for task in tasks_of(plan)
            for run in task.runs
            if (run.point, run.replication, run.arm) in whole[:n_before]
        }
        schedule = schedule_of(plan, known)
        assert schedule.n_kept == n_before
        assert sorted(play_through(schedule, spread, seed=3) + whole[:n_before]) == whole


def test_runs_without_a_number_do_not_count_as_evidence() -> None:
    """Replications 0 and 1 fail: four are needed to have two of them, and the rule wants three."""
    plan = plan_of(MANY, RULE)
    schedule = schedule_of(plan)
    n = 0
    while (task := schedule.take()) is not None:
        n += task.point == 0
        if task.replication < 2:
            schedule.note([Failure(run, "no route") for run in task.runs])
        else:
            schedule.note(answer(task, lambda point, replication, arm: 1.0 if arm == WITHOUT else 1.1))
    assert n == 5


def test_where_the_arm_of_the_rule_is_not_played_nothing_stops() -> None:
    plan = plan_of(MANY, (RULE[0], RULE[1].replace('"open"', '"transport"')))  # which is played at two points of four
    played = play_through(schedule_of(plan), lambda point, replication, arm: 1.0, seed=0)
    numbers = [sum(p == point and arm == WITHOUT for p, _, arm in played) for point in range(4)]
    assert numbers == [3, 3, 12, 12]


@pytest.mark.parametrize("metric", list(Metric))
def test_the_rule_looks_at_its_own_metric(metric: Metric) -> None:
    """Worlds differ by a gain that is always the same; only a metric that is relative to a world that varies can vary."""
    plan = plan_of(MANY, (RULE[0], RULE[1].replace("half_width", f'metric = "{metric.value}"\nhalf_width')))

    def worth(point: int, replication: int, arm: str) -> float:
        return 1.0 + (replication % 2) + (0.5 if arm == "open" else 0.0)

    played = play_through(schedule_of(plan), worth, seed=0)
    stops = {(p, replication) for p, replication, _ in played} == {(p, k) for p in range(4) for k in range(3)}
    assert stops == (metric is Metric.GAIN)


def test_half_the_interval_is_that_of_students_t() -> None:
    values = np.array([1.0, 2.0, 4.0, 5.0])
    low, high = stats.t.interval(0.95, 3, loc=values.mean(), scale=stats.sem(values))
    assert half_width(values) == pytest.approx((high - low) / 2.0)
    assert not math.isnan(half_width(np.array([1.0, 1.0])))


def test_the_rule_reads_its_outcome_at_its_place_in_the_record() -> None:
    plan = plan_of(MANY, RULE)
    assert plan.stop == StopRule("open", OUTCOME, Metric.LEVEL, 0.02)
    schedule = Schedule(plan, tasks_of(plan), (), {}, {}, place=1)
    n = 0
    while (task := schedule.take()) is not None:
        n += 1
        schedule.note([Record(run, np.array([float(n), 1.0]), np.zeros((12, 0)), 0.0, 0.0) for run in task.runs])
    assert n == 12  # three at each point: the other number would not have stopped them
