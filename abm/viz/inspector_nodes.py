"""The card of a place: what comes and goes, who ships from and to it, which links meet there."""

from collections import defaultdict

import numpy as np

from abm.corridor.tables import Case
from abm.network.arcs import ArcKind, Floats
from abm.network.build import MODES
from abm.state import WorldState
from abm.viz.inspector_flows import recent, shipper_table
from abm.viz.inspector_names import Names, source_words
from abm.viz.inspector_parts import (
    Card,
    Cell,
    Fact,
    Table,
    both,
    case_of,
    chart,
    mean_note,
    plain,
    states_of,
)
from abm.viz.inspector_status import link_status
from abm.viz.twin import TwinModel
from abm.viz.words import capital, whole


def node_card(twin: TwinModel, names: Names, name: str) -> Card:
    """Goods in and out by mode and by commodity, the shippers at the place, its links."""
    case, row = case_of(twin), names.rows["node"][name]
    node, states = case.nodes[row], states_of(twin)
    ends = _ends(case, states[0], name)
    words = []
    if not any(is_end.any() for is_end in ends):
        words.append("No goods of the case begin or end here: they only pass.")
    moves = [_by_mode(state, row) for state in states]
    if not any(sum(there) for both_ways in moves for there in both_ways.values()):
        words.append("Nothing has passed here yet.")
    return Card(
        kind="node", id=name, title=names.title("node", name), subtitle=f"{capital(node.node_type)}, {node.country} ({name})",
        words=tuple(words), facts=tuple(_facts(states, ends, row)),
        charts=(chart(twin, "node", row, "t_day", "Goods that arrive here or set out", "t a day"),),
        tables=(_modes(moves), _commodities(names, case, states, ends), _shippers(names, states, ends),
                _links(twin, names, name)),
        notes=(mean_note(recent(states[0]).days), source_words(case, node.source, node.grade, node.note),),
    )  # fmt: skip


def _ends(case: Case, state: WorldState, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Shippers whose goods leave from the place, and those whose goods are bound for it (n_shippers,) each."""
    leaves = np.array([flow.origin == name for flow in case.flows], dtype=np.bool_)
    comes = np.array([flow.destination == name for flow in case.flows], dtype=np.bool_)
    return leaves[state.table.flow], comes[state.table.flow]


def _facts(states: tuple[WorldState, WorldState], ends: tuple[np.ndarray, np.ndarray], row: int) -> list[Fact]:
    facts = []
    for label, is_end in zip(("Sent from here", "Bound for here"), ends, strict=True):
        if is_end.any():
            made = [float(state.table.quantity_t[is_end].sum()) for state in states]
            facts.append(both(label, [whole(tonnes) for tonnes in made], "t a year, at today's rate"))
    handled = [_changed_vehicle(state, row) for state in states]
    if any(handled):
        facts.append(both("Goods that change vehicle here", [whole(tonnes) for tonnes in handled], "t a day"))
    waiting = [float(_waiting(state, row)) for state in states]
    facts.append(both("Goods in line at its terminals and departures", [whole(tonnes) for tonnes in waiting], "t"))
    return facts


def _changed_vehicle(state: WorldState, row: int) -> float:
    """Tonnes a day over the terminals of a place that lead from one mode or gauge to another."""
    arcs = state.network.arcs
    here = (state.network.node_of_state[arcs.from_state] == row) & (arcs.kind == ArcKind.TRANSFER)
    return float(recent(state).per_day("entered_t")[here].sum())


def _waiting(state: WorldState, row: int) -> float:
    """Tonnes that stand before facilities of arcs that leave from the place, border posts left out."""
    arcs = state.network.arcs
    here = (state.network.node_of_state[arcs.from_state] == row) & (arcs.facility >= 0) & (arcs.post < 0)
    return float(state.movement.queue_t[np.unique(arcs.facility[here])].sum())


def _by_mode(state: WorldState, row: int) -> dict[str, tuple[float, float]]:
    """Mode -> tonnes a day that come in and that go out over the links of a place."""
    arcs, node_of = state.network.arcs, state.network.node_of_state
    per_day = recent(state).per_day("entered_t")
    is_line = arcs.kind == ArcKind.LINEHAUL
    found = {}
    for column, mode in enumerate(MODES):
        of_mode = is_line & (arcs.mode == column)
        comes, goes = of_mode & (node_of[arcs.to_state] == row), of_mode & (node_of[arcs.from_state] == row)
        if comes.any() or goes.any():
            found[mode.value] = float(per_day[comes].sum()), float(per_day[goes].sum())
    return found


def _modes(moves: list[dict[str, tuple[float, float]]]) -> Table:
    without, measure = moves
    rows = [plain(capital(mode), *(whole(tonnes) for tonnes in (*without[mode], *measure[mode]))) for mode in without]
    return Table(
        "What comes and goes, t a day",
        ("By", "In, without", "Out, without", "In, with", "Out, with"),
        tuple(rows), rights=4, empty="No link ends here.",
    )  # fmt: skip


def _commodities(
    names: Names, case: Case, states: tuple[WorldState, WorldState], ends: tuple[np.ndarray, np.ndarray]
) -> Table:
    """What the place's own shippers send and get, tonnes a year at today's rate."""
    sums: dict[tuple[str, str], Floats] = defaultdict(lambda: np.zeros(len(states)))
    for way, is_end in zip(("sent", "received"), ends, strict=True):
        for row in np.flatnonzero(is_end):
            goods = case.flows[states[0].table.flow[row]].commodity
            sums[goods, way] += [state.table.quantity_t[row] for state in states]
    ordered = sorted(sums.items(), key=lambda item: -float(item[1].max()))
    rows = [
        plain(f"{names.commodities[goods]}, {way}", *(whole(tonnes) for tonnes in of_worlds))
        for (goods, way), of_worlds in ordered
    ]
    columns = ("Goods", "Without, t a year", "With, t a year")
    return Table("By commodity", columns, tuple(rows), rights=2, empty="No goods of the case begin or end here.")


def _shippers(names: Names, states: tuple[WorldState, WorldState], ends: tuple[np.ndarray, np.ndarray]) -> Table:
    leaves, comes = ends
    tonnes = [np.where(leaves | comes, state.table.quantity_t, 0.0) for state in states]
    shares = [t / max(float(t.sum()), 1.0) for t in tonnes]
    empty = "No shipper of the case sits here."
    return shipper_table(names, states[0], tonnes, shares, "Who ships here", empty, "Share of the place, with")


def _links(twin: TwinModel, names: Names, name: str) -> Table:
    """The links that meet here, with their state."""
    case = case_of(twin)
    rows = [
        (
            Cell(names.title("link", link.link_id), "link", link.link_id),
            *(Cell(link_status(model, names, row).word) for model in twin.worlds),
        )
        for row, link in enumerate(case.links)
        if name in (link.from_node_id, link.to_node_id)
    ]
    columns = ("Link", "Without", "With")
    return Table("Links that meet here", columns, tuple(rows), empty="No link ends here.")
