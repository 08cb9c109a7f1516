"""The tables of a plan file: keys, types and limits. An unknown key is an error, and 1 is no text."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from abm.corridor.rows import Identifier, Shape
from abm.corridor.scenario import MAX_YEARS
from abm.study.plan import WITHOUT, Friction, Kind, Metric

#: More points or replications than anybody waits for, and too many to keep their seeds apart.
MAX_POINTS = 1_000_000
MAX_REPLICATIONS = 1_000
_MAX_LEVELS = 1_000
_MAX_SEED = 2**53 - 1

Count = Annotated[int, Field(strict=True, ge=0, le=MAX_POINTS)]
Repeats = Annotated[int, Field(strict=True, ge=1, le=MAX_REPLICATIONS)]
Year = Annotated[int, Field(strict=True, ge=1, le=MAX_YEARS)]
Seed = Annotated[int, Field(strict=True, ge=0, le=_MAX_SEED)]
Number = Annotated[float, Field(strict=True)]
End = Annotated[float, Field(strict=True, allow_inf_nan=True)]
Text = Annotated[str, Field(min_length=1)]


class Rest(StrEnum):
    """What becomes of assumptions that are no factor."""

    DRAWN = "drawn"
    CENTRAL = "central"


class Seeds(StrEnum):
    """Whose chance a point has."""

    OWN = "own"
    COMMON = "common"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DesignTable(_Table):
    """``[design]``."""

    kind: Kind
    points: Count = 0
    levels: Annotated[int, Field(strict=True, ge=0, le=_MAX_LEVELS)] = 0
    trajectories: Count = 0
    seed: Seed = 1


class ArmTable(_Table):
    """``[arms.NAME]``."""

    title: Text
    policies: Annotated[tuple[str, ...], Field(min_length=1)]
    friction: Friction = Friction.PRIOR
    points: Count = 0


class FactorTable(_Table):
    """``[[factors]]``: a name, and what differs from the case's own range."""

    name: Text
    shape: Shape | None = None
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    choices: tuple[Number, ...] = ()


class StopTable(_Table):
    """``[stop]``."""

    arm: Text
    outcome: Text
    metric: Metric = Metric.LEVEL
    half_width: Annotated[float, Field(strict=True, gt=0.0)]
    at_least: Annotated[int, Field(strict=True, ge=2, le=MAX_REPLICATIONS)] = 3


class ClaimTable(_Table):
    """``[[claims]]``."""

    id: Identifier
    title: Text
    source: Text
    outcome: Text
    metric: Metric
    of: Annotated[tuple[str, ...], Field(min_length=1)]
    window_years: Annotated[tuple[Year, ...], Field(min_length=1)]
    low: End
    high: End
    arms: tuple[str, ...] = ()
    against: str = WITHOUT
    note: str = ""


class PlanTable(_Table):
    """The whole file."""

    title: Text
    question: Text
    case: Text
    years: Year
    factors: tuple[FactorTable, ...]
    rest: Rest = Rest.DRAWN
    seeds: Seeds = Seeds.OWN
    replications: Repeats = 1
    repeated_points: Count = 0
    first_seed: Seed = 1
    base: tuple[str, ...] = ()
    dates: str = "given"
    still: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    design: DesignTable
    arms: Annotated[dict[str, ArmTable], Field(min_length=1)]
    stop: StopTable | None = None
    claims: tuple[ClaimTable, ...] = ()
