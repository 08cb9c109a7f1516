"""The inspector on the page: what was clicked or found by name, drawn anew when a day has been played."""

from collections.abc import Callable
from typing import Any

import solara

from abm.corridor.tables import Case
from abm.viz.inspector import Card, Cell, History, Table, card_of, find
from abm.viz.inspector_names import KIND_WORDS
from abm.viz.inspector_widget import InspectorWidget
from abm.viz.spark import spark
from abm.viz.twin import TwinModel

#: What a search may be as long as.
_LONGEST_QUERY = 100
_NO_HISTORY = "The first weeks have not been played yet."


@solara.component
def InspectorCard(
    twin: TwinModel, day: int, is_ready: bool, version: int, selected: dict[str, str],
    on_select: Callable[[dict[str, str]], None],
) -> None:  # fmt: skip
    """The card of ``selected`` ({"kind", "id"}), and a search by which any other is reached.

    ``on_select`` is called with what the visitor chooses, or with empty strings when the card is closed. The card is worked out
    anew when a day was played, another thing chosen or a lever moved; at any other drawing it is the one from before.
    """
    dark = bool(solara.lab.use_dark_effective())
    query, set_query = solara.use_state("")
    kind, name = str(selected.get("kind", "")), str(selected.get("id", ""))
    card = solara.use_memo(
        lambda: payload(card_of(twin, kind, name), twin.scene_case),
        [id(twin), day, is_ready, version, kind, name],
    )
    found = solara.use_memo(lambda: finds(twin.scene_case, query), [twin.scene_case.digest, query])

    def choose(chosen: dict[str, Any]) -> None:
        on_select({"kind": str(chosen.get("kind", "")), "id": str(chosen.get("id", ""))})

    InspectorWidget.element(
        card=card, found=found, query=query, on_query=lambda text: set_query(text[:_LONGEST_QUERY]),
        chosen={"kind": kind, "id": name}, on_chosen=choose, dark=dark,
    )  # fmt: skip


def finds(case: Case, query: str) -> list[dict[str, str]]:
    """What the search shows; nothing before something is typed."""
    if not query.strip():
        return []
    return [
        {"kind": kind, "id": name, "title": title, "word": KIND_WORDS[kind]} for kind, name, title in find(case, query)
    ]


def payload(card: Card, case: Case) -> dict[str, Any]:
    """A card as plain lists and texts, with the geometry of its charts, as the browser gets it."""
    return {
        "kind": card.kind, "id": card.id, "title": card.title, "subtitle": card.subtitle,
        "words": list(card.words),
        "facts": [[fact.label, fact.without, fact.measure, fact.unit, fact.is_common] for fact in card.facts],
        "charts": [_chart(chart, case) for chart in card.charts], "tables": [_table(table) for table in card.tables],
        "notes": [note for note in card.notes if note],
    }  # fmt: skip


def _chart(chart: History, case: Case) -> dict[str, Any]:
    picture = spark(case, chart.days, chart.values)
    return {"title": chart.title, "unit": chart.unit, "empty": "" if picture["lines"] else _NO_HISTORY, **picture}


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title, "columns": list(table.columns), "rights": table.rights, "note": table.note,
        "empty": "" if table.rows else table.empty, "rows": [[_cell(cell) for cell in row] for row in table.rows],
    }  # fmt: skip


def _cell(cell: Cell) -> list[str]:
    return [cell.text, cell.kind, cell.id] if cell.kind else [cell.text]
