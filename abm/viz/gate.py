"""The gate before the page: what a browser may ask of the server at all.

An application in front of the page's own. It lets through the page's addresses, its scripts and styles, the line over which page
and browser talk, and the word that a tab was closed, each in its plain form; everything else is "not found". Nothing is ever
fetched, written or removed for a visitor. While the page's code is being loaded, it shows a page that says so.
"""

import asyncio
import contextlib
import logging
import re
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from abm.viz.messages import is_allowed

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

READY = "/ready"
#: Scripts, styles and fonts of the page that come with its libraries.
ASSETS = "/_solara/cdn"
ASSETS_FOLDER = Path(sys.prefix) / "share" / "solara" / "cdn"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FILE = r"[A-Za-z0-9_][A-Za-z0-9_.\-]*"
#: The page's own addresses.
PAGES = frozenset({"/", "/results"})
LIBRARIES = re.compile(
    rf"/static/(?:assets/)?{_FILE}|/jupyter/nbextensions/(?:anywidget|jupyter-vue|jupyter-vuetify)/{_FILE}"
)
ASSET = re.compile(rf"{ASSETS}((?:/@?[A-Za-z0-9_][A-Za-z0-9_.@\-]*)+)")
LINE = re.compile(rf"/jupyter/api/kernels/({_UUID})/channels")
CLOSING = re.compile(rf"/_solara/api/close/({_UUID})")
PAGE_ID = re.compile(_UUID)
HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.\-]+)(?::([0-9]{1,5}))?")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
#: Headers by which a proxy speaks for others; there is none before this server.
UNTRUSTED = frozenset(
    {b"forwarded", b"script-name", b"x-script-name", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-for"}
)
#: Files whose address holds their version never change.
_FOR_A_YEAR = "public, max-age=31536000, immutable"
#: Messages that are refused before the line is cut.
MOST_REFUSED = 20
#: Lines beyond the places: for visitors who are told that all places are taken.
SPARE_LINES = 16
POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013
#: How long a browser may wait for the page to be ready before it asks again, seconds.
_PATIENCE_S = 20.0


@dataclass
class Page:
    """The page behind the gate, once its code is loaded: its application, and who may close which tab."""

    app: App
    owns: Callable[[str, str, str], bool]
    n_lines: Callable[[], int]


@dataclass
class Gate:
    """An ASGI application. ``page`` comes when it is loaded; ``waiting`` is shown until then."""

    waiting: str
    places: int
    is_local: bool
    sources: tuple[str, ...] = ()
    page: Page | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    assets: StaticFiles | None = None

    def __post_init__(self) -> None:
        if self.assets is None and ASSETS_FOLDER.is_dir():
            self.assets = StaticFiles(directory=ASSETS_FOLDER, follow_symlink=True)

    def open(self, page: Page) -> None:
        """Let visitors through to ``page`` from now on. Called on the server's own event loop."""
        self.page = page
        self.ready.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one line, or the server's start and end."""
        if scope["type"] == "http":
            await self._answer(_plain(scope), receive, self._guarded(scope, send))
        elif scope["type"] == "websocket":
            await self._connect(_plain(scope), receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        closing, asset = CLOSING.fullmatch(path), ASSET.fullmatch(path)
        if not self._is_host_known(scope):
            await PlainTextResponse("This host is not known here.", 421)(scope, receive, send)
        elif method == "POST" and closing:
            await self._close(closing[1], scope, receive, send)
        elif method not in ("GET", "HEAD"):
            await PlainTextResponse("Not found.", 404)(scope, receive, send)
        elif path == READY:
            await self._tell_ready(scope, receive, send)
        elif asset and self.assets is not None and not _climbs(path):
            await self._give_asset(asset[1], scope, receive, send)
        elif path in PAGES and self.page is None:
            await HTMLResponse(self.waiting, headers={"cache-control": "no-store"})(scope, receive, send)
        elif self.page is not None and (path in PAGES or (LIBRARIES.fullmatch(path) and not _climbs(path))):
            # no query reaches the code behind: the page reads its own over the line
            await self.page.app({**scope, "query_string": b""}, receive, send)
        else:
            await PlainTextResponse("Not found.", 404)(scope, receive, send)

    async def _tell_ready(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer when the page is ready, or after a while that it is not."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.ready.wait(), _PATIENCE_S)
        answer = JSONResponse({"ready": self.page is not None}, headers={"cache-control": "no-store"})
        await answer(scope, receive, send)

    async def _give_asset(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        if self.assets is None:
            return
        try:
            response: Response = await self.assets.get_response(name.removeprefix("/"), scope)
        except HTTPException as error:
            response = PlainTextResponse("Not found.", error.status_code)
        else:
            response.headers["cache-control"] = _FOR_A_YEAR
        await response(scope, receive, send)

    async def _close(self, kernel: str, scope: Scope, receive: Receive, send: Send) -> None:
        """A closed tab gives its place back; nobody can close another's."""
        tab = "".join(parse_qs(scope["query_string"].decode("latin-1")).get("session_id", []))
        is_own = self.page is not None and self._is_from_here(scope) and self.page.owns(kernel, _session(scope), tab)
        if is_own and self.page is not None:
            scope = {**scope, "query_string": f"session_id={tab}".encode("latin-1")}
            await self.page.app(scope, receive, send)
        else:
            await Response(status_code=204)(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The line between a page and its kernel, if it is asked for by a page of this server."""
        line = LINE.fullmatch(scope["path"])
        tab = "".join(parse_qs(scope["query_string"].decode("latin-1")).get("session_id", []))
        known = line is not None and PAGE_ID.fullmatch(tab) and self._is_host_known(scope) and self._is_from_here(scope)
        if not known or self.page is None:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        elif self.page.n_lines() >= self.places + SPARE_LINES:
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        else:
            scope = {**scope, "query_string": f"session_id={tab}".encode("latin-1")}
            await self.page.app(scope, _listening(receive), send)

    def _is_host_known(self, scope: Scope) -> bool:
        """On this machine alone, a name that someone else has pointed here is not answered."""
        found = HOST.fullmatch(_header(scope, b"host"))
        return found is not None and (not self.is_local or found[1].lower() in LOOPBACK)

    def _is_from_here(self, scope: Scope) -> bool:
        """Whether the page that asks came from this server: browsers say so, and other sites cannot feign it."""
        origin = _header(scope, b"origin")
        return origin.lower() in {f"{scheme}://{_header(scope, b'host').lower()}" for scheme in ("http", "https")}

    def _guarded(self, scope: Scope, send: Send) -> Send:
        """``send``, with the headers that tell a browser what this page may do."""
        headers = _guards(_header(scope, b"host"), self.sources)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in headers} | {b"server"}
                kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in own]
                message = {**message, "headers": [*kept, *headers]}
            await send(message)

        return guarded


def _guards(host: str, sources: tuple[str, ...]) -> list[tuple[bytes, bytes]]:
    """Security headers. The page's libraries compile templates and load widgets from memory; nothing comes from elsewhere."""
    lines = (f"ws://{host}", f"wss://{host}") if HOST.fullmatch(host) else ()
    rules = {
        "default-src": ("'self'", *sources),
        "script-src": ("'self'", "'unsafe-inline'", "'unsafe-eval'", "blob:", *sources),
        "style-src": ("'self'", "'unsafe-inline'", *sources),
        "img-src": ("'self'", "data:", "blob:"),
        "font-src": ("'self'", "data:", *sources),
        "connect-src": ("'self'", *lines, *sources),
        "worker-src": ("'self'", "blob:"),
        "object-src": ("'none'",),
        "base-uri": ("'none'",),
        "form-action": ("'none'",),
        "frame-ancestors": ("'none'",),
    }
    policy = "; ".join(" ".join((name, *places)) for name, places in rules.items())
    return [
        (b"content-security-policy", policy.encode("latin-1")),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"same-origin"),  # without one, a browser would not say which page closes a tab
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    ]


def _listening(receive: Receive) -> Receive:
    """``receive``, without the messages that no page of ours sends; a line that keeps sending such is cut."""
    refused = 0

    async def listen() -> Message:
        nonlocal refused
        while True:
            message = await receive()
            raw = message.get("text") if message.get("text") is not None else message.get("bytes")
            if message["type"] != "websocket.receive" or (raw is not None and is_allowed(raw)):
                return message
            refused += 1
            logger.warning("refused a message that no page of this server sends (%d on this line)", refused)
            if refused >= MOST_REFUSED:
                return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}

    return listen


def _plain(scope: Scope) -> Scope:
    """The request without what only a proxy may say, and uncompressed where it never leaves the machine."""
    client = (scope.get("client") or ("", 0))[0]
    unwanted = UNTRUSTED | ({b"accept-encoding"} if client in ("127.0.0.1", "::1") else frozenset())
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() not in unwanted]}


def _climbs(path: str) -> bool:
    return ".." in path or "//" in path


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _session(scope: Scope) -> str:
    """The visitor's cookie."""
    pairs = (part.strip().partition("=") for part in _header(scope, b"cookie").split(";"))
    return next((value for name, _, value in pairs if name == "solara-session-id"), "")
