"""explained.csv: a warning that is understood is told apart, and one that is gone is noticed."""

import csv
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from abm.corridor.catalogue import packaged
from abm.corridor.check import check
from abm.corridor.load import digest, load
from abm.corridor.scaffold import scaffold
from abm.errors import Problem

HEAD = "table,row,column,warning,reason\n"
#: Words of the warning about a link's length, and of the two about lots.
CIRCLE, SLOW, COARSE = "of the great circle", "larger lots run faster", "smaller lots are truer"
STALE = "explains a warning that 'check' does not give"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The toy case with one link that is far too long."""
    made = scaffold(tmp_path / "mine")
    rewrite(made / "links.csv", 1, length_km="9000", length_low_km="8000", length_high_km="10000")
    return made


@pytest.fixture
def lots(tmp_path: Path) -> Path:
    """The toy case with two warnings on one cell: lots of grain are huge, those of ore tiny."""
    made = scaffold(tmp_path / "lots")
    rewrite(made / "commodities.csv", 1, lot_t="9000")
    rewrite(made / "commodities.csv", 2, lot_t="0.01")
    return made


def rewrite(table: Path, row: int, **cells: str) -> None:
    rows = list(csv.reader(table.read_text(encoding="utf-8").splitlines()))
    for column, cell in cells.items():
        rows[row][rows[0].index(column)] = cell
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def explain(folder: Path, *rows: str) -> None:
    (folder / "explained.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def link_id(folder: Path) -> str:
    head, first = (folder / "links.csv").read_text(encoding="utf-8").splitlines()[:2]
    return first.split(",")[head.split(",").index("link_id")]


def about(warnings: Iterable[Problem], column: str) -> list[str]:
    return [warning.rule for warning in warnings if warning.field == column]


def test_a_warning_with_a_reason_is_no_longer_among_the_warnings(folder: Path) -> None:
    before = check(folder)
    lengths = [warning for warning in before.warnings if warning.field == "length_km"]
    assert len(lengths) == 1
    explain(folder, f"links.csv,{link_id(folder)},length_km,{CIRCLE},the road goes round the lake")
    after = check(folder)
    assert set(before.warnings) - set(after.warnings) == set(lengths)
    (told,) = after.explained
    assert (told.warning, told.reason) == (lengths[0], "the road goes round the lake")


def test_a_reason_for_another_row_or_column_explains_nothing_and_is_told_itself(folder: Path) -> None:
    explain(
        folder,
        f"links.csv,{link_id(folder)},toll_usd_t,{CIRCLE},not about the length at all",
        f"links.csv,X9,length_km,{CIRCLE},such a link is none",
    )
    told = [str(warning) for warning in check(folder).warnings]
    assert sum("times the" in line for line in told) == 1
    stale = [line for line in told if STALE in line]
    assert len(stale) == 2
    assert all(line.startswith("explained.csv:") for line in stale)
    assert stale[0].startswith(
        "explained.csv:2 column column: 'toll_usd_t'"
    )  # the row has a warning, of another column
    assert f"did you mean '{link_id(folder)}'" not in stale[0]


def test_a_misspelt_row_or_column_is_told_with_the_nearest_that_has_a_warning(folder: Path) -> None:
    link = link_id(folder)
    explain(
        folder,
        f"links.csv,{link}x,length_km,{CIRCLE},one letter too many",
        f"links.csv,{link},length_kms,{CIRCLE},and one letter here",
    )
    row, column = (str(warning) for warning in check(folder).warnings if STALE in warning.rule)
    assert row.startswith("explained.csv:2 column row")
    assert row.endswith(f"did you mean '{link}'?")
    assert column.startswith("explained.csv:3 column column")
    assert column.endswith("did you mean 'length_km'?")


def test_one_reason_may_stand_for_several_rows(folder: Path) -> None:
    explain(folder, f"links.csv,{link_id(folder)}; X9,length_km,{CIRCLE},the road goes round the lake")
    report = check(folder)
    assert len(report.explained) == 1
    assert [warning.value for warning in report.warnings if warning.place.startswith("explained.csv")] == ["'X9'"]


def test_a_second_warning_on_a_cell_is_told_though_the_first_is_explained(lots: Path) -> None:
    explain(lots, f"commodities.csv,,lot_t,{COARSE},grain goes by rail alone")
    report = check(lots)
    assert [one.warning.rule.endswith(COARSE) for one in report.explained] == [True]
    (bare,) = about(report.warnings, "lot_t")
    assert bare.endswith(SLOW)
    assert not about(report.warnings, "warning")


def test_two_warnings_on_a_cell_have_a_reason_each(lots: Path) -> None:
    explain(
        lots,
        f"commodities.csv,,lot_t,{COARSE},grain goes by rail alone",
        f"commodities.csv,,lot_t,{SLOW},ore moves by the spoonful",
    )
    report = check(lots)
    assert not about(report.warnings, "lot_t")
    assert {one.reason: one.warning.rule.rpartition(": ")[2] for one in report.explained} == {
        "grain goes by rail alone": COARSE,
        "ore moves by the spoonful": SLOW,
    }


def test_words_that_fit_no_warning_of_the_cell_are_told_with_the_nearest(lots: Path) -> None:
    explain(lots, "commodities.csv,,lot_t,smaller lots are better,grain goes by rail alone")
    report = check(lots)
    assert len(about(report.warnings, "lot_t")) == 2
    (told,) = (str(warning) for warning in report.warnings if warning.place.startswith("explained.csv"))
    assert told == (
        "explained.csv:2 column warning: 'smaller lots are better' fits no warning of commodities.csv; "
        f"did you mean {COARSE!r}?"
    )


def test_a_warning_that_an_earlier_row_explains_is_not_explained_again_in_other_words(folder: Path) -> None:
    row = f"links.csv,{link_id(folder)},length_km"
    explain(folder, f"{row},{CIRCLE},the road goes round the lake", f"{row},the great circle,somebody else's reason")
    report = check(folder)
    assert [told.reason for told in report.explained] == ["the road goes round the lake"]
    assert about(report.warnings, "warning") == ["is explained by an earlier row, too"]


def test_wrong_words_are_told_with_the_nearest_though_the_warning_is_explained(folder: Path) -> None:
    row = f"links.csv,{link_id(folder)},length_km"
    explain(folder, f"{row},{CIRCLE},the road goes round the lake", f"{row},Of The Great Circle,the same in capitals")
    (told,) = (warning for warning in check(folder).warnings if warning.field == "warning")
    assert told.rule.startswith("fits no warning of links.csv")
    assert "great circle" in told.suggestion


def test_words_that_fit_two_warnings_of_a_cell_explain_neither(lots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [Problem("links.csv:2", f"is a doubt about the length: {end}", "length_km") for end in ("long", "short")]
    monkeypatch.setattr("abm.corridor.check.length_warnings", lambda _: both)
    explain(lots, f"links.csv,{link_id(lots)},length_km,a doubt about the length,the road goes round the lake")
    report = check(lots)
    assert set(both) <= set(report.warnings)
    assert about(report.warnings, "warning") == ["fits several warnings of this cell: more of one of them is needed"]


def test_one_reason_holds_for_all_rows_of_a_policy(tmp_path: Path) -> None:
    made = scaffold(tmp_path / "mine")
    with (made / "policies.csv").open("a", encoding="utf-8") as stream:
        stream.writelines(
            f"idle,Nothing to lift,,,lift_friction,{pair},0.5,invented,C,\n" for pair in ("XA-XC", "XB-XC")
        )
    assert len(about(check(made).warnings, "target")) == 2
    explain(made, "policies.csv,idle,target,no friction to lift,the pairs wait for their potential")
    report = check(made)
    assert not about(report.warnings, "target")
    assert len(report.explained) == 2


def test_a_cell_that_is_wrong_in_itself_is_a_problem(folder: Path) -> None:
    row = f"links.csv,{link_id(folder)},length_km,{CIRCLE},the road goes round the lake"
    explain(
        folder,
        f"linsk.csv,,length_km,{CIRCLE},the road goes round the lake",
        f"links.csv,,length_km,{CIRCLE},",
        "links.csv,,length_km,,the road goes round the lake",
        "links.csv,,length_km,circle,the road goes round the lake",
        "links.csv,,length_km,14 km of the great circle,the road goes round the lake",
        row,
        row.replace("lake", "hill"),
    )
    told = [str(problem) for problem in check(folder).problems]
    assert "explained.csv:2 column table: 'linsk.csv' is not a table of a case; did you mean 'links.csv'?" in told
    assert any(line.startswith("explained.csv:3 column reason") for line in told)
    rule = "must be words of the warning: 10 characters or more, and no digit"
    assert any(line.startswith("explained.csv:4 column warning") and line.endswith(rule) for line in told)
    assert f"explained.csv:5 column warning: 'circle' {rule}" in told
    assert f"explained.csv:6 column warning: '14 km of the great circle' {rule}" in told
    assert any(line.startswith("explained.csv:8 ") and "earlier row" in line for line in told)


def test_what_is_explained_makes_no_other_world() -> None:
    case = load("south-caucasus")
    assert case.explained
    assert digest(replace(case, explained=())) == case.digest


@pytest.mark.parametrize("name", packaged())
def test_no_warning_of_a_packaged_case_is_left_unexplained(name: str) -> None:
    report = check(name)
    assert [str(warning) for warning in report.warnings] == []
