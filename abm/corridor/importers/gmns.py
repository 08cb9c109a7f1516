"""Networks in GMNS, the General Modeling Network Specification 0.96: a folder with node.csv, link.csv and perhaps config.csv.

What becomes of a column: ``length`` and ``free_speed`` are converted by the units of config.csv (``long_length``, ``speed``);
``geometry`` or ``geometry_id`` gives a length where ``length`` is empty; ``facility_type`` and ``allowed_uses`` tell the mode.
``capacity`` (passenger cars an hour), ``toll`` (a vehicle), ``lanes`` and ``grade`` have no counterpart in a case: left out.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from abm.corridor.importers.csv_rows import PlacedRow, read_rows
from abm.corridor.importers.geometry import along_km, distance_km, is_wgs84, position_rule, wkt_line
from abm.corridor.importers.modes import ModeReader
from abm.corridor.importers.network import (
    ImportedLink,
    ImportedNetwork,
    ImportedNode,
    Told,
    altered,
    condensed,
    country_rule,
    identifier,
)
from abm.corridor.prose import counted
from abm.corridor.rows import Mode, Status
from abm.corridor.wording import as_written
from abm.errors import InputError, Problem, input_error, nearest

KM_PER_MILE = 1.609344
#: Unit of ``long_length`` -> km.
LENGTH_UNITS = {
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), 1.0),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 0.001),
    **dict.fromkeys(("mi", "mile", "miles"), KM_PER_MILE),
    **dict.fromkeys(("ft", "foot", "feet"), KM_PER_MILE / 5280),
}
#: Unit of ``speed`` -> km/h.
SPEED_UNITS = {
    **dict.fromkeys(("km/h", "kmh", "kmph", "kph", "kilometers per hour", "kilometres per hour"), 1.0),
    **dict.fromkeys(("mph", "mi/h", "miles per hour"), KM_PER_MILE),
    **dict.fromkeys(("m/s", "mps", "meters per second", "metres per second"), 3.6),
}
#: Units of a folder without config.csv: those of the specification's own examples.
DEFAULT_LENGTH_UNIT, DEFAULT_SPEED_UNIT = "mile", "mph"
#: Median of length over the great circle between a link's ends that a right unit gives.
PLAUSIBLE_LENGTHS = (0.8, 10.0)
#: Two directed links the other way round are one when length and speed differ by no more than this share.
AGREE = 0.01

_EMPTY = frozenset({"nan", "null"})
_TRUE, _FALSE = frozenset({"1", "true", "t", "yes"}), frozenset({"0", "false", "f", "no"})


def read_gmns(folder: str | Path, said: Told) -> ImportedNetwork:
    """The freight network of a GMNS folder. Raises InputError with every fault of every file."""
    source = Path(folder).expanduser()
    if not source.is_dir():
        raise input_error(str(folder), "is not a folder; GMNS is a folder with node.csv and link.csv")
    problems: list[Problem] = []
    notes: list[str] = []
    length_km, speed_kmh = _units(source, problems, notes)
    nodes = _nodes(source, said, problems)
    links = _Links(source, said, nodes, length_km, speed_kmh, problems).read(notes)
    if not problems:
        _check_unit(links, nodes, problems)
    if problems:
        raise InputError(condensed(problems))
    links = _merged(links, notes)
    used = {end for link in links for end in (link.from_node_id, link.to_node_id)}
    kept = [node for node in nodes.values() if node.node_id in used]
    if not kept:
        raise input_error("link.csv", "holds no link that carries freight")
    notes += altered("node_id", ((name, node.node_id) for name, node in nodes.items() if node.node_id in used))
    if len(kept) < len(nodes):
        notes.append(f"{counted(len(nodes) - len(kept), 'node')} on no freight link left out")
    return ImportedNetwork(tuple(kept), tuple(links), tuple(notes))


# ------------------------------------------------------------------------------------------------------- units
def _units(folder: Path, problems: list[Problem], notes: list[str]) -> tuple[float, float]:
    """(km in a long_length, km/h in a speed)."""
    file = folder / "config.csv"
    rows = read_rows(file, (), problems, empty=_EMPTY) if file.exists() else []
    if not file.exists():
        notes.append(
            f"there is no config.csv: lengths are read as {DEFAULT_LENGTH_UNIT}s and speeds as {DEFAULT_SPEED_UNIT} "
            "(a config.csv with the columns long_length and speed says otherwise)"
        )
    if len(rows) > 1:
        problems.append(Problem(rows[1][0], "is a second row: config.csv has one"))
    place, config = rows[0] if rows else ("config.csv", {})
    crs = config.get("crs", "")
    if crs and not is_wgs84(crs):
        rule = "must be longitude and latitude on WGS84 (4326): reproject the files first"
        problems.append(Problem(place, rule, "crs", as_written(crs)))
    unit = config.get("long_length", DEFAULT_LENGTH_UNIT)
    length = _unit(place, "long_length", unit, LENGTH_UNITS, problems)
    if "speed" in config or "long_length" not in config:
        speed = _unit(place, "speed", config.get("speed", DEFAULT_SPEED_UNIT), SPEED_UNITS, problems)
    else:
        speed = length
        notes.append(f"config.csv names no unit of speed: read as {unit} an hour")
    return length, speed


def _unit(place: str, column: str, name: str, known: Mapping[str, float], problems: list[Problem]) -> float:
    factor = known.get(" ".join(name.lower().split()))
    if factor is None:
        rule = f"is not a unit that is known here: {', '.join(known)}"
        problems.append(Problem(place, rule, column, as_written(name), nearest(name.lower(), known)))
    return factor or 1.0


def _check_unit(links: list[ImportedLink], nodes: Mapping[str, ImportedNode], problems: list[Problem]) -> None:
    """Lengths that cannot be in the unit that config.csv says: a thousand times the map, or a thousandth."""
    points = {node.node_id: (node.x, node.y) for node in nodes.values()}
    straight = [distance_km(points[link.from_node_id], points[link.to_node_id]) for link in links]
    ratios = [link.length_km / km for link, km in zip(links, straight, strict=True) if km > 0.0]
    if ratios and not PLAUSIBLE_LENGTHS[0] <= statistics.median(ratios) <= PLAUSIBLE_LENGTHS[1]:
        rule = (
            f"is not in its unit: half of the links are {statistics.median(ratios):.3g} times as long as the map says, or more; "
            "name the unit in config.csv, column long_length"
        )
        problems.append(Problem("link.csv", rule, "length"))


# ------------------------------------------------------------------------------------------------------- nodes
def _nodes(folder: Path, said: Told, problems: list[Problem]) -> dict[str, ImportedNode]:
    """Node as written -> node."""
    found: dict[str, ImportedNode] = {}
    taken: set[str] = set()
    for place, row in read_rows(folder / "node.csv", ("node_id", "x_coord", "y_coord"), problems, empty=_EMPTY):
        name = row.get("node_id", "")
        if not name or name in found:
            problems.append(
                Problem(place, "stands in an earlier row" if name else "must have a value", "node_id", name)
            )
            continue
        x, y = (_number(place, column, row.get(column, ""), problems) for column in ("x_coord", "y_coord"))
        if x is not None and y is not None and (rule := position_rule(x, y)):
            problems.append(Problem(place, rule, "x_coord/y_coord", f"{x:g} {y:g}"))
        country = row.get("country", said.country)
        if rule := country_rule(country):
            rule = rule if country else "is missing: add a column country to node.csv, or give --country for all"
            problems.append(Problem(place, rule, "country", as_written(country)))
        key = identifier(name, taken)
        taken.add(key)
        kind = row.get("node_type", "zone" if "zone_id" in row else "junction")
        found[name] = ImportedNode(key, row.get("name", name), country, kind, x or 0.0, y or 0.0)
    return found


def _number(place: str, column: str, text: str, problems: list[Problem]) -> float | None:
    try:
        if "_" in text:  # Python would read 1_000 as a thousand
            raise ValueError
        return float(text)
    except ValueError:
        problems.append(Problem(place, "must be a number" if text else "must have a value", column, as_written(text)))
        return None


# ------------------------------------------------------------------------------------------------------- links
class _Links:
    """Reads link.csv; faults go to ``problems``."""

    def __init__(
        self, folder: Path, said: Told, nodes: Mapping[str, ImportedNode], length_km: float, speed_kmh: float,
        problems: list[Problem],
    ) -> None:  # fmt: skip
        self._folder, self._said, self._nodes = folder, said, nodes
        self._length_km, self._speed_kmh = length_km, speed_kmh
        self._problems = problems
        self._modes = ModeReader(said, "facility_type")
        self._shapes = self._geometries()
        self._are_directed = False

    def read(self, notes: list[str]) -> list[ImportedLink]:
        """Every link that carries freight."""
        required = ("link_id", "from_node_id", "to_node_id")
        found: dict[str, ImportedLink] = {}
        names: set[str] = set()
        written: list[tuple[str, str]] = []
        rows = read_rows(self._folder / "link.csv", required, self._problems, empty=_EMPTY)
        self._are_directed = bool(rows) and not any("directed" in row for _, row in rows)
        if self._are_directed:
            notes.append(
                "no link says whether it is directed: all are read as directed, from from_node_id to to_node_id"
            )
        for placed in rows:
            link = self._link(placed, names, found)
            if link is not None:
                found[link.link_id] = link
                written.append((placed[1]["link_id"], link.link_id))
        self._problems += self._modes.problems()
        notes += altered("link_id", written)
        notes += _left_aside({column for _, row in rows for column in row})
        if self._modes.read:
            notes.append("read as: " + ", ".join(f"{word} = {mode}" for word, mode in sorted(self._modes.read.items())))
        if left := sum(self._modes.skipped.values()):
            notes.append(f"{counted(left, 'link')} without freight left out ({'; '.join(self._modes.skipped)})")
        return list(found.values())

    def _link(self, placed: PlacedRow, names: set[str], found: Mapping[str, ImportedLink]) -> ImportedLink | None:
        place, row = placed
        mode = self._modes.mode(
            place, row.get("facility_type", ""), row.get("allowed_uses", "").split(","), self._problems
        )
        before = len(self._problems)
        name = row.get("link_id", "")
        if not name or name in names:
            self._fault(place, "link_id", name, "stands in an earlier row" if name else "must have a value")
        names.add(name)
        ends = [self._end(place, column, row.get(column, "")) for column in ("from_node_id", "to_node_id")]
        directed = row.get("directed", "1" if self._are_directed else "").lower()
        if directed not in _TRUE | _FALSE:
            self._fault(place, "directed", directed, "must be true or false (1 or 0)")
        if mode is None:
            return None
        length = self._length(place, row)
        speed = self._positive(place, "free_speed", row)
        if len(self._problems) > before or length is None:
            return None
        if ends[0] == ends[1]:
            self._fault(place, "to_node_id", row["to_node_id"], "must differ from from_node_id")
            return None
        return ImportedLink(
            link_id=identifier(name, found), from_node_id=ends[0], to_node_id=ends[1], is_directed=directed in _TRUE,
            mode=mode, gauge_mm=self._said.gauge_mm if mode is Mode.RAIL else None, length_km=length,
            free_speed_kmh=speed * self._speed_kmh if speed else self._said.speeds.get(mode), status=Status.OPEN,
            rate_usd_tkm=self._said.rates.get(mode), note=row.get("name", ""),
        )  # fmt: skip

    def _end(self, place: str, column: str, name: str) -> str:
        if name in self._nodes:
            return self._nodes[name].node_id
        if self._nodes or not name:
            self._fault(place, column, name, "is not a node of node.csv" if name else "must have a value")
        return name

    def _length(self, place: str, row: Mapping[str, str]) -> float | None:
        """km, by its column or else along its geometry."""
        if "length" in row:
            length = self._positive(place, "length", row)
            return None if length is None else length * self._length_km
        column = "geometry" if "geometry" in row else "geometry_id"
        text = row.get("geometry", "") or self._shapes.get(row.get("geometry_id", ""), "")
        if not text:
            self._fault(place, "length", "", "is empty, and there is no geometry to measure it along")
            return None
        line = wkt_line(text)
        if isinstance(line, str):
            self._fault(place, column, text, line)
            return None
        return along_km(line)

    def _positive(self, place: str, column: str, row: Mapping[str, str]) -> float | None:
        if column not in row:
            return None
        value = _number(place, column, row[column], self._problems)
        if value is not None and not 0.0 < value < float("inf"):
            self._fault(place, column, row[column], "must be > 0")
            return None
        return value

    def _geometries(self) -> dict[str, str]:
        file = self._folder / "geometry.csv"
        if not file.exists():
            return {}
        rows = read_rows(file, ("geometry_id",), self._problems, empty=_EMPTY)
        return {row["geometry_id"]: row.get("geometry", "") for _, row in rows if "geometry_id" in row}

    def _fault(self, place: str, column: str, value: str, rule: str) -> None:
        meant = nearest(value, self._nodes) if column.endswith("node_id") and value else ""
        self._problems.append(Problem(place, rule, column, as_written(value), meant))


def _left_aside(columns: set[str]) -> Iterator[str]:
    """What is done with columns that a user may miss, or would read otherwise."""
    if "free_speed" in columns:
        yield "free_speed stands for the commercial speed: vehicles that stop and rest are slower, so lower it"
    if left := sorted(columns & {"capacity", "toll"}):
        yield f"not read, being of other units (passenger cars an hour, money a vehicle): {', '.join(left)}"


def _merged(links: list[ImportedLink], notes: list[str]) -> list[ImportedLink]:
    """Two directed links the other way round that agree become one that is not directed."""
    waiting: dict[tuple[str, str, Mode], list[int]] = defaultdict(list)
    found: list[ImportedLink] = []
    merged = 0
    for link in links:
        opposite = waiting[link.to_node_id, link.from_node_id, link.mode] if link.is_directed else []
        partner = next((at for at in opposite if _agree(found[at], link)), None)
        if partner is not None:
            opposite.remove(partner)
            first = found[partner]
            note = "; ".join(filter(None, (first.note, f"the other way: {link.link_id}")))
            found[partner] = replace(first, is_directed=False, note=note)
            merged += 1
            continue
        if link.is_directed:
            waiting[link.from_node_id, link.to_node_id, link.mode].append(len(found))
        found.append(link)
    one_way = sum(link.is_directed for link in found)
    if merged:
        notes.append(f"{counted(merged, 'pair')} of opposite directed links made one link each, usable both ways")
    if one_way:
        notes.append(f"{counted(one_way, 'directed link')} kept: nothing comes back unless another link leads back")
    return found


def _agree(first: ImportedLink, second: ImportedLink) -> bool:
    speeds = first.free_speed_kmh, second.free_speed_kmh
    if (speeds[0] is None) != (speeds[1] is None):
        return False
    pairs = [(first.length_km, second.length_km), (speeds[0] or 1.0, speeds[1] or 1.0)]
    return all(abs(one - other) <= AGREE * max(one, other) for one, other in pairs)
