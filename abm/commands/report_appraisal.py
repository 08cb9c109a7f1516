"""An appraisal as a terminal shows it."""

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
from rich.text import Text

from abm.commands.report_co2e import co2e_of_arms
from abm.commands.style import console
from abm.commands.tables import Titled, show, spread, titled
from abm.corridor.policies import policy_titles
from abm.corridor.prose import counted
from abm.study.accounts import CLIMATE, OTHERS, REST, WORKS, main_holders
from abm.study.appraisal import (
    BCR,
    BENEFITS,
    COSTS,
    FIRST,
    IRR,
    NPV,
    OWNER_IRR,
    OWNER_NPV,
    OWNER_REVENUE,
    Appraisal,
)
from abm.worlds import PRIOR, TRANSPORT

_ARMS = {TRANSPORT: "transport only (phi = 0)", PRIOR: "friction lifted too"}
_MILLION = 1e-6
#: Accounts below this present value are left to the tables (--out), USD.
_LEAST_USD = 5e4
#: From here on a figure is told without decimals.
_LARGE = 100.0
#: (measure, words, scale, digits): shares are told in per cent.
_ECONOMIC = (
    (BENEFITS, "benefits, present value, USD m", _MILLION, 1),
    (COSTS, "costs, present value, USD m", _MILLION, 1),
    (NPV, "net present value, USD m", _MILLION, 1),
    (BCR, "benefits over costs", 1.0, 2),
    (IRR, "internal rate of return, %", 100.0, 1),
    (FIRST, "first-year return, %", 100.0, 1),
)
_FINANCIAL = (
    (OWNER_REVENUE, "revenue, present value, USD m", _MILLION, 1),
    (OWNER_NPV, "net present value, USD m", _MILLION, 1),
    (OWNER_IRR, "internal rate of return, %", 100.0, 1),
)
_LIMITS = (
    "Benefits after the last simulated year are the mean of the last two, grown by the trend while the project's links have "
    "room; nothing else changes in those years, and no value is left over at the end.",
    "Users' and exporters' surplus is the gain from trade: GDP, jobs or toll revenue are no further benefits to be added.",
    "Accounts follow the tonnes that trade relations make: goods that quotas or short bans hold back still count.",
    "Where friction is lifted, it counts as a cost that traders are spared; whether it is one has no measurement: read that line "
    "apart from the first.",
    "Passengers, land value, accidents, noise and what the works do while they are built are not in it.",
)


def show_appraisal(result: Appraisal) -> None:
    """The project, what it costs and when it is built, whether it is worth it, to whom, and what it cannot say."""
    screen = console()
    project = result.project
    screen.print(Text(result.case.info.title, style="bold"))
    screen.print(f"  project {project.project_id}: {project.title}")
    screen.print(f"  opens {project.policy_id}: {policy_titles(result.case)[project.policy_id]}")
    if result.base:
        screen.print(f"  with and without it: {', '.join(result.base)}")
    drawn = "chance and assumptions drawn" if result.scenario.draw else "chance drawn, assumptions at central values"
    fixed = ", ".join(f"{name} = {value:g}" for name, value in result.scenario.values.items())
    worlds = counted(len(result.seeds), "pair of worlds", "pairs of worlds")
    screen.print(f"  {worlds} of {counted(result.scenario.years, 'year')}, {drawn}{f', {fixed}' if fixed else ''}")
    screen.print(
        f"  {result.horizon_years:g} years of operation, real rate {100 * result.rate:g} %, values at the start of the works"
    )
    if len(result.seeds) > 1:
        screen.print("  figures: mean over worlds (5 to 95 % of worlds, ± Monte Carlo error of the mean)")
    else:
        screen.print("  figures of one pair of worlds: how sure they are takes more (--seeds)")
    screen.print()
    for table in _tables(result):
        show(screen, table)
    screen.print(Text("What this cannot say", style="bold"))
    for limit in (*_LIMITS, *result.case.info.limits):
        screen.print(f"- {limit}")


def _tables(result: Appraisal) -> Iterator[Titled]:
    arms = list(dict.fromkeys(result.results["arm"]))
    yield _works(result)
    yield _worth(result, arms)
    yield _owner(result, arms)
    for arm in arms:
        yield _accounts(result, arm)
    yield _beliefs(result, arms)
    yield co2e_of_arms(result.co2e, {arm: _ARMS[arm] for arm in arms})


def _works(result: Appraisal) -> Titled:
    found = titled(
        "The works", ("", "", "earliest", "latest"), "Earliest and latest: 5 and 95 % of worlds; delays are chance."
    )
    works, opening = result.works, dt.date.fromisoformat(result.case.info.start)
    low, high = (works[["cost_usd", "build_years", "delay_years"]].quantile(q) for q in (0.05, 0.95))
    for name, words, scale in (
        ("cost_usd", "capital, USD m", _MILLION),
        ("build_years", "construction time, years", 1.0),
        ("delay_years", "delays, years", 1.0),
    ):
        numbers = (works[name].mean(), low[name], high[name])
        found.table.add_row(words, *(f"{scale * number:,.1f}" for number in numbers))
    days = (works["completion_day"].mean(), *works["completion_day"].quantile([0.05, 0.95]))
    found.table.add_row(
        f"finished (work begins {result.project.start})",
        *(f"{opening + dt.timedelta(days=float(day)):%b %Y}" for day in days),
    )
    return found


