"""What each line of the charts is called, and in which unit it is told."""

from dataclasses import dataclass

from abm.corridor.tables import Case
from abm.network.build import MODES


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, what readers call it, its unit, and digits after the point."""

    name: str
    title: str
    unit: str
    digits: int


def lines_of(case: Case) -> tuple[Line, ...]:
    """Every line there is, in the order in which charts offer them."""
    home = case.info.home
    index, month, more = "base year = 100", "28-day mean", "% of trade without the measure"
    return (
        Line("trade_index", f"Trade of {home} by value, last 365 days", index, 1),
        Line("trade_index_t", f"Trade of {home} in tonnes, last 365 days", index, 1),
        Line("transit_days", f"Door-to-door time of the trade of {home}, {month}", "days", 1),
        Line("transit_change_pct", "Door-to-door time against the world without the measure", "%", 1),
        Line("wait_h", f"Wait in line at border posts, {month}", "hours a vehicle", 1),
        Line("queue_vehicles", "Vehicles in line at border posts", "vehicles", 0),
        *(
            Line(f"share_{mode.value}", f"Trade of {home} sent mainly by {mode.value}, last 28 days", "% of tonnes", 1)
            for mode in MODES
        ),
        Line("profit_musd_year", "Profit of all carriers, last 28 days told as a year", "million USD a year", 1),
        Line("incidents", "Incidents that have begun", "incidents", 0),
        Line("stopped_days", "Days for which incidents have shut links", "link-days", 0),
        Line("growth_new_pct", "Growth: trade that did not exist before", more, 1),
        Line("growth_diverted_pct", "Growth: lost by other trade", more, 1),
        Line("growth_more_pct", "Growth: more of what was traded before", more, 1),
    )
