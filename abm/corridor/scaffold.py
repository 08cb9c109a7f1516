"""``scaffold``: the start of a user's own case, a copy of the toy case with a README on how to change it."""

import re
from pathlib import Path

from abm.corridor.catalogue import INFO_FILE, SHARED_FOLDER, packaged, packaged_cases
from abm.corridor.tables import TABLES
from abm.errors import CaravanError, input_error

_MODEL_CASE = "toy"
_GUIDE = "new_case.md"


def scaffold(folder: str | Path) -> Path:
    """Write a copy of the toy case into ``folder``, which must not exist or be empty, and return its path.

    Raises InputError for a folder that cannot be used, CaravanError when writing fails.
    """
    target = Path(folder).expanduser()
    _refuse(str(folder), target)
    source = packaged_cases()[_MODEL_CASE]
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in (file for file in TABLES if (source / file).exists()):
            (target / file).write_bytes((source / file).read_bytes())
        (target / "README.md").write_bytes((SHARED_FOLDER / _GUIDE).read_bytes())
        info = (source / INFO_FILE).read_text(encoding="utf-8")
        named = info.replace(f'name = "{_MODEL_CASE}"', f'name = "{_case_name(target)}"', 1)
        (target / INFO_FILE).write_text(named, encoding="utf-8")  # last: a folder without it is not yet a case
    except OSError as error:
        raise CaravanError(f"{target}: cannot be written: {error.strerror or error}") from error
    return target


def _refuse(written: str, target: Path) -> None:
    if not written.strip() or "\0" in written:
        raise input_error("DIR", "must be the name of a folder", value=repr(written))
    if written in packaged():
        rule = f"is the name of a packaged case: 'caravan check {written}' would mean that one"
        raise input_error("DIR", rule, value=repr(written), suggestion=f"my-{written}")
    try:
        if target.exists() and not target.is_dir():
            raise input_error("DIR", "is a file", value=repr(written))
        if target.is_dir() and any(target.iterdir()):
            raise input_error("DIR", "is not empty: nothing is overwritten", value=repr(written))
    except OSError as error:
        raise input_error("DIR", f"cannot be used: {error.strerror or error}", value=repr(written)) from error


def _case_name(target: Path) -> str:
    """The folder's name as an identifier."""
    name = re.sub(r"[^A-Za-z0-9_.\-]+", "-", target.resolve().name).strip("-._")
    return name[:64] or "my-case"
