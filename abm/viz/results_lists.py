"""What the lists of the results page show, as plain dictionaries for :mod:`abm.viz.results_widgets`: claims, the ways to read
one, what drives a figure."""

from itertools import groupby
from typing import Any

import numpy as np

from abm.corridor.prose import counted
from abm.figures.sweep_cards import claimed_words, interval_words, key_words, parts_of, source_words
from abm.figures.sweep_pictures import interval_text, method_words, ranked_factors
from abm.figures.sweep_words import (
    arm_words,
    capital,
    digits_for,
    scale_of,
    signed_number,
    spread_text,
    where,
)
from abm.study.claims import DRAWN, Judgement, ends_of
from abm.study.findings import Drivers
from abm.study.plan import Claim, Kind, Plan
from abm.study.sensitivity import DUMMY
from abm.study.verdicts import band, likelihood, percent
from abm.viz.results_charts import Spec, axis_title
from abm.viz.results_limits import named
from abm.viz.results_reading import Reading
from abm.viz.results_topics import Topic, chosen_topic, of_claim

#: Factors of a tornado: those with the widest swings, and others that stand out, up to so many.
WIDEST, MOST_FACTORS = 10, 14
#: Ends of swings are told so much finer than the widest swing, or the small ones would all look alike.
_FINER = 0.1
_FIFTHS = ("factor in its lowest fifth", "in its highest fifth")
_ENDS = ("factor at its lowest", "at its highest")


# ---------------------------------------------------------------------------------------------------------- claims
def cards(reading: Reading) -> Spec:
    """Every claim of the plan with its verdict in the arm that a reader means."""
    return {"kind": "cards", "label": "Claims", "items": [_card(reading, claim) for claim in reading.plan.claims]}


def _card(reading: Reading, claim: Claim) -> Spec:
    plan = reading.plan
    topic = chosen_topic(of_claim(reading.topics, claim.id), claim.id)
    one = None if topic is None else topic.judgement
    by, _ = source_words(plan, claim.source)
    if one is None or not one.range.worlds:
        said = "No verdict: no pair of worlds has been played to the end."
        return {"id": claim.id, "title": claim.title, "by": by, "claimed": claimed_words(plan, claim), "verdict": said}
    return {
        "id": claim.id,
        "title": claim.title,
        "by": by,
        "claimed": f"Claimed: {band_words(one)}",
        "verdict": chance_words(plan, one),
        "given": f"{where(plan, one.of)}; {arm_words(one.arm)}",
        **bar(one),
    }


def band_words(one: Judgement) -> str:
    """``20 to 25 % a year``, ``a fall of up to 30 %``: what is claimed, in short."""
    ends = ends_of(one.claim)
    size = band(one, ends).replace("the full", "up to")
    return size if ends.sign > 0 else f"a fall of {size}"


def chance_words(plan: Plan, one: Judgement) -> str:
    """``Very unlikely: 3.1 % (2.2 to 4.4 %) of worlds inside``; no word of likelihood where points are not drawn from priors."""
    does = "inside" if one.main is one.inside else "reach it"
    if plan.design.kind not in DRAWN:
        return f"{percent(one.main.value)} % of the design's worlds {does}"
    return f"{capital(likelihood(one.main))}: {interval_words(one.main)} of worlds {does}"


def bar(one: Judgement) -> Spec:
    """Shares less, inside and more, each (share, low, high), with the words for who cannot see them."""
    parts, keys = parts_of(one), key_words(one.claim)
    spoken = ", ".join(f"{key}: {interval_words(part)}" for key, part in zip(keys, parts, strict=True))
    return {"bar": [[part.value, part.low, part.high] for part in parts], "aria": spoken}


# ---------------------------------------------------------------------------------------------------------- readings
def readings(reading: Reading, topic: Topic) -> Spec:
    """All denominators, windows and arms in which the topic's claim is judged; without a claim, the arms."""
    mine = of_claim(reading.topics, topic.claim_id)
    windows = len({one.window for one in mine}) > 1
    groups = [
        {"head": where(reading.plan, of), "items": [_reading(reading, one, windows=windows) for one in some]}
        for of, some in groupby(mine, key=lambda one: one.of)
    ]
    heads = ["Arm", "Median (nine tenths of worlds)", "Pairs of worlds"]
    if topic.judgement is not None:
        share = "Inside (95 %)" if topic.judgement.main is topic.judgement.inside else "Reach it (95 %)"
        heads = ["Arm", "Worlds", "Verdict", share, heads[1], heads[2], "Opens in time", "Both"]
    keys = list(key_words(topic.claim)) if topic.claim is not None else []
    label = "Ways to read the claim" if topic.claim else "Arms"
    return {"kind": "bars", "label": label, "groups": groups, "keys": keys, "heads": heads}


