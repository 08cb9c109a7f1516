"""A run has the key of another if, and only if, all that its record depends on is the same."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from abm.study.identity import run_key
from abm.study.plan import Arm, Friction
from tests.made_plans import plan_of
from tests.small_worlds import edited, toy_with_cast

CASES = (toy_with_cast(), edited(toy_with_cast(), warmup_days=30))
PLAN = plan_of()
POLICIES = ("reopen", "quota-fruit", "close-road")
NUMBERS = st.sampled_from([2.0, 2.0000000000000004, 3.0, 0.1 + 0.2, 0.3])


@st.composite
def ingredients(draw: st.DrawFn) -> dict[str, Any]:
    has_policies = draw(st.booleans())
    return {
        "case": draw(st.integers(0, 1)),
        "values": (draw(NUMBERS), draw(NUMBERS)),
        "rest": draw(st.sampled_from(["drawn", "central"])),
        "dates": draw(st.sampled_from(["given", "scheduled"])),
        "still": draw(st.frozensets(st.sampled_from(["carriers", "posts"]))),
        "base": draw(st.frozensets(st.sampled_from(POLICIES))),
        "policies": draw(st.frozensets(st.sampled_from(POLICIES), min_size=1)) if has_policies else None,
        "friction": draw(st.sampled_from(list(Friction))) if has_policies else Friction.PRIOR,
        "measure": draw(st.frozensets(st.sampled_from(["a", "b"]))),
        "years": draw(st.integers(1, 2)),
        "seed": draw(st.integers(0, 2)),
        "version": draw(st.sampled_from(["1", "2"])),
    }


def key_of(made: dict[str, Any], turned: bool = False, title: str = "An arm") -> str:
    """``turned``: whatever has no order is handed over in another one."""
    step = -1 if turned else 1
    plan = replace(
        PLAN, case=CASES[made["case"]], rest=made["rest"], dates=made["dates"], years=made["years"],
        still=tuple(sorted(made["still"]))[::step], base=tuple(sorted(made["base"]))[::step],
        title=title, name=title,
    )  # fmt: skip
    plan = replace(plan, factors=plan.factors[::step])
    policies = made["policies"]
    arm = None if policies is None else Arm(title, title, tuple(sorted(policies))[::step], made["friction"])
    opened = tuple(sorted(made["measure"]))[::step]
    return run_key(plan, opened, made["values"][::step], made["seed"], arm, made["version"])


@given(ingredients(), st.data())
@settings(max_examples=100, deadline=None)
def test_one_other_ingredient_makes_another_key(made: dict[str, Any], data: st.DataObject) -> None:
    other = data.draw(ingredients())
    names = [name for name in made if name not in ("policies", "friction")]
    changed = made | {name: other[name] for name in [data.draw(st.sampled_from(names))]}
    assert (key_of(changed) == key_of(made)) == (changed == made)
    assert (key_of(other) == key_of(made)) == (other == made)


@given(ingredients())
@settings(max_examples=50, deadline=None)
def test_names_and_orders_are_no_ingredient(made: dict[str, Any]) -> None:
    assert key_of(made, turned=True, title="Another") == key_of(made)
