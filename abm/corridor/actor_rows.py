"""Rows about those who act: carriers and their services, hazards and regimes, authorities, openings, projects; and CO2e.

Lists in a cell are separated by ``;``. Durations are medians with the 5 and 95 % points of a lognormal as low and high.
"""

from typing import Annotated

from pydantic import Field

from abm.corridor.rows import CargoClass, Country, Identifier, Mode, NonNegative, Positive, Share, Sourced

CalendarMonth = Annotated[int, Field(ge=1, le=12)]


def listed(cell: str) -> tuple[str, ...]:
    """The names in a cell, separated by ``;``."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())


class Carrier(Sourced):
    """Who owns vehicles of one mode: a railway, the lorries of a country, a ferry or shipping line."""

    carrier_id: Identifier
    name: str
    country: Country = Field(description="whose account its profit goes to; it need not have a node")
    mode: Mode
    is_regulated: bool = Field(default=False, description="1: its rates move by policy alone")
    is_elastic: bool = Field(
        default=False,
        description="1: vehicles are hired and laid off freely, as lorries are; its services are never full",
    )
    vehicle_day_usd: NonNegative = Field(description="cost of owning and manning one vehicle for a day")
    vehicle_day_low_usd: NonNegative | None = None
    vehicle_day_high_usd: NonNegative | None = None


class Service(Sourced):
    """A carrier's regular offer on a chain of links of its mode, out and back."""

    service_id: Identifier
    carrier_id: Identifier
    title: str
    from_node_id: Identifier = Field(description="where the way out begins: an end of the chain")
    links: str = Field(min_length=1, description="the chain of links in the order of the way out, separated by ;")
    boards: str = Field(
        default="", description="link of the chain on which cargo is taken aboard; empty: the first of each way"
    )
    payload_t: Positive = Field(description="tonnes in one vehicle: lorry, wagon, or ship")
    vehicles: Positive | None = Field(
        default=None, description="empty: as many as carry the base year at base_load_share"
    )
    vehicles_low: Positive | None = None
    vehicles_high: Positive | None = None
    turnaround_h: NonNegative = Field(description="loading, unloading and waiting at both ends, in one circuit")
    turnaround_low_h: NonNegative | None = None
    turnaround_high_h: NonNegative | None = None
    base_load_share: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        default=0.7, description="load factor of the fuller direction that the base year's fleet is sized for"
    )


class Hazard(Sourced):
    """Incidents of one kind in one risk region: how often, how long, what they hit, what is lost."""

    hazard_id: Identifier
    title: str
    region: Identifier = Field(description="risk region; oversight and tension are set by region or by hazard")
    kind: Identifier = Field(description="weather, security, war, technical, regulatory, dispute, congestion ...")
    targets: str = Field(min_length=1, description="links, or DESTINATION/ORIGIN/COMMODITY relations, separated by ;")
    left_share: Share = Field(default=0.0, description="capacity (of links) or trade (of relations) left; 0: all stops")
    rate_per_year: NonNegative = Field(description="incidents a year, echoes included, before oversight and tension")
    rate_low_per_year: NonNegative | None = None
    rate_high_per_year: NonNegative | None = None
    branching_share: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        default=0.0, description="echoes that one incident sets off, on average; below 1"
    )
    branching_low_share: Share | None = None
    branching_high_share: Share | None = None
    echo_days: Positive = Field(default=10.0, description="mean age at which an echo follows: 1 / beta")
    duration_days: Positive
    duration_low_days: Positive | None = None
    duration_high_days: Positive | None = None
    loss_share: Share = Field(default=0.0, description="share of the cargo on the links that an outbreak destroys")
    season_from_month: CalendarMonth | None = None
    season_to_month: CalendarMonth | None = None
    season_share: Share | None = Field(default=None, description="share of a year's incidents that fall in the season")
    is_active: bool = Field(default=True, description="0: only while a policy sets its rate with set_hazard")
    authority_id: str = Field(default="", description="whose act it is, if anybody's: a gatekeeper's own shocks")
    raises_alert: bool = Field(default=False, description="1: while it lasts, the posts of its region inspect more")


