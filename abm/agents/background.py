"""Vehicles at posts that no flow explains: they come in lots, at addressed hours of the day."""

import numpy as np

from abm.kernels import kernel
from abm.network.arcs import Bools, Floats, Int32s, Ints, Keys
from abm.randomness import Process, mix, uniform
from abm.units import HOURS_PER_DAY

_BACKGROUND = np.uint64(int(Process.BACKGROUND))


@kernel
def count_lots(stays_away: Bools, per_day: Floats, lot: Floats, stock: Floats, full: Ints) -> int:
    """A day's vehicles of each stream join its stock, and full lots are taken from it; returns how many there are in all."""
    total = 0
    for i in range(lot.shape[0]):
        if not stays_away[i]:
            stock[i] += per_day[i]
        full[i] = np.int64(stock[i] // lot[i])
        stock[i] -= full[i] * lot[i]
        total += full[i]
    return total


@kernel
def address_lots(
    seed: np.uint64, day_start_h: float, full: Ints, key: Keys, vehicles: Floats, route: Ints, sent: Ints, out_key: Keys,
    out_time_h: Floats, out_vehicles: Floats, out_route: Int32s,
) -> None:  # fmt: skip
    """Key, hour, vehicles and route of each lot; ``sent`` counts them by stream."""
    start = mix(seed, _BACKGROUND)
    lot = 0
    for i in range(full.shape[0]):
        for _ in range(full[i]):
            out_key[lot] = mix(key[i], np.uint64(sent[i]))
            out_time_h[lot] = day_start_h + HOURS_PER_DAY * uniform(mix(mix(start, out_key[lot]), np.uint64(0)))
            out_vehicles[lot], out_route[lot] = vehicles[i], route[i]
            sent[i] += 1
            lot += 1
