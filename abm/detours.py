"""What shippers and drivers do when the network changes: fallback routes, ways round what is shut, trust in what is new."""

from dataclasses import dataclass

import numpy as np

from abm.agents.population import assign_option, weigh_modes
from abm.network.arcs import Bools, Floats, Int32s, Ints
from abm.network.events import LOST
from abm.network.options import Options, arc_is_open, option_rows
from abm.randomness import Process, uniforms_of_pairs
from abm.rules.staffing import line_hours
from abm.state import NEVER, WorldState
from abm.units import HOURS_PER_DAY

#: Who waits before a shut arc turns only for a way that is cheaper by this share.
TURNING_MARGIN = 0.05
#: Days of a closure on which ways round are weighed anew (Fibonacci's numbers). A closure is expected to last as long again as it
#: has lasted, so what decides is how many times as long it is by now: daily at first, then each time it has lasted about 1.6
#: times as long as when last weighed. After two months who would ever turn has turned.
WEIGHING_DAYS = frozenset((1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 55.0))
#: Ways round a post with so many places in line are weighed on mornings when the line has reached this share of them.
CROWDED_SHARE = 0.5


def open_arcs(state: WorldState) -> Bools:
    """Which arcs can be used today."""
    return arc_is_open(state.network, state.link_is_open)


def class_costs(state: WorldState, is_open: Bools) -> Floats:
    """Generalised cost of each arc and cargo class today for a typical shipper, USD/t, (n_arcs, n_classes); inf if closed.

    Typical: the median value of time of the class's shippers (0 where the class has none).
    """
    arcs, mean_h = state.network.arcs, state.published.mean_h()
    cost = state.numbers.price_usd_t + arcs.hour_usd_t * np.maximum(mean_h - state.numbers.free_time_h, 0.0)[:, None]
    cost += mean_h[:, None] * state.typical_vot
    cost[~is_open] = np.inf
    return np.asarray(cost)


def expected_wait_h(state: WorldState, is_open: Bools, days_shut: Floats) -> Floats:
    """Hours that goods sent today expect to stand before each arc that is shut, (n_arcs,); nan where nothing is sent to wait.

    A closure is expected to last as long again as it has lasted. Until it is ``backlog_days`` old goods are still sent towards
    it, if something on the link holds traffic back. ``days_shut`` (n_links,): how old closures are, 0 for none.
    """
    arcs, wait_h = state.network.arcs, np.full(len(state.network.arcs), np.nan)
    is_young = (days_shut > 0.0) & (days_shut <= state.values["backlog_days"])
    if not is_young.any():
        return wait_h
    holds = np.zeros(days_shut.size, dtype=np.bool_)
    holds[arcs.link[(arcs.facility >= 0) & (arcs.link >= 0)]] = True
    link = np.maximum(arcs.link, 0)
    shut = ~is_open & (arcs.link >= 0) & (is_young & holds)[link]
    wait_h[shut] = HOURS_PER_DAY * days_shut[link[shut]]
    return wait_h


def refresh_routes(state: WorldState) -> None:
    """Once a day. After a change, shippers without any open route get the shortest way there is; while a closure is young, or the
    places in line of a post run out, the loader hears who would rather turn than wait (see :data:`WEIGHING_DAYS`)."""
    state.link_was_open |= state.link_is_open
    is_shut = state.link_was_open & ~state.link_is_open
    state.days_shut = np.where(is_shut, state.days_shut + 1.0, 0.0)
    crowded = _crowded(state)
    is_weighed = not WEIGHING_DAYS.isdisjoint(state.days_shut.tolist())
    if not state.has_changed and not crowded.size and not is_weighed:
        return
    is_open = open_arcs(state)
    cost = class_costs(state, is_open)
    if state.has_changed:
        _assign_fallbacks(state, cost, is_open)
    _fill_detours(state, cost, is_open, crowded)
    state.has_changed = False


def _option_is_open(state: WorldState, is_open: Bools) -> Bools:
    routes, options = state.movement.routes, state.options
    n = len(routes)
    n_shut = np.append(0, np.cumsum(~is_open[routes.arcs[: routes.starts[n]]]))
    return np.asarray((n_shut[routes.starts[1 : n + 1]] == n_shut[routes.starts[:n]])[options.route])


def _assign_fallbacks(state: WorldState, cost: Floats, is_open: Bools) -> None:
    """Shippers all of whose own routes are shut get the shortest path on the network as it is, if there is one.

    When one of their own opens again, the fallback rests (nest -1): a closure must not leave a route behind.
    """
    table, spare = state.table, state.table.option.shape[1] - 1
    usable = np.append(_option_is_open(state, is_open), False)
    stranded = np.flatnonzero(~usable[table.option[:, :spare]].any(axis=1))
    if not stranded.size and (table.nest[:, spare] < 0).all():
        return
    table.nest[:, spare] = -1
    for group in np.unique(table.group[stranded]):
        origin, destination, column = state.plan.demands[group]
        path = state.finder.path(cost[:, column], origin, destination)
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


def _crowded(state: WorldState) -> Ints:
    """Arcs of open posts whose places in line are half taken or more."""
    posts, rows = state.posts.traits, state.posts.traits.limited
    if not rows.size:
        return rows
    facility, arc = posts.facility[rows], posts.arc[rows]
    is_crowded = (
        state.movement.queue_consignments[facility] >= CROWDED_SHARE * state.network.facilities.queue_max[facility]
    )
    return np.asarray(arc[is_crowded & state.link_is_open[state.network.arcs.link[arc]]])


@dataclass
class _WaysRound:
    """A detour table as :meth:`EventMovement.set_detours` takes it: one row for each arc of ``arcs``."""

    arcs: Ints
    route: Int32s
    patience: Floats


