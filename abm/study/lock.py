"""One sweep at a time writes a folder."""

import os
from pathlib import Path
from types import ModuleType
from typing import TextIO

from abm.errors import CaravanError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # where there are no such locks, SQLite still keeps two writers from one row
    fcntl = None

_FILE = ".lock"
#: Folders that this process writes: a lock keeps out other processes only.
_HELD: set[Path] = set()


class Lock:
    """Held until it is released or the process ends, however it ends; processes forked meanwhile do not hold it."""

    def __init__(self, folder: Path) -> None:
        """Takes the lock. Raises CaravanError when another sweep holds it, and tells which process."""
        self._folder = folder.resolve()
        if self._folder in _HELD:
            raise CaravanError(f"{folder}: this process is writing a sweep there already")
        path = self._folder / _FILE
        self._stream: TextIO = path.open("a+", encoding="utf-8")
        try:
            if fcntl is not None:
                fcntl.lockf(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._stream.seek(0)
            holder = self._stream.read().strip()
            self._stream.close()
            who = f" (process {holder})" if holder else ""
            raise CaravanError(
                f"{folder}: another sweep is writing there{who}; wait for it, or give another folder"
            ) from error
        self._stream.truncate(0)
        self._stream.write(str(os.getpid()))
        self._stream.flush()
        _HELD.add(self._folder)

    def release(self) -> None:
        """Lets others in."""
        _HELD.discard(self._folder)
        self._stream.close()
