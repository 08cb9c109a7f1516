"""What an outcome is at the two ends of each factor, and for each choice of a discrete one."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from abm.network.arcs import Floats
from abm.study.given_data import is_discrete
from abm.study.plan import DesignSpec, Kind
from abm.study.sensitivity import Z_975, arrays

TORNADO_COLUMNS = [
    "factor", "value_low", "value_high", "at_low", "at_low_from", "at_low_to", "at_high", "at_high_from", "at_high_to",
    "swing", "swing_from", "swing_to", "rows", "dropped",
]  # fmt: skip
CHOICE_COLUMNS = ["factor", "choice", "mean", "low", "high", "p5", "p50", "p95", "rows"]
#: A tornado on sampled rows sets the lowest fifth of a factor's rows against the highest.
END_SHARE = 0.2

type Ints = npt.NDArray[np.int64]


def tornado(design: DesignSpec, x: pd.DataFrame, y: npt.ArrayLike) -> pd.DataFrame:
    """What the outcome is at a factor's low end and at its high end, the widest swing first.

    One-at-a-time: the rows where this factor alone stands at its lowest or highest, all others at their centre. LHS, grid and
    Sobol (its rows A and B): the mean over the fifth of rows where the factor is lowest, and highest, all others being what
    they are; of a discrete factor the rows of its lowest and highest choice. Morris rows have no tornado. value_low,
    value_high: the factor's mean there; at_low, at_high: the outcome's mean; swing = at_high - at_low, each with its 95 %
    interval, which is nan where there is a single row.
    """
    values, outcome = arrays(x, y)
    if design.kind is Kind.MORRIS:
        return pd.DataFrame(columns=TORNADO_COLUMNS)
    if design.kind is Kind.SOBOL:
        drawn = 2 * len(outcome) // (values.shape[1] + 2)
        values, outcome = values[:drawn], outcome[:drawn]
    alone = design.kind is Kind.ONE_AT_A_TIME
    known = np.isfinite(outcome)
    rows: list[dict[str, object]] = []
    for j, name in enumerate(map(str, x.columns)):
        low, high = (end[known[end]] for end in (_ends_alone(values, j) if alone else _ends(values[:, j])))
        if low.size and high.size:
            swing = _swing(values[:, j], outcome, low, high)
            rows.append({"factor": name, **swing, "rows": int(known.sum()), "dropped": int((~known).sum())})
    table = pd.DataFrame(rows, columns=TORNADO_COLUMNS)
    return table.sort_values("swing", key=abs, ascending=False, kind="stable", ignore_index=True)


def _ends_alone(x: Floats, j: int) -> tuple[Ints, Ints]:
    """Rows where factor j is lowest, and highest, and no other has left its centre, the value that most rows have."""
    others = np.delete(x, j, axis=1)
    alone = np.flatnonzero((others == _commonest(others)).all(axis=1))
    column = x[alone, j]
    return alone[column == column.min()], alone[column == column.max()]


def _commonest(x: Floats) -> Floats:
    counted = [np.unique(column, return_counts=True) for column in x.T]
    return np.array([values[int(np.argmax(counts))] for values, counts in counted])


def _ends(column: Floats) -> tuple[Ints, Ints]:
    if is_discrete(column):
        return np.flatnonzero(column == column.min()), np.flatnonzero(column == column.max())
    order = np.argsort(column, kind="stable")
    n = max(1, round(END_SHARE * len(column)))
    return order[:n], order[-n:]


def _swing(column: Floats, y: Floats, low: Ints, high: Ints) -> dict[str, object]:
    (below, below_error), (above, above_error) = _mean(y[low]), _mean(y[high])
    row: dict[str, object] = {"value_low": float(column[low].mean()), "value_high": float(column[high].mean())}
    for name, mean, error in (
        ("at_low", below, below_error),
        ("at_high", above, above_error),
        ("swing", above - below, float(np.hypot(below_error, above_error))),
    ):
        row |= {name: mean, f"{name}_from": mean - Z_975 * error, f"{name}_to": mean + Z_975 * error}
    return row


def _mean(y: Floats) -> tuple[float, float]:
    """Mean and its standard error, nan for a single value."""
    return float(y.mean()), float(y.std(ddof=1) / math.sqrt(y.size)) if y.size > 1 else math.nan


def outcomes_by_choice(x: pd.DataFrame, y: npt.ArrayLike) -> pd.DataFrame:
    """The outcome for each choice of each discrete factor: mean with its 95 % interval, 5, 50 and 95 % points, rows."""
    values, outcome = arrays(x, y)
    rows: list[dict[str, object]] = []
    for name, column in zip(map(str, x.columns), values.T, strict=True):
        if not is_discrete(column):
            continue
        for choice in np.unique(column):
            met = outcome[(column == choice) & np.isfinite(outcome)]
            row: dict[str, object] = {"factor": name, "choice": float(choice), "rows": met.size}
            if met.size:
                mean, error = _mean(met)
                p5, p50, p95 = (float(q) for q in np.quantile(met, (0.05, 0.5, 0.95)))
                row |= {
                    "mean": mean,
                    "low": mean - Z_975 * error,
                    "high": mean + Z_975 * error,
                    "p5": p5,
                    "p50": p50,
                    "p95": p95,
                }
            rows.append(row)
    return pd.DataFrame(rows, columns=CHOICE_COLUMNS)
