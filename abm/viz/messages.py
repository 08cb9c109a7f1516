"""Which messages from a browser are let through to the page's kernel.

The page's libraries speak the protocol of notebooks, in which a browser may also make widgets of any class, import modules and
run code. None of that is needed here: a browser may start the page, tell what was done to the widgets that the page itself has
made, and ask for their state. Everything else stops here, before any library sees it.
"""

import json
import re
import struct
from collections.abc import Mapping
from typing import Any

#: Conversations that a browser may begin: the one that starts the page, and the one that asks for its state after a broken line.
OPENED = frozenset({"solara.control", "jupyter.widget.control"})
#: What may be asked of the page or of one of its widgets.
METHODS = frozenset({"run", "app-status", "request_states", "request_state", "update", "custom"})
#: The only page there is, in the words of its library.
APPS = frozenset({None, "__default__"})
#: Parts of a report that something happened to a widget ("click", "input"): its name and what came with it.
EVENT_PARTS = frozenset({"event", "data"})
PLAIN = frozenset({"kernel_info_request", "comm_info_request", "comm_close", "shutdown_request"})
CHANNELS = frozenset({"shell", "control"})
#: Longest address within the page, characters, and longest name of an event.
LONGEST_PATH = 32_768
LONGEST_NAME = 100
#: Most binary parts of one message.
MOST_PARTS = 64
_WORD_BYTES = 4
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_:.\-]*")


def is_allowed(raw: str | bytes) -> bool:
    """Whether a message, as it came over the line, may go on."""
    try:
        message = json.loads(raw if isinstance(raw, str) else _header_part(raw))
    except (ValueError, struct.error, RecursionError):
        return False
    return isinstance(message, dict) and _is_shaped(message) and _is_wanted(message)


def _header_part(raw: bytes) -> bytes:
    """The JSON at the front of a message with binary parts. Raises ValueError or struct.error where it is none."""
    (count,) = struct.unpack_from("!i", raw)
    if not 1 <= count <= MOST_PARTS:
        raise ValueError("a message has between one and some parts")
    offsets = struct.unpack_from(f"!{count}I", raw, _WORD_BYTES)
    bounds = [*offsets, len(raw)]
    if bounds[0] != _WORD_BYTES * (count + 1) or bounds != sorted(bounds):
        raise ValueError("the parts of a message follow each other")
    return raw[bounds[0] : bounds[1]]


def _is_shaped(message: Mapping[str, Any]) -> bool:
    """Whether the parts that every message has are there and of the right kind."""
    parts = [
        message.get("header"),
        message.get("content"),
        message.get("metadata", {}),
        message.get("parent_header", {}),
    ]
    if not all(isinstance(part, dict) for part in parts) or message.get("channel") not in CHANNELS:
        return False
    header = message["header"]
    return all(isinstance(header.get(name), str) for name in ("msg_id", "msg_type"))


def _is_wanted(message: Mapping[str, Any]) -> bool:
    kind, content = message["header"]["msg_type"], message["content"]
    if kind in PLAIN:
        return True
    if not isinstance(content.get("comm_id"), str):
        return False
    data = content.get("data")
    if kind == "comm_open":
        return content.get("target_name") in OPENED and (data is None or data == {})
    return kind == "comm_msg" and isinstance(data, dict) and _is_wanted_of_widget(data)


def _is_wanted_of_widget(data: Mapping[str, Any]) -> bool:
    method = data.get("method")
    if not isinstance(method, str) or method not in METHODS:
        return False
    if method == "run":
        return _is_start(data.get("args"))
    if method == "custom":
        return _is_event(data.get("content"))
    return method != "update" or isinstance(data.get("state"), dict)


def _is_start(args: object) -> bool:
    """Whether ``args`` start the page at one of its addresses."""
    if not isinstance(args, dict) or args.get("appName") not in APPS or args.get("themes"):
        return False
    path = args.get("path", "")
    return isinstance(path, str) and len(path) <= LONGEST_PATH and "\0" not in path


def _is_event(content: object) -> bool:
    """Whether ``content`` tells of an event: any other message would make the library behind import what it names."""
    if not isinstance(content, dict) or not set(content) <= EVENT_PARTS:
        return False
    name = content.get("event")
    return isinstance(name, str) and len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None
