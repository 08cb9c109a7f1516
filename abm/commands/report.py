"""A comparison as a terminal shows it: what an economist needs to read the figures right."""

from collections.abc import Iterator

import pandas as pd
from rich.text import Text

from abm.commands.style import console
from abm.commands.tables import Titled, show, spread, titled
from abm.corridor.policies import policy_titles
from abm.study.compare import Comparison
from abm.worlds import MEASURE, PRIOR, TRANSPORT, WITHOUT

#: Bases below this many tonnes a year make percentages that mislead: tonnes are told instead.
SMALL_BASE_T = 50_000.0
#: Pairs of places with less trade than this are left out of the list of those that change, tonnes a year.
SMALL_PAIR_T = 2_000.0
ARM_TITLES = {TRANSPORT: "transport only (phi = 0)", PRIOR: "friction lifted (phi from its prior)"}
_PARTS = {
    "gross_gain_t": "relations that gain",
    "diversion_t": "diverted from its other trade",
    "creation_t": "net creation (the change of D1)",
    "rerouting_t": "re-routed from other ways",
    "volume_t": "new volume",
}


def show_comparison(result: Comparison) -> None:
    """Measure, growth, split, time and cost, border posts, and what it cannot say."""
    screen = console()
    titles = policy_titles(result.case)
    screen.print(Text(result.case.info.title, style="bold"))
    for policy in result.scenario.policies:
        screen.print(f"  with {policy}: {titles[policy]}")
    drawn = "chance and assumptions drawn" if result.scenario.draw else "chance drawn, assumptions at central values"
    screen.print(f"  {len(result.seeds)} paired worlds, {drawn}; given opening on {result.case.info.start}")
    screen.print("  figures: mean over worlds (5 to 95 % of worlds, ± Monte Carlo error of the mean)\n")
    for table in _tables(result):
        show(screen, table)
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


def _growth(result: Comparison, arm: str) -> Titled:
    found = titled(
        f"Growth against the world without the measure: {ARM_TITLES[arm]}",
        ("", "year", "without", "level, %", "a year, %"),
        "without: kt or USD m a year. Bases under 50 kt a year: kt gained instead of per cent. D1: the country, all\n"
        "partners; D2: a pair of countries; D3: tonnes over a cut. More in growth.csv (--out).",
    )
    rows = result.growth[result.growth["arm"] == arm]
    for _, group in rows.groupby(["denominator", "name", "unit"], sort=False):
        name, denominator = str(group["name"].iloc[0]), str(group["denominator"].iloc[0])
        if denominator == "D1" or name == MEASURE or (denominator == "D2" and "-" in name):
            base_t = float(rows[(rows["name"] == name) & (rows["unit"] == "t")]["without"].min())
            _growth_rows(found, group, is_small=base_t < SMALL_BASE_T)
    return found


def _growth_rows(found: Titled, group: pd.DataFrame, *, is_small: bool) -> None:
    in_tonnes = group["unit"].iloc[0] == "t"
    if is_small and not in_tonnes:
        return
    name = group["name"].iloc[0]
    what = f"{group['denominator'].iloc[0]} {'links that open' if name == MEASURE else name}"
    label = f"{what}, {'kt' if in_tonnes else 'USD m'}"
    for row in group.to_dict("records"):
        cells = (f"{row['window_years']:.0f}", f"{row['without'] / (1e3 if in_tonnes else 1e6):,.0f}")
        if is_small:
            found.table.add_row(label, *cells, f"{spread(row, 'gain_', 1e-3, 0)} kt", "")
        else:
            found.table.add_row(label, *cells, spread(row, "level_"), spread(row, "per_year_", digits=2, error=False))
        label = ""


def _trend(result: Comparison) -> Titled:
    trend = 100.0 * result.draws["trend_growth"]
    found = titled("Trend that no measure explains, the same in both worlds", ("", "a year, %"))
    found.table.add_row("assumed growth of trade", f"{trend.mean():+.2f} ({trend.min():.2f} to {trend.max():.2f})")
    return found


