"""Experiments for tests: the toy case with a short warm-up, and the made plan, in a folder."""

import re
import shutil
from pathlib import Path

from abm.corridor.catalogue import find_case
from tests.made_plans import TEXT

WARMUP_DAYS = 20
#: An edit: nobody acts but the shippers, so that a world costs little.
STILL = ('rest = "central"', 'rest = "central"\nstill = ["carriers", "posts", "incidents", "authorities"]')


def made_experiment(folder: Path, *edits: tuple[str, str], name: str = "made") -> Path:
    """Folder of an experiment: ``plan.toml``, its text edited, beside the case that it names."""
    experiment = folder / name
    case = Path(shutil.copytree(find_case("toy"), experiment / "small"))
    info = case / "case.toml"
    text = info.read_text(encoding="utf-8")
    info.write_text(re.sub(r"warmup_days = \d+", f"warmup_days = {WARMUP_DAYS}", text), encoding="utf-8")
    (case / "targets.csv").unlink()  # what was measured, some of it before so short a warm-up
    plan = TEXT.replace('case = "toy"', 'case = "small"')
    for old, new in edits:
        assert old in plan, old
        plan = plan.replace(old, new)
    (experiment / "plan.toml").write_text(plan, encoding="utf-8")
    return experiment
