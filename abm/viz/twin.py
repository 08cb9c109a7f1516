"""Two paired worlds played side by side from one warm-up, as one Mesa model that a browser can step."""

import datetime as dt
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import mesa

from abm.corridor.load import load
from abm.corridor.policies import opening_day
from abm.corridor.question import Question
from abm.corridor.tables import Case
from abm.errors import input_error
from abm.model import CorridorModel
from abm.units import DAYS_PER_YEAR
from abm.viz.desk import Desk
from abm.viz.histories import Histories
from abm.viz.series import Series
from abm.viz.warm import KEPT_SNAPSHOTS, Progress, warm_key, warm_pair

#: The packaged case that is played when nobody names one.
_DEFAULT_CASE = "toy"
#: A seed is a whole number below this.
_MOST_SEED = 2**63
_LONGEST_SEED = 19
_CALENDAR_DAYS = int(DAYS_PER_YEAR)


class TwinModel(mesa.Model):
    """Two worlds, ``worlds[0]`` without the measure and ``worlds[1]`` with it; a step is a day of both.

    Making one takes no time: the warm-up is played by :meth:`prepare`, or by the first step. ``desk`` holds the question (without
    one: the packaged toy case and nothing chosen). ``rng`` is the seed, a number or as it was typed, and is written into the
    desk's question; what is no seed is told in ``message``, and the desk's stands. ``lock`` is held while a day is played:
    whoever reads the worlds from another thread holds it, too.
    """

    def __init__(self, desk: Desk | None = None, rng: int | str | None = None) -> None:
        self.desk = desk if desk is not None else Desk(Question(load(_DEFAULT_CASE)))
        self.message = ""
        self._seat(rng)
        super().__init__(rng=self.desk.question.seed)
        self.question = self.desk.question
        self.scene_case: Case = self.question.case
        self.horizon_days = self.question.years * _CALENDAR_DAYS
        self.lock = threading.RLock()
        self.is_ready = False
        self.has_ended = False
        self.series = Series(self.scene_case, self.horizon_days)
        self.histories = Histories(self.scene_case, self.horizon_days)
        self._preparing = threading.Lock()
        self._worlds: tuple[CorridorModel, CorridorModel] | None = None
        # Mesa keeps a list of its own of what is due; two threads must not go through it at once.
        self._step_of_mesa = self.step
        self.step = self._step_alone  # type: ignore[method-assign]

    def _seat(self, rng: int | str | None) -> None:
        """Write a seed that can be read into the desk's question."""
        if rng is None:
            return
        text = str(rng).strip()
        if (
            text == self.desk.typed_seed
        ):  # Mesa gives what stood in its box at first, also after another scenario was loaded
            return
        self.desk.typed_seed = text
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST_SEED and int(text) < _MOST_SEED:
            self.desk.question = replace(self.desk.question, seed=int(text))
        else:
            kept, told = self.desk.question.seed, text[: 2 * _LONGEST_SEED]
            self.message = f"The seed must be a whole number from 0 to 2^63 - 1, not {told!r}; seed {kept} is kept."

    # ------------------------------------------------------------------ what users look at
    @property
    def day(self) -> int:
        """Days since the opening day; 0 before the first step."""
        return self.series.n

    @property
    def date(self) -> dt.date:
        """The date of ``day``, counted as the dates of policies are."""
        return opening_day(self.scene_case) + dt.timedelta(days=self.day)

    @property
    def worlds(self) -> tuple[CorridorModel, CorridorModel]:
        """(without the measure, with it). Raises RuntimeError before the warm-up (``is_ready``)."""
        if self._worlds is None:
            raise RuntimeError("the worlds are not warmed up yet: call prepare() first")
        return self._worlds

    # ------------------------------------------------------------------ running
    def end(self) -> None:
        """Play no more, whoever asks: the visitor has left, or looks at other worlds."""
        self.has_ended = True

    def prepare(self, progress: Progress | None = None) -> None:
        """Play the warm-up, or leave from one that was played before; ``progress`` is told (days played, of so many)."""
        if self.is_ready:
            return
        with self._preparing:
            while not self.is_ready:
                question = self.question
                worlds = warm_pair(question, progress)
                with self.lock:
                    if self.question is question:  # else a lever was moved meanwhile
                        self._worlds = worlds
                        self.series.begin(worlds)
                        self.histories.begin(worlds)
                        self.is_ready = True

    def step(self) -> None:
        """Play one day of both worlds and write it down; at the horizon, or after :meth:`end`, nothing is played, and ``running``
        ends."""
        if self.day < self.horizon_days and not self.has_ended:
            for world in self.worlds:
                world.step()
                del world.state.ledger.snapshots[:-KEPT_SNAPSHOTS]
            self.series.record(self.worlds)
            self.histories.record(self.day)
        if self.day >= self.horizon_days or self.has_ended:
            self.running = False

    def _step_alone(self) -> None:
        if not self.has_ended:
            self.prepare()
        with self.lock:
            self._step_of_mesa()

    def jump(self, day: int, progress: Callable[[int], None], is_wanted: Callable[[], bool]) -> None:
        """Play on until the morning of ``day`` without drawing; ``progress`` is told of every day, and ``is_wanted`` asked."""
        self.prepare()
        while self.day < min(day, self.horizon_days) and is_wanted() and not self.has_ended:
            self.step()
            progress(self.day)
            time.sleep(0.0)  # whoever waits for the lock gets it between two days

    def adopt(self, question: Question) -> None:
        """Follow another question from the next day on: its policies, their days, its steps.

        Everything else needs a new model (Reset). Raises InputError if it differs there, or on a day that has been played.
        """
        scenarios = question.without(), question.measure()
        with self.lock:
            if _frame(question) != _frame(self.question):
                raise input_error("question", "differs in its case, seed, values or years: press Reset to begin it")
            if self._worlds is not None:
                if [warm_key(new) for new in scenarios] == [warm_key(world.inputs) for world in self._worlds]:
                    self._turn(question)
                elif self.day == 0:
                    self._worlds, self.is_ready = None, False  # another warm-up
                else:
                    raise input_error("question", "changes days before the opening day: press Reset to begin it")
            self.question = question

    def _turn(self, question: Question) -> None:
        """Both worlds take their new calendars, or neither does."""
        without, measure = self.worlds
        before = without.inputs
        try:
            without.adopt(question.without())
            try:
                measure.adopt(question.measure())
            except ValueError:
                without.adopt(before)
                raise
        except ValueError as error:
            raise input_error("question", str(error)) from error


def _frame(question: Question) -> tuple[object, ...]:
    """All of a question that stands for as long as its worlds are played."""
    values = tuple(sorted(question.values.items()))
    return (
        question.case.digest, question.seed, values, question.years, question.dates, question.replay_from, question.still
    )  # fmt: skip
