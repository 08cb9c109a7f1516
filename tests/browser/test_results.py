"""The results page in a real browser: a claim that is chosen changes what hangs on it; the way there and back."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.helpers import START_S, Problems, explorer
from tests.made_reports import MadeSweep
from tests.viz.test_results_page import plan_of_page

pytest.importorskip("playwright", reason="playwright is not installed: python3 dev.py test installs it")
from playwright.sync_api import expect


def test_claims_are_clicked_through(browser: Any, tmp_path: Path) -> None:
    folder = MadeSweep(plan_of_page()).keep(tmp_path / "sweep")
    with explorer(("toy", "--results", str(folder)), tmp_path) as running:
        noted = Problems(running.address)
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(START_S * 1e3)
        noted.listen(context)
        page = context.new_page()
        page.goto(running.address)
        page.locator(".cv-map[data-ready='true']").wait_for()
        page.get_by_role("button", name="Results of the sweep").click()
        cards = page.locator(".cr-card")
        expect(cards).to_have_count(2)
        plot = page.locator(".cr-plot svg").first
        expect(plot).to_contain_text("Growth a year, %")
        cards.nth(1).click()
        expect(plot).not_to_contain_text("Growth a year, %")
        page.locator(".cr-map svg").first.wait_for()
        page.get_by_role("button", name="Corridor").click()
        page.locator(".cv-map[data-ready='true']").wait_for()
        context.close()
        assert noted.found == []
