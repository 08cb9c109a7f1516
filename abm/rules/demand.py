"""How trade answers delivered cost: constant elasticity of substitution in ratio form, supply response, partial adjustment.

Everything is relative to the reference (subscript 0), so the base year is a fixed point whatever the parameters:

    c    = fob * (1 + duty) + G                         delivered cost; G holds freight with its duty, time and spread
    P    = c * (1 + (1 - phi) * b)                      b: friction of a closed or estranged pair, phi: the share lifted
    Q*   = Q_0 * (1 + g)**years * (P/P_0)**(-sigma) * (PI/PI_0)**(sigma - eta)
    PI/PI_0 = (1 - sum_i s_i0 + sum_i s_i0 (P_i/P_0i)**(1 - sigma))**(1/(1 - sigma))
    fob  = fob_0 * (1 + covered * (X/(X_0 * (1 + g)**years) - 1))**(1/eps)

``s_i0`` are base value shares times the covered share of the market; the rest of the market is a supplier whose price stays.
The trend g is growth of both sides: supply shifts with demand, so that growth alone raises no exporter's price.
A relation that is absent in the base year enters its market as a new variety of weight ``phi * s_pot``; a ban takes one out.
Sources: Armington (1969), Feenstra (1994) for new varieties, Boehm, Levchenko and Pandalai-Nayar (2023) for slow adjustment.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abm.units import DAYS_PER_YEAR

Floats = npt.NDArray[np.float64]
Int32s = npt.NDArray[np.int32]

#: No price index leaves 1/22,000 to 22,000 times its base: a market whose last supplier is banned would have an infinite one.
LARGEST_LOG_INDEX = 10.0


@dataclass(frozen=True, slots=True)
class TradeParameters:
    """sigma: substitution between origins; eta: demand for the market as a whole; eps: supply; tau_*_years: adjustment times;
    trend_growth_per_year: growth of demand that no measure explains; price_memory_days: length of the price mean.

    Raises ValueError, naming the field and the rule, for values outside their domain.
    """

    sigma: float
    eta: float
    eps: float
    tau_cost_years: float
    tau_reconnect_years: float
    tau_new_years: float
    trend_growth_per_year: float
    price_memory_days: float

    def __post_init__(self) -> None:
        if not self.sigma > 1.0:
            raise ValueError(f"sigma: {self.sigma} must be > 1")
        for name in ("eta", "eps", "tau_cost_years", "tau_reconnect_years", "tau_new_years", "price_memory_days"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name}: {getattr(self, name)} must be > 0")
        if not self.trend_growth_per_year > -1.0:
            raise ValueError(f"trend_growth_per_year: {self.trend_growth_per_year} must be > -1")


def friction(potential_t: Floats, base_t: Floats, sigma: float) -> Floats:
    """Ad valorem friction ``(Q_pot/Q_0)**(1/sigma) - 1`` of a pair that trades less than its potential; 0 where Q_0 is 0."""
    ratio = np.divide(potential_t, base_t, out=np.ones_like(base_t), where=(base_t > 0.0) & (potential_t > base_t))
    return np.asarray(ratio ** (1.0 / sigma) - 1.0)


def price_index(
    relative_price: Floats,
    weight: Floats,
    presence: Floats,
    presence_0: Floats,
    market: Int32s,
    sigma: float,
    n_markets: int,
) -> Floats:
    """PI/PI_0 of each market, shape (n_markets,), within ``exp(+-LARGEST_LOG_INDEX)``; 1 in a market without weights.

    relative_price: P/P_0 of each relation. weight: its base value share times the covered share; for a relation absent at the
    base, the share it would have at its potential. presence, presence_0: the part of a relation that can trade, now and at the
    base: 1, the share a ban leaves, or the share phi of a new variety.
    """
    base = np.bincount(market, weights=presence_0 * weight, minlength=n_markets)
    moved = np.bincount(market, weights=presence * weight * relative_price ** (1.0 - sigma), minlength=n_markets)
    log_index = np.log(np.maximum(1.0 - base + moved, np.finfo(np.float64).tiny)) / (1.0 - sigma)
    return np.asarray(np.exp(np.clip(log_index, -LARGEST_LOG_INDEX, LARGEST_LOG_INDEX)))


def trend(years: float, parameters: TradeParameters) -> float:
    """Growth since the base year that no measure explains, ``(1 + g)**years``."""
    return float((1.0 + parameters.trend_growth_per_year) ** years)


def target_tonnes(
    base_t: Floats, relative_price: Floats, market_index: Floats, years: float, parameters: TradeParameters
) -> Floats:
    """Q* of each relation, tonnes a year; ``market_index`` is PI/PI_0 of the relation's market."""
    sigma, eta = parameters.sigma, parameters.eta
    return np.asarray(base_t * trend(years, parameters) * relative_price ** (-sigma) * market_index ** (sigma - eta))


def supply_price_ratio(sold_t: Floats, sold_base_t: Floats, covered: Floats, eps: float) -> Floats:
    """fob/fob_0 of each exporter: ``(1 + covered * (X/X_0 - 1))**(1/eps)``; ``covered``: share of its exports in this case.

    1 for an exporter that sold nothing in the base year.
    """
    ratio = np.divide(sold_t, sold_base_t, out=np.ones_like(sold_t), where=sold_base_t > 0.0)
    return np.asarray((1.0 + covered * (ratio - 1.0)) ** (1.0 / eps))


def adjust(current_t: Floats, target_t: Floats, tau_years: Floats) -> Floats:
    """One day of ``dQ/dt = (Q* - Q)/tau``, exact for a constant target."""
    return np.asarray(current_t + (target_t - current_t) * -np.expm1(-1.0 / (DAYS_PER_YEAR * tau_years)))
