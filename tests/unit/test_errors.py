import pytest

from abm.errors import CaravanError, InputError, Problem, input_error, nearest


def test_a_problem_reads_as_place_column_value_rule_and_hint() -> None:
    problem = Problem("links.csv:14", "must be one of road, rail", "mode", "'raod'", "road")
    assert str(problem) == "links.csv:14 column mode: 'raod' must be one of road, rail; did you mean 'road'?"


def test_a_problem_without_column_value_or_hint_leaves_them_out() -> None:
    assert str(Problem("flows.csv", "is missing")) == "flows.csv: is missing"


def test_an_input_error_carries_all_its_problems_one_a_line() -> None:
    error = InputError([Problem("a.csv", "is missing"), Problem("b.csv", "is missing")])
    assert [problem.place for problem in error.problems] == ["a.csv", "b.csv"]
    assert str(error).splitlines() == ["a.csv: is missing", "b.csv: is missing"]


def test_bad_input_exits_with_two_and_other_failures_with_one() -> None:
    assert (InputError([]).exit_code, CaravanError("no space").exit_code) == (2, 1)


def test_a_single_problem_makes_an_error() -> None:
    error = input_error("years", "must be > 0", value="0")
    assert str(error) == "years: 0 must be > 0"


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("reopn-kars", ["reopen-kars", "close-lars"], "reopen-kars"),
        ("zzz", ["reopen-kars", "close-lars"], ""),
        ("anything", [], ""),
    ],
)
def test_the_nearest_name_is_close_or_none(name: str, known: list[str], meant: str) -> None:
    assert nearest(name, known) == meant
