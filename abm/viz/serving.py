"""Serve the explorer: one process, one port, a page of its own for each visitor.

The server listens before the page's libraries are loaded (they take seconds): a browser gets a page that says so, fetches what it
will need, and goes on by itself.
"""

import asyncio
import errno
import importlib
import importlib.metadata
import logging
import os
import socket
import sys
import threading
import traceback
import warnings
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import uvicorn

from abm.corridor.question import Question
from abm.errors import CaravanError, input_error
from abm.viz.gate import ASSETS, ASSETS_FOLDER, READY, Gate, Page

PORT = 8765
#: Ports that are tried one after the other when none is asked for.
TRIED_PORTS = 100
LARGEST_PORT = 65_535
SESSIONS = 8
TITLE = "Caravan"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
#: Longest message of a browser, bytes: a scenario file of some hundred lines is far below.
_LONGEST_MESSAGE = 2 * 1024 * 1024
#: Connections at a time: a browser opens six for one page.
_CONNECTIONS_PER_PLACE, _SPARE_CONNECTIONS = 8, 64
#: A page whose line is broken is kept so long: a laptop that was closed for a moment finds its worlds again.
_KEPT_AFTER_BREAK = "2m"
#: Where the page's libraries are taken from when they are not installed; the visitor's browser asks, never this server.
_ELSEWHERE = "https://cdn.jsdelivr.net"
_PAGE = "abm.viz.pages"
#: What the browser can fetch while the page's code is loaded.
_EARLY = (
    "@widgetti/solara-vuetify-app@*/dist/solara-vuetify-app8.min.js",
    "@widgetti/solara-vuetify-app@*/dist/main8.css",
    "requirejs@*/require.js",
)
_WAITING = Path(__file__).parent / "static" / "waiting.html"


@dataclass(frozen=True)
class Served:
    """What this process shows. ``case``: the packaged name or the folder of the case; None: the page offers the packaged ones.

    ``question`` is None where there is none yet: no case was named, or its tables have problems, which the page tells.
    ``results`` is the folder of a sweep, or None. At most ``sessions`` pages are open at a time.
    """

    case: str | None = None
    question: Question | None = None
    results: Path | None = None
    sessions: int = SESSIONS


_held = Served()


def served() -> Served:
    """What is served: the same for all visitors."""
    return _held


def hold(what: Served) -> None:
    """From now on, ``served`` gives ``what``."""
    global _held
    _held = what


def bind(host: str, port: int | None) -> socket.socket:
    """A listening place: at ``port``, or from 8765 on at the first that is free. Raises CaravanError in words."""
    if port is not None and not 0 <= port <= LARGEST_PORT:
        raise input_error("--port", f"must be between 0 and {LARGEST_PORT}", value=str(port))
    try:
        family, _, _, _, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise input_error("--host", "is no address of this machine", value=repr(host)) from error
    tried = [port] if port is not None else list(range(PORT, PORT + TRIED_PORTS))
    for number in tried:
        place = socket.socket(family, socket.SOCK_STREAM)
        if os.name != "nt":  # on Windows, this would let two servers share a port
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind((address[0], number))
            place.listen()
        except OSError as error:
            place.close()
            if error.errno != errno.EADDRINUSE or number == tried[-1]:
                raise _no_port(host, tried, error) from error
        else:
            return place
    raise CaravanError("no port was tried")


def _no_port(host: str, tried: list[int], error: OSError) -> CaravanError:
    if error.errno == errno.EADDRINUSE:
        which = f"port {tried[0]} is" if len(tried) == 1 else f"ports {tried[0]} to {tried[-1]} are"
        return CaravanError(f"{which} in use on {host}; choose another: --port N")
    if error.errno in (errno.EACCES, errno.EPERM):
        return CaravanError(f"this user may not listen at port {tried[0]}; choose one above 1023: --port N")
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return input_error("--host", "is no address of this machine", value=repr(host))
    return CaravanError(f"cannot listen at {host}: {error.strerror or error}")


