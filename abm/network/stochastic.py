"""Stochastic user equilibrium: the loads that follow from choices are the loads that the choices were made at.

Works with any choice rule over given route sets and any cost of arcs that depends on their flow (road congestion, queues).
Sources: Daganzo and Sheffi (1977); mixing of past iterates after Anderson (1965), in the form of Walker and Ni (2011);
self-regulated averaging after Liu, He and He (2009).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.sparse import csr_array

from abm.network.arcs import Floats, Ints
from abm.rules.choice import ChoiceRule, Traits

#: Cost of every arc at given flows: [n_arcs], or [n_arcs, n_classes].
ArcCost = Callable[[Floats], Floats]

_MIXED_ITERATES = 12
#: Extrapolation is given up for a while of averaging when it is this many times worse than where it began, or has been no better
#: for this many iterates.
_LOST = 4.0
_IDLE_ITERATES = 15
_AVERAGED_ITERATES = 40
#: How much the divisor of an averaging step grows after a worse and after a better state (Liu, He and He 2009).
_WORSE, _BETTER = 1.8, 0.05


class Routed(Protocol):
    """What the solver needs of n demands with up to K routes each: :class:`RouteSets`, or what weighs costs otherwise."""

    shape: tuple[int, int]
    traits: Traits

    def cost(self, arc_cost: Floats) -> Floats:
        """[n, K] cost of the routes, inf where there is none or it is closed, from numbers by arc."""
        ...

    def load(self, route_flow: Floats) -> Floats:
        """[n_arcs] flow that follows from ``route_flow`` [n, K]."""
        ...


class RouteSets:
    """Routes of n demands, up to K each, as one sparse matrix; the routes keep their places (row, column) in [n, K] arrays.

    ``sets``: arcs of the routes of each demand. ``class_column``: [n] column of the arc cost table that a demand reads (0).
    ``traits``: [n, K] of the choice rule; without them each route is a nest of its own. Raises ValueError for an empty set,
    an arc out of range, or traits of another shape.
    """

    def __init__(
        self,
        sets: Sequence[Sequence[Sequence[int]]],
        n_arcs: int,
        class_column: Ints | None = None,
        traits: Traits | None = None,
    ) -> None:
        if not sets or not all(sets):
            raise ValueError("every demand needs at least one route")
        sizes = np.array([len(routes) for routes in sets])
        flat = [route for routes in sets for route in routes]
        arcs = np.array([arc for route in flat for arc in route], dtype=np.int64)
        if arcs.size and not (arcs.min() >= 0 and arcs.max() < n_arcs):
            raise ValueError(f"an arc must be 0 to {n_arcs - 1}")
        starts = np.concatenate([[0], np.cumsum([len(route) for route in flat])])
        self.shape = (len(sets), int(sizes.max()))
        self.row = np.repeat(np.arange(len(sets)), sizes)
        self.column = np.concatenate([np.arange(size) for size in sizes])
        self._incidence = csr_array((np.ones(arcs.size), arcs, starts), shape=(len(flat), n_arcs))
        self._loading = csr_array(self._incidence.T)
        self._class = None if class_column is None else class_column[self.row]
        if traits is None:
            nest = np.full(self.shape, -1, dtype=np.int64)
            nest[self.row, self.column] = self.column
            traits = Traits.plain(nest)
        if traits.nest.shape != self.shape or not traits.has_route[self.row, self.column].all():
            raise ValueError(f"traits must have shape {self.shape} and a nest >= 0 for every route")
        self.traits = traits

    def cost(self, arc_cost: Floats) -> Floats:
        """[n, K] cost of the routes, inf where there is none, from ``arc_cost`` [n_arcs] or [n_arcs, n_classes]."""
        by_route = self._incidence @ arc_cost
        if by_route.ndim == 2:
            classes = self._class if self._class is not None else np.zeros(self.row.size, dtype=np.int64)
            by_route = by_route[np.arange(self.row.size), classes]
        cost = np.full(self.shape, np.inf)
        cost[self.row, self.column] = by_route
        return cost

    def load(self, route_flow: Floats) -> Floats:
        """[n_arcs] flow that follows from ``route_flow`` [n, K]."""
        flow: Floats = self._loading @ route_flow[self.row, self.column]
        return flow


@dataclass(frozen=True, slots=True)
class StochasticEquilibrium:
    """Shares and loads that agree, as far as ``residual`` tells.

    shares, cost: [n, K]. composite: [n]. flow: [n_arcs] that follows from the shares. residual: the largest difference between
    that and the flow the shares were chosen at, over the largest flow. n_iterations: evaluations of the choice rule.
    """

    shares: Floats
    cost: Floats
    composite: Floats
    flow: Floats
    residual: float
    n_iterations: int


def respond(amount: Floats, sets: Routed, arc_cost: ArcCost, rule: ChoiceRule, flow: Floats) -> tuple[Floats, Floats]:
    """Shares [n, K] chosen at the costs of ``flow`` [n_arcs], and the flow that follows from them."""
    shares = rule.choose(sets.cost(arc_cost(flow)), sets.traits).probability
    return shares, sets.load(shares * amount[:, None])


def stochastic_equilibrium(
    amount: Floats,
    sets: Routed,
    arc_cost: ArcCost,
    rule: ChoiceRule,
    tolerance: float = 1e-9,
    max_iterations: int = 2000,
    start: Floats | None = None,
) -> StochasticEquilibrium:
    """The fixed point of choice and load for ``amount`` [n] >= 0, from ``start`` [n_arcs] or an equal split over each set.

    The next flow is extrapolated from the last few (Anderson mixing). Whenever that leads astray, the search goes back to
    where it started from and on by self-regulated averaging for a while, each time longer. Returns the best state if
    ``max_iterations`` do not suffice: ``residual`` tells. A demand all of whose routes are closed loads nothing. Raises
    ValueError for a wrong amount.
    """
    if amount.shape != (sets.shape[0],) or not (amount >= 0.0).all():
        raise ValueError(f"amount must have one entry >= 0 per demand ({sets.shape[0]})")
    flow = _equal_split(amount, sets) if start is None else start
    best, best_residual = flow, np.inf
    stepper, evaluations = _Stepper(flow), 0
    while evaluations < max_iterations:
        following = respond(amount, sets, arc_cost, rule, flow)[1]
        evaluations += 1
        residual = _residual(flow, following)
        if residual < best_residual:
            best, best_residual = flow, residual
            if residual <= tolerance:
                break
        flow = stepper.next(flow, following, residual)
    choice_cost = sets.cost(arc_cost(best))
    choice = rule.choose(choice_cost, sets.traits)
    return StochasticEquilibrium(
        shares=choice.probability,
        cost=choice_cost,
        composite=choice.composite,
        flow=sets.load(choice.probability * amount[:, None]),
        residual=best_residual,
        n_iterations=evaluations,
    )


def _equal_split(amount: Floats, sets: Routed) -> Floats:
    has_route = sets.traits.has_route
    return sets.load(has_route / has_route.sum(axis=1, keepdims=True) * amount[:, None])


def _residual(flow: Floats, following: Floats) -> float:
    largest = float(following.max(initial=0.0))
    return float(np.abs(following - flow).max(initial=0.0)) / largest if largest > 0.0 else 0.0


class _Stepper:
    """Where to look next: by mixing while that helps, else by averaging from the last state that was any good."""

    def __init__(self, flow: Floats) -> None:
        self._anchor, self._anchor_residual, self._idle = flow, np.inf, 0
        self._mixer, self._divisor = _Mixer(), 1.0
        self._averaging, self._patience, self._before = 0, _AVERAGED_ITERATES, np.inf

    def next(self, flow: Floats, following: Floats, residual: float) -> Floats:
        before, self._before = self._before, residual
        self._idle += 1
        if self._averaging or residual < self._anchor_residual:
            self._anchor, self._anchor_residual, self._idle = flow, residual, 0
        if self._averaging:
            self._averaging -= 1
            self._divisor += _WORSE if residual >= before else _BETTER
            averaged: Floats = flow + (following - flow) / self._divisor
            return averaged
        if residual > _LOST * self._anchor_residual or self._idle > _IDLE_ITERATES:
            self._mixer, self._before = _Mixer(), np.inf
            self._averaging, self._patience = self._patience, 2 * self._patience
            return self._anchor
        return np.maximum(self._mixer.next(flow, following - flow, 1.0 / self._divisor), 0.0)


class _Mixer:
    """Anderson mixing: the combination of past states whose combined change would be least."""

    def __init__(self) -> None:
        self._states: list[Floats] = []
        self._changes: list[Floats] = []

    def next(self, state: Floats, change: Floats, damping: float) -> Floats:
        self._states = [*self._states[-_MIXED_ITERATES:], state]
        self._changes = [*self._changes[-_MIXED_ITERATES:], change]
        if len(self._states) == 1:
            return state + damping * change
        state_steps = np.diff(np.array(self._states), axis=0).T
        change_steps = np.diff(np.array(self._changes), axis=0).T
        weights = np.linalg.lstsq(change_steps, change, rcond=1e-12)[0]
        mixed: Floats = state + damping * change - (state_steps + damping * change_steps) @ weights
        return mixed
