"""Numbers and days in words, and the geometry of small charts."""

import math

import numpy as np
import pytest

from abm.viz.spark import HEIGHT, MOST_POINTS, WIDTH, spark
from abm.viz.words import change, date_words, number, percent, sentence, whole
from tests.small_worlds import toy_with_cast


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12340.4, "12,340"), (45.64, "45.6"), (1.234, "1.23"), (0.0449, "0.045"), (6.0, "6"), (0.0, "0"), (-0.0, "0"),
        (1e-9, "0"), (-3.5, "−3.50"), (math.nan, "–"), (math.inf, "–"), (-1e-9, "0"),
    ],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_numbers_with_so_many_decimals() -> None:
    assert number(2.0, 1) == "2.0"
    assert number(-0.01, 1) == "0"
    assert whole(-0.2) == "0"
    assert whole(1234.6) == "1,235"


def test_shares_and_changes() -> None:
    assert percent(0.123) == "12 %"
    assert percent(0.001) == "< 1 %"
    assert percent(0.0) == "0 %"
    assert percent(math.nan) == "–"
    assert change(110.0, 100.0) == "+10 %"
    assert change(95.5, 100.0) == "−4.5 %"
    assert change(100.0, 100.0) == "0 %"
    assert change(1.0, 0.0) == "–"


def test_days_and_sentences() -> None:
    case = toy_with_cast()
    assert date_words(case, 0) == "1 January 2025"
    assert date_words(case, 31.9) == "1 February 2025"
    assert date_words(case, -1) == "31 December 2024"
    assert date_words(case, math.inf) == "never"
    assert sentence("no route is open") == "No route is open."
    assert sentence("Why?") == "Why?"
    assert sentence("  ") == ""


def test_a_small_chart_stays_in_its_picture_with_zero_among_its_ticks() -> None:
    days = np.arange(7.0, 7.0 * 500, 7.0)
    values = np.stack([np.sin(days / 50.0) * 3e5, np.full(days.size, -1e5)])
    picture = spark(toy_with_cast(), days, values)
    assert [line["world"] for line in picture["lines"]] == [0, 1]
    assert "0" in [tick["text"] for tick in picture["ticks"]]
    assert 3 <= len(picture["ticks"]) <= 6
    for line in picture["lines"]:
        points = [pair.split() for pair in line["d"].replace("h0.1", "").replace("M", "L").split("L")[1:]]
        assert len(points) <= MOST_POINTS
        assert all(0.0 <= float(x) <= WIDTH and 0.0 <= float(y) <= HEIGHT for x, y in points)
    assert [date["text"] for date in picture["dates"]] == ["Jan 2025", "Jul 2034"]


def test_a_small_chart_has_gaps_where_nothing_is_known_and_none_without_points() -> None:
    case, days = toy_with_cast(), np.arange(7.0, 42.0, 7.0)
    values = np.array([[1.0, np.nan, 2.0, np.nan, np.nan], [0.0] * 5])
    assert spark(case, days, values)["lines"][0]["d"].count("M") == 2
    assert spark(case, days, np.full((2, 5), np.nan))["lines"] == []
    assert spark(case, days[:1], values[:, :1])["lines"] == []
    assert spark(case, days, np.zeros((2, 5)))["ticks"][0]["text"] == "0"
