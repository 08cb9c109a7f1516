"""Rules that one row, or the rows of one table, must keep: ranges, units, dates, tariffs, flows, links, assumptions."""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache

from abm.corridor.assumptions import domain, expected_unit, name_rule
from abm.corridor.catalogue import INFO_FILE
from abm.corridor.folder import Reading
from abm.corridor.references import countries
from abm.corridor.size import measure
from abm.corridor.tables import (
    TABLES,
    Assumption,
    Commodity,
    Flow,
    FlowKind,
    Link,
    Mode,
    PolicyStep,
    Post,
    Rate,
    Row,
    Shape,
    Tariff,
    Terminal,
)
from abm.corridor.wording import as_written
from abm.errors import Problem, nearest
from abm.units import UNITS

GAUGES_MM = (1435, 1520, 1676)
MAX_TARIFF_SHARE = 5.0
#: More consignments and background vehicles a day than this cannot be simulated.
MAX_PER_DAY = 1_000_000.0

#: (row class, column, lowest, highest): beyond, a number is a slip of the keyboard or of the unit.
_PLAUSIBLE: tuple[tuple[type[Row], str, float, float], ...] = (
    (Link, "length_km", 0.0, 40_000.0),
    (Link, "free_speed_kmh", 1.0, 300.0),
    (Link, "headway_h", 0.1, 8_760.0),
    (Link, "load_alpha", 0.0, 1_000.0),
    (Link, "load_beta", 0.0, 20.0),
    (Post, "capacity_vehicles_per_day", 0.01, 1e6),
    (Post, "servers", 1, 1e6),
    (Post, "service_cv", 0.0, 10.0),
    (Post, "dwell_h", 0.0, 8_760.0),
    (Post, "dwell_cv", 0.0, 10.0),
    (Post, "overtime_share", 0.0, 0.9),
    (Post, "overtime_line_h", 0.1, 8_760.0),
    (Post, "alert_dwell_share", 0.0, 100.0),
    (Terminal, "dwell_h", 0.0, 8_760.0),
    (Terminal, "dwell_cv", 0.0, 10.0),
    (Rate, "rate_factor", 0.001, 1_000.0),
    (Rate, "payload_t", 0.01, 1e6),
    (Commodity, "lot_t", 0.01, 1e6),
)


def coherence_problems(reading: Reading) -> Iterator[Problem]:
    """Every row on its own."""
    yield from _ranges(reading)
    yield from _slips(reading)
    yield from _too_many(reading)
    yield from _info(reading)
    yield from _links(reading)
    yield from _flows(reading)
    yield from _assumptions(reading)
    for place, tariff in reading.located(Tariff):
        if tariff.rate_share >= MAX_TARIFF_SHARE:
            rule = f"must be < {MAX_TARIFF_SHARE:g}: it is a share of the value (0.05 for five per cent)"
            yield Problem(place, rule, "rate_share", f"{tariff.rate_share:g}")


@lru_cache(maxsize=64)
def range_columns(model: type[Row]) -> tuple[tuple[str, str, str], ...]:
    """(value, low, high) columns of a table: ``length_km``, ``length_low_km``, ``length_high_km``; ``vehicles``,
    ``vehicles_low``, ``vehicles_high``."""
    ranged = [name for name in model.model_fields if "_low_" in name or name.endswith("_low")]
    found = [(name.replace("_low", "", 1), name) for name in ranged]
    if "low" in model.model_fields:
        found.append(("value", "low"))
    return tuple((value, low, low.replace("low", "high", 1)) for value, low in found)


def _ranges(reading: Reading) -> Iterator[Problem]:
    for _, kind, _, _ in TABLES.values():
        for place, row in reading.located(kind):
            for column, low_column, high_column in range_columns(kind):
                value, low, high = (getattr(row, name) for name in (column, low_column, high_column))
                if (low is None) != (high is None):
                    yield Problem(place, "needs both ends or none", low_column if low is None else high_column)
                elif value is None and low is not None:
                    yield Problem(place, f"has a range but {column} is empty", low_column, f"{low:g}")
                elif low is not None and not low <= value <= high:
                    rule = f"must lie between {low_column} {low:g} and {high_column} {high:g}"
                    yield Problem(place, rule, column, f"{value:g}")


def _slips(reading: Reading) -> Iterator[Problem]:
    for kind, column, lowest, highest in _PLAUSIBLE:
        for place, row in reading.located(kind):
            value = getattr(row, column)
            if value is not None and not lowest <= value <= highest:
                yield Problem(place, f"must be from {lowest:g} to {highest:g}", column, f"{value:g}")


