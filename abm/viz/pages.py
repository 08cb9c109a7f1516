"""The pages of the explorer: the corridor that lives, and the results of a sweep."""

from collections.abc import Callable
from html import escape
from pathlib import Path

import solara
import solara.lab
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from abm.corridor.question import Question
from abm.viz.dashboard import Dashboard
from abm.viz.desk import Desk
from abm.viz.editing import Editor, use_editor
from abm.viz.guarded import Guarded
from abm.viz.jump_card import JumpCard
from abm.viz.lever_card import LeverCard
from abm.viz.measure_card import MeasureCard
from abm.viz.opening import CaseDoor, Opened
from abm.viz.places import Place
from abm.viz.serving import served
from abm.viz.share_card import ShareCard
from abm.viz.twin import TwinModel
from abm.viz.words import date_words

_STYLE = Path(__file__).parent / "static" / "page.css"
#: Milliseconds; below them, a page cannot keep up and seems frozen.
SHORTEST_INTERVAL_MS, LONGEST_INTERVAL_MS = 100, 500
#: Days between two drawings at most.
MOST_STEPS = 100
NAME = "Caravan"
BAR_COLOUR = "#17324d"


class Held(solara.Reactive[int]):
    """A number of one of Mesa's sliders, held between two ends whatever a browser says."""

    def __init__(self, value: int, low: int, high: int) -> None:
        self._low, self._high = low, high
        super().__init__(value)

    def set(self, value: int) -> None:
        """Take ``value``, or the end that it lies beyond; a slider that was pulled too far is told in any case."""
        if isinstance(value, bool) or not isinstance(value, int):
            return
        held = min(max(value, self._low), self._high)
        if held != value and held == self.peek():
            held += 1 if held == self._low else -1
        super().set(held)


class Selection(solara.Reactive[dict[str, str]]):
    """What is selected, as texts whatever a browser says."""

    def set(self, value: dict[str, str]) -> None:
        """Take the kind and the identifier."""
        super().set({"kind": str(value.get("kind", "")), "id": str(value.get("id", ""))})


class Never(solara.Reactive[bool]):
    """Mesa's box "Use Threads", which stays empty: drawing while a day is half played would show what never was."""

    def set(self, value: bool) -> None:
        """Stay."""


@solara.component
def CorridorPage() -> None:
    """Mesa's visualizer around one pair of worlds."""
    solara.Style(_STYLE)
    solara.Title(NAME)
    with Place(), Guarded():
        CaseDoor(lambda opened: Corridor(opened).key(opened.key))


@solara.component
def Corridor(opened: Opened) -> None:
    """One visitor's desk and worlds. SolaraViz steers; the sidebar's other cards change the question; the dashboard shows."""
    desk = solara.use_memo(lambda: Desk(opened.question), [])
    model = solara.use_memo(lambda: solara.reactive(TwinModel(desk, rng=opened.question.seed)), [])
    trouble, set_trouble = solara.use_state(opened.trouble)
    selected = solara.use_memo(lambda: Selection({"kind": "", "id": ""}), [])
    interval = solara.use_memo(lambda: Held(SHORTEST_INTERVAL_MS, SHORTEST_INTERVAL_MS, LONGEST_INTERVAL_MS), [])
    drawn_every = solara.use_memo(lambda: Held(1, 1, MOST_STEPS), [])
    threads = solara.use_memo(lambda: Never(False), [])
    editor = use_editor(desk, model)
    twin = model.value
    solara.use_effect(lambda: twin.end, [id(twin)])  # after a Reset, and when the tab is closed

    def load(question: Question) -> None:
        desk.reset_to(question)
        set_trouble(())
        model.set(TwinModel(desk))

    seed = {"type": "InputText", "value": str(desk.question.seed), "label": "Seed"}
    SolaraViz(
        model, components=[], play_interval=interval, render_interval=drawn_every, use_threads=threads,
        name=f"{NAME}: {opened.question.case.info.title}", model_params={"desk": desk, "rng": seed},
    )  # fmt: skip
    for text in trouble:
        solara.Warning(f"The address says what cannot be: {text}", dense=True)
    Steering(editor, selected, opened.name, load)
    Live(editor, selected, interval)


@solara.component
def Steering(editor: Editor, selected: Selection, case_name: str, on_load: Callable[[Question], None]) -> None:
    """The cards below Mesa's own: drawn anew after an edit or a Reset, and not after every step."""
    editor.version.get()
    question = editor.model.value.desk.question
    with solara.Sidebar(), solara.Column(gap="16px", classes=["cv-steering"]):
        JumpCard(editor.model)
        MeasureCard(editor, question, on_load)
        LeverCard(editor, selected.value, question)
        ShareCard(question, case_name, on_load)


@solara.component
def Live(editor: Editor, selected: Selection, interval: Held) -> None:
    """What follows every step."""
    update_counter.get()
    twin = editor.model.value
    Header(header_words(twin), has_results=served().results is not None)
    Dashboard(editor, selected, twin.day, twin.is_ready, interval.value)


@solara.component
def Header(words: tuple[str, ...], has_results: bool) -> None:
    """The date, how far the horizon is, the seed, and the way to the other page."""
    date, rest, seed = (escape(text) for text in words)
    html = f'<span class="cv-date">{date}</span><span>{rest}</span><span class="cv-seed">{seed}</span>'
    with solara.Div(classes=["cv-top"]):
        solara.HTML(unsafe_innerHTML=html, classes=["cv-head"])  # one widget: what changes every day is to cost little
        if has_results:
            with solara.Link("/results"):
                solara.Button("Results of the sweep", text=True)


def header_words(twin: TwinModel) -> tuple[str, ...]:
    """The date; how many days have been played, of so many; the seed."""
    played = f"day {twin.day} of {twin.horizon_days}" if twin.is_ready else "base year"
    if twin.day >= twin.horizon_days:
        played = f"the end of {twin.question.years} years; Reset begins anew"
    return date_words(twin.question.case, twin.day), played, f"seed {twin.question.seed}"


@solara.component
def SweepPage() -> None:
    """What a sweep has found."""
    solara.Style(_STYLE)
    solara.Title(f"{NAME}: results")
    with solara.AppBar():
        solara.AppBarTitle(f"{NAME}: results")
        with solara.Link("/"):
            solara.Button("Corridor", text=True)
        solara.lab.ThemeToggle()
    from abm.viz.results_page import ResultsPage  # noqa: PLC0415 - half a second that the corridor need not wait for

    with Place(), Guarded():
        ResultsPage(served().results)


@solara.component
def Layout(children: list[solara.Element]) -> None:
    """The frame of both pages: an app bar and a sidebar, without tabs for a page that may have nothing to show."""
    solara.AppLayout(children=children, navigation=False, color=BAR_COLOUR)


routes = [
    solara.Route("/", component=CorridorPage, layout=Layout, label="Corridor"),
    solara.Route("results", component=SweepPage, label="Results"),
]
