"""An imported network into the folder of a case, with the rest laid out for the user to fill.

What nobody has said is an empty cell: ``caravan check`` then asks for it by file, row and column. Every row that is written has
the source ``imported`` and grade C, until the user names where the file came from.
"""

import codecs
import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from abm.corridor.catalogue import INFO_FILE, SHARED_FOLDER, packaged
from abm.corridor.importers.network import ImportedLink, ImportedNetwork, identifier
from abm.corridor.parse import read_text
from abm.corridor.prose import counted
from abm.corridor.replacing import replacing
from abm.corridor.rows import Direction, Layer, Mode
from abm.corridor.tables import TABLES
from abm.errors import CaravanError, InputError, Problem, input_error

SOURCE = "imported"
#: Node types at which goods start or end: a terminal between their zone and each mode there is laid out.
ENDS = frozenset({"city", "port", "zone", "centroid"})
_GUIDE = "new_case.md"
_NETWORK = ("nodes.csv", "links.csv")
#: Columns of links.csv that stand there to be filled.
_LINK_COLUMNS = (
    "gauge_mm", "length_low_km", "length_high_km", "rate_low_usd_tkm", "rate_high_usd_tkm", "capacity_t_per_day",
)  # fmt: skip

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and what the user must do next, in order."""

    files: tuple[Path, ...]
    steps: tuple[str, ...]


def write_case(network: ImportedNetwork, folder: str | Path, origin: str, *, replace: bool = False) -> Written:
    """Write nodes.csv and links.csv into ``folder``; where there is no case yet, lay out its other tables too.

    ``origin``: the file that the network came from, for sources.csv, which gets a row unless it has one. Nothing else that
    stands there is touched, but for nodes.csv and links.csv with ``replace``. A symbolic link gives way to a file of its own:
    nothing outside the folder is written. Raises InputError for a folder that cannot be used, CaravanError when writing fails.
    """
    target = Path(folder).expanduser()
    _refuse(str(folder), target, replace)
    is_new = not _stands(target / INFO_FILE)
    tables = {
        "nodes.csv": _table("nodes.csv", _nodes(network)),
        "links.csv": _table("links.csv", _links(network), _LINK_COLUMNS),
    }
    laid_out = _layout(network, target) if is_new else {}
    try:
        tables |= _sources(target / "sources.csv", origin)
        tables |= {name: text for name, text in laid_out.items() if not _stands(target / name)}
        target.mkdir(parents=True, exist_ok=True)
        _put(target, {name: text.encode("utf-8") for name, text in tables.items()})
    except OSError as error:
        raise CaravanError(f"{target}: cannot be written: {error.strerror or error}") from error
    return Written(tuple(target / name for name in tables), tuple(_steps(network, is_new)))


def _stands(path: Path) -> bool:
    """Whether anything has this name, be it a link that leads nowhere."""
    return path.exists() or path.is_symlink()


def _put(folder: Path, contents: Mapping[str, bytes]) -> None:
    """All files in full first, then each takes its place, in this order: until then everything is as it was.

    A file that gives way hands on its permissions.
    """
    targets = [folder / name for name in contents]
    with replacing(*targets) as halves:
        for half, path, content in zip(halves, targets, contents.values(), strict=True):
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
            with half.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            half.chmod(mode)


def _refuse(written: str, target: Path, replace: bool) -> None:
    problems = []
    if not written.strip() or "\0" in written:
        raise InputError([Problem("--into", "must be the name of a folder", value=repr(written))])
    if written in packaged():
        rule = f"is the name of a packaged case: 'caravan check {written}' would mean that one"
        problems.append(Problem("--into", rule, value=repr(written), suggestion=f"my-{written}"))
    if _stands(target) and not target.is_dir():
        problems.append(Problem("--into", "is a file", value=repr(written)))
    standing = [target / name for name in _NETWORK if not replace and _stands(target / name)]
    problems += [Problem(str(path), "stands already and is not overwritten: --replace does that") for path in standing]
    if problems:
        raise InputError(problems)


# ---------------------------------------------------------------------------------------------------- tables
def _table(file: str, rows: Iterable[Row], columns: Sequence[str] = ()) -> str:
    """Text of a table: the columns that a row fills or must fill, then source, grade and note."""
    model = TABLES[file][1]
    listed = list(rows)
    used = {name for row in listed for name, cell in row.items() if cell} | set(columns)
    last: list[str] = [name for name in ("source", "grade", "note") if name in model.model_fields]
    own = [
        name for name, info in model.model_fields.items() if name not in last and (name in used or info.is_required())
    ]
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, own + last, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    judged = {"source": SOURCE, "grade": "C"} if last else {}
    writer.writerows({**judged, **row} for row in listed)
    return stream.getvalue()


def _nodes(network: ImportedNetwork) -> Iterable[Row]:
    for node in network.nodes:
        yield {
            "node_id": node.node_id, "name": node.name, "country": node.country, "node_type": node.node_type,
            "x_coord": _text(node.x, 6), "y_coord": _text(node.y, 6),
        }  # fmt: skip


def _links(network: ImportedNetwork) -> Iterable[Row]:
    for link in network.links:
        yield {
            "link_id": link.link_id, "from_node_id": link.from_node_id, "to_node_id": link.to_node_id,
            "directed": "1" if link.is_directed else "", "mode": link.mode.value,
            "gauge_mm": str(link.gauge_mm or ""), "length_km": _text(link.length_km, 3),
            "free_speed_kmh": _text(link.free_speed_kmh, 2), "status": link.status.value,
            "rate_usd_tkm": _text(link.rate_usd_tkm, 6), "note": link.note,
        }  # fmt: skip


def _text(number: float | None, digits: int) -> str:
    """As short as it can be written; None is an empty cell."""
    if number is None:
        return ""
    short = f"{number:.{digits}f}"
    return short.rstrip("0").rstrip(".") if "." in short else short


def _sources(path: Path, origin: str) -> dict[str, str]:
    """sources.csv with a row for the import, behind what stands there to the letter; nothing when it has such a row."""
    own = {"source_id": SOURCE, "title": f"Imported from {origin}: name the publisher and how you read it"}
    if not _stands(path):
        return {path.name: _table(path.name, [own], ("publisher", "year", "url", "how_read"))}
    if not path.exists():
        raise input_error(path.name, "is a link that leads nowhere")
    text, problems = read_text(path, path.name)
    if text is None:
        raise InputError(problems)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise input_error(path.name, f"is not a well-formed CSV file: {error}") from error
    header = [name.strip() for name in rows[0]] if rows else []
    if "source_id" not in header or "title" not in header:
        raise input_error(f"{path.name}:1", "needs the columns source_id and title")
    at = header.index("source_id")
    if any(row[at].strip() == SOURCE for row in rows[1:] if len(row) > at):
        return {}
    line_end = next(iter(re.findall(r"\r\n|\r|\n", text)), "\n")
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=line_end).writerow([own.get(name, "") for name in header])
    mark = "\ufeff" if path.read_bytes().startswith(codecs.BOM_UTF8) else ""
    return {path.name: mark + text + ("" if text.endswith(("\r", "\n")) else line_end) + stream.getvalue()}


# ---------------------------------------------------------------------------------------------------- the rest
def _layout(network: ImportedNetwork, target: Path) -> dict[str, str]:
    """Name -> text of the other files of a case; ``case.toml`` last: a folder without it is not yet a case."""
    modes = [mode for mode in Mode if any(link.mode is mode for link in network.links)]
    tables: dict[str, tuple[list[Row], tuple[str, ...]]] = {
        "borders.csv": (list(_posts(network)), ("dwell_low_h", "dwell_high_h")),
        "terminals.csv": (
            list(_terminals(network)),
            ("handling_low_usd_t", "handling_high_usd_t", "dwell_low_h", "dwell_high_h"),
        ),
        "commodities.csv": ([{"commodity_id": "goods", "name": "Goods"}], ()),
        "rates.csv": ([{"mode": mode.value, "cargo_class": "container"} for mode in modes], ()),
        "flows.csv": ([{"flow_id": "f1", "commodity": "goods", "kind": "trade"}], ("n_shippers",)),
        "policies.csv": ([], ("start", "end", "value")),
        "assumptions.csv": ([], ("shape",)),
    }
    found = {
        name: _table(name, rows, columns) for name, (rows, columns) in tables.items() if name != "borders.csv" or rows
    }
    found["README.md"] = _HEAD + "".join((SHARED_FOLDER / _GUIDE).read_text(encoding="utf-8").partition("\n1. ")[1:])
    found[INFO_FILE] = _INFO.format(name=identifier(target.resolve().name))
    return found


_HEAD = """\
# A case of your own

