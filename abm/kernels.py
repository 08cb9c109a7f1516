"""The one way this project compiles a kernel.

Compiled code is kept in a cache that is keyed by the source of the whole package, the numba version and the CPU, because
numba alone does not notice that a *callee* in another file has changed and would run the stale caller.
"""

import hashlib
import os
import platform
from collections.abc import Callable
from pathlib import Path

from importlib.metadata import version


def _source_digest(package: Path) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    digest.update(version("numba").encode())
    digest.update(platform.machine().encode() + platform.processor().encode())
    return digest.hexdigest()


def cache_directory() -> Path:
    """Folder of the compiled kernels that belong to exactly this source (``CARAVAN_CACHE_DIR`` moves its parent)."""
    home = os.environ.get("CARAVAN_CACHE_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache"), "caravan"
    )
    return Path(home) / "kernels" / _source_digest(Path(__file__).parent)


os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_directory()))

import numba  # noqa: E402  (the cache folder must be named before numba is imported)


def kernel[F: Callable[..., object]](function: F) -> F:
    """Compile ``function`` with numba: cached, without the interpreter lock, exact floating point."""
    compiled: F = numba.njit(cache=True, nogil=True, fastmath=False)(function)
    return compiled
