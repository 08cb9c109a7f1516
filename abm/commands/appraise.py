"""``caravan appraise``: is a project worth it, to whom, and what one would have to believe."""

from collections.abc import Mapping
from pathlib import Path

import click

from abm.commands.report_appraisal import show_appraisal
from abm.commands.style import StyledCommand
from abm.commands.worlds import noting, parse_values, progress_bar, tell
from abm.corridor.load import load
from abm.errors import Problem
from abm.figures.appraisal import accounts_figure
from abm.figures.picture import png
from abm.study.appraisal import Appraisal, project_question
from abm.study.appraisal import appraise as appraise_project
from abm.study.files import json_text, table_text, write_files


def _content(result: Appraisal) -> Mapping[str, object]:
    head = {"provenance": result.provenance, "project": result.project.model_dump(mode="json")}
    return {**head, "rate": result.rate, "horizon_years": result.horizon_years, **result.tables}


def _write(folder: Path, result: Appraisal) -> None:
    files: dict[str, str | bytes] = {f"{name}.csv": table_text(table) for name, table in result.tables.items()}
    files["appraisal.json"] = json_text(_content(result))
    write_files(folder, {**files, "appraisal.png": png(accounts_figure(result))})


@click.command(cls=StyledCommand)
@click.argument("case")
@click.option("--project", required=True, metavar="NAME", help="A project of the case.")
@click.option(
    "--base", multiple=True, metavar="POLICY", help="A policy in force with and without it; may be given several times."
)
@click.option(
    "--seeds", default=8, show_default=True, metavar="N", help="Paired worlds; each draws chance and assumptions."
)
@click.option("--years", default=5, show_default=True, metavar="N", help="Simulated years; then the trend goes on.")
@click.option("--rate", default=None, type=float, metavar="R", help="Real discount rate a year, such as 0.06.")
@click.option(
    "--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Fix an assumption; may be given several times."
)
@click.option("--central", is_flag=True, help="Keep assumptions at their central values: chance alone.")
@click.option("--workers", default=None, type=int, metavar="N", help="Processes; default: one per core.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write tables and a figure there.")
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON to standard output.")
def appraise(
    case: str, project: str, base: tuple[str, ...], seeds: int, years: int, rate: float | None, pairs: tuple[str, ...],
    central: bool, workers: int | None, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Appraise a project: what it costs, when it is built, who gains and who pays, and whether it is worth it.

    Paired worlds with and without the project's policy, their accounts carried on over its years of operation and discounted.
    CASE is a packaged name or a folder.
    """
    problems: list[Problem] = []
    values = parse_values(pairs, problems)
    if rate is not None and "discount_rate" in values:
        problems.append(Problem("--rate", "is set twice, by --rate and by --set discount_rate", value=f"{rate:g}"))
    elif rate is not None:
        values["discount_rate"] = rate
    asked = {"seeds": seeds, "years": years, "workers": workers}
    with noting(problems):
        loaded = load(case)
        project_question(loaded, project, values=values, central=central, base=base, **asked)
    folder = tell(problems, out)
    with progress_bar("paired worlds", seeds) as advance:
        result = appraise_project(
            loaded, project, seeds=seeds, years=years, workers=workers, values=values, central=central, base=base,
            progress=advance,
        )  # fmt: skip
    try:
        if folder is not None:
            _write(folder, result)
    finally:  # a full disk does not take away what has been found
        if as_json:
            click.echo(json_text(_content(result)), nl=False)
        else:
            show_appraisal(result)
    if folder is not None:
        click.echo(f"tables and a figure are in {folder}", err=True)
