"""Commands that run worlds: one, or paired ones with and without a measure."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from abm.commands.report import show_comparison
from abm.commands.report_run import show_run
from abm.commands.style import StyledCommand, console
from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.errors import InputError, Problem
from abm.figures.report import comparison_figures, run_figures
from abm.figures.save import save
from abm.study.compare import compare as compare_worlds
from abm.study.single import run as run_world
from abm.study.store import json_text, plain, prepare_folder, table_text, write_files


def parse_values(pairs: tuple[str, ...]) -> dict[str, float]:
    """``NAME=VALUE`` options as a mapping. Raises InputError with every one that is not a name and a number."""
    values: dict[str, float] = {}
    problems = []
    for pair in pairs:
        name, equals, text = pair.partition("=")
        try:
            number = float(text)
        except ValueError:
            number = None
        if not equals or not name or number is None:
            problems.append(Problem("--set", "must be NAME=VALUE with a number", value=pair))
        elif name in values:
            problems.append(Problem("--set", "sets the same name twice", value=pair))
        else:
            values[name] = number
    if problems:
        raise InputError(problems)
    return values


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Progress]:
    """A bar on standard error, so that results on standard output stay clean; silent where there is no terminal."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(*columns, console=console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        bar.add_task(title, total=total)
        yield bar


@click.command(cls=StyledCommand)
@click.argument("case")
@click.option(
    "--with", "policies", multiple=True, metavar="POLICY", help="A policy of the case; may be given several times."
)
@click.option(
    "--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Set an assumption; may be given several times."
)
@click.option("--years", default=5, show_default=True, metavar="N", help="Years from the opening day.")
@click.option("--seed", default=1, show_default=True, metavar="N", help="Seed of every draw.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write tables and figures there.")
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON to standard output.")
def run(
    case: str, policies: tuple[str, ...], pairs: tuple[str, ...], years: int, seed: int, out: Path | None, as_json: bool
) -> None:
    """Run one world of a case and tell what moves where.

    Assumptions stand at their central values unless set. CASE is a packaged name or a folder.
    """
    scenario = Scenario(load(case), policies, parse_values(pairs), years, seed)
    folder = prepare_folder(out) if out is not None else None
    with progress_bar("years", years) as bar:
        result = run_world(scenario, lambda done: bar.advance(bar.task_ids[0], done))
    tables = {
        "trade": result.trade,
        "modes": result.modes,
        "times": result.times,
        "waits": result.waits,
        "flows": result.flows,
    }
    content = {"provenance": result.provenance, "balance": result.balance, **tables}
    if as_json:
        click.echo(json_text(content), nl=False)
    else:
        show_run(result)
    if folder is not None:
        write_files(
            folder,
            {f"{name}.csv": table_text(table) for name, table in tables.items()} | {"run.json": json_text(content)},
        )
        for name, figure in run_figures(result).items():
            save(figure, folder / f"{name}.png")
        click.echo(f"tables and figures are in {folder}", err=True)


@click.command(cls=StyledCommand)
@click.argument("case")
@click.option(
    "--with", "policies", multiple=True, required=True, metavar="POLICY", help="The measure; several make one measure."
)
@click.option(
    "--seeds", default=8, show_default=True, metavar="N", help="Paired worlds; each draws chance and assumptions."
)
@click.option(
    "--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Fix an assumption; may be given several times."
)
@click.option("--years", default=5, show_default=True, metavar="N", help="Years from the opening day.")
@click.option("--central", is_flag=True, help="Keep assumptions at their central values: chance alone.")
@click.option("--workers", default=None, type=int, metavar="N", help="Processes; default: one per core.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write tables and figures there.")
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON to standard output.")
def compare(
    case: str, policies: tuple[str, ...], seeds: int, pairs: tuple[str, ...], years: int, central: bool, workers: int | None,
    out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Run paired worlds with and without a measure and tell the difference.

    Growth by denominator and window, for transport alone and with friction lifted as the prior says; its split; time and cost
    from door to door; waits at borders; each with mean, 5-95 % range and Monte Carlo error. CASE is a packaged name or a folder.
    """
    loaded = load(case)
    folder = prepare_folder(out) if out is not None else None
    with progress_bar("paired worlds", seeds) as bar:
        result = compare_worlds(
            loaded, policies, seeds=seeds, years=years, values=parse_values(pairs), central=central, workers=workers,
            progress=lambda done: bar.advance(bar.task_ids[0], done),
        )  # fmt: skip
    content = {"provenance": result.provenance, **result.tables}
    if as_json:
        click.echo(json_text(content), nl=False)
    else:
        show_comparison(result)
    if folder is not None:
        files = {f"{name}.csv": table_text(table) for name, table in result.tables.items()}
        write_files(folder, files | {"comparison.json": json_text(plain(content))})
        for name, figure in comparison_figures(result).items():
            save(figure, folder / f"{name}.png")
        click.echo(f"tables and figures are in {folder}", err=True)
