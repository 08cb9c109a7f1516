"""Rows of targets.csv: what was measured in the world and a run can be held against, or fitted to."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from abm.corridor.rows import Identifier, Mode, NonNegative, Positive, Sourced

#: Months from the opening day (negative: of the warm-up), at most as far as a scenario may run.
WindowMonth = Annotated[int, Field(ge=-120, le=360)]


class TargetMetric(StrEnum):
    """What is measured in the months of a target's window."""

    TONNES = "tonnes"  # sent by way of what `of` names, tonnes a year
    SHARE = "share"  # the same, as a share of all tonnes of these goods (by way of what `among` names)
    RATIO = "ratio"  # tonnes sent, over those of the base year
    WAIT_H = "wait_h"  # mean hours in line at the posts that `of` names, by vehicles
    HOURS = "hours"  # the same with papers and the service of one vehicle

    @property
    def is_of_posts(self) -> bool:
        """Whether it is measured at border posts."""
        return self in (TargetMetric.WAIT_H, TargetMetric.HOURS)


class Use(StrEnum):
    """fit: a calibration goes by it; held: a calibration is judged by it."""

    FIT = "fit"
    HELD = "held"


class Target(Sourced):
    target_id: Identifier
    title: str = Field(min_length=1)
    metric: TargetMetric
    of: str = Field(
        default="", description="links any of which is passed, or posts, separated by ;; empty: wherever the goods go"
    )
    among: str = Field(default="", description="links any of which all the goods of a share pass, separated by ;")
    mode: Mode | None = Field(default=None, description="goods whose way is mostly of this mode; empty: any")
    goods: str = Field(default="", description="DESTINATION/ORIGIN/COMMODITY with * for all; empty: all goods")
    policies: str = Field(default="", description="policies in force, separated by ;: the dated event, for one")
    is_calm: bool = Field(
        default=True, description="1: no drawn incidents, as in the time that was measured; 0: with them"
    )
    traffic: Positive = Field(default=1.0, description="all flows and all background times this")
    from_month: WindowMonth = Field(
        description="the window begins so many months after the opening day; below 0: before"
    )
    to_month: WindowMonth = Field(description="and ends before this one begins")
    value: NonNegative
    low: NonNegative = Field(description="5 % point of what the source leaves open")
    high: NonNegative = Field(description="95 % point of it")
    unit: str = Field(description="t/year, share, 1 or h, as the metric is")
    use: Use
