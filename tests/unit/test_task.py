"""Tasks: their order, seeds and arms; and that playing one gives what the worlds themselves give, or a row with the error."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abm.corridor.scenario import Scenario
from abm.model import CorridorModel
from abm.study import task as task_module
from abm.study.measures import Relations, growth_rows
from abm.study.outcomes import Catalogue, catalogue_of
from abm.study.plan import WITHOUT, Plan
from abm.study.records import Failure, Record, Task
from abm.study.task import arms_at, n_runs, play_task, replications_of, scenario_of, seed_of, tasks_of
from abm.worlds import TRANSPORT, arms_of, play_arms
from tests.made_plans import plan_of
from tests.small_worlds import edited, toy_with_cast

CASE = edited(toy_with_cast(), warmup_days=60, targets=())


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(case=CASE)


@pytest.fixture(scope="module")
def played(plan: Plan) -> list[Record]:
    results = play_task(plan, tasks_of(plan)[1])
    assert all(isinstance(result, Record) for result in results)
    return [result for result in results if isinstance(result, Record)]


def test_tasks_come_by_point_and_replication_and_the_arm_without_comes_first() -> None:
    plan = plan_of(("years = 1", "years = 1\nreplications = 2\nrepeated_points = 1"))
    tasks = tasks_of(plan)
    assert [(task.point, task.replication) for task in tasks] == [
        (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1)
    ]  # fmt: skip
    assert [run.arm for run in tasks[0].runs] == [WITHOUT, "open", "transport"]
    assert [run.arm for run in tasks[-1].runs] == [WITHOUT, "open"]
    assert n_runs(plan) == sum(len(task.runs) for task in tasks) == 5 * 3 + 4 * 2
    assert all(
        (run.point, run.replication, run.seed) == (task.point, task.replication, task.seed)
        for task in tasks
        for run in task.runs
    )


def test_a_point_has_a_chance_of_its_own_or_shares_it_with_all_points() -> None:
    own = plan_of(("years = 1", "years = 1\nreplications = 2"))
    assert [seed_of(own, point, 0) for point in range(3)] == [5, 6, 7]
    assert len({task.seed for task in tasks_of(own)}) == 8
    common = replace(own, seeds="common")
    assert [seed_of(common, point, 0) for point in range(3)] == [5, 5, 5]
    assert len({task.seed for task in tasks_of(common)}) == 2


def test_a_longer_design_keeps_the_chance_of_the_points_it_had() -> None:
    short, long = plan_of(), plan_of(("points = 4", "points = 9"))
    assert [seed_of(long, point, 1) for point in range(4)] == [seed_of(short, point, 1) for point in range(4)]


def test_repeated_points_have_one_replication_more(plan: Plan) -> None:
    more = replace(plan, replications=3, repeated_points=2)
    assert [replications_of(more, point) for point in range(4)] == [4, 4, 3, 3]
    assert [len(arms_at(more, point)) for point in range(4)] == [2, 2, 1, 1]


def test_a_task_s_worlds_are_those_of_paired_arms(plan: Plan, played: list[Record]) -> None:
    """The other way to the same worlds: the arms of a comparison, which knows of no plan."""
    task = tasks_of(plan)[1]
    values = dict(zip(("sigma", "kappa"), task.values, strict=True))
    worlds = play_arms(arms_of(Scenario(CASE, ("reopen",), values, 1, task.seed)))
    names, relations = catalogue_of(plan).names, Relations.of(CASE)
    for record, arm in zip(played, (WITHOUT, "prior", TRANSPORT), strict=True):
        found = dict(zip(names, record.outcomes.tolist(), strict=True))
        for row in growth_rows(CASE, relations, worlds[arm], worlds[arm]):
            if row["name"] in ("XA-XB", "measure", "west"):
                of = f"cut/{row['name']}" if row["denominator"] == "D3" else row["name"]
                assert found[f"trade_{row['unit']}:{of}:1"] == pytest.approx(row["with"], rel=1e-12)
    trade = [record.outcomes[names.index("trade_usd:XA-XB:1")] for record in played]
    assert trade[0] < trade[2] < trade[1]


def test_a_run_played_alone_is_the_same_bit_for_bit(plan: Plan, played: list[Record]) -> None:
    task = tasks_of(plan)[1]
    (alone,) = play_task(plan, replace(task, runs=task.runs[2:]))
    assert isinstance(alone, Record)
    assert alone.run == played[2].run
    assert alone.outcomes.tobytes() == played[2].outcomes.tobytes()
    assert alone.series.tobytes() == played[2].series.tobytes()


def test_the_links_of_the_measure_count_in_every_arm(plan: Plan, played: list[Record]) -> None:
    at = catalogue_of(plan).names.index("trade_t:cut/measure:1")
    assert played[0].outcomes[at] == 0.0
    assert min(played[1].outcomes[at], played[2].outcomes[at]) > 0.0


def test_the_warm_up_is_timed_in_the_first_run(played: list[Record]) -> None:
    assert all(record.cpu_s > 0.0 and record.wall_s > 0.0 for record in played)


def test_the_base_policies_are_in_force_in_every_arm_and_keep_their_friction() -> None:
    plan = plan_of(("years = 1", 'years = 1\nbase = ["reopen-rail"]'), case=CASE)
    assert scenario_of(plan, WITHOUT, 5, (4.0, 3.0)).policies == ("reopen-rail",)
    transport = scenario_of(plan, "transport", 5, (4.0, 3.0))
    assert transport.policies == ("reopen-rail", "reopen")
    lifts = {row.policy_id: row.value for row in transport.case.policies if row.action == "lift_friction"}
    assert (lifts["reopen"], lifts["reopen-rail"]) == ("0", "phi_xa_xb")


class OddError(Exception):
    """Something that nobody foresaw."""


def test_a_run_that_fails_becomes_a_row_and_the_others_go_on(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Catalogue.record

    def fails_once(self: Catalogue, scenario: Scenario, *parts: Any) -> Any:
        if scenario.policies and scenario.case.digest and _is_transport(scenario):
            raise OddError("no such\nthing")
        return record(self, scenario, *parts)

    monkeypatch.setattr(Catalogue, "record", fails_once)
    results = play_task(plan, tasks_of(plan)[0])
    assert [type(result) for result in results] == [Record, Record, Failure]
    failed = results[2]
    assert isinstance(failed, Failure)
    assert (failed.error, failed.attempts) == ("OddError: no such thing", 1)


def _is_transport(scenario: Scenario) -> bool:
    return any(row.policy_id == "reopen" and row.value == "0" for row in scenario.case.policies)


def test_a_warm_up_that_fails_costs_all_runs_of_its_task(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(self: CorridorModel) -> None:
        raise OddError("cold")

    monkeypatch.setattr(CorridorModel, "warm_up", breaks)
    results = play_task(plan, tasks_of(plan)[0])
    assert [(type(result), getattr(result, "error", "")) for result in results] == [(Failure, "OddError: cold")] * 3


def test_ctrl_c_is_no_failure_of_a_run(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(task_module, "play", interrupted)
    with pytest.raises(KeyboardInterrupt):
        play_task(plan, tasks_of(plan)[0])


def test_a_task_without_runs_gives_nothing(plan: Plan) -> None:
    assert play_task(plan, Task(0, 0, 5, (4.0, 3.0), ())) == []


def test_records_hold_what_the_catalogue_names(plan: Plan, played: list[Record]) -> None:
    kept = catalogue_of(plan)
    for record in played:
        assert record.outcomes.shape == (len(kept.names),)
        assert record.series.shape == (12, len(kept.series_names))
        assert record.outcomes.dtype == record.series.dtype == np.float64
