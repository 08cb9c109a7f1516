"""Results on disk: every file is complete or absent, and an earlier result is replaced only by a whole new one."""

import json
import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

from abm.corridor.replacing import replacing
from abm.errors import CaravanError, input_error


def prepare_folder(folder: Path | str) -> Path:
    """Make the folder and try it out *before* anything long is run. Raises InputError when it cannot be written."""
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise input_error(str(target), f"must be a folder that can be written ({reason})") from error
    return target


def write_files(folder: Path, contents: Mapping[str, str | bytes], retired: Iterable[str] = ()) -> list[Path]:
    """Write files side by side: all of them in full first, then each takes its place. Text is written as UTF-8.

    ``retired``: files of an earlier result that this one does not have; they go once the new ones stand, so that nobody reads two
    results as one. Raises CaravanError when the disk is full or fails; each file is then whole, as it was or new.
    """
    try:
        with replacing(*(folder / name for name in contents)) as halves:
            for half, content in zip(halves, contents.values(), strict=True):
                with _kept(half) as stream:
                    stream.write(content.encode("utf-8") if isinstance(content, str) else content)
        for name in retired:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CaravanError(f"{folder}: results could not be written ({reason}); nothing earlier was lost") from error
    return [folder / name for name in contents]


@contextmanager
def _kept(path: Path) -> Iterator[BinaryIO]:
    """A new file that everybody may read, to be written; on the disk once the block has ended."""
    with path.open("xb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
    path.chmod(0o644)


def table_text(table: pd.DataFrame) -> str:
    """A table as CSV with enough digits to be read back without loss."""
    return str(table.to_csv(index=False, lineterminator="\n"))


def write_table(path: Path, table: pd.DataFrame) -> None:
    """A table as a CSV file, whole or not at all, however long.

    Raises InputError for a place that cannot be written, CaravanError when the disk is full.
    """
    prepare_folder(path.parent)
    try:
        with replacing(path) as (half,), _kept(half) as stream:
            table.to_csv(stream, index=False, lineterminator="\n")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CaravanError(f"{path}: could not be written ({reason}); nothing earlier was lost") from error


def json_text(content: Any) -> str:
    """Standard JSON: numbers that are not finite become null, tables become lists of records."""
    return json.dumps(plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def plain(content: Any) -> Any:
    """The same content in the types that JSON knows."""
    if isinstance(content, pd.DataFrame):
        return [plain(row) for row in content.to_dict(orient="records")]
    if isinstance(content, Mapping):
        return {str(key): plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [plain(value) for value in content]
    if hasattr(content, "tolist"):  # numpy's scalars and arrays
        return plain(content.tolist())
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
