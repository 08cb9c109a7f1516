"""A fault of the page is told in words, whenever it happens, and the page can be opened again."""

import importlib
from typing import Any

import pytest
import solara

from abm.viz.guarded import Guarded

ipyvuetify: Any = importlib.import_module("ipyvuetify")


@pytest.mark.parametrize("when", ["first", "later", "click"])
def test_a_fault_is_told_and_can_be_left(when: str) -> None:
    state = solara.reactive("first" if when == "first" else "")

    def fail() -> None:
        raise RuntimeError("a secret path")

    @solara.component
    def faulty() -> None:
        if state.value:
            fail()
        solara.Button("Do it", on_click=fail)

    @solara.component
    def whole() -> None:
        with Guarded():
            faulty()

    _, context = solara.render(whole(), handle_error=False)
    if when == "later":
        state.value = "later"
    elif when == "click":
        context.find(ipyvuetify.Btn).widget.click()
    text = str([widget.children for widget in context.find(ipyvuetify.Alert).widgets])
    assert "Something went wrong" in text
    assert "secret" not in text
    state.value = ""
    context.find(ipyvuetify.Btn, children=["Open the page again"]).widget.click()
    assert not context.find(ipyvuetify.Alert).widgets
    assert context.find(ipyvuetify.Btn).widget.children == ["Do it"]
    context.close()
