"""Levers that act from the next day on."""

from collections.abc import Callable

import reacton.ipyvuetify as v
import solara

from abm.corridor.question import Question
from abm.viz.editing import Editor
from abm.viz.levers import Lever, Slider, change, lay, levers_of

_WITH, _BOTH = "the measure's world", "both worlds"


@solara.component
def LeverCard(editor: Editor, selected: dict[str, str], question: Question) -> None:
    """Choose what, choose where, move: the change is in force from the next day on."""
    case = question.case
    levers = solara.use_memo(lambda: levers_of(case, question.values), [case.digest, question.values])
    key, set_key = solara.use_state(levers[0].key if levers else "")
    lever = next((one for one in levers if one.key == key), None)
    target, set_target = solara.use_state("")
    worlds, set_worlds = solara.use_state("")

    def follow() -> None:
        """What is selected on the map is what the lever is laid on."""
        name = selected.get("id", "")
        fitting = {"link": "link", "post": "capacity", "incident": "incidents"}.get(selected.get("kind", ""))
        one = next((one for one in levers if one.key == fitting), None)
        if one is not None and name in one.targets:
            set_key(one.key)
            set_target(name)
            set_worlds("")

    solara.use_effect(follow, [selected.get("kind"), selected.get("id")])
    if lever is None:
        return
    if target not in lever.targets:
        target = next(iter(lever.targets))
    in_both = worlds == _BOTH if worlds else lever.in_both
    titles = {one.title: one.key for one in levers}

    def choose(title: str) -> None:
        set_key(titles[title])
        set_worlds("")

    with solara.Card("Levers", elevation=1):
        solara.Select("What", values=list(titles), value=lever.title, on_value=choose)
        _Where(lever, target, set_target)
        solara.Select("Acts in", values=[_WITH, _BOTH], value=_BOTH if in_both else _WITH, on_value=set_worlds)
        # the same buttons for every target: one that is replaced would lose the click that is on its way
        _Handle(editor, lever, target, in_both, _now(question, lever, target))


@solara.component
def _Where(lever: Lever, target: str, set_target: Callable[[str], None]) -> None:
    """A box to search in: there may be hundreds of links."""
    by_title = {title: name for name, title in lever.targets.items()}

    def choose(title: str | None) -> None:
        if title in by_title:
            set_target(by_title[title])

    v.Autocomplete(
        label=lever.where, items=list(by_title), v_model=lever.targets[target], on_v_model=choose, dense=True
    )


@solara.component
def _Handle(editor: Editor, lever: Lever, target: str, in_both: bool, at: float) -> None:
    def pull(number: float) -> None:
        editor.edit(lambda day: lay(editor.desk, lever, change(lever, target, number, day, in_both=in_both), day))

    slider = lever.slider(target)
    if slider is None:
        with solara.Row(gap="8px"):
            solara.Button("Close", on_click=lambda: pull(0.0), outlined=True)
            solara.Button("Open", on_click=lambda: pull(1.0), outlined=True)
        return
    _Scale(slider, at, f"{lever.key} {target}", pull)


def _now(question: Question, lever: Lever, target: str) -> float:
    """Where the lever stands: as it was moved last, or at rest."""
    slider = lever.slider(target)
    if slider is None:
        return 0.0
    like = change(lever, target, slider.at, 0, in_both=False)
    for step in reversed(question.steps):
        if (
            step.action is like.action
            and step.target == like.target
            and step.end_day is None
            and step.number is not None
        ):
            return step.number / slider.scale
    return slider.at


@solara.component
def _Scale(slider: Slider, at: float, which: str, pull: Callable[[float], None]) -> None:
    number, set_number = solara.use_state(at)
    solara.use_effect(lambda: set_number(at), [at, which])
    solara.SliderFloat(
        slider.words(number), value=number, on_value=set_number, min=slider.low, max=slider.high, step=slider.step,
        thumb_label=False,
    )  # fmt: skip
    solara.Button(
        "Apply from tomorrow", on_click=lambda: pull(number), outlined=True, disabled=number == at,
    )  # fmt: skip
