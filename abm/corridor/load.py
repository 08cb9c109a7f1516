"""``load``: a folder or a packaged name into one checked :class:`Case`, or every problem at once."""

import hashlib
from dataclasses import replace
from pathlib import Path

from abm.corridor.check import examine
from abm.corridor.folder import Reading, read_case
from abm.corridor.tables import TABLES, Case
from abm.errors import InputError


def load(case: str | Path) -> Case:
    """Read and check a case: a packaged name ('toy') or a folder.

    Raises :class:`InputError` with *all* problems of all files. Warnings do not stop a load; ``check`` tells them.
    """
    reading = read_case(case)
    report = examine(reading)
    if report.problems or reading.info is None:
        raise InputError(report.problems)
    return assemble(reading)


def assemble(reading: Reading) -> Case:
    """The case of a reading without problems, with the digest of its contents."""
    if reading.info is None:
        raise InputError(reading.problems)
    tables = {attribute: sheet.rows for attribute, sheet in reading.sheets.items()}
    made = Case(info=reading.info, **tables)  # type: ignore[arg-type]
    return replace(made, digest=digest(made))


#: Tables that no world reads (what others claim, why a warning may stand): a sweep made before they were is none the worse.
NOT_PLAYED = frozenset({"claims.csv", "explained.csv"})


def digest(case: Case) -> str:
    """32 hexadecimal digits that change when a value of a world does (not with line ends or the order of columns)."""
    state = hashlib.blake2b(case.info.model_dump_json(exclude={"partners"}).encode(), digest_size=16)
    for file, (attribute, _, _, _) in TABLES.items():
        if file in NOT_PLAYED:
            continue
        state.update(f"\n[{file}]\n".encode())
        for row in getattr(case, attribute):
            state.update(row.model_dump_json().encode() + b"\n")
    return state.hexdigest()
