"""A calibration as a terminal shows it."""

import math

from rich.text import Text

from abm.commands.style import console
from abm.commands.tables import Titled, show, titled
from abm.study.calibrate import Calibration


def show_calibration(result: Calibration) -> None:
    """Targets before and after, fitted and held back; values; what the targets cannot tell."""
    screen = console()
    screen.print(Text(result.case.info.title, style="bold"))
    seeds = f"{len(result.seeds)} worlds a set of values, seeds {result.seeds[0]} to {result.seeds[-1]}"
    screen.print(f"  {result.evaluations} sets of values; {seeds}")
    screen.print(f"  sum of squares: {result.sum_before:.1f} before, {result.sum_after:.1f} after")
    screen.print()
    for table in (_fit(result, "fit"), _fit(result, "held"), values_table(result)):
        show(screen, table)
    unmoved = [str(row["name"]) for row in result.values.to_dict("records") if not row["is_identified"]]
    if unmoved:
        told = f"The targets say next to nothing of {', '.join(unmoved)}: such values stay near where they stood, "
        screen.print(Text(told + "and their ranges are what is known of them."))
    ends = [str(row["name"]) for row in result.values.to_dict("records") if row["at_end"]]
    if ends:
        screen.print(
            Text(f"At an end of its range: {', '.join(ends)}. The targets, the range or the model may be wrong.")
        )


def _fit(result: Calibration, use: str) -> Titled:
    title = "Targets that were fitted" if use == "fit" else "Targets held back"
    columns = ("", "unit", "measured", "range", "before", "after", "miss before", "miss after")
    found = titled(title, columns, "A miss counts standard deviations of what the source leaves open.")
    for row in result.fit[result.fit["use"] == use].to_dict("records"):
        found.table.add_row(
            str(row["target_id"]), str(row["unit"]), number(row["value"]), f"{number(row['low'])} to {number(row['high'])}",
            number(row["measured_before"]), number(row["measured_after"]),
            f"{row['miss_before']:+.1f}", f"{row['miss_after']:+.1f}",
        )  # fmt: skip
    return found


def values_table(result: Calibration) -> Titled:
    """What was fitted: before, after, range, and the doubt that is left."""
    columns = ("", "before", "after", "range", "doubt left, %")
    found = titled("Values", columns, "Doubt left: of what the range alone left, 100 % where targets say nothing.")
    for row in result.values.to_dict("records"):
        doubt = f"{100.0 * row['doubt_left']:.0f}"
        ends = f"{number(row['low'])} to {number(row['high'])}"
        found.table.add_row(str(row["name"]), number(row["before"]), number(row["after"]), ends, doubt)
    return found


def number(value: float) -> str:
    """Three significant digits, with thousands apart; a dash where nothing was measured."""
    if not math.isfinite(value):
        return "-"
    digits = 3 - 1 - (math.floor(math.log10(abs(value))) if value else 0)
    return f"{round(value, digits):,.{max(digits, 0)}f}"
