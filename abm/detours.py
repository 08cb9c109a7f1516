"""What shippers and drivers do when the network changes: fallback routes, ways round what is shut, trust in what is new."""

import numpy as np

from abm.agents.population import assign_option, weigh_modes
from abm.network.arcs import Bools, Floats
from abm.network.options import Options, arc_is_open, option_rows
from abm.network.paths import PathFinder
from abm.randomness import Process, uniforms_of_pairs
from abm.state import NEVER, WorldState
from abm.units import HOURS_PER_DAY

#: Who waits before a shut arc turns only for a way that is cheaper by this share.
TURNING_MARGIN = 0.05
#: Ways round are weighed anew on every day of a closure up to this one; by then who would ever turn has turned.
WATCHED_DAYS = 60.0


def open_arcs(state: WorldState) -> Bools:
    """Which arcs can be used today."""
    return arc_is_open(state.network, state.link_is_open)


def class_costs(state: WorldState, is_open: Bools) -> Floats:
    """Generalised cost of each arc and cargo class today for a typical shipper, USD/t, (n_arcs, n_classes); inf if closed.

    Typical: the median value of time of the class's shippers (0 where the class has none).
    """
    arcs, mean_h = state.network.arcs, state.published.mean_h()
    cost = state.numbers.price_usd_t + arcs.hour_usd_t * np.maximum(mean_h - arcs.free_time_h, 0.0)[:, None]
    cost += mean_h[:, None] * typical_vot(state)
    cost[~is_open] = np.inf
    return np.asarray(cost)


def typical_vot(state: WorldState) -> Floats:
    """Median value of time of each class's shippers, USD/(t h); 0 where the class has none."""
    table = state.table
    of_class = (table.vot[table.cargo_class == column] for column in range(len(state.network.classes)))
    return np.array([float(np.median(vot)) if vot.size else 0.0 for vot in of_class])


def refresh_routes(state: WorldState) -> None:
    """Once a day. After a change, shippers without any open route get the shortest way there is; while a closure is young, the
    loader hears every day who would rather turn than wait."""
    state.link_was_open |= state.link_is_open
    is_shut = state.link_was_open & ~state.link_is_open
    state.days_shut = np.where(is_shut, state.days_shut + 1.0, 0.0)
    if not state.has_changed and not (is_shut & (state.days_shut <= WATCHED_DAYS)).any():
        return
    is_open = open_arcs(state)
    cost = class_costs(state, is_open)
    arcs = state.network.arcs
    finder = PathFinder(arcs.from_state, arcs.to_state, state.network.n_states)
    if state.has_changed:
        _assign_fallbacks(state, finder, cost, is_open)
    _fill_detours(state, finder, cost, is_open)
    state.has_changed = False


def _option_is_open(state: WorldState, is_open: Bools) -> Bools:
    routes, options = state.movement.routes, state.options
    shut = ~is_open
    starts, arcs = routes.starts, routes.arcs
    return np.array([not shut[arcs[starts[r] : starts[r + 1]]].any() for r in options.route], dtype=np.bool_)


def _assign_fallbacks(state: WorldState, finder: PathFinder, cost: Floats, is_open: Bools) -> None:
    """Shippers all of whose own routes are shut get the shortest path on the network as it is, if there is one.

    When one of their own opens again, the fallback rests (nest -1): a closure must not leave a route behind.
    """
    table, spare = state.table, state.table.option.shape[1] - 1
    usable = np.append(_option_is_open(state, is_open), False)
    stranded = np.flatnonzero(~usable[table.option[:, :spare]].any(axis=1))
    table.nest[:, spare] = -1
    for group in np.unique(table.group[stranded]):
        origin, destination, column = state.plan.demands[group]
        path = finder.path(cost[:, column], origin, destination)
        if path is None:
            continue
        option = _intern_option(state, path, column, int(group))
        published_h = state.published.mean_h()[list(path)].sum()
        for row in stranded[table.group[stranded] == group]:
            is_known = table.option[row, spare] == option
            assign_option(table, row, spare, option, state.options.nest[option], state.options.key[option])
            if not is_known:
                table.belief_h[row, spare] = published_h
                table.days_since_use[row, spare] = NEVER
    weigh_modes(table, state.options.mode_share, state.values)


def _intern_option(state: WorldState, path: tuple[int, ...], column: int, group: int) -> int:
    """The number of this option; appended if it is new."""
    route = state.movement.routes.intern(path)
    known = np.flatnonzero((state.options.route == route) & (state.options.group == group))
    if known.size:
        return int(known[0])
    row = option_rows(state.network, state.movement.routes, [(route, column, group)])
    state.options = Options(
        *(np.concatenate([getattr(state.options, name), getattr(row, name)]) for name in Options.__slots__)
    )
    state.option_was_open = np.append(state.option_was_open, True)
    return len(state.options) - 1


def _fill_detours(state: WorldState, finder: PathFinder, cost: Floats, is_open: Bools) -> None:
    """For every arc that was open, is shut and holds traffic back: the way round to each destination, or -1 to wait.

    A closure is expected to last as long again as it has lasted. Drivers turn if the way round is cheaper, for the typical
    shipper of the class, than to wait so long and then go on as if all that was ever open were open again.
    """
    arcs, n_classes = state.network.arcs, cost.shape[1]
    was_open = arc_is_open(state.network, state.link_was_open)
    shut = np.flatnonzero(was_open & ~is_open & (arcs.facility >= 0))
    if not shut.size and not state.has_changed:
        return
    hoped, vot = class_costs(state, was_open), typical_vot(state)
    wait_h = HOURS_PER_DAY * state.days_shut[arcs.link[shut]]
    rows = np.full(len(arcs), -1, dtype=np.int32)
    rows[shut] = np.arange(shut.size)
    table = np.full((shut.size, state.network.n_states, n_classes), -1, dtype=np.int32)
    for column in range(n_classes if shut.size else 0):
        wanted = sorted({destination for _, destination, c in state.plan.demands if c == column})
        around, predecessor = finder.distances(cost[:, column], arcs.from_state[shut])
        onwards, _ = finder.distances(hoped[:, column], arcs.from_state[shut])
        onwards += (wait_h * (vot[column] + arcs.hour_usd_t[shut, column]))[:, None]
        turns = around * (1.0 + TURNING_MARGIN) < onwards
        for row, arc in enumerate(shut):
            for destination in wanted:
                if not turns[row, destination]:
                    continue
                path = finder.trace(predecessor[row], int(arcs.from_state[arc]), destination)
                if path:
                    table[row, destination, column] = state.movement.routes.intern(path)
    state.movement.set_detours(rows, table)
    if shut.size:
        state.movement.reconsider()


def trust_new_options(state: WorldState, price: Floats, published_h: Floats) -> None:
    """Options that open for the first time are believed at their announced time times 1 to ``optimism_high``, drawn once per
    (shipper, route)."""
    newly = np.isfinite(price) & ~state.option_was_open
    if not newly.any():
        return
    state.option_was_open = state.option_was_open | newly
    table = state.table
    rows, columns = np.nonzero((table.option >= 0) & newly[table.option])
    u = uniforms_of_pairs(
        np.uint64(state.movement.seed),
        np.uint64(int(Process.OPTIMISM)),
        table.key[rows],
        table.route_key[rows, columns],
    )
    trust = 1.0 + u * (state.values["optimism_high"] - 1.0)
    is_first_day = state.day == -state.warmup_days
    table.belief_h[rows, columns] = published_h[table.option[rows, columns]] * (1.0 if is_first_day else trust)
