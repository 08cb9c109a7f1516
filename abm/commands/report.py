"""Results as a terminal shows them: what an economist needs to read a figure right, in one screen or two."""

import math
from collections.abc import Iterable
from typing import Literal, NamedTuple

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from abm.commands.style import console
from abm.corridor.policies import policy_titles
from abm.study.compare import Comparison
from abm.study.single import Run
from abm.worlds import MEASURE, PRIOR, TRANSPORT, WITHOUT

#: Bases below this many tonnes a year make percentages that mislead: tonnes are told instead.
SMALL_BASE_T = 50_000.0
Justify = Literal["left", "right"]
ARM_TITLES = {
    WITHOUT: "without the measure",
    TRANSPORT: "transport only (phi = 0)",
    PRIOR: "friction lifted (phi from its prior)",
}
_DENOMINATORS = {"D1": "D1 trade of the country", "D2": "D2 trade of a pair", "D3": "D3 tonnes over a cut"}


def percent(share: float, digits: int = 1) -> str:
    """A signed percentage, ``+3.2 %``; a dash where there is none."""
    return "-" if not math.isfinite(share) else f"{100.0 * share:+.{digits}f} %"


def spread(row: pd.Series, prefix: str, scale: float = 100.0, digits: int = 1) -> str:
    """``+3.2 (1.1 to 5.6, +-0.4)``: mean, 5-95 % range over seeds, Monte Carlo error of the mean."""
    mean, low, high, error = (scale * row[f"{prefix}{name}"] for name in ("mean", "p5", "p95", "error"))
    if not math.isfinite(mean):
        return "-"
    if not math.isfinite(error):
        return f"{mean:+.{digits}f}"
    return f"{mean:+.{digits}f} ({low:.{digits}f} to {high:.{digits}f}, ±{error:.{digits + (error < 0.05)}f})"


class Titled(NamedTuple):
    """A table with its title and a note below it."""

    title: str
    table: Table
    note: str = ""


