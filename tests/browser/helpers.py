"""A running explorer, and what a browser complains of while it looks at it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent.parent
#: How long a server may take to listen, and a page to be drawn, on a machine that does other things too.
START_S = 120.0
STOP_S = 15.0
CHROMIUM = os.environ.get("CARAVAN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
#: Without a sandbox, since tests run as root in containers; nothing but this machine can be reached.
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
_TOLD = re.compile(r"http://\S+/")


@dataclass(frozen=True)
class Explorer:
    """A ``caravan explore`` of its own process. ``log`` holds what it has written to standard error."""

    address: str
    process: "subprocess.Popen[str]"
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


@contextmanager
def explorer(arguments: Sequence[str], folder: Path) -> Iterator[Explorer]:
    """``caravan explore ARGUMENTS`` at a free port, ended by Ctrl-C; nothing may go wrong in it. Its log is in ``folder``."""
    log = folder / "explorer.log"
    command = [sys.executable, "-m", "abm", "explore", *arguments, "--no-open", "--port", "0"]
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True, bufsize=1)
    try:
        yield Explorer(_address(process, log), process, log)
        # Ctrl-C; Windows would send it to the tests as well
        process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
        code = process.wait(STOP_S)
        said = log.read_text(encoding="utf-8")
        assert "Traceback" not in said, said
        assert code == 0 or os.name == "nt", said
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(STOP_S)
        if process.stdout is not None:
            process.stdout.close()


def _address(process: "subprocess.Popen[str]", log: Path) -> str:
    """Where it says that it can be opened."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = _TOLD.search(line)
    assert found is not None, f"{line!r}; {log.read_text(encoding='utf-8')}"
    return found.group()


@dataclass
class Problems:
    """What must not happen while a browser looks at a page: listens to contexts and their pages."""

    address: str
    found: list[str] = field(default_factory=list)

    def listen(self, context: Any) -> None:
        """Note the problems of every page of ``context``."""
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        context.on("console", self._told)
        context.on("weberror", lambda error: self.found.append(f"page error: {error.error}"))

    def _asked(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.address).netloc:
            self.found.append(f"asks elsewhere: {request.url}")

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left no longer waits
            self.found.append(f"failed: {request.url}: {request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.found.append(f"{response.status}: {response.request.method} {response.url}")

    def _told(self, message: Any) -> None:
        if message.type == "error":
            self.found.append(f"console: {message.text}")


def leave(page: Any) -> None:
    """Close a tab as a visitor does: the page says so to the server, which gives its place back."""
    page.goto("about:blank")
    page.close()


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = START_S) -> None:
    """Wait for something on the server's side; for something on a page, wait with Playwright."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)
