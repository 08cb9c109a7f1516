"""Claims as a reader meets them: who claimed what, how likely it is in words, a bar for each way to read it."""

import math
from itertools import groupby

from abm.corridor.prose import counted, listed
from abm.figures.page import Bar, Block, ClaimCard, Column, Prose, Sheetful
from abm.figures.sweep_words import (
    arm_words,
    capital,
    digits_for,
    metric_words,
    number,
    scale_of,
    signed_number,
    spread_text,
    where,
)
from abm.study.claims import DRAWN, Judgement, ends_of
from abm.study.estimates import Estimate
from abm.study.findings import Findings, main_arm
from abm.study.outcome_words import subject
from abm.study.plan import WITHOUT, Arm, Claim, Friction, Plan
from abm.study.verdicts import band, likelihood, percent

#: More bars than this are folded away, but for the arms that a reader asks about first.
MOST_BARS = 8
#: What a line is called after, where a claim is told with friction lifted and by cost alone.
FRICTION_WORDS = {Friction.PRIOR: ", friction lifted", Friction.NONE: ", transport only (phi = 0)"}
_WEB = ("http://", "https://")


def claim_blocks(found: Findings) -> tuple[Block, ...]:
    """A card for every claim of the plan; words where there are none."""
    if not found.plan.claims:
        return (Prose(("This experiment tests no published figure: it asks for ranges alone.",)),)
    if not found.judgements:
        return (
            Prose(("No pair of worlds has been played to the end, so that nothing can be said of any claim yet.",)),
            *(_card(found, claim, ()) for claim in found.plan.claims),
        )
    return tuple(
        _card(found, claim, tuple(one for one in found.judgements if one.claim.id == claim.id))
        for claim in found.plan.claims
    )


def _card(found: Findings, claim: Claim, ones: tuple[Judgement, ...]) -> ClaimCard:
    plan = found.plan
    by, url = source_words(plan, claim.source)
    played = [one for one in ones if one.range.worlds]
    first, others = _first_shown(plan, played)
    texts = dict(zip(map(id, found.judgements), found.verdicts, strict=True))
    return ClaimCard(
        anchor=f"claim-{claim.id}",
        title=claim.title,
        claimed=claimed_words(plan, claim),
        by=by,
        url=url,
        verdict=short_verdict(plan, played),
        given=_given(plan, played) if played else "",
        keys=key_words(claim),
        bars=tuple(_bar(plan, one) for one in first),
        other_bars=tuple(_bar(plan, one) for one in others),
        note=claim.note,
        in_full=tuple(texts[id(one)].text for one in ones),
        table=_table(plan, played) if played else None,
    )


def _first_shown(plan: Plan, ones: list[Judgement]) -> tuple[list[Judgement], list[Judgement]]:
    """The bars shown at once and those folded away: of many, the first arm with friction lifted and the first without."""
    if len(ones) <= MOST_BARS:
        return ones, []
    chosen = {arm.name for arm in told_of(plan, ones)}
    return [one for one in ones if one.arm.name in chosen], [one for one in ones if one.arm.name not in chosen]


# ---------------------------------------------------------------------------------------------------------- words
def source_words(plan: Plan, source: str) -> tuple[str, str]:
    """Title, publisher and year of a source, and its address where it has one on the web."""
    row = next((row for row in plan.case.sources if row.source_id == source), None)
    if row is None:
        return source, ""
    said = ", ".join(part for part in (row.publisher, row.year) if part)
    return f"{row.title} ({said})" if said else row.title, row.url if row.url.startswith(_WEB) else ""


