"""Regret: what a choice of arm costs against the arm that would have been best in that state of the world (Savage 1951).

Regret does not ask how likely a point is, and so ranks policies where priors are disputed: a policy with small regret everywhere
is a choice that nobody has to rue.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from abm.errors import CaravanError
from abm.study.outcome_words import words

COLUMNS = ["arm", "mean_outcome", "mean", "p95", "max", "best_share"]


@dataclass(frozen=True)
class Regret:
    """Arms compared on the points they share.

    ``table``: arm, mean_outcome, and of regret, in the outcome's own unit, mean, p95 and max over points, and best_share: share
    of points where the arm is best (arms that tie share the point), lowest mean regret first. ``points``: compared;
    ``left_out``: points where an arm was not played or has no number. ``each``: regret (points, arms).
    """

    outcome: str
    more_is_better: bool
    points: int
    left_out: int
    table: pd.DataFrame
    each: pd.DataFrame


def regret(
    outcomes: pd.DataFrame, outcome: str, arms: Sequence[str] | None = None, *, more_is_better: bool | None = None
) -> Regret:
    """Regret of ``arms`` (all, the world without among them) for one outcome.

    outcomes: point, replication, arm and the outcome, as :meth:`abm.study.results.Results.outcomes` gives them; a point counts
    with the mean over the replications that all its arms have. ``more_is_better``: by default as the outcome's name says (less
    of days, cost, waits and losses; more of anything else). Raises CaravanError for an unknown outcome or arm, or fewer than two
    arms.
    """
    if outcome not in outcomes:
        raise CaravanError(f"the results hold no outcome {outcome!r}")
    played = list(dict.fromkeys(outcomes["arm"]))
    chosen = played if arms is None else list(dict.fromkeys(arms))
    unknown = [arm for arm in chosen if arm not in played]
    if unknown or len(chosen) < 2:
        raise CaravanError(f"regret compares two or more arms of {', '.join(played)}; asked for {', '.join(chosen)}")
    more = not words(outcome.split(":")[0]).less_is_better if more_is_better is None else more_is_better
    rows = outcomes[outcomes["arm"].isin(chosen)]
    worlds = rows.pivot(index=["point", "replication"], columns="arm", values=outcome).reindex(columns=chosen)
    by_point = worlds.dropna().groupby("point", sort=True).mean()
    values = by_point.to_numpy(dtype=np.float64) * (1.0 if more else -1.0)
    rued = values.max(axis=1, keepdims=True) - values
    each = pd.DataFrame(rued, index=by_point.index, columns=chosen)
    left_out = int(rows["point"].nunique()) - len(by_point)
    return Regret(outcome, more, len(by_point), left_out, _table(by_point, each), each)


def _table(by_point: pd.DataFrame, each: pd.DataFrame) -> pd.DataFrame:
    is_best = each.to_numpy(dtype=np.float64) == 0.0
    best = is_best / is_best.sum(axis=1, keepdims=True)
    rows = []
    for number, arm in enumerate(each.columns):
        own = each[arm].to_numpy(dtype=np.float64)
        row = {"mean": own.mean(), "p95": np.quantile(own, 0.95), "max": own.max()} if own.size else {}
        share = float(best[:, number].mean()) if own.size else math.nan
        rows.append({"arm": arm, "mean_outcome": by_point[arm].mean(), **row, "best_share": share})
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("mean", kind="stable", ignore_index=True)
