"""A real Chromium before a real server, with the network cut off: skipped, with a reason, where there is no Chromium.

A module says with what arguments ``caravan explore`` is started for it: ``EXPLORE = ("toy", "--years", "2")``.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.helpers import CHROMIUM, FLAGS, START_S, Explorer, Problems, explorer, leave

MS = 1000.0
try:
    from playwright.sync_api import expect, sync_playwright
except ImportError:
    sync_playwright = None
else:
    expect.set_options(timeout=START_S * MS)

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All in one worker, so that no two browsers fight for the machine."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Chromium, started once for this folder: while Playwright runs, no other test in the process could run a loop of its own."""
    if sync_playwright is None:
        pytest.skip("playwright is not installed: python3 dev.py test installs it")
    if CHROMIUM is None:
        pytest.skip("there is no chromium: apt-get install chromium, or name one in CARAVAN_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def server(
    browser: Any, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Explorer]:
    """The explorer, started once for a module with its ``EXPLORE``."""
    arguments = getattr(request.module, "EXPLORE", ("toy",))
    with explorer(arguments, tmp_path_factory.mktemp("explorer")) as running:
        yield running


@pytest.fixture
def problems(server: Explorer) -> Iterator[Problems]:
    """What went wrong in the browser during a test: it fails unless that is nothing."""
    noted = Problems(server.address)
    yield noted
    assert noted.found == []


@pytest.fixture
def new_page(browser: Any, problems: Problems) -> Iterator[Callable[..., Any]]:
    """Makes pages, each of a visitor of its own; ``options`` are those of Playwright's new_context."""
    contexts = []

    def make(**options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        context.set_default_timeout(START_S * MS)
        problems.listen(context)
        return context.new_page()

    yield make
    for context in contexts:
        for page in context.pages:
            leave(page)
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """A page of 1280 x 800, not yet at any address."""
    return new_page()


@pytest.fixture
def context(page: Any) -> Any:
    """The visitor of ``page``."""
    return page.context
