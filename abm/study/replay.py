"""Playing one run of a sweep again, from nothing but its folder, and comparing it bit for bit with what was kept."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from abm.corridor.scenario import Scenario
from abm.errors import input_error
from abm.network.arcs import Floats
from abm.study.identity import model_version
from abm.study.journal import FAILED, digest_of, numbers
from abm.study.records import Failure, Record, Result, RunId, Task
from abm.study.results import Results
from abm.study.snapshot import IDENTITY
from abm.study.task import play_task, scenario_of

#: The shortest part of a key that names a run.
_SHORTEST_KEY = 4


@dataclass(frozen=True)
class Replayed:
    """A run as it was kept and as it is played now; scenario: what it was played with. then, now: versions of the model."""

    run: RunId
    scenario: Scenario
    kept: Result
    played: Result
    then: str
    now: str

    @property
    def is_same(self) -> bool:
        """Whether all numbers are equal bit for bit, or the run fails with the same words."""
        if isinstance(self.kept, Record) and isinstance(self.played, Record):
            return _digest(self.kept) == _digest(self.played)
        return (
            isinstance(self.kept, Failure) and isinstance(self.played, Failure) and self.kept.error == self.played.error
        )


def replay(results: Results, run: str) -> Replayed:
    """Play a run again: its key, the first digits of it, or point/replication/arm.

    Raises InputError when no run, or more than one, is meant; CaravanError when the sweep's case cannot be read by this version.
    """
    row = find_run(results.runs(), run)
    found = RunId(str(row["key"]), int(row["point"]), int(row["replication"]), str(row["arm"]), int(row["seed"]))
    values = tuple(results.points.to_numpy()[found.point].tolist())
    kept: Result
    if row["status"] == FAILED:
        kept = Failure(found, str(row["error"]), int(row["attempts"]))
    else:
        kept = results.record(found.key)
    plan = results.plan
    (played,) = play_task(plan, Task(found.point, found.replication, found.seed, values, (found,)))
    scenario = scenario_of(plan, found.arm, found.seed, values)
    return Replayed(found, scenario, kept, played, results.manifest[IDENTITY]["model"], model_version())


def find_run(runs: pd.DataFrame, text: str) -> dict[Hashable, Any]:
    """The row of ``runs`` that a user means by a key, the first digits of one, or point/replication/arm. Raises InputError."""
    parts = text.split("/")
    if len(parts) == 3:
        point, replication, arm = parts
        mask = (runs["point"].astype(str) == point) & (runs["replication"].astype(str) == replication)
        found = runs[mask & (runs["arm"] == arm)]
    elif len(text) >= _SHORTEST_KEY:
        found = runs[runs["key"].str.startswith(text.lower())].drop_duplicates("key")
    else:
        raise input_error(
            "run", f"must be point/replication/arm, or at least {_SHORTEST_KEY} digits of a key", value=text
        )
    if found.empty:
        raise input_error("run", "is no run of this sweep that has ended; `caravan results DIR` lists them", value=text)
    if len(found) > 1:
        raise input_error("run", f"begins {len(found)} keys: give more digits", value=text)
    return found.to_dict("records")[0]


def differing(names: tuple[str, ...], kept: Floats, played: Floats) -> pd.DataFrame:
    """Outcomes that are not equal bit for bit: name, kept, played; kept and played (n_names,)."""
    same = [numbers(one) == numbers(other) for one, other in zip(kept, played, strict=True)]
    places = np.flatnonzero(~np.array(same, dtype=np.bool_))
    return pd.DataFrame({"outcome": [names[i] for i in places], "kept": kept[places], "played": played[places]})


def _digest(record: Record) -> str:
    return digest_of(numbers(record.outcomes), numbers(record.series))
