"""``run`` and ``compare``: what is refused, and what is written to the streams."""

import io
import json
import sys

import pytest
from click.testing import CliRunner, Result

from abm.cli import caravan
from abm.commands import worlds
from abm.commands.worlds import progress_bar
from abm.study.compare import Comparison
from tests.made_comparisons import grown


def invoke(*words: str) -> Result:
    return CliRunner().invoke(caravan, list(words))


def strict(text: str) -> dict[str, object]:
    """The content of standard JSON: no NaN, no Infinity."""
    content: dict[str, object] = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    return content


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something ran")

    monkeypatch.setattr(worlds, "run_world", refuse)
    monkeypatch.setattr(worlds, "compare_worlds", refuse)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Comparison:
    """``compare`` finds this made-up result at once, and tells of its progress."""
    found = grown([1.1, 1.2])

    def compare(*_: object, **options: object) -> Comparison:
        for done in (0, 1, 0, 1):
            options["progress"](done)  # type: ignore[operator]
        return found

    monkeypatch.setattr(worlds, "compare_worlds", compare)
    return found


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "toyy"), ["did you mean 'toy'"]),
        (("run", "toy", "--with", "reopn"), ["did you mean 'reopen'"]),
        (("run", "toy", "--years", "31"), ["from 1 to 30"]),
        (("run", "toy", "--set", "phi_xa_xb=1.5"), ["phi_xa_xb"]),
        (("run", "toy", "--set", "kappa=inf"), ["kappa"]),
        (("run", "toy", "--set", "kappa"), ["NAME=VALUE"]),
        (("run", "toy", "--set", "=3"), ["NAME=VALUE"]),
        (("run", "toy", "--set", "kappa=3", "--set", "kappa=4"), ["twice"]),
        (("compare", "toy", "--with", "reopen", "--seeds", "0"), ["seeds"]),
        (("compare", "toy", "--with", "reopen", "--seeds", "-3"), ["seeds"]),
        (("compare", "toy", "--with", "reopen", "--seeds", "1000000000"), ["seeds"]),
        (("compare", "toy", "--with", "reopen", "--workers", "0"), ["workers"]),
        (("compare", "toy"), ["--with"]),
        (("compare", "toy", "--with", "reopen", "--sedes", "2"), ["--seeds"]),
        (
            ("compare", "toy", "--with", "reopn", "--seeds", "0", "--years", "0", "--workers", "0", "--set", "kapa=2",
             "--set", "x", "--set", "sigma=0.5"),
            ["'reopen'", "seeds", "years", "workers", "'kappa'", "NAME=VALUE", "value sigma"],
        ),
        (
            ("run", "toy", "--with", "reopn", "--years", "0", "--seed", "-1", "--set", "x"),
            ["'reopen'", "years", "seed", "NAME=VALUE"],
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_bad_input_is_told_in_full_before_anything_runs(words: tuple[str, ...], told: list[str]) -> None:
    result = invoke(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    for part in told:
        assert part in result.stderr
    assert "Traceback" not in result.stderr


def test_each_problem_has_a_line_of_its_own() -> None:
    result = invoke("compare", "toy", "--with", "reopn", "--seeds", "0", "--years", "0", "--set", "x")
    assert len(result.stderr.splitlines()) == 4


def test_a_comparison_as_json_is_complete_and_standard(made: Comparison) -> None:
    result = invoke("compare", "toy", "--with", "reopen", "--json")
    assert result.exit_code == 0
    content = strict(result.stdout)
    assert set(content) == {"provenance", *made.tables}
    for name, table in made.tables.items():
        rows = content[name]
        assert isinstance(rows, list)
        assert len(rows) == len(table)
        assert all(set(row) == set(table.columns) for row in rows)
    assert any(row["level_mean"] is None for row in content["growth"])  # type: ignore[attr-defined]


def test_a_world_as_json_is_complete_and_standard() -> None:
    result = invoke("run", "toy", "--years", "1", "--json")
    assert result.exit_code == 0
    assert set(strict(result.stdout)) == {
        "provenance",
        "balance",
        "trade",
        "modes",
        "times",
        "waits",
        "flows",
        "services",
        "co2e",
    }
    assert result.stderr == ""


def test_without_a_terminal_there_is_no_progress_bar(made: Comparison) -> None:
    result = invoke("compare", "toy", "--with", "reopen")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert "\x1b" not in result.stdout


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_bar_counts_and_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar("paired worlds", 2) as advance:
        advance(0)
        assert "0/2" in screen.getvalue()
        advance(1)
        assert "1/2" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")
