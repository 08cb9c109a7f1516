"""What a sweep plays next: tasks that are not finished, and of repeated points no more than their rule asks for."""

import math
from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from scipy.stats import t as student

from abm.network.arcs import Floats
from abm.study.estimates import changes
from abm.study.outcomes import split_name
from abm.study.plan import WITHOUT, Plan, StopRule
from abm.study.records import Record, Result, Task

#: Half of what lies outside a 95 % interval.
_TAIL = 0.025


class Schedule:
    """Hands out tasks by point and replication, each with the runs that it still lacks.

    Under a rule to stop, a replication is handed out once those before it are settled and do not suffice: which runs a sweep
    plays depends neither on workers nor on the order in which they answer.

    n_runs: how many the plan has at most; n_kept: those that were finished before; n_spared: those that the rule made needless;
    n_left: those still to be played, as far as known. settled: keys of runs that are not to be played. named: value by key, of
    runs that are done, of the rule's outcome; place: where it stands in a record. base_year: as in
    :class:`abm.study.outcomes.Catalogue`.
    """

    def __init__(
        self, plan: Plan, tasks: Sequence[Task], settled: Collection[str], named: Mapping[str, float],
        base_year: Mapping[str, float], place: int = 0,
    ) -> None:  # fmt: skip
        self._stop, self._settled = plan.stop, set(settled)
        self._base = math.nan
        if plan.stop is not None:
            self._base = base_year.get(plan.stop.outcome.rpartition(":")[0], math.nan)
        self._place, self._values = place, dict(named)
        self._later: dict[int, deque[Task]] = {}
        self._before: dict[int, list[Task]] = {}
        self._ready: deque[Task] = deque()
        self.n_runs = sum(len(task.runs) for task in tasks)
        self.n_kept = sum(run.key in self._settled for task in tasks for run in task.runs)
        self.n_spared, self.n_left = 0, self.n_runs - self.n_kept
        # Two points may ask for the same run, by the same key: it is played once.
        self._open = Counter(run.key for task in tasks for run in task.runs if run.key not in self._settled)
        for point, mine in groupby(tasks, key=lambda task: task.point):
            self._later[point], self._before[point] = deque(mine), []
            self._release(point)

    def take(self) -> Task | None:
        """The next task, with its missing runs; None when there is none, or none before others are settled."""
        while self._ready:
            task = self._ready.popleft()
            missing = tuple(run for run in task.runs if run.key not in self._settled)
            if missing:
                return replace(task, runs=missing)
            self._release(task.point)  # another point asked for the same runs
        return None

    def note(self, results: Sequence[Result]) -> None:
        """What became of a task's runs; it may free, or spare, further replications of its point."""
        for result in results:
            self._settled.add(result.run.key)
            self.n_left -= self._open.pop(result.run.key, 0)
            if self._stop is not None and isinstance(result, Record):
                self._values[result.run.key] = float(result.outcomes[self._place])
        for point in dict.fromkeys(result.run.point for result in results):
            self._release(point)

    def _release(self, point: int) -> None:
        """Makes ready what may be played of a point now."""
        later, before = self._later[point], self._before[point]
        while later:
            if self._stop is not None and len(before) >= self._stop.at_least:
                if not all(self._is_settled(task) for task in before):
                    return
                if self._suffice(before, self._stop):
                    self._spare(later)
                    return
            task = later.popleft()
            before.append(task)
            if not self._is_settled(task):
                self._ready.append(task)

    def _spare(self, tasks: deque[Task]) -> None:
        keys = [run.key for task in tasks for run in task.runs if run.key in self._open]
        self._open.subtract(keys)
        self.n_spared += len(keys)
        self.n_left -= len(keys)
        tasks.clear()

    def _is_settled(self, task: Task) -> bool:
        return all(run.key in self._settled for run in task.runs)

    def _suffice(self, tasks: Sequence[Task], rule: StopRule) -> bool:
        """Whether the 95 % interval of the mean over these replications is narrow enough."""
        pairs = []
        for task in tasks:
            sides = {run.arm: self._values.get(run.key, math.nan) for run in task.runs}
            if rule.arm not in sides:
                return False
            pairs.append((sides[rule.arm], sides[WITHOUT]))
        with_, without = np.array(pairs).T
        years = int(split_name(rule.outcome)[2])
        values = changes(rule.metric, with_, without, years, np.full(with_.size, self._base))
        return half_width(values[~np.isnan(values)]) <= rule.half_width if _enough(values, rule) else False


def _enough(values: Floats, rule: StopRule) -> bool:
    return int((~np.isnan(values)).sum()) >= rule.at_least


def half_width(values: Floats) -> float:
    """Half of the 95 % interval of the mean of values (n,), n >= 2, by Student's t."""
    return float(student.isf(_TAIL, values.size - 1) * values.std(ddof=1) / math.sqrt(values.size))