class Regime(Sourced):
    """Two states of the relations of two countries, normal and long closure, shared by all their crossings."""

    regime_id: Identifier
    title: str
    pair: Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z]{2}$")]
    links: str = Field(min_length=1, description="crossings shut in the long closure, separated by ;")
    rate_per_year: NonNegative = Field(description="closures begun a year, while normal")
    rate_low_per_year: NonNegative | None = None
    rate_high_per_year: NonNegative | None = None
    duration_days: Positive
    duration_low_days: Positive | None = None
    duration_high_days: Positive | None = None
    starts_closed: bool = False
    is_active: bool = True
    authority_id: str = ""
    raises_alert: bool = Field(default=False, description="1: while it lasts, the posts of its links inspect more")


class Event(Sourced):
    """A dated incident of history that can be replayed instead of drawn ones."""

    event_id: Identifier
    title: str
    start: str = Field(description="ISO date")
    end: str = Field(default="", description="ISO date on which it is over; empty: still on")
    duration_days: Positive | None = Field(default=None, description="its exact length, where dates are too coarse")
    kind: Identifier
    targets: str = Field(
        min_length=1, description="links, posts, or DESTINATION/ORIGIN/COMMODITY relations, separated by ;"
    )
    left_share: Share = 0.0
    loss_share: Share = 0.0
    raises_alert: bool = False


class Authority(Sourced):
    """Who must agree: a state, an operator, or an outside power that holds a veto."""

    authority_id: Identifier
    name: str
    country: Country = Field(description="its own country, which need not have a node")
    role: Annotated[str, Field(pattern="^(state|operator|gatekeeper)$")]


class Consent(Sourced):
    """A link needs the consent of an authority."""

    link_id: Identifier
    authority_id: Identifier
    reason: str = Field(description="territory, concession, permission, finance ...")


class Opening(Sourced):
    """When a policy may come into force: elicited dates, never included."""

    policy_id: Identifier
    earliest: str = Field(description="ISO date: the lowest of a triangular distribution given that it happens")
    likely: str
    latest: str
    never_share: Share = Field(description="probability that it does not happen by the latest date")
    never_low_share: Share | None = None
    never_high_share: Share | None = None


class Project(Sourced):
    """What has to be built before a policy can come into force, and what it costs."""

    project_id: Identifier
    title: str
    policy_id: Identifier
    payer: Country = Field(description="whose account the rest of capital and upkeep go to")
    partner: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = Field(
        default="", description="a second country that pays a part of its own, such as the works beyond the border"
    )
    partner_share: Share = Field(default=0.0, description="share of capital and upkeep that the partner pays")
    cost_usd_m: Positive
    cost_low_usd_m: Positive | None = None
    cost_high_usd_m: Positive | None = None
    grant_share: Share = Field(
        default=0.0, description="share of the capital that somebody outside pays as a gift (a loan is none)"
    )
    start: str = Field(description="ISO date on which work is to begin")
    build_years: Positive
    build_low_years: Positive | None = None
    build_high_years: Positive | None = None
    land_delays_per_year: NonNegative = 0.0
    land_delay_days: Positive = 180.0
    funding_delays_per_year: NonNegative = 0.0
    funding_delay_days: Positive = 365.0
    policy_delays_per_year: NonNegative = 0.0
    policy_delay_days: Positive = 365.0
    upkeep_share_per_year: Share = Field(default=0.02, description="operation and upkeep of the works, of the cost")
    life_years: Positive = 30.0


class Emission(Sourced):
    """Greenhouse gases of moving goods, well to wheel."""

    mode: Mode
    cargo_class: CargoClass
    g_co2e_tkm: NonNegative
    g_co2e_low_tkm: NonNegative | None = None
    g_co2e_high_tkm: NonNegative | None = None
