"""No visitor reads or writes files, or runs code: what the gate refuses, and that what is behind it does nothing of the kind."""

import asyncio
import http.client
import json
import struct
import time
import uuid
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from abm.viz.gate import MOST_REFUSED, SPARE_LINES, Gate, Page
from abm.viz.messages import is_allowed
from tests.browser.helpers import START_S, Explorer, explorer, wait_until

KERNEL, TAB = "0b7d1f6e-3c52-4a58-9a0e-5d1c2f3b4a69", "7e1c9a34-58d0-4f1b-8c27-91b6d2e0f845"
OTHER_TAB = "c2a4e6f8-1b3d-4c5e-8f70-a1b2c3d4e5f6"
LINE = f"/jupyter/api/kernels/{KERNEL}/channels"


def message(kind: str, content: dict[str, Any], channel: str = "shell") -> dict[str, Any]:
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": TAB, "version": "5.2"}
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": channel,
        "buffers": [],
    }


def to_widget(comm: str, data: dict[str, Any]) -> dict[str, Any]:
    return message("comm_msg", {"comm_id": comm, "data": data})


def binary(first: dict[str, Any], *parts: bytes) -> bytes:
    pieces = [json.dumps(first).encode(), *parts]
    offsets = [4 * (len(pieces) + 1)]
    for piece in pieces[:-1]:
        offsets.append(offsets[-1] + len(piece))
    return struct.pack(f"!{len(pieces) + 1}I", len(pieces), *offsets) + b"".join(pieces)


CREATE = {"create_widget": ["logging", "basicConfig"], "props": {"filename": "x"}, "id": "1"}

WANTED = {
    "what kernel": message("kernel_info_request", {}),
    "which conversations": message("comm_info_request", {}),
    "begin": message("comm_open", {"comm_id": "c", "target_name": "solara.control", "data": {}}),
    "begin after a broken line": message(
        "comm_open", {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}}
    ),
    "start": to_widget(
        "c", {"method": "run", "args": {"path": "/?case=toy", "appName": None, "themes": {}, "dark": False}}
    ),
    "state of the page": to_widget("c", {"method": "app-status"}),
    "states": to_widget("c", {"method": "request_states"}),
    "moved a slider": to_widget("w", {"method": "update", "state": {"value": 3}, "buffer_paths": []}),
    "click": to_widget("w", {"method": "custom", "content": {"event": "click", "data": {"altKey": False}}}),
    "enter in a field": to_widget("w", {"method": "custom", "content": {"event": "keyup.enter", "data": None}}),
    "closed": message("comm_close", {"comm_id": "w", "data": {}}),
}

UNWANTED = {
    "run code": message("execute_request", {"code": "open('x', 'w')", "silent": False}),
    "inspect": message("inspect_request", {"code": "os"}),
    "complete": message("complete_request", {"code": "os."}),
    "input": message("input_reply", {"value": "x"}, "stdin"),
    "history": message("history_request", {}),
    "a widget of its own": message(
        "comm_open",
        {"comm_id": "c", "target_name": "jupyter.widget", "data": {"state": {"_model_name": "OutputModel"}}},
    ),
    "another conversation": message("comm_open", {"comm_id": "c", "target_name": "dash", "data": {}}),
    "data at the beginning": message("comm_open", {"comm_id": "c", "target_name": "solara.control", "data": {"a": 1}}),
    "import a module": to_widget("w", {"method": "custom", "content": CREATE}),
    "import a module in an event": to_widget("w", {"method": "custom", "content": {"event": "click", **CREATE}}),
    "set an attribute": to_widget(
        "w", {"method": "custom", "content": {"update_ref": {"functionRef": "close"}, "id": "1", "prop": "a"}}
    ),
    "remove a widget": to_widget("w", {"method": "custom", "content": {"destroy_widget": "1"}}),
    "an event without a name": to_widget("w", {"method": "custom", "content": {"event": "", "data": 1}}),
    "an event of no known form": to_widget("w", {"method": "custom", "content": {"event": "a b/c", "data": 1}}),
    "no event": to_widget("w", {"method": "custom", "content": []}),
    "load again": to_widget("c", {"method": "reload", "path": "/"}),
    "evict": to_widget("c", {"method": "evict"}),
    "another page": to_widget("c", {"method": "run", "args": {"path": "/", "appName": "os"}}),
    "attributes of the theme": to_widget(
        "c", {"method": "run", "args": {"path": "/", "themes": {"light": {"close": 1}}}}
    ),
    "a path with an end": to_widget("c", {"method": "run", "args": {"path": "/\0"}}),
    "a path that is none": to_widget("c", {"method": "run", "args": {"path": ["/"]}}),
    "a state that is none": to_widget("w", {"method": "update", "state": [1]}),
    "another method": to_widget("w", {"method": "__init__"}),
    "a method that is none": to_widget("w", {"method": ["update"]}),
    "another channel": {**WANTED["click"], "channel": "iopub"},
    "no header": {"content": {}, "channel": "shell"},
    "no kind": {**message("comm_msg", {}), "header": {"msg_id": "1"}},
    "no conversation": message("comm_msg", {"data": {"method": "update", "state": {}}}),
}


