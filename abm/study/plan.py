"""What an experiment asks: arms that are compared, uncertain factors, a design that samples them, claims that are tested.

A plan is a file, ``experiments/<question>/plan.toml``; :func:`abm.study.plan_file.read_plan` reads and checks it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case, Shape

#: The arm that every plan has: nothing but the policies of ``base``.
WITHOUT = "without"


class Friction(StrEnum):
    PRIOR = "prior"  # policies lift friction as the case assumes
    NONE = "none"  # phi = 0: they move goods by cost alone


class Kind(StrEnum):
    GRID = "grid"
    LHS = "lhs"
    SOBOL = "sobol"
    MORRIS = "morris"
    ONE_AT_A_TIME = "one-at-a-time"


class Metric(StrEnum):
    """What is claimed of an outcome, of an arm against the arm it is compared with, after h full years."""

    GROWTH_PER_YEAR = "growth_per_year"  # (with / without)**(1/h) - 1
    LEVEL = "level"  # with / without - 1
    GAIN = "gain"  # with - without, in the outcome's own unit
    GROSS_GROWTH_PER_YEAR = "gross_growth_per_year"  # (with / base year)**(1/h) - 1: the trend is in it


@dataclass(frozen=True, slots=True)
class Factor:
    """An assumption that the design varies. ``shape`` may be discrete, with ``choices`` of equal chance; otherwise value, low and
    high mean what :func:`abm.corridor.scenario.quantile` says."""

    name: str
    shape: Shape | None
    value: float
    low: float
    high: float
    choices: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """A set of policies. ``points``: it is played on so many of the design's first points; 0 on all of them."""

    name: str
    title: str
    policies: tuple[str, ...]
    friction: Friction = Friction.PRIOR
    points: int = 0


@dataclass(frozen=True, slots=True)
class DesignSpec:
    """How factors are sampled. ``points``: rows (lhs), base rows (sobol: points * (d + 2) in all); ``levels``: of a grid, of
    Morris; ``trajectories``: of Morris."""

    kind: Kind
    points: int = 0
    levels: int = 0
    trajectories: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class StopRule:
    """Replications of a point end early once the 95 % interval of the mean of ``outcome`` (as ``metric``, in ``arm`` against the
    arm without) is no wider than +- ``half_width``, after at least ``at_least``."""

    arm: str
    outcome: str
    metric: Metric
    half_width: float
    at_least: int = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """A published figure: ``metric`` of ``outcome`` lies in [low, high].

    ``of``: denominators it may mean, each tested apart (``XA``, ``XA-XB``, ``cut/NAME``). ``against``: the arm it is compared
    with. ``arms``: empty for all but that one.
    """

    id: str
    title: str
    source: str
    outcome: str
    metric: Metric
    of: tuple[str, ...]
    window_years: tuple[int, ...]
    low: float
    high: float
    arms: tuple[str, ...] = ()
    against: str = WITHOUT
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """An experiment, checked against its case.

    ``rest``: what is no factor is ``drawn`` from its own range by the seed, or stays ``central``. ``seeds``: every point has
    a chance of its ``own``, or the points share ``common`` seeds (designs that take differences between points need these).
    ``repeated_points``: so many of the first points get one more replication, so that chance can be told from parameters.
    ``outcomes``: names (see :mod:`abm.study.outcomes`) that the journal and the progress show.
    """

    name: str
    title: str
    question: str
    case: Case
    years: int
    arms: tuple[Arm, ...]
    factors: tuple[Factor, ...]
    design: DesignSpec
    replications: int = 1
    repeated_points: int = 0
    first_seed: int = 1
    rest: str = "drawn"
    seeds: str = "own"
    base: tuple[str, ...] = ()
    dates: str = "given"
    still: tuple[str, ...] = ()
    stop: StopRule | None = None
    outcomes: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    text: str = field(default="", compare=False)

    def scenario(self, seed: int, values: dict[str, float]) -> Scenario:
        """The scenario of one point and seed without any arm's policies."""
        return Scenario(
            self.case, self.base, values, self.years, seed, self.rest == "drawn", self.dates, "", self.still
        )
