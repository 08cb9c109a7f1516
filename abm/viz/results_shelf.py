"""Readings of sweeps, shared by all visitors of one server: a folder is read once, and again only when somebody asks for it."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from abm.errors import CaravanError, InputError
from abm.study.results import open_results
from abm.viz.results_reading import Reading, Say, read


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a folder cannot be shown, a sentence each."""

    title: str
    words: tuple[str, ...]


class Shelf:
    """Readings by folder. Visitors who come while a folder is being read wait for the same reading."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._busy: dict[Path, Lock] = {}
        self._readings: dict[Path, Reading] = {}

    def known(self, folder: Path) -> Reading | None:
        """The reading of a folder if there is one."""
        return self._readings.get(folder.absolute())

    def take(self, folder: Path, say: Say, *, fresher_than: Reading | None = None) -> Reading | Trouble:
        """The reading of a folder; where it is ``fresher_than`` itself, a new one, but only if the sweep has grown since."""
        place = folder.absolute()
        with self._lock:
            mine = self._busy.setdefault(place, Lock())
        say("Waiting for the sweep to be read")
        with mine:
            try:
                return self._taken(place, folder, say, fresher_than)
            except InputError as error:
                return Trouble("This folder holds no results", tuple(str(problem) for problem in error.problems))
            except CaravanError as error:
                return Trouble("These results cannot be read", (str(error),))

    def _taken(self, place: Path, folder: Path, say: Say, old: Reading | None) -> Reading:
        kept = self._readings.get(place)
        if kept is not None and (kept is not old or _counts(folder) == kept.counts):
            return kept
        found = read(folder, say)
        self._readings[place] = found
        return found


def _counts(folder: Path) -> dict[str, int]:
    return open_results(folder).counts()


#: Of this server.
SHELF = Shelf()
