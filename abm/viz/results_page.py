"""The results page: a sweep's claims with their verdicts, and everything that stands behind the one that is chosen."""

from collections.abc import Callable
from pathlib import Path

import solara
import solara.lab

from abm.corridor.prose import counted
from abm.viz.results_board import Board
from abm.viz.results_parts import Waiting, bullets, words
from abm.viz.results_reading import Reading
from abm.viz.results_shelf import SHELF, Trouble
from abm.viz.results_style import page_style

NO_FOLDER = (
    "No results are open.",
    "Results come from a sweep: caravan sweep EXPERIMENT --out FOLDER plays one, caravan explore --results FOLDER opens it here.",
)

OPENING, NOTHING_NEW = "Opening the sweep", "No run has ended since these results were read."


@solara.component
def ResultsPage(folder: Path | None) -> None:
    """The results in ``folder``, finished or still running; words where there is none, or where it cannot be read."""
    dark = bool(solara.lab.use_dark_effective())
    solara.Style(page_style(dark=dark))
    with solara.Div(classes=["cr-page"]):
        if folder is None:
            Notice(*NO_FOLDER)
        else:
            Opened(folder).key(str(folder))


@solara.component
def Notice(title: str, *sentences: str) -> None:
    """Why there is nothing to see, and what to do about it."""
    with solara.v.Html(tag="section", class_="cr-panel cr-notice"):
        words(title, tag="h2")
        if len(sentences) == 1:
            words(sentences[0])
        else:
            bullets(sentences)


@solara.component
def Opened(folder: Path) -> None:
    """Reads the folder in a thread of its own, and again when the visitor asks for it."""
    told, set_told = solara.use_state("")
    asked, set_asked = solara.use_state(0)
    shown: solara.Reactive[Reading | None] = solara.use_reactive(SHELF.known(folder))

    def take() -> Reading | Trouble | None:
        known: Reading | None = shown.peek()
        if asked == 0 and known is not None:
            return known
        found = SHELF.take(folder, set_told, fresher_than=known)
        set_told(NOTHING_NEW if found is known else "")
        if isinstance(found, Reading):
            shown.set(found)
        return found

    task = solara.lab.use_task(take, dependencies=[str(folder), asked], raise_error=False)
    reading, trouble = shown.value, task.value if isinstance(task.value, Trouble) else None
    if task.error:
        trouble = Trouble("These results cannot be read", (f"Reading them failed: {task.exception}.",))
    if trouble is not None:
        Notice(trouble.title, *trouble.words)
    if reading is None:
        if trouble is None:
            Waiting(f"{told or OPENING}\N{HORIZONTAL ELLIPSIS}")
        return
    Header(reading, bool(task.pending), told, lambda: set_asked(asked + 1))
    Board(reading).key(reading.read_at.isoformat())


@solara.component
def Header(reading: Reading, is_busy: bool, told: str, on_again: Callable[[], None]) -> None:
    """What was asked, how far it is, and when it was read."""
    plan = reading.plan
    with solara.v.Html(tag="header", class_="cr-header"):
        with solara.Div(classes=["cr-headline"]):
            with solara.Div():
                words(plan.title, tag="h1")
                words(plan.question, "cr-question")
            solara.Button(
                "Reading" if is_busy else "Read again", on_click=on_again, outlined=True, small=True, disabled=is_busy
            )
        words(facts_words(reading), "cr-small")
        for text in caution_words(reading):
            words(text, "cr-caution")
        if is_busy:
            Waiting(f"{told or OPENING}\N{HORIZONTAL ELLIPSIS}")
        elif told:
            words(told, "cr-small")


def facts_words(reading: Reading) -> str:
    """How much was played, of what, and when it was read."""
    plan, done = reading.plan, reading.counts["done"]
    played = (
        f"{done:,} of {counted(reading.asked, 'run')} played"
        if reading.counts["open"]
        else f"{counted(done, 'run')} played"
    )
    most = max(reading.pairs.values(), default=0)
    said = [
        played,
        f"up to {counted(most, 'pair of worlds', 'pairs of worlds')} an arm",
        counted(len(plan.factors), "uncertain factor"),
        f"{counted(len(reading.points), 'point')} of the design ({plan.design.kind.value})",
        f"{counted(plan.years, 'year')} from the opening on {plan.case.info.start}",
        f"case {plan.case.info.name}",
        f"read at {reading.read_at:%H:%M}",
    ]
    return " \N{MIDDLE DOT} ".join(said)


def caution_words(reading: Reading) -> list[str]:
    """What a reader must know before any figure: runs that are still open, runs that failed."""
    still, failed = reading.counts["open"], reading.counts["failed"]
    said = []
    if still:
        have = "has" if still == 1 else "have"
        said.append(
            f"{counted(still, 'run')} of {reading.asked:,} {have} not been played: every figure may still move."
        )
    if failed:
        said.append(
            f"{counted(failed, 'run')} failed and {'is' if failed == 1 else 'are'} in no figure: see caravan report."
        )
    return said
