"""Greenhouse gases of moving goods: tonnes of CO2e by mode, from tonne-kilometres and the factors of emissions.csv."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from abm.corridor.scenario import Scenario, ranged
from abm.network.arcs import Floats
from abm.network.build import CLASSES, MODES
from abm.study.spread import summary
from abm.worlds import WITHOUT, WorldRun

#: The row that adds up all modes.
ALL_MODES = "all"
_GRAMS_PER_TONNE = 1e6
_TKM = "account_tkm"


def factors_g_tkm(scenario: Scenario) -> Floats:
    """Grams of CO2e a tonne-kilometre, (n_modes, n_classes), in this world; 0 for a pair without a row.

    The factors of one mode are drawn at one quantile: their errors are mostly common (age of the fleet, current, slopes).
    """
    found = np.zeros((len(MODES), len(CLASSES)))
    for row in scenario.case.emissions:
        found[MODES.index(row.mode), CLASSES.index(row.cargo_class)] = ranged(
            scenario, "emissions.csv", row.mode.value, "g_co2e_tkm",
            row.g_co2e_tkm, row.g_co2e_low_tkm, row.g_co2e_high_tkm,
        )  # fmt: skip
    return found


def co2e_t(scenario: Scenario, world: WorldRun) -> Floats:
    """Tonnes of CO2e of a world by year and mode, (years, n_modes)."""
    return np.asarray((world.sums[_TKM] * factors_g_tkm(scenario)).sum(axis=2) / _GRAMS_PER_TONNE)


def co2e_of_world(scenario: Scenario, world: WorldRun) -> pd.DataFrame:
    """mode, year, tkm, co2e_t of one world; no rows for one that kept no accounts."""
    columns = ["mode", "year", "tkm", "co2e_t"]
    if _TKM not in world.sums:
        return pd.DataFrame(columns=columns)
    emitted, carried = co2e_t(scenario, world), world.sums[_TKM].sum(axis=2)
    rows = [
        (mode.value, year + 1, carried[year, number], emitted[year, number])
        for year in range(len(emitted))
        for number, mode in enumerate(MODES)
    ]
    return pd.DataFrame(rows, columns=columns)


def co2e_table(scenario: Scenario, seeds: Sequence[int], runs: Sequence[Mapping[str, WorldRun]]) -> pd.DataFrame:
    """arm, mode, without and with (tonnes of CO2e in the last year, means) and the change's mean, p5, p95, error over seeds."""
    columns = ["arm", "mode", "without", "with", *summary([])]
    if any(_TKM not in world.sums for worlds in runs for world in worlds.values()):
        return pd.DataFrame(columns=columns)
    rows = []
    for arm in (name for name in runs[0] if name != WITHOUT):
        pairs = np.array(
            [
                [co2e_t(replace(scenario, seed=seed), worlds[name])[-1] for name in (WITHOUT, arm)]
                for seed, worlds in zip(seeds, runs, strict=True)
            ]
        )
        pairs = np.concatenate([pairs, pairs.sum(axis=2, keepdims=True)], axis=2)
        for number, mode in enumerate([*(mode.value for mode in MODES), ALL_MODES]):
            without, with_ = pairs[:, 0, number], pairs[:, 1, number]
            if without.any() or with_.any():
                row = {"arm": arm, "mode": mode, "without": without.mean(), "with": with_.mean()}
                rows.append(row | summary(with_ - without))
    return pd.DataFrame(rows, columns=columns)
