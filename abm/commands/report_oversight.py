"""Openings, incidents and the price of oversight as a terminal shows them: what is assumed and what is found, apart."""

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from abm.commands.tables import Titled, spread, titled
from abm.corridor.openings import start_day
from abm.corridor.prose import listed
from abm.corridor.scenario import Scenario
from abm.study.compare import Comparison
from abm.study.openings import ALL
from abm.study.oversight import BREAK_EVEN, EFFECT, OVERSIGHT, SHOCKS_ALONE, prior_above, touches_incidents
from abm.units import DAYS_PER_YEAR
from abm.worlds import TRANSPORT

#: How much of the dates is known, in the line below the title.
_DATES = {
    "given": "given opening on {start}",
    "scheduled": "opening dates drawn from what experts expect, never included",
    "negotiated": "EXPLORATORY: opening dates negotiated by the authorities whose consent the links need",
}
#: (what, unit) of the table of incidents -> (words, factor, decimals), in the order of the screen.
_FIGURES: dict[str, tuple[str, float, int]] = {
    "number": ("incidents begun: {name}", 1.0, 1),
    "days": ("days with incidents: {name}", 1.0, 1),
    "stopped": ("trade stopped, kt: {name}", 1e-3, 1),
    "lost": ("cargo lost, t: {name}", 1.0, 1),
    "closures": ("days of long closure: {name}", 1.0, 1),
    "history": ("days with events of history", 1.0, 1),
    "shut": ("links shut, link-days", 1.0, 1),
    "withheld": ("goods held back, kt", 1e-3, 1),
    "shocks": ("days of acts of {name}", 1.0, 1),
}
#: What a short table tells, where the measure does not touch incidents.
_SHORT = ("days", "closures", "history", "shut", "withheld", "lost")
_BASES = ("expected", "drawn")
_UNITS = {"t": ("kt", 1e-3), "usd": ("USD m", 1e-6), "h": ("thousand", 1e-3)}


def dates_text(scenario: Scenario, base: Sequence[str] = ()) -> str:
    """How the days of the policies come about, what else the worlds share (``base``), what happens and who acts."""
    parts = [_DATES[scenario.dates].format(start=scenario.case.info.start)]
    if base:
        parts.append(f"in both worlds: {listed(base)}")
    if scenario.replay_from:
        parts.append(f"incidents of history from {scenario.replay_from}")
    if scenario.still:
        parts.append(f"standing still: {listed(scenario.still)}")
    return "; ".join(parts)


def days_text(scenario: Scenario) -> str:
    """First day of each policy of one world with scheduled dates."""
    days = {name: start_day(scenario, name) for name in scenario.policies}
    return "; ".join(f"{name}: {'never' if day is None else f'from day {day:,}'}" for name, day in days.items())


def oversight_tables(result: Comparison) -> Iterator[Titled]:
    """Openings, incidents, and what oversight must achieve; each only where there is something to tell."""
    yield _openings(result)
    yield _incidents(result)
    if len(result.oversight):
        yield _price(result)


def _openings(result: Comparison) -> Titled:
    is_given = result.scenario.dates == "given"
    more = ("effect given opening, %", "product, %") if is_given else ("worlds that opened", "median day")
    note = (
        "Probability: from elicited dates (openings.csv), exact; the effect is that on D1 in tonnes given opening on the "
        "first day. Their product is an upper bound: an effect takes years to build up."
        if is_given
        else "Probability: from elicited dates (openings.csv), exact; works that take longer come on top. The tables above "
        "are means over all worlds, those without any opening among them."
    )
    found = titled(
        "How likely the opening is, beside its effect", ("", "year", "probability of opening, %", *more), note
    )
    names = [name for name in dict.fromkeys(result.openings["policy"]) if name != ALL]
    is_single = len(names) == 1
    together = names[0] if is_single else "together"
    label = ""
    for row in result.openings.to_dict("records"):
        arm = "" if pd.isna(row["arm"]) else " (transport only)" if row["arm"] == TRANSPORT else " (friction lifted)"
        name = f"{together}{arm}" if row["policy"] == ALL else str(row["policy"])
        if is_given and is_single and row["policy"] != ALL:
            continue
        cells = [f"{row['window_years']:.0f}", f"{100 * row['probability']:.0f}"]
        if is_given:
            told = (f"{100 * float(row[column]):+.2f}" for column in ("level_given", "level_expected"))
            cells += ["" if row["policy"] != ALL else text for text in told]
        else:
            cells += [f"{row['worlds_opened']:.0f} of {row['worlds']:.0f}", _day(row["median_day"])]
        found.table.add_row("" if name == label else name, *cells)
        label = name
    return found


