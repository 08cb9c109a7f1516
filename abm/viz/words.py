"""Numbers and days in words, as the page shows them."""

import datetime as dt
import math

from abm.corridor.policies import opening_day
from abm.corridor.tables import Case

#: Shown where there is no number.
NOTHING = "–"
_MINUS = "−"
#: From here on a number is shown without decimals, with one, with two; below with significant digits.
_WHOLE, _ONE_DECIMAL, _TWO_DECIMALS = 100.0, 10.0, 1.0
_SIGNIFICANT = 2
#: Smaller than this is shown as 0.
_TINY = 1e-4
_PERCENT = 100.0


def number(value: float, digits: int | None = None) -> str:
    """'12,340', '45.6', '1.23', '0.045', '6'; with ``digits`` decimals if given. What is not finite is shown as a dash."""
    if not math.isfinite(value):
        return NOTHING
    size = abs(value)
    is_free = digits is None
    if digits is None:
        if size < _TINY:
            return "0"
        digits = 0 if size >= _WHOLE else 1 if size >= _ONE_DECIMAL else 2
        if size < _TWO_DECIMALS:
            digits = _SIGNIFICANT - 1 - math.floor(math.log10(size))
    text = f"{size:,.{digits}f}"
    if is_free and digits > 0 and math.isclose(size, round(size)):
        text = f"{size:,.0f}"
    is_zero = not text.strip("0.,")
    if digits > 0 and is_zero:
        text = "0"
    return text if value >= 0.0 or is_zero else _MINUS + text


def whole(value: float) -> str:
    """'12,340': a number of things, or tonnes of which decimals mean nothing."""
    return number(value, 0)


def percent(share: float, digits: int = 0) -> str:
    """'12 %'; a share that is above 0 but rounds to it as '< 1 %'."""
    least = 10.0**-digits / _PERCENT
    if 0.0 < share < least / 2.0:
        return f"< {number(least * _PERCENT, digits)} %"
    text = number(share * _PERCENT, digits)
    return text if text == NOTHING else f"{text} %"


def change(value: float, base: float) -> str:
    """'+12 %' against a base; a dash without one."""
    if not (math.isfinite(value) and math.isfinite(base)) or base <= 0.0:
        return NOTHING
    share = value / base - 1.0
    text = percent(abs(share), 1 if abs(share) < _ONE_DECIMAL / _PERCENT else 0).removeprefix("< ")
    return text if text.startswith("0 ") else f"{'+' if share > 0.0 else _MINUS}{text}"


def date_of(case: Case, day: float) -> dt.date:
    """The date of a day counted from the opening day, as dates of policies are counted."""
    return opening_day(case) + dt.timedelta(math.floor(day))


def date_words(case: Case, day: float) -> str:
    """'12 March 2026'; 'never' for a day that does not come."""
    if not math.isfinite(day):
        return "never"
    date = date_of(case, day)
    return f"{date.day} {date:%B %Y}"


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """The text with a capital at its beginning and one full stop at its end; nothing for nothing."""
    text = text.strip()
    return text and capital(text) + ("" if text[-1] in ".!?" else ".")
