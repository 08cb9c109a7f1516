"""What carriers offer and charge: capacity of a circuit, who carries what on a shared arc, prices by direction.

    capacity = V * payload * 24 / C                           tonnes a day each way; C: hours of one circuit
    share_s  ~ capacity_s * m_s**(-kappa_c)                   of an arc's flow, among the services that run over it
    d log m / dt = response * (load - load_0) - decay * log m       by direction; m >= floor

``m`` is what a service charges over the case's freight rate. At the base year's load it rests at 1; a load that stays ``d`` above
it ends at ``m = exp(response / decay * d)``. So the direction that empties gets cheaper, down to what handling a backhaul costs.
A regulated carrier does not answer at all: its rates move by policy.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abm.units import HOURS_PER_DAY

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Shares that differ by less than this, relatively, are alike.
_ALIKE = 1e-9


@dataclass(frozen=True, slots=True)
class PricingParameters:
    """carrier_choice: how sharply a shared flow goes to the cheaper service; response_per_year, decay_per_year: speed at which a
    price follows the load and returns to the rate; floor_share: least price, as a share of the rate.

    Raises ValueError, naming the field and the rule, for values outside their domain.
    """

    carrier_choice: float
    response_per_year: float
    decay_per_year: float
    floor_share: float

    def __post_init__(self) -> None:
        for name in ("carrier_choice", "response_per_year"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name}: {getattr(self, name)} must be >= 0")
        if not self.decay_per_year > 0.0:
            raise ValueError(f"decay_per_year: {self.decay_per_year} must be > 0")
        if not 0.0 < self.floor_share <= 1.0:
            raise ValueError(f"floor_share: {self.floor_share} must be in (0, 1]")


def capacity_t_per_day(vehicles: Floats, payload_t: Floats, cycle_h: Floats) -> Floats:
    """Tonnes a day that each service offers each way, shape (n,): ``V * payload * 24 / C``."""
    return np.asarray(vehicles * payload_t * HOURS_PER_DAY / cycle_h)


def vehicles_needed(t_per_day: Floats, load_share: Floats, payload_t: Floats, cycle_h: Floats) -> Floats:
    """Vehicles with which a flow of the fuller direction makes this load factor: the inverse of :func:`capacity_t_per_day`."""
    return np.asarray(t_per_day / load_share * cycle_h / (payload_t * HOURS_PER_DAY))


def flow_shares(weight: Floats, group: Ints, n_groups: int) -> Floats:
    """Share of each row in the total weight of its group, shape as ``weight``; 0 in a group without any weight."""
    total = np.bincount(group, weights=weight, minlength=n_groups)[group]
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0.0)


def through_tonnes(flow_t: Floats, share: Floats, side: Ints, arc: Ints, n_sides: int, n_arcs: int) -> Floats:
    """Tonnes that each segment carries, shape as ``share``, when cargo keeps its service to the end of the circuit.

    flow_t (n_arcs,); share: first split of each arc's flow; side, arc: of each segment. What a service carries where it is least
    shared (the smallest such tonnes) goes with it over the arcs that others use, too: the flow of an arc is split by these. Where
    no member of an arc has any, the first split stands.
    """
    first = flow_t[arc] * share
    own = np.zeros(n_sides)
    np.maximum.at(own, side, share)
    is_own = share >= own[side] * (1.0 - _ALIKE)
    least = np.full(n_sides, np.inf)
    np.minimum.at(least, side[is_own], first[is_own])
    through = flow_shares(least[side], arc, n_arcs)
    has_any = np.bincount(arc, weights=through, minlength=n_arcs)[arc] > 0.0
    return np.asarray(np.where(has_any, flow_t[arc] * through, first))


def offer_weight(capacity: Floats, markup: Floats, parameters: PricingParameters) -> Floats:
    """How much of a shared flow an offer draws, up to a factor: ``capacity * m**(-kappa_c)``."""
    return np.asarray(capacity * markup ** (-parameters.carrier_choice))


def mean_markup(share: Floats, markup: Floats, group: Ints, n_groups: int) -> Floats:
    """Flow-weighted price of each group, shape (n_groups,); exactly 1 where every member charges the rate, and without any."""
    return np.asarray(1.0 + np.bincount(group, weights=share * (markup - 1.0), minlength=n_groups))


def reprice(
    markup: Floats, load: Floats, load_0: Floats, is_regulated: Bools, years: float, parameters: PricingParameters
) -> Floats:
    """m after ``years`` at this load, exact for a constant load; exactly 1 stays 1 at ``load_0``. All arrays have one shape."""
    kept = np.exp(-parameters.decay_per_year * years)
    rest = parameters.response_per_year / parameters.decay_per_year * (load - load_0)
    log_markup = np.log(markup) * kept + rest * (1.0 - kept)
    moved = np.exp(np.maximum(log_markup, np.log(parameters.floor_share)))
    return np.where(is_regulated, 1.0, moved)
