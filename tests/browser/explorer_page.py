"""The explorer's page as a visitor uses it: buttons by what is written on them, curves and links as they are drawn."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import expect

from tests.browser.helpers import wait_until

_DAY = "[data-day]"
#: Milliseconds without a new day, twice in a row, after which nothing is being played.
_REST_MS = 500


@dataclass(frozen=True)
class ExplorerPage:
    """One visitor's page."""

    page: Any

    def open(self, address: str, query: str = "") -> "ExplorerPage":
        """Open it and wait until the base year is played and drawn."""
        self.page.goto(address + query)
        self.page.locator(".cv-map[data-ready='true']").wait_for()
        return self

    @property
    def day(self) -> int:
        """The day that the map shows."""
        return int(self.page.locator(f".cv-map{_DAY}").get_attribute("data-day"))

    def press(self, name: str) -> None:
        """Click a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def step(self) -> None:
        """One day, and wait until it is drawn."""
        before = self.day
        self.press("Step")
        self.wait_for_day(before + 1)

    def wait_for_day(self, day: int) -> None:
        """Until the map shows that day or a later one."""
        wait_until(lambda: self.day >= day, f"day {day}")

    def wait_for_rest(self) -> int:
        """Until no day is drawn any more for a good while; returns the last one."""
        seen = [-1]

        def is_at_rest() -> bool:
            seen.append(self.day)
            self.page.wait_for_timeout(_REST_MS)
            return self.day == seen[-1] == seen[-2]

        wait_until(is_at_rest, "nothing is played any more")
        return self.day

    def jump(self, date: str, day: int) -> None:
        """Play on to a date without drawing."""
        self.page.get_by_label("To a date (YYYY-MM-DD)").fill(date)
        self.page.get_by_label("To a date (YYYY-MM-DD)").press("Enter")
        self.press("Jump")
        self.wait_for_day(day)

    def curve(self, name: str, world: int) -> list[float]:
        """A line of a chart as it is drawn; ``world`` 0 without the measure, 1 with it. The charts follow the map."""
        charts_day = "() => document.querySelector('.cv-charts').caravanCharts.day()"
        wait_until(lambda: self.page.evaluate(charts_day) == self.day, "charts of the map's day")
        found = self.page.evaluate(
            "([name, world]) => document.querySelector('.cv-charts').caravanCharts.points(name, world)", [name, world]
        )
        return [float(value) for _, value in found if value is not None]

    def link(self, name: str) -> dict[str, Any]:
        """A link as the map draws it in the shown world, once what it was told last is drawn."""
        found: dict[str, Any] = self.page.evaluate(
            """name => new Promise(done => requestAnimationFrame(
            () => done(document.querySelector('.cv-map').caravanMap.linkState(name))))""",
            name,
        )
        return found

    def choose(self, label: str, text: str) -> None:
        """Choose from a list box in the sidebar."""
        self.page.locator(".v-navigation-drawer .v-select", has_text=label).first.click()
        self.page.locator(".menuable__content__active .v-list-item", has_text=text).first.click()

    def pull_link(self, name: str, verb: str) -> None:
        """Open or close a link by the lever."""
        box = self.page.get_by_label("Link", exact=True)
        box.click()
        box.fill(name)
        self.page.locator(".menuable__content__active .v-list-item", has_text=f"({name})").first.click()
        expect(box).to_have_value(re.compile(re.escape(f"({name})")))
        self.page.locator(".v-navigation-drawer").get_by_role("button", name=verb, exact=True).click()
        expect(self.page.locator(".cv-steering")).to_contain_text(re.compile(rf"{verb} .*{re.escape(name)}"))
