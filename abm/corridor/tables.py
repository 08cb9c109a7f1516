"""What a user writes: one frozen row class per table of a case, and the case itself.

Every row that carries a number names its ``source`` (identifiers of ``sources.csv``, separated by ``;``) and its ``grade``:
A read in the source's own text, B secondary or computed from read figures, C from memory (keep a wide range).
Column names follow GMNS 0.96 where it has one; every other number carries its unit in its name.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from abm.corridor.actor_rows import Authority as Authority
from abm.corridor.actor_rows import Carrier as Carrier
from abm.corridor.actor_rows import Consent as Consent
from abm.corridor.actor_rows import Emission as Emission
from abm.corridor.actor_rows import Event as Event
from abm.corridor.actor_rows import Hazard as Hazard
from abm.corridor.actor_rows import Opening as Opening
from abm.corridor.actor_rows import Project as Project
from abm.corridor.actor_rows import Regime as Regime
from abm.corridor.actor_rows import Service as Service
from abm.corridor.claim_rows import Claim as Claim
from abm.corridor.claim_rows import ClaimMetric as ClaimMetric
from abm.corridor.rows import Action as Action
from abm.corridor.rows import CargoClass as CargoClass
from abm.corridor.rows import Country as Country
from abm.corridor.rows import Direction as Direction
from abm.corridor.rows import FlowKind as FlowKind
from abm.corridor.rows import Hour as Hour
from abm.corridor.rows import Identifier as Identifier
from abm.corridor.rows import Law as Law
from abm.corridor.rows import Layer as Layer
from abm.corridor.rows import Mode as Mode
from abm.corridor.rows import Month as Month
from abm.corridor.rows import NonNegative as NonNegative
from abm.corridor.rows import Positive as Positive
from abm.corridor.rows import Row as Row
from abm.corridor.rows import Shape as Shape
from abm.corridor.rows import Share as Share
from abm.corridor.rows import Side as Side
from abm.corridor.rows import Sourced as Sourced
from abm.corridor.rows import Status as Status
from abm.corridor.target_rows import Target as Target
from abm.corridor.target_rows import TargetMetric as TargetMetric
from abm.corridor.target_rows import Use as Use


class Node(Sourced):
    node_id: Identifier
    name: str
    country: Country
    node_type: str = Field(description="city, port, border, junction or zone")
    x_coord: float = Field(ge=-180, le=180, description="longitude, degrees east")
    y_coord: float = Field(ge=-90, le=90, description="latitude, degrees north")


class Link(Sourced):
    """A stretch of one mode between two nodes, usable in both directions unless ``directed`` is 1."""

    link_id: Identifier
    from_node_id: Identifier
    to_node_id: Identifier
    directed: bool = False
    mode: Mode
    gauge_mm: int | None = Field(default=None, description="1435, 1520 or 1676 on rail; empty otherwise")
    length_km: Positive
    length_low_km: Positive | None = None
    length_high_km: Positive | None = None
    free_speed_kmh: Positive = Field(description="commercial speed between stops, km/h")
    status: Status
    rate_usd_tkm: NonNegative = Field(description="freight rate of the reference cargo class, USD/(t km)")
    rate_low_usd_tkm: NonNegative | None = None
    rate_high_usd_tkm: NonNegative | None = None
    toll_usd_t: NonNegative = 0.0
    capacity_t_per_day: Positive | None = Field(default=None, description="both directions together; empty: no limit")
    headway_h: Positive | None = Field(default=None, description="hours between departures of a scheduled service")
    places_t: Positive | None = Field(default=None, description="tonnes one departure can take")
    minimum_load_t: NonNegative | None = Field(default=None, description="tonnes below which a departure is skipped")
    longest_wait_h: Positive | None = Field(default=None, description="a departure is never skipped beyond this wait")
    load_alpha: NonNegative = 0.0
    load_beta: Positive = 4.0


class Post(Sourced):
    """One side of a border crossing point in one direction: the queue and the procedures of one country's border post."""

    post_id: Identifier
    bcp_id: Identifier = Field(description="the crossing point this post belongs to")
    title: str = Field(default="", description="name of the crossing as people say it; empty: made from bcp_id")
    link_id: Identifier
    country: Country
    direction: Direction
    capacity_vehicles_per_day: Positive = Field(description="highest daily throughput observed")
    servers: Annotated[int, Field(ge=1)] = 1
    service_law: Law = Law.EXPONENTIAL
    service_cv: NonNegative = 1.0
    dwell_h: NonNegative = Field(description="papers, parking, inspection: mean hours without any queue")
    dwell_low_h: NonNegative | None = None
    dwell_high_h: NonNegative | None = None
    dwell_cv: NonNegative = 1.0
    opens_h: Hour = 0.0
    closes_h: Hour = 24.0
    queue_max: Annotated[int, Field(ge=0)] | None = None
    fee_usd_per_vehicle: NonNegative = 0.0
    overtime_share: Share = Field(
        default=0.0, description="part of the capacity that is manned only when the line is long"
    )
    overtime_line_h: Positive = Field(default=12.0, description="hours in line from which overtime is worked")
    alert_dwell_share: NonNegative = Field(
        default=0.0, description="dwell added while its region is on alert, as a share"
    )
    publishes: bool = Field(default=True, description="0: nobody can look up the times of this post")


