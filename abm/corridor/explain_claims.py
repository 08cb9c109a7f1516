"""Published claims of a case in words: what it can be asked to judge."""

from abm.corridor.prose import Points, Section
from abm.corridor.tables import Assumption, Case, Claim, ClaimMetric
from abm.rules.reverse import one_off_gain, price_factor_needed

#: What a claim says, by what it is about.
_SAYS = {
    ClaimMetric.TRADE_GROWTH: "trade of {home} grows by {change} a year",
    ClaimMetric.TRANSIT_TIME: "the time from door to door changes by {change}",
}
#: A claim that names no window is read over so many years, and a time over so many days of journey.
_YEARS, _DAYS = 5, 10


def claim_sections(case: Case) -> tuple[Section, ...]:
    """What others have published about this corridor; nothing where the case has none."""
    if not case.claims:
        return ()
    told = (
        "What others have published about this corridor. No number of the case is taken from a claim, and no run is fitted to "
        "one: claims are held against what runs find."
    )
    return (Section("Published claims", (told, Points(tuple(_claim(case, row) for row in case.claims)))),)


def _claim(case: Case, row: Claim) -> str:
    ends = [f"{end:.0%}" for end in dict.fromkeys((row.low_share, row.high_share))]
    says = _SAYS[row.metric].format(home=case.info.home, change=" to ".join(ends))
    note = f"; {row.note}" if row.note else ""
    return f"{row.claim_id}: {row.title}: {says}. Grade {row.grade}{note}. {_backwards(case, row)}".strip()


def _backwards(case: Case, row: Claim) -> str:
    """What would have to hold for the claim to come true through transport alone, by the whole range of sigma."""
    known = {assumption.name: assumption for assumption in case.assumptions}
    sigma = known["sigma"]
    if row.metric is ClaimMetric.TRADE_GROWTH:
        return _price_needed(row.low_share, sigma) if row.low_share > 0.0 else ""
    return _worth(-row.low_share, known["time_cost_manufactures"], sigma) if row.low_share < 0.0 else ""


def _price_needed(growth: float, sigma: Assumption) -> str:
    least, most = (1.0 - price_factor_needed(growth, _YEARS, end) for end in (sigma.high, sigma.low))
    level = (1.0 + growth) ** _YEARS - 1.0
    return (
        f"Read backwards: {growth:.0%} a year over {_YEARS} years is {level:.0%} in all, for which delivered prices would have "
        f"to fall by {least:.0%} to {most:.0%} for good (sigma {sigma.high:g} to {sigma.low:g}), freight being a part of them"
    )


def _worth(saving: float, cost: Assumption, sigma: Assumption) -> str:
    least, most = (
        one_off_gain(_DAYS, saving, per_day, end) for per_day, end in ((cost.low, sigma.low), (cost.high, sigma.high))
    )
    worth = f"{100 * cost.low:g} to {100 * cost.high:g} % of the goods' value"
    return (
        f"Read backwards: of every {_DAYS} days of journey it saves {_DAYS * saving:g}, which raises trade in manufactures once "
        f"by {least:.0%} to {most:.0%} (a day costs {worth}, sigma {sigma.low:g} to {sigma.high:g}), and not year by year"
    )
