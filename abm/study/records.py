"""What travels between those who play worlds, those who keep them, and those who ask for them."""

from dataclasses import dataclass

from abm.network.arcs import Floats


@dataclass(frozen=True, slots=True)
class RunId:
    """One execution: arm ``arm`` at point ``point`` of the design, replication ``replication`` (both from 0), with ``seed``.

    ``key``: hash of everything that the run depends on (:mod:`abm.study.identity`).
    """

    key: str
    point: int
    replication: int
    arm: str
    seed: int


@dataclass(frozen=True, slots=True)
class Task:
    """Runs that share point, seed, and so their warm-up: a worker plays them one after another from one state."""

    point: int
    replication: int
    seed: int
    values: tuple[float, ...]
    runs: tuple[RunId, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What a finished run left. outcomes (n_outcomes,) and series (months, n_series), in the order of the catalogue of
    :mod:`abm.study.outcomes`; cpu_s: seconds of processor, wall_s: of the clock, the warm-up in the first run of its task."""

    run: RunId
    outcomes: Floats
    series: Floats
    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run has no record; ``attempts`` of 2 when its worker died twice."""

    run: RunId
    error: str
    attempts: int = 1


type Result = Record | Failure
