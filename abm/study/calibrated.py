"""Calibrated values into the ``assumptions.csv`` of a case: values, not code."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from abm.corridor.catalogue import SHARED_FOLDER, find_case, packaged
from abm.corridor.parse import read_text
from abm.corridor.tables import Assumption
from abm.errors import InputError, input_error
from abm.study.files import write_files

_FILE = "assumptions.csv"


def values_text(case: str | Path, values: Mapping[str, float]) -> str:
    """``assumptions.csv`` of a case with these values; ranges, sources and notes stay.

    An assumption that the case takes from the shared ones gets a row of its own, which stands in their place. Raises InputError
    for a name that neither has.
    """
    header, rows = _table(find_case(case) / _FILE)
    shared_header, shared = _table(SHARED_FOLDER / _FILE)
    names = header or shared_header or list(Assumption.model_fields)
    written = {row["name"]: row for row in rows}
    for name, value in values.items():
        if name not in written:
            found = next((row for row in shared if row["name"] == name), None)
            if found is None:
                raise input_error(_FILE, "has no such assumption, nor have the shared ones", value=repr(name))
            written[name] = {column: found.get(column, "") for column in names}
        written[name]["value"] = f"{value:g}"
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(written.values())
    return text.getvalue()


def refuse_packaged(folder: Path) -> None:
    """Raises InputError when ``folder`` is that of a packaged case: results written there would change it."""
    if folder.resolve() in {path.resolve() for path in packaged().values()}:
        raise input_error(str(folder), "is a packaged case: say --write to change it")


def write_values(case: str | Path, values: Mapping[str, float]) -> Path:
    """Write these values into the case's own ``assumptions.csv``, whole or not at all."""
    return write_files(find_case(case), {_FILE: values_text(case, values)})[0]


def _table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Header and rows of a CSV file as written; nothing where there is no file."""
    if not path.exists():
        return [], []
    text, problems = read_text(path, path.name)
    if text is None:
        raise InputError(problems)
    reader = csv.DictReader(io.StringIO(text))
    return list(reader.fieldnames or []), list(reader)
