"""Generalised cost of a route, money apart from time, in USD/t.

    F_r = price_r + hour_usd_t * (T_r - T_free)         freight, tolls, fees, and the vehicle's time beyond free flow
    N_r = vot * T_r + vor * SD_r                        vot = unit_value * rho / 24, vor = reliability_ratio * vot
    R_r = (H_r - H_0r) * fob                            fear of losing the goods, beyond what freight rates hold already
    G_r = F_r * (1 + duty) + N_r + R_r                  duty is paid on freight too, not on time or fear

SD pools the arcs of a route: variances add, then the root. H is the believed probability of losing the goods on a route, the sum
over its links, and H_0 its long-run mean.
"""

import math

import numpy as np
import numpy.typing as npt

from abm.kernels import kernel

Floats = npt.NDArray[np.float64]
Int32s = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

#: Choice is in logs of cost, which must stay above 0 whatever is believed.
LARGEST_RELIEF = 0.5


@kernel
def option_levels(
    route: Int32s, cargo_class: Int32s, starts: Int32s, arcs: Int32s, price_usd_t: Floats, hour_usd_t: Floats,
    free_h: Floats, mean_h: Floats, variance_h2: Floats, risk: Floats, is_open: Bools,
    out_price: Floats, out_hours: Floats, out_sd: Floats, out_risk: Floats,
) -> None:  # fmt: skip
    """Money (USD/t), published time (h), its standard deviation (h) and risk of each option = (route, cargo class).

    ``price_usd_t``, ``hour_usd_t`` are (n_arcs, n_classes); ``risk`` (n_arcs,) adds up; ``is_open`` (n_arcs,): an option over a
    closed arc has price inf; of its time and risk no more is told than up to that arc.
    """
    # What an arc says is worked out once for all the options that use it, and lies together.
    n_arcs, n_classes = price_usd_t.shape
    money_of, told = np.empty((n_arcs, n_classes)), np.empty((n_arcs, 3))
    for a in range(n_arcs):
        told[a, 0], told[a, 1], told[a, 2] = mean_h[a], variance_h2[a], risk[a]
        extra_h = max(mean_h[a] - free_h[a], 0.0)
        for c in range(n_classes):
            money_of[a, c] = price_usd_t[a, c] + hour_usd_t[a, c] * extra_h if is_open[a] else math.inf
    for o in range(route.shape[0]):
        c = cargo_class[o]
        money, hours, variance, fear = 0.0, 0.0, 0.0, 0.0
        for position in range(starts[route[o]], starts[route[o] + 1]):
            a = arcs[position]
            money += money_of[a, c]
            if money == math.inf:
                break
            hours += told[a, 0]
            variance += told[a, 1]
            fear += told[a, 2]
        out_price[o], out_hours[o], out_sd[o], out_risk[o] = money, hours, math.sqrt(variance), fear


@kernel
def generalised_costs(
    option: Int32s,
    belief_h: Floats,
    price: Floats,
    sd_h: Floats,
    risk: Floats,
    duty: Floats,
    vot: Floats,
    vor: Floats,
    fob_usd_t: Floats,
    out_cost: Floats,
) -> None:
    """G of each shipper's routes, USD/t, shape (n_shippers, K); inf where there is no route or it is closed.

    ``risk`` (n_options,): H - H_0, negative after a long calm; it never takes off more than ``LARGEST_RELIEF`` of the cost.
    """
    for i in range(option.shape[0]):
        for k in range(option.shape[1]):
            o = option[i, k]
            if o < 0:
                out_cost[i, k] = math.inf
            else:
                cost = price[o] * (1.0 + duty[i]) + vot[i] * belief_h[i, k] + vor[i] * sd_h[o]
                out_cost[i, k] = cost + max(risk[o] * fob_usd_t[i], -LARGEST_RELIEF * cost) if risk[o] != 0.0 else cost
