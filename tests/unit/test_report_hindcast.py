"""What is told of hindcasts, in the terminal and in the figure, from scores that are known on paper."""

import numpy as np
import pandas as pd
import pytest

from abm.commands.report_hindcast import in_lines, show_hindcast
from abm.corridor.tables import Case, Target, Use
from abm.figures.hindcast import hindcast_figure
from abm.study.hindcast import Hindcast, half_table, history_table, target_table
from tests.made_histories import target
from tests.small_worlds import edited, toy

#: Model, no change and next cheapest in half-widths of the tolerance: the model is within it.
NEAR, FAR = (0.5, 3.0, 2.0), (2.0, 3.0, 0.5)
LONG = "waiting-outside-of-the-post-26-march"


def named(name: str, use: Use, *ids: str) -> Case:
    rows: tuple[Target, ...] = tuple(target(one, value=0.5, low=0.4, high=0.6, use=use) for one in ids)
    case = edited(toy(), targets=rows)
    return edited(case, info=case.info.model_copy(update={"name": name, "title": f"Event of {name}"}))


def told_of(*histories: tuple[Case, list[tuple[float, float, float]]]) -> Hindcast:
    """Scores of histories of which each target is missed by so many half-widths."""
    cases = [case for case, _ in histories]
    tables = [target_table(case, 0.5 + 0.1 * np.array([misses]).swapaxes(1, 2)) for case, misses in histories]
    targets = pd.concat(tables, ignore_index=True)
    scores = history_table(cases, targets)
    return Hindcast((1,), targets, scores, half_table(scores, targets))


@pytest.fixture
def three() -> Hindcast:
    """Two held histories with one fitted to between them."""
    return told_of(
        (named("held-one", Use.HELD, "a", "b", "c"), [NEAR, NEAR, FAR]),
        (named("fitted", Use.FIT, "d"), [NEAR]),
        (named("held-two", Use.HELD, "e"), [NEAR]),
    )


def test_the_score_of_a_half_is_told_in_counts_with_both_rivals(
    three: Hindcast, capsys: pytest.CaptureFixture[str]
) -> None:
    show_hindcast(three)
    lines = capsys.readouterr().out.splitlines()
    for line in (
        "4 targets, within tolerance: model 75 %, no change 0 %, next cheapest 25 %.",
        "In 1 of 2 histories all targets are within tolerance, in 2 more than half.",
        "Signs right: 100 % of 4 targets with a sign.",
        "Better than both rivals in 2 of 2 histories (than no change in 2, than next cheapest in 2).",
    ):
        assert lines.count(line) == 1, line
    assert [line for line in lines if line.startswith("Skill: 1 - miss of the model / miss of the rival")] != []


def test_no_name_of_a_target_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    show_hindcast(told_of((named("one", Use.HELD, LONG, "unhyphenatedandlong" * 3), [NEAR, NEAR])))
    told = capsys.readouterr().out
    assert "\N{HORIZONTAL ELLIPSIS}" not in told
    first = "".join(line.split()[0] for line in told.splitlines() if line.strip() and not line.startswith(" "))
    assert LONG in first
    assert "unhyphenatedandlong" * 3 in first


@pytest.mark.parametrize(
    ("name", "width", "lines"),
    [
        ("waiting-26-march", 16, ["waiting-26-march"]),
        ("waiting-26-march", 12, ["waiting-26-", "march"]),
        ("corridor-1-rail-hours", 12, ["corridor-1-", "rail-hours"]),
        ("all", 12, ["all"]),
        ("unhyphenatedandlong", 12, ["unhyphenatedandlong"]),
    ],
)
def test_a_name_is_broken_after_hyphens(name: str, width: int, lines: list[str]) -> None:
    assert in_lines(name, width).splitlines() == lines


def test_the_figure_heads_each_half_and_keeps_each_target_in_its_row(three: Hindcast) -> None:
    (axes,) = hindcast_figure(three).axes
    places = {text.get_text(): float(text.get_position()[1]) for text in axes.texts}
    assert sorted(places, key=places.__getitem__) == [
        "Histories that may be fitted to", "Event of fitted", "Histories held back", "Event of held-one", "Event of held-two"
    ]  # fmt: skip
    rows = dict(zip((label.get_text() for label in axes.get_yticklabels()), axes.get_yticks(), strict=True))
    assert list(rows) == ["d", "a", "b", "c", "e"]
    assert (
        places["Event of fitted"] < rows["d"] < places["Histories held back"] < places["Event of held-one"] < rows["a"]
    )
    dots = next(line for line in axes.lines if line.get_marker() == "o")
    misses, heights = (np.asarray(data, dtype=np.float64).tolist() for data in dots.get_data())
    at = dict(zip(heights, misses, strict=True))
    assert [at[rows[name]] for name in "dabce"] == pytest.approx([0.5, 0.5, 0.5, 2.0, 0.5])


def test_a_figure_of_one_half_has_one_heading() -> None:
    (axes,) = hindcast_figure(told_of((named("one", Use.HELD, "a"), [NEAR]))).axes
    assert [text.get_text() for text in axes.texts] == ["Event of one", "Histories held back"]
