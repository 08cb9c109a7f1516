"""The figures of an experiment, from what was found."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.corridor.prose import counted
from abm.figures.map import corridor_map
from abm.figures.sweep_claims import arm_colours, claims_chart, ranges_chart
from abm.figures.sweep_dots import dots_chart
from abm.figures.sweep_drivers import tornado_chart
from abm.figures.sweep_fan import fan_chart
from abm.figures.sweep_sheet import Picture, Sheet
from abm.figures.sweep_words import (
    arm_titles,
    arm_words,
    capital,
    factor_words,
    figure_words,
    metric_words,
    number,
    scale_of,
    spread_text,
    where,
)
from abm.figures.view import MapView, map_view
from abm.study.findings import Drivers, Findings
from abm.study.outcomes import links_opened, split_name
from abm.study.plan import WITHOUT, Arm, Friction, Metric
from abm.study.sensitivity import DUMMY, MEANINGS

MOST_FACTORS, MOST_POSTS = 12, 16
_RANGES = "Dots: median of worlds; thick: half of them; thin: nine tenths."
_MONTE_CARLO = (
    "The diamond is the mean with its Monte Carlo error, which more worlds would shrink; the bars are what is not known of the "
    "world, which they would not."
)
#: A change of hours below this share is not called one.
_LEAST_HOURS = 0.05


def claims_picture(found: Findings) -> Picture | None:
    """All claims: below, inside, above."""
    if not found.judgements:
        return None
    plan = found.plan
    many = len({one.arm.name for one in found.judgements}) > 1
    rows = pd.DataFrame(
        [
            {
                "name": f"{one.claim.title}: {where(plan, one.of)}, {counted(one.window, 'year')}"
                + (f", {arm_words(one.arm)}" if many else ""),
                **{part: getattr(one, part).value for part in ("below", "inside", "above")},
                **{f"{part}_low": getattr(one, part).low for part in ("below", "inside", "above")},
                **{f"{part}_high": getattr(one, part).high for part in ("below", "inside", "above")},
            }
            for one in found.judgements
            if one.range.worlds
        ]
    )
    if rows.empty:
        return None
    return Picture(
        "claims", "What was claimed, and what the worlds say", f"{plan.title}. Share of paired worlds, given opening.", "",
        "Bars of the share of worlds below, inside and above each claim", partial(_claims, rows),
    )  # fmt: skip


def _claims(rows: pd.DataFrame, sheet: Sheet) -> Figure:
    return claims_chart(rows, sheet)


# ---------------------------------------------------------------------------------------------------------- growth
def growth_pictures(found: Findings) -> list[Picture]:
    """Growth a year where bases are large; tonnes where they are small, and over cuts."""
    if found.growth.empty:
        return []
    window = _window(found)
    rows = found.growth[found.growth["window_years"] == window]
    percent = rows[~rows["is_small"] & (rows["metric"] == Metric.GROWTH_PER_YEAR.value)]
    tonnes = rows[rows["is_small"] & (rows["metric"] == Metric.GAIN.value)]
    given = f"{_worlds(found)}; given opening; year {window} against the paired world without the measure."
    pictures = []
    if len(percent):
        top = percent.iloc[0]
        pictures.append(
            Picture(
                "growth", "How much faster trade grows with the measure", f"{_RANGES} {given}", _MONTE_CARLO,
                f"Ranges of growth a year by denominator and arm; {top['name']}: "
                f"{spread_text(100 * top['p50'], 100 * top['p5'], 100 * top['p95'], '%')}",
                partial(_growth, found, percent, 0.01, "Growth a year above that without the measure, %"),
            )
        )  # fmt: skip
    if len(tonnes):
        pictures.append(
            Picture(
                "growth-tonnes", "Tonnes more, where percentages would mislead",
                f"Small bases (under 50 kt a year) and borders crossed, each consignment once. {_RANGES} {given}",
                "Tonnes that go another way are among those over borders: they are not trade created.",
                "Ranges of tonnes gained by denominator and arm",
                partial(_growth, found, tonnes, 1e3, "Tonnes more than without the measure, kt a year"),
            )
        )  # fmt: skip
    return pictures


def _window(found: Findings) -> int:
    """The window that figures show: the longest that is claimed, or told."""
    windows = [window for claim in found.plan.claims for window in claim.window_years if claim.outcome.startswith("trade")]
    return max(windows, default=int(found.growth["window_years"].max()))


def _worlds(found: Findings) -> str:
    most = max(found.played.values(), default=0)
    return f"Up to {counted(most, 'pair of worlds', 'pairs of worlds')} an arm"


def _growth(found: Findings, rows: pd.DataFrame, size: float, x_label: str, sheet: Sheet) -> Figure:
    titles = arm_titles(found.plan)
    colours = arm_colours(list(titles))
    unit = "%" if size == 0.01 else ""
    shown = rows.sort_values("of", key=lambda of: of.map({name: i for i, name in enumerate(dict.fromkeys(rows["of"]))}), kind="stable")
    values = {name: shown[name].to_numpy(dtype=np.float64) / size for name in ("p5", "p25", "p50", "p75", "p95", "mean", "error")}
    is_first = ~shown["of"].duplicated().to_numpy()
    many = len(titles) > len(set(colours.values()))
    names = [
        where(found.plan, of) + (f": {titles[arm]}" if many else "") if first or many else ""
        for of, arm, first in zip(shown["of"], shown["arm"], is_first, strict=True)
    ]
    table = pd.DataFrame({**values, "name": names, "series": [titles[arm] for arm in shown["arm"]]})
    table["error"] *= 1.96
    table["number"] = [spread_text(m, a, b, unit) for m, a, b in zip(table["p50"], table["p5"], table["p95"], strict=True)]
    present = {titles[arm]: colours[arm] for arm in titles if arm in set(shown["arm"])}
    return ranges_chart(table, sheet, x_label=x_label, colours=present, band=_band(found) if unit else None)


def _band(found: Findings) -> tuple[float, float, str] | None:
    """The range of the first claim on growth a year, for the axis in per cent."""
    for claim in found.plan.claims:
        if claim.metric is Metric.GROWTH_PER_YEAR and claim.outcome == "trade_usd" and np.isfinite([claim.low, claim.high]).all():
            low, high = 100 * claim.low, 100 * claim.high
            return low, high, f"claimed: {low:g} to {high:g} %"
    return None


# ---------------------------------------------------------------------------------------------------------- fans
def fan_pictures(found: Findings) -> list[Picture]:
    """Monthly tonnes with and without."""
    titles = arm_titles(found.plan)
    pictures = []
    for number_, (series, fan) in enumerate(found.fans.items()):
        known = fan[np.isfinite(fan["p50"].to_numpy(dtype=np.float64))]
        if known.empty or not set(known["arm"]) - {WITHOUT}:
            continue
        of = split_name(f"{series}:0")[1]
        words = where(found.plan, of)
        pictures.append(
            Picture(
                f"fan-{number_ + 1}", f"{words}, month by month",
                "Bands over all worlds of an arm, given opening: the line is the median, half of the worlds lie in the dark band, nine "
                "tenths in the pale one.",
                "Bands of single months, with their seasons. Where bands overlap, a pair of worlds may still differ: growth is read "
                "within pairs, above.",
                f"Fans of monthly tonnes, {words}, with and without the measure", partial(_fan, found, known, titles),
            )
        )  # fmt: skip
    return pictures


def _fan(found: Findings, fan: pd.DataFrame, titles: dict[str, str], sheet: Sheet) -> Figure:
    large = float(fan["p95"].max()) >= 2e3
    return fan_chart(
        fan, sheet, titles=titles, colours=arm_colours(list(titles)), without=WITHOUT,
        quantity="kt a month" if large else "t a month", scale=1e3 if large else 1.0,
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- drivers
def tornado_picture(found: Findings, part: Drivers, order: int) -> Picture | None:
    """What drives one figure: the strongest factors, with what each does."""
    if part.tornado.empty:
        return None
    target, plan = part.target, found.plan
    method, factors = ranked_factors(part)
    swings = part.tornado.set_index("factor")
    shown = [name for name in (factors or list(swings.index)) if name in swings.index][:MOST_FACTORS]
    left = len(found.points.columns) - len(shown)
    words = figure_words(plan, target.metric, target.outcome, target.of, target.window)
    note = f"{MEANINGS[method]} " if method else ""
    note += f"{counted(left, 'weaker factor is', 'weaker factors are')} not shown." if left > 0 else ""
    return Picture(
        f"drivers-{order}", words,
        f"Mean of worlds where a factor is low and where it is high; {arm_words(target.arm)}."
        + (f" To the right: importance ({method_words(method)}) with its 95 % interval." if method else ""),
        note.strip(), f"Tornado of {words}; strongest: {', '.join(shown[:3])}",
        partial(_tornado, found, part, shown, words),
    )  # fmt: skip


def method_words(method: str) -> str:
    """Name of an index."""
    return {
        "pawn": "PAWN", "delta": "delta", "morris_mu_star": "mu* of Morris", "morris_sigma": "sigma of Morris",
        "sobol_first": "first-order Sobol", "sobol_total": "total Sobol",
    }.get(method, method)  # fmt: skip


def ranked_factors(part: Drivers) -> tuple[str, list[str]]:
    """The first method of a design, for Sobol the total, and its factors, the strongest first."""
    if part.indices.empty:
        return "", []
    methods = list(dict.fromkeys(part.indices["method"]))
    method = "sobol_total" if "sobol_total" in methods else str(methods[0])
    rows = part.indices[(part.indices["method"] == method) & (part.indices["factor"] != DUMMY)]
    return method, [str(name) for name in rows.sort_values("index", ascending=False, kind="stable")["factor"]]


def _tornado(found: Findings, part: Drivers, shown: list[str], words: str, sheet: Sheet) -> Figure:
    scale = scale_of(part.target.metric, part.target.outcome)
    swings = part.tornado.set_index("factor").loc[shown]
    method, _ = ranked_factors(part)
    rows = part.indices[part.indices["method"] == method].set_index("factor") if method else pd.DataFrame()
    texts = [
        f"{rows.loc[name, 'index']:.2f} ({max(rows.loc[name, 'low'], 0.0):.2f} to {rows.loc[name, 'high']:.2f})"
        if name in rows.index and method not in ("morris_mu_star", "morris_sigma") else ""
        for name in shown
    ]  # fmt: skip
    table = pd.DataFrame(
        {
            "name": [factor_words(found.plan, name) for name in shown], "low": swings["at_low"].to_numpy() / scale.size,
            "high": swings["at_high"].to_numpy() / scale.size, "number": texts,
        }
    )  # fmt: skip
    return tornado_chart(table, sheet, centre=part.mean / scale.size, x_label=f"{capital(metric_words(part.target.metric))}, {scale.unit}")


# ---------------------------------------------------------------------------------------------------------- network
def waits_picture(found: Findings) -> Picture | None:
    """Hours in line at the posts that have the longest ones, in every arm."""
    rows = found.waits[np.isfinite(found.waits["p50"].to_numpy(dtype=np.float64))]
    if rows.empty:
        return None
    titles = arm_titles(found.plan)
    longest = rows.groupby("of")["p50"].max().sort_values(ascending=False)
    shown = [str(of) for of in longest.index[:MOST_POSTS]]
    left = len(longest) - len(shown)
    kept = rows[rows["of"].isin(shown)].copy()
    kept = kept.sort_values("of", key=lambda of: of.map(shown.index), kind="stable")
    note = f"{counted(left, 'post with shorter lines is', 'posts with shorter lines are')} not shown." if left else ""
    return Picture(
        "waits", "Waiting at borders, with and without",
        f"Mean hours in line at each post in year {found.plan.years}, procedures apart. Dots: median of worlds; bars: nine tenths.",
        note, "Hours in line at border posts by arm", partial(_waits, kept, titles),
    )  # fmt: skip


def _waits(rows: pd.DataFrame, titles: dict[str, str], sheet: Sheet) -> Figure:
    return dots_chart(
        rows.drop(columns="number", errors="ignore"), sheet, titles={WITHOUT: "without the measure", **titles},
        colours=arm_colours(list(titles)), without=WITHOUT, x_label="Mean hours in line",
    )  # fmt: skip


def map_picture(found: Findings) -> Picture | None:
    """Where freight comes from and goes to, for transport alone where an arm says it, else for the first arm."""
    arms = [arm for arm in found.plan.arms if (found.flows["arm"] == arm.name).any()] if len(found.flows) else []
    if not arms:
        return None
    arm = next((arm for arm in arms if arm.friction is Friction.NONE), arms[0])
    rows = found.flows[found.flows["arm"] == arm.name].fillna(0.0)
    view = map_view(found.plan.case.nodes, found.plan.case.links)
    biggest = rows.iloc[int((rows["with_t"] - rows["without_t"]).abs().to_numpy().argmax())]
    return Picture(
        "map", "Where freight moves",
        f"Change in tonnes by link in year {found.plan.years}, both directions, mean of paired worlds; {arm_words(arm)}.", "",
        f"Map of the change in tonnes by link; largest on link {biggest['link']}: "
        f"{number((biggest['with_t'] - biggest['without_t']) / 1e3)} kt a year",
        partial(_map, found, view, rows, arm), fits_narrow=False,
    )  # fmt: skip


def _map(found: Findings, view: MapView, rows: pd.DataFrame, arm: Arm, sheet: Sheet) -> Figure:
    known = set(view.link_ids)
    rows = rows[rows["link"].isin(known)]
    opened = [link for link in links_opened(found.plan) if link in known]
    return corridor_map(
        view, dict(zip(rows["link"], rows["with_t"], strict=True)), without=dict(zip(rows["link"], rows["without_t"], strict=True)),
        opened=opened, title=sheet.title, subtitle=sheet.subtitle,
    )  # fmt: skip
