"""The main area: the map, what was clicked, the charts and the timeline of one pair of worlds."""

import math

import solara
from mesa.visualization.utils import force_update

from abm.viz.chart_widget import ChartsWidget
from abm.viz.charts import DEFAULT_CHARTS, chart_data, chart_specs, first_measure_day
from abm.viz.clock import FrameClock
from abm.viz.editing import Editor
from abm.viz.frame import Camera
from abm.viz.inspector_card import InspectorCard
from abm.viz.map_widget import MapWidget
from abm.viz.scene import scene_of
from abm.viz.timeline import hand_index, timeline_spec
from abm.viz.timeline_widget import TimelineWidget
from abm.viz.twin import TwinModel

FIRST_LOOK = {"colour": "mode", "shown": 1, "region": "", "movers": True}
#: Days for which the timeline stands: on years of days, nobody sees its line move by less.
_TIMELINE_DAYS = 4
#: Days of the base year between two drawings of its progress.
_TELL_EVERY = 45


@solara.component
def Dashboard(
    editor: Editor, selected: solara.Reactive[dict[str, str]], day: int, is_ready: bool, interval_ms: int
) -> None:  # fmt: skip
    """Everything that shows the two worlds on one day.

    Nothing below asks by itself whether a day was played: each that does costs a pass through the whole page.
    """
    twin = editor.model.value
    version = editor.version.get()
    dark = bool(solara.lab.use_dark_effective())
    Preparation(twin, is_ready)
    with solara.Div(classes=["cv-board"]):
        with solara.Div(classes=["cv-main"]):
            with solara.Div(classes=["cv-at-map"]):
                LiveMap(twin, day, is_ready, version, selected, dark, interval_ms)
            with solara.Div(classes=["cv-at-timeline"]):
                at = day // _TIMELINE_DAYS if day < twin.horizon_days else day
                Timeline(editor, at, dark, version)
        with solara.Div(classes=["cv-side"]):
            with solara.Div(classes=["cv-at-inspector"]):
                told_day = day if selected.value.get("kind") else 0  # an empty card is the same every day
                InspectorCard(twin, told_day, is_ready, version, selected.value, selected.set)
            with solara.Div(classes=["cv-at-charts"]):
                LiveCharts(twin, day, is_ready, dark)


@solara.component
def Preparation(twin: TwinModel, is_ready: bool) -> None:
    """Plays the base year in a thread of its own as soon as the page is up, and tells how far it is. Tells of a bad seed, too."""
    progress = solara.use_reactive((0, 0))

    def tell(done: int, of: int) -> None:
        if done % _TELL_EVERY == 0:  # to draw each day takes longer than to play it
            progress.set((done, of))

    def prepare() -> None:
        if not twin.is_ready:
            twin.prepare(tell)
            force_update()

    solara.lab.use_task(prepare, dependencies=[id(twin), is_ready], prefer_threaded=True)
    with solara.Div(classes=["cv-loading"], style={"display": "block" if not is_ready or twin.message else "none"}):
        if not is_ready:
            done, of = progress.value
            told = f": {done} of {of} days" if of else ""
            solara.Text(f"Playing the base year, from which both worlds start{told}")
            solara.ProgressLinear(value=100 * done / of if of else True)
        if twin.message:
            solara.Warning(twin.message, dense=True)


@solara.component
def LiveMap(
    twin: TwinModel, day: int, is_ready: bool, version: int, selected: solara.Reactive[dict[str, str]], dark: bool,
    interval_ms: int,
) -> None:  # fmt: skip
    """The map, with the frame of today."""
    look, set_look = solara.use_state(FIRST_LOOK)
    camera = solara.use_memo(Camera, [id(twin)])
    clock = solara.use_memo(lambda: FrameClock(interval_ms), [interval_ms])
    scene = solara.use_memo(lambda: scene_of(twin.scene_case), [twin.scene_case.digest])
    shown = 0 if look.get("shown") == 0 else 1
    frame = solara.use_memo(lambda: camera.frame(twin, shown), [id(twin), day, is_ready, version, shown])
    step_ms = solara.use_memo(clock.tick, [day])
    MapWidget.element(
        scene=scene, frame=frame, look=look, on_look=set_look, selected=selected.value, on_selected=selected.set, dark=dark,
        step_ms=step_ms,
    )  # fmt: skip


@solara.component
def LiveCharts(twin: TwinModel, day: int, is_ready: bool, dark: bool) -> None:
    """The charts that the visitor has chosen."""
    chosen, set_chosen = solara.use_state(list(DEFAULT_CHARTS))
    specs = solara.use_memo(lambda: chart_specs(twin.scene_case, twin.series.lines), [id(twin)])
    question = twin.desk.question
    since = solara.use_memo(lambda: first_measure_day(question), [question])
    data = solara.use_memo(lambda: chart_data(twin, chosen, since), [id(twin), day, is_ready, tuple(chosen), since])
    ChartsWidget.element(spec=specs, data=data, chosen=chosen, on_chosen=set_chosen, dark=dark)


@solara.component
def Timeline(editor: Editor, at: int, dark: bool, version: int) -> None:
    """Policies and changes over the horizon; dragging, typing, choosing and dropping them. Drawn anew when ``at`` changes."""
    desk, twin = editor.desk, editor.model.value
    spec = solara.use_memo(lambda: timeline_spec(twin, desk), [id(twin), at, version])

    def follow(event: dict[str, object]) -> None:
        policy, kind = str(event.get("id", "")), event.get("kind")
        when = event.get("day")
        start = int(when) if isinstance(when, int | float) and math.isfinite(when) else None
        if kind == "choose":
            editor.edit(lambda today: desk.choose(policy, start, today=today))
        elif kind == "move" and start is not None:
            editor.edit(lambda today: desk.move(policy, start, today=today))
        elif kind == "drop" and (index := hand_index(policy)) is not None:
            editor.edit(lambda today: desk.take_back(index, today=today))
        elif kind == "drop":
            editor.edit(lambda today: desk.drop(policy, today=today))

    TimelineWidget.element(spec=spec, on_event=follow, dark=dark)
