"""The corridor page in a real browser: time, levers, what a click tells, keeping a scenario, visitors apart."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abm.corridor.load import load
from abm.corridor.question_file import parse_question
from abm.viz.desk import Desk
from abm.viz.twin import TwinModel
from tests.browser.helpers import Explorer, Problems, wait_until

pytest.importorskip("playwright", reason="playwright is not installed: python3 dev.py test installs it")
from playwright.sync_api import expect

from tests.browser.explorer_page import ExplorerPage

EXPLORE = ("toy", "--with", "reopen", "--years", "3", "--seed", "4")
#: How frames tell a link's status.
CLOSED, OPEN = 0, 1
#: Steps a second on the small case that must be reached even on a busy machine; tests/benchmarks/test_explorer_page.py measures.
SLOWEST_PLAY = 2.0


@pytest.fixture
def visitor(page: Any, server: Explorer) -> ExplorerPage:
    """A page that is ready."""
    return ExplorerPage(page).open(server.address)


def test_it_loads_steps_plays_and_pauses(visitor: ExplorerPage) -> None:
    assert visitor.day == 0
    visitor.step()
    visitor.step()
    assert visitor.day == 2
    visitor.press("▶")
    visitor.wait_for_day(12)
    visitor.press("❚❚")
    stopped = visitor.wait_for_rest()
    assert len(visitor.curve("trade_index", 1)) == stopped
    expect(visitor.page.locator(".cv-head")).to_contain_text("seed 4")


def test_mesas_box_for_threads_is_out_of_reach_and_the_interval_stays_long_enough(visitor: ExplorerPage) -> None:
    expect(visitor.page.get_by_label("Use Threads")).to_be_hidden()
    slider = visitor.page.locator(".v-navigation-drawer .v-slider").first
    slider.click(position={"x": 2, "y": 8})  # as short as Mesa's slider allows
    thumb = slider.locator(".v-slider__thumb-container")
    wait_until(lambda: int(thumb.get_attribute("aria-valuenow")) >= 100, "an interval of 100 ms or more")


def test_jump_plays_on_and_the_two_curves_part(visitor: ExplorerPage) -> None:
    visitor.press("+1 year")
    visitor.wait_for_day(365)
    without, measure = (visitor.curve("trade_index", world) for world in (0, 1))
    assert len(without) == len(measure) > 100
    assert measure[-1] > without[-1] + 0.2  # in points of the base year


def test_a_typed_date_is_reached_and_a_wrong_one_is_told(visitor: ExplorerPage) -> None:
    visitor.page.get_by_label("To a date (YYYY-MM-DD)").fill("soon")
    visitor.page.get_by_label("To a date (YYYY-MM-DD)").press("Enter")
    visitor.press("Jump")
    expect(visitor.page.get_by_text("Type a date such as")).to_be_visible()
    start = load("toy").info.start
    year = int(start[:4])
    visitor.jump(f"{year}-{int(start[5:7]) + 1:02d}{start[7:]}", 28)
    assert 28 <= visitor.day <= 31


def test_closing_a_link_empties_it_and_moves_the_curve(visitor: ExplorerPage) -> None:
    link = "road-ard-crn"
    visitor.press("+1 month")
    visitor.wait_for_day(30)
    busy = visitor.link(link)
    assert busy["flow"] > 10.0
    before = np.array(visitor.curve("trade_index", 1))
    visitor.pull_link(link, "Close")
    visitor.step()
    assert visitor.link(link)["status"] == CLOSED
    for day in (61, 91, 121, 151, 181):
        visitor.press("+1 month")
        visitor.wait_for_day(day)
    assert visitor.link(link)["flow"] < 0.05 * busy["flow"]
    without, measure = (np.array(visitor.curve("trade_index", world)) for world in (0, 1))
    assert np.abs(measure[: len(before)] - before).max() < 0.5  # the past stays
    assert measure[-1] < without[-1]


def test_a_click_on_the_map_tells_about_a_link(visitor: ExplorerPage) -> None:
    visitor.step()
    place = visitor.page.evaluate(
        """() => { const root = document.querySelector('.cv-map');
        const box = root.querySelector('canvas').getBoundingClientRect();
        for (let x = 240; x < box.width - 20; x += 3) for (let y = 60; y < box.height - 40; y += 3) {
          const hit = root.caravanMap.pick(x, y);
          if (hit && hit.kind === 'link' && document.elementFromPoint(box.left + x, box.top + y)?.tagName === 'CANVAS')
            return [box.left + x, box.top + y, hit.id]; }
        return null; }"""
    )
    assert place is not None
    visitor.page.mouse.click(place[0], place[1])
    link = next(link for link in load("toy").links if link.link_id == place[2])
    names = {node.node_id: node.name for node in load("toy").nodes}
    inspector = visitor.page.locator(".cv-at-inspector")
    expect(inspector).to_contain_text(names[link.from_node_id])
    expect(inspector).to_contain_text("t a day")


def test_reset_keeps_the_seed_and_what_was_chosen(visitor: ExplorerPage) -> None:
    for _ in range(3):
        visitor.step()
    first = visitor.curve("transit_days", 0)
    visitor.press("Reset")
    wait_until(lambda: visitor.day == 0, "the first day again")
    expect(visitor.page.locator(".cv-head")).to_contain_text("seed 4")
    expect(visitor.page.locator(".cv-steering")).to_contain_text("reopens")
    for _ in range(3):
        visitor.step()
    assert visitor.curve("transit_days", 0) == first


def test_reset_ends_a_jump(visitor: ExplorerPage) -> None:
    visitor.press("To the end")
    visitor.page.get_by_role("button", name="Stop here").wait_for()
    visitor.press("Reset")
    expect(visitor.page.get_by_role("button", name="To the end")).to_be_visible()
    visitor.page.locator(".cv-map[data-ready='true']").wait_for()
    visitor.step()
    assert visitor.wait_for_rest() == 1


def test_another_seed_is_another_world_and_a_bad_one_is_told(visitor: ExplorerPage) -> None:
    for text, told in (("11", "seed 11"), ("eleven", "must be a whole number")):
        visitor.page.locator(".cv-map[data-ready='true']").wait_for()
        visitor.page.get_by_label("Seed").fill(text)
        visitor.page.get_by_label("Seed").press("Enter")
        visitor.press("Reset")
        expect(visitor.page.locator(".solara-content-main").last).to_contain_text(told)
    expect(visitor.page.locator(".cv-head")).to_contain_text("seed 11")


def test_a_scenario_is_saved_and_loaded(visitor: ExplorerPage, tmp_path: Path) -> None:
    visitor.step()
    visitor.pull_link("road-ard-crn", "Close")
    with visitor.page.expect_download() as waiting:
        visitor.press("Save to a file")
    saved = tmp_path / "kept.toml"
    waiting.value.save_as(saved)
    question = parse_question(saved.read_text(encoding="utf-8"), place="kept.toml", case=load("toy"))
    assert [(one.policy_id, question.seed) for one in question.policies] == [("reopen", 4)]
    assert [(str(step.action), step.target, step.start_day) for step in question.steps] == [
        ("close_link", "road-ard-crn", 1)
    ]
    for _ in range(3):
        visitor.step()
    alone = TwinModel(Desk(question))
    for _ in range(visitor.day):
        alone.step()
    assert visitor.curve("transit_days", 1) == pytest.approx(
        alone.series.values("transit_days")[1].tolist(), nan_ok=True
    )
    saved.write_text(saved.read_text(encoding="utf-8").replace("seed = 4", "seed = 9"), encoding="utf-8")
    visitor.page.locator(".cv-share-file").set_input_files(saved)
    expect(visitor.page.locator(".cv-seed")).to_have_text("seed 9")
    wait_until(lambda: visitor.day == 0, "the first day of the loaded scenario")
    visitor.page.locator(".cv-map[data-ready='true']").wait_for()
    expect(visitor.page.locator(".cv-steering")).to_contain_text("Close ")
    visitor.press("Reset")
    expect(visitor.page.locator(".cv-seed")).to_have_text("seed 9")
    visitor.page.locator(".cv-share-file").set_input_files(
        {"name": "bad.toml", "mimeType": "text/plain", "buffer": b'case = "toy"\nsed = 3\n'}
    )
    expect(visitor.page.locator(".cv-steering")).to_contain_text("seed")


def test_a_scenario_is_loaded_while_another_is_played(visitor: ExplorerPage, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('case = "toy"\nyears = 2\nseed = 12\n', encoding="utf-8")
    visitor.press("▶")
    visitor.wait_for_day(8)
    visitor.page.locator(".cv-share-file").set_input_files(other)
    expect(visitor.page.locator(".cv-seed")).to_have_text("seed 12")
    wait_until(lambda: visitor.day > 0, "it goes on, from the first day")
    visitor.press("❚❚")
    expect(visitor.page.locator(".cv-head")).to_contain_text("of 730")


def test_the_link_of_a_scenario_opens_it(visitor: ExplorerPage, server: Explorer) -> None:
    visitor.step()
    visitor.pull_link("road-ard-crn", "Close")
    address = visitor.page.get_by_text("Link to this scenario").get_attribute("href")
    assert address.startswith(server.address)
    visitor.page.goto(address)
    visitor.page.locator(".cv-map[data-ready='true']").wait_for()
    expect(visitor.page.locator(".cv-steering")).to_contain_text("Close ")
    visitor.open(server.address, "?with=no-such-policy")
    expect(visitor.page.get_by_text("no-such-policy")).to_be_visible()


def test_two_visitors_are_apart(new_page: Callable[..., Any], server: Explorer) -> None:
    one, other = (ExplorerPage(new_page()).open(server.address) for _ in range(2))
    one.pull_link("road-ard-crn", "Close")
    one.step()
    one.step()
    assert (one.day, other.day) == (2, 0)
    other.step()
    assert other.link("road-ard-crn")["status"] == OPEN
    assert one.link("road-ard-crn")["status"] == CLOSED
    assert "Close " not in other.page.inner_text(".cv-steering")


def test_it_is_steered_by_keys_alone(visitor: ExplorerPage) -> None:
    canvas = visitor.page.locator(".cv-map canvas[tabindex='0']")
    canvas.focus()
    visitor.page.keyboard.press("n")
    expect(visitor.page.locator(".cv-at-inspector")).to_contain_text("t a day")
    visitor.page.keyboard.press("d")
    expect(visitor.page.get_by_role("button", name="Delay")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 800, "light"), (1920, 1080, "dark")])
def test_nothing_is_wider_than_the_page(
    new_page: Callable[..., Any], server: Explorer, width: int, height: int, scheme: str
) -> None:
    seen = ExplorerPage(new_page(viewport={"width": width, "height": height}, color_scheme=scheme)).open(server.address)
    seen.press("+1 month")
    seen.wait_for_day(30)
    too_wide = seen.page.evaluate(
        """() => [...document.querySelectorAll('.cv-board > * > *, .v-navigation-drawer .v-card')]
        .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className)"""
    )
    assert too_wide == []
    is_dark = seen.page.evaluate("() => document.querySelector('.v-application').classList.contains('theme--dark')")
    assert is_dark == (scheme == "dark")


def test_play_keeps_up(visitor: ExplorerPage, problems: Problems) -> None:
    visitor.press("▶")
    visitor.wait_for_day(5)
    begin = visitor.page.evaluate("() => performance.now()")
    first = visitor.day
    visitor.page.wait_for_timeout(3000)
    steps, seconds = visitor.day - first, (visitor.page.evaluate("() => performance.now()") - begin) / 1000
    visitor.press("❚❚")
    assert steps / seconds >= SLOWEST_PLAY
    assert problems.found == []
