"""Which route a consignment takes.

The default is nested, scale-free and monotone: with ``H_r = G_r * exp(delta_r)`` (G generalised cost, delta a mode's log penalty)

    P(r | n) ~ H_r**(-kappa / lam),   I_n = sum_r H_r**(-kappa / lam),   P(n) ~ I_n**lam,   G_i = (sum_n I_n**lam)**(-1 / kappa)

A nest is an ordered set of border posts and ports. Scale-free: costs twice as high leave the shares alone and double the
composite cost G_i. Multinomial, path-size, C-logit and the classical nested logit are plug-ins for one :class:`ChoiceRule`;
all of them read costs [n, K] (USD/t; inf: closed) and the :class:`Traits` of the routes, and return a :class:`Choice`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
import numpy.typing as npt

from abm.kernels import kernel, kernel_part
from abm.randomness import Process, mix, uniform

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
#: Nests are compared for equality only; any integer type will do.
Nests = npt.NDArray[np.signedinteger]

NO_ROUTE = -1
_ROUTE = int(Process.ROUTE)
#: Rounding can never make up for so much.
_NO_SOONER = 1.0 - 1e-9


# ---------------------------------------------------------------------------------------------------------------- kernels
@kernel_part
def _sort_into_nests(
    cost: Floats,
    delta: Floats,
    nest: Nests,
    i: int,
    column: Ints,
    log_cost: Floats,
    own: Ints,
    name: Ints,
    best_in: Floats,
) -> tuple[int, int]:
    """Open routes of row i, one after the other: ``column``, ln H, place of their nest; of each nest its number and least ln H.

    Returns how many routes and nests there are.
    """
    n_open, n_nests = 0, 0
    for r in range(cost.shape[1]):
        if nest[i, r] < 0 or not cost[i, r] < np.inf:
            continue
        value = math.log(cost[i, r]) + delta[i, r]
        k = 0
        while k < n_nests and name[k] != nest[i, r]:
            k += 1
        if k == n_nests:
            name[k], best_in[k] = nest[i, r], value
            n_nests += 1
        elif value < best_in[k]:
            best_in[k] = value
        column[n_open], log_cost[n_open], own[n_open] = r, value, k
        n_open += 1
    return n_open, n_nests


@kernel
def choose_nested(
    cost: Floats,
    delta: Floats,
    nest: Nests,
    kappa: Floats,
    lam: Floats,
    out_probability: Floats,
    out_composite: Floats,
) -> None:
    """Shares and composite cost of the default rule for n shippers with up to K routes each; writes the ``out`` arrays.

    ``cost`` [n, K] > 0, inf for a closed route; ``delta`` [n, K]; ``nest`` [n, K] a number per nest, negative where there
    is no route; ``kappa`` > 0 and 0 < ``lam`` <= 1 [n]. ``out_probability`` [n, K] sums to 1, or is all 0 with
    ``out_composite`` [n] inf if every route is closed. Works in logarithms relative to the best route, so that no power
    overflows. Checks nothing: :class:`NestedChoice` is the checked front.
    """
    n, width = cost.shape
    weight, best_in, weight_of = np.empty(width), np.empty(width), np.empty(width)
    column, own, name = np.empty(width, np.int64), np.empty(width, np.int64), np.empty(width, np.int64)
    out_probability[:] = 0.0
    for i in range(n):
        out_composite[i] = np.inf
        n_open, n_nests = _sort_into_nests(cost, delta, nest, i, column, weight, own, name, best_in)
        if n_open == 0:
            continue
        best = best_in[0]
        for k in range(1, n_nests):
            best = min(best, best_in[k])
        steep = kappa[i] / lam[i]
        weight_of[:] = 0.0
        for o in range(n_open):
            gap = weight[o] - best_in[own[o]]
            weight[o] = math.exp(-steep * gap) if gap > 0.0 else 1.0
            weight_of[own[o]] += weight[o]
        total = 0.0
        for k in range(n_nests):
            # ln of I_n**lam relative to the best route
            power = kappa[i] * (best - best_in[k])
            if weight_of[k] != 1.0:
                power += lam[i] * math.log(weight_of[k])
            attraction = math.exp(power) if power != 0.0 else 1.0
            total += attraction
            weight_of[k] = attraction / weight_of[k]
        for o in range(n_open):
            out_probability[i, column[o]] = weight[o] * (weight_of[own[o]] / total)
        out_composite[i] = math.exp(best - math.log(total) / kappa[i])


@kernel
def mean_costs(cost: Floats, probability: Floats, out: Floats) -> None:
    """Mean cost of the routes taken [n] by n shippers with these shares [n, K]; 0 without any route."""
    for i in range(cost.shape[0]):
        out[i] = 0.0
        for r in range(cost.shape[1]):
            if probability[i, r] > 0.0:
                out[i] += probability[i, r] * cost[i, r]


@kernel
def first_to_arrive(weight: Floats, route_key: Keys, i: int, state: np.uint64) -> int:
    """The column that wins row i's race, see :func:`race`, -1 for none; ``state``: (seed, route, shipper, number), mixed."""
    first, winner = np.inf, -1
    for r in range(weight.shape[1]):
        if weight[i, r] > 0.0:
            u = uniform(mix(state, route_key[i, r]))
            if (1.0 - u) * _NO_SOONER > first * weight[i, r]:  # -ln(u) >= 1 - u: too late, and no logarithm needed
                continue
            time = -math.log(u) / weight[i, r]
            if time < first:
                first, winner = time, r
    return winner


