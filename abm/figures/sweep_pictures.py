"""The figures of an experiment, from what was found."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.corridor.prose import counted
from abm.corridor.scenario import Scenario
from abm.figures.map import corridor_map
from abm.figures.sweep_claims import arm_colours
from abm.figures.sweep_dots import dots_chart
from abm.figures.sweep_drivers import tornado_chart
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
    told_arms,
)
from abm.figures.view import MapView, map_view
from abm.study.findings import Drivers, Findings, main_arm
from abm.study.plan import WITHOUT, Arm, Friction, Kind, Metric
from abm.study.sensitivity import DUMMY, MEANINGS, Method
from abm.worlds import MEASURE, opened_links

MOST_FACTORS, MOST_POSTS = 12, 16
#: Factors shown where none stands out from chance.
_FEW_FACTORS = 5
#: Arms beside the worlds without that a row of a figure has room for.
_ARMS_IN_A_ROW = 2
_ENDS = ("factor at its lowest", "at its highest")
#: A change of hours below this share is not called one.
_LEAST_HOURS = 0.05


# ---------------------------------------------------------------------------------------------------------- drivers
def tornado_picture(found: Findings, part: Drivers, order: int) -> Picture | None:
    """What drives one figure: the factors that stand out, with what each does."""
    if part.tornado.empty:
        return None
    target, plan = part.target, found.plan
    method, factors, is_clear = ranked_factors(part)
    swings = part.tornado.set_index("factor")
    shown = [name for name in (factors or list(swings.index)) if name in swings.index]
    shown = shown[:MOST_FACTORS] if is_clear or not method else shown[:_FEW_FACTORS]
    left = len(found.points.columns) - len(shown)
    words = figure_words(plan, target.metric, target.outcome, target.of, target.window)
    note = [f"{MEANINGS[Method(method)]}"] if method else []
    if method and not is_clear:
        note.append("No factor stands out: these do no more than a factor without effect would by chance.")
    elif left > 0:
        which = "which do less, or no more than a factor without effect would" if method else "which do less"
        note.append(f"{counted(left, 'other factor')}, {which}, {'is' if left == 1 else 'are'} not shown.")
    return Picture(
        f"drivers-{order}",
        words,
        f"Mean of worlds where a factor is low and where it is high; {arm_words(target.arm)}."
        + (f" To the right: importance ({method_words(method)}) with its 95 % interval." if method else ""),
        " ".join(note),
        f"Tornado of {words}; strongest: {', '.join(shown[:3])}",
        partial(_tornado, found, part, shown),
    )


def interval_text(row: Any) -> str:
    """``0.32 (0.28 to 0.36)`` of a row of indices; an interval does not reach below nothing."""
    return f"{row.index_value:.2f} ({max(row.low, 0.0):.2f} to {row.high:.2f})"


def method_words(method: str) -> str:
    """Name of an index."""
    return {
        "pawn": "PAWN",
        "delta": "delta",
        "morris_mu_star": "mu* of Morris",
        "morris_sigma": "sigma of Morris",
        "sobol_first": "first-order Sobol",
        "sobol_total": "total Sobol",
    }.get(method, method)


def ranked_factors(part: Drivers) -> tuple[str, list[str], bool]:
    """The first method of a design (for Sobol the total), the factors that stand out by it, the strongest first, and whether
    any does; if none does, all of them."""
    if part.indices.empty:
        return "", [], False
    methods = list(dict.fromkeys(map(str, part.indices["method"])))
    method = Method.TOTAL.value if Method.TOTAL.value in methods else methods[0]
    rows = part.indices[(part.indices["method"] == method) & (part.indices["factor"] != DUMMY)]
    rows = rows.sort_values("index", ascending=False, kind="stable")
    clear = rows[rows["stands_out"].astype(bool)]
    return method, [str(name) for name in (clear if len(clear) else rows)["factor"]], len(clear) > 0


def _tornado(found: Findings, part: Drivers, shown: list[str], sheet: Sheet) -> Figure:
    scale = scale_of(part.target.metric, part.target.outcome)
    swings = part.tornado.set_index("factor").loc[shown]
    method, _, _ = ranked_factors(part)
    importance = (
        {
            str(row.factor): row
            for row in part.indices.rename(columns={"index": "index_value"}).itertuples()
            if row.method == method
        }
        if method
        else {}
    )
    texts = [interval_text(importance[name]) if name in importance else "" for name in shown]
    table = pd.DataFrame(
        {
            "name": [factor_words(found.plan, name) for name in shown],
            "low": swings["at_low"].to_numpy() / scale.size,
            "high": swings["at_high"].to_numpy() / scale.size,
            "number": texts,
        }
    )
    return tornado_chart(
        table,
        sheet,
        centre=part.mean / scale.size,
        x_label=f"{capital(metric_words(part.target.metric))}, {scale.unit}",
        **({"ends": _ENDS} if found.plan.design.kind is Kind.ONE_AT_A_TIME else {}),
    )


# ---------------------------------------------------------------------------------------------------------- network
def waits_picture(found: Findings) -> Picture | None:
    """Hours in line at the posts that have the longest ones, in every arm."""
    rows = found.waits[np.isfinite(found.waits["p50"].to_numpy(dtype=np.float64))]
    if rows.empty:
        return None
    titles = arm_titles(found.plan)
    told = told_arms(found.plan)[:_ARMS_IN_A_ROW]
    rows = rows[rows["arm"].isin([WITHOUT, *told])]
    shown = longest_lines(found)
    left = rows["of"].nunique() - len(shown)
    kept = rows[rows["of"].isin(shown)].copy()
    kept = kept.sort_values("of", key=lambda of: of.map(shown.index), kind="stable")
    note = f"{counted(left, 'post with shorter lines is', 'posts with shorter lines are')} not shown." if left else ""
    return Picture(
        "waits",
        waits_title(found, kept),
        f"Mean hours in line at each post in year {found.plan.years}, procedures apart. Dots: median of worlds; bars: "
        f"nine tenths.",
        note,
        "Hours in line at border posts by arm",
        partial(_waits, kept, {arm: titles[arm] for arm in told}, arm_colours(list(titles))),
    )


def longest_lines(found: Findings) -> list[str]:
    """The posts with the longest lines in any of the worlds that the figure shows, the longest first."""
    rows = found.waits[found.waits["arm"].isin([WITHOUT, *told_arms(found.plan)[:_ARMS_IN_A_ROW]])]
    longest = rows.groupby("of")["p50"].max().dropna().sort_values(ascending=False)
    return [str(of) for of in longest.index[:MOST_POSTS]]


def waits_title(found: Findings, rows: pd.DataFrame) -> str:
    """The finding: how the line that changes most changes, in the arm that a reader means."""
    arm = main_arm(found.plan.arms)
    wide = rows[rows["arm"].isin([WITHOUT, arm.name])].pivot(index="name", columns="arm", values="p50").dropna()
    if wide.empty or wide.shape[1] < 2:
        return "Hours in line at border posts"
    change = wide[arm.name] - wide[WITHOUT]
    post = str(change.abs().idxmax())
    if abs(change[post]) < _LEAST_HOURS:
        return "Lines at borders stay as they are"
    before, after = (float(wide[name][post]) for name in (WITHOUT, arm.name))
    return f"{post}: the line goes from {number(before)} to {number(after)} hours"


def _waits(rows: pd.DataFrame, titles: dict[str, str], colours: dict[str, str], sheet: Sheet) -> Figure:
    return dots_chart(
        rows.drop(columns="number", errors="ignore"),
        sheet,
        titles={WITHOUT: "without the measure", **titles},
        colours=colours,
        without=WITHOUT,
        x_label="Mean hours in line",
    )


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
        "map",
        map_title(found, rows, arm),
        f"Change in tonnes by link in year {found.plan.years}, both directions, mean of paired worlds; "
        f"{arm_words(arm)}.",
        "",
        f"Map of the change in tonnes by link; largest on link {biggest['link']}: "
        f"{number((biggest['with_t'] - biggest['without_t']) / 1e3)} kt a year",
        partial(_map, found, view, rows, arm),
        fits_narrow=False,
    )


def map_title(found: Findings, rows: pd.DataFrame, arm: Arm) -> str:
    """The finding: how much moves over the links that open."""
    cut = found.growth
    cut = cut[(cut["of"] == f"cut/{MEASURE}") & (cut["arm"] == arm.name) & (cut["metric"] == Metric.GAIN.value)]
    if cut.empty:
        change = (rows["with_t"] - rows["without_t"]).abs()
        return f"Up to {number(float(change.max()) / 1e3)} kt a year more or less on a link"
    last = cut.sort_values("window_years").iloc[-1]
    return f"{number(float(last['mean']) / 1e3, 0)} kt a year move over the links that open"


def _map(found: Findings, view: MapView, rows: pd.DataFrame, arm: Arm, sheet: Sheet) -> Figure:
    known = set(view.link_ids)
    rows = rows[rows["link"].isin(known)]
    plan = found.plan
    opened = opened_links(Scenario(plan.case, arm.policies, years=plan.years))
    return corridor_map(
        view,
        dict(zip(rows["link"], rows["with_t"], strict=True)),
        without=dict(zip(rows["link"], rows["without_t"], strict=True)),
        opened=[link for link in opened if link in known],
        title=sheet.title,
        subtitle=sheet.subtitle,
    )
