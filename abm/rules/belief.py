"""What shippers believe of a route's time, and how published times come from what passed yesterday."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abm.kernels import kernel

Floats = npt.NDArray[np.float64]
Int32s = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class BeliefParameters:
    """learning_rate: weight of one own delivery; information_rate: weight a day of published times on routes in use;
    revert_half_life_days: half-life of beliefs about untried routes towards published times; optimism_high: a new link's
    announced time is believed at 1 to this many times.

    Raises ValueError, naming the field and the rule, for values outside their domain.
    """

    learning_rate: float
    information_rate: float
    revert_half_life_days: float
    optimism_high: float

    def __post_init__(self) -> None:
        for name in ("learning_rate", "information_rate"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name}: {getattr(self, name)} must be in [0, 1]")
        if not self.revert_half_life_days > 0.0:
            raise ValueError(f"revert_half_life_days: {self.revert_half_life_days} must be > 0")
        if not self.optimism_high >= 1.0:
            raise ValueError(f"optimism_high: {self.optimism_high} must be >= 1")


#: Published times are means over about a week; a share of one vehicle at the announced time keeps a quiet post defined.
PUBLISHED_MEMORY_DAYS = 7.0
PUBLISHED_PRIOR_VEHICLES = 1.0


@dataclass
class PublishedTimes:
    """Mean and variance of the time on each arc over the last week or so, hours; announced values where nothing passed.

    announced_h, announced_variance_h2: what an arc takes without any queue. All arrays have n_arcs rows.
    """

    announced_h: Floats
    announced_variance_h2: Floats
    vehicles: Floats
    hours: Floats
    hours_squared: Floats

    @classmethod
    def at_rest(cls, announced_h: Floats, announced_variance_h2: Floats) -> "PublishedTimes":
        """Nothing has passed yet."""
        return cls(announced_h, announced_variance_h2, *(np.zeros_like(announced_h) for _ in range(3)))

    def copy(self) -> "PublishedTimes":
        """An independent copy."""
        return PublishedTimes(
            self.announced_h.copy(), self.announced_variance_h2.copy(), self.vehicles.copy(), self.hours.copy(),
            self.hours_squared.copy(),
        )  # fmt: skip

    def update(self, vehicles: Floats, hours: Floats, hours_squared: Floats) -> None:
        """Add one day: vehicles that finished an arc, the sum of their hours and of the squares."""
        keep = np.exp(-1.0 / PUBLISHED_MEMORY_DAYS)
        for total, today in ((self.vehicles, vehicles), (self.hours, hours), (self.hours_squared, hours_squared)):
            total *= keep
            total += today

    def mean_h(self) -> Floats:
        """Published time of each arc, hours."""
        return np.asarray(
            (self.hours + PUBLISHED_PRIOR_VEHICLES * self.announced_h) / (self.vehicles + PUBLISHED_PRIOR_VEHICLES)
        )

    def variance_h2(self) -> Floats:
        """Published variance of the time on each arc, hours squared."""
        prior = self.announced_variance_h2 + self.announced_h**2
        second = (self.hours_squared + PUBLISHED_PRIOR_VEHICLES * prior) / (self.vehicles + PUBLISHED_PRIOR_VEHICLES)
        return np.asarray(np.maximum(second - self.mean_h() ** 2, 0.0))


@kernel
def believe_published(
    belief_h: Floats, option: Int32s, days_since_use: Floats, published_h: Floats, price: Floats, information_rate: float,
    revert_rate: float, in_use_days: float,
) -> None:  # fmt: skip
    """Move beliefs (n_shippers, K) towards the published time of each option, in place: at ``information_rate`` a day for routes
    used within ``in_use_days``, at ``revert_rate`` for the others. ``option`` is -1 where a shipper has no k-th route; of a
    closed option (price inf) nothing is published."""
    for i in range(belief_h.shape[0]):
        for k in range(belief_h.shape[1]):
            o = option[i, k]
            if o >= 0 and price[o] < np.inf:
                rate = information_rate if days_since_use[i, k] <= in_use_days else revert_rate
                belief_h[i, k] += rate * (published_h[o] - belief_h[i, k])
                days_since_use[i, k] += 1.0


@kernel
def believe_delivered(
    belief_h: Floats, route_of_option: Int32s, option: Int32s, days_since_use: Floats, shipper: Int32s, route: Int32s,
    hours: Floats, learning_rate: float,
) -> None:  # fmt: skip
    """Learn from own deliveries, in place: ``belief += learning_rate * (observed - belief)`` for the route that was chosen."""
    for d in range(shipper.shape[0]):
        i = shipper[d]
        for k in range(belief_h.shape[1]):
            o = option[i, k]
            if o >= 0 and route_of_option[o] == route[d]:
                belief_h[i, k] += learning_rate * (hours[d] - belief_h[i, k])
                days_since_use[i, k] = 0.0
                break