class Terminal(Sourced):
    """Where goods change layer at a node: mode, break of gauge, or between their zone and a mode (both directions)."""

    terminal_id: Identifier
    node_id: Identifier
    from_layer: Layer
    to_layer: Layer
    handling_usd_t: NonNegative
    handling_low_usd_t: NonNegative | None = None
    handling_high_usd_t: NonNegative | None = None
    dwell_h: NonNegative
    dwell_low_h: NonNegative | None = None
    dwell_high_h: NonNegative | None = None
    dwell_cv: NonNegative = 1.0
    capacity_t_per_day: Positive | None = None
    opens_h: Hour = 0.0
    closes_h: Hour = 24.0


class Commodity(Sourced):
    commodity_id: Identifier
    name: str
    cargo_class: CargoClass
    unit_value_usd_t: Positive
    unit_value_low_usd_t: Positive | None = None
    unit_value_high_usd_t: Positive | None = None
    time_class: Identifier = Field(
        description="bulk, general, manufactures or perishable: which share a day a delay costs"
    )
    lot_t: Positive = Field(description="tonnes that leave together")


class Rate(Sourced):
    """Price and payload of a cargo class on a mode; a pair that is not listed is not admissible."""

    mode: Mode
    cargo_class: CargoClass
    rate_factor: Positive = Field(description="times the link's rate")
    payload_t: Positive = Field(description="tonnes in one vehicle: truck, wagon or box")
    vehicle_hour_usd: NonNegative = Field(description="cost of one vehicle standing an hour beyond its free time")


class Flow(Sourced):
    flow_id: Identifier
    origin: Identifier
    destination: Identifier
    commodity: Identifier
    kind: FlowKind
    tonnes: NonNegative = Field(description="tonnes in the base year")
    unit_value_usd_t: Positive | None = Field(default=None, description="overrides the commodity's value for this pair")
    potential_tonnes: Positive | None = Field(default=None, description="what gravity predicts without friction")
    n_shippers: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class Background(Sourced):
    """Vehicles at a post that no flow explains: count minus modelled, and empty returns."""

    post_id: Identifier
    month: Month = Field(description="1-12, or 0 for every month")
    vehicles_per_day: NonNegative
    lane_factor: Positive = Field(default=1.0, description="server time relative to a loaded vehicle")
    lot_vehicles: Positive = Field(
        default=5.0, description="vehicles that move as one, to save time: few where the wait matters"
    )


class Tariff(Sourced):
    """Ad valorem duty; the most specific row wins (origin before commodity)."""

    destination: Country
    origin: str = Field(pattern=r"^([A-Z]{2}|\*)$")
    commodity: str = Field(description="a commodity, or *")
    rate_share: NonNegative
    rate_low_share: NonNegative | None = None
    rate_high_share: NonNegative | None = None


class Market(Sourced):
    """How much of a country's market for a commodity the flows of this case cover; unlisted means 0: a price taker."""

    country: Country
    commodity: str = Field(description="a commodity, or *")
    side: Side
    covered_share: Share


class PolicyStep(Sourced):
    """One change that a policy makes; the rows of one ``policy_id`` act together."""

    policy_id: Identifier
    title: str
    start: str = Field(default="", description="a date, a number of days after the opening day, or empty for that day")
    end: str = Field(default="", description="a date, a number of days after the opening day, or empty for never")
    action: Action
    target: str = Field(
        description="a link, post, terminal, destination/origin/commodity triple, pair of countries, hazard or assumption"
    )
    value: str = Field(default="", description="a number or the name of an assumption; for a ban the share let through")


class Assumption(Sourced):
    name: Identifier
    value: float = Field(allow_inf_nan=False)
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    shape: Shape = Shape.TRIANGULAR
    unit: str
    meaning: str = Field(min_length=1)


class Source(Row):
    source_id: Identifier
    title: str
    publisher: str = ""
    year: str = ""
    url: str = ""
    how_read: str = ""


