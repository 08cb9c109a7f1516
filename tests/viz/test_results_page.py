"""The results page shows what a sweep says of the claim that is chosen, all parts together, and tells why where it cannot."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import solara

from abm.study.plan import WITHOUT, DesignSpec, Kind, Plan
from abm.viz import results_page, results_shelf
from abm.viz.results_board import Board
from abm.viz.results_charts import Brush, brush_words, fan_spec, histogram, scatter
from abm.viz.results_details import Details
from abm.viz.results_limits import limits_spec, restricted
from abm.viz.results_lists import cards, readings, tornado_spec
from abm.viz.results_page import ResultsPage
from abm.viz.results_reading import Reading, fan_of, read
from abm.viz.results_shelf import Shelf, Trouble
from abm.viz.results_style import STATIC, variables
from abm.viz.results_topics import Topic, chosen_topic, series_of
from abm.viz.results_widgets import ResultsChart, ResultsList
from tests.made_reports import MadeSweep
from tests.made_sweeps import COST, FASTER, OPEN, TRADE, made_plan

PATIENCE_S = 30.0
POINTS = 60


def plan_of_page(**parts: object) -> Plan:
    """Two claims, two arms, sixty points."""
    trade = replace(TRADE, of=("XA", "XA-XB"))
    asked: dict[str, object] = {
        "claims": (trade, FASTER),
        "arms": (OPEN, COST),
        "design": DesignSpec(Kind.LHS, points=POINTS),
    }
    return made_plan(**(asked | parts))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made sweep as a folder."""
    return MadeSweep(plan_of_page()).keep(tmp_path_factory.mktemp("made") / "sweep")


@pytest.fixture(scope="module")
def reading(folder: Path) -> Reading:
    """The same, read."""
    return read(folder, lambda _: None)


type Draw = Callable[[Path | None], Any]


@pytest.fixture
def show() -> Iterator[Draw]:
    """Draw the page of a folder; taken away afterwards."""
    drawn: list[Any] = []

    def draw(place: Path | None) -> Any:
        box, context = solara.render(ResultsPage(place), handle_error=False)
        drawn.append(context)
        return box

    yield draw
    for context in drawn:
        context.close()


def all_in(widget: Any) -> Iterator[Any]:
    """A widget and everything in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        if not isinstance(child, str):
            yield from all_in(child)


def waited[T](look: Callable[[], T]) -> T:
    """What ``look`` finds, once it finds anything."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError("the page never showed it")


def texts(page: Any) -> str:
    """All words of the page that stand in elements."""
    found = [child for one in all_in(page) for child in getattr(one, "children", ()) if isinstance(child, str)]
    return "\n".join(found).replace("\N{NO-BREAK SPACE}", " ")


def of_kind(page: Any, widget: type[Any], kind: str) -> Any:
    """The list or chart of a kind, once it is there."""

    def look() -> Any:
        return next((one for one in all_in(page) if isinstance(one, widget) and one.spec.get("kind") == kind), None)

    return waited(look)


def drawings(page: Any) -> list[str]:
    """Markup that the page holds as such."""
    return [str(text) for one in all_in(page) if (text := getattr(one, "unsafe_innerHTML", ""))]


# ---------------------------------------------------------------------------------------------------------- the page
def test_claims_are_cards_with_verdict_source_and_bar(folder: Path, show: Draw) -> None:
    items = of_kind(show(folder), ResultsList, "cards").spec["items"]
    assert [item["id"] for item in items] == ["trade", "faster"]
    first = items[0]
    assert first["title"] == TRADE.title
    assert first["claimed"] == "Claimed: 20 to 25 % a year"
    assert "of worlds inside" in first["verdict"]
    assert sum(part[0] for part in first["bar"]) == pytest.approx(1.0)
    assert all(low <= share <= high for share, low, high in first["bar"])


def test_choosing_a_claim_changes_everything_that_hangs_on_it(folder: Path, show: Draw) -> None:
    page = show(folder)
    claims = of_kind(page, ResultsList, "cards")
    assert of_kind(page, ResultsChart, "histogram").spec["x_label"] == "Growth a year, %"
    assert TRADE.title in texts(page)
    claims.chosen = "faster"
    waited(lambda: FASTER.title in texts(page))
    assert of_kind(page, ResultsChart, "histogram").spec["x_label"] == "Change, %"
    waited(
        lambda: of_kind(page, ResultsChart, "scatter").spec["y_label"] == "Change, %"
    )  # its factors are worked out beside
    ways = of_kind(page, ResultsList, "bars")
    assert [group["head"] for group in ways.spec["groups"]] == ["XA, all partners"]
    assert ways.chosen == "faster|XA|3|open"


