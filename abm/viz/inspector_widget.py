"""The inspector's card in the browser: words, facts of both worlds, small charts, tables that lead on, and a search by name."""

from pathlib import Path

import anywidget
import traitlets

from abm.viz.palette import palette

_STATIC = Path(__file__).parent / "static"


class InspectorWidget(anywidget.AnyWidget):
    """``card``: :func:`abm.viz.inspector_card.payload`; ``query``: what is typed into the search; ``found``: its finds, [{kind,
    id, title, word}]; ``chosen``: {"kind", "id"} of what is shown; the browser sets query and chosen. ``dark``: on dark ground.

    The browser writes all text as text: nothing that a case holds is ever read as markup.
    """

    _esm = _STATIC / "inspector.js"
    _css = _STATIC / "inspector.css"
    card = traitlets.Dict({}).tag(sync=True)
    query = traitlets.Unicode("").tag(sync=True)
    found: traitlets.List[dict[str, str]] = traitlets.List([]).tag(sync=True)
    chosen = traitlets.Dict({}).tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True)
    palette = traitlets.Dict(palette()).tag(sync=True)
