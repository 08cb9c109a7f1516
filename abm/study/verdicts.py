"""What the worlds say of a claim, in words that somebody who has never run a model reads rightly.

A verdict names denominator, window, friction and trend; it says "given these priors and given opening"; beside the best case of
an "up to" it sets the mean. Words of likelihood are those of the IPCC (Mastrandrea et al. 2010), taken at the end of the
interval that is nearer to one half, so that few worlds never sound sure.
"""

import math
from dataclasses import dataclass, replace

from abm.corridor.policies import as_written
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Action
from abm.rules.reverse import price_factor_needed
from abm.study.claims import DRAWN, Ends, Judgement, Opening, ends_of
from abm.study.estimates import Estimate, is_gross
from abm.study.outcome_words import OF_RISK, is_passage, subject, words
from abm.study.plan import WITHOUT, Arm, Friction, Metric, Plan
from abm.worlds import friction_shares, lifts_friction

#: Least probability -> word, for probabilities of one half and more; the words of the others mirror them.
_LIKELY = ((0.99, "virtually certain"), (0.9, "very likely"), (0.66, "likely"))
_UNLIKELY = ((0.01, "exceptionally unlikely"), (0.1, "very unlikely"), (0.33, "unlikely"))
_EVEN = "about as likely as not"
_MIRRORED = frozenset(word for _, word in _UNLIKELY)
#: Outcomes that answer delivered prices.
_OF_TRADE = frozenset({"trade_usd", "trade_t"})
#: An interval wider than this says nothing.
_TOO_WIDE = 0.4
#: Points below which a 1 or 99 % point is little but the lowest or the highest world.
_FOR_PERCENTILES = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """``headline``: how likely it is, what it would take, in which worlds. ``worlds``: what the worlds did. ``basis``: trend,
    friction, and how likely the opening is. ``warnings``: what a reader would get wrong otherwise. Whole sentences."""

    headline: str
    worlds: str
    basis: str
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it, a paragraph."""
        return " ".join(part for part in (self.headline, self.worlds, self.basis, *self.warnings) if part)


def verdict(plan: Plan, one: Judgement) -> Verdict:
    """The verdict on one judgement."""
    if one.range.worlds == 0:
        return Verdict(f"{one.arm.title}: {_nothing(one)}", "", "")
    basis = [
        *_split(plan, one),
        *_backwards(plan, one),
        _trend(one),
        f"Friction: {friction_text(plan, one.arm)}.",
        *_opening(plan, one),
    ]
    return Verdict(
        headline=f"{one.arm.title}. {_headline(plan, one)}: {_meaning(plan, one)}.",
        worlds=f"{_shares(plan, one)} {_mean(one)}; {distance(one)}.",
        basis=" ".join(basis),
        warnings=tuple(_warnings(plan, one)),
    )


def _nothing(one: Judgement) -> str:
    if one.range.undefined:
        return f"no verdict; in none of {one.range.undefined:,} pairs of worlds is there anything to compare with."
    return "no verdict; no pair of worlds has been played."


# ---------------------------------------------------------------------------------------------------------- first sentence
def likelihood(share: Estimate) -> str:
    """Word for a probability with its interval; nothing can be said where the interval is wide."""
    if share.high - share.low > _TOO_WIDE:
        return "too few worlds to tell"
    if share.value >= 0.5:
        return next((word for least, word in _LIKELY if share.low >= least), _EVEN)
    return next((word for most, word in _UNLIKELY if share.high <= most), _EVEN)


def _headline(plan: Plan, one: Judgement) -> str:
    if plan.design.kind not in DRAWN:
        kind = plan.design.kind.value
        return f"No probability, for the points of a design of kind {kind} are chosen and not drawn from priors"
    given = "given these priors and given opening"
    if plan.dates != "given":
        given = "given these priors, over worlds in which it opens late or never, too"
    word = likelihood(one.main)
    beyond = one.above if ends_of(one.claim).sign > 0 else one.below
    if one.main is one.inside and beyond.value > 0.5 and word in _MIRRORED:
        word += " because most worlds go beyond it"
    return f"{word[:1].upper()}{word[1:]}, {given}"


def _meaning(plan: Plan, one: Judgement) -> str:
    """What would have to hold: "trade of AM ... would have to grow 20 to 25 % a year faster than without the measure"."""
    ends, metric = ends_of(one.claim), one.claim.metric
    than = "without the measure"
    if one.claim.against != WITHOUT:
        than = f"with {next(arm.title for arm in plan.arms if arm.name == one.claim.against)!r}"
    years = f"{one.window} full year{'' if one.window == 1 else 's'}"
    size, up = band(one, ends), ends.sign > 0
    if metric is Metric.GROSS_GROWTH_PER_YEAR:
        what = f"{'grow' if up else 'shrink'} {size} from the base year to full year {one.window} after opening"
    elif metric is Metric.GROWTH_PER_YEAR:
        what = (
            f"{'grow' if up else 'shrink'} {size} {'faster' if up else 'more'} than {than}, over {years} from opening"
        )
    else:
        when = "through" if one.claim.outcome in OF_RISK else "in"
        what = f"be {size} {'higher' if up else 'lower'} than {than}, {when} full year {one.window} after opening"
    trend = "trend included" if is_gross(metric) else "trend left out"
    subjects = subject(plan.case, one.claim.outcome, one.of)
    return f"{subjects} would have to {what} ({_friction_in_short(plan, one.arm)}; {trend})"


def band(one: Judgement, ends: Ends) -> str:
    """``20 to 25 % a year``, ``30 % or more``: sizes without sign."""
    near, far = (_size(one, abs(end)) for end in (ends.near, ends.far))
    unit = _unit(one)
    if ends.is_up_to:
        return f"the full {near}{unit}"
    if not ends.is_band:
        return f"{near}{unit} or more"
    if ends.near * ends.far < 0.0:
        return f"{signed(one, ends.near)} to {signed(one, ends.far)}"
    return f"{near} to {far}{unit}"


def least(one: Judgement) -> str:
    """The weaker end of a claim: ``20 % a year or more``, ``a fall of 30 % or more``."""
    ends = ends_of(one.claim)
    return f"{'' if ends.sign > 0 else 'a fall of '}{_size(one, abs(ends.near))}{_unit(one)} or more"


# ---------------------------------------------------------------------------------------------------------- numbers
def _scale(one: Judgement) -> float:
    if one.claim.metric is not Metric.GAIN:
        return 0.01
    return words(one.claim.outcome).scale


def _unit(one: Judgement) -> str:
    metric = one.claim.metric
    if metric is Metric.GAIN:
        return f" {words(one.claim.outcome).unit}"
    return " %" if metric is Metric.LEVEL else " % a year"


def _size(one: Judgement, value: float) -> str:
    return "all" if math.isinf(value) else f"{value / _scale(one):g}"


def signed(one: Judgement, value: float, *, with_unit: bool = True) -> str:
    """A value of the claim's metric with sign and unit, to two or three figures that tell worlds apart."""
    spread = (one.range.p95.value - one.range.p5.value) / _scale(one)
    digits = min(max(1 - math.floor(math.log10(spread)), 0), 3) if 0.0 < spread < math.inf else 1
    shown = value / _scale(one)
    shown = 0.0 if abs(shown) < 0.5 * 10.0**-digits else shown
    return f"{shown:+,.{digits}f}{_unit(one) if with_unit else ''}" if shown else f"0{_unit(one) if with_unit else ''}"