@pytest.mark.parametrize("sent", WANTED.values(), ids=WANTED)
def test_what_the_page_sends_goes_through(sent: dict[str, Any]) -> None:
    assert is_allowed(json.dumps(sent))
    assert is_allowed(binary(sent, b"part", b""))


@pytest.mark.parametrize("sent", UNWANTED.values(), ids=UNWANTED)
def test_what_no_page_of_ours_sends_does_not(sent: dict[str, Any]) -> None:
    assert not is_allowed(json.dumps(sent))
    assert not is_allowed(binary(sent, b"part"))


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "no json",
        "[]",
        "1",
        "null",
        "[" * 100_000,
        b"",
        b"\0",
        b"\0\0\0\0",
        struct.pack("!i", -1),
        struct.pack("!i", 1_000_000),
        struct.pack("!II", 1, 4_000_000_000),
        struct.pack("!III", 2, 12, 8) + b"{}",
        struct.pack("!II", 1, 0) + b"{}",
        struct.pack("!II", 1, 8) + b"\xff\xfe",
    ],
    ids=range(15),
)
def test_what_is_no_message_does_not(raw: str | bytes) -> None:
    assert not is_allowed(raw)


# --- the gate, with nothing behind it but a note of what came through ----------------------------------------------


class Behind:
    """Notes every request that the gate lets through."""

    def __init__(self) -> None:
        self.asked: list[MutableMapping[str, Any]] = []
        self.heard: list[MutableMapping[str, Any]] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        self.asked.append(scope)
        if scope["type"] == "websocket":
            while (heard := await receive())["type"] == "websocket.receive":
                self.heard.append(heard)
            return
        headers = [(b"server", b"x"), (b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"behind"})


def visit(
    path: str, *, method: str = "GET", headers: dict[str, str] | None = None, query: str = "", is_local: bool = True,
    heard: tuple[dict[str, Any] | str, ...] = (), n_lines: int = 0,
) -> tuple[Behind, list[MutableMapping[str, Any]]]:  # fmt: skip
    """What came through the gate, and what the visitor was answered. A ``method`` of "WS" is a line."""
    behind, answered = Behind(), []
    coming: list[dict[str, Any]] = [
        {"type": "websocket.receive", "text": one if isinstance(one, str) else json.dumps(one)} for one in heard
    ]
    coming += [{"type": "websocket.disconnect", "code": 1000}]

    async def receive() -> MutableMapping[str, Any]:
        return coming.pop(0) if method == "WS" else {"type": "http.request", "body": b"", "more_body": False}

    async def send(sent: MutableMapping[str, Any]) -> None:
        answered.append(sent)

    async def ask() -> None:
        gate = Gate("wait", places=2, is_local=is_local)
        gate.open(
            Page(behind, lambda kernel, session, tab: (kernel, session, tab) == (KERNEL, "mine", TAB), lambda: n_lines)
        )
        told = {"host": "127.0.0.1:8765", **(headers or {})}
        await gate(
            {
                "type": "websocket" if method == "WS" else "http", "method": method, "path": path, "raw_path": path.encode(),
                "query_string": query.encode(), "scheme": "http", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8765),
                "headers": [(name.encode(), value.encode()) for name, value in told.items()],
            },
            receive,
            send,
        )  # fmt: skip

    asyncio.run(ask())
    return behind, answered


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/results",
        "/static/main-vuetify.js",
        "/static/assets/style.css",
        "/jupyter/nbextensions/anywidget/index.js",
    ],
)
def test_the_page_and_its_own_files_are_let_through_without_a_query(path: str) -> None:
    behind, answered = visit(path, query="v=../../etc/passwd")
    assert [scope["path"] for scope in behind.asked] == [path]
    assert behind.asked[0]["query_string"] == b""
    assert answered[0]["status"] == 200