@kernel
def _race(weight: Floats, seed: np.uint64, shipper_key: Keys, number: Keys, route_key: Keys, out: Ints) -> None:
    start = mix(seed, np.uint64(_ROUTE))
    for i in range(weight.shape[0]):
        out[i] = first_to_arrive(weight, route_key, i, mix(mix(start, shipper_key[i]), number[i]))


def race(
    weight: Floats, seed: int, shipper_key: Keys, dispatch_number: npt.NDArray[np.integer], route_key: Keys
) -> Ints:
    """The column each shipper's lot takes: the first to arrive in a race of exponential times, ``-ln(u) / weight``.

    ``weight`` [n, K] >= 0: shares, or anything in proportion; ``shipper_key`` [n]; ``dispatch_number`` [n];
    ``route_key`` [n, K]. ``u`` is addressed by (shipper, number, route), so a new route takes from the others and
    reshuffles none. Returns [n], -1 where no weight is positive.
    """
    out = np.empty(weight.shape[0], dtype=np.int64)
    _race(
        np.ascontiguousarray(weight), np.uint64(seed), np.ascontiguousarray(shipper_key),
        np.ascontiguousarray(dispatch_number).astype(np.uint64), np.ascontiguousarray(route_key), out,
    )  # fmt: skip
    return out


# ---------------------------------------------------------------------------------------------------------------- the rules
@dataclass(frozen=True, slots=True)
class Traits:
    """What a rule may need to know of the routes besides their cost; all [n, K].

    nest: a number per nest, negative where there is no route. delta: log cost penalty. path_size: see :func:`path_size`, 1 for
    a route of its own. commonality: see :func:`commonality`, 0 for a route of its own.
    """

    nest: Nests
    delta: Floats
    path_size: Floats
    commonality: Floats

    def __post_init__(self) -> None:
        if any(getattr(self, field.name).shape != self.nest.shape for field in fields(self)):
            raise ValueError("nest, delta, path_size and commonality must have one shape")
        if not (self.path_size > 0.0).all():
            raise ValueError("path_size must be > 0")

    @classmethod
    def plain(cls, nest: npt.ArrayLike) -> "Traits":
        """Traits without penalties and overlaps."""
        numbers = np.array(nest, dtype=np.int64)
        zero, one = np.zeros(numbers.shape), np.ones(numbers.shape)
        return cls(nest=numbers, delta=zero, path_size=one, commonality=zero)

    @property
    def has_route(self) -> npt.NDArray[np.bool_]:
        """[n, K]: is there a route in this place?"""
        there: npt.NDArray[np.bool_] = self.nest >= 0
        return there


@dataclass(frozen=True, slots=True)
class Choice:
    """probability [n, K] sums to 1 (all 0 if every route is closed); composite [n]: cost of having the choice (then inf)."""

    probability: Floats
    composite: Floats


class ChoiceRule(Protocol):
    """How shippers split over their routes."""

    def choose(self, cost: Floats, traits: Traits) -> Choice:
        """Shares and composite cost for ``cost`` [n, K], inf where a route is closed. Raises ValueError for NaN."""
        ...


