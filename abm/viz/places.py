"""Places for visitors: each open page plays worlds of its own, so that their number is limited."""

import threading

import solara
from solara.server import kernel_context

from abm.viz.serving import served


class Places:
    """Who has a place: safe to use from all threads."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._lock = threading.Lock()

    def take(self, visitor: str, limit: int) -> bool:
        """Whether ``visitor`` has a place now: kept, or taken if one of ``limit`` is free."""
        with self._lock:
            if visitor not in self._taken and len(self._taken) >= limit:
                return False
            self._taken.add(visitor)
            return True

    def free(self, visitor: str) -> None:
        """Give the place of ``visitor`` back."""
        with self._lock:
            self._taken.discard(visitor)


PLACES = Places()


def use_place() -> tuple[bool, solara.Reactive[int]]:
    """Whether this page has a place until its tab closes, and a counter that asks anew when it is raised."""
    asked = solara.use_reactive(0)
    return solara.use_memo(_take, [asked.value]), asked


@solara.component
def Place(children: list[solara.Element] | None = None) -> None:
    """``children`` for a visitor who has a place; words for the others."""
    has_place, asked = use_place()
    if has_place:
        solara.Column(children=children or [], gap="0px")
        return
    limit = served().sessions
    taken = (
        "The only place of this explorer is taken" if limit == 1 else f"All {limit} places of this explorer are taken"
    )
    with solara.Column(align="center", margin=10):
        solara.Warning(f"{taken}; try later, or ask whoever started it for more (--sessions).", icon=True)
        solara.Button("Try again", on_click=lambda: asked.set(asked.value + 1), outlined=True)


def _take() -> bool:
    if not kernel_context.has_current_context():  # drawn without a server: a test, a notebook
        return True
    context = kernel_context.get_current_context()
    if not PLACES.take(context.id, served().sessions):
        return False
    context.on_close(lambda: PLACES.free(context.id))
    return True
