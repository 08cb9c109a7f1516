"""Tables as a sweep leaves them, made from formulas, for tests of what is concluded from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import qmc

from abm.corridor.tables import Case, Shape
from abm.network.arcs import Floats
from abm.study.plan import WITHOUT, Arm, Claim, DesignSpec, Factor, Friction, Kind, Metric, Plan
from tests.small_worlds import toy

#: Outcome of one world from the values of its point (columns: factors) and standard normal noise (n,): (n,).
type Formula = Callable[[pd.DataFrame, Floats], Floats | pd.Series]

#: Three assumptions of toy with the ranges of their kind.
PHI = Factor("phi_xa_xb", Shape.UNIFORM, 0.4, 0.0, 0.8)
SIGMA = Factor("sigma", Shape.UNIFORM, 4.0, 2.0, 6.0)
ETA = Factor("eta", Shape.UNIFORM, 1.0, 0.5, 2.0)
FACTORS = (PHI, SIGMA, ETA)
#: One with friction and one by cost alone.
OPEN = Arm("open", "The border reopens", ("reopen",))
COST = Arm("cost", "The border reopens, by cost alone", ("reopen",), Friction.NONE)
TRADE = Claim(
    "trade", "Trade grows by 20 to 25 % a year", "S1", "trade_usd", Metric.GROWTH_PER_YEAR, ("XA",), (3,), 0.20, 0.25
)
FASTER = Claim("faster", "Freight is up to 30 % faster", "S1", "days", Metric.LEVEL, ("XA",), (3,), -0.30, 0.0)


def made_points(n: int, factors: Sequence[Factor] = FACTORS, seed: int = 1) -> pd.DataFrame:
    """A latin hypercube, uniform between low and high: index point, one column a factor."""
    sample = qmc.LatinHypercube(len(factors), rng=np.random.default_rng(seed)).random(n)
    low, high = (np.array([getattr(f, end) for f in factors]) for end in ("low", "high"))
    frame = pd.DataFrame(low + sample * (high - low), columns=[f.name for f in factors])
    return frame.rename_axis("point")


def made_outcomes(
    points: pd.DataFrame,
    formulas: Mapping[str, Mapping[str, Formula]],
    replications: int = 1,
    repeated_points: int = 0,
    seed: int = 1,
) -> pd.DataFrame:
    """As :meth:`abm.study.results.Results.outcomes` gives them: point, replication, arm, seed, one column per outcome.

    formulas: arm -> outcome -> formula. Arms of one point and replication share their noise, one draw per outcome. The first
    ``repeated_points`` are played once more.
    """
    pairs = [(p, r) for p in range(len(points)) for r in range(replications + (p < repeated_points))]
    keys = pd.DataFrame(pairs, columns=["point", "replication"])
    seeds = np.arange(1, len(keys) + 1)
    values = points.loc[keys["point"]].reset_index(drop=True)
    names = list(dict.fromkeys(name for outcomes in formulas.values() for name in outcomes))
    rng = np.random.default_rng(seed)
    noise = {name: rng.normal(size=len(keys)) for name in names}
    frames = []
    for arm, outcomes in formulas.items():
        frame = keys.assign(arm=arm, seed=seeds)
        for name in names:
            frame[name] = outcomes[name](values, noise[name]) if name in outcomes else np.nan
        frames.append(frame)
    return pd.concat(frames).sort_values(["point", "replication", "arm"], ignore_index=True)


def constant(value: float) -> Formula:
    """The same number in every world."""
    return lambda points, noise: np.full(len(points), value)


def growing(per_year: Formula, years: int, base: float = 100.0) -> dict[str, Formula]:
    """What trade of ``base`` a year comes to after so many years at a growth a year that a formula gives."""
    return {"trade_usd:XA:" + str(years): lambda points, noise: base * (1.0 + per_year(points, noise)) ** years}


def made_trade(points: pd.DataFrame, per_year: Formula, years: int = 3, **how: int) -> pd.DataFrame:
    """Outcomes of ``open`` against ``without``: ``trade_usd:XA:years`` grows by ``per_year`` against a steady world."""
    steady = {f"trade_usd:XA:{years}": constant(100.0)}
    return made_outcomes(points, {WITHOUT: steady, OPEN.name: growing(per_year, years)}, **how)


def made_pairs(values: Floats, points: Sequence[int] | None = None) -> pd.DataFrame:
    """A table as :func:`abm.study.estimates.paired` makes it; without ``points`` each value is a point of its own."""
    point = pd.Series(range(len(values)) if points is None else list(points), name="point", dtype=np.int64)
    return pd.DataFrame(
        {"point": point, "replication": point.groupby(point).cumcount(), "value": np.asarray(values, dtype=np.float64)}
    )


def made_plan(
    claims: Sequence[Claim] = (TRADE,), case: Case | None = None, kind: Kind = Kind.LHS, **parts: object
) -> Plan:
    """A plan on toy: three factors, the arm ``open``, a latin hypercube of 1,000 points."""
    plan = Plan(
        name="made", title="Made", question="What if?", case=case or toy(), years=5, arms=(OPEN,), factors=FACTORS,
        design=DesignSpec(kind, points=1000), claims=tuple(claims),
    )  # fmt: skip
    return replace(plan, **parts)  # type: ignore[arg-type]
