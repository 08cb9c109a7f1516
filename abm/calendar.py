"""What the policies in force make of the world.

Every number that a policy may change is worked out anew, from the case and from all steps in force, whenever a step begins or
ends. So a step that ends leaves no trace, whatever else begins or ends meanwhile: scales multiply; of a link's status, a toll
and a tariff the step that began last holds; of bans the strictest, of frictions the greatest lift. What no step touches is not
touched, and a step that changes nothing (opening what is open) leaves the world bit for bit as it was. Assumptions that steps set
are not worked into anything: the model asks for them every day.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from abm.agents.population import pair_name
from abm.corridor.policies import Step
from abm.corridor.tables import Action
from abm.network.arcs import Ints
from abm.quotas import revise_quotas
from abm.relations import relations
from abm.renewal import renew_dwell, renew_links, renew_prices, renew_service, renew_speed
from abm.security import revise_hazards
from abm.state import WorldState


def apply_calendar(state: WorldState, steps: tuple[Step, ...]) -> None:
    """Put today's steps in force and take back those that have ended; marks the network as changed when a link's status does.

    ``steps`` are in the order of their first days (:func:`abm.corridor.policies.resolve`). Those of a policy that authorities
    have not agreed upon, or whose works are not finished then, wait.
    """
    withheld = state.authorities.withheld_on(state.day)
    in_force = tuple(step for step in steps if is_in_force(step, state.day) and step.policy_id not in withheld)
    if in_force == state.in_force:
        return
    changed = set(in_force) ^ set(state.in_force)
    state.in_force = in_force
    for actions, revise in _REVISIONS:
        targets = sorted({step.target for step in changed if step.action in actions})
        if targets:
            revise(state, targets)


def is_in_force(step: Step, day: int) -> bool:
    """Whether a step acts on a day: from its first day up to the day before its end."""
    return step.start_day <= day and (step.end_day is None or day < step.end_day)


def assumptions_in_force(state: WorldState) -> dict[str, float]:
    """Assumption -> value, of those that steps in force set; of several steps the one that began last holds."""
    return {step.target: _number(step) for step in _in_force(state, Action.SET_ASSUMPTION)}


# -------------------------------------------------------------------------------------------------------------- other calendars
def first_difference(one: tuple[Step, ...], other: tuple[Step, ...], day: int) -> int | None:
    """First day before ``day`` on which two calendars have different steps in force; None if there is none.

    When a step ends makes no difference as long as it has not ended.
    """
    turns = {turn for step in (*one, *other) for turn in (step.start_day, step.end_day) if turn is not None}
    for turn in sorted(turn for turn in turns if turn < day):
        if [_begun(step) for step in one if is_in_force(step, turn)] != [
            _begun(step) for step in other if is_in_force(step, turn)
        ]:
            return turn
    return None


def _begun(step: Step) -> tuple[str, Action, str, int, float | None]:
    """What is known of a step once it has begun."""
    return step.policy_id, step.action, step.target, step.start_day, step.number


def _in_force(state: WorldState, *actions: Action) -> Iterator[Step]:
    return (step for step in state.in_force if step.action in actions)


def _number(step: Step) -> float:
    """The number of an action that needs one (the case's checks see to it that it has one)."""
    if step.number is None:
        raise ValueError(f"policy {step.policy_id!r}: {step.action.value} needs a number")
    return step.number


def _scale(state: WorldState, action: Action, target: str) -> float:
    """Product of the scales in force for a target; exactly 1 without any."""
    return math.prod(_number(step) for step in _in_force(state, action) if step.target == target)


# -------------------------------------------------------------------------------------------------------------- the network
def _revise_links(state: WorldState, targets: list[str]) -> None:
    for target in targets:
        number = state.network.link_ids.index(target)
        is_open = bool(state.plan.link_is_open[number])
        for step in _in_force(state, Action.OPEN_LINK, Action.CLOSE_LINK):
            if step.target == target:
                is_open = step.action is Action.OPEN_LINK
        state.layers.by_policy[number] = is_open
    renew_links(state)


def _rows_named(names: tuple[str, ...], target: str) -> Ints:
    """Rows of a post, terminal or link itself: its name, or its name and a direction. A link's posts have names of their own."""
    return np.array(
        [n for n, name in enumerate(names) if name == target or name.startswith(f"{target}:")], dtype=np.int64
    )


def _revise_capacities(state: WorldState, targets: list[str]) -> None:
    """Servers work faster; a departure takes more (its hours stay)."""
    for target in targets:
        rows = _rows_named(state.network.facilities.names, target)
        state.layers.capacity_policy[rows] = _scale(state, Action.SCALE_CAPACITY, target)
    renew_service(state)


def _revise_dwells(state: WorldState, targets: list[str]) -> None:
    """Scales multiply the case's own dwell; hours of inspection come on top."""
    for target in targets:
        rows = _rows_named(state.network.arcs.names, target)
        state.layers.dwell_policy[rows] = _scale(state, Action.SCALE_DWELL, target)
        added = (_number(step) for step in _in_force(state, Action.ADD_DWELL) if step.target == target)
        state.layers.dwell_added_h[rows] = sum(added, 0.0)
    renew_dwell(state)


def _revise_speeds(state: WorldState, targets: list[str]) -> None:
    """Scales multiply the case's own speed; what a kilometre costs stays."""
    for target in targets:
        rows = _rows_named(state.network.arcs.names, target)
        state.layers.speed_policy[rows] = _scale(state, Action.SCALE_SPEED, target)
    renew_speed(state)


def _revise_prices(state: WorldState, targets: list[str]) -> None:
    """Rates scale the freight of a link, not its toll; a fee is paid per vehicle at a post."""
    arcs = state.network.arcs
    for target in targets:
        rows = _rows_named(arcs.names, target)
        state.layers.rate_policy[rows] = _scale(state, Action.SCALE_RATE, target)
        charge = arcs.charge_usd_t[rows]
        for step in _in_force(state, Action.SET_TOLL, Action.SET_FEE):
            if step.target == target:
                is_toll = step.action is Action.SET_TOLL
                charge = np.broadcast_to(_number(step) / (1.0 if is_toll else arcs.payload_t[rows]), charge.shape)
        state.layers.charge_usd_t[rows] = charge
    renew_prices(state)


# -------------------------------------------------------------------------------------------------------------- trade
def _revise_tariffs(state: WorldState, targets: list[str]) -> None:
    duty = state.base_duty.copy()
    for step in _in_force(state, Action.SET_TARIFF):
        duty[relations(state, step.target)] = _number(step)
    for target in targets:
        rows = relations(state, target)
        state.table.duty[rows] = duty[rows]


def _revise_bans(state: WorldState, targets: list[str]) -> None:
    """A ban stops trade at once; when it ends, the relation reconnects at its own speed."""
    table = state.table
    allowed = table.allowed.copy()
    for target in targets:
        allowed[relations(state, target)] = 1.0
    for step in _in_force(state, Action.BAN):
        rows = relations(state, step.target)
        allowed[rows] = np.minimum(allowed[rows], _number(step))
    is_tighter = allowed < table.allowed
    table.quantity_t[is_tighter] *= allowed[is_tighter] / table.allowed[is_tighter]
    table.allowed = allowed


def _revise_frictions(state: WorldState, targets: list[str]) -> None:
    """Pairs of countries that do not trade in this case have no friction to lift."""
    shares = [(pair_name(*step.parts), _number(step)) for step in _in_force(state, Action.LIFT_FRICTION)]
    for name in {pair_name(*target.split("-")) for target in targets} & set(state.names.pairs):
        lifted = max((share for pair, share in shares if pair == name), default=0.0)
        state.markets.lifted[state.names.pairs.index(name)] = lifted


_REVISIONS: tuple[tuple[frozenset[Action], Callable[[WorldState, list[str]], None]], ...] = (
    (frozenset({Action.OPEN_LINK, Action.CLOSE_LINK}), _revise_links),
    (frozenset({Action.SCALE_CAPACITY}), _revise_capacities),
    (frozenset({Action.SCALE_DWELL, Action.ADD_DWELL}), _revise_dwells),
    (frozenset({Action.SCALE_SPEED}), _revise_speeds),
    (frozenset({Action.SCALE_RATE, Action.SET_TOLL, Action.SET_FEE}), _revise_prices),
    (frozenset({Action.SET_TARIFF}), _revise_tariffs),
    (frozenset({Action.BAN}), _revise_bans),
    (frozenset({Action.LIFT_FRICTION}), _revise_frictions),
    (frozenset({Action.SET_OVERSIGHT, Action.SET_TENSION, Action.SET_HAZARD}), lambda state, _: revise_hazards(state)),
    (frozenset({Action.QUOTA}), lambda state, _: revise_quotas(state)),
)