def _reading(reading: Reading, topic: Topic, *, windows: bool) -> Spec:
    """One row: ``name``, the bar if there is one, and a cell for each further column."""
    plan, one = reading.plan, topic.judgement
    years = f", after {counted(topic.window, 'full year')}" if windows else ""
    found: Spec = {"id": topic.id, "name": f"{arm_words(topic.arm)}{years}"}
    if one is None:
        values = reading.values(topic)["value"].to_numpy(dtype=np.float64)
        return found | {"cells": [_spread(topic, values), f"{len(values):,}"]}
    if not one.range.worlds:
        return found | {"bar": None, "cells": ["No verdict", "no pair of worlds has a number for it", "", "0", "", ""]}
    word = capital(likelihood(one.main)) if plan.design.kind in DRAWN else "No probability"
    middle = _range(topic, *(part.value for part in (one.range.median, one.range.p5, one.range.p95)))
    cells = [word, interval_words(one.main), middle, f"{one.range.worlds:,}", *_opening(plan, one)]
    return found | {"cells": cells} | bar(one)


def _opening(plan: Plan, one: Judgement) -> tuple[str, str]:
    """Probability that it opens in time, and of both together."""
    if one.opening is None or one.together is None:
        return ("not asked", "not known")
    both = f"{percent(one.together.value)} %" if plan.design.kind in DRAWN else "not known"
    return (f"{percent(one.opening.probability)} %", both)


def _spread(topic: Topic, values: "np.ndarray[Any, Any]") -> str:
    if not values.size:
        return "no number yet"
    low, middle, high = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95)))
    return _range(topic, middle, low, high)


def _range(topic: Topic, middle: float, low: float, high: float) -> str:
    scale = scale_of(topic.metric, topic.outcome)
    return spread_text(middle / scale.size, low / scale.size, high / scale.size, scale.unit)


# ---------------------------------------------------------------------------------------------------------- drivers
def tornado_spec(plan: Plan, topic: Topic, drivers: Drivers, in_box: frozenset[str]) -> Spec:
    """Mean of worlds where each factor is low and where it is high. in_box: factors that a box or a statement restricts.

    Until their importance is known factors are listed by swing; ``is_clear`` tells those that do more than chance would.
    """
    method, ranked, is_clear = ranked_factors(drivers)
    clear = set(ranked) if is_clear else set()
    if drivers.tornado.empty:
        return _importance_spec(plan, drivers, in_box)
    scale = scale_of(topic.metric, topic.outcome)
    swings = drivers.tornado.set_index("factor")
    widest = [str(name) for name in swings.index[:WIDEST]]
    shown = [*widest, *(name for name in ranked if name in clear and name not in widest)][:MOST_FACTORS]
    shown.sort(key=lambda name: -abs(float(swings["swing"][name])))
    texts = _importance_texts(drivers, method)
    ends = swings.loc[shown, ["at_low", "at_high"]].to_numpy(dtype=np.float64) / scale.size
    centre = drivers.mean / scale.size
    digits = digits_for(_FINER * float(np.ptp(ends))) if len(shown) else 1
    items = [
        {
            **named(plan, name), "low": low, "high": high, "low_text": signed_number(low, digits),
            "high_text": signed_number(high, digits), "importance": texts.get(name, ""), "in_box": name in in_box,
            "is_clear": name in clear or not method,
        }
        for name, (low, high) in zip(shown, ends.tolist(), strict=True)
    ]  # fmt: skip
    edge = max((abs(end - centre) for end in ends.ravel().tolist()), default=1.0) or 1.0
    return {
        "kind": "tornado", "label": "Factors by how far they move the figure", "items": items, "centre": centre,
        "centre_text": signed_number(centre, digits), "domain": [centre - edge, centre + edge], "axis": axis_title(topic),
        "method": method_words(method) if method else "",
        "is_pending": not method and not drivers.why_not,
        "keys": list(_ENDS if plan.design.kind is Kind.ONE_AT_A_TIME else _FIFTHS),
    }  # fmt: skip


def _importance_spec(plan: Plan, drivers: Drivers, in_box: frozenset[str]) -> Spec:
    """Where a design has no tornado: importance alone."""
    method, ranked, is_clear = ranked_factors(drivers)
    if not method:
        return {
            "kind": "tornado",
            "empty": capital(drivers.why_not or "Nothing is known of what drives this figure") + ".",
        }
    rows = drivers.indices[(drivers.indices["method"] == method) & (drivers.indices["factor"] != DUMMY)]
    index = dict(zip(map(str, rows["factor"]), rows["index"].astype(float), strict=True))
    texts, shown = _importance_texts(drivers, method), ranked[:WIDEST]
    items = [
        {**named(plan, name), "low": 0.0, "high": index[name], "low_text": "", "high_text": "", "importance": texts[name],
         "in_box": name in in_box, "is_clear": is_clear}
        for name in shown
    ]  # fmt: skip
    most = max(index[name] for name in shown) or 1.0
    return {
        "kind": "tornado", "label": "Factors by importance", "items": items, "centre": 0.0, "centre_text": "0",
        "domain": [0.0, most], "axis": method_words(method), "method": method_words(method), "keys": ["", "importance"],
    }  # fmt: skip


def _importance_texts(drivers: Drivers, method: str) -> dict[str, str]:
    if not method:
        return {}
    rows = drivers.indices[drivers.indices["method"] == method].rename(columns={"index": "index_value"})
    return {str(row.factor): interval_text(row) for row in rows.itertuples()}
