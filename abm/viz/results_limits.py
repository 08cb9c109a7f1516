"""What one would have to believe, on the results page: parts of factors' ranges, as :mod:`abm.viz.results_widgets` draws them."""

import math
from typing import Any

import pandas as pd

from abm.figures.sweep_beliefs import goal_words, limit_text
from abm.figures.sweep_cards import interval_words
from abm.figures.sweep_words import assumption_of, capital, plain_words, unit_words
from abm.study.believe import Statement
from abm.study.discovery import Discovery
from abm.study.findings import Condition
from abm.study.plan import Factor, Plan
from abm.study.verdicts import percent
from abm.viz.results_charts import Spec, limits_of

#: A smaller probability is not told exactly.
_LEAST_CHANCE = 0.001


def named(plan: Plan, factor: str) -> Spec:
    """What a factor is called: its meaning, its name in the case, its unit."""
    meaning = plain_words(plan, factor)
    return {
        "id": factor,
        "name": capital(meaning) if meaning != factor else factor,
        "code": factor,
        "unit": unit_words(plan, factor),
    }


def restricted(condition: Condition | None) -> frozenset[str]:
    """Factors that a box or a statement of a condition restricts."""
    if condition is None:
        return frozenset()
    boxed = [str(name) for box in condition.boxes.values() if box.has_box for name in box.limits.index]
    return frozenset([*boxed, *(said.factor for said in condition.belief.statements)])


def limits_spec(plan: Plan, condition: Condition) -> Spec:
    """Statements about single factors and the boxes of both ends, as parts of the factors' ranges."""
    groups = []
    if condition.belief.statements:
        items = [_statement(plan, said) for said in condition.belief.statements]
        groups.append(
            {
                "head": "One factor alone",
                "words": "In half of these worlds or more the claim is reached.",
                "items": items,
            }
        )
    for end, box in condition.boxes.items():
        items = [_limit(plan, box, str(name), row) for name, row in box.limits.iterrows()] if box.has_box else []
        groups.append({"head": goal_words(condition, end), "words": box_words(box), "items": items})
    return {"kind": "limits", "label": "What one would have to believe", "groups": groups}


def box_words(box: Discovery) -> str:
    """How sure a box is and how much it covers; why there is none otherwise."""
    worlds = f"{box.of_interest:,} of {box.rows:,} points reach it"
    if not box.has_box:
        why = {
            "none": f"None of {box.rows:,} points reaches it: nothing within these ranges brings it about.",
            "few": f"{worlds}: too few to say what they have in common.",
            "everywhere": f"{worlds}: no factor has to lie in a particular part of its range.",
            "no box": f"{worlds}, and no part of the ranges holds clearly more of them.",
        }
        return why.get(box.verdict.value, f"{worlds}.")
    text = f"{worlds}. Where all of these hold, {percent(box.density)} % do"
    if not math.isnan(box.held_back_density):
        text += f" (about {percent(box.held_back_density)} % in points not used to find this)"
    return f"{text}; they are {percent(box.coverage)} % of all that do."


def _statement(plan: Plan, said: Statement) -> Spec:
    factor = _factor(plan, said.factor)
    unit = unit_words(plan, said.factor)
    side = [said.threshold, factor.high] if said.is_at_least else [factor.low, said.threshold]
    text = f"{'at least' if said.is_at_least else 'at most'} {said.threshold:g}{f' {unit}' if unit else ''}"
    note = f"{percent(said.keeps)} % of points; reached in {interval_words(said.reached)} of their worlds"
    return _range_item(plan, factor, [side], text, note)


def _limit(plan: Plan, box: Discovery, name: str, row: "pd.Series[Any]") -> Spec:
    factor, unit = _factor(plan, name), unit_words(plan, name)
    chances = [float(row[side]) for side in ("low_quasi_p", "high_quasi_p") if not math.isnan(float(row[side]))]
    chance = min(chances, default=math.nan)
    by_chance = f"< {_LEAST_CHANCE:g}" if chance < _LEAST_CHANCE else f"{chance:.3f}"
    choices = row["choices"]
    parts = (
        [[choice, choice] for choice in choices] if choices else [list(limits_of(box, name, factor.low, factor.high))]
    )
    text = limit_text(row, f" {unit}" if unit else "")
    return _range_item(plan, factor, parts, text, f"by chance alone (quasi-p): {by_chance}")


def _range_item(plan: Plan, factor: Factor, parts: list[list[float]], text: str, note: str) -> Spec:
    span = factor.high - factor.low or 1.0
    row, unit = assumption_of(plan, factor.name), unit_words(plan, factor.name)
    fractions = [[min(max((end - factor.low) / span, 0.0), 1.0) for end in part] for part in parts]
    centre = None if row is None or not factor.low <= row.value <= factor.high else (row.value - factor.low) / span
    out_of = f"{factor.low:g} to {factor.high:g}{f' {unit}' if unit else ''}"
    return {
        **named(plan, factor.name),
        "parts": fractions,
        "centre": centre,
        "text": text,
        "out_of": out_of,
        "note": note,
    }


def _factor(plan: Plan, name: str) -> Factor:
    return next(factor for factor in plan.factors if factor.name == name)
