"""A comparison as a terminal shows it: what an economist needs to read the figures right."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from rich.text import Text

from abm.commands.report_carriers import carriers_of_comparison
from abm.commands.report_co2e import co2e_of_arms
from abm.commands.report_oversight import dates_text, oversight_tables
from abm.commands.style import console
from abm.commands.tables import Titled, show, spread, titled
from abm.corridor.policies import policy_titles
from abm.corridor.prose import counted
from abm.study.compare import FIRST_DAY, MARKETS, Comparison, summary
from abm.study.names import place_names
from abm.study.outcome_words import few_worlds
from abm.study.spread import FEW_WORLDS
from abm.units import DAYS_PER_YEAR
from abm.worlds import MEASURE, PRIOR, TRANSPORT, WITHOUT, friction_shares

#: Bases below this many tonnes a year make percentages that mislead: tonnes are told instead.
SMALL_BASE_T = 50_000.0
#: Pairs of places with less trade than this are left out of the list of those that change, tonnes a year.
SMALL_PAIR_T = 2_000.0
_PARTS = {
    "gross_gain_t": "relations that gain",
    "diversion_t": "diverted from its other trade",
    "creation_t": "net creation (the change of D1)",
    "market_gain_t": "suppliers that gain",
    "displaced_t": "taken from other suppliers",
    "market_creation_t": "net creation",
    "rerouting_t": "re-routed from other ways",
    "volume_t": "new volume",
}
_WHAT = {"days, 95 %": "days, 95 % arrive within", "USD/t": "freight rates and fees, USD/t"}
_ABSENT = (
    "*: these two do not trade. Transport alone (phi = 0) begins no trade where there is none: that zero is an assumption, not "
    "a finding."
)
#: Vehicles a day below which a post that opens is not worth a line.
_FEWEST_VEHICLES = 0.5
#: Columns that a pair of places may take before its name is cut.
_PAIR_WIDTH = 44


def arm_titles(result: Comparison) -> dict[str, str]:
    """What each arm assumes of friction, in words that are right for this comparison."""
    is_drawn = result.scenario.draw and not set(friction_shares(result.scenario)) <= set(result.scenario.values)
    prior = "phi from its prior" if is_drawn else "phi as set"
    return {TRANSPORT: "transport only (phi = 0)", PRIOR: f"friction lifted ({prior})"}


def unopened_text(result: Comparison) -> str:
    """A warning where dates are drawn or negotiated and part of the worlds never sees the measure; else nothing."""
    first = [name for name in map(str, result.draws) if name.startswith(FIRST_DAY)]
    if not first:
        return ""
    opened = int((result.draws[first] < DAYS_PER_YEAR * result.scenario.years).any(axis=1).sum())
    if not opened:
        return "in none of these worlds does the measure come in time: the effects below are nothing (--seeds, --years)"
    if opened < len(result.seeds):
        worlds = f"{opened} of {len(result.seeds)} worlds"
        return f"the measure comes in {worlds}: the effects below are means over worlds with it and without it"
    return ""


def show_comparison(result: Comparison) -> None:
    """Measure, growth, split, time and cost, border posts, and what it cannot say."""
    screen = console()
    titles = policy_titles(result.case)
    screen.print(Text(result.case.info.title, style="bold"))
    for policy in result.scenario.policies:
        screen.print(f"  with {policy}: {titles[policy]}")
    drawn = "chance and assumptions drawn" if result.scenario.draw else "chance drawn, assumptions at central values"
    fixed = ", ".join(f"{name} = {value:g}" for name, value in result.scenario.values.items())
    worlds = counted(len(result.seeds), "pair of worlds", "pairs of worlds")
    screen.print(f"  {worlds}, {drawn}{f', {fixed}' if fixed else ''}; {dates_text(result.scenario, result.base)}")
    if len(result.seeds) > 1:
        screen.print("  figures: mean over worlds (5 to 95 % of worlds, ± Monte Carlo error of the mean)")
        if len(result.seeds) < FEW_WORLDS:
            screen.print("  so few worlds: 5 to 95 % is little more than the lowest and the highest of them (--seeds)")
    else:
        screen.print("  figures of one pair of worlds: how sure they are takes more (--seeds)")
    if warning := unopened_text(result):
        screen.print(Text(f"  {warning}", style="bold"))
    screen.print()
    few = few_worlds(len(result.seeds))
    for table in _tables(result):
        show(screen, table._replace(title=f"{table.title}, {few}") if few else table)
    screen.print(Text("What this cannot say", style="bold"))
    for limit in result.case.info.limits:
        screen.print(f"- {limit}")


def _tables(result: Comparison) -> Iterator[Titled]:
    arms = list(dict.fromkeys(result.growth["arm"]))
    for arm in arms:
        yield _growth(result, arm)
    yield _trend(result)
    yield _split(result, arms)
    yield _times(result)
    yield _routes(result)
    yield _places(result)
    yield _posts(result)
    yield from oversight_tables(result)
    yield from carriers_of_comparison(result.services, TRANSPORT)
    yield co2e_of_arms(result.co2e, {arm: arm_titles(result)[arm] for arm in arms})


def _growth(result: Comparison, arm: str) -> Titled:
    found = titled(
        f"Growth against the world without the measure: {arm_titles(result)[arm]}",
        ("", "year", "without", "with, %", "a year, %"),
        "D1: trade of the country; D2: of a pair of countries, both ways; D3: tonnes over links. without: kt or USD m "
        "in that year; with: more or less in that year; below 50 kt: kt instead of per cent. More in growth.csv (--out).",
    )
    rows = result.growth[result.growth["arm"] == arm]
    absent = _absent(result, rows) if arm == TRANSPORT else frozenset()
    for _, group in rows.groupby(["denominator", "name", "unit"], sort=False):
        name, denominator = str(group["name"].iloc[0]), str(group["denominator"].iloc[0])
        if denominator == "D1" or name == MEASURE or (denominator == "D2" and "-" in name):
            base_t = float(rows[(rows["name"] == name) & (rows["unit"] == "t")]["without"].min())
            _growth_rows(found, group, " *" if name in absent else "", is_small=base_t < SMALL_BASE_T)
    return found._replace(note=f"{found.note} {_ABSENT}") if absent else found


def _absent(result: Comparison, rows: pd.DataFrame) -> frozenset[str]:
    """Pairs of countries with goods to trade of which nothing moves in any of these worlds."""
    country = {node.node_id: node.country for node in result.case.nodes}
    trading = {frozenset((country[f.origin], country[f.destination])) for f in result.case.flows if f.potential_tonnes}
    sums = rows.groupby("name")[["without", "with"]].sum().sum(axis=1)
    pairs = (pair for pair in result.case.info.pairs if frozenset(pair) in trading)
    return frozenset(name for name in map("-".join, pairs) if sums.get(name, 1.0) == 0.0)


def _growth_rows(found: Titled, group: pd.DataFrame, mark: str, *, is_small: bool) -> None:
    in_tonnes = group["unit"].iloc[0] == "t"
    if is_small and not in_tonnes:
        return
    name = group["name"].iloc[0]
    what = f"{group['denominator'].iloc[0]} {'links that open' if name == MEASURE else name}"
    label = f"{what}, {'kt' if in_tonnes else 'USD m'}{mark}"
    for row in group.to_dict("records"):
        cells = (f"{row['window_years']:.0f}", f"{row['without'] / (1e3 if in_tonnes else 1e6):,.0f}")
        if is_small:
            found.table.add_row(
                label, *cells, f"{spread(row, 'gain_', 1e-3, 0)} kt", ""
            )  # no per cent of next to nothing
        else:
            found.table.add_row(label, *cells, spread(row, "level_"), spread(row, "per_year_", digits=2, error=False))
        label = ""


def _trend(result: Comparison) -> Titled:
    """What no measure explains, on lines of its own, and growth with all in it."""
    found = titled(
        "Trend, the same in both worlds, and growth with it since the base year",
        ("", "a year, %"),
        "The trend is an assumption and works through with a delay; published growth contains it, the tables above do not.",
    )
    if "trend_growth" in result.draws:
        found.table.add_row(
            "assumed trend of trade", spread(summary(result.draws["trend_growth"].to_numpy()), digits=2)
        )
    rows = result.growth[(result.growth["denominator"] == "D1") & (result.growth["unit"] == "t")]
    last = rows[rows["window_years"] == rows["window_years"].max()].to_dict("records")
    found.table.add_row(
        f"D1 {last[0]['name']}, kt, {counted(last[0]['window_years'], 'year')}: without the measure",
        spread(last[0], "gross_without_per_year_", digits=2),
    )
    for row in last:
        found.table.add_row(f"  {arm_titles(result)[row['arm']]}", spread(row, "gross_per_year_", digits=2))
    return found


def _split(result: Comparison, arms: list[str]) -> Titled:
    titles = arm_titles(result)
    found = titled(
        "Where the gain comes from, kt in the last year", ("", *(titles[arm] for arm in arms)),
        "Gains and losses by partner, direction and commodity; their sum is the net creation.",
    )  # fmt: skip
    seats = {MEASURE: "tonnes over the links that open", MARKETS: "all importing markets of the case"}
    for seat in _seats(result):
        where = seats.get(seat, f"trade of {seat}")
        found.table.add_row(Text(where, style="bold"))
        rows = result.split[result.split["seat"] == seat]
        for part in dict.fromkeys(rows["part"]):
            of_part = rows[rows["part"] == part].set_index("arm")
            cells = [spread(of_part.loc[arm].to_dict(), "", 1e-3, 0) for arm in arms]
            found.table.add_row(f"  {_PARTS[part]}", *cells)
    return found


def _seats(result: Comparison) -> list[str]:
    """Seats from which the gain looks different: where all trade is the country's own, the markets say the same as it does."""
    means = {seat: rows["mean"].to_list() for seat, rows in result.split.groupby("seat", sort=False)}
    home = means[result.case.info.home]
    return [str(seat) for seat in means if seat != MARKETS or not np.allclose(means[seat], home)]