def _day(day: float) -> str:
    return "-" if math.isnan(day) else f"{day:,.0f} (year {day // DAYS_PER_YEAR + 1:.0f})"


def _incidents(result: Comparison) -> Titled:
    is_full = touches_incidents(result.scenario)
    has_gatekeeper = len(result.oversight) > 0
    what_for = "what the measure opens without and with its gatekeeper" if has_gatekeeper else "transport only"
    found = titled(
        f"Incidents, a year: {what_for}",
        ("", "without", "with", "change"),
        "Chance is drawn alike in all worlds; what is shut cannot be hit." if is_full else "",
    )
    rows = result.security[result.security["arm"] == (OVERSIGHT if has_gatekeeper else TRANSPORT)]
    authority = {row.authority_id: row.name for row in result.case.authorities}
    for what, (words, scale, digits) in _FIGURES.items():
        if not is_full and what not in _SHORT:
            continue
        for row in rows[rows["what"] == what].to_dict("records"):
            name = words.format(name=authority.get(row["name"], row["name"]))
            sides = [f"{scale * row[side]:,.{digits}f}" for side in ("without", "with")]
            found.table.add_row(name, *sides, spread(row, "", scale, digits))
    return found


def _price(result: Comparison) -> Titled:
    found = titled(
        "What the gatekeeper costs a year, and the effect at which it would break even",
        ("", "expected", "as drawn"),
        _sentence(result),
    )
    rows = result.oversight.to_dict("records")
    cells = {(row["what"], row["basis"]): row for row in rows}
    for what in dict.fromkeys(str(row["what"]) for row in rows if row["what"] not in (BREAK_EVEN, SHOCKS_ALONE)):
        unit, scale = _UNITS.get(str(cells[what, "drawn"]["unit"]), ("", 1.0))
        told = [spread(cells[what, basis], "", scale, 2) if (what, basis) in cells else "" for basis in _BASES]
        found.table.add_row(f"{what}{f', {unit}' if unit else ''}", *told)
    for what in (BREAK_EVEN, SHOCKS_ALONE):
        found.table.add_row(what, *(_effect(cells[what, basis]) for basis in _BASES))
    return found


def _effect(row: Mapping[Hashable, Any]) -> str:
    """From the means over all worlds, and the range over those with something to prevent."""
    if not math.isfinite(row["pooled"]):
        return "none: nothing to prevent"
    known = f" ({row['p5']:.2f} to {row['p95']:.2f} in {row['worlds']} worlds)" if row["worlds"] > 1 else ""
    return f"{row['pooled']:.2f}{known}"


def _sentence(result: Comparison) -> str:
    """What is assumed, and that it is."""
    prior = next(row for row in result.case.assumptions if row.name == EFFECT)
    is_expected = (result.oversight["what"] == BREAK_EVEN) & (result.oversight["basis"] == "expected")
    effect = float(result.oversight["pooled"][is_expected].iloc[0])
    fixed = result.scenario.values.get(EFFECT)
    used = (
        f"here set to {fixed:g}"
        if fixed is not None
        else "here drawn"
        if result.scenario.draw
        else f"here {prior.value:g}"
    )
    return (
        "Expected: rates of hazards.csv times mean durations and the trade of an ordinary day. The effect of oversight on "
        "incidents is an input, not a finding: nobody has measured it. Its prior is "
        f"{prior.value:g} ({prior.low:g} to {prior.high:g}; below 0 it provokes), {used}. Of that prior "
        f"{100 * prior_above(result.case, effect):.0f} % lies above the break-even that may be expected; above 1 not even "
        "an end to all incidents would pay. Break-even: (days of the gatekeeper's shocks x share + inspection) / (incident "
        "days x level), days weighted by the trade that they stop; a tonne stopped counts as a day lost. "
        "Oversight does not reach regimes (long closures), and the break-even leaves them out."
    )
