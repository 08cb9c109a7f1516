"""The explorer: two paired worlds in the browser, around Mesa's SolaraViz. Where to look:

The worlds: ``twin`` (a Mesa model of two), ``warm`` (shared warm-ups), ``desk`` (edits that leave the past), ``series``,
``gauges``, ``marks``, ``histories`` (what is written down).
The page: ``pages`` (the two pages), ``opening`` (from an address to a case), ``dashboard``, ``editing``, the cards
(``jump_card``, ``measure_card``, ``lever_card`` with ``levers``, ``share_card``), ``link`` (a question as an address).
The map: ``scene`` and ``seaways`` (what stays), ``frame``, ``rates``, ``movers`` (what moves), ``map_widget``. Charts and
timeline: ``charts``, ``timeline``, and their widgets. The inspector: ``inspector`` and ``inspector_*``. Shared by all:
``palette``, ``packing``, ``words``, ``static/`` (scripts and styles).
The results of a sweep: ``results_page`` and ``results_*``.
The server: ``serving``, ``gate`` and ``messages`` (what a browser may ask), ``solara_app``, ``places`` (limit of visitors).
"""
