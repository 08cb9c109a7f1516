"""Where vehicles go: a logit on profit per vehicle-day, anchored so that the base year is a fixed point.

    weight_s = V_s0 * exp(theta * (pi_s - pi_s0) / scale)          open services, and parking, which earns 0
    V_s <- V_s + rho * (V * weight_s / sum weight - V_s)           at each review; V: all vehicles of the carrier

``scale`` is what a vehicle of the carrier takes in a day in the base year, so that theta has no unit. The shares follow from
today's profits alone: when profits return, so do the vehicles. Fleets as a whole grow or shrink slowly with the profit margin;
vehicles that are hired (lorries) follow their load instead.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Profits differ by at most this in the exponent: one side of e**20 is everything, and nothing overflows.
LARGEST_EXPONENT = 20.0
#: A hired fleet at most doubles or halves at one review.
LARGEST_STEP = 2.0


@dataclass(frozen=True, slots=True)
class DeploymentParameters:
    """redeploy_share: part of the gap that closes at a review; response: theta; growth_per_year: growth of a fleet whose margin
    has risen by one; elastic_share: how far a hired fleet follows its load (1: all the way).

    Raises ValueError, naming the field and the rule, for values outside their domain.
    """

    redeploy_share: float
    response: float
    growth_per_year: float
    elastic_share: float

    def __post_init__(self) -> None:
        for name in ("redeploy_share", "elastic_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name}: {getattr(self, name)} must be in [0, 1]")
        for name in ("response", "growth_per_year"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name}: {getattr(self, name)} must be >= 0")


def target_shares(
    anchor: Floats, gain: Floats, is_open: Bools, owner: Ints, n_owners: int, parameters: DeploymentParameters
) -> Floats:
    """Share of its owner's vehicles that each place is to have, shape (n,); they sum to 1 for each owner with an open place.

    anchor: vehicles in the base year. gain: profit per vehicle-day less that of the base year, over the owner's scale. A place
    that is not open gets nothing.
    """
    weight = anchor * np.exp(np.clip(parameters.response * gain, -LARGEST_EXPONENT, LARGEST_EXPONENT))
    weight = np.where(is_open, weight, 0.0)
    total = np.bincount(owner, weights=weight, minlength=n_owners)[owner]
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0.0)


def redeploy(vehicles: Floats, share: Floats, owner: Ints, n_owners: int, parameters: DeploymentParameters) -> Floats:
    """Vehicles at each place after one review, shape (n,). No vehicle is made or lost; where no place is open, all stay."""
    total = np.bincount(owner, weights=vehicles, minlength=n_owners)[owner]
    has_target = np.bincount(owner, weights=share, minlength=n_owners)[owner] > 0.0
    moved = vehicles + parameters.redeploy_share * (share * total - vehicles)
    return np.where(has_target, moved, vehicles)


def growth_factor(margin: Floats, margin_0: Floats, years: float, parameters: DeploymentParameters) -> Floats:
    """Factor on a fleet over ``years``: ``exp(growth * clip(margin - margin_0, -1, 1) * years)``; 1 at the base year's margin."""
    change = np.clip(margin - margin_0, -1.0, 1.0)
    return np.asarray(np.exp(parameters.growth_per_year * change * years))


def hired(vehicles: Floats, load: Floats, load_0: Floats, parameters: DeploymentParameters) -> Floats:
    """A hired fleet after a review: ``V * (load / load_0)**elastic_share``, within a factor of two; it stays at ``load_0``."""
    ratio = np.divide(load, load_0, out=np.ones_like(vehicles), where=load_0 > 0.0)
    return np.asarray(vehicles * np.clip(ratio, 1.0 / LARGEST_STEP, LARGEST_STEP) ** parameters.elastic_share)


def running_cost_per_km(revenue_usd: Floats, standing_usd: Floats, vehicle_km: Floats, margin_share: float) -> Floats:
    """Cost of a vehicle-km with which the base year leaves ``margin_share`` of the revenue as profit; never below 0.

    All arrays (n,) per day. Where owning and manning alone cost more than that, the base year has less profit, or a loss.
    """
    left = np.maximum((1.0 - margin_share) * revenue_usd - standing_usd, 0.0)
    return np.divide(left, vehicle_km, out=np.zeros_like(left), where=vehicle_km > 0.0)
