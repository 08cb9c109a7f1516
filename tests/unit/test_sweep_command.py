"""What ``caravan sweep`` says while it plays."""

import pytest

from abm.commands import sweep as command
from abm.commands.sweep import span, status
from abm.study.sweep import Standing


def standing(done: int = 0, failed: int = 0, kept: int = 0, spared: int = 0, elapsed_s: float = 0.0) -> Standing:
    return Standing(3000, kept, done, failed, spared, 3000 - kept - done - failed - spared, elapsed_s)


def test_the_line_tells_share_rate_time_left_and_failures() -> None:
    assert status(standing(done=590, failed=10, elapsed_s=600.0)) == (
        "600 of 3,000 runs, 20%; 60.0 a minute; about 40 min left; 10 failed"
    )


def test_what_was_there_before_counts_for_the_share_and_not_for_the_rate() -> None:
    assert status(standing(done=100, kept=1400, elapsed_s=50.0)) == (
        "1,500 of 3,000 runs, 50%; 120.0 a minute; about 12 min left; 1,400 from before; 0 failed"
    )


def test_replications_that_are_spared_are_no_work() -> None:
    assert status(standing(done=1000, spared=1000, elapsed_s=100.0)) == (
        "1,000 of 2,000 runs, 50%; 600.0 a minute; about 2 min left; 1,000 needless; 0 failed"
    )


def test_before_the_first_runs_nothing_is_guessed() -> None:
    assert status(standing(elapsed_s=30.0)) == "0 of 3,000 runs, 0%; 0 failed"
    assert status(Standing(0, 0, 0, 0, 0, 0, 1.0)) == "0 of 0 runs, 100%; 0 failed"


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (59.0, "59 s"), (90.0, "2 min"), (7380.0, "2 h 3 min")])
def test_a_stretch_of_time_has_one_unit_or_two(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_where_nobody_watches_a_line_comes_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr("abm.commands.sweep.time.monotonic", lambda: now[0])
    with command._showing() as show:
        for second in range(150):
            now[0] = 100.0 + second
            show(standing(done=second, elapsed_s=float(second)))
    out, errors = capsys.readouterr()
    assert out == ""
    assert [line.split(" ")[0] for line in errors.splitlines()] == ["10", "70", "130"]