def claimed_words(plan: Plan, claim: Claim) -> str:
    """How the claim is read: metric, ends, denominators, windows, against what."""
    scale = scale_of(claim.metric, claim.outcome)
    low, high = (f"{end / scale.size:g}".replace("-", "\N{MINUS SIGN}") for end in (claim.low, claim.high))
    ends = f"between {low} and {high} {scale.unit}"
    if math.isinf(claim.high):
        ends = f"of {low} {scale.unit} or more"
    elif math.isinf(claim.low):
        ends = f"of {high} {scale.unit} or less"
    years = (
        f"{listed([str(window) for window in claim.window_years])} full year{'s' if claim.window_years != (1,) else ''}"
    )
    against = "the world without it" if claim.against == WITHOUT else f"the arm {_title(plan, claim.against)!r}"
    what = subject(plan.case, claim.outcome, claim.of[0]).rstrip(",")
    others = [where(plan, of) for of in claim.of[1:]]
    also = f", and of {listed(others)}" if others else ""
    return f"{metric_words(claim.metric)} {ends} of {what}{also}, after {years}, against {against}"


def _title(plan: Plan, arm: str) -> str:
    return next((row.title for row in plan.arms if row.name == arm), arm)


def key_words(claim: Claim) -> tuple[str, str, str]:
    """What the three parts of a bar are called, from less than was claimed to more."""
    ends = ends_of(claim)
    if ends.is_up_to:
        return ("no gain at all", "some, short of the full figure", "the full figure or more")
    return ("less than claimed", "inside the claim", "more than claimed")


def short_verdict(plan: Plan, ones: list[Judgement]) -> tuple[str, ...]:
    """One line for each denominator, of the main arm and of the one by cost alone apart: how likely, over its windows."""
    if not ones:
        return ("No verdict: no pair of worlds has a number for it.",)
    arms = told_of(plan, ones)
    lines = []
    for of, group in groupby(ones, key=lambda one: one.of):
        some = list(group)
        for arm in arms:
            alike = sorted((one for one in some if one.arm.name == arm.name), key=lambda one: one.main.value)
            if alike:
                which = FRICTION_WORDS[arm.friction] if len(arms) > 1 else ""
                lines.append(f"{where(plan, of)}{which}: {_how_likely(plan, alike)}")
    return tuple(lines)


def told_of(plan: Plan, ones: list[Judgement]) -> list[Arm]:
    """The arms that a reader asks about first, of those that a claim is judged in: with friction lifted, and by cost alone."""
    arms = [arm for arm in plan.arms if arm.name in {one.arm.name for one in ones}]
    main = main_arm(arms)
    return [main, *[arm for arm in arms if arm.friction is not main.friction and arm.friction is Friction.NONE][:1]]


def _how_likely(plan: Plan, ones: list[Judgement]) -> str:
    """Word and shares of judgements in the order of their shares."""
    low, high = percent(ones[0].main.value), percent(ones[-1].main.value)
    does = "inside" if ones[0].main is ones[0].inside else "reach it"
    worlds = f"{low} %" if low == high else f"{low} to {high} %"
    if plan.design.kind not in DRAWN:
        return f"{worlds} of the design's worlds {does}{_spans(ones)}"
    words = list(dict.fromkeys(likelihood(one.main) for one in ones))
    word = words[0] if len(words) == 1 else f"{words[0]} to {words[-1]}"
    return f"{word}; {worlds} of worlds {does}{_spans(ones)}"


def _spans(ones: list[Judgement]) -> str:
    """What a range of shares runs over."""
    return ", by years" if len({one.window for one in ones}) > 1 else ""


def _given(plan: Plan, ones: list[Judgement]) -> str:
    """In which worlds the verdict holds, and in which arm."""
    arm = told_of(plan, ones)[0].title
    if plan.design.kind not in DRAWN:
        return (
            f"{arm}. The points of this design are chosen and not drawn from priors; these shares are no probabilities:"
        )
    if plan.dates == "given":
        return f"{arm}. Given these priors and given opening:"
    return f"{arm}. Given these priors, over worlds in which it opens late or never, too:"


