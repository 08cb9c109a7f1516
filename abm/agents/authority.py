"""Authorities and gatekeepers: whose consent a link needs, what they talk about, and what they let through.

The state is a few small arrays and lists; an :class:`Authority` is a thin ``mesa.Agent`` view of what one of them holds. What
they do, and when, is in :mod:`abm.governance`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import mesa
import numpy as np

from abm.corridor.scenario import Scenario
from abm.corridor.tables import Status
from abm.network.arcs import Bools, Floats, Ints, Network


@dataclass
class Talk:
    """A policy under negotiation. authorities: whose consent it needs; level: mean of their wills, fitted; earliest_day: before
    it nothing can open; ready_day: on which its works are finished (0 without any); gains: saving each anticipates beyond what
    experts knew; hazards: rows of hazards.csv that lower the wills, and their incident_days at the last look; wills, is_agreed,
    since_day (of the last change; None: never changed); agreed_day: first day in force, nan before; times_ended: how often it
    was called off again once its works were finished."""

    policy_id: str
    authorities: tuple[str, ...]
    level: float
    earliest_day: int
    hazards: Ints
    ready_day: int = 0
    incident_days: float = 0.0
    gains: Floats | None = None
    wills: Floats | None = None
    is_agreed: bool = False
    since_day: int | None = None
    agreed_day: float = np.nan
    times_ended: int = 0

    def holds_on(self, day: int) -> bool:
        """Whether the policy, as agreed by now, is in force on a day: its works must be finished, too."""
        return self.is_agreed and day >= self.ready_day


@dataclass
class Quota:
    """What a policy lets through of some relations: limit_t a calendar year, of which used_t is used; rows: its shippers."""

    policy_id: str
    target: str
    limit_t: float
    rows: Bools
    used_t: float = 0.0


@dataclass
class Authorities:
    """Who holds which link, and what became of all links. held: links by authority; asked: policies of openings.csv; was_open:
    yesterday; since_day: of the last change (the first day of the warm-up if there was none); opened_day: first day since the
    opening day on which a link was open that had been shut on it; nan before. Running sums by link: open_days, closings.
    """

    held: dict[str, tuple[int, ...]]
    asked: tuple[str, ...]
    was_open: Bools
    since_day: Ints
    opened_day: Floats
    open_days: Floats
    closings: Floats
    talks: list[Talk] = field(default_factory=list)
    quotas: list[Quota] = field(default_factory=list)

    def copy(self) -> "Authorities":
        """An independent copy."""
        return Authorities(
            self.held, self.asked, self.was_open.copy(), self.since_day.copy(), self.opened_day.copy(), self.open_days.copy(),
            self.closings.copy(), [replace(talk) for talk in self.talks], [replace(quota) for quota in self.quotas],
        )  # fmt: skip

    def withheld_on(self, day: int) -> frozenset[str]:
        """Policies that are not agreed upon, or still built, on a day."""
        return frozenset(talk.policy_id for talk in self.talks if not talk.holds_on(day))

    def sums(self) -> dict[str, Floats]:
        """Running sums for the ledger."""
        ended = self._by_policy({talk.policy_id: float(talk.times_ended) for talk in self.talks}, 0.0)
        return {"open_days": self.open_days.copy(), "closings": self.closings.copy(), "times_ended": ended}

    def levels(self) -> dict[str, Floats]:
        """What stands at the end of the day; agreed_day by row of openings.csv."""
        agreed = self._by_policy({talk.policy_id: talk.agreed_day for talk in self.talks}, np.nan)
        return {"opened_day": self.opened_day.copy(), "agreed_day": agreed}

    def _by_policy(self, found: Mapping[str, float], otherwise: float) -> Floats:
        return np.array([found.get(name, otherwise) for name in self.asked])


def new_authorities(scenario: Scenario, network: Network) -> Authorities:
    """Authorities before anything was decided."""
    case = scenario.case
    numbers = {link: number for number, link in enumerate(network.link_ids)}
    held = {
        row.authority_id: tuple(
            numbers[consent.link_id] for consent in case.consents if consent.authority_id == row.authority_id
        )
        for row in case.authorities
    }
    n = len(network.link_ids)
    is_open = {link.link_id: link.status is Status.OPEN for link in case.links}
    return Authorities(
        held=held, asked=tuple(row.policy_id for row in case.openings), was_open=np.array([is_open[link] for link in
        network.link_ids]), since_day=np.full(n, -case.info.warmup_days), opened_day=np.full(n, np.nan),
        open_days=np.zeros(n), closings=np.zeros(n),
    )  # fmt: skip


class Authority(mesa.Agent):
    """One authority: a name, a role, and the links that need its consent. Its view holds nothing of its own.

    ``links``: identifiers; ``is_open`` and ``since_day`` (days from the opening day) in the same order; ``wills``: by policy
    that it talks about.
    """

    def __init__(self, model: Any, authority_id: str) -> None:
        super().__init__(model)
        self.authority_id = authority_id
        row = next(row for row in model.inputs.case.authorities if row.authority_id == authority_id)
        self.name, self.role, self.country = row.name, row.role, row.country

    @property
    def _numbers(self) -> tuple[int, ...]:
        held: dict[str, tuple[int, ...]] = self.model.state.authorities.held
        return held[self.authority_id]

    @property
    def links(self) -> tuple[str, ...]:
        """Links that need its consent."""
        return tuple(self.model.state.network.link_ids[number] for number in self._numbers)

    @property
    def is_open(self) -> tuple[bool, ...]:
        """Which of them are open today."""
        return tuple(bool(self.model.state.link_is_open[number]) for number in self._numbers)

    @property
    def since_day(self) -> tuple[int, ...]:
        """Day on which each was opened or shut; the first day of the warm-up if never since."""
        return tuple(int(self.model.state.authorities.since_day[number]) for number in self._numbers)

    @property
    def wills(self) -> dict[str, float]:
        """Policy -> its will today, in standard deviations above the threshold of consent; empty unless it talks."""
        talks: list[Talk] = self.model.state.authorities.talks
        return {
            talk.policy_id: float(talk.wills[talk.authorities.index(self.authority_id)])
            for talk in talks
            if talk.wills is not None and self.authority_id in talk.authorities
        }
