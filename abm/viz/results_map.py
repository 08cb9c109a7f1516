"""The map of change of one arm, for the results page: the printed map without its words, in the page's own colours."""

from threading import Lock

import pandas as pd

from abm.corridor.scenario import Scenario
from abm.figures.inline import inline_svg
from abm.figures.map import corridor_map
from abm.figures.sweep_words import arm_words, number, signed_number
from abm.figures.view import map_view
from abm.study.plan import Arm, Plan
from abm.worlds import opened_links

#: Matplotlib's settings belong to the whole process: one figure at a time.
_DRAWING = Lock()
_KT = 1e3


def arm_flows(flows: pd.DataFrame, arm: str) -> pd.DataFrame:
    """link, without_t, with_t of one arm, tonnes a year; 0 where nothing passed."""
    rows = flows[flows["arm"] == arm] if len(flows) else flows
    return rows.fillna({"without_t": 0.0, "with_t": 0.0}).reset_index(drop=True)


def map_svg(plan: Plan, flows: pd.DataFrame, arm: Arm) -> str:
    """An SVG element; empty where the sweep holds no flow of the arm."""
    rows = arm_flows(flows, arm.name)
    if rows.empty:
        return ""
    view = map_view(plan.case.nodes, plan.case.links)
    rows = rows[rows["link"].isin(set(view.link_ids))]
    opened = opened_links(Scenario(plan.case, arm.policies, years=plan.years))
    with _DRAWING:
        figure = corridor_map(
            view,
            dict(zip(rows["link"], rows["with_t"], strict=True)),
            without=dict(zip(rows["link"], rows["without_t"], strict=True)),
            opened=[link for link in opened if link in view.link_ids],
            title="",
        )
        name = f"change-{plan.arms.index(arm)}"
        return inline_svg(figure, name, f"Map of the change in tonnes by link; {arm_words(arm)}")


def largest_changes(plan: Plan, flows: pd.DataFrame, arm: str, most: int) -> list[tuple[str, str, str, str, str]]:
    """The links that change most: (its ends, mode, without, with, change), kt a year in words; none that does not change."""
    rows = arm_flows(flows, arm)
    if rows.empty:
        return []
    change = rows["with_t"] - rows["without_t"]
    order = change.abs().sort_values(ascending=False, kind="stable").index[:most]
    links = {link.link_id: link for link in plan.case.links}
    names = {node.node_id: node.name for node in plan.case.nodes}
    found = []
    for row in order:
        link, gain = links.get(str(rows["link"][row])), float(change[row]) / _KT
        if link is None or not gain:
            continue
        ends = f"{names[link.from_node_id]} \N{EN DASH} {names[link.to_node_id]}"
        before, after = (number(float(rows[side][row]) / _KT) for side in ("without_t", "with_t"))
        found.append((ends, str(link.mode), before, after, signed_number(gain)))
    return found
