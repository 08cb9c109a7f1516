"""A hindcast as a terminal shows it."""

import math
from typing import Any

from rich.console import Console
from rich.text import Text

from abm.commands.report_calibration import number, values_table
from abm.commands.style import console
from abm.commands.tables import Titled, show, titled
from abm.corridor.prose import counted
from abm.study.hindcast import Hindcast
from abm.study.hindcast_fitted import Fitted

_HALVES = {"fit": "Histories that may be fitted to", "held": "Histories held back"}


def show_hindcast(result: Hindcast) -> None:
    """One line a history, the score of each half; of a single history every target."""
    screen = console()
    if len(result.histories) == 1:
        screen.print(Text(str(result.histories["title"].iloc[0]), style="bold"))
        screen.print(f"  {_worlds(result)}")
        screen.print()
        show(screen, _targets(result))
    else:
        screen.print(Text("Dated events of the past, played again", style="bold"))
        screen.print(f"  {counted(len(result.histories), 'history', 'histories')}, {_worlds(result)}")
        screen.print()
    _show_halves(screen, result)


def show_fitted(result: Fitted) -> None:
    """What was fitted, and the histories before and after."""
    screen = console()
    found = result.calibration
    screen.print(Text("Dated events of the past, played again before and after a calibration", style="bold"))
    screen.print(f"  {found.evaluations} sets of values; {_worlds(result.before)}")
    screen.print(f"  sum of squares: {found.sum_before:.1f} before, {found.sum_after:.1f} after")
    screen.print()
    show(screen, values_table(found))
    for when, told in (("Before", result.before), ("After", result.after)):
        screen.print(Text(f"{when} the calibration", style="bold underline"))
        screen.print()
        _show_halves(screen, told)


def _worlds(result: Hindcast) -> str:
    seeds = result.seeds
    return f"{counted(len(seeds), 'pair')} of worlds each, " + (
        f"seeds {seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else f"seed {seeds[0]}"
    )


def _show_halves(screen: Console, result: Hindcast) -> None:
    for half in result.halves.to_dict("records"):
        show(screen, _histories(result, str(half["use"])))
        if half["n_histories"] > 1:
            for line in _score(half):
                screen.print(Text(line))
            screen.print()


def _histories(result: Hindcast, use: str) -> Titled:
    found = titled(
        _HALVES[use],
        ("", "within", "signs", "miss: model", "no change", "next cheapest", "better than both"),
        "Miss: mean over targets, in half-widths of the tolerance. Signs: of the change that the event made.",
    )
    for row in result.histories[result.histories["use"] == use].to_dict("records"):
        found.table.add_row(
            str(row["history"]), f"{row['n_within']}/{row['n_targets']}",
            f"{row['n_right']}/{row['n_signs']}" if row["n_signs"] else "-",
            *(f"{row[f'miss_{who}']:.2f}" for who in ("model", "no_change", "next_cheapest")),
            "yes" if row["beats_both"] else "no",
        )  # fmt: skip
    return found


def _score(half: dict[Any, Any]) -> list[str]:
    n, m = counted(int(half["n_histories"]), "history", "histories"), counted(int(half["n_targets"]), "target")
    return [
        f"{n}, {m}: {_percent(half['within_share'])} of targets within tolerance; all of them in "
        f"{_percent(half['all_within_share'])} of histories,",
        f"most of them in {_percent(half['most_within_share'])}. Signs right: {_percent(half['right_share'])}. "
        f"Better than both rivals: {_percent(half['beats_both_share'])}",
        f"(no change {_percent(half['beats_no_change_share'])}, next cheapest {_percent(half['beats_next_cheapest_share'])}); "
        f"median skill {half['skill_no_change_median']:.2f} and {half['skill_next_cheapest_median']:.2f}.",
    ]


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %" if math.isfinite(share) else "-"


def _targets(result: Hindcast) -> Titled:
    found = titled(
        "Targets",
        ("", "unit", "observed", "tolerance", "model", "", "no change", "next cheapest", "sign"),
        "±: Monte Carlo error of the mean. Sign: of the change that the event made.",
    )
    for row in result.targets.to_dict("records"):
        error = f"±{number(row['error'])}" if math.isfinite(row["error"]) else ""
        found.table.add_row(
            str(row["target_id"]), str(row["unit"]), number(row["value"]), f"{number(row['low'])} to {number(row['high'])}",
            number(row["model"]), f"{error} {'within' if row['is_within'] else 'off'}".strip(), number(row["no_change"]),
            number(row["next_cheapest"]), str(row["sign"]),
        )  # fmt: skip
    return found


def as_content(result: Hindcast, fitted: Fitted | None) -> dict[str, object]:
    """Everything as it is written to JSON."""
    content: dict[str, object] = {"provenance": result.provenance, **result.tables}
    if fitted is not None:
        content["before"] = {"provenance": fitted.before.provenance, **fitted.before.tables}
        content["calibration"] = {"provenance": fitted.calibration.provenance, **fitted.calibration.tables}
    return content
