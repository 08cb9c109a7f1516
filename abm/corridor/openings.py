"""When a policy comes into force: dates drawn from what experts were asked for, "never" included.

A row of ``openings.csv`` is a distribution: with probability ``never_share`` the policy does not come by the latest date, and
then it never does; else its first day is triangular between the earliest and the latest date. What politics allows may
still have to be built: a policy with a project waits for its completion, too.
"""

import datetime as dt
from dataclasses import dataclass

from abm.corridor.building import completion_day
from abm.corridor.calendar_days import first_day as first_day
from abm.corridor.scenario import Scenario, quantile, ranged
from abm.corridor.tables import Case, Opening, Shape
from abm.randomness import Process, address


@dataclass(frozen=True, slots=True)
class Dates:
    """Days from the opening day of the case, which may lie before it, and the probability that it never happens."""

    earliest: int
    likely: int
    latest: int
    never_share: float

    def probability_by(self, day: float) -> float:
        """That it has happened on ``day`` or before: ``(1 - never) F(day)`` with F triangular; exact.

        What would have come before the opening day comes on it, so the probability is 0 before day 0.
        """
        return (1.0 - self.never_share) * self._share_by(day) if day >= 0.0 else 0.0

    def _share_by(self, day: float) -> float:
        if day >= self.latest:
            return 1.0
        if day < self.earliest:
            return 0.0
        width = float(self.latest - self.earliest)
        if day < self.likely:
            return (day - self.earliest) ** 2 / (width * (self.likely - self.earliest))
        return 1.0 - (self.latest - day) ** 2 / (width * (self.latest - self.likely))


def opening_of(case: Case, policy_id: str) -> Opening | None:
    """The row of ``openings.csv`` of a policy, if experts were asked about it."""
    return next((row for row in case.openings if row.policy_id == policy_id), None)


def dates_of(scenario: Scenario, policy_id: str) -> Dates | None:
    """The distribution of this world: its share of never drawn from its range when the scenario draws."""
    row = opening_of(scenario.case, policy_id)
    if row is None:
        return None
    never = ranged(
        scenario, "openings.csv", policy_id, "never_share", row.never_share, row.never_low_share, row.never_high_share
    )
    return Dates(*_days(scenario.case, row), never)


def mean_dates(scenario: Scenario, policy_id: str) -> Dates | None:
    """The distribution over all worlds of a study: with the mean of the range of its share of never.

    The probability of an opening is linear in that share, so that this mean makes it exact.
    """
    row = opening_of(scenario.case, policy_id)
    if row is None:
        return None
    low, high = row.never_low_share, row.never_high_share
    never = row.never_share
    if scenario.draw and low is not None and high is not None:
        never = (low + never + high) / 3.0  # mean of a triangular distribution
    return Dates(*_days(scenario.case, row), never)


def start_day(scenario: Scenario, policy_id: str) -> int | None:
    """First day of a policy in this world, counted from the opening day; None: never.

    A day typed by hand holds whatever else is said. Without drawn dates, or where nobody was asked, it is the first day that its
    rows say. Two uniforms are addressed by the
    policy: whether, and when. So the date stays when the share of never moves, and every arm of a seed has the same one.
    """
    typed, _ = scenario.days.get(policy_id, (None, None))
    if typed is not None:
        return typed
    written = first_day(scenario.case, policy_id)
    dates = dates_of(scenario, policy_id)
    finished = completion_day(scenario, policy_id)
    if scenario.dates == "given" or (dates is None and finished is None):
        return written
    if dates is None:
        return max(written, finished or 0)
    if address(scenario.seed, Process.AUTHORITY, policy_id, "whether") < dates.never_share:
        return None
    u = address(scenario.seed, Process.AUTHORITY, policy_id, "when")
    drawn = quantile(Shape.TRIANGULAR, dates.likely, dates.earliest, dates.latest, u)
    return max(0, round(drawn), finished or 0)


def _days(case: Case, row: Opening) -> tuple[int, int, int]:
    opening = dt.date.fromisoformat(case.info.start)
    earliest, likely, latest = (
        (dt.date.fromisoformat(date) - opening).days for date in (row.earliest, row.likely, row.latest)
    )
    return earliest, likely, latest
