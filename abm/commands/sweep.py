"""The command that plays an experiment's plan."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.live import Live
from rich.text import Text

from abm.commands.style import StyledCommand, console
from abm.corridor.prose import first_of
from abm.study.design import n_points
from abm.study.plan import Plan
from abm.study.plan_file import read_plan
from abm.study.results import Results
from abm.study.runner import n_cores
from abm.study.sweep import OUT, Standing
from abm.study.sweep import sweep as play_sweep
from abm.study.task import n_runs

#: Where nobody watches, a line so often, in seconds; the first one comes sooner.
_LINE_S, _FIRST_LINE_S = 60.0, 10.0
#: Estimates of what is left are told once so many runs are done.
_ENOUGH_TO_TELL = 2
#: What a shell expects of a command that Ctrl-C ended.
_INTERRUPTED = 130
_MINUTE_S, _HOUR_S = 60.0, 3600.0
#: Factors that are named before a sweep begins.
_MOST_FACTORS = 6


@click.command(cls=StyledCommand)
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--workers", default=None, type=int, metavar="N", help="Processes; default: one per core.")
@click.option("--cluster", default="", metavar="ADDRESS", help="Play on this Dask cluster: address or scheduler file.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="The sweep's folder; default: out/<plan>.")
@click.option("--points", default=None, type=int, metavar="N", help="Only the first N points: a try-out.")
@click.option("--retry-failed", is_flag=True, help="Play runs that failed before once more.")
def sweep(
    plan: Path, workers: int | None, cluster: str, out: Path | None, points: int | None, retry_failed: bool
) -> int:  # fmt: skip
    """Play every run that an experiment's plan asks for, and keep each the moment it ends.

    PLAN is a folder with plan.toml, or the file. A sweep that was stopped, by Ctrl-C or by a crash, goes on where it was: give
    the same command again. Runs that are done are never repeated; one that failed is kept with its error.
    """
    asked = read_plan(plan)
    folder = OUT / asked.name if out is None else out
    _say(_opening(asked, folder, f"cluster {cluster}" if cluster else _counted(workers or n_cores(), "worker")))
    if points is not None:
        _say(f"only the first {_counted(points, 'point')} for now")
    last: list[Standing] = []
    try:
        with _showing() as show:

            def progress(standing: Standing) -> None:
                last[:] = [standing]
                show(standing)

            results = play_sweep(
                asked,
                folder,
                workers=workers,
                cluster=cluster,
                points=points,
                retry_failed=retry_failed,
                progress=progress,
                tell=_say,
            )
    except KeyboardInterrupt:
        _say(_farewell(last))
        return _INTERRUPTED
    _say(_closing(last[-1], results, folder))
    return 0


def _say(line: str) -> None:
    click.echo(line, err=True)


def _opening(plan: Plan, folder: Path, where: str) -> str:
    points, arms = n_points(plan), 1 + len(plan.arms)
    names = [factor.name for factor in plan.factors]
    shown = first_of(names, _MOST_FACTORS)
    return (
        f"{plan.title}\n"
        f"{_counted(n_runs(plan), 'run')}: {_counted(points, 'point')} ({plan.design.kind.value}), {_counted(arms, 'arm')}, "
        f"{_counted(plan.years, 'year')}, case {plan.case.info.name}\n"
        f"{_counted(len(names), 'factor')}: {shown}\n"
        f"{where}; results go to {folder}"
    )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


@contextmanager
def _showing() -> Iterator[Callable[[Standing], None]]:
    """Shows how far it is: one line that changes on a terminal, else a plain line now and then; both on standard error."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    with Live(console=console(stderr=True), transient=True, auto_refresh=False) as live:
        yield lambda standing: live.update(Text(status(standing)), refresh=True)


class _Lines:
    """A plain line now and then, where nobody watches."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _FIRST_LINE_S

    def __call__(self, standing: Standing) -> None:
        if time.monotonic() >= self._next:
            _say(status(standing))
            self._next = time.monotonic() + _LINE_S


def status(standing: Standing) -> str:
    """How far a sweep is, in one line: share, rate, time left, failures."""
    played = standing.done + standing.failed
    wanted = played + standing.kept + standing.left
    share = (played + standing.kept) / wanted if wanted else 1.0
    parts = [f"{played + standing.kept:,} of {wanted:,} runs, {share:.0%}"]
    if played >= _ENOUGH_TO_TELL and standing.elapsed_s > 0.0:
        a_second = played / standing.elapsed_s
        parts += [f"{a_second * _MINUTE_S:,.1f} a minute", f"about {span(standing.left / a_second)} left"]
    if standing.kept:
        parts.append(f"{standing.kept:,} from before")
    if standing.spared:
        parts.append(f"{standing.spared:,} needless")
    parts.append(f"{standing.failed:,} failed")
    return "; ".join(parts)


def span(seconds: float) -> str:
    """A stretch of time in words."""
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    return f"{int(seconds // _HOUR_S)} h {seconds % _HOUR_S / _MINUTE_S:.0f} min"


def _farewell(last: list[Standing]) -> str:
    kept = f"{last[-1].kept + last[-1].done:,} runs are kept; " if last else ""
    return f"stopped: {kept}the same command goes on from here"


def _closing(last: Standing, results: Results, folder: Path) -> str:
    played = f"{_counted(last.done, 'run')} played in {span(last.elapsed_s)}"
    parts = [played, *([f"{last.kept:,} from before"] if last.kept else [])]
    parts += [f"{last.spared:,} needless by the rule to stop"] if last.spared else []
    runs = results.runs()
    failed = runs[runs["status"] == "failed"]
    lines = ["; ".join(parts)]
    if len(failed):
        lines.append(f"{_counted(len(failed), 'run')} failed, first: {failed['error'].iloc[0]}")
        lines.append("`--retry-failed` plays these again")
    return "\n".join([*lines, f"results are in {folder}: caravan report {folder}"])
