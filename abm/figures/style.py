"""One look for every figure: colours that colour-blind readers can tell apart, quiet axes, a title that says the finding.

Colours: Okabe and Ito (2008) for categories, a red-blue pair for changes. Figures are 8.8 inches wide at 160 dots an inch, so
that nine-point text stays readable when the picture is scaled to 1200 pixels.
"""

from contextlib import AbstractContextManager
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

WIDTH_IN = 8.8
DPI = 160

INK = "#1f2933"
MUTED = "#667380"
FAINT = "#c9d0d6"
GRID = "#e6eaed"
PAPER = "#ffffff"

WITH = "#0072b2"
WITHOUT = "#8a8f94"
HIGHLIGHT = "#d55e00"
REFERENCE = "#f3e3b3"

MORE = "#1f5fa8"
LESS = "#c0392b"

MODE_COLOURS = {"road": "#c1660a", "rail": "#0b5fa5", "sea": "#0a8f76"}
SERIES_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")

LAND = "#f4f1ea"
WATER = "#dfe9f0"
COAST = "#9db2c0"
BORDER = "#8d8d8d"

#: Settings in force while a figure is built and drawn; the caller's own settings are left alone.
SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "axes.unicode_minus": True,
    "path.simplify": True,
}

_TITLE_PT, _SUBTITLE_PT, _NOTE_PT = 12.0, 9.5, 7.5
_LINE = 1.35
EDGE_IN = 0.28


def settings() -> AbstractContextManager[None]:
    """Context in which figures are built: matplotlib's settings come back afterwards."""
    return rc_context(SETTINGS)


def new_figure(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """An empty figure with its own canvas; no window, no global state."""
    figure = Figure(figsize=(width_in, height_in), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def text_size(figure: Figure, text: str, size: float, weight: str = "normal") -> tuple[float, float]:
    """Width and height in inches of one line of text in the figures' font."""
    font = FontProperties(family=SETTINGS["font.family"], size=size, weight=weight)
    width, height, _ = canvas_of(figure).get_renderer().get_text_width_height_descent(text, font, ismath=False)
    return float(width) / figure.dpi, float(height) / figure.dpi


def canvas_of(figure: Figure) -> FigureCanvasAgg:
    """The figure's own canvas, which measures text without drawing it."""
    canvas = figure.canvas
    return canvas if isinstance(canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)


def wrapped(figure: Figure, text: str, width_in: float, size: float, weight: str = "normal") -> list[str]:
    """``text`` in as few lines as fit ``width_in`` inches, evenly filled: no last line of a single word where it can be helped.

    A single word that is too wide stays whole.
    """
    words = text.split()
    widths = [text_size(figure, word, size, weight)[0] for word in words]
    space = text_size(figure, "n n", size, weight)[0] - text_size(figure, "nn", size, weight)[0]
    fewest = len(_filled(words, widths, space, width_in))
    narrow, wide = 0.0, width_in
    for _ in range(12):  # the narrowest column that needs no more lines
        middle = (narrow + wide) / 2
        narrow, wide = (narrow, middle) if len(_filled(words, widths, space, middle)) <= fewest else (middle, wide)
    return _filled(words, widths, space, wide)


def _filled(words: list[str], widths: list[float], space: float, width: float) -> list[str]:
    """Lines filled one after the other up to ``width``."""
    lines: list[str] = []
    used = 0.0
    for word, size in zip(words, widths, strict=True):
        if lines and used + space + size <= width:
            lines[-1] += f" {word}"
            used += space + size
        else:
            lines.append(word)
            used = size
    return lines


def head_and_foot(figure: Figure, title: str, subtitle: str = "", note: str = "") -> tuple[float, float]:
    """Write title and subtitle at the top left, the note at the bottom left, wrapped to the width.

    Returns the shares of the height between which axes may stand (bottom, top).
    """
    width, height = (float(side) for side in figure.get_size_inches())
    y = height - 0.2
    for text, size, weight, colour in ((title, _TITLE_PT, "bold", INK), (subtitle, _SUBTITLE_PT, "normal", MUTED)):
        lines = wrapped(figure, text, width - 2 * EDGE_IN, size, weight)
        if lines:
            place: dict[str, Any] = {
                "size": size,
                "weight": weight,
                "color": colour,
                "va": "top",
                "linespacing": _LINE,
                "parse_math": False,
            }
            figure.text(EDGE_IN / width, y / height, "\n".join(lines), **place)
            y -= (len(lines) * size * _LINE + 3.0) / 72
    bottom = 0.16
    lines = wrapped(figure, note, width - 2 * EDGE_IN, _NOTE_PT)
    if lines:
        foot: dict[str, Any] = {
            "size": _NOTE_PT,
            "color": MUTED,
            "va": "bottom",
            "linespacing": _LINE,
            "parse_math": False,
        }
        figure.text(EDGE_IN / width, 0.12 / height, "\n".join(lines), **foot)
        bottom += (len(lines) * _NOTE_PT * _LINE + 4.0) / 72
    return bottom / height, (y - 0.1) / height


def plain_axes(axes: Axes, *, grid: str = "y") -> None:
    """Only the axis lines that carry meaning; a light grid along ``grid`` ("x", "y" or "")."""
    for side in ("top", "right", "left" if grid == "y" else "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0 if grid else 3, pad=4)
    if grid in ("x", "y"):
        axes.grid(visible=True, axis="x" if grid == "x" else "y", color=GRID, linewidth=0.8)
