"""A folder of the user's own: its problems are told on the page, and gone when they are mended. Without a case: a choice."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abm.corridor.catalogue import packaged_cases
from tests.browser.helpers import START_S, Problems, explorer

pytest.importorskip("playwright", reason="playwright is not installed: python3 dev.py test installs it")
from playwright.sync_api import expect


def _page(browser: Any, noted: Problems) -> Any:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(START_S * 1e3)
    noted.listen(context)
    return context.new_page()


def test_a_case_with_problems_shows_them_all(browser: Any, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(packaged_cases()["toy"], folder)
    links = folder / "links.csv"
    sound = links.read_text(encoding="utf-8")
    links.write_text(sound.replace(",road,", ",raod,"), encoding="utf-8")
    with explorer((str(folder),), tmp_path) as running:
        noted = Problems(running.address)
        page = _page(browser, noted)
        page.goto(running.address)
        expect(page.get_by_role("heading", name="problems")).to_be_visible()
        expect(page.locator(".cv-problems")).to_contain_text("did you mean 'road'")
        links.write_text(sound, encoding="utf-8")
        page.get_by_role("button", name="Check again").click()
        page.locator(".cv-map[data-ready='true']").wait_for()
        page.context.close()
        assert noted.found == []


def test_without_a_case_the_packaged_ones_are_offered(browser: Any, tmp_path: Path) -> None:
    with explorer((), tmp_path) as running:
        noted = Problems(running.address)
        page = _page(browser, noted)
        page.goto(running.address)
        for name in packaged_cases():
            expect(page.locator(".cv-cases")).to_contain_text(name)
        page.goto(f"{running.address}?case=../../etc")
        expect(page.locator(".cv-cases")).to_be_visible()
        page.locator(".cv-cases .v-card", has_text="toy").get_by_role("button").click()
        page.locator(".cv-map[data-ready='true']").wait_for()
        page.context.close()
        assert noted.found == []


def test_words_for_a_page_without_results(browser: Any, tmp_path: Path) -> None:
    opened: Callable[[], Any] = lambda: _page(browser, noted)  # noqa: E731
    with explorer(("toy",), tmp_path) as running:
        noted = Problems(running.address)
        page = opened()
        page.goto(f"{running.address}results")
        expect(page.locator(".solara-content-main").last).to_contain_text("--results")
        page.context.close()
        assert noted.found == []
