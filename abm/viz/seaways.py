"""Ways of ships on a map: from port to port over water, as far as the base map knows where water is.

A picture, not a measurement: lengths and hours of sea links come from the case.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from abm.figures.basemap import base_map

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Side of a cell of the fine raster of land, degrees; cells of it to a side of a cell of the coarse one, where ways are sought.
_FINE_DEG = 0.1
_COARSE = 5
#: How far the rasters reach beyond the base map, degrees.
_BEYOND_DEG = 3.0
#: A degree over land costs so many more than one over water: canals and straits narrower than a cell are passed, isthmuses not.
_LAND_COST = 14.0
#: What counts as land where the base map does not reach: ways leave it if they must, not to get round a continent.
_UNKNOWN_SHARE = 0.2
#: Distance between the points at which a straight line is tested, how often corners are cut, and how much of a side at most.
_SIGHT_DEG = 0.05
_ROUNDINGS = 2
_CUT_SHARE, _CUT_DEG = 0.25, 1.0
#: Ways beyond these degrees of latitude do not come up: cells there would be far narrower than high.
_HIGHEST_LAT = 80.0
#: Ways that are kept once found: those of some dozens of cases.
_KEPT_WAYS = 1024


@dataclass(frozen=True)
class _Chart:
    """Land as a raster (rows from south to north, columns from west to east) and the graph of its coarse cells."""

    west: float
    south: float
    is_land: Bools
    n_columns: int
    graph: csr_array

    def cell(self, point: Floats) -> int:
        """The coarse cell of a point (2,) in degrees; the nearest one for a point off the chart."""
        side = _FINE_DEG * _COARSE
        n_rows = self.is_land.shape[0] // _COARSE
        column = int(np.clip((point[0] - self.west) // side, 0, self.n_columns - 1))
        row = int(np.clip((point[1] - self.south) // side, 0, n_rows - 1))
        return row * self.n_columns + column

    def middle(self, cells: npt.NDArray[np.int64]) -> Floats:
        """The middles (n, 2) of coarse cells, degrees."""
        side = _FINE_DEG * _COARSE
        rows, columns = np.divmod(cells, self.n_columns)
        return np.column_stack([self.west + (columns + 0.5) * side, self.south + (rows + 0.5) * side])

    def land_between(self, start: Floats, end: Floats) -> int:
        """How many of the points tested on the straight line between two points lie on land."""
        n = max(int(np.hypot(*(end - start)) / _SIGHT_DEG), 1) + 1
        points = np.linspace(start, end, n)
        columns = np.clip(((points[:, 0] - self.west) / _FINE_DEG).astype(np.int64), 0, self.is_land.shape[1] - 1)
        rows = np.clip(((points[:, 1] - self.south) / _FINE_DEG).astype(np.int64), 0, self.is_land.shape[0] - 1)
        return int(self.is_land[rows, columns].sum())


def _raster(x: Floats, y: Floats) -> Bools:
    """Mask (len(y), len(x)) of the points of a grid that lie on land: row by row, counting the shores crossed from the west."""
    rings = base_map().land
    start = np.vstack(rings)
    end = np.vstack([np.roll(ring, -1, axis=0) for ring in rings])
    mask = np.zeros((y.size, x.size), dtype=np.bool_)
    for row, lat in enumerate(y.tolist()):
        crosses = (start[:, 1] <= lat) != (end[:, 1] <= lat)
        a, b = start[crosses], end[crosses]
        shores = np.sort(a[:, 0] + (lat - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1]))
        mask[row] = np.searchsorted(shores, x) % 2 == 1
    return mask


@lru_cache(maxsize=1)
def _chart() -> _Chart:
    """The chart of the packaged base map, drawn once."""
    box = base_map().box
    west, east = box[0] - _BEYOND_DEG, box[1] + _BEYOND_DEG
    south, north = max(box[2] - _BEYOND_DEG, -_HIGHEST_LAT), min(box[3] + _BEYOND_DEG, _HIGHEST_LAT)
    side = _FINE_DEG * _COARSE
    n_columns, n_rows = int((east - west) / side), int((north - south) / side)
    x = west + (np.arange(n_columns * _COARSE, dtype=np.float64) + 0.5) * _FINE_DEG
    y = south + (np.arange(n_rows * _COARSE, dtype=np.float64) + 0.5) * _FINE_DEG
    is_land = _raster(x, y)
    share = is_land.reshape(n_rows, _COARSE, n_columns, _COARSE).mean(axis=(1, 3))
    is_known = np.outer((y > box[2]) & (y < box[3]), (x > box[0]) & (x < box[1]))[::_COARSE, ::_COARSE]
    share = np.where(is_known, share, _UNKNOWN_SHARE)
    return _Chart(west, south, is_land, n_columns, _graph(share, south, side))


def _graph(land_share: Floats, south: float, side: float) -> csr_array:
    """Cells joined to their eight neighbours; a step costs its length in degrees of latitude, more over land."""
    n_rows, n_columns = land_share.shape
    number = np.arange(n_rows * n_columns).reshape(n_rows, n_columns)
    cost = 1.0 + _LAND_COST * land_share
    shrink = np.cos(np.radians(south + (np.arange(n_rows) + 0.5) * side))[:, None] * np.ones(n_columns)
    parts = []
    for up, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = (slice(0, n_rows - up), slice(max(-right, 0), n_columns - max(right, 0)))
        there = (slice(up, n_rows), slice(max(right, 0), n_columns + min(right, 0)))
        length = side * np.hypot(up, right * (shrink[here] + shrink[there]) / 2.0)
        parts.append((number[here].ravel(), number[there].ravel(), (length * (cost[here] + cost[there]) / 2.0).ravel()))
    a, b, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return csr_array((weight, (a, b)), shape=(number.size, number.size))


def seaway(start: Floats, end: Floats) -> Floats:
    """A line (k, 2) in degrees from port to port, (2,) each: short, and over as little land as can be. Not to be written into."""
    return _seaway(*start.tolist(), *end.tolist())


@lru_cache(maxsize=_KEPT_WAYS)  # every visitor's map has the same ones
def _seaway(from_lon: float, from_lat: float, to_lon: float, to_lat: float) -> Floats:
    start, end = np.array([from_lon, from_lat]), np.array([to_lon, to_lat])
    chart = _chart()
    first, last = chart.cell(start), chart.cell(end)
    _, before = dijkstra(chart.graph, directed=False, indices=first, return_predecessors=True)
    cells = [last]
    while cells[-1] != first:
        cells.append(int(before[cells[-1]]))
    inner = chart.middle(np.array(cells[-2:0:-1], dtype=np.int64))
    way = _rounded(_pulled(chart, np.vstack([start, inner, end])))
    way.flags.writeable = False
    return way


def _pulled(chart: _Chart, points: Floats) -> Floats:
    """The line without the corners that a straight line can leave out at no more land than the corners touch."""
    land = [chart.land_between(a, b) for a, b in pairwise(points)]
    passed = np.concatenate([[0], np.cumsum(land)])
    kept, at = [0], 0
    while at < len(points) - 1:
        ahead = len(points) - 1
        while ahead > at + 1 and chart.land_between(points[at], points[ahead]) > passed[ahead] - passed[at]:
            ahead -= 1
        kept.append(ahead)
        at = ahead
    return points[kept]


def _rounded(points: Floats) -> Floats:
    """The line with its corners cut (Chaikin, but never far from a corner), ends in place."""
    for _ in range(_ROUNDINGS if len(points) > 2 else 0):
        a, b = points[:-1], points[1:]
        length = np.maximum(np.hypot(*(b - a).T), _SIGHT_DEG)[:, None]
        cut = np.minimum(_CUT_SHARE, _CUT_DEG / length) * (b - a)
        corners = np.stack([a + cut, b - cut], axis=1).reshape(-1, 2)
        points = np.vstack([points[:1], corners[1:-1], points[-1:]])
    return points
