"""CO2e in a terminal: kilotonnes, changes by arm, grams a tonne-kilometre."""

import pandas as pd

from abm.commands.report_co2e import co2e_of_arms, co2e_of_run
from abm.commands.tables import Titled


def cells(table: Titled) -> list[list[str]]:
    columns = [list(column.cells) for column in table.table.columns]
    return [[str(cell) for cell in row] for row in zip(*columns, strict=True)]


def test_changes_stand_by_arm_in_kilotonnes_and_a_missing_arm_is_a_dash() -> None:
    spread = {"p5": -3000.0, "p95": -1000.0, "error": 500.0}
    table = pd.DataFrame(
        [
            {"arm": "transport", "mode": "road", "without": 60_000.0, "with": 58_000.0, "mean": -2000.0, **spread},
            {"arm": "transport", "mode": "all", "without": 61_500.0, "with": 59_500.0, "mean": -2000.0, **spread},
            {"arm": "prior", "mode": "all", "without": 61_500.0, "with": 62_500.0, "mean": 1000.0, **spread},
        ]
    )
    told = cells(co2e_of_arms(table, {"transport": "transport only", "prior": "friction lifted"}))
    assert told == [
        ["road", "60.0", "-2.00 (-3.00 to -1.00)", "-"],
        ["all modes", "61.5", "-2.00 (-3.00 to -1.00)", "+1.00 (-3.00 to -1.00)"],
    ]


def test_one_world_is_told_by_its_last_year_and_without_modes_that_carry_nothing() -> None:
    table = pd.DataFrame(
        {"mode": ["road", "sea", "road", "sea"], "year": [1, 1, 2, 2], "tkm": [1e9, 0.0, 2e9, 0.0],
         "co2e_t": [6e4, 0.0, 1.3e5, 0.0]}
    )  # fmt: skip
    assert cells(co2e_of_run(table)) == [["road", "2,000", "130.0", "65"]]