def percent(share: float) -> str:
    """A share in per cent: whole, but with a decimal below 10 and above 90; 0 and 100 for exactly none and all."""
    value = 100.0 * share
    if value in (0.0, 100.0):
        return f"{value:g}"
    if 10.0 <= value <= 90.0:
        return f"{value:.0f}"
    if value < 0.05:
        return "under 0.1"
    return "over 99.9" if value > 99.95 else f"{value:.1f}"


# ---------------------------------------------------------------------------------------------------------- the worlds
def _shares(plan: Plan, one: Judgement) -> str:
    """How many worlds fall short, lie inside, go beyond; of what is no band: how many reach it."""
    ends, main, worlds = ends_of(one.claim), one.main, f"{one.range.worlds:,} pairs of worlds"
    many, single = ("lie inside", "lies inside") if ends.is_band else ("reach it", "reaches it")
    if main.value == 0.0:
        first = f"None of {worlds} {single}"
    else:
        first = f"{'All' if main.value == 1.0 else f'{percent(main.value)} %'} of {worlds} {many}"
    if plan.design.kind in DRAWN:
        first += f" (95 % interval {percent(main.low)} to {percent(main.high)} %)"
    short, beyond = (one.below, one.above) if ends.sign > 0 else (one.above, one.below)
    if ends.is_up_to:
        return f"{first}; in {_of_worlds(1.0 - short.value)} it is no {'lower' if ends.sign > 0 else 'higher'}."
    if main.value == 1.0 or not ends.is_band:
        return f"{first}."
    sides = [(short.value, "fall short"), (beyond.value, "go beyond")]
    return f"{first}; {' and '.join(f'{_of_worlds(share)} {does}' for share, does in sides if share > 0.0)}."


