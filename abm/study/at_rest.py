"""The base year at rest, with any part of the network shut, without running a world.

Every trade relation splits over its routes by the model's own choice rule, at its own duty and value of time, and routes are
chosen at the waits that they cause (approximate ones, see :func:`abm.start.waits_at_flow`). Who has no route of its own left
takes the shortest open way, if there is one. Quantities stay those of the base year.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, vstack

from abm.agents.population import mode_penalties
from abm.corridor.scenario import Scenario
from abm.detours import class_costs
from abm.network.arcs import Bools, Floats, Ints
from abm.network.options import arc_is_open, option_rows
from abm.network.paths import PathFinder
from abm.network.stochastic import stochastic_equilibrium
from abm.rules.choice import NestedChoice, Traits
from abm.start import start_near_rest, waits_at_flow
from abm.state import new_world
from abm.units import DAYS_PER_YEAR

#: Flows at rest reproduce themselves within this share of the largest one.
TOLERANCE = 1e-6
_MOST_ITERATIONS = 400


@dataclass(frozen=True)
class Rest:
    """A state at rest. shares (n, K): of each relation's tonnes by route; composite, mean_cost (n,): USD/t (inf and 0 without a
    route); flow (n_arcs,): tonnes a day; wait_h (n_arcs,): hours in line; passes (n, K, as csr rows): see :meth:`share_over`.
    residual: by how much the flows miss reproducing themselves, as a share of the largest."""

    shares: Floats
    composite: Floats
    mean_cost: Floats
    flow: Floats
    wait_h: Floats
    residual: float
    routes: "RelationRoutes"

    def share_over(self, arcs: Bools) -> Floats:
        """Share (n,) of each relation's tonnes whose route passes at least one of these arcs."""
        return np.asarray((self.shares * self.routes.hits(arcs)).sum(axis=1))

    @property
    def has_route(self) -> Bools:
        """Which relations (n,) can send anything at all."""
        return np.isfinite(self.composite)


class RelationRoutes:
    """Up to K routes of each of n relations; relations of one demand share theirs.

    ``incidence``: (n_options, n_arcs). ``option`` (n, K): -1 where there is none. Costs follow :mod:`abm.rules.cost`.
    """

    def __init__(
        self,
        incidence: csr_array,
        option: Ints,
        traits: Traits,
        cargo_class: Ints,
        worth: tuple[Floats, Floats, Floats],
    ) -> None:
        self.shape = (int(option.shape[0]), int(option.shape[1]))
        self.traits = traits
        self._incidence, self._loading = incidence, csr_array(incidence.T)
        self._known, self._safe = option >= 0, np.maximum(option, 0)
        self._class = cargo_class[:, None]
        self._duty, self._vot, self._vor = (values[:, None] for values in worth)

    def cost(self, arc_cost: Floats) -> Floats:
        """G (n, K), USD/t. ``arc_cost`` (n_arcs, n_classes + 2): money by class (inf: closed), hours, variance in h2."""
        by_option = self._incidence @ arc_cost
        money = by_option[self._safe, self._class]
        hours, variance = by_option[self._safe, -2], by_option[self._safe, -1]
        cost = money * (1.0 + self._duty) + self._vot * hours + self._vor * np.sqrt(variance)
        return np.where(self._known, cost, np.inf)

    def load(self, route_flow: Floats) -> Floats:
        """Tonnes a day (n_arcs,) that follow from ``route_flow`` (n, K)."""
        weights = np.where(self._known, route_flow, 0.0).ravel()
        by_option = np.bincount(self._safe.ravel(), weights=weights, minlength=self._incidence.shape[0])
        return np.asarray(self._loading @ by_option)

    def hits(self, arcs: Bools) -> Bools:
        """Which routes (n, K) pass at least one of these arcs."""
        by_option = self._incidence @ arcs.astype(np.float64) > 0.0
        return np.asarray(by_option[self._safe] & self._known)


