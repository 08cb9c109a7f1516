"""Figures as part of a page: vector drawings without anything to load, in colours that follow the page's light or dark."""

import io
import re
from html import escape
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from abm.figures import style
from abm.figures.sweep_claims import BELOW

#: Colours of the figures -> names of the page's colours, which are light on dark paper where the reader likes it dark.
PAGE_COLOURS = {
    style.INK: "ink",
    style.MUTED: "muted",
    style.FAINT: "faint",
    style.GRID: "grid",
    style.PAPER: "paper",
    style.WITH: "blue",
    style.WITHOUT: "grey",
    style.HIGHLIGHT: "orange",
    style.REFERENCE: "band",
    style.MORE: "more",
    style.LESS: "less",
    style.LAND: "land",
    style.WATER: "water",
    style.COAST: "coast",
    style.BORDER: "border",
    BELOW: "below",
}
#: Coordinates of lines are kept to a hundredth of a point; what stands in attributes beside them is left alone.
_PATH, _LONG_NUMBER = re.compile(r'\bd="[^"]*"'), re.compile(r"(\.\d\d)\d+")
_SETTINGS: Any = {"svg.fonttype": "path", "svg.image_inline": True}
_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def svg(figure: Figure, salt: str) -> str:
    """``figure`` as a vector drawing, a file of its own. ``salt``: the same figure and salt give the same text."""
    stream = io.StringIO()
    with style.settings(), rc_context(_SETTINGS | {"svg.hashsalt": salt}):
        figure.savefig(stream, format="svg", metadata=_METADATA)
    return stream.getvalue()


def inline_svg(figure: Figure, name: str, alt: str) -> str:
    """``figure`` as an element of a page: as wide as there is room, with a text for who cannot see it.

    ``name``: unlike that of any other figure of the page, for names inside a drawing hold for the whole page.
    """
    drawing = svg(figure, name)
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r"<!--.*?-->\s*", "", drawing, flags=re.DOTALL)
    drawing = re.sub(
        r"<style.*?</style>", "", drawing, flags=re.DOTALL
    )  # it would hold for the whole page, which has its own
    drawing = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', drawing)
    drawing = re.sub(r'href="#', f'href="#{name}-', drawing)
    drawing = drawing.replace("url(#", f"url(#{name}-")
    drawing = _PATH.sub(lambda path: _LONG_NUMBER.sub(r"\1", path.group(0)), drawing)
    for colour, variable in PAGE_COLOURS.items():
        drawing = drawing.replace(f": {colour}", f": var(--{variable})")
    head, _, body = drawing.partition(">")
    view = re.search(r'viewBox="[^"]+"', head)
    box = view.group(0) if view else ""
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box} role="img" '
    return f'{opening}aria-label="{escape(alt, quote=True)}"><title>{escape(alt)}</title>{body}'.rstrip()
