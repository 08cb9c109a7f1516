"""Changing the question while its worlds live: every edit is taken as a whole, or refused in words."""

from collections.abc import Callable
from dataclasses import dataclass

import solara
from mesa.visualization.utils import force_update

from abm.errors import InputError
from abm.viz.desk import Desk
from abm.viz.twin import TwinModel


@dataclass(frozen=True, eq=False)
class Editor:
    """The hands of one visitor. ``version`` counts edits, so that cards know when to be drawn anew; ``trouble``: what was
    refused."""

    desk: Desk
    model: solara.Reactive[TwinModel]
    version: solara.Reactive[int]
    trouble: solara.Reactive[tuple[str, ...]]

    def edit(self, change: Callable[[int], None]) -> bool:
        """Let ``change`` alter the desk, told the first day that can still be altered; the worlds follow from that day on.

        A refusal leaves desk and worlds as they were. Returns whether it was taken.
        """
        twin = self.model.value
        before = self.desk.question
        with twin.lock:
            try:
                change(twin.day)
                twin.adopt(self.desk.question)
            except InputError as error:
                self.desk.question = before
                self.trouble.set(tuple(str(problem) for problem in error.problems))
                return False
            except BaseException:
                self.desk.question = before
                raise
        self.trouble.set(())
        self.version.set(self.version.value + 1)
        force_update()
        return True


def use_editor(desk: Desk, model: solara.Reactive[TwinModel]) -> Editor:
    """The editor of this visitor's desk and worlds."""
    version, trouble = solara.use_reactive(0), solara.use_reactive(())
    # always the same object: cards are drawn anew when what they are given differs
    editor: Editor = solara.use_memo(lambda: Editor(desk, model, version, trouble), [])
    return editor
