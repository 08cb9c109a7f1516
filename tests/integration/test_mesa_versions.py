"""What this project asks of Mesa is public in the installed version, and nothing is asked that Mesa 4 has dropped.

Tried by hand on 3.5.1 and on the pre-release 4.0.0a0: the model's tests pass on both, and a comparison of the toy case is
the same bit for bit. Mesa 4 has no ``seed=`` argument of ``Model``, no ``model.steps``, no ``batch_run``.
"""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import mesa
import pytest
from mesa.datacollection import DataCollector

import abm
from abm.agents.shipper import Shipper
from abm.corridor.scenario import Scenario
from abm.model import CorridorModel
from tests.small_worlds import edited, toy

PACKAGE = Path(abm.__file__).parent
DROPPED = ("batch_run", "_seed", "steps")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text("utf-8"))


def from_mesa(tree: ast.Module) -> set[str]:
    """Dotted names of Mesa that a module imports or reads from the package."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "mesa"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "mesa":
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "mesa":
            found.add(f"mesa.{node.attr}")
    return found


def model() -> CorridorModel:
    return CorridorModel(Scenario(edited(toy(), warmup_days=5)))


def test_only_four_names_of_mesa_are_used_outside_the_explorer() -> None:
    """The less is asked, the less a new version can break."""
    used = {name for path, tree in modules() if not path.startswith("viz/") for name in from_mesa(tree)}
    assert {"mesa.Model", "mesa.Agent"} <= used
    assert used <= {"mesa", "mesa.Model", "mesa.Agent", "mesa.datacollection.DataCollector"}


def test_no_module_passes_a_seed_to_mesa_or_reads_its_step_counter() -> None:
    wrong = []
    for path, tree in modules():
        for node in ast.walk(tree) if from_mesa(tree) else ():
            if isinstance(node, ast.Call) and _calls_super_init(node):
                wrong += [f"{path}: {word.arg}=" for word in node.keywords if word.arg == "seed"]
            if isinstance(node, ast.Attribute) and node.attr in DROPPED and _is_model(node.value):
                wrong.append(f"{path}: .{node.attr}")
    assert not wrong


def _calls_super_init(call: ast.Call) -> bool:
    f = call.func
    return (
        isinstance(f, ast.Attribute) and f.attr == "__init__" and isinstance(f.value, ast.Call)
        and isinstance(f.value.func, ast.Name) and f.value.func.id == "super"
    )  # fmt: skip


def _is_model(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"model", "self", "mesa", "root"}


def test_the_check_for_dropped_names_sees_them() -> None:
    tree = ast.parse("class A:\n def __init__(self):\n  super().__init__(seed=1)\n  self.steps\n")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _calls_super_init(node)]
    assert [word.arg for word in calls[0].keywords] == ["seed"]
    assert any(isinstance(n, ast.Attribute) and n.attr in DROPPED and _is_model(n.value) for n in ast.walk(tree))


def test_mesa_takes_a_generator_or_number_by_the_name_rng() -> None:
    assert "rng" in inspect.signature(mesa.Model.__init__).parameters
    first, second = (model().rng.random() for _ in range(2))
    assert first == second


def test_the_public_parts_that_users_expect_are_there() -> None:
    """``agents`` with the methods of an AgentSet, ``run_for``, ``running``, ``random``, and a data collector."""
    world = model()
    for name in ("agents", "run_for", "running", "random", "rng", "step", "register_agent", "deregister_agent"):
        assert hasattr(world, name)
    for name in ("select", "do", "shuffle_do", "agg", "get", "sort", "groupby", "to_list"):
        assert callable(getattr(type(world.agents), name))
    assert isinstance(world.datacollector, DataCollector)
    assert {agent.model for agent in world.agents} == {world}


@pytest.mark.parametrize("days", [1, 3])
def test_running_for_days_steps_once_a_day_and_keeps_mesas_clock(days: int) -> None:
    world = model()
    world.run_for(days)
    assert world.day == days
    assert world.time == days
    assert world.datacollector is not None
    assert len(world.datacollector.get_model_vars_dataframe()) == days


def test_single_steps_and_a_run_are_the_same_world() -> None:
    stepped, ran = model(), model()
    for _ in range(4):
        stepped.step()
    ran.run_for(4)
    assert stepped.state.table.stock_t.tolist() == ran.state.table.stock_t.tolist()
    assert stepped.state.movement.delivered_t == ran.state.movement.delivered_t > 0.0


def test_an_agent_leaves_the_model_by_mesas_own_door() -> None:
    world = model()
    agent = next(iter(world.agents))
    assert isinstance(agent, Shipper)
    agent.remove()
    assert agent not in world.agents
    assert world.shippers.quantity_t[agent.row] == 0.0
    world.step()
