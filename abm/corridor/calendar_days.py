"""Days as a user writes them: of a policy a date or a number of days after the opening day, of an event its dates."""

import datetime as dt
import math
import re

from abm.corridor.actor_rows import Event
from abm.corridor.tables import Case


def day_of(text: str, opening: dt.date) -> int | None:
    """Days from the opening day of a date or a number of days; None when empty. Raises ValueError for anything else."""
    if not text:
        return None
    if re.fullmatch(r"[-+]?\d{1,6}", text, re.ASCII):
        return int(text)
    return (dt.date.fromisoformat(text) - opening).days


def first_day(case: Case, policy_id: str) -> int:
    """First day of a policy as its rows say."""
    opening = dt.date.fromisoformat(case.info.start)
    return min(day_of(row.start, opening) or 0 for row in case.policies if row.policy_id == policy_id)


def event_days(row: Event) -> float:
    """Days that an event lasted: as told, else from its dates (one day if they are the same), else for good."""
    if row.duration_days is not None:
        return row.duration_days
    if not row.end:
        return math.inf
    return max(float((dt.date.fromisoformat(row.end) - dt.date.fromisoformat(row.start)).days), 1.0)
