"""What the outcomes of :mod:`abm.study.outcomes` are called in a sentence, and in which unit a difference of them is told."""

from dataclasses import dataclass

from abm.corridor.prose import counted
from abm.corridor.tables import Case
from abm.study.names import place_names, post_names
from abm.study.spread import FEW_WORLDS
from abm.worlds import MEASURE


def few_worlds(number: int) -> str:
    """``2 worlds``, to stand beside what rests on so few that their number must be seen; nothing where there are enough."""
    return counted(number, "world") if number < FEW_WORLDS else ""


@dataclass(frozen=True, slots=True)
class Words:
    """``phrase``: with {of} where the name of what it is about stands, with its denominator. ``unit`` of a gain, told in
    ``scale`` of the outcome's own unit."""

    phrase: str
    unit: str
    scale: float = 1.0
    less_is_better: bool = False


#: Outcome -> its words. ``trade of AM with all partners (D1...)`` is built by :func:`subject`.
WORDS: dict[str, Words] = {
    "trade_usd": Words("{of}, in USD at base-year prices,", "USD m a year", 1e6),
    "trade_t": Words("{of}, in tonnes,", "kt a year", 1e3),
    "trade_share": Words("the part of {of} in the home country's trade, in USD,", "points", 0.01),
    "days": Words("the tonne-weighted mean time from door to door in {of}", "days", less_is_better=True),
    "days_median": Words("the median time from door to door in {of}", "days", less_is_better=True),
    "days_p95": Words("the time from door to door that 95 % of {of} keep within", "days", less_is_better=True),
    "money_usd_t": Words("the tonne-weighted mean freight cost in {of}", "USD/t", less_is_better=True),
    "lost_sales_t": Words("what no route would take in {of}", "kt a year", 1e3, less_is_better=True),
    "fastest_days": Words("the published time of the fastest route {of}", "days", less_is_better=True),
    "mode_share": Words("the share of {of} in the home country's tonnes", "points", 0.01),
    "wait_h": Words("the mean wait at {of}", "hours", less_is_better=True),
    "vehicles": Words("traffic at {of}", "vehicles a year"),
    "link_t": Words("tonnes over link {of}", "kt a year", 1e3),
    "co2e_t": Words("CO2e of {of}", "kt a year", 1e3, less_is_better=True),
    "incident_days": Words("incident days on {of}, mean from opening on,", "days a year", less_is_better=True),
    "stopped_days": Words("days on which {of} are shut, mean from opening on,", "days a year", less_is_better=True),
    "stopped_t": Words(
        "tonnes that incidents on {of} stop, mean from opening on,", "kt a year", 1e3, less_is_better=True
    ),
    "destroyed_t": Words(
        "tonnes of {of} cargo lost to incidents, mean from opening on,", "t a year", less_is_better=True
    ),
    "closure_days": Words("days of long closure by {of}, mean from opening on,", "days a year", less_is_better=True),
}
#: Outcomes about goods that countries trade, whose ``of`` is a denominator.
OF_TRADE = frozenset(
    {"trade_usd", "trade_t", "trade_share", "days", "days_median", "days_p95", "money_usd_t", "lost_sales_t"}
)
#: Outcomes that incidents make: what oversight does to them is an input.
OF_RISK = frozenset({"incident_days", "stopped_days", "stopped_t", "destroyed_t", "closure_days"})
#: Outcomes that count what passes a place, which may have come another way before.
OF_PASSAGE = frozenset({"link_t", "vehicles"})
_CUT = "cut/"


def words(outcome: str) -> Words:
    """Words of an outcome; its own name where it has none."""
    return WORDS.get(outcome, Words(f"{outcome} of {{of}}", f"({outcome})"))


def subject(case: Case, outcome: str, of: str) -> str:
    """What an outcome is, with its denominator: ``trade of AM with all partners (D1), in USD at base-year prices``."""
    return words(outcome).phrase.format(of=_whose(case, outcome, of))


def is_passage(outcome: str, of: str) -> bool:
    """Whether it counts tonnes that pass somewhere: tonnes that are re-routed are among them."""
    return outcome in OF_PASSAGE or (outcome == "trade_t" and of.startswith(_CUT))


def _whose(case: Case, outcome: str, of: str) -> str:
    if outcome in OF_TRADE:
        return _denominator(case, of)
    if outcome == "fastest_days":
        ends, _, mode = of.partition("/")
        names = place_names(case)
        return f"from {' to '.join(names.get(place, place) for place in ends.split('>'))} by {mode}"
    if of == MEASURE:
        return "the links that the plan opens"
    return post_names(case).get(of, of)


def _denominator(case: Case, of: str) -> str:
    if of.startswith(_CUT):
        name = of.removeprefix(_CUT)
        title = next((cut.title for cut in case.info.cuts if cut.name == name), name)
        over = "the links that the plan opens" if name == MEASURE else f"{title[:1].lower()}{title[1:]}"
        return f"goods over {over} (D3: each consignment once)"
    if ">" in of:
        start, end = of.split(">")
        if "all" in (start, end):
            which = f"exports of {start} to" if end == "all" else f"imports of {end} from"
            return f"{which} {case.info.partners} (part of D1)"
        return f"trade from {start} to {end} (D2: one direction of a pair)"
    if "-" in of:
        return f"trade between {of.replace('-', ' and ')} (D2: a pair, both directions)"
    return f"trade of {of} with {case.info.partners} (D1)"
