"""What shippers and drivers do when the network changes: fallback routes, ways round what is shut, trust in what is new."""

import numpy as np

from abm.agents.population import assign_option, weigh_modes
from abm.network.arcs import Bools, Floats
from abm.network.options import Options, arc_is_open, option_rows
from abm.network.paths import PathFinder
from abm.randomness import Process, uniforms_of_pairs
from abm.state import NEVER, WorldState


def open_arcs(state: WorldState) -> Bools:
    """Which arcs can be used today."""
    return arc_is_open(state.network, state.link_is_open)


def class_costs(state: WorldState, is_open: Bools) -> Floats:
    """Generalised cost of each arc and cargo class today for a typical shipper, USD/t, (n_arcs, n_classes); inf if closed.

    Typical: the median value of time of the class's shippers (0 where the class has none).
    """
    table, arcs = state.table, state.network.arcs
    mean_h = state.published.mean_h()
    cost = state.numbers.price_usd_t + arcs.hour_usd_t * np.maximum(mean_h - arcs.free_time_h, 0.0)[:, None]
    for column in range(cost.shape[1]):
        shippers = table.vot[table.cargo_class == column]
        cost[:, column] += (np.median(shippers) if shippers.size else 0.0) * mean_h
    cost[~is_open] = np.inf
    return cost


def refresh_routes(state: WorldState) -> None:
    """After a change: give shippers without any open route the shortest way there is, and let the loader know the ways round."""
    state.link_was_open |= state.link_is_open
    is_open = open_arcs(state)
    cost = class_costs(state, is_open)
    arcs = state.network.arcs
    finder = PathFinder(arcs.from_state, arcs.to_state, state.network.n_states)
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
    """For every arc that was open, is shut and holds traffic back: the way round to each destination, or -1 to wait."""
    arcs, n_classes = state.network.arcs, cost.shape[1]
    shut = np.flatnonzero(arc_is_open(state.network, state.link_was_open) & ~is_open & (arcs.facility >= 0))
    rows = np.full(len(arcs), -1, dtype=np.int32)
    rows[shut] = np.arange(shut.size)
    table = np.full((shut.size, state.network.n_states, n_classes), -1, dtype=np.int32)
    for column in range(n_classes if shut.size else 0):
        wanted = sorted({destination for _, destination, c in state.plan.demands if c == column})
        _, predecessor = finder.distances(cost[:, column], arcs.from_state[shut])
        for row, arc in enumerate(shut):
            for destination in wanted:
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
