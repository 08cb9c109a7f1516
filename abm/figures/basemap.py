"""The base map: land, coastlines and borders of the packaged Natural Earth extract, as lines in degrees."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from abm.figures.style import BORDER, COAST, FAINT, LAND, WATER

Points = npt.NDArray[np.float64]

BOUNDARIES = "Boundaries do not imply endorsement."
SOURCE = "Base map: Natural Earth"
_FILE = FilePath(__file__).parent / "data" / "base_map.npz"


@dataclass(frozen=True, slots=True)
class BaseMap:
    """Lists of (n, 2) arrays, longitude and latitude in degrees; ``box`` is west, east, south, north."""

    land: tuple[Points, ...]
    coasts: tuple[Points, ...]
    borders: tuple[Points, ...]
    box: tuple[float, float, float, float]


@lru_cache(maxsize=1)
def base_map() -> BaseMap:
    """The packaged base map, read once."""
    with np.load(_FILE) as arrays:
        west, east, south, north = (float(value) for value in arrays["box"])
        corner, size = np.array([west, south]), np.array([east - west, north - south])

        def lines(name: str) -> tuple[Points, ...]:
            points = arrays[f"{name}_points"].astype(np.float64) / np.iinfo(np.uint16).max * size + corner
            return tuple(np.split(points, arrays[f"{name}_starts"][1:-1]))

        return BaseMap(lines("land"), lines("coasts"), lines("borders"), (west, east, south, north))


@lru_cache(maxsize=1)
def land_path() -> Path:
    """All land as one path: a sea within it is a ring walked the other way round."""
    return Path.make_compound_path(*(Path(np.vstack([ring, ring[:1]]), closed=True) for ring in base_map().land))


def on_land(points: Points) -> npt.NDArray[np.bool_]:
    """Mask of the points (n, 2) in degrees that lie on land, as far as the base map reaches."""
    inside = np.zeros(len(points), dtype=np.int64)
    for ring in base_map().land:
        if ((points >= ring.min(axis=0)) & (points <= ring.max(axis=0))).all(axis=1).any():
            inside += Path(ring).contains_points(points)
    return np.asarray(inside % 2 == 1, dtype=np.bool_)


def near(lines: tuple[Points, ...], box: tuple[float, float, float, float]) -> list[Points]:
    """The lines whose bounding box meets ``box`` (west, east, south, north)."""
    west, east, south, north = box
    return [
        line
        for line in lines
        if line[:, 0].max() >= west
        and line[:, 0].min() <= east
        and line[:, 1].max() >= south
        and line[:, 1].min() <= north
    ]


def has_coast(box: tuple[float, float, float, float]) -> bool:
    """Whether the base map says anything about ``box``: an invented place in the open sea is better drawn on plain paper."""
    return bool(near(base_map().coasts + base_map().borders, box)) or bool(on_land(np.array([[box[0], box[2]]]))[0])


def note(box: tuple[float, float, float, float], *, borders: bool) -> str:
    """What a map of ``box`` must say about its base map."""
    if not has_coast(box):
        return ""
    return f"{BOUNDARIES} {SOURCE}" if borders else SOURCE


def draw_base_map(axes: Axes, box: tuple[float, float, float, float], *, borders: bool = True) -> None:
    """Water, tinted land, coastlines and thin grey dashed borders within ``box``; sets limits and frame of ``axes``."""
    axes.set_xlim(box[0], box[1])
    axes.set_ylim(box[2], box[3])
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(color=FAINT, linewidth=0.8)
    if not has_coast(box):
        axes.set_facecolor(LAND)
        return
    chart = base_map()
    axes.set_facecolor(WATER)
    axes.add_patch(PathPatch(land_path(), facecolor=LAND, edgecolor="none", zorder=0))
    axes.add_collection(
        LineCollection(near(chart.coasts, box), colors=COAST, linewidths=0.6, zorder=0.5), autolim=False
    )
    if borders:
        dashed = LineCollection(
            near(chart.borders, box), colors=BORDER, linewidths=0.6, linestyles=(0, (4, 2.5)), alpha=0.8, zorder=0.6
        )
        axes.add_collection(dashed, autolim=False)
