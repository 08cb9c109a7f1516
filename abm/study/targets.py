"""What a world says of the targets of its case: tonnes and shares over a cut, lines and waits, adjustment after a dated event.

Targets of the same traffic and calm share a warm-up, those that share policies too a world. A target's window is in days from the
opening day, or in months of the 365-day year that begins on it; what lies before is of the warm-up, which no policy disturbs: the
base year.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from abm.corridor.actor_rows import listed
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case, Target
from abm.model import CorridorModel
from abm.network.arcs import Floats
from abm.observers import is_month_end
from abm.study.target_metrics import days_needed, measured


@dataclass(frozen=True)
class Warmed:
    """A world at its opening day that several targets share; ``rows``: their places in the list that was asked for."""

    world: CorridorModel
    rows: tuple[int, ...]


def measure_targets(case: Case, values: Mapping[str, float], seed: int, targets: Sequence[Target] = ()) -> Floats:
    """What the world of ``seed`` with ``values`` says of each target (default: all of the case), in the targets' units; nan
    where nothing moved.

    Shape (n_targets,). All assumptions but ``values`` stay at their central values. Worlds of one seed share every draw they have
    in common, so the difference that a value makes is hardly blurred by chance.
    """
    asked = targets or case.targets
    found = np.full(len(asked), np.nan)
    for root in warmed_up(case, values, seed, asked):
        for policies in dict.fromkeys(asked[n].policies for n in root.rows):
            own = [n for n in root.rows if asked[n].policies == policies]
            world = played(root.world, policies, max(asked[n].window[1] for n in own))
            found[own] = [measured(world, asked[n]) for n in own]
    return found


def warmed_up(case: Case, values: Mapping[str, float], seed: int, targets: Sequence[Target]) -> Iterator[Warmed]:
    """The worlds that these targets need, played up to the opening day: one for each traffic and calm among them."""
    for setting in dict.fromkeys((row.traffic, row.is_calm) for row in targets):
        traffic, is_calm = setting
        still = ("incidents",) if is_calm else ()
        scenario = Scenario(with_traffic(case, traffic), values=values, seed=seed, still=still)
        rows = tuple(n for n, row in enumerate(targets) if (row.traffic, row.is_calm) == setting)
        root = CorridorModel(scenario, register=False, collect=False)
        needed = frozenset[int]().union(*(days_needed(targets[n], case.info.warmup_days) for n in rows))
        root.state.ledger.asked_days = frozenset(day for day in needed if not is_month_end(day))
        root.warm_up()
        yield Warmed(root, rows)


def with_traffic(case: Case, factor: float) -> Case:
    """The case with all flows and all background traffic times ``factor``; capacity stays."""
    if factor == 1.0:
        return case
    return replace(
        case,
        flows=tuple(row.model_copy(update={"tonnes": factor * row.tonnes}) for row in case.flows),
        background=tuple(
            row.model_copy(update={"vehicles_per_day": factor * row.vehicles_per_day}) for row in case.background
        ),
        digest=f"{case.digest}-traffic-{factor!r}",
    )


def played(root: CorridorModel, policies: str, end: int) -> CorridorModel:
    """The world with these policies, played up to the morning of day ``end``; the warmed-up one itself if that lies before."""
    if end <= 0:
        return root
    world = root.fork(replace(root.inputs, policies=tuple(listed(policies))))
    while world.day < end:
        world.step()
    return world
