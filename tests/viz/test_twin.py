"""Two worlds as one Mesa model: cheap to make, the same as full runs, safe between threads, bounded in memory."""

import datetime as dt
import gc
import subprocess
import sys
import threading
import time
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.corridor.question import HandStep, Question
from abm.corridor.tables import Action
from abm.errors import InputError
from abm.model import CorridorModel
from abm.viz import twin as twin_module
from abm.viz.desk import Desk
from abm.viz.twin import TwinModel
from abm.viz.warm import KEPT_SNAPSHOTS
from tests.viz.made_twins import (
    MEASURE,
    PLACEBO,
    assert_same_series,
    assert_same_world,
    played,
    question,
    straight,
    twin,
)

ROAD = HandStep(Action.CLOSE_LINK, "road-ard-crn", 0)


def fresh(asked: Question, row: int, days: int) -> CorridorModel:
    """One world of a question, played from its beginning by itself."""
    scenario = asked.measure() if row else asked.without()
    return straight(CorridorModel(scenario, register=False, collect=False), days)


# ------------------------------------------------------------------------------------------------------------ making one
def test_making_one_warms_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("no world is made before prepare()")

    monkeypatch.setattr(twin_module, "warm_pair", refuse)
    monkeypatch.setattr(CorridorModel, "__init__", refuse)
    desk = Desk(question(MEASURE))
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        model = TwinModel(desk)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.05
    assert not model.is_ready
    assert model.day == 0
    with pytest.raises(RuntimeError, match="prepare"):
        _ = model.worlds


def test_without_arguments_it_plays_the_packaged_toy_case() -> None:
    model = TwinModel()
    model.step()
    assert model.scene_case.info.name == "toy"
    assert model.day == 1
    assert model.question.policies == ()


@pytest.mark.parametrize(("typed", "seed"), [("7", 7), (" 12 ", 12), (9, 9), ("0", 0), (str(2**63 - 1), 2**63 - 1)])
def test_a_seed_is_taken_as_it_is_typed(typed: str | int, seed: int) -> None:
    desk = Desk(question(seed=3))
    model = TwinModel(desk=desk, rng=typed)
    assert (model.question.seed, desk.question.seed, model.message) == (seed, seed, "")


@pytest.mark.parametrize("typed", ["", "seven", "-1", "1.5", "²", str(2**63)])
def test_what_is_no_seed_is_told_and_the_former_one_stands(typed: str) -> None:
    desk = Desk(question(seed=3))
    model = TwinModel(desk=desk, rng=typed)
    assert (model.question.seed, desk.question.seed) == (3, 3)
    assert "whole number" in model.message
    assert "seed 3 is kept" in model.message


def test_reset_keeps_levers_and_seed_and_plays_the_same_again() -> None:
    model = played(10, MEASURE, seed=5)
    model.desk.put(ROAD, today=model.day)
    model.adopt(model.desk.question)
    for _ in range(10):
        model.step()
    again = type(model)(desk=model.desk, rng="5")
    for _ in range(20):
        again.step()
    assert again.question == model.question
    assert_same_series(again, model)


# ------------------------------------------------------------------------------------------------------------ days
def test_a_step_is_a_day_of_both_worlds_and_of_mesa() -> None:
    model = played(3)
    assert [world.day for world in model.worlds] == [3, 3]
    assert (model.day, model.series.n, model.steps) == (3, 3, 3)
    assert model.date == dt.date(2025, 1, 4)


def test_dates_are_those_that_policies_are_written_with() -> None:
    model = twin("close-road")  # written for 1 March 2025
    while not any("closed" in mark.title for mark in model.series.marks()):
        day = model.date
        model.step()
    assert day == dt.date(2025, 3, 1)


def test_at_the_horizon_it_stops() -> None:
    model = twin(years=1)
    model.jump(10_000, lambda day: None, lambda: True)
    assert model.day == model.horizon_days == 365
    assert not model.running
    model.step()
    assert model.day == model.worlds[0].day == 365


def test_a_jump_tells_every_day_and_stops_when_it_is_not_wanted_any_more() -> None:
    model, days = twin(), list[int]()
    model.jump(12, days.append, lambda: len(days) < 7)
    assert days == [1, 2, 3, 4, 5, 6, 7]
    model.jump(5, days.append, lambda: True)
    assert model.day == 7


def test_others_get_the_lock_between_the_days_of_a_jump() -> None:
    model = twin()
    model.prepare()
    seen: list[int] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            with model.lock:
                days = {model.day, model.worlds[0].day, model.worlds[1].day}
                seen.append(len(days))
            time.sleep(0.001)

    reader = threading.Thread(target=look)
    reader.start()
    model.jump(300, lambda day: None, lambda: True)
    is_over.set()
    reader.join()
    assert len(seen) > 10
    assert set(seen) == {1}  # never a day half played


# ------------------------------------------------------------------------------------------------------------ as full runs
def test_both_worlds_are_those_of_full_runs_bit_for_bit() -> None:
    model = played(50, MEASURE, seed=4)
    for row in range(2):
        assert_same_world(model.worlds[row], fresh(model.question, row, 50))


