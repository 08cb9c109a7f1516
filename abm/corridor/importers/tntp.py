"""Road networks and trip tables in the TNTP text format of the traffic assignment community.

``<KEY> value`` lines up to ``<END OF METADATA>``; then a network lists one link a line (init node, term node, capacity, length,
free-flow time, b, power, speed, toll, type, ``;``), a trip table ``Origin o`` lines followed by ``destination : trips;`` pairs.
``~`` starts a comment. Nodes below FIRST THRU NODE are zones: trips start and end there, but none passes through.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from abm.errors import InputError, Problem, input_error

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_COLUMNS = (
    "init_node",
    "term_node",
    "capacity",
    "length",
    "free_flow_time",
    "b",
    "power",
    "speed",
    "toll",
    "link_type",
)
_LARGEST_BYTES = 256 * 2**20
#: Trips may differ from TOTAL OD FLOW by rounding in the file.
_TOTAL_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class TntpNetwork:
    """Links as in the file, one row each, parallel links included.

    init_node, term_node: numbers from 1. capacity > 0, length, free_flow_time, b, power >= 0 in the file's own units; a power or
    a free-flow time of 0 is kept.
    """

    n_zones: int
    n_nodes: int
    first_thru_node: int
    init_node: Ints
    term_node: Ints
    capacity: Floats
    length: Floats
    free_flow_time: Floats
    b: Floats
    power: Floats
    toll: Floats

    @property
    def n_states(self) -> int:
        """Nodes, and a second state for each that may not be passed: one to leave from, one to arrive at."""
        return self.n_nodes + self.first_thru_node - 1

    @property
    def from_state(self) -> Ints:
        """[n_links] state that each link leaves."""
        return self.init_node - 1

    @property
    def to_state(self) -> Ints:
        """[n_links] state that each link enters; of a node that may not be passed, the one to arrive at."""
        return self.destination_state(self.term_node)

    def origin_state(self, node: Ints) -> Ints:
        """State that trips from ``node`` (numbers from 1) leave from."""
        return node - 1

    def destination_state(self, node: Ints) -> Ints:
        """State that trips to ``node`` (numbers from 1) arrive at."""
        return np.where(node < self.first_thru_node, self.n_nodes + node - 1, node - 1)


@dataclass(frozen=True, slots=True)
class TntpTrips:
    """origin, destination: zones from 1, in the order of the file; trips > 0. Trips within a zone are kept: they use no link."""

    n_zones: int
    origin: Ints
    destination: Ints
    trips: Floats


def read_tntp_network(path: Path) -> TntpNetwork:
    """The network of a ``*_net.tntp`` file. Raises InputError with every fault found, each with file and line."""
    lines = _lines(path)
    problems: list[Problem] = []
    keys, body = _metadata(path, lines, ("NUMBER OF ZONES", "NUMBER OF NODES", "NUMBER OF LINKS"), problems)
    first_thru = keys.get("FIRST THRU NODE", 1)
    n_zones, n_nodes = keys.get("NUMBER OF ZONES", 0), keys.get("NUMBER OF NODES", 0)
    if not problems and not 1 <= first_thru <= n_nodes + 1:
        problems.append(Problem(path.name, f"must be 1 to {n_nodes + 1}", "FIRST THRU NODE", str(first_thru)))
    rows = [
        row for number, text in body if (row := _link(f"{path.name}:{number}", text, n_nodes, problems)) is not None
    ]
    if not problems and len(rows) != keys["NUMBER OF LINKS"]:
        rule = f"NUMBER OF LINKS says {keys['NUMBER OF LINKS']}, but {len(rows)} links are listed"
        problems.append(Problem(path.name, rule))
    if problems:
        raise InputError(problems)
    table = np.array(rows, dtype=np.float64).reshape(-1, len(_COLUMNS) - 1)
    column = {name: np.ascontiguousarray(table[:, i]) for i, name in enumerate(_COLUMNS[:-1])}
    return TntpNetwork(
        n_zones=n_zones, n_nodes=n_nodes, first_thru_node=first_thru,
        init_node=column["init_node"].astype(np.int64), term_node=column["term_node"].astype(np.int64),
        capacity=column["capacity"], length=column["length"], free_flow_time=column["free_flow_time"],
        b=column["b"], power=column["power"], toll=column["toll"],
    )  # fmt: skip


def read_tntp_trips(path: Path) -> TntpTrips:
    """The demand of a ``*_trips.tntp`` file, pairs without trips left out. Raises InputError with every fault found."""
    problems: list[Problem] = []
    keys, body = _metadata(path, _lines(path), ("NUMBER OF ZONES",), problems)
    n_zones = keys.get("NUMBER OF ZONES", 0)
    trips: dict[tuple[int, int], float] = {}
    origin = 0
    for number, text in body:
        place = f"{path.name}:{number}"
        words = text.split()
        if words[0].lower() == "origin":
            origin = _zone(place, " ".join(words[1:]), "origin", n_zones, problems)
            continue
        if not origin:
            problems.append(Problem(place, "trips must follow an 'Origin' line", value=text))
            continue
        for entry in filter(None, (part.strip() for part in text.split(";"))):
            name, colon, amount = entry.partition(":")
            if not colon:
                problems.append(Problem(place, "must read 'destination : trips;'", value=entry))
                continue
            destination = _zone(place, name, "destination", n_zones, problems)
            value = _number(place, amount, "trips", problems)
            if (origin, destination) in trips:
                problems.append(Problem(place, f"zone {origin} to zone {destination} is listed twice"))
            trips[origin, destination] = value
    total = _total(path, problems)
    if not problems and total is not None and abs(math.fsum(trips.values()) - total) > _TOTAL_TOLERANCE * total:
        problems.append(
            Problem(path.name, f"TOTAL OD FLOW says {total}, but trips add up to {math.fsum(trips.values())}")
        )
    if problems:
        raise InputError(problems)
    pairs = [pair for pair, value in trips.items() if value > 0.0]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return TntpTrips(
        n_zones, table[:, 0].copy(), table[:, 1].copy(), np.array([trips[pair] for pair in pairs], dtype=np.float64)
    )


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise input_error(path.name, f"must be smaller than {_LARGEST_BYTES} bytes")
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise input_error(path.name, f"must be UTF-8 text (byte {error.start} is not)") from error
    except OSError as error:
        raise input_error(str(path), f"cannot be read: {error.strerror or error}") from error


def _metadata(
    path: Path, lines: list[str], required: tuple[str, ...], problems: list[Problem]
) -> tuple[dict[str, int], list[tuple[int, str]]]:
    """Whole numbers of the head, and the numbered lines of the body without comments."""
    keys: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        key, _, value = line.strip().removeprefix("<").partition(">")
        if key == "END OF METADATA":
            problems.extend(
                Problem(path.name, f"<{name}> is missing from the head") for name in required if name not in keys
            )
            body = ((n, text.partition("~")[0].strip()) for n, text in enumerate(lines[number:], start=number + 1))
            return keys, [(n, text) for n, text in body if text]
        if key in (*required, "FIRST THRU NODE"):
            try:
                keys[key] = int(value)
            except ValueError:
                problems.append(Problem(f"{path.name}:{number}", "must be a whole number", key, value.strip()))
                keys[key] = 0
    problems.append(Problem(path.name, "<END OF METADATA> is missing"))
    return keys, []


def _total(path: Path, problems: list[Problem]) -> float | None:
    for number, line in enumerate(_lines(path), start=1):
        key, _, value = line.strip().removeprefix("<").partition(">")
        if key == "TOTAL OD FLOW":
            return _number(f"{path.name}:{number}", value, key, problems)
    return None


def _link(place: str, text: str, n_nodes: int, problems: list[Problem]) -> list[float] | None:
    """Numbers of one link, or None with its problems noted."""
    words = text.replace(";", " ").split()
    if len(words) != len(_COLUMNS):
        problems.append(Problem(place, f"must hold {len(_COLUMNS)} columns, not {len(words)}"))
        return None
    before = len(problems)
    row = [_number(place, word, name, problems) for word, name in zip(words, _COLUMNS[:-1], strict=False)]
    if len(problems) > before:
        return None
    for name, value in zip(_COLUMNS[:2], row[:2], strict=True):
        if not (value.is_integer() and 1 <= value <= n_nodes):
            problems.append(Problem(place, f"must be a node, 1 to {n_nodes}", name, f"{value:g}"))
    if row[2] <= 0.0:
        problems.append(Problem(place, "must be > 0", "capacity", words[2]))
    return row


def _zone(place: str, text: str, field: str, n_zones: int, problems: list[Problem]) -> int:
    try:
        zone = int(text)
    except ValueError:
        zone = 0
    if not 1 <= zone <= n_zones:
        problems.append(Problem(place, f"must be a zone, 1 to {n_zones}", field, text.strip()))
    return zone


def _number(place: str, text: str, field: str, problems: list[Problem]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value < math.inf:
        problems.append(Problem(place, "must be a number of at least 0", field, text.strip()))
        return 0.0
    return value
