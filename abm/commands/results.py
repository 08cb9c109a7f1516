"""The command that tells, filters and exports what a sweep has found."""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pandas as pd
from rich.text import Text

from abm.commands.style import StyledCommand, console
from abm.commands.tables import show, titled
from abm.errors import InputError, Problem, nearest
from abm.study.files import json_text, write_table
from abm.study.results import Results, open_results
from abm.study.spread import FEW_WORLDS

#: What is compared in ``--where``; the longer signs are tried first.
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge, "<=": operator.le, "!=": operator.ne, "=": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
#: Columns of a run that a condition may name, besides factors and outcomes.
_OF_RUN = ("point", "replication", "seed")
#: Outcomes that are shown when neither the plan nor the user names any.
_SHOWN = 10
#: From here on a number is told without decimals, and below with so many digits.
_LARGE, _DIGITS = 1_000.0, 4
_SECONDS_PER_HOUR = 3600.0
_LOW, _MIDDLE, _HIGH = 0.05, 0.5, 0.95
_NOTE = "Over runs: what is not known of the factors and chance together. Worlds are compared by `caravan report`."

_FEW = f"Of fewer than {FEW_WORLDS} runs, 5 to 95 % is little more than the lowest and the highest."


@dataclass(frozen=True, slots=True)
class Condition:
    """``name sign value``, as in ``sigma>4``."""

    name: str
    sign: str
    value: float


@click.command(cls=StyledCommand)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--arm", "arms", multiple=True, metavar="NAME", help="Only this arm; may be given several times.")
@click.option("--outcome", "names", multiple=True, metavar="NAME", help="This outcome; may be given several times.")
@click.option(
    "--where", "texts", multiple=True, metavar="'FACTOR>VALUE'",
    help="Only runs in which this holds, of a factor, an outcome, point, replication or seed (> >= < <= = !=).",
)  # fmt: skip
@click.option("--runs", "list_runs", is_flag=True, help="List the runs, with the keys that `caravan replay` takes.")
@click.option("--failed", is_flag=True, help="List the runs that failed, and why.")
@click.option("--csv", "csv", type=click.Path(path_type=Path), metavar="FILE",
              help="Write a table: a row a run, with factors and outcomes (all, unless --outcome names some).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Write what is told as JSON to standard output.")
