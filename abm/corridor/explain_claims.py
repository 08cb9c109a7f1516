"""Published claims of a case in words: what it can be asked to judge."""

from abm.corridor.prose import Points, Section
from abm.corridor.tables import Case, Claim, ClaimMetric

#: What a claim says, by what it is about.
_SAYS = {
    ClaimMetric.TRADE_GROWTH: "trade of {home} grows by {change} a year",
    ClaimMetric.TRANSIT_TIME: "the time from door to door changes by {change}",
}


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
    return f"{row.claim_id}: {row.title}: {says}. Grade {row.grade}{note}."
