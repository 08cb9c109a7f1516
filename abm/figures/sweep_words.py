"""Names and numbers of an experiment as a reader wants them: factors by what they mean, shares as per cent, true minus signs."""

import math
import re
from dataclasses import dataclass

from abm.corridor.tables import Assumption
from abm.study.findings import main_arm
from abm.study.outcome_words import subject, words
from abm.study.plan import WITHOUT, Arm, Friction, Metric, Plan
from abm.study.row_names import row_name

_MINUS = "\N{MINUS SIGN}"
_LONGEST_MEANING = 78
#: Arms that a figure shows; tables have all.
MOST_ARMS = 4
_METRICS = {
    Metric.GROWTH_PER_YEAR: "growth a year",
    Metric.LEVEL: "change",
    Metric.GAIN: "gain",
    Metric.GROSS_GROWTH_PER_YEAR: "growth a year with the trend in it",
}


def number(value: float, digits: int = 1) -> str:
    """``-1,234.5`` with a true minus; a dash for none; no sign on what rounds to nothing."""
    if not math.isfinite(value):
        return "\N{EN DASH}"
    rounded = round(value, digits) + 0.0
    return f"{rounded:,.{digits}f}".replace("-", _MINUS)


def signed_number(value: float, digits: int = 1) -> str:
    """As :func:`number` with a plus where it is one."""
    text = number(value, digits)
    return f"+{text}" if math.isfinite(value) and round(value, digits) > 0.0 else text


def digits_for(*values: float) -> int:
    """Decimals that tell these values apart: two significant figures of the largest, at most three."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return min(max(1 - math.floor(math.log10(largest)), 0), 3) if largest > 0.0 else 0


def spread_text(middle: float, low: float, high: float, unit: str = "") -> str:
    """``+3.2 % (1.1 to 5.6)``."""
    if not math.isfinite(middle):
        return "\N{EN DASH}"
    digits = digits_for(low, high)
    after = f" {unit}" if unit else ""
    return f"{signed_number(middle, digits)}{after} ({number(low, digits)} to {number(high, digits)})"


def level_text(middle: float, low: float, high: float) -> str:
    """``32.1 (20.0 to 41.3)``: a level with its range."""
    if not math.isfinite(middle):
        return "\N{EN DASH}"
    digits = digits_for(middle)
    return f"{number(middle, digits)} ({number(low, digits)} to {number(high, digits)})"


def capital(text: str) -> str:
    """The first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Scale:
    """How a figure is shown: divided by ``size``, in ``unit``."""

    size: float
    unit: str


def scale_of(metric: Metric, outcome: str) -> Scale:
    """Per cent for what is relative, the unit of a gain otherwise."""
    if metric is not Metric.GAIN:
        return Scale(0.01, "%")
    return Scale(words(outcome).scale, words(outcome).unit)


def metric_words(metric: Metric) -> str:
    """``growth a year``, ``change``."""
    return _METRICS[metric]


def figure_words(plan: Plan, metric: Metric, outcome: str, of: str, window: int) -> str:
    """``Growth a year of trade of AM with all partners (D1), in USD at base-year prices, year 5``."""
    return capital(f"{metric_words(metric)} of {subject(plan.case, outcome, of).rstrip(',')}, year {window}")


def arm_words(arm: Arm) -> str:
    """The title of an arm, and that it leaves friction alone where it does."""
    return f"{arm.title} (phi = 0)" if arm.friction is Friction.NONE else arm.title


def arm_titles(plan: Plan) -> dict[str, str]:
    """Arm -> words, in the order of the plan, without the one without."""
    return {arm.name: arm_words(arm) for arm in plan.arms if arm.name != WITHOUT}


def told_arms(plan: Plan) -> list[str]:
    """The arms that figures have room for: that with friction lifted and that without which a reader asks about first, then
    the others as written."""
    arms = [arm for arm in plan.arms if arm.name != WITHOUT]
    if not arms:
        return []
    by_cost = [arm.name for arm in arms if arm.friction is Friction.NONE][:1]
    return list(dict.fromkeys([main_arm(arms).name, *by_cost, *(arm.name for arm in arms)]))[:MOST_ARMS]


def assumption_of(plan: Plan, factor: str) -> Assumption | None:
    """The assumption that a factor varies."""
    return next((row for row in plan.case.assumptions if row.name == factor), None)


def factor_words(plan: Plan, factor: str) -> str:
    """What a factor means, short, with its name in brackets."""
    meaning = plain_words(plan, factor)
    if len(meaning) > _LONGEST_MEANING:
        meaning = meaning[:_LONGEST_MEANING].rsplit(" ", 1)[0].rstrip(",") + "\N{HORIZONTAL ELLIPSIS}"
    return f"{capital(meaning)} [{factor}]" if meaning != factor else factor


def plain_words(plan: Plan, factor: str) -> str:
    """What a factor means, up to the first colon or semicolon and without asides in brackets."""
    row = assumption_of(plan, factor)
    if row is None:
        return factor
    meaning = row.meaning.split(";")[0].split(":")[0]
    return re.sub(r"\s*\([^)]*\)", "", meaning).strip()


def unit_words(plan: Plan, factor: str) -> str:
    """Unit of a factor; nothing for a pure number."""
    row = assumption_of(plan, factor)
    return "" if row is None or row.unit in ("1", "share") else row.unit


def where(plan: Plan, of: str) -> str:
    """Short name of what a row is about."""
    return row_name(plan.case, of)