@dataclass(frozen=True, slots=True)
class NestedChoice:
    """The default rule. kappa: elasticity between nests; lam: dissimilarity within a nest (1: as between nests)."""

    kappa: float = 4.0
    lam: float = 0.3

    def __post_init__(self) -> None:
        _positive("kappa", self.kappa)
        _share("lam", self.lam)

    def choose(self, cost: Floats, traits: Traits) -> Choice:
        """See :func:`choose_nested`; also raises ValueError for a cost that is not above 0."""
        _check(cost, traits)
        if not (cost[traits.has_route] > 0.0).all():
            raise ValueError("cost must be > 0 for a scale-free choice")
        n = cost.shape[0]
        choice = Choice(np.empty(cost.shape), np.empty(n))
        choose_nested(
            np.array(cost, dtype=np.float64, order="C"), np.array(traits.delta, order="C"), np.array(traits.nest, order="C"),
            np.full(n, self.kappa), np.full(n, self.lam), choice.probability, choice.composite,
        )  # fmt: skip
        return choice


@dataclass(frozen=True, slots=True)
class CheapestRoute:
    """Everybody on the cheapest route (the first of equals): the default rule as kappa grows, a structural bound."""

    def choose(self, cost: Floats, traits: Traits) -> Choice:
        """Composite cost: the least ``G * exp(delta)``."""
        _check(cost, traits)
        penalised = np.where(traits.has_route, cost, np.inf) * np.exp(traits.delta)
        column = np.argmin(penalised, axis=1)[:, None]
        composite = np.take_along_axis(penalised, column, axis=1)[:, 0]
        probability = np.zeros(cost.shape)
        np.put_along_axis(probability, column, np.isfinite(composite)[:, None].astype(np.float64), axis=1)
        return Choice(probability, composite)


@dataclass(frozen=True, slots=True)
class MultinomialLogit:
    """``P ~ exp(-theta * cost)``; composite cost ``-ln(sum exp(-theta * cost)) / theta``. theta: 1 over the unit of cost."""

    theta: float

    def __post_init__(self) -> None:
        _positive("theta", self.theta)

    def choose(self, cost: Floats, traits: Traits) -> Choice:
        """Overlap and nests do not matter."""
        return _logit(cost, traits, self.theta, np.zeros(cost.shape))


@dataclass(frozen=True, slots=True)
class PathSizeLogit:
    """``P ~ PS**beta * exp(-theta * cost)`` (Ben-Akiva and Bierlaire 1999): overlapping routes weigh less."""

    theta: float
    beta: float = 1.0

    def __post_init__(self) -> None:
        _positive("theta", self.theta)
        _not_negative("beta", self.beta)

    def choose(self, cost: Floats, traits: Traits) -> Choice:
        """Uses ``traits.path_size``."""
        return _logit(cost, traits, self.theta, self.beta * np.log(traits.path_size))


@dataclass(frozen=True, slots=True)
class CLogit:
    """``P ~ exp(-theta * cost - beta * CF)`` (Cascetta et al. 1996): a commonality factor makes overlapping routes dearer."""

    theta: float
    beta: float = 1.0

    def __post_init__(self) -> None:
        _positive("theta", self.theta)
        _not_negative("beta", self.beta)

    def choose(self, cost: Floats, traits: Traits) -> Choice:
        """Uses ``traits.commonality``."""
        return _logit(cost, traits, self.theta, -self.beta * traits.commonality)


@dataclass(frozen=True, slots=True)
class NestedLogit:
    """Classical nested logit: :class:`NestedChoice` on ``exp(cost)``, ``P(r | n) ~ exp(-theta / lam * cost)``."""

    theta: float
    lam: float

    def __post_init__(self) -> None:
        _positive("theta", self.theta)
        _share("lam", self.lam)

    def choose(self, cost: Floats, traits: Traits) -> Choice:
        """Uses ``traits.nest``."""
        _check(cost, traits)
        closed = ~(traits.has_route & np.isfinite(cost))
        shifted, best = _relative(np.where(closed, np.inf, cost))
        weight = np.where(closed, 0.0, np.exp(-self.theta / self.lam * np.where(closed, 0.0, shifted)))
        same_nest = (traits.nest[:, :, None] == traits.nest[:, None, :]) & ~closed[:, None, :]
        inclusive = np.einsum("nrs,ns->nr", same_nest.astype(np.float64), weight)
        # A nest far behind the best may underflow to a weight of 0; its share is 0 then.
        alive = weight > 0.0
        share = np.zeros(cost.shape)
        share[alive] = weight[alive] * inclusive[alive] ** (self.lam - 1.0)
        return _normalised(share, best, self.theta)


