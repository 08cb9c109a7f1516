"""Targets of a case in words: what it can be held against."""

from abm.corridor.prose import Points, Section
from abm.corridor.tables import Case, Target, Use

_USES = {Use.FIT: "fitted", Use.HELD: "held back"}


def target_sections(case: Case) -> tuple[Section, ...]:
    """What was measured and a world of the case is held against; nothing where the case has none."""
    if not case.targets:
        return ()
    told = (
        "What was measured, with the range that its source leaves open. A calibration (caravan calibrate) fits assumptions to "
        "the targets that are fitted and is judged by those held back. Months and days count from the opening day; those before "
        "it are of the warm-up."
    )
    return (Section("Targets", (told, Points(tuple(_target(row) for row in case.targets)))),)


def _target(row: Target) -> str:
    in_days = row.from_month is None
    where = [f"days {row.from_day} to {row.to_day}" if in_days else f"months {row.from_month} to {row.to_month}"]
    if row.policies:
        where.append(f"with {row.policies}")
    if row.traffic != 1.0:
        where.append(f"at {row.traffic:g} times the traffic")
    if not row.is_calm:
        where.append("with drawn incidents")
    unit = "" if row.unit == "1" else f" {row.unit}"
    figure = f"{row.value:,.6g}{unit} ({row.low:,.6g} to {row.high:,.6g})"
    return f"{row.target_id}: {row.title}: {figure}. In {', '.join(where)}; {_USES[row.use]}, grade {row.grade}."
