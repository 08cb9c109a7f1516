"""Flows of money by year: when they fall, what they are worth today, and at which rate they break even.

Year 0 begins with the works. Flows of year k are discounted by ``(1 + rate)**-k``, the convention of ``numpy_financial.npv``, in
which the first flow is not discounted at all.
"""

import math

import numpy as np
import numpy_financial as npf

from abm.network.arcs import Floats


def spread_evenly(total: float, years: float) -> Floats:
    """``total`` spent at an even pace over ``years`` from the beginning of year 0, by year."""
    if years <= 0.0:
        return np.array([total])
    edges = np.minimum(np.arange(math.ceil(years) + 1), years)
    return np.asarray(total * np.diff(edges) / years)


def placed(yearly: Floats, start: float) -> Floats:
    """Yearly amounts that begin ``start`` years after the beginning of year 0, by year; what straddles a year's end is split."""
    first, late = math.floor(start), start - math.floor(start)
    found = np.zeros(first + yearly.size + 1)
    found[first : first + yearly.size] += (1.0 - late) * yearly
    found[first + 1 :] += late * yearly
    return found


def together(*flows: Floats) -> Floats:
    """The sum of flows of different lengths."""
    total = np.zeros(max(flow.size for flow in flows))
    for flow in flows:
        total[: flow.size] += flow
    return total


def present_value(rate: float, flows: Floats) -> float:
    """Net present value at the beginning of year 0."""
    return float(npf.npv(rate, flows))


def sign_changes(flows: Floats) -> int:
    """How often the flows change sign, zeros left out."""
    signs = np.sign(flows[flows != 0.0])
    return int((signs[1:] != signs[:-1]).sum())


def internal_rate(flows: Floats) -> float:
    """Internal rate of return; nan unless the flows change sign exactly once: else there is none, or more than one."""
    if sign_changes(flows) != 1:
        return math.nan
    return float(npf.irr(flows))
