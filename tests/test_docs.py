"""What the README and the notebooks say can be done, can be done."""

import json
import re
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest

from abm.corridor.catalogue import packaged_histories
from abm.corridor.scaffold import scaffold
from abm.study.hindcast import hindcast
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


def test_the_history_that_the_guide_shows_can_be_played(tmp_path: Path) -> None:
    guide = (ROOT / "experiments" / "hindcast" / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```csv\n(.*?)```", guide, re.DOTALL)
    folder = scaffold(tmp_path / "my-history")
    (folder / "targets.csv").write_text("\n".join(line.strip() for line in block.splitlines()), encoding="utf-8")
    result = hindcast(folder, seeds=1, workers=1)
    assert result.targets["target_id"].tolist() == ["rail-while-shut", "line-after-a-week"]
    assert (result.targets["sign"] == "right").all()


def test_the_published_score_is_that_of_its_tables() -> None:
    """The README of the hindcasts quotes halves.csv and histories.csv, which a run has written."""
    folder = ROOT / "experiments" / "hindcast"
    guide = (folder / "README.md").read_text(encoding="utf-8")
    histories = pd.read_csv(folder / "histories.csv")
    assert set(histories["history"]) == set(packaged_histories())
    for row in histories.itertuples():
        assert f"| {row.history} | {row.n_within}/{row.n_targets} |" in guide


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