def results(
    folder: Path, arms: tuple[str, ...], names: tuple[str, ...], texts: tuple[str, ...], list_runs: bool, failed: bool,
    csv: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Tell what a sweep has found, finished or still running.

    Runs done, failed and open; outcomes by arm with mean and 5-95 % range over runs. DIR is the sweep's folder.
    """
    found = open_results(folder)
    problems: list[Problem] = []
    conditions = [one for text in texts if (one := parse_condition(text, found, problems)) is not None]
    wanted = names or found.named or found.names[:_SHOWN]
    problems += _unknown("--outcome", wanted, found.names) + _unknown("--arm", arms, found.arms)
    if problems:
        raise InputError(problems)
    content: dict[str, Any] = {"sweep": _told(found)}
    if failed or list_runs:
        content["runs"] = _runs(found, arms, conditions, failed=failed)
    else:
        content["outcomes"] = summary(_table(found, wanted, arms, conditions), wanted, arms or found.arms)
    try:
        if csv is not None:
            table = content["runs"] if "runs" in content else _table(found, names or found.names, arms, conditions)
            write_table(csv, table)
    finally:  # a full disk does not take away what has been found
        if as_json:
            click.echo(json_text(content), nl=False)
        else:
            _show(found, content)
    if csv is not None:
        click.echo(f"{len(table):,} runs are in {csv}", err=True)


def parse_condition(text: str, found: Results, problems: list[Problem]) -> Condition | None:
    """A condition such as ``sigma>4``; None, and a problem more, when it is none. Names of outcomes may hold signs themselves."""
    known = (*found.points.columns, *_OF_RUN, *found.names)
    candidates = []
    for match in re.finditer("|".join(map(re.escape, _SIGNS)), text):
        name, rest = text[: match.start()].strip(), text[match.end() :].strip()
        try:
            candidates.append(Condition(name, match.group(), float(rest)))
        except ValueError:
            continue
    for candidate in candidates:
        if candidate.name in known:
            return candidate
    if candidates:
        problems.append(Problem("--where", "names neither a factor nor an outcome of this sweep", value=repr(candidates[-1].name),
                                suggestion=nearest(candidates[-1].name, known)))  # fmt: skip
    else:
        problems.append(Problem("--where", f"must be NAME, one of {' '.join(_SIGNS)}, and a number", value=repr(text)))
    return None


def summary(table: pd.DataFrame, names: Sequence[str], arms: Sequence[str]) -> pd.DataFrame:
    """outcome, arm, n (runs with a number), mean, p5, p50, p95 of each outcome in each arm."""
    rows = []
    of_arm = {arm: table[table["arm"] == arm] for arm in arms if (table["arm"] == arm).any()}
    for name in names:
        for arm, mine in of_arm.items():
            values = mine[name]
            low, middle, high = (values.quantile(share) for share in (_LOW, _MIDDLE, _HIGH))
            rows.append((name, arm, int(values.count()), values.mean(), low, middle, high))
    return pd.DataFrame(rows, columns=["outcome", "arm", "n", "mean", "p5", "p50", "p95"])


def _table(found: Results, names: Sequence[str], arms: Sequence[str], conditions: Sequence[Condition]) -> pd.DataFrame:
    """A row a run that fulfils the conditions: point, replication, arm, seed, factors, outcomes."""
    of_outcomes = [one.name for one in conditions if one.name in found.names and one.name not in found.points.columns]
    values = found.outcomes(list(dict.fromkeys([*names, *of_outcomes])), list(arms) or None)
    which = list(values.columns[:4])
    factors = found.points.loc[values["point"]].reset_index(drop=True)
    table = pd.concat([values[which], factors, values.drop(columns=which)], axis=1)
    kept = _fulfilled(table, conditions)
    return table.loc[kept, [*which, *factors.columns, *names]].reset_index(drop=True)


def _runs(found: Results, arms: Sequence[str], conditions: Sequence[Condition], *, failed: bool) -> pd.DataFrame:
    """A row a run, as the sweep keeps them; of conditions, only those on outcomes need runs that are done."""
    runs = found.runs()
    runs = runs[runs["arm"].isin(arms or found.arms)]
    if failed:
        runs = runs[runs["status"] == "failed"]
    if conditions:
        of_outcomes = [one.name for one in conditions if one.name in found.names]
        values = found.outcomes(of_outcomes, list(arms) or None)
        table = runs.merge(found.points, left_on="point", right_index=True, how="left")
        table = table.merge(values, on=["point", "replication", "arm", "seed"], how="left")
        runs = runs[_fulfilled(table, conditions).to_numpy()]
    return runs.reset_index(drop=True)


def _fulfilled(table: pd.DataFrame, conditions: Sequence[Condition]) -> "pd.Series[bool]":
    kept = pd.Series(data=True, index=table.index)
    for one in conditions:
        kept &= _SIGNS[one.sign](table[one.name], one.value)
    return kept


def _unknown(option: str, names: Sequence[str], known: Sequence[str]) -> list[Problem]:
    return [
        Problem(option, "is not known in this sweep", value=repr(name), suggestion=nearest(name, known))
        for name in names
        if name not in known
    ]


def _told(found: Results) -> dict[str, Any]:
    """What the sweep is and how far it has come."""
    manifest, asked = found.manifest, found.manifest["asked"]
    runs = found.runs()
    return {
        "title": asked["title"],
        "question": asked["question"],
        "case": manifest["case"]["name"],
        "years": asked["years"],
        "design": asked["design"]["kind"],
        "points": len(found.points),
        "factors": len(found.points.columns),
        "arms": list(found.arms),
        "runs": found.counts(),
        "cpu_h": float(runs.drop_duplicates("key")["cpu_s"].sum()) / _SECONDS_PER_HOUR,
    }


def _show(found: Results, content: dict[str, Any]) -> None:
    screen, told = console(), content["sweep"]
    screen.print(Text(told["title"], style="bold"))
    screen.print(told["question"])
    screen.print(
        f"case {told['case']}, {told['years']} years; {told['design']} design of {told['points']:,} points in "
        f"{told['factors']} factors; arms {', '.join(told['arms'])}"
    )
    counts = told["runs"]
    screen.print(
        f"runs: {counts['done']:,} done, {counts['failed']:,} failed, {counts['open']:,} open; {told['cpu_h']:.2f} h of processor"
    )
    screen.print()
    if "runs" in content:
        _show_runs(content["runs"])
        return
    table = titled("Outcomes", ("outcome", "arm", "runs", "mean", "5 %", "50 %", "95 %"), _NOTE)
    for row in content["outcomes"].itertuples():
        table.table.add_row(row.outcome, row.arm, f"{row.n:,}", *map(number, (row.mean, row.p5, row.p50, row.p95)))
    if any(row.n < FEW_WORLDS for row in content["outcomes"].itertuples()):
        table = table._replace(note=f"{_NOTE} {_FEW}")
    show(screen, table)
    if not table.table.row_count:
        screen.print("no run is done, or none fulfils the conditions")
    elif counts["failed"]:
        screen.print(f"caravan results {found.folder} --failed tells why runs failed")


def _show_runs(runs: pd.DataFrame) -> None:
    """One run a line, never wrapped, so that a line can be searched for."""
    screen = console()
    for row in runs.itertuples():
        end = f"{row.cpu_s:.2f} s" if row.status == "done" else f"{row.error} ({row.attempts}. attempt)"
        line = f"{row.key}  {row.status}  point {row.point}  replication {row.replication}  {row.arm}  seed {row.seed}  {end}"
        screen.print(Text(line), soft_wrap=True)
    if runs.empty:
        screen.print("no such run")


def number(value: float) -> str:
    """A number for a table: grouped and whole when large, else with a few digits; a dash where there is none."""
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.{_DIGITS}g}"
