"""The inspector: the card of any link, border post, place, carrier, shipper or incident, in both worlds."""

from collections.abc import Callable, Mapping

from abm.viz.inspector_carriers import carrier_card
from abm.viz.inspector_incidents import incident_card
from abm.viz.inspector_links import link_card
from abm.viz.inspector_names import KIND_WORDS, Names, names_of
from abm.viz.inspector_names import find as find
from abm.viz.inspector_nodes import node_card
from abm.viz.inspector_parts import Card as Card
from abm.viz.inspector_parts import Cell as Cell
from abm.viz.inspector_parts import Fact as Fact
from abm.viz.inspector_parts import History as History
from abm.viz.inspector_parts import Table as Table
from abm.viz.inspector_posts import post_card
from abm.viz.inspector_shippers import shipper_card
from abm.viz.twin import TwinModel

_CARDS: Mapping[str, Callable[[TwinModel, Names, str], Card]] = {
    "link": link_card,
    "post": post_card,
    "node": node_card,
    "carrier": carrier_card,
    "shipper": shipper_card,
    "incident": incident_card,
}
#: What is said before anything is chosen.
NOTHING_CHOSEN = Card(
    "",
    "",
    "Nothing is chosen",
    words=("Click a link, a border post, a place or an incident on the map, or search by name.",),
)


def card_of(twin: TwinModel, kind: str, id: str) -> Card:  # noqa: A002 - the word of the page for it
    """What is known today of one thing of the case, without and with the measure.

    Reads both worlds under the twin's lock. Of what is unknown, and before the worlds are warmed up, the card says so.
    """
    if not kind or not id:
        return NOTHING_CHOSEN
    names = names_of(twin.scene_case)
    if kind not in _CARDS or id not in names.rows[kind]:
        return Card(kind, id, id, words=("This is not in the case.",))
    with twin.lock:
        if not twin.is_ready:
            title = names.title(kind, id)
            return Card(kind, id, title, KIND_WORDS[kind], words=("The base year is being played; the card follows.",))
        return _CARDS[kind](twin, names, id)
