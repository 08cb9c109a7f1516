"""CO2e as a terminal shows it: of a comparison or an appraisal, and of one world."""

from collections.abc import Mapping

import pandas as pd

from abm.commands.tables import Titled, spread, titled
from abm.study.emissions import ALL_MODES
from abm.study.spread import summary

_NOTE = "Well to wheel, by the tonne-kilometres of each mode and class; factors with their sources: caravan explain CASE co2e."


def co2e_of_arms(table: pd.DataFrame, titles: Mapping[str, str]) -> Titled:
    """Kilotonnes without the measure, and how much more or less in each arm; ``titles`` by arm."""
    found = titled("CO2e in the last year, kt", ("", "without", *titles.values()), f"{_NOTE} Arms: the change.")
    for mode in dict.fromkeys(table["mode"]):
        rows = table[table["mode"] == mode].set_index("arm")
        cells = [
            spread(rows.loc[arm].to_dict() if arm in rows.index else summary([]), "", 1e-3, 2, error=False)
            for arm in titles
        ]
        name = "all modes" if mode == ALL_MODES else str(mode)
        found.table.add_row(name, f"{rows['without'].iloc[0] / 1e3:,.1f}", *cells)
    return found


def co2e_of_run(table: pd.DataFrame) -> Titled:
    """Million tonne-kilometres, kilotonnes of CO2e, and grams a tonne-kilometre of each mode in the last year."""
    found = titled("CO2e by mode, last year", ("", "million tkm", "kt", "g/tkm"), _NOTE)
    last = table[(table["year"] == table["year"].max()) & (table["tkm"] > 0.0)]
    for row in last.to_dict("records"):
        numbers = row["tkm"] / 1e6, row["co2e_t"] / 1e3, 1e6 * row["co2e_t"] / row["tkm"]
        found.table.add_row(str(row["mode"]), f"{numbers[0]:,.0f}", f"{numbers[1]:,.1f}", f"{numbers[2]:.0f}")
    return found
