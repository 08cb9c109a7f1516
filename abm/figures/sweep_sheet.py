"""The paper that a figure of an experiment is drawn on: its words, its width, and room for them.

A figure is wanted three times: with its title as a file, without it on a page (where the words are text), and narrow for a
telephone. So what draws it takes a :class:`Sheet`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from abm.figures import style

#: Width of a figure that a telephone shows at full size, inches.
NARROW_IN = 4.0
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_KEY_PT, _KEY_ROW_IN = 8.5, 0.19
#: Handle, gaps and margin of one key, inches.
_KEY_EXTRA_IN = 0.42
#: Blank above a figure that has no title of its own, inches.
_BARE_TOP_IN = 0.06


@dataclass(frozen=True, slots=True)
class Sheet:
    """Words around a figure, all optional, and its width in inches."""

    title: str = ""
    subtitle: str = ""
    note: str = ""
    width_in: float = style.WIDTH_IN

    @property
    def is_narrow(self) -> bool:
        """Whether names must stand above their rows rather than beside them."""
        return self.width_in < 0.7 * style.WIDTH_IN


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure that can be drawn on any sheet; ``name`` of its files, ``alt``: what it shows, for who cannot see it.

    ``fits_narrow``: it has a narrow form; otherwise a narrow screen scrolls sideways over the wide one.
    """

    name: str
    title: str
    subtitle: str
    note: str
    alt: str
    draw: Callable[[Sheet], Figure]
    fits_narrow: bool = True

    def titled(self) -> Figure:
        """The figure with its words, as a file shows it."""
        return self.draw(Sheet(self.title, self.subtitle, self.note))

    def bare(self, width_in: float = style.WIDTH_IN) -> Figure:
        """The figure alone."""
        return self.draw(Sheet(width_in=width_in))


@dataclass(frozen=True, slots=True)
class Paper:
    """A figure with the inches of it that are free: left, bottom, width, height."""

    figure: Figure
    left: float
    bottom: float
    width: float
    height: float

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes at inches from the lower left corner of the free part."""
        wide, high = (float(side) for side in self.figure.get_size_inches())
        x, y = self.left + left, self.bottom + bottom
        return self.figure.add_axes((x / wide, y / high, width / wide, height / high))


def paper(sheet: Sheet, body_in: float) -> Paper:
    """A figure whose free part is ``body_in`` inches high whatever words stand above and below it."""
    probe = style.new_figure(body_in, sheet.width_in)
    bottom, top = style.head_and_foot(probe, sheet.title, sheet.subtitle, sheet.note)
    head = (1.0 - top) * body_in if sheet.title or sheet.subtitle else _BARE_TOP_IN
    foot = bottom * body_in if sheet.note else _BARE_TOP_IN
    figure = style.new_figure(body_in + head + foot, sheet.width_in)
    style.head_and_foot(figure, sheet.title, sheet.subtitle, sheet.note)
    return Paper(figure, edge_in(sheet), foot, free_width(sheet), body_in)


def edge_in(sheet: Sheet) -> float:
    """Inches left blank at each side: where words stand around a figure as much as around them, else little."""
    return style.EDGE_IN if sheet.title else style.EDGE_IN / 3


def free_width(sheet: Sheet) -> float:
    """Inches between the blank sides."""
    return sheet.width_in - 2 * edge_in(sheet)


def key_columns(figure: Figure, texts: Sequence[str], width_in: float) -> int:
    """How many columns of keys fit side by side within ``width_in``; at least one."""
    widest = max((style.text_size(figure, text, _KEY_PT)[0] for text in texts), default=0.0)
    return max(1, min(len(texts), int(width_in / (widest + _KEY_EXTRA_IN)))) if texts else 1


def keys_height(sheet: Sheet, texts: Sequence[str]) -> float:
    """Inches that keys of ``texts`` take above axes on this sheet."""
    if not texts:
        return 0.0
    columns = key_columns(style.new_figure(1.0, sheet.width_in), texts, free_width(sheet))
    return _KEY_ROW_IN * -(-len(texts) // columns) + 0.14


def draw_keys(ground: Paper, entries: Sequence[tuple[Artist, str]]) -> None:
    """Keys at the top of the free part, in rows that fit."""
    if not entries:
        return
    wide, high = (float(side) for side in ground.figure.get_size_inches())
    n = key_columns(ground.figure, [text for _, text in entries], ground.width)
    entries = [
        (handle, shortened(ground.figure, text, ground.width - _KEY_EXTRA_IN, _KEY_PT)) for handle, text in entries
    ]
    by_column = [entry for column in range(n) for entry in entries[column::n]]  # a legend fills columns first
    ground.figure.legend(
        [handle for handle, _ in by_column],
        [text for _, text in by_column],
        loc="upper left",
        bbox_to_anchor=(ground.left / wide, (ground.bottom + ground.height) / high),
        ncol=n,
        fontsize=_KEY_PT,
        borderaxespad=0.0,
        borderpad=0.0,
        handlelength=1.4,
        handletextpad=0.5,
        columnspacing=1.3,
        labelspacing=0.45,
    )


def round_ticks(axis: Axis, sheet: Sheet) -> None:
    """Few ticks at round numbers, with a true minus."""
    axis.set_major_locator(MaxNLocator(5 if sheet.is_narrow else 8, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}")))


def shortened(figure: Figure, text: str, width_in: float, size: float) -> str:
    """``text``, cut at a word and marked where it is wider than ``width_in`` inches."""
    if style.text_size(figure, text, size)[0] <= width_in:
        return text
    words = text.split()
    while len(words) > 1 and style.text_size(figure, " ".join(words) + _ELLIPSIS, size)[0] > width_in:
        words.pop()
    return " ".join(words).rstrip(",;:") + _ELLIPSIS
