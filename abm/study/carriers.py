"""How carriers fare: fleet, load, empties, price and profit of every service in the last year, by arm."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from abm.corridor.tables import Case
from abm.network.arcs import Floats
from abm.study.spread import spread_columns, summary
from abm.units import HOURS_PER_DAY
from abm.worlds import WorldRun

_COLUMNS = [
    "arm", "service", "carrier", "country", "title", "vehicles", "capacity_t", "load_out", "load_back", "empties",
    "price_out", "price_back", "cycle_days", "revenue_usd", "cost_usd",
]  # fmt: skip


def services_table(case: Case, runs: Sequence[Mapping[str, WorldRun]]) -> pd.DataFrame:
    """One row per arm and service, last year, mean over seeds; profit_usd with its spread.

    vehicles, capacity_t (tonnes a day each way), price_out and price_back (over the table's rate), cycle_days: as they stood at
    the end of the year. load: carried over offered tonne-km; empties: the share of offered tonne-km that ran empty. A service
    that offered nothing has no load. Empty where no carrier acts.
    """
    rows: list[dict[str, object]] = []
    title = {carrier.carrier_id: (carrier.name, carrier.country) for carrier in case.carriers}
    for arm in runs[0]:
        if "service_revenue_usd" not in runs[0][arm].sums:
            continue
        worlds = [run[arm] for run in runs]
        carried, offered = (_last(worlds, f"service_{name}_tkm") for name in ("carried", "offered"))
        revenue, cost = (_last(worlds, f"service_{name}_usd") for name in ("revenue", "cost"))
        markup, hours = _level(worlds, "service_markup"), _level(worlds, "service_cycle_h")
        for number, service in enumerate(case.services):
            name, country = title[service.carrier_id]
            load = _ratio(carried[:, number], offered[:, number])
            rows.append(
                {
                    "arm": arm, "service": service.service_id, "carrier": name, "country": country, "title": service.title,
                    "vehicles": _level(worlds, "service_vehicles")[:, number].mean(),
                    "capacity_t": _level(worlds, "service_capacity_t")[:, number].mean(),
                    "load_out": _mean(load[:, 0]), "load_back": _mean(load[:, 1]),
                    "empties": 1.0 - _mean(_ratio(carried[:, number].sum(axis=1), offered[:, number].sum(axis=1))),
                    "price_out": markup[:, number, 0].mean(), "price_back": markup[:, number, 1].mean(),
                    "cycle_days": hours[:, number].mean() / HOURS_PER_DAY, "revenue_usd": revenue[:, number].mean(),
                    "cost_usd": cost[:, number].mean(),
                    **summary((revenue - cost)[:, number], "profit_usd_"),
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=[*_COLUMNS, *spread_columns("profit_usd_")])


def _last(worlds: Sequence[WorldRun], name: str) -> Floats:
    """A running sum in the last year, by seed."""
    return np.array([world.sums[name][-1] for world in worlds])


def _level(worlds: Sequence[WorldRun], name: str) -> Floats:
    """What stood at the end of the last year, by seed."""
    return np.array([world.levels[name][-1] for world in worlds])


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0.0))


def _mean(of_seeds: Floats) -> float:
    """Mean over the seeds in which there is a figure; nan where there is none."""
    there = of_seeds[np.isfinite(of_seeds)]
    return float(there.mean()) if there.size else float("nan")
