"""The corridor map: what moves over each link, and what a measure changes, over a base map of coastlines and borders."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from abm.errors import nearest
from abm.figures import style
from abm.figures.basemap import draw_base_map, note
from abm.figures.labels import Label, draw_labels
from abm.figures.legend import THINNEST_PT, Entry, draw_legend, keys, legend_height, width_pt
from abm.figures.region import Region, exit_point, main_region
from abm.figures.tracks import tracks
from abm.figures.view import MapView

Floats = npt.NDArray[np.float64]

_MAP_HEIGHT_IN = 6.1
_UNCHANGED_SHARE = 0.005
_SAME_PLACE_DEG = 0.5
_NO_TRAFFIC = "#b9c0c6"
_NOT_OPEN = "#5f6b75"
_OPENED = "#f2c14e"
_DASHES = (0, (3.5, 2.2))
#: How a port is marked, on the map and in its key.
PORT_MARK = "s"
PORT_STYLE: dict[str, Any] = {"ms": 5.6, "mfc": "#0a8f76", "mec": style.PAPER, "mew": 0.9}


@dataclass(frozen=True, slots=True)
class Stroke:
    """How one link is drawn: colour, width in points, dashed or not, order, and whether a halo marks it."""

    colour: str
    width: float
    dashed: bool = False
    order: float = 2.0
    halo: bool = False


def _values(view: MapView, tonnes: Mapping[str, float]) -> Floats:
    """Tonnes per link in the view's order; a link that is not named has none. An unknown name raises ValueError."""
    for name in tonnes:
        if name not in view.link_ids:
            raise ValueError(f"{name!r} is not a link of this map; did you mean {nearest(name, view.link_ids)!r}?")
    values = np.array([float(tonnes.get(link, 0.0)) for link in view.link_ids])
    if not np.isfinite(values).all():
        raise ValueError("tonnes on a link must be finite")
    return values


def _flow_strokes(view: MapView, values: Floats, opened: frozenset[str]) -> list[Stroke]:
    widths = width_pt(values, float(values.max(initial=0.0)))
    strokes = []
    for i, link in enumerate(view.link_ids):
        if values[i] > 0:
            colour = style.MODE_COLOURS.get(view.modes[i], style.INK)
            strokes.append(Stroke(colour, float(widths[i]), order=4.0 - widths[i] / 100, halo=link in opened))
        elif view.statuses[i] == "open" or link in opened:
            strokes.append(Stroke(_NO_TRAFFIC, THINNEST_PT, order=1.5, halo=link in opened))
        else:
            strokes.append(Stroke(_NOT_OPEN, 1.2, dashed=True, order=1.8))
    return strokes


def _change_strokes(view: MapView, change: Floats, opened: frozenset[str]) -> list[Stroke]:
    largest = float(np.abs(change).max(initial=0.0))
    widths = width_pt(change, largest)
    strokes = []
    for i, link in enumerate(view.link_ids):
        if largest > 0 and abs(change[i]) > _UNCHANGED_SHARE * largest:
            colour = style.MORE if change[i] > 0 else style.LESS
            strokes.append(Stroke(colour, float(widths[i]), order=4.0 - widths[i] / 100, halo=link in opened))
        elif view.statuses[i] == "open" or link in opened:
            strokes.append(Stroke(_NO_TRAFFIC, THINNEST_PT, order=1.5, halo=link in opened))
        else:
            strokes.append(Stroke(_NOT_OPEN, 1.2, dashed=True, order=1.8))
    return strokes


