"""Rows of targets.csv: what was measured in the world and a run can be held against, or fitted to."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from abm.corridor.rows import Identifier, Mode, Positive, Sourced
from abm.units import YEAR_DAYS

#: Months from the opening day (negative: of the warm-up), at most as far as a scenario may run; days likewise.
WindowMonth = Annotated[int, Field(ge=-120, le=360)]
WindowDay = Annotated[int, Field(ge=-3650, le=10_950)]
#: What was measured; only changes may be below 0.
Amount = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]

#: First days of a year's months.
_FIRST_DAYS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_DAYS = ("from_day", "to_day")


class TargetMetric(StrEnum):
    """What is measured in a target's window."""

    TONNES = "tonnes"  # sent by way of what `of` names, tonnes a year
    SHARE = "share"  # the same, as a share of all tonnes of these goods (by way of what `among` names)
    RATIO = "ratio"  # tonnes sent, over those of the base year
    ARRIVED = "arrived"  # tonnes delivered, over those of the base year
    GROWTH = "growth"  # tonnes sent, over those of the same days a year before, less 1
    PASSED = "passed"  # vehicles that passed what `of` names, over those of the warm-up's last year
    PASSED_SHARE = "passed_share"  # the same, as a share of those that passed what `among` names
    QUEUE = "queue"  # vehicles in line at what `of` names when the window ends
    CLEAR_DAYS = "clear_days"  # days until as many have passed `of` as stood in line there when the window began
    HALF_DAYS = "half_days"  # days until the weekly share has made half of its change
    WAIT_H = "wait_h"  # mean hours in line at the posts that `of` names, by vehicles
    HOURS = "hours"  # the same with papers and the service of one vehicle
    HOURS_CHANGE = "hours_change"  # the same, over those of the warm-up's last year, less 1

    @property
    def is_of_posts(self) -> bool:
        """Whether it is measured at border posts alone."""
        return self in (TargetMetric.WAIT_H, TargetMetric.HOURS, TargetMetric.HOURS_CHANGE)

    @property
    def is_of_vehicles(self) -> bool:
        """Whether vehicles are counted at links or posts, whatever they carry."""
        return self.is_of_posts or self in (
            TargetMetric.PASSED, TargetMetric.PASSED_SHARE, TargetMetric.QUEUE, TargetMetric.CLEAR_DAYS
        )  # fmt: skip

    @property
    def is_of_share(self) -> bool:
        """Whether tonnes by one way are held against tonnes by several."""
        return self in (TargetMetric.SHARE, TargetMetric.HALF_DAYS)

    @property
    def is_against_warm_up(self) -> bool:
        """Whether it is relative to the last year of the warm-up."""
        return self in (TargetMetric.PASSED, TargetMetric.HOURS_CHANGE)

    @property
    def is_change(self) -> bool:
        """Whether it is a relative change, which may be below 0."""
        return self in (TargetMetric.GROWTH, TargetMetric.HOURS_CHANGE)


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
    among: str = Field(default="", description="links that a share is of, any of which is passed, separated by ;")
    mode: Mode | None = Field(default=None, description="goods whose way is mostly of this mode; empty: any")
    goods: str = Field(default="", description="DESTINATION/ORIGIN/COMMODITY with * for all; empty: all goods")
    policies: str = Field(default="", description="policies in force, separated by ;: the dated event, for one")
    is_calm: bool = Field(
        default=True, description="1: no drawn incidents, as in the time that was measured; 0: with them"
    )
    traffic: Positive = Field(default=1.0, description="all flows and all background times this")
    from_month: WindowMonth | None = Field(
        default=None, description="the window begins so many months after the opening day; below 0: before"
    )
    to_month: WindowMonth | None = Field(default=None, description="and ends before this one begins")
    from_day: WindowDay | None = Field(default=None, description="instead of months: its first day, 0 the opening day")
    to_day: WindowDay | None = Field(default=None, description="and the day before which it ends")
    value: Amount
    low: Amount = Field(description="5 % point of what the source leaves open")
    high: Amount = Field(description="95 % point of it")
    unit: str = Field(description="t/year, share, 1, h, days or vehicles, as the metric is")
    use: Use

    @property
    def window(self) -> tuple[int, int]:
        """First day, and the day before which it ends. Raises ValueError for a row that gives neither months nor days."""
        if self.from_day is not None and self.to_day is not None:
            return self.from_day, self.to_day
        if self.from_month is not None and self.to_month is not None:
            return month_begins(self.from_month), month_begins(self.to_month)
        raise ValueError(f"target {self.target_id!r} has no window")

    @model_serializer(mode="wrap")
    def _without_empty_days(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A row in months is written as before there were days: the digest of a case does not change for columns it lacks."""
        written: dict[str, Any] = handler(self)
        return {name: value for name, value in written.items() if value is not None or name not in _DAYS}

    def undisturbed(self) -> Self:
        """The same, measured where no policy comes and traffic is as usual."""
        return self.model_copy(update={"policies": "", "traffic": 1.0})


def month_begins(month: int) -> int:
    """First day of a month, counted from the opening day in years of 365 days: 0 for 0, 31 for 1, -31 for -1."""
    years, months = divmod(month, len(_FIRST_DAYS))
    return YEAR_DAYS * years + _FIRST_DAYS[months]
