"""Figures of who depends on whom: a map of what each link would cost if it shut, and a table of whose hands trade passes."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from abm.corridor.prose import counted
from abm.figures import style
from abm.figures.legend import THINNEST_PT, Entry, round_below
from abm.figures.map import PORT_MARK, PORT_STYLE, Stroke, network_map, short_name
from abm.figures.view import MapView, map_view
from abm.study.dependency import Dependency
from abm.study.sea_access import PORT

Floats = npt.NDArray[np.float64]

#: Figures that a result may have.
FIGURES = ("chokepoints", "holders")
#: From little to much, distinct in grey and to colour-blind readers.
_RAMP = ("#f6d58a", "#f2a65a", "#dd6b3a", "#b32d3a", "#6a1246")
_HEAT = LinearSegmentedColormap.from_list("heat", ("#ffffff", "#fbe3b4", "#f2a65a", "#c8473b", "#6a1246"))
_NOTHING, _SHUT = "#b9c0c6", "#5f6b75"
_DASHES = (0, (3.5, 2.2))
#: Each class of losses begins at this share of the next one, in round numbers; the rest is one class.
_STEP = 0.4
#: Where the highest class begins, as a share of the largest loss, before it is made a round number.
_TOP_SHARE = 0.7
_THICK_PT = (1.5, 2.1, 2.9, 3.9, 5.2)
#: A far partner through whom nobody sends as much as this share of his trade to others gets no column; nor who sees less pass.
_LEAST_SHARE = 0.01
_CELL_IN, _ROW_IN, _HEAD_IN = 0.95, 0.33, 0.3
_DARK_FROM = 0.6


def dependency_figures(result: Dependency) -> dict[str, Figure]:
    """The figures that have something to show."""
    found = {"chokepoints": chokepoint_map(result), "holders": holder_matrix(result)}
    return {name: figure for name, figure in found.items() if figure is not None}


# ------------------------------------------------------------------ the map
def chokepoint_map(result: Dependency) -> Figure | None:
    """Links coloured by what the country loses a year when that one shuts; None if nothing carries anything."""
    mine = result.links[result.links["country"] == result.country] if len(result.links) else result.links
    if mine.empty:
        return None
    view = map_view(result.case.nodes, result.case.links)
    loss = dict(zip(mine["link"], mine["loss_usd"], strict=True))
    values = np.array([max(float(loss.get(link, 0.0)), 0.0) for link in view.link_ids])
    bounds = class_bounds(float(values.max()))
    strokes = [_stroke(view, i, int(np.searchsorted(bounds, values[i], side="right"))) for i in range(len(values))]
    worst = result.chains.iloc[0]
    return network_map(
        view, strokes, values, _keys(bounds, strokes), ports=_ports(result, view),
        title=f"Without the {worst['mode']} {worst['title']}, the trade of {result.country} loses "
        f"{_usd_m(worst['loss_usd'])} a year",
        subtitle=f"Loss of the trade of {result.country} if one link shuts for good, the others open: dearer ways, and goods "
        f"without any way at their value. Base year at rest, no world run; {counted(len(mine), 'link')} closed in turn.",
    )  # fmt: skip


def class_bounds(largest: float) -> Floats:
    """Lower bounds of up to five classes of losses, round numbers, rising; none if nothing is lost."""
    bounds: list[float] = []
    value = largest * _TOP_SHARE
    while value > 0.0 and len(bounds) < len(_RAMP):
        bounds.append(round_below(value))
        value = bounds[-1] * _STEP
    return np.array(bounds[::-1])


def _stroke(view: MapView, link: int, of_class: int) -> Stroke:
    """``of_class``: 0 below the lowest bound."""
    if of_class:
        return Stroke(_RAMP[of_class - 1], _THICK_PT[of_class - 1], order=2.6 + 0.2 * of_class)
    if view.statuses[link] == "open":
        return Stroke(_NOTHING, THINNEST_PT, order=1.5)
    return Stroke(_SHUT, 1.2, dashed=True, order=1.8)


def _keys(bounds: Floats, strokes: list[Stroke]) -> list[Entry]:
    entries: list[Entry] = []
    for rank in range(len(bounds) - 1, -1, -1):
        is_top = rank == len(bounds) - 1
        text = f"USD {_number(bounds[rank])} m a year and more" if is_top else _between(bounds[rank], bounds[rank + 1])
        entries.append((Line2D([], [], color=_RAMP[rank], lw=_THICK_PT[rank]), text))
    if any(stroke.colour == _NOTHING for stroke in strokes):
        less = f"less than {_number(bounds[0])} m, or no traffic" if len(bounds) else "nothing"
        entries.append((Line2D([], [], color=_NOTHING, lw=THINNEST_PT), less))
    if any(stroke.dashed for stroke in strokes):
        entries.append((Line2D([], [], color=_SHUT, lw=1.2, ls=_DASHES), "closed or planned"))
    entries.append((Line2D([], [], ls="", marker=PORT_MARK, **PORT_STYLE), "nearest port on open water"))
    return entries


def _between(low: float, high: float) -> str:
    return f"{_number(low)} to {_number(high)} m"


def _ports(result: Dependency, view: MapView) -> list[int]:
    """Nodes of the ports that are somebody's nearest."""
    nodes = [node.node_id for node in result.case.nodes]
    access = result.access
    nearest = access[access["kind"] == PORT]["to"] if len(access) else ()
    return sorted({nodes.index(node) for node in nearest} & set(range(len(view.names))))


