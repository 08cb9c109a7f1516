"""Dated events of the past played again, and scored against what was observed and against two naive rivals.

A history is a case whose policies, or whose growth of traffic, are one event, and whose targets tell what came of it. Each is
played with ``seeds`` seeds, with the event and without; both arms share the warm-up and every draw. A target is missed by so many
half-widths of its tolerance: 0 at the observed value, 1 at the end of the range on that side. A history is won when the mean miss
of the model over its targets is less than both rivals' (:mod:`abm.study.rivals`). Targets that name no event say how the base
year fits: they are left to ``caravan calibrate``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from abm.corridor.catalogue import packaged_histories
from abm.corridor.load import load
from abm.corridor.prose import first_of
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case, Target, TargetMetric, Use
from abm.errors import InputError, Problem, nearest
from abm.network.arcs import Floats
from abm.network.options import blueprint
from abm.study.compare import MAX_SEEDS
from abm.study.provenance import provenance
from abm.study.rivals import next_cheapest, no_change
from abm.study.runner import n_cores, run_seeds
from abm.study.target_metrics import measured
from abm.study.targets import played, warmed_up

#: A figure that says nothing (nothing moved) counts as missed by so many half-widths.
_NOTHING = 10.0
#: What is scored, in the order of the rows of a world's answer.
MODEL, NO_CHANGE, NEXT_CHEAPEST = "model", "no_change", "next_cheapest"
RIVALS = (NO_CHANGE, NEXT_CHEAPEST)
#: What the halves are called.
HALVES = {Use.FIT.value: "Histories that may be fitted to", Use.HELD.value: "Histories held back"}
RIGHT, WRONG, NONE = "right", "wrong", "none"
#: Most of the targets of a history.
_MOST = 0.5
#: So many rows are named in a problem.
_SHOWN = 6
#: Where a user reads what makes a case a history.
_HOW = "section 17 of a case's README tells how (caravan new writes one)"


@dataclass(frozen=True)
class Hindcast:
    """How well histories are told again.

    targets: history, use, target_id, title, metric, unit, value, low, high; model (mean over seeds), error (its Monte Carlo
    standard error), no_change, next_cheapest; is_within (the mean, of the tolerance), within_no_change, within_next_cheapest
    (the rivals), sign (of the change from the world without the event: right, wrong, or none where the observed one is too small
    to tell), and miss_model, miss_no_change, miss_next_cheapest (half-widths of the tolerance, above 0 for too much).
    histories: history, title, use, n_targets, n_within, n_signs, n_right, the mean absolute misses, beats_no_change,
    beats_next_cheapest, beats_both, skill_no_change, skill_next_cheapest (1 - miss of the model over that of the rival).
    halves: use, n_histories, n_targets, within_share, within_no_change_share, within_next_cheapest_share (of targets),
    all_within_share and most_within_share (of histories), right_share (of targets with a sign), beats_both_share,
    beats_no_change_share, beats_next_cheapest_share (of histories), and the median skills.
    """

    seeds: tuple[int, ...]
    targets: pd.DataFrame
    histories: pd.DataFrame
    halves: pd.DataFrame
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, as they are written to disk."""
        return {"targets": self.targets, "histories": self.histories, "halves": self.halves}