def test_choosing_an_arm_changes_worlds_and_months(folder: Path, show: Draw) -> None:
    page = show(folder)
    ways = of_kind(page, ResultsList, "bars")
    before = of_kind(page, ResultsChart, "histogram").spec["median"]
    ways.chosen = "trade|XA-XB|3|cost"
    waited(lambda: of_kind(page, ResultsChart, "histogram").spec["median"] < before)
    months = of_kind(page, ResultsChart, "fan").spec
    assert months["views"][0]["bands"][1]["name"] == "The border reopens, by cost alone (phi = 0)"
    assert months["title"] == "XA-XB, both directions, month by month"


def test_an_arm_that_was_chosen_stays_for_the_next_claim(folder: Path, show: Draw) -> None:
    page = show(folder)
    of_kind(page, ResultsList, "bars").chosen = "trade|XA|3|cost"
    waited(lambda: "by cost alone" in str(of_kind(page, ResultsChart, "fan").spec["views"][0]["bands"][1]["name"]))
    of_kind(page, ResultsList, "cards").chosen = "faster"
    waited(lambda: of_kind(page, ResultsList, "bars").chosen == "faster|XA|3|cost")


def test_choosing_a_factor_shows_it_in_every_list_and_in_the_scatter(folder: Path, show: Draw) -> None:
    page = show(folder)
    drivers = of_kind(page, ResultsList, "tornado")
    assert drivers.chosen == "phi_xa_xb"
    limits = of_kind(page, ResultsList, "limits")
    drivers.chosen = "sigma"
    waited(lambda: of_kind(page, ResultsChart, "scatter").spec["factor"] == "sigma")
    assert limits.chosen == "sigma"
    limits.chosen = "phi_xa_xb"
    waited(lambda: of_kind(page, ResultsChart, "scatter").spec["factor"] == "phi_xa_xb")
    assert drivers.chosen == "phi_xa_xb"


def test_marking_a_range_tells_what_its_worlds_do(folder: Path, show: Draw) -> None:
    page = show(folder)
    dots = of_kind(page, ResultsChart, "scatter")
    assert not any(of_kind(page, ResultsChart, "histogram").spec["pale"])
    dots.brush = [0.4, 0.8]
    waited(lambda: any(of_kind(page, ResultsChart, "histogram").spec["pale"]))
    assert "phi_xa_xb from 0.4 to 0.8: less than claimed" in texts(page)
    of_kind(page, ResultsList, "tornado").chosen = "eta"
    waited(lambda: not any(of_kind(page, ResultsChart, "histogram").spec["pale"]))
    assert of_kind(page, ResultsChart, "scatter").brush == []


def test_beliefs_and_map_come_by_themselves(folder: Path, show: Draw) -> None:
    page = show(folder)
    waited(lambda: "You have to believe that phi_xa_xb is at least" in texts(page))
    waited(lambda: any("<svg" in text for text in drawings(page)))
    assert "Change in tonnes by link in year 5" in texts(page)


# ---------------------------------------------------------------------------------------------------------- nothing to see
def test_without_a_folder_the_page_says_how_to_open_one(show: Draw) -> None:
    assert "caravan explore --results FOLDER opens it here" in texts(show(None))


def test_a_folder_that_is_no_sweep_is_told_in_words(tmp_path: Path, show: Draw) -> None:
    page = show(tmp_path)
    waited(lambda: "holds no results of a sweep" in texts(page))
    assert "Traceback" not in texts(page)


def test_a_damaged_sweep_is_told_in_words(tmp_path: Path, show: Draw) -> None:
    place = MadeSweep(plan_of_page(design=DesignSpec(Kind.LHS, points=4))).keep(tmp_path / "sweep")
    (place / "sweep.json").write_text("{", encoding="utf-8")
    page = show(place)
    waited(lambda: "is damaged, or none of a sweep" in texts(page))


