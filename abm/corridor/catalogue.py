"""The cases that come with the package, and where a case that the user names lies."""

from pathlib import Path

from abm.errors import input_error, nearest

CASES_FOLDER = Path(__file__).resolve().parent.parent / "cases"
SHARED_FOLDER = CASES_FOLDER / "shared"
HISTORY_FOLDER = CASES_FOLDER / "history"
INFO_FILE = "case.toml"


def packaged_cases() -> dict[str, Path]:
    """Name -> folder of every packaged case; names have hyphens where folders have underscores."""
    return _cases_in(CASES_FOLDER)


def packaged_histories() -> dict[str, Path]:
    """The same of the packaged histories: small cases, each of one dated event, that ``caravan hindcast`` plays again."""
    return _cases_in(HISTORY_FOLDER)


def _cases_in(parent: Path) -> dict[str, Path]:
    folders = sorted(path.parent for path in parent.glob(f"*/{INFO_FILE}"))
    return {folder.name.replace("_", "-"): folder for folder in folders}


def packaged() -> dict[str, Path]:
    """Name -> folder of everything that comes along: names that a user's own folder may not have."""
    return packaged_cases() | packaged_histories()


def find_case(case: str | Path) -> Path:
    """Folder of a packaged case or history (by name) or of the user's own (by path). Raises InputError when there is none."""
    found = packaged()
    if isinstance(case, str) and case in found:
        return found[case]
    name = str(case)
    if not name.strip() or "\0" in name:
        raise input_error("case", "must be the name of a packaged case or a folder", value=repr(name))
    folder = Path(case).expanduser()
    try:
        if folder.is_dir():
            return folder
        exists = folder.exists()
    except OSError as error:
        raise input_error(name, f"cannot be opened: {error.strerror or error}") from error
    if exists:
        raise input_error(name, f"is a file; a case is a folder with {INFO_FILE} and its tables")
    known = ", ".join(packaged_cases())
    if histories := len(packaged_histories()):
        known += f", or of {histories} histories (caravan cases lists them)"
    raise input_error(
        "case", f"is neither a folder nor one of {known}", value=repr(name), suggestion=nearest(name, found)
    )
