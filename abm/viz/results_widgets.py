"""The two widgets of the results page: lists that can be chosen from, and charts that can be read and marked."""

import anywidget
import traitlets

from abm.viz.results_style import STATIC


class ResultsList(anywidget.AnyWidget):
    """Claims, ways to read one, a tornado or the limits of boxes (``spec["kind"]``); ``chosen``: id of the chosen entry.

    ``spec``: as :mod:`abm.viz.results_lists` makes it. The browser sets ``chosen``.
    """

    _esm = STATIC / "results_lists.js"
    spec = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)


class ResultsChart(anywidget.AnyWidget):
    """A histogram, a fan or a scatter (``spec["kind"]``).

    ``spec``, ``data``: as :mod:`abm.viz.results_charts` makes them. ``brush``: the marked part of the horizontal axis of a
    scatter, low and high, or empty; the browser sets it.
    """

    _esm = STATIC / "results_charts.js"
    spec = traitlets.Dict().tag(sync=True)
    data = traitlets.Bytes(b"").tag(sync=True)
    brush = traitlets.List(traitlets.Float()).tag(sync=True)