# ---------------------------------------------------------------------------------------------------------------- overlap
def shared_length(routes: Sequence[Sequence[int]], length: Floats) -> Floats:
    """[K, K] length that each pair of routes has in common; the diagonal holds the routes' own lengths.

    ``routes``: arcs of each route; ``length`` [n_arcs] >= 0.
    """
    common = np.empty((len(routes), len(routes)))
    for i, one in enumerate(routes):
        for j, other in enumerate(routes):
            common[i, j] = sum(float(length[arc]) for arc in set(one) & set(other))
    return common


def path_size(routes: Sequence[Sequence[int]], length: Floats) -> Floats:
    """[K] ``PS_k = sum over arcs of l_a / L_k / (number of routes using a)``: 1 for a route of its own, 1/m for m equal ones.

    Raises ValueError for a route without length.
    """
    users: dict[int, int] = {}
    for route in routes:
        for arc in set(route):
            users[arc] = users.get(arc, 0) + 1
    sizes = np.empty(len(routes))
    for k, route in enumerate(routes):
        total = sum(float(length[arc]) for arc in set(route))
        if not total > 0.0:
            raise ValueError(f"route {k} has length {total}; overlap needs a length > 0")
        sizes[k] = sum(float(length[arc]) / total / users[arc] for arc in set(route))
    return sizes


def commonality(routes: Sequence[Sequence[int]], length: Floats, gamma: float = 1.0) -> Floats:
    """[K] ``CF_k = ln sum_l (L_kl / sqrt(L_k * L_l))**gamma``: 0 for a route of its own, ln m for m equal ones.

    Raises ValueError for a route without length.
    """
    _positive("gamma", gamma)
    common = shared_length(routes, length)
    own = np.diag(common)
    if not (own > 0.0).all():
        raise ValueError(f"route {int(np.argmin(own))} has length {own.min()}; overlap needs a length > 0")
    factors: Floats = np.log(((common / np.sqrt(np.outer(own, own))) ** gamma).sum(axis=1))
    return factors


# ---------------------------------------------------------------------------------------------------------------- helpers
def _logit(cost: Floats, traits: Traits, theta: float, bonus: Floats) -> Choice:
    _check(cost, traits)
    closed = ~(traits.has_route & np.isfinite(cost))
    shifted, best = _relative(np.where(closed, np.inf, cost - bonus / theta))
    return _normalised(np.where(closed, 0.0, np.exp(-theta * np.where(closed, 0.0, shifted))), best, theta)


def _relative(cost: Floats) -> tuple[Floats, Floats]:
    """Cost beyond the best, and the best (0 where all is closed, so that nothing becomes inf - inf)."""
    best = cost.min(axis=1)
    return cost - np.where(np.isfinite(best), best, 0.0)[:, None], best


def _normalised(weight: Floats, best: Floats, theta: float) -> Choice:
    total = weight.sum(axis=1)
    is_open = total > 0.0
    safe = np.where(is_open, total, 1.0)
    return Choice(weight / safe[:, None], np.where(is_open, best - np.log(safe) / theta, np.inf))


def _check(cost: Floats, traits: Traits) -> None:
    if cost.shape != traits.nest.shape:
        raise ValueError(f"cost must have the shape of the traits {traits.nest.shape}, not {cost.shape}")
    if np.isnan(cost[traits.has_route]).any():
        raise ValueError("cost must be a number, or inf for a closed route")


def _positive(name: str, value: float) -> None:
    if not 0.0 < value < math.inf:
        raise ValueError(f"{name} must be > 0 and finite, not {value}")


def _not_negative(name: str, value: float) -> None:
    if not 0.0 <= value < math.inf:
        raise ValueError(f"{name} must be >= 0 and finite, not {value}")


def _share(name: str, value: float) -> None:
    if not 0.0 < value <= 1.0:
        raise ValueError(f"{name} must be > 0 and at most 1, not {value}")
