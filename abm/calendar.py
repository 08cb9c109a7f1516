"""What policies change on the day they begin, and how each change is taken back when they end.

A step that changes nothing (opening what is open) touches nothing, so a placebo leaves the world bit for bit as it was.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from abm.agents.population import pair_name
from abm.corridor.policies import Step
from abm.corridor.tables import Action
from abm.network.arcs import Bools, Ints
from abm.state import WorldState, announced_times

Undo = Callable[[WorldState], None]


def apply_calendar(state: WorldState, steps: tuple[Step, ...]) -> None:
    """Begin and end the steps of today; marks the network as changed when routes may be affected."""
    for number, step in enumerate(steps):
        if step.end_day == state.day and number in state.undo:
            state.undo.pop(number)(state)
    for number, step in enumerate(steps):
        if step.start_day == state.day:
            undo = _BEGIN[step.action](state, step)
            if undo is not None:
                state.undo[number] = undo


def _number(step: Step) -> float:
    """The number of an action that needs one (the case's checks see to it that it has one)."""
    if step.number is None:
        raise ValueError(f"policy {step.policy_id!r}: {step.action.value} needs a number")
    return step.number


def _set_link(state: WorldState, link_id: str, is_open: bool) -> Undo | None:
    number = state.network.link_ids.index(link_id)
    if state.link_is_open[number] == is_open:
        return None
    state.link_is_open[number] = is_open
    for facility in state.network.link_facilities.get(link_id, ()):
        state.movement.set_open(facility, is_open)
    state.has_changed = True
    return lambda later: _void(_set_link(later, link_id, not is_open))


def _void(_: object) -> None:
    """An undo has no undo."""


def _open_link(state: WorldState, step: Step) -> Undo | None:
    return _set_link(state, step.target, True)


def _close_link(state: WorldState, step: Step) -> Undo | None:
    return _set_link(state, step.target, False)


def _facilities_named(state: WorldState, target: str) -> list[int]:
    """The facilities of a post, terminal or link."""
    network = state.network
    if target in network.post_facility:
        return [network.post_facility[target]]
    if target in network.link_facilities:
        return list(network.link_facilities[target])
    return [number for number, name in enumerate(network.facilities.names) if name == target]


def _scale_capacity(state: WorldState, step: Step) -> Undo | None:
    for facility in _facilities_named(state, step.target):
        state.numbers.service_h[facility] /= _number(step)
        state.movement.set_service_h(facility, state.numbers.service_h[facility])
    return _scaling_back(_scale_capacity, step)


def _arcs_named(state: WorldState, target: str) -> Ints:
    """The arcs of a post, terminal or link."""
    names = state.network.arcs.names
    return np.array([a for a, name in enumerate(names) if name == target or name.startswith(f"{target}:")], dtype=np.int64)


def _scale_dwell(state: WorldState, step: Step) -> Undo | None:
    for arc in _arcs_named(state, step.target):
        state.numbers.dwell_h[arc] *= _number(step)
        state.movement.set_dwell_h(int(arc), state.numbers.dwell_h[arc])
    mean, variance = announced_times(state.network, state.numbers.dwell_h)
    state.published.announced_h, state.published.announced_variance_h2 = mean, variance
    return _scaling_back(_scale_dwell, step)


def _scale_rate(state: WorldState, step: Step) -> Undo | None:
    state.numbers.price_usd_t[_arcs_named(state, step.target)] *= _number(step)
    return _scaling_back(_scale_rate, step)


def _scaling_back(begin: Callable[[WorldState, Step], Undo | None], step: Step) -> Undo | None:
    if _number(step) == 1.0:
        return None
    back = replace(step, number=1.0 / _number(step))
    return lambda later: _void(begin(later, back))


def _set_toll(state: WorldState, step: Step) -> Undo | None:
    link = next(row for row in state.plan.case.links if row.link_id == step.target)
    arcs = _arcs_named(state, step.target)
    change = _number(step) - link.toll_usd_t
    state.numbers.price_usd_t[arcs] += change

    def undo(later: WorldState) -> None:
        later.numbers.price_usd_t[arcs] -= change

    return undo


def relations(state: WorldState, target: str) -> Bools:
    """Shippers whose destination, origin and commodity match ``DEST/ORIGIN/COMMODITY``; ``*`` matches any."""
    country = {node.node_id: node.country for node in state.plan.case.nodes}
    destination, origin, commodity = target.split("/")
    hit = [
        destination in ("*", country[flow.destination])
        and origin in ("*", country[flow.origin])
        and commodity in ("*", flow.commodity)
        for flow in state.plan.case.flows
    ]
    return np.asarray(np.array(hit, dtype=np.bool_)[state.table.flow])


def _set_tariff(state: WorldState, step: Step) -> Undo | None:
    rows = relations(state, step.target)
    before = state.table.duty[rows].copy()
    state.table.duty[rows] = _number(step)

    def undo(later: WorldState) -> None:
        later.table.duty[rows] = before

    return undo


def _ban(state: WorldState, step: Step) -> Undo | None:
    rows = relations(state, step.target)
    before = state.table.allowed[rows].copy()
    state.table.allowed[rows] = _number(step)
    state.table.quantity_t[rows] *= _number(step)

    def undo(later: WorldState) -> None:
        later.table.allowed[rows] = before

    return undo


def _lift_friction(state: WorldState, step: Step) -> Undo | None:
    name = pair_name(*step.parts)
    if name not in state.names.pairs:
        return None
    pair = state.names.pairs.index(name)
    before = float(state.markets.lifted[pair])
    state.markets.lifted[pair] = max(before, _number(step))

    def undo(later: WorldState) -> None:
        later.markets.lifted[pair] = before

    return undo


_BEGIN: dict[Action, Callable[[WorldState, Step], Undo | None]] = {
    Action.OPEN_LINK: _open_link,
    Action.CLOSE_LINK: _close_link,
    Action.SCALE_CAPACITY: _scale_capacity,
    Action.SCALE_DWELL: _scale_dwell,
    Action.SCALE_RATE: _scale_rate,
    Action.SET_TOLL: _set_toll,
    Action.SET_TARIFF: _set_tariff,
    Action.BAN: _ban,
    Action.LIFT_FRICTION: _lift_friction,
}
