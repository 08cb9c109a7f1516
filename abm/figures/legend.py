"""The key below a map: colours, line widths in round tonnes, and what dashes and halos mean."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D

from abm.figures import style

Floats = npt.NDArray[np.float64]
Entry = tuple[Line2D | tuple[Line2D, ...], str]

THINNEST_PT = 0.9
_WIDEST_PT = 9.0
_SHARES_SHOWN = (1.0, 0.2, 0.02)
_TEXT_PT = 8.0
_ROW_IN = 0.18
_HANDLE_EM, _GAP_EM, _COLUMN_EM = 1.8, 0.6, 1.4


def width_pt(values: Floats, largest: float) -> Floats:
    """Line widths in points: the square root of the share of ``largest``, so that small flows stay visible."""
    share = np.abs(values) / largest if largest > 0 else np.zeros_like(values)
    return np.maximum(THINNEST_PT, _WIDEST_PT * np.sqrt(share))


def round_below(value: float) -> float:
    """The largest of 1, 2 or 5 times a power of ten that is not above ``value`` (> 0)."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(step * power for step in (1.0, 2.0, 5.0) if step * power <= value * (1 + 1e-9)))


def tonnes_text(value: float) -> str:
    """A round number of tonnes in words: 2 Mt, 500 kt, 40 t."""
    for size, unit in ((1e6, "Mt"), (1e3, "kt")):
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g} t"


def keys(colours: list[Entry], values: Floats) -> list[Entry]:
    """The colour keys, then three widths in round tonnes a year for the range of ``values``."""
    largest = float(np.abs(values).max(initial=0.0))
    if largest <= 0:
        return colours
    shown = dict.fromkeys(round_below(largest * share) for share in _SHARES_SHOWN)
    lines = [Line2D([], [], color=style.INK, lw=float(width_pt(np.array([value]), largest)[0])) for value in shown]
    for line in lines:
        line.set_solid_capstyle("butt")
    return colours + [(line, f"{tonnes_text(value)} a year") for line, value in zip(lines, shown, strict=True)]


def columns_that_fit(figure: Figure, entries: list[Entry], width_in: float) -> int:
    """How many columns of keys stand side by side within ``width_in`` inches."""
    widest = [style.text_size(figure, text, _TEXT_PT)[0] for _, text in entries]
    for n in range(len(entries), 0, -1):
        columns = [max(widest[i::n]) + (_HANDLE_EM + _GAP_EM + _COLUMN_EM) * _TEXT_PT / 72 for i in range(n)]
        if sum(columns) <= width_in:
            return n
    return 1


def legend_height(figure: Figure, entries: list[Entry]) -> float:
    """Inches that the rows of keys take, with the space around them."""
    n = columns_that_fit(figure, entries, float(figure.get_size_inches()[0]) - 2 * style.EDGE_IN)
    return 0.17 + _ROW_IN * -(-len(entries) // n)


def draw_legend(figure: Figure, entries: list[Entry], top: float) -> None:
    """Write the keys in rows, left-aligned, from ``top`` (share of the height) downwards."""
    width = float(figure.get_size_inches()[0])
    n = columns_that_fit(figure, entries, width - 2 * style.EDGE_IN)
    by_column = [entry for column in range(n) for entry in entries[column::n]]  # a legend fills columns first
    handles: list[Any] = [handle for handle, _ in by_column]  # a pair of lines, one on the other, is one key
    figure.legend(
        handles,
        [text for _, text in by_column],
        handler_map={tuple: HandlerTuple(ndivide=1, pad=0)},
        loc="upper left",
        bbox_to_anchor=(style.EDGE_IN / width, top),
        borderaxespad=0.0,
        borderpad=0.0,
        ncol=n,
        columnspacing=_COLUMN_EM,
        handlelength=_HANDLE_EM,
        handletextpad=_GAP_EM,
        fontsize=_TEXT_PT,
    )