class StaticWorld:
    """One case and its assumptions, ready to be brought to rest with any arcs shut (:meth:`rest`).

    state: a world that is never run; its table holds the relations, one row per shipper. is_open (n_arcs,): today.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.state = start_near_rest(new_world(scenario))
        state = self.state
        arcs, table, routes = state.network.arcs, state.table, state.movement.routes
        self.is_open = arc_is_open(state.network, state.link_is_open)
        self._rule = NestedChoice(state.values["kappa"], state.values["lam"])
        self._finder = PathFinder(arcs.from_state, arcs.to_state, state.network.n_states)
        self._incidence = _incidence([routes.path(int(route)) for route in state.options.route], len(arcs))
        self._amount = table.base_t / DAYS_PER_YEAR
        self._known: Rest | None = None

    @property
    def base(self) -> Rest:
        """At rest on the network as it is; found once."""
        if self._known is None:
            self._known = self._solved(np.zeros(len(self.state.network.arcs), dtype=np.bool_), None)
        return self._known

    def rest(self, shut: Bools) -> Rest:
        """At rest with these arcs (n_arcs,) shut on top of what is closed today, from the base year's flows.

        Arcs over which nobody goes change nothing.
        """
        return self._solved(shut, self.base.flow) if self.base.share_over(shut).any() else self.base

    def _solved(self, shut: Bools, start: Floats | None) -> Rest:
        state, is_open = self.state, self.is_open & ~shut
        arcs, price = state.network.arcs, state.numbers.price_usd_t
        routes = self._routes(is_open)
        announced, variance = state.published.announced_h, state.published.announced_variance_h2

        def arc_cost(flow: Floats) -> Floats:
            wait = waits_at_flow(state, flow)
            hours = announced + wait
            money = price + arcs.hour_usd_t * np.maximum(hours - state.numbers.free_time_h, 0.0)[:, None]
            money[~is_open] = np.inf
            return np.column_stack([money, hours, variance + wait**2])

        found = stochastic_equilibrium(
            self._amount, routes, arc_cost, self._rule, TOLERANCE, _MOST_ITERATIONS, start=start
        )
        mean_cost = (found.shares * np.where(found.shares > 0.0, found.cost, 0.0)).sum(axis=1)
        wait_h = waits_at_flow(state, found.flow)
        return Rest(found.shares, found.composite, mean_cost, found.flow, wait_h, found.residual, routes)

    def _routes(self, is_open: Bools) -> RelationRoutes:
        """The case's own routes, and the shortest open way in the last column for those that have none of them left."""
        table = self.state.table
        option, nest, delta = table.option.astype(np.int64), table.nest.astype(np.int64), table.delta.copy()
        incidence = self._incidence
        usable = np.append(incidence @ (~is_open).astype(np.float64) == 0.0, False)
        stranded = np.flatnonzero(~usable[option].any(axis=1))
        spare = option.shape[1] - 1
        paths = self._ways_round(is_open, np.unique(table.group[stranded]).tolist())
        if paths:
            first, rows = incidence.shape[0], list(paths.values())
            incidence = csr_array(vstack([incidence, _incidence([path for path, _, _ in rows], incidence.shape[1])]))
            for number, group in enumerate(paths):
                of_group = stranded[table.group[stranded] == group]
                option[of_group, spare] = first + number
                nest[of_group, spare], delta[of_group, spare] = rows[number][1:]
        traits = Traits(nest, delta, np.ones(nest.shape), np.zeros(nest.shape))
        return RelationRoutes(
            incidence, option, traits, table.cargo_class.astype(np.int64), (table.duty, table.vot, table.vor)
        )

    def _ways_round(self, is_open: Bools, groups: Sequence[int]) -> dict[int, tuple[tuple[int, ...], int, float]]:
        """Path, nest and log penalty of the shortest open way of each group that has one."""
        state = self.state
        cost = class_costs(state, is_open) if groups else np.zeros(0)
        penalty = mode_penalties(state.values)
        found = {}
        for group in groups:
            origin, destination, column = state.plan.demands[group]
            path = self._finder.path(cost[:, column], origin, destination)
            if path is not None:
                row = option_rows(
                    state.network, state.movement.routes, [(state.movement.routes.intern(path), column, group)]
                )
                delta = float(row.mode_share[0] @ penalty[:, column])
                found[group] = (path, int(row.nest[0]), delta)
        return found


def _incidence(paths: Sequence[Sequence[int]], n_arcs: int) -> csr_array:
    """(n_paths, n_arcs), 1 where a path passes an arc."""
    flat = np.array([arc for path in paths for arc in path], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum([len(path) for path in paths])])
    return csr_array((np.ones(flat.size), flat, starts), shape=(len(paths), n_arcs))
