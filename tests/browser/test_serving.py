"""The server before a real browser: it comes up without a network, and has no more places than it was given."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.helpers import Explorer, Problems, leave

EXPLORE = ("toy", "--sessions", "2")
_TAKEN = "All 2 places of this explorer are taken"
_KERNEL = "solara.debug.kernel().id"


def test_the_page_comes_up_without_a_network(page: Any, server: Explorer) -> None:
    page.goto(server.address)
    expect(page.get_by_role("button", name="Step")).to_be_visible()
    assert page.title().startswith("Caravan")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_two_visitors_have_two_kernels_and_a_third_is_told_that_all_places_are_taken(
    new_page: Callable[..., Any], server: Explorer
) -> None:
    first, second, third = new_page(), new_page(), new_page()
    for page in (first, second):
        page.goto(server.address)
        expect(page.get_by_role("button", name="Step")).to_be_visible()
    assert first.evaluate(_KERNEL) != second.evaluate(_KERNEL)
    third.goto(server.address)
    expect(third.get_by_text(_TAKEN)).to_be_visible()
    expect(third.get_by_role("button", name="Step")).to_have_count(0)
    # a closed tab gives its place back at once
    leave(first)
    third.get_by_role("button", name="Try again").click()
    expect(third.get_by_role("button", name="Step")).to_be_visible()


def test_the_page_follows_the_system_s_light_or_dark(new_page: Callable[..., Any], server: Explorer) -> None:
    for scheme in ("light", "dark"):
        page = new_page(color_scheme=scheme)
        page.goto(server.address)
        expect(page.get_by_role("button", name="Step")).to_be_visible()
        expect(page.locator("#app")).to_have_class(re.compile(rf"\btheme--{scheme}\b"))
        leave(page)


def test_the_address_of_another_site_is_seen_and_gets_nowhere(page: Any, server: Explorer, problems: Problems) -> None:
    """The net under all the other tests: what they would have to notice is noticed."""
    page.goto(server.address)
    page.evaluate("fetch('http://caravan.example/x').catch(() => 0)")
    assert any("asks elsewhere" in one or "Content Security Policy" in one for one in problems.found)
    problems.found.clear()
