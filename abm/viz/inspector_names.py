"""What people call the things of a case, where each stands in its table, and the search for them by name."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from abm.corridor.policies import policy_titles
from abm.corridor.tables import Case, Event, Hazard, Regime
from abm.study.names import place_names, post_names
from abm.viz.words import capital

#: Kinds of cards, in the order in which a search lists equally good finds.
KINDS = ("link", "post", "node", "carrier", "incident", "shipper")
KIND_WORDS = {
    "link": "Link", "post": "Border post", "node": "Place", "carrier": "Carrier", "incident": "Incident", "shipper": "Shipper"
}  # fmt: skip
#: Finds of a search that are shown.
MOST_FOUND = 12
#: Cases whose names are remembered.
_MOST_CASES = 8


@dataclass(frozen=True)
class Names:
    """Titles by kind and identifier, in the order of the tables; rows: where each stands; commodities and policies by name.

    ``words``: (kind, id, title, what is searched, in small letters) of everything that has a card.
    """

    titles: Mapping[str, Mapping[str, str]]
    rows: Mapping[str, Mapping[str, int]]
    commodities: Mapping[str, str]
    policies: Mapping[str, str]
    words: tuple[tuple[str, str, str, str], ...]

    def title(self, kind: str, id: str) -> str:  # noqa: A002 - the word of the page for it
        """What the thing is called; its identifier if it is not known."""
        return self.titles.get(kind, {}).get(id, id)


_KNOWN: dict[str, Names] = {}
_LOCK = threading.Lock()


def names_of(case: Case) -> Names:
    """The names of a case, made once for cases of one content."""
    with _LOCK:
        found = _KNOWN.get(case.digest)
        if found is None:
            found = _names(case)
            while len(_KNOWN) >= _MOST_CASES:
                del _KNOWN[next(iter(_KNOWN))]
            _KNOWN[case.digest] = found
        return found


def find(case: Case, text: str, most: int = MOST_FOUND) -> list[tuple[str, str, str]]:
    """(kind, id, title) of at most ``most`` things whose names hold every word of ``text``, the best first.

    Best: an identifier or a name that is the text, then names that begin with it, then those with a word that does; in the order
    of the tables. Without a text: the first of each kind in turn.
    """
    entries = names_of(case).words
    wanted = re.findall(r"\S+", text.lower())
    if not wanted:
        return _some_of_each(entries, most)
    whole = " ".join(wanted)
    found = []
    for place, (kind, name, title, searched) in enumerate(entries):
        if all(word in searched for word in wanted):
            found.append((_rank(whole, name.lower(), title.lower()), KINDS.index(kind), place, kind, name, title))
    return [(kind, name, title) for *_, kind, name, title in sorted(found)[:most]]


def _rank(text: str, name: str, title: str) -> int:
    if text in (name, title):
        return 0
    if title.startswith(text) or name.startswith(text):
        return 1
    return 2 if re.search(rf"\b{re.escape(text)}", title) else 3


def _some_of_each(entries: tuple[tuple[str, str, str, str], ...], most: int) -> list[tuple[str, str, str]]:
    each = max(1, most // len(KINDS))
    chosen = []
    for kind in KINDS:
        chosen += [(of, name, title) for of, name, title, _ in entries if of == kind][:each]
    return chosen[:most]


def incident_rows(case: Case) -> tuple[Hazard | Regime | Event, ...]:
    """Rows of what can strike, in the order of the sources of :class:`abm.incidents.Security`."""
    return (*case.hazards, *case.regimes, *case.events)


def incident_id(row: Hazard | Regime | Event) -> str:
    """``hazard_id``, ``regime_id`` or ``event_id``."""
    if isinstance(row, Hazard):
        return row.hazard_id
    return row.regime_id if isinstance(row, Regime) else row.event_id


def _names(case: Case) -> Names:
    places = place_names(case)
    commodities = {row.commodity_id: row.name for row in case.commodities}
    titles = {
        "link": _told_apart(
            {
                link.link_id: f"{places[link.from_node_id]} - {places[link.to_node_id]}, {link.mode.value}"
                for link in case.links
            }
        ),
        "post": post_names(case),
        "node": places,
        "carrier": _told_apart({row.carrier_id: row.name for row in case.carriers}),
        "incident": _told_apart({incident_id(row): row.title for row in incident_rows(case)}),
        "shipper": _shippers(case, places, commodities),
    }
    country = {node.node_id: node.country for node in case.nodes}
    also: dict[str, Callable[[str], str]] = {"node": lambda name: country[name]}
    words = tuple(
        (kind, name, title, f"{title} {name} {KIND_WORDS[kind]} {also[kind](name) if kind in also else ''}".lower())
        for kind in KINDS
        for name, title in titles[kind].items()
    )
    rows = {kind: {name: row for row, name in enumerate(of_kind)} for kind, of_kind in titles.items()}
    return Names(titles, rows, commodities, policy_titles(case), words)


def _told_apart(titles: dict[str, str]) -> dict[str, str]:
    """The same, with the identifier where several have one title."""
    times = Counter(titles.values())
    return {name: f"{title} ({name})" if times[title] > 1 else title for name, title in titles.items()}


def _shippers(case: Case, places: Mapping[str, str], commodities: Mapping[str, str]) -> dict[str, str]:
    """``flow#1`` -> ``A to B: goods, firm 1 of 4``, in the order of the table of shippers."""
    flows = _told_apart(
        {
            flow.flow_id: f"{places[flow.origin]} to {places[flow.destination]}: {commodities[flow.commodity].lower()}"
            for flow in case.flows
        }
    )
    return {
        f"{flow.flow_id}#{firm}": flows[flow.flow_id]
        + (f", firm {firm} of {flow.n_shippers}" if flow.n_shippers > 1 else "")
        for flow in case.flows
        for firm in range(1, flow.n_shippers + 1)
    }


def source_words(case: Case, source: str, grade: str, note: str) -> str:
    """The note of a row and where its numbers come from."""
    known = {row.source_id: row.title for row in case.sources}
    named = [known.get(name.strip(), name.strip()) for name in source.split(";") if name.strip()]
    told = f"{capital(note.strip()).rstrip('.')}. " if note.strip() else ""
    return f"{told}Source: {_joined(named)} (grade {grade})."


def _joined(names: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(name.rstrip(".") for name in names))