`caravan import` has laid out this folder: `nodes.csv` and `links.csv` hold your network, and what nobody has said is an empty
cell. Run `caravan check` on the folder: it asks for each by file, row and column. Fill one table at a time; `caravan new DIR`
makes a folder in which all of them are full, to look at.
"""

_INFO = """\
name = "{name}"
# Fill each of these and take the # before it away.
# title = "What your corridor is called"
# question = "If ..., how much does trade grow, and how much faster does freight move?"
# base_year = 2024          # the year of the tonnes in flows.csv
# start = 2026-01-01        # the opening day: day 0 of every policy
# home = "XX"               # the country whose trade is counted first
# pairs = [["XX", "YY"]]    # pairs of countries whose trade is told (may stay away)
# limits = ["What this case cannot say"]
"""


def crossings(network: ImportedNetwork) -> list[tuple[ImportedLink, tuple[str, str]]]:
    """Road and rail links between two countries, with these."""
    country = {node.node_id: node.country for node in network.nodes}
    ends = [(link, (country[link.from_node_id], country[link.to_node_id])) for link in network.links]
    return [(link, pair) for link, pair in ends if link.mode is not Mode.SEA and pair[0] != pair[1]]


def _posts(network: ImportedNetwork) -> Iterable[Row]:
    """Four posts to a crossing, their capacity and hours to be filled."""
    taken: list[str] = []
    for link, pair in crossings(network):
        for country in pair:
            for direction in Direction:
                side = "out" if direction is Direction.OUTBOUND else "in"
                taken.append(identifier(f"p-{link.link_id}-{country.lower()}-{side}", taken))
                yield {
                    "post_id": taken[-1], "bcp_id": link.link_id, "link_id": link.link_id, "country": country,
                    "direction": direction.value,
                }  # fmt: skip


def _terminals(network: ImportedNetwork) -> Iterable[Row]:
    """Between zone and each mode where goods may start or end, and between the modes and gauges that meet at a node."""
    layers: dict[str, list[str]] = {}
    for link in network.links:
        if link.mode is Mode.RAIL and link.gauge_mm is None:
            continue  # the layer is not known before the gauge is
        layer = Layer(f"rail{link.gauge_mm}") if link.mode is Mode.RAIL else Layer(link.mode.value)
        for end in (link.from_node_id, link.to_node_id):
            layers.setdefault(end, [])
            if layer.value not in layers[end]:
                layers[end].append(layer.value)
    places = [node for node in network.nodes if node.node_type.lower() in ENDS] or list(network.nodes)
    zones = {node.node_id for node in places}
    for node in network.nodes:
        met = ([Layer.ZONE.value] if node.node_id in zones else []) + layers.get(node.node_id, [])
        for i, first in enumerate(met):
            for second in met[i + 1 :]:
                name = identifier(f"{node.node_id}-{first}-{second}")
                yield {"terminal_id": name, "node_id": node.node_id, "from_layer": first, "to_layer": second}


def _steps(network: ImportedNetwork, is_new: bool) -> Iterable[str]:
    """What is left to the user."""
    yield from _empty_cells(network)
    yield "links.csv, status: all is open that the file does not say; write closed, planned or under_construction where it is not"
    yield "sources.csv: where the file comes from; then source, grade and ranges (length_low_km ...) of nodes.csv and links.csv"
    if not is_new:
        return
    if count := len(crossings(network)):
        crossed = counted(count, "crossing")
        yield f"borders.csv: capacity, and hours without a queue, of the {4 * count} posts of {crossed}"
    yield "terminals.csv: handling and hours; delete the rows of places where nothing starts, ends or changes"
    yield "commodities.csv, rates.csv, flows.csv: what is carried, in which vehicles, how much from where to where"
    yield "policies.csv: what opens, closes or changes; case.toml: title, question, dates and what the case cannot say"


def _empty_cells(network: ImportedNetwork) -> Iterable[str]:
    """Columns of links.csv that neither the file nor the user has filled."""
    for mode in Mode:
        links = [link for link in network.links if link.mode is mode]
        for column, what, option in (
            ("gauge_mm", "gauge, 1435, 1520 or 1676 mm (then add terminals of the railway)", "--gauge 1435"),
            ("free_speed_kmh", "commercial speed between stops, km/h", f"--speed {mode.value}=KMH"),
            ("rate_usd_tkm", "freight rate, USD per tonne-kilometre", f"--rate {mode.value}=USD"),
        ):
            bare = sum(getattr(link, column) is None for link in links)
            if bare and (column != "gauge_mm" or mode is Mode.RAIL):
                of = counted(bare, f"{mode.value} link")
                yield f"links.csv, {column} of {of}: {what}; {option} fills it for all when you import"
