"""A case's folder into sheets: ``case.toml``, every table, and the assumptions and sources that all cases share."""

import datetime as dt
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from abm.corridor.catalogue import INFO_FILE, SHARED_FOLDER, find_case
from abm.corridor.parse import Sheet, parse_table, read_text
from abm.corridor.tables import TABLES, Case, CaseInfo, Row
from abm.corridor.wording import as_written, cell_rule
from abm.errors import Problem, nearest


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder holds, as far as it can be read: ``sheets`` maps the attribute of :class:`Case` to its rows."""

    info: CaseInfo | None
    sheets: Mapping[str, Sheet]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()

    def located[R: Row](self, kind: type[R]) -> Iterator[tuple[str, R]]:
        """(place, row) of every row of one table, by its row class."""
        sheet = self.sheets[_ATTRIBUTES[kind]]
        for place, row in zip(sheet.places, sheet.rows, strict=True):
            if isinstance(row, kind):
                yield place, row

    def keys(self, kind: type[Row]) -> frozenset[str]:
        """Every key written in one table, in a good row or a bad one."""
        return self.sheets[_ATTRIBUTES[kind]].keys


#: Row class -> attribute of Case.
_ATTRIBUTES: dict[type[Row], str] = {model: attribute for attribute, model, _, _ in TABLES.values()}


def read_case(case: str | Path) -> Reading:
    """Read a packaged case or a folder. Raises InputError only when there is no such folder."""
    folder = find_case(case)
    info, problems = read_info(folder)
    sheets: dict[str, Sheet] = {}
    for file, (attribute, model, keys, is_optional) in TABLES.items():
        path = folder / file
        if is_optional and not path.exists():
            sheets[attribute] = Sheet(file)
            continue
        sheets[attribute], faults = parse_table(path, file, model, keys[0] if keys else None)
        problems += [_with_lookalike(fault, folder) for fault in faults]
    for file in ("assumptions.csv", "emissions.csv", "sources.csv"):
        attribute, model, keys, _ = TABLES[file]
        shared, faults = parse_table(SHARED_FOLDER / file, f"shared/{file}", model, keys[0])
        problems += faults
        sheets[attribute] = _merge(sheets[attribute], shared, keys)
    strangers, warnings = _strangers(folder)
    return Reading(info, sheets, tuple(problems + strangers), tuple(warnings))


def reading_of(case: Case) -> Reading:
    """The sheets of a case that is already in memory; rows are placed by their key."""
    sheets = {}
    for file, (attribute, _, keys, _) in TABLES.items():
        rows: tuple[Row, ...] = getattr(case, attribute)
        named = keys or ("policy_id",)
        places = tuple(f"{file} {'/'.join(str(getattr(row, key)) for key in named)}" for row in rows)
        sheets[attribute] = Sheet(file, rows, places, frozenset(str(getattr(row, named[0])) for row in rows))
    return Reading(case.info, sheets, ())


def _merge(own: Sheet, shared: Sheet, keys: tuple[str, ...]) -> Sheet:
    """A case's rows, then the shared rows that it does not name itself, by one key or by several columns together."""

    def key_of(row: Row) -> str | tuple[str, ...]:
        found = tuple(str(getattr(row, key)) for key in keys)
        return found[0] if len(found) == 1 else found

    # A bad row of the case counts as its own by its key; where the key is several columns, only good rows tell it.
    named: Collection[object] = own.keys if len(keys) == 1 else {key_of(row) for row in own.rows}
    kept = [i for i, row in enumerate(shared.rows) if key_of(row) not in named]
    rows = own.rows + tuple(shared.rows[i] for i in kept)
    places = own.places + tuple(shared.places[i] for i in kept)
    return Sheet(own.file, rows, places, own.keys | shared.keys)


def read_info(folder: Path) -> tuple[CaseInfo | None, list[Problem]]:
    """``case.toml`` of a folder, or what is wrong with it."""
    text, problems = read_text(folder / INFO_FILE, INFO_FILE)
    if text is None:
        return None, problems
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{INFO_FILE}:{line.group(1)}" if line else INFO_FILE
        return None, [Problem(place, f"is not well-formed TOML: {error}")]
    start = content.get("start")
    if isinstance(start, dt.date) and not isinstance(start, dt.datetime):
        content["start"] = start.isoformat()  # TOML dates and quoted dates mean the same
    try:
        return CaseInfo.model_validate(content), []
    except ValidationError as error:
        return None, [_info_problem(fault) for fault in error.errors(include_url=False)]


def _info_problem(fault: object) -> Problem:
    """A fault of ``case.toml`` with the name of its key, such as ``cuts[0].links``."""
    found = fault if isinstance(fault, dict) else {}
    steps = [step for step in found["loc"] if not (isinstance(step, str) and step.startswith("function-"))]
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    rule, suggestion = cell_rule(found, CaseInfo, field)  # type: ignore[arg-type]
    value = "" if found["type"] == "missing" else as_written(found["input"])
    return Problem(INFO_FILE, rule, field, value, suggestion)


def _with_lookalike(fault: Problem, folder: Path) -> Problem:
    """A missing file's problem, with the file of the folder that may have been meant."""
    if fault.rule != "is missing" or fault.place not in TABLES:
        return fault
    strangers = [path.name for path in folder.glob("*.csv") if path.name not in TABLES]
    return Problem(fault.place, fault.rule, suggestion=nearest(fault.place, strangers))


def _strangers(folder: Path) -> tuple[list[Problem], list[Problem]]:
    """CSV files that are not tables of a case: a problem when one looks misspelt, else a warning."""
    problems, warnings = [], []
    for path in sorted(folder.glob("*.csv")):
        if path.name in TABLES:
            continue
        meant = nearest(path.name, [file for file in TABLES if not (folder / file).exists()])
        if meant:
            problems.append(Problem(path.name, "is not a table of a case", suggestion=meant))
        else:
            warnings.append(Problem(path.name, "is not a table of a case and is not read"))
    return problems, warnings
