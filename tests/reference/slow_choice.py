"""Route choice as it stands in the equations, one shipper and one route at a time; slow and plain."""

import math
from collections.abc import Sequence

MASK = 2**64 - 1


def choose_nested_slowly(
    cost: Sequence[float], delta: Sequence[float], nest: Sequence[int], kappa: float, lam: float
) -> tuple[list[float], float]:
    """Shares and composite cost of one shipper; a negative nest is no route, an infinite cost a closed one."""
    penalised = {r: cost[r] * math.exp(delta[r]) for r in range(len(cost)) if nest[r] >= 0 and math.isfinite(cost[r])}
    if not penalised:
        return [0.0] * len(cost), math.inf
    inclusive: dict[int, float] = {}
    for r, h in penalised.items():
        inclusive[nest[r]] = inclusive.get(nest[r], 0.0) + h ** (-kappa / lam)
    total = sum(value**lam for value in inclusive.values())
    shares = [0.0] * len(cost)
    for r, h in penalised.items():
        within = h ** (-kappa / lam) / inclusive[nest[r]]
        shares[r] = within * inclusive[nest[r]] ** lam / total
    return shares, total ** (-1.0 / kappa)


def mix_slowly(state: int, key: int) -> int:
    """SplitMix64's finaliser in unbounded integers."""
    z = ((((state * 0x9E3779B97F4A7C15) & MASK) ^ key) + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def race_slowly(
    weight: Sequence[float], seed: int, process: int, shipper: int, number: int, route: Sequence[int]
) -> int:
    """The column with the smallest -ln(u) / weight; -1 if no weight is positive."""
    times = {}
    for column, w in enumerate(weight):
        if w > 0.0:
            state = mix_slowly(mix_slowly(mix_slowly(mix_slowly(seed, process), shipper), number), route[column])
            times[column] = -math.log(((state >> 12) + 0.5) * 2.0**-52) / w
    return min(times, key=lambda column: times[column]) if times else -1
