"""The command that plays one run of a sweep again."""

from pathlib import Path

import click

from abm.commands.style import StyledCommand
from abm.commands.worlds import progress_bar, write_result
from abm.figures.report import run_figures
from abm.study.files import prepare_folder
from abm.study.records import Failure, Record
from abm.study.replay import Replayed, differing
from abm.study.replay import replay as play_again
from abm.study.results import Results, open_results
from abm.study.single import run as run_world

#: So many outcomes that differ are told; the others are counted.
_SHOWN = 10


@click.command(cls=StyledCommand)
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("run")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Write the world's tables there, as `run` does."
)
def replay(results: Path, run: str, out: Path | None) -> int:
    """Play one run of a sweep again and compare it, bit for bit, with what was kept.

    RESULTS is the sweep's folder. RUN is point/replication/arm, as in 12/0/without, or the first digits of a run's key. Nothing
    else is needed: the sweep's folder holds its case. Exit code 1 when the run is not what it was.
    """
    sweep = open_results(results)
    folder = None if out is None else prepare_folder(out)
    found = play_again(sweep, run)
    click.echo(_told(sweep, found))
    if folder is not None and isinstance(found.played, Record):
        with progress_bar("years", found.scenario.years) as advance:
            world = run_world(found.scenario, advance)
        content = {"provenance": world.provenance, "balance": world.balance, **world.tables}
        write_result(folder, "run", content, run_figures(world))
        click.echo(f"tables and figures are in {folder}", err=True)
    return 0 if found.is_same else 1


def _told(sweep: Results, found: Replayed) -> str:
    run = found.run
    lines = [f"run {run.key}: point {run.point}, replication {run.replication}, arm {run.arm}, seed {run.seed}"]
    lines += [f"{name} = {value:.12g}" for name, value in found.scenario.values.items()]
    if found.then != found.now:
        lines.append(f"the model was version {found.then} then, is {found.now} now")
    kept, played = found.kept, found.played
    if isinstance(kept, Failure) or isinstance(played, Failure):
        lines.append(f"then: {_outcome(kept)}")
        lines.append(f"now: {_outcome(played)}")
    elif found.is_same:
        months, n_series = played.series.shape
        lines.append(f"equal bit for bit: {played.outcomes.size} outcomes, {n_series} series of {months} months")
    else:
        rows = differing(sweep.names, kept.outcomes, played.outcomes)
        lines.append(
            f"different: {len(rows)} of {played.outcomes.size} outcomes" + (", and series" if rows.empty else "")
        )
        lines += [f"  {row.outcome}: {row.kept!r} then, {row.played!r} now" for row in rows[:_SHOWN].itertuples()]
        lines += [f"  and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else []
    return "\n".join(lines)


def _outcome(result: Record | Failure) -> str:
    return f"failed with {result.error}" if isinstance(result, Failure) else "ended as it should"
