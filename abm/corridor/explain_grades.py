"""How well the numbers of a case are known, in words."""

from collections import Counter

from abm.corridor.prose import Grid, Section, counted
from abm.corridor.tables import TABLES, Case, Sourced

#: From what was read in a source to what is judged.
GRADES = "ABC"


def grade_counts(case: Case) -> dict[str, Counter[str]]:
    """Rows by table and grade; tables without any row are left out."""
    found = {}
    for file, (attribute, kind, _, _) in TABLES.items():
        if issubclass(kind, Sourced) and getattr(case, attribute):
            found[file] = Counter(str(row.grade) for row in getattr(case, attribute))
    return found


def shares_by_grade(counts: Counter[str]) -> tuple[str, ...]:
    """Per cent of each grade, for a table or a sentence."""
    return tuple(f"{counts[grade] / max(1, counts.total()):.0%}" for grade in GRADES)


def grades_section(case: Case) -> Section:
    """Rows by table and grade, and the share of base-year tonnes by grade."""
    counts = grade_counts(case)
    counts["all"] = sum(counts.values(), Counter[str]())
    rows = tuple((file, *shares_by_grade(by_grade), f"{by_grade.total():,}") for file, by_grade in counts.items())
    tonnes: Counter[str] = Counter()
    for flow in case.flows:
        tonnes[flow.grade] += round(flow.tonnes)
    shares = ", ".join(f"{grade} {share}" for grade, share in zip(GRADES, shares_by_grade(tonnes), strict=True))
    used = {name.strip() for file in TABLES for name in _sources_of(case, file)}
    lead = (
        f"Every number names its source; {counted(len(used), 'source is', 'sources are')} used. A grade says how a number was "
        f"come by, not that it is true. Base-year tonnes by grade: {shares}. Rows by grade:"
    )
    return Section(
        "How well the numbers are known", (lead, Grid(("table", *GRADES, "rows"), rows, frozenset({1, 2, 3, 4})))
    )


def _sources_of(case: Case, file: str) -> list[str]:
    attribute, kind, _, _ = TABLES[file]
    if not issubclass(kind, Sourced):
        return []
    return [name for row in getattr(case, attribute) for name in row.source.split(";")]
