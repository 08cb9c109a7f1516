"""What the two worlds differ in: policies chosen, changes by hand, and from when on."""

from collections.abc import Callable
from dataclasses import replace

import solara

from abm.corridor.calendar_days import first_day
from abm.corridor.policies import policy_titles
from abm.corridor.question import Chosen, HandStep, Question
from abm.corridor.scenario import assumption_values
from abm.viz.editing import Editor
from abm.viz.levers import step_words
from abm.viz.words import date_words
from abm.worlds import friction_shares

#: The two readings of an opening.
_LIFTED, _TRANSPORT = "friction lifted as assumed", "transport only (friction stays)"


@solara.component
def MeasureCard(editor: Editor, question: Question, on_restart: Callable[[Question], None]) -> None:
    """The measure as a list: each part can be taken out again; a select adds policies of the case."""
    desk = editor.desk
    titles = policy_titles(question.case)
    chosen = {one.policy_id for one in question.policies}
    free = {title: policy for policy, title in titles.items() if policy not in chosen}

    def add(title: str | None) -> None:
        if title in free:
            editor.edit(lambda day: desk.choose(free[title], None, today=day))

    with solara.Card("Measure", elevation=1):
        if not question.policies and not question.steps:
            solara.Text(
                "The two worlds are the same. Choose a policy, or pull a lever below.", style={"opacity": "0.8"}
            )
        for one in question.policies:
            _PolicyRow(editor, one, titles.get(one.policy_id, one.policy_id))
        for number, step in enumerate(question.steps):
            _StepRow(editor, number, step)
        Friction(question, on_restart)
        if free:
            solara.Select("Add a policy", values=list(free), value=None, on_value=add)
        for text in editor.trouble.value:
            solara.Error(text, dense=True)


@solara.component
def Friction(question: Question, on_restart: Callable[[Question], None]) -> None:
    """Whether the opening also removes part of what keeps countries from trading: the two readings that are kept apart."""
    names = friction_shares(question.measure())
    if not names:
        return
    values = assumption_values(question.measure())
    is_left = all(values[name] == 0.0 for name in names)
    told = ", ".join(f"{name} {values[name]:g}" for name in names)

    def read(reading: str) -> None:
        kept = {name: value for name, value in question.values.items() if name not in names}
        on_restart(replace(question, values=kept | (dict.fromkeys(names, 0.0) if reading == _TRANSPORT else {})))

    solara.Select(
        "Read as (starts anew)", values=[_LIFTED, _TRANSPORT], value=_TRANSPORT if is_left else _LIFTED, on_value=read
    )
    solara.Text(
        f"Share of the friction between countries that the opening removes, beyond freight, time and duty: {told}",
        style={"font-size": "12px", "opacity": "0.8"},
    )


@solara.component
def _PolicyRow(editor: Editor, one: Chosen, title: str) -> None:
    case = editor.desk.question.case
    when = f"from {date_words(case, first_day(case, one.policy_id) if one.start_day is None else one.start_day)}"
    if one.start_day is None and editor.desk.question.dates != "given":
        when = f"dates {editor.desk.question.dates}"
    until = "" if one.end_day is None else f" until {date_words(case, one.end_day)}"
    both = ", in both worlds" if one.in_both else ""

    def drop() -> None:
        editor.edit(lambda day: editor.desk.drop(one.policy_id, today=day))

    _Row(title, f"{when}{until}{both}", "Take this policy out", drop)


@solara.component
def _StepRow(editor: Editor, number: int, step: HandStep) -> None:
    case = editor.desk.question.case
    until = "" if step.end_day is None else f" until {date_words(case, step.end_day)}"
    both = ", in both worlds" if step.in_both else ""

    def take_back() -> None:
        editor.edit(lambda day: editor.desk.take_back(number, today=day))

    _Row(
        step_words(case, step),
        f"from {date_words(case, step.start_day)}{until}{both}",
        "Take this change back",
        take_back,
    )


@solara.component
def _Row(title: str, when: str, label: str, take_out: object) -> None:
    with solara.Row(gap="4px", style={"align-items": "center", "flex-wrap": "nowrap"}, classes=["cv-row"]):
        with solara.Column(gap="0px", style={"flex": "1", "min-width": "0"}):
            solara.Text(title, style={"font-weight": "500", "line-height": "1.3"})
            solara.Text(when, style={"font-size": "12px", "opacity": "0.8"})
        with solara.Tooltip(label):
            solara.Button(
                icon_name="mdi-close", icon=True, small=True, on_click=take_out, attributes={"aria-label": label}
            )
