"""Where the tables of this case lie; reading and writing are as in the build of the other region."""

from pathlib import Path

from experiments.build_south_caucasus import tables_io

CASE = Path(__file__).resolve().parents[2] / "abm" / "cases" / "russia_pakistan"
INPUTS = CASE / "inputs"

Row = dict[str, str]

number, text, sources, write = tables_io.number, tables_io.text, tables_io.sources, tables_io.write


def read(name: str, folder: Path = INPUTS) -> list[Row]:
    """Rows of one CSV file as texts, stripped."""
    return tables_io.read(name, folder)
