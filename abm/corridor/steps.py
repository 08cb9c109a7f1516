"""A dated step: one change of the world that a policy, or somebody by hand, makes from one day to another."""

from dataclasses import dataclass

from abm.corridor.rows import Action

#: Who makes the steps of a scenario that no policy of its case makes.
BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a chosen policy. Days count from the opening day (0); ``end_day`` None means for good.

    ``policy_id``: the policy, or :data:`BY_HAND`. ``target``: link, post or terminal; ``DESTINATION/ORIGIN/COMMODITY`` for
    tariff, ban and quota; a pair of countries for friction; a hazard, its region or ``*`` for oversight and tension; a hazard or
    regime for its rate; an assumption. ``number``: scale, toll in USD/t, fee in USD a vehicle, hours of added dwell, tariff
    share, friction share, tonnes a calendar year of a quota, level of oversight (1: all), factor of a tension or a rate, value of
    an assumption, or the share that a ban still lets through (0 unless the case says more); None for opening and closing.
    """

    policy_id: str
    action: Action
    target: str
    start_day: int
    end_day: int | None
    number: float | None

    @property
    def parts(self) -> tuple[str, ...]:
        """The target split into its names: one, a pair, or a triple with ``*`` for all."""
        if self.action is Action.LIFT_FRICTION:
            return tuple(self.target.split("-"))
        return tuple(self.target.split("/"))