def _of_worlds(share: float) -> str:
    return {0.0: "none", 1.0: "all"}.get(share, f"{percent(share)} %")


def _mean(one: Judgement) -> str:
    found = one.range
    spread = f"{signed(one, found.p5.value, with_unit=False)} to {signed(one, found.p95.value)}"
    beside = "Beside that best case, the mean" if ends_of(one.claim).is_up_to else "The mean"
    error = "" if math.isnan(found.error) else f" ± {float(f'{found.error / _scale(one):.1g}'):g} by Monte Carlo error"
    return f"{beside} over worlds is {signed(one, found.mean)}{error} (5 to 95 % of worlds: {spread})"


def _split(plan: Plan, one: Judgement) -> list[str]:
    """How much of the spread is chance: what is no factor is drawn by the seed and counts with it."""
    if one.range.split is None:
        return []
    chance = one.range.split.chance
    rest = " and what the plan leaves to the seed" if plan.rest == "drawn" else ""
    spread = f"{percent(chance.value)} % (95 % interval {percent(chance.low)} to {percent(chance.high)} %)"
    return [f"Of the variance of these worlds {spread} is chance{rest}; the rest comes from the factors."]


def distance(one: Judgement) -> str:
    """Where the claim's ends lie among the worlds, and the percentile next to them."""
    ends, up = ends_of(one.claim), ends_of(one.claim).sign > 0
    many = one.range.points >= _FOR_PERCENTILES
    worlds = f"all {one.range.worlds:,} worlds"
    few = "" if many else ", of few worlds,"
    over = f"above {worlds}; the 99th percentile{few} is {signed(one, one.p99)}"
    under = f"below {worlds}; the 1st percentile{few} is {signed(one, one.p1)}"
    if one.reached.value == 0.0:
        end = ("low end" if up else "weaker end") if ends.is_band else "figure"
        return f"the claim's {end} lies {over if up else under}"
    if ends.is_band and one.reached.value == 1.0 and one.inside.value == 0.0:
        return f"the claim's {'high' if up else 'stronger'} end lies {under if up else over}"
    if not ends.is_band:
        return f"the claim's figure is at the {_ordinal(_rank(one, ends.near))} percentile"
    if one.inside.value == 0.0:
        return f"the claim lies at the {_ordinal(100.0 * one.below.value)} percentile, between worlds"
    low, high = _ordinal(100.0 * one.below.value), _ordinal(100.0 * (1.0 - one.above.value))
    return f"the claim runs from the {low} to the {high} percentile"


def _rank(one: Judgement, end: float) -> float:
    """Percentile at which an end of the claim lies."""
    return 100.0 * (one.below.value if end == one.claim.low else 1.0 - one.above.value)


def _ordinal(rank: float) -> str:
    """``97th``: a percentile from 0 to 100; a decimal where rounding would say none or all."""
    if rank not in (0.0, 100.0) and not 1.0 <= rank <= 99.0:
        return f"{rank:.1f}th"
    number = round(rank)
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


# ---------------------------------------------------------------------------------------------------------- what it rests on
def _trend(one: Judgement) -> str:
    if is_gross(one.claim.metric):
        return f"The trend is in these figures: {signed(one, one.trend)} without the measure."
    return "The trend is the same in both worlds, and not in these figures."


def _backwards(plan: Plan, one: Judgement) -> list[str]:
    """What prices would have to do for trade to grow so through cost alone."""
    claim = one.claim
    if claim.metric is not Metric.GROWTH_PER_YEAR or claim.outcome not in _OF_TRADE or not 0.0 < claim.low < math.inf:
        return []
    sigma = next(row for row in plan.case.assumptions if row.name == "sigma")
    least, most = (1.0 - price_factor_needed(claim.low, one.window, end) for end in (sigma.high, sigma.low))
    level = (1.0 + claim.low) ** one.window - 1.0
    return [
        f"The claim's lower end is {percent(level)} % in all: by cost alone delivered prices would have to fall by "
        f"{percent(least)} to {percent(most)} % for good (sigma {sigma.high:g} to {sigma.low:g})."
    ]