class Explained(Row):
    """A warning of ``check`` that is right and understood."""

    table: str = Field(description="the file that the warning names")
    row: str = Field(default="", description="keys of the rows it names, separated by ;; empty: of the whole table")
    column: str = Field(default="", description="the column it names")
    warning: str = Field(
        default="", description="words of the warning, without numbers, that tell it from others of the same cell"
    )
    reason: str = Field(min_length=10, description="why it may stand")


class Cut(Row):
    """A named set of links; tonnes over it count each consignment once."""

    name: Identifier
    title: str
    links: tuple[Identifier, ...]


class CaseInfo(Row):
    """``case.toml``."""

    name: Identifier
    title: str
    question: str
    base_year: Annotated[int, Field(ge=1950, le=2100)]
    start: str = Field(description="the opening day, ISO date")
    warmup_days: Annotated[int, Field(ge=0, le=3650)] = 545
    home: Country = Field(description="the country whose total trade is the first denominator")
    partners: str = Field(
        default="all partners", min_length=1, description="with whom the flows trade that make up the first denominator"
    )
    pairs: tuple[tuple[Country, Country], ...] = ()
    cuts: tuple[Cut, ...] = ()
    limits: tuple[str, ...] = Field(description="what this case cannot say")


@dataclass(frozen=True, slots=True)
class Case:
    """All tables of one corridor, checked."""

    info: CaseInfo
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    posts: tuple[Post, ...]
    terminals: tuple[Terminal, ...]
    commodities: tuple[Commodity, ...]
    rates: tuple[Rate, ...]
    flows: tuple[Flow, ...]
    background: tuple[Background, ...]
    tariffs: tuple[Tariff, ...]
    markets: tuple[Market, ...]
    policies: tuple[PolicyStep, ...]
    assumptions: tuple[Assumption, ...]
    sources: tuple[Source, ...]
    carriers: tuple[Carrier, ...] = ()
    services: tuple[Service, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    regimes: tuple[Regime, ...] = ()
    events: tuple[Event, ...] = ()
    authorities: tuple[Authority, ...] = ()
    consents: tuple[Consent, ...] = ()
    openings: tuple[Opening, ...] = ()
    projects: tuple[Project, ...] = ()
    emissions: tuple[Emission, ...] = ()
    targets: tuple[Target, ...] = ()
    claims: tuple[Claim, ...] = ()
    explained: tuple[Explained, ...] = ()
    digest: str = ""


#: File name -> (attribute of Case, row class, key columns, may be absent).
TABLES: dict[str, tuple[str, type[Row], tuple[str, ...], bool]] = {
    "nodes.csv": ("nodes", Node, ("node_id",), False),
    "links.csv": ("links", Link, ("link_id",), False),
    "borders.csv": ("posts", Post, ("post_id",), True),
    "terminals.csv": ("terminals", Terminal, ("terminal_id",), False),
    "commodities.csv": ("commodities", Commodity, ("commodity_id",), False),
    "rates.csv": ("rates", Rate, ("mode", "cargo_class"), False),
    "flows.csv": ("flows", Flow, ("flow_id",), False),
    "background.csv": ("background", Background, ("post_id", "month", "lane_factor"), True),
    "tariffs.csv": ("tariffs", Tariff, ("destination", "origin", "commodity"), True),
    "markets.csv": ("markets", Market, ("country", "commodity", "side"), True),
    "policies.csv": ("policies", PolicyStep, (), True),
    "assumptions.csv": ("assumptions", Assumption, ("name",), True),
    "sources.csv": ("sources", Source, ("source_id",), False),
    "carriers.csv": ("carriers", Carrier, ("carrier_id",), True),
    "services.csv": ("services", Service, ("service_id",), True),
    "hazards.csv": ("hazards", Hazard, ("hazard_id",), True),
    "regimes.csv": ("regimes", Regime, ("regime_id",), True),
    "events.csv": ("events", Event, ("event_id",), True),
    "authorities.csv": ("authorities", Authority, ("authority_id",), True),
    "consents.csv": ("consents", Consent, ("link_id", "authority_id"), True),
    "openings.csv": ("openings", Opening, ("policy_id",), True),
    "projects.csv": ("projects", Project, ("project_id",), True),
    "emissions.csv": ("emissions", Emission, ("mode", "cargo_class"), True),
    "targets.csv": ("targets", Target, ("target_id",), True),
    "claims.csv": ("claims", Claim, ("claim_id",), True),
    "explained.csv": ("explained", Explained, ("table", "row", "column", "warning"), True),
}
