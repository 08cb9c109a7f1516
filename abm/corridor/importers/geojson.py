"""Lines drawn on a map: a GeoJSON FeatureCollection (RFC 7946) of LineStrings and MultiLineStrings, and Points that name places.

Ends of lines that lie within a snapping tolerance become one node, and take the name of the place that lies there. Lines that
cross or touch elsewhere are not joined: a road over a railway is no junction. A link is as long as its line along great circles,
unless a property says otherwise.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from abm.corridor.coherence import GAUGES_MM
from abm.corridor.importers.geometry import (
    EARTH_RADIUS_KM,
    Floats,
    Point,
    along_km,
    distances_km,
    is_wgs84,
    off_line_km,
    position_rule,
)
from abm.corridor.importers.modes import ModeReader
from abm.corridor.importers.network import (
    SNAP_KM,
    ImportedLink,
    ImportedNetwork,
    ImportedNode,
    Told,
    altered,
    condensed,
    country_rule,
    identifier,
    positive,
)
from abm.corridor.parse import read_text
from abm.corridor.prose import counted
from abm.corridor.rows import Mode, Status
from abm.corridor.wording import as_written
from abm.errors import InputError, Problem, input_error, nearest

#: Column of a case -> what it is in the file; each may be another property (``--property COLUMN=PROPERTY``).
LINE_FIELDS = {
    "link_id": "name of the link", "name": "note on a line, name of a place", "mode": "road, rail, sea or a word for it",
    "gauge_mm": "gauge of a railway", "length_km": "length where the line is drawn coarsely",
    "free_speed_kmh": "commercial speed", "rate_usd_tkm": "freight rate", "status": "open, closed, planned, under_construction",
    "from_node_id": "node at the line's first point", "to_node_id": "node at its last point",
}  # fmt: skip
PLACE_FIELDS = {
    "node_id": "name of the node",
    "country": "its country",
    "node_type": "city, port, border, junction or zone",
}
FIELDS = {**LINE_FIELDS, **PLACE_FIELDS}

_HALF_TURN = 180.0
_LINES, _PLACES = {"LineString": 1, "MultiLineString": 2}, {"Point"}


@dataclass(frozen=True, slots=True)
class _Place:
    """A node in the making: where it lies and the first feature that it comes from."""

    where: str
    at: Point
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Line:
    where: str
    points: tuple[Point, ...]
    properties: Mapping[str, str]
    ends: tuple[int, int] = (-1, -1)


def read_geojson(
    path: str | Path, said: Told, *, properties: Mapping[str, str] | None = None, tolerance_km: float = SNAP_KM
) -> ImportedNetwork:
    """The network of a file's lines. ``properties``: column of a case -> the property that holds it, where they differ.

    Raises InputError with every fault, by the index of the feature (the first is 0).
    """
    file = Path(path).expanduser()
    problems: list[Problem] = []
    names = {**{field: field for field in FIELDS}, **(properties or {})}
    lines, places = _features(file, names, problems)
    if not problems and not lines:
        problems.append(Problem(file.name, "holds no LineString: there is nothing to make links of"))
    if not problems:
        lines, places = _snapped(lines, places, tolerance_km, problems)
    nodes = _nodes(places, lines, said, problems)
    notes: list[str] = []
    links = _links(lines, nodes, said, problems, notes)
    if problems:
        raise InputError(condensed(problems))
    notes += _not_joined(lines, places, tolerance_km)
    used = {end for link in links for end in (link.from_node_id, link.to_node_id)}
    alone = [node.node_id for node in nodes if node.node_id not in used]
    if alone:
        notes.append(f"places within {tolerance_km:g} km of no line's end were left out: {', '.join(alone)}")
    kept = [(place.properties, node) for place, node in zip(places, nodes, strict=True) if node.node_id in used]
    notes += altered("node_id", ((own["node_id"], node.node_id) for own, node in kept if "node_id" in own))
    return ImportedNetwork(tuple(node for _, node in kept), tuple(links), tuple(notes))


# ---------------------------------------------------------------------------------------------------- the file
def _features(
    file: Path, names: Mapping[str, str], problems: list[Problem]
) -> tuple[list[_Line], list[_Place]]:  # fmt: skip
    """Lines (parts of a MultiLineString one by one) and points of the file."""
    content = _content(file)
    lines: list[_Line] = []
    places: list[_Place] = []
    for i, feature in enumerate(content["features"]):
        where = f"{file.name}:features[{i}]"
        shape = feature.get("geometry") if isinstance(feature, dict) else None
        kind = shape.get("type") if isinstance(shape, dict) else None
        if not isinstance(shape, dict) or not isinstance(kind, str) or kind not in {*_LINES, *_PLACES}:
            rule = "must be a LineString or MultiLineString (a link) or a Point (a place)"
            problems.append(Problem(where, rule, "geometry", as_written(str(kind)) if kind else "none"))
            continue
        own = _properties(where, feature, names, problems)
        depth = _LINES.get(kind, 0)
        parts = shape.get("coordinates") if depth == 2 else [shape.get("coordinates")]
        if not isinstance(parts, list) or not parts:
            problems.append(Problem(where, "must be a list with at least one line", "coordinates"))
            continue
        if len(parts) > 1 and "length_km" in own:
            problems.append(Problem(where, "cannot be shared out among the parts of a MultiLineString", "length_km"))
        for part in parts:
            points = _points(where, part if depth else [part], depth > 0, problems)
            if points and depth:
                lines.append(_Line(where, points, own))
            elif points:
                places.append(_Place(where, points[0], own))
    return lines, places


def _content(file: Path) -> dict[str, Any]:
    text, problems = read_text(file, file.name)
    if text is None:
        raise InputError(problems)
    try:
        content = json.loads(text, parse_constant=_refuse)
        json.dumps(content, ensure_ascii=False).encode("utf-8")  # escapes of half a character are no text
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise input_error(f"{file.name}{line}", f"is not well-formed JSON: {error}") from error
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise input_error(file.name, "must be a GeoJSON FeatureCollection")
    if not isinstance(content.get("features"), list):
        raise input_error(file.name, "must be a list", field="features")
    crs = content.get("crs")
    if crs is not None:
        inside = crs.get("properties") if isinstance(crs, dict) else None
        name = str(inside.get("name", "")) if isinstance(inside, dict) else ""
        if not is_wgs84(name):
            rule = "must be longitude and latitude on WGS84, as RFC 7946 wants: reproject the file first"
            raise input_error(file.name, rule, field="crs", value=as_written(name or str(crs)))
    return content


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not a number")


def _properties(
    where: str, feature: Mapping[str, Any], names: Mapping[str, str], problems: list[Problem]
) -> dict[str, str]:
    """Column of a case -> value as text; empty ones are left out."""
    held = feature.get("properties")
    if held is None:
        held = {}
    if not isinstance(held, dict):
        problems.append(Problem(where, "must be an object or null", "properties"))
        return {}
    found = {}
    for field, name in names.items():
        value = held.get(name)
        if isinstance(value, dict | list):
            problems.append(Problem(where, "must be a text or a number", name))
        elif value is not None and str(value).strip():
            found[field] = str(value).strip()
    own_id = feature.get("id")
    if "link_id" not in found and own_id is not None and str(own_id).strip():
        found["link_id"] = str(own_id).strip()
    return found


def _points(where: str, coordinates: Any, is_line: bool, problems: list[Problem]) -> tuple[Point, ...]:
    """Points of a line or the one point of a place; empty when one of them is at fault."""
    if not isinstance(coordinates, list) or len(coordinates) < 1 + is_line:
        problems.append(Problem(where, "must be a list of at least two positions", "coordinates"))
        return ()
    found = []
    for number, position in enumerate(coordinates):
        field = f"coordinates[{number}]" if is_line else "coordinates"
        if not (
            isinstance(position, list)
            and len(position) >= 2
            and all(isinstance(c, int | float) and not isinstance(c, bool) for c in position[:2])
        ):
            problems.append(Problem(where, "must be [longitude, latitude]", field, as_written(json.dumps(position))))
            return ()
        x, y = (float(str(c)) for c in position[:2])  # by its text, a whole number beyond all floats is infinite
        if rule := position_rule(x, y):
            problems.append(Problem(where, rule, field, f"{x:g}, {y:g}"))
            return ()
        found.append((x, y))
    return tuple(found)


# ---------------------------------------------------------------------------------------------------- nodes
def _snapped(
    lines: list[_Line], places: list[_Place], tolerance_km: float, problems: list[Problem]
) -> tuple[list[_Line], list[_Place]]:
    """Every end of a line belongs to a place: the nearest within the tolerance, or a new one."""
    found = list(places)
    found_at = np.full((len(places) + 2 * len(lines), 2), np.inf)
    found_at[: len(places)] = np.array([place.at for place in places]).reshape(-1, 2)
    joined: list[_Line] = []
    for line in lines:
        ends = []
        for point, field in ((line.points[0], "from_node_id"), (line.points[-1], "to_node_id")):
            index = _nearest(point, found_at[: len(found)], tolerance_km)
            named = line.properties.get(field, "")
            if index is None:
                index = len(found)
                found_at[index] = point
                found.append(_Place(line.where, point, {"node_id": named} if named else {}))
            elif named and found[index].properties.get("node_id", named) != named:
                other = found[index]
                rule = f"lies where {other.where} has a place {other.properties['node_id']!r}"
                problems.append(Problem(line.where, rule, field, as_written(named)))
            elif named:
                found[index] = replace(found[index], properties={**found[index].properties, "node_id": named})
            ends.append(index)
        if ends[0] == ends[1]:
            rule = f"starts and ends at one node ({tolerance_km:g} km of tolerance): split a loop, lower the tolerance"
            problems.append(Problem(line.where, rule, "coordinates"))
        joined.append(replace(line, ends=(ends[0], ends[1])))
    return joined, found


def _nearest(point: Point, others: Floats, tolerance_km: float) -> int | None:
    if not others.size:
        return None
    distances = distances_km(point, others)
    index = int(distances.argmin())
    return index if distances[index] <= tolerance_km else None


def _nodes(places: list[_Place], lines: list[_Line], said: Told, problems: list[Problem]) -> list[ImportedNode]:
    """A node of every place, in the same order."""
    found: list[ImportedNode] = []
    named: dict[str, str] = {}
    taken: set[str] = set()
    ends = {end for line in lines for end in line.ends}
    for index, place in enumerate(places):
        own = place.properties
        written = own.get("node_id", "")
        if written and written in named:
            rule = f"is also the place of {named[written]}: within the tolerance they would be one"
            problems.append(Problem(place.where, rule, "node_id", as_written(written)))
        named.setdefault(written, place.where)
        key = identifier(written or own.get("name", "") or f"n{index + 1}", taken)
        taken.add(key)
        country = own.get("country", said.country)
        if (rule := country_rule(country)) and index in ends:
            if not country:
                at = f"{place.at[0]:.4f}, {place.at[1]:.4f}"
                rule = f"is not known at {at}: put a Point with a country there, or give --country for all"
            problems.append(Problem(place.where, rule, "country", as_written(country)))
        kind = own.get("node_type", "junction")
        found.append(ImportedNode(key, own.get("name", key), country, kind, *place.at))
    return found


# ---------------------------------------------------------------------------------------------------- links
def _links(
    lines: list[_Line], nodes: list[ImportedNode], said: Told, problems: list[Problem], notes: list[str]
) -> list[ImportedLink]:
    modes = ModeReader(said, "mode")
    found: dict[str, ImportedLink] = {}
    written: list[tuple[str, str]] = []
    _check_names(lines, problems)
    for line in lines:
        mode = modes.mode(line.where, line.properties.get("mode", ""), (), problems)
        if mode is None:
            continue
        start, end = (nodes[index].node_id if index >= 0 else "" for index in line.ends)
        link = _link(line, mode, (start, end), said, problems)
        name = line.properties.get("link_id", "")
        key = identifier(name or f"{mode.value}-{start}-{end}", found)
        found[key] = replace(link, link_id=key)
        if name:
            written.append((name, key))
    problems += modes.problems()
    if left := sum(modes.skipped.values()):
        notes.append(f"{counted(left, 'line')} without freight left out ({'; '.join(modes.skipped)})")
    notes += altered("link_id", written)
    drawn = sum("length_km" not in line.properties for line in lines)
    if drawn:
        notes.append(f"{counted(drawn, 'line')} as long as drawn: a coarse line is shorter than the road it stands for")
    return list(found.values())


def _check_names(lines: list[_Line], problems: list[Problem]) -> None:
    """No two features have one link_id; the parts of a MultiLineString share that of theirs."""
    named: dict[str, str] = {}
    for line in lines:
        name = line.properties.get("link_id", "")
        if name and named.setdefault(name, line.where) != line.where:
            problems.append(Problem(line.where, "stands in an earlier feature", "link_id", as_written(name)))


def _link(line: _Line, mode: Mode, ends: tuple[str, str], said: Told, problems: list[Problem]) -> ImportedLink:
    own = line.properties
    numbers = dict(_numbers(line, problems))
    gauge = numbers.get("gauge_mm", said.gauge_mm) if mode is Mode.RAIL else None
    if gauge is not None and gauge not in GAUGES_MM:
        known = ", ".join(str(each) for each in GAUGES_MM)
        problems.append(Problem(line.where, f"must be one of {known}", "gauge_mm", f"{gauge:g}"))
    status = own.get("status", Status.OPEN.value).lower().replace(" ", "_")
    known_statuses = [each.value for each in Status]
    if status not in known_statuses:
        rule = f"must be one of {', '.join(known_statuses)}"
        problems.append(Problem(line.where, rule, "status", as_written(status), nearest(status, known_statuses)))
        status = Status.OPEN.value
    return ImportedLink(
        link_id="", from_node_id=ends[0], to_node_id=ends[1], is_directed=False, mode=mode,
        gauge_mm=None if gauge is None else int(gauge), length_km=numbers.get("length_km", along_km(line.points)),
        free_speed_kmh=numbers.get("free_speed_kmh", said.speeds.get(mode)), status=Status(status),
        rate_usd_tkm=numbers.get("rate_usd_tkm", said.rates.get(mode)), note=own.get("name", ""),
    )  # fmt: skip


def _numbers(line: _Line, problems: list[Problem]) -> Iterator[tuple[str, float]]:
    for field in ("gauge_mm", "length_km", "free_speed_kmh", "rate_usd_tkm"):
        if field in line.properties:
            value = positive(line.properties[field])
            if value is None:
                problems.append(Problem(line.where, "must be a number > 0", field, as_written(line.properties[field])))
            else:
                yield field, value


def _not_joined(lines: list[_Line], places: list[_Place], tolerance_km: float) -> Iterator[str]:
    """Ends of lines that lie on another line between its ends, where the user may have meant a junction."""
    yield "lines that cross or touch between their ends are not joined: split them where vehicles can change"
    ends = sorted({end for line in lines for end in line.ends})
    at = np.array([places[end].at for end in ends], dtype=np.float64)
    for line in lines:
        for index in np.flatnonzero(_is_near(line, at, tolerance_km)):
            point = places[ends[index]].at
            if ends[index] not in line.ends and off_line_km(point, line.points) <= tolerance_km:
                where = f"{point[0]:.4f}, {point[1]:.4f}"
                yield f"the end at {where} lies on {line.where} and is not joined to it: split it there"


def _is_near(line: _Line, points: Floats, tolerance_km: float) -> npt.NDArray[np.bool_]:
    """[n] which points lie in the box around a line, widened by the tolerance."""
    corners = np.array(line.points, dtype=np.float64)
    margin = np.degrees(tolerance_km / EARTH_RADIUS_KM)
    wide = margin / max(float(np.cos(np.radians(np.abs(corners[:, 1]).max()))), margin / _HALF_TURN)
    box = np.array([wide, margin])
    return np.asarray(((points >= corners.min(axis=0) - box) & (points <= corners.max(axis=0) + box)).all(axis=1))
