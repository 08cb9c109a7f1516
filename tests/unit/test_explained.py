"""explained.csv: a warning that is understood is told apart, and one that is gone is noticed."""

from dataclasses import replace
from pathlib import Path

import pytest

from abm.corridor.catalogue import packaged_cases
from abm.corridor.check import check
from abm.corridor.load import digest, load
from abm.corridor.scaffold import scaffold

HEAD = "table,row,column,reason\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The toy case with one link that is far too long and one stranger among the nodes."""
    made = scaffold(tmp_path / "mine")
    text = (made / "links.csv").read_text(encoding="utf-8").splitlines()
    columns = text[0].split(",")
    cells = text[1].split(",")
    cells[columns.index("length_km")] = "9000"
    cells[columns.index("length_low_km")], cells[columns.index("length_high_km")] = "8000", "10000"
    (made / "links.csv").write_text("\n".join([text[0], ",".join(cells), *text[2:]]) + "\n", encoding="utf-8")
    return made


def explain(folder: Path, *rows: str) -> None:
    (folder / "explained.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def link_id(folder: Path) -> str:
    head, first = (folder / "links.csv").read_text(encoding="utf-8").splitlines()[:2]
    return first.split(",")[head.split(",").index("link_id")]


def test_a_warning_with_a_reason_is_no_longer_among_the_warnings(folder: Path) -> None:
    before = check(folder)
    lengths = [warning for warning in before.warnings if warning.field == "length_km"]
    assert len(lengths) == 1
    explain(folder, f"links.csv,{link_id(folder)},length_km,the road goes round the lake")
    after = check(folder)
    assert set(before.warnings) - set(after.warnings) == set(lengths)
    (told,) = after.explained
    assert (told.warning, told.reason) == (lengths[0], "the road goes round the lake")


def test_a_reason_for_another_row_or_column_explains_nothing_and_is_told_itself(folder: Path) -> None:
    explain(
        folder,
        f"links.csv,{link_id(folder)},toll_usd_t,not about the length at all",
        "links.csv,X9,length_km,such a link is none",
    )
    told = [str(warning) for warning in check(folder).warnings]
    assert sum("great circle" in line for line in told) == 1
    stale = [line for line in told if "explains a warning that 'check' does not give" in line]
    assert len(stale) == 2
    assert all(line.startswith("explained.csv:") for line in stale)


def test_one_reason_may_stand_for_several_rows(folder: Path) -> None:
    explain(folder, f"links.csv,{link_id(folder)}; X9,length_km,the road goes round the lake")
    report = check(folder)
    assert len(report.explained) == 1
    assert [warning.value for warning in report.warnings if warning.place.startswith("explained.csv")] == ["'X9'"]


def test_a_table_that_is_none_and_an_empty_reason_are_problems(folder: Path) -> None:
    explain(folder, "linsk.csv,,length_km,the road goes round the lake", "links.csv,,length_km,")
    told = [str(problem) for problem in check(folder).problems]
    assert any("column table: 'linsk.csv' is not a table of a case; did you mean 'links.csv'?" in line for line in told)
    assert any(line.startswith("explained.csv:3 column reason") for line in told)


def test_what_is_explained_makes_no_other_world() -> None:
    case = load("south-caucasus")
    assert case.explained
    assert digest(replace(case, explained=())) == case.digest


@pytest.mark.parametrize("name", packaged_cases())
def test_no_warning_of_a_packaged_case_is_left_unexplained(name: str) -> None:
    report = check(name)
    assert [str(warning) for warning in report.warnings] == []
