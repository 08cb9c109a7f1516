"""What a card of the inspector is made of, and what all cards read."""

from dataclasses import dataclass

import numpy as np

from abm.corridor.tables import Case
from abm.network.arcs import Floats
from abm.state import WorldState
from abm.viz.twin import TwinModel
from abm.viz.words import date_words, whole

#: The two worlds, row 0 and row 1 everywhere.
WORLDS = ("Without", "With")
#: Rows of a list on a card: the most important ones.
MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card, in words. ``is_common``: said of the case, and so the same in any world."""

    label: str
    without: str
    measure: str
    unit: str = ""
    is_common: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """A chart: days (n,) since the opening day, values (2, n), nan where nothing is known."""

    title: str
    unit: str
    days: Floats
    values: Floats


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table. ``kind`` and ``id``: the card that it leads to, if any."""

    text: str
    kind: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A small table. ``rights``: how many columns from the right hold numbers; ``empty``: what is said if there are no rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    rights: int = 0
    empty: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What the inspector shows of one thing."""

    kind: str
    id: str
    title: str
    subtitle: str = ""
    words: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    charts: tuple[History, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


def common(label: str, value: str, unit: str = "") -> Fact:
    """A fact of the case."""
    return Fact(label, value, value, unit, is_common=True)


def both(label: str, values: tuple[str, str] | list[str], unit: str = "") -> Fact:
    """A fact of the two worlds."""
    without, measure = values
    return Fact(label, without, measure, unit)


def plain(*texts: str) -> tuple[Cell, ...]:
    """Cells that lead nowhere."""
    return tuple(Cell(text) for text in texts)


def case_of(twin: TwinModel) -> Case:
    """The case both worlds run on."""
    return twin.worlds[0].inputs.case


def states_of(twin: TwinModel) -> tuple[WorldState, WorldState]:
    """The states of both worlds."""
    without, measure = twin.worlds
    return without.state, measure.state


def chart(twin: TwinModel, kind: str, row: int, what: str, title: str, unit: str, scale: float = 1.0) -> History:
    """The history of one thing, times ``scale``; without points where nothing has been sampled yet."""
    days, values = twin.histories.history(kind, row, what)
    return History(title, unit, days.astype(np.float64), values.astype(np.float64) * scale)


def same_or_both(words: tuple[str, str]) -> tuple[str, ...]:
    """One sentence if both worlds say the same, else one for each that says so."""
    without, measure = words
    if without == measure:
        return (without,) if without else ()
    return tuple(f"{world}: {text}" for world, text in zip(WORLDS, words, strict=True) if text)


def since_words(case: Case) -> str:
    """'since 2 January 2024': from when on running sums count. The base year that is played before the opening day is in them."""
    return f"since {date_words(case, -case.info.warmup_days)}"


def mean_note(days: float) -> str:
    """Of how many days the means on a card are."""
    return f"What passes a day, waits and hours are means of the last {whole(days)} days." if days > 0.0 else ""
