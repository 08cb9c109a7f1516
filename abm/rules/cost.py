"""Generalised cost of a route, money apart from time, in USD/t.

    F_r = price_r + hour_usd_t * (T_r - T_free)         freight, tolls, fees, and the vehicle's time beyond free flow
    N_r = vot * T_r + vor * SD_r                        vot = unit_value * rho / 24, vor = reliability_ratio * vot
    G_r = F_r * (1 + duty) + N_r                        duty is paid on freight too, not on time

SD pools the arcs of a route: variances add, then the root.
"""

import math

import numpy as np
import numpy.typing as npt

from abm.kernels import kernel

Floats = npt.NDArray[np.float64]
Int32s = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


@kernel
def option_levels(
    route: Int32s, cargo_class: Int32s, starts: Int32s, arcs: Int32s, price_usd_t: Floats, hour_usd_t: Floats,
    free_h: Floats, mean_h: Floats, variance_h2: Floats, is_open: Bools, out_price: Floats, out_hours: Floats, out_sd: Floats,
) -> None:  # fmt: skip
    """Money (USD/t), published time (h) and its standard deviation (h) of each option = (route, cargo class).

    ``price_usd_t``, ``hour_usd_t`` are (n_arcs, n_classes); ``is_open`` (n_arcs,): an option over a closed arc has price inf.
    """
    for o in range(route.shape[0]):
        c = cargo_class[o]
        money, hours, variance = 0.0, 0.0, 0.0
        for position in range(starts[route[o]], starts[route[o] + 1]):
            a = arcs[position]
            if not is_open[a]:
                money = math.inf
            money += price_usd_t[a, c] + hour_usd_t[a, c] * max(mean_h[a] - free_h[a], 0.0)
            hours += mean_h[a]
            variance += variance_h2[a]
        out_price[o], out_hours[o], out_sd[o] = money, hours, math.sqrt(variance)


@kernel
def generalised_costs(
    option: Int32s,
    belief_h: Floats,
    price: Floats,
    sd_h: Floats,
    duty: Floats,
    vot: Floats,
    vor: Floats,
    out_cost: Floats,
) -> None:
    """G of each shipper's routes, USD/t, shape (n_shippers, K); inf where there is no route or it is closed."""
    for i in range(option.shape[0]):
        for k in range(option.shape[1]):
            o = option[i, k]
            if o < 0:
                out_cost[i, k] = math.inf
            else:
                out_cost[i, k] = price[o] * (1.0 + duty[i]) + vot[i] * belief_h[i, k] + vor[i] * sd_h[o]
