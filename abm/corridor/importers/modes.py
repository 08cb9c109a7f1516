"""Which mode a link of another program's file is: by the words it uses for facilities and allowed uses."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from abm.corridor.importers.network import SKIP, Told
from abm.corridor.prose import counted
from abm.corridor.rows import Mode
from abm.corridor.wording import as_written
from abm.errors import Problem, nearest

_WORDS = {
    Mode.ROAD.value: "road all auto car truck trucks hgv freight lorry motorway motorway_link trunk trunk_link primary "
    "primary_link secondary secondary_link tertiary tertiary_link highway freeway expressway arterial collector local ramp "
    "unclassified residential",
    Mode.RAIL.value: "rail railway train",
    Mode.SEA.value: "sea ferry ship vessel",
    SKIP: "walk bike ped pedestrian bicycle sidewalk crosswalk bikeway footway cycleway path bus tram subway light_rail transit "
    "aeroway none",
}
#: Words in lower case -> mode, or :data:`SKIP` for what carries no freight, unless the user says otherwise.
DEFAULT_MODES: Mapping[str, str] = {word: mode for mode, words in _WORDS.items() for word in words.split()}


class ModeReader:
    """Tells the mode of each link by ``column`` and the allowed uses, and gathers the words that it does not know."""

    def __init__(self, said: Told, column: str) -> None:
        self._column = column
        self._known = {**DEFAULT_MODES, **said.modes}
        self._rest = said.mode
        self._unknown: Counter[str] = Counter()
        self._first: dict[str, tuple[str, str]] = {}
        self.read: dict[str, str] = {}
        self.skipped: Counter[str] = Counter()

    def mode(self, place: str, facility: str, uses: Iterable[str], problems: list[Problem]) -> Mode | None:
        """The mode of a link, or None when it is skipped or at fault.

        A facility type that is known decides; otherwise the allowed uses do, and those that carry no freight count only when
        there is nothing else. A link that says nothing known has the mode that the user gave for all.
        """
        uses = tuple(use.strip().lower() for use in uses if use.strip())
        facility = facility.strip().lower()
        if facility in self._known:
            return self._taken([facility], self._known[facility])
        found = {use: self._known[use] for use in uses if use in self._known}
        modes = sorted(set(found.values()) - {SKIP})
        if len(modes) > 1:
            rule = f"may be {' and '.join(modes)}: say with --mode which, or which of them is {SKIP}"
            problems.append(Problem(place, rule, "allowed_uses", as_written(",".join(uses))))
            return None
        if found and (modes or not set(uses) - set(found)):
            return self._taken(list(found), modes[0] if modes else SKIP)
        if self._rest is not None:
            return self._rest
        if not facility and not uses:
            rule = "is empty, and nothing else tells the mode: give --mode road (or rail, sea) for such links"
            problems.append(Problem(place, rule, self._column))
        for column, word in [(self._column, facility), *(("allowed_uses", use) for use in uses)]:
            if word and word not in self._known:
                self._unknown[word] += 1
                self._first.setdefault(word, (place, column))
        return None

    def problems(self) -> Iterator[Problem]:
        """Every unknown word once, with the first link that has it."""
        for word, count in self._unknown.items():
            place, column = self._first[word]
            rule = f"is not known ({counted(count, 'link')}): say what it is with --mode '{word}=road' (or rail, sea, {SKIP})"
            yield Problem(place, rule, column, as_written(word), _meant(word, self._known))

    def _taken(self, words: list[str], name: str) -> Mode | None:
        self.read |= {word: self._known[word] for word in words}
        if name == SKIP:
            self.skipped[", ".join(words)] += 1
            return None
        return Mode(name)


def _meant(word: str, known: Iterable[str]) -> str:
    """The known word that ``word`` is a slip of: letters swapped, or one too many or too few after the first.

    Another letter makes another word: a track is no truck, and a drone is not none.
    """
    slips = [
        each
        for each in known
        if each[0] == word[0] and (Counter(each) - Counter(word)).total() + (Counter(word) - Counter(each)).total() <= 1
    ]
    return nearest(word, slips)
