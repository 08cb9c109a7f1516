"""One world as a terminal shows it."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from abm.agents.population import pair_name
from abm.commands.report import pair_text
from abm.commands.report_carriers import carriers_of_run
from abm.commands.report_co2e import co2e_of_run
from abm.commands.report_oversight import dates_text, days_text
from abm.commands.style import console
from abm.commands.tables import Titled, show, titled
from abm.corridor.actor_rows import listed
from abm.corridor.policies import resolve
from abm.corridor.prose import counted, first_of
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action, FlowKind
from abm.study.names import place_names
from abm.study.single import Run

#: So many pairs of places are shown; the others are in times.csv.
_MOST_PAIRS = 12
#: Pairs of countries whose friction is lifted that are named.
_MOST_LIFTED = 3


def show_run(result: Run) -> None:
    """Trade, modes, times, border posts, and where every tonne is."""
    screen = console()
    case = result.scenario.case
    screen.print(Text(case.info.title, style="bold"))
    by_hand = [counted(len(result.scenario.steps), "step") + " by hand"] if result.scenario.steps else []
    policies = ", ".join([*result.scenario.policies, *by_hand]) or "no policy"
    screen.print(
        f"  {policies}; seed {result.scenario.seed}; {counted(result.scenario.years, 'year')} from {case.info.start}"
    )
    if result.scenario.policies or result.scenario.replay_from or result.scenario.still:
        days = f" ({days_text(result.scenario)})" if result.scenario.dates == "scheduled" else ""
        screen.print(f"  {dates_text(result.scenario)}{days}")
    if lifted := _lifted(result.scenario):
        screen.print(f"  {lifted}")
    screen.print()
    services = carriers_of_run(result.services)
    tables = (_trade(result), _modes(result), _times(result), _posts(result), *services, co2e_of_run(result.co2e))
    for table in (*tables, _balance(result)):
        show(screen, table)


def _lifted(scenario: Scenario) -> str:
    """What the policies are assumed to take away of the friction between countries, on which trade that comes back rests."""
    pairs: dict[float, list[str]] = {}
    for step in resolve(scenario):
        if step.action is Action.LIFT_FRICTION and step.number:
            pairs.setdefault(step.number, []).append(step.target)
    told = []
    for share, targets in pairs.items():
        names = sorted({pair_name(*target.split("-")) for target in targets})
        told.append(f"{share:.2g} of {first_of(names, _MOST_LIFTED)}")
    return f"assumed to lift friction between countries: {'; '.join(told)}" if told else ""


def _trade(result: Run) -> Titled:
    """Trade of the home country first, and in all; then that of others, the largest first."""
    years = [name for name in result.trade.columns if name.startswith("year_")]
    names = [f"year {name.removeprefix('year_').removesuffix('_kt')}" for name in years]
    found = titled("Tonnes sent, kt a year", ("", "kind", "base", *names))
    home, table = result.scenario.case.info.home, result.trade
    is_own = (table["kind"] == FlowKind.TRADE) & ((table["origin"] == home) | (table["destination"] == home))

    def cells(row: Mapping[Any, Any]) -> list[str]:
        return [f"{row[name]:,.0f}" for name in ("base_kt", *years)]

    found.table.add_row(
        f"trade of {home}", FlowKind.TRADE.value, *cells(table[is_own].sum(numeric_only=True).to_dict())
    )
    ordered = table.assign(is_own=is_own).sort_values(["is_own", "base_kt"], ascending=False)
    for row in ordered.to_dict("records"):
        found.table.add_row(f"{row['origin']} to {row['destination']}", str(row["kind"]), *cells(row))
    return found


def _modes(result: Run) -> Titled:
    home = result.scenario.case.info.home
    found = titled(f"Main mode of the trade of {home}, last year", ("", "kt", "share, %"))
    for row in result.modes[result.modes["kt"] > 0.0].to_dict("records"):
        found.table.add_row(f"{row['direction']} by {row['mode']}", f"{row['kt']:,.0f}", f"{100 * row['share']:.0f}")
    return found


def _times(result: Run) -> Titled:
    home = result.scenario.case.info.home
    found = titled(f"Door to door, trade of {home}, last year: the largest pairs", ("", "kt", "days", "USD/t"))
    place = place_names(result.scenario.case)
    for row in result.times.sort_values("kt", ascending=False).head(_MOST_PAIRS).to_dict("records"):
        pair = pair_text(place, row)
        found.table.add_row(pair, f"{row['kt']:,.0f}", f"{row['days']:.1f}", f"{row['usd_t']:.0f}")
    return found


def _posts(result: Run) -> Titled:
    columns = ("", "vehicles a day", "load", "hours in line", "hours in all", "days shut")
    found = titled("Border posts, last year", columns, _posts_note(result))
    for row in result.waits.to_dict("records"):
        numbers = (
            f"{row['vehicles_per_day']:,.0f}",
            f"{row['load']:.2f}",
            f"{row['wait_h']:.1f}",
            f"{row['hours']:.1f}",
            f"{row['days_shut']:.0f}" if row["days_shut"] else "",
        )
        found.table.add_row(str(row["name"]), *numbers)
    return found


def _posts_note(result: Run) -> str:
    """What the columns mean; of what is out of the ordinary only if a post of this world shows it."""
    told = (
        "Vehicles (wagons on rails) count by the lane time they take: an empty one less than a loaded one. Load: of what the "
        "post could pass if it were open all year, with the lanes that policies give it."
    )
    if (result.waits["load"] > 1.0).any():
        told += (
            " Above 1: a post busy all year; the hours that vehicles take are drawn by chance, and those begun before a daily "
            "closing hour are finished."
        )
    if (result.waits["days_shut"] > 0.0).any():
        told += (
            " Days shut: those that began with the crossing shut, by a policy or an incident, or not yet open. Hours in line "
            "hold the hours before the shut gate of those who passed in the year, not of those who turned away or still stand "
            "there; the load does not leave these days out."
        )
    if _may_be_narrowed(result):
        told += " Incidents that narrow a crossing without shutting it lengthen lines, too, and are not counted."
    return told


def _may_be_narrowed(result: Run) -> bool:
    """Whether incidents of this world leave a part of what a post in the table, or its link, can pass."""
    case, scenario = result.scenario.case, result.scenario
    if not scenario.acts("incidents"):
        return False
    rows = case.events if scenario.replay_from else [row for row in case.hazards if row.is_active]
    shown = set(result.waits["post"])
    places = shown | {post.link_id for post in case.posts if post.post_id in shown}
    return any(0.0 < row.left_share < 1.0 and not places.isdisjoint(listed(row.targets)) for row in rows)


def _balance(result: Run) -> Titled:
    found = titled("Where every tonne is, kt since the warm-up began", ("", "kt"))
    for name, tonnes in result.balance.items():
        found.table.add_row(name.removesuffix("_t").replace("_", " "), f"{tonnes / 1e3:,.1f}")
    return found