def test_a_sweep_of_which_no_world_ended_says_so(tmp_path: Path, show: Draw) -> None:
    place = MadeSweep(plan_of_page(), played=0).keep(tmp_path / "sweep")
    page = show(place)
    waited(lambda: "No world of this sweep has been played to the end" in texts(page))
    items = of_kind(page, ResultsList, "cards").spec["items"]
    assert items[0]["verdict"] == "No verdict: no pair of worlds has been played to the end."


def test_a_running_sweep_says_how_far_it_is_and_that_worlds_are_few(tmp_path: Path, show: Draw) -> None:
    place = MadeSweep(plan_of_page(), played=6, errors={(0, "cost"): "it broke"}).keep(tmp_path / "sweep")
    page = show(place)
    waited(lambda: "Too few points (6) to say what one would have to believe." in texts(page))
    said = texts(page)
    assert "162 runs of 180 have not been played: every figure may still move." in said
    assert "1 run failed and is in no figure" in said
    waited(lambda: "indices need 40 rows with an outcome, not 6" in texts(page))


def test_a_plan_without_claims_shows_growth_by_arm(tmp_path: Path, show: Draw) -> None:
    page = show(MadeSweep(plan_of_page(claims=())).keep(tmp_path / "sweep"))
    ways = of_kind(page, ResultsList, "bars")
    assert "This experiment tests no published figure" in texts(page)
    assert [item["id"] for group in ways.spec["groups"] for item in group["items"]] == [
        "growth|XA|5|open",
        "growth|XA|5|cost",
    ]
    assert of_kind(page, ResultsChart, "histogram").spec["band"] is None


def test_a_plan_without_factors_says_that_nothing_can_be_believed(reading: Reading) -> None:
    plan, points = replace(reading.plan, factors=()), reading.points[[]]
    details = Details(plan, points, reading.outcomes, reading.base_year, reading.flows)
    page, context = solara.render(
        Board(replace(reading, plan=plan, points=points, details=details)), handle_error=False
    )
    waited(lambda: "The plan varies no factor: nothing can be said" in texts(page))
    assert "No importance is told: the plan varies no factor." in texts(page)
    assert any(
        one.spec.get("empty") == "The plan varies no factor." for one in all_in(page) if isinstance(one, ResultsList)
    )
    context.close()