def hindcast(
    histories: Case | str | Path | Sequence[Case | str | Path] = (),
    *,
    seeds: int = 3,
    values: Mapping[str, float] | None = None,
    first_seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Hindcast:
    """Play histories (cases, packaged names or folders; default: all that are packaged) and score them.

    ``values`` override assumptions by name in every history that has them; all others stay at their central values. ``progress``
    is told of each pair of worlds played. Raises InputError with all problems at once.
    """
    cases = read_histories(histories)
    given = dict(values or {})
    question(cases, given, seeds=seeds, workers=workers)
    drawn = tuple(range(first_seed, first_seed + seeds))
    return scored(cases, [own_values(case, given) for case in cases], drawn, workers, progress)


def scored(
    cases: tuple[Case, ...],
    values: Sequence[Mapping[str, float]],
    seeds: tuple[int, ...],
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Hindcast:
    """Play and score histories, each with values of its own."""
    for case in cases:
        blueprint(case)  # found once here, inherited by the workers
    task = partial(_one, cases, tuple(values), seeds)
    found = run_seeds(task, range(len(cases) * len(seeds)), workers or n_cores(), progress)
    worlds = (np.array(found[first : first + len(seeds)]) for first in range(0, len(found), len(seeds)))
    targets = pd.concat(
        [target_table(case, by_seed) for case, by_seed in zip(cases, worlds, strict=True)], ignore_index=True
    )
    histories = history_table(cases, targets)
    settings = [provenance(Scenario(case, values=own), seeds) for case, own in zip(cases, values, strict=True)]
    return Hindcast(seeds, targets, histories, half_table(histories, targets), {"histories": settings})


# ---------------------------------------------------------------------------------------------------------------- what is asked
def read_histories(histories: Case | str | Path | Sequence[Case | str | Path] = ()) -> tuple[Case, ...]:
    """The histories as cases, all packaged ones if none is named. Raises InputError with the problems of all."""
    asked = [histories] if isinstance(histories, Case | str | Path) else list(histories) or list(packaged_histories())
    problems: list[Problem] = []
    cases: list[Case] = []
    for one in asked:
        try:
            cases.append(one if isinstance(one, Case) else load(one))
        except InputError as error:
            name = Path(one).resolve().name if not isinstance(one, Case) else ""
            problems += [replace(problem, place=f"{name}: {problem.place}") for problem in error.problems]
    if not asked:
        problems.append(Problem("history", "must be named: none is packaged"))
    if problems:
        raise InputError(problems)
    return tuple(cases)


def question(cases: Sequence[Case], values: Mapping[str, float], *, seeds: int, workers: int | None) -> None:
    """Raises InputError with everything that is wrong with what is asked."""
    problems = []
    if not 1 <= seeds <= MAX_SEEDS:
        problems.append(Problem("seeds", f"must be a whole number from 1 to {MAX_SEEDS}", value=str(seeds)))
    if workers is not None and workers < 1:
        problems.append(Problem("workers", "must be at least 1", value=str(workers)))
    names = [case.info.name for case in cases]
    problems += [
        Problem("history", "is named twice", value=repr(n)) for n in dict.fromkeys(names) if names.count(n) > 1
    ]
    for case in cases:
        place = f"{case.info.name}: targets.csv"
        rows = event_targets(case)
        uses = {use: [row.target_id for row in rows if row.use is use] for use in Use}
        if not rows:
            problems.append(Problem(place, f"{_nothing_to_score(case)}; {_HOW}"))
        elif all(uses.values()):
            told = "; ".join(f"{use.value} stands in {first_of(names, _SHOWN)}" for use, names in uses.items())
            problems.append(Problem(place, f"must have one use for all rows of a history, but {told}", "use"))
    known = {row.name for case in cases for row in case.assumptions}
    for name in values:
        if name not in known:
            rule = "is not an assumption of these histories"
            problems.append(Problem("value", rule, value=repr(name), suggestion=nearest(name, sorted(known))))
    for case in cases:
        try:
            Scenario(case, values=own_values(case, values))
        except InputError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise InputError(problems)


def _nothing_to_score(case: Case) -> str:
    if not case.targets:
        return "holds no row: what came of an event is a row that names its policies"
    rows = first_of([row.target_id for row in case.targets], _SHOWN)
    return (
        f"holds nothing to score: what came of an event names its policies, or another traffic, and {rows} do neither"
    )


def event_targets(case: Case) -> tuple[Target, ...]:
    """Targets that tell what came of an event: of policies, or of traffic that is not as usual."""
    return tuple(row for row in case.targets if row.policies or row.traffic != 1.0)


def own_values(case: Case, values: Mapping[str, float]) -> dict[str, float]:
    """Those of the values whose names a history has."""
    known = {row.name for row in case.assumptions}
    return {name: value for name, value in values.items() if name in known}


# ---------------------------------------------------------------------------------------------------------------- worlds
def _one(cases: tuple[Case, ...], values: tuple[Mapping[str, float], ...], seeds: tuple[int, ...], task: int) -> Floats:
    """Task ``task``: seed ``task % n_seeds`` of history ``task // n_seeds``."""
    number, seed = divmod(task, len(seeds))
    return play_history(cases[number], values[number], seeds[seed])


def play_history(case: Case, values: Mapping[str, float], seed: int) -> Floats:
    """What the model, and each rival, say of the event's targets in one seed's worlds: (3, n_targets)."""
    targets = event_targets(case)
    n = len(targets)
    asked = (*targets, *(row.undisturbed() for row in targets))
    roots = list(warmed_up(case, values, seed, asked))
    found, rival = np.full(2 * n, np.nan), np.full(n, np.nan)
    for root in roots:
        for policies in dict.fromkeys(asked[row].policies for row in root.rows):
            own = [row for row in root.rows if asked[row].policies == policies]
            world = played(root.world, policies, max(asked[row].window[1] for row in own))
            found[own] = [measured(world, asked[row]) for row in own]
    usual = np.array([no_change(row, value) for row, value in zip(targets, found[n:], strict=True)])
    for root in roots:
        for policies in dict.fromkeys(targets[row].policies for row in root.rows if row < n):
            own = [row for row in root.rows if row < n and targets[row].policies == policies]
            rival[own] = next_cheapest(root.world, [targets[row] for row in own], usual[own].tolist())
    return np.array([found[:n], usual, rival])


# ---------------------------------------------------------------------------------------------------------------- scores
def half_widths(target: Target, figure: float) -> float:
    """By how many half-widths of its tolerance, on the side where it lies, a figure misses a target; nan counts ten."""
    if not np.isfinite(figure):
        return _NOTHING
    width = target.high - target.value if figure > target.value else target.value - target.low
    return float((figure - target.value) / width)


def _is_within(target: Target, figure: float) -> bool:
    return bool(target.low <= figure <= target.high)


def sign(target: Target, figure: float, usual: float) -> str:
    """Whether the change from the world without the event goes the way that was observed; none where the observed change is less
    than half of the tolerance, or where there is nothing to compare with: a half-life has no world without its event."""
    change = target.value - usual
    if target.metric is TargetMetric.HALF_DAYS or not abs(change) >= (target.high - target.low) / 2.0:
        return NONE
    return RIGHT if (figure - usual) * change > 0.0 else WRONG


def target_table(case: Case, by_seed: Floats) -> pd.DataFrame:
    """One row a target; ``by_seed`` (n_seeds, 3, n_targets) as :func:`play_history` tells it."""
    mean = by_seed.mean(axis=0)
    n_seeds = len(by_seed)
    spread = by_seed[:, 0].std(axis=0, ddof=1) if n_seeds > 1 else np.full(mean.shape[1], np.nan)
    rows = []
    for n, target in enumerate(event_targets(case)):
        model, usual, cheapest = (float(value) for value in mean[:, n])
        rows.append(
            {
                "history": case.info.name, "use": target.use.value, "target_id": target.target_id, "title": target.title,
                "metric": target.metric.value, "unit": target.unit, "value": target.value, "low": target.low,
                "high": target.high, MODEL: model, "error": float(spread[n]) / np.sqrt(n_seeds), NO_CHANGE: usual,
                NEXT_CHEAPEST: cheapest, "is_within": _is_within(target, model),
                **{f"within_{who}": _is_within(target, at) for who, at in ((NO_CHANGE, usual), (NEXT_CHEAPEST, cheapest))},
                "sign": sign(target, model, usual),
                **{f"miss_{who}": half_widths(target, at) for who, at in zip((MODEL, *RIVALS), mean[:, n], strict=True)},
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def history_table(cases: Sequence[Case], targets: pd.DataFrame) -> pd.DataFrame:
    """One row a history, in the order given."""
    rows = []
    for case in cases:
        own = targets[targets["history"] == case.info.name]
        miss = {who: float(own[f"miss_{who}"].abs().mean()) for who in (MODEL, *RIVALS)}
        beats = {who: miss[MODEL] < miss[who] for who in RIVALS}
        rows.append(
            {
                "history": case.info.name, "title": case.info.title, "use": str(own["use"].iloc[0]), "n_targets": len(own),
                "n_within": int(own["is_within"].sum()), "n_signs": int((own["sign"] != NONE).sum()),
                "n_right": int((own["sign"] == RIGHT).sum()), **{f"miss_{who}": miss[who] for who in miss},
                **{f"beats_{who}": beats[who] for who in RIVALS}, "beats_both": all(beats.values()),
                **{f"skill_{who}": skill(miss[MODEL], miss[who]) for who in RIVALS},
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def skill(miss: float, rival: float) -> float:
    """1 - miss over the rival's: 1 without any miss, 0 as good as the rival, below 0 worse; nan if neither misses."""
    if rival == 0.0:
        return -np.inf if miss > 0.0 else np.nan
    return 1.0 - miss / rival


def half_table(histories: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """One row for those that may be fitted to, one for those held back, as far as there are any."""
    rows = []
    for use in Use:
        own, its = histories[histories["use"] == use.value], targets[targets["use"] == use.value]
        if own.empty:
            continue
        with_sign = its[its["sign"] != NONE]
        within = own["n_within"] / own["n_targets"]
        rows.append(
            {
                "use": use.value, "n_histories": len(own), "n_targets": len(its),
                "within_share": float(its["is_within"].mean()),
                **{f"within_{who}_share": float(its[f"within_{who}"].mean()) for who in RIVALS},
                "all_within_share": float((within == 1.0).mean()),
                "most_within_share": float((within > _MOST).mean()),
                "right_share": float((with_sign["sign"] == RIGHT).mean()) if len(with_sign) else np.nan,
                **{f"{name}_share": float(own[name].mean()) for name in ("beats_both", *(f"beats_{who}" for who in RIVALS))},
                **{f"skill_{who}_median": float(own[f"skill_{who}"].median()) for who in RIVALS},
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
