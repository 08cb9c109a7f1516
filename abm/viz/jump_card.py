"""Jump to a date: the days between are played, and not drawn."""

import datetime as dt

import solara
from mesa.visualization.utils import force_update

from abm.corridor.policies import opening_day
from abm.units import YEAR_DAYS
from abm.viz.twin import TwinModel
from abm.viz.words import date_words

#: What the button of a month skips.
_MONTH_DAYS = 30
#: Days between two looks at the progress bar.
_TELL_EVERY = 30


@solara.component
def JumpCard(model: solara.Reactive[TwinModel]) -> None:
    """A date to type, a month or a year to skip, the end; progress while it plays, and a way to stop it."""
    twin = model.value
    asked, first, reached = solara.use_reactive(None), solara.use_reactive(0), solara.use_reactive(0)
    text, trouble = solara.use_reactive(""), solara.use_reactive("")

    def play() -> None:
        target = asked.value
        if target is None:
            return

        def tell(now: int) -> None:
            if now % _TELL_EVERY == 0:
                reached.set(now)

        try:
            twin.jump(target, tell, lambda: asked.value == target)
        finally:
            if asked.value == target and not twin.has_ended:
                asked.set(None)
                force_update()

    solara.lab.use_task(play, dependencies=[asked.value], prefer_threaded=True)
    solara.use_effect(lambda: asked.set(None), [id(twin)])  # a jump of other worlds is over

    def go(target: int) -> None:
        is_over = twin.day >= twin.horizon_days
        trouble.set("The last day has been played. Reset goes back to the opening day." if is_over else "")
        if not is_over:
            first.set(twin.day)
            reached.set(twin.day)
            asked.set(min(target, twin.horizon_days))

    def go_to_date() -> None:
        target = _day_of(twin, text.value)
        if target is None:
            trouble.set("Type a date such as 2027-03-01.")
        elif target > twin.horizon_days:
            trouble.set(f"The worlds end on {date_words(twin.question.case, twin.horizon_days)}.")
        elif target <= twin.day:
            trouble.set("This day has been played. Reset goes back to the opening day.")
        else:
            go(target)

    with solara.Card("Jump", elevation=1):
        if asked.value is not None:
            last = asked.value
            done = 100 * (reached.value - first.value) / max(last - first.value, 1)
            solara.ProgressLinear(value=min(done, 100))
            solara.Text(
                f"{date_words(twin.question.case, reached.value)}, on to {date_words(twin.question.case, last)}"
            )
            solara.Button("Stop here", on_click=lambda: asked.set(None), outlined=True)
            return
        with solara.Row(gap="8px", style={"flex-wrap": "wrap"}):
            solara.Button("+1 month", on_click=lambda: go(twin.day + _MONTH_DAYS), outlined=True)
            solara.Button("+1 year", on_click=lambda: go(twin.day + YEAR_DAYS), outlined=True)
            solara.Button("To the end", on_click=lambda: go(twin.horizon_days), outlined=True)
        solara.InputText(
            "To a date (YYYY-MM-DD)", value=text, on_value=lambda _: trouble.set(""), error=trouble.value or False
        )
        solara.Button("Jump", on_click=go_to_date, outlined=True)


def _day_of(twin: TwinModel, text: str) -> int | None:
    """The day that a date means, counted from the opening day; None if it is none."""
    try:
        return (dt.date.fromisoformat(text.strip()) - opening_day(twin.question.case)).days
    except ValueError:
        return None
