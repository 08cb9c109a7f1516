"""What a visitor of the results page chose, and what is worked out for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import solara
import solara.lab

from abm.viz.results_charts import Brush
from abm.viz.results_reading import Reading
from abm.viz.results_topics import Topic, chosen_topic


@dataclass(frozen=True, slots=True)
class Choice:
    """What a visitor chose: a claim, the denominator, arm and window to read it in, a factor, a part of its range; empty or
    0: not chosen."""

    claim: str = ""
    of: str = ""
    arm: str = ""
    window: int = 0
    factor: str = ""
    brush: Brush | None = None


def choose_claim(choice: solara.Reactive[Choice], claim: str) -> None:
    """Another claim; the arm, the factor and the marked range stay where they mean something to it."""
    if claim != choice.peek().claim:
        choice.set(replace(choice.peek(), claim=claim, of=""))


def choose_topic(choice: solara.Reactive[Choice], reading: Reading, name: str) -> None:
    """Another way to read the claim."""
    now = choice.peek()
    shown = chosen_topic(reading.topics, now.claim, now.of, now.arm, now.window)
    topic = next((topic for topic in reading.topics if topic.id == name), None)
    if topic is not None and topic is not shown:
        choice.set(replace(now, claim=topic.claim_id, of=topic.of, arm=topic.arm.name, window=topic.window))


def choose_factor(choice: solara.Reactive[Choice], factor: str) -> None:
    """Another factor; what was marked on the last one is marked no more."""
    if factor != choice.peek().factor:
        choice.set(replace(choice.peek(), factor=factor, brush=None))


def mark(choice: solara.Reactive[Choice], factor: str, ends: list[float]) -> None:
    """Mark a part of a factor's range, or none."""
    brush = Brush(factor, ends[0], ends[1]) if len(ends) == 2 else None
    if brush != choice.peek().brush:
        choice.set(replace(choice.peek(), factor=factor, brush=brush))


def shown_factor(choice: Choice, reading: Reading, drawn: dict[str, Any]) -> str:
    """The factor that was chosen, or the one that moves the figure most."""
    if choice.factor in reading.points.columns:
        return choice.factor
    return next((str(item["id"]) for item in drawn.get("items", [])), "")


def use_worked_out[T](
    reading: Reading,
    topic: Topic,
    values: pd.DataFrame,
    make: Callable[[Topic, pd.DataFrame, Callable[[], bool]], T | None],
    known: Callable[[Topic], T | None],
) -> tuple[T | None, str]:
    """What takes seconds of a topic, worked out in a thread of its own; None until it is there, with why it will not come."""
    wanted = solara.use_ref("")
    wanted.current = topic.id
    task = solara.lab.use_task(
        lambda: make(topic, values, lambda: wanted.current == topic.id),
        dependencies=[reading.read_at, topic.id],
        raise_error=False,
    )
    # Whoever asks whether it is pending is drawn again when it ends.
    is_over = not task.pending
    found = known(topic)
    return found, f"This could not be worked out: {task.exception}." if is_over and found is None and task.error else ""
