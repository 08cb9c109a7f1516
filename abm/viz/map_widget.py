"""The live map as a widget: what it is given, what it tells, and the script that draws it (static/map*.js, joined in order)."""

from pathlib import Path

import anywidget
import traitlets

from abm.viz.chart_widget import put_together

_STATIC = Path(__file__).parent / "static"
#: Parts of the script in the order in which they are joined to one module; the last one exports it.
PARTS = (
    "unpack.js",
    "map_view.js",
    "map_scene.js",
    "map_tracks.js",
    "map_base.js",
    "map_links.js",
    "map_marks.js",
    "map_labels.js",
    "map_movers.js",
    "map_words.js",
    "map_pick.js",
    "map_legend.js",
    "map_input.js",
    "map_frame.js",
    "map_state.js",
    "map.js",
)
#: Milliseconds between two frames at the first play speed; sets how fast consignments move from one frame to the next.
STEP_MS = 100


class MapWidget(anywidget.AnyWidget):
    """The map of a pair of worlds.

    Given: ``scene`` (packed by :func:`abm.viz.scene.scene_of`), ``frame`` (packed by :class:`abm.viz.frame.Camera`), ``dark``,
    ``step_ms`` (time between frames, over which consignments move). Given and told: ``look`` ({"colour": "mode", "delay" or
    "change", "shown": 0 without or 1 with the measure, "region": a name of the scene's or "" for the narrowest that holds the
    home country and its neighbours, "movers": bool}) and ``selected`` ({"kind": "link", "post", "node", "incident" or "",
    "id": ...}).
    """

    _esm = put_together(PARTS)
    _css = _STATIC / "map.css"
    scene = traitlets.Bytes(b"").tag(sync=True)
    frame = traitlets.Bytes(b"").tag(sync=True)
    look = traitlets.Dict({"colour": "mode", "shown": 1, "region": "", "movers": True}).tag(sync=True)
    selected = traitlets.Dict({"kind": "", "id": ""}).tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)
    step_ms = traitlets.Int(STEP_MS).tag(sync=True)