def _split(result: Comparison, arms: list[str]) -> Titled:
    found = titled("Where the gain comes from, kt in the last year", ("", *(ARM_TITLES[arm] for arm in arms)))
    for seat in dict.fromkeys(result.split["seat"]):
        where = "tonnes over the links that open" if seat == MEASURE else f"trade of {seat}"
        found.table.add_row(Text(where, style="bold"))
        rows = result.split[result.split["seat"] == seat]
        for part in dict.fromkeys(rows["part"]):
            of_part = rows[rows["part"] == part].set_index("arm")
            cells = [spread(of_part.loc[arm].to_dict(), "", 1e-3, 0) for arm in arms]
            found.table.add_row(f"  {_PARTS[part]}", *cells)
    return found


def _times(result: Comparison) -> Titled:
    found = titled(
        "Door to door in the last year: transport only",
        ("", "without", "with", "change, %"),
        "Tonne-weighted over all goods; 'at base weights' keeps the mix of trade of the world without the measure.",
    )
    times = result.times[result.times["arm"] == TRANSPORT]
    for name in dict.fromkeys(times["name"]):
        found.table.add_row(Text(name, style="bold"))
        for row in times[times["name"] == name].to_dict("records"):
            found.table.add_row(f"  {row['what']}", f"{row['without']:.1f}", f"{row['with']:.1f}", spread(row))
    return found


def _routes(result: Comparison) -> Titled:
    found = titled(
        "Fastest routes by mode that the measure shortens most: transport only, days as published",
        ("", "without", "with", "change, %"),
        "The best cases: few goods go this way, see the tonne-weighted means above.",
    )
    routes = result.routes[(result.routes["arm"] == TRANSPORT) & (result.routes["days_change"] < -0.03)]
    for row in routes.sort_values("days_change").head(8).to_dict("records"):
        found.table.add_row(
            f"{row['origin']} to {row['destination']}, {row['mode']}", f"{row['days_without']:.1f}",
            f"{row['days_with']:.1f}", f"{100 * row['days_change']:+.0f}",
        )  # fmt: skip
    return found


def _places(result: Comparison) -> Titled:
    found = titled(
        "Pairs of places whose goods take shorter or longer: transport only, mean of all modes",
        ("", "kt", "days without", "with", "change, %", "USD/t, change, %"),
        "Longer and cheaper at once: goods that have moved to a slower mode because it costs less.",
    )
    places = result.places[(result.places["arm"] == TRANSPORT) & (result.places["tonnes_without"] > SMALL_PAIR_T)]
    moved = places[places["days_change"].abs() > 0.03].sort_values("days_change")
    shown = moved if len(moved) <= 8 else pd.concat([moved.head(4), moved.tail(4)])
    for row in shown.to_dict("records"):
        found.table.add_row(
            f"{row['origin']} to {row['destination']}", f"{row['tonnes_without'] / 1e3:,.0f}",
            f"{row['days_without']:.1f}", f"{row['days_with']:.1f}", f"{100 * row['days_change']:+.0f}",
            f"{100 * row['usd_t_change']:+.0f}",
        )  # fmt: skip
    return found


def _posts(result: Comparison) -> Titled:
    found = titled(
        "Border posts that the measure opens or changes, last year: transport only, without > with",
        ("", "vehicles a day", "hours in line", "hours in all"),
    )
    waits = result.waits.set_index("post")
    before, after = waits[waits["arm"] == WITHOUT], waits[waits["arm"] == TRANSPORT]
    for post in after.index:
        new = after.loc[post]
        old = before.loc[post] if post in before.index else None
        if old is None or _has_changed(old, new):
            cells = [
                f"{'-' if old is None else f'{old[column]:,.{digits}f}'} > {new[column]:,.{digits}f}"
                for column, digits in (("vehicles_per_day", 0), ("wait_h_mean", 1), ("hours_mean", 1))
            ]
            found.table.add_row(str(post), *cells)
    return found


def _has_changed(old: pd.Series, new: pd.Series) -> bool:
    few = abs(new["vehicles_per_day"] - old["vehicles_per_day"]) < max(2.0, 0.05 * old["vehicles_per_day"])
    same = abs(new["hours_mean"] - old["hours_mean"]) < max(0.5, 0.1 * old["hours_mean"])
    return not (few and same)