def test_what_goes_wrong_while_reading_is_told(folder: Path, show: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Reading:
        raise ValueError("a row too many")

    monkeypatch.setattr(results_shelf, "read", fail)
    monkeypatch.setattr(results_page, "SHELF", Shelf())
    page = show(folder)
    waited(lambda: "Reading them failed: a row too many." in texts(page))


# ---------------------------------------------------------------------------------------------------------- the shelf
def test_a_sweep_is_read_once_and_again_only_when_it_has_grown(tmp_path: Path) -> None:
    plan = plan_of_page(design=DesignSpec(Kind.LHS, points=8))
    place, shelf = MadeSweep(plan, played=4).keep(tmp_path / "sweep"), Shelf()
    first = shelf.take(place, lambda _: None)
    assert isinstance(first, Reading)
    assert shelf.take(place, lambda _: None) is first
    assert shelf.take(place, lambda _: None, fresher_than=first) is first
    for part in sorted(place.rglob("*"), reverse=True):
        part.unlink() if part.is_file() else part.rmdir()
    place.rmdir()
    MadeSweep(plan).keep(place)
    assert shelf.take(place, lambda _: None) is first
    second = shelf.take(place, lambda _: None, fresher_than=first)
    assert isinstance(second, Reading)
    assert (first.counts["done"], second.counts["done"]) == (12, 24)
    assert shelf.take(place, lambda _: None, fresher_than=first) is second


def test_reading_again_tells_when_nothing_is_new(folder: Path, show: Draw) -> None:
    page = show(folder)
    of_kind(page, ResultsList, "cards")
    button = next(one for one in all_in(page) if getattr(one, "children", None) == ["Read again"])
    button.click()
    waited(lambda: "No run has ended since these results were read." in texts(page))


def test_a_part_that_was_tampered_with_is_told_and_not_shown(tmp_path: Path) -> None:
    place = MadeSweep(plan_of_page()).keep(tmp_path / "sweep")
    part = next((place / "parts").iterdir())
    part.write_bytes(part.read_bytes()[:-7] + b"garbage")
    found = Shelf().take(place, lambda _: None)
    assert isinstance(found, Trouble)
    assert "sweep again into this folder" in " ".join(found.words)


# ---------------------------------------------------------------------------------------------------------- what is drawn
def topic_of(reading: Reading, claim: str, of: str = "", arm: str = "") -> Topic:
    found = chosen_topic(reading.topics, claim, of, arm)
    assert found is not None
    return found


def test_a_histogram_counts_every_pair_once_and_colours_it_by_the_claim(reading: Reading) -> None:
    topic = topic_of(reading, "trade")
    values = reading.values(topic)
    drawn = histogram(reading, topic, values)
    assert np.sum(drawn["counts"]) == len(values) == POINTS
    shares = np.sum(drawn["counts"], axis=1) / POINTS
    assert topic.judgement is not None
    one = topic.judgement
    assert shares == pytest.approx([one.below.value, one.inside.value, one.above.value])
    marked = histogram(reading, topic, values, Brush("phi_xa_xb", 0.0, 0.2))
    assert np.sum(marked["counts"]) + np.sum(marked["pale"]) == POINTS
    assert np.sum(marked["counts"]) == np.count_nonzero(reading.points["phi_xa_xb"] <= 0.2)


def test_a_world_far_off_is_told_and_does_not_press_the_others_together(reading: Reading) -> None:
    topic = topic_of(reading, "trade")
    values = reading.values(topic)
    values.loc[0, "value"] = 50.0
    far = values.loc[np.r_[0, np.tile(np.arange(1, POINTS), 10)]].reset_index(drop=True)
    drawn = histogram(reading, topic, far)
    assert drawn["edges"][-1] < 100.0
    assert drawn["note"] == "1 pair of worlds lies beyond the axis, as far as +5,000 %."


def test_a_claim_of_a_fall_is_coloured_the_other_way_round(reading: Reading) -> None:
    topic = topic_of(reading, "faster")
    drawn = histogram(reading, topic, reading.values(topic))
    assert drawn["keys"] == ["no gain at all", "some, short of the full figure", "the full figure or more"]
    assert np.sum(drawn["counts"][1]) == POINTS


def test_a_scatter_holds_every_world_and_the_limits_of_the_boxes(reading: Reading) -> None:
    topic = topic_of(reading, "trade")
    values = reading.values(topic)
    belief = reading.details.belief(topic, values, lambda: True)
    assert belief is not None
    assert belief.condition is not None
    drawn, data = scatter(reading, topic, values, "phi_xa_xb", belief.condition)
    x, y = np.frombuffer(data[: 8 * POINTS], "<f4").reshape(2, POINTS)
    assert x == pytest.approx(reading.points["phi_xa_xb"].to_numpy(), rel=1e-6)
    assert y == pytest.approx(100.0 * values["value"].to_numpy(), rel=1e-5)
    assert len(data) == 9 * POINTS
    (low, high, text), *_ = drawn["boxes"]
    assert text == "box: 20 % or more"
    assert high == pytest.approx(reading.points["phi_xa_xb"].max())
    assert low > reading.points["phi_xa_xb"].min()
    assert "phi_xa_xb" in restricted(belief.condition)
    groups = limits_spec(reading.plan, belief.condition)["groups"]
    assert groups[0]["head"] == "One factor alone"
    parts = [end for group in groups for item in group["items"] for part in item["parts"] for end in part]
    assert parts
    assert all(0.0 <= end <= 1.0 for end in parts)


def test_months_compare_the_same_pairs() -> None:
    which = {"point": [0, 0, 1], "replication": [0, 0, 0], "arm": [WITHOUT, "open", WITHOUT]}
    frame = pd.DataFrame(which)
    values = np.array([[31.0, 28.0], [62.0, 42.0], [9e9, 9e9]])
    fan = fan_of(frame, values, "open", WITHOUT, per_day=True)
    assert fan is not None
    assert fan.pairs == 1
    assert fan.without[2] == pytest.approx([1.0, 1.0])
    assert fan.with_[2] == pytest.approx([2.0, 1.5])
    assert fan.change[2] == pytest.approx([1.0, 0.5])
    assert fan_of(frame, values, "none", WITHOUT, per_day=True) is None


def test_a_change_of_nothing_is_told_in_its_own_unit() -> None:
    frame = pd.DataFrame({"point": [0, 0], "replication": [0, 0], "arm": [WITHOUT, "open"]})
    fan = fan_of(frame, np.array([[0.0, 28.0], [31.0, 28.0]]), "open", WITHOUT, per_day=True)
    assert fan is not None
    assert not fan.is_share
    assert fan.change[2] == pytest.approx([1.0, 0.0])


def test_every_chart_names_its_axes_with_units(reading: Reading) -> None:
    for topic in reading.topics:
        values = reading.values(topic)
        worlds = histogram(reading, topic, values)
        dots, _ = scatter(reading, topic, values, "sigma", None)
        months = fan_spec(reading, topic)
        assert worlds["x_label"].endswith("%")
        assert worlds["y_label"] == "Pairs of worlds"
        assert dots["x_label"].startswith("sigma")
        assert dots["y_label"].endswith("%")
        assert months["x_label"] == "Years from the opening day"
        assert all(view["y_label"] for view in months["views"])


def test_a_figure_without_a_series_of_its_own_says_which_is_shown(reading: Reading) -> None:
    topic = replace(topic_of(reading, "trade"), of="XA>all")
    name, said = series_of(reading.plan, topic, reading.series)
    assert name == "trade_t:XA"
    assert "all trade of XA is shown" in said
    assert series_of(reading.plan, topic, ()) == ("", "This sweep keeps no monthly series of it.")


def test_a_tornado_marks_what_stands_out_and_what_is_in_the_box(reading: Reading) -> None:
    topic = topic_of(reading, "trade")
    drivers = reading.details.drivers(topic, reading.values(topic), lambda: True)
    assert drivers is not None
    drawn = tornado_spec(reading.plan, topic, drivers, frozenset({"phi_xa_xb"}))
    first = drawn["items"][0]
    assert (first["id"], first["in_box"], first["is_clear"]) == ("phi_xa_xb", True, True)
    assert first["low"] < drawn["centre"] < first["high"]
    assert not any(item["in_box"] for item in drawn["items"][1:])


def test_what_nobody_waits_for_is_not_worked_out(folder: Path) -> None:
    fresh = read(folder, lambda _: None)
    topic = topic_of(fresh, "trade")
    assert fresh.details.drivers(topic, fresh.values(topic), lambda: False) is None
    assert fresh.details.known_drivers(topic) is None


def test_markup_in_titles_stays_text(tmp_path: Path, show: Draw) -> None:
    evil = "<img src=x onerror=alert(1)>"
    claim = replace(TRADE, title=evil)
    page = show(
        MadeSweep(plan_of_page(claims=(claim,), design=DesignSpec(Kind.LHS, points=8))).keep(tmp_path / "sweep")
    )
    waited(lambda: evil in texts(page))
    assert not any(evil in text for text in drawings(page))


def test_words_of_a_marked_range_without_worlds(reading: Reading) -> None:
    topic = topic_of(reading, "trade")
    said = brush_words(reading, topic, reading.values(topic), Brush("phi_xa_xb", 5.0, 6.0))
    assert said == "0 pairs of worlds have phi_xa_xb from 5 to 6."


def test_cards_and_rows_agree(reading: Reading) -> None:
    first = cards(reading)["items"][0]
    rows = readings(reading, topic_of(reading, "trade"))["groups"][0]["items"]
    assert first["bar"] == rows[0]["bar"]
    assert len({len(row["cells"]) for row in rows}) == 1


# ---------------------------------------------------------------------------------------------------------- looks
def brightness(colour: str) -> float:
    """Relative luminance of a hex colour (WCAG 2.2)."""
    shares = [int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in shares]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_words_and_marks_stand_out_from_their_ground(dark: bool) -> None:
    found = variables(dark=dark)
    for ground in (found["paper"], found["card"]):
        assert min(contrast(found[name], ground) for name in ("ink", "muted", "link")) >= 4.5
        assert min(contrast(found[name], ground) for name in ("below", "inside", "above", "blue", "orange")) >= 3.0
    assert contrast(found["ink"], found["band"]) >= 4.5


@pytest.mark.parametrize("name", ["results_lists.js", "results_charts.js", "results.css"])
def test_the_page_loads_nothing_from_elsewhere(name: str) -> None:
    text = (STATIC / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//\w+\.|@import|url\(|@font-face|fetch\(|import\(", text)
    assert "innerHTML" not in text