EDITS = st.lists(
    st.tuples(
        st.integers(1, 25),
        st.sampled_from(("choose", "choose in both", "drop", "put", "put in both", "take back")),
        st.sampled_from((MEASURE, PLACEBO, "faster-border", "ban-fruit", "guarded-border", "quota-fruit")),
        st.none() | st.integers(0, 120),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=8)
@given(edits=EDITS)
def test_what_was_played_live_is_what_the_question_plays_from_its_beginning(
    edits: list[tuple[int, str, str, int | None]],
) -> None:
    model = twin()
    for days, kind, policy_id, day in edits:
        for _ in range(days):
            model.step()
        try:
            _edit(model, kind, policy_id, day)
        except InputError:
            continue
        model.adopt(model.desk.question)
    for _ in range(15):
        model.step()
    for row in range(2):
        assert_same_world(model.worlds[row], fresh(model.desk.question, row, model.day))


def _edit(model: TwinModel, kind: str, policy_id: str, day: int | None) -> None:
    desk, today, both = model.desk, model.day, kind.endswith("both")
    if kind.startswith("choose"):
        desk.choose(policy_id, day, today=today, in_both=both)
    elif kind == "drop":
        desk.drop(policy_id, today=today)
    elif kind.startswith("put"):
        desk.put(replace(ROAD, start_day=day or 0, in_both=both), today=today)
    elif desk.question.steps:
        desk.take_back(0, today=today)


# ------------------------------------------------------------------------------------------------------------ levers
def test_before_the_warm_up_a_question_is_simply_taken() -> None:
    model = twin()
    model.adopt(replace(model.question, steps=(ROAD,)))
    assert not model.is_ready
    for _ in range(5):
        model.step()
    assert_same_world(model.worlds[1], fresh(model.question, 1, 5))


def test_a_lever_moves_from_the_next_day_on() -> None:
    model, still = played(20), played(20)
    model.desk.put(ROAD, today=model.day)
    model.adopt(model.desk.question)
    for one in (model, still):
        for _ in range(20):
            one.step()
    line, other = (one.series.values("trade_index")[1] for one in (model, still))
    assert (line[:20] == other[:20]).all()
    assert line[-1] < other[-1]
    assert (model.series.values("trade_index")[0] == still.series.values("trade_index")[0]).all()


@pytest.mark.parametrize("change", [{"seed": 2}, {"years": 6}, {"values": {"sigma": 3.0}}, {"still": ("posts",)}])
def test_what_needs_a_reset_is_refused(change: dict[str, object]) -> None:
    model = played(2)
    before = model.question
    with pytest.raises(InputError, match="Reset"):
        model.adopt(replace(before, **change))  # type: ignore[arg-type]
    assert model.question is before


def test_what_would_change_the_past_is_refused_in_both_worlds() -> None:
    model = played(10, PLACEBO)
    before = model.question
    inputs = [world.inputs for world in model.worlds]
    with pytest.raises(InputError, match="past"):
        model.adopt(replace(before, steps=(replace(ROAD, start_day=3),)))
    assert model.question is before
    assert [world.inputs for world in model.worlds] == inputs
    with pytest.raises(InputError):
        model.adopt(replace(before, steps=(replace(ROAD, target="nowhere"),)))


# ------------------------------------------------------------------------------------------------------------ threads
def test_two_models_in_two_threads_play_what_each_plays_alone() -> None:
    asked = [question(MEASURE, seed=21), question("close-road", seed=22)]
    models = [TwinModel(Desk(one)) for one in asked]
    start = threading.Barrier(2)

    def play(model: TwinModel) -> None:
        start.wait()
        for _ in range(150):
            model.step()

    threads = [threading.Thread(target=play, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for model, one in zip(models, asked, strict=True):
        alone = TwinModel(Desk(one))
        for _ in range(150):
            alone.step()
        assert_same_series(model, alone)
        for row in range(2):
            assert_same_world(model.worlds[row], alone.worlds[row])


def test_a_lever_moved_during_the_warm_up_is_in_the_worlds_that_come_of_it() -> None:
    model = twin(seed=31)
    asked = replace(model.question, steps=(ROAD,))

    def move(done: int, _: int) -> None:
        if done == 100:
            model.adopt(asked)

    model.prepare(move)
    assert model.is_ready
    assert model.worlds[1].inputs.steps == asked.measure().steps


# ------------------------------------------------------------------------------------------------------------ memory
GROWTH = 1.10
EARLY, LATE = 200, 2000


@pytest.mark.slow
def test_memory_does_not_grow_while_it_plays() -> None:
    gc.collect()
    tracemalloc.start()
    try:
        model = twin(MEASURE, years=6)
        held = {}
        for day in range(1, LATE + 1):
            model.step()
            if day in (EARLY, LATE):
                gc.collect()
                held[day] = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held[LATE] <= GROWTH * held[EARLY]
    assert len(model.series.marks()) <= 400
    assert all(len(world.state.ledger.snapshots) <= KEPT_SNAPSHOTS for world in model.worlds)


_RESIDENT = """
import sys
from pathlib import Path
from abm.corridor.load import load
from abm.corridor.policies import policy_titles
from abm.corridor.question import Chosen, Question
from abm.viz.desk import Desk
from abm.viz.twin import TwinModel
from abm.viz.warm import KEPT_SNAPSHOTS
case = load("south-caucasus")
model = TwinModel(Desk(Question(case, (Chosen(next(iter(policy_titles(case)))),), years=6)))
for day in range(1, 1 + int(sys.argv[2])):
    model.step()
    if day in map(int, sys.argv[1:]):
        print(int(Path("/proc/self/statm").read_text().split()[1]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads resident memory from /proc")
def test_a_process_that_plays_south_caucasus_stays_as_large_as_it_was() -> None:
    run = subprocess.run(
        [sys.executable, "-c", _RESIDENT, str(EARLY), str(LATE)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    early, late = map(int, run.stdout.split())
    assert late <= GROWTH * early
