"""A question: what a pair of worlds is run with, one with a measure and one without; what a scenario file holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from abm.corridor.rows import Action
from abm.corridor.scenario import Scenario
from abm.corridor.steps import BY_HAND as BY_HAND
from abm.corridor.steps import Step
from abm.corridor.tables import Case


@dataclass(frozen=True, slots=True)
class Chosen:
    """A policy of the case, when, and in which worlds.

    ``start_day``: the day of its first step, counted from the opening day; the others keep their distance from it. None: as its
    rows say (or as dates are drawn or negotiated). ``end_day``: all of it ends before this day; None: as its rows say.
    ``in_both``: it is in force in the world without the measure, too.
    """

    policy_id: str
    start_day: int | None = None
    end_day: int | None = None
    in_both: bool = False


@dataclass(frozen=True, slots=True)
class HandStep:
    """One change made by hand, as a row of policies.csv would make it; days count from the opening day."""

    action: Action
    target: str
    start_day: int
    end_day: int | None = None
    number: float | None = None
    in_both: bool = False

    @property
    def step(self) -> Step:
        """The same as a dated step of a world."""
        return Step(BY_HAND, self.action, self.target, self.start_day, self.end_day, self.number)


@dataclass(frozen=True)
class Question:
    """A measure, what is in force with and without it, the values set, a horizon and a seed.

    The fields are those of :class:`abm.corridor.scenario.Scenario`, but that every policy and step says in which of the two
    worlds it is. What is wrong is told, all at once, when a world is asked for.
    """

    case: Case
    policies: tuple[Chosen, ...] = ()
    steps: tuple[HandStep, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    years: int = 5
    seed: int = 1
    dates: str = "given"
    replay_from: str = ""
    still: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "policies", tuple(self.policies))
        object.__setattr__(self, "steps", tuple(self.steps))
        object.__setattr__(self, "values", dict(self.values))
        object.__setattr__(self, "still", tuple(self.still))

    def measure(self) -> Scenario:
        """The world with the measure: everything that was chosen. Raises InputError with all problems."""
        return self._world(self.policies, self.steps)

    def without(self) -> Scenario:
        """Its paired world: what is in force in both alone. Raises InputError with all problems."""
        policies = tuple(chosen for chosen in self.policies if chosen.in_both)
        return self._world(policies, tuple(step for step in self.steps if step.in_both))

    def _world(self, policies: tuple[Chosen, ...], steps: tuple[HandStep, ...]) -> Scenario:
        dated = (chosen for chosen in policies if chosen.start_day is not None or chosen.end_day is not None)
        return Scenario(
            case=self.case, policies=tuple(chosen.policy_id for chosen in policies), values=self.values, years=self.years,
            seed=self.seed, dates=self.dates, replay_from=self.replay_from, still=self.still,
            days={chosen.policy_id: (chosen.start_day, chosen.end_day) for chosen in dated},
            steps=tuple(step.step for step in steps),
        )  # fmt: skip
