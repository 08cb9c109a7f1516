"""A hindcast as a terminal shows it."""

import math
import re
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from abm.commands.report_calibration import number, values_table
from abm.commands.style import console
from abm.commands.tables import Titled, show, titled
from abm.corridor.prose import counted
from abm.study.hindcast import HALVES, Hindcast
from abm.study.hindcast_fitted import Fitted

#: The column of names is never narrower, and a longer part of a name is cut into lines.
_NARROWEST = 12
#: Blanks between columns.
_GAP = 2
_MISSES = "Miss: mean over targets, in half-widths of the tolerance. Signs: of the change that the event made."
_SKILL = "Skill: 1 - miss of the model / miss of the rival: 1 without a miss, 0 as good, below 0 worse."


def show_hindcast(result: Hindcast) -> None:
    """One line a history, the score of each half; of a single history every target."""
    screen = console()
    if len(result.histories) == 1:
        screen.print(Text(str(result.histories["title"].iloc[0]), style="bold"))
        screen.print(f"  {_worlds(result)}")
        screen.print()
        show(screen, _targets(result, screen.width))
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
        histories = result.histories[result.histories["use"] == half["use"]]
        show(screen, _histories(histories, str(half["use"])))
        if len(histories) > 1:
            for line in _score(half, int(histories["n_signs"].sum())):
                screen.print(Text(line))
            screen.print()


def _histories(histories: pd.DataFrame, use: str) -> Titled:
    found = titled(
        HALVES[use],
        ("", "within", "signs", "miss: model", "no change", "next cheapest", "better than both"),
        _MISSES if len(histories) == 1 else f"{_MISSES}\n{_SKILL}",
    )
    for row in histories.to_dict("records"):
        found.table.add_row(
            str(row["history"]), f"{row['n_within']}/{row['n_targets']}",
            f"{row['n_right']}/{row['n_signs']}" if row["n_signs"] else "-",
            *(f"{row[f'miss_{who}']:.2f}" for who in ("model", "no_change", "next_cheapest")),
            "yes" if row["beats_both"] else "no",
        )  # fmt: skip
    return found


def _score(half: dict[Any, Any], n_signs: int) -> list[str]:
    n = int(half["n_histories"])
    everything, most, both, usual, cheapest = (
        round(n * half[f"{name}_share"])
        for name in ("all_within", "most_within", "beats_both", "beats_no_change", "beats_next_cheapest")
    )
    return [
        f"{counted(int(half['n_targets']), 'target')}, within tolerance: model {_percent(half['within_share'])}, no change "
        f"{_percent(half['within_no_change_share'])}, next cheapest {_percent(half['within_next_cheapest_share'])}.",
        f"In {everything} of {n} histories all targets are within tolerance, in {most} more than half.",
        f"Signs right: {_percent(half['right_share'])} of {counted(n_signs, 'target')} with a sign.",
        f"Better than both rivals in {both} of {n} histories (than no change in {usual}, than next cheapest in {cheapest}).",
        f"Median skill: {half['skill_no_change_median']:.2f} against no change, "
        f"{half['skill_next_cheapest_median']:.2f} against next cheapest.",
    ]


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %" if math.isfinite(share) else "-"


def _targets(result: Hindcast, width: int) -> Titled:
    columns = ("", "unit", "observed", "tolerance", "model", "", "no change", "next cheapest", "sign")
    note = "±: Monte Carlo error. In, off: of the tolerance. Sign: of the change that the event made."
    found = titled("Targets", columns, note)
    rows = [_figures(row) for row in result.targets.to_dict("records")]
    taken = (max(map(len, (*name.split(), *cells))) for name, *cells in zip(columns[1:], *rows, strict=True))
    room = max(_NARROWEST, width - sum(cells + _GAP for cells in taken))
    found.table.columns[0].overflow = "fold"
    for name, row in zip(result.targets["target_id"], rows, strict=True):
        found.table.add_row(in_lines(str(name), room), *row)
    return found


def _figures(row: dict[Any, Any]) -> tuple[str, ...]:
    error = f"±{number(row['error'])}" if math.isfinite(row["error"]) else ""
    return (
        str(row["unit"]), number(row["value"]), f"{number(row['low'])} to {number(row['high'])}", number(row["model"]),
        f"{error} {'in' if row['is_within'] else 'off'}".strip(), number(row["no_change"]), number(row["next_cheapest"]),
        str(row["sign"]),
    )  # fmt: skip


def in_lines(name: str, width: int) -> str:
    """A name in as many lines as it takes, broken after hyphens; a part that is longer than a line stays whole."""
    lines = [""]
    for part in re.findall(r"[^-]*-|[^-]+", name):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def as_content(result: Hindcast, fitted: Fitted | None) -> dict[str, object]:
    """Everything as it is written to JSON."""
    content: dict[str, object] = {"provenance": result.provenance, **result.tables}
    if fitted is not None:
        content["before"] = {"provenance": fitted.before.provenance, **fitted.before.tables}
        content["calibration"] = {"provenance": fitted.calibration.provenance, **fitted.calibration.tables}
    return content
