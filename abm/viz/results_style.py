"""Looks of the results page: its style sheet, and its colours on light and on dark ground."""

from pathlib import Path

from abm.figures import style
from abm.viz.palette import colours

STATIC = Path(__file__).parent / "static"
_SHEET = STATIC / "results.css"
#: Less than claimed, more than claimed, the claimed band; on light and on dark ground.
_OWN = {
    False: {"below": "#7f8b98", "above": "#c27c00", "band": style.REFERENCE, "pale": "#d5dbe0", "link": "#0b5c92"},
    True: {"below": "#78848f", "above": "#e8ae2e", "band": "#4c4322", "pale": "#3f4953", "link": "#7cc0f0"},
}
#: Names of the page's colours (:data:`abm.figures.inline.PAGE_COLOURS` and the sheet's) -> meaning in the palette.
_NAMES = {
    "ink": "ink", "muted": "muted", "faint": "faint", "grid": "grid", "paper": "paper", "card": "card", "blue": "with",
    "grey": "without", "orange": "highlight", "more": "more", "less": "less", "land": "land", "water": "water",
    "coast": "coast", "border": "border", "inside": "with",
}  # fmt: skip


def variables(*, dark: bool) -> dict[str, str]:
    """Name of a colour -> hex."""
    meanings = colours(dark=dark)
    return {name: str(meanings[meaning]) for name, meaning in _NAMES.items()} | _OWN[dark]


def page_style(*, dark: bool) -> str:
    """The style sheet with the colours of the ground."""
    said = "; ".join(f"--{name}: {colour}" for name, colour in variables(dark=dark).items())
    scheme = "dark" if dark else "light"
    return f".cr-page {{ {said}; color-scheme: {scheme}; }}\n{_SHEET.read_text(encoding='utf-8')}"
