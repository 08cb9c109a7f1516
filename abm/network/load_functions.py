"""How the time of an arc grows with its load: ``t(v) = t_0 * (1 + alpha * (v / capacity)**beta)``.

The form of the Bureau of Public Roads (1964).
"""

from dataclasses import dataclass, fields

import numpy as np

from abm.network.arcs import Arcs, Floats


@dataclass(frozen=True, slots=True)
class LoadFunctions:
    """One load function per arc; all arrays [n_arcs].

    free_time: at no load, >= 0 (hours, or the unit of the network read). alpha, beta: >= 0; a power of 0 is kept as it is and
    adds a constant. capacity: > 0, in the unit of flow; inf: load does not matter. Raises ValueError naming the field.
    """

    free_time: Floats
    alpha: Floats
    beta: Floats
    capacity: Floats

    def __post_init__(self) -> None:
        for field in fields(self):
            values = getattr(self, field.name)
            if values.shape != self.free_time.shape:
                raise ValueError(f"{field.name} must have one entry per arc")
            if not (values >= 0.0).all():  # false for NaN, too
                raise ValueError(f"{field.name} must be at least 0")
        if not (self.capacity > 0.0).all():
            raise ValueError("capacity must be > 0")

    @classmethod
    def of_arcs(cls, arcs: Arcs) -> "LoadFunctions":
        """Load functions of a case's arcs: hours, tonnes a day."""
        return cls(arcs.free_time_h, arcs.load_alpha, arcs.load_beta, arcs.capacity_t_per_day)

    def time(self, flow: Floats) -> Floats:
        """[n_arcs] time at ``flow`` [n_arcs] >= 0."""
        return self.free_time * (1.0 + self.alpha * (flow / self.capacity) ** self.beta)

    def slope(self, flow: Floats) -> Floats:
        """[n_arcs] derivative of time by flow; 0 where the power is 0, inf at no load where it is below 1."""
        steep = self.beta > 0.0
        load = flow / self.capacity
        with np.errstate(divide="ignore"):
            power = np.power(load, self.beta - 1.0, out=np.zeros_like(load), where=steep)
        factor = self.free_time * self.alpha * self.beta / self.capacity
        return np.multiply(factor, power, out=np.zeros_like(load), where=steep & (factor > 0.0))

    def integral(self, flow: Floats) -> Floats:
        """[n_arcs] integral of time from 0 to ``flow``; its sum is what a user equilibrium minimises (Beckmann et al. 1956)."""
        load = flow / self.capacity
        return self.free_time * flow * (1.0 + self.alpha / (self.beta + 1.0) * load**self.beta)

    def marginal(self) -> "LoadFunctions":
        """Load functions whose user equilibrium is the system optimum: ``d(v * t(v))/dv``, alpha times (beta + 1)."""
        return LoadFunctions(self.free_time, self.alpha * (self.beta + 1.0), self.beta, self.capacity)