def _bar(plan: Plan, one: Judgement) -> Bar:
    parts = parts_of(one)
    main = one.main
    sure = plan.design.kind in DRAWN
    chance = f"{capital(likelihood(main))}:" if sure else f"{percent(main.value)} % of the design's worlds."
    inside = "reach it" if main is one.reached else "inside"
    detail = f"{interval_words(main)} of {one.range.worlds:,} worlds {inside}" if sure else ""
    together = one.together
    if sure and together is not None and one.opening is not None:
        detail += (
            f"; times the probability of opening ({percent(one.opening.probability)} %): {percent(together.value)} %"
        )
    keys = key_words(one.claim)
    spoken = ", ".join(f"{key}: {interval_words(part)}" for key, part in zip(keys, parts, strict=True))
    years = counted(one.window, "full year")
    middle = f"Median {_range_words(one)} over nine tenths of worlds."
    less, inside_it, more = (_triple(part) for part in parts)
    return Bar(
        name=f"{where(plan, one.of)}, after {years}. {arm_words(one.arm)}",
        less=less,
        inside=inside_it,
        more=more,
        chance=chance,
        detail=f"{detail}. {middle}" if detail else middle,
        aria=spoken,
    )


def _range_words(one: Judgement) -> str:
    """Median and nine tenths of worlds, in the unit of the claim's metric."""
    scale, found = scale_of(one.claim.metric, one.claim.outcome), one.range
    middle, low, high = (part.value / scale.size for part in (found.median, found.p5, found.p95))
    return spread_text(middle, low, high, scale.unit)


def _mean_words(one: Judgement) -> str:
    scale, found = scale_of(one.claim.metric, one.claim.outcome), one.range
    mean, error = found.mean / scale.size, found.error / scale.size
    digits = digits_for(error)
    return f"{signed_number(mean, digits)} \N{PLUS-MINUS SIGN} {number(error, digits)} {scale.unit}"


def parts_of(one: Judgement) -> tuple[Estimate, Estimate, Estimate]:
    """Less, inside, more: below and above change places where the claim is a fall."""
    return (one.below, one.inside, one.above) if ends_of(one.claim).sign > 0 else (one.above, one.inside, one.below)


def _triple(part: Estimate) -> tuple[float, float, float]:
    return part.value, part.low, part.high


def interval_words(part: Estimate) -> str:
    """``3.1 % (2.2 to 4.4 %)``."""
    return f"{percent(part.value)} % ({percent(part.low)} to {percent(part.high)} %)"


def _table(plan: Plan, ones: list[Judgement]) -> Sheetful:
    keys = [capital(key) for key in key_words(ones[0].claim)]
    titles = [
        "Of what",
        "Years",
        "Arm",
        *keys,
        "Median (5 to 95 % of worlds)",
        "Mean \N{PLUS-MINUS SIGN} Monte Carlo error",
        "Chance's part of the spread",
        "Opening",
        "Both",
        "Worlds",
    ]
    rows = []
    for one in ones:
        found, chance, both = one.range, one.opening, one.together
        rows.append(
            (
                where(plan, one.of),
                str(one.window),
                arm_words(one.arm),
                *(interval_words(part) for part in parts_of(one)),
                _range_words(one),
                _mean_words(one),
                "not told" if found.split is None else f"{percent(found.split.chance.value)} %",
                "nobody was asked" if chance is None else f"{percent(chance.probability)} %",
                "not known" if both is None else f"{percent(both.value)} %",
                f"{found.worlds:,}",
            )
        )
    columns = tuple(Column(title, is_number=number not in (0, 2)) for number, title in enumerate(titles))
    band_words = band(ones[0], ends_of(ones[0].claim))
    note = (
        f"Claimed: {band_words}. In brackets after shares: 95 % intervals (Wilson). Opening: probability that it opens "
        f"within the "
        "window, from judgements; both: that times the share that counts."
    )
    return Sheetful("All figures of this claim", columns, tuple(rows), note, is_folded=True)
