"""A report as one page: sections of text, tables, figures and claims, in a file that loads nothing and runs nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from abm.figures import style
from abm.figures.inline import inline_svg
from abm.figures.sweep_sheet import NARROW_IN, Picture

_TEMPLATE = "page.html.j2"


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs; ``is_note`` for what is said in smaller letters."""

    paragraphs: tuple[str, ...]
    is_note: bool = False
    kind: str = "prose"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of statements, with a heading if it has one."""

    items: tuple[str, ...]
    heading: str = ""
    kind: str = "bullets"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers stand to the right."""

    title: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Sheetful:
    """A table in words. ``is_folded``: opened by who wants it; it prints open. ``caption``: what it holds."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    is_folded: bool = False
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure."""

    picture: Picture
    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Listing:
    """Text of a file as it stands, opened by who wants it."""

    caption: str
    text: str
    kind: str = "listing"


@dataclass(frozen=True, slots=True)
class Bar:
    """Shares of worlds with less than what was claimed, inside it and with more: (share, low, high) with its interval, 0 to 1.

    ``name``: denominator, window, arm. ``chance``: how likely, in words; ``detail``: shares and the probability of opening;
    ``aria``: the bar for who cannot see it.
    """

    name: str
    less: tuple[float, float, float]
    inside: tuple[float, float, float]
    more: tuple[float, float, float]
    chance: str
    detail: str
    aria: str


@dataclass(frozen=True, slots=True)
class ClaimCard:
    """One published figure and what the worlds say of it. ``verdict``: a line for each trade it may mean, under ``given``.
    ``keys``: what less, inside and more mean here. ``other_bars``: shown to
    who opens them; ``in_full``: the verdicts on each bar, likewise."""

    anchor: str
    title: str
    claimed: str
    by: str
    url: str
    verdict: tuple[str, ...]
    given: str
    keys: tuple[str, str, str]
    bars: tuple[Bar, ...]
    other_bars: tuple[Bar, ...]
    note: str
    in_full: tuple[str, ...]
    table: Sheetful | None
    kind: str = "claim"


type Block = Prose | Bullets | Sheetful | Listing | Drawing | ClaimCard


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it. ``anchor``: its name in links within the page."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report. ``facts``: label and value of the few numbers that place it."""

    title: str
    question: str
    about: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    foot: str


def pictures_of(page: Page) -> Iterator[Picture]:
    """Every figure of the page."""
    for section in page.sections:
        for block in section.blocks:
            if isinstance(block, Drawing):
                yield block.picture


def render(page: Page) -> str:
    """The page as HTML. Everything in it is text of the page's own: what comes from files is escaped."""
    environment = Environment(
        loader=PackageLoader("abm.figures", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawings = {picture.name: _drawn(picture) for picture in pictures_of(page)}
    return environment.get_template(_TEMPLATE).render(page=page, drawings=drawings, percent=_percent)


def _drawn(picture: Picture) -> tuple[str, str]:
    """The figure for a wide screen, and for a narrow one where it has a form for it."""
    wide = inline_svg(picture.bare(style.WIDTH_IN), f"{picture.name}-wide", picture.alt)
    if not picture.fits_narrow:
        return wide, ""
    return wide, inline_svg(picture.bare(NARROW_IN), f"{picture.name}-narrow", picture.alt)


def _percent(share: float) -> str:
    """A share as a length of a bar."""
    return f"{100.0 * min(max(share, 0.0), 1.0):.3f}%"
