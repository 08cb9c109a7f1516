"""The pages of the explorer: the corridor that lives, and the results of a sweep."""

from html import escape
from pathlib import Path
from typing import Any

import solara
import solara.lab
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from abm.corridor.question import Question
from abm.units import DAYS_PER_YEAR
from abm.viz.dashboard import Dashboard
from abm.viz.desk import Desk
from abm.viz.editing import Editor, use_editor
from abm.viz.guarded import Guarded
from abm.viz.jump_card import JumpCard
from abm.viz.lever_card import LeverCard
from abm.viz.measure_card import MeasureCard
from abm.viz.opening import CaseDoor, Opened
from abm.viz.places import Place
from abm.viz.results_page import ResultsPage
from abm.viz.serving import served
from abm.viz.share_card import ShareCard
from abm.viz.twin import TwinModel
from abm.viz.words import date_words

_STYLE = Path(__file__).parent / "static" / "page.css"
#: Milliseconds; below them, a page cannot keep up and seems frozen.
SHORTEST_INTERVAL_MS = 100
NAME = "Caravan"
BAR_COLOUR = "#17324d"


class Interval(solara.Reactive[int]):
    """Mesa's play interval, ms, never shorter than the page can follow."""

    def set(self, value: int) -> None:
        """Take ``value``, or the shortest that is allowed; a slider that was pulled below is told in any case."""
        if value < SHORTEST_INTERVAL_MS:
            value = SHORTEST_INTERVAL_MS + (self.peek() == SHORTEST_INTERVAL_MS)
        super().set(value)


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
    """One visitor's desk and worlds; a loaded scenario lays the desk anew."""
    generation, set_generation = solara.use_state(0)
    start, set_start = solara.use_state(opened.question)
    trouble = opened.trouble

    def load(question: Question) -> None:
        set_start(question)
        set_generation(generation + 1)

    for text in trouble if generation == 0 else ():
        solara.Warning(f"The address says what cannot be: {text}", dense=True)
    Worlds(opened.name, start, load).key(f"worlds-{generation}")


@solara.component
def Worlds(case_name: str, question: Question, on_load: Any) -> None:
    """SolaraViz steers; the sidebar's other cards change the question; the dashboard shows."""
    desk = solara.use_memo(lambda: Desk(question), [])
    model = solara.use_memo(lambda: solara.reactive(TwinModel(desk, rng=question.seed)), [])
    selected = solara.use_reactive({"kind": "", "id": ""})
    interval = solara.use_memo(lambda: Interval(SHORTEST_INTERVAL_MS), [])
    threads = solara.use_memo(lambda: Never(False), [])
    editor = use_editor(desk, model)
    title = question.case.info.title
    SolaraViz(
        model, components=[], play_interval=interval, use_threads=threads, name=f"{NAME}: {title}",
        model_params={"desk": desk, "rng": {"type": "InputText", "value": str(question.seed), "label": "Seed"}},
    )  # fmt: skip
    Steering(editor, selected, case_name, on_load)
    Live(editor, selected, interval)


@solara.component
def Steering(editor: Editor, selected: solara.Reactive[dict[str, str]], case_name: str, on_load: Any) -> None:
    """The cards below Mesa's own: drawn anew after an edit or a Reset, and not after every step."""
    editor.version.get()
    question = editor.model.value.desk.question
    with solara.Sidebar(), solara.Column(gap="16px", classes=["cv-steering"]):
        JumpCard(editor.model)
        MeasureCard(editor, question)
        LeverCard(editor, selected.value, question)
        ShareCard(question, case_name, on_load)


@solara.component
def Live(editor: Editor, selected: solara.Reactive[dict[str, str]], interval: solara.Reactive[int]) -> None:
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
    """The date; the day of the year of so many; the seed."""
    year, day = divmod(twin.day, int(DAYS_PER_YEAR))
    played = (
        f"day {day + 1} of year {year + 1} of {twin.question.years}, a step is a day" if twin.is_ready else "base year"
    )
    if twin.day >= twin.horizon_days:
        played = f"the end of {twin.question.years} years"
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