CLIMBING = (
    "/static/../../../etc/passwd",
    "/static/assets/../../server.py",
    "/static/..",
    "/static/%2e%2e/server.py",
    "/static/assets//etc/passwd",
    "/static/assets/..\\server.py",
    "/static/public/../serving.py",
    "/static//etc/passwd",
    "/etc/passwd",
    "/../etc/passwd",
    "/_solara/cdn/../../../../etc/passwd",
    "/_solara/cdn/..",
    "/_solara/cdn//etc/passwd",
    "/_solara/cdn/a/../../b",
    "/_solara/cdn/.hidden",
    "/jupyter/nbextensions/../kernels/python3/kernel.json",
    "/jupyter/nbextensions/anywidget/../../x",
    "/jupyter/nbextensions/other/x.js",
    "/static/assets/a\0.css",
    "/results/../x",
    "/abm/viz/serving.py",
    "/.env",
    "/static/public/x.html",
)
CLOSED = (
    "/resourcez",
    "/readyz",
    "/jupyter/api/kernels",
    f"/jupyter/api/kernels/{KERNEL}",
    "/_solara/api/evict/1",
    "/favicon.ico",
    "/_solara/auth/login",
)


@pytest.mark.parametrize("path", [*CLIMBING, *CLOSED])
def test_everything_else_is_not_found(path: str) -> None:
    behind, answered = visit(path)
    assert behind.asked == []
    assert answered[0]["status"] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
@pytest.mark.parametrize("path", ["/", "/results", "/static/main-vuetify.js", "/upload", "/_solara/api/close/x"])
def test_nothing_can_be_sent_to_the_server(method: str, path: str) -> None:
    behind, answered = visit(path, method=method)
    assert behind.asked == []
    assert answered[0]["status"] == 404


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "10.0.0.7:8765", "", "a b", "127.0.0.1:8765/x"],
)
def test_on_this_machine_alone_no_other_name_is_answered(host: str) -> None:
    behind, answered = visit("/", headers={"host": host})
    assert behind.asked == []
    assert answered[0]["status"] == 421


def test_for_others_the_machine_may_have_any_name() -> None:
    behind, _ = visit("/", headers={"host": "corridors.example:8765"}, is_local=False)
    assert len(behind.asked) == 1


def test_what_only_a_proxy_may_say_is_not_passed_on() -> None:
    said = {
        "x-forwarded-proto": "https",
        "x-script-name": "//evil",
        "script-name": "//evil",
        "x-forwarded-host": "evil",
        "accept": "text/html",
    }
    behind, _ = visit("/", headers=said)
    assert {name for name, _ in behind.asked[0]["headers"]} == {b"host", b"accept"}


def test_every_answer_tells_the_browser_to_take_nothing_from_elsewhere() -> None:
    for path in ("/", "/nowhere/at/all", "/ready", "/static/main-vuetify.js"):
        _, answered = visit(path)
        headers = dict(answered[0]["headers"])
        policy = headers[b"content-security-policy"].decode()
        assert "default-src 'self';" in policy
        assert "connect-src 'self' ws://127.0.0.1:8765 wss://127.0.0.1:8765;" in policy
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert headers[b"referrer-policy"] == b"same-origin"
        assert b"server" not in headers


ORIGIN = {"origin": "http://127.0.0.1:8765"}


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:9999", "https://127.0.0.1", "null", "file://", ""]
)
def test_a_line_that_another_site_asks_for_is_refused(origin: str) -> None:
    behind, answered = visit(LINE, method="WS", query=f"session_id={TAB}", headers={"origin": origin})
    assert behind.asked == []
    assert [one["type"] for one in answered] == ["websocket.close"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (LINE, ""),
        (LINE, "session_id=x"),
        (LINE, f"session_id={TAB}&session_id={TAB}"),
        ("/jupyter/api/kernels/x/channels", f"session_id={TAB}"),
        (f"/jupyter/api/kernels/{KERNEL}/other", f"session_id={TAB}"),
        ("/", f"session_id={TAB}"),
    ],
)
def test_a_line_that_no_page_of_ours_asks_for_is_refused(path: str, query: str) -> None:
    behind, answered = visit(path, method="WS", query=query, headers=ORIGIN)
    assert behind.asked == []
    assert [one["type"] for one in answered] == ["websocket.close"]