def address(host: str, place: socket.socket) -> str:
    """What to type into a browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{place.getsockname()[1]}/"


def serve(what: Served, host: str, place: socket.socket, *, tell: Callable[[str], None], opens: bool) -> None:
    """Serve until Ctrl-C, which ends the process with 0. ``tell`` is called with the address once a browser can open it.

    Returns only by raising what kept the page from being loaded.
    """
    hold(what)
    where = address(host, place)
    has_assets = is_complete()
    os.environ.update(environment(where, has_assets=has_assets))
    # the cookie is fit for plain http; that it would not be within other sites' frames is as it should be
    warnings.filterwarnings("ignore", message="Cookies with samesite=none require https")
    logging.getLogger("abm").setLevel(logging.WARNING)
    gate = Gate(waiting_page(has_assets), what.sessions, host in LOOPBACK, () if has_assets else (_ELSEWHERE,))
    server = _Server(gate, what.sessions, lambda: _announce(where, tell, opens))
    server.run(sockets=[place])
    if server.fault is not None:
        raise server.fault


def _announce(where: str, tell: Callable[[str], None], opens: bool) -> None:
    tell(where)
    if opens:
        threading.Thread(target=webbrowser.open, args=(where,), daemon=True).start()


class _Server(uvicorn.Server):
    """Listens, then loads the page; ends its visitors' kernels when it is stopped."""

    def __init__(self, gate: Gate, places: int, on_listening: Callable[[], None]) -> None:
        self._gate, self._on_listening = gate, on_listening
        self.fault: Exception | None = None
        super().__init__(
            uvicorn.Config(
                gate, lifespan="off", log_config=None, log_level="critical", access_log=False, proxy_headers=False,
                server_header=False, date_header=False, ws_max_size=_LONGEST_MESSAGE, ws_per_message_deflate=False,
                limit_concurrency=_SPARE_CONNECTIONS + _CONNECTIONS_PER_PLACE * places, timeout_graceful_shutdown=1,
            )
        )  # fmt: skip

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, say so, and load the page beside."""
        await super().startup(sockets)
        threading.Thread(target=self._load, args=(asyncio.get_running_loop(),), name="load-page", daemon=True).start()
        self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop at once: pages live in memory alone, and a world that is being played would keep the process for seconds."""
        if self.fault is None:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
        await super().shutdown(sockets)

    def _load(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            # named here alone, and not imported above, since it loads everything that a page needs
            page: Page = importlib.import_module("abm.viz.solara_app").page()
        except Exception as error:  # noqa: BLE001 - told by the thread that waits
            self.fault = error
            self.should_exit = True
            logging.getLogger(__name__).debug("%s", traceback.format_exc())
        else:
            loop.call_soon_threadsafe(self._gate.open, page)
            _work_ahead()


def _work_ahead() -> None:
    """While the first browser loads its scripts: ways of ships on its map, and the page of results. What fails here fails again
    where it is asked for, and is told there."""
    question = served().question
    try:
        if question is not None:
            importlib.import_module("abm.viz.scene").scene_of(question.case)
        if served().results is not None:
            importlib.import_module("abm.viz.results_page")
    except Exception:  # noqa: BLE001 - the page is open, and tells its own faults
        logging.getLogger(__name__).debug("%s", traceback.format_exc())


def is_complete() -> bool:
    """Whether everything that the page is made of is installed, so that it needs no network."""
    try:
        importlib.metadata.version("solara-assets")
    except importlib.metadata.PackageNotFoundError:
        return False
    return ASSETS_FOLDER.is_dir()


def environment(where: str, *, has_assets: bool) -> dict[str, str]:
    """Settings of the page's libraries; they must be in the environment before these are imported."""
    return {
        "MPLBACKEND": "Agg",
        "REACTON_FAST": "1",  # parts of the page in which nothing has changed are passed over
        "SOLARA_APP": _PAGE,
        "SOLARA_MODE": "production",
        "SOLARA_ROOT_PATH": "",
        "SOLARA_BASE_URL": where,
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_TELEMETRY_SERVER_USER_ID": "caravan",
        "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_THEME_VARIANT": "light",
        "SOLARA_THEME_TITLE": TITLE,
        "SOLARA_THEME_LOADER": "plain",
        "SOLARA_KERNEL_CULL_TIMEOUT": _KEPT_AFTER_BREAK,
        "SOLARA_SESSION_HTTP_ONLY": "True",
        "SOLARA_ASSETS_PROXY": str(has_assets),
        "SOLARA_ASSETS_PROXY_CACHE_DIR": str(ASSETS_FOLDER),
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
        "SOLARA_SSG_ENABLED": "False",
        "SOLARA_SEARCH_ENABLED": "False",
        "SOLARA_STATE_BACKEND": "",
        "SOLARA_STATE_TEST_EVICTION": "False",
        "SOLARA_OAUTH_PRIVATE": "False",
    }


def waiting_page(has_assets: bool) -> str:
    """What a browser shows until the page's code is loaded; then it goes on by itself."""
    found = [path for pattern in _EARLY for path in sorted(ASSETS_FOLDER.glob(pattern))] if has_assets else []
    kinds = {".js": "script", ".css": "style"}
    places = [(kinds[path.suffix], f"{ASSETS}/{path.relative_to(ASSETS_FOLDER).as_posix()}") for path in found]
    early = "\n".join(f'<link rel="preload" as="{kind}" href="{escape(place)}">' for kind, place in places)
    return (
        _WAITING.read_text(encoding="utf-8")
        .replace("{title}", TITLE)
        .replace("{early}", early)
        .replace("{ready}", READY)
    )
