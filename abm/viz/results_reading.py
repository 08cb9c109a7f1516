"""A sweep as the results page shows it: what is read of its folder once, for every visitor, as it was at that moment.

Claims are judged at once, which takes a second or two; what drives a figure and what one would have to believe take longer and
are worked out for the topic that somebody looks at (:mod:`abm.viz.results_details`).
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from abm.corridor.prose import counted
from abm.figures.sweep_fan import month_days
from abm.network.arcs import Floats
from abm.study.claims import judged, needed
from abm.study.estimates import defined, outcome_name, paired
from abm.study.findings_tables import FLOW_COLUMNS, flow_table
from abm.study.outcomes import split_name
from abm.study.plan import WITHOUT, Metric, Plan
from abm.study.results import Results, open_results
from abm.study.verdicts import Verdict, verdict
from abm.viz.results_details import Details
from abm.viz.results_topics import Topic, series_of, topics_of
from abm.worlds import MEASURE

type Say = Callable[[str], None]

_KEYS = ["point", "replication"]
_LINK_T, _TRADE_T = "link_t", "trade_t"
#: Quantiles of a fan.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Fan:
    """A monthly series in an arm, in the worlds it is compared with, and the change within pairs, all over the same ``pairs``.

    with_, without, change: (5, months), rows by :data:`QUANTILES`. with_, without: tonnes a day, mean of the month, or vehicles
    at the month's end. change: share of the paired world; where one of these has nothing in a month, the difference instead, and
    ``is_share`` False.
    """

    with_: Floats
    without: Floats
    change: Floats
    is_share: bool
    pairs: int


@dataclass(frozen=True)
class Reading:
    """A sweep at one moment.

    counts: runs ``done``, ``failed`` and ``open``. pairs: of worlds by arm. outcomes: one row a finished run, the columns that
    topics need. verdicts: by the topic's id, of topics with a claim. fans: (series, arm, against) -> its fan. flows:
    :func:`abm.study.findings_tables.flow_table`. moved_t: arm -> tonnes a year over the links that open, mean over pairs.
    """

    folder: Path
    plan: Plan
    points: pd.DataFrame
    base_year: Mapping[str, float]
    counts: Mapping[str, int]
    pairs: Mapping[str, int]
    outcomes: pd.DataFrame
    topics: tuple[Topic, ...]
    verdicts: Mapping[str, Verdict]
    series: tuple[str, ...]
    fans: Mapping[tuple[str, str, str], Fan]
    flows: pd.DataFrame
    moved_t: Mapping[str, float]
    read_at: dt.datetime
    details: Details = field(repr=False, compare=False)

    @property
    def asked(self) -> int:
        """Runs that the sweep is made of."""
        return sum(self.counts.values())

    def values(self, topic: Topic) -> pd.DataFrame:
        """The topic's figure in every pair of worlds that has one: point, replication, value."""
        if topic.column not in self.outcomes:
            return pd.DataFrame({name: [] for name in (*_KEYS, "value")})
        arm, against = topic.arm.name, topic.against
        pairs = paired(self.outcomes, topic.metric, topic.outcome, topic.of, topic.window, arm, against, self.base_year)
        return defined(pairs).reset_index(drop=True)


def read(folder: Path, say: Say) -> Reading:
    """Read and judge a sweep, finished or not. ``say`` is told what is being done, in words.

    Raises InputError when the folder holds no sweep, CaravanError when it is damaged.
    """
    say("Opening the sweep")
    results = open_results(folder)
    plan, names, counts = results.plan, results.names, results.counts()
    say(f"Reading {counted(counts['done'], 'run')}")
    wanted = [name for name in dict.fromkeys(_wanted(plan, names)) if name in names]
    outcomes = results.outcomes(wanted)
    has_worlds = len(outcomes) > 0
    say(f"Judging {counted(len(plan.claims), 'claim')}" if plan.claims else "No claim to judge: comparing worlds")
    judgements = judged(plan, outcomes, results.base_year) if has_worlds else ()
    topics = topics_of(plan, judgements) if has_worlds else ()
    say("Reading the months")
    fans = _fans(results, topics) if has_worlds else {}
    say("Reading the links")
    flows = flow_table(plan, results.outcomes(_links(names))) if has_worlds else pd.DataFrame(columns=FLOW_COLUMNS)
    return Reading(
        folder=folder,
        plan=plan,
        points=results.points,
        base_year=results.base_year,
        counts=counts,
        pairs=_pairs(plan, outcomes),
        outcomes=outcomes,
        topics=topics,
        verdicts={topic.id: verdict(plan, topic.judgement) for topic in topics if topic.judgement is not None},
        series=results.series_names,
        fans=fans,
        flows=flows,
        moved_t=_moved(plan, outcomes),
        read_at=dt.datetime.now().astimezone(),
        details=Details(plan, results.points, outcomes, results.base_year, flows),
    )


