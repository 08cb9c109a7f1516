"""The one way this project compiles a kernel.

Compiled code is kept in a cache that is keyed by source, because numba alone looks only at the file of the kernel itself: it does
not notice that a *callee* in another file has changed and would run the stale caller. The key covers every module that holds a
kernel and every module of the package that such a module imports; an edit elsewhere compiles nothing again. The CPU is part of
numba's own index within the folder.
"""

import hashlib
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numba

_log = logging.getLogger(__name__)

_IMPORT = re.compile(r"^\s*(?:from|import)\s+([A-Za-z_][\w.]*)", re.MULTILINE)
_KEPT_FOLDERS = 16
_KEPT_DAYS = 7.0
_SMALLEST_FREE_BYTES = 64 * 2**20


def _kernel_sources(package: Path) -> dict[str, bytes]:
    """Path within ``package`` -> text of each module that holds a kernel, and of those it imports, however far."""
    texts = {path.relative_to(package).as_posix(): path.read_bytes() for path in package.rglob("*.py")}
    found: dict[str, bytes] = {}
    marker = f"{package.name}.kernels".encode()
    waiting = [name for name, text in texts.items() if marker in text or name == "kernels.py"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = texts[name]
        for module in _IMPORT.findall(texts[name].decode("utf-8", "replace")):
            root, _, rest = module.partition(".")
            if root == package.name and rest:
                stem = rest.replace(".", "/")
                # ``from abm.rules import cost``: which module of a package is meant does not matter, take them all.
                waiting.extend(other for other in texts if other == f"{stem}.py" or other.startswith(f"{stem}/"))
    return found


def source_digest(package: Path) -> str:
    """16 hexadecimal digits for the kernels of ``package`` (a folder) and the numba that compiles them."""
    digest = hashlib.blake2b(version("numba").encode(), digest_size=8)
    for name, text in sorted(_kernel_sources(package).items()):
        digest.update(f"\0{name}\0{len(text)}\0".encode())
        digest.update(text)
    return digest.hexdigest()


def cache_parent() -> Path:
    """Folder of all kernel caches; ``CARAVAN_CACHE_DIR`` moves it, else the user's cache folder holds it."""
    chosen = os.environ.get("CARAVAN_CACHE_DIR")
    if chosen:
        return Path(chosen) / "kernels"
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(home) / "caravan" / "kernels"


def usable_cache(parent: Path, digest: str) -> Path | None:
    """The folder ``parent / digest``, made and tried; None where nothing can be written or the disk is nearly full."""
    folder = parent / digest
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            os.utime(folder)  # marks the folder as in use, see forget_old
        if shutil.disk_usage(folder).free < _SMALLEST_FREE_BYTES:
            return None
    except OSError:
        return None
    return folder


def forget_old(parent: Path, keep: Path) -> None:
    """Drop the caches of sources long gone: all but the newest 16 that nobody has used for a week."""
    try:
        folders = sorted(
            (entry for entry in parent.iterdir() if entry != keep), key=lambda entry: -entry.stat().st_mtime
        )
        old = [entry for entry in folders[_KEPT_FOLDERS:] if time.time() - entry.stat().st_mtime > _KEPT_DAYS * 86_400]
    except OSError:  # another process tidies up at the same moment
        return
    for entry in old:
        shutil.rmtree(entry, ignore_errors=True)


def _find_cache() -> Path | None:
    folder = usable_cache(cache_parent(), source_digest(Path(__file__).parent))
    if folder is None:
        _log.warning("kernels are compiled anew in every process: cannot write to %s", cache_parent())
    else:
        forget_old(folder.parent, folder)
    return folder


_CACHE = _find_cache()


def _compile[F: Callable[..., object]](function: F, **options: bool | str) -> F:
    if _CACHE is None:
        plain: F = numba.njit(nogil=True, fastmath=False, **options)(function)
        return plain
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_CACHE)
    try:
        compiled: F = numba.njit(cache=True, nogil=True, fastmath=False, **options)(function)
    finally:
        numba.config.CACHE_DIR = before
    return compiled


def kernel[F: Callable[..., object]](function: F) -> F:
    """Compile ``function`` with numba: cached, without the interpreter lock, exact floating point.

    The cache folder is handed to numba for this one function. An environment variable would be too late once numba is imported,
    would move the caches of other packages, and child processes that run another source would inherit it.
    """
    return _compile(function)


def kernel_loop[F: Callable[..., object]](function: F) -> F:
    """A kernel that works in place on many arrays: it may neither allocate nor return arrays.

    Without reference counts (measured on the event loader: 1,870 ns an event with them, 440 without). Division by zero gives inf.
    """
    return _compile(function, _nrt=False, error_model="numpy")


def kernel_part[F: Callable[..., object]](function: F) -> F:
    """A part of a :func:`kernel_loop`, compiled *into* it: a call would copy the addresses of all arrays (440 -> 105 ns)."""
    return _compile(function, _nrt=False, error_model="numpy", forceinline=True)
