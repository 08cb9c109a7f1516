"""Pairs of worlds for the tests of the explorer."""

from dataclasses import fields
from typing import Any

import numpy as np

from abm.corridor.question import Chosen, Question
from abm.corridor.tables import Case
from abm.model import CorridorModel
from abm.viz.desk import Desk
from abm.viz.twin import TwinModel
from tests.small_worlds import toy_with_cast

#: A policy of the toy case that opens links, and one that changes nothing.
MEASURE, PLACEBO = "reopen", "placebo"


def question(*policies: str, case: Case | None = None, **others: Any) -> Question:
    """A question about the toy case in which these policies are the measure."""
    return Question(case or toy_with_cast(), tuple(Chosen(name) for name in policies), **others)


def twin(*policies: str, **others: Any) -> TwinModel:
    """A pair of worlds of the toy case that is not warmed up."""
    return TwinModel(Desk(question(*policies, **others)))


def played(days: int, *policies: str, **others: Any) -> TwinModel:
    """A pair of worlds of the toy case after so many days."""
    model = twin(*policies, **others)
    for _ in range(days):
        model.step()
    return model


def straight(model: CorridorModel, days: int) -> CorridorModel:
    """A world played from the beginning of its warm-up to the morning of a day."""
    model.warm_up()
    for _ in range(days):
        model.step()
    return model


def assert_same_world(one: CorridorModel, other: CorridorModel) -> None:
    """Two worlds in one state, bit for bit: shippers, who is under way, posts, carriers, security, ledger."""
    assert one.day == other.day
    for part in ("table", "fleets", "posts", "security", "ledger", "layers", "numbers", "published"):
        first, second = getattr(one.state, part), getattr(other.state, part)
        for field in fields(first):
            _assert_same(getattr(first, field.name), getattr(second, field.name), f"{part}.{field.name}")
    for name in ("records", "arcs", "facilities", "clock"):
        a, b = (getattr(world.state.movement._state, name) for world in (one, other))
        assert a.tobytes() == b.tobytes(), f"movement.{name}"


def assert_same_series(one: TwinModel, other: TwinModel) -> None:
    """Two pairs of worlds that drew the same lines, bit for bit."""
    for line in one.series.lines:
        np.testing.assert_array_equal(one.series.values(line.name), other.series.values(line.name), err_msg=line.name)


def _assert_same(first: object, second: object, name: str) -> None:
    if isinstance(first, np.ndarray) and isinstance(second, np.ndarray) and first.dtype != object:
        np.testing.assert_array_equal(first, second, err_msg=name)
