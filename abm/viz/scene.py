"""What never changes on the map of a case: base map, places, links as lines, posts on them, regions to look at, colours."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from abm.corridor.tables import Case, Direction, Mode
from abm.figures.basemap import BaseMap, base_map, has_coast, near, note
from abm.figures.map import short_name
from abm.figures.region import dense, main_region
from abm.figures.view import MapView, map_view
from abm.study.names import place_names, post_names
from abm.viz.packing import pack
from abm.viz.palette import palette
from abm.viz.seaways import seaway

Floats = npt.NDArray[np.float64]
#: West, east, south, north in degrees.
type Box = tuple[float, float, float, float]

#: Where on a link, as a share of its length in the direction of travel, one stands at the post that lets out and at the one that
#: lets in. Not mirror images, so that the two posts of one country, one for each direction, stand side by side.
EXIT_AT, ENTRY_AT = 0.08, 0.84

_MARGIN_SHARE = 0.08
_SMALLEST_MARGIN_DEG = 0.3
#: How far from each other links between the same two places bulge, as a share of their length, and at most in degrees.
_FAN_SHARE, _FAN_MOST_DEG = 0.09, 0.2
_FAN_POINTS = 13
_STATE = "state"
_ALL = "Whole network"


def scene_of(case: Case) -> bytes:
    """The packed scene (:mod:`abm.viz.packing`) of a case.

    meta: ``title``, ``home`` (code), ``home_name``, ``box`` (west, east, south, north of all nodes with a margin), ``base_box``
    (as far as the base map reaches; beyond it nothing is known), ``has_coast`` (False for an invented place in the open sea: no
    base map), ``note`` (what a map must say), ``regions``, ``nodes``, ``links``, ``posts``, ``carriers``, ``palette``.
    arrays: node_lon, node_lat, post_x, post_y (degrees); link, land, coast and border lines as ``*_x``, ``*_y`` (degrees) and
    ``*_starts`` (n + 1 entries: line i has the points from starts[i] to before starts[i + 1]). A land ring walked the other way
    round is a sea within the land.
    """
    view = map_view(case.nodes, case.links)
    lines = link_lines(view)
    whole = _around(np.vstack(lines)) if lines else _around(np.column_stack([view.lon, view.lat]))
    is_known = has_coast(main_region(view.lon, view.lat).box)
    chart = base_map()
    places = post_places(case, view, lines)
    meta = {
        "title": case.info.title,
        "home": case.info.home,
        "home_name": country_name(case, case.info.home),
        "box": _rounded(whole),
        "base_box": _rounded(chart.box),
        "has_coast": is_known,
        "note": note(whole, borders=True) if is_known else "",
        "regions": [{"name": name, "box": _rounded(box)} for name, box in regions_of(case, view, whole)],
        **_rows(case, view),
        "palette": palette(),
    }
    arrays = {
        "node_lon": _f4(view.lon),
        "node_lat": _f4(view.lat),
        "post_x": _f4(places[:, 0]),
        "post_y": _f4(places[:, 1]),
        **_packed_lines("link", lines),
        **_base_lines(chart, whole if is_known else None),
    }
    return pack(meta, arrays)


def _rows(case: Case, view: MapView) -> dict[str, list[dict[str, Any]]]:
    """Who stands on the map, in the order of the case's tables."""
    names, titles = place_names(case), post_names(case)
    row_of_link = {name: row for row, name in enumerate(view.link_ids)}
    return {
        "nodes": [
            {"id": node.node_id, "name": short_name(node.name), "type": node.node_type, "country": node.country}
            for node in case.nodes
        ],
        "links": [
            {
                "id": link.link_id,
                "title": f"{names[link.from_node_id]} - {names[link.to_node_id]}",
                "mode": link.mode.value,
                "from": int(view.from_node[row]),
                "to": int(view.to_node[row]),
                "km": link.length_km,
                "status": link.status.value,
            }
            for row, link in enumerate(case.links)
        ],
        "posts": [
            {
                "id": post.post_id,
                "title": titles[post.post_id],
                "bcp": post.bcp_id,
                "link": row_of_link[post.link_id],
                "country": post.country,
                "direction": post.direction.value,
            }
            for post in case.posts
        ],
        "carriers": [{"id": carrier.carrier_id, "title": carrier.name} for carrier in case.carriers],
    }


def country_name(case: Case, code: str) -> str:
    """What the case calls a country: the name of its state among the authorities, else its code."""
    names = (row.name for row in case.authorities if row.country == code and row.role == _STATE)
    return short_name(next(names, code))


# -------------------------------------------------------------------------------------------------------------------- regions
def regions_of(case: Case, view: MapView, whole: Box) -> list[tuple[str, Box]]:
    """Names and boxes of the regions to look at: everything, the home country, and it with its neighbours.

    A neighbour is a country that a road or railway joins to the home country. Of home and neighbours only places that have
    company count: a neighbour's port in another sea, or its capital a thousand kilometres off, would make the picture small.
    """
    home, name = case.info.home, country_name(case, case.info.home)
    country = np.array([node.country for node in case.nodes])
    is_home = country == home
    joined = {home}
    for row, link in enumerate(case.links):
        ends = {str(country[view.from_node[row]]), str(country[view.to_node[row]])}
        if link.mode is not Mode.SEA and home in ends:
            joined |= ends
    is_near = np.isin(country, list(joined)) & dense(view.lon, view.lat)
    places = np.column_stack([view.lon, view.lat])
    found = [(_ALL, whole)]
    if is_home.any():
        found.append((name, _around(places[is_home])))
        is_near |= is_home
        found.append((f"{name} and neighbours", _around(places[is_near])))
    return found


