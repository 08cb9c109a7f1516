"""Who holds what: the countries whose territory an arc lies in, and authorities without whose consent a link cannot be used."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from abm.corridor.tables import Case
from abm.network.arcs import Bools, Network

#: Role of an authority that speaks for its country; any other holds in its own name.
_STATE = "state"


@dataclass(frozen=True)
class Holder:
    """name: a country or an authority; country: whose it is; is_territory: a country with places of its own in the case.
    arcs (n_arcs,): what cannot be used without it: all that lies in its territory, and links that need its consent."""

    name: str
    country: str
    is_territory: bool
    arcs: Bools


def holders_of(case: Case, network: Network) -> tuple[Holder, ...]:
    """The countries of the case in order of first place, the consents of their states among what they hold; then authorities that
    are no state, or a state without a place, by name."""
    territory = np.array(network.arcs.country)
    authorities = {row.authority_id: row for row in case.authorities}
    number = {link: row for row, link in enumerate(network.link_ids)}
    found: dict[tuple[str, str], Bools] = {}
    for country in dict.fromkeys(node.country for node in case.nodes):
        found[country, country] = np.asarray(territory == country, dtype=np.bool_)
    countries = {country for country, _ in found}
    for consent in case.consents:
        row = authorities[consent.authority_id]
        is_country = row.role == _STATE and row.country in countries
        name = row.country if is_country else row.name
        held = found.setdefault((name, row.country), np.zeros(territory.size, dtype=np.bool_))
        held |= network.arcs.link == number[consent.link_id]
    return tuple(Holder(name, country, name in countries, arcs) for (name, country), arcs in found.items())


def holders_by_link(case: Case, network: Network, holders: tuple[Holder, ...]) -> dict[str, tuple[str, ...]]:
    """Link -> names of those who hold any arc of it, in the order of ``holders``."""
    return {link.link_id: tuple(_of_link(number, network, holders)) for number, link in enumerate(case.links)}


def _of_link(number: int, network: Network, holders: tuple[Holder, ...]) -> Iterator[str]:
    is_link = network.arcs.link == number
    for holder in holders:
        if (holder.arcs & is_link).any():
            yield holder.name
