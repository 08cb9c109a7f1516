"""Colours of map, charts and timeline, on light and on dark ground: one word per meaning, the same in every widget.

On light ground they are those of the printed figures. What carries a meaning stands out from its ground by 3:1 or more, words
by 4.5:1 (WCAG 2.2 AA); the modes, the two worlds, more and less, and the steps of the delay scale stay apart for readers who
do not see red or green.
"""

from abm.figures import style

type Colours = dict[str, str | list[str]]

#: Grounds: paper, card (a raised box), land, water. Words: ink, muted, on_accent (on a ground of ``with``). Quiet lines: grid,
#: faint, coast, border. Meanings on the map: road, rail, sea; closed, planned, queue, incident, select; more, less (a change).
#: Meanings in charts: with, without (the two worlds), highlight.
_LIGHT = {
    "paper": style.PAPER,
    "card": "#f7f8f9",
    "land": style.LAND,
    "water": style.WATER,
    "coast": style.COAST,
    "border": "#7c8084",
    "grid": style.GRID,
    "faint": style.FAINT,
    "ink": style.INK,
    "muted": "#56636f",
    "on_accent": "#ffffff",
    "road": style.MODE_COLOURS["road"],
    "rail": style.MODE_COLOURS["rail"],
    "sea": style.MODE_COLOURS["sea"],
    "closed": "#5f6b75",
    "planned": "#6b7680",
    "queue": "#8e2a8b",
    "incident": "#b3261e",
    "select": "#d6006c",
    "more": style.MORE,
    "less": style.LESS,
    "with": style.WITH,
    "without": style.WITHOUT,
    "highlight": style.HIGHLIGHT,
}
_DARK = {
    "paper": "#161b20",
    "card": "#1e252b",
    "land": "#232a31",
    "water": "#12181e",
    "coast": "#5d7383",
    "border": "#77818a",
    "grid": "#2c343b",
    "faint": "#3c464f",
    "ink": "#e8edf1",
    "muted": "#a3afb9",
    "on_accent": "#0b1116",
    "road": "#f0a04b",
    "rail": "#63aef0",
    "sea": "#2fc4a4",
    "closed": "#8e9aa5",
    "planned": "#98a3ad",
    "queue": "#d98ad6",
    "incident": "#ff7a6b",
    "select": "#ff6fae",
    "more": "#6fb1f5",
    "less": "#f2857a",
    "with": "#56b4e9",
    "without": "#a0a6ab",
    "highlight": "#f28e3d",
}
#: From as quick as can be to badly held up. On light ground it grows darker, on dark ground lighter: the worst stands out most.
_DELAY_LIGHT = ["#3d87b5", "#4f806c", "#94700a", "#9a2f10", "#5a1020"]
_DELAY_DARK = ["#4c86b8", "#6fa08a", "#c4952f", "#ff9a6c", "#ffe1d6"]


def colours(*, dark: bool) -> Colours:
    """Meaning -> hex colour on light or dark ground; ``delay`` is a list of five, from quick to held up."""
    return {**_DARK, "delay": list(_DELAY_DARK)} if dark else {**_LIGHT, "delay": list(_DELAY_LIGHT)}


def palette() -> dict[str, Colours]:
    """Both grounds: ``{"light": ..., "dark": ...}``, as the browser gets them."""
    return {"light": colours(dark=False), "dark": colours(dark=True)}
