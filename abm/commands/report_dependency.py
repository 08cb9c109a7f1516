"""Who depends on whom as a terminal shows it: access, holders, the worst links, and what full worlds say of them."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.text import Text

from abm.commands.style import console
from abm.commands.tables import Titled, show, titled
from abm.corridor.prose import counted
from abm.study.dependency import Dependency
from abm.study.names import place_names, post_names
from abm.study.sea_access import MARKET, PORT

#: So many links, and holders of one country, are shown; the others are in the tables (--out).
_MOST_LINKS, _MOST_HOLDERS = 15, 8
#: A holder through whom less than this share of a country's trade passes is not worth a line.
_LEAST_SHARE = 0.01
#: A run within this factor of the estimate agrees with it.
_AGREES = 1.25
#: Hours in line by which run and estimate must differ before a queue is named as the reason.
_TELLING_H = 6.0
#: Fewer results than this have no ranks to compare.
_FEWEST_RANKED = 3


def show_dependency(result: Dependency) -> None:
    """Sea access, markets, holders, worst links, full worlds, and how to read them."""
    screen = console()
    screen.print(Text(result.case.info.title, style="bold"))
    fixed = ", ".join(f"{name} = {value:g}" for name, value in result.scenario.values.items())
    screen.print(
        f"  who depends on whom; losses of the trade of {result.country}; base year at rest, assumptions at central values"
        f"{f', {fixed}' if fixed else ''}\n"
    )
    for table in (_ports(result), _markets(result), _holders(result), _others(result), _links(result), _runs(result)):
        show(screen, table)
    for line in _agreement(result):
        screen.print(line)
    screen.print(Text("How to read this", style="bold"))
    for line in _limits(result):
        screen.print(f"- {line}")


def _ports(result: Dependency) -> Titled:
    found = titled(
        "Nearest port on open water", ("", "port", "days", "USD/t", "by way of"),
        "From the places where a country's trade starts or ends, by tonnes, on the cheapest way; time and money up to the quay.",
    )  # fmt: skip
    place = place_names(result.case)
    ports = result.access[result.access["kind"] == PORT] if len(result.access) else result.access
    for country, rows in ports.groupby("country", sort=False):
        label = str(country)
        for row in rows.to_dict("records"):
            whose = "its own" if row["to_country"] == country else row["to_country"]
            part = f", {100 * row['serves_share']:.0f} %" if row["serves_share"] < 0.995 else ""
            found.table.add_row(
                f"{label}  {row['cargo_class']}" if label else f"{' ' * len(str(country))}  {row['cargo_class']}",
                f"{_short(place[row['to']])} ({whose}){part}", f"{row['days']:.1f}", f"{row['usd_t']:.0f}", _way(row["through"]),
            )  # fmt: skip
            label = ""
    return found


def _short(name: str) -> str:
    """The name of a place or a holder without what stands in brackets."""
    return name.split("(")[0].strip() or name


def _way(through: str) -> str:
    return through.replace(";", ", ") or "-"


def _markets(result: Dependency) -> Titled:
    found = titled(f"World markets, from {result.country}", ("", "days", "USD/t", "by way of"))
    if len(result.access):
        access = result.access
        rows = access[(access["kind"] == MARKET) & (access["country"] == result.country)]
        place = place_names(result.case)
        boxes = rows[rows["cargo_class"] == rows["cargo_class"].iloc[0]] if len(rows) else rows
        for row in boxes.sort_values("days").to_dict("records"):
            name = f"{_short(place[row['to']])} ({row['to_country']}), {row['cargo_class']}"
            found.table.add_row(name, f"{row['days']:.1f}", f"{row['usd_t']:.0f}", _way(row["through"]))
    return found


def _holders(result: Dependency) -> Titled:
    found = titled(
        f"In whose hands the trade of {result.country} is",
        ("", "tonnes, %", "value, %", "to others, %", "loss, USD m", "loss, %", "stranded, kt"),
        "Trade that passes what a holder holds: a territory, or links that need his consent (a name). To others: value "
        "that is not trade with his own country. Loss: a year, if he closes all of it at once; %: of the value of that trade.",
    )  # fmt: skip
    holders = result.holders
    mine = holders[(holders["country"] == result.country) & (holders["passing_value_share"] >= _LEAST_SHARE)]
    for row in mine.sort_values("loss_usd", ascending=False).head(_MOST_HOLDERS).to_dict("records"):
        found.table.add_row(
            _short(row["holder"]), _percent(row["passing_share"]), _percent(row["passing_value_share"]),
            _percent(row["transit_value_share"]), _millions(row["loss_usd"]), _percent(row["loss_share"]),
            f"{row['stranded_t'] / 1e3:,.0f}",
        )  # fmt: skip
    return found


def _others(result: Dependency) -> Titled:
    """Through whom each other country goes most."""
    found = titled(
        "Whom the others have to pass", ("", "holder", "tonnes, %", "value, %", "to others, %", "loss, %"),
        "Of the trade that this case holds of each: the holder through whom most of it goes to others.",
    )  # fmt: skip
    near = {node.country for node in result.case.nodes if node.node_type != "zone"} - {result.country}
    holders = result.holders
    rows = holders[holders["country"].isin(near) & (holders["transit_value_share"] >= _LEAST_SHARE)]
    for row in rows.sort_values("transit_value_share", ascending=False).drop_duplicates("country").to_dict("records"):
        found.table.add_row(
            str(row["country"]), _short(row["holder"]), _percent(row["passing_share"]), _percent(row["passing_value_share"]),
            _percent(row["transit_value_share"]), _percent(row["loss_share"]),
        )  # fmt: skip
    return found


def _links(result: Dependency) -> Titled:
    found = titled(
        f"Links that the trade of {result.country} needs most: each shut for good, all others open",
        ("", "mode", "held by", "kt", "loss, USD m", "loss, %", "stranded, kt", "trade lost, USD m"),
        "kt: of its trade that passes. Loss a year at the base year's quantities; trade lost: what is no longer traded in the "
        "long run. Links in one line stand or fall together.",
    )  # fmt: skip
    for row in result.chains.head(_MOST_LINKS).to_dict("records"):
        found.table.add_row(
            f"{_short_title(row['title'])} ({_few(row['links'])})", str(row["mode"]),
            ", ".join(_short(name) for name in row["holders"].split(";")),
            f"{row['passing_t'] / 1e3:,.0f}", _millions(row["loss_usd"]), _percent(row["loss_share"]),
            f"{row['stranded_t'] / 1e3:,.0f}", _millions(row["lost_usd"]),
        )  # fmt: skip
    return found


def _short_title(title: str) -> str:
    return " - ".join(_short(end) for end in title.split(" - "))


def _few(links: str) -> str:
    """The first two links of a list, and how many more."""
    names = links.split(";")
    return ", ".join(names[:2]) + (f" +{len(names) - 2}" if len(names) > 2 else "")


def _runs(result: Dependency) -> Titled:
    seeds = result.provenance.get("seeds")
    worlds = counted(len(seeds), "seed") if isinstance(seeds, list) else ""
    found = titled(
        f"The worst of them in full worlds, second year ({worlds})",
        ("", "loss, USD m: estimate", "world", "trade lost, USD m: estimate", "world"),
        "Estimate of trade lost: what of the long-run answer the second year shows.",
    )  # fmt: skip
    titles = _titles(result)
    for row in result.confirmed.to_dict("records"):
        error = f" ±{row['run_error'] / 1e6:,.0f}" if math.isfinite(row["run_error"]) else ""
        found.table.add_row(
            titles[row["link"]], _millions(row["estimate_usd"]), f"{_millions(row['run_usd'])}{error}",
            _millions(row["estimate_lost_2_usd"]), _millions(row["run_lost_usd"]),
        )  # fmt: skip
    return found


def _titles(result: Dependency) -> dict[str, str]:
    """Link -> its chain from end to end."""
    rows = result.chains.to_dict("records")
    return {row["link"]: f"{_short_title(row['title'])} ({row['link']})" for row in rows}


def _agreement(result: Dependency) -> Iterator[str]:
    """How well estimate and worlds agree, and why not where they do not."""
    if len(result.confirmed) >= _FEWEST_RANKED:
        loss, lost = (result.rank_correlation[name] for name in ("loss", "trade_lost"))
        yield f"Rank correlation of estimate and full worlds: loss {_rank(loss)}, trade lost {_rank(lost)}."
    titles, queues = _titles(result), _queue_names(result)
    apart = [row for row in result.confirmed.to_dict("records") if not _agrees(row)]
    if apart:
        yield "Losses that differ by more than a quarter:"
    for row in apart:
        yield f"- {titles[row['link']]}: {_why(row, queues)}"
    if len(result.confirmed):
        yield ""


def _agrees(row: dict[Any, Any]) -> bool:
    return bool(max(row["estimate_usd"], row["run_usd"]) <= _AGREES * min(row["estimate_usd"], row["run_usd"]))


def _why(row: dict[Any, Any], queues: dict[str, str]) -> str:
    """The goods without a way, or the line where world and estimate part; else what else parts them."""
    if row["stranded_run_usd"] > (_AGREES - 1.0) * row["run_usd"]:
        return f"in the world, goods worth {_millions(row['stranded_run_usd'])} m have no way left"
    here, there = row["queue_estimate_h"], row["queue_run_h"]
    if row["queue"] and abs(there - here) > _TELLING_H:
        name = queues.get(row["queue"], row["queue"])
        return f"hours in line at {name} change by {here:+,.0f} in the estimate and by {there:+,.0f} in the world"
    if row["run_usd"] < row["estimate_usd"]:
        return "no single line explains it: shrunken trade, and carriers and posts that answer, leave room on the ways round"
    return "no single line explains it: ways round are believed, and found, to be slower"


def _queue_names(result: Dependency) -> dict[str, str]:
    """Facility -> words: the names of posts, and the two ends of links."""
    case, place = result.case, place_names(result.case)
    names = dict(post_names(case))
    for link in case.links:
        ends = link.from_node_id, link.to_node_id
        names[link.link_id] = f"{_short(place[ends[0]])} - {_short(place[ends[1]])} ({link.link_id})"
        for a, b in (ends, ends[::-1]):
            names[f"{link.link_id}:{a}>{b}"] = f"{_short(place[a])} to {_short(place[b])} ({link.link_id})"
    return names


def _rank(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "none (all alike)"


def _limits(result: Dependency) -> list[str]:
    return [
        "Loss: rise of the generalised cost times the base year's tonnes, a tonne losing at most its value; what has no way at "
        "all loses that. A trade that answers loses somewhat less; a closing that is short, or feared, is another question.",
        "Waits at rest are approximate: a queue beyond capacity counts as that of a month. Full worlds queue for real.",
        "Of countries other than the home country the case holds only what it names: read their shares as shares of that.",
        "Holding a territory is not the will to close it: nothing here says how likely a closing is.",
        f"A loss of trade between two countries is a loss of both; {counted(len(result.links['link'].unique()), 'link')} closed "
        "one at a time.",
    ]  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _millions(usd: float) -> str:
    return f"{usd / 1e6:,.0f}" if abs(usd) >= 1e7 or abs(usd) < 5e4 else f"{usd / 1e6:,.1f}"


def as_content(result: Dependency) -> dict[str, object]:
    """Everything as it is written to JSON."""
    tables: dict[str, pd.DataFrame] = result.tables
    return {
        "provenance": result.provenance, "country": result.country,
        "rank_correlation": dict(result.rank_correlation), **tables,
    }  # fmt: skip