def _number(usd: float) -> str:
    return f"{usd / 1e6:,.3g}" if usd < 1e9 else f"{usd / 1e6:,.0f}"


def _usd_m(usd: float) -> str:
    return f"USD {usd / 1e6:,.0f} m" if usd >= 1e7 else f"USD {usd / 1e6:,.1f} m"


# ------------------------------------------------------------------ the matrix
def holder_matrix(result: Dependency) -> Figure | None:
    """Share of each country's trade (value) that passes what each other holds, as a table of shaded numbers; None without any."""
    near = [node.country for node in result.case.nodes if node.node_type != "zone"]
    rows = [country for country in result.countries if country in near]
    table = result.holders[result.holders["country"].isin(rows)] if len(result.holders) else result.holders
    if table.empty:
        return None
    shares = table.pivot(index="country", columns="holder", values="passing_value_share").reindex(rows)
    passing = table.groupby("holder")["transit_value_share"].max()
    kept = [
        str(name)
        for name in dict.fromkeys(table["holder"])
        if passing[name] >= _LEAST_SHARE or (name in near and float(shares[name].max()) >= _LEAST_SHARE)
    ]
    order = sorted(kept, key=lambda name: -float(np.nansum(shares[name].to_numpy())))
    if not order:
        return None
    mine = table[
        (table["country"] == result.country) & (table["passing_value_share"] == _largest(table, result.country))
    ]
    first = mine.iloc[0]
    with style.settings():
        return _heat_map(
            shares[order],
            title=f"{100 * first['passing_value_share']:.0f} % of the trade of {result.country} passes "
            f"{short_name(first['holder'])}, {100 * first['transit_value_share']:.0f} % to or from elsewhere",
            subtitle="Share of the value of each country's trade (rows) that passes what another holds (columns), in per cent, "
            "trade with the holder itself among it. Base year at rest.",
            note="Trade that this case holds: of countries other than the home country, only what it names. A dash: its own. "
            f"No column for far partners through whom less than {100 * _LEAST_SHARE:.0f} % of anybody's trade goes to others.",
            own={name: table[table["holder"] == name]["country"].tolist() for name in order},
        )  # fmt: skip


def _largest(table: pd.DataFrame, country: str) -> float:
    return float(table[table["country"] == country]["passing_value_share"].max())


def _heat_map(shares: pd.DataFrame, *, title: str, subtitle: str, note: str, own: dict[str, list[str]]) -> Figure:
    names = [short_name(str(name)) for name in shares.columns]
    held = [own[str(name)] for name in shares.columns]
    probe = style.new_figure(3.0)
    width = min(_CELL_IN * len(names), style.WIDTH_IN - 1.05)
    tilted = max(style.text_size(probe, name, 8.5)[0] for name in names) > 0.95 * width / len(names)
    head = _HEAD_IN + (1.0 if tilted else 0.0)
    body = _ROW_IN * len(shares) + head
    bottom, top = style.head_and_foot(probe, title, subtitle, note)
    height = body + 3.0 * (1.0 - top + bottom) + 0.1
    figure = style.new_figure(height)
    bottom, top = style.head_and_foot(figure, title, subtitle, note)
    axes = figure.add_axes((0.75 / style.WIDTH_IN, bottom + 0.1 / height, width / style.WIDTH_IN,
                            _ROW_IN * len(shares) / height))  # fmt: skip
    values = 100.0 * shares.to_numpy(dtype=np.float64)
    axes.imshow(np.nan_to_num(values), cmap=_HEAT, vmin=0.0, vmax=100.0, aspect="auto")
    _write_cells(axes, values, [str(row) for row in shares.index], held)
    axes.set_xticks(range(len(names)), names, rotation=35 if tilted else 0, ha="left" if tilted else "center")
    axes.set_yticks(range(len(shares)), [str(row) for row in shares.index])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, colors=style.INK)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_xticks(np.arange(-0.5, len(names)), minor=True)
    axes.set_yticks(np.arange(-0.5, len(shares)), minor=True)
    axes.grid(which="minor", color=style.PAPER, linewidth=1.6)
    axes.tick_params(which="minor", length=0)
    return figure


def _write_cells(axes: Axes, values: Floats, rows: list[str], told: list[list[str]]) -> None:
    """``told``: of each column, the rows that are not its own."""
    for i, row in enumerate(rows):
        for j, others in enumerate(told):
            value = values[i, j]
            is_own = row not in others
            text = (
                "\N{EN DASH}" if is_own else "0" if value < 0.05 else f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
            )
            colour = style.PAPER if not is_own and value > 100.0 * _DARK_FROM else style.MUTED if is_own else style.INK
            axes.text(j, i, text, ha="center", va="center", size=8.5, color=colour)
