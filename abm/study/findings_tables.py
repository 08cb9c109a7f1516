"""Tables that a report shows beside its claims: growth, time, cost and risk, waits, flows; each over all paired worlds."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from abm.study.claims import SMALL_BASE_T, independent_points
from abm.study.estimates import Range, defined, estimate, outcome_name, paired, quantile_of
from abm.study.measures import WINDOWS
from abm.study.outcomes import split_name
from abm.study.plan import WITHOUT, Metric, Plan
from abm.study.row_names import row_name
from abm.worlds import MEASURE

_KEYS = ["point", "replication"]
_CUT = "cut/"
GROWTH_METRICS = (Metric.GROWTH_PER_YEAR, Metric.LEVEL, Metric.GROSS_GROWTH_PER_YEAR)
#: What a reader asks of the home country's and the pairs' freight beside trade: outcome -> its unit.
JOURNEY = {"days": "days", "money_usd_t": "USD a tonne"}
RISK = {"incident_days": "days a year", "stopped_days": "link-days a year", "stopped_t": "tonnes a year"}
RANGE_COLUMNS = [
    "mean",
    "error",
    "p5",
    "p5_low",
    "p5_high",
    "p25",
    "p50",
    "p50_low",
    "p50_high",
    "p75",
    "p95",
    "p95_low",
    "p95_high",
    "worlds",
    "points",
    "undefined",
    "parameters_share",
    "parameters_low",
    "parameters_high",
]
GROWTH_COLUMNS = ["of", "name", "arm", "window_years", "metric", "unit", "base_t", "is_small", *RANGE_COLUMNS]
JOURNEY_COLUMNS = [
    "outcome",
    "of",
    "name",
    "unit",
    "year",
    "arm",
    "p5",
    "p50",
    "p95",
    "mean",
    "change_mean",
    "change_p5",
    "change_p50",
    "change_p95",
    "worlds",
]
FLOW_COLUMNS = ["arm", "link", "without_t", "with_t"]


def windows_of(plan: Plan) -> tuple[int, ...]:
    """Full years after which growth is told: those of the claims and the usual ones, as far as the horizon goes."""
    asked = {window for claim in plan.claims for window in claim.window_years}
    return tuple(sorted(window for window in {*asked, *WINDOWS, plan.years} if window <= plan.years))


def denominators(plan: Plan, names: Iterable[str]) -> tuple[str, ...]:
    """The home country, its pairs and the cuts that the results hold trade of, in the order of the catalogue, those of claims
    first after the home country."""
    known = dict.fromkeys(of for metric, of, _ in map(split_name, names) if metric in ("trade_usd", "trade_t"))
    claimed = [of for claim in plan.claims for of in claim.of]
    told = [of for of in known if ">" not in of or of in claimed]
    home = plan.case.info.home
    return tuple(dict.fromkeys([of for of in (home, *claimed, *told) if of in known]))


def range_row(frame: pd.DataFrame, plan: Plan) -> dict[str, object]:
    """One range as the columns of a table; frame: point, replication, value."""
    most = independent_points(plan)
    found: Range = estimate(frame, most, own_chance=plan.seeds == "own")
    known = defined(frame)
    row: dict[str, object] = {"mean": found.mean, "error": found.error}
    for name, part in (("p5", found.p5), ("p50", found.median), ("p95", found.p95)):
        row |= {name: part.value, f"{name}_low": part.low, f"{name}_high": part.high}
    row |= {"p25": quantile_of(known, 0.25, most).value, "p75": quantile_of(known, 0.75, most).value}
    row |= {"worlds": found.worlds, "points": found.points, "undefined": found.undefined}
    split = found.split
    parts = (math.nan,) * 3 if split is None else (split.parameters.value, split.parameters.low, split.parameters.high)
    return row | dict(zip(("parameters_share", "parameters_low", "parameters_high"), parts, strict=True))


def growth_table(plan: Plan, outcomes: pd.DataFrame, base_year: Mapping[str, float]) -> pd.DataFrame:
    """Growth of trade by denominator, window and arm: a year, in level and with the trend (shares), and the gain in tonnes.

    Where trade of a base is below 50 kt a year (``is_small``) the tonnes are what to read. Cuts are told in tonnes alone.
    """
    rows: list[dict[str, object]] = []
    for of in denominators(plan, [name for name in outcomes.columns if ":" in name]):
        for window in windows_of(plan):
            tonnes = outcome_name("trade_t", of, window)
            if tonnes not in outcomes:
                continue
            base_t = float(outcomes.loc[outcomes["arm"] == WITHOUT, tonnes].mean())
            head = {
                "of": of,
                "name": row_name(plan.case, of),
                "window_years": window,
                "base_t": base_t,
                "is_small": of.startswith(_CUT) or not base_t >= SMALL_BASE_T,
            }
            for arm in [arm.name for arm in plan.arms if (outcomes["arm"] == arm.name).any()]:
                frames = _growth_frames(outcomes, of, window, arm, base_year)
                rows += [
                    {**head, "arm": arm, "metric": metric.value, "unit": unit, **range_row(frame, plan)}
                    for metric, unit, frame in frames
                ]
    return pd.DataFrame(rows, columns=GROWTH_COLUMNS)


def _growth_frames(
    outcomes: pd.DataFrame, of: str, window: int, arm: str, base_year: Mapping[str, float]
) -> list[tuple[Metric, str, pd.DataFrame]]:
    frames = [(Metric.GAIN, "t", paired(outcomes, Metric.GAIN, "trade_t", of, window, arm))]
    if outcome_name("trade_usd", of, window) not in outcomes:
        return frames
    has_base = base_year.get(f"trade_usd:{of}", 0.0) > 0.0
    metrics = [metric for metric in GROWTH_METRICS if has_base or metric is not Metric.GROSS_GROWTH_PER_YEAR]
    return frames + [
        (metric, "share", paired(outcomes, metric, "trade_usd", of, window, arm, WITHOUT, base_year))
        for metric in metrics
    ]


def growth_names(plan: Plan, names: Iterable[str]) -> list[str]:
    """The outcomes that :func:`growth_table` reads."""
    known = list(names)
    wanted = {
        outcome_name(metric, of, window)
        for metric in ("trade_usd", "trade_t")
        for of in denominators(plan, known)
        for window in windows_of(plan)
    }
    return [name for name in known if name in wanted]


# ---------------------------------------------------------------------------------------------------------- time, cost, risk
def journey_names(plan: Plan, names: Iterable[str]) -> list[str]:
    """The outcomes that :func:`journey_table` reads: of the last year, of the home country, its pairs, and the measure."""
    home, pairs = plan.case.info.home, {f"{a}-{b}" for a, b in plan.case.info.pairs}
    wanted = {(metric, of) for metric in JOURNEY for of in {home, *pairs}}
    wanted |= {(metric, MEASURE) for metric in RISK} | {("days_p95", home), ("days_median", home)}
    found = [name for name in names if split_name(name)[:2] in wanted and split_name(name)[2] == str(plan.years)]
    return sorted(found, key=lambda name: (name.split(":")[1] != home, name.split(":")[1] == MEASURE))


def changes_table(plan: Plan, outcomes: pd.DataFrame, names: Sequence[str], units: Mapping[str, str]) -> pd.DataFrame:
    """Level of each outcome in each arm and, against the paired world without, its change as a share.

    p5, p50, p95, mean: of the level; change_*: of each pair's own change. ``worlds``: those with a number.
    """
    rows: list[dict[str, object]] = []
    wide = {arm: frame.set_index(_KEYS) for arm, frame in outcomes.groupby("arm", sort=False)}
    for name in names:
        outcome, of, year = split_name(name)
        head = {
            "outcome": outcome,
            "of": of,
            "name": row_name(plan.case, of),
            "unit": units.get(outcome, ""),
            "year": int(year),
        }
        for arm in [WITHOUT, *(arm.name for arm in plan.arms)]:
            if arm not in wide:
                continue
            level = wide[arm][name]
            change = (
                level / wide[WITHOUT][name].where(lambda base: base > 0.0) - 1.0 if WITHOUT in wide else level * np.nan
            )
            rows.append(
                {**head, "arm": arm, **_spread(level), **_spread(change, "change_"), "worlds": int(level.notna().sum())}
            )
    return pd.DataFrame(rows, columns=JOURNEY_COLUMNS)


def _spread(values: pd.Series, prefix: str = "") -> dict[str, float]:
    known = values.to_numpy(dtype=np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return {f"{prefix}{name}": math.nan for name in ("p5", "p50", "p95", "mean")}
    p5, p50, p95 = (float(q) for q in np.quantile(known, (0.05, 0.5, 0.95)))
    return {f"{prefix}p5": p5, f"{prefix}p50": p50, f"{prefix}p95": p95, f"{prefix}mean": float(known.mean())}


def best_case(outcomes: pd.DataFrame, arm: str) -> tuple[str, str, float] | None:
    """The pair of places whose fastest route, whatever its mode, gains most days as a share: from, to and the median change.

    None where no pair has a route in both worlds. outcomes: with the columns ``fastest_days``.
    """
    columns = [name for name in outcomes.columns if name.startswith("fastest_days:")]
    both = [outcomes[outcomes["arm"] == name].set_index(_KEYS)[columns] for name in (arm, WITHOUT)]
    index = both[0].index.intersection(both[1].index)
    if not columns or not len(index):
        return None
    pairs = pd.Series([split_name(name)[1].partition("/")[0] for name in columns], index=columns)
    with_, without = (frame.loc[index].T.groupby(pairs, sort=False).min() for frame in both)
    change = (with_ / without.where(without > 0.0) - 1.0).median(axis=1).dropna()
    if change.empty:
        return None
    best = str(change.idxmin())
    start, _, end = best.partition(">")
    return start, end, float(change.min())


# ---------------------------------------------------------------------------------------------------------- network
def flow_table(plan: Plan, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Tonnes by link in the last year, mean over the pairs of each arm: arm, link, without_t, with_t."""
    columns = [name for name in outcomes.columns if name.startswith("link_t:")]
    by_arm = {arm: frame.set_index(_KEYS)[columns] for arm, frame in outcomes.groupby("arm", sort=False)}
    frames = []
    for arm in [arm.name for arm in plan.arms if arm.name in by_arm and WITHOUT in by_arm]:
        pairs = by_arm[arm].index.intersection(by_arm[WITHOUT].index)
        with_, without = (by_arm[name].loc[pairs].mean() for name in (arm, WITHOUT))
        links = [split_name(name)[1] for name in columns]
        frames.append(
            pd.DataFrame({"arm": arm, "link": links, "without_t": without.to_numpy(), "with_t": with_.to_numpy()})
        )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=FLOW_COLUMNS)
