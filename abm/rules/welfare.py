"""What a year's prices and quantities are worth to those who trade, in USD relative to the base year's prices.

Each function is a level of one world; what a measure gives is the difference of two worlds, so that gains add up whatever else
differs. For a market with covered share c, base spending A_0 of its covered suppliers, ``A = sum_i A_i0 (P_i/P_i0)**(1-sigma)``:

    PI     = (1 - c + c A/A_0)**(1/(1 - sigma))
    users  = T A_0/c * (1 - PI**(1 - eta)) / (1 - eta)                  the log of 1/PI for eta = 1
           = T (A - A_0) / (sigma - 1)                                  its limit for c = 0: every supplier by itself

so that users(1) - users(0) is ``E (1 - (PI_1/PI_0)**(1-eta)) / (1-eta)`` with the spending E of world 0. T is the trend.
Trade that has not followed its prices yet gains less; :func:`forgone` takes the triangle off. Exporters are the integral of
supply ``X = X_0 (fob/fob_0)**eps`` over all they sell; the share c of it goes to the case's markets, others pay the same price.
Shares are those of delivered cost, so that the first-order gain is tonnes times the saving of a tonne.
Sources: Dixit and Stiglitz (1977) for the index, Hausman (1981) for the exact integral, Feenstra (1994) for new varieties.
"""

import numpy as np
import numpy.typing as npt

from abm.rules.demand import LARGEST_LOG_INDEX

Floats = npt.NDArray[np.float64]

#: Elasticities this close to 1 take the logarithm: the power form loses its digits there.
_NEAR_ONE = 1e-6


def users_level(spending: Floats, spending_0: Floats, covered: Floats, sigma: float, eta: float) -> Floats:
    """Users' level of each market, USD a year, 0 at base prices; all (n_markets,).

    spending: A, what the covered suppliers would sell at a market index of 1; spending_0: A_0, of the base year; covered: c.
    """
    alone = (spending - spending_0) / (sigma - 1.0)
    is_joint = (covered > 0.0) & (spending_0 > 0.0)
    share = np.where(is_joint, covered, 1.0)
    base = np.where(is_joint, spending_0, 1.0)
    moved = 1.0 + share * (np.where(is_joint, spending, 1.0) / base - 1.0)
    log_index = np.log(np.maximum(moved, np.finfo(np.float64).tiny)) / (1.0 - sigma)
    log_index = np.clip(log_index, -LARGEST_LOG_INDEX, LARGEST_LOG_INDEX)
    gain = -log_index if abs(eta - 1.0) < _NEAR_ONE else -np.expm1((1.0 - eta) * log_index) / (1.0 - eta)
    return np.asarray(np.where(is_joint, base / share * gain, alone))


def forgone(target_spending: Floats, fulfilled: Floats, sigma: float) -> Floats:
    """What users forgo because trade has not followed its prices: ``S ((1 - x**a)/a - (1 - x))``, a = 1 - 1/sigma; >= 0.

    The triangle between demand ``P x**(-1/sigma)`` and the price, from the traded to the wanted tonnes. target_spending: S, price
    times wanted tonnes, USD a year; fulfilled: x, traded over wanted tonnes.
    """
    a = 1.0 - 1.0 / sigma
    return np.asarray(target_spending * ((1.0 - fulfilled**a) / a - (1.0 - fulfilled)))


def exporters_level(sales_0: Floats, price_ratio: Floats, covered: Floats, eps: float) -> Floats:
    """Exporters' surplus over the base price, ``X_0 fob_0 ((fob/fob_0)**(1+eps) - 1)/(1+eps)``, USD a year, (n_supplies,).

    sales_0: base sales to the case's markets times fob_0, with the trend; all sales are those over ``covered``. 0 for a price
    taker (covered 0), whose price stays.
    """
    everything = np.divide(sales_0, covered, out=np.zeros_like(sales_0), where=covered > 0.0)
    return np.asarray(everything * (price_ratio ** (1.0 + eps) - 1.0) / (1.0 + eps))


def other_buyers_level(sales_0: Floats, price_ratio: Floats, covered: Floats) -> Floats:
    """What buyers outside the case lose when the exporters' price rises: their fixed purchases times the rise, as a negative."""
    outside = np.divide(sales_0 * (1.0 - covered), covered, out=np.zeros_like(sales_0), where=covered > 0.0)
    return np.asarray(-outside * (price_ratio - 1.0))
