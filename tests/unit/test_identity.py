"""Keys of runs, versions of the model, and differences in words."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from abm import study
from abm.corridor.catalogue import find_case
from abm.corridor.load import load
from abm.study.identity import (
    case_snapshot,
    code_digest,
    differences,
    model_sources,
    model_version,
    plan_snapshot,
    run_key,
)
from abm.study.outcomes import links_opened
from abm.study.plan import Plan
from abm.study.task import tasks_of
from tests.made_plans import plan_of
from tests.small_worlds import edited, toy_with_cast

MODULE = '''"""What it does."""
import math

class Box:
    """A box."""
    side: float = 2.0

    def area(self) -> float:
        """Its area."""
        return self.side ** 2  # square
'''


def key_of(plan: Plan, arm: int | None = 0, seed: int = 5, values: tuple[float, ...] = (4.0, 3.0)) -> str:
    return run_key(plan, links_opened(plan), values, seed, None if arm is None else plan.arms[arm], "model 1")


def test_comments_docstrings_and_layout_leave_the_version_of_the_code_as_it_is() -> None:
    told = MODULE.replace("What it does", "Something").replace("  # square", "").replace("Its area", "Side squared")
    assert code_digest(told.replace("self.side ** 2", "(self.side\n        ** 2)")) == code_digest(MODULE)


@pytest.mark.parametrize(
    ("old", "new"), [("** 2", "** 3"), ("2.0", "2"), ("area", "size"), ("side: float", "side: int"), ("Box", "Bin")]
)
def test_whatever_code_does_is_in_its_digest(old: str, new: str) -> None:
    assert code_digest(MODULE.replace(old, new)) != code_digest(MODULE)


def test_a_module_without_anything_but_a_docstring_has_a_digest() -> None:
    assert code_digest('"""Nothing."""\n') == code_digest("") != code_digest("x = 1\n")


def test_the_model_s_version_rests_on_the_code_that_plays_and_records_worlds_alone() -> None:
    package = Path(study.__file__).parents[1]
    names = {path.relative_to(package).as_posix() for path in model_sources()}
    assert {"model.py", "worlds.py", "rules/choice.py", "network/events.py", "study/outcomes.py"} <= names
    assert not {name for name in names if name.startswith(("figures", "commands", "cases"))}
    assert not names & {"cli.py", "__init__.py", "study/claims.py"}
    assert model_version() == model_version()
    assert "+" in model_version()


def test_two_arms_or_none_two_seeds_and_two_points_have_keys_of_their_own() -> None:
    plan = plan_of()
    keys = [key_of(plan), key_of(plan, 1), key_of(plan, None), key_of(plan, seed=6), key_of(plan, values=(4.0, 3.5))]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 32 for key in keys)
    every = [run.key for task in tasks_of(plan) for run in task.runs]
    assert len(set(every)) == len(every) == 10


@pytest.mark.parametrize(
    "edit",
    [
        ("years = 1", "years = 2"),
        ("years = 1", 'years = 1\ndates = "scheduled"'),
        ("years = 1", 'years = 1\nstill = ["carriers"]'),
        ("years = 1", 'years = 1\nbase = ["quota-fruit"]'),
        ('rest = "central"', 'rest = "drawn"'),
        ('["reopen"]\n\n', '["reopen-rail"]\n\n'),
        ('["reopen"]\n\n', '["reopen", "close-road"]\n\n'),
        ('name = "kappa"', 'name = "eta"'),
    ],
)
def test_a_key_changes_with_everything_that_a_run_depends_on(edit: tuple[str, str]) -> None:
    assert key_of(plan_of(edit)) != key_of(plan_of())


@pytest.mark.parametrize(
    "edit",
    [
        ("A made plan", "Another title"),
        ("[arms.open]", "[arms.opened]"),
        ("The border reopens, friction", "Friction"),
        ("points = 4", "points = 9"),
        ("points = 2", "points = 0"),
        ("low = 0.02", "low = 0.01"),
        ("years = 1", "years = 1\nreplications = 3"),
        ('name = "sigma"', 'name = "sigma"\nlow = 3.0'),
        ("first_seed = 5", "first_seed = 9"),
    ],
)
def test_a_key_does_not_change_with_what_a_run_does_not_depend_on(edit: tuple[str, str]) -> None:
    assert key_of(plan_of(edit)) == key_of(plan_of())


def test_the_order_of_factors_is_no_part_of_a_key() -> None:
    turned = plan_of(('"sigma"', '"x"'), ('"kappa"', '"sigma"'), ('"x"', '"kappa"'))
    assert [factor.name for factor in turned.factors] == ["kappa", "sigma"]
    assert key_of(turned, values=(3.0, 4.0)) == key_of(plan_of(), values=(4.0, 3.0))


def test_a_key_changes_with_the_case_and_the_model() -> None:
    plan, case = plan_of(), toy_with_cast()
    assert key_of(replace(plan, case=edited(case, warmup_days=30))) != key_of(plan)
    assert run_key(plan, (), (4.0, 3.0), 5, None, "model 2") != run_key(plan, (), (4.0, 3.0), 5, None, "model 1")


def copy_of_toy(folder: Path) -> Path:
    return Path(shutil.copytree(find_case("toy"), folder / "toy"))


def test_line_ends_and_the_order_of_columns_are_no_part_of_a_case(tmp_path: Path) -> None:
    file = copy_of_toy(tmp_path) / "links.csv"
    rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
    file.write_bytes("\r\n".join(",".join(f'"{cell}"' for cell in row[::-1]) for row in rows).encode())
    assert load(tmp_path / "toy").digest == toy_with_cast().digest
    assert differences(case_snapshot(toy_with_cast()), case_snapshot(load(tmp_path / "toy"))) == []


def test_a_changed_case_is_told_key_by_key(tmp_path: Path) -> None:
    folder = copy_of_toy(tmp_path)
    links, info = folder / "links.csv", folder / "case.toml"
    link = next(link for link in toy_with_cast().links if link.link_id == "road-ask-bek")
    lines = links.read_text(encoding="utf-8").splitlines()
    column = lines[0].split(",").index("length_km")
    row = next(number for number, line in enumerate(lines) if line.startswith("road-ask-bek,"))
    cells = lines[row].split(",")
    lines[row] = ",".join([*cells[:column], f"{link.length_km + 1:g}", *cells[column + 1 :]])
    links.write_text("\n".join(lines), encoding="utf-8")
    info.write_text(
        info.read_text(encoding="utf-8").replace("warmup_days = 365", "warmup_days = 366"), encoding="utf-8"
    )
    after = case_snapshot(load(folder))
    assert differences(case_snapshot(toy_with_cast()), after) == [
        "case.toml warmup_days: 365 -> 366",
        f"links.csv road-ask-bek length_km: {link.length_km:g} -> {link.length_km + 1:g}",
    ]
    assert json.loads(json.dumps(after)) == after


def test_rows_that_came_or_went_are_told_as_a_whole() -> None:
    case = toy_with_cast()
    fewer = edited(case, regimes=())
    name = case.regimes[0].regime_id
    assert differences(case_snapshot(case), case_snapshot(fewer)) == [f"regimes.csv {name}: removed"]
    assert differences(case_snapshot(fewer), case_snapshot(case)) == [f"regimes.csv {name}: added"]


def test_long_differences_are_counted() -> None:
    before, after = {str(i): i for i in range(9)}, {str(i): i + 1.5 for i in range(9)}
    assert differences(before, after, limit=2) == ["0: 0 -> 1.5", "1: 1 -> 2.5", "and 7 more"]


def test_empty_cells_and_lists_are_told_in_words() -> None:
    assert differences({"a": None, "b": ["x", "y"], "c": []}, {"a": 2.0, "b": ["x"], "c": ["z"]}) == [
        "a: (empty) -> 2",
        "b: x, y -> x",
        "c: (empty) -> z",
    ]


def test_two_plans_differ_by_the_names_of_their_arms_and_factors() -> None:
    after = plan_of(
        ("points = 2", "points = 3"), ('name = "sigma"', 'name = "sigma"\nlow = 3.0'), ("years = 1", "years = 2")
    )
    assert differences(plan_snapshot(plan_of()), plan_snapshot(after)) == [
        "plan.toml years: 1 -> 2",
        "plan.toml arms transport points: 2 -> 3",
        "plan.toml factors sigma low: 2 -> 3",
    ]


def test_a_claim_without_an_upper_end_is_told_in_json() -> None:
    told = plan_snapshot(plan_of(("high = 0.04", "high = inf")))
    assert json.loads(json.dumps(told, allow_nan=False))["plan.toml"]["claims"]["growth"]["high"] == "inf"
    assert differences(plan_snapshot(plan_of()), told) == ["plan.toml claims growth high: 0.04 -> inf"]
