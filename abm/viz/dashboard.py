"""The main area: the map, what was clicked, the charts and the timeline of one pair of worlds."""

import solara
from mesa.visualization.utils import force_update, update_counter

from abm.viz.chart_widget import ChartsWidget
from abm.viz.charts import DEFAULT_CHARTS, chart_data, chart_specs
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
_NOTHING: dict[str, str] = {"kind": "", "id": ""}


@solara.component
def Dashboard(editor: Editor, selected: solara.Reactive[dict[str, str]], interval_ms: int) -> None:
    """Everything that shows the two worlds, drawn anew after every step."""
    update_counter.get()
    twin = editor.model.value
    dark = bool(solara.lab.use_dark_effective())
    Preparation(twin, twin.is_ready)
    with solara.Div(classes=["cv-board"]):
        with solara.Div(classes=["cv-main"]):
            with solara.Div(classes=["cv-at-map"]):
                LiveMap(twin, twin.day, twin.is_ready, editor.version.value, selected, dark, interval_ms)
            with solara.Div(classes=["cv-at-timeline"]):
                Timeline(editor, twin.day, dark, editor.version.value)
        with solara.Div(classes=["cv-side"]):
            with solara.Div(classes=["cv-at-inspector"]):
                InspectorCard(twin, selected.value, selected.set)
            with solara.Div(classes=["cv-at-charts"]):
                LiveCharts(twin, twin.day, twin.is_ready, dark)


@solara.component
def Preparation(twin: TwinModel, is_ready: bool) -> None:
    """Plays the base year in a thread of its own as soon as the page is up, and tells how far it is. Tells of a bad seed, too."""
    progress = solara.use_reactive((0, 0))

    def prepare() -> None:
        if not twin.is_ready:
            twin.prepare(lambda done, of: progress.set((done, of)))
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
    shown = int(look.get("shown", 1))
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
    data = solara.use_memo(lambda: chart_data(twin, chosen), [id(twin), day, is_ready, tuple(chosen)])
    ChartsWidget.element(spec=specs, data=data, chosen=chosen, on_chosen=set_chosen, dark=dark)


@solara.component
def Timeline(editor: Editor, day: int, dark: bool, version: int) -> None:
    """Policies and changes over the horizon; dragging, typing, choosing and dropping them."""
    desk, twin = editor.desk, editor.model.value
    spec = solara.use_memo(lambda: timeline_spec(twin, desk), [id(twin), day, version])

    def follow(event: dict[str, object]) -> None:
        policy, kind = str(event.get("id", "")), event.get("kind")
        when = event.get("day")
        start = int(when) if isinstance(when, int | float) else None
        if kind == "choose":
            editor.edit(lambda today: desk.choose(policy, start, today=today))
        elif kind == "move" and start is not None:
            editor.edit(lambda today: desk.move(policy, start, today=today))
        elif kind == "drop" and (index := hand_index(policy)) is not None:
            editor.edit(lambda today: desk.take_back(index, today=today))
        elif kind == "drop":
            editor.edit(lambda today: desk.drop(policy, today=today))

    TimelineWidget.element(spec=spec, on_event=follow, dark=dark)