def _around(points: Floats) -> Box:
    """The box around points (n, 2), with a margin. Raises ValueError without points."""
    (west, south), (east, north) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    wide, high = (max(_MARGIN_SHARE * span, _SMALLEST_MARGIN_DEG) for span in (east - west, north - south))
    return west - wide, east + wide, max(south - high, -90.0), min(north + high, 90.0)


def _rounded(box: Iterable[float]) -> list[float]:
    return [round(side, 4) for side in box]


# ---------------------------------------------------------------------------------------------------------------------- lines
def link_lines(view: MapView) -> list[Floats]:
    """The line of each link, points (k, 2) in degrees from its first node to its last: straight on land, off the coasts at sea,
    apart from each other where links join the same two places."""
    ends = np.stack([np.column_stack([view.lon[end], view.lat[end]]) for end in (view.from_node, view.to_node)], axis=1)
    lanes = _lanes(view)
    has_chart = has_coast(main_region(view.lon, view.lat).box)
    return [
        seaway(*ends[row]) if mode == Mode.SEA and has_chart and lanes[row] == 0.0 else _bulged(ends[row], lanes[row])
        for row, mode in enumerate(view.modes)
    ]


def _lanes(view: MapView) -> Floats:
    """How many lanes each link lies to the left of the straight line between its nodes (0 for a link that is alone)."""
    pairs: dict[tuple[int, int], list[int]] = {}
    for row in range(len(view.link_ids)):
        a, b = int(view.from_node[row]), int(view.to_node[row])
        pairs.setdefault((min(a, b), max(a, b)), []).append(row)
    lanes = np.zeros(len(view.link_ids))
    for members in pairs.values():
        members.sort(key=lambda row: (view.modes[row], view.link_ids[row]))
        for place, row in enumerate(members):
            side = 1.0 if view.from_node[row] <= view.to_node[row] else -1.0
            lanes[row] = side * (place - (len(members) - 1) / 2)
    return lanes


def _bulged(ends: Floats, lane: float) -> Floats:
    """From end to end (2, 2), bulging to the left by so many lanes."""
    if lane == 0.0:
        return ends.copy()
    shrink = np.array([np.cos(np.radians(ends[:, 1].mean())), 1.0])
    along = (ends[1] - ends[0]) * shrink
    length = float(np.hypot(*along))
    if length == 0.0:
        return ends.copy()
    left = np.array([-along[1], along[0]]) / length
    most = lane * min(_FAN_SHARE * length, _FAN_MOST_DEG)
    t = np.linspace(0.0, 1.0, _FAN_POINTS)[:, None]
    return np.asarray(ends[0] + t * (ends[1] - ends[0]) + 4.0 * t * (1.0 - t) * most * left / shrink)


def post_places(case: Case, view: MapView, lines: Sequence[Floats]) -> Floats:
    """Where each post stands (n_posts, 2), degrees: on its link, near the end that lies in its country."""
    row_of_link = {name: row for row, name in enumerate(view.link_ids)}
    places = np.zeros((len(case.posts), 2))
    for number, post in enumerate(case.posts):
        row = row_of_link[post.link_id]
        is_at_start = case.nodes[view.from_node[row]].country == post.country
        share = EXIT_AT if post.direction is Direction.OUTBOUND else 1.0 - ENTRY_AT
        places[number] = along_line(lines[row], share if is_at_start else 1.0 - share)
    return places


def along_line(points: Floats, share: float) -> Floats:
    """The point (2,) at a share of the length of a line (k, 2), lengths measured at its middle latitude."""
    shrink = np.array([np.cos(np.radians(points[:, 1].mean())), 1.0])
    steps = np.hypot(*(np.diff(points, axis=0) * shrink).T)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    return np.array([np.interp(share * at[-1], at, points[:, axis]) for axis in (0, 1)])


# -------------------------------------------------------------------------------------------------------------------- packing
def _f4(values: Floats) -> npt.NDArray[np.float32]:
    return values.astype(np.float32)


def _packed_lines(name: str, lines: Sequence[Floats]) -> dict[str, npt.NDArray[Any]]:
    points = np.vstack([np.zeros((0, 2)), *lines])
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.uint32)
    return {f"{name}_x": _f4(points[:, 0]), f"{name}_y": _f4(points[:, 1]), f"{name}_starts": starts}


def _base_lines(chart: BaseMap, box: Box | None) -> dict[str, npt.NDArray[Any]]:
    """Land rings, coasts and borders that meet the box; none without a box."""
    found: dict[str, npt.NDArray[Any]] = {}
    for name, lines in (("land", chart.land), ("coast", chart.coasts), ("border", chart.borders)):
        found |= _packed_lines(name, near(lines, box) if box is not None else [])
    return found