def corridor_map(
    view: MapView,
    tonnes: Mapping[str, float],
    *,
    title: str,
    subtitle: str = "",
    without: Mapping[str, float] | None = None,
    opened: Iterable[str] = (),
    region: Region | None = None,
    borders: bool = True,
) -> Figure:
    """Map of tonnes a year by link; with ``without`` given, of the change ``tonnes - without``.

    tonnes, without: link_id -> tonnes a year, both directions together. opened: links that the measure opens, marked by a halo.
    region: the part shown; by default the box around the dense nodes. borders: False leaves political borders out.
    Raises ValueError for a link that is not in the view or a number that is not finite.
    """
    values, marked = _values(view, tonnes), frozenset(opened)
    change = None if without is None else values - _values(view, without)
    strokes = _flow_strokes(view, values, marked) if change is None else _change_strokes(view, change, marked)
    entries = keys(_colour_keys(view, values, change is not None), values if change is None else change)
    entries += _line_keys(strokes, change is not None)
    through = values if change is None else np.maximum(values, np.abs(change))
    return network_map(view, strokes, through, entries, title=title, subtitle=subtitle, region=region, borders=borders)


def network_map(
    view: MapView,
    strokes: Sequence[Stroke],
    through: Floats,
    entries: list[Entry],
    *,
    title: str,
    subtitle: str = "",
    region: Region | None = None,
    borders: bool = True,
    ports: Iterable[int] = (),
) -> Figure:
    """A map of links drawn as ``strokes`` say (one per link), with the names of places and a key of ``entries``.

    through (n_links,): how much a link matters, which decides whose names are written first. ports: nodes marked as ports.
    """
    with style.settings():
        figure = style.new_figure(_MAP_HEIGHT_IN + 1.3)
        rough = region or main_region(view.lon, view.lat)
        bottom, top = style.head_and_foot(figure, title, subtitle, note(rough.box, borders=borders))
        width, height = (float(side) for side in figure.get_size_inches())
        key = legend_height(figure, entries) / height
        left = style.EDGE_IN / width
        axes = figure.add_axes((left, bottom + key, 1 - 2 * left, top - bottom - key))
        frame_in = ((1 - 2 * left) * width, (top - bottom - key) * height)
        shown = rough.fitted(frame_in[0] / frame_in[1])
        draw_base_map(axes, shown.box, borders=borders)
        lines = tracks(
            view, [stroke.width for stroke in strokes], shown, frame_in[1] * 72 / (shown.north - shown.south)
        )
        for i, points in lines.items():
            _draw_stroke(axes, points, strokes[i])
        _draw_names(axes, view, through, shown, lines)
        _draw_ports(axes, view, list(ports))
        draw_legend(figure, entries, bottom + key - 0.1 / height)
    return figure


def _draw_ports(axes: Axes, view: MapView, ports: list[int]) -> None:
    axes.plot(view.lon[ports], view.lat[ports], PORT_MARK, scalex=False, scaley=False, zorder=9, **PORT_STYLE)


def _draw_stroke(axes: Axes, points: Floats, stroke: Stroke) -> None:
    """One link over its white casing, which parts it from what it crosses, or over its halo."""
    x, y = points[:, 0], points[:, 1]
    if stroke.halo or stroke.order > 2.0:
        wide, colour = (3.6, _OPENED) if stroke.halo else (1.4, style.PAPER)
        cased: dict[str, Any] = {
            "lw": stroke.width + wide,
            "color": colour,
            "solid_capstyle": "round",
            "zorder": stroke.order - 0.5,
        }
        axes.plot(x, y, scalex=False, scaley=False, **cased)
    dashes = _DASHES if stroke.dashed else "solid"
    axes.plot(
        x,
        y,
        lw=stroke.width,
        color=stroke.colour,
        ls=dashes,
        solid_capstyle="round",
        zorder=stroke.order,
        scalex=False,
        scaley=False,
    )


def short_name(name: str) -> str:
    """A name that fits on a map: what stands before a bracket or a stroke."""
    return name.split("(")[0].split("/")[0].strip() or name


