"""The report on an experiment, section by section: verdicts first, then what they rest on."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from abm.corridor.prose import counted
from abm.figures.page import Block, Bullets, Column, Drawing, Page, Prose, Section, Sheetful
from abm.figures.sweep_beliefs import belief_blocks
from abm.figures.sweep_cards import claim_blocks
from abm.figures.sweep_pictures import longest_lines, map_picture, method_words, tornado_picture, waits_picture
from abm.figures.sweep_provenance import failure_blocks, provenance_blocks
from abm.figures.sweep_sheet import Picture
from abm.figures.sweep_trade import fan_pictures, growth_pictures
from abm.figures.sweep_words import (
    arm_titles,
    capital,
    digits_for,
    factor_words,
    figure_words,
    level_text,
    number,
    signed_number,
    spread_text,
    where,
)
from abm.study.findings import Drivers, Findings
from abm.study.names import place_names
from abm.study.plan import WITHOUT, Metric
from abm.study.sensitivity import DUMMY, MEANINGS, Method

#: What nobody may read into a report, whatever the case (MODEL.md, "It must never say").
UNSAID = (
    "It never says how fast trade grows without naming the trade it means, the years, what is assumed of friction, and "
    "whether the "
    "trend is in the figure.",
    "Its probabilities hold given these priors, and given opening unless the probability of opening is multiplied in. "
    "They are no "
    "forecast of whether the measure comes.",
    "What oversight does to incidents is an assumption that was put in. No figure here is evidence that oversight "
    "makes anything "
    "safer.",
    "Tonnes over a border, and the capacity of a line, are not trade created: most of what moves over a new line moved "
    "another way before.",
    "A best case stands beside the mean of all freight and does not replace it.",
    "It says nothing of GDP or jobs, and gains of users, duties and tolls are not added up.",
)


def sweep_page(found: Findings) -> Page:
    """The whole report."""
    plan = found.plan
    sections = [
        Section("verdicts", "The verdicts", (*_unfinished(found), *claim_blocks(found))),
        _section("growth", "How much trade grows", found, growth_blocks),
        _section("months", "Month by month", found, fan_blocks),
        _section("drivers", "What drives the answer", found, driver_blocks),
        Section("believe", "What you would have to believe", belief_blocks(found)),
        _section("policies", "Which policy is regretted least", found, regret_blocks),
        _section("map", "Where freight moves", found, map_blocks),
        _section("waits", "Waiting at borders", found, wait_blocks),
        _section("journeys", "Time, cost and risk", found, journey_blocks),
        Section("limits", "What this experiment cannot say", limit_blocks(found)),
        Section("failures", "What failed", failure_blocks(found)),
        Section("provenance", "How it was made", provenance_blocks(found)),
    ]
    return Page(
        plan.title,
        plan.question,
        f"Experiment {plan.name} \N{MIDDLE DOT} {plan.case.info.title}",
        _facts(found),
        tuple(sections),
        f"Made with Caravan. Case {plan.case.info.name}, digest {plan.case.digest[:12] or 'unknown'}.",
    )


def _section(anchor: str, title: str, found: Findings, blocks: Callable[[Findings], tuple[Block, ...]]) -> Section:
    return Section(
        anchor, title, blocks(found) or (Prose(("There is nothing to show: no pair of worlds has such a number.",)),)
    )


def _unfinished(found: Findings) -> tuple[Block, ...]:
    still = found.counts.get("open", 0)
    if not still:
        return ()
    have = "has" if still == 1 else "have"
    said = f"{counted(still, 'run')} of this sweep {have} not been played: every figure may still move."
    return (Prose((said,), is_note=True),)


def _facts(found: Findings) -> tuple[tuple[str, str], ...]:
    plan = found.plan
    done, still = found.counts.get("done", 0), found.counts.get("open", 0)
    return (
        ("Worlds played", f"{done:,} of {done + still + len(found.failures):,}" if still else f"{done:,}"),
        ("Failed", f"{len(found.failures):,}"),
        ("Pairs of worlds, by arm", ", ".join(f"{pairs:,}" for pairs in found.played.values()) or "none"),
        ("Uncertain factors", f"{len(plan.factors)}"),
        ("Points of the design", f"{len(found.points):,}"),
        ("Years played", f"{plan.years}"),
        ("Opening day", plan.case.info.start),
    )


def _drawings(pictures: list[Picture]) -> tuple[Block, ...]:
    return tuple(Drawing(picture) for picture in pictures)


# ---------------------------------------------------------------------------------------------------------- growth
def growth_blocks(found: Findings) -> tuple[Block, ...]:
    """Ranges by denominator, chance apart from parameters, and the trend on a line of its own."""
    if found.growth.empty:
        return ()
    intro = Prose(
        (
            "Each world is played twice with every draw in common, once with the measure and once without. Growth is "
            "what the first "
            "has more than the second, a year, over so many full years from the opening day.",
            "Transport only (phi = 0) means that the measure moves goods by cost and time alone. On the other lines it "
            "also lifts a "
            "share phi of the friction between two countries, which nobody has measured: it is drawn from its prior.",
        )
    )
    return (intro, *_drawings(growth_pictures(found)), _growth_table(found), _gross_table(found))


def _growth_table(found: Findings) -> Sheetful:
    titles = arm_titles(found.plan)
    head = (
        "Trade",
        "Years",
        "Arm",
        "A year, median (5 to 95 %)",
        "Mean \N{PLUS-MINUS SIGN} Monte Carlo error",
        "In level",
        "Tonnes more, kt a year",
        "Not known of the world",
        "Worlds",
    )
    rows = []
    for (of, window, arm), group in found.growth.groupby(["of", "window_years", "arm"], sort=False):
        by = {str(row["metric"]): row for _, row in group.iterrows()}
        gain, year, level = (by.get(metric.value) for metric in (Metric.GAIN, Metric.GROWTH_PER_YEAR, Metric.LEVEL))
        first = year if year is not None else gain
        if first is None:
            continue
        size, unit = (100.0, "%") if year is not None else (1e-3, "kt")
        digits = max(digits_for(size * first["error"]), 1)
        split = first["parameters_share"]
        rows.append(
            (
                where(found.plan, str(of))
                + (" (small base: read tonnes)" if first["is_small"] and year is not None else ""),
                f"{window}",
                titles.get(str(arm), str(arm)),
                _spread(year, 100.0, "%"),
                f"{signed_number(size * first['mean'], digits)} \N{PLUS-MINUS SIGN} "
                f"{number(size * first['error'], digits)} {unit}",
                _spread(level, 100.0, "%"),
                _spread(gain, 1e-3, ""),
                f"{100 * split:.0f} %" if split == split else "not told",
                f"{first['worlds']:,}",
            )
        )
    note = (
        "Monte Carlo error: standard error of the mean, which more worlds would shrink. Not known of the world: the "
        "part of the spread "
        "between worlds that comes from uncertain parameters; the rest is chance within one set of parameters."
    )
    return Sheetful(
        "Growth by trade, years and arm",
        tuple(Column(t, i not in (0, 2)) for i, t in enumerate(head)),
        tuple(rows),
        note,
        True,
    )


def _spread(row: pd.Series | None, size: float, unit: str) -> str:
    if row is None:
        return "\N{EN DASH}"
    return spread_text(size * float(row["p50"]), size * float(row["p5"]), size * float(row["p95"]), unit)


def _gross_table(found: Findings) -> Sheetful:
    titles = arm_titles(found.plan)
    rows = found.growth[found.growth["metric"] == Metric.GROSS_GROWTH_PER_YEAR.value]
    cells = tuple(
        (
            where(found.plan, str(row["of"])),
            f"{row['window_years']}",
            titles.get(str(row["arm"]), str(row["arm"])),
            _spread(row, 100.0, "%"),
        )
        for _, row in rows.iterrows()
    )
    columns = (
        Column("Trade"),
        Column("Years", True),
        Column("Arm"),
        Column("A year from the base year, trend included", True),
    )
    note = "What statistics would show: growth from the base year, whatever its cause. The measure's part is in the table above."
    return Sheetful("With the trend in it", columns, cells, note, is_folded=True)


def fan_blocks(found: Findings) -> tuple[Block, ...]:
    """Fans of monthly trade."""
    return _drawings(fan_pictures(found))


# ---------------------------------------------------------------------------------------------------------- drivers
def driver_blocks(found: Findings) -> tuple[Block, ...]:
    """Tornadoes and indices."""
    blocks: list[Block] = []
    for number_, part in enumerate(found.drivers, 1):
        picture = tornado_picture(found, part, number_)
        if picture is not None:
            blocks.append(Drawing(picture))
        if len(part.indices):
            blocks.append(_index_table(found, part, is_folded=picture is not None))
        if part.why_not:
            blocks.append(Prose((f"No indices of sensitivity: {part.why_not}.",), is_note=True))
    return tuple(blocks)


def _index_table(found: Findings, part: Drivers, *, is_folded: bool) -> Sheetful:
    """Every index of every factor, by method."""
    methods = list(dict.fromkeys(map(str, part.indices["method"])))
    rows = []
    for factor in dict.fromkeys(map(str, part.indices["factor"])):
        mine = part.indices[part.indices["factor"] == factor].set_index("method")
        cells = [_index_text(mine, method) for method in methods]
        says = "yes" if bool(mine["stands_out"].any()) else "no"
        name = "A factor without effect" if factor == DUMMY else factor_words(found.plan, factor)
        rows.append((name, *cells, "" if factor == DUMMY else says))
    target = part.target
    columns = [
        Column("Factor"),
        *(Column(capital(method_words(method)), True) for method in methods),
        Column("Stands out", True),
    ]
    words = figure_words(found.plan, target.metric, target.outcome, target.of, target.window)
    note = " ".join(f"{capital(method_words(method))}: {MEANINGS[Method(method)]}" for method in methods)
    return Sheetful(
        f"Every factor: {words}", tuple(columns), tuple(rows), f"{note} In brackets: 95 % intervals.", is_folded
    )


def _index_text(rows: pd.DataFrame, method: str) -> str:
    if method not in rows.index:
        return ""
    index, low, high = rows.loc[[method], ["index", "low", "high"]].to_numpy(dtype=np.float64)[0]
    return f"{index:.3g} ({low:.3g} to {high:.3g})".replace("-", "\N{MINUS SIGN}")


# ---------------------------------------------------------------------------------------------------------- policies
def regret_blocks(found: Findings) -> tuple[Block, ...]:
    """Regret of the arms."""
    titles = {WITHOUT: "Nothing is done", **arm_titles(found.plan)}
    blocks: list[Block] = []
    for part in found.regrets:
        rows = tuple(
            (
                titles.get(str(row["arm"]), str(row["arm"])),
                f"{row['mean_outcome'] / 1e6:,.0f}",
                *(f"{row[name] / 1e6:,.1f}" for name in ("mean", "p95", "max")),
                f"{100 * row['best_share']:.0f} %",
            )
            for _, row in part.table.iterrows()
        )
        head = ("Policy", "Trade, USD m a year", "Mean regret, USD m", "95th percentile", "Largest", "Best in")
        blocks.append(
            Sheetful(
                f"Regret in trade of {found.plan.case.info.home}, year {found.plan.years}",
                tuple(Column(title, i > 0) for i, title in enumerate(head)),
                rows,
                f"Compared on {part.points:,} points that all of these arms have played.",
            )
        )
    if blocks:
        blocks.insert(
            0,
            Prose(
                (
                    "Regret is what a choice costs against the best of these choices, in the same state of the world. "
                    "It needs no agreement on "
                    "how likely a state is. It counts trade alone, not what a policy costs to build or to run.",
                )
            ),
        )
    else:
        blocks.append(
            Prose(("Fewer than two policies share what they assume of friction: there is no choice to regret.",))
        )
    return tuple(blocks)


# ---------------------------------------------------------------------------------------------------------- network
def map_blocks(found: Findings) -> tuple[Block, ...]:
    """Map of changed flows."""
    picture = map_picture(found)
    return (Drawing(picture),) if picture else ()


def wait_blocks(found: Findings) -> tuple[Block, ...]:
    """Waits at posts with and without."""
    picture = waits_picture(found)
    if picture is None:
        return ()
    rows = found.waits[(found.waits["worlds"] > 0) & found.waits["of"].isin(longest_lines(found))]
    return (
        Drawing(picture),
        _change_table(found, rows, "Hours in line at these posts, in every arm", "Post", is_folded=True),
    )


def journey_blocks(found: Findings) -> tuple[Block, ...]:
    """Days, cost and risk, the mean beside every best case."""
    if found.journeys.empty:
        return ()
    rows = found.journeys[found.journeys["worlds"] > 0]
    blocks: list[Block] = []
    names, titles = place_names(found.plan.case), arm_titles(found.plan)
    home = found.plan.case.info.home
    best = []
    for arm, (start, end, change) in found.best_cases.items():
        mean = rows[(rows["outcome"] == "days") & (rows["of"] == home) & (rows["arm"] == arm)]
        beside = (
            f"the mean of all trade of {home} changes by {signed_number(100 * float(mean.iloc[0]['change_p50']))} %"
            if len(mean)
            else ""
        )
        best.append(
            f"{titles[arm]}: fastest route from {names.get(start, start)} to {names.get(end, end)} "
            f"{signed_number(100 * change)} % days (median of worlds), the best of all pairs of places; {beside}."
        )
    if best:
        blocks.append(Bullets(tuple(best), "Best case, and the mean beside it"))
    return (*blocks, _change_table(found, rows, "Time, cost and risk in the last year", "What", is_folded=False))


_OUTCOME_NAMES = {
    "days": "Days door to door",
    "days_median": "Median days door to door",
    "days_p95": "Slowest twentieth, days",
    "money_usd_t": "Freight bill, USD a tonne",
    "incident_days": "Incident days a year",
    "stopped_days": "Link-days shut a year",
    "stopped_t": "Tonnes a year stopped by incidents",
    "wait_h": "",
}


def _change_table(found: Findings, rows: pd.DataFrame, caption: str, first: str, *, is_folded: bool) -> Sheetful:
    titles = {WITHOUT: "Without", **arm_titles(found.plan)}
    cells: list[tuple[str, ...]] = []
    before = ""
    for _, row in rows.iterrows():
        what = _OUTCOME_NAMES.get(str(row["outcome"]), str(row["outcome"]))
        label = f"{what}: {row['name']}" if what else str(row["name"])
        middle, low, high = (100.0 * float(row[f"change_{name}"]) for name in ("p50", "p5", "p95"))
        change = "" if row["arm"] == WITHOUT else spread_text(middle, low, high, "%")
        cells.append(
            (
                "" if label == before else label,
                titles.get(str(row["arm"]), str(row["arm"])),
                level_text(float(row["p50"]), float(row["p5"]), float(row["p95"])),
                change,
                f"{row['worlds']:,}",
            )
        )
        before = label
    columns = (
        Column(first),
        Column("Arm"),
        Column("Median (5 to 95 % of worlds)", True),
        Column("Change in each pair, median (5 to 95 %)", True),
        Column("Worlds", True),
    )
    return Sheetful(caption, columns, tuple(cells), "Means are weighted by tonnes.", is_folded)


# ---------------------------------------------------------------------------------------------------------- limits
def limit_blocks(found: Findings) -> tuple[Block, ...]:
    """Limits of the case, and what no report says."""
    return (
        Bullets(UNSAID, "How to read it, and how not to"),
        Bullets(found.plan.case.info.limits, f"Limits of the case {found.plan.case.info.name}"),
    )
