"""The command that makes a case's network of a file that another program has written."""

import shlex
from collections.abc import Iterable
from pathlib import Path

import click
from rich.text import Text

from abm.commands.options import noting
from abm.commands.style import StyledCommand, console
from abm.corridor.importers.case_folder import Written, write_case
from abm.corridor.importers.geojson import FIELDS, read_geojson
from abm.corridor.importers.gmns import read_gmns
from abm.corridor.importers.network import SNAP_KM, ImportedNetwork, Told, told
from abm.corridor.prose import counted
from abm.corridor.wording import as_written
from abm.errors import InputError, Problem, nearest

GMNS, GEOJSON = "gmns", "geojson"


@click.command("import", cls=StyledCommand)
@click.argument("kind", metavar="gmns|geojson", type=click.Choice([GMNS, GEOJSON]))
@click.argument("source", metavar="SOURCE")
@click.option("--into", metavar="DIR", required=True, help="Folder of the case: a new one, or one to write links into.")
@click.option("--country", metavar="XX", default="", help="Country of every node that names none.")
@click.option("--mode", "modes", metavar="[WORD=]MODE", multiple=True,
              help="road, rail, sea or skip: of links with this word, or of all that say nothing known.")  # fmt: skip
@click.option("--gauge", type=int, help="Gauge of railways that name none: 1435, 1520 or 1676 mm.")
@click.option("--speed", "speeds", metavar="MODE=KMH", multiple=True, help="Commercial speed of links without one.")
@click.option(
    "--rate", "rates", metavar="MODE=USD", multiple=True, help="Freight rate per tonne-km of links without one."
)
@click.option("--property", "properties", metavar="COLUMN=NAME", multiple=True,
              help="GeoJSON: the property that holds a column, such as link_id=osm_id.")  # fmt: skip
@click.option("--tolerance", metavar="KM", type=click.FloatRange(0.0, 50.0),
              help=f"GeoJSON: ends of lines this near are one node (default {SNAP_KM:g} km).")  # fmt: skip
@click.option("--replace", is_flag=True, help="Write nodes.csv and links.csv over those that stand in DIR.")
def import_case(
    kind: str, source: str, into: str, country: str, modes: tuple[str, ...], gauge: int | None, speeds: tuple[str, ...],
    rates: tuple[str, ...], properties: tuple[str, ...], tolerance: float | None, replace: bool,
) -> None:  # fmt: skip
    """Make a network of GMNS tables or GeoJSON lines.

    SOURCE is a folder with node.csv and link.csv (GMNS 0.96), or a GeoJSON file of lines, with points that name places.
    Writes nodes.csv and links.csv into DIR, and lays out the other tables when DIR is new: caravan check DIR then tells what
    is missing. Nothing is invented: what neither the file nor an option says stays empty.

    Words for roads, railways and ferries are known (motorway, truck, rail, ferry ...), walks and cycle ways are skipped; --mode
    says it for others. The exit code is 2 when anything is wrong, and then nothing is written.
    """
    problems: list[Problem] = []
    said = Told()
    with noting(problems):
        said = told(country, modes, gauge, speeds, rates)
    renamed = _renamed(properties, problems)
    if kind == GMNS:
        unread = [("--property", renamed), ("--tolerance", tolerance is not None)]
        problems += [Problem(option, "is for geojson alone") for option, is_given in unread if is_given]
    if problems:
        raise InputError(problems)
    if kind == GMNS:
        network = read_gmns(source, said)
    else:
        snap = SNAP_KM if tolerance is None else tolerance
        network = read_geojson(source, said, properties=renamed, tolerance_km=snap)
    _tell(into, network, write_case(network, into, Path(source).resolve().name, replace=replace))


def _renamed(pairs: Iterable[str], problems: list[Problem]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        column, equals, name = pair.partition("=")
        if not equals or not name or column not in FIELDS:
            rule = f"must be COLUMN=NAME, a column of {', '.join(FIELDS)}"
            problems.append(Problem("--property", rule, value=as_written(pair), suggestion=nearest(column, FIELDS)))
        elif column in found:
            problems.append(Problem("--property", "names the same column twice", value=as_written(pair)))
        else:
            found[column] = name
    return found


def _tell(into: str, network: ImportedNetwork, written: Written) -> None:
    screen = console()
    kinds = [link.mode.value for link in network.links]
    modes = ", ".join(f"{kinds.count(mode)} {mode}" for mode in dict.fromkeys(kinds))
    nodes, links = counted(len(network.nodes), "node"), counted(len(network.links), "link")
    screen.print(
        Text.assemble(("imported  ", "bold green"), f"{nodes} and {links} ({modes}) into {into}"), soft_wrap=True
    )
    screen.print(f"Written: {', '.join(path.name for path in written.files)}.")
    _list("Taken as given", network.notes)
    _list("To fill next", written.steps)
    screen.print("Then, as often as you like:")
    screen.print(f"  caravan check {shlex.quote(into)}", style="cyan", soft_wrap=True)


def _list(title: str, sentences: Iterable[str]) -> None:
    screen = console()
    screen.print(Text(title, style="bold"))
    for number, sentence in enumerate(sentences, start=1):
        screen.print(f"{number:>3}. {sentence}", soft_wrap=True)