def _named(view: MapView, shown: npt.NDArray[np.int64], through: Floats) -> list[int]:
    """The nodes that get a name: of places side by side with one name, or one that begins with the other's, only one."""
    names = {int(node): short_name(view.names[node]) for node in shown}
    kept: list[int] = []
    for node in sorted(names, key=lambda node: (len(names[node]), -through[node], node)):
        is_twin = any(
            names[node].startswith(names[other])
            and abs(view.lon[node] - view.lon[other]) + abs(view.lat[node] - view.lat[other]) < _SAME_PLACE_DEG
            for other in kept
        )
        if not is_twin:
            kept.append(node)
    return kept


def _draw_names(axes: Axes, view: MapView, values: Floats, region: Region, lines: Mapping[int, Floats]) -> None:
    """Dots and names of the nodes in the region, and at the edge the names of far zones that links lead to."""
    through = np.zeros(len(view.names))
    np.add.at(through, view.from_node, values)
    np.add.at(through, view.to_node, values)
    inside = region.holds(view.lon, view.lat)
    used = np.zeros(len(view.names), dtype=np.bool_)
    used[view.from_node] = used[view.to_node] = True
    shown = np.flatnonzero(inside & used)
    axes.plot(
        view.lon[shown], view.lat[shown], "o", ms=3.0, mfc=style.PAPER, mec=style.INK, mew=0.8, zorder=8, clip_on=True
    )
    top = float(through.max(initial=0.0)) or 1.0
    labels: list[Label] = []
    for node in _named(view, shown, through):
        minor = view.node_types[node] in ("border", "junction")
        labels.append(
            Label(
                float(view.lon[node]),
                float(view.lat[node]),
                short_name(view.names[node]),
                importance=float(through[node]) / top + (0.0 if minor else 1.0),
                size=7.0 if minor else 8.5,
                colour=style.MUTED if minor else style.INK,
            )
        )
    exits: dict[int, tuple[float, float, float]] = {}
    for i in range(len(view.link_ids)):
        a, b = int(view.from_node[i]), int(view.to_node[i])
        if inside[a] == inside[b]:
            continue
        far = b if inside[a] else a
        x, y = exit_point(region, lines[i])
        if far not in exits or values[i] > exits[far][2]:
            exits[far] = (x, y, float(values[i]))
    labels += [
        Label(x, y, f"to {short_name(view.names[far])}", 3.0 + tonnes / top, 7.5, style.MUTED, style="italic")
        for far, (x, y, tonnes) in exits.items()
    ]
    covered = np.vstack([*lines.values(), np.zeros((0, 2))])
    draw_labels(axes, labels, np.column_stack([view.lon[shown], view.lat[shown]]), covered)


def _colour_keys(view: MapView, values: Floats, is_change: bool) -> list[Entry]:
    """What the colours mean: more and less, or the modes that carry something."""
    if is_change:
        return [(Line2D([], [], color=style.MORE, lw=4), "more"), (Line2D([], [], color=style.LESS, lw=4), "less")]
    carrying = {mode for mode, value in zip(view.modes, values, strict=True) if value > 0}
    return [
        (Line2D([], [], color=colour, lw=4), mode) for mode, colour in style.MODE_COLOURS.items() if mode in carrying
    ]


def _line_keys(strokes: Sequence[Stroke], is_change: bool) -> list[Entry]:
    """What thin, dashed and haloed lines mean, where there are any."""
    entries: list[Entry] = []
    if any(not stroke.dashed and stroke.colour == _NO_TRAFFIC for stroke in strokes):
        entries.append((Line2D([], [], color=_NO_TRAFFIC, lw=THINNEST_PT), "unchanged" if is_change else "no traffic"))
    if any(stroke.dashed for stroke in strokes):
        entries.append((Line2D([], [], color=_NOT_OPEN, lw=1.2, ls=_DASHES), "closed or planned"))
    if any(stroke.halo for stroke in strokes):
        core = Line2D([], [], color=style.MORE if is_change else style.INK, lw=2.5)
        entries.append(((Line2D([], [], color=_OPENED, lw=7), core), "opened by the measure"))
    return entries
