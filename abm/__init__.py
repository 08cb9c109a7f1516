"""Caravan: an open simulator of freight corridors.

``abm.load`` reads a case, ``abm.Scenario`` says what to run, ``abm.CorridorModel`` is the Mesa model, ``abm.compare`` runs paired
worlds with and without a measure, ``abm.appraise`` those of a project, ``abm.depend`` asks what breaks if a link shuts,
``abm.hindcast`` plays the past again. Names are handed on lazily: ``import abm`` is fast.
"""

from typing import Any

_PUBLIC = {
    "load": "abm.corridor.load",
    "check": "abm.corridor.check",
    "explain": "abm.corridor.explain",
    "Scenario": "abm.corridor.scenario",
    "Case": "abm.corridor.tables",
    "CorridorModel": "abm.model",
    "Shipper": "abm.agents.shipper",
    "compare": "abm.study.compare",
    "appraise": "abm.study.appraisal",
    "depend": "abm.study.dependency",
    "calibrate": "abm.study.calibrate",
    "hindcast": "abm.study.hindcast",
    "open_results": "abm.study.results",
    "sweep": "abm.study.sweep",
    "InputError": "abm.errors",
    "CaravanError": "abm.errors",
}

__all__ = list(_PUBLIC)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'abm' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
