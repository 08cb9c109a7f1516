"""``caravan calibrate``: fit assumptions to what was measured, and say what the measurements can and cannot tell."""

from pathlib import Path

import click

from abm.commands.report_calibration import show_calibration
from abm.commands.style import StyledCommand
from abm.commands.worlds import noting, progress_bar, tell
from abm.corridor.load import load
from abm.errors import Problem
from abm.study.calibrate import calibrate as calibrate_case
from abm.study.calibrate import question
from abm.study.calibrated import refuse_packaged, values_text, write_values
from abm.study.files import json_text, table_text, write_files


@click.command(cls=StyledCommand)
@click.argument("case")
@click.option(
    "--fit", "names", multiple=True, metavar="NAME",
    help="An assumption to fit; may be given several times. Default: choice, learning, freight rates, mode penalties.",
)  # fmt: skip
@click.option(
    "--seeds", default=2, show_default=True, metavar="N", help="Worlds of every set of values; all sets share them."
)
@click.option("--evaluations", default=60, show_default=True, metavar="N", help="Sets of values tried, about.")
@click.option("--workers", default=None, type=int, metavar="N", help="Processes; default: one per core.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write tables and assumptions.csv there.")
@click.option("--write", "is_sure", is_flag=True, help="Write the values into the case's own assumptions.csv.")
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON to standard output.")
def calibrate(
    case: str, names: tuple[str, ...], seeds: int, evaluations: int, workers: int | None, out: Path | None, is_sure: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Fit assumptions to the targets of a case, within their ranges.

    Targets are the rows of targets.csv: those whose use is fit are fitted, those held back judge the result. Only values change,
    never ranges; a value that no target moves stays. CASE is a packaged name or a folder.
    """
    problems: list[Problem] = []
    with noting(problems):
        loaded = load(case)
        rows = question(loaded, names, seeds=seeds, evaluations=evaluations, workers=workers)
    if out is not None and not is_sure:
        with noting(problems):
            refuse_packaged(out)
    folder = tell(problems, out)
    with progress_bar("sets of values", evaluations + 2 * len(rows)) as advance:
        result = calibrate_case(
            loaded, fit=names, seeds=seeds, evaluations=evaluations, workers=workers, progress=advance
        )
    content = {
        "provenance": result.provenance, "sum_before": result.sum_before, "sum_after": result.sum_after,
        "evaluations": result.evaluations, **result.tables,
    }  # fmt: skip
    try:
        if folder is not None:
            files: dict[str, str | bytes] = {f"{name}.csv": table_text(table) for name, table in result.tables.items()}
            files |= {"calibration.json": json_text(content), "assumptions.csv": values_text(case, result.found)}
            write_files(folder, files)
        if is_sure:
            click.echo(f"values are in {write_values(case, result.found)}", err=True)
    finally:  # a full disk does not take away what has been found
        if as_json:
            click.echo(json_text(content), nl=False)
        else:
            show_calibration(result)
    if folder is not None:
        click.echo(f"tables and assumptions.csv are in {folder}", err=True)
