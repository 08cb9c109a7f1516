"""Keep, load and hand on a scenario: all in the visitor's browser, so that no file of the server is touched."""

from pathlib import Path

import anywidget
import traitlets

_STATIC = Path(__file__).parent / "static"
#: Longest file that is taken, characters: a scenario is some hundreds.
LONGEST = 200_000


class ShareWidget(anywidget.AnyWidget):
    """Buttons: save ``text`` as ``name``; load a file into ``loaded`` ({"n": counter, "text": content}); copy the address with
    ``query``."""

    _esm = _STATIC / "share.js"
    _css = _STATIC / "share.css"
    text = traitlets.Unicode("").tag(sync=True)
    name = traitlets.Unicode("scenario.toml").tag(sync=True)
    query = traitlets.Unicode("").tag(sync=True)
    loaded = traitlets.Dict({}).tag(sync=True)
    longest = traitlets.Int(LONGEST).tag(sync=True)