def _friction_in_short(plan: Plan, arm: Arm) -> str:
    if arm.friction is Friction.NONE:
        return "by cost alone, phi = 0"
    return "friction lifted by phi" if lifts_friction(_scenario(plan, arm)) else "no friction lifted, phi = 0"


def _scenario(plan: Plan, arm: Arm) -> Scenario:
    return replace(plan.scenario(plan.first_seed, {}), policies=(*plan.base, *arm.policies))


def friction_text(plan: Plan, arm: Arm) -> str:
    """What an arm assumes of friction, as this plan draws it."""
    if arm.friction is Friction.NONE:
        return "none is lifted (phi = 0), the measure moves goods by cost alone"
    scenario = _scenario(plan, arm)
    names, factors = friction_shares(scenario), {factor.name: factor for factor in plan.factors}
    if not names:
        return "lifted as the case's table says" if lifts_friction(scenario) else "the measure lifts none (phi = 0)"
    known, said = {row.name: row for row in plan.case.assumptions}, []
    for name in names:
        own, factor = known[name], factors.get(name)
        if factor is not None and (factor.low, factor.high) != (own.low, own.high):
            said.append(f"{name} drawn between {factor.low:g} and {factor.high:g} by this plan")
        elif factor is not None or plan.rest == "drawn":
            said.append(f"{name} drawn from its prior, {own.low:g} to {own.high:g}")
        else:
            said.append(f"{name} at its central value, {own.value:g}")
    return f"the opening lifts a share phi ({'; '.join(said)})"


def _opening(plan: Plan, one: Judgement) -> list[str]:
    """How likely the opening is, and both together; only where the shares of worlds are probabilities."""
    chance, together = one.opening, one.together
    if chance is None or together is None:
        return []
    said = [_chance(chance, one.window)]
    if plan.design.kind in DRAWN:
        said.append(f"That it opens in time and the claim then holds: {_together(together)}, given these priors.")
    return said


def _together(both: Estimate) -> str:
    if both.low == 0.0:
        return f"{'' if percent(both.high).startswith('under') else 'at most '}{percent(both.high)} %"
    return f"{percent(both.value)} % ({percent(both.low)} to {percent(both.high)} %)"


def _chance(chance: Opening, window: int) -> str:
    """How likely an opening is, and what is not in it."""
    spread = f"{percent(chance.probability)} % ({percent(chance.low)} to {percent(chance.high)} %)"
    notes = ["the permission alone, works not counted"] if chance.has_works else []
    if chance.unasked:
        notes.append(f"nobody was asked about {' and '.join(chance.unasked)}, taken as given")
    within = f"within {window} year{'' if window == 1 else 's'}"
    aside = f" ({'; '.join(notes)})" if notes else ""
    return f"The dates in openings.csv, judgements all, make opening {within} {spread} probable{aside}."


def _warnings(plan: Plan, one: Judgement) -> list[str]:
    """What a reader would get wrong otherwise."""
    said = []
    if one.opening is None and plan.dates == "given":
        said.append("Nobody was asked how likely this opening is: how likely both are together is not known.")
    if one.is_small:
        base, gain = one.base_t / 1e3, one.gain_t / 1e3
        said.append(f"The base is small, {base:,.1f} kt a year: read it as {gain:+,.1f} kt a year, not in per cent.")
    if is_passage(one.claim.outcome, one.of):
        said.append("Tonnes that go another way are among these: they are not trade created.")
    if one.claim.outcome in OF_RISK and _has_oversight(plan, one.arm):
        said.append(
            "What oversight does to incidents is put in as a prior around zero: this figure repeats it and finds nothing."
        )
    if one.range.undefined:
        said.append(f"In {one.range.undefined:,} pairs there is nothing to compare with; they are left out.")
    if plan.seeds == "common":
        said.append("All points share their seeds: other chance than theirs is not in these figures.")
    return said


def _has_oversight(plan: Plan, arm: Arm) -> bool:
    return any(step.action is Action.SET_OVERSIGHT for step in as_written(_scenario(plan, arm)))
