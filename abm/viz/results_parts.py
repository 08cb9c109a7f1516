"""Small parts of the results page: text that stays text, panels, tables, things that unfold."""

from collections.abc import Iterable, Sequence
from typing import Any

import solara

#: A number and its sign stay on one line.
_PERCENT = "\N{NO-BREAK SPACE}%"


def words(text: str, classes: str = "", tag: str = "p") -> Any:
    """Text in an element of its own; what looks like markup in it is shown as it stands."""
    return solara.v.Html(tag=tag, class_=classes, children=[text.replace(" %", _PERCENT)])


def link(text: str, address: str) -> Any:
    """A link out of the page, for who follows it; nothing is loaded by itself."""
    attributes = {"href": address, "target": "_blank", "rel": "noopener noreferrer"}
    return solara.v.Html(tag="a", attributes=attributes, children=[text])


def bullets(items: Iterable[str]) -> Any:
    """A list of sentences."""
    return solara.v.Html(tag="ul", children=[words(item, tag="li") for item in items])


def unfolding(summary: str, children: Sequence[Any]) -> Any:
    """What is opened by who wants it."""
    head = solara.v.Html(tag="summary", children=[summary])
    return solara.v.Html(tag="details", class_="cr-details", children=[head, *children])


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], n_words: int) -> Any:
    """A table whose first ``n_words`` columns are words and the others numbers."""

    def cell(tag: str, text: str, column: int) -> Any:
        return words(text, "cr-n" if column >= n_words else "", tag)

    def line(tag: str, cells: Sequence[str]) -> Any:
        return solara.v.Html(tag="tr", children=[cell(tag, text, column) for column, text in enumerate(cells)])

    head = solara.v.Html(tag="thead", children=[line("th", columns)])
    body = solara.v.Html(tag="tbody", children=[line("td", row) for row in rows])
    return solara.v.Html(tag="table", class_="cr-table", children=[head, body])


@solara.component
def Panel(title: str, subtitle: str = "", children: Sequence[Any] = (), classes: str = "") -> None:
    """A box with a heading."""
    head = [words(title, tag="h3"), *([words(subtitle, "cr-small")] if subtitle else [])]
    solara.v.Html(tag="section", class_=f"cr-panel {classes}", children=[*head, *children])


@solara.component
def Waiting(text: str) -> None:
    """Something is being worked out; what, in words."""
    with solara.Div(classes=["cr-waiting"]):
        solara.ProgressLinear(True)
        words(text, "cr-small")
