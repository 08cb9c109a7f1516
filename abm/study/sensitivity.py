"""Which uncertain inputs move an outcome: indices of every factor, on the rows that a design has played.

Every function takes the rows of a design, ``x`` (rows, factors), and an outcome ``y`` (rows,) of them, in the order of the
design, and gives a tidy table. Rows whose outcome is not a finite number are left out and counted. Which index fits which
design: :data:`METHODS`; what each says: :data:`MEANINGS`. Intervals are 95 %: the index +- 1.96 standard errors of a
bootstrap, which is the same every time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from abm.errors import CaravanError
from abm.network.arcs import Floats
from abm.randomness import name_key
from abm.study.given_data import delta_index, is_discrete, n_classes, pawn_index, slices
from abm.study.plan import DesignSpec, Kind

CONFIDENCE = 0.95
#: Half the width of a 95 % interval, in standard errors.
Z_975 = float(norm.isf((1.0 - CONFIDENCE) / 2.0))
#: The row of a made-up factor that can have no effect: what an index shows of nothing.
DUMMY = "(dummy)"
COLUMNS = ["method", "factor", "index", "low", "high", "floor", "stands_out", "rows", "dropped"]
#: PAWN cuts a factor's range into so many slices (SALib's number).
PAWN_SLICES = 10
#: Resamples: delta costs more, and its standard error needs few.
RESAMPLES, DELTA_RESAMPLES = 200, 30
#: Made-up factors from which the floor of an index is read; delta's are resampled, too.
DUMMIES, DELTA_DUMMIES = 200, 40
#: Fewer rows than this leave too little in a slice.
FEWEST_ROWS = 40

type Ints = npt.NDArray[np.int64]


class Method(StrEnum):
    PAWN = "pawn"
    DELTA = "delta"
    MU_STAR = "morris_mu_star"
    SIGMA = "morris_sigma"
    FIRST = "sobol_first"
    TOTAL = "sobol_total"


METHODS: dict[Kind, tuple[Method, ...]] = {
    Kind.LHS: (Method.PAWN, Method.DELTA),
    Kind.GRID: (Method.PAWN, Method.DELTA),
    Kind.SOBOL: (Method.FIRST, Method.TOTAL),
    Kind.MORRIS: (Method.MU_STAR, Method.SIGMA),
    Kind.ONE_AT_A_TIME: (),
}
MEANINGS: dict[Method, str] = {
    Method.PAWN: "How far the outcome's distribution shifts when the factor is held in one slice of its range: 0 not at all, "
    "about 0.7 if it decides alone (the largest gap between the two cumulative curves, the median over slices).",
    Method.DELTA: "Which share of the outcome's distribution moves elsewhere when the factor is known: 0 none, "
    "towards 1 if it decides alone.",
    Method.MU_STAR: "How much the outcome changes, up or down, when this factor alone goes through its range, on average over "
    "places to start from; in the outcome's unit.",
    Method.SIGMA: "How much that change differs from place to place: large when the factor works through others or not in a "
    "straight line; in the outcome's unit.",
    Method.FIRST: "Which share of the outcome's variance would vanish if this factor were known exactly.",
    Method.TOTAL: "Which share of the outcome's variance would be left if all factors but this one were known exactly: what it "
    "does alone and together with others. Near 0, it may be fixed anywhere in its range.",
}


@dataclass(frozen=True, slots=True)
class Estimates:
    """Index of each factor (in given data also of the dummy, last), the ends of its interval, and its floor; all (d,)."""

    index: Floats
    low: Floats
    high: Floats
    floor: Floats


def indices(design: DesignSpec, x: pd.DataFrame, y: npt.ArrayLike, *, seed: int = 1) -> pd.DataFrame:
    """Indices of every factor by the methods of the design (:data:`METHODS`), the strongest factor first within a method.

    method, factor, index, low, high (95 %). floor: what none of so many factors without effect exceeds in 95 of 100 designs;
    for pawn and delta it is read from made-up factors like this one (:data:`DUMMY` shows one that has as many groups of rows
    as any), for the others it is that many standard errors above 0. stands_out: index above floor. rows used and dropped. One
    at a time has no indices (:func:`abm.study.tornado.tornado`), so no rows. An outcome that is the same everywhere has
    indices of 0. Raises CaravanError when the rows are not all those of the design, or too few.
    """
    if design.kind is Kind.SOBOL:
        return sobol_indices(x, y, seed=seed)
    if design.kind is Kind.MORRIS:
        return morris_indices(x, y, design.levels, seed=seed)
    if design.kind is Kind.ONE_AT_A_TIME:
        return pd.DataFrame(columns=COLUMNS)
    return given_data_indices(x, y, seed=seed)


def given_data_indices(x: pd.DataFrame, y: npt.ArrayLike, *, seed: int = 1) -> pd.DataFrame:
    """PAWN and delta on rows sampled in any way that leaves factors independent; a discrete factor is compared by its choices.

    PAWN: how far the outcome's distribution shifts when the factor is held in one slice of its range. Delta: which share of
    the distribution moves elsewhere when the factor is known. Both are 0 for a factor without effect, up to chance (delta,
    cleared of its bias, may fall a little below 0). One that decides alone has a PAWN of 0.7, the median over ten slices, and
    a delta towards 1 the more rows there are. Both see any change of shape, not of the mean only.
    """
    values, outcome = arrays(x, y)
    known = np.isfinite(outcome)
    n, dropped = int(known.sum()), int((~known).sum())
    require(n >= FEWEST_ROWS, f"indices need {FEWEST_ROWS} rows with an outcome, not {n}")
    used, met, names = values[known], outcome[known], [*map(str, x.columns), DUMMY]
    tables = [
        _ranked(Method.PAWN, names, _pawn(used, met, seed), n, dropped),
        _ranked(Method.DELTA, names, _delta(used, met, seed), n, dropped),
    ]
    return pd.concat(tables, ignore_index=True)


def _pawn(x: Floats, y: Floats, seed: int) -> Estimates:
    draw = generator(seed, Method.PAWN)
    groups = _grouped(x, PAWN_SLICES)
    errors = _bootstrap(lambda rows: pawn_index(groups[rows], y[rows]), len(y), RESAMPLES, draw)
    blind, kinds = _dummies(groups, DUMMIES, draw)
    return _with_dummy(pawn_index(groups, y), errors, pawn_index(blind, y), kinds)


def _delta(x: Floats, y: Floats, seed: int) -> Estimates:
    """The index less its bias, by the bootstrap (Plischke, Borgonovo and Smith 2013, equation 30)."""
    draw = generator(seed, Method.DELTA)
    groups = _grouped(x, n_classes(len(y)))
    d = groups.shape[1]
    blind, kinds = _dummies(groups, DELTA_DUMMIES, draw)
    groups = np.hstack([groups, blind])
    resampled = np.array([delta_index(groups[rows], y[rows]) for rows in _resamples(len(y), DELTA_RESAMPLES, draw)])
    index = 2.0 * delta_index(groups, y) - resampled.mean(axis=0)
    return _with_dummy(index[:d], resampled[:, :d].std(axis=0, ddof=1), index[d:], kinds)


def _grouped(x: Floats, n: int) -> Ints:
    """Group of each row by each factor: its choice, or which of n slices of the range."""
    found = [
        np.unique(column, return_inverse=True)[1].astype(np.int64) if is_discrete(column) else slices(column, n)
        for column in x.T
    ]
    return np.column_stack(found)


def _dummies(groups: Ints, times: int, draw: np.random.Generator) -> tuple[Ints, list[int]]:
    """Groups that mean nothing (rows, times * kinds), and of each factor the kind that is like it.

    An index shows the more of nothing the smaller the groups are: factors with as many groups share a kind, a permutation of
    one of them. The first kind has the most groups.
    """
    sizes = [np.unique(column).size for column in groups.T]
    kinds = sorted(set(sizes), reverse=True)
    blind = [draw.permutation(groups[:, sizes.index(kind)]) for kind in kinds for _ in range(times)]
    return np.column_stack(blind), [kinds.index(size) for size in sizes]


def _with_dummy(index: Floats, error: Floats, dummies: Floats, kinds: list[int]) -> Estimates:
    """Estimates of the factors, and of a dummy of the first kind as the last."""
    by_kind = dummies.reshape(max(kinds) + 1, -1)
    floors = by_kind.mean(axis=1) + _one_sided(len(index)) * by_kind.std(axis=1, ddof=1)
    low, high = np.quantile(by_kind[0], (0.025, 0.975))
    return Estimates(
        np.append(index, by_kind[0].mean()),
        np.append(index - Z_975 * error, low),
        np.append(index + Z_975 * error, high),
        np.append(floors[kinds], floors[0]),
    )


def _without_dummy(index: Floats, error: Floats) -> Estimates:
    return Estimates(index, index - Z_975 * error, index + Z_975 * error, _one_sided(len(index)) * error)


def _one_sided(d: int) -> float:
    """Standard errors that none of d factors without effect exceeds, in 95 of 100 designs (Bonferroni)."""
    return float(norm.isf((1.0 - CONFIDENCE) / d))


def sobol_indices(x: pd.DataFrame, y: npt.ArrayLike, *, seed: int = 1) -> pd.DataFrame:
    """First and total order on rows in the order A, B, AB_1 .. AB_d, n each, where AB_i is A with column i of B.

    First: which share of the outcome's variance would vanish if the factor were known. Total: which share would be left if
    all others were known. S_i = mean(f_B (f_ABi - f_A)) / V (Saltelli et al. 2010), T_i = mean((f_A - f_ABi)**2) / 2V (Jansen
    1999), with outcomes about the mean of A and B, and V their variance. By chance S_i may fall a little below 0. A base row
    with any outcome missing is dropped with all its d + 2 rows.
    """
    values, outcome = arrays(x, y)
    d = values.shape[1]
    require(len(outcome) % (d + 2) == 0, f"{len(outcome)} rows are no Sobol design of {d} factors: base rows x {d + 2}")
    blocks = outcome.reshape(d + 2, -1).T
    used = blocks[np.isfinite(blocks).all(axis=1)]
    require(len(used) > 1, "Sobol indices need two base rows with all their outcomes")
    estimates = _sobol(used)
    errors = _bootstrap(lambda rows: _sobol(used[rows]), len(used), RESAMPLES, generator(seed, Method.FIRST))
    return _pair((Method.FIRST, Method.TOTAL), x, estimates, errors, used.size)


def _sobol(blocks: Floats) -> Floats:
    """First and total order (2, d) from outcomes (n, d + 2) of A, B, AB_1 .."""
    centred = blocks - blocks[:, :2].mean()
    a, b, ab = centred[:, :1], centred[:, 1:2], centred[:, 2:]
    variance = float(centred[:, :2].var())
    if variance == 0.0:
        return np.zeros((2, ab.shape[1]))
    return np.stack([(b * (ab - a)).mean(axis=0), 0.5 * ((a - ab) ** 2).mean(axis=0)]) / variance


def morris_indices(x: pd.DataFrame, y: npt.ArrayLike, levels: int, *, seed: int = 1) -> pd.DataFrame:
    """mu* and sigma of elementary effects (Morris 1991; Campolongo, Cariboni and Saltelli 2007) on trajectories of d + 1 rows.

    mu*: how much the outcome changes, up or down, when the factor alone goes through its range. sigma: how much that differs
    from place to place. An effect is the change by a step of one factor over the step's length in the unit cube, levels / (2
    (levels - 1)); of a step that leaves a discrete factor as it was it is 0. A trajectory with an outcome missing is dropped
    as a whole.
    """
    values, outcome = arrays(x, y)
    d = values.shape[1]
    require(
        len(outcome) % (d + 1) == 0, f"{len(outcome)} rows are no Morris design of {d} factors: trajectories x {d + 1}"
    )
    walks, met = values.reshape(-1, d + 1, d), outcome.reshape(-1, d + 1)
    known = np.isfinite(met).all(axis=1)
    require(int(known.sum()) > 1, "Morris indices need two trajectories with all their outcomes")
    moved = np.sign(np.diff(walks[known], axis=1))
    require(bool((np.abs(moved).sum(axis=2) <= 1).all()), "a step of a Morris trajectory must move one factor alone")
    effects = np.einsum("tk,tkj->tj", np.diff(met[known], axis=1), moved) * (2.0 * (levels - 1.0) / levels)
    errors = _bootstrap(lambda rows: _morris(effects[rows]), len(effects), RESAMPLES, generator(seed, Method.MU_STAR))
    return _pair((Method.MU_STAR, Method.SIGMA), x, _morris(effects), errors, len(effects) * (d + 1))


def _morris(effects: Floats) -> Floats:
    """mu* and sigma (2, d) of effects (trajectories, d)."""
    return np.stack([np.abs(effects).mean(axis=0), effects.std(axis=0, ddof=1)])


def _pair(methods: tuple[Method, Method], x: pd.DataFrame, index: Floats, errors: Floats, rows: int) -> pd.DataFrame:
    """The tables of two methods that share their rows."""
    names, dropped = list(map(str, x.columns)), len(x) - rows
    tables = [
        _ranked(method, names, _without_dummy(index[i], errors[i]), rows, dropped) for i, method in enumerate(methods)
    ]
    return pd.concat(tables, ignore_index=True)


def generator(seed: int, name: str) -> np.random.Generator:
    """The generator of one estimate's resamples: the same for the same seed and name."""
    return np.random.default_rng([seed, name_key(name)])


