"""What one would have to believe for a claim to come true: statements, boxes in words with units, and a picture of each box."""

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from abm.figures.page import Block, Bullets, Column, Drawing, Prose, Sheetful
from abm.figures.sweep_drivers import box_chart, box_sides
from abm.figures.sweep_sheet import Picture, Sheet
from abm.figures.sweep_words import arm_words, assumption_of, factor_words, plain_words, scale_of, unit_words, where
from abm.study.claims import ends_of
from abm.study.discovery import Discovery, in_words
from abm.study.findings import Condition, Findings
from abm.study.plan import Plan
from abm.study.verdicts import percent

#: Boxes that are drawn; of the others the tables stand.
MOST_DRAWN = 6
#: Boxes of more factors than this are no belief that anybody can hold in mind; the table has them all.
_SHOWN_AXES = 2


def belief_blocks(found: Findings) -> tuple[Block, ...]:
    """Statements about single factors first, then boxes; each for one claim and denominator."""
    if not found.plan.claims:
        return (Prose(("No claim was tested.",)),)
    if not found.plan.factors:
        return (Prose(("The plan varies no factor: nothing can be said of what one would have to believe.",)),)
    if not found.conditions:
        return (Prose(("No pair of worlds has a number for any claim.",)),)
    blocks: list[Block] = [
        Prose(
            (
                "Which of the uncertain numbers would have to lie where, for each claim to come true in the longest "
                "window and "
                "the main arm. A claim of a range is asked for at both of its ends, for a range is not a corner of "
                "anything.",
            )
        )
    ]
    drawn = 0
    for order, part in enumerate(found.conditions, 1):
        blocks += _condition(found, part, order, is_drawn=drawn < MOST_DRAWN)
        drawn += sum(box.has_box for box in part.boxes.values())
    return tuple(blocks)


def _condition(found: Findings, part: Condition, order: int, *, is_drawn: bool) -> list[Block]:
    plan, one = found.plan, part.judgement
    items = [part.belief.text]
    blocks: list[Block] = []
    for end, box in part.boxes.items():
        goal = goal_words(part, end)
        items.append(_named(plan, f"{goal}: {in_words(box)}", box))
        if box.has_box:
            drawing = Drawing(box_picture(found, part, end, box, f"box-{order}-{end}"))
            blocks += [drawing, box_table(plan, box, goal)] if is_drawn else [box_table(plan, box, goal)]
    heading = f"{one.claim.title}: {where(plan, one.of)}, after {one.window} years. {arm_words(one.arm)}"
    return [Bullets(tuple(items), heading), *blocks]


def _named(plan: Plan, text: str, box: Discovery) -> str:
    """The text with what each factor means behind it."""
    if not box.has_box:
        return text
    meanings = "; ".join(f"{name}: {plain_words(plan, str(name))}" for name in box.limits.index)
    return f"{text} ({meanings}.)"


def goal_words(part: Condition, end: str) -> str:
    """``20 % or more``, ``A fall of 30 % or more``: what is asked for at one end of the claim."""
    claim = part.judgement.claim
    ends, scale = ends_of(claim), scale_of(claim.metric, claim.outcome)
    value = ends.near if end == "low" else ends.far
    said = f"{abs(value) / scale.size:g} {scale.unit} or more"
    return said if ends.sign > 0 else f"A fall of {said}"


def axes_of(box: Discovery, points: pd.DataFrame, favoured: list[str]) -> list[str]:
    """The two factors that a box restricts most: its limits in their order; if it has but one, the next best driver of all."""
    names = [str(name) for name in box.limits.index][:_SHOWN_AXES]
    others = [name for name in [*favoured, *map(str, points.columns)] if name not in names]
    return [*names, *others][:_SHOWN_AXES]


def box_picture(found: Findings, part: Condition, end: str, box: Discovery, name: str) -> Picture:
    """The box on a scatter of the points."""
    plan, one = found.plan, part.judgement
    favoured = [str(name) for driver in found.drivers for name in driver.tornado.get("factor", pd.Series(dtype=str))]
    axes = axes_of(box, found.points, favoured)
    goal = goal_words(part, end)
    return Picture(
        name,
        f"{where(plan, one.of)}: where {goal[:1].lower()}{goal[1:]} comes true",
        f"Each dot is one point of the design, {found.plan.title}; year {one.window}, {arm_words(one.arm)}. "
        f"{percent(box.density)} % of points in the box reach it; these are {percent(box.coverage)} % of all that do.",
        "The box may restrict factors that are not drawn: dots of both colours inside it are due to these."
        if len(box.limits) > 2
        else "",
        f"Scatter of {axes[0]} and {axes[-1]} with the box in which {goal} comes true",
        partial(_box, found, part, box, axes, goal),
    )


def _box(found: Findings, part: Condition, box: Discovery, axes: list[str], goal: str, sheet: Sheet) -> Figure:
    first, second = (axes * 2)[:2]
    played = np.isfinite(part.values)
    x, y = (found.points[name].to_numpy(dtype=np.float64)[played] for name in (first, second))
    labels = [axis_words(found.plan, name) for name in (first, second)]
    hits = f"{goal[:1].lower()}{goal[1:]}"
    return box_chart(
        x,
        y,
        box.is_of_interest[played],
        box_sides([first, second], box.limits, found.points),
        sheet,
        x_label=labels[0],
        y_label=labels[1],
        hits=hits,
        misses="less" if not hits.startswith("a fall") else "a smaller fall, or none",
    )


def axis_words(plan: Plan, factor: str) -> str:
    """Meaning, name and unit of a factor, on an axis."""
    unit = unit_words(plan, factor)
    return f"{factor_words(plan, factor)}{f', {unit}' if unit else ''}"


def box_table(plan: Plan, box: Discovery, goal: str) -> Sheetful:
    """Limits of a box in words with units, beside the whole range."""
    ranges = {factor.name: factor for factor in plan.factors}
    rows = []
    for name, row in box.limits.iterrows():
        factor, assumption = ranges[str(name)], assumption_of(plan, str(name))
        unit = unit_words(plan, str(name))
        after = f" {unit}" if unit else ""
        chance = min(value for value in (row["low_quasi_p"], row["high_quasi_p"]) if not math.isnan(value))
        rows.append(
            (
                factor_words(plan, str(name)),
                limit_text(row, after),
                f"{factor.low:g} to {factor.high:g}{after}",
                f"{assumption.value:g}{after}" if assumption else "",
                "< 0.001" if chance < 0.001 else f"{chance:.3f}",
            )
        )
    columns = (
        Column("Factor"),
        Column("Must be"),
        Column("Out of"),
        Column("Central value"),
        Column("By chance (quasi-p)", True),
    )
    return Sheetful(f"{goal}: the box in words", columns, tuple(rows), is_folded=True)


def limit_text(row: "pd.Series[Any]", after: str) -> str:
    """``at least 4.8``, ``at most 3 h``, ``2 to 4``."""
    low, high, choices = row["low"], row["high"], row["choices"]
    if isinstance(choices, tuple) and choices:
        return " or ".join(f"{choice:g}" for choice in choices) + after
    if math.isnan(float(row["high_quasi_p"])):
        return f"at least {low:.3g}{after}"
    if math.isnan(float(row["low_quasi_p"])):
        return f"at most {high:.3g}{after}"
    return f"{low:.3g} to {high:.3g}{after}"