def test_there_are_no_lines_without_end() -> None:
    behind, answered = visit(LINE, method="WS", query=f"session_id={TAB}", headers=ORIGIN, n_lines=2 + SPARE_LINES)
    assert behind.asked == []
    assert answered == [{"type": "websocket.close", "code": 1013}]
    behind, _ = visit(LINE, method="WS", query=f"session_id={TAB}&a=/etc", headers=ORIGIN, n_lines=1 + SPARE_LINES)
    assert behind.asked[0]["query_string"] == f"session_id={TAB}".encode()


def test_what_is_refused_on_a_line_is_left_out_and_the_rest_goes_on() -> None:
    heard = (WANTED["begin"], UNWANTED["run code"], WANTED["start"], "no json", WANTED["click"])
    behind, _ = visit(LINE, method="WS", query=f"session_id={TAB}", headers=ORIGIN, heard=heard)
    assert [json.loads(one["text"]) for one in behind.heard] == [WANTED["begin"], WANTED["start"], WANTED["click"]]


def test_a_line_that_keeps_sending_such_is_cut() -> None:
    heard = (*[UNWANTED["run code"]] * MOST_REFUSED, WANTED["click"])
    behind, _ = visit(LINE, method="WS", query=f"session_id={TAB}", headers=ORIGIN, heard=heard)
    assert behind.heard == []


@pytest.mark.parametrize(
    ("cookie", "tab", "origin", "is_heard"),
    [
        ("a=b; solara-session-id=mine", TAB, ORIGIN["origin"], True),
        ("solara-session-id=yours", TAB, ORIGIN["origin"], False),
        ("", TAB, ORIGIN["origin"], False),
        ("solara-session-id=mine", OTHER_TAB, ORIGIN["origin"], False),
        ("solara-session-id=mine", TAB, "http://evil.example", False),
    ],
)
def test_only_its_own_visitor_closes_a_tab(cookie: str, tab: str, origin: str, is_heard: bool) -> None:
    headers = {"cookie": cookie, "origin": origin}
    behind, answered = visit(f"/_solara/api/close/{KERNEL}", method="POST", query=f"session_id={tab}", headers=headers)
    assert len(behind.asked) == is_heard
    assert answered[0]["status"] == (200 if is_heard else 204)


# --- a real server -------------------------------------------------------------------------------------------------


#: All in one worker: a server takes seconds to start.
one_server = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    with explorer(("toy",), tmp_path_factory.mktemp("safety")) as running:
        wait_until(lambda: json.loads(get(running, "/ready")[1])["ready"], "the page is loaded")
        yield running


def get(server: Explorer, path: str, method: str = "GET") -> tuple[int, bytes]:
    """As it stands: no library in between tidies the path up."""
    line = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=START_S)
    try:
        line.request(method, path)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


@one_server
@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2fserver.py",
        "/static/%2e%2e/server.py",
        "/static/%252e%252e/server.py",
        "/static/../server.py",
        "/static/assets/%2e%2e%2f%2e%2e%2fserver.py",
        "/_solara/cdn/%2e%2e/%2e%2e/%2e%2e/pyvenv.cfg",
        "/_solara/cdn/@widgetti",
        "/_solara/cdn",
        "/_solara/cdn/../../../pyvenv.cfg",
        "/_solara/cdn/left-pad@1.3.0/index.js",
        "/jupyter/nbextensions/%2e%2e/kernels/python3/kernel.json",
        "/static/public/%2e%2e/viz/serving.py",
        "/static/assets/%00",
        "/static%5c..%5cserver.py",
        "/..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_page_s_own_files(real: Explorer, path: str) -> None:
    assert get(real, path)[0] == 404


@one_server
def test_asking_for_a_folder_of_the_assets_removes_nothing(real: Explorer) -> None:
    """The library behind would take a folder in the place of a file away, and fetch the file from the network."""
    page = get(real, "/")[1].decode()
    script = next(part for part in page.split('"') if part.endswith("solara-vuetify-app8.min.js"))
    assert get(real, script)[0] == 200
    assert get(real, script.rpartition("/")[0])[0] == 404
    assert get(real, script.rpartition("/")[0] + "/")[0] == 404
    assert get(real, script)[0] == 200


def line_to(server: Explorer, **headers: str) -> ClientConnection:
    at = urlsplit(server.address).netloc
    told = {"Origin": f"http://{at}", **headers}
    address = f"ws://{at}/jupyter/api/kernels/{uuid.uuid4()}/channels?session_id={uuid.uuid4()}"
    return connect(address, additional_headers=told, max_size=None, open_timeout=START_S)


