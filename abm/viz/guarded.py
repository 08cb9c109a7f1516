"""A fault of the program is told in words on the page and in full on the server's terminal, never as code to a visitor."""

import logging
import traceback

import solara

logger = logging.getLogger(__name__)


@solara.component
def Guarded(children: list[solara.Element] | None = None) -> None:
    """``children``, or what to do when they have failed."""
    fault, clear = solara.use_exception()

    def tell() -> None:
        if fault is not None:
            logger.error("the page failed:\n%s", "".join(traceback.format_exception(fault)))

    solara.use_effect(tell, [fault])
    if fault is None:
        solara.Column(children=children or [], gap="0px").key("whole")  # two roots with one key would be made into one
        return
    with solara.Column(align="center", margin=10).key("fault"):
        solara.Error(
            "Something went wrong in Caravan itself; what, is told on the terminal of the server. Please report it."
        )
        solara.Button("Open the page again", on_click=clear, outlined=True)
