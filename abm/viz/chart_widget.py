"""The charts of the explorer in the browser: small cards of two worlds, one crosshair over all, a menu of what is shown."""

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from abm.viz.charts import DEFAULT_CHARTS
from abm.viz.palette import palette

_STATIC = Path(__file__).parent / "static"
#: One module for the browser, put together from these.
PARTS = ("unpack.js", "dates.js", "charts_scale.js", "charts_draw.js", "charts.js")


def put_together(parts: tuple[str, ...]) -> str:
    """One module of JavaScript from files of the static folder, in their order."""
    return "\n".join((_STATIC / part).read_text(encoding="utf-8") for part in parts)


class ChartsWidget(anywidget.AnyWidget):
    """``spec``: :func:`abm.viz.charts.chart_specs`; ``data``: :func:`abm.viz.charts.chart_data`; ``chosen``: identifiers of the
    charts that are shown (the browser's menu sets it); ``dark``: on dark ground."""

    _esm = put_together(PARTS)
    _css = _STATIC / "charts.css"
    spec: traitlets.List[dict[str, Any]] = traitlets.List([]).tag(sync=True)
    data = traitlets.Bytes(b"").tag(sync=True)
    chosen = traitlets.List(list(DEFAULT_CHARTS)).tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)
    palette = traitlets.Dict(palette()).tag(sync=True)
