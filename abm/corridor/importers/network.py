"""What every importer hands on: nodes and links as read, what the user has told, and what was taken as given.

An importer invents nothing: a number that neither the file nor the user gives stays empty, and ``caravan check`` asks for it.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from abm.corridor.coherence import GAUGES_MM
from abm.corridor.prose import counted
from abm.corridor.rows import Mode, Status
from abm.corridor.wording import as_written
from abm.errors import InputError, Problem, nearest

#: In a mapping of words to modes: links of this kind carry no freight and are left out.
SKIP = "skip"
#: Problems of one kind that are told one by one; of more, the first and how many there are. Identifiers likewise.
SHOWN_OF_A_KIND = 10
#: Ends of lines that are no further apart than this are one node, km: drawn lines rarely meet to the metre.
SNAP_KM = 0.1

_IDENTIFIER_LENGTH = 64


@dataclass(frozen=True, slots=True)
class ImportedNode:
    """A place: longitude and latitude in degrees."""

    node_id: str
    name: str
    country: str
    node_type: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ImportedLink:
    """A stretch of one mode. None: neither the file nor the user has said it."""

    link_id: str
    from_node_id: str
    to_node_id: str
    is_directed: bool
    mode: Mode
    gauge_mm: int | None
    length_km: float
    free_speed_kmh: float | None
    status: Status
    rate_usd_tkm: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ImportedNetwork:
    """A network as imported. ``notes``: what was taken as given, left out or joined, in sentences for the user."""

    nodes: tuple[ImportedNode, ...]
    links: tuple[ImportedLink, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of a whole file.

    ``country``: of every node that names none. ``mode``: of every link of which nothing else tells it. ``modes``: words of the
    file -> mode or :data:`SKIP`. ``speeds``, ``rates``: by mode, for links without their own, km/h and USD/(t km).
    ``gauge_mm``: of every railway without its own.
    """

    country: str = ""
    mode: Mode | None = None
    modes: Mapping[str, str] = field(default_factory=dict)
    gauge_mm: int | None = None
    speeds: Mapping[Mode, float] = field(default_factory=dict)
    rates: Mapping[Mode, float] = field(default_factory=dict)


def told(country: str, modes: Iterable[str], gauge_mm: int | None, speeds: Iterable[str], rates: Iterable[str]) -> Told:
    """Options as written: ``modes`` are MODE or WORD=MODE, ``speeds`` and ``rates`` MODE=NUMBER.

    Raises InputError with all faults.
    """
    problems: list[Problem] = []
    if country and country_rule(country):
        problems.append(Problem("--country", country_rule(country), value=as_written(country)))
    if gauge_mm is not None and gauge_mm not in GAUGES_MM:
        known = ", ".join(str(gauge) for gauge in GAUGES_MM)
        problems.append(Problem("--gauge", f"must be one of {known}", value=str(gauge_mm)))
    rest: Mode | None = None
    words: dict[str, str] = {}
    for text in modes:
        word, equals, name = (part.strip().lower() for part in text.rpartition("="))
        known_modes = [*(mode.value for mode in Mode), *([SKIP] if equals else [])]
        if name not in known_modes or (equals and not word):
            rule = f"must be MODE or WORD=MODE, with one of {', '.join(known_modes)}"
            problems.append(Problem("--mode", rule, value=as_written(text), suggestion=nearest(name, known_modes)))
        elif equals:
            words[word] = name
        elif rest is not None and rest is not Mode(name):
            problems.append(Problem("--mode", "names a second mode for the same links", value=as_written(text)))
        else:
            rest = Mode(name)
    made = Told(
        country, rest, words, gauge_mm,
        _by_mode("--speed", speeds, problems), _by_mode("--rate", rates, problems),
    )  # fmt: skip
    if problems:
        raise InputError(problems)
    return made


def _by_mode(option: str, texts: Iterable[str], problems: list[Problem]) -> dict[Mode, float]:
    found: dict[Mode, float] = {}
    known = [mode.value for mode in Mode]
    for text in texts:
        name, _, number = text.partition("=")
        value = positive(number)
        if name not in known or value is None:
            rule = f"must be MODE=NUMBER, a mode of {', '.join(known)} and a number above 0"
            problems.append(Problem(option, rule, value=as_written(text), suggestion=nearest(name, known)))
        elif Mode(name) in found:
            problems.append(Problem(option, "names the same mode twice", value=as_written(text)))
        else:
            found[Mode(name)] = value
    return found


def country_rule(text: str) -> str:
    """What is wrong with a country code, or an empty string."""
    good = len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()
    return "" if good else "must be a country code of two capital letters (ISO 3166)"


def positive(text: str) -> float | None:
    """A number above 0 and finite, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 < value < float("inf") and "_" not in text else None


def identifier(text: str, taken: Container[str] = ()) -> str:
    """``text`` as an identifier that is not taken: letters, digits, ``_``, ``.`` and ``-``; a number is added when it must be."""
    made = re.sub(r"[^A-Za-z0-9_.\-]+", "-", text).strip("-._")[:_IDENTIFIER_LENGTH].rstrip("-._") or "x"
    number, found = 1, made
    while found in taken:
        number += 1
        ending = f"-{number}"
        found = made[: _IDENTIFIER_LENGTH - len(ending)] + ending
    return found


def altered(thing: str, names: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A note on identifiers, (as written, as made), that could not stay as they were written; none when all could."""
    changed = [f"{as_written(written)} is now {made}" for written, made in names if written != made]
    if changed:
        rest = f"; and {len(changed) - SHOWN_OF_A_KIND} more" if len(changed) > SHOWN_OF_A_KIND else ""
        yield f"{counted(len(changed), thing)} had to be altered: {'; '.join(changed[:SHOWN_OF_A_KIND])}{rest}"


def condensed(problems: Iterable[Problem]) -> list[Problem]:
    """The same fault in very many rows is told once, with how many there are; everything else stays as it is."""
    kinds: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in dict.fromkeys(problems):
        file = re.split(r":(?=\d|features)", problem.place)[0]
        kinds.setdefault((file, problem.field, problem.rule), []).append(problem)
    found: list[Problem] = []
    for group in kinds.values():
        if len(group) <= SHOWN_OF_A_KIND:
            found += group
            continue
        first = group[0]
        rule = f"{first.rule} (and so in {len(group) - 1} more)"
        found.append(Problem(first.place, rule, first.field, first.value, first.suggestion))
    return found
