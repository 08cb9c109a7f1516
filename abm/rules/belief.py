"""What shippers believe of a route's time, and how published times come from what passed yesterday."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from abm.kernels import kernel

Floats = npt.NDArray[np.float64]
Int32s = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


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

    announced_h, announced_variance_h2: what an arc takes without any queue. standing_h: what it takes behind the line that
    stands there now (0: nobody counts the line); published if it is more than what passed lately, because those who passed
    before a closure say nothing of the line after it. is_told: of an arc that is not told only the announced time is known.
    All arrays have n_arcs rows.
    """

    announced_h: Floats
    announced_variance_h2: Floats
    vehicles: Floats
    hours: Floats
    hours_squared: Floats
    standing_h: Floats
    is_told: Bools

    @classmethod
    def at_rest(cls, announced_h: Floats, announced_variance_h2: Floats) -> "PublishedTimes":
        """Nothing has passed yet."""
        vehicles, hours, hours_squared, standing_h = (np.zeros_like(announced_h) for _ in range(4))
        is_told = np.ones(announced_h.size, dtype=np.bool_)
        return cls(announced_h, announced_variance_h2, vehicles, hours, hours_squared, standing_h, is_told)

    def copy(self) -> "PublishedTimes":
        """An independent copy."""
        return PublishedTimes(**{f.name: getattr(self, f.name).copy() for f in fields(self)})

    def update(self, vehicles: Floats, hours: Floats, hours_squared: Floats) -> None:
        """Add one day: vehicles that finished an arc, the sum of their hours and of the squares."""
        keep = np.exp(-1.0 / PUBLISHED_MEMORY_DAYS)
        for total, today in ((self.vehicles, vehicles), (self.hours, hours), (self.hours_squared, hours_squared)):
            total *= keep
            total += today

    def retime(self, arcs: Ints, added_h: Floats) -> None:
        """What passed these arcs lately is told as if it had moved at today's speed: each passage ``added_h`` longer, or shorter
        (at most its own hours). Else a line made faster would seem held up, and a slower one free, until those are forgotten."""
        vehicles, hours = self.vehicles[arcs], self.hours[arcs]
        self.hours_squared[arcs] += 2.0 * added_h * hours + vehicles * added_h**2
        self.hours[arcs] += vehicles * added_h

    def mean_h(self) -> Floats:
        """Published time of each arc, hours."""
        published = np.maximum(self._passed_h(), self.standing_h)
        return published if self.is_told.all() else np.where(self.is_told, published, self.announced_h)

    def _passed_h(self) -> Floats:
        return np.asarray(
            (self.hours + PUBLISHED_PRIOR_VEHICLES * self.announced_h) / (self.vehicles + PUBLISHED_PRIOR_VEHICLES)
        )

    def variance_h2(self) -> Floats:
        """Published variance of the time on each arc, hours squared."""
        prior = self.announced_variance_h2 + self.announced_h**2
        second = (self.hours_squared + PUBLISHED_PRIOR_VEHICLES * prior) / (self.vehicles + PUBLISHED_PRIOR_VEHICLES)
        passed = np.maximum(second - self._passed_h() ** 2, 0.0)
        return passed if self.is_told.all() else np.where(self.is_told, passed, self.announced_variance_h2)


@kernel
def believe_published(
    belief_h: Floats, option: Int32s, days_since_use: Floats, published_h: Floats, price: Floats, is_told: Bools,
    information_rate: float, revert_rate: float, in_use_days: float,
) -> None:  # fmt: skip
    """Move beliefs (n_shippers, K) towards the published time of each option, in place: at ``information_rate`` a day for routes
    used within ``in_use_days``, at ``revert_rate`` for the others. ``option`` is -1 where a shipper has no k-th route; of a
    closed option (price inf) nothing is published. An option with a post that does not publish (``is_told`` false) has but its
    announced time: who uses it trusts the own deliveries instead."""
    for i in range(belief_h.shape[0]):
        for k in range(belief_h.shape[1]):
            o = option[i, k]
            if o >= 0 and price[o] < np.inf:
                is_used = days_since_use[i, k] <= in_use_days
                rate = information_rate if is_used else revert_rate
                if is_told[o] or not is_used:
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
