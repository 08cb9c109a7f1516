"""Lines on the sphere: lengths, distances, well-known text. Points are (longitude, latitude) in degrees on WGS84."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from abm.errors import nearest

Point = tuple[float, float]
Floats = npt.NDArray[np.float64]

#: Mean radius of the earth (IUGG), km.
EARTH_RADIUS_KM = 6371.0088
#: Names under which files call longitude and latitude on WGS84, in lower case and without blanks.
WGS84 = frozenset(
    {
        "4326", "epsg:4326", "wgs84", "wgs-84", "wgs_84", "crs84", "ogc:crs84",
        "urn:ogc:def:crs:epsg::4326", "urn:ogc:def:crs:ogc:1.3:crs84", "urn:ogc:def:crs:ogc::crs84",
    }
)  # fmt: skip

_WKT_LINE = re.compile(r"^\s*LINESTRING\s*(?:Z|M|ZM)?\s*\(([^()]*)\)\s*$", re.IGNORECASE)


def is_wgs84(name: str) -> bool:
    """Whether a coordinate system of this name is longitude and latitude on WGS84."""
    return "".join(name.lower().split()) in WGS84


def distances_km(point: Point, others: Floats) -> Floats:
    """[n] great-circle distances from one point to each of [n, 2] others (haversine)."""
    lon, lat = np.radians(others[:, 0]), np.radians(others[:, 1])
    lon_0, lat_0 = math.radians(point[0]), math.radians(point[1])
    h = np.sin((lat - lat_0) / 2) ** 2 + math.cos(lat_0) * np.cos(lat) * np.sin((lon - lon_0) / 2) ** 2
    found: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(h)))
    return found


def distance_km(first: Point, second: Point) -> float:
    """Great-circle distance of two points."""
    return float(distances_km(first, np.array([second], dtype=np.float64))[0])


def along_km(line: Sequence[Point]) -> float:
    """Length of a line: great circles from point to point."""
    return math.fsum(distance_km(first, second) for first, second in pairwise(line))


def off_line_km(point: Point, line: Sequence[Point]) -> float:
    """Distance from a point to the nearest place on a line, on a map that is flat around the point: right where it is small."""
    scale = EARTH_RADIUS_KM * math.pi / 180
    flat = np.array(line, dtype=np.float64) - np.array(point, dtype=np.float64)
    flat[:, 0] = (flat[:, 0] + 180.0) % 360.0 - 180.0
    flat *= scale * np.array([math.cos(math.radians(point[1])), 1.0])
    start, step = flat[:-1], np.diff(flat, axis=0)
    squared = np.maximum((step**2).sum(axis=1), np.finfo(np.float64).tiny)
    share = np.clip(-(start * step).sum(axis=1) / squared, 0.0, 1.0)
    return float(np.sqrt(((start + share[:, None] * step) ** 2).sum(axis=1)).min())


def position_rule(x: float, y: float) -> str:
    """What is wrong with a longitude and a latitude, or an empty string."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return "must be finite numbers"
    if not (-180.0 <= x <= 180.0 and -90.0 <= y <= 90.0):
        return "must be longitude and latitude in degrees (WGS84): reproject the file first"
    return ""


def wkt_line(text: str) -> tuple[Point, ...] | str:
    """Points of a LINESTRING, or the rule that the text breaks."""
    found = _WKT_LINE.match(text)
    if found is None:
        kind = re.sub(r"[^A-Z]", "", text.upper().partition("(")[0])
        hint = " (several lines: one link each)" if nearest(kind, ["MULTILINESTRING"]) and kind.startswith("M") else ""
        return f"must be a LINESTRING in well-known text{hint}"
    points = []
    for pair in found.group(1).split(","):
        try:
            x, y = (float(number) for number in pair.split()[:2])
        except ValueError:
            return "must hold pairs of numbers between commas"
        if rule := position_rule(x, y):
            return rule
        points.append((x, y))
    return tuple(points) if len(points) > 1 else "must hold at least two points"
