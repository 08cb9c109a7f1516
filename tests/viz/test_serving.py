"""The server's own parts: where it listens, what it sets, what it shows while the page is loaded, and who gets a place."""

import asyncio
import json
import socket
import threading
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
import solara

from abm.corridor.load import load
from abm.corridor.question import Question
from abm.errors import CaravanError, InputError
from abm.viz import places
from abm.viz.gate import READY, Gate, Page
from abm.viz.places import Place, Places
from abm.viz.serving import Served, address, bind, environment, hold, served, waiting_page


@pytest.fixture(autouse=True)
def nothing_held() -> Any:
    yield
    hold(Served())


def test_what_is_served_is_what_was_held() -> None:
    question = Question(load("toy"))
    hold(Served("toy", question, Path("out"), sessions=3))
    assert served() == Served("toy", question, Path("out"), sessions=3)


def test_the_next_free_port_is_taken_unless_one_was_asked_for() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CaravanError, match=f"port {port} is in use on 127.0.0.1; choose another: --port N"):
            bind("127.0.0.1", port)
    with bind("127.0.0.1", None) as first, bind("127.0.0.1", None) as second:
        assert 8765 <= first.getsockname()[1] < second.getsockname()[1]


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_cannot_be_is_refused(port: int) -> None:
    with pytest.raises(InputError, match=f"--port: {port} must be between 0 and 65535"):
        bind("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no such host", "256.1.1.1.1", "192.0.2.1"])
def test_a_host_that_is_not_this_machine_is_refused(host: str) -> None:
    with pytest.raises(InputError, match=r"--host: .* is no address of this machine"):
        bind(host, 0)


def test_a_port_that_this_user_may_not_have_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(CaravanError, match="may not listen at port 80; choose one above 1023"):
        bind("127.0.0.1", 80)


def test_the_address_is_one_that_this_machine_can_open() -> None:
    with bind("127.0.0.1", 0) as place:
        port = place.getsockname()[1]
        assert address("127.0.0.1", place) == f"http://127.0.0.1:{port}/"
        assert address("0.0.0.0", place) == f"http://127.0.0.1:{port}/"
        assert address("::1", place) == f"http://[::1]:{port}/"


def test_the_libraries_are_told_to_keep_to_themselves() -> None:
    told = environment("http://127.0.0.1:8765/", has_assets=True)
    assert told["SOLARA_MODE"] == "production"
    assert told["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] == "False"
    assert told["SOLARA_ASSETS_PROXY"] == "True"
    assert told["SOLARA_BASE_URL"] == "http://127.0.0.1:8765/"
    assert told["SOLARA_STATE_TEST_EVICTION"] == "False"
    assert environment("http://127.0.0.1:8765/", has_assets=False)["SOLARA_ASSETS_PROXY"] == "False"


@pytest.mark.parametrize("has_assets", [True, False])
def test_the_page_that_waits_needs_nothing_from_elsewhere(has_assets: bool) -> None:
    page = waiting_page(has_assets)
    assert "The explorer is starting" in page
    assert f'fetch("{READY}"' in page
    assert "://" not in page
    assert ('rel="preload"' in page) == has_assets


def test_places_are_kept_limited_and_given_back() -> None:
    room = Places()
    assert room.take("a", 2)
    assert room.take("b", 2)
    assert room.take("a", 2)
    assert not room.take("c", 2)
    room.free("a")
    assert room.take("c", 2)
    room.free("never came")
    assert not room.take("a", 2)


def test_many_threads_take_no_more_places_than_there_are() -> None:
    room = Places()
    got: list[bool] = []
    crowd = [threading.Thread(target=lambda name=str(n): got.append(room.take(name, 5))) for n in range(40)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert sum(got) == 5


# --- the page for those who have no place --------------------------------------------------------------------------


def test_a_visitor_with_a_place_sees_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _words_with(monkeypatch, has_place=True, sessions=8) == ["the page"]


def test_a_visitor_without_a_place_is_told_so_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    (told,) = _words_with(monkeypatch, has_place=False, sessions=8)
    assert "All 8 places of this explorer are taken; try later" in told
    assert "--sessions" in told


def _words_with(monkeypatch: pytest.MonkeyPatch, *, has_place: bool, sessions: int) -> list[str]:
    monkeypatch.setattr(places, "_take", lambda: has_place)
    hold(Served(sessions=sessions))

    @solara.component
    def Whole() -> None:
        with Place():
            solara.Text("the page")

    box, context = solara.render(Whole(), handle_error=False)
    found = [str(child) for widget in _all(box) for child in getattr(widget, "children", []) if isinstance(child, str)]
    context.close()
    return [text for text in found if text != "Try again"]


def _all(widget: Any) -> list[Any]:
    below = [child for child in getattr(widget, "children", []) if not isinstance(child, str)]
    return [widget, *(deeper for child in below for deeper in _all(child))]


# --- the gate while the page is loaded -----------------------------------------------------------------------------


def test_until_the_page_is_loaded_a_visitor_is_told_to_wait() -> None:
    async def visit() -> None:
        gate = Gate("please wait", places=1, is_local=True)
        status, body = await _get(gate, "/")
        assert (status, body) == (200, b"please wait")
        assert (await _get(gate, "/static/main.js"))[0] == 404
        asked = asyncio.create_task(_get(gate, READY))
        await asyncio.sleep(0.05)
        assert not asked.done()
        gate.open(Page(_says_page, lambda *_: False, lambda: 0))
        assert json.loads((await asked)[1]) == {"ready": True}
        assert await _get(gate, "/") == (200, b"page")

    asyncio.run(visit())


async def _says_page(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})


async def _get(gate: Gate, path: str) -> tuple[int, bytes]:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "scheme": "http",
        "headers": [(b"host", b"127.0.0.1:8765")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8765),
    }  # fmt: skip
    await gate(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])