def _times(result: Comparison) -> Titled:
    found = titled(
        "Door to door in the last year: transport only",
        ("", "without", "with", "change, %"),
        "Tonne-weighted over all goods; 'at base weights': the mix of trade of the world without the measure.",
    )
    times = result.times[result.times["arm"] == TRANSPORT]
    for name in dict.fromkeys(times["name"]):
        found.table.add_row(Text(name, style="bold"))
        for row in times[times["name"] == name].to_dict("records"):
            found.table.add_row(
                f"  {_WHAT.get(row['what'], row['what'])}", f"{row['without']:.1f}", f"{row['with']:.1f}", spread(row)
            )
    return found


def _routes(result: Comparison) -> Titled:
    found = titled(
        "Fastest routes by mode that the measure shortens most: transport only, days as published",
        ("", "without", "with", "change, %"),
        "The best cases: few goods go this way, see the tonne-weighted means above.",
    )
    routes = result.routes[(result.routes["arm"] == TRANSPORT) & (result.routes["days_change"] < -0.03)]
    place = place_names(result.case)
    for row in routes.sort_values("days_change").head(8).to_dict("records"):
        found.table.add_row(
            f"{pair_text(place, row)}, {row['mode']}", f"{row['days_without']:.1f}",
            f"{row['days_with']:.1f}", f"{100 * row['days_change']:+.0f}",
        )  # fmt: skip
    return found


