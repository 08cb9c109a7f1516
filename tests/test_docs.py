"""What the README and the notebooks say can be done, can be done."""

import json
import re
from pathlib import Path

import matplotlib as mpl
import pytest

from abm.study.plan_file import read_plan

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_gives_exactly_two_commands_to_begin_with() -> None:
    section = README.split("## Two commands")[1].split("##")[0]
    block = re.search(r"```\n(.*?)```", section, re.DOTALL)
    assert block is not None
    assert block.group(1).split("\n")[:-1] == ["python3 dev.py demo", "python3 dev.py test"]


def test_every_local_link_and_picture_of_the_readme_is_there() -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_python_in_the_readme_runs(block: str) -> None:
    exec(compile(block, "README.md", "exec"), {})


def test_the_plan_that_the_guide_to_experiments_shows_is_one(tmp_path: Path) -> None:
    guide = (ROOT / "experiments" / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "plan.toml").write_text(block, encoding="utf-8")
    plan = read_plan(tmp_path)
    assert [arm.name for arm in plan.arms] == ["open", "transport"]
    assert len(plan.factors) > 30


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*/plan.toml")), ids=lambda path: path.parent.name)
def test_every_experiment_has_a_sound_plan_and_a_readme(path: Path) -> None:
    assert read_plan(path).claims
    assert (path.parent / "README.md").is_file()


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_run_from_top_to_bottom(path: Path) -> None:
    mpl.use("Agg")
    names: dict[str, object] = {}
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec"), names)
