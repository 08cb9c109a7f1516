"""The timeline of the explorer in the browser: bars of policies that are dragged, typed, chosen and dropped."""

from pathlib import Path

import anywidget
import traitlets

from abm.viz.chart_widget import put_together
from abm.viz.palette import palette

_STATIC = Path(__file__).parent / "static"
#: One module for the browser, put together from these.
PARTS = ("dates.js", "timeline.js")


class TimelineWidget(anywidget.AnyWidget):
    """``spec``: :func:`abm.viz.timeline.timeline_spec`; ``event``: what was asked for last, {"n": counter, "kind": "move",
    "choose" or "drop", "id": row, "day": first day, or the day of a drop}; ``dark``: on dark ground."""

    _esm = put_together(PARTS)
    _css = _STATIC / "timeline.css"
    spec = traitlets.Dict({}).tag(sync=True)
    event = traitlets.Dict({}).tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)
    palette = traitlets.Dict(palette()).tag(sync=True)
