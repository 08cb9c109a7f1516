"""A sweep that nobody played: points of a plan's design, and outcomes made from formulas, for tests of the report on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from abm.network.arcs import Floats
from abm.study.design import points
from abm.study.manifest import sweep_manifest
from abm.study.outcomes import catalogue_of, split_name
from abm.study.plan import WITHOUT, Friction, Plan
from abm.study.records import Failure, Record, Result
from abm.study.store import Store
from abm.study.task import tasks_of

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_RUN_COLUMNS = [
    "key",
    "point",
    "replication",
    "arm",
    "seed",
    "status",
    "error",
    "attempts",
    "cpu_s",
    "wall_s",
    "finished",
]


@dataclass(frozen=True)
class MadeSweep:
    """A :class:`abm.study.findings.Sweep`. Trade grows with the first factor of the plan where friction is lifted, and a little
    where it is not; days fall by a tenth; everything else stays about where it is.

    lift: growth a year at the top of the first factor's range. errors: of runs that failed, by (point, arm).
    """

    plan: Plan
    lift: float = 0.3
    played: int | None = None
    errors: Mapping[tuple[int, str], str] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def points(self) -> pd.DataFrame:
        """As the design has them."""
        return pd.DataFrame(points(self.plan), columns=[row.name for row in self.plan.factors]).rename_axis("point")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the plan's catalogue."""
        return catalogue_of(self.plan).names

    @property
    def series_names(self) -> tuple[str, ...]:
        """Of the plan's catalogue."""
        return catalogue_of(self.plan).series_names

    @property
    def base_year(self) -> Mapping[str, float]:
        """Of the plan's catalogue."""
        return catalogue_of(self.plan).base_year

    def counts(self) -> Mapping[str, int]:
        """Of those asked for."""
        status = self.runs()["status"]
        found = {name: int((status == name).sum()) for name in ("done", "failed")}
        asked = len(replace(self, played=None).runs()) if self.played is not None else len(status)
        return {**found, "open": asked - len(status)}

    def runs(self) -> pd.DataFrame:
        """Every run, failed ones with their error."""
        rows = []
        for point, replication, arm in self._keys():
            error = self.errors.get((point, arm), "")
            seed = self.plan.first_seed + point + replication * len(self.points)
            status = "failed" if error else "done"
            rows.append(
                (f"k{point}-{replication}-{arm}", point, replication, arm, seed, status, error, 1, 1.0, 1.0, "")
            )
        return pd.DataFrame(rows, columns=_RUN_COLUMNS)

    def outcomes(self, names: Sequence[str] | None = None, arms: Sequence[str] | None = None) -> pd.DataFrame:
        """One row a run that is done."""
        runs = self.runs()
        kept = runs[(runs["status"] == "done") & runs["arm"].isin(list(runs["arm"]) if arms is None else list(arms))]
        kept = kept[["point", "replication", "arm", "seed"]].reset_index(drop=True)
        columns = {name: self._values(name, kept) for name in (self.names if names is None else names)}
        return pd.concat([kept, pd.DataFrame(columns, index=kept.index)], axis=1)

    def fan(self, series: str, arms: Sequence[str] | None = None) -> pd.DataFrame:
        """Quantiles of a month's share of the last year's trade."""
        metric, of = series.split(":")
        name = f"{metric}:{of}:{self.plan.years}"
        runs = self.outcomes([name] if name in self.names else [self.names[0]], arms)
        months = np.arange(1, 12 * self.plan.years + 1)
        frames = []
        for arm, frame in runs.groupby("arm"):
            final = frame.iloc[:, 4].to_numpy() / 12.0
            found = np.quantile(final[:, None] * (0.9 + 0.1 * months / months[-1]), _QUANTILES, axis=0)
            frames.append(
                pd.DataFrame(
                    {
                        "arm": arm,
                        "month": months,
                        **{f"p{100 * q:g}": row for q, row in zip(_QUANTILES, found, strict=True)},
                    }
                )
            )
        return (
            pd.concat(frames, ignore_index=True)
            if frames
            else pd.DataFrame(columns=["arm", "month", "p5", "p25", "p50", "p75", "p95"])
        )

    def keep(self, folder: Path) -> Path:
        """Written as a sweep's folder."""
        manifest, rng = sweep_manifest(self.plan), np.random.default_rng(1)
        tasks = [run for task in tasks_of(self.plan) for run in task.runs]
        done = self.outcomes()
        values = dict(
            zip(
                done[["point", "replication", "arm"]].itertuples(index=False, name=None),
                done[list(self.names)].to_numpy(dtype=np.float64),
                strict=True,
            )
        )
        results: list[Result] = []
        for run in tasks:
            place = (run.point, run.replication, run.arm)
            error = self.errors.get((run.point, run.arm))
            if error:
                results.append(Failure(run, error))
            elif place in values:
                series = 100.0 + rng.random((12 * self.plan.years, len(self.series_names)))
                results.append(Record(run, values[place], series, 1.0, 1.0))
        with Store.create(folder, manifest) as store:
            store.ask(tasks)
            store.add(results)
        return folder

    def _keys(self) -> list[tuple[int, int, str]]:
        plan, n = self.plan, len(self.points)
        most = n if self.played is None else self.played
        wanted = {WITHOUT: n, **{arm.name: arm.points or n for arm in plan.arms}}
        return [
            (point, replication, arm)
            for point in range(min(n, most))
            for replication in range(plan.replications + (point < plan.repeated_points))
            for arm, last in sorted(wanted.items())
            if point < last
        ]

    def _values(self, name: str, runs: pd.DataFrame) -> Floats:
        metric, of, year = split_name(name)
        base = self.base_year.get(f"{metric}:{of}", 50.0 + 10.0 * (len(name) % 7))
        x = self._first(runs)
        noise = np.random.default_rng([len(name), int(year)]).normal(
            size=int(runs["point"].max()) + 1 if len(runs) else 0
        )
        shared = noise[runs["point"].to_numpy(dtype=np.int64)] if len(runs) else noise
        chance = 0.002 * np.sin(runs["replication"].to_numpy() * 37.0 + shared)
        frictions = {arm.name: 1.0 if arm.friction is Friction.PRIOR else 0.1 for arm in self.plan.arms} | {
            WITHOUT: 0.0
        }
        lifts = runs["arm"].map(frictions).to_numpy(dtype=np.float64)
        if metric.startswith("trade"):
            return np.asarray(base * (1.01 + lifts * (self.lift * x + chance)) ** int(year) * (1.0 + 0.01 * shared))
        if metric in ("days", "fastest_days", "wait_h"):
            return np.asarray(base / 10.0 * (1.0 - 0.1 * np.sign(lifts) * (1.0 + chance)) * (1.0 + 0.1 * shared))
        return np.asarray(base * (1.0 + 0.2 * np.sign(lifts) * (1 + chance)) * np.exp(0.1 * shared))

    def _first(self, runs: pd.DataFrame) -> Floats:
        """Where the first factor stands in its range, 0 to 1."""
        if not self.plan.factors:
            return np.full(len(runs), 0.5)
        column = self.points[self.plan.factors[0].name].to_numpy()
        span = float(np.ptp(column)) or 1.0
        return np.asarray((column[runs["point"].to_numpy(dtype=np.int64)] - column.min()) / span)
