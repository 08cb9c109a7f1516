"""Names that one table takes from another: every key once, every reference known."""

from collections.abc import Collection, Iterator

from abm.corridor.assumptions import TIME_CLASSES
from abm.corridor.catalogue import INFO_FILE
from abm.corridor.folder import Reading
from abm.corridor.tables import (
    TABLES,
    Authority,
    Background,
    Carrier,
    Commodity,
    Consent,
    Flow,
    Link,
    Market,
    Node,
    Opening,
    PolicyStep,
    Post,
    Project,
    Rate,
    Row,
    Service,
    Source,
    Sourced,
    Tariff,
    Terminal,
)
from abm.corridor.wording import as_written
from abm.errors import Problem, nearest

#: Row class -> (column, what it must be, table it comes from).
_FOREIGN_KEYS: tuple[tuple[type[Sourced], str, str, type[Sourced]], ...] = (
    (Link, "from_node_id", "a node", Node),
    (Link, "to_node_id", "a node", Node),
    (Post, "link_id", "a link", Link),
    (Terminal, "node_id", "a node", Node),
    (Flow, "origin", "a node", Node),
    (Flow, "destination", "a node", Node),
    (Flow, "commodity", "a commodity", Commodity),
    (Background, "post_id", "a border post", Post),
)


#: Tables whose rows mean nothing without those of another: (row class, its file, what it needs, its file).
_NEEDS: tuple[tuple[type[Row], str, type[Row], str], ...] = (
    (Service, "services.csv", Carrier, "carriers.csv"),
    (Consent, "consents.csv", Authority, "authorities.csv"),
    (Opening, "openings.csv", PolicyStep, "policies.csv"),
    (Project, "projects.csv", PolicyStep, "policies.csv"),
)


def reference_problems(reading: Reading) -> Iterator[Problem]:
    """Duplicate keys, missing tables, unknown names, unknown countries and unknown sources."""
    yield from _duplicates(reading)
    for kind, file, needed, needed_file in _NEEDS:
        if _has_rows(reading, kind) and not _has_rows(reading, needed):
            yield Problem(file, f"needs {needed_file}, which is missing or empty")
    for kind, column, what, table in _FOREIGN_KEYS:
        known = reading.keys(table)
        for place, row in reading.located(kind):
            yield from unknown(place, column, getattr(row, column), what, known)
    yield from _countries(reading)
    yield from _commodities(reading)
    yield from _sources(reading)


def _has_rows(reading: Reading, kind: type[Row]) -> bool:
    """Whether a table has rows, good ones or bad ones."""
    return bool(reading.keys(kind)) or any(True for _ in reading.located(kind))


def unknown(place: str, column: str, name: str, what: str, known: Collection[str]) -> Iterator[Problem]:
    """A problem when ``name`` is not among the known ones; nothing is said when none is known (their file is at fault)."""
    if known and name not in known:
        yield Problem(place, f"is not {what}", column, as_written(name), nearest(name, known))


def countries(reading: Reading) -> frozenset[str]:
    """Countries that have a node."""
    return frozenset(node.country for _, node in reading.located(Node))


def _duplicates(reading: Reading) -> Iterator[Problem]:
    for attribute, _, keys, _ in TABLES.values():
        if not keys:
            continue
        sheet = reading.sheets[attribute]
        first: dict[tuple[object, ...], str] = {}
        for place, row in zip(sheet.places, sheet.rows, strict=True):
            key = tuple(getattr(row, column) for column in keys)
            if key in first:
                value = "/".join(str(part) for part in key)
                yield Problem(place, f"stands already at {first[key]}", "/".join(keys), as_written(value))
            first.setdefault(key, place)


def _countries(reading: Reading) -> Iterator[Problem]:
    known = countries(reading)
    what = "the country of any node"
    for place, tariff in reading.located(Tariff):
        yield from unknown(place, "destination", tariff.destination, what, known)
        if tariff.origin != "*":
            yield from unknown(place, "origin", tariff.origin, what, known)
    for place, market in reading.located(Market):
        yield from unknown(place, "country", market.country, what, known)
    info = reading.info
    if info is None:
        return
    yield from unknown(INFO_FILE, "home", info.home, what, known)
    for i, pair in enumerate(info.pairs):
        for code in pair:
            yield from unknown(INFO_FILE, f"pairs[{i}]", code, what, known)
        if pair[0] == pair[1]:
            yield Problem(INFO_FILE, "must name two countries", f"pairs[{i}]", as_written(pair[0]))
    names = [cut.name for cut in info.cuts]
    for i, cut in enumerate(info.cuts):
        if cut.name in names[:i]:
            yield Problem(INFO_FILE, "is the name of an earlier cut", f"cuts[{i}].name", as_written(cut.name))
        for link in cut.links:
            yield from unknown(INFO_FILE, f"cuts[{i}].links", link, "a link", reading.keys(Link))


def _commodities(reading: Reading) -> Iterator[Problem]:
    priced = {rate.cargo_class for _, rate in reading.located(Rate)}
    for place, commodity in reading.located(Commodity):
        what = f"one of {', '.join(TIME_CLASSES)}"
        yield from unknown(place, "time_class", commodity.time_class, what, TIME_CLASSES)
        if priced and commodity.cargo_class not in priced:
            rule = "has no row in rates.csv: nothing can carry it"
            yield Problem(place, rule, "cargo_class", as_written(commodity.cargo_class.value))
    known = reading.keys(Commodity)
    for kind in (Tariff, Market):
        for place, row in reading.located(kind):
            name = getattr(row, "commodity", "*")
            if name != "*":
                yield from unknown(place, "commodity", name, "a commodity or *", known)


def _sources(reading: Reading) -> Iterator[Problem]:
    known = reading.keys(Source)
    for _, kind, _, _ in TABLES.values():
        if not issubclass(kind, Sourced):
            continue
        for place, row in reading.located(kind):
            for name in row.source.split(";"):
                if name.strip():
                    yield from unknown(place, "source", name.strip(), "a source of sources.csv", known)
                else:
                    yield Problem(place, "has an empty name between ;", "source", as_written(row.source))
