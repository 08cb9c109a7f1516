"""Figures of trade: claims, growth by denominator and arm, fans of months."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.corridor.prose import counted
from abm.figures.sweep_cards import FRICTION_WORDS, parts_of, told_of
from abm.figures.sweep_claims import arm_colours, claims_chart, ranges_chart
from abm.figures.sweep_fan import fan_chart
from abm.figures.sweep_sheet import Picture, Sheet
from abm.figures.sweep_words import arm_titles, spread_text, told_arms, where
from abm.study.claims import Judgement
from abm.study.findings import Findings
from abm.study.outcome_words import few_worlds
from abm.study.outcomes import split_name
from abm.study.plan import WITHOUT, Metric
from abm.study.sensitivity import Z_975
from abm.study.verdicts import percent
from abm.worlds import MEASURE

#: Rows of a figure of ranges.
MOST_ROWS = 20
#: Tonnes a month from which a day is told in thousands.
_LARGE_MONTH_T = 60_000.0
_RANGES = "Dots: median of worlds; thick: half of them; thin: nine tenths."
_MONTE_CARLO = (
    "The diamond is the mean with its Monte Carlo error, which more worlds would shrink; the bars are what is not "
    "known of the "
    "world, which they would not."
)


def claims_picture(found: Findings) -> Picture | None:
    """All claims, each way to read it on a row, in the longest window and the arms that a reader asks about first."""
    plan = found.plan
    rows: list[dict[str, object]] = []
    for claim in plan.claims:
        ones = [one for one in found.judgements if one.claim.id == claim.id and one.range.worlds]
        arms = told_of(plan, ones) if ones else []
        chosen = [one for one in ones if one.arm in arms and one.window == max(claim.window_years)]
        for number, one in enumerate(sorted(chosen, key=lambda one: claim.of.index(one.of))):
            head = "" if number else f"{claim.title} ({counted(one.window, 'year')})"
            rows.append(_claim_row(found, one, head, has_both=len(arms) > 1))
    if not rows:
        return None
    return Picture(
        "claims",
        "What was claimed, and what the worlds say",
        f"{plan.title}. Share of paired worlds, given opening and these priors.",
        "",
        "Bars of the share of worlds with less than was claimed, inside each claim, and with more",
        partial(_claims, pd.DataFrame(rows)),
    )


def _claim_row(found: Findings, one: Judgement, head: str, *, has_both: bool) -> dict[str, object]:
    """One bar: what it is about, the three shares with their intervals, the one that counts in words."""
    row: dict[str, object] = {
        "head": head,
        "name": f"{where(found.plan, one.of)}{FRICTION_WORDS[one.arm.friction] if has_both else ''}",
        "number": f"{percent(one.main.value)} % {'inside' if one.main is one.inside else 'reach it'}",
    }
    for part, share in zip(("below", "inside", "above"), parts_of(one), strict=True):
        row |= {part: share.value, f"{part}_low": share.low, f"{part}_high": share.high}
    return row


def _claims(rows: pd.DataFrame, sheet: Sheet) -> Figure:
    return claims_chart(rows, sheet)


# ---------------------------------------------------------------------------------------------------------- growth
def growth_pictures(found: Findings) -> list[Picture]:
    """Growth a year where bases are large; tonnes where they are small, and over cuts."""
    if found.growth.empty:
        return []
    window = _window(found)
    rows = found.growth[found.growth["window_years"] == window]
    percent = main_rows(found, rows[~rows["is_small"] & (rows["metric"] == Metric.GROWTH_PER_YEAR.value)])
    tonnes = main_rows(found, rows[rows["is_small"] & (rows["metric"] == Metric.GAIN.value)])
    given = f"{_worlds(found)}; given opening; year {window} against the paired world without the measure."
    few = few_worlds(max(found.played.values(), default=0))
    mark = f" ({few})" if few else ""
    pictures = []
    if len(percent):
        top = percent.iloc[0]
        pictures.append(
            Picture(
                "growth",
                f"How much faster trade grows with the measure{mark}",
                f"{_RANGES} {given}",
                _MONTE_CARLO,
                f"Ranges of growth a year by denominator and arm; {top['name']}: "
                f"{spread_text(100 * top['p50'], 100 * top['p5'], 100 * top['p95'], '%')}",
                partial(_growth, found, percent, 0.01, "Growth a year above that without the measure, %"),
            )
        )
    if len(tonnes):
        pictures.append(
            Picture(
                "growth-tonnes",
                f"Tonnes more, where percentages would mislead{mark}",
                f"Small bases (under 50 kt a year) and borders crossed, each consignment once. {_RANGES} {given}",
                "Tonnes that go another way are among those over borders: they are not trade created.",
                "Ranges of tonnes gained by denominator and arm",
                partial(_growth, found, tonnes, 1e3, "Tonnes more than without the measure, kt a year"),
            )
        )
    return pictures


def main_rows(found: Findings, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that a figure has room for: the home country, what claims are about and the measure's links first, and of many
    arms those that a reader asks about first. Tables have all."""
    plan = found.plan
    claimed = [of for claim in plan.claims if claim.outcome.startswith("trade") for of in claim.of]
    first = [plan.case.info.home, f"cut/{MEASURE}", *claimed]
    of = [name for name in dict.fromkeys([*first, *rows["of"]]) if (rows["of"] == name).any()]
    arms = told_arms(plan)
    room = max(MOST_ROWS // max(len(arms), 1), 1)
    kept = rows[rows["of"].isin(of[:room]) & rows["arm"].isin(arms)]
    return kept.sort_values("of", key=lambda names: names.map(of.index), kind="stable")


def _window(found: Findings) -> int:
    """The window that figures show: the longest that is claimed, or told."""
    windows = [
        window for claim in found.plan.claims for window in claim.window_years if claim.outcome.startswith("trade")
    ]
    return max(windows, default=int(found.growth["window_years"].max()))


def _worlds(found: Findings) -> str:
    most = max(found.played.values(), default=0)
    return f"Up to {counted(most, 'pair of worlds', 'pairs of worlds')} an arm"


def _growth(found: Findings, rows: pd.DataFrame, size: float, x_label: str, sheet: Sheet) -> Figure:
    titles = arm_titles(found.plan)
    colours = arm_colours(list(titles))
    unit = "%" if size == 0.01 else "kt"
    shown = rows.sort_values(
        "of", key=lambda of: of.map({name: i for i, name in enumerate(dict.fromkeys(rows["of"]))}), kind="stable"
    )
    values = {
        name: shown[name].to_numpy(dtype=np.float64) / size
        for name in ("p5", "p25", "p50", "p75", "p95", "mean", "error")
    }
    is_first = ~shown["of"].duplicated().to_numpy()
    arms = shown["arm"].unique()
    many = len(arms) > len({colours[arm] for arm in arms})  # two of one colour: every row says whose it is
    names = [
        where(found.plan, of) + (f": {titles[arm]}" if many else "") if first or many else ""
        for of, arm, first in zip(shown["of"], shown["arm"], is_first, strict=True)
    ]
    table = pd.DataFrame({**values, "name": names, "series": [titles[arm] for arm in shown["arm"]]})
    table["error"] *= Z_975
    table["number"] = [
        spread_text(m, a, b, unit) for m, a, b in zip(table["p50"], table["p5"], table["p95"], strict=True)
    ]
    present = {titles[arm]: colours[arm] for arm in titles if arm in set(shown["arm"])}
    return ranges_chart(table, sheet, x_label=x_label, colours=present, band=_band(found) if unit == "%" else None)


def _band(found: Findings) -> tuple[float, float, str] | None:
    """The range of the first claim on growth a year, for the axis in per cent."""
    for claim in found.plan.claims:
        if (
            claim.metric is Metric.GROWTH_PER_YEAR
            and claim.outcome == "trade_usd"
            and np.isfinite([claim.low, claim.high]).all()
        ):
            low, high = 100 * claim.low, 100 * claim.high
            return low, high, f"claimed: {low:g} to {high:g} %"
    return None


# ---------------------------------------------------------------------------------------------------------- fans
def fan_pictures(found: Findings) -> list[Picture]:
    """Monthly tonnes with and without, of the arms that a reader asks about first."""
    told = told_arms(found.plan)
    titles = {arm: title for arm, title in arm_titles(found.plan).items() if arm in told}
    pictures = []
    for number_, (series, fan) in enumerate(found.fans.items()):
        known = fan[np.isfinite(fan["p50"].to_numpy(dtype=np.float64))]
        if known.empty or not set(known["arm"]) - {WITHOUT} or not (known["p95"] > 0.0).any():
            continue
        of = split_name(f"{series}:0")[1]
        words = where(found.plan, of)
        pictures.append(
            Picture(
                f"fan-{number_ + 1}",
                f"{words}, month by month",
                "Bands over all worlds of an arm, given opening: the line is the median, half of the worlds lie in the "
                "dark "
                "band, nine tenths in the pale one.",
                "Single months, with their seasons. Where bands overlap, the two worlds of a pair may still differ: "
                "growth is "
                "read within pairs, above.",
                f"Fans of monthly tonnes, {words}, with and without the measure",
                partial(_fan, known, titles, arm_colours(list(arm_titles(found.plan)))),
            )
        )
    return pictures


def _fan(fan: pd.DataFrame, titles: dict[str, str], colours: dict[str, str], sheet: Sheet) -> Figure:
    large = float(fan["p95"].max()) >= _LARGE_MONTH_T
    return fan_chart(
        fan,
        sheet,
        titles=titles,
        colours=colours,
        without=WITHOUT,
        quantity="kt a day, mean of the month" if large else "t a day, mean of the month",
        scale=1e3 if large else 1.0,
    )