def _wanted(plan: Plan, names: Sequence[str]) -> list[str]:
    measure = outcome_name(_TRADE_T, f"cut/{MEASURE}", plan.years)
    return [*needed(plan, names), *(topic.column for topic in topics_of(plan, ())), measure]


def _links(names: Sequence[str]) -> list[str]:
    return [name for name in names if split_name(name)[0] == _LINK_T]


def _pairs(plan: Plan, outcomes: pd.DataFrame) -> dict[str, int]:
    """Pairs of worlds of each arm with the one without."""
    keys = {str(arm): pd.MultiIndex.from_frame(rows[_KEYS]) for arm, rows in outcomes.groupby("arm")}
    base = keys.get(WITHOUT, pd.MultiIndex.from_tuples([], names=_KEYS))
    return {arm.name: len(keys[arm.name].intersection(base)) for arm in plan.arms if arm.name in keys}


def _moved(plan: Plan, outcomes: pd.DataFrame) -> dict[str, float]:
    column = outcome_name(_TRADE_T, f"cut/{MEASURE}", plan.years)
    if column not in outcomes:
        return {}
    found = {}
    for arm in plan.arms:
        gain = paired(outcomes, Metric.GAIN, _TRADE_T, f"cut/{MEASURE}", plan.years, arm.name)["value"].mean()
        if np.isfinite(gain):
            found[arm.name] = float(gain)
    return found


# ---------------------------------------------------------------------------------------------------------- months
def _fans(results: Results, topics: Sequence[Topic]) -> dict[tuple[str, str, str], Fan]:
    """Of every series that goes with a topic, in every arm that a topic is in."""
    wanted: dict[str, dict[tuple[str, str], None]] = {}
    for topic in topics:
        name, _ = series_of(results.plan, topic, results.series_names)
        if name:
            wanted.setdefault(name, {})[topic.arm.name, topic.against] = None
    found = {}
    for name, sides in wanted.items():
        which, values = results.series(name)
        for arm, against in sides:
            fan = fan_of(which, values, arm, against, per_day=split_name(f"{name}:0")[0] == _TRADE_T)
            if fan is not None:
                found[name, arm, against] = fan
    return found


def fan_of(which: pd.DataFrame, values: Floats, arm: str, against: str, *, per_day: bool) -> Fan | None:
    """Fans of an arm and of the worlds it is compared with, over their pairs; None without a pair.

    which: point, replication, arm of each row of values (runs, months). per_day: values are sums of months, told a day.
    """
    index = {name: pd.MultiIndex.from_frame(which.loc[which["arm"] == name, _KEYS]) for name in (arm, against)}
    shared = index[arm].intersection(index[against])
    if not len(shared) or not values.size:
        return None
    rows = {name: np.flatnonzero((which["arm"] == name).to_numpy()) for name in index}
    with_, without = (values[rows[name][index[name].get_indexer(shared)]] for name in (arm, against))
    days = month_days(pd.Series(np.arange(1, values.shape[1] + 1))) if per_day else np.ones(values.shape[1])
    is_share = bool((without > 0.0).all())
    change = with_ / without - 1.0 if is_share else (with_ - without) / days
    q = [np.quantile(part, QUANTILES, axis=0) for part in (with_ / days, without / days, change)]
    return Fan(q[0], q[1], q[2], is_share, len(shared))