def _table(title: str, columns: Iterable[tuple[str, Justify]], note: str = "") -> "Titled":
    """A plain table; its title and note are kept beside it, to be printed at full width."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name, justify in columns:
        table.add_column(name, justify=justify, no_wrap=True)
    return Titled(title, table, note)


def show(screen: Console, titled: "Titled") -> None:
    """Title, table, note and a blank line; nothing if the table has no rows."""
    if titled.table.row_count:
        screen.print(Text(titled.title, style="bold"))
        screen.print(titled.table)
        if titled.note:
            screen.print(Text(titled.note, style="dim"))
        screen.print()


def show_comparison(result: Comparison) -> None:
    """The tables of a comparison: measure, growth, split, time and cost, waits, what it cannot say."""
    screen = console()
    titles = policy_titles(result.case)
    screen.print(Text(result.case.info.title, style="bold"))
    for policy in result.scenario.policies:
        screen.print(f"  with {policy}: {titles[policy]}")
    drawn = "chance and assumptions drawn" if result.scenario.draw else "chance drawn, assumptions at central values"
    screen.print(f"  {len(result.seeds)} paired worlds, {drawn}; every figure is given opening on {result.case.info.start}")
    screen.print("  mean over worlds (5 to 95 % of worlds, ± Monte Carlo error of the mean)\n")
    for table in (_growth_table(result), _trend_table(result), _split_table(result), _time_table(result), _waits_table(result)):
        show(screen, table)
    screen.print(Text("What this cannot say", style="bold"))
    for limit in result.case.info.limits:
        screen.print(f"  - {limit}")


def _growth_table(result: Comparison) -> Titled:
    titled = _table(
        "How much trade grows against the world without the measure",
        (("", "left"), ("years", "right"), ("base", "right"), ("level, %", "right"), ("a year, %", "right")),
        "base: kt or USD m a year without the measure. Bases under 50 kt a year: tonnes gained instead of per cent.\n"
        "Directions of a pair and the case's other cuts are in growth.csv (--out).",
    )
    growth = result.growth
    for arm in growth["arm"].unique():
        titled.table.add_row(Text(ARM_TITLES[arm], style="bold"))
        rows = growth[growth["arm"] == arm]
        for (denominator, name, unit), group in rows.groupby(["denominator", "name", "unit"], sort=False):
            if _is_worth_showing(denominator, name):
                _growth_rows(titled.table, denominator, name, unit, group, rows)
    return titled


def _is_worth_showing(denominator: str, name: str) -> bool:
    """The country, its pairs as a whole, and the links that open; the rest is in the tables on disk."""
    return denominator == "D1" or name == MEASURE or (denominator == "D2" and "-" in name)


def _growth_rows(table: Table, denominator: str, name: str, unit: str, group: pd.DataFrame, rows: pd.DataFrame) -> None:
    in_tonnes = rows[(rows["name"] == name) & (rows["unit"] == "t")]
    is_small = float(in_tonnes["without"].min()) < SMALL_BASE_T
    label = f"  {denominator} {'links that open' if name == MEASURE else name}, {'kt' if unit == 't' else 'USD m'}"
    for number, (_, row) in enumerate(group.iterrows()):
        base = f"{row['without'] / (1e3 if unit == 't' else 1e6):,.0f}"
        first = label if number == 0 else ""
        if is_small and unit == "t":
            table.add_row(first, f"{row['window_years']:.0f}", base, f"{spread(row, 'gain_', 1e-3, 0)} kt", "")
        elif not is_small:
            table.add_row(first, f"{row['window_years']:.0f}", base, spread(row, "level_"), spread(row, "per_year_", digits=2))


def _trend_table(result: Comparison) -> Titled:
    trend = result.draws["trend_growth"]
    titled = _table("Trend that no measure explains, in both worlds", (("", "left"), ("a year, %", "right")))
    titled.table.add_row(
        "  assumed growth of all trade", f"{100 * trend.mean():+.2f} ({100 * trend.min():.2f} to {100 * trend.max():.2f})"
    )
    return titled


_PARTS = {
    "gross_gain_t": "relations that gain",
    "diversion_t": "diverted from its other trade",
    "creation_t": "net creation (the change of D1)",
    "rerouting_t": "re-routed from other ways",
    "volume_t": "new volume",
}


def _split_table(result: Comparison) -> Titled:
    titled = _table("Where the gain comes from, kt in the last year", (("", "left"), ("kt", "right")))
    for (arm, seat), group in result.split.groupby(["arm", "seat"], sort=False):
        where = "links that open" if seat == MEASURE else f"trade of {seat}"
        titled.table.add_row(Text(f"{ARM_TITLES[arm]}: {where}", style="bold"))
        for _, row in group.iterrows():
            titled.table.add_row(f"  {_PARTS[row['part']]}", spread(row, "", 1e-3, 0))
    return titled


def _time_table(result: Comparison) -> Titled:
    titled = _table(
        "Door to door in the last year, transport only",
        (("", "left"), ("without", "right"), ("with", "right"), ("change, %", "right")),
        "mean, median and 95 % are tonne-weighted; 'at base weights' keeps the base world's mix of trade.",
    )
    times = result.times[result.times["arm"] == TRANSPORT]
    for name, group in times.groupby("name", sort=False):
        titled.table.add_row(Text(name, style="bold"))
        for _, row in group.iterrows():
            titled.table.add_row(f"  {row['what']}", f"{row['without']:.1f}", f"{row['with']:.1f}", spread(row, ""))
    places = result.places[result.places["arm"] == TRANSPORT]
    moved = places[(places["tonnes_without"] > 1e3) & (places["days_change"].abs() > 0.01)].sort_values("days_change")
    if len(moved):
        titled.table.add_row(Text("pairs of places that change most, days", style="bold"))
        shown = pd.concat([moved.head(5), moved.tail(2)]).drop_duplicates()
        for _, row in shown.iterrows():
            titled.table.add_row(
                f"  {row['origin']} to {row['destination']}, {row['tonnes_without'] / 1e3:,.0f} kt",
                f"{row['days_without']:.1f}", f"{row['days_with']:.1f}", f"{100 * row['days_change']:+.1f}",
            )  # fmt: skip
    return titled


def _waits_table(result: Comparison) -> Titled:
    titled = _table(
        "Border posts in the last year, transport only: those the measure opens or changes",
        (("", "left"), ("vehicles a day", "right"), ("hours in line", "right"), ("hours in all", "right")),
        "before -> after",
    )
    waits = result.waits.set_index("post")
    before, after = waits[waits["arm"] == WITHOUT], waits[waits["arm"] == TRANSPORT]
    for post in after.index:
        new = after.loc[post]
        old = before.loc[post] if post in before.index else None
        if old is not None and not _has_changed(old, new):
            continue
        pairs = [("vehicles_per_day", 0), ("wait_h_mean", 1), ("hours_mean", 1)]
        cells = [f"{'-' if old is None else f'{old[c]:,.{d}f}'} -> {new[c]:,.{d}f}" for c, d in pairs]
        titled.table.add_row(f"  {post}", *cells)
    return titled


def _has_changed(old: pd.Series, new: pd.Series) -> bool:
    few = abs(new["vehicles_per_day"] - old["vehicles_per_day"]) < max(2.0, 0.03 * old["vehicles_per_day"])
    same = abs(new["hours_mean"] - old["hours_mean"]) < max(0.25, 0.05 * old["hours_mean"])
    return not (few and same)


def show_run(result: Run) -> None:
    """The tables of one world: trade, modes, times, waits, balance."""
    screen = console()
    case = result.scenario.case
    screen.print(Text(case.info.title, style="bold"))
    policies = ", ".join(result.scenario.policies) or "no policy"
    screen.print(f"  {policies}; seed {result.scenario.seed}; {result.scenario.years} years from {case.info.start}\n")
    for table in (_run_trade(result), _run_modes(result), _run_times(result), _run_waits(result), _run_balance(result)):
        show(screen, table)


def _run_trade(result: Run) -> Titled:
    years = [name for name in result.trade.columns if name.startswith("year_")]
    titled = _table(
        "Tonnes sent, kt a year", [("", "left"), ("", "left"), ("base", "right"), *((y[5:-3], "right") for y in years)]
    )
    for _, row in result.trade.sort_values("base_kt", ascending=False).iterrows():
        cells = (f"{row[name]:,.0f}" for name in ("base_kt", *years))
        titled.table.add_row(f"  {row['origin']} to {row['destination']}", row["kind"], *cells)
    return titled


def _run_modes(result: Run) -> Titled:
    home = result.scenario.case.info.home
    titled = _table(f"Main mode of the trade of {home}, last year", (("", "left"), ("kt", "right"), ("share, %", "right")))
    for _, row in result.modes[result.modes["kt"] > 0.0].iterrows():
        titled.table.add_row(f"  {row['direction']} by {row['mode']}", f"{row['kt']:,.0f}", f"{100 * row['share']:.0f}")
    return titled


def _run_times(result: Run) -> Titled:
    home = result.scenario.case.info.home
    columns = (("", "left"), ("kt", "right"), ("days", "right"), ("USD/t", "right"))
    titled = _table(f"Door to door, trade of {home}, last year (the largest)", columns)
    for _, row in result.times.sort_values("kt", ascending=False).head(12).iterrows():
        titled.table.add_row(f"  {row['origin']} to {row['destination']}", f"{row['kt']:,.0f}", f"{row['days']:.1f}", f"{row['usd_t']:.0f}")
    return titled


def _run_waits(result: Run) -> Titled:
    columns = (("", "left"), ("vehicles a day", "right"), ("load", "right"), ("hours in line", "right"), ("hours in all", "right"))
    titled = _table("Border posts, last year", columns)
    for _, row in result.waits.iterrows():
        numbers = (f"{row['vehicles_per_day']:,.0f}", f"{row['load']:.2f}", f"{row['wait_h']:.1f}", f"{row['hours']:.1f}")
        titled.table.add_row(f"  {row['post']}", *numbers)
    return titled


def _run_balance(result: Run) -> Titled:
    titled = _table("Where every tonne is, kt since the warm-up began", (("", "left"), ("kt", "right")))
    for name, tonnes in result.balance.items():
        titled.table.add_row(f"  {name.removesuffix('_t').replace('_', ' ')}", f"{tonnes / 1e3:,.1f}")
    return titled
