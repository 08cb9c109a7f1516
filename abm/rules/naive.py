"""What everybody would do who knew only published costs and answered at once: the rule of a naive rival of the model.

Routes: goods whose route an event shuts, or makes dearer than another that is open, go wholly to the cheapest route left; where
it opens or cheapens a route that then is the cheapest, all go there, unless it was the cheapest before: who went another way then
had a reason that is no cost, and keeps it; nothing else moves. Lines: who has no other way waits, and a
line is arrivals less capacity, as a fluid that is served in the order of coming.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Costs that differ by less than this share of themselves are the same.
_SAME_COST = 1e-9


def moved_shares(share: Floats, before: Floats, after: Floats) -> Floats:
    """Shares of the routes [n, K] once an event has changed their costs from ``before`` to ``after`` [n, K]; inf: shut.

    Rows keep their sum, or are 0 where every route is shut. Of equally cheap routes the first counts.
    """
    rows = np.arange(share.shape[0])
    best, best_before = after.argmin(axis=1), before.argmin(axis=1)
    least = after[rows, best]
    is_open = np.isfinite(after)
    is_dearer = is_open & (after > before * (1.0 + _SAME_COST)) & (after > least[:, None] * (1.0 + _SAME_COST))
    is_cheaper = least < before[rows, best] * (1.0 - _SAME_COST)
    leaves = ~is_open | is_dearer | (is_cheaper & (best != best_before))[:, None]
    moved = np.where(leaves, 0.0, share)
    moved[rows, best] += np.where(leaves, share, 0.0).sum(axis=1)
    moved[~np.isfinite(least)] = 0.0
    return moved


def fluid_line(arrivals: Floats, capacity: Floats) -> tuple[Floats, Floats]:
    """(line on the morning of each day and after the last (n_days + 1,), who passes on each day (n_days,)), from an empty line.

    ``arrivals``, ``capacity`` (n_days,): vehicles a day, evenly; capacity inf where nothing holds anybody up.
    """
    line, passed = np.zeros(arrivals.size + 1), np.zeros(arrivals.size)
    for day in range(arrivals.size):
        present = line[day] + arrivals[day]
        passed[day] = min(present, capacity[day])
        line[day + 1] = present - passed[day]
    return line, passed


def fluid_wait_days(arrivals: Floats, passed: Floats, first: int, end: int) -> float:
    """Sum over those who pass from day ``first`` to day ``end`` of their days in line, first come first served.

    That is the area between the curves of all who came and all who passed, read across.
    """
    came, gone = (np.append(0.0, np.cumsum(sums)) for sums in (arrivals, passed))
    days = np.arange(came.size, dtype=np.float64)
    cuts = np.unique(np.clip(np.concatenate([came, gone]), gone[first], gone[end]))
    if cuts.size < 2:
        return 0.0
    middle, width = (cuts[1:] + cuts[:-1]) / 2.0, np.diff(cuts)
    # Both curves are straight between two cuts, and the first whose turn it is passes first.
    return float(((np.interp(middle, gone, days) - np.interp(middle, came, days)) * width).sum())
