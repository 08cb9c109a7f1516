"""Writes a figure so that a reader sees the whole picture or the one before, never half of one."""

import errno
import io
import os
import tempfile
from pathlib import Path

from matplotlib.figure import Figure

from abm.errors import CaravanError, input_error
from abm.figures.style import DPI, settings

_FULL = {errno.ENOSPC, errno.EDQUOT}


def save(figure: Figure, path: Path | str, *, dpi: int = DPI) -> Path:
    """Write ``figure`` as PNG to ``path``, which is replaced in one step once everything is on the disk.

    Raises InputError when the folder cannot be made or written, CaravanError when the disk is full or fails; an earlier picture
    at ``path`` is then untouched. Returns the path.
    """
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=".png")
    except OSError as error:
        if error.errno in _FULL:
            raise _failed(target, error) from error
        raise input_error(str(target.parent), f"must be a folder that can be written ({reason(error)})") from error
    half = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(png(figure, dpi=dpi))
            stream.flush()
            os.fsync(stream.fileno())
        half.chmod(0o666 & ~_umask())
        half.replace(target)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise CaravanError(
            f"{target}: the figure could not be written ({reason(error)}); nothing earlier was lost"
        ) from error
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    return target


def png(figure: Figure, *, dpi: int = DPI) -> bytes:
    """``figure`` as the bytes of a PNG file."""
    stream = io.BytesIO()
    with settings():
        figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": None})
    return stream.getvalue()


def _failed(target: Path, error: OSError) -> CaravanError:
    return CaravanError(f"{target}: the figure could not be written ({reason(error)}); nothing earlier was lost")


def reason(error: OSError) -> str:
    """What the system says, in small letters: ``no space left on device``."""
    return (error.strerror or str(error)).lower()


def _umask() -> int:
    """The permissions this process takes away; temporary files are private, pictures need not be."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