def _worth(result: Appraisal, arms: list[str]) -> Titled:
    found = titled(
        "Is it worth it to all together", ("", *(_ARMS[arm] for arm in arms)),
        "Benefits: all accounts below but capital and upkeep, which are the costs. First-year return: benefits less upkeep "
        "over capital. A rate of return is told only where the flows change sign exactly once.",
    )  # fmt: skip
    _measure_rows(found, result, arms, _ECONOMIC)
    for rate in dict.fromkeys(result.rates["rate"]):
        if not np.isclose(rate, result.rate):
            rows = result.rates[result.rates["rate"] == rate].set_index("arm")
            cells = [spread(rows.loc[arm].to_dict(), "", _MILLION, 0) for arm in arms]
            found.table.add_row(f"net present value at {100 * rate:g} %, USD m", *cells)
    return found


def _owner(result: Appraisal, arms: list[str]) -> Titled:
    found = titled(
        "What the owner of the line earns", ("", *(_ARMS[arm] for arm in arms)),
        "Tolls, and the profit of services on the line by their length on it, less upkeep and capital beside grants.",
    )  # fmt: skip
    _measure_rows(found, result, arms, _FINANCIAL)
    return found


def _measure_rows(
    found: Titled, result: Appraisal, arms: list[str], measures: tuple[tuple[str, str, float, int], ...]
) -> None:
    for measure, words, scale, digits in measures:
        rows = result.results[result.results["measure"] == measure].set_index("arm")
        cells = []
        for arm in arms:
            row = rows.loc[arm].to_dict()
            n, total = int(row["worlds"]), len(result.seeds)
            cell = spread(row, "", scale, 0 if abs(scale * row["mean"]) >= _LARGE else digits) if n else "none"
            cells.append(cell if n in (0, total) else f"{cell}, in {n} of {total} worlds")
        found.table.add_row(words, *cells)


def _accounts(result: Appraisal, arm: str) -> Titled:
    found = titled(
        f"Who gains and who pays: {_ARMS[arm]}", ("", "USD m a year, last two simulated", "present value, USD m"),
        "Gains over the world without the project. Transfers stand with both signs and vanish in the sum.",
    )  # fmt: skip
    rows = result.accounts[result.accounts["arm"] == arm]
    holders, others = main_holders(rows)
    for holder in holders:
        own = rows[rows["holder"] == holder]
        yearly, value = own["year_mean"].sum(), own["pv_mean"].sum()
        if holder == CLIMATE:
            found.table.add_row(Text("climate (CO2e at its price)", style="bold"), *_cells(own.iloc[0]))
            continue
        name = "rest of the world" if holder == REST else holder
        found.table.add_row(Text(name, style="bold"), f"{yearly * _MILLION:+,.2f}", f"{value * _MILLION:+,.1f}")
        for _, row in own.iterrows():
            if abs(row["pv_mean"]) >= _LEAST_USD:
                found.table.add_row(f"  {_account_words(holder, str(row['account']))}", *_cells(row))
    if others:
        rest = rows[rows["holder"].isin(others)]
        found.table.add_row(
            Text(f"{OTHERS} ({', '.join(others)})", style="bold"),
            f"{rest['year_mean'].sum() * _MILLION:+,.2f}", f"{rest['pv_mean'].sum() * _MILLION:+,.1f}",
        )  # fmt: skip
    found.table.add_row(
        Text("world", style="bold"),
        f"{rows['year_mean'].sum() * _MILLION:+,.2f}",
        f"{rows['pv_mean'].sum() * _MILLION:+,.1f}",
    )
    return found


def _account_words(holder: str, account: str) -> str:
    words = {
        "transit": "transit that re-routes",
        "duty": "customs duty",
        "charges": "tolls and border fees",
        WORKS: "capital and upkeep",
    }
    if holder == REST:
        return {WORKS: "grants for the capital"}.get(account, "buyers elsewhere, who pay the exporters' price")
    return words.get(account, account)


def _cells(row: pd.Series) -> tuple[str, str]:
    numbers = row.to_dict()
    year = "" if np.isnan(numbers["year_mean"]) else spread(numbers, "year_", _MILLION, 2, error=False)
    return year, spread(numbers, "pv_", _MILLION, error=False)


def _beliefs(result: Appraisal, arms: list[str]) -> Titled:
    found = titled(
        "What one would have to believe for a net present value of zero", ("", *(_ARMS[arm] for arm in arms))
    )
    beliefs = {str(row["arm"]): row for row in result.beliefs.to_dict("records")}
    for name, words in (
        ("traffic_multiple", "all benefits (traffic) times"),
        ("cost_multiple", "or capital and upkeep times"),
    ):
        found.table.add_row(words, *(_multiple(beliefs[arm][name]) for arm in arms))
    shares = (100 * beliefs[arm]["worth_it_share"] for arm in arms)
    found.table.add_row("worlds with a positive value, %", *(f"{share:.0f}" for share in shares))
    return found


def _multiple(number: float) -> str:
    return "nothing is gained" if np.isnan(number) else f"{number:.2g}"
