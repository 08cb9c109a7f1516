"""What a calibration found as tables: targets before and after, values, and which target moves with which name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from abm.corridor.tables import Assumption, Case, Target
from abm.network.arcs import Floats
from abm.randomness import Z_95

#: A target that measures nothing counts as missed by so many standard deviations.
_NOTHING = 10.0
#: A name whose doubt the targets leave at more than this part of what it was is not identified by them.
IDENTIFIED_BELOW = 0.9


def misses(targets: Sequence[Target], measured: Floats) -> Floats:
    """By how many standard deviations each target is missed; positive: measured above its value. Nothing measured counts 10."""
    value, low, high = (np.array([getattr(row, name) for row in targets]) for name in ("value", "low", "high"))
    sd = np.where(measured > value, high - value, value - low) / Z_95
    return np.where(np.isfinite(measured), (measured - value) / sd, _NOTHING)


@dataclass(frozen=True)
class Told:
    """Targets of several cases, one after the other, and what they are called: with their case's name if there are several."""

    targets: tuple[Target, ...]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, cases: Sequence[Case], targets: Sequence[tuple[Target, ...]]) -> "Told":
        """The targets of each case, in the order of the cases."""
        rows = [(case.info.name, row) for case, own in zip(cases, targets, strict=True) for row in own]
        labels = (row.target_id if len(cases) == 1 else f"{name}/{row.target_id}" for name, row in rows)
        return cls(tuple(row for _, row in rows), tuple(labels))


def fit_table(told: Told, before: Floats, after: Floats) -> pd.DataFrame:
    """One row a target, those that were fitted first."""
    targets = told.targets
    columns: dict[str, object] = {"target_id": list(told.labels)} | {
        name: [getattr(row, name) for row in targets] for name in ("title", "use", "unit", "value", "low", "high")
    }
    for when, by_seed in (("before", before), ("after", after)):
        mean = by_seed.mean(axis=0)
        columns[f"measured_{when}"] = mean
        spread = by_seed.std(axis=0, ddof=1) if len(by_seed) > 1 else np.full(mean.size, np.nan)
        columns[f"error_{when}"] = spread / np.sqrt(len(by_seed))
        columns[f"miss_{when}"] = misses(targets, mean)
        columns[f"is_inside_{when}"] = [row.low <= at <= row.high for row, at in zip(targets, mean, strict=True)]
    return pd.DataFrame(columns).sort_values("use", kind="stable").reset_index(drop=True)


def value_table(rows: Sequence[Assumption], u: Floats, found: Mapping[str, float], slopes: Floats) -> pd.DataFrame:
    """One row a name: the value that stood, and the one that was found at the place ``u`` of its range."""
    left = doubt_left(slopes)
    return pd.DataFrame(
        {
            "name": [row.name for row in rows], "before": [row.value for row in rows],
            "after": [found[row.name] for row in rows],
            "low": [row.low for row in rows], "high": [row.high for row in rows], "unit": [row.unit for row in rows],
            "doubt_left": left, "is_identified": left < IDENTIFIED_BELOW, "at_end": np.abs(u) > 1.0 - 1e-6,
        }
    )  # fmt: skip


def doubt_left(slopes: Floats) -> Floats:
    """Posterior over prior standard deviation of each name, to first order: ``sqrt(diag((J'J)^-1)) * 1.645``, with J (n_targets
    + n_names, n_names) the slopes of targets and names together. 1: the targets say nothing of it."""
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes))) * Z_95)


def sensitivity_table(told: Told, rows: Sequence[Assumption], slopes: Floats) -> pd.DataFrame:
    """One row for each target and name: how the target's miss changes over the upper half of the name's range."""
    return pd.DataFrame(
        [
            {"target_id": target, "name": row.name, "miss_per_range": float(slopes[n, m])}
            for n, target in enumerate(told.labels)
            for m, row in enumerate(rows)
        ]
    )
