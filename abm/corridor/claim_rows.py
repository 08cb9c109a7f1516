"""Rows of claims.csv: figures that others have published about what the corridor would do, for a run to be seen beside."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from abm.corridor.rows import Identifier, Sourced

#: A change as a share: nothing falls by more than all of itself.
Change = Annotated[float, Field(ge=-1.0, le=1000.0, allow_inf_nan=False)]


class ClaimMetric(StrEnum):
    """What a published figure is about."""

    TRADE_GROWTH = "trade_growth_per_year"  # growth of the home country's trade, as a share a year
    TRANSIT_TIME = "transit_time_change"  # change of the time from door to door, as a share; negative: faster


class Claim(Sourced):
    claim_id: Identifier
    title: str = Field(min_length=1)
    metric: ClaimMetric
    low_share: Change = Field(description="lower end of what is claimed, as a share; negative: less than before")
    high_share: Change = Field(description="upper end of it")
