"""How a border post is manned: regular lanes, and overtime while the line is long.

A post's capacity is the highest daily throughput observed, which was worked with every lane and every hour of overtime there
is. So the regular rate lies below it by the part of the capacity that is manned only when the line is long.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abm.units import HOURS_PER_DAY

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StaffingParameters:
    """end_share: overtime that has begun ends once the line is below this share of the length from which it is worked.

    Raises ValueError, naming the field and the rule, for values outside their domain.
    """

    end_share: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.end_share <= 1.0:
            raise ValueError(f"end_share: {self.end_share} must be in [0, 1]")


def line_hours(vehicles: Floats, service_h: Floats, servers: Floats, open_h: Floats) -> Floats:
    """Hours until somebody who joins the line now is served: ``vehicles * service_h / servers * 24 / open_h``.

    vehicles [n] in line, service_h [n] for which one holds a server, open_h [n] hours of the daily window. The line is worked
    off while the post is open, so that a post open for half the day takes twice as long. All servers are taken as busy.
    """
    return np.asarray(vehicles * service_h / servers * (HOURS_PER_DAY / open_h))


def works_overtime(line_h: Floats, was_on: Bools, begin_h: Floats, parameters: StaffingParameters) -> Bools:
    """Whether each post works overtime: from a line longer than ``begin_h`` until one of at most ``end_share * begin_h``.

    line_h [n]: hours that the line takes at the *regular* rate, so that working overtime does not by itself shorten it.
    """
    return np.asarray(line_h > np.where(was_on, parameters.end_share * begin_h, begin_h))


def manned_share(is_on: Bools, overtime_share: Floats) -> Floats:
    """Share of the observed capacity that is manned: all of it on overtime, ``1 - overtime_share`` at regular hours."""
    return np.where(is_on, 1.0, 1.0 - overtime_share)