def _fill_detours(state: WorldState, cost: Floats, is_open: Bools, crowded: Ints) -> None:
    """The way round to each destination, or -1 to wait: for every arc that was open, is shut and holds traffic back, and for
    every post that has so many places in line and no more."""
    arcs = state.network.arcs
    was_open = arc_is_open(state.network, state.link_was_open)
    shut = np.flatnonzero(was_open & ~is_open & (arcs.facility >= 0))
    posts = state.posts.traits
    limited = np.setdiff1d(posts.arc[posts.limited], shut)
    if not shut.size and not limited.size and not state.has_changed:
        return
    held = np.concatenate([shut, limited])
    shape = (held.size, state.network.n_states, cost.shape[1])
    ways = _WaysRound(held, np.full(shape, -1, dtype=np.int32), np.zeros(shape))
    if shut.size:
        _round_shut(state, cost, was_open, shut, ways)
    for row in range(shut.size, held.size):
        # Background is told nothing of ways round: whoever of it finds no place in line is not seen again.
        ways.route[row, arcs.to_state[held[row]]] = LOST
        if held[row] in crowded:
            _round_full(state, cost, row, ways)
    rows = np.full(len(arcs), -1, dtype=np.int32)
    rows[held] = np.arange(held.size)
    state.movement.set_detours(rows, ways.route, ways.patience)
    if held.size:
        state.movement.reconsider()


def _wanted(state: WorldState) -> Bools:
    """Which states are destinations of which cargo classes (n_states, n_classes)."""
    wanted = np.zeros((state.network.n_states, len(state.network.classes)), dtype=np.bool_)
    for _, destination, column in state.plan.demands:
        wanted[destination, column] = True
    return wanted


def _bound_over(state: WorldState, held: Ints) -> Bools:
    """Destinations of all routes over each of these arcs (n_held, n_states): nobody bound for another one will stand there."""
    routes, arcs = state.movement.routes, state.network.arcs
    starts = routes.starts[: len(routes) + 1]
    row_of_arc = np.full(len(arcs), -1)
    row_of_arc[held] = np.arange(held.size)
    row = row_of_arc[routes.arcs[: starts[-1]]]
    hits = np.flatnonzero(row >= 0)
    route = np.searchsorted(starts, hits, side="right") - 1
    bound = np.zeros((held.size, state.network.n_states), dtype=np.bool_)
    bound[row[hits], arcs.to_state[routes.arcs[starts[route + 1] - 1]]] = True
    return bound


def _round_shut(state: WorldState, cost: Floats, was_open: Bools, shut: Ints, ways: _WaysRound) -> None:
    """A closure is expected to last as long again as it has lasted. Drivers turn if the way round is cheaper, for the typical
    shipper of the class, than to wait so long and then go on as if all that was ever open were open again."""
    arcs, hoped, vot = state.network.arcs, class_costs(state, was_open), state.typical_vot
    wait_h = HOURS_PER_DAY * state.days_shut[arcs.link[shut]]
    bound, wanted = _bound_over(state, shut), _wanted(state)
    for column in range(cost.shape[1]):
        asks = bound & wanted[:, column]
        rows = np.flatnonzero(asks.any(axis=1))
        here = arcs.from_state[shut[rows]]
        around, predecessor = state.finder.distances(cost[:, column], here, asks[rows])
        onwards, _ = state.finder.distances(hoped[:, column], here, asks[rows])
        onwards += (wait_h[rows] * (vot[column] + arcs.hour_usd_t[shut[rows], column]))[:, None]
        turns = asks[rows] & (around * (1.0 + TURNING_MARGIN) < onwards)
        for row, destination in np.argwhere(turns).tolist():
            path = state.finder.trace(predecessor[row], int(here[row]), destination)
            if path:
                ways.route[rows[row], destination, column] = state.movement.routes.intern(path)


def _round_full(state: WorldState, cost: Floats, row: int, ways: _WaysRound) -> None:
    """Who finds no place in line turns if the way round is cheaper, by the margin, than the line before the post and then on.

    The line is told in vehicles: from how many ahead it is worth turning. Who does not turn waits outside and loses nothing
    but time: goods do not vanish because a car park is full.
    """
    arcs, vot, arc = state.network.arcs, state.typical_vot, int(ways.arcs[row])
    here, beyond = int(arcs.from_state[arc]), int(arcs.to_state[arc])
    quiet_h = state.published.announced_h[arc]
    facility = arcs.facility[arc]
    post = [int(arcs.post[arc])]
    posts = state.posts.traits
    wanted = _wanted(state)
    of_vehicle_h = line_hours(np.ones(1), state.numbers.service_h[[facility]], posts.servers[post], posts.open_h[post])
    for column in range(cost.shape[1]):
        without = cost[:, column].copy()
        without[arc] = np.inf
        (around, onwards), predecessor = state.finder.distances(without, [here, beyond])
        hour_usd = vot[column] + arcs.hour_usd_t[arc, column]
        onwards += state.numbers.price_usd_t[arc, column] + hour_usd * quiet_h
        for destination in np.flatnonzero(wanted[:, column]).tolist():
            path = state.finder.trace(predecessor[0], here, destination)
            if not path:
                continue
            spare = around[destination] * (1.0 + TURNING_MARGIN) - onwards[destination]
            ways.route[row, destination, column] = state.movement.routes.intern(path)
            ways.patience[row, destination, column] = _vehicles_worth(spare, hour_usd * float(of_vehicle_h[0]))


def _vehicles_worth(spare_usd: float, vehicle_usd: float) -> float:
    """Vehicles ahead that cost as much as one would have to pay more for going round: at that many, one turns."""
    if spare_usd <= 0.0:
        return 0.0
    return spare_usd / vehicle_usd if vehicle_usd > 0.0 else np.inf


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
