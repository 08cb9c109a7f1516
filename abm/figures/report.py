"""The figures of a result: tables in, named figures out."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.corridor.policies import policy_titles
from abm.corridor.prose import counted
from abm.corridor.tables import Case
from abm.figures.charts import growth_chart, series_chart, times_chart, waits_chart
from abm.figures.map import corridor_map
from abm.figures.rows import signed
from abm.figures.view import map_view
from abm.study.compare import Comparison
from abm.study.names import place_names, whole_trade
from abm.study.outcome_words import few_worlds
from abm.study.single import Run
from abm.worlds import MEASURE, PRIOR, TRANSPORT, WITHOUT, opened_links

#: Figures that a result may have.
FIGURES = ("map", "growth", "series", "waits", "times")
_SERIES = {TRANSPORT: "transport only (phi = 0)", PRIOR: "friction lifted too"}
#: A share below this rounds to 0.0 %.
_LEAST_SHARE = 0.0005
#: Below so many years there is no course of twelve-month sums to draw.
_FEWEST_YEARS = 2
#: Pairs of places with less trade than this are left out of the chart of times, tonnes a year.
_SMALLEST_T = 2_000.0
#: Posts elsewhere are shown when their hours change by more than this share.
_CHANGED_SHARE = 0.2


#: What is assumed of phi, by whether assumptions are drawn.
_FRICTION = {
    True: "Friction: the share phi of it that an opening removes is drawn from its prior.",
    False: "Friction: the share phi of it that an opening removes is an assumption.",
}


def comparison_figures(result: Comparison) -> dict[str, Figure]:
    """Map of changed flows, growth by denominator, monthly series, waits and times; those that have something to show."""
    figures = (
        change_map(result), growth_figure(result), series_figure(result), waits_figure(result), times_figure(result)
    )  # fmt: skip
    return {name: figure for name, figure in zip(FIGURES, figures, strict=True) if figure is not None}


def _measure(result: Comparison) -> str:
    titles = policy_titles(result.case)
    return " + ".join(titles[policy] for policy in result.scenario.policies)


def _row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    keep = np.logical_and.reduce([table[name] == value for name, value in wanted.items()])
    return table[keep].iloc[-1]


def _given(result: Comparison) -> str:
    worlds = counted(len(result.seeds), "pair of worlds", "pairs of worlds")
    return f"{_measure(result)}. Given opening on {result.case.info.start}; {worlds}."


def _changes(share: float, what: str) -> str:
    """``raises the trade by 1.1 %`` or ``lowers`` it; ``leaves the trade as it is`` for what rounds to nothing."""
    size = f"{100 * abs(share):.1f}"
    if float(size) == 0.0:
        return f"leaves {what} as it is"
    return f"{'raises' if share > 0.0 else 'lowers'} {what} by {size} %"


def _change_words(share: float) -> str:
    """``3.7 % more``, ``0.4 % less`` or ``as much``."""
    size = f"{100 * abs(share):.1f}"
    return "as much" if float(size) == 0.0 else f"{size} % {'more' if share > 0.0 else 'less'}"


def change_map(result: Comparison) -> Figure:
    """Where tonnes go and where they come from: change by link in the last year, transport alone."""
    view = map_view(result.case.nodes, result.case.links)
    tonnes = {arm: dict(zip(rows["link"], rows["t"], strict=True)) for arm, rows in result.flows.groupby("arm")}
    opened = opened_links(result.scenario)
    cut = result.growth[(result.growth["arm"] == TRANSPORT) & (result.growth["name"] == MEASURE)]
    moved = float(cut["with"].iloc[-1]) if len(cut) else 0.0
    return corridor_map(
        view, tonnes[TRANSPORT], without=tonnes[WITHOUT], opened=opened,
        title=f"{moved / 1e3:,.0f} kt a year move over the links that open" if opened else "Where the measure moves freight",
        subtitle=f"Change in tonnes by link in year {result.scenario.years}, both directions, transport only (phi = 0). "
        f"{_given(result)}",
    )  # fmt: skip


def _percents(shares: pd.Series) -> pd.Series:
    """Shares as per cent; what rounds to nothing is nothing, without a sign."""
    return (100.0 * shares).where(shares.abs() >= _LEAST_SHARE, 0.0)


def growth_figure(result: Comparison) -> Figure | None:
    """Growth by denominator in the longest window: level against the world without the measure; None without any trade."""
    growth = result.growth
    window = growth["window_years"].max()
    rows = growth[(growth["window_years"] == window) & (growth["unit"] == "usd") & growth["level_mean"].notna()]
    rows = rows[(rows["denominator"] == "D1") | rows["name"].str.contains("-")]
    if not (rows["denominator"] == "D1").any():
        return None
    shown = pd.DataFrame(
        {
            "label": rows["denominator"] + "  " + rows["name"], "mean": _percents(rows["level_mean"]),
            "low": _percents(rows["level_p5"]), "high": _percents(rows["level_p95"]), "series": rows["arm"].map(_SERIES),
        }
    ).sort_values("label", kind="stable")  # fmt: skip
    home, has_prior = result.case.info.home, PRIOR in set(rows["arm"])
    total = _row(rows, arm=TRANSPORT, denominator="D1")
    trade = f"the trade of {home} with {result.case.info.partners}"
    few = few_worlds(len(result.seeds))
    return growth_chart(
        shown,
        title=f"Transport alone {_changes(total['level_mean'], trade)} in year {window:.0f}{f' ({few})' if few else ''}",
        subtitle=f"{_given(result)} {_FRICTION[result.scenario.draw] if has_prior else ''}".rstrip(),
        axis_label=f"Trade in constant USD in year {window:.0f} against the world without the measure, %",
    )  # fmt: skip


def series_figure(result: Comparison) -> Figure | None:
    """Trade of the home country without and with the measure, friction lifted where it can be; None for a single year."""
    if result.scenario.years < _FEWEST_YEARS:
        return None
    name = whole_trade(result.case)
    series = result.series[result.series["name"] == name]
    arm = PRIOR if PRIOR in set(series["arm"]) else TRANSPORT
    wide = {a: series[series["arm"] == a].pivot(index="seed", columns="month", values="t") for a in (WITHOUT, arm)}
    # A calendar year's mean at every month: single months differ by their number of days.
    smooth = {a: frame.to_numpy().T for a, frame in wide.items()}
    yearly = {
        a: np.array([values[m - 12 : m].sum(axis=0) for m in range(12, len(values) + 1)]).T
        for a, values in smooth.items()
    }
    times = np.arange(12, len(smooth[arm]) + 1) / 12.0
    change = float(np.median(yearly[arm][:, -1] / yearly[WITHOUT][:, -1]) - 1.0)
    info, years = result.case.info, counted(result.scenario.years, "year")
    means = "Transport and lifted friction together" if arm == PRIOR else "Transport alone"
    friction = f" {_FRICTION[result.scenario.draw]}" if arm == PRIOR else ""
    return series_chart(
        times, yearly[WITHOUT] / 1e6, yearly[arm] / 1e6, quantity=f"Trade of {name}, last twelve months", unit="Mt",
        title=f"{means}: {_change_words(change)} tonnes in the trade of {info.home} with {info.partners} after {years}",
        subtitle=f"{_given(result)}{friction}", opening=None,
    )  # fmt: skip


def waits_figure(result: Comparison) -> Figure | None:
    """Hours at the posts whose traffic or time changes; None when none does."""
    before = result.waits[result.waits["arm"] == WITHOUT].set_index("post")
    after = result.waits[result.waits["arm"] == TRANSPORT].set_index("post")
    both = before.merge(after, left_index=True, right_index=True, suffixes=("_without", "_with"))
    if both.empty:
        return None
    table = pd.DataFrame(
        {
            "id": both.index, "post": both["name_with"],
            "without_h": both["hours_mean_without"], "with_h": both["hours_mean_with"],
            "without_low_h": both["hours_p5_without"], "without_high_h": both["hours_p95_without"],
            "with_low_h": both["hours_p5_with"], "with_high_h": both["hours_p95_with"],
        }
    )  # fmt: skip
    home = {post.post_id for post in result.case.posts if _serves_home(result.case, post.link_id)}
    has_changed = (table["with_h"] / table["without_h"] - 1.0).abs() > _CHANGED_SHARE
    kept = table[table["id"].isin(home) | has_changed]
    new = len(set(after.index) - set(before.index))
    return waits_chart(
        kept if len(kept) else table,
        note=f"{counted(new, 'post', 'posts')} that only one of the worlds uses: see waits.csv." if new else "",
        title=f"Hours at the border posts of {result.case.info.home} and at those that the measure changes",
        subtitle=f"Year {result.scenario.years}, transport only (phi = 0). {_given(result)}",
    )  # fmt: skip


def _serves_home(case: Case, link_id: str) -> bool:
    country = {node.node_id: node.country for node in case.nodes}
    link = next(row for row in case.links if row.link_id == link_id)
    return case.info.home in (country[link.from_node_id], country[link.to_node_id])


def times_figure(result: Comparison) -> Figure | None:
    """Days from door to door by pair of places: those that change; None when none does."""
    places = result.places[result.places["arm"] == TRANSPORT]
    rows = places[(places["tonnes_without"] > _SMALLEST_T) & (places["days_change"].abs() > 0.02)]
    if rows.empty:
        return None
    name = place_names(result.case)
    table = pd.DataFrame(
        {
            "pair": [f"{name[a]} to {name[b]}" for a, b in zip(rows["origin"], rows["destination"], strict=True)],
            "without": rows["days_without"], "with": rows["days_with"],
        }
    )  # fmt: skip
    whole = _row(result.times, arm=TRANSPORT, what="days, mean", name=whole_trade(result.case))
    return times_chart(
        table,
        title=f"Days from door to door: {signed(100 * whole['mean'], 1)} over all goods (tonne-weighted); single pairs differ",
        subtitle=f"Year {result.scenario.years}, transport only (phi = 0), mean of all modes. {_given(result)}",
    )  # fmt: skip


def run_figures(result: Run) -> dict[str, Figure]:
    """Map of the flows of the last year."""
    case = result.scenario.case
    view = map_view(case.nodes, case.links)
    tonnes = {link: 1e3 * kt for link, kt in zip(result.flows["link"], result.flows["kt"], strict=True)}
    return {
        "map": corridor_map(
            view, tonnes, opened=opened_links(result.scenario), title=case.info.title,
            subtitle=f"Tonnes by link in year {result.scenario.years}, both directions, seed {result.scenario.seed}",
        )
    }  # fmt: skip