def _places(result: Comparison) -> Titled:
    found = titled(
        "Pairs of places whose goods travel shorter or longer: transport only, mean of all modes",
        ("", "kt", "days without", "with", "days, %", "USD/t, %"),
        "Longer and cheaper at once: goods that have moved to a slower mode because it costs less.",
    )
    places = result.places[(result.places["arm"] == TRANSPORT) & (result.places["tonnes_without"] > SMALL_PAIR_T)]
    moved = places[places["days_change"].abs() > 0.03].sort_values("days_change")
    shown = moved if len(moved) <= 8 else pd.concat([moved.head(4), moved.tail(4)])
    place = place_names(result.case)
    for row in shown.to_dict("records"):
        found.table.add_row(
            pair_text(place, row), f"{row['tonnes_without'] / 1e3:,.0f}",
            f"{row['days_without']:.1f}", f"{row['days_with']:.1f}", f"{100 * row['days_change']:+.0f}",
            f"{100 * row['usd_t_change']:+.0f}",
        )  # fmt: skip
    return found


def _posts(result: Comparison) -> Titled:
    found = titled(
        "Border posts that the measure opens or changes, last year: transport only, without → with",
        ("", "vehicles a day", "hours in line", "hours in all"),
        "Mean hours of the vehicles that pass; in all: line, booth, papers and parking.",
    )
    waits = result.waits.set_index("post")
    before, after = waits[waits["arm"] == WITHOUT], waits[waits["arm"] == TRANSPORT]
    for post in after.index:
        new = after.loc[post]
        old = before.loc[post] if post in before.index else None
        if new["vehicles_per_day"] >= _FEWEST_VEHICLES if old is None else _has_changed(old, new):
            cells = [
                f"{'-' if old is None else f'{old[column]:,.{digits}f}'} → {new[column]:,.{digits}f}"
                for column, digits in (("vehicles_per_day", 0), ("wait_h_mean", 1), ("hours_mean", 1))
            ]
            found.table.add_row(str(new["name"]), *cells)
    return found


def pair_text(place: Mapping[str, str], row: Mapping[Any, Any]) -> str:
    """``A to B`` by the names of the places, short enough for a table."""
    text = f"{place[row['origin']]} to {place[row['destination']]}"
    return text if len(text) <= _PAIR_WIDTH else f"{text[: _PAIR_WIDTH - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _has_changed(old: pd.Series, new: pd.Series) -> bool:
    few = abs(new["vehicles_per_day"] - old["vehicles_per_day"]) < max(2.0, 0.05 * old["vehicles_per_day"])
    same = abs(new["hours_mean"] - old["hours_mean"]) < max(0.5, 0.1 * old["hours_mean"])
    return not (few and same)
