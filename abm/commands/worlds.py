"""Commands that run worlds: one, or paired ones with and without a measure."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
import pandas as pd
from click.core import ParameterSource
from matplotlib.figure import Figure
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from abm.commands.options import noting as noting
from abm.commands.options import parse_values as parse_values
from abm.commands.report import show_comparison
from abm.commands.report_run import show_run
from abm.commands.style import StyledCommand, console
from abm.corridor.load import load
from abm.corridor.question_file import read_question
from abm.corridor.scenario import CAST, DATES, Scenario
from abm.errors import InputError, Problem
from abm.figures.picture import png
from abm.figures.report import FIGURES, comparison_figures, run_figures
from abm.study.compare import compare as compare_worlds
from abm.study.compare import question
from abm.study.files import json_text, prepare_folder, table_text, write_files
from abm.study.single import run as run_world

_REPLAY = "The events of history happen as if this day were the opening day, instead of drawn incidents."
#: How the name of a scenario file ends.
SCENARIO_SUFFIX = ".toml"
#: Parameters of ``run`` that a scenario file answers.
_IN_THE_FILE = ("policies", "pairs", "years", "seed", "dates", "replay_from", "still")
_DATES = f"When policies come: {', '.join(DATES)} (drawn, never included; or, exploratory, agreed upon)."


def tell(problems: list[Problem], out: Path | None) -> Path | None:
    """The folder for results, made and tried out; InputError with all problems, its own among them, if there are any.

    No folder is made for a command that cannot run.
    """
    folder = None
    if out is not None and (not problems or out.exists()):
        with noting(problems):
            folder = prepare_folder(out)
    if problems:
        raise InputError(problems)
    return folder


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, so that results on standard output stay clean; silent where there is no terminal.

    It is drawn when told of progress, by the thread that tells: worker processes are forked, which no other thread would survive.
    """
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    )  # fmt: skip
    screen = console(stderr=True)
    with Progress(*columns, console=screen, transient=True, auto_refresh=False, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=total)
        bar.refresh()

        def advance(done: int) -> None:
            bar.update(task, advance=done, refresh=True)

        yield advance


def write_result(folder: Path, name: str, content: Mapping[str, object], figures: Mapping[str, Figure]) -> None:
    """One CSV per table, everything as ``<name>.json``, and the figures: all in full, then in their places.

    Figures that an earlier result left there and this one lacks are taken away.
    """
    files: dict[str, str | bytes] = {
        f"{key}.csv": table_text(table) for key, table in content.items() if isinstance(table, pd.DataFrame)
    }
    files[f"{name}.json"] = json_text(content)
    files |= {f"{key}.png": png(figure) for key, figure in figures.items()}
    write_files(folder, files, retired=[f"{key}.png" for key in FIGURES if key not in figures])


def cast_options[Command: Callable[..., object]](command: Command) -> Command:
    """Options of every command that runs worlds: when policies come, what happens, who acts."""
    for option in (
        click.option("--still", multiple=True, metavar="WHO", help=f"Who does not act: {', '.join(CAST)}."),
        click.option("--replay", "replay_from", default="", metavar="DATE", help=_REPLAY),
        click.option("--dates", default="given", show_default=True, metavar="HOW", help=_DATES),
    ):
        command = option(command)
    return command


def _said_beside(context: click.Context) -> list[Problem]:
    """Options that a scenario file answers itself: told twice, one of the answers would silently not count."""
    options = {str(option.name): option.opts[0] for option in context.command.params if option.name in _IN_THE_FILE}
    rule = "must stand in the scenario file, which says everything"
    return [
        Problem(option, rule)
        for name, option in options.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]


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
@cast_options
@click.option("--without", is_flag=True, help="Of a scenario file: play the paired world, without the measure.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write tables and figures there.")
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON to standard output.")
@click.pass_context
def run(
    context: click.Context, case: str, policies: tuple[str, ...], pairs: tuple[str, ...], years: int, seed: int, dates: str,
    replay_from: str, still: tuple[str, ...], without: bool, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Run one world of a case and tell what moves where.

    Assumptions stand at their central values unless set. CASE is a packaged name, a folder, or a scenario file whose name ends in
    .toml, as the explorer saves it: the file then says everything, and --with, --set, --years, --seed, --dates, --replay and
    --still are refused beside it. It plays the world with the measure; --without plays its paired world.
    """
    problems: list[Problem] = []
    values = parse_values(pairs, problems)
    with noting(problems):
        if case.endswith(SCENARIO_SUFFIX):
            problems += _said_beside(context)
            asked = read_question(case)
            scenario = asked.without() if without else asked.measure()
        else:
            if without:
                rule = f"needs a scenario file, whose name ends in {SCENARIO_SUFFIX}"
                problems.append(Problem("--without", rule, value=repr(case)))
            scenario = Scenario(load(case), policies, values, years, seed, False, dates, replay_from, still)
    folder = tell(problems, out)
    with progress_bar("years", scenario.years) as advance:
        result = run_world(scenario, advance)
    content = {"provenance": result.provenance, "balance": result.balance, **result.tables}
    try:
        if folder is not None:
            write_result(folder, "run", content, run_figures(result))
    finally:  # a full disk does not take away what has been found
        if as_json:
            click.echo(json_text(content), nl=False)
        else:
            show_run(result)
    if folder is not None:
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
@click.option(
    "--base", multiple=True, metavar="POLICY", help="A policy in force in both worlds; may be given several times."
)
@cast_options
@click.option("--central", is_flag=True, help="Keep assumptions at their central values: chance alone.")
@click.option("--workers", default=None, type=int, metavar="N", help="Processes; default: one per core.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write tables and figures there.")
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON to standard output.")
def compare(
    case: str, policies: tuple[str, ...], base: tuple[str, ...], seeds: int, pairs: tuple[str, ...], years: int, central: bool,
    dates: str, replay_from: str, still: tuple[str, ...], workers: int | None, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Run paired worlds with and without a measure and tell the difference.

    Growth by denominator and window, for transport alone and with friction lifted as the prior says; its split; time and cost
    from door to door; waits at borders; each with mean, 5-95 % range and Monte Carlo error. CASE is a packaged name or a folder.
    """
    problems: list[Problem] = []
    values = parse_values(pairs, problems)
    with noting(problems):
        loaded = load(case)
        question(
            loaded, policies, seeds=seeds, years=years, values=values, workers=workers, base=base, dates=dates,
            replay_from=replay_from, still=still,
        )  # fmt: skip
    folder = tell(problems, out)
    with progress_bar("paired worlds", seeds) as advance:
        result = compare_worlds(
            loaded,
            policies,
            seeds=seeds,
            years=years,
            values=values,
            central=central,
            workers=workers,
            progress=advance,
            base=base,
            dates=dates,
            replay_from=replay_from,
            still=still,
        )
    content = {"provenance": result.provenance, **result.tables}
    try:
        if folder is not None:
            write_result(folder, "comparison", content, comparison_figures(result))
    finally:  # a full disk does not take away what has been found
        if as_json:
            click.echo(json_text(content), nl=False)
        else:
            show_comparison(result)
    if folder is not None:
        click.echo(f"tables and figures are in {folder}", err=True)
