"""The line of each link on a map: straight on land, side by side where links run together, bent over water at sea."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from abm.figures.basemap import on_land
from abm.figures.region import Region
from abm.figures.view import MapView

Floats = npt.NDArray[np.float64]

_GAP_PT = 0.8
_SAMPLES = 40
#: Bends of a sea link that are tried, the slightest first: shares of its length.
_BENDS = (0.08, -0.08, 0.16, -0.16, 0.25, -0.25, 0.35, -0.35, 0.5, -0.5)
#: A sea link that even bent runs over more land than this within the picture is drawn as a way out to sea instead.
_MOST_LAND = 0.1
_HEADINGS = 48
_FAN_DEG = 5.0
#: How far a way out to sea may turn from the true direction counts as much as this share of land for a half-turn.
_TURN_COST = 0.3


def tracks(view: MapView, widths: Sequence[float], region: Region, pt_a_degree: float) -> dict[int, Floats]:
    """Row of the link -> points (40, 2) in degrees, for every link with an end in the region.

    widths: of the lines in points, for links side by side. pt_a_degree: points on paper in a degree of latitude.
    """
    plane = np.column_stack([view.lon * region.shrink, view.lat]) * pt_a_degree
    inside = region.holds(view.lon, view.lat)
    shift = _sideways_pt(view, widths)
    found: dict[int, Floats] = {}
    ways_out: dict[int, int] = {}
    for i in range(len(view.link_ids)):
        a, b = int(view.from_node[i]), int(view.to_node[i])
        if not (inside[a] or inside[b]):
            continue
        bend = _sea_bend(_place(view, a), _place(view, b)) if view.modes[i] == "sea" else 0.0
        points = _curve(plane[a], plane[b], float(shift[i]), bend) / pt_a_degree / (region.shrink, 1.0)
        if view.modes[i] == "sea" and inside[a] != inside[b] and _land_share(points, region) > _MOST_LAND:
            port, far = (a, b) if inside[a] else (b, a)
            points = _way_out(_place(view, port), _place(view, far), region, ways_out.get(port, 0))
            ways_out[port] = ways_out.get(port, 0) + 1
        steps = np.linspace(0, len(points) - 1, _SAMPLES)
        found[i] = np.column_stack([np.interp(steps, np.arange(len(points)), points[:, k]) for k in (0, 1)])
    return found


def _place(view: MapView, node: int) -> Floats:
    return np.array([view.lon[node], view.lat[node]])


def _sideways_pt(view: MapView, widths: Sequence[float]) -> Floats:
    """How far each link stands from the straight line between its nodes, in points: links of one pair lie side by side."""
    pairs: dict[tuple[int, int], list[int]] = {}
    for i in range(len(view.link_ids)):
        a, b = int(view.from_node[i]), int(view.to_node[i])
        pairs.setdefault((min(a, b), max(a, b)), []).append(i)
    shift = np.zeros(len(view.link_ids))
    for members in pairs.values():
        members.sort(key=lambda i: (view.modes[i], view.link_ids[i]))
        edge = -(sum(widths[i] for i in members) + _GAP_PT * (len(members) - 1)) / 2
        for i in members:
            side = 1.0 if view.from_node[i] <= view.to_node[i] else -1.0
            shift[i] = side * (edge + widths[i] / 2)
            edge += widths[i] + _GAP_PT
    return shift


def _curve(start: Floats, end: Floats, sideways: float, bend: float) -> Floats:
    """Points (k, 2) from start to end in a plane of points: shifted sideways, bent by a share of the length."""
    along = end - start
    length = float(np.hypot(*along))
    if length == 0.0:
        return np.vstack([start, end])
    normal = np.array([-along[1], along[0]]) / length
    t = np.linspace(0.0, 1.0, 24 if bend else 2)[:, None]
    return start + t * along + normal * (sideways + 4.0 * t * (1.0 - t) * bend * length)


def _sea_bend(start: Floats, end: Floats) -> float:
    """The bend, a share of the length, that keeps a sea link off the land as well as a simple curve can. Degrees (2)."""
    shares = [float(on_land(_curve(start, end, 0.0, bend)[1:-1]).mean()) for bend in _BENDS]
    return _BENDS[int(np.argmin(np.round(shares, 2)))]


def _land_share(points: Floats, region: Region) -> float:
    """Share of a line on land, of what of it lies in the region; a port's own surroundings do not count."""
    t = np.linspace(0, len(points) - 1, 200)
    fine = np.column_stack([np.interp(t, np.arange(len(points)), points[:, k]) for k in (0, 1)])
    fine = fine[region.holds(fine[:, 0], fine[:, 1])]
    return float(on_land(fine).mean()) if len(fine) else 0.0


def _way_out(port: Floats, far: Floats, region: Region, rank: int) -> Floats:
    """A straight line (2, 2) from a port beyond the edge of the region, over as little land as can be.

    Ships to a far sea leave a port by water, not by the straight line. rank: how many lines leave the port already; each next
    one turns a little more, so that they fan out.
    """
    reach = float(np.hypot(region.east - region.west, region.north - region.south))
    true = np.arctan2(far[1] - port[1], (far[0] - port[0]) * region.shrink)
    headings = np.linspace(-np.pi, np.pi, _HEADINGS, endpoint=False)
    costs = []
    for heading in headings:
        line = np.vstack([port, port + reach * np.array([np.cos(heading) / region.shrink, np.sin(heading)])])
        turn = abs(np.angle(np.exp(1j * (heading - true)))) / np.pi
        costs.append(_land_share(line, region) + _TURN_COST * turn)
    best = headings[int(np.argmin(costs))]
    side = 1.0 if np.angle(np.exp(1j * (true - best))) > 0 else -1.0
    heading = best + side * np.radians(_FAN_DEG) * rank
    return np.vstack([port, port + reach * np.array([np.cos(heading) / region.shrink, np.sin(heading)])])
