"""Worlds whose accounts are made up, so that an appraisal can be worked out by hand."""

from dataclasses import replace
from typing import Any

import numpy as np

from abm.corridor.tables import CargoClass, Case, Emission, Mode, Project
from abm.network.build import CLASSES, MODES
from abm.network.options import blueprint
from abm.observers import account_countries
from abm.worlds import WorldRun
from tests.made_comparisons import made_world, steady
from tests.small_worlds import edited, toy

EMISSIONS = (
    Emission(mode=Mode.ROAD, cargo_class=CargoClass.BULK, g_co2e_tkm=60, source="invented", grade="C"),
    Emission(mode=Mode.RAIL, cargo_class=CargoClass.BULK, g_co2e_tkm=15, source="invented", grade="C"),
)  # fmt: skip


def line(**columns: Any) -> Project:
    """A project of reopen-rail that takes two years from the opening day, costs 100 m USD, and is never delayed."""
    values = {
        "project_id": "line", "title": "A line", "policy_id": "reopen-rail", "payer": "XA", "cost_usd_m": 100,
        "start": "2025-01-01", "build_years": 2, "upkeep_share_per_year": 0.01, "source": "invented", "grade": "C",
    }  # fmt: skip
    return Project(**{**values, **columns})


def case_with(project: Project) -> Case:
    """Toy with one project and plain factors of CO2e."""
    return edited(toy(), projects=(project,), emissions=EMISSIONS)


def world(years: int = 2, entered_t: float = 0.0, **accounts: dict[str, float]) -> WorldRun:
    """A world with these USD (or bulk tonne-km by mode, as ``tkm``) in each year: account -> country or mode -> number.

    ``entered_t``: tonnes a year over the railway that the project opens, each way.
    """
    countries = account_countries(toy())
    sums = {
        f"account_{name}": np.zeros((years, len(countries)))
        for name in ("users", "transit", "exporters", "other_buyers", "duty", "charges")
    }
    sums["account_tkm"] = np.zeros((years, len(MODES), len(CLASSES)))
    for name, numbers in accounts.items():
        for key, number in numbers.items():
            if name == "tkm":
                sums["account_tkm"][:, [mode.value for mode in MODES].index(key), 0] = number
            else:
                sums[f"account_{name}"][:, countries.index(key)] = number
    made = made_world(steady(years))
    arcs = blueprint(toy()).network.arcs
    over = np.array([name.startswith("rail-ask-bek:") for name in arcs.names])
    return replace(made, sums=sums, entered_t=np.where(over, entered_t, made.entered_t))
