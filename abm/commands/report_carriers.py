"""Carriers as a terminal shows them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from rich.text import Text

from abm.commands.tables import Titled, titled
from abm.worlds import WITHOUT

#: Changes of load, in points, or of price or fleet, as a share, below which a service is not worth a line.
_SMALL_CHANGE = 0.03
#: So many services are shown at most; the others are in services.csv.
_MOST_SERVICES = 14
_NOTE = (
    "Out → back. Load: carried over offered tonne-km; price: over the rate of the case, which regulated carriers keep; fleet: "
    "vehicles at the end of the year (wagons, lorries, ships, boxes). More in services.csv (--out)."
)


def carriers_of_comparison(services: pd.DataFrame, arm: str) -> Iterator[Titled]:
    """Services that the measure changes most, without and with it; nothing where no carrier acts."""
    if services.empty:
        return
    before, after = _by_service(services, WITHOUT), _by_service(services, arm)
    found = titled(
        "Services that the measure changes most, last year: transport only, without → with",
        ("", "fleet", "load out", "load back", "price out", "price back", "profit, USD m"), _NOTE.removeprefix("Out → back. "),
    )  # fmt: skip
    weight = {service: _change(before[service], after[service]) for service in after}
    ranked = sorted(weight, key=lambda service: -weight[service])
    shown = [service for service in ranked if weight[service] > _SMALL_CHANGE][:_MOST_SERVICES]
    for service in shown:
        old, new = before[service], after[service]
        cells = [
            _pair(old[name] * scale, new[name] * scale, digits)
            for name, scale, digits in (
                ("vehicles", 1.0, 0), ("load_out", 1.0, 2), ("load_back", 1.0, 2), ("price_out", 1.0, 2),
                ("price_back", 1.0, 2), ("profit_usd_mean", 1e-6, 1),
            )
        ]  # fmt: skip
        found.table.add_row(str(new["title"]), *cells)
    if shown:
        yield found


def carriers_of_run(services: pd.DataFrame) -> Iterator[Titled]:
    """All services of one world that offered anything; nothing where no carrier acts."""
    if services.empty:
        return
    found = titled(
        "Services, last year", ("", "fleet", "circuit, days", "load", "empty, %", "price", "profit, USD m"), _NOTE
    )
    for carrier, rows in services[services["load_out"].notna()].groupby("carrier", sort=False):
        found.table.add_row(Text(str(carrier), style="bold"))
        for row in rows.to_dict("records"):
            found.table.add_row(
                f"  {row['title']}", f"{row['vehicles']:,.0f}", f"{row['cycle_days']:.1f}",
                _pair(row["load_out"], row["load_back"], 2), f"{100.0 * row['empties']:.0f}",
                _pair(row["price_out"], row["price_back"], 2), f"{row['profit_usd_mean'] / 1e6:,.1f}",
            )  # fmt: skip
    yield found


def _by_service(services: pd.DataFrame, arm: str) -> dict[str, dict[Any, Any]]:
    return {str(row["service"]): row for row in services[services["arm"] == arm].to_dict("records")}


def _change(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> float:
    """How much changes for a service: the largest change of load or price, or of the fleet as a share of the larger one."""
    names = ("load_out", "load_back", "price_out", "price_back")
    moved = (abs(np.nan_to_num(new[name]) - np.nan_to_num(old[name])) for name in names)
    fleet = abs(new["vehicles"] - old["vehicles"]) / max(new["vehicles"], old["vehicles"], 1.0)
    return float(max(*moved, fleet))


def _pair(first: float, second: float, digits: int) -> str:
    return " → ".join("-" if np.isnan(x) else f"{x:,.{digits}f}" for x in (first, second))
