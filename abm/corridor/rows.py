"""Building blocks of every table: checked kinds of cells, enumerations, and the frozen row they stand in."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$", max_length=64)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0, le=1e12, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0.0, le=1e12, allow_inf_nan=False)]
Month = Annotated[int, Field(ge=0, le=12)]
Hour = Annotated[float, Field(ge=0.0, le=24.0)]


class Mode(StrEnum):
    ROAD = "road"
    RAIL = "rail"
    SEA = "sea"


class CargoClass(StrEnum):
    BULK = "bulk"
    TANK = "tank"
    CONTAINER = "container"
    GENERAL = "general"
    REEFER = "reefer"


class Layer(StrEnum):
    """Where a consignment stands at a node: in its zone, on a mode, and for rail on a gauge."""

    ZONE = "zone"
    ROAD = "road"
    SEA = "sea"
    RAIL_1435 = "rail1435"
    RAIL_1520 = "rail1520"
    RAIL_1676 = "rail1676"


class Status(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    PLANNED = "planned"
    UNDER_CONSTRUCTION = "under_construction"


class Direction(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Law(StrEnum):
    CONSTANT = "constant"
    EXPONENTIAL = "exponential"
    GAMMA = "gamma"
    LOGNORMAL = "lognormal"
    HYPEREXPONENTIAL = "hyperexponential"


class FlowKind(StrEnum):
    """trade responds to cost; exogenous (transit of others) re-routes but does not grow."""

    TRADE = "trade"
    EXOGENOUS = "exogenous"


class Side(StrEnum):
    IMPORT = "import"
    EXPORT = "export"


class Shape(StrEnum):
    FIXED = "fixed"
    UNIFORM = "uniform"
    TRIANGULAR = "triangular"
    LOGNORMAL = "lognormal"


class Action(StrEnum):
    OPEN_LINK = "open_link"
    CLOSE_LINK = "close_link"
    SCALE_CAPACITY = "scale_capacity"
    SCALE_DWELL = "scale_dwell"
    SCALE_SPEED = "scale_speed"
    SCALE_RATE = "scale_rate"
    SET_TOLL = "set_toll"
    SET_TARIFF = "set_tariff"
    BAN = "ban"
    LIFT_FRICTION = "lift_friction"
    ADD_DWELL = "add_dwell"
    SET_FEE = "set_fee"
    QUOTA = "quota"
    SET_OVERSIGHT = "set_oversight"
    SET_TENSION = "set_tension"
    SET_HAZARD = "set_hazard"
    SET_ASSUMPTION = "set_assumption"


class Row(BaseModel):
    """One row of a table: frozen, finite, and an unknown column is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)


class Sourced(Row):
    source: str = Field(min_length=1, description="identifiers in sources.csv, separated by ;")
    grade: Annotated[str, StringConstraints(pattern="^[ABC]$")] = Field(description="A read, B secondary, C memory")
    note: str = ""
