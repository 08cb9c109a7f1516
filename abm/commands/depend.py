"""The command that tells who depends on whom."""

from pathlib import Path

import click
import pandas as pd

from abm.commands.report_dependency import as_content, show_dependency
from abm.commands.style import StyledCommand
from abm.commands.worlds import noting, parse_values, progress_bar, tell
from abm.corridor.load import load
from abm.errors import Problem
from abm.figures.dependency import FIGURES, dependency_figures
from abm.figures.picture import png
from abm.study.dependency import Dependency, question
from abm.study.dependency import depend as depend_on
from abm.study.files import json_text, table_text, write_files


@click.command(cls=StyledCommand)
@click.argument("case")
@click.option("--country", metavar="XX", help="Whose losses rank the links; default: the home country of the case.")
@click.option(
    "--confirm",
    default=10,
    show_default=True,
    metavar="N",
    help="Close the N worst links in full worlds, too; 0: none.",
)
@click.option("--seeds", default=1, show_default=True, metavar="N", help="Pairs of full worlds for each such link.")
@click.option(
    "--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Set an assumption; may be given several times."
)
@click.option("--workers", default=None, type=int, metavar="N", help="Processes; default: one per core.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write tables and figures there.")
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON to standard output.")
def depend(
    case: str, country: str | None, confirm: int, seeds: int, pairs: tuple[str, ...], workers: int | None, out: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Tell who depends on whom.

    Way and cost of each country to the nearest port and to world markets; in whose hands its trade is; what it loses if a holder
    closes what he holds, or if one link shuts: every link in turn on the base year at rest, the worst ones in full worlds, too.
    CASE is a packaged name or a folder.
    """
    problems: list[Problem] = []
    values = parse_values(pairs, problems)
    steps = 0
    with noting(problems):
        loaded = load(case)
        asked = question(loaded, country=country, confirm=confirm, seeds=seeds, values=values, workers=workers)
        steps = asked.steps
    folder = tell(problems, out)
    with progress_bar("closings", steps) as advance:
        result = depend_on(
            loaded, country=country, confirm=confirm, seeds=seeds, values=values, workers=workers, progress=advance
        )
    try:
        if folder is not None:
            _write(folder, result)
    finally:  # a full disk does not take away what has been found
        if as_json:
            click.echo(json_text(as_content(result)), nl=False)
        else:
            show_dependency(result)
    if folder is not None:
        click.echo(f"tables and figures are in {folder}", err=True)


def _write(folder: Path, result: Dependency) -> None:
    """One CSV per table that has rows, all of it as ``dependency.json``, and the figures; what only an earlier one had goes."""
    tables: dict[str, pd.DataFrame] = {name: table for name, table in result.tables.items() if len(table)}
    figures = dependency_figures(result)
    files: dict[str, str | bytes] = {f"{name}.csv": table_text(table) for name, table in tables.items()}
    files["dependency.json"] = json_text(as_content(result))
    files |= {f"{name}.png": png(figure) for name, figure in figures.items()}
    retired = [f"{name}.csv" for name in result.tables if name not in tables]
    write_files(folder, files, retired=retired + [f"{name}.png" for name in FIGURES if name not in figures])