def _too_many(reading: Reading) -> Iterator[Problem]:
    size = measure(reading)
    if size.consignments_per_day > MAX_PER_DAY:
        rule = f"would make {size.consignments_per_day:.3g} consignments a day; at most {MAX_PER_DAY:,.0f} can be simulated"
        yield Problem("flows.csv", rule, "tonnes")
    if size.background_vehicles_per_day > MAX_PER_DAY:
        number = f"{size.background_vehicles_per_day:.3g}"
        rule = f"are {number} vehicles a day at all posts together; at most {MAX_PER_DAY:,.0f} can be simulated"
        yield Problem("background.csv", rule, "vehicles_per_day")


def _info(reading: Reading) -> Iterator[Problem]:
    info = reading.info
    if info is None:
        return
    try:
        dt.date.fromisoformat(info.start)
    except ValueError:
        yield Problem(INFO_FILE, "must be a date such as 2025-01-31", "start", as_written(info.start))
    if not info.limits or not all(limit.strip() for limit in info.limits):
        yield Problem(INFO_FILE, "must say at least one thing that this case cannot tell, and no empty one", "limits")


def _links(reading: Reading) -> Iterator[Problem]:
    for place, link in reading.located(Link):
        if link.from_node_id == link.to_node_id:
            yield Problem(place, "must differ from from_node_id", "to_node_id", as_written(link.to_node_id))
        gauges = ", ".join(str(gauge) for gauge in GAUGES_MM)
        if link.mode is Mode.RAIL and link.gauge_mm not in GAUGES_MM:
            yield Problem(place, f"must be one of {gauges} on rail", "gauge_mm", str(link.gauge_mm or ""))
        if link.mode is not Mode.RAIL and link.gauge_mm is not None:
            yield Problem(place, f"must be empty on {link.mode.value}", "gauge_mm", str(link.gauge_mm))
        yield from _service(place, link)


def _service(place: str, link: Link) -> Iterator[Problem]:
    """Departures: what only means something together."""
    if link.minimum_load_t is not None and link.headway_h is None:
        yield Problem(place, "needs a headway_h", "minimum_load_t", f"{link.minimum_load_t:g}")
    if link.longest_wait_h is not None and link.headway_h is None and link.places_t is None:
        yield Problem(place, "needs a headway_h or places_t", "longest_wait_h", f"{link.longest_wait_h:g}")
    if link.minimum_load_t is not None and link.places_t is not None and link.minimum_load_t > link.places_t:
        yield Problem(place, f"must be <= places_t {link.places_t:g}", "minimum_load_t", f"{link.minimum_load_t:g}")


def _flows(reading: Reading) -> Iterator[Problem]:
    for place, flow in reading.located(Flow):
        if flow.origin == flow.destination:
            yield Problem(place, "must differ from origin", "destination", as_written(flow.destination))
        potential = flow.potential_tonnes
        if flow.tonnes == 0 and potential is None:
            yield Problem(place, "is 0: say with potential_tonnes what could flow, or delete the row", "tonnes", "0")
        if potential is not None and flow.kind is FlowKind.EXOGENOUS:
            yield Problem(place, "must be empty for an exogenous flow: it does not grow", "potential_tonnes")
        elif potential is not None and potential < flow.tonnes:
            yield Problem(place, f"must be >= tonnes {flow.tonnes:g}", "potential_tonnes", f"{potential:g}")


def _assumptions(reading: Reading) -> Iterator[Problem]:
    named = frozenset(row.value for _, row in reading.located(PolicyStep) if row.value)
    known = countries(reading)
    for place, row in reading.located(Assumption):
        if row.unit not in UNITS:
            rule = f"is not a unit; known are {', '.join(UNITS)}"
            yield Problem(place, rule, "unit", as_written(row.unit), nearest(row.unit, UNITS))
        elif row.unit != (expected_unit(row.name) or row.unit):
            yield Problem(place, f"must be {expected_unit(row.name)} for {row.name}", "unit", as_written(row.unit))
        if row.shape is Shape.LOGNORMAL and row.low <= 0:
            yield Problem(place, "must be > 0 for a lognormal shape", "low", f"{row.low:g}")
        rule, meant = name_rule(row.name, known, named)
        if rule and known:
            yield Problem(place, rule, "name", as_written(row.name), meant)
        for column in ("value", "low", "high"):
            if fault := domain(row.name).rule(getattr(row, column)):
                yield Problem(place, f"{fault} for {row.name}", column, f"{getattr(row, column):g}")
