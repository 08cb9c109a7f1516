"""Days of a policy as a user writes them: a date, or a number of days after the opening day."""

import datetime as dt
import re


def day_of(text: str, opening: dt.date) -> int | None:
    """Days from the opening day of a date or a number of days; None when empty. Raises ValueError for anything else."""
    if not text:
        return None
    if re.fullmatch(r"[-+]?\d{1,6}", text, re.ASCII):
        return int(text)
    return (dt.date.fromisoformat(text) - opening).days
