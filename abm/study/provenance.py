"""What is needed to run a result again."""

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

from abm.corridor.scenario import Scenario


def code_version() -> str:
    """Version of this package, or ``unknown`` when it is not installed."""
    try:
        return version("caravan-abm")
    except PackageNotFoundError:
        return "unknown"


def provenance(scenario: Scenario, seeds: Sequence[int]) -> dict[str, object]:
    """Case and its digest, code version, policies with their typed days, steps by hand, values, horizon, seeds."""
    return {
        "case": scenario.case.info.name,
        "case_digest": scenario.case.digest,
        "code_version": code_version(),
        "policies": list(scenario.policies),
        "days": {name: list(span) for name, span in scenario.days.items()},
        "steps": [asdict(step) for step in scenario.steps],
        "values": dict(scenario.values),
        "years": scenario.years,
        "seeds": list(seeds),
        "draw": scenario.draw,
        "dates": scenario.dates,
        "replay_from": scenario.replay_from,
        "still": list(scenario.still),
    }