def _resamples(n: int, times: int, draw: np.random.Generator) -> Ints:
    """Row numbers (times, n), drawn with replacement."""
    return draw.integers(n, size=(times, n))


def _bootstrap(estimator: Callable[[Ints], Floats], n: int, times: int, draw: np.random.Generator) -> Floats:
    """Standard error of what ``estimator`` makes of n rows, given their numbers."""
    return np.asarray(np.std([estimator(rows) for rows in _resamples(n, times, draw)], axis=0, ddof=1))


def _ranked(method: Method, names: list[str], found: Estimates, rows: int, dropped: int) -> pd.DataFrame:
    """The table of one method, the strongest first, the dummy last."""
    table = pd.DataFrame(
        {
            "method": str(method),
            "factor": names,
            "index": found.index,
            "low": found.low,
            "high": found.high,
            "floor": found.floor,
            "stands_out": (found.index > found.floor) & (np.array(names) != DUMMY),
            "rows": rows,
            "dropped": dropped,
        },
        columns=COLUMNS,
    )
    order = np.lexsort((-found.index, np.array(names) == DUMMY))
    return table.iloc[order].reset_index(drop=True)


def arrays(x: pd.DataFrame, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Factors (rows, d) and outcome (rows,) as numbers. Raises CaravanError unless they are of one length."""
    values, outcome = x.to_numpy(dtype=np.float64), np.asarray(y, dtype=np.float64)
    require(outcome.shape == (len(values),), f"{len(values)} points do not match outcomes of shape {outcome.shape}")
    return values, outcome


def require(holds: bool, rule: str) -> None:
    """Raises CaravanError with ``rule`` unless it holds."""
    if not holds:
        raise CaravanError(rule)
