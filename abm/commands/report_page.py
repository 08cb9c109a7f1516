"""The report on a sweep: one page that needs nothing else, its figures and its tables."""

from pathlib import Path

import click

from abm.commands.style import StyledCommand
from abm.errors import CaravanError
from abm.figures.inline import svg
from abm.figures.page import pictures_of, render
from abm.figures.picture import png
from abm.figures.sweep_sections import sweep_page
from abm.figures.sweep_trade import claims_picture
from abm.study.files import prepare_folder, table_text, write_files
from abm.study.findings import FAILED, findings
from abm.study.results import open_results

PAGE = "report.html"
#: Tables and figures of a report begin so, beside the files of the sweep itself.
_FOLDER = "report"


@click.command(cls=StyledCommand)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE_OR_DIR", help="Where to write; default: DIR/report."
)
@click.option("--no-tables", is_flag=True, help="Leave the CSV tables out.")
def report(folder: Path, out: Path | None, no_tables: bool) -> None:
    """Tell what a sweep has found: one HTML page, its figures as PNG and SVG, its tables as CSV.

    DIR is the folder of a sweep, finished or not. The page stands alone: send it, print it. With a FILE that ends in .html the
    page gets that name, and the rest stands beside it.
    """
    results = open_results(folder)
    target = folder / _FOLDER if out is None else out
    place, name = (target.parent, target.name) if target.suffix.lower() in (".html", ".htm") else (target, PAGE)
    prepare_folder(place)
    found = findings(results)
    page = sweep_page(found)
    files: dict[str, str | bytes] = {name: render(page)}
    for picture in [*filter(None, [claims_picture(found)]), *pictures_of(page)]:
        figure = picture.titled()
        files |= {f"{picture.name}.png": png(figure), f"{picture.name}.svg": svg(figure, picture.name)}
    if not no_tables:
        files |= {f"{table}.csv": table_text(frame) for table, frame in found.tables.items()}
    write_files(place, files)
    click.echo(f"the report is {place / name}", err=True)
    if (found.runs["status"] == FAILED).all():
        raise CaravanError(f"{folder}: every run failed; the report tells how")
