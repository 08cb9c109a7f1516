"""The inspector on the page: one widget, kept from day to day; what is typed, clicked and closed."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import solara
from mesa.visualization.utils import force_update, update_counter

from abm.viz import inspector_card, inspector_widget
from abm.viz.inspector import card_of
from abm.viz.inspector_card import InspectorCard, finds, payload
from abm.viz.inspector_names import KINDS, names_of
from abm.viz.inspector_widget import InspectorWidget
from abm.viz.twin import TwinModel
from tests.small_worlds import toy_with_cast
from tests.viz.made_twins import MEASURE, played, twin

_STATIC = Path(inspector_widget.__file__).parent / "static"


class Page:
    """A rendered inspector and what it has asked for."""

    def __init__(self, model: TwinModel) -> None:
        self.selected = solara.reactive({"kind": "", "id": ""})
        self.asked: list[dict[str, str]] = []

        def take(chosen: dict[str, str]) -> None:
            self.asked.append(chosen)
            self.selected.value = chosen

        @solara.component
        def whole() -> None:
            update_counter.get()
            InspectorCard(model, model.day, model.is_ready, 0, self.selected.value, take)

        self.box, self.context = solara.render(whole(), handle_error=False)

    @property
    def widget(self) -> InspectorWidget:
        found: InspectorWidget = self.context.find(InspectorWidget).widget
        return found

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def page() -> Iterator[Page]:
    shown = Page(played(20, MEASURE))
    yield shown
    shown.close()


def test_nothing_chosen_invites_to_choose(page: Page) -> None:
    assert page.widget.card["title"] == "Nothing is chosen"
    assert page.widget.found == []


def test_a_choice_shows_its_card_and_is_handed_on(page: Page) -> None:
    page.widget.chosen = {"kind": "link", "id": "road-ask-bek"}
    assert page.asked == [{"kind": "link", "id": "road-ask-bek"}]
    assert page.widget.card["title"] == "Asko - Bekra, road"
    page.selected.value = {"kind": "post", "id": "p-road-ard-crn-xa-out"}
    assert page.widget.card["title"] == "Pass road, out of XA"
    assert page.widget.chosen == {"kind": "post", "id": "p-road-ard-crn-xa-out"}
    page.widget.chosen = {"kind": "", "id": ""}
    assert page.widget.card["title"] == "Nothing is chosen"


def test_what_is_typed_is_searched(page: Page) -> None:
    page.widget.query = "railways"
    assert page.widget.found[0] == {
        "kind": "carrier",
        "id": "xa-rail",
        "title": "Railways of Arland",
        "word": "Carrier",
    }
    page.widget.query = ""
    assert page.widget.found == []
    page.widget.query = "x" * 5000
    assert len(page.widget.query) <= 100
    assert finds(toy_with_cast(), "  ") == []


def test_the_card_is_worked_out_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    model = played(8, MEASURE)
    made: list[str] = []

    def counted(twin_: TwinModel, kind: str, name: str) -> Any:
        made.append(name)
        return card_of(twin_, kind, name)

    monkeypatch.setattr(inspector_card, "card_of", counted)
    page = Page(model)
    page.selected.value = {"kind": "link", "id": "road-ard-crn"}
    widget, before = page.widget, page.widget.card
    for _ in range(3):
        force_update()
    assert made == ["", "road-ard-crn"]
    model.step()
    force_update()
    assert made == ["", "road-ard-crn", "road-ard-crn"]
    assert page.widget is widget
    assert page.widget.card != before
    page.close()


def test_before_the_warm_up_it_waits() -> None:
    model = twin(MEASURE)
    page = Page(model)
    page.selected.value = {"kind": "shipper", "id": "f01#1"}
    assert "base year is being played" in page.widget.card["words"][0]
    model.prepare()
    force_update()
    assert page.widget.card["facts"]
    page.close()


def test_the_browser_gets_plain_numbers_and_texts() -> None:
    model = played(30, MEASURE)
    for kind in KINDS:
        for name in list(names_of(model.scene_case).rows[kind])[:5]:
            sent = payload(card_of(model, kind, name), model.scene_case)
            text = json.dumps(sent, allow_nan=False)
            assert len(text) < 40_000
            assert json.loads(text) == sent
            for chart in sent["charts"]:
                assert chart["lines"] or chart["empty"]


def test_a_card_takes_little_of_a_day() -> None:
    """A generous bound: measured 0.3 to 1 ms on two quiet cores."""
    model = played(10, MEASURE)
    best = min(_seconds(model, "shipper", "f04#1") for _ in range(20))
    assert best < 0.02


def _seconds(model: TwinModel, kind: str, name: str) -> float:
    start = time.perf_counter()
    payload(card_of(model, kind, name), model.scene_case)
    return time.perf_counter() - start


def test_the_browser_writes_text_as_text_and_asks_nobody_else() -> None:
    """Names come from a visitor's own folder: nothing may be read as markup, and the page works with the network cut off."""
    script = (_STATIC / "inspector.js").read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|DOMParser", script
    )
    for name in ("inspector.js", "inspector.css"):
        text = (_STATIC / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//\w+\.|@import|url\(|fetch\(|import\(", text), name
