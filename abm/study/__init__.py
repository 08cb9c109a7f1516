"""What we ask of worlds. One file an idea; where to look first:

- one measure: ``compare`` (paired worlds), ``single`` (one world), with ``measures``, ``carriers``, ``oversight``, ``openings``
- one project: ``appraisal``, with ``accounts``, ``cashflow``; who depends on whom: ``dependency``, ``chokepoints``
- an experiment: ``plan`` (what is asked), ``plan_file``, ``design`` (points), ``task`` (one point played), ``outcomes`` (what is
  kept of a world), ``identity`` (keys), ``sweep`` (playing a plan), ``runner`` and ``dask_runner`` (where), ``replay``
- its folder: ``store`` (writing), ``journal``, ``parts``, ``mending``, ``manifest``; ``results`` (reading)
- what follows from it: ``estimates`` (ranges), ``claims`` and ``verdicts``, ``regret``, ``sensitivity``, ``discovery``,
  ``believe``; ``findings`` gathers what a report shows
- targets: ``targets`` (measuring), ``calibrate`` (fitting)
"""
