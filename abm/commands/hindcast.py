"""The command that plays dated events of the past again and scores them."""

from pathlib import Path

import click

from abm.commands.report_hindcast import as_content, show_fitted, show_hindcast
from abm.commands.style import StyledCommand
from abm.commands.worlds import noting, parse_values, progress_bar, tell
from abm.errors import Problem
from abm.figures.hindcast import hindcast_figure
from abm.figures.inline import svg
from abm.figures.picture import png
from abm.study.calibrate import most_sets
from abm.study.files import json_text, table_text, write_files
from abm.study.hindcast import Hindcast, question, read_histories
from abm.study.hindcast import hindcast as play_histories
from abm.study.hindcast_fitted import EVALUATIONS, Fitted, fit_half, fitted_question, scored_twice

_FIGURE = "hindcast"


@click.command(cls=StyledCommand)
@click.argument("histories", nargs=-1, metavar="[HISTORY]...")
@click.option("--seeds", default=3, show_default=True, metavar="N", help="Pairs of worlds for each history.")
@click.option(
    "--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Set an assumption; may be given several times."
)
@click.option("--calibrate", is_flag=True, help="Fit shared assumptions to one half, and score both before and after.")
@click.option(
    "--fit", "names", multiple=True, metavar="NAME", help="With --calibrate: what to fit; may be given several times."
)
@click.option(
    "--evaluations", default=None, type=int, metavar="N",
    help=f"With --calibrate: sets of values to try at most; default: {EVALUATIONS}.",
)  # fmt: skip
@click.option("--workers", default=None, type=int, metavar="N", help="Processes; default: one per core.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write tables and figures there.")
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON to standard output.")
def hindcast(
    histories: tuple[str, ...], seeds: int, pairs: tuple[str, ...], calibrate: bool, names: tuple[str, ...],
    evaluations: int | None, workers: int | None, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Play dated events of the past again and score them.

    Each target is measured with the event and without, and held against its tolerance and two naive rivals: that nothing changes,
    and that everybody takes the cheapest way left at once. HISTORY is a packaged history (caravan cases lists them) or the folder
    of a case with an event and its targets; default: all packaged ones.
    """
    problems: list[Problem] = []
    values = parse_values(pairs, problems)
    if calibrate and pairs:
        problems.append(Problem("--set", "must not stand beside --calibrate, which finds values"))
    if names and not calibrate:
        problems.append(Problem("--fit", "needs --calibrate"))
    if evaluations is not None and not calibrate:
        problems.append(Problem("--evaluations", "needs --calibrate"))
    tried = EVALUATIONS if evaluations is None else evaluations
    n_worlds = n_sets = 0
    with noting(problems):
        cases = read_histories(histories)
        n_worlds = seeds * len(cases)
        if calibrate:
            rows = fitted_question(cases, names, seeds=seeds, evaluations=tried, workers=workers)
            n_sets = most_sets(len(rows), tried)
        else:
            question(cases, values, seeds=seeds, workers=workers)
    folder = tell(problems, out)
    if calibrate:
        with progress_bar("sets of values, at most", n_sets) as advance:
            found = fit_half(cases, fit=names, seeds=seeds, evaluations=tried, workers=workers, progress=advance)
        with progress_bar("pairs of worlds", 2 * n_worlds) as advance:
            fitted = scored_twice(cases, found, workers=workers, progress=advance)
        _finish(folder, fitted.after, fitted, as_json=as_json)
        return
    with progress_bar("pairs of worlds", n_worlds) as advance:
        result = play_histories(cases, seeds=seeds, values=values, workers=workers, progress=advance)
    _finish(folder, result, None, as_json=as_json)


def _finish(folder: Path | None, result: Hindcast, fitted: Fitted | None, *, as_json: bool) -> None:
    """Files, then the report: a full disk does not take away what has been found."""
    try:
        if folder is not None:
            _write(folder, result, fitted)
    finally:
        if as_json:
            click.echo(json_text(as_content(result, fitted)), nl=False)
        elif fitted is not None:
            show_fitted(fitted)
        else:
            show_hindcast(result)
    if folder is not None:
        click.echo(f"tables and figures are in {folder}", err=True)


def _write(folder: Path, result: Hindcast, fitted: Fitted | None) -> None:
    """One CSV per table, everything as hindcast.json, the figure as PNG and SVG; tables of a calibration beside those of the
    histories as they were before it, whose names end in _before."""
    tables = dict(result.tables)
    if fitted is not None:
        tables |= {f"{name}_before": table for name, table in fitted.before.tables.items()}
        tables |= {f"calibration_{name}": table for name, table in fitted.calibration.tables.items()}
    files: dict[str, str | bytes] = {f"{name}.csv": table_text(table) for name, table in tables.items()}
    files[f"{_FIGURE}.json"] = json_text(as_content(result, fitted))
    drawn = {_FIGURE: result} | ({f"{_FIGURE}_before": fitted.before} if fitted is not None else {})
    for name, told in drawn.items():
        figure = hindcast_figure(told)
        files |= {f"{name}.png": png(figure), f"{name}.svg": svg(figure, name)}
    write_files(folder, files, retired=[name for name in _OF_A_FIT if name not in files])


#: Files that only a calibration writes.
_OF_A_FIT = (
    *(f"{name}_before.csv" for name in ("targets", "histories", "halves")),
    *(f"calibration_{name}.csv" for name in ("fit", "values", "sensitivity")),
    f"{_FIGURE}_before.png",
    f"{_FIGURE}_before.svg",
)
