"""A scenario from keywords, for those who run models by ``Model(**parameters)``: Mesa's ``batch_run``, its sliders, samplers."""

from dataclasses import fields
from typing import Any

from abm.corridor.load import load
from abm.corridor.scenario import Scenario
from abm.corridor.tables import Case
from abm.errors import InputError, Problem, nearest

#: The case that runs when none is named.
DEFAULT_CASE = "toy"


def scenario_of(rng: int | None, inputs: dict[str, Any]) -> Scenario:
    """The scenario that keywords mean: fields of :class:`Scenario` (``case`` may be a name or a folder) and names of assumptions.

    ``rng`` is the seed, as Mesa calls it; None leaves the scenario's own. Raises InputError with all problems: a name that
    is neither a field nor an assumption of the case, one said twice, and whatever a scenario refuses.
    """
    own = {field.name for field in fields(Scenario)}
    case = inputs.get("case", DEFAULT_CASE)
    loaded = case if isinstance(case, Case) else load(case)
    known = [assumption.name for assumption in loaded.assumptions]
    asked = {name: value for name, value in inputs.items() if name in own and name not in ("case", "values")}
    values = dict(inputs.get("values", {}))
    problems = []
    for name in (name for name in inputs if name not in own):
        if name not in known:
            rule = "is neither a field of a scenario nor an assumption of this case"
            problems.append(Problem("model", rule, value=repr(name), suggestion=nearest(name, [*own, *known])))
        elif name in values:
            problems.append(Problem("model", "is set twice, by its name and in values", value=repr(name)))
        else:
            values[name] = inputs[name]
    if rng is not None and "seed" in asked:
        problems.append(Problem("model", "is set twice, by rng and by seed", value=repr(rng)))
    elif rng is not None:
        asked["seed"] = rng
    try:
        scenario = Scenario(loaded, values=values, **asked)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from error
    if problems:
        raise InputError(problems)
    return scenario
