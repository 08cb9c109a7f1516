"""The textbook's answer to a change of trade cost: structural gravity and the exact-hat counterfactual, slow and plain.

Anderson and van Wincoop (2003) for the baseline, Dekle, Eaton and Kortum (2008) for changes, Santos Silva and Tenreyro (2006) for
the coefficients. One good, endowments, elasticity of substitution sigma; expenditure follows income.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def ppml(trade: Floats, covariates: Floats, exporter: Floats, importer: Floats) -> Floats:
    """Coefficients of ``covariates`` (n, k) in ``E[trade] = exp(covariates @ b + exporter + importer effects)``.

    Poisson pseudo-maximum likelihood by iterated weighted least squares; exporter, importer: dummies (n, countries).
    """
    z = np.hstack([covariates, exporter, importer[:, 1:]])
    mean = (trade + trade.mean()) / 2.0
    linear = np.log(mean)
    for _ in range(200):
        weight = np.sqrt(mean)
        found, *_ = np.linalg.lstsq(z * weight[:, None], (linear + (trade - mean) / mean) * weight, rcond=None)
        moved = np.abs(z @ found - linear).max()
        linear = z @ found
        mean = np.exp(linear)
        if moved < 1e-12:
            break
    return np.asarray(found[: covariates.shape[1]])


def structural_gravity(output: Floats, spending: Floats, access: Floats) -> Floats:
    """Trade (n, n), exporters in rows, that meets every country's output and spending with ``access`` = cost**(1 - sigma)."""
    world = output.sum()
    outward, inward = np.ones_like(output), np.ones_like(output)
    for _ in range(100_000):
        new_in = (access * (output / world / outward)[:, None]).sum(axis=0)
        new_out = (access * (spending / world / new_in)[None, :]).sum(axis=1)
        moved = max(np.abs(new_in / inward - 1.0).max(), np.abs(new_out / outward - 1.0).max())
        inward, outward = new_in, new_out
        if moved < 1e-14:
            break
    return np.asarray(output[:, None] * spending[None, :] / world * access / (outward[:, None] * inward[None, :]))


@dataclass(frozen=True)
class Hat:
    """Changes as ratios: factory price and price index by country, and trade at the new prices (n, n)."""

    factory_price: Floats
    price_index: Floats
    trade: Floats

    @property
    def real_income(self) -> Floats:
        return self.factory_price / self.price_index

    def exports(self, country: int) -> float:
        """Sales abroad at the new prices."""
        return float(self.trade[country].sum() - self.trade[country, country])


def exact_hat(trade: Floats, access_hat: Floats, sigma: float, numeraire: int) -> Hat:
    """The new equilibrium when cost**(1 - sigma) of each pair changes by the factors ``access_hat`` (n, n)."""
    share = trade / trade.sum(axis=0)
    income = trade.sum(axis=0)
    wage = np.ones(len(trade))
    for _ in range(200_000):
        offered = share * access_hat * (wage ** (1.0 - sigma))[:, None]
        sales = (offered / offered.sum(axis=0) * (wage * income)[None, :]).sum(axis=1)
        new = wage * (sales / (wage * income)) ** (1.0 / sigma)
        new /= new[numeraire]
        moved = np.abs(new / wage - 1.0).max()
        wage = new
        if moved < 1e-15:
            break
    offered = share * access_hat * (wage ** (1.0 - sigma))[:, None]
    index = offered.sum(axis=0) ** (1.0 / (1.0 - sigma))
    level = index[numeraire]
    return Hat(wage / level, index / level, offered / offered.sum(axis=0) * (wage / level * income)[None, :])