@one_server
def test_another_site_gets_no_line(real: Explorer) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        line_to(real, Origin="http://evil.example")


class Visitor:
    """Talks as a page does, without a browser."""

    def __init__(self, line: ClientConnection) -> None:
        self.line, self.comm = line, uuid.uuid4().hex
        self.widgets: dict[str, dict[str, Any]] = {}
        self.said: list[dict[str, Any]] = []

    def send(self, sent: dict[str, Any]) -> None:
        self.line.send(json.dumps(sent))

    def listen(self, seconds: float) -> None:
        """Hear what comes until nothing has come for ``seconds``."""
        while True:
            try:
                raw = self.line.recv(timeout=seconds)
            except TimeoutError:
                return
            heard = json.loads(raw if isinstance(raw, str) else _front(raw))
            self.said.append(heard)
            if heard["header"]["msg_type"] == "comm_open":
                self.widgets[heard["content"]["comm_id"]] = heard["content"]["data"]["state"]

    def start(self) -> None:
        self.send(message("comm_open", {"comm_id": self.comm, "target_name": "solara.control", "data": {}}))
        self.send(to_widget(self.comm, {"method": "run", "args": {"path": "/", "dark": False, "themes": {}}}))
        end = time.monotonic() + START_S
        while not self.widgets and time.monotonic() < end:
            self.listen(1.0)
        self.listen(1.0)


def _front(raw: bytes) -> bytes:
    first, *rest = struct.unpack_from(f"!{struct.unpack_from('!I', raw)[0]}I", raw, 4)
    return raw[first : rest[0] if rest else None]


@pytest.fixture
def visitor(real: Explorer) -> Iterator[Visitor]:
    with line_to(real) as line:
        one = Visitor(line)
        one.start()
        yield one


@one_server
def test_code_that_is_sent_does_not_run(visitor: Visitor, tmp_path: Path) -> None:
    made = tmp_path / "made"
    visitor.said.clear()
    visitor.send(
        message("execute_request", {"code": f"open({str(made)!r}, 'w')", "silent": False, "store_history": False})
    )
    visitor.send(message("kernel_info_request", {}))
    visitor.listen(2.0)
    kinds = [heard["header"]["msg_type"] for heard in visitor.said]
    assert "kernel_info_reply" in kinds  # the line lives, and what came after was answered
    assert "execute_reply" not in kinds
    assert not made.exists()


@one_server
def test_no_widget_of_the_page_imports_a_module_at_a_visitor_s_word(visitor: Visitor, tmp_path: Path) -> None:
    """The library behind imports what a message to a template names, and calls it with what the message says."""
    made = tmp_path / "made.log"
    templates = [comm for comm, state in visitor.widgets.items() if "Template" in state.get("_model_name", "")]
    assert templates
    wish = {"create_widget": ["logging", "basicConfig"], "props": {"filename": str(made), "force": True}, "id": "x"}
    for comm in templates[: MOST_REFUSED - 1]:
        visitor.send(to_widget(comm, {"method": "custom", "content": wish}))
    visitor.send(message("kernel_info_request", {}))
    visitor.listen(2.0)
    assert visitor.said[-1]["header"]["msg_type"] in ("status", "kernel_info_reply")
    assert not made.exists()


@one_server
def test_a_visitor_makes_no_widget(visitor: Visitor) -> None:
    state = {
        "_model_module": "@jupyter-widgets/output", "_model_module_version": "1.0.0", "_model_name": "OutputModel",
        "_view_module": "@jupyter-widgets/output", "_view_module_version": "1.0.0", "_view_name": "OutputView",
    }  # fmt: skip
    opened = message(
        "comm_open", {"comm_id": "mine", "target_name": "jupyter.widget", "data": {"state": state, "buffer_paths": []}}
    )
    visitor.send({**opened, "metadata": {"version": "2.1.0"}})
    visitor.said.clear()
    visitor.send(message("comm_info_request", {}))
    visitor.listen(2.0)
    (reply,) = (heard["content"] for heard in visitor.said if heard["header"]["msg_type"] == "comm_info_reply")
    assert "mine" not in reply["comms"]
    assert set(visitor.widgets) & set(reply["comms"])


@one_server
def test_a_message_longer_than_any_scenario_ends_the_line(real: Explorer) -> None:
    with line_to(real) as line:
        line.send("x" * 3_000_000)
        with pytest.raises(ConnectionClosed):
            _hear_out(line)


def _hear_out(line: ClientConnection) -> None:
    while True:
        line.recv(timeout=START_S)
