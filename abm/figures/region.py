"""Which part of the world a map shows, and where links leave it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_NEIGHBOUR = 5
_DENSE = 2.0
_MARGIN = 0.08
_SMALLEST_SPAN_DEG = 0.5


@dataclass(frozen=True, slots=True)
class Region:
    """A box in degrees: longitudes west to east, latitudes south to north."""

    west: float
    east: float
    south: float
    north: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, east, south, north."""
        return self.west, self.east, self.south, self.north

    @property
    def shrink(self) -> float:
        """Length of a degree of longitude over one of latitude, at the middle latitude."""
        return float(np.cos(np.radians((self.south + self.north) / 2.0)))

    @property
    def aspect(self) -> float:
        """Width over height as it looks on the ground."""
        return (self.east - self.west) * self.shrink / (self.north - self.south)

    def holds(self, lon: Floats, lat: Floats) -> Bools:
        """Mask of the points within the box."""
        return (lon >= self.west) & (lon <= self.east) & (lat >= self.south) & (lat <= self.north)

    def fitted(self, aspect: float) -> "Region":
        """The smallest region around this one with the given width over height."""
        width, height = self.east - self.west, self.north - self.south
        if self.aspect < aspect:
            width = aspect * height / self.shrink
        else:
            height = width * self.shrink / aspect
        lon, lat = (self.west + self.east) / 2.0, (self.south + self.north) / 2.0
        return Region(lon - width / 2, lon + width / 2, lat - height / 2, lat + height / 2)


def dense(lon: Floats, lat: Floats) -> Bools:
    """Mask of the nodes (n) that have company: the fifth nearest is within twice the median of that distance.

    Far zones (a capital a thousand kilometres off, a port in another sea) fall out; with fewer than eight nodes all stay.
    """
    n = len(lon)
    if n < 8:
        return np.ones(n, dtype=np.bool_)
    x = lon * np.cos(np.radians(np.median(lat)))
    distance = np.sort(np.hypot(x[:, None] - x[None, :], lat[:, None] - lat[None, :]), axis=1)[:, _NEIGHBOUR]
    return np.asarray(distance <= _DENSE * np.median(distance), dtype=np.bool_)


def main_region(lon: Floats, lat: Floats) -> Region:
    """The box around the dense nodes of a case, with a margin. Raises ValueError without nodes."""
    if len(lon) == 0:
        raise ValueError("a map needs at least one node")
    near = dense(lon, lat)
    west, east, south, north = lon[near].min(), lon[near].max(), lat[near].min(), lat[near].max()
    pad = max(_MARGIN * max(east - west, north - south), _SMALLEST_SPAN_DEG / 2)
    return Region(float(west - pad), float(east + pad), float(south - pad), float(north + pad))


def exit_point(region: Region, track: Floats) -> tuple[float, float]:
    """Where a line of points (k, 2), one end inside and the other outside, first leaves the region, to the nearest point."""
    inside = region.holds(track[:, 0], track[:, 1])
    if not inside[0]:
        track, inside = track[::-1], inside[::-1]
    last = max(int(np.argmin(inside)) - 1, 0)
    return float(track[last, 0]), float(track[last, 1])
